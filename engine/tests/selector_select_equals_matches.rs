//! Selecting rows by kernels gives what matching them one by one gives, whichever columns exist,
//! whatever range is asked for, and also after rows changed.

use std::ops::Range;

use fixedbitset::FixedBitSet;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use shakedown_engine::model::EntityKind;
use shakedown_engine::model::SelectorSource;
use shakedown_engine::select::{Atoms, AttributeTable, EntityRows};
use shakedown_engine::select::{Bindings, Place, Selector, Subject};

use crate::record::{Record, Rows};

/// A JSON value an entity may hold.
fn json_value() -> impl Strategy<Value = Json> {
    prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        (0..4_i32).prop_map(|number| json!(number)),
        Just(json!(1.5)),
        Just(json!("true")),
        Just(json!("a")),
        Just(json!("3")),
        vec(0..3_i32, 0..3).prop_map(|items| json!(items)),
        (0..3_i32).prop_map(|number| json!({"k": number})),
        Just(json!({})),
    ]
}

fn resource() -> impl Strategy<Value = Record> {
    let name = prop_oneof![Just("a"), Just("ab"), Just("true"), Just("f"), Just("")];
    let label = || option::of(prop_oneof![Just("a"), Just("b"), Just("1"), Just("")]);
    let config = vec(option::of(json_value()), 3);
    let time = option::of(0..3_u8);
    (name, label(), label(), config, time).prop_map(|(name, tier, env, config, time)| {
        let labels: Vec<_> =
            [("tier", tier), ("env", env)].into_iter().filter_map(|(k, v)| Some((k, v?))).collect();
        let keys = ["x", "y", "z"];
        let config: Json = keys
            .iter()
            .zip(config)
            .filter_map(|(key, value)| Some(((*key).to_owned(), value?)))
            .collect::<serde_json::Map<_, _>>()
            .into();
        let record = Record::default()
            .text("id", "r")
            .text("name", name)
            .text("kind", if name.len() > 1 { "vm" } else { "db" })
            .labels("metadata", &labels)
            .object("config", &config)
            .time("createdAt", "2025-01-02T03:04:05Z");
        match time {
            None => record,
            Some(day) => record.time("updatedAt", &format!("2025-01-0{}T00:00:00Z", day + 1)),
        }
    })
}

/// CEL whose value may be anything.
fn operand() -> BoxedStrategy<String> {
    let path = prop_oneof![
        Just("resource.name"),
        Just("resource.kind"),
        Just("resource.metadata.tier"),
        Just("resource.metadata['env']"),
        Just("resource.config.x"),
        Just("resource.config.x.k"),
        Just("resource.config.y"),
        Just("resource.config.z"),
        Just("resource.metadata"),
        Just("resource.updatedAt"),
        Just("environment.name"),
        Just("environment.nope"),
        Just("deployment.name"),
    ];
    let constant = prop_oneof![
        Just("'a'"),
        Just("''"),
        Just("'true'"),
        Just("1"),
        Just("3u"),
        Just("1.5"),
        Just("null"),
        Just("true"),
        Just("[1, 2]"),
        Just("{'k': 1}"),
        Just("timestamp('2025-01-02T00:00:00Z')"),
    ];
    prop_oneof![3 => path.prop_map(str::to_owned), 2 => constant.prop_map(str::to_owned)].boxed()
}

/// CEL that is usually a boolean.
fn expression() -> impl Strategy<Value = String> {
    let side = operand;
    let leaf = prop_oneof![
        4 => (side(), side(), prop_oneof![
            Just("=="), Just("!="), Just("<"), Just(">="), Just("in"), Just("+"), Just("/"),
        ]).prop_map(|(left, right, operator)| format!("{left} {operator} {right}")),
        2 => side(),
        1 => side().prop_map(|of| format!("{of} in ['a', 'b', 1.0, null]")),
        1 => (side(), side()).prop_map(|(of, part)| format!("({of}).startsWith({part})")),
        1 => side().prop_map(|of| format!("({of}).matches('^a|b$')")),
        1 => side().prop_map(|of| format!("size({of}) > 1")),
        1 => side().prop_map(|of| format!("({of}).exists(i, i == 1 || i == 'tier')")),
        1 => side().prop_map(|of| format!("int({of}) > 0")),
        1 => prop_oneof![
            Just("has(resource.metadata.tier)"),
            Just("has(resource.config.x)"),
            Just("has(resource.config.x.k)"),
            Just("has(resource.updatedAt)"),
            Just("has(resource.metadata)"),
            Just("has(environment.nope)"),
            Just("'tier' in resource.metadata"),
            Just("'x' in resource.config"),
            Just("'k' in resource.config.x"),
            Just("'name' in resource"),
        ].prop_map(str::to_owned),
    ];
    leaf.prop_recursive(5, 24, 3, |inner| {
        prop_oneof![
            3 => (inner.clone(), inner.clone()).prop_map(|(l, r)| format!("({l}) && ({r})")),
            3 => (inner.clone(), inner.clone()).prop_map(|(l, r)| format!("({l}) || ({r})")),
            2 => inner.clone().prop_map(|of| format!("!({of})")),
            1 => (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(c, t, e)| format!("({c}) ? ({t}) : ({e})")),
            1 => (inner.clone(), inner).prop_map(|(l, r)| format!("({l}) == ({r})")),
        ]
    })
}

