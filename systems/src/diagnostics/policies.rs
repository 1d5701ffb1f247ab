//! Policies that do nothing, or not what they say.

use bevy_ecs::world::World;
use serde_json::json;
use shakedown_engine::fleet::catalogue::items;
use shakedown_engine::fleet::matrix::Cohorts;
use shakedown_engine::model::{ConcurrencyLimit, DiagnosticCode, Policy, PolicyRule};
use shakedown_engine::wire::event::Key;

use super::{Findings, Owner};
use crate::phases::policies::Applicability;
use crate::rules::{Oddity, checks_something, oddities};

pub(super) fn look(world: &World, findings: &mut Findings) {
    let applicability = world.resource::<Applicability>();
    let cohorts = world.resource::<Cohorts>();
    for (ix, it) in items::<Policy>(world) {
        let key = || Key::Policy(it.id.clone());
        if it.enabled != Some(true) {
            findings.entity(key(), DiagnosticCode::PolicyDisabled, "is disabled", json!({}));
            // Whatever else it says has no effect, right or wrong.
            continue;
        }
        let mut targets = 0;
        for (at, cohort) in cohorts.iter() {
            targets += applicability.count(ix, at, cohort);
        }
        if targets == 0 {
            let why = if it.scope.is_empty() { "it has no selector" } else { "no target matches" };
            let what = format!("applies to nothing: {why}");
            findings.entity(key(), DiagnosticCode::PolicyAppliesToNothing, what, json!({}));
        }
        for rule in &it.rules {
            for oddity in of_rule(world, rule, targets) {
                findings.tell(Owner::Entity(key()), in_rule(&rule.id, oddity));
            }
        }
    }
}

/// An oddity of a rule, as one of its policy.
pub(super) fn in_rule(rule: &str, mut oddity: Oddity) -> Oddity {
    oddity.what = format!("rule `{rule}` {}", oddity.what);
    oddity.params["ruleId"] = json!(rule);
    oddity
}

/// What is odd about a rule of a policy that applies to so many targets: that it does nothing, not all
/// that it says, or blocks for ever.
fn of_rule(world: &World, rule: &PolicyRule, targets: u32) -> Vec<Oddity> {
    let mut odd: Vec<Oddity> = rule
        .inert
        .keys()
        .map(|name| {
            let what = format!("has a member `{name}`, which is not evaluated");
            Oddity::new(DiagnosticCode::RuleInert, what, json!({ "member": name }))
        })
        .collect();
    odd.extend(oddities(world, rule));
    if let Some(ConcurrencyLimit { max, .. }) = rule.concurrency_limit
        && (1..=max.unsigned_abs()).contains(&targets)
    {
        let what = format!("limits nothing: {max} jobs at once, for {targets} targets");
        let params = json!({ "max": max, "targets": targets });
        odd.push(Oddity::new(DiagnosticCode::LimitUnreachable, what, params));
    }
    if odd.is_empty()
        && !checks_something(rule)
        && rule.retry.is_none()
        && rule.concurrency_limit.is_none()
    {
        let what = "has no known member and checks nothing";
        odd.push(Oddity::new(DiagnosticCode::RuleChecksNothing, what, json!({})));
    }
    odd
}
