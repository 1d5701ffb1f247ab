//! Whatever a selector does costs steps, and no input makes one go on for long or take much memory
//! (the clock is no part of it: what is counted is whether it ends in an answer or in an error).

use std::fmt::Write as _;

use serde_json::json;
use shakedown_engine::base::json::Json;
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::model::{Environment, Policy, Resource, SelectorSource};
use shakedown_engine::select::{Bindings, EvalError, Place, Selector, Subject};

const PLACE: Place = Place::Entity(Subject::Resource);

fn says(text: &str, resource: &Resource) -> Result<bool, EvalError> {
    let selector = Selector::compile(&SelectorSource::Cel(text.to_owned()), PLACE).expect(text);
    selector.matches(&Bindings::only(Subject::Resource, resource))
}

/// A resource whose config holds a list of so many numbers and a text of so many bytes.
fn large(size: usize) -> Resource {
    let mut resource = Resource::new("r");
    let config = json!({ "l": vec![7; size], "t": "x".repeat(size), "m": { "k": vec![7; size] } });
    let Json::Object(config) = config else { unreachable!("it is one") };
    resource.config = config;
    resource
}

/// Each thing that an expression can do with a list or a text, a million times over: none is free.
#[test]
fn every_operation_costs_what_it_does() {
    let resource = large(10_000);
    for body in [
        "resource.config.l == resource.config.l",
        "resource.config.m == resource.config.m",
        "resource.config.l != resource.config.l",
        "8 in resource.config.l",
        "resource.config.l in [resource.config.l]",
        "resource.config.t == resource.config.t + ''",
        "resource.config.t <= resource.config.t",
        "resource.config.t.contains('y')",
        "resource.config.t.size() == 1",
        "resource.config.t.lowerAscii() == ''",
        "resource.config.t.upperAscii() == ''",
        "resource.config.t.trim() == ''",
        "resource.config.t.reverse() == ''",
        "resource.config.t.replace('y', 'z') == ''",
        "resource.config.t.substring(1) == ''",
        "resource.config.t.indexOf('y') == 0",
        "resource.config.t.split('y') == []",
        "resource.config.t.matches('y')",
        "resource.config.t.matches('y' + string(x))",
        "'%s'.format([resource.config.t]) == ''",
        "strings.quote(resource.config.t) == ''",
        "resource.config.l + [1] == []",
        "resource.config.l.reverse() == []",
        "resource.config.l.sort() == []",
        "resource.config.l.distinct() == []",
        "resource.config.l.flatten() == []",
        "resource.config.l.slice(0, 9999) == []",
        "resource.config.l.map(y, y) == []",
        "resource.config.l.filter(y, false) == [1]",
        "resource.config.l.all(y, y == 7)",
        "resource.config.l.exists(y, y == 8)",
        "sets.contains(resource.config.l, [1.0])",
        "sets.intersects(resource.config.l, [1.0])",
        "sets.equivalent(resource.config.l, [1.0])",
        "math.greatest(resource.config.l) == 1",
        "bytes(resource.config.t) == b''",
        "[1, 2, 3] == [1, 2, 3]",
    ] {
        let once = body.replace("string(x)", "''");
        let alone = says(&once, &resource);
        assert!(alone != Err(EvalError::TooCostly), "{body} once: {alone:?}");
        // Absorbed faults do not end a loop: all must be false, or an error that none decides.
        let often =
            format!("lists.range(1000).map(x, lists.range(1000).map(y0, {{'v': {body}}})) == []");
        assert_eq!(says(&often, &resource), Err(EvalError::TooCostly), "{body}");
    }
}

#[test]
fn many_values_are_told_apart_quickly() {
    let resource = Resource::new("r");
    for (text, expected) in [
        ("size(lists.range(400000).distinct()) == 400000", Ok(true)),
        ("size(lists.range(400000).map(x, x % 10).distinct()) == 10", Err(EvalError::TooCostly)),
        ("size(lists.range(200000).map(x, x % 10).distinct()) == 10", Ok(true)),
        ("sets.contains(lists.range(200000), lists.range(200000))", Ok(true)),
        ("sets.intersects(lists.range(200000), [200000])", Ok(false)),
        // Whose hashes are the same: what equals nothing, and integers that are one double.
        ("size(lists.range(200000).map(x, 0.0 / 0.0).distinct()) == 1", Err(EvalError::TooCostly)),
        ("sets.contains(lists.range(200000).map(x, 0.0 / 0.0), [1])", Err(EvalError::TooCostly)),
        (
            "size(lists.range(200000).map(x, x + 4611686018427387904).distinct()) == 200000",
            Err(EvalError::TooCostly),
        ),
        ("size(lists.range(500).map(x, 0.0 / 0.0).distinct()) == 500", Ok(true)),
        ("size(lists.range(500).map(x, x + 4611686018427387904).distinct()) == 500", Ok(true)),
        (
            "[5, 6][5e-324] == 5",
            Err(EvalError::BadKey { container: "list", key: "fractional double" }),
        ),
        ("[5, 6][1.0] == 6", Ok(true)),
        (
            "[1, 1.0, 1u, 'a', 'a', null, null, [1], [1.0]].distinct() == [1, 'a', null, [1]]",
            Ok(true),
        ),
    ] {
        assert_eq!(says(text, &resource), expected, "{text}");
    }
}

