//! Percentiles of a few measured values: exact, by sorting.

/// Values in ascending order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Distribution(Vec<u64>);

impl FromIterator<u64> for Distribution {
    fn from_iter<I: IntoIterator<Item = u64>>(values: I) -> Self {
        let mut values: Vec<u64> = values.into_iter().collect();
        values.sort_unstable();
        Self(values)
    }
}

impl Distribution {
    /// The smallest value that at least `percent` percent of all values do not exceed; zero without
    /// values. `percent` is at most 100.
    #[must_use]
    pub fn percentile(&self, percent: usize) -> u64 {
        let rank = (self.0.len() * percent).div_ceil(100).max(1);
        self.0.get(rank - 1).copied().unwrap_or(0)
    }

    /// The median.
    #[must_use]
    pub fn p50(&self) -> u64 {
        self.percentile(50)
    }

    /// The largest value.
    #[must_use]
    pub fn max(&self) -> u64 {
        self.percentile(100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_of_the_nearest_rank() {
        let hundred: Distribution = (1..=100).rev().collect();
        let three: Distribution = [30, 10, 20].into_iter().collect();
        for (distribution, percent, expected) in [
            (&hundred, 50, 50),
            (&hundred, 95, 95),
            (&hundred, 99, 99),
            (&hundred, 100, 100),
            (&hundred, 0, 1),
            (&three, 50, 20),
            (&three, 95, 30),
            (&three, 33, 10),
            (&three, 34, 20),
        ] {
            assert_eq!(distribution.percentile(percent), expected, "{percent}");
        }
        assert_eq!(Distribution::default().p50(), 0);
    }
}
