//! The canonical string of a JSON value (SEMANTICS 1.3), the way Go prints it.

use super::Json;
use crate::base::number::{double, fixed, shortest};

/// The canonical string of `value`.
#[must_use]
pub fn canonical(value: &Json) -> String {
    let mut text = String::new();
    write_canonical(&mut text, value);
    text
}

/// Appends the canonical string of `value` to `text`.
pub(crate) fn write_canonical(text: &mut String, value: &Json) {
    match value {
        Json::Number(number) => text.push_str(&fixed(double(number))),
        nested => write_nested(text, nested),
    }
}

fn write_nested(text: &mut String, value: &Json) {
    match value {
        Json::Null => text.push_str("<nil>"),
        Json::Bool(flag) => text.push_str(if *flag { "true" } else { "false" }),
        Json::Number(number) => text.push_str(&shortest(double(number))),
        Json::String(string) => text.push_str(string),
        Json::Array(items) => {
            text.push('[');
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    text.push(' ');
                }
                write_nested(text, item);
            }
            text.push(']');
        }
        Json::Object(map) => {
            text.push_str("map[");
            for (position, (key, item)) in map.iter().enumerate() {
                if position > 0 {
                    text.push(' ');
                }
                text.push_str(key);
                text.push(':');
                write_nested(text, item);
            }
            text.push(']');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SEMANTICS 1.3, the table; then nested numbers around the borders of the plain form.
    const CASES: &[(&str, &str)] = &[
        ("3", "3"),
        ("0.5", "0.5"),
        ("1.50", "1.5"),
        ("0.0000001", "0"),
        ("123456789012345678", "123456789012345680"),
        ("1e21", "1000000000000000000000"),
        ("9223372036854775807", "9223372036854775808"),
        ("null", "<nil>"),
        ("true", "true"),
        ("\"a b\"", "a b"),
        (r#"{"object":{"b":1,"a":"x"}}"#, "map[object:map[a:x b:1]]"),
        ("[1,\"a\"]", "[1 a]"),
        (r#"{"object":{"n":1000000}}"#, "map[object:map[n:1e+06]]"),
        ("-0.0000000001", "-0"),
        ("100", "100"),
        ("0", "0"),
        ("-0", "-0"),
        ("[]", "[]"),
        ("{}", "map[]"),
        ("[null,false,[\"\"]]", "[<nil> false []]"),
        ("[999999,123456.75]", "[999999 123456.75]"),
        ("[1234567]", "[1.234567e+06]"),
        ("[0.0001,0.00001,0.000012]", "[0.0001 1e-05 1.2e-05]"),
        ("[1e21,1.5e300,-2e-7]", "[1e+21 1.5e+300 -2e-07]"),
        ("[0.1,-0,3.0]", "[0.1 -0 3]"),
        ("[1e400,-1e400]", "[+Inf -Inf]"),
    ];

    #[test]
    fn values_print_as_the_tables_say() {
        for (literal, expected) in CASES {
            let value: Json = serde_json::from_str(literal).expect(literal);
            assert_eq!(canonical(&value), *expected, "{literal}");
        }
    }
}
