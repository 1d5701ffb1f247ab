//! A dense matrix, deployment by environment by resource: a cell for every resource of the fleet,
//! found by its index, with bits for where it stands; whether it is a target at all is a bit of the
//! cohort. No row stores which target it is.

use shakedown_engine::ids::{CohortIx, ResourceIx};
use shakedown_engine::target::{
    Holds, Key, Ledger, Plan, PolicyRows, State, TargetRow, TargetRows, words_for,
};

use super::bits::{read, write};
use super::{Layout, Roster, Sharing, Standing, StoredRows, visit_all};

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

/// The cells of one cohort.
pub(super) struct Cells<'a> {
    cohort: CohortIx,
    plans: &'a mut [Plan],
    holds: &'a mut [Holds],
    ledgers: &'a mut [Ledger],
    planes: &'a mut [[u64; 3]],
}

impl Layout for Dense {
    type Rows<'a> = Cells<'a>;

    const BY_RESOURCE: bool = true;

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
        work: impl Fn(&mut S, &mut Cells<'_>) + Sync,
    ) {
        let (cells, words) = (self.resources.max(1), words_for(self.resources).max(1));
        let (plans, holds) =
            (self.plans.chunks_exact_mut(cells), self.holds.chunks_exact_mut(cells));
        let (ledgers, planes) =
            (self.ledgers.chunks_exact_mut(cells), self.planes.chunks_exact_mut(words));
        let columns = plans.zip(holds).zip(ledgers).zip(planes).zip(&self.cohorts);
        let mut wanted = seats.iter().copied().peekable();
        let cut: Vec<Cells<'_>> = columns
            .enumerate()
            .filter_map(|(seat, ((((plans, holds), ledgers), planes), &cohort))| {
                let cells = Cells { cohort, plans, holds, ledgers, planes };
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

impl PolicyRows for Cells<'_> {
    fn key(&self, row: usize) -> Key {
        Key { resource: ResourceIx::at(row), cohort: self.cohort }
    }

    fn ledger(&self, row: usize) -> Ledger {
        self.ledgers[row]
    }
}

impl TargetRows for Cells<'_> {
    fn plan(&self, row: usize) -> Plan {
        self.plans[row]
    }

    fn holds(&self, row: usize) -> Holds {
        self.holds[row]
    }

    fn set_plan(&mut self, row: usize, plan: Plan) {
        self.plans[row] = plan;
    }

    fn set_states(&mut self, word: usize, rows: u64, state: State) {
        write(&mut self.planes[word], rows, state);
    }

    fn set_holds(&mut self, row: usize, holds: Holds) {
        self.holds[row] = holds;
    }

    fn set_ledger(&mut self, row: usize, ledger: Ledger) {
        self.ledgers[row] = ledger;
    }
}

impl StoredRows for Cells<'_> {
    fn state(&self, row: usize) -> State {
        read(self.planes[row / 64], row % 64)
    }

    fn set_key(&mut self, row: usize, key: Key) {
        debug_assert_eq!(key.resource.slot(), row, "a cell belongs to one resource");
    }
}
