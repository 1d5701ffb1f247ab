//! Deviations about variables, relations and the values that pass through them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use shakedown_engine::base::json::Json;
use shakedown_engine::base::number::double;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::catalogue::Registry;
use shakedown_engine::fleet::relations::{Neighbours, RelatableIx, Side};
use shakedown_engine::model::{
    Deployment, Dialect, Environment, PropertyOperator, RelationshipRule, Resource,
};
use shakedown_engine::wire::event::Event;
use shakedown_systems::load::DEFAULT_WORKSPACE;

use super::super::case::Case;
use super::events::{event, is_upsert, parts, text};

/// D11: a value without selector is as good as none.
pub(super) fn drop_unselective_values(_: &Case, mut events: Vec<Json>) -> Vec<Json> {
    for value in events.iter_mut().filter(|it| is_upsert(it, "deployment-variable-value")) {
        let selector = &value["data"]["resourceSelector"];
        if selector.is_null() || selector.as_str() == Some("") {
            value["eventType"] = "deployment-variable-value.deleted".into();
        }
    }
    events
}

/// D24: numbers of properties keep single precision, null is true.
pub(super) fn lose_precision(_: &Case, mut events: Vec<Json>) -> Vec<Json> {
    for (kind, member) in [("resource", "config"), ("deployment", "jobAgentConfig")] {
        let entities = events.iter_mut().filter(|it| is_upsert(it, kind));
        let configs = entities.filter_map(|it| it.get_mut("data")?.get_mut(member));
        configs.for_each(lose);
    }
    events
}

fn lose(json: &mut Json) {
    match json {
        Json::Null => *json = true.into(),
        Json::Number(number) => {
            #[expect(clippy::cast_possible_truncation, reason = "what the recorded engine does")]
            let single = double(number) as f32;
            // The shortest digits that tell it from other numbers of its precision.
            if let Ok(short) = serde_json::from_str(&single.to_string()) {
                *json = short;
            }
        }
        Json::Array(items) => items.iter_mut().for_each(lose),
        Json::Object(map) => map.values_mut().for_each(lose),
        Json::Bool(_) | Json::String(_) => {}
    }
}

/// D33: pairs of properties under an operator that the recorded engine does not know always match.
pub(super) fn match_any_pattern(_: &Case, mut events: Vec<Json>) -> Vec<Json> {
    for rule in events.iter_mut().filter(|it| is_upsert(it, "relationship-rule")) {
        let properties = rule["data"]["matcher"].get_mut("properties");
        if let Some(properties) = properties.and_then(Json::as_array_mut) {
            properties.retain(|it| {
                let name = it["operator"].as_str().unwrap_or_default().trim().to_ascii_lowercase();
                let is = |operator: &PropertyOperator| operator.name().to_ascii_lowercase() == name;
                let aliases = ["", "not_equals", "contain", "starts_with", "ends_with"];
                let known = PropertyOperator::ALL.iter().any(is) || aliases.contains(&&*name);
                known && name != PropertyOperator::Regex.name()
            });
        }
    }
    events
}

/// Rule id, and kind and id of both sides.
type Relation = (String, (&'static str, String), (&'static str, String));

/// D13: replaces what rules relate by a list of pairs that an update of an entity may shorten and
/// does not extend.
pub(super) fn keep_stale_relations(case: &Case, events: Vec<Json>) -> Vec<Json> {
    if !events.iter().any(|it| is_upsert(it, "relationship-rule")) {
        return events;
    }
    let mut fleet = shakedown_systems::fleet_in(Dialect::RECORDED, DEFAULT_WORKSPACE, case.now);
    let (mut live, mut stale) = (BTreeSet::new(), BTreeSet::new());
    let mut rules: BTreeMap<String, (Json, String)> = BTreeMap::new();
    let mut rewritten = Vec::new();
    for it in events {
        let Ok(decoded) = Event::decode(&it, case.now) else { continue };
        fleet.apply(decoded).ok();
        let now = relations(&fleet);
        let (kind, verb) = parts(&it);
        let is_rule = kind == "relationship-rule";
        let extends = match (kind, verb) {
            ("resource" | "environment" | "deployment", "updated") => BTreeSet::new(),
            _ => now.difference(&live).cloned().collect(),
        };
        stale = stale.intersection(&now).chain(&extends).cloned().collect();
        if is_rule {
            let of_rule = |relation: &&Relation| relation.0 == text(&it, "id");
            stale.extend(now.iter().filter(of_rule).cloned());
        }
        live = now;
        if is_rule && verb != "deleted" {
            rules.insert(text(&it, "id").to_owned(), (it["data"].clone(), String::new()));
        } else {
            if is_rule {
                rules.remove(text(&it, "id"));
            }
            rewritten.push(it);
        }
        for (id, (rule, listed)) in &mut rules {
            let pairs: Vec<String> = stale
                .iter()
                .filter(|(of, ..)| of == id)
                .map(|(_, (_, from), (_, to))| format!("from.id=='{from}'&&to.id=='{to}'"))
                .collect();
            let list = if pairs.is_empty() { "false".to_owned() } else { pairs.join("||") };
            if *listed != list {
                let mut data = rule.clone();
                data["matcher"] = json!({ "cel": list });
                for selector in ["fromSelector", "toSelector"] {
                    data[selector] = Json::Null;
                }
                rewritten.push(event("relationship-rule.updated", &data));
                *listed = list;
            }
        }
    }
    rewritten
}

fn relations(fleet: &Fleet) -> BTreeSet<Relation> {
    let world = fleet.world();
    let neighbours = Neighbours::of(world);
    let rules = world.resource::<Registry<RelationshipRule>>();
    let resources = world.resource::<Registry<Resource>>();
    let environments = world.resource::<Registry<Environment>>();
    let deployments = world.resource::<Registry<Deployment>>();
    let name = |it: RelatableIx| match it {
        RelatableIx::Resource(ix) => ("resource", resources.id(ix).to_owned()),
        RelatableIx::Environment(ix) => ("environment", environments.id(ix).to_owned()),
        RelatableIx::Deployment(ix) => ("deployment", deployments.id(ix).to_owned()),
    };
    let entities = (resources.present().map(RelatableIx::Resource))
        .chain(environments.present().map(RelatableIx::Environment))
        .chain(deployments.present().map(RelatableIx::Deployment));
    entities
        .flat_map(|entity| {
            let related = neighbours.related(entity).into_iter();
            let away = related.filter(|it| it.direction == Side::From);
            away.map(move |it| (rules.id(it.rule).to_owned(), name(entity), name(it.entity)))
        })
        .collect()
}
