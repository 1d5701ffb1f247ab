//! Budgets: what a run may cost, as far as that run can tell.

use super::measurement::{Measurement, Sample};
use shakedown_benches::{Density, History};
use shakedown_engine::fleet::phase::Phase;
use shakedown_engine::preset::{FleetShape, Preset};
use shakedown_terminal::number::{milliseconds, ratio};

/// A limit, and what was measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Budget {
    /// What is limited.
    pub name: String,
    /// Unit of both numbers.
    pub unit: &'static str,
    /// Not to be exceeded.
    pub limit: f64,
    /// The median of the run, or the one value there is.
    pub measured: f64,
}

impl Budget {
    /// Whether it holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.measured <= self.limit
    }
}

/// The goals of the problem report, in milliseconds per reconcile.
const GOALS: [(&str, f64); 3] = [("critical", 2_000.0), ("target", 1_000.0), ("ideal", 500.0)];

/// The goals of the problem report; other people's fleets have none.
#[must_use]
pub fn goals(run: &Measurement) -> Vec<Budget> {
    let measured = milliseconds(run.whole().p50());
    let goal = |(name, limit)| {
        let name = format!("goal: {name}");
        Budget { name, unit: "ms", limit, measured }
    };
    if run.origin.shape.is_none() { Vec::new() } else { GOALS.map(goal).into() }
}

/// Whether every goal and budget holds, of a run that measured something.
#[must_use]
pub fn all_hold(run: &Measurement) -> bool {
    run.targets > 0 && goals(run).iter().chain(&budgets(run)).all(Budget::holds)
}

/// Jobs from which on the cost of one can be told from the cost of the phase.
const MANY_JOBS: u64 = 1_000;
/// Targets from which on the floor is a measure for the whole reconcile.
const MANY_TARGETS: u64 = 6_000;
/// The phases that decide.
const DECIDING: [Phase; 4] =
    [Phase::Relationships, Phase::Policies, Phase::Planning, Phase::Eligibility];

/// The budgets that a run measures. They are about presets: other people's fleets have none.
#[must_use]
pub fn budgets(run: &Measurement) -> Vec<Budget> {
    if run.history == History::CarriedOver || run.origin.shape.is_none() {
        return Vec::new();
    }
    let is = |preset: Preset| run.origin.shape == Some(preset.shape());
    let whole = run.whole().p50();
    let mut budgets = Vec::new();
    let mut add = |name: String, unit: &'static str, limit: f64, measured: f64| {
        budgets.push(Budget { name, unit, limit, measured });
    };
    let large = [Preset::Literal, Preset::EveryRule, Preset::Related]
        .into_iter()
        .find(|&preset| is(preset));
    if let Some(preset) = large {
        let (limit, per_target) = match (preset, run.density) {
            (Preset::EveryRule, _) => (12.0, 80.0),
            (_, Density::Gate) => (2.0, 25.0),
            (_, Density::Half) => (4.0, 25.0),
            (_, Density::All) => (6.0, 25.0),
        };
        let name = format!("version created, {preset}, {}", run.density);
        add(name, "ms", limit, ratio(whole, 1_000_000));
        if run.threads == 1 {
            let deciding = |sample: &Sample| {
                DECIDING.iter().map(|&it| sample.report.phases[it as usize].nanoseconds).sum()
            };
            let spent = run.distribution(deciding).p50();
            add(
                "deciding, one thread".to_owned(),
                "ns/target",
                per_target,
                ratio(spent, run.targets),
            );
        }
        let allocated = |sample: &Sample| {
            let in_creation = sample.report.phases[Phase::JobCreation as usize].allocations;
            sample.whole.allocations - in_creation
        };
        let allocated = run.distribution(allocated).p50();
        add("allocations, jobs aside".to_owned(), "", 500.0, ratio(allocated, 1));
    }
    if is(Preset::Literal) {
        add("building the world".to_owned(), "s", 1.5, ratio(run.build.nanoseconds, 1_000_000_000));
        if let Some(resident) = run.resident {
            add("memory of the world".to_owned(), "MB", 600.0, ratio(resident, 1_000_000));
        }
    }
    let small = [FleetShape::production(75), FleetShape::production(100)];
    if run.origin.shape.is_some_and(|shape| small.contains(&shape)) {
        let name = format!("version created, {} targets", run.targets);
        add(name, "us", 60.0, ratio(whole, 1_000));
    }
    if is(Preset::Single) {
        add("version created, single deployment".to_owned(), "us", 30.0, ratio(whole, 1_000));
    }
    let jobs = run.median().jobs_created;
    if jobs >= MANY_JOBS {
        let spent = run.phase(Phase::JobCreation).p50();
        add("job creation".to_owned(), "ns/job", 40.0, ratio(spent, jobs));
    }
    // A floor of a few microseconds has nothing to hide the schedule and the event behind.
    if let Some(over) = run.over_floor(None).filter(|_| run.targets >= MANY_TARGETS) {
        add("reconcile over floor".to_owned(), "times", 1.3, over.value);
    }
    budgets
}
