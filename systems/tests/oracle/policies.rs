//! Which policies apply to a target, their rules in report order, and the waivers of a check (SEMANTICS 8.0, 8.12).

use std::cmp::Reverse;

use serde_json::Value;

use super::selector;
use super::world::{Target, World, created_at, instant, integer, list, lists, text};

/// The members of a rule that yield checks, in report order, with the waiver type of each.
pub(crate) const MEMBERS: [(&str, &str); 7] = [
    ("anyApproval", "approval"),
    ("environmentProgression", "environmentProgression"),
    ("gradualRollout", "gradualRollout"),
    ("versionSelector", "versionSelector"),
    ("deploymentDependency", "deploymentDependency"),
    ("deploymentWindow", "deploymentWindow"),
    ("versionCooldown", "versionCooldown"),
];

/// Whether a policy applies to a target, enabled or not.
pub(crate) fn applies(world: &World, policy: &Value, target: &Target) -> bool {
    let (resource, environment, deployment) = world.parts(target);
    let entities =
        [("resource", resource), ("environment", environment), ("deployment", deployment)];
    let member =
        |scope: &Value, name: &str, (kind, entity): (&'static str, &Value)| match selector::read(
            scope.get(name).unwrap_or(&Value::Null),
        ) {
            Ok(None) => true,
            Ok(Some(selector)) => selector::matches_entity(&selector, kind, entity) == Ok(true),
            Err(_) => false,
        };
    let by_list = list(policy, "selectors").iter().any(|scope| {
        member(scope, "resourceSelector", entities[0])
            && member(scope, "environmentSelector", entities[1])
            && member(scope, "deploymentSelector", entities[2])
    });
    let by_text = match text(policy, "selector") {
        "" => false,
        cel => {
            selector::evaluate(cel, &selector::KINDS, &selector::shape_a_of(&entities)) == Ok(true)
        }
    };
    by_list || by_text
}

/// The enabled policies that do not apply to a target because a selector fails on it, in report order, each with an
/// error: where a policy lists selectors, none matches, and one says no to nothing (8.0, X6).
pub(crate) fn failed(world: &World, target: &Target) -> Vec<(String, String)> {
    let (resource, environment, deployment) = world.parts(target);
    let entities =
        [("resource", resource), ("environment", environment), ("deployment", deployment)];
    let mut policies: Vec<&Value> =
        world.all("policy").filter(|policy| policy["enabled"] == Value::Bool(true)).collect();
    policies.retain(|policy| !applies(world, policy, target));
    policies.sort_by_key(|policy| (Reverse(integer(policy, "priority")), text(policy, "id")));
    let error = |policy: &Value| -> Option<String> {
        let cel = text(policy, "selector");
        if !cel.is_empty() {
            return selector::evaluate(cel, &selector::KINDS, &selector::shape_a_of(&entities))
                .err();
        }
        list(policy, "selectors").iter().find_map(|scope| {
            let answers: Vec<Result<bool, String>> = entities
                .iter()
                .filter_map(|&(kind, entity)| {
                    let member = scope.get(format!("{kind}Selector"))?;
                    let selector = selector::read(member).expect("the policy was accepted")?;
                    Some(selector::matches_entity(&selector, kind, entity))
                })
                .collect();
            if answers.contains(&Ok(false)) {
                return None;
            }
            answers.into_iter().find_map(Result::err)
        })
    };
    let with_error = |policy: &Value| Some((text(policy, "id").to_owned(), error(policy)?));
    policies.into_iter().filter_map(with_error).collect()
}

/// The ids of the policies that apply to a target, enabled or not: priority descending, then id.
pub(crate) fn applicable(world: &World, target: &Target) -> Vec<String> {
    let mut policies: Vec<&Value> =
        world.all("policy").filter(|policy| applies(world, policy, target)).collect();
    policies.sort_by_key(|policy| (Reverse(integer(policy, "priority")), text(policy, "id")));
    policies.iter().map(|policy| text(policy, "id").to_owned()).collect()
}

/// The rules of the enabled applicable policies, each with its policy, in report order.
pub(crate) fn rules<'w>(world: &'w World, target: &Target) -> Vec<(&'w Value, &'w Value)> {
    let ids = world.derived.policies.get(target).map_or(&[][..], Vec::as_slice);
    let policies = ids.iter().filter_map(|id| world.get("policy", id));
    let enabled = policies.filter(|policy| policy["enabled"] == Value::Bool(true));
    enabled
        .flat_map(|policy| list(policy, "rules").iter().map(move |rule| (policy, rule)))
        .collect()
}

/// A member of a rule, if the rule has it.
pub(crate) fn member<'w>(rule: &'w Value, name: &str) -> Option<&'w Value> {
    rule.get(name).filter(|member| !member.is_null())
}

/// The live waivers of one check of a version on a target, earliest first.
pub(crate) fn waivers<'w>(
    world: &'w World,
    version: &Value,
    target: &Target,
    policy: &Value,
    rule: &Value,
    waiver_type: &str,
) -> Vec<&'w Value> {
    let covers_policy = |bypass: &Value| {
        let covered = list(bypass, "policyIds");
        covered.is_empty() || lists(bypass, "policyIds", text(policy, "id"))
    };
    let bypasses = world
        .all("policy-bypass")
        .filter(|b| covers_policy(b) && lists(b, "bypassRuleTypes", waiver_type));
    let skips = world.all("policy-skip").filter(|skip| text(skip, "ruleId") == text(rule, "id"));
    let admits = |waiver: &Value, filter: &str, id: &str| {
        waiver.get(filter).is_none_or(|wanted| wanted == id)
    };
    let mut found: Vec<&Value> = bypasses
        .chain(skips)
        .filter(|waiver| instant(waiver, "expiresAt").is_none_or(|expiry| world.now < expiry))
        .filter(|waiver| text(waiver, "versionId") == text(version, "id"))
        .filter(|waiver| admits(waiver, "environmentId", &target.environment))
        .filter(|waiver| admits(waiver, "resourceId", &target.resource))
        .collect();
    found.sort_by_key(|waiver| (created_at(waiver), text(waiver, "id")));
    found
}
