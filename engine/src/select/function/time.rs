//! Parts of timestamps and durations.

use crate::base::time::{HOUR, MINUTE, SECOND};
use crate::base::zone::Zone;
use crate::select::error::{EvalError, Fault};
use crate::select::function_name::Function;
use crate::select::{Instant, Span, Value};

/// Evaluates; `None` if no overload takes these types. Months, days of month (except `getDate`),
/// days of year and days of week count from zero, weeks from Sunday.
pub(super) fn call<'a>(function: Function, args: &[Value<'a>]) -> Result<Option<Value<'a>>, Fault> {
    use Function as F;
    let (time, offset) = match args {
        [Value::Span(span)] => return Ok(of_span(function, *span).map(Value::Int)),
        [Value::Time(time)] => (time, 0),
        [Value::Time(time), Value::Text(zone)] => (time, offset(zone, *time, function)?),
        _ => return Ok(None),
    };
    let civil = time.civil(offset);
    Ok(Some(Value::Int(match function {
        F::GetFullYear => civil.year,
        F::GetMonth => civil.month - 1,
        F::GetDate => civil.day,
        F::GetDayOfMonth => civil.day - 1,
        F::GetDayOfWeek => civil.weekday,
        F::GetDayOfYear => civil.day_of_year,
        F::GetHours => civil.hour,
        F::GetMinutes => civil.minute,
        F::GetSeconds => civil.second,
        F::GetMilliseconds => civil.nanosecond / 1_000_000,
        _ => return Ok(None),
    })))
}

fn of_span(function: Function, span: Span) -> Option<i64> {
    Some(match function {
        Function::GetHours => span.0 / HOUR,
        Function::GetMinutes => span.0 / MINUTE,
        Function::GetSeconds => span.0 / SECOND,
        Function::GetMilliseconds => span.0 / 1_000_000,
        _ => return None,
    })
}

/// Seconds east of UTC, at an instant, of a zone as CEL names it.
fn offset(zone: &str, time: Instant, function: Function) -> Result<i64, Fault> {
    if let Some(offset) = fixed_offset(zone) {
        return Ok(offset);
    }
    match Zone::named(zone) {
        Some(zone) => Ok(zone.offset(time.seconds())),
        None => {
            let message = unknown_zone(zone);
            Err(EvalError::Function { function: function.name(), message }.into())
        }
    }
}

/// Whether there is a zone of this name: `UTC`, an offset such as `-05:30`, or an IANA name.
pub(crate) fn is_zone(zone: &str) -> bool {
    fixed_offset(zone).is_some() || Zone::named(zone).is_some()
}

/// What to say of a zone that does not exist.
pub(crate) fn unknown_zone(zone: &str) -> String {
    format!("unknown time zone `{zone}`: expected one such as `America/New_York` or `-05:00`")
}

fn fixed_offset(zone: &str) -> Option<i64> {
    if zone.is_empty() || zone == "UTC" {
        return Some(0);
    }
    let (hours, minutes) = zone.split_once(':')?;
    let minutes = minutes.bytes().all(|byte| byte.is_ascii_digit()).then_some(minutes)?;
    let negative = hours.starts_with('-');
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    if !(-23..=23).contains(&hours) || minutes > 59 {
        return None;
    }
    Some(hours * 3600 + if negative { -minutes } else { minutes } * 60)
}
