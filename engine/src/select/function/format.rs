//! `text.format(list)`: printf-style substitution.
//!
//! Vocabulary: a *clause* is `%[.precision]letter` and takes the next element of the list; `%%` is
//! a percent sign.

use crate::base::number::scientific;
use crate::select::effort::Effort;
use crate::select::error::{EvalError, Fault};
use crate::select::function_name::Function;
use crate::select::{List, Value};

/// Digits after the point where a clause does not say.
const PRECISION: usize = 6;
/// Most digits a clause may ask for.
const MAX_PRECISION: usize = 100;

/// Evaluates; `None` if no overload takes these types.
pub(super) fn call<'a>(
    args: &[Value<'a>],
    effort: &mut Effort<'_>,
) -> Result<Option<Value<'a>>, Fault> {
    let [Value::Text(template), Value::List(list)] = args else { return Ok(None) };
    let mut written = String::with_capacity(template.len());
    let mut rest = template.as_ref();
    let mut next = 0;
    while let Some(at) = rest.find('%') {
        written.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            written.push('%');
            rest = after;
            continue;
        }
        let before = written.len();
        rest = clause(rest, list, next, &mut written, effort).map_err(|reason| {
            reason.unwrap_or_else(|message| {
                EvalError::Function { function: Function::Format.name(), message }.into()
            })
        })?;
        effort.spend(written.len() - before)?;
        next += 1;
    }
    written.push_str(rest);
    effort.spend(template.len())?;
    Ok(Some(Value::built_text(written)))
}

/// Writes one clause; what follows it.
fn clause<'t>(
    text: &'t str,
    list: &List<'_>,
    next: usize,
    written: &mut String,
    effort: &mut Effort<'_>,
) -> Result<&'t str, Result<Fault, String>> {
    let value = list.get(next).ok_or_else(|| Err(format!("there is no element {next}")))?;
    let (precision, rest) = precision(text).map_err(Err)?;
    let mut letters = rest.chars();
    let letter = letters.next().ok_or_else(|| Err("the text ends in a clause".to_owned()))?;
    let done = match letter {
        's' => display(&value, written, effort).map_err(Ok)?,
        _ => write(letter, precision, &value, written),
    };
    match done {
        Some(()) => Ok(letters.as_str()),
        None => Err(Err(format!("`%{letter}` does not take {}", value.kind()))),
    }
}

/// The precision at the start of a clause, and what follows it.
fn precision(text: &str) -> Result<(usize, &str), String> {
    let Some(rest) = text.strip_prefix('.') else { return Ok((PRECISION, text)) };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    match rest[..digits].parse() {
        Ok(precision) if precision <= MAX_PRECISION => Ok((precision, &rest[digits..])),
        _ => Err(format!("a precision is a number up to {MAX_PRECISION}")),
    }
}

/// Writes every clause but `%s`; `None` if it does not take the value.
fn write(letter: char, precision: usize, value: &Value<'_>, written: &mut String) -> Option<()> {
    let text = match (letter, value) {
        ('d', Value::Int(number)) => number.to_string(),
        ('d', Value::Uint(number)) => number.to_string(),
        ('d', Value::Double(number)) => decimal(*number),
        ('f', value) => {
            let number = value.number()?;
            not_finite(number).map_or_else(|| format!("{number:.precision$}"), str::to_owned)
        }
        ('e', value) => {
            let number = value.number()?;
            not_finite(number).map_or_else(|| scientific(number, precision), str::to_owned)
        }
        ('b', Value::Bool(it)) => u8::from(*it).to_string(),
        ('b', Value::Int(number)) => format!("{}{:b}", sign(*number), number.unsigned_abs()),
        ('b', Value::Uint(number)) => format!("{number:b}"),
        ('o', Value::Int(number)) => format!("{}{:o}", sign(*number), number.unsigned_abs()),
        ('o', Value::Uint(number)) => format!("{number:o}"),
        ('x', Value::Int(number)) => format!("{}{:x}", sign(*number), number.unsigned_abs()),
        ('x', Value::Uint(number)) => format!("{number:x}"),
        ('X', Value::Int(number)) => format!("{}{:X}", sign(*number), number.unsigned_abs()),
        ('X', Value::Uint(number)) => format!("{number:X}"),
        ('x', Value::Text(text)) => text.bytes().map(|byte| format!("{byte:02x}")).collect(),
        ('X', Value::Text(text)) => text.bytes().map(|byte| format!("{byte:02X}")).collect(),
        ('x', Value::Bytes(bytes)) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        ('X', Value::Bytes(bytes)) => bytes.iter().map(|byte| format!("{byte:02X}")).collect(),
        _ => return None,
    };
    written.push_str(&text);
    Some(())
}

/// Writes any value as `%s` does: maps in the order of their keys' texts.
fn display(
    value: &Value<'_>,
    written: &mut String,
    effort: &mut Effort<'_>,
) -> Result<Option<()>, Fault> {
    effort.spend(1)?;
    match value {
        Value::Null => written.push_str("null"),
        Value::Bool(it) => written.push_str(&it.to_string()),
        Value::Int(number) => written.push_str(&number.to_string()),
        Value::Uint(number) => written.push_str(&number.to_string()),
        Value::Double(number) => written.push_str(&decimal(*number)),
        Value::Text(text) => written.push_str(text),
        Value::Bytes(bytes) => written.push_str(&String::from_utf8_lossy(bytes)),
        Value::Time(time) => written.push_str(&time.to_string()),
        Value::Span(span) => written.push_str(&span.to_string()),
        Value::Kind(name) => written.push_str(name),
        Value::List(list) => {
            written.push('[');
            for (slot, item) in list.iter().enumerate() {
                written.push_str(if slot > 0 { ", " } else { "" });
                display(&item, written, effort)?;
            }
            written.push(']');
        }
        Value::Map(map) => {
            let mut entries = Vec::new();
            for key in map.keys() {
                let (mut name, mut text) = (String::new(), String::new());
                display(&key, &mut name, effort)?;
                display(&map.at(&key)?, &mut text, effort)?;
                entries.push((name, text));
            }
            entries.sort();
            let entries: Vec<_> =
                entries.into_iter().map(|(key, value)| format!("{key}: {value}")).collect();
            written.push('{');
            written.push_str(&entries.join(", "));
            written.push('}');
        }
    }
    Ok(Some(()))
}

fn not_finite(number: f64) -> Option<&'static str> {
    match number {
        _ if number.is_nan() => Some("NaN"),
        f64::INFINITY => Some("Infinity"),
        f64::NEG_INFINITY => Some("-Infinity"),
        _ => None,
    }
}

/// The fewest digits that read back as `number`, without an exponent.
fn decimal(number: f64) -> String {
    not_finite(number).map_or_else(|| number.to_string(), str::to_owned)
}

fn sign(number: i64) -> &'static str {
    if number < 0 { "-" } else { "" }
}
