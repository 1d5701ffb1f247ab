//! Simulated time.
//!
//! Vocabulary: an *instant* is a [`SimTime`], nanoseconds since the Unix epoch in UTC, in the years
//! 1678 to 2261. Nothing in this crate reads a wall clock: every instant is an input.

use std::fmt;
use std::ops::Add;
use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;

/// An instant of simulated time: nanoseconds since the Unix epoch.
///
/// ```
/// use std::time::Duration;
/// use shakedown_engine::base::time::SimTime;
///
/// let nine: SimTime = "2026-01-01T10:00:00+01:00".parse()?;
/// assert_eq!((nine + Duration::from_mins(90)).to_string(), "2026-01-01T10:30:00Z");
/// # Ok::<_, shakedown_engine::base::time::TimeError>(())
/// ```
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, bytemuck::Pod, bytemuck::Zeroable,
)]
#[repr(transparent)]
pub struct SimTime(pub i64);

/// Not set.
impl Default for SimTime {
    fn default() -> Self {
        Self::UNSET
    }
}

/// Nanoseconds in a second.
pub const SECOND: i64 = 1_000_000_000;
/// Nanoseconds in a minute.
pub const MINUTE: i64 = 60 * SECOND;
/// Nanoseconds in an hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Seconds in a day.
pub const SECONDS_PER_DAY: i64 = 86_400;

impl SimTime {
    /// "Not set" in columns; earlier than every instant that can be written.
    pub const UNSET: Self = Self(i64::MIN);
    /// "At no time" in timers; later than every instant that can be written.
    pub const NEVER: Self = Self(i64::MAX);

    /// `None` for [`SimTime::UNSET`].
    #[must_use]
    pub fn get(self) -> Option<Self> {
        (self != Self::UNSET).then_some(self)
    }

    /// The end of the year 2261.
    const END: i64 = days_of(2262, 1, 1) * SECONDS_PER_DAY * SECOND;

    /// `None` for [`SimTime::NEVER`].
    #[must_use]
    pub fn ever(self) -> Option<Self> {
        (self != Self::NEVER).then_some(self)
    }

    /// This instant plus `nanoseconds`; [`SimTime::NEVER`] after the last instant that can be
    /// written, which the clock never reaches. Saturates downwards.
    #[must_use]
    pub const fn plus(self, nanoseconds: i64) -> Self {
        let sum = self.0.saturating_add(nanoseconds);
        if sum < Self::END { Self(sum) } else { Self::NEVER }
    }

    /// Parses an RFC 3339 time such as `2026-01-01T12:00:00.5+01:00`.
    ///
    /// # Errors
    /// When the text is not RFC 3339, names a day or time that does not exist, or lies outside the
    /// years 1678 to 2261. Fractions finer than a nanosecond are cut off.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        parse(text).ok_or_else(|| TimeError { text: text.to_owned() })
    }
}

/// The same as [`SimTime::parse`].
impl FromStr for SimTime {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        Self::parse(text)
    }
}

/// As [`SimTime::plus`]: [`SimTime::NEVER`] after the last instant that can be written.
impl Add<Duration> for SimTime {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        self.plus(i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX))
    }
}

/// A time that is not RFC 3339 or out of range.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{text}` is not an RFC 3339 time between the years 1678 and 2261")]
pub struct TimeError {
    /// The text as sent.
    pub text: String,
}

/// RFC 3339 in UTC with `Z`; a fraction only if non-zero, without trailing zeros (SEMANTICS 2.1).
impl fmt::Display for SimTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.div_euclid(SECOND);
        let fraction = self.0.rem_euclid(SECOND);
        let (year, month, day) = date_of(seconds.div_euclid(SECONDS_PER_DAY));
        let clock = seconds.rem_euclid(SECONDS_PER_DAY);
        let (hour, minute, second) = (clock / 3600, clock / 60 % 60, clock % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        if fraction != 0 {
            let digits = format!("{fraction:09}");
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        f.write_str("Z")
    }
}

fn parse(text: &str) -> Option<SimTime> {
    let (seconds, fraction) = parse_unbounded(text)?;
    let instant = SimTime(seconds.checked_mul(SECOND)?.checked_add(fraction)?);
    (1678..=2261).contains(&date_of(seconds.div_euclid(SECONDS_PER_DAY)).0).then_some(instant)
}

