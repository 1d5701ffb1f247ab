//! What a run says to programs: one object.

use super::baseline::{Baseline, ratio_object};
use super::budget::{Budget, budgets, goals};
use super::measurement::{ENOUGH_FOR_P99, Measurement, Order, Sample, held};
use serde_json::{Value, json};
use shakedown_engine::fleet::matrix::State;
use shakedown_engine::fleet::phase::Phase;
use shakedown_terminal::number::milliseconds;

/// The result for programs.
#[must_use]
pub fn object(run: &Measurement, baseline: Option<&Baseline>) -> Value {
    let typical = run.median();
    let whole = run.whole();
    let at = |percent| milliseconds(whole.percentile(percent));
    let median = |of: &dyn Fn(&Sample) -> u64| run.distribution(of).p50();
    let phases = Phase::ALL
        .into_iter()
        .map(|phase| (phase.name().to_owned(), json!(milliseconds(run.phase(phase).p50()))));
    let budgets = goals(run).into_iter().chain(budgets(run)).map(|budget| {
        let holds = budget.holds();
        let Budget { name, unit, limit, measured } = budget;
        let unit = if unit.is_empty() { String::new() } else { format!(" ({unit})") };
        let name = format!("{name}{unit}");
        json!({ "name": name, "limit": limit, "measured": measured, "holds": holds })
    });
    let baseline = baseline.map(|baseline| {
        let ratios = baseline.compare(run);
        json!({
            "file": baseline.file,
            "time": ratios.map(|it| ratio_object(it.time)),
            "over_floor": ratios.and_then(|it| it.over_floor).map(ratio_object),
        })
    });
    json!({
        "preset": run.origin.name,
        "density": run.density.name(),
        "threads": run.threads,
        "seed": run.seed,
        "deployment": run.deployment,
        "digest": run.digest.to_string(),
        "resources": run.census.resources,
        "environments": run.census.environments,
        "deployments": run.census.deployments,
        "deployments_by_turns": run.deployments,
        "policies": run.census.policies,
        "relationship_rules": run.census.relationship_rules,
        "targets_in_world": run.census.targets,
        "targets_per_deployment": run.targets,
        "targets_reconciled": typical.targets,
        "iterations": run.samples.len(),
        "jobs_created": typical.jobs_created,
        "granted": {
            "approvals": run.granted.approvals,
            "environments": run.granted.environments,
            "seconds_since_creation": run.granted.seconds,
            "waivers": run.granted.waived,
            "jobs_created_without": run.without.as_ref().map(|it| it.jobs_created),
            "waiting_without": run.without.as_ref().map(held),
        },
        "waiting": typical.in_state(State::Waiting),
        "blocked": typical.in_state(State::Blocked),
        "unlike_iterations": run.unlike(),
        "cold_ms": milliseconds(run.cold().whole.nanoseconds),
        "p50_ms": at(50),
        "p95_ms": at(95),
        "p99_ms": (run.samples.len() >= ENOUGH_FOR_P99).then(|| at(99)),
        "max_ms": at(100),
        "floor_p50_ms": milliseconds(run.floor().p50()),
        "over_floor": over_floor(run),
        "pass_p50_ms": milliseconds(run.pass().p50()),
        "moved_bytes": run.moved(),
        "bandwidth_bytes_per_s": run.bandwidth,
        "bytes_over_bandwidth_ms": milliseconds(run.from_memory()),
        "phases_ms": Value::Object(phases.collect()),
        "allocations_per_iteration": median(&|it| it.whole.allocations),
        "bytes_per_iteration": median(&|it| it.whole.bytes),
        "build_ms": milliseconds(run.build.nanoseconds),
        "resident_bytes": run.resident,
        "baseline": baseline,
        "samples": run.samples.iter().map(sample).collect::<Vec<_>>(),
        "budgets": if run.targets == 0 { Vec::new() } else { budgets.collect::<Vec<_>>() },
    })
}

/// The ratio of reconcile to floor, by pairs; null if no floor took any time.
fn over_floor(run: &Measurement) -> Value {
    let Some(ratio) = run.over_floor(None) else { return Value::Null };
    let of = |order| run.over_floor(Some(order)).map(|it| it.value);
    let mut object = ratio_object(ratio);
    object["pairs"] = json!(ratio.of);
    object["floor_first"] = json!(of(Order::FloorFirst));
    object["fleet_first"] = json!(of(Order::FleetFirst));
    object
}

/// One iteration as it was measured.
fn sample(it: &Sample) -> Value {
    json!({
        "reconcile_ns": it.whole.nanoseconds,
        "floor_ns": it.floor,
        "pass_ns": it.pass,
        "first": if it.order == Order::FloorFirst { "floor" } else { "fleet" },
        "targets": it.report.targets,
        "jobs_created": it.report.jobs_created,
        "allocations": it.whole.allocations,
        "bytes": it.whole.bytes,
    })
}
