//! Building a fleet of a known shape.

use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::model::Dialect;
use shakedown_engine::preset::{FleetShape, Stage};

/// The workspace of preset fleets.
const WORKSPACE: &str = "workspace";

/// Builds a fleet that reconciles, with its clock at `now`. About 0.5 us per target.
///
/// `observe` is told the stage, how many of its entities are there, and how many there will be:
/// before the first, then after every 5,000 resources, every 10 deployments (of more than 200, every
/// twentieth part), or the whole stage.
///
/// # Panics
/// When the engine rejects an event of a preset, which would be a bug of one of them.
#[must_use]
pub fn build(
    shape: FleetShape,
    now: SimTime,
    observe: &mut dyn FnMut(Stage, usize, usize),
) -> Fleet {
    build_in(Dialect::default(), shape, now, observe)
}

/// The same in a dialect.
///
/// # Panics
/// When the engine rejects an event of a preset, which would be a bug of one of them.
#[must_use]
pub fn build_in(
    dialect: Dialect,
    shape: FleetShape,
    now: SimTime,
    observe: &mut dyn FnMut(Stage, usize, usize),
) -> Fleet {
    let mut fleet = shakedown_systems::fleet_in(dialect, WORKSPACE, now);
    for stage in Stage::ALL {
        let mut events = shape.events(stage, now).into_iter();
        let total = events.len();
        let batch = match stage {
            Stage::Resources => 5_000,
            // Every batch looks at every cohort once, so thousands of deployments come in few.
            Stage::Deployments => (total / 20).max(10),
            _ => usize::MAX,
        };
        observe(stage, 0, total);
        while events.len() > 0 {
            let batch = events.by_ref().take(batch).collect();
            fleet.apply_together(batch).expect("presets consist of valid events");
            observe(stage, total - events.len(), total);
        }
    }
    fleet
}
