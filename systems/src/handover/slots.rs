//! Rollout slots: when each position of a cohort opens.
//!
//! Vocabulary: a *slot* is the instant a position opens, `start + offset(position)`, and counts as
//! open from that instant on.

use shakedown_engine::base::time::{SECOND, SimTime};
use shakedown_engine::model::RolloutType;

/// The slots of a cohort under one rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slots {
    /// Targets in the cohort.
    pub cohort: u32,
    /// Seconds, `>= 0`.
    pub interval: u32,
    /// How a position becomes an offset.
    pub rollout_type: RolloutType,
}

impl Slots {
    /// Seconds from the start until `position` opens (SEMANTICS 8.5, D20).
    #[must_use]
    pub const fn offset(self, position: u32) -> u64 {
        let product = position as u64 * self.interval as u64;
        match self.rollout_type {
            RolloutType::Linear => product,
            RolloutType::LinearNormalized if self.cohort == 0 => 0,
            RolloutType::LinearNormalized => product / self.cohort as u64,
        }
    }

    /// The instant at which `position` opens.
    #[must_use]
    pub fn due(self, start: SimTime, position: u32) -> SimTime {
        let seconds = i64::try_from(self.offset(position)).unwrap_or(i64::MAX);
        start.plus(seconds.saturating_mul(SECOND))
    }

    /// Number of open positions at `now`, `0..=cohort`; positions open in order.
    ///
    /// # Panics
    /// When more positions are open than a cohort has: the result is bounded by the cohort.
    #[must_use]
    pub fn open(self, start: SimTime, now: SimTime) -> u32 {
        if now < start {
            return 0;
        }
        let elapsed = u64::try_from(i128::from(now.0) - i128::from(start.0)).unwrap_or(u64::MAX);
        let seconds = elapsed / SECOND.unsigned_abs();
        let interval = u64::from(self.interval);
        let cohort = u64::from(self.cohort);
        let open = match (self.rollout_type, interval) {
            (_, 0) => cohort,
            (RolloutType::Linear, _) => seconds / interval + 1,
            // offset(p) <= s  <=>  p * interval < (s + 1) * cohort
            (RolloutType::LinearNormalized, _) => {
                (seconds.saturating_add(1)).saturating_mul(cohort).div_ceil(interval)
            }
        };
        u32::try_from(open.min(cohort)).expect("bounded by the cohort")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: SimTime = SimTime(1_000);

    #[test]
    fn offsets_follow_the_vectors() {
        let normalized = RolloutType::LinearNormalized;
        // C-G12 and C-G13: (position, cohort, interval, seconds)
        for (position, cohort, interval, seconds) in [
            (1, 3, 100, 33),
            (2, 3, 100, 66),
            (1, 7, 60, 8),
            (6, 7, 60, 51),
            (4, 5, 3, 2),
            (9, 10, 5, 4),
            (3, 11, 110, 30),
            (6, 11, 110, 60),
            (11, 15, 300, 220),
            (15, 22, 22, 15),
            (13, 23, 23, 13),
            (29, 100, 100, 29),
            (1, 49, 49, 1),
        ] {
            let slots = Slots { cohort, interval, rollout_type: normalized };
            assert_eq!(slots.offset(position), seconds, "{position} of {cohort}");
        }
        // T-G1
        let slots = Slots { cohort: 3, interval: 60, rollout_type: RolloutType::Linear };
        assert_eq!([0, 1, 2].map(|position| slots.offset(position)), [0, 60, 120]);
    }

    #[test]
    fn open_counts_the_positions_that_are_due() {
        for rollout_type in [RolloutType::Linear, RolloutType::LinearNormalized] {
            for cohort in [0, 1, 2, 3, 7, 50] {
                for interval in [0, 1, 3, 60, 100] {
                    let slots = Slots { cohort, interval, rollout_type };
                    for nanoseconds in [-1, 0, 1, SECOND - 1, SECOND, 33 * SECOND, 6000 * SECOND] {
                        let now = START.plus(nanoseconds);
                        let due = (0..cohort).filter(|&p| slots.due(START, p) <= now).count();
                        assert_eq!(slots.open(START, now) as usize, due, "{slots:?} {now:?}");
                    }
                }
            }
        }
    }
}
