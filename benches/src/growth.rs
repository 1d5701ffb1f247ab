//! How a cost grows with a size, found by least squares.
//!
//! Vocabulary: the *exponent* is the slope of a straight line through the logarithms of sizes and
//! costs, fixed cost and all; a *model* is `fixed + each * g(size)` with neither part negative, and
//! its *class* is what `g` is; *steepness* is the `b` of the best `fixed + each * size^b`, so it is
//! the exponent of what is left when the fixed cost is taken away.
//!
//! Models are fitted to relative errors, so a cost of microseconds counts as much as one of seconds.
//! The confidence in a class is its Schwarz weight among all classes: the probability that it is the
//! right one if one of them is, all were equally likely before, and errors are normal. Of `n` points
//! only those beyond the parameters count as evidence: a curve through three points proves nothing.
//! A class whose growing part stays below a tenth of the fixed one is not in question: it fits whatever
//! is constant, too.
//! What is partly linear and partly quadratic has no class of its own. Whether a cost grows faster than
//! linear is therefore asked of the steepness, against the constant and the linear model.
//!
//! Invariant: pure functions of the points; their order does not matter.

use std::fmt;

/// What a cost is proportional to, beside a fixed part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Nothing: the cost is fixed.
    Constant,
    /// The size.
    Linear,
    /// The size times its logarithm.
    Linearithmic,
    /// The square of the size.
    Quadratic,
}

impl Class {
    /// Every class, slow to fast.
    pub const ALL: [Self; 4] = [Self::Constant, Self::Linear, Self::Linearithmic, Self::Quadratic];

    /// The name in tables and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Constant => "constant",
            Self::Linear => "linear",
            Self::Linearithmic => "n log n",
            Self::Quadratic => "quadratic",
        }
    }

    /// What the cost is proportional to at `size`; grows from 1 at size 1.
    #[must_use]
    pub fn of(self, size: f64) -> f64 {
        match self {
            Self::Constant => 1.0,
            Self::Linear => size,
            Self::Linearithmic => size * (1.0 + size).log2(),
            Self::Quadratic => size * size,
        }
    }
}

/// How a cost grows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Growth {
    /// Slope of the logarithm of the cost over the logarithm of the size.
    pub exponent: f64,
    /// Standard error of the exponent.
    pub standard_error: f64,
    /// Logarithm of the cost of size 1 on the line that the exponent is the slope of.
    pub intercept: f64,
    /// The exponent beyond the fixed cost, `0..=3` in hundredths.
    pub steepness: f64,
    /// The class whose model fits best.
    pub class: Class,
    /// Probability of that class, `0..=1`.
    pub confidence: f64,
    /// Probability that the steepness is right and not the constant or the linear model, `0..=1`; zero
    /// when it is below one, or the growing part below the fixed one at the largest size.
    pub superlinear: f64,
    /// The fixed part of that model, in the unit of the cost.
    pub fixed: f64,
}

/// A growth cannot be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooFewSizes {
    /// Different sizes with a cost.
    pub found: usize,
}

impl fmt::Display for TooFewSizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = self.found;
        write!(f, "growth takes at least {FEWEST} different sizes with a cost, found {found}")
    }
}

/// Points that a line with an error needs.
pub const FEWEST: usize = 3;
/// Relative error below which differences between models are no evidence.
const RESOLUTION: f64 = 0.01;
/// Part of the fixed cost, as a divisor, that growth must reach at the largest size.
const VISIBLE: f64 = 10.0;
/// What rounding alone may do to the squared relative errors of all points.
const NEGLIGIBLE: f64 = 1e-9;
/// Probability from which on a cost surely grows faster than linear, and the steepness from which on
/// that is more than what linear costs show when caches no longer hold the data, 1.3 when measured.
const SURE: f64 = 0.75;
const STEEP: f64 = 1.4;
/// Steps of steepness per unit, and the largest steepness in steps.
const STEPS: f64 = 100.0;
const STEEPEST: u32 = 300;

