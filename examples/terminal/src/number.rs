//! Numbers as people read them.

/// `1234567` as `1,234,567`.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Nanoseconds as milliseconds.
#[must_use]
pub fn milliseconds(nanoseconds: u64) -> f64 {
    real(nanoseconds) / 1e6
}

/// `part / whole`, zero when there is no whole.
#[must_use]
pub fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { real(part) / real(whole) }
}

/// A count or a measured value as a real number; exact below 2^53.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "what is counted and measured is far below 2^53")]
pub const fn real(number: u64) -> f64 {
    number as f64
}

/// Bytes in the largest unit of 1,024 of which there is at least one, one decimal.
#[must_use]
pub fn bytes(number: u64) -> String {
    let units = [("GiB", 1u64 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    let unit = units.into_iter().find(|&(_, size)| number >= size);
    unit.map_or_else(
        || format!("{number} B"),
        |(name, size)| format!("{:.1} {name}", ratio(number, size)),
    )
}

/// A tick of an axis to the nearest whole number, grouped; below zero it is zero.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "ticks are far below 2^53, and casts saturate"
)]
pub fn rounded(tick: f64) -> String {
    grouped(tick.round() as u64)
}

/// A tick of nanoseconds in the largest unit of which there is at least one.
#[must_use]
pub fn time(tick: f64) -> String {
    // A power of ten is as exact as its logarithm.
    let units = [("s", 1e9), ("ms", 1e6), ("us", 1e3)];
    let unit = units.into_iter().find(|&(_, size)| tick * 1.000_001 >= size);
    unit.map_or_else(
        || format!("{tick:.0} ns"),
        |(name, size)| format!("{:.0} {name}", tick / size),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_short() {
        for (tick, text) in
            [(1.0, "1 ns"), (500.0, "500 ns"), (999.999_9, "1 us"), (2e5, "200 us"), (1e9, "1 s")]
        {
            assert_eq!(time(tick), text);
        }
        assert_eq!(rounded(999_999.999_9), "1,000,000");
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (60_000, "60,000"),
            (100_000, "100,000"),
            (3_000_000, "3,000,000"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn bytes_have_the_largest_unit_that_fits() {
        for (number, text) in [
            (0, "0 B"),
            (1_023, "1023 B"),
            (1_024, "1.0 KiB"),
            (1_572_864, "1.5 MiB"),
            (629_145_600, "600.0 MiB"),
            (1 << 31, "2.0 GiB"),
        ] {
            assert_eq!(bytes(number), text);
        }
    }
}
