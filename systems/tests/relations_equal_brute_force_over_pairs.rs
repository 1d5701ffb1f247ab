//! After every event of generated histories, relations are those found by asking every pair.

use serde_json::{Value as Json, json};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::catalogue::{Registry, item};
use shakedown_engine::fleet::relations::{Neighbours, PropertyPath, RelatableIx};
use shakedown_engine::model::Attributes;
use shakedown_engine::model::SelectorSource;
use shakedown_engine::model::{
    Deployment, EntityKind, Environment, Matcher, PropertyMatcher, PropertyOperator,
    RelationshipRule, Resource,
};
use shakedown_engine::select::{Bindings, Place, Selector, Subject};

use crate::send::{event, find, id, related_texts};

const REGIONS: [&str; 4] = ["a", "b", "1", "1.000000"];
const REFERENCES: [&str; 3] = ["host", "peer", "net"];
const KINDS: [&str; 3] = ["resource", "deployment", "environment"];

/// Numbers from a seed (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % bound
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }
}

fn labels(dice: &mut Dice) -> Json {
    let mut labels = json!({});
    for key in ["region", "zone"] {
        if dice.below(4) > 0 {
            labels[key] = json!(dice.pick(&REGIONS));
        }
    }
    labels
}

fn resource_event(dice: &mut Dice) -> (&'static str, Json) {
    let id = format!("r{}", dice.below(9));
    if dice.below(5) == 0 {
        return ("resource.deleted", json!({ "id": id }));
    }
    let size = dice.pick(&[
        json!(1),
        json!(1.0),
        json!("1"),
        json!(2),
        json!(null),
        json!([1]),
        json!({ "x": 1 }),
    ]);
    let kind = dice.pick(&["vm", "db"]);
    let metadata = labels(dice);
    (
        "resource.updated",
        json!({ "id": id, "kind": kind, "config": { "size": size }, "metadata": metadata }),
    )
}

fn other_event(dice: &mut Dice) -> (&'static str, Json) {
    let (created, deleted) = dice.pick(&[
        ("deployment.updated", "deployment.deleted"),
        ("environment.updated", "environment.deleted"),
    ]);
    let id = format!("x{}", dice.below(3));
    if dice.below(4) == 0 {
        return (deleted, json!({ "id": id }));
    }
    let metadata = labels(dice);
    (
        created,
        json!({ "id": id, "name": dice.pick(&["a", "b"]), "systemId": "s", "metadata": metadata }),
    )
}

fn matcher(dice: &mut Dice) -> Json {
    let paths = [
        json!(["metadata", "region"]),
        json!(["metadata", "zone"]),
        json!(["config", "size"]),
        json!(["name"]),
    ];
    let operators =
        ["equals", "equals", "notEquals", "contains", "startsWith", "endsWith", "regex"];
    let expressions = [
        "from.metadata.region == to.metadata.region",
        "to.metadata.zone == from.metadata.region && from.name != to.name",
        "from.config.size == to.config.size && to.kind == 'vm'",
        "from.config.size == to.config.size && from.metadata.zone == to.metadata.zone",
        "from.metadata.region == to.metadata.region || from.metadata.zone == to.metadata.zone",
        "from.metadata.region < to.metadata.region",
        "from.kind == 'db'",
        "from.metadata.region == to.metadata.region && size(from.metadata) > 1 && has(to.metadata.zone)",
        "from.metadata == to.metadata",
        "from.nope == to.nope",
        "from.id ==",
    ];
    match dice.below(5) {
        0 => Json::Null,
        1 | 2 => {
            let properties: Vec<Json> = (0..=dice.below(2))
                .map(|_| {
                    json!({
                        "fromProperty": dice.pick(&paths), "toProperty": dice.pick(&paths),
                        "operator": dice.pick(&operators),
                    })
                })
                .collect();
            json!({ "properties": properties })
        }
        _ => json!({ "cel": dice.pick(&expressions) }),
    }
}

/// One expression that says everything, of one to four conjuncts.
fn expression(dice: &mut Dice) -> String {
    let conjuncts = [
        "from.type == 'resource'",
        "'resource' == to.type",
        "to.type in ['deployment', 'environment']",
        "from.type != 'environment'",
        "(from.type == 'deployment' || from.kind == 'vm')",
        "from.type == to.type",
        "from.type == to.metadata.zone",
        "from.metadata.region == to.metadata.region",
        "to.metadata.zone == from.metadata.region",
        "from.metadata.region == to.name",
        "from.config.size == to.config.size",
        "from.kind == 'db'",
        "to.metadata.zone != 'b'",
        "(from.type != 'resource' || to.metadata.region == 'a')",
        "from.id < to.id",
        "from.metadata == to.metadata",
        "has(from.type) && has(to.kind)",
        "'type' in to",
        "size(from) > 8",
        "(from.type == 'job' || to.config.size == 1)",
        "!(from.nope == 'x')",
        "1 / 0 == 1",
        "from.metadata.region",
    ];
    let count = dice.pick(&[1, 2, 2, 3, 4]);
    let chosen: Vec<&str> = (0..count).map(|_| dice.pick(&conjuncts[..])).collect();
    chosen.join(dice.pick(&[" && ", " && ", " && ", " || "]))
}