#[test]
fn a_large_map_is_made_once() {
    let mut text = "{".to_owned();
    for entry in 0..12_000 {
        write!(text, "'k{entry}': {entry}, ").expect("a text takes any");
    }
    let named = format!("{text}}}[resource.kind] == 11999");
    let mut resource = Resource::new("r");
    resource.kind = "k11999".to_owned();
    assert_eq!(says(&named, &resource), Ok(true));
    resource.kind = "none".to_owned();
    assert_eq!(says(&named, &resource), Ok(false), "a missing key");
    let repeated = format!("{text} 'k7': 1}}[resource.kind] == 1");
    assert_eq!(says(&repeated, &resource), Err(EvalError::RepeatedKey));
    // Of entries that read something, none is kept from one row to the next.
    let read = format!("{text} resource.kind: 1}}[resource.kind] == 1");
    assert_eq!(says(&read, &resource), Ok(true));
}

/// A few bytes of pattern may ask for megabytes.
#[test]
fn patterns_are_refused_by_what_they_take() {
    let mut resource = Resource::new("r");
    resource.kind = "abc".to_owned();
    for (pattern, expected) in
        [("\\\\pL{3}", Some(true)), (".{1,253}", Some(true)), ("\\\\pL{95}", None)]
    {
        for text in [
            format!("resource.kind.matches('{pattern}')"),
            format!("resource.kind.matches('{pattern}' + resource.kind.substring(3))"),
        ] {
            let answer = says(&text, &resource);
            match (&answer, expected) {
                (Err(EvalError::Pattern { message, .. }), None) => {
                    assert!(message.contains("takes more than 1048576 bytes"), "{message}");
                }
                _ => assert_eq!(answer.as_ref().ok().copied(), expected, "{text}: {answer:?}"),
            }
        }
    }
}

const NESTED: &str = "[1,2,3,4,5,6,7,8,9,10,11,12,13,14].all(a, [1,2,3,4,5,6,7,8,9,10,11,12,13,14].all(b, \
    [1,2,3,4,5,6,7,8,9,10,11,12,13,14].all(c, [1,2,3,4,5,6,7,8,9,10,11,12,13,14].all(d, \
    [1,2,3,4,5,6,7,8,9,10,11,12,13,14].all(e, [1,2,3,4,5,6,7,8,9,10,11,12,13,14].all(f, true))))))";

/// What is too much over all resources is refused with the entity, and nothing changes; so is the resource
/// with which it becomes too much.
#[test]
fn a_selection_has_a_budget() {
    let fleet_of = |resources: u32| {
        let mut fleet = Fleet::new("ws", SimTime(0));
        fleet.put_all((0..resources).map(|it| Resource::new(format!("r{it}")))).expect("sound");
        fleet
    };
    let mut fleet = fleet_of(40);
    let before = fleet.digest();
    let refused = fleet.put(Environment::new("e", "s").select(NESTED)).expect_err("too much");
    let told = refused.to_string();
    assert!(
        told.starts_with("data.resourceSelector: the selector takes too long: more than 16777216"),
        "{told}"
    );
    assert_eq!(fleet.digest(), before);
    // Of few resources it is an error of each, and of a list of many more the list is refused.
    let mut fleet = fleet_of(4);
    fleet.put(Environment::new("e", "s").select(NESTED)).expect("an error on each of four");
    let list: Vec<Json> =
        (0..40).map(|it| json!({ "identifier": format!("n{it}"), "kind": "k" })).collect();
    let event = json!({ "eventType": "resource-provider.set-resources",
        "data": { "providerId": "p", "resources": list } });
    let event = fleet.decode(&event).expect("an event");
    let told = fleet.apply(event).expect_err("too much").to_string();
    assert!(told.contains("takes too long, in the end on resource `n1"), "{told}");
    fleet.put(Resource::new("one more")).expect("one more is not too much");
}

/// What many of them take together is bounded as well, so a document is.
#[test]
fn the_selections_of_a_document_have_a_budget() {
    let mut fleet = Fleet::new("ws", SimTime(0));
    let mut resource = large(1_000_000);
    resource.config.remove("l");
    resource.config.remove("m");
    resource.kind = "k".to_owned();
    fleet.put(resource).expect("sound");
    let environment = |at: u32| {
        let selector = format!("resource.config.t.matches(resource.kind + '{at}')");
        Environment::new(format!("e{at}"), "s").select(selector)
    };
    let refused = fleet.put_all((0..200).map(environment)).expect_err("200 million steps");
    assert!((100..150).contains(&refused.at), "{refused}");
    let told = "more than 134217728 steps with what comes before it";
    assert!(refused.rejection.to_string().contains(told), "{refused}");
    // One by one, each has the whole.
    fleet.put(environment(200)).expect("a million steps");
}

/// So do policies, whose selectors are asked of each deployment and environment that they read.
#[test]
fn the_selectors_of_policies_have_a_budget() {
    let loops = |at: u32, reads: &str| {
        let selector = format!("lists.range(30000).all(x, x != {at} + 30001 && {reads} != 'q')");
        Policy::new(format!("p{at}")).enabled().select(selector)
    };
    let mut fleet = Fleet::new("ws", SimTime(0));
    let reads = "environment.name";
    fleet.put(loops(0, reads)).expect("asked once");
    fleet.put_all((0..200).map(|it| Environment::new(format!("e{it}"), "s"))).expect("sound");
    let before = fleet.digest();
    let told = fleet.put(loops(1, reads)).expect_err("too much").to_string();
    assert!(
        told.starts_with("data.selector: the selector takes too long: more than 16777216"),
        "{told}"
    );
    assert_eq!(fleet.digest(), before);
    fleet.put(loops(1, "deployment.name")).expect("there is no deployment");
}
