//! Time zones: from local time to instants and back.
//!
//! Vocabulary: a *local second* is a time on a wall clock, as seconds since 1970-01-01T00:00:00 on
//! that clock; an *instant* is seconds since the Unix epoch.
//!
//! The data are bundled, so that answers do not depend on the machine. This is the only file that
//! knows the `jiff` crate.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};

use crate::base::time::SECONDS_PER_DAY;

/// A time zone.
#[derive(Debug, Clone)]
pub struct Zone(TimeZone);

impl Zone {
    /// The zone whose clocks show the instant.
    pub const UTC: Self = Self(TimeZone::UTC);

    /// The zone with an IANA name, in upper or lower case. Some 100 ns when it was asked for before.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        // `Etc/Unknown` is a name that says that there is none.
        let zone = TimeZoneDatabase::bundled().get(name).ok()?;
        (!zone.is_unknown()).then_some(Self(zone))
    }

    /// The instant of a local second: a skipped one moves forward by the gap, a repeated one means
    /// the first (SEMANTICS 8.8).
    ///
    /// # Panics
    /// When the local second lies outside the years 1 to 9999.
    #[must_use]
    pub fn instant(&self, local: i64) -> i64 {
        let time = Offset::UTC.to_datetime(timestamp(local));
        let instant = self.0.to_ambiguous_timestamp(time).compatible();
        instant.expect("the years 1 to 9999 lie within what the crate represents").as_second()
    }

    /// The local second of an instant.
    #[must_use]
    pub fn local(&self, instant: i64) -> i64 {
        instant + self.offset(instant)
    }

    /// How many seconds the zone's clocks are ahead of UTC at an instant of the years 1 to 9999.
    #[must_use]
    pub fn offset(&self, instant: i64) -> i64 {
        // The crate's time ends a day before, so that every zone can show all of it.
        i64::from(self.0.to_offset(timestamp(instant.min(LAST_SECOND))).seconds())
    }

    /// The instants of seconds of a local day, both ascending.
    #[must_use]
    pub fn instants(&self, day: i64, seconds: &[u32]) -> Vec<i64> {
        let start = day * SECONDS_PER_DAY;
        let opens = self.instant(start);
        if self.instant(start + SECONDS_PER_DAY) - opens == SECONDS_PER_DAY {
            // Nowhere is a clock changed twice on one day, so it is not changed at all.
            return seconds.iter().map(|&second| opens + i64::from(second)).collect();
        }
        let instants = seconds.iter().map(|&second| self.instant(start + i64::from(second)));
        let mut instants: Vec<i64> = instants.collect();
        instants.sort_unstable();
        instants
    }
}

/// 9999-12-30T00:00:00Z.
const LAST_SECOND: i64 = 253_402_128_000;

fn timestamp(second: i64) -> Timestamp {
    Timestamp::from_second(second)
        .expect("the years 1 to 9999 lie within what the crate represents")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_clock_is_changed_twice_on_one_day() {
        let (first, last) = (timestamp(-9_214_560_000), timestamp(9_214_646_400));
        let zones = TimeZoneDatabase::bundled();
        let mut changes = 0;
        for name in zones.available() {
            let zone = zones.get(name.as_str()).expect("listed");
            let following = zone.following(first).take_while(|it| it.timestamp() < last);
            let instants: Vec<i64> = following.map(|it| it.timestamp().as_second()).collect();
            changes += instants.len();
            let twice = instants.windows(2).find(|it| it[1] - it[0] < 2 * SECONDS_PER_DAY);
            assert_eq!(twice, None, "{name:?}");
        }
        assert!(changes > 100_000, "every zone was asked: {changes}");
    }
}
