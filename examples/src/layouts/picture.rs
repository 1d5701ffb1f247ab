//! What a comparison looks like: a chart per operation, a line per layout, from its fastest round to its
//! slowest.

use shakedown_benches::laboratory::Operation;

use super::{Case, Comparison};
use crate::chart::{Axis, Chart, Mark, Scale, Series, picture};
use crate::number::{real, rounded};

/// The SVG of an operation: nanoseconds per target by layout, with a series for each of its cases.
#[must_use]
pub fn svg(run: &Comparison, operation: Operation) -> String {
    picture(&[chart(run, operation, &upwards(run))])
}

fn chart<'a>(run: &Comparison, operation: Operation, names: &'a [&'a str]) -> Chart<'a> {
    let groups = run.groups().filter(|group| group[0].case.operation == operation);
    let groups: Vec<_> = groups.collect();
    let cases: Vec<Case> = groups.iter().map(|group| group[0].case).collect();
    let series = groups.iter().map(|group| {
        let spans = names.iter().enumerate().filter_map(|(place, name)| {
            let row = group.iter().find(|row| row.layout.name == *name)?;
            Some([row.each(), row.each() * row.spread()].map(|each| (each, real(place as u64))))
        });
        let name = name_among(group[0].case, &cases);
        Series { name, points: spans.flatten().collect(), mark: Mark::Spans }
    });
    Chart {
        title: format!("{}: {}", operation.name(), operation.about()),
        x: Axis {
            title: "nanoseconds per target, fastest to slowest round",
            scale: Scale::Log,
            label: brief,
        },
        y: Axis { title: "", scale: Scale::Names(names), label: rounded },
        series: series.collect(),
    }
}

/// The names of the layouts that have rows, the last of the registry first: in a picture, values grow
/// upwards.
fn upwards(run: &Comparison) -> Vec<&'static str> {
    run.layouts().iter().rev().map(|entry| entry.name).collect()
}

/// The axes that tell a case from the others; the scale if there is nothing to tell.
fn name_among(case: Case, cases: &[Case]) -> String {
    let varies = |axis: usize| cases.iter().any(|other| other.axes()[axis] != case.axes()[axis]);
    let axes = case.axes().into_iter().enumerate();
    let told = axes.filter(|&(axis, _)| axis == 0 || varies(axis));
    told.map(|(_, name)| name).collect::<Vec<_>>().join(", ")
}

/// A tick without needless digits.
fn brief(tick: f64) -> String {
    if tick < 0.999 { format!("{tick:.3}").trim_end_matches('0').to_owned() } else { rounded(tick) }
}

#[cfg(test)]
mod tests {
    use shakedown_benches::laboratory::{DirtyDensity, Scale as Targets};

    use super::super::Row;
    use super::super::tests::{comparison, row};
    use super::*;

    #[test]
    fn a_series_is_named_after_what_is_varied() {
        let at = |density, scale| {
            let row = row(0, 10, 7);
            Row { case: Case { density, scale, ..row.case }, ..row }
        };
        let names_of = |rows| {
            let run = comparison(rows);
            let names = upwards(&run);
            let series = chart(&run, Operation::Lock, &names).series;
            series.into_iter().map(|it| it.name).collect::<Vec<_>>()
        };
        let [one, all] = [DirtyDensity::One, DirtyDensity::All];
        assert_eq!(names_of(vec![at(all, Targets::Thousand)]), ["1k"]);
        let rows = vec![at(one, Targets::Thousand), at(all, Targets::SixtyThousand)];
        assert_eq!(names_of(rows), ["1k, one", "60k, all"]);
    }

    #[test]
    fn layouts_stand_in_the_order_of_the_registry_from_top_to_bottom() {
        let run = comparison(vec![row(2, 10, 7), row(0, 20, 7), row(1, 30, 7), row(0, 60, 7)]);
        let names = upwards(&run);
        let chart = chart(&run, Operation::Lock, &names);
        let spans = [(1.0, 0.0), (1.0, 0.0), (3.0, 1.0), (3.0, 1.0), (2.0, 2.0), (6.0, 2.0)];
        assert_eq!(chart.series[0].points, spans);
        assert_eq!(
            [brief(0.1), brief(0.05), brief(1.0), brief(2000.0)],
            ["0.1", "0.05", "1", "2,000"]
        );
    }
}
