//! Building a world, and loading one from a document.
//!
//! Ids: `build_world/events/<preset>/all` applies the events of a preset, throughput in release
//! targets; `load_document/<format>/<resources>/all` reads a workspace of one deployment and applies
//! it, throughput in resources; `parse_document/...` is the reading alone. YAML has a list item per line,
//! in flow style; a log is played event by event.

mod harness;

use criterion::Criterion;
use harness::Operation;
use serde_json::{Value as Json, json};
use shakedown_benches::{build, gauge};
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::matrix::Cohorts;
use shakedown_engine::preset::{FleetShape, Preset, START, Stage};
use shakedown_engine::wire::document::Document;
use shakedown_engine::wire::event::{Entity, Payload};
use shakedown_systems::load::load;

fn main() {
    harness::run(|criterion| {
        for preset in [Preset::Single, Preset::Paper, Preset::Stated, Preset::Literal] {
            build_world(criterion, preset);
        }
        for resources in [1_000, 15_000] {
            for format in [Format::Json, Format::Yaml, Format::Ndjson] {
                documents(criterion, format, resources);
            }
        }
    });
}

fn build_world(criterion: &mut Criterion, preset: Preset) {
    let shape = preset.shape();
    let targets = shape.targets_per_deployment() * u64::from(shape.deployments);
    Operation::new(criterion, "build_world", 10, 100).bench(
        &format!("events/{preset}/all"),
        targets,
        || (),
        |(), times| {
            harness::sum(times, || {
                let (fleet, advance) = gauge::measure(|| build(shape, START, &mut |_, _, _| {}));
                assert_eq!(targets_of(&fleet), targets, "{preset}");
                advance
            })
        },
    );
}

#[derive(Clone, Copy)]
enum Format {
    Json,
    Yaml,
    Ndjson,
}

impl Format {
    const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Yaml => "yaml",
            Self::Ndjson => "ndjson",
        }
    }
}

fn documents(criterion: &mut Criterion, format: Format, resources: u32) {
    let shape = FleetShape { deployments: 1, ..FleetShape::production(resources) };
    let scale = format!("{}/{resources}/all", format.name());
    let elements = u64::from(resources);
    Operation::new(criterion, "parse_document", 10, 200).bench(
        &scale,
        elements,
        || text(format, shape),
        |text, times| {
            harness::sum(times, || {
                let (document, advance) = gauge::measure(|| read(format, text));
                assert!(document.entries.len() > resources as usize, "{scale}");
                advance
            })
        },
    );
    Operation::new(criterion, "load_document", 10, 200).bench(
        &scale,
        elements,
        || text(format, shape),
        |text, times| {
            harness::sum(times, || {
                let (fleet, advance) =
                    gauge::measure(|| load(read(format, text), START, &mut |_| {}));
                let fleet = fleet.expect("presets load");
                assert_eq!(targets_of(&fleet), shape.targets_per_deployment(), "{scale}");
                advance
            })
        },
    );
}

fn read(format: Format, text: &str) -> Document {
    Document::parse(&format!("workspace.{}", format.name()), text, START)
        .expect("it is well-formed")
}

fn targets_of(fleet: &Fleet) -> u64 {
    fleet.world().resource::<Cohorts>().targets() as u64
}

/// A preset as a document: what an export of such a workspace would hold.
fn text(format: Format, shape: FleetShape) -> String {
    let stages = Stage::ALL.into_iter().flat_map(|stage| shape.events(stage, START));
    let entities = stages.map(|event| match event.payload {
        Payload::Upsert(entity) => described(&entity),
        other => unreachable!("presets only create, and this is {other:?}"),
    });
    match format {
        Format::Ndjson => entities
            .map(|(kind, _, data)| json!({ "eventType": format!("{kind}.created"), "data": data }))
            .map(|event| format!("{event}\n"))
            .collect(),
        Format::Json => {
            let mut lists = json!({});
            for (_, list, data) in entities {
                match &mut lists[list] {
                    Json::Array(items) => items.push(data),
                    none => *none = json!([data]),
                }
            }
            format!("{lists:#}")
        }
        Format::Yaml => {
            let (mut text, mut open) = (String::new(), "");
            for (_, list, data) in entities {
                if list != open {
                    text.push_str(&format!("{list}:\n"));
                    open = list;
                }
                text.push_str(&format!("  - {data}\n"));
            }
            text
        }
    }
}

/// The first part of an entity's event types, its list in documents, and the entity.
fn described(entity: &Entity) -> (&'static str, &'static str, Json) {
    match entity {
        Entity::System(it) => ("system", "systems", it.to_json()),
        Entity::JobAgent(it) => ("job-agent", "jobAgents", it.to_json()),
        Entity::Resource(it) => ("resource", "resources", it.to_json()),
        Entity::Environment(it) => ("environment", "environments", it.to_json()),
        Entity::Deployment(it) => ("deployment", "deployments", it.to_json()),
        Entity::Policy(it) => ("policy", "policies", it.to_json()),
        Entity::RelationshipRule(it) => ("relationship-rule", "relationshipRules", it.to_json()),
        other => unreachable!("production fleets have no {other:?}"),
    }
}
