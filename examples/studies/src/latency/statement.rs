//! What a run says about latency: a table, one object, and charts.

use serde_json::{Map, Value, json};
use shakedown_charts::{Axis, Chart, Mark, Scale, Series};
use shakedown_terminal::number::{bytes, grouped, milliseconds, ratio, real, rounded, time};
use shakedown_terminal::sheet::Sheet;

use super::{Kind, Latency, OfKind};

/// What is told of each kind, in order, and of how many events at least: beyond a P99 lie two of 200, and
/// of fewer it is but the largest value, which is told as well.
const QUANTILES: [(&str, f64, u64); 5] = [
    ("P50", 0.5, 1),
    ("P95", 0.95, 1),
    ("P99", 0.99, 200),
    ("P99.9", 0.999, 2_000),
    ("max", 1.0, 1),
];

/// The result for people; at most 80 columns.
#[must_use]
pub fn table(run: &Latency) -> String {
    let mut sheet = Sheet::default();
    sheet.heading("Run");
    let events: u64 = run.kinds.iter().map(OfKind::events).sum();
    for (what, value) in [
        ("Fleet", run.fleet.clone()),
        ("Release targets", grouped(run.census.targets)),
        ("Events", grouped(events)),
        ("Time of all events", format!("{:.1} ms", milliseconds(run.elapsed))),
        ("Threads", run.threads.to_string()),
        ("Seed", run.seed.to_string()),
        ("State digest", run.digest.to_string()),
    ] {
        sheet.entry(what, value);
    }
    sheet.heading("Latency, us");
    let heads = QUANTILES.map(|(name, ..)| format!("{name:>12}")).concat();
    sheet.line(format_args!("{:<10}{:>8}{heads}", "Kind", "events"));
    for it in happened(run) {
        let micros = QUANTILES.map(|(_, quantile, least)| {
            let at = (it.events() >= least).then(|| it.latency.value_at_quantile(quantile));
            at.map_or(format!("{:>12}", "-"), |it| format!("{:>12.1}", ratio(it, 1_000)))
        });
        let (name, events) = (it.kind.name(), grouped(it.events()));
        sheet.line(format_args!("{name:<10}{events:>8}{}", micros.concat()));
    }
    sheet.heading("Per event");
    let (kind, targets) = ("Kind", "targets");
    sheet.line(format_args!("{kind:<10}{targets:>14}{:>14}{:>16}", "allocations", "allocated"));
    for it in happened(run) {
        let each = |sum: u64| ratio(sum, it.events());
        let (targets, allocations) = (each(it.targets), each(it.allocations));
        let (name, allocated) = (it.kind.name(), bytes(it.bytes / it.events()));
        sheet.line(format_args!("{name:<10}{targets:>14.1}{allocations:>14.1}{allocated:>16}"));
    }
    sheet.heading("Threads, share of the time of all events");
    sheet.line(format_args!("{:<10}{:>14}{:>14}", "Thread", "in phases", "in cohorts"));
    for (number, spent) in run.busy.iter().enumerate() {
        let [inside, deciding] =
            [spent.inside, spent.deciding].map(|it| ratio(it, run.elapsed) * 100.0);
        sheet.line(format_args!("{number:<10}{inside:>12.1} %{deciding:>12.1} %"));
    }
    if let (Some(first), Some(last)) = (run.memory.first(), run.memory.last()) {
        sheet.heading("Resident memory");
        for (what, value) in [("Before", first.1), ("After", last.1)] {
            sheet.entry(what, bytes(value));
        }
    }
    sheet.into_text()
}

/// The kinds of which there were events.
fn happened(run: &Latency) -> impl Iterator<Item = &OfKind> {
    run.kinds.iter().filter(|it| it.events() > 0)
}

/// The result for programs.
#[must_use]
pub fn object(run: &Latency) -> Value {
    let kinds = happened(run).map(|it| (it.kind.name().to_owned(), kind(it)));
    let threads = run.busy.iter().map(|spent| {
        json!({
            "in_phases": ratio(spent.inside, run.elapsed),
            "in_cohorts": ratio(spent.deciding, run.elapsed),
        })
    });
    let memory = run.memory.iter();
    let memory =
        memory.map(|&(events, bytes)| json!({ "events": events, "resident_bytes": bytes }));
    let mix = Kind::ALL.map(|kind| (kind.name().to_owned(), json!(run.mix.part(kind))));
    json!({
        "preset": run.fleet,
        "targets": run.census.targets,
        "events": run.kinds.iter().map(OfKind::events).sum::<u64>(),
        "mix": mix.into_iter().collect::<Map<String, Value>>(),
        "kinds": kinds.collect::<Map<String, Value>>(),
        "busy": threads.collect::<Vec<_>>(),
        "memory": memory.collect::<Vec<_>>(),
        "elapsed_ms": milliseconds(run.elapsed),
        "threads": run.threads,
        "seed": run.seed,
        "digest": run.digest.to_string(),
    })
}

