//! Instants and spans as selectors compute with them.
//!
//! Vocabulary: an *instant* lies in the years 1 to 9999, wider than the engine's own
//! [`SimTime`]; a *span* is a signed number of nanoseconds that fits 64 bits.

use std::fmt;

use crate::base::time::{
    HOUR, MINUTE, SECOND, SECONDS_PER_DAY, SimTime, date_of, days_of, parse_unbounded,
};

/// An instant: nanoseconds since the Unix epoch, years 1 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Instant(i128);

/// A signed length of time in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Span(pub(crate) i64);

/// A date and time of day in some offset from UTC.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Civil {
    pub(crate) year: i64,
    /// 1 to 12.
    pub(crate) month: i64,
    /// 1 to 31.
    pub(crate) day: i64,
    /// 0 to 365.
    pub(crate) day_of_year: i64,
    /// 0 is Sunday.
    pub(crate) weekday: i64,
    pub(crate) hour: i64,
    pub(crate) minute: i64,
    pub(crate) second: i64,
    pub(crate) nanosecond: i64,
}

const FIRST_SECOND: i64 = -62_135_596_800;
const LAST_SECOND: i64 = 253_402_300_799;

impl Instant {
    fn checked(nanoseconds: i128) -> Option<Self> {
        let seconds = nanoseconds.div_euclid(i128::from(SECOND));
        (i128::from(FIRST_SECOND)..=i128::from(LAST_SECOND))
            .contains(&seconds)
            .then_some(Self(nanoseconds))
    }

    /// The instant `seconds` after the Unix epoch, if in range.
    pub(crate) fn from_seconds(seconds: i64) -> Option<Self> {
        Self::checked(i128::from(seconds) * i128::from(SECOND))
    }

    /// Parses RFC 3339, with the capital `T` and `Z` the reference insists on.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.contains(['t', 'z']) {
            return None;
        }
        let (seconds, fraction) = parse_unbounded(text)?;
        Self::checked(i128::from(seconds) * i128::from(SECOND) + i128::from(fraction))
    }

    /// Whole seconds since the Unix epoch, rounded down.
    pub(crate) fn seconds(self) -> i64 {
        i64::try_from(self.0.div_euclid(i128::from(SECOND))).expect("instants are in range")
    }

    /// This instant as the engine's own, if it came from one.
    pub(crate) fn sim_time(self) -> Option<SimTime> {
        i64::try_from(self.0).ok().map(SimTime)
    }

    fn nanosecond(self) -> i64 {
        i64::try_from(self.0.rem_euclid(i128::from(SECOND))).expect("less than a second")
    }

    pub(crate) fn plus(self, span: Span) -> Option<Self> {
        Self::checked(self.0 + i128::from(span.0))
    }

    pub(crate) fn minus(self, span: Span) -> Option<Self> {
        Self::checked(self.0 - i128::from(span.0))
    }

    pub(crate) fn since(self, earlier: Self) -> Option<Span> {
        i64::try_from(self.0 - earlier.0).ok().map(Span)
    }

    /// Date and time of day, `offset` seconds east of UTC.
    pub(crate) fn civil(self, offset: i64) -> Civil {
        let local = self.seconds() + offset;
        let days = local.div_euclid(SECONDS_PER_DAY);
        let clock = local.rem_euclid(SECONDS_PER_DAY);
        let (year, month, day) = date_of(days);
        Civil {
            year,
            month,
            day,
            day_of_year: days - days_of(year, 1, 1),
            weekday: (days + 4).rem_euclid(7),
            hour: clock / 3600,
            minute: clock / 60 % 60,
            second: clock % 60,
            nanosecond: self.nanosecond(),
        }
    }
}

impl From<SimTime> for Instant {
    fn from(time: SimTime) -> Self {
        Self(i128::from(time.0))
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Civil { year, month, day, hour, minute, second, nanosecond, .. } = self.civil(0);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        if nanosecond != 0 {
            let digits = format!("{nanosecond:09}");
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        f.write_str("Z")
    }
}

impl Span {
    /// Parses a Go duration such as `1h30m`, `-1.5s` or `0`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (negative, mut rest) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        if rest == "0" {
            return Some(Self(0));
        }
        if rest.is_empty() {
            return None;
        }
        let mut total: i128 = 0;
        while !rest.is_empty() {
            let whole = digits(rest);
            let mut after = &rest[whole..];
            let mut fraction = "";
            if let Some(tail) = after.strip_prefix('.') {
                fraction = &tail[..digits(tail)];
                after = &tail[fraction.len()..];
            }
            if whole + fraction.len() == 0 || whole > 19 {
                return None;
            }
            let end = after
                .find(|letter: char| letter == '.' || letter.is_ascii_digit())
                .unwrap_or(after.len());
            let unit = i128::from(unit(&after[..end])?);
            if whole > 0 {
                total = total.checked_add(rest[..whole].parse::<i128>().ok()? * unit)?;
            }
            let mut scale = unit;
            for digit in fraction.bytes() {
                // Digits beyond a nanosecond are cut off.
                scale /= 10;
                total += i128::from(digit - b'0') * scale;
            }
            rest = &after[end..];
        }
        i64::try_from(if negative { -total } else { total }).ok().map(Self)
    }

    /// The length in seconds.
    #[expect(clippy::cast_precision_loss, reason = "the reference rounds the same way")]
    pub(crate) fn seconds(self) -> f64 {
        (self.0 / SECOND) as f64 + (self.0 % SECOND) as f64 / 1e9
    }
}

/// Seconds as a decimal without exponent, then `s`.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}s", self.seconds())
    }
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

fn unit(name: &str) -> Option<i64> {
    Some(match name {
        "ns" => 1,
        "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
        "ms" => 1_000_000,
        "s" => SECOND,
        "m" => MINUTE,
        "h" => HOUR,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_parse_as_go_durations() {
        for (text, nanoseconds) in [
            ("0", Some(0)),
            ("1h30m", Some(90 * MINUTE)),
            ("-1.5s", Some(-1_500_000_000)),
            ("+2ms3us4ns", Some(2_003_004)),
            (".5h", Some(30 * MINUTE)),
            ("1.s", Some(SECOND)),
            ("", None),
            ("-", None),
            ("1", None),
            (".s", None),
            ("1d", None),
            ("9999999h", None),
            ("99999999999999999999s", None),
        ] {
            assert_eq!(Span::parse(text), nanoseconds.map(Span), "{text}");
        }
    }

    #[test]
    fn instants_reach_from_year_1_to_9999() {
        for (text, seconds) in [
            ("0001-01-01T00:00:00Z", Some(FIRST_SECOND)),
            ("9999-12-31T23:59:59Z", Some(LAST_SECOND)),
            ("0000-12-31T23:59:59Z", None),
            ("9999-12-31T23:59:59-01:00", None),
            ("2025-01-02t03:04:05Z", None),
        ] {
            assert_eq!(Instant::parse(text).map(Instant::seconds), seconds, "{text}");
        }
        let leap = Instant::parse("2024-02-29T23:59:59.25Z").expect("a leap day");
        assert_eq!(leap.to_string(), "2024-02-29T23:59:59.25Z");
        let civil = leap.civil(3600);
        assert_eq!((civil.month, civil.day, civil.hour, civil.weekday), (3, 1, 0, 5));
        assert_eq!(civil.day_of_year, 60);
    }
}
