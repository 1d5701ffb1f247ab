//! Measuring iterations of one fleet, and everything there is to say about them.

use super::gauge;
use crate::source::Origin;
use crate::source::census::Census;
use shakedown_benches::median::Median;
use shakedown_benches::percentile::Distribution;
use shakedown_benches::{
    Bound, Density, Difference, Floor, Granted, History, VersionCreated, bandwidth,
};
use shakedown_engine::fleet::digest::Digest;
use shakedown_engine::fleet::matrix::State;
use shakedown_engine::fleet::phase::Phase;
use shakedown_engine::fleet::report::Report;
use shakedown_engine::fleet::schedule::Reading;
use shakedown_terminal::exit::Failure;
use shakedown_terminal::number::ratio;
use shakedown_terminal::progress::Progress;

/// Who decides first in an iteration. The second finds in the caches what the first has read, so they
/// take turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The floor, then the fleet.
    FloorFirst,
    /// The fleet, then the floor, over what there was before.
    FleetFirst,
}

impl Order {
    /// Both, as they alternate.
    pub const BOTH: [Self; 2] = [Self::FloorFirst, Self::FleetFirst];

    /// That of an iteration, counted from zero.
    #[must_use]
    pub const fn of(iteration: usize) -> Self {
        Self::BOTH[iteration % 2]
    }

    /// The name in results.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::FloorFirst => "floor first",
            Self::FleetFirst => "fleet first",
        }
    }
}

/// Iterations from which on a P99 is told: of fewer it is but the largest or second largest value.
pub const ENOUGH_FOR_P99: usize = 200;

/// One measured iteration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// The whole reconcile, from the event on.
    pub whole: Reading,
    /// Whether the floor was measured before it, or after.
    pub order: Order,
    /// The floor, in nanoseconds.
    pub floor: u64,
    /// One pass over the bytes that are read and written, in nanoseconds.
    pub pass: u64,
    /// Those bytes.
    pub moved: u64,
    /// What the reconcile did.
    pub report: Report,
}

/// A finished run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measurement {
    /// The fleet.
    pub origin: Origin,
    /// How many targets could take a version at once.
    pub density: Density,
    /// What an iteration found of the ones before it.
    pub history: History,
    /// Threads of the pool.
    pub threads: usize,
    /// What chose the deployment; `None` when it was named.
    pub seed: Option<u64>,
    /// Id of the deployment; of several, the first.
    pub deployment: String,
    /// How many deployments got versions by turns.
    pub deployments: usize,
    /// Targets of the first.
    pub targets: u64,
    /// What the fleet consists of.
    pub census: Census,
    /// Time, allocations and bytes of building the fleet.
    pub build: Reading,
    /// Resident bytes when the fleet was built; `None` where the system does not tell.
    pub resident: Option<u64>,
    /// The iterations, in order; at least one.
    pub samples: Vec<Sample>,
    /// Bytes that memory reads and writes in a second.
    pub bandwidth: u64,
    /// The first decision in which fleet and floor differ; `None` is as it should be.
    pub difference: Option<Difference>,
    /// The state digest after the last iteration.
    pub digest: Digest,
    /// What every version was given.
    pub granted: Granted,
    /// What one more version that was given nothing came to; `None` if the others were not, either,
    /// or jobs stay pending.
    pub without: Option<Report>,
}

impl Measurement {
    /// The first iteration, which finds nothing in the caches and sizes what is kept.
    ///
    /// # Panics
    /// When there is no sample.
    #[must_use]
    pub fn cold(&self) -> &Sample {
        self.samples.first().expect("a measurement has samples")
    }

    /// The iterations after the first, which all but its own figures are about; if there are none, it.
    #[must_use]
    pub fn warm(&self) -> &[Sample] {
        if self.samples.len() > 1 { &self.samples[1..] } else { &self.samples }
    }

    /// The percentiles of a run that there are iterations enough for, by name.
    pub fn percentiles(&self) -> impl Iterator<Item = (&'static str, usize)> {
        let is_enough = self.samples.len() >= ENOUGH_FOR_P99;
        let all = [("P50", 50), ("P95", 95), ("P99", 99), ("Max", 100)];
        all.into_iter().filter(move |&(_, percent)| is_enough || percent != 99)
    }

    /// A property of the warm iterations.
    pub fn distribution(&self, of: impl Fn(&Sample) -> u64) -> Distribution {
        self.warm().iter().map(of).collect()
    }

    /// Nanoseconds of the whole reconcile.
    #[must_use]
    pub fn whole(&self) -> Distribution {
        self.distribution(|sample| sample.whole.nanoseconds)
    }

    /// Nanoseconds of the floor.
    #[must_use]
    pub fn floor(&self) -> Distribution {
        self.distribution(|sample| sample.floor)
    }

    /// How many times as long as its floor the reconcile took, pair by pair; of one order, or of both.
    #[must_use]
    pub fn over_floor(&self, order: Option<Order>) -> Option<Median> {
        let wanted = |sample: &&Sample| order.is_none_or(|order| sample.order == order);
        let pairs = self.warm().iter().filter(wanted).filter(|sample| sample.floor > 0);
        Median::of(pairs.map(|sample| ratio(sample.whole.nanoseconds, sample.floor)))
    }

    /// Nanoseconds of one pass over the bytes.
    #[must_use]
    pub fn pass(&self) -> Distribution {
        self.distribution(|sample| sample.pass)
    }

    /// Bytes that a reconcile has to read and write, in the median iteration.
    #[must_use]
    pub fn moved(&self) -> u64 {
        self.distribution(|sample| sample.moved).p50()
    }

