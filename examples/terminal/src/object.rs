//! What `--json` prints: one object, whose `schema` says what its members mean.
//!
//! `docs/json.md` has the members of every program. A member that gets another meaning or goes makes
//! another version of all schemas; one that comes makes none.

use serde_json::Value;

/// The version of every schema.
const VERSION: u32 = 1;

/// The name of what a program prints.
#[must_use]
pub fn schema(program: &str) -> String {
    format!("shakedown/{program}/{VERSION}")
}

/// The object that a program prints, as text.
#[must_use]
pub fn printed(program: &str, mut object: Value) -> String {
    object["schema"] = Value::from(schema(program));
    format!("{object:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_say_what_they_are() {
        let text = printed("load", serde_json::json!({ "targets": 3 }));
        assert_eq!(text, "{\n  \"schema\": \"shakedown/load/1\",\n  \"targets\": 3\n}\n");
    }
}
