//! Rollouts that windows cut short: what comes due while these are closed goes out at once (SEMANTICS 8.8).

use std::collections::BTreeMap;

use bevy_ecs::world::World;
use serde_json::json;
use shakedown_engine::base::ids::PolicyIx;
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::catalogue::{Registry, item, items};
use shakedown_engine::fleet::matrix::{Cohort, Cohorts};
use shakedown_engine::fleet::schedule::Clock;
use shakedown_engine::model::{Deployment, DiagnosticCode, Environment, GradualRollout, Policy};
use shakedown_engine::wire::event::Key;

use super::policies::in_rule;
use super::{Findings, Owner};
use crate::handover::Slots;
use crate::phases::policies::Applicability;
use crate::rules::{Oddity, Window, first_common_within};

/// A rollout is followed through so many openings of its windows.
const MOST_OPENINGS: usize = 100;
/// Windows that are judged in all, some tenths of a second. Different rollouts have equal parts of it, so
/// what is found does not depend on their order; of one that takes longer nothing is told.
const MOST_JUDGED: usize = 300_000;

/// A rollout that begins when its windows next open, and is cut short by them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Crowd {
    /// When they next open, and the rollout begins.
    start: SimTime,
    /// When they close before it is over.
    closes: SimTime,
    /// How many had their turn by then.
    before: u32,
    /// When they open again.
    opens: SimTime,
    /// How many go out at that instant.
    together: u32,
}

/// What a policy asks of rollouts: windows, compiled, and rollouts by the ids of their rules.
struct Asks<'w> {
    windows: Vec<Window>,
    rollouts: Vec<(&'w str, &'w GradualRollout)>,
}

/// Tells of each rollout rule the cohort in which most targets go out at once.
pub(super) fn look(world: &World, findings: &mut Findings) {
    let now = world.resource::<Clock>().0;
    let asks: BTreeMap<PolicyIx, Asks<'_>> =
        items::<Policy>(world).filter_map(|(ix, it)| Some((ix, asks(it)?))).collect();
    let applicability = world.resource::<Applicability>();
    // Most cohorts share their policies, and their size.
    let mut known: BTreeMap<(Slots, &[PolicyIx]), Option<Crowd>> = BTreeMap::new();
    let mut rollouts = Vec::new();
    for (at, cohort) in world.resource::<Cohorts>().iter().filter(|(_, it)| it.targets > 0) {
        for class in applicability.classes(at) {
            let asked = || class.policies.iter().filter_map(|it| Some((*it, asks.get(it)?)));
            if asked().all(|(_, it)| it.windows.is_empty()) {
                continue;
            }
            for (policy, rule, member) in
                asked().flat_map(|(ix, it)| it.rollouts.iter().map(move |(id, it)| (ix, *id, it)))
            {
                let slots = Slots {
                    cohort: cohort.targets,
                    interval: member.time_scale_interval.unsigned_abs(),
                    rollout_type: member.rollout_type,
                };
                let key = (slots, class.policies.as_slice());
                known.insert(key, None);
                rollouts.push((key, policy, rule, cohort));
            }
        }
    }
    let each = MOST_JUDGED / known.len().max(1);
    for (&(slots, policies), found) in &mut known {
        let asked = policies.iter().filter_map(|it| asks.get(it));
        let windows: Vec<&Window> = asked.flat_map(|it| &it.windows).collect();
        *found = Look { windows: &windows, left: each }.crowd(slots, now);
    }
    let mut worst: BTreeMap<(PolicyIx, &str), (Crowd, &Cohort)> = BTreeMap::new();
    for (key, policy, rule, cohort) in rollouts {
        let Some(crowd) = known[&key] else { continue };
        let known = worst.entry((policy, rule)).or_insert((crowd, cohort));
        let ids = |it| ids(world, it);
        if crowd.together > known.0.together
            || crowd.together == known.0.together && ids(cohort) < ids(known.1)
        {
            *known = (crowd, cohort);
        }
    }
    for ((policy, rule), (crowd, cohort)) in worst {
        let policy = item::<Policy>(world, policy).expect("it applies to a cohort");
        let oddity = in_rule(rule, oddity(world, crowd, cohort));
        findings.tell(Owner::Entity(Key::Policy(policy.id.clone())), oddity);
    }
}

