//! Policies phase: which policies apply, and what they say of each candidate in each dirty cohort.

mod applicability;
mod evaluate;
mod reach;
mod reads;
mod told;

pub use applicability::{Applicability, Class, policies_of, refresh_applicability};
pub(crate) use applicability::{bindings_of, may_fail, scope_means};
pub use evaluate::{Scratch, Task, evaluate};
pub use reach::mark_reached;
pub use reads::{Reads, World};
pub use told::Told;

use bevy_ecs::resource::Resource;
use bevy_ecs::system::{Res, ResMut};
use rayon::prelude::*;
use shakedown_engine::base::ids::CohortIx;
use shakedown_engine::fleet::dirty::Dirty;
use shakedown_engine::fleet::matrix::Cohorts;
use shakedown_engine::fleet::phase::Phase;
use shakedown_engine::fleet::probe::Probe;
use shakedown_engine::fleet::schedule::Clock;

use crate::facts::{CandidateLists, CohortWaves, Waves};
use crate::handover::Work;

/// The buffers of evaluation, one for each dirty cohort; longer than that when earlier work was larger.
#[derive(Debug, Default, Resource)]
pub struct Scratches(Vec<Scratch>);

/// Evaluates every dirty cohort.
///
/// # Errors
/// When a column of targets is not table-stored, as all are declared to be.
///
/// # Panics
/// When a collected cohort is not dirty: only dirty ones are collected.
pub fn evaluate_policies(
    clock: Res<Clock>,
    dirty: Res<Dirty>,
    cohorts: Res<Cohorts>,
    applicability: Res<Applicability>,
    candidates: Res<CandidateLists>,
    world: World<'_, '_>,
    probe: Res<Probe>,
    mut waves: ResMut<Waves>,
    mut scratches: ResMut<Scratches>,
    mut work: ResMut<Work>,
) -> bevy_ecs::error::Result {
    work.collect(&dirty, &cohorts);
    if work.cohorts.is_empty() {
        return Ok(());
    }
    waves.cohorts.resize_to(cohorts.len());
    if scratches.0.len() < work.cohorts.len() {
        scratches.0.resize_with(work.cohorts.len(), Scratch::default);
    }
    let reads = world.reads()?;
    let is_parallel = work.is_parallel();
    let Work { cohorts: dirty_cohorts, verdicts, .. } = &mut *work;
    let mut own_waves: Vec<CohortWaves> =
        dirty_cohorts.iter().map(|cohort| std::mem::take(&mut waves.cohorts[*cohort])).collect();
    let mut tasks: Vec<Task<'_, _>> = dirty_cohorts
        .iter()
        .zip(verdicts)
        .zip(&mut own_waves)
        .zip(&mut scratches.0)
        .map(|(((&ix, verdict), waves), scratch)| Task {
            cohort: &cohorts[ix],
            rows: reads.rows(&cohorts[ix]),
            dirty: dirty.rows(ix).expect("collected cohorts are dirty"),
            classes: applicability.classes(ix),
            candidates: candidates.of(cohorts[ix].deployment),
            waves,
            scratch,
            verdict,
        })
        .collect();
    let run = |(task, &cohort): (&mut Task<'_, _>, &CohortIx)| {
        probe.around(Phase::Policies, cohort, || evaluate(task, &reads, clock.0));
    };
    if is_parallel {
        tasks.par_iter_mut().zip(&*dirty_cohorts).for_each(run);
    } else {
        tasks.iter_mut().zip(&*dirty_cohorts).for_each(run);
    }
    drop(tasks);
    for (cohort, own) in dirty_cohorts.iter().zip(own_waves) {
        waves.cohorts[*cohort] = own;
    }
    Ok(())
}
