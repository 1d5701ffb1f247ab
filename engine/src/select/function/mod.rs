//! The functions of expressions: what they are called and what they compute.
//!
//! The standard functions of CEL and the strings, math, lists and sets libraries of SEMANTICS 3.1.
//! Indices into text count code points.

mod convert;
mod format;
mod list;
mod number;
mod text;
mod time;

use super::effort::Effort;
use super::error::Fault;
use super::operator::no_overload;
use crate::select::Value;

use crate::select::function_name::Function;
pub(crate) use convert::spelled_bool;
pub(crate) use list::sort;
pub(crate) use time::{is_zone, unknown_zone};

/// The value of `function` applied to `args`.
///
/// # Errors
/// When the arguments are of types or in ranges the function does not take.
pub(crate) fn call<'a>(
    function: Function,
    args: &[Value<'a>],
    effort: &mut Effort<'_>,
) -> Result<Value<'a>, Fault> {
    use Function as F;
    for arg in args {
        // Whatever is done with a text or a list goes through it.
        match arg {
            Value::List(list) if function != F::Size => effort.spend(list.len())?,
            Value::Text(text) => effort.read(text.len())?,
            Value::Bytes(bytes) => effort.read(bytes.len())?,
            _ => {}
        }
    }
    let value = match function {
        F::Size
        | F::Contains
        | F::StartsWith
        | F::EndsWith
        | F::CharAt
        | F::IndexOf
        | F::LastIndexOf
        | F::Split
        | F::Substring
        | F::Replace
        | F::Trim
        | F::LowerAscii
        | F::UpperAscii
        | F::Quote => text::call(function, args, effort)?,
        F::Matches => match args {
            [Value::Text(text), Value::Text(pattern)] => {
                effort.spend(text.len())?;
                Some(Value::Bool(effort.pattern(pattern)?.found_in(text)?))
            }
            _ => None,
        },
        F::Format => format::call(args, effort)?,
        F::ToInt
        | F::ToUint
        | F::ToDouble
        | F::ToText
        | F::ToBytes
        | F::ToBool
        | F::ToTime
        | F::ToSpan
        | F::KindOf
        | F::Dyn => convert::call(function, args)?,
        F::GetFullYear
        | F::GetMonth
        | F::GetDate
        | F::GetDayOfMonth
        | F::GetDayOfWeek
        | F::GetDayOfYear
        | F::GetHours
        | F::GetMinutes
        | F::GetSeconds
        | F::GetMilliseconds => time::call(function, args)?,
        F::Greatest
        | F::Least
        | F::Ceil
        | F::Floor
        | F::Round
        | F::Trunc
        | F::Abs
        | F::Sign
        | F::IsNan
        | F::IsInf
        | F::IsFinite
        | F::Sqrt
        | F::BitAnd
        | F::BitOr
        | F::BitXor
        | F::BitNot
        | F::BitShiftLeft
        | F::BitShiftRight => number::call(function, args)?,
        F::Reverse
        | F::Join
        | F::Slice
        | F::Flatten
        | F::Distinct
        | F::Sort
        | F::Range
        | F::SetContains
        | F::SetEquivalent
        | F::SetIntersects => list::call(function, args, effort)?,
    };
    value.ok_or_else(|| no_overload(function.name(), &args.iter().collect::<Vec<_>>()))
}