/// What a policy asks, if it is enabled.
fn asks(policy: &Policy) -> Option<Asks<'_>> {
    if policy.enabled != Some(true) {
        return None;
    }
    let windows = policy.rules.iter().filter_map(|it| it.deployment_window.as_ref());
    let rollouts =
        policy.rules.iter().filter_map(|it| Some((it.id.as_str(), it.gradual_rollout.as_ref()?)));
    Some(Asks {
        // In every dialect, what is denied is denied until the chain ends.
        windows: windows.filter_map(|it| Some(Window::new(it).ok()?.chained())).collect(),
        rollouts: rollouts.collect(),
    })
}

/// The deployment and the environment of a cohort.
fn ids<'w>(world: &'w World, cohort: &Cohort) -> (&'w str, &'w str) {
    let deployments = world.resource::<Registry<Deployment>>();
    let environments = world.resource::<Registry<Environment>>();
    (deployments.id(cohort.deployment), environments.id(cohort.environment))
}

/// Windows that are looked at, and how many more of them may be judged.
struct Look<'w> {
    windows: &'w [&'w Window],
    left: usize,
}

impl Look<'_> {
    /// The first time that windows which next open at an instant after `now` cut a rollout short so that two
    /// targets or more go out at once.
    fn crowd(mut self, slots: Slots, now: SimTime) -> Option<Crowd> {
        let last = slots.cohort.checked_sub(1)?;
        // From an opening on, so that it does not matter where in a window the clock stands.
        let closed = self.first_closed(now, SimTime::NEVER)?;
        let start = self.first_open(closed)?;
        let end = slots.due(start, last);
        let mut opens = start;
        for _ in 0..MOST_OPENINGS {
            let closes = self.first_closed(opens, end)?;
            opens = self.first_open(closes)?;
            let before = slots.open(start, closes.plus(-1));
            let together = slots.open(start, opens) - before;
            if together > 1 {
                return Some(Crowd { start, closes, before, opens, together });
            }
        }
        None
    }

    /// The first instant from `at` on at which all windows are open.
    fn first_open(&mut self, at: SimTime) -> Option<SimTime> {
        first_common_within(self.windows, at, &mut self.left)?.ok()
    }

    /// The first instant from `at` on, and until `end`, at which a window is closed.
    fn first_closed(&mut self, mut at: SimTime, end: SimTime) -> Option<SimTime> {
        // As many windows may touch as are looked at for one that is open.
        for _ in 0..MOST_OPENINGS {
            self.left = self.left.checked_sub(self.windows.len())?;
            let judged: Vec<_> = self.windows.iter().map(|it| it.judge(at)).collect();
            if judged.iter().any(|it| it.reason().is_some()) {
                return Some(at);
            }
            at = judged.iter().filter_map(|it| it.until()).min().filter(|&at| at <= end)?;
        }
        None
    }
}

fn oddity(world: &World, crowd: Crowd, cohort: &Cohort) -> Oddity {
    let Crowd { start, closes, before, opens, together } = crowd;
    let (deployment, environment) = ids(world, cohort);
    let targets = cohort.targets;
    let what = format!(
        "rolls out for longer than the windows of its targets are open: begun with them at {start}, \
         {before} of the {targets} targets of deployment `{deployment}` in environment `{environment}` \
         have had their turn when they close at {closes}, and {together} go out at once at {opens}"
    );
    let params = json!({
        "deploymentId": deployment, "environmentId": environment, "targets": targets,
        "start": start.to_string(), "closes": closes.to_string(), "before": before,
        "opens": opens.to_string(), "together": together,
    });
    Oddity::new(DiagnosticCode::RolloutCutShort, what, params)
}
