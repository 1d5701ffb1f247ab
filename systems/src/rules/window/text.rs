//! The text of a recurrence: `[DTSTART line] [RRULE:]FREQ=..;..`, upper or lower case (RFC 5545
//! sections 3.3.10 and 3.8.2.4).
//!
//! What the standard forbids is refused, not interpreted. A window has one rule; lines that add or
//! remove single occurrences are refused too.

use std::borrow::Cow;

use shakedown_engine::base::time::{SECONDS_PER_DAY, parse_unbounded};
use thiserror::Error;

use super::recurrence::{Frequency, LEAP_SECOND, Parts};

/// Why a text is no recurrence.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TextError {
    /// A line that is neither the start nor the rule, or that comes twice.
    #[error("`{0}` is out of place: a recurrence is one rule, after a DTSTART line if it has one")]
    Line(String),
    /// A line that takes single occurrences away or adds some.
    #[error("`{0}` is out of place: single days are deny or allow windows of their own")]
    Single(String),
    /// A schedule of another language.
    #[error("`{0}` is a cron expression: write it as in RFC 5545, such as `FREQ=DAILY;BYHOUR=9`")]
    Cron(String),
    /// Two separators in a row, or one at an end.
    #[error("nothing stands before or after a `;` of the rule")]
    Nothing,
    /// A parameter of the start.
    #[error("`{0}` is no parameter of DTSTART: TZID and VALUE are")]
    Parameter(String),
    /// A zone of the start that does not exist.
    #[error("`{0}` is no IANA time zone, such as `America/New_York`")]
    Zone(String),
    /// A part without a value, or that does not exist.
    #[error("`{0}` is no part of a recurrence rule, such as `BYHOUR=9`")]
    Part(String),
    /// A part that comes twice.
    #[error("{0} is given twice")]
    Twice(String),
    /// A value that its part does not take.
    #[error("`{value}` is no value of {part}, which takes {takes}")]
    Value {
        /// The part.
        part: &'static str,
        /// What it says.
        value: String,
        /// What it may say.
        takes: Cow<'static, str>,
    },
    /// Parts that are not allowed together, or one that needs another.
    #[error("{0}")]
    Combination(&'static str),
}

/// A local time as written; with `utc`, on a clock that shows UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Written {
    /// Local seconds since 1970-01-01T00:00:00, in the years 0 to 9999.
    pub(super) local: i64,
    pub(super) utc: bool,
}

/// Where a recurrence ends, itself included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// Seconds since the Unix epoch.
    Instant(i64),
    /// Local seconds since 1970-01-01T00:00:00.
    Local(i64),
}

/// The start of a recurrence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Start {
    pub(super) at: Written,
    /// The name of its zone.
    pub(super) zone: Option<String>,
}

/// What a text says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) start: Option<Start>,
    /// Numbers in lists ascend, each once.
    pub(super) parts: Parts,
    pub(super) until: Option<Until>,
}

/// Longest excerpt of a text in an error, in characters.
const EXCERPT: usize = 60;

fn excerpt(text: &str) -> String {
    text.chars().take(EXCERPT).collect()
}

impl TextError {
    /// The same, with what was read in capitals as it was written.
    fn written_as(mut self, text: &str, capitals: &str) -> Self {
        let said = match &mut self {
            Self::Line(said)
            | Self::Single(said)
            | Self::Cron(said)
            | Self::Parameter(said)
            | Self::Zone(said)
            | Self::Part(said)
            | Self::Value { value: said, .. } => said,
            Self::Twice(_) | Self::Combination(_) | Self::Nothing => return self,
        };
        as_written(said, text, capitals);
        self
    }
}

/// Reads the text of a recurrence.
pub(super) fn read(text: &str) -> Result<Text, TextError> {
    let capitals = text.to_ascii_uppercase();
    let mut read = read_capitals(&capitals).map_err(|error| error.written_as(text, &capitals))?;
    if let Some(zone) = read.start.as_mut().and_then(|start| start.zone.as_mut()) {
        as_written(zone, text, &capitals);
    }
    Ok(read)
}

/// Writes what was found among the capitals of a text as the text has it.
fn as_written(found: &mut String, text: &str, capitals: &str) {
    // Capitals take as many bytes.
    let place = capitals.find(&**found).map(|from| from..from + found.len());
    if let Some(written) = place.and_then(|place| text.get(place)) {
        written.clone_into(found);
    }
}

