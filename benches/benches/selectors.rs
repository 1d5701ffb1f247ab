//! Selectors over 15,000 resources: every kernel shape, the row-wise fallback, and the interpreter of
//! the `cel` crate for contrast.
//!
//! Ids: `selectors/<shape>/15000/all`; throughput in resources. A shape is timed after its matches were
//! counted without selectors.

mod harness;

use std::hint::black_box;
use std::ops::Range;

use cel::{Context, Program};
use criterion::Criterion;
use fixedbitset::FixedBitSet;
use harness::Operation;
use serde_json::json;
use shakedown_benches::{build, gauge};
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::catalogue::{ResourceRows, items};
use shakedown_engine::model::SelectorSource;
use shakedown_engine::model::{EntityKind, Resource};
use shakedown_engine::preset::{FleetShape, START};
use shakedown_engine::select::{Atoms, AttributeTable, EntityRows};
use shakedown_engine::select::{Bindings, Place, Selector, Subject};

fn main() {
    harness::run(|criterion| {
        kernels(criterion);
        interpreter(criterion);
    });
}

const RESOURCES: u32 = 15_000;

/// A selector and, without selectors, what it asks of a resource.
struct Shape {
    name: &'static str,
    text: &'static str,
    is_match: fn(&Resource) -> bool,
}

/// One or two per kernel; the last three have no kernel and are evaluated row by row.
const SHAPES: [Shape; 13] = [
    Shape { name: "true", text: "true", is_match: |_| true },
    Shape {
        name: "equals",
        text: "resource.metadata.region == 'region-1'",
        is_match: |it| it.metadata["region"] == "region-1",
    },
    Shape {
        name: "equals_distinct_values",
        text: "resource.name == 'resource-77'",
        is_match: |it| it.name == "resource-77",
    },
    Shape {
        name: "not_equals",
        text: "resource.metadata.region != 'region-1'",
        is_match: |it| it.metadata["region"] != "region-1",
    },
    Shape {
        name: "in_list",
        text: "resource.metadata.zone in ['zone-1', 'zone-7', 'zone-9']",
        is_match: |it| ["zone-1", "zone-7", "zone-9"].contains(&it.metadata["zone"].as_str()),
    },
    Shape {
        name: "has",
        text: "has(resource.metadata.zone)",
        is_match: |it| it.metadata.contains_key("zone"),
    },
    Shape {
        name: "starts_with",
        text: "resource.metadata.environment.startsWith('env-1')",
        is_match: |it| it.metadata["environment"].starts_with("env-1"),
    },
    Shape {
        name: "matches",
        text: "resource.metadata.environment.matches('^env-[0-4]$')",
        is_match: |it| {
            ["env-0", "env-1", "env-2", "env-3", "env-4"]
                .contains(&it.metadata["environment"].as_str())
        },
    },
    Shape {
        name: "matches_distinct_values",
        text: "resource.name.matches('7[0-9]$')",
        is_match: |it| {
            let mut last = it.name.bytes().rev();
            last.next().is_some_and(|byte| byte.is_ascii_digit()) && last.next() == Some(b'7')
        },
    },
    Shape {
        name: "and_or_not",
        text: "(resource.metadata.region == 'region-1' || resource.metadata.zone == 'zone-2') \
               && !(resource.metadata.environment == 'env-1')",
        is_match: |it| {
            (it.metadata["region"] == "region-1" || it.metadata["zone"] == "zone-2")
                && it.metadata["environment"] != "env-1"
        },
    },
    Shape {
        name: "two_columns_row_wise",
        text: "resource.id == resource.identifier",
        is_match: |it| it.id == it.identifier,
    },
    Shape {
        name: "arithmetic_row_wise",
        text: "size(resource.name) + size(resource.kind) > 31",
        is_match: |it| it.name.len() + it.kind.len() > 31,
    },
    Shape {
        name: "comprehension_row_wise",
        text: "['zone-1', 'zone-2'].exists(zone, zone == resource.metadata.zone)",
        is_match: |it| ["zone-1", "zone-2"].contains(&it.metadata["zone"].as_str()),
    },
];

fn kernels(criterion: &mut Criterion) {
    let fleet = resources();
    let rows = ResourceRows::of(fleet.world());
    let mut operation = Operation::new(criterion, "selectors", 50, 500);
    for Shape { name, text, is_match } in SHAPES {
        let source = SelectorSource::Cel(text.to_owned());
        let place = Place::Entity(Subject::Resource);
        let selector = Selector::compile(&source, place).expect("a valid selector");
        let mut atoms = Atoms::default();
        let mut table = AttributeTable::new(EntityKind::Resource);
        for row in 0..rows.len() {
            table.refresh_row(&mut atoms, row, rows.get(row));
        }
        for path in selector.columns() {
            table.ensure(&mut atoms, path, &rows);
        }
        let (bindings, all): (_, Range<usize>) = (Bindings::default(), 0..rows.len());
        let mut selected = FixedBitSet::new();
        let mut select =
            || selector.select(&table, &atoms, &rows, &bindings, all.clone(), &mut selected);
        assert_eq!(select(), 0, "{text} fails on no resource");
        let expected = each(&fleet).filter(|it| is_match(it)).count();
        assert_eq!(selected.count_ones(..), expected, "{text}");
        let mut select =
            || selector.select(&table, &atoms, &rows, &bindings, all.clone(), &mut selected);
        let measure = |(): &mut (), times| {
            let ((), advance) = gauge::measure(|| {
                for _ in 0..times {
                    black_box(select());
                }
            });
            advance
        };
        operation.bench(&format!("{name}/{RESOURCES}/all"), u64::from(RESOURCES), || (), measure);
    }
}

/// The interpreter, given each resource as a value made beforehand.
fn interpreter(criterion: &mut Criterion) {
    let fleet = resources();
    let mut contexts: Vec<Context<'_, '_>> = Vec::new();
    for it in each(&fleet) {
        let mut context = Context::default();
        let value = json!({ "name": it.name, "kind": it.kind, "metadata": it.metadata });
        context.add_variable("resource", value).expect("a value");
        contexts.push(context);
    }
    let mut operation = Operation::new(criterion, "selectors", 10, 500);
    for Shape { name, text, is_match } in
        SHAPES.into_iter().filter(|it| ["equals", "matches", "and_or_not"].contains(&it.name))
    {
        let program = Program::compile(text).expect("a valid selector");
        let count = || {
            let answers = contexts.iter().map(|context| program.execute(context));
            answers.filter(|it| *it == Ok(cel::Value::Bool(true))).count()
        };
        assert_eq!(count(), each(&fleet).filter(|it| is_match(it)).count(), "{text}");
        let id = format!("interpreter_{name}/{RESOURCES}/all");
        let measure =
            |(): &mut (), times| harness::sum(times, || gauge::measure(|| black_box(count())).1);
        operation.bench(&id, u64::from(RESOURCES), || (), measure);
    }
}

fn resources() -> Fleet {
    let shape = FleetShape { deployments: 0, environments: 0, ..FleetShape::production(RESOURCES) };
    build(shape, START, &mut |_, _, _| {})
}

fn each(fleet: &Fleet) -> impl Iterator<Item = &Resource> {
    items::<Resource>(fleet.world()).map(|(_, it)| it)
}
