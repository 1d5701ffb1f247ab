//! Charts as SVG: lines and points over linear or logarithmic axes, or beside names, with titles and a
//! legend.
//!
//! Vocabulary: a *picture* is one chart below the other; a *reference* is a dashed line to compare
//! with, which does not widen the axes and ends where it leaves them.
//!
//! Colours can be told apart by the colour-blind and on paper (Okabe and Ito). The legend stands
//! beside the plot, so it hides nothing.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, ValueFormatter};
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use shakedown_terminal::number::real;

/// How values are laid out along an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale<'a> {
    /// Equal steps are equally long.
    Linear,
    /// Equal factors are equally long; what is not above zero is left out.
    Log,
    /// A place for each name: the first is at 0, the second at 1.
    Names(&'a [&'a str]),
}

/// One axis.
#[derive(Debug, Clone, Copy)]
pub struct Axis<'a> {
    /// What it shows, with its unit.
    pub title: &'a str,
    /// How values are laid out.
    pub scale: Scale<'a>,
    /// The text at a tick; names are texts themselves.
    pub label: fn(f64) -> String,
}

/// How a series is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// A dot for each point.
    Dots,
    /// Points come in pairs: a dot for the first, and a line to the second.
    Spans,
    /// A line through the points.
    Line,
    /// A line with a dot at each point.
    Both,
    /// A thin dashed line: a reference.
    Dashes,
}

/// Points that belong together.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// The name in the legend.
    pub name: String,
    /// `(x, y)`, by `x`.
    pub points: Vec<(f64, f64)>,
    /// How they are drawn.
    pub mark: Mark,
}

/// One chart.
#[derive(Debug, Clone)]
pub struct Chart<'a> {
    /// What it shows.
    pub title: String,
    /// The horizontal axis.
    pub x: Axis<'a>,
    /// The vertical axis.
    pub y: Axis<'a>,
    /// What is drawn, in the order of the legend.
    pub series: Vec<Series>,
}

const WIDTH: u32 = 1_000;
const HEIGHT: u32 = 560;
/// Room for the legend, right of the plot.
const LEGEND: u32 = 290;
const MARGIN: u32 = 20;
const LINE_HEIGHT: i32 = 24;
/// Radius of a dot.
const DOT: u32 = 4;
const FONT: &str = "sans-serif";
const INK: RGBColor = RGBColor(40, 40, 40);
const GRID: RGBColor = RGBColor(225, 225, 225);
const COLOURS: [RGBColor; 9] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(110, 110, 110),
    RGBColor(0, 0, 0),
    RGBColor(140, 86, 25),
];

/// Series that can be told apart in one chart.
pub const MOST_SERIES: usize = COLOURS.len();

