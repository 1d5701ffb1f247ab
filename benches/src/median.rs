//! Medians with their intervals, and ratios of what was measured.
//!
//! Vocabulary: the *interval* of a median holds the true median with at least 95 percent confidence. It
//! runs from one of the values to another (order statistics): how many of the values lie below the true
//! median is binomial with probability one half, whatever the values are distributed like. So nothing is
//! resampled, and the same values always have the same interval.
//!
//! Two runs are compared by the median of all ratios of a value of one to a value of the other (the
//! estimator of Hodges and Lehmann, on logarithms); its interval is that of the test of Mann and Whitney,
//! in the normal approximation.

/// The confidence of every interval, in percent.
pub const CONFIDENCE: u32 = 95;
/// The most that either side of an interval may miss.
const TAIL: f64 = 0.025;
/// Standard deviations of a normal distribution beyond which lies so much.
const DEVIATIONS: f64 = 1.959_963_984_540_054;
/// Values of each run from which on the normal approximation holds.
const ENOUGH_OF_EACH: usize = 8;
/// Values of each run beyond which only so many are taken, evenly spread, so that ratios stay few.
const MOST_OF_EACH: usize = 1_000;

/// The median of some values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Median {
    /// The middle value, or the mean of the middle two.
    pub value: f64,
    /// Where it may really lie; `None` of so few values that nothing is certain (less than six, or less
    /// than eight in one of two runs).
    pub interval: Option<(f64, f64)>,
    /// How many values there are; of two runs, in the smaller one.
    pub of: usize,
}

impl Median {
    /// The median of values; `None` without values. `O(n log n)`.
    #[must_use]
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_unstable_by(f64::total_cmp);
        let interval = least_rank(values.len()).map(|rank| around(&values, rank));
        Some(Self { value: middle(&values)?, interval, of: values.len() })
    }

    /// How many times as much the values of one run are as those of another, all of them positive;
    /// `None` if one of the runs has none. `O(n m log(n m))`.
    #[must_use]
    pub fn of_ratios(these: &[f64], those: &[f64]) -> Option<Self> {
        let [these, those] = [spread(these), spread(those)];
        let ratios = these.iter().flat_map(|this| those.iter().map(move |that| this / that));
        let mut ratios: Vec<f64> = ratios.collect();
        ratios.sort_unstable_by(f64::total_cmp);
        let of = these.len().min(those.len());
        let interval = (of >= ENOUGH_OF_EACH).then(|| {
            let (n, m) = (real(these.len()), real(those.len()));
            let below = n * m / 2.0 - DEVIATIONS * (n * m * (n + m + 1.0) / 12.0).sqrt();
            around(&ratios, whole(below).max(1))
        });
        Some(Self { value: middle(&ratios)?, interval, of })
    }

    /// Whether the interval lies on one side of one: more, or less, and not by chance.
    #[must_use]
    pub fn differs_from_one(&self) -> bool {
        self.interval.is_some_and(|(low, high)| low > 1.0 || high < 1.0)
    }
}

/// All values, or [`MOST_OF_EACH`] of them at even distances.
fn spread(values: &[f64]) -> Vec<f64> {
    let taken = values.len().min(MOST_OF_EACH);
    (0..taken).map(|at| values[at * values.len() / taken]).collect()
}

/// The middle of sorted values.
fn middle(sorted: &[f64]) -> Option<f64> {
    let half = sorted.len() / 2;
    let upper = *sorted.get(half)?;
    Some(if sorted.len() % 2 == 1 { upper } else { f64::midpoint(sorted[half - 1], upper) })
}

/// From the value of a rank, counted from one, to that of the same rank from above.
fn around(sorted: &[f64], rank: usize) -> (f64, f64) {
    (sorted[rank - 1], sorted[sorted.len() - rank])
}