fn rule_event(dice: &mut Dice) -> (&'static str, Json) {
    let id = format!("rule-{}", dice.below(4));
    if dice.below(4) == 0 {
        return ("relationship-rule.deleted", json!({ "id": id }));
    }
    if dice.below(2) == 0 {
        let rule = json!({
            "id": id, "reference": dice.pick(&REFERENCES), "cel": expression(dice),
        });
        return ("relationship-rule.updated", rule);
    }
    let kinds = [0, 0, 0, 1, 2];
    let (from, to) = (KINDS[dice.pick(&kinds)], KINDS[dice.pick(&kinds)]);
    let selector = |dice: &mut Dice, kind: &str| match dice.below(3) {
        0 => json!(format!("{kind}.metadata.region != 'b'")),
        1 => {
            json!({ "json": { "type": "metadata", "operator": "equals", "key": "zone", "value": "a" } })
        }
        _ => Json::Null,
    };
    let (from_selector, to_selector) = (selector(dice, from), selector(dice, to));
    (
        "relationship-rule.updated",
        json!({
            "id": id, "reference": dice.pick(&REFERENCES), "fromType": from, "toType": to,
            "fromSelector": from_selector, "toSelector": to_selector, "matcher": matcher(dice),
        }),
    )
}

fn attributes(fleet: &Fleet, entity: RelatableIx) -> Option<&dyn Attributes> {
    let world = fleet.world();
    Some(match entity {
        RelatableIx::Deployment(ix) => item::<Deployment>(world, ix)?,
        RelatableIx::Environment(ix) => item::<Environment>(world, ix)?,
        RelatableIx::Resource(ix) => item::<Resource>(world, ix)?,
    })
}

/// Every existing entity.
fn entities(fleet: &Fleet) -> Vec<RelatableIx> {
    let world = fleet.world();
    let deployments =
        world.resource::<Registry<Deployment>>().present().map(RelatableIx::Deployment);
    let environments =
        world.resource::<Registry<Environment>>().present().map(RelatableIx::Environment);
    let resources = world.resource::<Registry<Resource>>().present().map(RelatableIx::Resource);
    deployments.chain(environments).chain(resources).collect()
}

fn accepts(source: Option<&SelectorSource>, kind: EntityKind, entity: &dyn Attributes) -> bool {
    source.is_none_or(|source| {
        let selector = Selector::compile(source, Place::Entity(kind.into())).expect("stored");
        selector.matches(&Bindings::only(kind.into(), entity)).unwrap_or(false)
    })
}

fn text(path: &[String], kind: EntityKind, entity: &dyn Attributes) -> Option<String> {
    match PropertyPath::new(kind, path)?.read(entity)? {
        Json::Null | Json::Array(_) => None,
        Json::String(text) => Some(text),
        Json::Bool(flag) => Some(flag.to_string()),
        Json::Number(number) => Some(format!("{:.6}", number.as_f64().expect("small"))),
        object @ Json::Object(_) => Some(object.to_string()),
    }
}

fn property_holds(
    it: &PropertyMatcher,
    kinds: (EntityKind, EntityKind),
    from: &dyn Attributes,
    to: &dyn Attributes,
) -> bool {
    let (Some(from), Some(to)) =
        (text(&it.from_property, kinds.0, from), text(&it.to_property, kinds.1, to))
    else {
        return false;
    };
    match it.operator {
        PropertyOperator::Equals => from == to,
        PropertyOperator::NotEquals => from != to,
        PropertyOperator::Contains => from.contains(&to),
        PropertyOperator::StartsWith => from.starts_with(&to),
        PropertyOperator::EndsWith => from.ends_with(&to),
        // The generated texts are patterns without special characters but `.`, `{` and quotes.
        PropertyOperator::Regex => {
            let source = SelectorSource::Cel(format!("{}.matches({})", json!(from), json!(to)));
            Selector::compile(&source, Place::Matcher)
                .is_ok_and(|it| it.matches(&Bindings::default()).unwrap_or(false))
        }
    }
}

