//! Conversions between types.

use std::borrow::Cow;

use crate::base::number::shortest;
use crate::select::error::{EvalError, Fault};
use crate::select::function_name::Function;
use crate::select::operator::in_range;
use crate::select::{Instant, Span, Value};

/// Evaluates; `None` if no overload takes these types.
pub(super) fn call<'a>(function: Function, args: &[Value<'a>]) -> Result<Option<Value<'a>>, Fault> {
    use Function as F;
    let name = function.name();
    let [value] = args else { return Ok(None) };
    let unreadable = |text: &str| -> Fault {
        EvalError::Conversion { function: name, text: text.to_owned() }.into()
    };
    Ok(Some(match (function, value) {
        (F::Dyn, value)
        | (F::ToInt, value @ Value::Int(_))
        | (F::ToUint, value @ Value::Uint(_))
        | (F::ToDouble, value @ Value::Double(_))
        | (F::ToText, value @ Value::Text(_))
        | (F::ToBytes, value @ Value::Bytes(_))
        | (F::ToBool, value @ Value::Bool(_))
        | (F::ToTime, value @ Value::Time(_))
        | (F::ToSpan, value @ Value::Span(_)) => value.clone(),
        (F::KindOf, value) => Value::Kind(value.kind()),
        (F::ToInt, Value::Uint(number)) => Value::Int(in_range(i64::try_from(*number).ok(), name)?),
        (F::ToInt, Value::Double(number)) => Value::Int(in_range(truncate(*number), name)?),
        (F::ToInt, Value::Text(text)) => Value::Int(text.parse().map_err(|_| unreadable(text))?),
        (F::ToInt, Value::Time(time)) => Value::Int(time.seconds()),
        (F::ToInt, Value::Span(span)) => Value::Int(span.0),
        (F::ToUint, Value::Int(number)) => {
            Value::Uint(in_range(u64::try_from(*number).ok(), name)?)
        }
        (F::ToUint, Value::Double(number)) => {
            Value::Uint(in_range(truncate_unsigned(*number), name)?)
        }
        (F::ToUint, Value::Text(text)) => {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            let number = text.parse().ok().filter(|_| digits);
            Value::Uint(number.ok_or_else(|| unreadable(text))?)
        }
        (F::ToDouble, Value::Int(_) | Value::Uint(_)) => {
            Value::Double(value.number().unwrap_or_default())
        }
        (F::ToDouble, Value::Text(text)) => {
            let number: f64 = text.parse().map_err(|_| unreadable(text))?;
            // Digits that overflow are refused; the word for infinity is not.
            if number.is_infinite() && text.bytes().any(|byte| byte.is_ascii_digit()) {
                return Err(unreadable(text));
            }
            Value::Double(number)
        }
        (F::ToText, Value::Bool(it)) => Value::built_text(it.to_string()),
        (F::ToText, Value::Int(number)) => Value::built_text(number.to_string()),
        (F::ToText, Value::Uint(number)) => Value::built_text(number.to_string()),
        (F::ToText, Value::Double(number)) => Value::built_text(shortest(*number)),
        (F::ToText, Value::Bytes(bytes)) => match std::str::from_utf8(bytes) {
            Ok(text) => Value::built_text(text),
            Err(_) => return Err(unreadable("bytes")),
        },
        (F::ToText, Value::Time(time)) => Value::built_text(time.to_string()),
        (F::ToText, Value::Span(span)) => Value::built_text(span.to_string()),
        (F::ToBytes, Value::Text(text)) => {
            Value::Bytes(Cow::Owned(text.clone().into_owned().into_bytes()))
        }
        (F::ToBool, Value::Text(text)) => {
            Value::Bool(spelled_bool(text).ok_or_else(|| unreadable(text))?)
        }
        (F::ToTime, Value::Int(seconds)) => {
            Value::Time(in_range(Instant::from_seconds(*seconds), name)?)
        }
        (F::ToTime, Value::Text(text)) => {
            Value::Time(Instant::parse(text).ok_or_else(|| unreadable(text))?)
        }
        (F::ToSpan, Value::Text(text)) => {
            Value::Span(Span::parse(text).ok_or_else(|| unreadable(text))?)
        }
        _ => return Ok(None),
    }))
}

/// The boolean a string spells (SEMANTICS 3.1).
pub(crate) fn spelled_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "checked: in range")]
fn truncate(number: f64) -> Option<i64> {
    let limit = 9_223_372_036_854_775_808.0;
    (number > -limit && number < limit).then_some(number as i64)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked: in range")]
fn truncate_unsigned(number: f64) -> Option<u64> {
    (0.0..18_446_744_073_709_551_616.0).contains(&number).then_some(number as u64)
}