fn read_capitals(text: &str) -> Result<Text, TextError> {
    if is_cron(text) {
        return Err(TextError::Cron(excerpt(text)));
    }
    let (mut start, mut rule) = (None, None);
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':').unwrap_or(("RRULE", line));
        match name.split(';').next() {
            Some("DTSTART") if start.is_none() && rule.is_none() => {
                start = Some(read_start(name, value)?);
            }
            Some("RRULE") if rule.is_none() => rule = Some(value),
            Some("EXDATE" | "RDATE" | "EXRULE") => return Err(TextError::Single(excerpt(line))),
            _ => return Err(TextError::Line(excerpt(line))),
        }
    }
    let (parts, until) = read_rule(rule.unwrap_or_default())?;
    if parts.count.is_some() && start.is_none() {
        return Err(TextError::Combination("COUNT needs a DTSTART to count from"));
    }
    Ok(Text { start, parts, until })
}

/// Five or six fields between blanks, of which the first can only be one of cron.
fn is_cron(text: &str) -> bool {
    let is_field =
        |field: &str| !field.contains(|c: char| !matches!(c, '0'..='9' | '*' | '/' | ',' | '-'));
    matches!(text.split_whitespace().count(), 5 | 6)
        && text.split_whitespace().next().is_some_and(is_field)
}

fn read_start(name: &str, value: &str) -> Result<Start, TextError> {
    let at = written("DTSTART", value)?;
    let mut zone = None;
    for parameter in name.split(';').skip(1) {
        match parameter.split_once('=') {
            Some(("TZID", id)) if zone.is_none() && !at.utc => zone = Some(id.to_owned()),
            Some(("VALUE", "DATE" | "DATE-TIME")) => {}
            _ => return Err(TextError::Parameter(excerpt(parameter))),
        }
    }
    Ok(Start { at, zone })
}

/// `20260131`, `20260131T093000` or `20260131T093000Z`; a day means its midnight.
fn written(part: &'static str, value: &str) -> Result<Written, TextError> {
    let read = || {
        let (day, time) = value.split_once('T').unwrap_or((value, "000000"));
        let (time, utc) = time.strip_suffix('Z').map_or((time, false), |time| (time, true));
        if day.len() != 8 || time.len() != 6 {
            return None;
        }
        let (year, month, day) = (day.get(..4)?, day.get(4..6)?, day.get(6..)?);
        let (hour, minute, second) = (time.get(..2)?, time.get(2..4)?, time.get(4..)?);
        let time = format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z");
        parse_unbounded(&time).map(|(local, _)| Written { local, utc })
    };
    let takes = "a time such as `20260131T093000`, with a `Z` for UTC";
    read().ok_or_else(|| no_value(part, value, takes))
}

fn no_value(part: &'static str, value: &str, takes: impl Into<Cow<'static, str>>) -> TextError {
    TextError::Value { part, value: excerpt(value), takes: takes.into() }
}

/// A day alone means that whole day.
fn until(value: &str) -> Result<Until, TextError> {
    let Written { local, utc } = written("UNTIL", value)?;
    Ok(match (utc, value.contains('T')) {
        (true, _) => Until::Instant(local),
        (false, true) => Until::Local(local),
        (false, false) => Until::Local(local + SECONDS_PER_DAY - 1),
    })
}

fn read_rule(rule: &str) -> Result<(Parts, Option<Until>), TextError> {
    let mut parts = Parts {
        frequency: Frequency::Daily,
        interval: 1,
        count: None,
        week_start: 0,
        months: Vec::new(),
        weeks: Vec::new(),
        year_days: Vec::new(),
        month_days: Vec::new(),
        weekdays: Vec::new(),
        hours: Vec::new(),
        minutes: Vec::new(),
        seconds: Vec::new(),
        positions: Vec::new(),
    };
    let mut last = None;
    let mut seen: Vec<&str> = Vec::new();
    for part in rule.split(';') {
        if part.is_empty() && !rule.is_empty() {
            return Err(TextError::Nothing);
        }
        let (name, value) = part.split_once('=').ok_or_else(|| TextError::Part(excerpt(part)))?;
        match name {
            "FREQ" => parts.frequency = frequency(value)?,
            "INTERVAL" => parts.interval = number("INTERVAL", value, 1, u32::MAX.into())?,
            "COUNT" => {
                let count = number("COUNT", value, 1, u32::MAX.into())?;
                parts.count = Some(count.unsigned_abs());
            }
            "UNTIL" => last = Some(until(value)?),
            "WKST" => parts.week_start = weekday("WKST", value)?,
            "BYMONTH" => parts.months = numbers("BYMONTH", value, 1, 12)?,
            "BYWEEKNO" => parts.weeks = places("BYWEEKNO", value, 53)?,
            "BYYEARDAY" => parts.year_days = places("BYYEARDAY", value, 366)?,
            "BYMONTHDAY" => parts.month_days = places("BYMONTHDAY", value, 31)?,
            "BYDAY" => parts.weekdays = list(value, weekday_of_period)?,
            "BYHOUR" => parts.hours = numbers("BYHOUR", value, 0, 23)?,
            "BYMINUTE" => parts.minutes = numbers("BYMINUTE", value, 0, 59)?,
            "BYSECOND" => parts.seconds = numbers("BYSECOND", value, 0, LEAP_SECOND)?,
            "BYSETPOS" => parts.positions = places("BYSETPOS", value, 366)?,
            _ => return Err(TextError::Part(excerpt(part))),
        }
        if seen.contains(&name) {
            return Err(TextError::Twice(name.to_owned()));
        }
        seen.push(name);
    }
    match forbidden(&parts, &seen) {
        Some(why) => Err(TextError::Combination(why)),
        None => Ok((parts, last)),
    }
}