/// Whether what a rule says of a pair beside its selectors holds; `cel` is the text that says it.
fn pair_holds(
    rule: &RelationshipRule,
    cel: Option<&Selector>,
    from: &dyn Attributes,
    to: &dyn Attributes,
) -> bool {
    let bindings = || Bindings::only(Subject::From, from).with(Subject::To, to);
    match &rule.matcher {
        Matcher::Always if rule.cel.is_none() => true,
        Matcher::Properties(properties) => {
            let kinds = (rule.from_type.expect("a kind"), rule.to_type.expect("a kind"));
            properties.iter().all(|it| property_holds(it, kinds, from, to))
        }
        Matcher::Always | Matcher::Cel(_) => {
            cel.is_some_and(|it| it.matches(&bindings()).unwrap_or(false))
        }
    }
}

/// The expression of a rule, if it has one that compiles.
fn expression_of(rule: &RelationshipRule) -> Option<Selector> {
    let (text, place) = match (&rule.cel, &rule.matcher) {
        (Some(text), _) => (text, Place::Relationship),
        (None, Matcher::Cel(text)) => (text, Place::Matcher),
        _ => return None,
    };
    Selector::compile(&SelectorSource::cel(text.as_str()), place).ok()
}

/// All relations of a rule, pair by pair.
fn relations(fleet: &Fleet, rule: &RelationshipRule) -> Vec<(RelatableIx, RelatableIx)> {
    let all = entities(fleet);
    let mut found = Vec::new();
    let cel = expression_of(rule);
    let is = |kind: Option<EntityKind>, it: RelatableIx| kind.is_none_or(|kind| kind == it.kind());
    for &from in all.iter().filter(|it| is(rule.from_type, **it)) {
        for &to in all.iter().filter(|it| is(rule.to_type, **it)) {
            let (left, right) = (
                attributes(fleet, from).expect("present"),
                attributes(fleet, to).expect("present"),
            );
            if from != to
                && accepts(rule.from_selector.as_ref(), from.kind(), left)
                && accepts(rule.to_selector.as_ref(), to.kind(), right)
                && pair_holds(rule, cel.as_ref(), left, right)
            {
                found.push((from, to));
            }
        }
    }
    found
}

fn compare(fleet: &Fleet, seed: u64, step: usize) {
    let world = fleet.world();
    let rules = world.resource::<Registry<RelationshipRule>>();
    let neighbours = Neighbours::of(world);
    let mut all = Vec::new();
    for ix in rules.present() {
        let rule = item::<RelationshipRule>(world, ix).expect("present");
        let pairs = relations(fleet, rule);
        let case = format!("seed {seed} step {step} {rule:?}");
        assert_eq!(neighbours.count(ix), pairs.len() as u64, "{case}");
        all.extend(pairs.into_iter().map(|pair| (rule, pair)));
    }
    for asked in entities(fleet) {
        let mut expected = Vec::new();
        for &(rule, (from, to)) in &all {
            for (near, far, direction) in [(from, to, "from"), (to, from, "to")] {
                if near == asked {
                    let kind = far.kind().name();
                    expected.push((&rule.reference, &rule.id, id(fleet, far), kind, direction));
                }
            }
        }
        expected.sort();
        let expected: Vec<String> = expected
            .into_iter()
            .map(|(reference, rule, id, kind, direction)| {
                format!("{reference} {rule} {direction} {kind} {id}")
            })
            .collect();
        let case = format!("seed {seed} step {step} {asked:?}");
        assert_eq!(related_texts(fleet, asked.kind(), id(fleet, asked)), expected, "{case}");
        assert_eq!(neighbours.count_of(asked), expected.len() as u64, "{case}");
        if let RelatableIx::Resource(ix) = asked {
            for reference in REFERENCES {
                let first = neighbours.first_related(ix, reference).map(|it| id(fleet, it));
                let listed = expected.iter().find(|it| it.starts_with(reference));
                let listed = listed.and_then(|it| it.rsplit(' ').next());
                assert_eq!(first, listed, "{case} {reference}");
            }
        }
    }
    assert_eq!(find(fleet, EntityKind::Resource, "r0").slot(), 0);
}

#[test]
fn incremental_relations_equal_all_pairs() {
    for seed in 1..=60u64 {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut fleet = shakedown_systems::fleet("ws", SimTime(0));
        let first = event(&fleet, "resource.created", json!({ "id": "r0" }));
        fleet.apply(first).expect("accepted");
        for step in 0..60 {
            // Sometimes several events at once.
            let batch: Vec<_> = (0..dice.pick(&[1, 1, 1, 6]))
                .map(|_| {
                    let (event_type, data) = match dice.below(10) {
                        0..=5 => resource_event(&mut dice),
                        6..=7 => other_event(&mut dice),
                        _ => rule_event(&mut dice),
                    };
                    event(&fleet, event_type, data)
                })
                .collect();
            fleet.apply_together(batch).expect("accepted");
            compare(&fleet, seed, step);
        }
    }
}