/// The SVG of charts, one below the other.
///
/// # Panics
/// When a chart cannot be drawn into a text, which has room for all.
#[must_use]
pub fn picture(charts: &[Chart<'_>]) -> String {
    let mut text = String::new();
    let rows = u32::try_from(charts.len()).expect("charts are few").max(1);
    let root = SVGBackend::with_string(&mut text, (WIDTH, HEIGHT * rows)).into_drawing_area();
    let drawn = root.fill(&WHITE).and_then(|()| {
        let areas = root.split_evenly((charts.len().max(1), 1));
        areas.iter().zip(charts).try_for_each(|(area, chart)| draw(area, chart))
    });
    drawn.and_then(|()| root.present()).expect("a text takes every picture");
    drop(root);
    text
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
type Drawn<'a> = Result<(), DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>>;

fn draw<'a>(area: &Area<'a>, chart: &Chart<'_>) -> Drawn<'a> {
    let x = Ruler::of(chart, |point| point.0, chart.x);
    let y = Ruler::of(chart, |point| point.1, chart.y);
    // Above the legend as well: titles are long.
    let area = &area.margin(8, 0, 0, 0).titled(&chart.title, (FONT, 22).into_font().color(&INK))?;
    let mut plot = ChartBuilder::on(area)
        .margin(MARGIN)
        .margin_right(MARGIN + LEGEND)
        .x_label_area_size(56)
        .y_label_area_size(y.label_area())
        .build_cartesian_2d(x.clone(), y.clone())?;
    plot.configure_mesh()
        .x_desc(chart.x.title)
        .y_desc(chart.y.title)
        .label_style((FONT, 15).into_font().color(&INK))
        .axis_desc_style((FONT, 17).into_font().color(&INK))
        .axis_style(INK)
        .bold_line_style(GRID)
        .light_line_style(TRANSPARENT)
        .draw()?;
    for (position, series) in chart.series.iter().enumerate() {
        let ink = ink(position, series.mark);
        let has_place = |point: &(f64, f64)| x.place(point.0).and(y.place(point.1)).is_some();
        let placed = series.points.iter().copied().filter(has_place);
        match series.mark {
            Mark::Dots => {
                plot.draw_series(placed.map(|point| Circle::new(point, DOT, ink.filled())))?;
            }
            Mark::Spans => {
                let spans = series.points.chunks_exact(2).filter(|span| span.iter().all(has_place));
                for span in spans {
                    plot.draw_series(LineSeries::new(span.iter().copied(), ink))?;
                    plot.draw_series([Circle::new(span[0], DOT, ink.filled())])?;
                }
            }
            Mark::Line => drop(plot.draw_series(LineSeries::new(placed, ink))?),
            Mark::Both => {
                plot.draw_series(LineSeries::new(placed, ink.filled()).point_size(DOT - 1))?;
            }
            Mark::Dashes => {
                let shown = placed.filter(|point| x.shows(point.0) && y.shows(point.1));
                let shown: Vec<(f64, f64)> = shown.collect();
                plot.draw_series(DashedLineSeries::new(shown, 6, 5, ink))?;
            }
        }
    }
    legend(area, chart)
}

/// One line per series, right of the plot.
fn legend<'a>(area: &Area<'a>, chart: &Chart<'_>) -> Drawn<'a> {
    let left = i32::try_from(WIDTH - LEGEND).expect("a picture is narrow");
    let style =
        (FONT, 15).into_font().color(&INK).pos(Pos { h_pos: HPos::Left, v_pos: VPos::Center });
    let mut middle = 36;
    for (position, series) in chart.series.iter().enumerate() {
        let ink = ink(position, series.mark);
        let ends = [(left, middle), (left + 26, middle)];
        match series.mark {
            Mark::Dots | Mark::Spans => {
                area.draw(&Circle::new((left + 13, middle), DOT, ink.filled()))?;
            }
            Mark::Line | Mark::Both => area.draw(&PathElement::new(ends, ink))?,
            Mark::Dashes => {
                for dash in [left, left + 10, left + 20] {
                    area.draw(&PathElement::new([(dash, middle), (dash + 6, middle)], ink))?;
                }
            }
        }
        area.draw(&Text::new(series.name.clone(), (left + 36, middle), style.clone()))?;
        middle += LINE_HEIGHT;
    }
    Ok(())
}

fn ink(position: usize, mark: Mark) -> ShapeStyle {
    let width = if mark == Mark::Dashes { 1 } else { 2 };
    COLOURS[position % COLOURS.len()].stroke_width(width)
}

/// An axis laid out: *places* along it are values, or their logarithms. In plotters linear and
/// logarithmic coordinates are different types, and a chart chooses when it is drawn.
#[derive(Debug, Clone)]
struct Ruler<'a> {
    scale: Scale<'a>,
    label: fn(f64) -> String,
    /// First and last place.
    ends: (f64, f64),
}

impl<'a> Ruler<'a> {
    /// Wide enough for all series but references.
    fn of(chart: &Chart<'_>, value: fn(&(f64, f64)) -> f64, axis: Axis<'a>) -> Self {
        let mut ruler = Self { scale: axis.scale, label: axis.label, ends: (0.0, 1.0) };
        let wide = chart.series.iter().filter(|series| series.mark != Mark::Dashes);
        let places = wide.flat_map(|it| &it.points).filter_map(|point| ruler.place(value(point)));
        let (low, high) = places.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), place| {
            (low.min(place), high.max(place))
        });
        if let Scale::Names(names) = axis.scale {
            ruler.ends = (-0.5, real(names.len() as u64) - 0.5);
        } else if low <= high {
            let room = ((high - low) * 0.05).max(0.01);
            ruler.ends = match axis.scale {
                Scale::Linear | Scale::Names(_) => (low.min(0.0), high + room),
                Scale::Log => (low - room, high + room),
            };
        }
        ruler
    }

    /// Pixels that the labels of a vertical axis take, and its title.
    fn label_area(&self) -> f64 {
        let Scale::Names(names) = self.scale else { return 88.0 };
        let longest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        (real(longest as u64) * 8.0 + 40.0).max(88.0)
    }

    fn place(&self, value: f64) -> Option<f64> {
        match self.scale {
            Scale::Linear | Scale::Names(_) => Some(value),
            Scale::Log => (value > 0.0).then(|| value.log10()),
        }
    }

    fn shows(&self, value: f64) -> bool {
        self.place(value).is_some_and(|place| self.ends.0 <= place && place <= self.ends.1)
    }

    /// Values of ticks: round numbers; of logarithmic axes powers of ten, or also their doubles and
    /// fives where there are few of them, or equal steps where there are none.
    fn ticks(&self) -> Vec<f64> {
        let (from, to) = self.ends;
        match self.scale {
            Scale::Linear => self.steps(from, to),
            Scale::Names(_) => every(1.0, from, to),
            Scale::Log => {
                let digits: &[f64] = if to - from < 2.5 { &[1.0, 2.0, 5.0] } else { &[1.0] };
                let powers = every(1.0, from.floor(), to);
                let ticks = powers
                    .iter()
                    .flat_map(|&power| digits.iter().map(move |digit| digit * 10_f64.powf(power)));
                let ticks: Vec<f64> = ticks.filter(|&tick| self.shows(tick)).collect();
                let Range { start, end } = self.range();
                if ticks.is_empty() { self.steps(start, end) } else { ticks }
            }
        }
    }

    /// Values in equal, round steps, whose labels can be told apart.
    fn steps(&self, from: f64, to: f64) -> Vec<f64> {
        let width = to - from;
        let rough = 10_f64.powf((width / 6.0).log10().floor());
        let fits = |&step: &f64| {
            let label = |tick: f64| (self.label)(tick);
            let distinct = |pair: &[f64]| label(pair[0]) != label(pair[1]);
            width / step <= 8.0 && every(step, from, to).windows(2).all(distinct)
        };
        let factors = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0];
        let step = factors.map(|it| it * rough).into_iter().find(fits);
        every(step.unwrap_or(width), from, to)
    }
}