/// What rows of `range` match one by one, and how many fail.
fn one_by_one(
    selector: &Selector,
    rows: &Rows,
    bindings: &Bindings<'_>,
    range: Range<usize>,
) -> (Vec<usize>, usize) {
    let (mut matched, mut errors) = (Vec::new(), 0);
    for row in range {
        let Some(entity) = rows.get(row) else { continue };
        match selector.matches(&bindings.with(Subject::Resource, entity)) {
            Ok(true) => matched.push(row),
            Ok(false) => {}
            Err(_) => errors += 1,
        }
    }
    (matched, errors)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn kernels_equal_rows(
        text in expression(),
        resources in vec(option::weighted(0.9, resource()), 1..140),
        changed in vec((0..140_usize, option::of(resource())), 0..4),
        (start, end) in (0..150_usize, 0..150_usize),
        policy in any::<bool>(),
        made in any::<[bool; 8]>(),
    ) {
        let place = if policy { Place::Policy } else { Place::Version };
        let source = SelectorSource::Cel(text.clone());
        let selector = Selector::compile(&source, place).expect(&text);
        let environment = Record::default().text("name", "a").labels("metadata", &[]);
        let bindings = Bindings::only(Subject::Environment, &environment);
        let mut rows = Rows(resources);
        let mut atoms = Atoms::default();
        let mut table = AttributeTable::new(EntityKind::Resource);
        for (path, made) in selector.columns().iter().zip(made) {
            if made {
                table.ensure(&mut atoms, path, &rows);
            }
        }
        for row in 0..rows.len() {
            if row >= table.len() {
                table.refresh_row(&mut atoms, row, rows.get(row));
            }
        }
        for (row, entity) in changed {
            if row < rows.0.len() {
                rows.0[row] = entity;
                table.refresh_row(&mut atoms, row, rows.get(row));
            }
        }
        for range in [0..rows.len(), start.min(end)..end, rows.len() / 2..rows.len() / 2 + 1] {
            let mut out = FixedBitSet::with_capacity(rows.len());
            out.insert_range(..);
            let errors =
                selector.select(&table, &atoms, &rows, &bindings, range.clone(), &mut out);
            let found: Vec<usize> = out.ones().filter(|row| range.contains(row)).collect();
            let outside = out.ones().filter(|row| !range.contains(row)).count();
            let rest = (0..rows.len()).filter(|row| !range.contains(row)).count();
            let (matched, failed) = one_by_one(&selector, &rows, &bindings, range);
            prop_assert_eq!(found, matched, "{}", text);
            prop_assert_eq!(errors, failed, "{}", text);
            prop_assert_eq!(outside, rest, "rows outside the range are left alone");
        }
    }
}

#[test]
fn a_range_beyond_the_rows_grows_the_result() {
    let selector = Selector::compile(&SelectorSource::Cel("true".to_owned()), Place::Policy);
    let rows = Rows(vec![Some(Record::default().text("id", "r")), None]);
    let (mut atoms, mut table) = (Atoms::default(), AttributeTable::new(EntityKind::Resource));
    table.refresh_row(&mut atoms, 0, rows.get(0));
    let mut out = FixedBitSet::new();
    let selector = selector.expect("CEL");
    let errors = selector.select(&table, &atoms, &rows, &Bindings::default(), 0..300, &mut out);
    assert_eq!((errors, out.len()), (0, 300));
    assert_eq!(out.ones().collect::<Vec<_>>(), [0]);
}