impl Growth {
    /// Fits `(size, cost)` points. Points of which either is not above zero have no logarithm and are
    /// left out.
    ///
    /// # Errors
    /// When fewer than [`FEWEST`] different sizes are left.
    pub fn of(points: &[(f64, f64)]) -> Result<Self, TooFewSizes> {
        let positive = |&(size, cost): &(f64, f64)| size > 0.0 && cost > 0.0;
        let mut points: Vec<(f64, f64)> = points.iter().copied().filter(positive).collect();
        points.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let found = points.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()).count();
        if found < FEWEST {
            return Err(TooFewSizes { found });
        }
        let (exponent, standard_error, intercept) = line(&points);
        let n = count(points.len());
        let largest = points.last().map_or(1.0, |point| point.0);
        let models = Class::ALL.map(|class| Model::fit(&points, |size| class.of(size)));
        let scores = Class::ALL.map(|class| match models[class as usize] {
            constant if class == Class::Constant => constant.score(n, 1.0, 2.0),
            model if model.each * class.of(largest) * VISIBLE < model.fixed => f64::INFINITY,
            model => model.score(n, 2.0, 2.0),
        });
        let best = (0..scores.len()).min_by(|&a, &b| scores[a].total_cmp(&scores[b])).unwrap_or(0);
        let weights = scores.map(|score| ((scores[best] - score) / 2.0).exp());
        let (steepness, steep) = steepest(&points);
        let [constant, linear, ..] = models;
        let slow = constant.score(n, 1.0, 3.0).min(linear.score(n, 2.0, 3.0));
        let grows = steepness > 1.0 && steep.each * largest.powf(steepness) > steep.fixed;
        let odds = ((slow - steep.score(n, 3.0, 3.0)) / 2.0).exp();
        Ok(Self {
            exponent,
            standard_error,
            intercept,
            steepness,
            class: Class::ALL[best],
            confidence: weights[best] / weights.iter().sum::<f64>(),
            superlinear: if grows { 1.0 - 1.0 / (1.0 + odds) } else { 0.0 },
            fixed: models[best].fixed,
        })
    }

    /// Whether the cost surely grows faster than the size, and visibly so.
    #[must_use]
    pub fn is_superlinear(&self) -> bool {
        self.superlinear >= SURE && self.steepness >= STEEP
    }

    /// The cost that the straight line gives to `size`.
    #[must_use]
    pub fn on_line(&self, size: f64) -> f64 {
        (self.intercept + self.exponent * size.ln()).exp()
    }
}

/// Slope, its standard error and the intercept of the line through the logarithms.
fn line(points: &[(f64, f64)]) -> (f64, f64, f64) {
    let n = count(points.len());
    let logs = || points.iter().map(|&(size, cost)| (size.ln(), cost.ln()));
    let mean_x = logs().map(|(x, _)| x).sum::<f64>() / n;
    let mean_y = logs().map(|(_, y)| y).sum::<f64>() / n;
    let spread = logs().map(|(x, _)| (x - mean_x).powi(2)).sum::<f64>();
    let slope = logs().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum::<f64>() / spread;
    let intercept = mean_y - slope * mean_x;
    let left = logs().map(|(x, y)| (y - intercept - slope * x).powi(2)).sum::<f64>();
    (slope, (left / (n - 2.0) / spread).sqrt(), intercept)
}

/// The power whose model fits best, with that model.
fn steepest(points: &[(f64, f64)]) -> (f64, Model) {
    let mut best = (0.0, Model::fit(points, |_| 1.0));
    for step in 1..=STEEPEST {
        let power = f64::from(step) / STEPS;
        let model = Model::fit(points, |size| size.powf(power));
        if model.error < best.1.error - NEGLIGIBLE {
            best = (power, model);
        }
    }
    best
}