impl Ranged for Ruler<'_> {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        let place = self.place(*value).unwrap_or(self.ends.0);
        RangedCoordf64::from(self.ends.0..self.ends.1).map(&place, limit)
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.ticks()
    }

    fn range(&self) -> Range<f64> {
        match self.scale {
            Scale::Linear | Scale::Names(_) => self.ends.0..self.ends.1,
            Scale::Log => 10_f64.powf(self.ends.0)..10_f64.powf(self.ends.1),
        }
    }
}

impl ValueFormatter<f64> for Ruler<'_> {
    fn format_ext(&self, value: &f64) -> String {
        match self.scale {
            Scale::Names(names) => {
                let at = |name: usize| (real(name as u64) - value).abs() < 0.5;
                (0..names.len()).find(|&name| at(name)).map_or("", |name| names[name]).to_owned()
            }
            Scale::Linear | Scale::Log => (self.label)(*value),
        }
    }
}

/// The multiples of `step` from `from` to `to`.
fn every(step: f64, from: f64, to: f64) -> Vec<f64> {
    let first = (from / step).ceil();
    let mut ticks = Vec::new();
    let mut passed = 0_u32;
    while (first + f64::from(passed)) * step <= to {
        ticks.push((first + f64::from(passed)) * step);
        passed += 1;
    }
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(points: Vec<(f64, f64)>) -> Chart<'static> {
        let axis = |title| Axis { title, scale: Scale::Log, label: |value| format!("{value:.0}") };
        let reference = vec![(1.0, 1.0), (10.0, 10.0), (100.0, 1e9)];
        Chart {
            title: "a < b".to_owned(),
            x: axis("apples"),
            y: axis("pears, kg"),
            series: vec![
                Series { name: "seen".to_owned(), points, mark: Mark::Dots },
                Series { name: "dreamt".to_owned(), points: reference, mark: Mark::Dashes },
            ],
        }
    }

    #[test]
    fn a_picture_holds_every_point_and_text() {
        let drawn = picture(&[chart(vec![(1.0, 2.0), (10.0, 20.0), (100.0, 300.0), (0.0, 5.0)])]);
        // One more is in the legend; a point without a logarithm has no place.
        assert_eq!(drawn.matches("<circle").count(), 3 + 1);
        for text in ["a &lt; b", "apples", "pears, kg", "seen", "dreamt"] {
            assert!(drawn.contains(text), "{text}");
        }
        assert!(!drawn.contains("a < b"), "text is escaped");
    }

    #[test]
    fn names_stand_beside_their_points() {
        let names = ["pears, the long ones", "quinces", "plums"];
        let y = Axis { title: "", scale: Scale::Names(&names), label: |_| String::new() };
        let drawn = picture(&[Chart { y, ..chart(vec![(1.0, 0.0), (10.0, 2.0)]) }]);
        assert_eq!(drawn.matches("<circle").count(), 2 + 1);
        assert!(names.iter().all(|name| drawn.matches(name).count() == 1), "{drawn}");
    }

    #[test]
    fn a_span_is_a_dot_and_a_line() {
        let mut spans = chart(vec![(1.0, 2.0), (3.0, 2.0), (0.0, 4.0), (5.0, 4.0)]);
        let lines =
            |chart: &Chart<'_>| picture(std::slice::from_ref(chart)).matches("<polyline").count();
        let without = lines(&spans);
        spans.series[0].mark = Mark::Spans;
        // A span of which one end has no place is left out; one more dot is in the legend.
        assert_eq!(lines(&spans), without + 1);
        assert_eq!(picture(&[spans]).matches("<circle").count(), 1 + 1);
    }

    #[test]
    fn a_chart_without_points_is_drawn_as_well() {
        let drawn = picture(&[chart(Vec::new()), chart(vec![(5.0, 5.0)])]);
        assert_eq!(drawn.matches("<circle").count(), 1 + 2);
        assert!(!drawn.contains("NaN"));
    }

    #[test]
    fn ticks_are_round() {
        let ticks = |scale, from, to| {
            let ticks = Ruler { scale, label: |value| value.to_string(), ends: (from, to) }.ticks();
            ticks.iter().map(|tick| format!("{tick:.1}")).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(ticks(Scale::Log, 1.9, 5.6), "100.0 1000.0 10000.0 100000.0");
        assert_eq!(ticks(Scale::Log, 1.0, 2.0), "10.0 20.0 50.0 100.0");
        assert_eq!(ticks(Scale::Linear, 0.0, 60.0), "0.0 10.0 20.0 30.0 40.0 50.0 60.0");
        assert_eq!(ticks(Scale::Linear, 0.0, 0.9), "0.0 0.2 0.4 0.6 0.8");
        assert_eq!(
            ticks(Scale::Log, 1.602, 1.623),
            "40.0 40.5 41.0 41.5",
            "no power, double or five"
        );
    }

    #[test]
    fn labels_are_told_apart() {
        let label = |value: f64| format!("{value:.0}");
        let of = |to| Ruler { scale: Scale::Linear, label, ends: (0.0, to) }.ticks();
        assert_eq!(of(1.05).into_iter().map(label).collect::<Vec<_>>(), ["0", "1"]);
        assert_eq!(of(3.15).into_iter().map(label).collect::<Vec<_>>(), ["0", "1", "2", "3"]);
    }
}
