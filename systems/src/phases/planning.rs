//! Planning phase: writes the desired release of every dirty target.

use bevy_ecs::error::Result;
use bevy_ecs::system::Res;
use rayon::prelude::*;
use shakedown_engine::base::ids::VariablesId;
use shakedown_engine::base::row_set::{RowSpan, first_of, for_each_bit};
use shakedown_engine::fleet::jobs::VariableSets;
use shakedown_engine::fleet::matrix::{Cohorts, Plan, TargetColumns, TargetRows};
use shakedown_engine::fleet::phase::Phase;
use shakedown_engine::fleet::probe::Probe;

use crate::facts::{Candidate, CandidateLists};
use crate::handover::Verdicts;
use crate::handover::{Targets, Work};
use crate::variables::Variables;

/// Writes the plans of one cohort.
///
/// - `verdict`: what the policies say; `candidates`: the list its picks refer to.
/// - `variables`: the resolved variables of its targets by resource; `None` if they have none.
/// - `rows`: those in use; rows that are not dirty stay as they are.
///
/// Cannot fail. 0.5 to 2 ns per row.
pub fn plan(
    verdict: &Verdicts,
    candidates: &[Candidate],
    variables: Option<&[VariablesId]>,
    rows: &mut impl TargetRows,
) {
    set_plans(rows, verdict.undecided(), Plan::NONE);
    for (candidate, picked) in verdict.picks() {
        let edition = candidates[candidate].edition;
        let Some(resolved) = variables else {
            let desired = Plan { edition, variables: VariableSets::EMPTY };
            set_plans(rows, picked, desired);
            continue;
        };
        for (word, set) in picked.iter() {
            for_each_bit(set, |bit| {
                let row = first_of(word) + bit as usize;
                let variables = resolved[rows.key(row).resource.slot()];
                debug_assert!(variables.is_some(), "dirty targets are resolved");
                rows.set_plan(row, Plan { edition, variables });
            });
        }
    }
}

/// Writes the same plan of every row whose bit is set.
fn set_plans(rows: &mut impl TargetRows, of: RowSpan<'_>, plan: Plan) {
    for (word, set) in of.iter().filter(|&(_, set)| set != 0) {
        rows.set_plans(word, set, plan);
    }
}

/// Plans every dirty cohort.
///
/// # Errors
/// When a column of targets is not table-stored, as all are declared to be.
pub fn plan_targets(
    cohorts: Res<Cohorts>,
    candidates: Res<CandidateLists>,
    variables: Res<Variables>,
    probe: Res<Probe>,
    work: Res<Work>,
    mut targets: Targets<'_, '_>,
) -> Result {
    if work.cohorts.is_empty() {
        return Ok(());
    }
    let run = |(at, mut rows): (usize, TargetColumns<'_>)| {
        let (verdict, cohort) = (&work.verdicts[at], work.cohorts[at]);
        let of = &cohorts[cohort];
        let (candidates, variables) = (candidates.of(of.deployment), variables.column(of));
        probe.around(Phase::Planning, cohort, || {
            plan(verdict, candidates, variables, &mut rows);
        });
    };
    let tasks = targets.carve(&work.ranges)?.into_iter().enumerate();
    if work.is_parallel() {
        tasks.collect::<Vec<_>>().into_par_iter().for_each(run);
    } else {
        tasks.for_each(run);
    }
    Ok(())
}
