//! Measuring iterations of one fleet, and everything there is to say about them.

use super::gauge;
use crate::source::Origin;
use crate::source::census::Census;
use shakedown_benches::percentile::Distribution;
use shakedown_benches::{Density, Difference, Floor, Granted, History, VersionCreated};
use shakedown_engine::fleet::digest::Digest;
use shakedown_engine::fleet::phase::Phase;
use shakedown_engine::fleet::report::Report;
use shakedown_engine::fleet::schedule::Reading;
use shakedown_terminal::exit::Failure;
use shakedown_terminal::progress::Progress;

/// One measured iteration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// The whole reconcile, from the event on.
    pub whole: Reading,
    /// The floor, in nanoseconds.
    pub floor: u64,
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
    /// Id of the deployment.
    pub deployment: String,
    /// Its targets.
    pub targets: u64,
    /// What the fleet consists of.
    pub census: Census,
    /// Time, allocations and bytes of building the fleet.
    pub build: Reading,
    /// Resident bytes when the fleet was built; `None` where the system does not tell.
    pub resident: Option<u64>,
    /// The iterations, in order; at least one.
    pub samples: Vec<Sample>,
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
    /// A property of all samples.
    pub fn distribution(&self, of: impl Fn(&Sample) -> u64) -> Distribution {
        self.samples.iter().map(of).collect()
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

    /// Nanoseconds of one phase.
    #[must_use]
    pub fn phase(&self, phase: Phase) -> Distribution {
        self.distribution(|sample| sample.report.phases[phase as usize].nanoseconds)
    }

    /// What the last iteration did; settled iterations are all alike.
    ///
    /// # Panics
    /// When there is no sample.
    #[must_use]
    pub fn last(&self) -> &Report {
        &self.samples.last().expect("a measurement has samples").report
    }
}

/// Measures so many iterations, each with its floor before it.
///
/// Stops at the first iteration in which the floor decides anything else than the fleet.
///
/// # Errors
/// When the fleet rejects an event of the iterations.
pub fn measure(
    iteration: &mut VersionCreated,
    iterations: usize,
    progress: &mut Progress,
) -> Result<(Vec<Sample>, Option<Difference>), Failure> {
    let deployment = iteration.deployment();
    iteration.fleet_mut().set_gauge(gauge::read);
    let mut floor = Floor::new(iteration.fleet_mut().world_mut(), deployment);
    let mut samples = Vec::new();
    for done in 0..iterations {
        progress.step(done, iterations);
        let event = iteration.prepare().map_err(rejected)?;
        let version = iteration.version().cloned();
        let world = iteration.fleet_mut().world_mut();
        // The fleet has just reconciled with the versions before the new one; so does the floor.
        floor.load(world, None);
        floor.run(world);
        floor.load(world, version.as_ref());
        let (outcome, of_floor) = gauge::measure(|| floor.run(world));
        let (report, whole) = gauge::measure(|| iteration.measure(event));
        let report = report.map_err(rejected)?;
        let compared = floor.compare(iteration.fleet_mut().world_mut(), &outcome, &report);
        samples.push(Sample { whole, floor: of_floor.nanoseconds, report });
        if let Err(difference) = compared {
            return Ok((samples, Some(difference)));
        }
    }
    progress.step(iterations, iterations);
    Ok((samples, None))
}

/// A rejected event of the measurement, in words.
#[must_use]
pub fn rejected(rejection: shakedown_engine::wire::Rejection) -> Failure {
    Failure::Input(format!("the fleet rejects an event of the measurement: {rejection}"))
}
