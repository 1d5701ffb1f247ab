//! Measuring: the gate first, then case by case.

use shakedown_benches::laboratory::{Entry, Scene, Sharing, Subject};

use super::selection::nothing;
use super::{Case, Comparison, Machine, Row, Selection};
use crate::exit::Failure;
use crate::gauge;
use crate::percentile::Distribution;
use crate::progress::Progress;
use crate::threads;

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
    let (mut rows, mut phase) = (Vec::new(), 1);
    for &count in &selection.threads {
        let measured = threads::with_pool(count, || {
            of_threads(selection, count.get(), &mut |what| {
                phase += 1;
                progress.phase(phase, what);
            })
        });
        rows.extend(measured?);
    }
    if rows.is_empty() && refused.is_empty() {
        return Err(nothing());
    }
    Ok(Comparison::new(rows, refused, Machine::this()))
}

/// The rows of every case with so many threads, which are those of the pool.
fn of_threads(selection: &Selection, threads: usize, begin: &mut dyn FnMut(&str)) -> Vec<Row> {
    let mut rows = Vec::new();
    for &scale in &selection.scales {
        let mut scene = None;
        for &order in &selection.orders {
            for entry in &selection.layouts {
                let mut cases = selection.cases(entry);
                cases.retain(|it| (it.scale, it.order, it.threads) == (scale, order, threads));
                let Some(first) = cases.first() else { continue };
                let [scale, _, order, threads] = first.axes();
                begin(&format!("{}: {scale}, {order}, {threads}", entry.name));
                let scene = scene.get_or_insert_with(|| Scene::new(first.scale.shape()));
                rows.extend(of_layout(entry, scene, &cases, selection));
            }
        }
    }
    rows
}

/// The rows of a layout for cases that have scale, order and threads in common.
fn of_layout(
    entry: &'static Entry,
    scene: &mut Scene,
    cases: &[Case],
    selection: &Selection,
) -> Vec<Row> {
    let Some(first) = cases.first() else { return Vec::new() };
    let formula_bytes = (entry.formula)(&scene.roster(first.order, entry.by_resource)) as u64;
    let mut subject = (entry.build)(scene, first.order);
    let held_bytes = subject.held_bytes();
    let rows = cases.iter().filter_map(|&case| {
        let measured = measure(&mut *subject, scene, case, selection)?;
        let Measured { nanoseconds, elements, allocations, digest } = measured;
        Some(Row {
            layout: entry,
            case,
            nanoseconds: nanoseconds.p50(),
            elements,
            allocations: allocations.p50(),
            held_bytes,
            formula_bytes,
            digest,
        })
    });
    rows.collect()
}

/// What measuring a case yields.
struct Measured {
    nanoseconds: Distribution,
    elements: u64,
    allocations: Distribution,
    digest: u64,
}

/// A case is measured until this has passed, restoring included, if nobody says how often.
const ENOUGH_NANOSECONDS: u64 = 100_000_000;
/// Iterations that a median takes at least.
const FEWEST_ITERATIONS: usize = 3;

/// Measures a case; `None` if it is about threads, and they do not share it.
fn measure(
    subject: &mut dyn Subject,
    scene: &mut Scene,
    case: Case,
    selection: &Selection,
) -> Option<Measured> {
    let Case { operation, density, threads, .. } = case;
    let sharing = if threads > 1 { Sharing::Cohorts(selection.chunk) } else { Sharing::None };
    // Other cases leave rows behind that this one does not restore.
    subject.restore(scene);
    // The first run sizes what is kept.
    let first = subject.run(scene, operation, density, sharing);
    if first.shared != (threads > 1) {
        return None;
    }
    let start = gauge::read();
    let mut readings = Vec::new();
    let is_enough = |done: usize| match selection.iterations {
        Some(wanted) => done >= wanted,
        None => {
            let spent = gauge::read().since(start).nanoseconds;
            done >= FEWEST_ITERATIONS && spent >= ENOUGH_NANOSECONDS
        }
    };
    while !is_enough(readings.len()) {
        readings.push(subject.run(scene, operation, density, sharing).reading);
    }
    Some(Measured {
        nanoseconds: readings.iter().map(|it| it.nanoseconds).collect(),
        elements: first.elements,
        allocations: readings.iter().map(|it| it.allocations).collect(),
        digest: subject.digest(),
    })
}
