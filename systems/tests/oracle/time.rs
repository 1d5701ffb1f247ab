//! Simulated instants: RFC 3339 text to and from nanoseconds since the Unix epoch.
//!
//! Vocabulary: an *instant* is an `i64` of nanoseconds; a *civil day* is a day of the proleptic Gregorian
//! calendar, counted from 1970-01-01. SEMANTICS 2.1 (formats, range) and 12 (no rounding).

pub(crate) const SECOND: i64 = 1_000_000_000;
pub(crate) const MINUTE: i64 = 60 * SECOND;
pub(crate) const HOUR: i64 = 60 * MINUTE;
const DAY_SECONDS: i64 = 86_400;
/// Days from 1970-01-01 to 2020-01-01: fifty years, of which twelve are leap years.
const DAYS_TO_2020: i64 = 50 * 365 + 12;

/// Reads an RFC 3339 time; `Err` for everything that is not one or does not fit 64 bits of nanoseconds.
pub(crate) fn parse(text: &str) -> Result<i64, String> {
    read(text).ok_or_else(|| format!("malformed: bad time {text:?}"))
}

fn read(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let digits = |from: usize, to: usize| -> Option<i64> {
        let part = bytes.get(from..to)?;
        part.iter()
            .try_fold(0_i64, |sum, b| b.is_ascii_digit().then(|| sum * 10 + i64::from(b - b'0')))
    };
    let is = |at: usize, wanted: &[u8]| bytes.get(at).is_some_and(|b| wanted.contains(b));
    if !(is(4, b"-") && is(7, b"-") && is(10, b"Tt") && is(13, b":") && is(16, b":")) {
        return None;
    }
    let (year, month, day) = (digits(0, 4)?, digits(5, 7)?, digits(8, 10)?);
    let (hour, minute, second) = (digits(11, 13)?, digits(14, 16)?, digits(17, 19)?);
    if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
        return None;
    }
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let mut at = 19;
    let mut nanos = 0;
    if is(at, b".") {
        let start = at + 1;
        at = start;
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        if at == start {
            return None;
        }
        let mut unit = SECOND / 10;
        for digit in &bytes[start..at] {
            nanos += i64::from(digit - b'0') * unit;
            unit /= 10; // digits beyond nanoseconds are worth nothing
        }
    }
    let offset = match bytes.get(at)? {
        b'Z' | b'z' if bytes.len() == at + 1 => 0,
        sign @ (b'+' | b'-') if bytes.len() == at + 6 && is(at + 3, b":") => {
            let (hours, minutes) = (digits(at + 1, at + 3)?, digits(at + 4, at + 6)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            (hours * 3600 + minutes * 60) * if *sign == b'-' { -1 } else { 1 }
        }
        _ => return None,
    };
    let seconds =
        days_from_civil(year, month, day) * DAY_SECONDS + hour * 3600 + minute * 60 + second
            - offset;
    i64::try_from(i128::from(seconds) * i128::from(SECOND) + i128::from(nanos)).ok()
}

/// Writes an instant as RFC 3339 in `Z`, the fraction only if non-zero and without trailing zeros.
pub(crate) fn format(instant: i64) -> String {
    let seconds = instant.div_euclid(SECOND);
    let nanos = instant.rem_euclid(SECOND);
    let Civil { year, month, day } = civil(seconds.div_euclid(DAY_SECONDS));
    let clock = seconds.rem_euclid(DAY_SECONDS);
    let (hour, minute, second) = (clock / 3600, clock / 60 % 60, clock % 60);
    let mut text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    if nanos != 0 {
        text.push('.');
        text.push_str(format!("{nanos:09}").trim_end_matches('0'));
    }
    text.push('Z');
    text
}

/// The parts of an instant in UTC, as the CEL member functions of a timestamp name them.
pub(crate) struct Parts {
    pub(crate) year: i64,
    pub(crate) month: i64,
    pub(crate) day: i64,
    pub(crate) day_of_year: i64,
    pub(crate) day_of_week: i64,
    pub(crate) hour: i64,
    pub(crate) minute: i64,
    pub(crate) second: i64,
    pub(crate) millisecond: i64,
}

/// Splits an instant; months and days of month count from 1, days of week from Sunday = 0, days of year from 0.
pub(crate) fn parts(instant: i64) -> Parts {
    let seconds = instant.div_euclid(SECOND);
    let days = seconds.div_euclid(DAY_SECONDS);
    let Civil { year, month, day } = civil(days);
    let clock = seconds.rem_euclid(DAY_SECONDS);
    Parts {
        year,
        month,
        day,
        day_of_year: days - days_from_civil(year, 1, 1),
        day_of_week: (days + 4).rem_euclid(7),
        hour: clock / 3600,
        minute: clock / 60 % 60,
        second: clock % 60,
        millisecond: instant.rem_euclid(SECOND) / 1_000_000,
    }
}

struct Civil {
    year: i64,
    month: i64,
    day: i64,
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Counts years and months one by one: obvious, and quick enough for a few centuries. Worlds are generated
/// in the years after 2020, so it counts from there.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let length = |year| if is_leap(year) { 366 } else { 365 };
    let years: i64 = if year >= 2020 {
        DAYS_TO_2020 + (2020..year).map(length).sum::<i64>()
    } else {
        DAYS_TO_2020 - (year..2020).map(length).sum::<i64>()
    };
    let months: i64 = (1..month).map(|month| days_in_month(year, month)).sum();
    years + months + day - 1
}

fn civil(days: i64) -> Civil {
    let mut year = 1970 + days.div_euclid(366) - 1; // at or before the year wanted, from either side
    while days_from_civil(year + 1, 1, 1) <= days {
        year += 1;
    }
    let mut month = 1;
    while month < 12 && days_from_civil(year, month + 1, 1) <= days {
        month += 1;
    }
    Civil { year, month, day: days - days_from_civil(year, month, 1) + 1 }
}