/// What RFC 5545 says of parts together.
fn forbidden(parts: &Parts, seen: &[&str]) -> Option<&'static str> {
    use Frequency::{Daily, Monthly, Weekly, Yearly};
    let frequency = parts.frequency;
    let has = |name| seen.contains(&name);
    let is_other = |name: &&str| name.starts_with("BY") && *name != "BYSETPOS";
    let of_period = parts.weekdays.iter().any(|&(which, _)| which != 0);
    let rules = [
        (!has("FREQ"), "FREQ is missing"),
        (has("COUNT") && has("UNTIL"), "COUNT and UNTIL exclude each other"),
        (has("BYWEEKNO") && frequency != Yearly, "BYWEEKNO needs FREQ=YEARLY"),
        (
            has("BYYEARDAY") && matches!(frequency, Daily | Weekly | Monthly),
            "BYYEARDAY does not go with FREQ=DAILY, WEEKLY or MONTHLY",
        ),
        (has("BYMONTHDAY") && frequency == Weekly, "BYMONTHDAY does not go with FREQ=WEEKLY"),
        (
            of_period && !matches!(frequency, Monthly | Yearly),
            "a numbered day in BYDAY needs FREQ=MONTHLY or YEARLY",
        ),
        (of_period && has("BYWEEKNO"), "a numbered day in BYDAY does not go with BYWEEKNO"),
        (has("BYSETPOS") && !seen.iter().any(is_other), "BYSETPOS needs another BY part"),
    ];
    rules.iter().find(|(applies, _)| *applies).map(|&(_, why)| why)
}

fn frequency(value: &str) -> Result<Frequency, TextError> {
    Ok(match value {
        "YEARLY" => Frequency::Yearly,
        "MONTHLY" => Frequency::Monthly,
        "WEEKLY" => Frequency::Weekly,
        "DAILY" => Frequency::Daily,
        "HOURLY" => Frequency::Hourly,
        "MINUTELY" => Frequency::Minutely,
        "SECONDLY" => Frequency::Secondly,
        _ => {
            let takes = "YEARLY, MONTHLY, WEEKLY, DAILY, HOURLY, MINUTELY or SECONDLY";
            return Err(no_value("FREQ", value, takes));
        }
    })
}

fn weekday(part: &'static str, value: &str) -> Result<i64, TextError> {
    let at = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"].iter().position(|&it| it == value);
    let day = at.and_then(|at| i64::try_from(at).ok());
    day.ok_or_else(|| no_value(part, value, "MO, TU, WE, TH, FR, SA and SU"))
}

/// `MO`, `2MO` or `-1MO`.
fn weekday_of_period(value: &str) -> Result<(i64, i64), TextError> {
    let is_number = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-');
    let name = value.trim_start_matches(is_number);
    let which = &value[..value.len() - name.len()];
    let day = weekday("BYDAY", name)?;
    let which = if which.is_empty() { 0 } else { place("BYDAY", which, 53)? };
    Ok((which, day))
}

fn number(part: &'static str, value: &str, least: i64, most: i64) -> Result<i64, TextError> {
    let number = value.parse().ok().filter(|it| (least..=most).contains(it));
    number.ok_or_else(|| no_value(part, value, format!("numbers from {least} to {most}")))
}

/// A number from 1 to `most`, or from -1 down to -`most`.
fn place(part: &'static str, value: &str, most: i64) -> Result<i64, TextError> {
    let takes = || format!("numbers from 1 to {most}, and from -{most} to -1");
    let place = value.parse().ok().filter(|it| (-most..=most).contains(it) && *it != 0);
    place.ok_or_else(|| no_value(part, value, takes()))
}

fn numbers(part: &'static str, value: &str, least: i64, most: i64) -> Result<Vec<i64>, TextError> {
    list(value, |it| number(part, it, least, most))
}

fn places(part: &'static str, value: &str, most: i64) -> Result<Vec<i64>, TextError> {
    list(value, |it| place(part, it, most))
}

/// The items of a list, ascending and each once, so that a long text is no long list.
fn list<T: Ord>(
    value: &str,
    item: impl Fn(&str) -> Result<T, TextError>,
) -> Result<Vec<T>, TextError> {
    let mut items: Vec<T> = value.split(',').map(item).collect::<Result<_, _>>()?;
    items.sort_unstable();
    items.dedup();
    Ok(items)
}
