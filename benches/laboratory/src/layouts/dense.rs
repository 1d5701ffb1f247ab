//! A dense matrix, deployment by environment by resource: a cell for every resource of the fleet,
//! found by its index, with bits for where it stands; whether it is a target at all is a bit of the
//! cohort. No row stores which target it is.

use shakedown_engine::base::ids::{CohortIx, ResourceIx};
use shakedown_engine::fleet::matrix::{Holds, Ledger, Plan, TargetRow, words_for};

use super::bits::{Planes, read, write};
use super::columns::{ByResource, ColumnRows};
use super::{Layout, Roster, Sharing, Standing, visit_all};

/// A matrix of cells; its columns are shared by all cohorts.
#[derive(Debug)]
pub(super) struct Dense {
    plans: Vec<Plan>,
    holds: Vec<Holds>,
    ledgers: Vec<Ledger>,
    planes: Vec<[u64; 3]>,
    cohorts: Vec<CohortIx>,
    resources: usize,
}

impl Layout for Dense {
    type Rows<'a> = ColumnRows<'a, Planes<'a>, ByResource>;

    const BY_RESOURCE: bool = true;

    const PARALLEL: bool = true;

    fn build(roster: &Roster) -> Self {
        let resources = roster.cohorts.first().map_or(0, |(_, cohort)| cohort.used() as usize);
        let rows = roster.rows();
        let empty = TargetRow::new(ResourceIx::NONE, CohortIx(0));
        let mut idle = [0; 3];
        write(&mut idle, u64::MAX, empty.state);
        Self {
            plans: vec![empty.plan; rows],
            holds: vec![empty.holds; rows],
            ledgers: vec![empty.ledger; rows],
            planes: vec![idle; roster.cohorts.len() * words_for(resources)],
            cohorts: roster.cohorts.iter().map(|(ix, _)| *ix).collect(),
            resources,
        }
    }

    fn formula(roster: &Roster) -> usize {
        roster.rows() * (8 + 4 + 20) + roster.rows().div_ceil(64) * size_of::<[u64; 3]>()
    }

    fn visit<S: Send>(
        &mut self,
        seats: &[usize],
        states: &mut [S],
        sharing: Sharing,
        work: impl Fn(&mut S, &mut Self::Rows<'_>) + Sync,
    ) {
        let (cells, words) = (self.resources.max(1), words_for(self.resources).max(1));
        let (plans, holds) =
            (self.plans.chunks_exact_mut(cells), self.holds.chunks_exact_mut(cells));
        let (ledgers, planes) =
            (self.ledgers.chunks_exact_mut(cells), self.planes.chunks_exact_mut(words));
        let columns = plans.zip(holds).zip(ledgers).zip(planes).zip(&self.cohorts);
        let mut wanted = seats.iter().copied().peekable();
        let cut: Vec<Self::Rows<'_>> = columns
            .enumerate()
            .filter_map(|(seat, ((((plans, holds), ledgers), planes), &cohort))| {
                let (keys, states) = (ByResource(cohort), Planes(planes));
                let cells = ColumnRows { keys, plans, holds, ledgers, states };
                wanted.next_if_eq(&seat).map(|_| cells)
            })
            .collect();
        visit_all(cut, states, sharing, work);
    }

    fn read(&mut self, seat: usize, row: usize) -> Standing {
        let at = seat * self.resources + row;
        Standing {
            plan: self.plans[at],
            state: read(self.planes[seat * words_for(self.resources) + row / 64], row % 64),
            holds: self.holds[at],
            ledger: self.ledgers[at],
        }
    }
}
