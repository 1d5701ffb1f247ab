//! Measuring: the gate first, then round by round.

use crate::selection::nothing;
use crate::{Case, Comparison, Machine, Row, Selection, threads_named};
use shakedown_benches::gauge;
use shakedown_benches::percentile::Distribution;
use shakedown_engine::fleet::schedule::Reading;
use shakedown_laboratory::{Entry, Order, Scale, Scene, Sharing, Subject, layouts};
use shakedown_terminal::exit::Failure;
use shakedown_terminal::progress::Progress;
use shakedown_terminal::threads;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Takes the selected layouts through the gate; those that are refused leave the selection. Returns
/// why they are, in words.
pub fn admit(selection: &mut Selection, progress: &mut Progress) -> Vec<String> {
    let (mut refused, layouts) = (Vec::new(), selection.layouts.len());
    progress.phase(1, "Following the engine through a sequence of events");
    let mut done = 0;
    selection.layouts.retain(|entry| {
        progress.step(done, layouts);
        done += 1;
        let admitted = (entry.admit)(entry.name);
        refused.extend(admitted.as_ref().err().map(ToString::to_string));
        admitted.is_ok()
    });
    progress.step(layouts, layouts);
    refused
}

/// Measures what is selected, beside what was `refused` before.
///
/// # Errors
/// When there is nothing to measure although nothing was refused, or the system gives no more threads.
pub fn compare(
    selection: &Selection,
    refused: Vec<String>,
    progress: &mut Progress,
) -> Result<Comparison, Failure> {
    let (mut rows, mut refused, mut expected, mut phase) =
        (Vec::new(), refused, BTreeMap::new(), 1);
    for &threads in &selection.threads {
        threads::with_pool(threads, || {
            for &scale in &selection.scales {
                let mut scene = None;
                for &order in &selection.orders {
                    phase += 1;
                    let setting = Setting { scale, order, threads: threads.get() };
                    progress.phase(phase, &format!("Measuring {setting}"));
                    let measured = setting.measure(&mut scene, selection, &mut expected, progress);
                    rows.extend(measured.rows);
                    refused.extend(measured.refused);
                }
            }
        })?;
    }
    if rows.is_empty() && refused.is_empty() {
        return Err(nothing());
    }
    Ok(Comparison::new(rows, &expected, refused, Machine::this()))
}

/// The engine's own layout, the first of the registry: where it ends, all must end.
fn own() -> &'static Entry {
    &layouts()[0]
}

/// What layouts are built for, and then measured in several cases.
#[derive(Debug, Clone, Copy)]
struct Setting {
    scale: Scale,
    order: Order,
    /// Those of the pool.
    threads: usize,
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scale, order, threads } = self;
        write!(f, "{}, {}, {}", scale.name(), order.name(), threads_named(*threads))
    }
}

impl Setting {
    /// Every layout round by round, so that no phase of the machine falls on one of them alone. Each
    /// round builds them anew, since where the system puts their rows matters too.
    fn measure(
        self,
        scene: &mut Option<Scene>,
        selection: &Selection,
        expected: &mut BTreeMap<Case, u64>,
        progress: &mut Progress,
    ) -> InSetting {
        let of_entry = |&entry: &&'static Entry| (entry, self.cases(entry, selection));
        let mut layouts: Vec<_> = selection.layouts.iter().map(of_entry).collect();
        layouts.retain(|(_, cases)| !cases.is_empty());
        let mut measured = InSetting::default();
        if layouts.is_empty() {
            return measured;
        }
        let mut done = 0;
        let total = layouts.len().saturating_mul(selection.rounds);
        progress.step(done, total);
        let build = || Scene::new(self.scale.shape());
        let own = scene.get_or_insert_with(build);
        expected.extend(self.expected(own, layouts.iter().flat_map(|(_, cases)| cases)));
        for _ in 0..selection.rounds {
            layouts.retain(|(entry, cases)| {
                progress.step(done, total);
                done += 1;
                let scene = &mut *scene;
                let round = AssertUnwindSafe(|| {
                    self.round(entry, scene.get_or_insert_with(build), cases, selection)
                });
                let Ok(rows) = catch_unwind(round) else {
                    // It may have left anything behind.
                    *scene = None;
                    measured.rows.retain(|row| row.layout.name != entry.name);
                    measured.refused.push(format!("layout {}: at {self} it panicked", entry.name));
                    return false;
                };
                measured.rows.extend(rows);
                true
            });
            // What a layout is measured after should differ.
            layouts.reverse();
        }
        progress.step(total, total);
        measured
    }

