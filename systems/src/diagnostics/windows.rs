//! Windows of different rules that are never open together.

use std::cmp::Ordering;

use bevy_ecs::world::World;
use serde_json::{Value as Json, json};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::catalogue::items;
use shakedown_engine::fleet::schedule::Clock;
use shakedown_engine::model::{DiagnosticCode, Policy, PolicyRule};
use shakedown_engine::wire::event::Key;

use super::policies::in_rule;
use super::{Findings, Owner};
use crate::rules::{Oddity, Window, first_common, first_common_within};

/// A window of an enabled policy.
struct Windowing<'w> {
    policy: &'w Policy,
    rule: &'w PolicyRule,
    window: Window,
}

impl Windowing<'_> {
    fn to_json(&self) -> Json {
        json!({ "policyId": self.policy.id, "ruleId": self.rule.id })
    }
}

/// Windows that are judged in all, some tenths of a second. Scopes have equal parts of it, so what is found
/// does not depend on their order.
const MOST_JUDGED: usize = 300_000;

/// Windows that bind the same targets and never let anything pass together: all checks must hold at one
/// instant. Of those with one scope, the first two are told; all if no two of the pairs that are looked at
/// are to blame; none if looking takes longer than the part of the scope.
pub(super) fn look(world: &World, findings: &mut Findings) {
    let now = world.resource::<Clock>().0;
    let mut policies: Vec<&Policy> = items::<Policy>(world).map(|(_, it)| it).collect();
    policies.retain(|it| it.enabled == Some(true) && !it.scope.is_empty());
    policies.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    let mut scopes: Vec<Vec<&Policy>> = Vec::new();
    for policy in policies.into_iter().filter(|it| it.rules.iter().any(has_window)) {
        match scopes.iter_mut().find(|scope| scope[0].scope == policy.scope) {
            Some(scope) => scope.push(policy),
            None => scopes.push(vec![policy]),
        }
    }
    let each = MOST_JUDGED / scopes.len().max(1);
    for policies in scopes {
        let rules = policies.iter().flat_map(|it| it.rules.iter().map(move |rule| (*it, rule)));
        let windows: Vec<Windowing<'_>> = rules
            .filter_map(|(policy, rule)| {
                // In every dialect, what is denied is denied until the chain ends.
                let window = Window::new(rule.deployment_window.as_ref()?).ok()?.chained();
                // One that blocks by itself is told by itself.
                first_common(&[&window], now).ok()?;
                Some(Windowing { policy, rule, window })
            })
            .collect();
        let mut left = each;
        let mut never = |of: &[&Windowing<'_>]| {
            let windows: Vec<&Window> = of.iter().map(|it| &it.window).collect();
            first_common_within(&windows, now, &mut left).map(Result::err)
        };
        let all: Vec<&Windowing<'_>> = windows.iter().collect();
        let Some(Some(until)) = never(&all) else { continue };
        let mut pairs =
            all.iter().enumerate().flat_map(|(at, &a)| all[at + 1..].iter().map(move |&b| [a, b]));
        // The first that never meets, unless it takes too long to find one.
        let pair = pairs.find_map(|pair| match never(&pair) {
            Some(until) => until.map(|until| Some((pair, until))),
            None => Some(None),
        });
        let pair = pair.flatten();
        match pair {
            Some((pair, until)) => never_together(findings, &pair, until),
            None => never_together(findings, &all, until),
        }
    }
}

fn has_window(rule: &PolicyRule) -> bool {
    rule.deployment_window.is_some()
}

fn never_together(findings: &mut Findings, windows: &[&Windowing<'_>], until: SimTime) {
    let [first, others @ ..] = windows else { return };
    let others: Vec<String> = others
        .iter()
        .map(|it| match it.policy.id.cmp(&first.policy.id) {
            Ordering::Equal => format!("`{}`", it.rule.id),
            _ => format!("`{}` of policy `{}`", it.rule.id, it.policy.id),
        })
        .collect();
    let until = until.ever().map(|at| at.to_string());
    let looked = until.as_ref().map(|it| format!(" (looked until {it})")).unwrap_or_default();
    let what = format!(
        "has a window that never lets anything pass at the same time as that of rule {}{looked}: only \
         first deployments go out",
        others.join(" and ")
    );
    let windows: Vec<Json> = windows.iter().map(|it| it.to_json()).collect();
    let oddity = Oddity::new(
        DiagnosticCode::WindowsNeverMeet,
        what,
        json!({ "windows": windows, "until": until }),
    );
    let owner = Owner::Entity(Key::Policy(first.policy.id.clone()));
    findings.tell(owner, in_rule(&first.rule.id, oddity));
}
