//! Layouts take part only if they stand where the engine stands.

use shakedown_benches::laboratory::{
    LAYOUTS, Layout, Operation, Order, Roster, Scene, Sharing, Soa, Standing, StoredRows, admit,
};
use shakedown_engine::preset::FleetShape;
use shakedown_engine::target::{
    Holds, Key, Ledger, Plan, PolicyRows, State, TargetColumns, TargetRows,
};

#[test]
fn every_layout_follows_the_engine_through_the_sequence() {
    let digests = LAYOUTS.iter().map(|entry| (entry.admit)(entry.name));
    let digests: Vec<u64> =
        digests.map(|it| it.unwrap_or_else(|error| panic!("{error}"))).collect();
    assert!(digests.iter().all(|digest| *digest == digests[0]), "{digests:x?}");
}

#[test]
fn every_operation_leaves_every_layout_alike() {
    let mut scene = Scene::new(FleetShape { deployments: 3, ..FleetShape::production(500) });
    for order in Order::ALL {
        let mut subjects: Vec<_> =
            LAYOUTS.iter().map(|entry| (entry.name, (entry.build)(&scene, order))).collect();
        for operation in Operation::ALL {
            for &density in operation.densities() {
                let mut expected = None;
                for (name, subject) in &mut subjects {
                    subject.restore(&scene);
                    let before = subject.digest();
                    let sharing = Sharing::Cohorts(3);
                    let done = subject.run(&mut scene, operation, density, sharing);
                    let outcome = (subject.digest(), done.elements);
                    let place = format!("{name}, {}, {}", operation.name(), density.name());
                    assert_eq!(*expected.get_or_insert(outcome), outcome, "{place}");
                    let reads = matches!(
                        operation,
                        Operation::Build | Operation::Lookup | Operation::Snapshot
                    );
                    assert_eq!(outcome.0 == before, reads, "{place}");
                }
            }
        }
    }
}

#[test]
fn a_layout_that_loses_a_write_is_refused() {
    let refused = admit::<Forgetful>("forgetful").expect_err("it forgets");
    assert_eq!((refused.layout, refused.order), ("forgetful", Order::ByKey));
    assert_eq!(refused.step, "versions are created");
    let message = refused.to_string();
    assert!(message.starts_with("layout forgetful, rows by-key: after \"versions are created\""));
}

#[test]
fn a_layout_that_looks_up_the_wrong_row_is_refused() {
    let refused = admit::<Mistaken>("mistaken").expect_err("it looks up another row");
    assert_eq!(refused.step, "targets are looked up one by one");
}

/// Vectors in which whoever looks for a row finds the first of its cohort.
struct Mistaken(Soa);

impl Layout for Mistaken {
    type Rows<'a> = TargetColumns<'a>;

    fn build(roster: &Roster) -> Self {
        Self(Soa::build(roster))
    }

    fn formula(roster: &Roster) -> usize {
        Soa::formula(roster)
    }

    fn visit<S: Send>(
        &mut self,
        seats: &[usize],
        states: &mut [S],
        sharing: Sharing,
        work: impl Fn(&mut S, &mut TargetColumns<'_>) + Sync,
    ) {
        self.0.visit(seats, states, sharing, work);
    }

    fn read(&mut self, seat: usize, _row: usize) -> Standing {
        self.0.read(seat, 0)
    }
}

/// Vectors that never learn what holds the third row of a cohort.
struct Forgetful(Soa);

struct ForgetfulRows<'a>(TargetColumns<'a>);

impl Layout for Forgetful {
    type Rows<'a> = ForgetfulRows<'a>;

    fn build(roster: &Roster) -> Self {
        Self(Soa::build(roster))
    }

    fn formula(roster: &Roster) -> usize {
        Soa::formula(roster)
    }

    fn visit<S: Send>(
        &mut self,
        seats: &[usize],
        states: &mut [S],
        sharing: Sharing,
        work: impl Fn(&mut S, &mut ForgetfulRows<'_>) + Sync,
    ) {
        self.0.visit(seats, states, sharing, |state, rows| {
            let rows = rows.slice(0..rows.keys.len());
            work(state, &mut ForgetfulRows(rows));
        });
    }

    fn read(&mut self, seat: usize, row: usize) -> Standing {
        self.0.read(seat, row)
    }
}

impl PolicyRows for ForgetfulRows<'_> {
    fn key(&self, row: usize) -> Key {
        self.0.key(row)
    }

    fn ledger(&self, row: usize) -> Ledger {
        self.0.ledger(row)
    }
}

impl TargetRows for ForgetfulRows<'_> {
    fn plan(&self, row: usize) -> Plan {
        self.0.plan(row)
    }

    fn holds(&self, row: usize) -> Holds {
        self.0.holds(row)
    }

    fn set_plan(&mut self, row: usize, plan: Plan) {
        self.0.set_plan(row, plan);
    }

    fn set_states(&mut self, word: usize, rows: u64, state: State) {
        self.0.set_states(word, rows, state);
    }

    fn set_holds(&mut self, row: usize, holds: Holds) {
        if row != 2 {
            self.0.set_holds(row, holds);
        }
    }

    fn set_ledger(&mut self, row: usize, ledger: Ledger) {
        self.0.set_ledger(row, ledger);
    }
}

impl StoredRows for ForgetfulRows<'_> {
    fn state(&self, row: usize) -> State {
        self.0.state(row)
    }

    fn set_key(&mut self, row: usize, key: Key) {
        self.0.set_key(row, key);
    }
}
