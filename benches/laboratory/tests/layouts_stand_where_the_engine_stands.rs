//! Layouts take part only if they stand where the engine stands.

use std::collections::BTreeSet;

use shakedown_engine::fleet::matrix::{
    Holds, Key, Ledger, Plan, PolicyRows, State, TargetColumns, TargetRows,
};
use shakedown_engine::preset::FleetShape;
use shakedown_laboratory::{
    DirtyDensity, Entry, Fault, Layout, Operation, Order, Roster, Scene, Sharing, Soa, Standing,
    StoredRows, admit, layouts,
};

#[test]
fn the_engines_own_comes_first_and_names_are_unique() {
    assert_eq!(layouts()[0].name, "sharded");
    let names: BTreeSet<&str> = layouts().iter().map(|entry| entry.name).collect();
    assert_eq!(names.len(), layouts().len());
}

#[test]
fn every_layout_follows_the_engine_through_the_sequence() {
    let digests = layouts().iter().map(|entry| (entry.admit)(entry.name));
    let digests: Vec<u64> =
        digests.map(|it| it.unwrap_or_else(|error| panic!("{error}"))).collect();
    assert!(digests.iter().all(|digest| *digest == digests[0]), "{digests:x?}");
}

#[test]
fn every_operation_leaves_every_layout_alike() {
    // Enough rows for threads to share.
    let mut scene = Scene::new(FleetShape { deployments: 3, ..FleetShape::production(1_500) });
    for order in Order::ALL {
        let mut subjects: Vec<_> =
            layouts().iter().map(|entry| (entry, (entry.build)(&scene, order))).collect();
        for operation in Operation::ALL {
            for &density in operation.densities() {
                let mut expected = None;
                for (entry, subject) in &mut subjects {
                    subject.restore(&scene);
                    let before = subject.digest(Operation::Build);
                    let sharing = Sharing::Cohorts(3);
                    let done = subject.run(&mut scene, operation, density, sharing);
                    let outcome = (subject.digest(operation), done.elements);
                    let place = format!("{}, {}, {}", entry.name, operation.name(), density.name());
                    let is_large = operation == Operation::ReconcileAll;
                    assert_eq!(done.shared, is_large && entry.parallel, "{place}");
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
    let refused = admit::<Wrong<LOSES>>("forgetful").expect_err("it forgets");
    assert_eq!((refused.layout, refused.order), ("forgetful", Order::ByKey));
    assert_eq!(refused.step, "versions are created");
    assert!(matches!(refused.fault, Fault::Rows { .. }), "{refused}");
    let message = refused.to_string();
    assert!(message.starts_with("layout forgetful, 7716 targets, rows by-key: after \"versions"));
}

#[test]
fn a_layout_that_looks_up_the_wrong_row_is_refused() {
    let refused = admit::<Wrong<MISREADS>>("mistaken").expect_err("it looks up another row");
    assert!(matches!(refused.fault, Fault::Lookups { .. }), "{refused}");
    assert_eq!(refused.step, "they are approved");
}

#[test]
fn a_layout_that_hides_a_change_is_refused() {
    let refused = admit::<Wrong<HIDES>>("secretive").expect_err("it hides changes");
    assert_eq!((refused.step, refused.fault), ("versions are created", Fault::Missed(7_716)));
}

#[test]
fn a_layout_that_tells_changes_again_is_refused() {
    let refused = admit::<Wrong<REPEATS>>("chatty").expect_err("it repeats itself");
    assert_eq!((refused.step, refused.fault), ("versions are created", Fault::Invented(1)));
}

#[test]
fn a_layout_that_panics_is_refused() {
    let refused = admit::<Wrong<PANICS>>("fragile").expect_err("it does not survive");
    assert_eq!((refused.step, refused.fault), ("versions are created", Fault::Panicked));
}

#[test]
fn wrong_answers_change_the_digest_after_an_operation() {
    let mut scene = Scene::new(FleetShape { deployments: 1, ..FleetShape::production(500) });
    let mut right = (Entry::new::<Soa>("right", "", || 0).build)(&scene, Order::ByKey);
    for (wrong, operation) in [
        (Entry::new::<Wrong<MISREADS>>("mistaken", "", || 0), Operation::Lookup),
        (Entry::new::<Wrong<HIDES>>("secretive", "", || 0), Operation::Changes),
    ] {
        let mut wrong = (wrong.build)(&scene, Order::ByKey);
        let mut after = |operation| {
            [&mut right, &mut wrong].map(|subject| {
                subject.restore(&scene);
                subject.run(&mut scene, operation, DirtyDensity::All, Sharing::None);
                subject.digest(operation)
            })
        };
        let [right, wrong] = after(operation);
        assert_ne!(wrong, right, "{}", operation.name());
        let [right, wrong] = after(Operation::ReconcileAll);
        assert_eq!(wrong, right, "its rows are right");
    }
}

/// Vectors with a fault beyond the first 64 rows of a cohort.
struct Wrong<const FAULT: u8>(Soa);

/// What holds the hundredth row is lost.
const LOSES: u8 = 0;
/// Who looks for the hundredth row finds the row before.
const MISREADS: u8 = 1;
/// No change is told of.
const HIDES: u8 = 2;
/// The hundredth row is too much.
const PANICS: u8 = 3;
/// The hundredth row changed, whenever it is asked.
const REPEATS: u8 = 4;

/// The row in question.
const ROW: usize = 99;

struct WrongRows<'a, const FAULT: u8>(TargetColumns<'a>);

impl<const FAULT: u8> Layout for Wrong<FAULT> {
    type Rows<'a> = WrongRows<'a, FAULT>;

    const PARALLEL: bool = true;

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
        work: impl Fn(&mut S, &mut WrongRows<'_, FAULT>) + Sync,
    ) {
        self.0.visit(seats, states, sharing, |state, rows| {
            let rows = rows.slice(0..rows.keys.len());
            work(state, &mut WrongRows(rows));
        });
    }

    fn read(&mut self, seat: usize, row: usize) -> Standing {
        self.0.read(seat, if FAULT == MISREADS && row == ROW { row - 1 } else { row })
    }

    fn changed(&mut self) -> Option<Vec<(usize, u32)>> {
        match FAULT {
            HIDES => Some(Vec::new()),
            REPEATS => Some(vec![(0, 99)]),
            _ => None,
        }
    }
}

impl<const FAULT: u8> PolicyRows for WrongRows<'_, FAULT> {
    fn key(&self, row: usize) -> Key {
        self.0.key(row)
    }

    fn ledger(&self, row: usize) -> Ledger {
        self.0.ledger(row)
    }
}

impl<const FAULT: u8> TargetRows for WrongRows<'_, FAULT> {
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
        assert!(FAULT != PANICS || row != ROW, "row {row} is too much");
        if FAULT != LOSES || row != ROW {
            self.0.set_holds(row, holds);
        }
    }

    fn set_ledger(&mut self, row: usize, ledger: Ledger) {
        self.0.set_ledger(row, ledger);
    }
}

impl<const FAULT: u8> StoredRows for WrongRows<'_, FAULT> {
    fn state(&self, row: usize) -> State {
        self.0.state(row)
    }

    fn set_key(&mut self, row: usize, key: Key) {
        self.0.set_key(row, key);
    }
}
