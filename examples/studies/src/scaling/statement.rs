//! What a run says about scaling: a table, one object, and charts.

use super::{Curve, Point, Scaling};
use serde_json::{Map, Value, json};
use shakedown_benches::growth::{Class, Growth};
use shakedown_charts::{Axis, Chart, Mark, Scale, Series};
use shakedown_engine::fleet::phase::Phase;
use shakedown_terminal::number::{grouped, ratio, real, rounded, time};
use shakedown_terminal::sheet::Sheet;

/// The result for people; at most 80 columns.
#[must_use]
pub fn table(run: &Scaling) -> String {
    let mut sheet = Sheet::default();
    sheet.heading("Run");
    let digest = run.targets.points.last().map_or(String::new(), |it| it.digest.to_string());
    for (what, value) in [
        ("Density", run.settings.density.name().to_owned()),
        ("Iterations at most", grouped(run.settings.iterations as u64)),
        ("Threads", run.threads.to_string()),
        ("Seed", run.settings.seed.to_string()),
        ("State digest, most targets", digest),
    ] {
        sheet.entry(what, value);
    }
    curve(&mut sheet, &run.targets);
    let holds = match run.holds() {
        Some(true) => "holds",
        Some(false) => "FAILS",
        None => "not judged: it is about 100 to 3,000,000 targets",
    };
    let (least, most) = Scaling::BUDGET;
    sheet.line(format_args!("Budget {least} to {most} {holds}"));
    phases(&mut sheet, &run.targets);
    for other in &run.others {
        curve(&mut sheet, other);
        phases(&mut sheet, other);
    }
    sheet.heading("Verdict");
    for line in verdict(run) {
        sheet.line(line);
    }
    sheet.into_text()
}

/// What grows faster than linear, one line each; one line when nothing does.
fn verdict(run: &Scaling) -> Vec<String> {
    let found = run.curves().flat_map(|curve| {
        let named = move |(phase, growth): (Phase, Growth)| {
            let (name, steepness) = (phase.name(), growth.steepness);
            format!("{name} grows as n^{steepness:.1} with {}", curve.axis.name())
        };
        curve.superlinear().map(named)
    });
    let found: Vec<String> = found.collect();
    if found.is_empty() { vec!["no phase grows faster than linear".to_owned()] } else { found }
}

/// Its points, and how they grow.
fn curve(sheet: &mut Sheet, curve: &Curve) {
    let name = curve.axis.name();
    sheet.heading(format_args!("By {name}"));
    let (size, _) = name.split_once(',').unwrap_or((name, ""));
    let each = format!("ns/{}", curve.axis.unit());
    sheet.line(format_args!("{size:>14}{:>14}{each:>16}{:>14}", "P50 us", "against fit"));
    for point in &curve.points {
        let each = ratio(point.whole, point.size);
        let against = (real(point.whole) / curve.whole.on_line(real(point.size)) - 1.0) * 100.0;
        let (size, p50) = (grouped(point.size), ratio(point.whole, 1_000));
        sheet.line(format_args!("{size:>14}{p50:>14.1}{each:>16.1}{against:>+12.0} %"));
    }
    let Growth { exponent, standard_error, steepness, class, confidence, fixed, .. } = curve.whole;
    let (percent, fixed, class) = (confidence * 100.0, fixed / 1e3, class.name());
    sheet.line(format_args!(
        "Exponent {exponent:.3} +- {standard_error:.3}, steepness {steepness:.2}"
    ));
    sheet.line(format_args!("Class {class} ({percent:.0} % sure), fixed cost {fixed:.1} us"));
}

/// One line per phase; nothing of a phase that took no time.
fn phases(sheet: &mut Sheet, curve: &Curve) {
    let Some(largest) = curve.points.last() else { return };
    sheet.line(format_args!(
        "{:<16}{:>10}{:>10}{:>12}{:>16}{:>14}",
        "Phase", "exponent", "+-", "steepness", "largest, us", "of phases"
    ));
    for (phase, growth) in Phase::ALL.into_iter().zip(&curve.phases) {
        let Some(growth) = growth else { continue };
        let spent = largest.phases[phase as usize];
        let (us, part) = (ratio(spent, 1_000), ratio(spent, largest.all_phases()) * 100.0);
        let Growth { exponent, standard_error, steepness, .. } = growth;
        let name = phase.name();
        sheet.line(format_args!(
                "{name:<16}{exponent:>10.2}{standard_error:>10.2}{steepness:>12.2}{us:>16.1}{part:>12.0} %"
            ),
        );
    }
}

