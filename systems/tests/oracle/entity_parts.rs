//! The parts of entities that are entities in small: dependencies of a version, matchers, policy rules, waiver types
//! (SEMANTICS 2.3 to 2.5). They are kept as sent once they have been checked.

use serde_json::{Map, Value};

use super::entity::JOB_STATUSES;
use super::relations;
use super::selector::{self, KINDS};
use super::window;

const WAIVER_TYPES: &[&str] = &[
    "approval",
    "environmentProgression",
    "gradualRollout",
    "retry",
    "versionSelector",
    "deploymentDependency",
    "deploymentWindow",
    "versionCooldown",
    "concurrencyLimit",
];

pub(crate) fn check_dependencies(version: &Map<String, Value>) -> Result<(), String> {
    let Some(dependencies) = version.get("dependencies") else { return Ok(()) };
    let edges = dependencies.as_object().ok_or("malformed: dependencies is not an object")?;
    for edge in edges.values() {
        required_text(edge, "versionSelector")?;
    }
    Ok(())
}

/// Of the two forms of a rule, one expression must compile, and so must the operators of a matcher.
pub(crate) fn check_relationship(rule: &Map<String, Value>) -> Result<(), String> {
    if let Some(cel) = rule.get("cel").and_then(Value::as_str) {
        let selector = selector::Selector::Cel(cel.to_owned());
        return selector::check(&selector, &["from", "to"])
            .map_err(|error| format!("invalid_selector: {error}"));
    }
    let Some(matcher) = rule.get("matcher") else { return Ok(()) };
    let matcher = matcher.as_object().ok_or("malformed: matcher is not an object")?;
    for property in list(matcher.get("properties"))? {
        for side in ["fromProperty", "toProperty"] {
            let path = property
                .get(side)
                .filter(|path| !path.is_null())
                .ok_or(format!("missing_field: {side}"))?;
            if !path.as_array().is_some_and(|steps| steps.iter().all(Value::is_string)) {
                return Err(format!("malformed: {side} is not a list of strings"));
            }
        }
        let operator = optional_text(property, "operator")?;
        if relations::operator(operator).is_none() {
            return Err(format!("invalid_value: operator {operator:?}"));
        }
    }
    Ok(())
}

pub(crate) fn check_policy(policy: &mut Map<String, Value>) -> Result<(), String> {
    let compiles = |value: &Value| -> Result<(), String> {
        let invalid = |error| format!("invalid_selector: {error}");
        let Some(selector) = selector::read(value).map_err(invalid)? else { return Ok(()) };
        selector::check(&selector, &KINDS).map_err(invalid)
    };
    for selector in list(policy.get("selectors"))? {
        for member in ["deploymentSelector", "environmentSelector", "resourceSelector"] {
            compiles(selector.get(member).unwrap_or(&Value::Null))?;
        }
    }
    let text = policy.get("selector").cloned().unwrap_or(Value::Null);
    compiles(&text)?;
    if !list(policy.get("selectors"))?.is_empty()
        && text.as_str().is_some_and(|text| !text.is_empty())
    {
        return Err("invalid_value: a policy has selectors or a selector, not both".to_owned());
    }
    for rule in list(policy.get("rules"))? {
        check_rule(rule)?;
    }
    Ok(())
}

