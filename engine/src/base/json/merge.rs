//! Equality by value and deep merge.

use super::{Json, JsonMap};
use crate::base::number::{double, is_zero};

/// Whether two values are equal when numbers are compared as doubles (`1` equals `1.0`).
#[must_use]
pub fn equal(left: &Json, right: &Json) -> bool {
    match (left, right) {
        (Json::Number(left), Json::Number(right)) => {
            left == right || double(left).total_cmp(&double(right)).is_eq() || {
                // Zero has two signs and one value.
                is_zero(double(left)) && is_zero(double(right))
            }
        }
        (Json::Array(left), Json::Array(right)) => {
            left.len() == right.len()
                && left.iter().zip(right).all(|(left, right)| equal(left, right))
        }
        (Json::Object(left), Json::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|((key, left), (other, right))| key == other && equal(left, right))
        }
        (left, right) => left == right,
    }
}

/// Merges `over` into `base`: objects merge recursively, everything else is replaced
/// (SEMANTICS 10.4).
pub fn merge(base: &mut JsonMap, over: &JsonMap) {
    for (key, value) in over {
        match (base.get_mut(key), value) {
            (Some(Json::Object(base)), Json::Object(over)) => merge(base, over),
            (Some(base), value) => *base = value.clone(),
            (None, value) => {
                base.insert(key.clone(), value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Json {
        serde_json::from_str(text).expect(text)
    }

    #[test]
    fn numbers_are_equal_by_value() {
        for (left, right, expected) in [
            ("1", "1.0", true),
            ("100", "1e2", true),
            ("0", "-0.0", true),
            ("9007199254740993", "9007199254740992", true),
            ("1", "2", false),
            ("1", "\"1\"", false),
            ("null", "false", false),
            (r#"{"a":[1,{"b":2}]}"#, r#"{"a":[1.0,{"b":2e0}]}"#, true),
            (r#"{"a":1}"#, r#"{"b":1}"#, false),
            (r#"{"a":1}"#, r#"{"a":1,"b":1}"#, false),
            ("[1,2]", "[1]", false),
        ] {
            assert_eq!(equal(&json(left), &json(right)), expected, "{left} and {right}");
        }
    }

    /// SEMANTICS 10.4, the vector; then nesting and replacement of different kinds.
    #[test]
    fn later_objects_win_member_by_member() {
        for (base, over, expected) in [
            (
                r#"{"namespace":"a","timeout":300}"#,
                r#"{"timeout":600,"replicas":2}"#,
                r#"{"namespace":"a","timeout":600,"replicas":2}"#,
            ),
            (r#"{"a":{"x":1,"y":2}}"#, r#"{"a":{"y":3}}"#, r#"{"a":{"x":1,"y":3}}"#),
            (r#"{"a":{"x":1}}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#),
            (r#"{"a":[1,2]}"#, r#"{"a":[3]}"#, r#"{"a":[3]}"#),
            (r#"{"a":1}"#, r#"{"a":null}"#, r#"{"a":null}"#),
        ] {
            let (Json::Object(mut merged), Json::Object(over)) = (json(base), json(over)) else {
                unreachable!("the cases are objects");
            };
            merge(&mut merged, &over);
            assert_eq!(Json::Object(merged), json(expected));
        }
    }
}
