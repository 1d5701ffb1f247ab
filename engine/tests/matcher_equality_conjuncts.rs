//! Relationship matchers are split into join keys and a remainder that mean the same.

use crate::record::{self, Record};
use proptest::prelude::*;
use shakedown_engine::model::EntityKind;
use shakedown_engine::model::SelectorSource;
use shakedown_engine::select::{Atoms, AttributePath, AttributeTable, Shape};
use shakedown_engine::select::{Bindings, Place, Selector, Subject};

fn compile(text: &str) -> Selector {
    Selector::compile(&SelectorSource::Cel(text.to_owned()), Place::Matcher).expect(text)
}

#[test]
fn top_level_equalities_become_pairs_of_paths() {
    for (text, pairs, rest) in [
        (
            "from.metadata.region == to.metadata.region",
            &[("metadata.region", "metadata.region")][..],
            false,
        ),
        ("to.id == from.config.vpc['id']", &[("config.vpc.id", "id")], false),
        (
            "from.metadata.region == to.metadata.region && from.id != to.id",
            &[("metadata.region", "metadata.region")],
            true,
        ),
        (
            "has(from.metadata.team) && has(to.metadata.team) \
             && from.metadata.team == to.metadata.team && from.kind == to.version",
            &[("metadata.team", "metadata.team"), ("kind", "version")],
            true,
        ),
        ("from.id == to.id || true", &[], true),
        ("!(from.id == to.id)", &[], true),
        ("from.id == from.name", &[], true),
        ("from == to", &[], true),
        ("from.id == to.id ? true : false", &[], true),
        ("true", &[], true),
    ] {
        let (found, residual) = compile(text).equality_conjuncts();
        let found: Vec<_> = found
            .iter()
            .map(|(from, to)| (from.segments.join("."), to.segments.join(".")))
            .collect();
        let pairs: Vec<_> =
            pairs.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect();
        assert_eq!(found, pairs, "{text}");
        assert_eq!(residual.is_some(), rest, "{text}");
    }
}

/// The kind of an entity is a part of a key like others, where there is one; columns are shared.
#[test]
fn kinds_can_be_keys_of_relationship_rules() {
    let source = SelectorSource::cel("from.type == to.kind && to.name == from.id");
    let selector = Selector::compile(&source, Place::Relationship).expect("CEL");
    let (pairs, rest) = selector.equality_conjuncts();
    let path = |shape, name: &str| AttributePath::new(shape, &[name]);
    let kinds = (path(Shape::Kinded, "type"), path(Shape::B, "kind"));
    assert_eq!(pairs, [kinds, (path(Shape::B, "id"), path(Shape::B, "name"))]);
    assert!(rest.is_none());
}

#[test]
fn selectors_of_other_places_have_no_conjuncts() {
    let source = SelectorSource::Cel("resource.name == environment.name".to_owned());
    let selector = Selector::compile(&source, Place::Policy).expect("CEL");
    let (pairs, rest) = selector.equality_conjuncts();
    assert!(pairs.is_empty() && rest.is_some());
}

fn entity() -> impl Strategy<Value = Record> {
    let value = || proptest::option::of(prop_oneof![Just("a"), Just("b"), Just("true")]);
    (value(), value(), 0..3_i32).prop_map(|(x, y, number)| {
        let labels: Vec<_> =
            [("x", x), ("y", y)].into_iter().filter_map(|(k, v)| Some((k, v?))).collect();
        Record::default()
            .text("id", x.unwrap_or("c"))
            .labels("metadata", &labels)
            .object("config", &serde_json::json!({"n": number, "l": [number], "f": 1.0}))
    })
}

proptest! {
    #[test]
    fn keys_and_remainder_mean_the_whole(
        conjuncts in proptest::collection::vec(0..9_usize, 1..5),
        from in entity(),
        to in entity(),
    ) {
        const CONJUNCTS: [&str; 9] = [
            "from.metadata.x == to.metadata.x",
            "to.metadata.y == from.metadata.x",
            "from.config.n == to.config.n",
            "from.config.l == to.config.l",
            "from.id != to.id",
            "from.metadata.x",
            "'true'",
            "has(from.metadata.y)",
            "1 / 0 == 1",
        ];
        let text = conjuncts.iter().map(|slot| CONJUNCTS[*slot]).collect::<Vec<_>>().join(" && ");
        let whole = compile(&text);
        let pair = Bindings::only(Subject::From, &from).with(Subject::To, &to);
        let (keys, rest) = whole.equality_conjuncts();
        let mut atoms = Atoms::default();
        let mut atom_of = |entity: &Record, path: &AttributePath| {
            let mut table = AttributeTable::new(EntityKind::Resource);
            let rows = record::Rows(vec![Some(entity.clone())]);
            table.ensure(&mut atoms, path, &rows);
            table.column(path).expect("made").atom(0)
        };
        let joined = keys.iter().all(|(left, right)| {
            assert_eq!(left.shape, Shape::B);
            let (left, right) = (atom_of(&from, left), atom_of(&to, right));
            left.is_value() && left == right
        });
        let split = joined && rest.is_none_or(|rest| rest.matches(&pair) == Ok(true));
        prop_assert_eq!(split, whole.matches(&pair) == Ok(true), "{}", text);
    }
}
