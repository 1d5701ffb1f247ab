//! The texts by which property matchers compare (SEMANTICS 5.2).
//!
//! Invariant: the text is a function of the value, so values that share an atom have one text; for
//! that reason numbers inside objects are written as doubles too, however they were spelled.

use std::borrow::Cow;
use std::fmt::Write;

use crate::base::json::Json;
use crate::base::number::{double, shortest_json, without_sign_of_zero};
use crate::model::PropertyOperator;
use crate::select::Pattern;
use crate::select::{Atom, AtomValue, Atoms};

/// The text of an atom; `None` where there is nothing to compare: no value, null, a list.
pub(super) fn text_of(atoms: &Atoms, atom: Atom) -> Option<Cow<'_, str>> {
    Some(match atoms.get(atom)? {
        AtomValue::Null | AtomValue::List(_) => return None,
        AtomValue::Bool(flag) => Cow::Borrowed(if *flag { "true" } else { "false" }),
        AtomValue::Number(number) => Cow::Owned(format!("{number:.6}")),
        AtomValue::Text(text) => Cow::Borrowed(text),
        AtomValue::Time(time) => Cow::Owned(time.to_string()),
        AtomValue::Map(map) => {
            let mut text = String::from("{\"object\":");
            write_members(&mut text, map.iter());
            text.push('}');
            Cow::Owned(text)
        }
    })
}

/// Whether `operator` holds between two texts; `pattern` is the second one as a pattern.
pub(super) fn holds(
    operator: PropertyOperator,
    from: &str,
    to: &str,
    pattern: impl FnOnce() -> bool,
) -> bool {
    match operator {
        PropertyOperator::Equals => from == to,
        PropertyOperator::NotEquals => from != to,
        PropertyOperator::Contains => from.contains(to),
        PropertyOperator::StartsWith => from.starts_with(to),
        PropertyOperator::EndsWith => from.ends_with(to),
        PropertyOperator::Regex => pattern(),
    }
}

/// Whether a pattern is found in `text`; a bad pattern is found nowhere.
pub(super) fn is_found(pattern: &Pattern, text: &str) -> bool {
    pattern.found_in(text).unwrap_or(false)
}

fn write_members<'a>(text: &mut String, members: impl Iterator<Item = (&'a String, &'a Json)>) {
    text.push('{');
    for (position, (key, value)) in members.enumerate() {
        if position > 0 {
            text.push(',');
        }
        write!(text, "{}:", Json::String(key.clone())).expect("writing to a string cannot fail");
        write_compact(text, value);
    }
    text.push('}');
}

fn write_compact(text: &mut String, value: &Json) {
    match value {
        Json::Number(number) => {
            text.push_str(&shortest_json(without_sign_of_zero(double(number))));
        }
        Json::Array(items) => {
            text.push('[');
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    text.push(',');
                }
                write_compact(text, item);
            }
            text.push(']');
        }
        Json::Object(map) => write_members(text, map.iter()),
        scalar => write!(text, "{scalar}").expect("writing to a string cannot fail"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SEMANTICS 5.2, then spellings of numbers inside objects.
    #[test]
    fn values_compare_by_their_texts() {
        for (json, expected) in [
            (r#""8080""#, Some("8080")),
            ("8080", Some("8080.000000")),
            ("8080.0", Some("8080.000000")),
            ("-0", Some("0.000000")),
            ("0.12345678", Some("0.123457")),
            ("123456789012", Some("123456789012.000000")),
            ("true", Some("true")),
            ("null", None),
            ("[1,2]", None),
            (
                r#"{"b":[1,"x",null],"a":{"t":true}}"#,
                Some(r#"{"object":{"a":{"t":true},"b":[1,"x",null]}}"#),
            ),
            (
                r#"{"n":1.0,"big":1e21,"small":-1.5e-7,"q\"":"ä\n"}"#,
                Some(r#"{"object":{"big":1e+21,"n":1,"q\"":"ä\n","small":-1.5e-7}}"#),
            ),
            (
                r#"{"x":0.000001,"y":100000000000000000000}"#,
                Some(r#"{"object":{"x":0.000001,"y":100000000000000000000}}"#),
            ),
        ] {
            let value: Json = serde_json::from_str(json).expect(json);
            let mut atoms = Atoms::default();
            let atom = atoms.intern_json(&value);
            assert_eq!(text_of(&atoms, atom).as_deref(), expected, "{json}");
        }
    }
}
