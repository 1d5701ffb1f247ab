//! When a run of simulated time ends: at an instant, or so long after what happened last.

use std::str::FromStr;

use shakedown_engine::base::time::{HOUR, MINUTE, SECOND, SimTime};

/// The end of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// At this instant.
    At(SimTime),
    /// So many nanoseconds after the last event.
    After(i64),
}

impl Until {
    /// The instant, when the clock stands at `now`, as a rule at the last event.
    ///
    /// # Errors
    /// When it lies before `now`, or after the year 2261, where simulated time ends.
    pub fn instant(self, now: SimTime) -> Result<SimTime, String> {
        let at = match self {
            Self::At(at) => at,
            Self::After(nanoseconds) => now.plus(nanoseconds),
        };
        if at < now {
            return Err(format!("{at} lies before the document's clock, {now}"));
        }
        at.ever().ok_or_else(|| "simulated time ends with the year 2261".to_owned())
    }
}

impl FromStr for Until {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(nanoseconds) = duration_of(text) {
            return Ok(Self::After(nanoseconds));
        }
        if text.starts_with('-') {
            return Err("time does not run backwards".to_owned());
        }
        SimTime::parse(text).map(Self::At).map_err(|_| {
            "expected an RFC 3339 instant or a duration such as 90m, 2h30m or 7d".to_owned()
        })
    }
}

/// Nanoseconds of a duration: whole numbers with the units `d`, `h`, `m` and `s`, largest first, each
/// at most once. `None` for anything else; saturates.
#[must_use]
pub fn duration_of(text: &str) -> Option<i64> {
    let mut units = [('d', 24 * HOUR), ('h', HOUR), ('m', MINUTE), ('s', SECOND)].into_iter();
    let mut sum = 0i64;
    let mut rest = text;
    loop {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let count: i64 = rest[..digits].parse().ok()?;
        let unit = rest[digits..].chars().next()?;
        let (_, nanoseconds) = units.find(|&(name, _)| name == unit)?;
        sum = sum.saturating_add(count.saturating_mul(nanoseconds));
        rest = &rest[digits + 1..];
        if rest.is_empty() {
            return Some(sum);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_numbers_with_units() {
        for (text, expected) in [
            ("0s", Some(0)),
            ("90m", Some(90 * MINUTE)),
            ("2h30m", Some(150 * MINUTE)),
            ("7d", Some(7 * 24 * HOUR)),
            ("1d2h3m4s", Some(26 * HOUR + 3 * MINUTE + 4 * SECOND)),
            ("999999999999d", Some(i64::MAX)),
            ("", None),
            ("90", None),
            ("m", None),
            ("1m1h", None),
            ("1m1m", None),
            ("-1h", None),
            ("1.5h", None),
            ("1\u{e4}", None),
            ("99999999999999999999s", None),
        ] {
            assert_eq!(duration_of(text), expected, "{text:?}");
        }
    }

    #[test]
    fn an_end_is_an_instant_after_the_last_event() {
        let last = SimTime::parse("2026-01-01T12:00:00Z").expect("a time");
        let end = |text: &str| text.parse::<Until>().and_then(|until| until.instant(last));
        let at = |text: &str| SimTime::parse(text).map_err(|error| error.to_string());
        assert_eq!(end("90m"), at("2026-01-01T13:30:00Z"));
        assert_eq!(end("2026-01-02T00:00:00+01:00"), at("2026-01-01T23:00:00Z"));
        for (text, why) in [
            ("2026-01-01T11:59:59Z", "before the document's clock"),
            ("999999999999d", "the year 2261"),
            ("-5m", "time does not run backwards"),
            ("tomorrow", "expected an RFC 3339 instant or a duration"),
        ] {
            let error = end(text).expect_err(text);
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
