//! When the recorded engine looks at a target again (D32, D39), and when it thinks that a slot of a
//! rollout opens (D20).
//!
//! It looks every minute at what waits for progression or for a paused version, where ours wakes at
//! the instant that decides, or when something happens; and it knows no end of what is allowed.

use shakedown_engine::base::json::Json;
use shakedown_engine::base::time::{HOUR, MINUTE, SECOND, SimTime};
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::catalogue::{Registry, item};
use shakedown_engine::model::reason::{Reason, Verdict};
use shakedown_engine::model::{GradualRollout, Policy, PolicyBypass, RolloutType, WaiverType};
use shakedown_engine::wire::event::{Entity, Event};
use shakedown_systems::record::{CheckResult, Record};

use super::super::case::Case;
use super::super::replay::all_records;
use super::super::state::Polled;
use super::events::some_rule;

/// Slots later than this are never: a rollout whose clock did not start, see
/// [`super::waivers::look_up_newest`].
const CENTURY: i64 = 100 * 365 * 24 * HOUR;

/// When the recorded engine looks at a target again; the record has every candidate.
#[must_use]
pub fn polled(fleet: &Fleet, record: &Record) -> Polled {
    let skipped = record.candidates.iter().take_while(|it| it.verdict != Verdict::Allowed);
    let blocking = skipped.flat_map(|it| &it.results).filter(|it| it.verdict != Verdict::Allowed);
    let mut at: Option<SimTime> = None;
    let mut deviation = 39;
    for result in blocking {
        let next =
            if result.code == Reason::ProgressionNotMet || result.code == Reason::StatusPaused {
                deviation = 32;
                Some(record.at.plus(MINUTE))
            } else if result.code == Reason::RolloutWaiting {
                let due = early(fleet, result).or(result.next);
                if due != result.next && deviation != 32 {
                    deviation = 20;
                }
                due.filter(|&due| due < record.at.plus(CENTURY))
            } else {
                result.next
            };
        at = at.into_iter().chain(next).min();
    }
    let eligibility = record.eligibility.as_ref().filter(|it| it.verdict == Verdict::Pending);
    let retry = eligibility.into_iter().flat_map(|it| &it.results).filter_map(|it| it.next).min();
    Polled { at: at.into_iter().chain(retry).min(), deviation }
}

/// Whether a rollout divides its interval among the cohort.
pub(super) fn has_normalized_rollout(case: &Case) -> bool {
    let normalized = RolloutType::LinearNormalized.name();
    some_rule(&case.events, |rule| rule["gradualRollout"]["rolloutType"] == normalized)
}

/// D20: opens the slots that the recorded engine thinks are open.
pub(super) fn open_early(fleet: &mut Fleet, _: &Json, _: usize) -> Vec<Event> {
    let mut events = Vec::new();
    for record in all_records(fleet) {
        for candidate in &record.candidates {
            let waiting = candidate.results.iter();
            let waiting = waiting.filter(|it| it.code == Reason::RolloutWaiting);
            for result in waiting {
                let Some(due) = early(fleet, result).filter(|&due| due <= record.at) else {
                    continue;
                };
                let rule = result.rule_id.as_deref().unwrap_or_default();
                events.push(Event::upsert(Entity::PolicyBypass(PolicyBypass {
                    id: format!("open {} {} {rule}", candidate.version_id, record.key),
                    version_id: candidate.version_id.clone(),
                    environment_id: Some(record.target.environment_id.clone()),
                    resource_id: Some(record.target.resource_id.clone()),
                    policy_ids: result.policy_id.iter().cloned().collect(),
                    bypass_rule_types: vec![WaiverType::GradualRollout],
                    justification: String::new(),
                    created_by: String::new(),
                    created_at: due,
                    expires_at: None,
                    workspace_id: String::new(),
                })));
            }
        }
    }
    events
}

/// When the recorded engine thinks that the slot of a waiting rollout opens; `None` if that is when
/// it does.
fn early(fleet: &Fleet, result: &CheckResult) -> Option<SimTime> {
    let rollout = rollout_of(fleet, result)?;
    let number = |name: &str| result.params[name].as_u64();
    let (position, cohort) = (number("position")?, number("cohort")?);
    let start = SimTime::parse(result.params["start"].as_str()?).ok()?;
    if rollout.rollout_type != RolloutType::LinearNormalized || cohort == 0 {
        return None;
    }
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "positions are below 2^32, and so is an offset in seconds"
    )]
    let offset = {
        let share = position as f64 / cohort as f64;
        (share * f64::from(rollout.time_scale_interval)) as i64
    };
    let due = start.plus(offset.saturating_mul(SECOND));
    (Some(due) != result.next).then_some(due)
}

fn rollout_of<'a>(fleet: &'a Fleet, result: &CheckResult) -> Option<&'a GradualRollout> {
    let world = fleet.world();
    let policy = world.resource::<Registry<Policy>>().find(result.policy_id.as_deref()?)?;
    let rules = &item::<Policy>(world, policy)?.rules;
    rules.iter().find(|it| Some(&it.id) == result.rule_id.as_ref())?.gradual_rollout.as_ref()
}
