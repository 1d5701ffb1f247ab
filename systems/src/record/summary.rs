//! Rollout summaries: how far a version has come in an environment (SEMANTICS 8.5).
//!
//! Rollout rules let pass or wait and never deny, so of the states of SEMANTICS 8.5 those for denied
//! targets (`blocked`, `partially_blocked`) do not arise.

use serde_json::{Value as Json, json};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::catalogue::Registry;
use shakedown_engine::fleet::matrix::Cohorts;
use shakedown_engine::model::{Deployment, DeploymentVersion, Environment};

use super::{Docket, with_reads};
use crate::facts::CandidateLists;
use crate::rules::{Slot, slots};

/// Where the rollout of a version in an environment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RolloutState {
    /// There is nothing to roll out to.
    NoTargets,
    /// No target's clock has started.
    WaitingToStart,
    /// Some targets wait.
    InProgress,
    /// None does.
    Complete,
}

impl RolloutState {
    /// The name in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoTargets => "no_targets",
            Self::WaitingToStart => "waiting_to_start",
            Self::InProgress => "in_progress",
            Self::Complete => "complete",
        }
    }
}

/// What rollout rules say of a version to all targets of a deployment in an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RolloutSummary {
    /// Targets.
    pub total: u32,
    /// Targets that the rules let pass.
    pub deployed: u32,
    /// Targets that wait.
    pub pending: u32,
    /// The earliest start of a clock, of targets that do not have the version yet.
    pub start: Option<SimTime>,
    /// When the next waiting target is due, if ever.
    pub next_due: Option<SimTime>,
    /// When the last of those is due that ever are.
    pub last_due: Option<SimTime>,
}

impl RolloutSummary {
    /// Where the rollout stands.
    #[must_use]
    pub const fn state(&self) -> RolloutState {
        match self {
            Self { total: 0, .. } => RolloutState::NoTargets,
            Self { pending: 0, .. } => RolloutState::Complete,
            Self { deployed: 0, next_due: None, .. } => RolloutState::WaitingToStart,
            _ => RolloutState::InProgress,
        }
    }

    /// The summary as JSON.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let time = |at: Option<SimTime>| at.map(|at| at.to_string());
        json!({
            "total": self.total,
            "deployed": self.deployed,
            "pending": self.pending,
            "denied": 0,
            "start": time(self.start),
            "nextDue": time(self.next_due),
            "lastDue": time(self.last_due),
            "state": self.state().name(),
        })
    }

    /// Counts one more target, given what each rollout rule that is not waived says to it.
    fn count(&mut self, slots: impl Iterator<Item = Slot>, now: SimTime) {
        let (mut waits, mut due) = (false, None);
        let mut has_started = true;
        for slot in slots {
            match slot {
                Slot::Released => {}
                Slot::NotStarted(_) => (waits, has_started) = (true, false),
                Slot::Due { start, at, .. } => {
                    self.start = self.start.into_iter().chain(start.ever()).min();
                    if now < at {
                        (waits, due) = (true, due.max(Some(at)));
                    }
                }
            }
        }
        self.total += 1;
        self.pending += u32::from(waits);
        self.deployed += u32::from(!waits);
        if let Some(due) = due.filter(|_| has_started).and_then(SimTime::ever) {
            self.next_due = self.next_due.into_iter().chain([due]).min();
            self.last_due = self.last_due.max(Some(due));
        }
    }
}

/// The rollout of a version in an environment; `None` if one of the ids is unknown, the version is
/// of another deployment, or no rollout rule applies to any of the targets. About 100 ns per target.
///
/// # Panics
/// When the systems are not installed, which [`fleet`](crate::fleet) does.
#[must_use]
pub fn rollout_summary(
    fleet: &Fleet,
    environment: &str,
    deployment: &str,
    version: &str,
) -> Option<RolloutSummary> {
    let world = fleet.world();
    let environment = world.resource::<Registry<Environment>>().find(environment)?;
    let deployment = world.resource::<Registry<Deployment>>().find(deployment)?;
    let version = world.resource::<Registry<DeploymentVersion>>().find(version)?;
    let candidates = world.resource::<CandidateLists>().of(deployment);
    let at = candidates.iter().position(|it| it.version == version)?;
    let mut summary = RolloutSummary {
        total: 0,
        deployed: 0,
        pending: 0,
        start: None,
        next_due: None,
        last_due: None,
    };
    let Some(cohort) = world.resource::<Cohorts>().find(deployment, environment) else {
        return Some(summary);
    };
    let mut is_ruled = false;
    with_reads(fleet, |world, found| {
        let docket = Docket::new(world, found, cohort);
        for target in world.resource::<Cohorts>().live_members(cohort) {
            let Some(subject) = docket.subject(target) else { continue };
            let mut slots = slots(docket.examined(at), &subject).peekable();
            is_ruled |= slots.peek().is_some();
            summary.count(slots.flatten(), docket.now);
        }
    });
    (is_ruled || summary.total == 0).then_some(summary)
}
