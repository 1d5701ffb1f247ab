//! What a comparison looks like: a chart per operation, a line per layout, from its fastest round to its
//! slowest.

use shakedown_charts::{Axis, Chart, MOST_SERIES, Mark, Scale, Series, picture};
use shakedown_terminal::number::{real, rounded};

use shakedown_laboratory::Operation;

use crate::{Case, Comparison, Row};

/// The SVG of an operation: nanoseconds per target by layout, with a series for each of its cases. If
/// these are more than can be told apart, each scale has charts of its own.
#[must_use]
pub fn svg(run: &Comparison, operation: Operation) -> String {
    picture(&charts(run, operation, &upwards(run)))
}

fn charts<'a>(run: &Comparison, operation: Operation, names: &'a [&'a str]) -> Vec<Chart<'a>> {
    let groups = run.groups().filter(|group| group[0].case.operation == operation);
    let groups: Vec<_> = groups.collect();
    if groups.len() <= MOST_SERIES {
        return vec![chart(operation, &groups, names)];
    }
    let scales = groups.chunk_by(|a, b| a[0].case.scale == b[0].case.scale);
    let parts = scales.flat_map(|groups| groups.chunks(MOST_SERIES));
    parts.map(|groups| chart(operation, groups, names)).collect()
}

fn chart<'a>(operation: Operation, groups: &[&[Row]], names: &'a [&'a str]) -> Chart<'a> {
    let cases: Vec<Case> = groups.iter().map(|group| group[0].case).collect();
    let series = groups.iter().map(|group| {
        let spans = names.iter().enumerate().filter_map(|(place, name)| {
            let row = group.iter().find(|row| row.layout.name == *name)?;
            Some([row.each(), row.each() * row.spread()].map(|each| (each, real(place as u64))))
        });
        let name = name_among(group[0].case, &cases);
        Series { name, points: spans.flatten().collect(), mark: Mark::Spans }
    });
    let shared = cases.first().map(|case| case.scale);
    let shared = shared.filter(|&scale| cases.iter().all(|case| case.scale == scale));
    let scale = shared.map_or_else(String::new, |scale| format!(", {}", scale.name()));
    Chart {
        title: format!("{}{scale}: {}", operation.name(), operation.about()),
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
    use shakedown_laboratory::{DirtyDensity, Scale as Targets};

    use super::*;
    use crate::tests::{comparison, row};

    #[test]
    fn a_series_is_named_after_what_is_varied() {
        let at = |density, scale| {
            let row = row(0, 10, 7);
            Row { case: Case { density, scale, ..row.case }, ..row }
        };
        let names_of = |rows| {
            let run = comparison(rows);
            let names = upwards(&run);
            let [chart] = &charts(&run, Operation::Lock, &names)[..] else {
                panic!("they are few")
            };
            chart.series.iter().map(|it| it.name.clone()).collect::<Vec<_>>()
        };
        let [one, all] = [DirtyDensity::One, DirtyDensity::All];
        assert_eq!(names_of(vec![at(all, Targets::Thousand)]), ["1k"]);
        let rows = vec![at(one, Targets::Thousand), at(all, Targets::SixtyThousand)];
        assert_eq!(names_of(rows), ["1k, one", "60k, all"]);
    }

    #[test]
    fn of_many_cases_each_scale_has_a_chart() {
        let at = |scale: Targets, threads: usize| {
            let row = row(0, 10, 7);
            Row { case: Case { scale, threads, ..row.case }, ..row }
        };
        let few = (1..=5).map(|threads| at(Targets::Thousand, threads));
        let many = (1..=10).map(|threads| at(Targets::SixtyThousand, threads));
        let run = comparison(few.chain(many).collect());
        let charts = charts(&run, Operation::Lock, &["sharded"]);
        let told: Vec<(&str, usize)> = charts
            .iter()
            .map(|chart| (chart.title.split(':').next().unwrap(), chart.series.len()))
            .collect();
        assert_eq!(told, [("lock, 1k", 5), ("lock, 60k", 9), ("lock, 60k", 1)]);
        assert_eq!(charts[1].series[8].name, "60k, 9 threads");
    }

    #[test]
    fn layouts_stand_in_the_order_of_the_registry_from_top_to_bottom() {
        let run = comparison(vec![row(2, 10, 7), row(0, 20, 7), row(1, 30, 7), row(0, 60, 7)]);
        let names = upwards(&run);
        let chart = &charts(&run, Operation::Lock, &names)[0];
        let spans = [(1.0, 0.0), (1.0, 0.0), (3.0, 1.0), (3.0, 1.0), (2.0, 2.0), (6.0, 2.0)];
        assert_eq!(chart.series[0].points, spans);
        assert_eq!(
            [brief(0.1), brief(0.05), brief(1.0), brief(2000.0)],
            ["0.1", "0.05", "1", "2,000"]
        );
    }
}
