//! Rows as structs, one after the other: 16, 32 or 64 bytes of a target lie together, the rest lies in
//! columns.
//!
//! 16 bytes hold what the decision writes: desired release, reasons, state. 32 bytes hold what it reads
//! of jobs as well, 64 everything, each row in a cache line of its own.

use shakedown_engine::base::ids::{EditionIx, JobIx, VariablesId};
use shakedown_engine::fleet::matrix::{
    Holds, Key, Ledger, Plan, PolicyRows, State, TargetRow, TargetRows, ones,
};

use super::{Layout, Roster, Sharing, Standing, StoredRows, take, visit_all};

/// A struct that holds some fields of a row, and columns for the others.
pub(super) trait Packing: Send + Sync + Copy + 'static {
    /// What lies beside.
    type Rest: Send + Sync + Copy + 'static;
    /// Bytes of both.
    const BYTES: usize = size_of::<Self>() + size_of::<Self::Rest>();

    fn pack(row: TargetRow) -> (Self, Self::Rest);
    fn key(&self, rest: &Self::Rest) -> Key;
    fn ledger(&self, rest: &Self::Rest) -> Ledger;
    fn plan(&self) -> Plan;
    fn state(&self) -> State;
    fn holds(&self) -> Holds;
    fn set_key(&mut self, rest: &mut Self::Rest, key: Key);
    fn set_ledger(&mut self, rest: &mut Self::Rest, ledger: Ledger);
    fn set_plan(&mut self, plan: Plan);
    fn set_state(&mut self, state: State);
    fn set_holds(&mut self, holds: Holds);
}

/// Rows packed in some way.
#[derive(Debug)]
pub(super) struct Aos<P: Packing> {
    rows: Vec<P>,
    rest: Vec<P::Rest>,
    starts: Vec<usize>,
}

/// The rows of one cohort.
pub(super) struct PackedRows<'a, P: Packing> {
    rows: &'a mut [P],
    rest: &'a mut [P::Rest],
}

impl<P: Packing> Layout for Aos<P> {
    type Rows<'a> = PackedRows<'a, P>;

    const PARALLEL: bool = true;

    fn build(roster: &Roster) -> Self {
        let mut rows = Vec::with_capacity(roster.rows());
        let mut rest = Vec::with_capacity(roster.rows());
        for row in (0..roster.cohorts.len()).flat_map(|seat| roster.rows_of(seat)) {
            let (packed, beside) = P::pack(row);
            rows.push(packed);
            rest.push(beside);
        }
        Self { rows, rest, starts: roster.starts.clone() }
    }

    fn formula(roster: &Roster) -> usize {
        roster.rows() * P::BYTES
    }

    fn visit<S: Send>(
        &mut self,
        seats: &[usize],
        states: &mut [S],
        sharing: Sharing,
        work: impl Fn(&mut S, &mut PackedRows<'_, P>) + Sync,
    ) {
        let (mut rows, mut rest) = (&mut self.rows[..], &mut self.rest[..]);
        let mut taken = 0;
        let mut cut = Vec::with_capacity(seats.len());
        for &seat in seats {
            let mine = self.starts[seat] - taken..self.starts[seat + 1] - taken;
            let packed = take(&mut rows, mine.clone());
            cut.push(PackedRows { rows: packed, rest: take(&mut rest, mine) });
            taken = self.starts[seat + 1];
        }
        visit_all(cut, states, sharing, work);
    }

    fn read(&mut self, seat: usize, row: usize) -> Standing {
        let at = self.starts[seat] + row;
        let (packed, rest) = (&self.rows[at], &self.rest[at]);
        Standing {
            plan: packed.plan(),
            state: packed.state(),
            holds: packed.holds(),
            ledger: packed.ledger(rest),
        }
    }
}

impl<P: Packing> PolicyRows for PackedRows<'_, P> {
    fn key(&self, row: usize) -> Key {
        self.rows[row].key(&self.rest[row])
    }

    fn ledger(&self, row: usize) -> Ledger {
        self.rows[row].ledger(&self.rest[row])
    }
}

impl<P: Packing> TargetRows for PackedRows<'_, P> {
    fn plan(&self, row: usize) -> Plan {
        self.rows[row].plan()
    }

    fn holds(&self, row: usize) -> Holds {
        self.rows[row].holds()
    }

    fn set_plan(&mut self, row: usize, plan: Plan) {
        self.rows[row].set_plan(plan);
    }

    fn set_states(&mut self, word: usize, rows: u64, state: State) {
        ones(rows).for_each(|bit| self.rows[word * 64 + bit as usize].set_state(state));
    }

    fn set_holds(&mut self, row: usize, holds: Holds) {
        self.rows[row].set_holds(holds);
    }

    fn set_ledger(&mut self, row: usize, ledger: Ledger) {
        self.rows[row].set_ledger(&mut self.rest[row], ledger);
    }
}