/// The largest rank, from one, such that less than it of `n` values lie below the median with a
/// probability of at most [`TAIL`]; `None` if that of none of them is larger already.
fn least_rank(n: usize) -> Option<usize> {
    let mut logarithm = real(n) * 0.5_f64.ln(); // of the probability of exactly `below` values
    let (mut cumulated, mut below) = (logarithm.exp(), 0);
    while cumulated <= TAIL && below < n {
        logarithm += (real(n - below) / real(below + 1)).ln();
        cumulated += logarithm.exp();
        below += 1;
    }
    (below > 0).then_some(below)
}

#[expect(clippy::cast_precision_loss, reason = "there are far less than 2^53 values")]
const fn real(count: usize) -> f64 {
    count as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "ranks are far below 2^53, and casts saturate"
)]
const fn whole(rank: f64) -> usize {
    rank as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ranks as tables of the sign test have them, at five percent on both sides together.
    #[test]
    fn intervals_have_the_ranks_of_the_sign_test() {
        for (values, rank) in [
            (0, None),
            (5, None),
            (6, Some(1)),
            (8, Some(1)),
            (9, Some(2)),
            (10, Some(2)),
            (20, Some(6)),
            (30, Some(10)),
            (50, Some(18)),
            (100, Some(40)),
            (2_000, Some(956)),
        ] {
            assert_eq!(least_rank(values), rank, "{values}");
        }
    }

    #[test]
    fn medians_lie_in_the_middle_of_their_interval() {
        let median = |values: std::ops::RangeInclusive<i32>| {
            Median::of(values.rev().map(f64::from)).expect("there are values")
        };
        assert_eq!(median(1..=10), Median { value: 5.5, interval: Some((2.0, 9.0)), of: 10 });
        assert_eq!(median(1..=5), Median { value: 3.0, interval: None, of: 5 });
        assert_eq!(Median::of([]), None);
    }

    #[test]
    fn two_runs_differ_if_nearly_all_of_one_is_larger() {
        let run = |factor: f64| -> Vec<f64> {
            (0..30).map(|at| factor * (100.0 + f64::from(at * 7 % 30))).collect()
        };
        let same = Median::of_ratios(&run(1.0), &run(1.0)).expect("there are values");
        assert!((same.value - 1.0).abs() < 1e-9 && !same.differs_from_one(), "{same:?}");
        let slower = Median::of_ratios(&run(1.2), &run(1.0)).expect("there are values");
        assert!((slower.value - 1.2).abs() < 0.01 && slower.differs_from_one(), "{slower:?}");
        let faster = Median::of_ratios(&run(1.0), &run(1.2)).expect("there are values");
        assert!(faster.differs_from_one() && faster.value < 1.0, "{faster:?}");
        let few = Median::of_ratios(&run(9.0)[..7], &run(1.0)).expect("there are values");
        assert!(few.interval.is_none() && !few.differs_from_one(), "{few:?}");
        assert_eq!(Median::of_ratios(&[], &run(1.0)), None);
        let long: Vec<f64> = (0..20_000).map(|at| 200.0 + f64::from(at % 3)).collect();
        let half = Median::of_ratios(&run(1.0), &long).expect("there are values");
        assert!((half.value - 0.57).abs() < 0.01, "{half:?}");
    }

    /// With eight values each, the tables of Mann and Whitney have 13 as the largest count that is
    /// significant at five percent, so the interval begins with the 14th of the ratios; the
    /// approximation comes to the 13th, which is one wider.
    #[test]
    fn intervals_of_ratios_are_no_narrower_than_the_tables_say() {
        let powers = |base: f64| -> Vec<f64> { (0..8).map(|it| base.powi(it)).collect() };
        let ratio = Median::of_ratios(&powers(2.0), &[1.0; 8]).expect("there are values");
        let sorted: Vec<f64> = (0..64).map(|it| 2.0_f64.powi(it / 8)).collect();
        assert_eq!(ratio.interval, Some((sorted[12], sorted[64 - 13])));
    }
}
