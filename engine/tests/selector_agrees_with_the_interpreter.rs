//! On expressions where both follow the CEL specification, selectors and the interpreter of the
//! `cel` crate agree: same boolean, or both no answer.
//!
//! Left out, because the two differ on purpose: which of two errors is reported, missing keys
//! (an error there, `false` here), times (not compiled in there), patterns, sets.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use serde::Serialize;
use shakedown_engine::model::SelectorSource;
use shakedown_engine::select::{Bindings, Place, Selector, Subject};

use crate::record::Record;

/// Entity data with every number a double.
#[derive(Serialize)]
#[serde(untagged)]
enum Data {
    Null,
    Bool(bool),
    Number(f64),
    Text(&'static str),
    List(Vec<Data>),
    Map(BTreeMap<&'static str, Data>),
}

fn data() -> Data {
    use Data::{Bool, List, Map, Null, Number, Text};
    Map(BTreeMap::from([
        ("name", Text("web-1")),
        ("kind", Text("vm")),
        ("metadata", Map(BTreeMap::from([("tier", Text("gold")), ("n", Text("5"))]))),
        (
            "config",
            Map(BTreeMap::from([
                ("replicas", Number(3.0)),
                ("cpu", Number(1.5)),
                ("on", Bool(true)),
                ("nil", Null),
                ("list", List(vec![Number(1.0), Number(2.0), Number(3.0)])),
                ("names", List(vec![Text("b"), Text("a"), Text("b")])),
            ])),
        ),
    ]))
}

fn entity() -> Record {
    Record::default()
        .text("name", "web-1")
        .text("kind", "vm")
        .labels("metadata", &[("tier", "gold"), ("n", "5")])
        .object(
            "config",
            &serde_json::json!({
                "replicas": 3, "cpu": 1.5, "on": true, "nil": null,
                "list": [1, 2, 3], "names": ["b", "a", "b"]
            }),
        )
}

fn pick(options: &'static [&'static str]) -> impl Strategy<Value = String> + Clone {
    proptest::sample::select(options).prop_map(str::to_owned)
}

/// Expressions of any type over constants and entity data, mostly well typed.
fn expression() -> impl Strategy<Value = String> {
    let number = pick(&[
        "resource.config.replicas",
        "resource.config.cpu",
        "0",
        "1",
        "-2",
        "3u",
        "2.5",
        "-0.5",
        "1e3",
        "9223372036854775807",
        "size(resource.config.list)",
        "size(resource.name)",
        "int(resource.metadata.n)",
        "double(resource.metadata.n)",
        "resource.config.list[1]",
        "resource.name.indexOf('b')",
        "math.greatest(1, 2.5)",
        "math.abs(-2)",
        "math.bitAnd(6, 3)",
    ]);
    let text = pick(&[
        "resource.name",
        "resource.kind",
        "resource.metadata.tier",
        "resource.metadata['n']",
        "''",
        "'web'",
        "'b'",
        "\"true\"",
        "string(3)",
        "string(2u)",
        "resource.name.substring(0, 3)",
        "resource.name.replace('-', '_')",
        "resource.kind.upperAscii()",
        "resource.config.names.join('-')",
        "resource.name.charAt(1)",
        "' b '.trim()",
        "'%s-%d'.format(['a', 3])",
    ]);
    let list = pick(&[
        "resource.config.list",
        "resource.config.names",
        "[]",
        "[1, 2.0]",
        "['a', 'b']",
        "resource.name.split('-')",
        "resource.config.names.sort()",
        "resource.config.names.distinct()",
        "resource.config.list.reverse()",
        "resource.config.list.slice(1, 2)",
        "lists.range(3)",
        "[[1], [2]].flatten()",
        "resource.config.list.map(i, i + 1.0)",
        "resource.config.list.filter(i, i > 1.0)",
        "['bb', 'a'].sortBy(s, size(s))",
    ]);
    let truth = pick(&[
        "true",
        "false",
        "resource.config.on",
        "has(resource.config.nil)",
        "has(resource.config.nope)",
        "resource.config.nil == null",
        "1 / 0 == 1",
        "resource.config.list[9] == 1.0",
        "resource.name == 1",
        "resource.config.list.exists(i, i == 2)",
        "resource.config.list.all(i, i > 1)",
        "resource.config.names.exists_one(s, s == 'a')",
        "[1, 0].exists(i, 1 / i == 1)",
        "[0, 1].all(i, 1 / i == 2)",
    ]);
    let compare = proptest::sample::select(&["==", "!=", "<", "<=", ">", ">="][..]);
    let arithmetic = proptest::sample::select(&["+", "-", "*", "/", "%"][..]);
    let call = proptest::sample::select(&["contains", "startsWith", "endsWith"][..]);
    let sum = (number.clone(), number.clone(), arithmetic)
        .prop_map(|(left, right, operator)| format!("({left} {operator} {right})"));
    let number = prop_oneof![3 => number, 1 => sum].boxed();
    let leaf = prop_oneof![
        3 => truth,
        3 => (number.clone(), number.clone(), compare.clone())
            .prop_map(|(left, right, operator)| format!("{left} {operator} {right}")),
        2 => (text.clone(), text.clone(), compare)
            .prop_map(|(left, right, operator)| format!("{left} {operator} {right}")),
        1 => (list.clone(), list.clone()).prop_map(|(left, right)| format!("{left} == {right}")),
        1 => (list.clone(), list.clone())
            .prop_map(|(left, right)| format!("{left} + {right} != {right}")),
        1 => (number.clone(), list.clone()).prop_map(|(item, list)| format!("{item} in {list}")),
        1 => (text.clone(), list).prop_map(|(item, list)| format!("{item} in {list}")),
        1 => text.clone().prop_map(|key| format!("{key} in resource.metadata")),
        1 => (text.clone(), text.clone(), call)
            .prop_map(|(of, part, call)| format!("{of}.{call}({part})")),
        1 => (text.clone(), text).prop_map(|(left, right)| format!("{left} + {right} == 'web-1vm'")),
        1 => number,
    ];
    leaf.prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(l, r)| format!("({l}) && ({r})")),
            (inner.clone(), inner.clone()).prop_map(|(l, r)| format!("({l}) || ({r})")),
            inner.clone().prop_map(|of| format!("!({of})")),
            (inner.clone(), inner.clone(), inner)
                .prop_map(|(c, t, e)| format!("({c}) ? ({t}) : ({e})")),
        ]
    })
}