/// A fitted `fixed + each * g(size)`.
#[derive(Debug, Clone, Copy)]
struct Model {
    fixed: f64,
    each: f64,
    /// Sum of the squared relative errors.
    error: f64,
}

impl Model {
    fn fit(points: &[(f64, f64)], g: impl Fn(f64) -> f64) -> Self {
        // Relative to the cost, the model is `fixed * u + each * v`, and all of it should be 1.
        let (mut uu, mut uv, mut vv, mut u, mut v) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for &(size, cost) in points {
            let (of_fixed, of_each) = (1.0 / cost, g(size) / cost);
            uu += of_fixed * of_fixed;
            uv += of_fixed * of_each;
            vv += of_each * of_each;
            u += of_fixed;
            v += of_each;
        }
        let with = |fixed: f64, each: f64| {
            let off = |&(size, cost): &(f64, f64)| (fixed + each * g(size)) / cost - 1.0;
            Self { fixed, each, error: points.iter().map(|point| off(point).powi(2)).sum() }
        };
        let determinant = uu * vv - uv * uv;
        let free = (u * vv - v * uv, v * uu - u * uv);
        // Without growth both parts are the same, and what rounding leaves of the determinant is noise.
        if determinant > 1e-12 * uu * vv && free.0 >= 0.0 && free.1 >= 0.0 {
            return with(free.0 / determinant, free.1 / determinant);
        }
        let (all_fixed, none_fixed) = (with(u / uu, 0.0), with(0.0, v / vv));
        if none_fixed.error < all_fixed.error { none_fixed } else { all_fixed }
    }

    /// Schwarz' criterion for `n` points and so many parameters: the lower, the likelier. Points count
    /// as evidence beyond the `most` parameters of all models that are compared.
    fn score(self, n: f64, parameters: f64, most: f64) -> f64 {
        (n - most) * (self.error / n + RESOLUTION * RESOLUTION).ln() + parameters * n.ln()
    }
}

