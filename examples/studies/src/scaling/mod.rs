//! How reconciling scales: one number of a fleet is varied, everything else stays.
//!
//! Vocabulary: an *axis* is the number that is varied ([`Axis`]); a *point* is what one size of it
//! costs; its *curve* is all its points with the growth of the whole reconcile and of each phase.
//!
//! Invariant: a point depends on its axis, its size and the settings alone, never on other points.

mod axis;
mod statement;

pub use axis::{Axis, Settings, measure};
use shakedown_benches::growth::{Growth, TooFewSizes};
use shakedown_engine::fleet::digest::Digest;
use shakedown_engine::fleet::phase::Phase;
use shakedown_terminal::number::real;
pub use statement::{charts, object, table};

/// What one size costs, in nanoseconds.
///
/// Phases are those of the fastest iteration each: they are asked which of them grows too fast, and
/// other processes disturb the fastest least.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// The size.
    pub size: u64,
    /// Median of the whole reconcile, from the event on.
    pub whole: u64,
    /// The whole reconcile of each iteration, in order.
    pub samples: Vec<u64>,
    /// The least that each phase took, in phase order.
    pub phases: [u64; Phase::ALL.len()],
    /// The state after the last iteration.
    pub digest: Digest,
}

/// The points of an axis, and how they grow.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// What was varied.
    pub axis: Axis,
    /// By size.
    pub points: Vec<Point>,
    /// Growth of the whole reconcile.
    pub whole: Growth,
    /// Growth of each phase, in phase order; `None` of what took no time.
    pub phases: [Option<Growth>; Phase::ALL.len()],
}

/// A finished run.
#[derive(Debug, Clone, PartialEq)]
pub struct Scaling {
    /// What all points have in common.
    pub settings: Settings,
    /// Threads of the pool.
    pub threads: usize,
    /// By number of targets.
    pub targets: Curve,
    /// The other axes.
    pub others: Vec<Curve>,
}

/// Part of the largest reconcile below which it does not matter how a phase grows.
const SMALL_PART: u64 = 20;

impl Point {
    /// All phases together.
    #[must_use]
    pub fn all_phases(&self) -> u64 {
        self.phases.iter().sum()
    }
}

impl Curve {
    /// Fits the points.
    ///
    /// # Errors
    /// When the sizes are too few.
    pub fn new(axis: Axis, points: Vec<Point>) -> Result<Self, TooFewSizes> {
        let growth = |cost: &dyn Fn(&Point) -> u64| {
            let pairs: Vec<(f64, f64)> =
                points.iter().map(|point| (real(point.size), real(cost(point)))).collect();
            Growth::of(&pairs)
        };
        let whole = growth(&|point| point.whole)?;
        let phases = Phase::ALL.map(|phase| growth(&|point| point.phases[phase as usize]).ok());
        Ok(Self { axis, points, whole, phases })
    }

    /// The phases that grow faster than linear and take more than a twentieth of the largest
    /// reconcile.
    pub fn superlinear(&self) -> impl Iterator<Item = (Phase, Growth)> + '_ {
        let grown = Phase::ALL.into_iter().zip(&self.phases);
        grown.filter_map(|(phase, growth)| {
            let growth = growth.filter(Growth::is_superlinear)?;
            let largest = self.points.last()?;
            let matters = largest.phases[phase as usize] * SMALL_PART > largest.all_phases();
            matters.then_some((phase, growth))
        })
    }
}

impl Scaling {
    /// The budget of the exponent over targets.
    pub const BUDGET: (f64, f64) = (0.9, 1.05);
    /// The sizes that the budget is about.
    pub const SPAN: (u32, u32) = (100, 3_000_000);

    /// Whether the budget holds; `None` when the sizes do not span what it is about.
    #[must_use]
    pub fn holds(&self) -> Option<bool> {
        let (first, last) = (self.targets.points.first()?, self.targets.points.last()?);
        let spans = first.size <= Self::SPAN.0.into() && last.size >= Self::SPAN.1.into();
        spans.then(|| (Self::BUDGET.0..=Self::BUDGET.1).contains(&self.targets.whole.exponent))
    }

    /// All curves, targets first.
    pub fn curves(&self) -> impl Iterator<Item = &Curve> {
        std::iter::once(&self.targets).chain(&self.others)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shakedown_benches::Density;

    fn curve(policies: impl Fn(u64) -> u64) -> Curve {
        let points = [1, 4, 16, 64, 256].map(|size| {
            let mut phases = [0; Phase::ALL.len()];
            phases[Phase::Policies as usize] = policies(size);
            phases[Phase::Planning as usize] = 9_000 + 300 * size;
            // Grows as fast as may be, and is never worth a word.
            phases[Phase::Settle as usize] = size * size / 100;
            let whole = phases.iter().sum();
            Point { size, whole, samples: vec![whole], phases, digest: Digest(size) }
        });
        Curve::new(Axis::Versions, points.into()).expect("five sizes")
    }

    #[test]
    fn phases_that_grow_faster_than_linear_are_found() {
        assert_eq!(curve(|size| 2_000 + 50 * size).superlinear().count(), 0);
        let square = curve(|size| 2_000 + 50 * size * size);
        let found: Vec<Phase> = square.superlinear().map(|(phase, _)| phase).collect();
        assert_eq!(found, [Phase::Policies]);
        assert!(square.phases[Phase::Ingest as usize].is_none(), "it took no time");
    }

    #[test]
    fn the_budget_is_about_the_whole_span() {
        let of = |sizes: &[u64], cost: fn(u64) -> u64| {
            let point = |&size: &u64| Point {
                size,
                whole: cost(size),
                samples: vec![cost(size)],
                phases: [0; Phase::ALL.len()],
                digest: Digest(0),
            };
            let points = sizes.iter().map(point).collect();
            let targets = Curve::new(Axis::Targets, points).expect("enough sizes");
            let settings = Settings { density: Density::All, iterations: 1, seed: 0, targets: 1 };
            Scaling { settings, threads: 1, targets, others: Vec::new() }.holds()
        };
        assert_eq!(of(&[100, 10_000, 3_000_000], |size| 70 * size), Some(true));
        assert_eq!(of(&[100, 10_000, 3_000_000], |size| size * size), Some(false));
        assert_eq!(of(&[100, 10_000, 1_000_000], |size| 70 * size), None);
    }
}
