//! Functions of numbers.

use crate::select::error::{EvalError, Fault};
use crate::select::function_name::Function;
use crate::select::operator::{in_range, no_overload};
use crate::select::{List, Value};

/// Evaluates; `None` if no overload takes these types.
pub(super) fn call<'a>(function: Function, args: &[Value<'a>]) -> Result<Option<Value<'a>>, Fault> {
    use Function as F;
    Ok(Some(match (function, args) {
        (F::Greatest | F::Least, [Value::List(list)]) => extreme(function, list)?,
        (F::Greatest | F::Least, args) => extreme(function, &List::Built(args.into()))?,
        (F::Ceil, [Value::Double(number)]) => Value::Double(number.ceil()),
        (F::Floor, [Value::Double(number)]) => Value::Double(number.floor()),
        (F::Round, [Value::Double(number)]) => Value::Double(number.round()),
        (F::Trunc, [Value::Double(number)]) => Value::Double(number.trunc()),
        (F::IsNan, [Value::Double(number)]) => Value::Bool(number.is_nan()),
        (F::IsInf, [Value::Double(number)]) => Value::Bool(number.is_infinite()),
        (F::IsFinite, [Value::Double(number)]) => Value::Bool(number.is_finite()),
        (F::Abs, [Value::Double(number)]) => Value::Double(number.abs()),
        (F::Abs, [Value::Int(number)]) => {
            Value::Int(in_range(number.checked_abs(), function.name())?)
        }
        (F::Abs, [Value::Uint(number)]) => Value::Uint(*number),
        (F::Sign, [Value::Double(number)]) => Value::Double(match number.partial_cmp(&0.0) {
            Some(order) => f64::from(order as i8),
            None => f64::NAN,
        }),
        (F::Sign, [Value::Int(number)]) => Value::Int(number.signum()),
        (F::Sign, [Value::Uint(number)]) => Value::Uint((*number).min(1)),
        (F::Sqrt, [number]) if number.number().is_some() => {
            Value::Double(number.number().unwrap_or_default().sqrt())
        }
        (F::BitAnd, [Value::Int(left), Value::Int(right)]) => Value::Int(left & right),
        (F::BitAnd, [Value::Uint(left), Value::Uint(right)]) => Value::Uint(left & right),
        (F::BitOr, [Value::Int(left), Value::Int(right)]) => Value::Int(left | right),
        (F::BitOr, [Value::Uint(left), Value::Uint(right)]) => Value::Uint(left | right),
        (F::BitXor, [Value::Int(left), Value::Int(right)]) => Value::Int(left ^ right),
        (F::BitXor, [Value::Uint(left), Value::Uint(right)]) => Value::Uint(left ^ right),
        (F::BitNot, [Value::Int(number)]) => Value::Int(!number),
        (F::BitNot, [Value::Uint(number)]) => Value::Uint(!number),
        (F::BitShiftLeft, [Value::Int(number), Value::Int(by)]) => {
            Value::Int(shift(function, *by)?.map_or(0, |by| number << by))
        }
        (F::BitShiftLeft, [Value::Uint(number), Value::Int(by)]) => {
            Value::Uint(shift(function, *by)?.map_or(0, |by| number << by))
        }
        // The sign is not extended.
        (F::BitShiftRight, [Value::Int(number), Value::Int(by)]) => {
            let shifted = shift(function, *by)?.map_or(0, |by| number.cast_unsigned() >> by);
            Value::Int(shifted.cast_signed())
        }
        (F::BitShiftRight, [Value::Uint(number), Value::Int(by)]) => {
            Value::Uint(shift(function, *by)?.map_or(0, |by| number >> by))
        }
        _ => return Ok(None),
    }))
}

/// The first of the greatest or least numbers; keeps its type.
fn extreme<'a>(function: Function, numbers: &List<'a>) -> Result<Value<'a>, Fault> {
    let mut best: Option<Value<'a>> = None;
    for number in numbers.iter() {
        if number.number().is_none() {
            return Err(no_overload(function.name(), &[&number]));
        }
        best = Some(match best {
            None => number,
            Some(best) => {
                let order = number.order(&best).ok_or(EvalError::NotOrdered)?;
                let better =
                    if function == Function::Greatest { order.is_gt() } else { order.is_lt() };
                if better { number } else { best }
            }
        });
    }
    best.ok_or_else(|| {
        let message = "the list is empty".to_owned();
        EvalError::Function { function: function.name(), message }.into()
    })
}

/// The bits to shift by; `None` if they are all shifted out.
fn shift(function: Function, by: i64) -> Result<Option<u32>, Fault> {
    if by < 0 {
        let message = format!("negative offset: {by}");
        return Err(EvalError::Function { function: function.name(), message }.into());
    }
    Ok(u32::try_from(by).ok().filter(|by| *by < u64::BITS))
}
