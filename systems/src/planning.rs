//! Planning phase: writes the desired release of every dirty target.

use bevy_ecs::error::Result;
use bevy_ecs::system::{Query, Res};
use rayon::prelude::*;
use shakedown_engine::ids::VariablesId;
use shakedown_engine::job::VariableSets;
use shakedown_engine::probe::Probe;
use shakedown_engine::schedule::Phase;
use shakedown_engine::target::{Cohorts, Key, Plan, SHARDS, ones, untracked};

use crate::policies::{Candidate, CandidateLists, Verdicts};
use crate::variables::Variables;
use crate::work::{Work, carve, shard_of};

/// Writes the plans of one cohort.
///
/// - `verdict`: what the policies say; `candidates`: the list its picks refer to.
/// - `variables_of(row)`: the resolved variables of a row.
/// - `plans`: one per row in use; rows that are not dirty stay as they are.
///
/// Cannot fail. 0.5 to 2 ns per row.
pub fn plan(
    verdict: &Verdicts,
    candidates: &[Candidate],
    variables_of: impl Fn(usize) -> VariablesId,
    plans: &mut [Plan],
) {
    for_each_row(verdict.undecided(), |row| plans[row] = Plan::NONE);
    for (candidate, rows) in verdict.picks() {
        let edition = candidates[candidate].edition;
        for_each_row(rows, |row| plans[row] = Plan { edition, variables: variables_of(row) });
    }
}

/// Calls `visit` with every row whose bit is set, in order; whole words run without bit tests.
pub fn for_each_row(words: &[u64], mut visit: impl FnMut(usize)) {
    for (word, &bits) in words.iter().enumerate() {
        for_each_bit(bits, |bit| visit(word * 64 + bit as usize));
    }
}

/// Calls `visit` with the position of every set bit of a word, ascending; a whole word runs without
/// bit tests.
pub fn for_each_bit(word: u64, visit: impl FnMut(u32)) {
    if word == u64::MAX { (0..64).for_each(visit) } else { ones(word).for_each(visit) }
}

/// Plans every dirty cohort.
///
/// # Errors
/// When a queried component is not table-stored, which cannot happen.
pub fn plan_targets(
    cohorts: Res<Cohorts>,
    candidates: Res<CandidateLists>,
    variables: Res<Variables>,
    probe: Res<Probe>,
    work: Res<Work>,
    mut targets: Query<(&Key, &mut Plan)>,
) -> Result {
    if work.cohorts.is_empty() {
        return Ok(());
    }
    let mut plans = Vec::new();
    let mut keys: [&[Key]; SHARDS] = [&[]; SHARDS];
    for (table_keys, table_plans) in targets.contiguous_iter_mut()? {
        if let Some(shard) = shard_of(table_keys, &cohorts) {
            keys[shard.slot()] = table_keys;
            plans.push((shard, untracked(table_plans)));
        }
    }
    let slices = carve(plans.into_iter(), &work.ranges);
    let run = |(at, plans): (usize, &mut [Plan])| {
        let (verdict, (shard, rows)) = (&work.verdicts[at], &work.ranges[at]);
        let cohort = work.cohorts[at];
        let deployment = cohorts[cohort].deployment;
        let candidates = candidates.of(deployment);
        probe.around(Phase::Planning, cohort, || match variables.column(deployment) {
            None => plan(verdict, candidates, |_| VariableSets::EMPTY, plans),
            Some(column) => {
                let keys = &keys[shard.slot()][rows.clone()];
                let variables_of = |row: usize| {
                    let variables = column[keys[row].resource.slot()];
                    debug_assert!(variables.is_some(), "dirty targets are resolved");
                    variables
                };
                plan(verdict, candidates, variables_of, plans);
            }
        });
    };
    let tasks = slices.into_iter().enumerate();
    if work.is_parallel() {
        tasks.collect::<Vec<_>>().into_par_iter().for_each(run);
    } else {
        tasks.for_each(run);
    }
    Ok(())
}