    /// The digests after some cases, by the engine's own layout, selected or not.
    fn expected<'a>(
        self,
        scene: &mut Scene,
        cases: impl Iterator<Item = &'a Case>,
    ) -> BTreeMap<Case, u64> {
        let mut subject = (own().build)(scene, self.order);
        let cases: BTreeSet<Case> = cases.copied().collect();
        let digest = |case: Case| {
            subject.restore(scene);
            subject.run(scene, case.operation, case.density, Sharing::None);
            (case, subject.digest(case.operation))
        };
        cases.into_iter().map(digest).collect()
    }

    fn cases(self, entry: &Entry, selection: &Selection) -> Vec<Case> {
        let mut cases = selection.cases(entry);
        let Self { scale, order, threads } = self;
        cases.retain(|it| (it.scale, it.order, it.threads) == (scale, order, threads));
        cases
    }

    /// One round of one layout.
    fn round(
        self,
        entry: &'static Entry,
        scene: &mut Scene,
        cases: &[Case],
        selection: &Selection,
    ) -> Vec<Row> {
        let formula_bytes = (entry.formula)(&scene.roster(self.order, entry.by_resource)) as u64;
        let mut subject = (entry.build)(scene, self.order);
        let measured = cases.iter().filter_map(|&case| {
            let measured = measure(&mut *subject, scene, case, selection)?;
            Some((case, measured))
        });
        let measured: Vec<(Case, Measured)> = measured.collect();
        let held_bytes = subject.held_bytes();
        let row = |(case, measured)| {
            let Measured { nanoseconds, elements, allocations, digest } = measured;
            Row {
                layout: entry,
                case,
                nanoseconds,
                slowest: nanoseconds,
                elements,
                allocations,
                held_bytes,
                formula_bytes,
                digest,
            }
        };
        measured.into_iter().map(row).collect()
    }
}

/// What measuring in a setting yields.
#[derive(Debug, Default)]
struct InSetting {
    rows: Vec<Row>,
    /// Which layouts did not survive it, in words.
    refused: Vec<String>,
}

/// What measuring a case in one round yields.
struct Measured {
    /// Median.
    nanoseconds: u64,
    elements: u64,
    /// Median.
    allocations: u64,
    digest: u64,
}

/// A case is measured until this has passed in all rounds, restoring included, if nobody says how often.
const ENOUGH_NANOSECONDS: u64 = 100_000_000;
/// Iterations that a case takes at least in all rounds.
const FEWEST_ITERATIONS: usize = 3;

/// Measures a case in one round; `None` if it is about threads, and they do not share it.
fn measure(
    subject: &mut dyn Subject,
    scene: &mut Scene,
    case: Case,
    selection: &Selection,
) -> Option<Measured> {
    let Case { operation, density, threads, chunk, .. } = case;
    let sharing = if threads > 1 { Sharing::Cohorts(chunk) } else { Sharing::None };
    // Other cases leave rows behind that this one does not restore.
    subject.restore(scene);
    // The first run sizes what is kept.
    let first = subject.run(scene, operation, density, sharing);
    if first.shared != (threads > 1) {
        return None;
    }
    let (start, rounds) = (gauge::read(), selection.rounds);
    let mut readings: Vec<Reading> = Vec::new();
    let is_enough = |done: usize| match selection.iterations {
        Some(wanted) => done >= wanted,
        None => {
            let spent = gauge::read().since(start).nanoseconds;
            done >= FEWEST_ITERATIONS.div_ceil(rounds)
                && spent >= ENOUGH_NANOSECONDS / rounds as u64
        }
    };
    while !is_enough(readings.len()) {
        readings.push(subject.run(scene, operation, density, sharing).reading);
    }
    let median =
        |reading: fn(&Reading) -> u64| readings.iter().map(reading).collect::<Distribution>().p50();
    Some(Measured {
        nanoseconds: median(|it| it.nanoseconds),
        elements: first.elements,
        allocations: median(|it| it.allocations),
        digest: subject.digest(operation),
    })
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;
    use std::sync::LazyLock;

    use shakedown_laboratory::{DirtyDensity, Operation, Soa};

    use super::*;

    #[test]
    fn a_layout_that_panics_is_refused_and_the_others_are_measured() {
        static FRAGILE: LazyLock<Entry> = LazyLock::new(|| Entry {
            build: |_, _| panic!("it breaks"),
            ..Entry::new::<Soa>("fragile", "", || 0)
        });
        let selection = Selection {
            layouts: vec![&layouts()[0], &FRAGILE, &layouts()[1]],
            operations: vec![Operation::Lock],
            scales: vec![Scale::Thousand],
            densities: vec![DirtyDensity::All],
            orders: vec![Order::ByKey],
            threads: vec![NonZeroUsize::MIN],
            chunks: vec![NonZeroUsize::MIN],
            rounds: 2,
            iterations: Some(1),
        };
        let run = compare(&selection, Vec::new(), &mut Progress::new(true)).expect("it is done");
        assert_eq!(run.refused, ["layout fragile: at 1k, by-key, 1 thread it panicked"]);
        let names: BTreeSet<&str> = run.rows.iter().map(|row| row.layout.name).collect();
        assert_eq!(names, BTreeSet::from(["sharded", "soa"]));
    }
}