fn check_rule(rule: &Value) -> Result<(), String> {
    optional_text(rule, "id")?;
    let member = |name: &str| rule.get(name).filter(|member| !member.is_null());
    if let Some(rule) = member("anyApproval") {
        required_integer(rule, "minApprovals", i64::from(i32::MIN))?;
    }
    if let Some(rule) = member("environmentProgression") {
        required(rule, "dependsOnEnvironmentSelector")?;
        if let Some(percent) = rule.get("minimumSuccessPercentage").filter(|value| !value.is_null())
        {
            let percent = percent.as_f64().ok_or("malformed: minimumSuccessPercentage")?;
            if !(0.0..=100.0).contains(&percent) {
                return Err("invalid_value: minimumSuccessPercentage".to_owned());
            }
        }
        statuses(rule, "successStatuses")?;
        for name in ["minimumSoakTimeMinutes", "minimumSockTimeMinutes", "maximumAgeHours"] {
            optional_integer(rule, name)?;
        }
    }
    if let Some(rule) = member("gradualRollout") {
        required_integer(rule, "timeScaleInterval", 0)?;
        one_of(rule, "rolloutType", &["", "linear", "linear-normalized"])?;
    }
    if let Some(rule) = member("versionSelector") {
        required(rule, "selector")?;
        optional_text(rule, "description")?;
    }
    if let Some(rule) = member("retry") {
        required_integer(rule, "maxRetries", 0)?;
        statuses(rule, "retryOnStatuses")?;
        optional_integer(rule, "backoffSeconds")?;
        optional_integer(rule, "maxBackoffSeconds")?;
        one_of(rule, "backoffStrategy", &["", "linear", "exponential"])?;
    }
    if let Some(rule) = member("deploymentWindow") {
        required_text(rule, "rrule")?;
        required_integer(rule, "durationMinutes", 1)?;
        optional_text(rule, "timezone")?;
        window::check(rule)?;
    }
    if let Some(rule) = member("versionCooldown") {
        required_integer(rule, "intervalSeconds", 0)?;
    }
    if let Some(rule) = member("concurrencyLimit") {
        required_integer(rule, "max", 1)?;
        required_text(rule, "per")?;
        one_of(rule, "per", &["environment", "deployment", "system", "selector"])?;
        if let Some(stop) = rule.get("stopOnFailure").filter(|stop| !stop.is_null()) {
            required_integer(stop, "failures", 1)?;
            optional_integer(stop, "withinPercent")?;
        }
    }
    if let Some(rule) = member("deploymentDependency") {
        required_text(rule, "dependsOn")?;
    }
    Ok(())
}

pub(crate) fn check_waiver_types(bypass: &Map<String, Value>) -> Result<(), String> {
    let types = bypass.get("bypassRuleTypes").ok_or("missing_field: bypassRuleTypes")?;
    for kind in list(Some(types))? {
        if !kind.as_str().is_some_and(|kind| WAIVER_TYPES.contains(&kind)) {
            return Err(format!("invalid_value: waiver type {kind}"));
        }
    }
    Ok(())
}

fn list(value: Option<&Value>) -> Result<&[Value], String> {
    match value {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err("malformed: not a list".to_owned()),
    }
}

fn required<'a>(object: &'a Value, name: &str) -> Result<&'a Value, String> {
    object
        .get(name)
        .filter(|value| !value.is_null())
        .ok_or_else(|| format!("missing_field: {name}"))
}

fn required_text<'a>(object: &'a Value, name: &str) -> Result<&'a str, String> {
    required(object, name)?.as_str().ok_or_else(|| format!("malformed: {name} is not a string"))
}

fn optional_text<'a>(object: &'a Value, name: &str) -> Result<&'a str, String> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(""),
        Some(value) => value.as_str().ok_or_else(|| format!("malformed: {name} is not a string")),
    }
}

fn one_of(object: &Value, name: &str, allowed: &[&str]) -> Result<(), String> {
    let text = optional_text(object, name)?;
    if allowed.contains(&text) { Ok(()) } else { Err(format!("invalid_value: {name} is {text:?}")) }
}

fn required_integer(object: &Value, name: &str, least: i64) -> Result<(), String> {
    required(object, name)?;
    match optional_integer(object, name)? {
        Some(number) if number < least => Err(format!("invalid_value: {name} is {number}")),
        _ => Ok(()),
    }
}

/// An optional integer of 32 bits.
fn optional_integer(object: &Value, name: &str) -> Result<Option<i64>, String> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            let number =
                value.as_i64().ok_or_else(|| format!("malformed: {name} is not an integer"))?;
            i32::try_from(number)
                .map(|_| Some(number))
                .map_err(|_| format!("invalid_value: {name} is {number}"))
        }
    }
}

fn statuses(object: &Value, name: &str) -> Result<(), String> {
    for status in list(object.get(name))? {
        if !status.as_str().is_some_and(|status| JOB_STATUSES.contains(&status)) {
            return Err(format!("invalid_value: {name} contains {status}"));
        }
    }
    Ok(())
}

/// The selector of a variable set compiles, and each of its variables has a key and a value.
pub(crate) fn check_variable_set(set: &Map<String, Value>) -> Result<(), String> {
    let invalid = |error| format!("invalid_selector: {error}");
    if let Some(selector) = selector::read(&set["selector"]).map_err(invalid)? {
        selector::check(&selector, &KINDS).map_err(invalid)?;
    }
    for variable in list(set.get("variables"))? {
        let variable = variable.as_object().ok_or("malformed: variable of a set")?;
        if !variable.get("key").is_some_and(Value::is_string) || !variable.contains_key("value") {
            return Err("missing_field: key and value of a variable of a set".to_owned());
        }
    }
    Ok(())
}
