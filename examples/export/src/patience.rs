//! How long a server that cannot answer now is waited for.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;

/// Longest pause between two tries of a request, unless the server asks for more.
const LONGEST: Duration = Duration::from_secs(30);

/// Longest pause that a server may ask for.
pub(crate) const LONGEST_ASKED: Duration = Duration::from_secs(120);

/// How long a request may take, how often it is tried again, and how long after the first failure;
/// every further pause is twice as long.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// How long an answer may take, until its last byte.
    pub timeout: Duration,
    /// How often after the first time.
    pub retries: u32,
    /// The first pause.
    pub pause: Duration,
}

impl Patience {
    /// How long to wait after so many tries, 1 or more.
    pub(crate) fn pause_after(self, tries: u32) -> Duration {
        let factor = 2_u32.saturating_pow(tries.saturating_sub(1));
        self.pause.saturating_mul(factor).min(LONGEST)
    }
}

/// How long a server asks to wait: seconds, or until when.
pub(crate) fn asked(retry_after: &str, now: Timestamp) -> Option<Duration> {
    let text = retry_after.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    // What is over is waited for no longer.
    Some(now.duration_until(until).try_into().unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_bound() {
        let patience = Patience { timeout: LONGEST, retries: 9, pause: Duration::from_millis(500) };
        let pauses =
            [1, 2, 3, 6, 7, 8, 40, u32::MAX].map(|it| patience.pause_after(it).as_millis());
        assert_eq!(pauses, [500, 1_000, 2_000, 16_000, 30_000, 30_000, 30_000, 30_000]);
    }

    #[test]
    fn servers_ask_in_seconds_or_by_date() {
        let now: Timestamp = "2026-05-30T12:00:00Z".parse().expect("an instant");
        for (text, seconds) in [
            ("7", Some(7)),
            (" 0 ", Some(0)),
            ("18446744073709551615", Some(u64::MAX)),
            ("Sat, 30 May 2026 12:01:30 GMT", Some(90)),
            ("Sat, 30 May 2026 11:59:00 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
            ("", None),
        ] {
            assert_eq!(asked(text, now), seconds.map(Duration::from_secs), "{text}");
        }
    }
}