/// The result for programs.
#[must_use]
pub fn object(run: &Scaling) -> Value {
    let whole = &run.targets.whole;
    let points = run.targets.points.iter();
    let points: Vec<Value> = points
        .map(|it| json!({ "targets": it.size, "p50_ns": it.whole, "samples_ns": it.samples }))
        .collect();
    let axes = run.others.iter().map(|it| (it.axis.key().to_owned(), axis(it)));
    let (least, most) = Scaling::BUDGET;
    json!({
        "points": points,
        "exponent": whole.exponent,
        "standard_error": whole.standard_error,
        "steepness": whole.steepness,
        "fixed_ns": whole.fixed,
        "class": whole.class.name(),
        "confidence": whole.confidence,
        "phases": exponents(&run.targets),
        "axes": axes.collect::<Map<String, Value>>(),
        "verdict": verdict(run),
        "budget": { "least": least, "most": most, "holds": run.holds() },
        "density": run.settings.density.name(),
        "iterations": run.settings.iterations,
        "threads": run.threads,
        "seed": run.settings.seed,
        "digest": run.targets.points.last().map(|point| point.digest.to_string()),
    })
}

fn axis(curve: &Curve) -> Value {
    let points = curve.points.iter().map(|it| {
        let phases = Phase::ALL.into_iter().zip(it.phases);
        let phases = phases.map(|(phase, spent)| (phase.name().to_owned(), json!(spent)));
        let phases = phases.collect::<Map<String, Value>>();
        json!({ "size": it.size, "p50_ns": it.whole, "samples_ns": it.samples, "phases_ns": phases })
    });
    json!({
        "points": points.collect::<Vec<_>>(),
        "exponent": curve.whole.exponent,
        "standard_error": curve.whole.standard_error,
        "steepness": curve.whole.steepness,
        "class": curve.whole.class.name(),
        "confidence": curve.whole.confidence,
        "phases": exponents(curve),
    })
}

fn exponents(curve: &Curve) -> Map<String, Value> {
    let of = |(phase, growth): (Phase, &Option<Growth>)| {
        (phase.name().to_owned(), json!(growth.map(|growth| growth.exponent)))
    };
    Phase::ALL.into_iter().zip(&curve.phases).map(of).collect()
}

/// Titles of the vertical axes.
const WHOLE: &str = "time per reconcile, P50";
const FASTEST: &str = "time per phase, fastest";

/// The picture: the reconcile over targets with what it is compared to, its phases, the other axes.
#[must_use]
pub fn charts(run: &Scaling) -> Vec<Chart<'static>> {
    let class = run.targets.whole.class;
    let whole = vec![
        series("measured, P50", &run.targets.points, Mark::Dots, |point| point.whole),
        fitted(&run.targets),
        reference(&run.targets, Class::Linear),
        reference(&run.targets, Class::Linearithmic),
        reference(&run.targets, Class::Quadratic),
    ];
    let phases = Phase::ALL.into_iter().map(|phase| {
        let name = phase.name().replace('_', " ");
        series(&name, &run.targets.points, Mark::Both, |point| point.phases[phase as usize])
    });
    let mut charts = vec![
        chart(format!("Reconcile by targets: {}", class.name()), "release targets", WHOLE, whole),
        chart("Phases by targets".to_owned(), "release targets", FASTEST, phases.collect()),
    ];
    if !run.others.is_empty() {
        let others = run
            .others
            .iter()
            .map(|curve| series(curve.axis.name(), &curve.points, Mark::Both, |point| point.whole));
        let title = format!("Reconcile of {} targets", grouped(run.settings.targets.into()));
        charts.push(chart(title, "size of the axis (count)", WHOLE, others.collect()));
    }
    charts
}

fn chart(title: String, x: &'static str, y: &'static str, series: Vec<Series>) -> Chart<'static> {
    let x = Axis { title: x, scale: Scale::Log, label: rounded };
    let y = Axis { title: y, scale: Scale::Log, label: time };
    Chart { title, x, y, series }
}

fn series(name: &str, points: &[Point], mark: Mark, of: impl Fn(&Point) -> u64) -> Series {
    let points = points.iter().map(|point| (real(point.size), real(of(point)))).collect();
    Series { name: name.to_owned(), points, mark }
}

/// The straight line through the logarithms.
fn fitted(curve: &Curve) -> Series {
    let ends = [curve.points.first(), curve.points.last()].into_iter().flatten();
    let sizes = ends.map(|point| real(point.size));
    let points = sizes.map(|size| (size, curve.whole.on_line(size))).collect();
    let name = format!("fitted: n^{:.3}", curve.whole.exponent);
    Series { name, points, mark: Mark::Line }
}

/// Where a cost would be that grows as `class` does, from the smallest size of the curve on.
fn reference(curve: &Curve, class: Class) -> Series {
    /// So close together that the line ends where it leaves the chart.
    const STEPS: u32 = 200;
    let ends = curve.points.first().zip(curve.points.last());
    let points = ends.map_or(Vec::new(), |(first, last)| {
        let (start, factor) = (real(first.size), real(last.size) / real(first.size));
        let size = |step: u32| start * factor.powf(f64::from(step) / f64::from(STEPS));
        let cost = |size: f64| real(first.whole) * class.of(size) / class.of(start);
        (0..=STEPS).map(size).map(|size| (size, cost(size))).collect()
    });
    Series { name: class.name().to_owned(), points, mark: Mark::Dashes }
}
