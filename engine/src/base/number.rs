//! Numbers: JSON numbers as doubles, and doubles as Go writes them.
//!
//! Vocabulary: the *shortest* digits of a double are the fewest that read back as it; a *scientific*
//! form is `d.ddde+XX`.
//!
//! Zero has a sign here, because canonical strings show it (SEMANTICS 1.3 rounds as `%.6f` does, so
//! `-0` is `-0`). Expressions and matchers compare by value, where it has none: what they read
//! loses it, so that equal values are one.

use std::num::FpCategory;

use serde_json::Number;

/// The number as a double; beyond the range of doubles, an infinity.
#[must_use]
pub fn double(number: &Number) -> f64 {
    // `as_f64` refuses what is not finite; decoding rejects such numbers, values made by hand
    // still must not panic here.
    number.as_f64().unwrap_or_else(|| {
        if number.to_string().starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY }
    })
}

/// The same number; zero without its sign.
#[inline]
#[must_use]
pub(crate) fn without_sign_of_zero(number: f64) -> f64 {
    number + 0.0
}

/// Whether the number is zero, of either sign.
#[must_use]
pub(crate) fn is_zero(number: f64) -> bool {
    matches!(number.classify(), FpCategory::Zero)
}

/// Six fraction digits of the exact decimal expansion, then no trailing zeros.
#[must_use]
pub fn fixed(number: f64) -> String {
    if !number.is_finite() {
        return not_finite(number).to_owned();
    }
    let mut text = format!("{number:.6}");
    let kept = text.trim_end_matches('0').trim_end_matches('.').len();
    text.truncate(kept);
    text
}

/// The shortest digits: plain if the decimal exponent is between -4 and 5, otherwise scientific
/// with at least two exponent digits.
#[must_use]
pub fn shortest(number: f64) -> String {
    if !number.is_finite() {
        return not_finite(number).to_owned();
    }
    let magnitude = number.abs();
    if is_zero(number) || (1e-4..1e6).contains(&magnitude) {
        return number.to_string();
    }
    with_padded_exponent(&format!("{number:e}"))
}

/// The shortest digits as JSON has them: plain from 1e-6 and below 1e21, otherwise scientific with
/// as many exponent digits as needed. The number is finite.
#[must_use]
pub(crate) fn shortest_json(number: f64) -> String {
    if is_zero(number) || (1e-6..1e21).contains(&number.abs()) {
        return number.to_string();
    }
    format!("{number:e}").replace('e', "e+").replace("e+-", "e-")
}

/// So many digits after the point, scientific with at least two exponent digits. The number is
/// finite.
#[must_use]
pub fn scientific(number: f64, digits: usize) -> String {
    with_padded_exponent(&format!("{number:.digits$e}"))
}

/// `1.5e6` as `1.5e+06`.
fn with_padded_exponent(text: &str) -> String {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |it| ('-', it));
    format!("{mantissa}e{sign}{digits:0>2}")
}

fn not_finite(number: f64) -> &'static str {
    match number {
        f64::INFINITY => "+Inf",
        f64::NEG_INFINITY => "-Inf",
        _ => "NaN",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_are_written_as_go_writes_them() {
        for (number, trimmed, short, json) in [
            (0.0, "0", "0", "0"),
            (-0.0, "-0", "-0", "-0"),
            (1.5, "1.5", "1.5", "1.5"),
            (100.0, "100", "100", "100"),
            (999_999.0, "999999", "999999", "999999"),
            (999_999.5, "999999.5", "999999.5", "999999.5"),
            (1_000_000.0, "1000000", "1e+06", "1000000"),
            (0.0001, "0.0001", "0.0001", "0.0001"),
            (0.000_099_9, "0.0001", "9.99e-05", "0.0000999"),
            (-1.5e-7, "-0", "-1.5e-07", "-1.5e-7"),
            (1e20, "100000000000000000000", "1e+20", "100000000000000000000"),
            (1e21, "1000000000000000000000", "1e+21", "1e+21"),
            (5e-324, "0", "5e-324", "5e-324"),
        ] {
            assert_eq!(fixed(number), trimmed);
            assert_eq!(shortest(number), short);
            assert_eq!(shortest_json(number), json);
        }
        assert_eq!(
            [f64::INFINITY, f64::NEG_INFINITY, f64::NAN].map(shortest),
            ["+Inf", "-Inf", "NaN"]
        );
        assert_eq!(scientific(1_234_567.0, 2), "1.23e+06");
        assert_eq!(scientific(0.0, 0), "0e+00");
        assert_eq!(scientific(-1e-120, 1), "-1.0e-120");
    }

    #[test]
    fn json_numbers_are_doubles_of_any_size() {
        for (text, expected) in [
            ("0.5", 0.5_f64),
            ("9223372036854775807", 9_223_372_036_854_775_808.0),
            ("-0", -0.0),
            ("1e400", f64::INFINITY),
            ("-1e400", f64::NEG_INFINITY),
        ] {
            let number: Number = serde_json::from_str(text).expect(text);
            assert_eq!(double(&number).to_bits(), expected.to_bits(), "{text}");
        }
        assert_eq!(without_sign_of_zero(-0.0).to_bits(), 0.0_f64.to_bits());
        assert_eq!(without_sign_of_zero(-2.0).to_bits(), (-2.0_f64).to_bits());
    }
}
