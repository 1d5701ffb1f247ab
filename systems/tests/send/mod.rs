//! Fleets driven by events as JSON.

use serde_json::{Value as Json, json};
use shakedown_engine::base::ids::ResourceIx;
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::catalogue::{Registry, item};
use shakedown_engine::fleet::relations::{RelatableIx, related};
use shakedown_engine::fleet::report::Report;
use shakedown_engine::model::{
    Deployment, Dialect, EntityKind, Environment, RelationshipRule, Resource,
};
use shakedown_engine::wire::event::Event;

/// An empty workspace on an arbitrary day, in the dialect of the vectors.
pub(crate) fn fleet() -> Fleet {
    shakedown_systems::fleet_in(
        Dialect::RECORDED,
        "ws",
        SimTime::parse("2025-01-02T00:00:00Z").expect("a time"),
    )
}

/// The event `{eventType, data}`.
pub(crate) fn event(fleet: &Fleet, event_type: &str, data: Json) -> Event {
    let envelope = json!({ "eventType": event_type, "data": data });
    Event::decode(&envelope, fleet.now()).expect(event_type)
}

/// Applies an event that must be accepted.
pub(crate) fn send(fleet: &mut Fleet, event_type: &str, data: Json) -> Report {
    let event = event(fleet, event_type, data);
    fleet.apply(event).expect(event_type)
}

/// Applies many events and reconciles once.
pub(crate) fn send_together(
    fleet: &mut Fleet,
    events: impl IntoIterator<Item = (&'static str, Json)>,
) {
    let events = events.into_iter().map(|(event_type, data)| event(fleet, event_type, data));
    let events = events.collect();
    fleet.apply_together(events).expect("all are accepted");
}

/// A relatable entity that was mentioned before.
pub(crate) fn find(fleet: &Fleet, kind: EntityKind, id: &str) -> RelatableIx {
    let world = fleet.world();
    let found = match kind {
        EntityKind::Deployment => {
            world.resource::<Registry<Deployment>>().find(id).map(RelatableIx::Deployment)
        }
        EntityKind::Environment => {
            world.resource::<Registry<Environment>>().find(id).map(RelatableIx::Environment)
        }
        EntityKind::Resource => {
            world.resource::<Registry<Resource>>().find(id).map(RelatableIx::Resource)
        }
    };
    found.expect(id)
}

/// The index of a resource.
pub(crate) fn resource(fleet: &Fleet, id: &str) -> ResourceIx {
    match find(fleet, EntityKind::Resource, id) {
        RelatableIx::Resource(ix) => ix,
        other => unreachable!("{other:?} is a resource"),
    }
}

/// The id of an entity.
pub(crate) fn id(fleet: &Fleet, entity: RelatableIx) -> &str {
    let world = fleet.world();
    match entity {
        RelatableIx::Deployment(ix) => world.resource::<Registry<Deployment>>().id(ix),
        RelatableIx::Environment(ix) => world.resource::<Registry<Environment>>().id(ix),
        RelatableIx::Resource(ix) => world.resource::<Registry<Resource>>().id(ix),
    }
}

/// Everything related to an entity, as `reference rule direction kind id`.
pub(crate) fn related_texts(fleet: &Fleet, kind: EntityKind, of: &str) -> Vec<String> {
    let world = fleet.world();
    let rules = world.resource::<Registry<RelationshipRule>>();
    let found = related(world, find(fleet, kind, of)).into_iter().map(|it| {
        assert!(item::<RelationshipRule>(world, it.rule).is_some(), "only existing rules relate");
        let (rule, id) = (rules.id(it.rule), id(fleet, it.entity));
        let (direction, kind) = (it.direction.name(), it.entity.kind().name());
        format!("{} {rule} {direction} {kind} {id}", it.reference)
    });
    found.collect()
}

/// The variables that each target's desired release has, by target key.
pub(crate) fn desired_variables(fleet: &mut Fleet) -> Vec<(String, Option<Json>)> {
    let targets = fleet.targets().into_iter();
    targets
        .map(|target| {
            let variables = target.desired.map(|release| release.variables.into_iter().collect());
            (target.key, variables)
        })
        .collect()
}