/// Seconds since the Unix epoch and nanoseconds within the second of an RFC 3339 time of any year
/// from 0 to 9999; `None` for anything else.
#[must_use]
pub fn parse_unbounded(text: &str) -> Option<(i64, i64)> {
    let bytes = text.as_bytes();
    let number = |range: std::ops::Range<usize>| -> Option<i64> {
        let digits = bytes.get(range)?;
        digits
            .iter()
            .all(u8::is_ascii_digit)
            .then(|| digits.iter().fold(0, |number, digit| number * 10 + i64::from(digit - b'0')))
    };
    let is = |at: usize, wanted: &[u8]| bytes.get(at).is_some_and(|byte| wanted.contains(byte));
    let separated = is(4, b"-") && is(7, b"-") && is(10, b"Tt") && is(13, b":") && is(16, b":");
    if !separated {
        return None;
    }
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    let days = days_of(year, month, day);
    let exists = (1..=12).contains(&month)
        && day >= 1
        && date_of(days) == (year, month, day)
        && hour <= 23
        && minute <= 59
        && second <= 59;
    if !exists {
        return None;
    }
    let mut at = 19;
    let mut fraction = 0;
    if is(at, b".") {
        let digits = bytes[at + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 {
            return None;
        }
        for place in 0..9 {
            let digit = if place < digits { i64::from(bytes[at + 1 + place] - b'0') } else { 0 };
            fraction = fraction * 10 + digit;
        }
        at += 1 + digits;
    }
    let offset = match bytes.get(at)? {
        b'Z' | b'z' if bytes.len() == at + 1 => 0,
        sign @ (b'+' | b'-') if bytes.len() == at + 6 && is(at + 3, b":") => {
            let (hours, minutes) = (number(at + 1..at + 3)?, number(at + 4..at + 6)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let seconds = hours * 3600 + minutes * 60;
            if *sign == b'+' { seconds } else { -seconds }
        }
        _ => return None,
    };
    Some((days * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second - offset, fraction))
}

/// Days since 1970-01-01 of a proleptic Gregorian date. Eras of 400 years, years that begin in
/// March; the method is Howard Hinnant's `days_from_civil`.
#[must_use]
pub const fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Year, month and day of a number of days since 1970-01-01; the inverse of [`days_of`].
#[must_use]
pub const fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_parse_and_print() {
        for (text, nanoseconds, printed) in [
            ("1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00Z"),
            ("2026-01-01T12:00:00Z", 1_767_268_800 * SECOND, "2026-01-01T12:00:00Z"),
            ("2026-01-01t13:30:00+01:30", 1_767_268_800 * SECOND, "2026-01-01T12:00:00Z"),
            ("1969-12-31T23:59:59.999999999Z", -1, "1969-12-31T23:59:59.999999999Z"),
            ("2024-02-29T00:00:00.1200Z", 1_709_164_800_120_000_000, "2024-02-29T00:00:00.12Z"),
        ] {
            let instant = SimTime::parse(text).expect(text);
            assert_eq!(instant, SimTime(nanoseconds), "{text}");
            assert_eq!(instant.to_string(), printed);
        }
    }

    #[test]
    fn what_lies_after_the_last_instant_is_never() {
        let last = SimTime::parse("2261-12-31T23:59:59.999999999Z").expect("a time");
        assert_eq!(last.plus(-1).plus(1).ever(), Some(last));
        for beyond in [last.plus(1), last.plus(i64::MAX), SimTime(0).plus(i64::MAX)] {
            assert_eq!((beyond, beyond.ever()), (SimTime::NEVER, None));
        }
        assert_eq!(SimTime::NEVER.plus(1), SimTime::NEVER);
    }

    #[test]
    fn what_is_no_time_is_an_error() {
        for text in [
            "",
            "2026-01-01",
            "2026-01-01T12:00:00",
            "2026-13-01T12:00:00Z",
            "2026-02-29T12:00:00Z",
            "2026-01-00T12:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T12:00:60Z",
            "2026-01-01T12:00:00.Z",
            "2026-01-01T12:00:00+1:00",
            "2026-01-01T12:00:00Zx",
            "1500-01-01T12:00:00Z",
            "2400-01-01T12:00:00Z",
            "2026-01-01T12:00:0\u{e9}Z",
        ] {
            assert!(SimTime::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn every_day_of_the_range_round_trips() {
        for days in days_of(1678, 1, 1)..days_of(2262, 1, 1) {
            let (year, month, day) = date_of(days);
            assert_eq!(days_of(year, month, day), days);
        }
    }
}