#[expect(clippy::cast_precision_loss, reason = "points are few")]
const fn count(points: usize) -> f64 {
    points as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES: [f64; 10] = [1e2, 3e2, 1e3, 3e3, 1e4, 3e4, 1e5, 3e5, 1e6, 3e6];
    /// Relative errors that a busy machine makes, without a trend.
    const NOISE: [f64; 10] = [0.9, 1.12, 1.0, 0.93, 1.1, 1.05, 0.88, 1.08, 0.95, 1.0];

    fn growth(cost: impl Fn(f64) -> f64) -> Growth {
        Growth::of(&SIZES.map(|size| (size, cost(size)))).expect("ten sizes")
    }

    #[track_caller]
    fn near(found: f64, expected: f64, tolerance: f64, what: &str) {
        assert!((found - expected).abs() <= tolerance, "{what}: {found}, expected {expected}");
    }

    #[test]
    fn power_laws_have_their_exponent_and_no_error() {
        for (power, class) in
            [(0.0, Class::Constant), (1.0, Class::Linear), (2.0, Class::Quadratic)]
        {
            let found = growth(|size| 7.0 * size.powf(power));
            let name = class.name();
            near(found.exponent, power, 1e-9, name);
            near(found.standard_error, 0.0, 1e-9, name);
            near(found.on_line(500.0), 7.0 * 500_f64.powf(power), 1e-6 * 500_f64.powf(power), name);
            near(found.steepness, power, 0.011, name);
            assert_eq!(found.class, class);
            assert!(found.confidence > 0.99, "{name}: {}", found.confidence);
        }
    }

    #[test]
    fn classes_are_told_apart() {
        type Cost = fn(f64) -> f64;
        let cases: [(&str, Cost, Class, f64); 5] = [
            ("n log n", |n| 3.0 * n * (1.0 + n).log2(), Class::Linearithmic, 1.1),
            ("fixed and n", |n| 20_000.0 + 70.0 * n, Class::Linear, 1.0),
            ("fixed and n log n", |n| 9e4 + 5.0 * n * (1.0 + n).log2(), Class::Linearithmic, 1.1),
            ("fixed and n^2", |n| 1e6 + 0.01 * n * n, Class::Quadratic, 2.0),
            ("fixed", |_| 300.0, Class::Constant, 0.0),
        ];
        for (name, cost, class, steepness) in cases {
            let found = growth(cost);
            assert_eq!(found.class, class, "{name}: {found:?}");
            near(found.steepness, steepness, 0.1, name);
            assert!(found.confidence > 0.95, "{name}: {found:?}");
            assert_eq!(found.is_superlinear(), class == Class::Quadratic, "{name}: {found:?}");
        }
        let mixed = growth(|n| 70.0 * n + 0.001 * n * n);
        assert!(mixed.is_superlinear(), "a little of a square is found: {mixed:?}");
        let found = growth(|n| 20_000.0 + 70.0 * n);
        near(found.fixed, 20_000.0, 1.0, "the fixed cost");
        assert!(found.exponent < 0.95, "a fixed cost flattens the line: {}", found.exponent);
    }

    #[test]
    fn noise_widens_the_error_and_lowers_the_confidence() {
        let noisy: Vec<(f64, f64)> =
            SIZES.iter().zip(NOISE).map(|(&size, noise)| (size, 70.0 * size * noise)).collect();
        let found = Growth::of(&noisy).expect("ten sizes");
        near(found.exponent, 1.0, 3.0 * found.standard_error, "exponent");
        assert!(found.standard_error > 0.002, "{found:?}");
        assert_eq!(found.class, Class::Linear);
        let exact = growth(|size| 70.0 * size);
        assert!(found.confidence < exact.confidence, "{} {}", found.confidence, exact.confidence);
        let mut reversed = noisy;
        reversed.reverse();
        assert_eq!(Growth::of(&reversed), Ok(found), "order does not matter");
    }

    #[test]
    fn a_curve_through_every_point_proves_nothing() {
        // Measured: what takes no longer for more targets, and a size that was disturbed.
        for costs in [
            &[39_400.0, 47_100.0, 150_400.0][..],
            &[20_000.0, 21_000.0, 31_200.0],
            &[100.0, 110.0, 120.0, 210.0],
        ] {
            let points: Vec<(f64, f64)> = SIZES.into_iter().zip(costs.iter().copied()).collect();
            let found = Growth::of(&points).expect("three sizes");
            assert!(!found.is_superlinear(), "{costs:?}: {found:?}");
            assert!(found.confidence < 0.95, "{costs:?}: {found:?}");
        }
        let exact = SIZES.map(|size| (size, 5.0 * size * size));
        let few = Growth::of(&exact[..5]).expect("five sizes");
        assert!(few.is_superlinear(), "five that agree are enough: {few:?}");
    }

    #[test]
    fn points_that_say_nothing_are_left_out_and_missed() {
        let cases: [(&str, &[(f64, f64)], usize); 5] = [
            ("nothing", &[], 0),
            ("two sizes", &[(1.0, 5.0), (2.0, 9.0)], 2),
            ("one size thrice", &[(1.0, 5.0), (1.0, 6.0), (1.0, 7.0)], 1),
            ("costs of zero", &[(1.0, 0.0), (2.0, 0.0), (3.0, 0.0), (4.0, 1.0)], 1),
            ("a size of zero", &[(0.0, 1.0), (2.0, 2.0), (3.0, 3.0)], 2),
        ];
        for (name, points, found) in cases {
            assert_eq!(Growth::of(points), Err(TooFewSizes { found }), "{name}");
        }
        let all = Growth::of(&[(0.0, 4.0), (1.0, 2.0), (2.0, 4.0), (3.0, 0.0), (4.0, 8.0)]);
        near(all.expect("three are left").exponent, 1.0, 1e-9, "without zeros");
    }
}
