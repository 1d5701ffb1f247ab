//! Operators on two values: arithmetic and order.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::effort::Effort;
use super::error::{EvalError, Fault};

use super::expr::Arithmetic;
use crate::select::{Span, Value};

/// The value of a binary operator on numbers, texts, lists and times.
pub(super) fn arithmetic<'a>(
    operator: Arithmetic,
    left: Value<'a>,
    right: Value<'a>,
    effort: &mut Effort<'_>,
) -> Result<Value<'a>, Fault> {
    use Arithmetic::{Add, Divide, Modulo, Multiply, Subtract};
    let name = operator.name();
    Ok(match (operator, left, right) {
        (Divide | Modulo, Value::Int(_), Value::Int(0))
        | (Divide | Modulo, Value::Uint(_), Value::Uint(0)) => {
            return Err(EvalError::DivisionByZero.into());
        }
        (_, Value::Int(left), Value::Int(right)) => Value::Int(in_range(
            match operator {
                Add => left.checked_add(right),
                Subtract => left.checked_sub(right),
                Multiply => left.checked_mul(right),
                Divide => left.checked_div(right),
                Modulo => left.checked_rem(right),
            },
            name,
        )?),
        (_, Value::Uint(left), Value::Uint(right)) => Value::Uint(in_range(
            match operator {
                Add => left.checked_add(right),
                Subtract => left.checked_sub(right),
                Multiply => left.checked_mul(right),
                Divide => left.checked_div(right),
                Modulo => left.checked_rem(right),
            },
            name,
        )?),
        (Add, Value::Double(left), Value::Double(right)) => Value::Double(left + right),
        (Subtract, Value::Double(left), Value::Double(right)) => Value::Double(left - right),
        (Multiply, Value::Double(left), Value::Double(right)) => Value::Double(left * right),
        (Divide, Value::Double(left), Value::Double(right)) => Value::Double(left / right),
        (Add, Value::Text(left), Value::Text(right)) => {
            effort.spend(left.len() + right.len())?;
            Value::Text(Cow::Owned(left.into_owned() + &right))
        }
        (Add, Value::Bytes(left), Value::Bytes(right)) => {
            effort.spend(left.len() + right.len())?;
            Value::Bytes(Cow::Owned([left.as_ref(), right.as_ref()].concat()))
        }
        (Add, Value::List(left), Value::List(right)) => {
            effort.spend(left.len() + right.len())?;
            Value::built_list(left.iter().chain(right.iter()).collect::<Vec<_>>())
        }
        (Add, Value::Time(time), Value::Span(span))
        | (Add, Value::Span(span), Value::Time(time)) => {
            Value::Time(in_range(time.plus(span), name)?)
        }
        (Subtract, Value::Time(time), Value::Span(span)) => {
            Value::Time(in_range(time.minus(span), name)?)
        }
        (Subtract, Value::Time(left), Value::Time(right)) => {
            Value::Span(in_range(left.since(right), name)?)
        }
        (Add, Value::Span(left), Value::Span(right)) => {
            Value::Span(Span(in_range(left.0.checked_add(right.0), name)?))
        }
        (Subtract, Value::Span(left), Value::Span(right)) => {
            Value::Span(Span(in_range(left.0.checked_sub(right.0), name)?))
        }
        (_, left, right) => return Err(no_overload(name, &[&left, &right])),
    })
}

/// The order of two values of an ordered type.
pub(crate) fn order(
    left: &Value<'_>,
    right: &Value<'_>,
    function: &'static str,
) -> Result<Ordering, Fault> {
    Ok(match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::Text(left), Value::Text(right)) => left.as_bytes().cmp(right.as_bytes()),
        (Value::Bytes(left), Value::Bytes(right)) => left.cmp(right),
        (Value::Time(left), Value::Time(right)) => left.cmp(right),
        (Value::Span(left), Value::Span(right)) => left.cmp(right),
        _ if left.number().is_some() && right.number().is_some() => {
            left.order(right).ok_or(EvalError::NotOrdered)?
        }
        _ => return Err(no_overload(function, &[left, right])),
    })
}

/// The fault of applying `function` to values of types it does not take.
#[cold]
pub(crate) fn no_overload(function: &'static str, args: &[&Value<'_>]) -> Fault {
    let kinds = args.iter().map(|arg| arg.kind()).collect::<Vec<_>>().join(", ");
    EvalError::NoOverload { function, kinds }.into()
}

/// The result of a checked operation.
pub(crate) fn in_range<T>(result: Option<T>, function: &'static str) -> Result<T, Fault> {
    result.ok_or_else(|| EvalError::OutOfRange { function }.into())
}
