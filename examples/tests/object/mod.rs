//! The one object that an example prints with `--json`.

use serde_json::Value;

use crate::binary::{root, run, stderr, stdout};

/// What the example called `name` prints.
pub(crate) fn printed(name: &str, arguments: &[&[&str]]) -> Value {
    let output = run(name, &[&arguments.concat()[..], &["--json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stderr(&output), "", "progress is for terminals");
    read(name, stdout(&output))
}

/// The object that the example called `name` printed, if it is documented.
pub(crate) fn read(name: &str, text: &str) -> Value {
    let object: Value = serde_json::from_str(text).expect("one object and nothing else");
    check_documented(name, &object);
    object
}

/// The object says which schema it has, and `docs/json.md` has a row for each of its members below the
/// heading of the program.
fn check_documented(name: &str, object: &Value) {
    assert_eq!(object["schema"], Value::from(format!("shakedown/{name}/1")));
    let text = std::fs::read_to_string(root().join("docs/json.md")).expect("it is there");
    let (_, section) = text.split_once(&format!("\n## {name}\n")).expect("it has a section");
    let section = section.split("\n## ").next().expect("text before a heading");
    for key in keys(object).into_iter().filter(|key| *key != "schema") {
        let row = format!("\n| `{key}` |");
        assert!(section.contains(&row), "docs/json.md has no row for `{key}` of {name}");
    }
}

/// The keys of an object.
pub(crate) fn keys(object: &Value) -> Vec<&str> {
    object.as_object().expect("an object").keys().map(String::as_str).collect()
}
