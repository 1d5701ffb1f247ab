//! Version selector (`versionSelector`): which versions may go out at all (SEMANTICS 8.6).
//!
//! A selector that does not read the resource is asked once per (rule, environment, version), any
//! other once per undecided target.

use shakedown_engine::reason::Reason;
use shakedown_engine::selector::{Bindings, Selector};

/// Why a version is not selected; `None` if it is.
///
/// - `selector`: `None` for one that cannot compile.
/// - `bindings`: version, environment, deployment, and the resource if the selector reads it.
#[must_use]
pub fn reject_version(selector: Option<&Selector>, bindings: &Bindings<'_>) -> Option<Reason> {
    match selector.map(|selector| selector.matches(bindings)) {
        Some(Ok(true)) => None,
        Some(Ok(false)) => Some(Reason::VersionSelectorNoMatch),
        Some(Err(_)) | None => Some(Reason::VersionSelectorError),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use shakedown_engine::entity::{DeploymentVersion, Environment};
    use shakedown_engine::event::{Entity, Event, Payload};
    use shakedown_engine::selector::{Place, SelectorSource, Subject};
    use shakedown_engine::time::SimTime;

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
            let selector = Selector::compile(&source, Place::Version).ok();
            assert_eq!(reject_version(selector.as_ref(), &bindings), expected, "{name}");
        }
    }
}
