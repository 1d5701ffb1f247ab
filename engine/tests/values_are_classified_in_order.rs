//! Reference, sensitive or literal: the first that fits (SEMANTICS 2.3, values).

use serde_json::{Value as Json, json};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::model::Value;
use shakedown_engine::wire::event::{Entity, Kind};

fn value(sent: &Json) -> Value {
    let variable = json!({"resourceId":"r","key":"k","value":sent});
    let decoded = Entity::decode(Kind::ResourceVariable, &variable, SimTime(0));
    let Ok(Entity::ResourceVariable(variable)) = decoded else {
        unreachable!("any value makes a variable: {decoded:?}")
    };
    variable.value
}

#[test]
fn literals_are_whatever_is_nothing_else() {
    for text in [
        r#""x""#,
        "1",
        "1.50",
        "[1]",
        "{}",
        "null",
        "false",
        r#"{"reference":"db"}"#,
        r#"{"reference":"","path":["a"]}"#,
        r#"{"reference":"db","path":null}"#,
        r#"{"reference":1,"path":[]}"#,
        r#"{"valueHash":""}"#,
        r#"{"object":{"reference":"db","path":["a"]}}"#,
    ] {
        let sent: Json = serde_json::from_str(text).expect(text);
        let Value::Literal(literal) = value(&sent) else { panic!("{text}") };
        // Number literals compare by their digits.
        assert_eq!(literal, sent, "kept verbatim");
    }
}

#[test]
fn references_ignore_extra_keys_and_may_have_an_empty_path() {
    for (sent, path) in [
        (json!({"reference":"db","path":["config","host"]}), vec!["config", "host"]),
        (json!({"reference":"db","path":[],"object":{}}), vec![]),
        (json!({"reference":"db","path":["a"],"valueHash":"h"}), vec!["a"]),
    ] {
        let path = path.into_iter().map(str::to_owned).collect();
        let expected = Value::Reference { reference: "db".to_owned(), path };
        assert_eq!(value(&sent), expected, "{sent}");
    }
}

#[test]
fn a_hash_is_sensitive() {
    for sent in [json!({"valueHash":"h"}), json!({"valueHash":"h","reference":"db"})] {
        assert_eq!(value(&sent), Value::Sensitive { value_hash: "h".to_owned() }, "{sent}");
    }
}