fn kind(it: &OfKind) -> Value {
    let [p50, p95, p99, p99_9, _] = QUANTILES.map(|(_, quantile, least)| {
        (it.events() >= least).then(|| it.latency.value_at_quantile(quantile))
    });
    json!({
        "events": it.events(),
        "p50_ns": p50,
        "p95_ns": p95,
        "p99_ns": p99,
        "p99_9_ns": p99_9,
        "max_ns": it.latency.max(),
        "samples_ns": it.samples,
        "targets_per_event": ratio(it.targets, it.events()),
        "allocations_per_event": ratio(it.allocations, it.events()),
        "bytes_per_event": ratio(it.bytes, it.events()),
    })
}

/// The picture: percentiles of each kind, and memory.
#[must_use]
pub fn charts(run: &Latency) -> Vec<Chart<'static>> {
    let curves = happened(run).map(|it| Series {
        name: format!("{} ({})", it.kind, grouped(it.events())),
        points: percentiles(it),
        mark: Mark::Line,
    });
    let memory = run.memory.iter().map(|&(events, bytes)| (real(events), ratio(bytes, 1 << 20)));
    let memory = Series { name: "resident".to_owned(), points: memory.collect(), mark: Mark::Line };
    let axis = |title, scale, label| Axis { title, scale, label };
    vec![
        Chart {
            title: format!("Latency by kind of event: {}", run.fleet),
            x: axis("percentile", Scale::Log, percentile),
            y: axis("time from the event until nothing is dirty", Scale::Log, time),
            series: curves.collect(),
        },
        Chart {
            title: "Memory of the process".to_owned(),
            x: axis("events", Scale::Linear, rounded),
            y: axis("resident memory, MiB", Scale::Linear, rounded),
            series: vec![memory],
        },
    ]
}

/// Places along the percentile axis are `1 / (1 - quantile)`: every nine of a percentile takes as much
/// room. The last is that of one event among all.
fn percentiles(it: &OfKind) -> Vec<(f64, f64)> {
    const PER_NINE: f64 = 50.0;
    let events = real(it.events());
    let mut curve = Vec::new();
    let mut place = 1.0;
    while place < events {
        curve.push((place, real(it.latency.value_at_quantile(1.0 - 1.0 / place))));
        place *= 10_f64.powf(1.0 / PER_NINE);
    }
    curve.push((events, real(it.latency.max())));
    curve
}

fn percentile(place: f64) -> String {
    let percent = 100.0 - 100.0 / place;
    // One digit for each nine beyond 99.
    let digits = [150.0, 1.5e3, 1.5e4].iter().filter(|&&limit| place >= limit / 1.01).count();
    format!("{percent:.digits$} %")
}

#[cfg(test)]
mod tests {
    use super::*;
    use shakedown_engine::fleet::schedule::Reading;

    #[test]
    fn percentiles_have_as_many_digits_as_nines() {
        for (place, text) in [
            (1.0, "0 %"),
            (2.0, "50 %"),
            (10.0, "90 %"),
            (100.0, "99 %"),
            (200.0, "99.5 %"),
            (1e3, "99.9 %"),
        ] {
            assert_eq!(percentile(place), text);
        }
    }

    #[test]
    fn percentiles_of_too_few_events_are_not_told() {
        let of = |events: u64| {
            let mut it = OfKind::new(Kind::Job);
            for value in 1..=events {
                it.record(Reading { nanoseconds: value, ..Reading::default() }, 1);
            }
            let told = kind(&it);
            ["p50_ns", "p95_ns", "p99_ns", "p99_9_ns", "max_ns"].map(|key| told[key].is_number())
        };
        assert_eq!(of(199), [true, true, false, false, true]);
        assert_eq!(of(200), [true, true, true, false, true]);
        assert_eq!(of(2_000), [true; 5]);
    }

    #[test]
    fn curves_rise_to_the_maximum() {
        let mut it = OfKind::new(Kind::Job);
        for value in 1..=1_000 {
            it.record(Reading { nanoseconds: value * 1_000, ..Reading::default() }, 1);
        }
        let curve = percentiles(&it);
        assert!(curve.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1));
        let largest = curve.last().expect("there are events");
        assert!((largest.0 - 1_000.0).abs() < 1e-9);
        assert!((largest.1 / 1e6 - 1.0).abs() < 0.001, "to three digits: {}", largest.1);
    }
}
