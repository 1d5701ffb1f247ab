//! Version selector (`versionSelector`): which versions may go out at all (SEMANTICS 8.6).
//!
//! A selector that does not read the resource is asked once per (rule, environment, version), any
//! other once per undecided target.

use bevy_ecs::world::World;
use serde_json::json;
use shakedown_engine::fleet::matrix::PolicyRows;
use shakedown_engine::model::reason::{Pass, Reason};
use shakedown_engine::model::{PolicyRule, VersionSelector as Member, WaiverType};
use shakedown_engine::select::{
    AttributePath, Bindings, EvalError, Place, Selector, SelectorError, Subject,
};

use super::closing::Closing;
use super::compiling::Compiling;
use super::examination::{Examination, Subject as Examined};
use super::judge::{Asked, Judge};
use super::oddity::Oddity;
use super::result::CheckResult;
use super::rule::Rule;
use super::surroundings::Surroundings;

/// A version selector rule, compiled.
#[derive(Debug, Clone)]
pub struct VersionSelector {
    /// Which versions.
    selector: Result<Selector, SelectorError>,
    /// What the rule's author says of them.
    description: Option<String>,
}

/// From this many rows on, asking a version selector of all resources at once costs less than asking
/// it of each: a word of 64 resources costs about as much as a row.
const MIN_SELECTED: usize = 256;

impl Rule for VersionSelector {
    type Member = Member;
    type Kept = ();
    type Memo = ();
    const WAIVER_TYPE: WaiverType = WaiverType::VersionSelector;

    fn member(rule: &PolicyRule) -> Option<&Member> {
        rule.version_selector.as_ref()
    }

    fn compile(member: &Member, compiling: &mut Compiling<'_>) -> Self {
        let selector = compiling.selectors.compile(&member.selector, Place::Version);
        Self { selector, description: member.description.clone() }
    }

    fn oddities(_world: &World, member: &Member) -> Vec<Oddity> {
        let error = Selector::compile(&member.selector, Place::Version).err();
        error.iter().map(Oddity::denies).collect()
    }

    fn columns(&self) -> &[AttributePath] {
        self.selector.as_ref().map_or(&[], Selector::columns)
    }

    fn close(
        &self,
        asked: Asked<'_, impl Surroundings, impl PolicyRows>,
        closing: &mut Closing<'_>,
        (): &mut (),
    ) {
        let Asked { judge, scope, .. } = asked;
        let (selector, bindings) = (&self.selector, judge.bindings());
        let Some(compiled) = selector.as_ref().ok().filter(|_| reads_resource(selector)) else {
            if let Some(reason) = select_version(selector, &bindings).reason() {
                closing.close(scope, reason, |_| 0);
            }
            return;
        };
        let ask = |row| selected(judge, selector, bindings, row).reason();
        if closing.asked(scope) < MIN_SELECTED {
            closing.close_rows(scope, ask);
            return;
        }
        let candidate = (judge.candidate.version, judge.cohort.environment);
        let selected = judge.surroundings.selected(compiled, &bindings, candidate);
        closing.close_rows(scope, |row| {
            if selected.bits.contains(judge.resource(row).slot()) {
                None
            } else if selected.errors == 0 {
                Some(Reason::VersionSelectorNoMatch)
            } else {
                ask(row)
            }
        });
    }

    fn examine<S: Surroundings, R: PolicyRows>(
        &self,
        exam: &Examination<'_, S, R>,
        asked: Asked<'_, S, R>,
        subject: &Examined<'_>,
    ) -> CheckResult {
        let selected = selected(asked.judge, &self.selector, exam.bindings, subject.row);
        let params = match &selected {
            Selected::Match => return CheckResult::allowed(Pass::VersionSelectorMatch, json!({})),
            Selected::NoMatch => json!({ "description": self.description }),
            Selected::Broken(error) => json!({ "error": error.to_string() }),
            Selected::Failed(error) => json!({ "error": error.to_string() }),
        };
        let reason = selected.reason().expect("what does not match has a reason");
        CheckResult::blocked(reason, params)
    }
}

/// What a selector says to a row; `bindings` are [`Judge::bindings`].
fn selected<'r>(
    judge: &Judge<'_, impl Surroundings, impl PolicyRows>,
    selector: &'r Result<Selector, SelectorError>,
    bindings: Bindings<'_>,
    row: usize,
) -> Selected<'r> {
    match judge.surroundings.resource(judge.resource(row)) {
        Some(resource) => select_version(selector, &bindings.with(Subject::Resource, resource)),
        None => select_version(selector, &bindings),
    }
}

