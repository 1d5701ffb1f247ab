//! Functions of lists and sets.

use super::text::int;
use crate::select::distinct::Distinct;
use crate::select::effort::Effort;
use crate::select::error::{EvalError, Fault};
use crate::select::function_name::Function;
use crate::select::operator::{no_overload, order};
use crate::select::{List, Value};

/// Longest list that `lists.range` makes.
const MAX_RANGE: i64 = 1_000_000;

/// Evaluates; `None` if no overload takes these types.
pub(super) fn call<'a>(
    function: Function,
    args: &[Value<'a>],
    effort: &mut Effort<'_>,
) -> Result<Option<Value<'a>>, Fault> {
    use Function as F;
    Ok(Some(match (function, args) {
        (F::Reverse, [Value::Text(text)]) => {
            effort.spend(text.len())?;
            Value::built_text(text.chars().rev().collect::<String>())
        }
        (F::Reverse, [Value::List(list)]) => {
            let mut items: Vec<_> = list.iter().collect();
            items.reverse();
            Value::built_list(items)
        }
        (F::Join, [Value::List(list)]) => join(list, "", effort)?,
        (F::Join, [Value::List(list), Value::Text(separator)]) => join(list, separator, effort)?,
        (F::Slice, [Value::List(list), Value::Int(start), Value::Int(end)]) => {
            slice(list, *start, *end)?
        }
        (F::Flatten, [Value::List(list)]) => flatten(list, 1, effort)?,
        (F::Flatten, [Value::List(list), Value::Int(depth)]) => flatten(list, *depth, effort)?,
        (F::Distinct, [Value::List(list)]) => {
            let (mut kept, mut known) = (Vec::new(), Distinct::with_room_for(0));
            for item in list.iter() {
                if known.insert(&item, effort)? {
                    kept.push(item);
                }
            }
            Value::built_list(kept)
        }
        (F::Sort, [Value::List(list)]) => {
            let mut items: Vec<_> = list.iter().collect();
            sort(&mut items, |item| item, function.name(), effort)?;
            Value::built_list(items)
        }
        (F::Range, [Value::Int(count)]) => {
            if !(0..=MAX_RANGE).contains(count) {
                return Err(refuse(function, format!("{count} is not in 0..={MAX_RANGE}")));
            }
            effort.spend(usize::try_from(*count).unwrap_or(usize::MAX))?;
            Value::built_list((0..*count).map(Value::Int).collect::<Vec<_>>())
        }
        (F::SetContains, [Value::List(left), Value::List(right)]) => {
            Value::Bool(includes(left, right, effort)?)
        }
        (F::SetEquivalent, [Value::List(left), Value::List(right)]) => {
            Value::Bool(includes(left, right, effort)? && includes(right, left, effort)?)
        }
        (F::SetIntersects, [Value::List(left), Value::List(right)]) => {
            let right = Distinct::of(right.iter(), effort)?;
            Value::Bool(any_in(left, &right, effort)?)
        }
        _ => return Ok(None),
    }))
}

/// Whether some element of a list is in a set.
fn any_in(list: &List<'_>, set: &Distinct<'_>, effort: &mut Effort<'_>) -> Result<bool, Fault> {
    for item in list.iter() {
        if set.contains(&item, effort)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether every element of `part` is in `whole`.
fn includes(whole: &List<'_>, part: &List<'_>, effort: &mut Effort<'_>) -> Result<bool, Fault> {
    let whole = Distinct::of(whole.iter(), effort)?;
    for item in part.iter() {
        if !whole.contains(&item, effort)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn refuse(function: Function, message: String) -> Fault {
    EvalError::Function { function: function.name(), message }.into()
}

fn join<'a>(list: &List<'a>, separator: &str, effort: &mut Effort<'_>) -> Result<Value<'a>, Fault> {
    let mut joined = String::new();
    for (slot, item) in list.iter().enumerate() {
        let Value::Text(text) = &item else {
            return Err(no_overload(Function::Join.name(), &[&item]));
        };
        effort.spend(text.len() + separator.len())?;
        if slot > 0 {
            joined.push_str(separator);
        }
        joined.push_str(text);
    }
    Ok(Value::built_text(joined))
}

fn slice<'a>(list: &List<'a>, start: i64, end: i64) -> Result<Value<'a>, Fault> {
    let range = (usize::try_from(start), usize::try_from(end));
    match range {
        (Ok(from), Ok(to)) if from <= to && to <= list.len() => {
            Ok(Value::built_list(list.iter().skip(from).take(to - from).collect::<Vec<_>>()))
        }
        _ => {
            let length = int(list.len());
            Err(refuse(Function::Slice, format!("no {start}..{end} in a list of {length}")))
        }
    }
}

fn flatten<'a>(list: &List<'a>, depth: i64, effort: &mut Effort<'_>) -> Result<Value<'a>, Fault> {
    if depth < 0 {
        return Err(refuse(Function::Flatten, format!("negative level: {depth}")));
    }
    let mut flat = Vec::new();
    splice(list, depth, &mut flat, effort)?;
    Ok(Value::built_list(flat))
}

/// Recurses no deeper than values nest.
fn splice<'a>(
    list: &List<'a>,
    depth: i64,
    flat: &mut Vec<Value<'a>>,
    effort: &mut Effort<'_>,
) -> Result<(), Fault> {
    for item in list.iter() {
        effort.spend(1)?;
        match item {
            Value::List(inner) if depth > 0 => splice(&inner, depth - 1, flat, effort)?,
            other => flat.push(other),
        }
    }
    Ok(())
}

/// Sorts by keys, which must be of one ordered type; equal keys keep their order.
///
/// # Errors
/// When two keys are of different types or have no order.
pub(crate) fn sort<'a, T>(
    items: &mut [T],
    key: impl Fn(&T) -> &Value<'a>,
    function: &'static str,
    effort: &mut Effort<'_>,
) -> Result<(), Fault> {
    let comparisons = items.len().checked_ilog2().map_or(0, |it| it as usize);
    let Some(first) = items.first().map(&key) else { return Ok(()) };
    // Checked up front, so that the comparisons of the sort cannot fail: types are equal and no
    // key is NaN, which has no order even with itself.
    for item in items.iter() {
        let item = key(item);
        if item.kind() != first.kind() {
            let message = "the elements are of different types".to_owned();
            return Err(EvalError::Function { function, message }.into());
        }
        order(item, item, function)?;
        effort.spend(comparisons * (1 + item.bytes() / 64))?;
    }
    items.sort_by(|left, right| {
        order(key(left), key(right), function).unwrap_or(std::cmp::Ordering::Equal)
    });
    Ok(())
}
