//! Functions of text.

use crate::select::effort::Effort;
use crate::select::error::{EvalError, Fault};
use crate::select::function_name::Function;
use crate::select::{Map, Value};

/// Evaluates; `None` if no overload takes these types.
pub(super) fn call<'a>(
    function: Function,
    args: &[Value<'a>],
    effort: &mut Effort<'_>,
) -> Result<Option<Value<'a>>, Fault> {
    use Function as F;
    if function == F::Size {
        return Ok(size(&args[0]).map(|size| Value::Int(int(size))));
    }
    let Value::Text(this) = &args[0] else { return Ok(None) };
    Ok(Some(match (function, &args[1..]) {
        (F::Contains, [Value::Text(part)]) => Value::Bool(this.contains(part.as_ref())),
        (F::StartsWith, [Value::Text(part)]) => Value::Bool(this.starts_with(part.as_ref())),
        (F::EndsWith, [Value::Text(part)]) => Value::Bool(this.ends_with(part.as_ref())),
        (F::CharAt, [Value::Int(index)]) => {
            let at = point(this, *index).ok_or_else(|| out_of_range(function, *index))?;
            Value::built_text(this[at..].chars().next().map(String::from).unwrap_or_default())
        }
        (F::IndexOf, [Value::Text(part)]) => Value::Int(index_of(this, part, 0)?),
        (F::IndexOf, [Value::Text(part), Value::Int(from)]) => {
            Value::Int(index_of(this, part, *from)?)
        }
        (F::LastIndexOf, [Value::Text(part)]) => Value::Int(match this.rfind(part.as_ref()) {
            Some(at) => int(this[..at].chars().count()),
            None => -1,
        }),
        (F::LastIndexOf, [Value::Text(part), Value::Int(from)]) => {
            Value::Int(last_index_of(this, part, *from)?)
        }
        (F::Split, [Value::Text(separator)]) => split(this, separator, -1, effort)?,
        (F::Split, [Value::Text(separator), Value::Int(count)]) => {
            split(this, separator, *count, effort)?
        }
        (F::Substring, [Value::Int(start)]) => {
            let start = point(this, *start).ok_or_else(|| out_of_range(function, *start))?;
            made(&this[start..], effort)?
        }
        (F::Substring, [Value::Int(start), Value::Int(end)]) => {
            if start > end {
                let message = format!("the range {start}..{end} is reversed");
                return Err(EvalError::Function { function: function.name(), message }.into());
            }
            let from = point(this, *start).ok_or_else(|| out_of_range(function, *start))?;
            let to = point(this, *end).ok_or_else(|| out_of_range(function, *end))?;
            made(&this[from..to], effort)?
        }
        (F::Replace, [Value::Text(from), Value::Text(to)]) => replace(this, from, to, -1, effort)?,
        (F::Replace, [Value::Text(from), Value::Text(to), Value::Int(count)]) => {
            replace(this, from, to, *count, effort)?
        }
        (F::Trim, []) => made(this.trim(), effort)?,
        (F::LowerAscii, []) => made(this.to_ascii_lowercase(), effort)?,
        (F::UpperAscii, []) => made(this.to_ascii_uppercase(), effort)?,
        (F::Quote, []) => made(quote(this), effort)?,
        _ => return Ok(None),
    }))
}

fn size(value: &Value<'_>) -> Option<usize> {
    Some(match value {
        Value::Text(text) => text.chars().count(),
        Value::Bytes(bytes) => bytes.len(),
        Value::List(list) => list.len(),
        Value::Map(map) => Map::len(map),
        _ => return None,
    })
}

/// A text that was made, and what making it took.
fn made<'a>(
    text: impl Into<String> + AsRef<str>,
    effort: &mut Effort<'_>,
) -> Result<Value<'a>, Fault> {
    effort.read(text.as_ref().len())?;
    Ok(Value::built_text(text))
}

/// A count as an expression's integer.
pub(super) fn int(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The byte where code point `index` begins; the end counts as one more point.
fn point(text: &str, index: i64) -> Option<usize> {
    let index = usize::try_from(index).ok()?;
    let ends = std::iter::once(text.len());
    text.char_indices().map(|(at, _)| at).chain(ends).nth(index)
}

fn out_of_range(function: Function, index: i64) -> Fault {
    let message = format!("index out of range: {index}");
    EvalError::Function { function: function.name(), message }.into()
}

/// Index of the first occurrence at or after `from`; -1 if there is none, also when `from` lies
/// beyond the text. The empty part is found at `from`.
fn index_of(text: &str, part: &str, from: i64) -> Result<i64, Fault> {
    if part.is_empty() {
        return Ok(from);
    }
    if from < 0 {
        return Err(out_of_range(Function::IndexOf, from));
    }
    let Some(start) = point(text, from) else { return Ok(-1) };
    Ok(text[start..].find(part).map_or(-1, |at| int(text[..start + at].chars().count())))
}

/// Index of the last occurrence that begins at or before `from`; -1 if there is none, also when
/// `from` lies beyond the text. The empty part is found at `from`.
fn last_index_of(text: &str, part: &str, from: i64) -> Result<i64, Fault> {
    if part.is_empty() {
        return Ok(from);
    }
    if from < 0 {
        return Err(out_of_range(Function::LastIndexOf, from));
    }
    let Some(start) = point(text, from).filter(|start| *start < text.len()) else {
        return Ok(-1);
    };
    let end = text.len().min(start + part.len());
    let end = (end..=text.len()).find(|end| text.is_char_boundary(*end)).unwrap_or(text.len());
    let found = text[..end].rfind(part).filter(|at| *at <= start);
    Ok(found.map_or(-1, |at| int(text[..at].chars().count())))
}

/// At most `count` parts, the last with what remains; all of them if `count` is negative. The empty
/// separator splits between code points.
fn split<'a>(
    text: &str,
    separator: &str,
    count: i64,
    effort: &mut Effort<'_>,
) -> Result<Value<'a>, Fault> {
    effort.spend(text.len())?;
    let limit = usize::try_from(count).unwrap_or(usize::MAX);
    let part = |part: &str| Value::built_text(part);
    let parts: Vec<_> = if limit == 0 {
        Vec::new()
    } else if separator.is_empty() {
        let mut points = text.char_indices().map(|(at, _)| at);
        let starts: Vec<usize> = points.by_ref().take(limit).collect();
        let ends = starts.iter().skip(1).copied().chain([text.len()]);
        starts.iter().zip(ends).map(|(start, end)| part(&text[*start..end])).collect()
    } else {
        text.splitn(limit, separator).map(part).collect()
    };
    Ok(Value::built_list(parts))
}

/// Replaces the first `count` occurrences; all of them if `count` is negative.
fn replace<'a>(
    text: &str,
    from: &str,
    to: &str,
    count: i64,
    effort: &mut Effort<'_>,
) -> Result<Value<'a>, Fault> {
    let limit = usize::try_from(count).unwrap_or(usize::MAX);
    let found = text.matches(from).take(limit).count();
    effort.spend(text.len().saturating_add(found.saturating_mul(to.len())))?;
    Ok(Value::built_text(text.replacen(from, to, limit)))
}

/// The text as a double-quoted CEL literal.
fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '\u{7}' => quoted.push_str("\\a"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{b}' => quoted.push_str("\\v"),
            '\u{c}' => quoted.push_str("\\f"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\\' => quoted.push_str("\\\\"),
            '"' => quoted.push_str("\\\""),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}