/// What a rule says of a version.
#[derive(Debug, Clone, PartialEq)]
enum Selected<'a> {
    /// It is selected.
    Match,
    /// It is not.
    NoMatch,
    /// The selector cannot compile.
    Broken(&'a SelectorError),
    /// The selector has no answer.
    Failed(EvalError),
}

impl Selected<'_> {
    /// Why the version may not go out; `None` if it may.
    const fn reason(&self) -> Option<Reason> {
        match self {
            Self::Match => None,
            Self::NoMatch => Some(Reason::VersionSelectorNoMatch),
            Self::Broken(_) | Self::Failed(_) => Some(Reason::VersionSelectorError),
        }
    }
}

/// Whether a selector says different things to different targets of an environment.
fn reads_resource(selector: &Result<Selector, SelectorError>) -> bool {
    selector.as_ref().is_ok_and(|it| it.reads().contains(Subject::Resource))
}

/// Asks whether a version is selected. `bindings` are version, environment, deployment, and the
/// resource if the selector reads it.
fn select_version<'a>(
    selector: &'a Result<Selector, SelectorError>,
    bindings: &Bindings<'_>,
) -> Selected<'a> {
    match selector.as_ref().map(|selector| selector.matches(bindings)) {
        Ok(Ok(true)) => Selected::Match,
        Ok(Ok(false)) => Selected::NoMatch,
        Ok(Err(error)) => Selected::Failed(error),
        Err(error) => Selected::Broken(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use shakedown_engine::base::time::SimTime;
    use shakedown_engine::model::SelectorSource;
    use shakedown_engine::model::{DeploymentVersion, Environment};
    use shakedown_engine::select::Place;
    use shakedown_engine::wire::event::{Entity, Event, Payload};

    fn decode(kind: &str, data: &serde_json::Value) -> Entity {
        let json = json!({ "eventType": format!("{kind}.created"), "data": data });
        match Event::decode(&json, SimTime(0)).expect("a valid event").payload {
            Payload::Upsert(entity) => *entity,
            other => unreachable!("{other:?}"),
        }
    }

    fn version(tag: &str) -> DeploymentVersion {
        let data = json!({ "id": tag, "deploymentId": "d1", "tag": tag });
        match decode("deployment-version", &data) {
            Entity::DeploymentVersion(version) => version,
            other => unreachable!("{other:?}"),
        }
    }

    fn environment(name: &str) -> Environment {
        let data = json!({ "id": name, "systemId": "s1", "name": name });
        match decode("environment", &data) {
            Entity::Environment(environment) => environment,
            other => unreachable!("{other:?}"),
        }
    }

    #[test]
    fn selectors_follow_the_vectors() {
        let (no_match, error) =
            (Some(Reason::VersionSelectorNoMatch), Some(Reason::VersionSelectorError));
        let cel = |text: &str| SelectorSource::Cel(text.to_owned());
        let v8 = "version.tag.startsWith('v2.') && environment.name == 'production' \
                  || environment.name == 'staging'";
        let starts_with = json!({ "type": "tag", "operator": "starts-with", "value": "v2." });
        for (name, source, tag, place, expected) in [
            ("T-V1 v2", cel("version.tag.startsWith('v2.')"), "v2.1.0", "staging", None),
            ("T-V1 v1", cel("version.tag.startsWith('v2.')"), "v1.5.0", "staging", no_match),
            ("T-V2 same", cel("environment.name == 'staging'"), "v1", "staging", None),
            ("T-V2 other", cel("environment.name == 'production'"), "v1", "staging", no_match),
            ("T-V5", cel("invalid CEL expression!!!"), "v1", "staging", error),
            ("T-V8 staging", cel(v8), "v1.0.0", "staging", None),
            ("T-V8 production", cel(v8), "v1.0.0", "production", no_match),
            ("C-V9", SelectorSource::Json(starts_with), "v2.1.0", "staging", None),
            ("missing key", cel("version.nope == 'x'"), "v1", "staging", no_match),
            ("not a boolean", cel("version.tag"), "v1", "staging", error),
        ] {
            let (version, environment) = (version(tag), environment(place));
            let bindings =
                Bindings::only(Subject::Version, &version).with(Subject::Environment, &environment);
            let selector = Selector::compile(&source, Place::Version);
            assert_eq!(select_version(&selector, &bindings).reason(), expected, "{name}");
        }
    }
}
