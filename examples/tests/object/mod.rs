//! The one object that an example prints with `--json`.

use serde_json::Value;

use crate::binary::{run, stderr, stdout};

/// What the example called `name` prints.
pub(crate) fn printed(name: &str, arguments: &[&[&str]]) -> Value {
    let output = run(name, &[&arguments.concat()[..], &["--json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stderr(&output), "", "progress is for terminals");
    serde_json::from_str(stdout(&output)).expect("one object and nothing else")
}

/// The keys of an object.
pub(crate) fn keys(object: &Value) -> Vec<&str> {
    object.as_object().expect("an object").keys().map(String::as_str).collect()
}