fn interpreter() -> Arc<cel::Env> {
    let mut env = cel::Env::stdlib();
    for extension in [cel::extensions::strings, cel::extensions::lists, cel::extensions::math] {
        env.add_extension(extension).expect("registered once");
    }
    Arc::new(env)
}

/// The interpreter's boolean, if it has one.
fn interpret(env: &Arc<cel::Env>, text: &str) -> Option<bool> {
    let program = env.compile(text).expect(text);
    let mut context = cel::Context::with_env(Arc::clone(env));
    let resource = cel::to_value(data()).expect("entity data");
    context.add_variable_from_value("resource", resource);
    match program.execute(&context) {
        Ok(cel::Value::Bool(it)) => Some(it),
        _ => None,
    }
}

#[test]
fn both_agree() {
    let env = interpreter();
    let entity = entity();
    let bindings = Bindings::only(Subject::Resource, &entity);
    let config = ProptestConfig { cases: 3000, ..ProptestConfig::default() };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let outcome = runner.run(&expression(), |text| {
        let source = SelectorSource::Cel(text.clone());
        let selector = Selector::compile(&source, Place::Entity(Subject::Resource));
        let ours = selector.expect(&text).matches(&bindings).ok();
        prop_assert_eq!(ours, interpret(&env, &text), "{}", text);
        Ok(())
    });
    outcome.expect("agreement");
}
