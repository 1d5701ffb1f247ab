//! Where a fleet stands: targets by state and jobs by status, per deployment and environment.

use serde_json::{Value, json};
use shakedown_engine::base::ids::CohortIx;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::catalogue::Registry;
use shakedown_engine::fleet::jobs::Jobs;
use shakedown_engine::fleet::matrix::{Cohorts, ShardIx, State, Tables};
use shakedown_engine::model::{Deployment, Environment, JobStatus};
use shakedown_terminal::number::grouped;
use shakedown_terminal::sheet::Sheet;
use shakedown_terminal::table::Table;

use super::names::Names;

/// The targets of one deployment in one environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Id of the deployment.
    pub deployment: String,
    /// Id of the environment.
    pub environment: String,
    /// Number of targets.
    pub targets: u64,
    /// Targets by state, in declaration order of [`State`]; those with a job that is processing are
    /// running, whatever its version.
    pub states: [u64; State::ALL.len()],
    /// Jobs by status, in declaration order of [`JobStatus`]; those of vanished targets count, too.
    pub jobs: [u64; JobStatus::ALL.len()],
}

/// The ids of a cohort's deployment and environment.
#[must_use]
pub fn place(fleet: &Fleet, cohort: CohortIx) -> (&str, &str) {
    let world = fleet.world();
    let cohort = &world.resource::<Cohorts>()[cohort];
    (
        world.resource::<Registry<Deployment>>().id(cohort.deployment),
        world.resource::<Registry<Environment>>().id(cohort.environment),
    )
}

/// Counts every pair that has targets or jobs, by deployment id, then environment id. About 1 ns per
/// target and 2 ns per job.
#[must_use]
pub fn standing(fleet: &mut Fleet) -> Vec<Cell> {
    let cohorts: Vec<CohortIx> =
        fleet.world().resource::<Cohorts>().iter().map(|(ix, _)| ix).collect();
    let mut cells: Vec<Cell> = cohorts
        .iter()
        .map(|&ix| {
            let (deployment, environment) = place(fleet, ix);
            Cell {
                deployment: deployment.to_owned(),
                environment: environment.to_owned(),
                targets: u64::from(fleet.world().resource::<Cohorts>()[ix].targets),
                states: [0; State::ALL.len()],
                jobs: [0; JobStatus::ALL.len()],
            }
        })
        .collect();
    for job in &fleet.world().resource::<Jobs>().0 {
        cells[job.target.cohort.slot()].jobs[job.status as usize] += 1;
    }
    count_states(fleet, &mut cells);
    cells.retain(|cell| cell.targets > 0 || cell.jobs.iter().any(|&count| count > 0));
    cells.sort_by(|a, b| (&a.deployment, &a.environment).cmp(&(&b.deployment, &b.environment)));
    cells
}

fn count_states(fleet: &mut Fleet, cells: &mut [Cell]) {
    let world = fleet.world_mut();
    let Some(mut tables) = world.remove_resource::<Tables>() else { return };
    let mut shards: Vec<ShardIx> =
        world.resource::<Cohorts>().iter().map(|(_, cohort)| cohort.shard).collect();
    shards.sort_unstable();
    shards.dedup();
    for shard in shards {
        let columns = tables.shard(world, shard);
        let rows = columns.keys.iter().zip(&*columns.states).zip(&*columns.ledgers);
        for ((key, &state), ledger) in rows {
            if state != State::Vacant {
                let state = if ledger.active > 0 { State::Running } else { state };
                cells[key.cohort.slot()].states[state as usize] += 1;
            }
        }
    }
    world.insert_resource(tables);
}

/// The cells for programs; states and statuses that nothing is in are left out.
#[must_use]
pub fn object(cells: &[Cell]) -> Value {
    let cells = cells.iter().map(|cell| {
        let named = |(name, &count): (&str, &u64)| {
            (count > 0).then(|| (name.to_owned(), Value::from(count)))
        };
        let states = State::ALL.iter().map(|state| state.name()).zip(&cell.states);
        let jobs = JobStatus::ALL.iter().map(|status| status.name()).zip(&cell.jobs);
        json!({
            "deployment": cell.deployment,
            "environment": cell.environment,
            "targets": cell.targets,
            "by_state": Value::Object(states.filter_map(named).collect()),
            "jobs": Value::Object(jobs.filter_map(named).collect()),
        })
    });
    cells.collect()
}

/// Rows of the table beyond these are counted, not printed.
const MAX_ROWS: usize = 100;

/// The cells for people.
pub fn tell(cells: &[Cell], names: &Names, sheet: &mut Sheet) {
    let shown: Vec<State> = State::ALL
        .into_iter()
        .filter(|&state| cells.iter().any(|cell| cell.states[state as usize] > 0))
        .collect();
    let states = shown.iter().map(|state| state.name());
    let header = ["deployment", "environment", "targets"].into_iter().chain(states);
    let mut table = Table::new(header.chain(["jobs"])).numbers_in(2..=2 + shown.len());
    for cell in cells.iter().take(MAX_ROWS) {
        let deployment = names.deployment(&cell.deployment).to_owned();
        let environment = names.environment(&cell.environment).to_owned();
        let mut row = vec![deployment, environment, grouped(cell.targets)];
        row.extend(shown.iter().map(|&state| grouped(cell.states[state as usize])));
        let jobs = JobStatus::ALL.iter().zip(&cell.jobs).filter(|&(_, &count)| count > 0);
        let jobs: Vec<_> =
            jobs.map(|(status, &count)| format!("{} {}", grouped(count), status.name())).collect();
        row.push(jobs.join(", "));
        table.row(row);
    }
    sheet.table(&table);
    sheet.more(cells.len().saturating_sub(MAX_ROWS));
}