    /// Nanoseconds in which memory moves them; zero if its bandwidth is not known.
    #[must_use]
    pub fn from_memory(&self) -> u64 {
        let nanoseconds = u128::from(self.moved()) * 1_000_000_000;
        let nanoseconds = nanoseconds.checked_div(self.bandwidth.into()).unwrap_or(0);
        u64::try_from(nanoseconds).unwrap_or(u64::MAX)
    }

    /// Nanoseconds of one phase.
    #[must_use]
    pub fn phase(&self, phase: Phase) -> Distribution {
        self.distribution(|sample| sample.report.phases[phase as usize].nanoseconds)
    }

    /// What the median iteration did, by its time: the one that stands for all.
    ///
    /// # Panics
    /// When there is no sample.
    #[must_use]
    pub fn median(&self) -> &Report {
        let median = self.whole().p50();
        let found = self.warm().iter().find(|sample| sample.whole.nanoseconds == median);
        &found.expect("a median of the nearest rank is one of the values").report
    }

    /// The iterations, counted from one, that came to something else than the median one: other numbers of
    /// targets or jobs, or of targets by state or reason.
    #[must_use]
    pub fn unlike(&self) -> Vec<usize> {
        fn came_to(it: &Report) -> (u64, u64, &[u64], &[u64]) {
            (it.targets, it.jobs_created, &it.states, &it.reasons)
        }
        let expected = came_to(self.median());
        let numbered = (1..).zip(&self.samples);
        let unlike = numbered.filter(|(_, sample)| came_to(&sample.report) != expected);
        unlike.map(|(number, _)| number).collect()
    }
}

/// How many targets wait, or are denied what they want.
#[must_use]
pub const fn held(report: &Report) -> u64 {
    report.in_state(State::Waiting) + report.in_state(State::Blocked)
}

/// What measuring came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    /// The iterations, in order.
    pub samples: Vec<Sample>,
    /// Bytes that memory reads and writes in a second.
    pub bandwidth: u64,
    /// The first decision in which fleet and floor differ.
    pub difference: Option<Difference>,
}

/// Measures so many iterations, each of the next of the deployments, beside its floor, before or after it
/// by turns, and beside one pass over the bytes.
///
/// Stops at the first iteration in which the floor decides anything else than the fleet.
///
/// # Errors
/// When the fleet rejects an event of the iterations.
pub fn measure(
    iteration: &mut VersionCreated,
    deployments: &[String],
    iterations: usize,
    progress: &mut Progress,
) -> Result<Measured, Failure> {
    let deployment = iteration.deployment();
    iteration.fleet_mut().set_gauge(gauge::read);
    let mut floor = Floor::new(iteration.fleet_mut().world_mut(), deployment);
    let mut bound = Bound::new(iteration.targets().len());
    let bandwidth = bandwidth();
    let mut measured = Measured { samples: Vec::new(), bandwidth, difference: None };
    for done in 0..iterations {
        progress.step(done, iterations);
        if deployments.len() > 1 {
            let next = &deployments[done % deployments.len()];
            if !iteration.turn_to(next) {
                return Err(Failure::Input(format!("there is no deployment `{next}`")));
            }
            let deployment = iteration.deployment();
            floor.turn_to(iteration.fleet().world(), deployment);
            bound = Bound::new(iteration.targets().len());
        }
        // Round an even number of deployments, each would meet one order alone but for the shift.
        let is_even = deployments.len().is_multiple_of(2);
        let rounds = done.checked_div(deployments.len()).filter(|_| is_even).unwrap_or(0);
        let order = Order::of(done + rounds);
        let (sample, difference) = beside(iteration, &mut floor, &mut bound, order)?;
        measured.samples.push(sample);
        if difference.is_some() {
            return Ok(Measured { difference, ..measured });
        }
    }
    progress.step(iterations, iterations);
    Ok(measured)
}

/// Measures one iteration beside its floor and its bound.
fn beside(
    iteration: &mut VersionCreated,
    floor: &mut Floor,
    bound: &mut Bound,
    order: Order,
) -> Result<(Sample, Option<Difference>), Failure> {
    let event = iteration.prepare().map_err(rejected)?;
    let version = iteration.version().cloned();
    let world = iteration.fleet_mut().world_mut();
    // The fleet has just reconciled with the versions before the new one; so does the floor.
    floor.load(world, None);
    floor.run(world);
    floor.load(world, version.as_ref());
    let of_floor = |iteration: &VersionCreated, floor: &mut Floor| {
        gauge::measure(|| floor.run(iteration.fleet().world()))
    };
    let (outcome, report, [whole, by_floor]) = match order {
        Order::FloorFirst => {
            let (outcome, by_floor) = of_floor(iteration, floor);
            let (report, whole) = gauge::measure(|| iteration.measure(event));
            (outcome, report, [whole, by_floor])
        }
        Order::FleetFirst => {
            let (report, whole) = gauge::measure(|| iteration.measure(event));
            let (outcome, by_floor) = of_floor(iteration, floor);
            (outcome, report, [whole, by_floor])
        }
    };
    let report = report.map_err(rejected)?;
    let compared = floor.compare(iteration.fleet_mut().world_mut(), &outcome, &report);
    let ((), by_pass) = gauge::measure(|| bound.pass(report.jobs_created));
    let moved = bound.bytes(report.jobs_created);
    let [floor, pass] = [by_floor, by_pass].map(|it| it.nanoseconds);
    Ok((Sample { whole, order, floor, pass, moved, report }, compared.err()))
}

/// A rejected event of the measurement, in words.
#[must_use]
pub fn rejected(rejection: shakedown_engine::wire::Rejection) -> Failure {
    Failure::Input(format!("the fleet rejects an event of the measurement: {rejection}"))
}
