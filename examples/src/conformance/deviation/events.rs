//! Events as JSON: what emulations read of them and make of them.

use serde_json::json;
use shakedown_engine::base::json::{Json, JsonMap};

/// Kind of entity and verb of an event.
pub(super) fn parts(event: &Json) -> (&str, &str) {
    event["eventType"].as_str().and_then(|it| it.rsplit_once('.')).unwrap_or_default()
}

/// Whether an event creates or replaces an entity of this kind.
pub(super) fn is_upsert(event: &Json, kind: &str) -> bool {
    let (stated, verb) = parts(event);
    stated == kind && matches!(verb, "created" | "updated")
}

/// An event of this type.
pub(super) fn event(event_type: &str, data: &Json) -> Json {
    json!({ "eventType": event_type, "data": data })
}

/// A member of an event's data that is text.
pub(super) fn text<'a>(event: &'a Json, name: &str) -> &'a str {
    event["data"][name].as_str().unwrap_or_default()
}

/// The rules that policies have when they are created or replaced.
pub(super) fn rules(events: &mut [Json]) -> impl Iterator<Item = &mut Vec<Json>> {
    let policies = events.iter_mut().filter(|event| is_upsert(event, "policy"));
    policies.filter_map(|event| event.get_mut("data")?.get_mut("rules")?.as_array_mut())
}

/// Whether some rule of a policy satisfies `is`.
pub(super) fn some_rule(events: &[Json], is: impl Fn(&Json) -> bool) -> bool {
    let policies = events.iter().filter(|event| is_upsert(event, "policy"));
    policies.filter_map(|event| event["data"]["rules"].as_array()).flatten().any(is)
}

/// Calls `visit` with every object in a value, outermost first.
pub(super) fn each_object(json: &mut Json, visit: &mut dyn FnMut(&mut JsonMap)) {
    match json {
        Json::Object(map) => {
            visit(map);
            map.values_mut().for_each(|it| each_object(it, visit));
        }
        Json::Array(items) => items.iter_mut().for_each(|it| each_object(it, visit)),
        _ => {}
    }
}
