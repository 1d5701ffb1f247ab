//! Blocks of 64 rows, each with its columns side by side: what a word of a row set names lies
//! together.

use shakedown_engine::fleet::matrix::{
    Holds, Key, Ledger, Plan, PolicyRows, State, TargetRow, TargetRows, ones, words_for,
};

use super::{Layout, Roster, Sharing, Standing, StoredRows, take, visit_all};

/// Blocks; every cohort begins with a new one.
#[derive(Debug)]
pub(super) struct Aosoa {
    blocks: Vec<Block>,
    /// The first block of each seat, and their number.
    starts: Vec<usize>,
}

/// 64 rows.
#[derive(Debug, Clone)]
struct Block {
    keys: [Key; 64],
    plans: [Plan; 64],
    states: [State; 64],
    holds: [Holds; 64],
    ledgers: [Ledger; 64],
}

/// The rows of one cohort.
pub(super) struct BlockRows<'a>(&'a mut [Block]);

impl Layout for Aosoa {
    type Rows<'a> = BlockRows<'a>;

    const PARALLEL: bool = true;

    fn build(roster: &Roster) -> Self {
        let mut blocks: Vec<Block> = Vec::with_capacity(blocks_of(roster));
        let mut starts = vec![0];
        for (seat, (ix, _)) in roster.cohorts.iter().enumerate() {
            for (at, row) in roster.rows_of(seat).enumerate() {
                if at % 64 == 0 {
                    blocks.push(Block::filled(TargetRow::vacant(*ix)));
                }
                let block = blocks.last_mut().expect("the first row began one");
                block.keys[at % 64] = row.key;
                block.plans[at % 64] = row.plan;
                block.states[at % 64] = row.state;
                block.holds[at % 64] = row.holds;
                block.ledgers[at % 64] = row.ledger;
            }
            starts.push(blocks.len());
        }
        Self { blocks, starts }
    }

    fn formula(roster: &Roster) -> usize {
        blocks_of(roster) * size_of::<Block>()
    }

    fn visit<S: Send>(
        &mut self,
        seats: &[usize],
        states: &mut [S],
        sharing: Sharing,
        work: impl Fn(&mut S, &mut BlockRows<'_>) + Sync,
    ) {
        let (mut rest, mut taken) = (&mut self.blocks[..], 0);
        let mut cut = Vec::with_capacity(seats.len());
        for &seat in seats {
            let mine = self.starts[seat] - taken..self.starts[seat + 1] - taken;
            cut.push(BlockRows(take(&mut rest, mine)));
            taken = self.starts[seat + 1];
        }
        visit_all(cut, states, sharing, work);
    }

    fn read(&mut self, seat: usize, row: usize) -> Standing {
        let (block, at) = (&self.blocks[self.starts[seat] + row / 64], row % 64);
        Standing {
            plan: block.plans[at],
            state: block.states[at],
            holds: block.holds[at],
            ledger: block.ledgers[at],
        }
    }
}

fn blocks_of(roster: &Roster) -> usize {
    let rows = |seat: usize| roster.starts[seat + 1] - roster.starts[seat];
    (0..roster.cohorts.len()).map(|seat| words_for(rows(seat))).sum()
}

impl Block {
    fn filled(row: TargetRow) -> Self {
        Self {
            keys: [row.key; 64],
            plans: [row.plan; 64],
            states: [row.state; 64],
            holds: [row.holds; 64],
            ledgers: [row.ledger; 64],
        }
    }
}

impl PolicyRows for BlockRows<'_> {
    fn key(&self, row: usize) -> Key {
        self.0[row / 64].keys[row % 64]
    }

    fn ledger(&self, row: usize) -> Ledger {
        self.0[row / 64].ledgers[row % 64]
    }
}

impl TargetRows for BlockRows<'_> {
    fn plan(&self, row: usize) -> Plan {
        self.0[row / 64].plans[row % 64]
    }

    fn holds(&self, row: usize) -> Holds {
        self.0[row / 64].holds[row % 64]
    }

    fn set_plan(&mut self, row: usize, plan: Plan) {
        self.0[row / 64].plans[row % 64] = plan;
    }

    fn set_states(&mut self, word: usize, rows: u64, state: State) {
        let states = &mut self.0[word].states;
        if rows == u64::MAX {
            states.fill(state);
        } else {
            ones(rows).for_each(|bit| states[bit as usize] = state);
        }
    }

    fn set_holds(&mut self, row: usize, holds: Holds) {
        self.0[row / 64].holds[row % 64] = holds;
    }

    fn set_ledger(&mut self, row: usize, ledger: Ledger) {
        self.0[row / 64].ledgers[row % 64] = ledger;
    }
}

impl StoredRows for BlockRows<'_> {
    fn state(&self, row: usize) -> State {
        self.0[row / 64].states[row % 64]
    }

    fn set_key(&mut self, row: usize, key: Key) {
        self.0[row / 64].keys[row % 64] = key;
    }
}
