//! What the interpreter of the `cel` crate lacks as it is built here: timestamps, opaque values, `sets.*`.

use std::any::Any;
use std::cmp::Ordering;

use cel::common::traits::Comparer;
use cel::common::types::{CelBool, CelInt, CelList, CelString, LIST_TYPE, Type};
use cel::common::value::{CowVal, StaticVal, Val};
use cel::{DeclarationError, Env, ExecutionError, add_member_overload, add_overload};

use super::time;

/// A CEL timestamp: nanoseconds since the Unix epoch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Instant(pub(crate) i64);

static TIMESTAMP: Type = Type::new_unspecified_type("google.protobuf.Timestamp");

impl Val for Instant {
    fn get_type(&self) -> &Type {
        &TIMESTAMP
    }

    fn cel_type() -> &'static Type {
        &TIMESTAMP
    }

    fn as_comparer(&self) -> Option<&dyn Comparer> {
        Some(self)
    }

    fn equals(&self, other: &dyn Val) -> bool {
        other.downcast_ref::<Instant>().is_some_and(|other| other.0 == self.0)
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v>
    where
        Self: 'v,
    {
        Box::new(*self)
    }

    fn as_any(&self) -> Option<&dyn Any> {
        Some(self)
    }
}

impl StaticVal for Instant {}

impl Comparer for Instant {
    fn compare(&self, other: &dyn Val) -> Result<Ordering, ExecutionError> {
        other.downcast_ref::<Instant>().map(|other| self.0.cmp(&other.0)).ok_or_else(|| {
            ExecutionError::UnexpectedType {
                got: other.get_type().name().to_owned(),
                want: "timestamp".to_owned(),
            }
        })
    }
}

/// A value of which only the presence is known: `resourceSelector` in shape A.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opaque;

static OPAQUE: Type = Type::new_unspecified_type("opaque");

impl Val for Opaque {
    fn get_type(&self) -> &Type {
        &OPAQUE
    }

    fn cel_type() -> &'static Type {
        &OPAQUE
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v>
    where
        Self: 'v,
    {
        Box::new(Opaque)
    }
}

/// `timestamp(text)` and the parts of a timestamp, in UTC.
pub(crate) fn timestamps(env: &mut Env) -> Result<(), DeclarationError> {
    add_overload!(env, fn timestamp: (CelString) -> Result<Instant>)?;
    add_member_overload!(env, fn get_full_year: (Instant) -> CelInt)?;
    add_member_overload!(env, fn get_month: (Instant) -> CelInt)?;
    add_member_overload!(env, fn get_date: (Instant) -> CelInt)?;
    add_member_overload!(env, fn get_day_of_month: (Instant) -> CelInt)?;
    add_member_overload!(env, fn get_day_of_year: (Instant) -> CelInt)?;
    add_member_overload!(env, fn get_day_of_week: (Instant) -> CelInt)?;
    add_member_overload!(env, fn get_hours: (Instant) -> CelInt)?;
    add_member_overload!(env, fn get_minutes: (Instant) -> CelInt)?;
    add_member_overload!(env, fn get_seconds: (Instant) -> CelInt)?;
    add_member_overload!(env, fn get_milliseconds: (Instant) -> CelInt)?;
    Ok(())
}

fn timestamp(text: &CelString<'_>) -> Result<Instant, ExecutionError> {
    time::parse(text.inner())
        .map(Instant)
        .map_err(|error| ExecutionError::function_error("timestamp", error))
}

fn get_full_year(instant: &Instant) -> CelInt {
    time::parts(instant.0).year.into()
}

/// Counts from 0 = January.
fn get_month(instant: &Instant) -> CelInt {
    (time::parts(instant.0).month - 1).into()
}

/// Counts from 1.
fn get_date(instant: &Instant) -> CelInt {
    time::parts(instant.0).day.into()
}

/// Counts from 0.
fn get_day_of_month(instant: &Instant) -> CelInt {
    (time::parts(instant.0).day - 1).into()
}

fn get_day_of_year(instant: &Instant) -> CelInt {
    time::parts(instant.0).day_of_year.into()
}

fn get_day_of_week(instant: &Instant) -> CelInt {
    time::parts(instant.0).day_of_week.into()
}

fn get_hours(instant: &Instant) -> CelInt {
    time::parts(instant.0).hour.into()
}

fn get_minutes(instant: &Instant) -> CelInt {
    time::parts(instant.0).minute.into()
}

fn get_seconds(instant: &Instant) -> CelInt {
    time::parts(instant.0).second.into()
}

fn get_milliseconds(instant: &Instant) -> CelInt {
    time::parts(instant.0).millisecond.into()
}

/// `sets.contains`, `sets.equivalent` and `sets.intersects` of two lists.
pub(crate) fn sets(env: &mut Env) -> Result<(), DeclarationError> {
    env.add_overload("sets.contains", "sets_contains", vec![LIST_TYPE, LIST_TYPE], contains)?;
    env.add_overload("sets.equivalent", "sets_equivalent", vec![LIST_TYPE, LIST_TYPE], equivalent)?;
    env.add_overload("sets.intersects", "sets_intersects", vec![LIST_TYPE, LIST_TYPE], intersects)
}

fn contains<'b, 'v>(lists: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let (left, right) = pair(&lists)?;
    Ok(CowVal::owned(CelBool::from(all_in(right, left))))
}

fn equivalent<'b, 'v>(lists: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let (left, right) = pair(&lists)?;
    Ok(CowVal::owned(CelBool::from(all_in(right, left) && all_in(left, right))))
}

fn intersects<'b, 'v>(lists: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let (left, right) = pair(&lists)?;
    Ok(CowVal::owned(CelBool::from(right.iter().any(|wanted| is_in(wanted.as_ref(), left)))))
}

type Elements<'a, 'v> = &'a [Box<dyn Val + 'v>];

fn pair<'a, 'v>(
    lists: &'a [CowVal<'_, 'v>],
) -> Result<(Elements<'a, 'v>, Elements<'a, 'v>), ExecutionError> {
    let elements = |at: usize| {
        lists
            .get(at)
            .and_then(|list| list.downcast_ref::<CelList>())
            .map(CelList::inner)
            .ok_or_else(|| ExecutionError::UnexpectedType {
                got: "another value".to_owned(),
                want: "list".to_owned(),
            })
    };
    Ok((elements(0)?, elements(1)?))
}

fn all_in(wanted: Elements<'_, '_>, list: Elements<'_, '_>) -> bool {
    wanted.iter().all(|wanted| is_in(wanted.as_ref(), list))
}

fn is_in(wanted: &dyn Val, list: Elements<'_, '_>) -> bool {
    list.iter().any(|element| element.equals(wanted))
}