impl<P: Packing> StoredRows for PackedRows<'_, P> {
    fn state(&self, row: usize) -> State {
        self.rows[row].state()
    }

    fn set_key(&mut self, row: usize, key: Key) {
        self.rows[row].set_key(&mut self.rest[row], key);
    }
}

/// What a decision writes, the same in every packing.
macro_rules! decided {
    () => {
        fn plan(&self) -> Plan {
            self.plan
        }

        fn state(&self) -> State {
            self.state
        }

        fn holds(&self) -> Holds {
            self.holds
        }

        fn set_plan(&mut self, plan: Plan) {
            self.plan = plan;
        }

        fn set_state(&mut self, state: State) {
            self.state = state;
        }

        fn set_holds(&mut self, holds: Holds) {
            self.holds = holds;
        }
    };
}

/// What a decision writes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bytes16 {
    plan: Plan,
    holds: Holds,
    state: State,
}

impl Packing for Bytes16 {
    type Rest = (Key, Ledger);

    fn pack(TargetRow { key, plan, state, holds, ledger }: TargetRow) -> (Self, Self::Rest) {
        (Self { plan, holds, state }, (key, ledger))
    }

    fn key(&self, rest: &Self::Rest) -> Key {
        rest.0
    }

    fn ledger(&self, rest: &Self::Rest) -> Ledger {
        rest.1
    }

    fn set_key(&mut self, rest: &mut Self::Rest, key: Key) {
        rest.0 = key;
    }

    fn set_ledger(&mut self, rest: &mut Self::Rest, ledger: Ledger) {
        rest.1 = ledger;
    }

    decided!();
}

/// The same, and the job facts, with 24 bits for the number of processing jobs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bytes32 {
    plan: Plan,
    holds: Holds,
    head: JobIx,
    current: JobIx,
    succeeded: EditionIx,
    succeeded_variables: VariablesId,
    active: [u8; 3],
    state: State,
}

impl Packing for Bytes32 {
    type Rest = Key;

    fn pack(TargetRow { key, plan, state, holds, ledger }: TargetRow) -> (Self, Key) {
        let (active, none) = ([0; 3], JobIx::NONE);
        let (head, current) = (none, none);
        let (succeeded, succeeded_variables) = (EditionIx::NONE, VariablesId::NONE);
        let mut packed =
            Self { plan, holds, head, current, succeeded, succeeded_variables, active, state };
        let mut key = key;
        packed.set_ledger(&mut key, ledger);
        (packed, key)
    }

    fn key(&self, rest: &Key) -> Key {
        *rest
    }

    fn ledger(&self, _: &Key) -> Ledger {
        let [a, b, c] = self.active;
        Ledger {
            head: self.head,
            current: self.current,
            active: u32::from_le_bytes([a, b, c, 0]),
            succeeded: self.succeeded,
            succeeded_variables: self.succeeded_variables,
        }
    }

    fn set_key(&mut self, rest: &mut Key, key: Key) {
        *rest = key;
    }

    fn set_ledger(&mut self, _: &mut Key, ledger: Ledger) {
        let [a, b, c, overflow] = ledger.active.to_le_bytes();
        assert_eq!(overflow, 0, "a target has fewer than 2^24 processing jobs");
        self.active = [a, b, c];
        self.head = ledger.head;
        self.current = ledger.current;
        self.succeeded = ledger.succeeded;
        self.succeeded_variables = ledger.succeeded_variables;
    }

    decided!();
}

/// Everything, in a cache line.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
pub(super) struct Bytes64 {
    key: Key,
    plan: Plan,
    ledger: Ledger,
    holds: Holds,
    state: State,
}

impl Packing for Bytes64 {
    type Rest = ();

    fn pack(TargetRow { key, plan, state, holds, ledger }: TargetRow) -> (Self, ()) {
        (Self { key, plan, ledger, holds, state }, ())
    }

    fn key(&self, (): &()) -> Key {
        self.key
    }

    fn ledger(&self, (): &()) -> Ledger {
        self.ledger
    }

    fn set_key(&mut self, (): &mut (), key: Key) {
        self.key = key;
    }

    fn set_ledger(&mut self, (): &mut (), ledger: Ledger) {
        self.ledger = ledger;
    }

    decided!();
}

const _: () = assert!(size_of::<Bytes16>() == 16 && size_of::<Bytes32>() == 32);
const _: () = assert!(size_of::<Bytes64>() == 64);
