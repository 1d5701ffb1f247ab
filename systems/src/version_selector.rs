//! Version selector (`versionSelector`): which versions may go out at all (SEMANTICS 8.6).
//!
//! A selector that does not read the resource is asked once per (rule, environment, version), any
//! other once per undecided target.

use shakedown_engine::model::reason::Reason;
use shakedown_engine::select::{Bindings, EvalError, Selector, SelectorError, Subject};

/// What a rule says of a version.
#[derive(Debug, Clone, PartialEq)]
pub enum Selected<'a> {
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
    #[must_use]
    pub const fn reason(&self) -> Option<Reason> {
        match self {
            Self::Match => None,
            Self::NoMatch => Some(Reason::VersionSelectorNoMatch),
            Self::Broken(_) | Self::Failed(_) => Some(Reason::VersionSelectorError),
        }
    }
}

/// Whether a selector says different things to different targets of an environment.
#[must_use]
pub fn reads_resource(selector: &Result<Selector, SelectorError>) -> bool {
    selector.as_ref().is_ok_and(|it| it.reads().contains(Subject::Resource))
}

/// Asks whether a version is selected. `bindings` are version, environment, deployment, and the
/// resource if the selector reads it.
#[must_use]
pub fn select_version<'a>(
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
