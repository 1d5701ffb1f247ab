//! The gradual rollout rule (SEMANTICS 8.5).
//!
//! Vocabulary: the *cohort* is all targets of a deployment in an environment; the *position* of a target is its rank in
//! the cohort; the *start* is when the clock of the rollout began to run; a target is *due* at start + offset(position).

use serde_json::{Value, json};

use super::approval::approval;
use super::canonical::fnv1a;
use super::policies::{self, member};
use super::progression::progression;
use super::results::{CheckResult, Verdict};
use super::time::{self, SECOND};
use super::window;
use super::world::{Target, World, created_at, integer, text};

/// The result of a `gradualRollout` member for a version on a target.
pub(crate) fn rollout(
    world: &World,
    rollout: &Value,
    version: &Value,
    target: &Target,
) -> CheckResult {
    if let Some(release) = world.release_of(target, text(version, "id")) {
        return CheckResult::allowed(
            "rollout.already_released",
            json!({ "releaseId": release.id.hex() }),
        );
    }
    let ranked =
        ranks(world, &target.environment, text(version, "deploymentId"), text(version, "id"));
    let position =
        ranked.iter().position(|other| other == target).expect("a target is in its own cohort");
    let start = match start(world, version, target) {
        Ok(start) => start,
        Err(waiting_for) => {
            return CheckResult::wait(
                "rollout.not_started",
                json!({ "waitingFor": waiting_for }),
                None,
            );
        }
    };
    let interval = integer(rollout, "timeScaleInterval").unwrap_or(0);
    let due = start
        .saturating_add(offset(rollout, position, ranked.len(), interval).saturating_mul(SECOND));
    let params = json!({
        "position": position, "cohort": ranked.len(), "start": time::format(start), "due": time::format(due),
    });
    let reworded = moves(world, version, target, start);
    if world.now < due {
        let result = CheckResult::wait("rollout.waiting", params, Some(due));
        return CheckResult { reworded, ..result };
    }
    CheckResult { reworded, ..CheckResult::allowed("rollout.due", params) }
}

/// When time alone moves the start because of a progression rule that is waived, of which nothing else is told.
fn moves(world: &World, version: &Value, target: &Target, start: i64) -> Option<i64> {
    let rules = policies::rules(world, target).into_iter();
    let hidden: Vec<&Value> = rules
        .filter(|(policy, rule)| {
            let kind = "environmentProgression";
            !policies::waivers(world, version, target, policy, rule, kind).is_empty()
        })
        .filter_map(|(_, rule)| member(rule, "environmentProgression"))
        .collect();
    let turn = |world: &World| {
        let turns = hidden.iter().map(|rule| progression(world, rule, version, target).changes());
        turns.flatten().min()
    };
    let mut next = turn(world)?;
    let mut then = world.clone();
    loop {
        then.now = next;
        if self::start(&then, version, target) != Ok(start) {
            return Some(next);
        }
        next = turn(&then)?;
    }
}

/// The cohort in rollout order.
pub(crate) fn ranks(
    world: &World,
    environment: &str,
    deployment: &str,
    version: &str,
) -> Vec<Target> {
    let cohort = world
        .targets()
        .iter()
        .filter(|t| t.environment == environment && t.deployment == deployment);
    let mut ranked: Vec<Target> = cohort.cloned().collect();
    ranked.sort_by_cached_key(|target| {
        (fnv1a(&format!("{}{version}", target.key())), target.clone())
    });
    ranked
}

/// Whole seconds from the start until a position is due.
pub(crate) fn offset(rollout: &Value, position: usize, cohort: usize, interval: i64) -> i64 {
    let (position, cohort) =
        (i64::try_from(position).unwrap_or(i64::MAX), i64::try_from(cohort).unwrap_or(i64::MAX));
    let span = position.saturating_mul(interval);
    if text(rollout, "rolloutType") == "linear-normalized" { span / cohort } else { span }
}

/// When the rollout of a version began for a target; `Err` names the kinds of rule it still waits for.
fn start(world: &World, version: &Value, target: &Target) -> Result<i64, Vec<&'static str>> {
    let rules = policies::rules(world, target);
    let mut latest: Option<i64> = None;
    let mut waiting_for = Vec::new();
    for kind in ["anyApproval", "environmentProgression"] {
        let present: Vec<_> =
            rules.iter().filter(|(_, rule)| member(rule, kind).is_some()).collect();
        let moments: Vec<i64> = present
            .iter()
            .filter_map(|(policy, rule)| moment(world, policy, rule, kind, version, target))
            .collect();
        if !present.is_empty() && moments.is_empty() {
            waiting_for.push(if kind == "anyApproval" {
                "approval"
            } else {
                "environmentProgression"
            });
        }
        latest = latest.max(moments.into_iter().max());
    }
    if !waiting_for.is_empty() {
        return Err(waiting_for);
    }
    let base = latest.unwrap_or_else(|| created_at(version));
    if world.current_release(target).is_none() {
        return Ok(base);
    }
    let windows = rules.iter().filter_map(|(policy, rule)| {
        let window = member(rule, "deploymentWindow")?;
        let waivers = policies::waivers(world, version, target, policy, rule, "deploymentWindow");
        waivers.is_empty().then_some(window)
    });
    let windows: Vec<&Value> = windows.collect();
    if world.today {
        return Ok(window::all_let(world, &windows, base).unwrap_or(base));
    }
    Ok(windows.into_iter().map(|it| window::adjust(it, base)).fold(base, i64::max))
}

/// Since when one approval or progression rule does not hold the rollout back.
fn moment(
    world: &World,
    policy: &Value,
    rule: &Value,
    kind: &str,
    version: &Value,
    target: &Target,
) -> Option<i64> {
    let of_rule = member(rule, kind)?;
    let (result, waiver_type) = if kind == "anyApproval" {
        (approval(world, of_rule, version, target), "approval")
    } else {
        (progression(world, of_rule, version, target), "environmentProgression")
    };
    let own = result.satisfied_at.filter(|_| result.verdict == Verdict::Allowed);
    let waivers = policies::waivers(world, version, target, policy, rule, waiver_type);
    let waived = waivers.first().map(|earliest| created_at(earliest).max(created_at(version)));
    own.into_iter().chain(waived).min()
}
