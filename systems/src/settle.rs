//! Settle phase: the reconcile is over; forgets what was dirty and what changed.

use bevy_ecs::system::{Res, ResMut};
use shakedown_engine::dirty::Dirty;
use shakedown_engine::ingest::{Changes, Redeploys};
use shakedown_engine::report::Report;
use shakedown_engine::target::{Cohorts, MatrixChange};

/// Completes the report and clears the inputs of this reconcile.
pub fn settle(
    cohorts: Res<Cohorts>,
    mut matrix: ResMut<MatrixChange>,
    mut report: ResMut<Report>,
    mut dirty: ResMut<Dirty>,
    mut changes: ResMut<Changes>,
    mut redeploys: ResMut<Redeploys>,
) {
    report.added = matrix.added_count(&cohorts) as u64;
    report.removed = matrix.removed.len() as u64;
    *matrix = MatrixChange::default();
    dirty.clear();
    changes.clear();
    redeploys.0.clear();
}
