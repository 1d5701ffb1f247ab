//! Comparing layouts: each does the same operations to the same rows, and is set beside the others.
//!
//! Vocabulary: a *case* is an operation with the axes at which it is measured ([`Case`]); a *row* is
//! what one layout takes for one case ([`Row`]); the rows of a case are a *group*.
//!
//! Invariant: the rows of a group end in the same state; a layout that ends elsewhere has no row.

mod machine;
mod measure;
mod object;
mod page;
mod picture;
mod selection;
mod table;

pub use machine::Machine;
pub use measure::{admit, compare};
pub use object::object;
pub use page::page;
pub use picture::svg;
pub use selection::{Selection, choose};
pub use table::{list, table};

use std::fmt;

use shakedown_benches::laboratory::{DirtyDensity, Entry, Operation, Order, Scale};

use crate::number::ratio;

/// An operation, and the axes at which it is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Case {
    /// What is done.
    pub operation: Operation,
    /// How many targets there are.
    pub scale: Scale,
    /// How many of the rows in question are dirty.
    pub density: DirtyDensity,
    /// How rows lie.
    pub order: Order,
    /// Threads that share the work.
    pub threads: usize,
}

impl Case {
    /// Its axes by name: scale, density, order and threads.
    #[must_use]
    pub fn axes(&self) -> [String; 4] {
        let Self { scale, density, order, threads, .. } = self;
        let threads = format!("{threads} thread{}", if *threads == 1 { "" } else { "s" });
        [scale.name().to_owned(), density.name().to_owned(), order.name().to_owned(), threads]
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.operation.name(), self.axes().join(", "))
    }
}

/// What one layout takes for one case.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The layout.
    pub layout: &'static Entry,
    /// What was measured.
    pub case: Case,
    /// Median of an operation.
    pub nanoseconds: u64,
    /// Targets that the operation is about.
    pub elements: u64,
    /// Median of the allocations of an operation.
    pub allocations: u64,
    /// Bytes on the heap that the layout holds.
    pub held_bytes: u64,
    /// Bytes that its rows should take.
    pub formula_bytes: u64,
    /// The state after the operation.
    pub digest: u64,
}

impl Row {
    /// Nanoseconds per target.
    #[must_use]
    pub fn each(&self) -> f64 {
        ratio(self.nanoseconds, self.elements)
    }

    /// Bytes on the heap per target of the fleet.
    #[must_use]
    pub fn bytes_per_target(&self) -> f64 {
        ratio(self.held_bytes, self.case.scale.shape().targets())
    }

    /// Bytes by formula per target of the fleet.
    #[must_use]
    pub fn formula_per_target(&self) -> f64 {
        ratio(self.formula_bytes, self.case.scale.shape().targets())
    }
}

/// A finished run.
#[derive(Debug)]
pub struct Comparison {
    /// The rows, group by group, the fastest of each first.
    pub rows: Vec<Row>,
    /// Why layouts were refused, in words.
    pub refused: Vec<String>,
    /// Where it was measured.
    pub machine: Machine,
}

impl Comparison {
    /// Sorts rows into groups, and refuses those that end elsewhere than the first of their group.
    #[must_use]
    pub fn new(mut rows: Vec<Row>, mut refused: Vec<String>, machine: Machine) -> Self {
        rows.sort_by_key(|row| row.case);
        let mut kept = Vec::with_capacity(rows.len());
        for group in rows.chunk_by(|a, b| a.case == b.case) {
            let first = group[0];
            let (same, other): (Vec<Row>, Vec<Row>) =
                group.iter().partition(|row| row.digest == first.digest);
            kept.extend(same);
            refused.extend(other.iter().map(|row| {
                let Row { layout, case, digest, .. } = row;
                let (name, expected, of) = (layout.name, first.digest, first.layout.name);
                format!(
                    "layout {name}: after \"{case}\" its digest is {digest:016x}, that of {of} is \
                     {expected:016x}"
                )
            }));
        }
        kept.sort_by(|a, b| a.case.cmp(&b.case).then(a.each().total_cmp(&b.each())));
        Self { rows: kept, refused, machine }
    }

    /// The rows of each case, the fastest first; groups of an operation are side by side.
    pub fn groups(&self) -> impl Iterator<Item = &[Row]> {
        self.rows.chunk_by(|a, b| a.case == b.case)
    }

    /// The layouts that have rows, in the order of the registry.
    #[must_use]
    pub fn layouts(&self) -> Vec<&'static Entry> {
        let has_rows = |entry: &&Entry| self.rows.iter().any(|row| row.layout.name == entry.name);
        shakedown_benches::laboratory::LAYOUTS.iter().filter(has_rows).collect()
    }
}

/// How many times as long as the fastest row of its group a row takes.
fn of_best(row: &Row, group: &[Row]) -> f64 {
    let best = group.iter().map(Row::each).fold(f64::INFINITY, f64::min);
    // What takes less than the clock can tell takes as long as the rest of it.
    if best > 0.0 { row.each() / best } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use shakedown_benches::laboratory::LAYOUTS;

    use super::*;

    pub(super) fn row(layout: usize, nanoseconds: u64, digest: u64) -> Row {
        Row {
            layout: &LAYOUTS[layout],
            case: Case {
                operation: Operation::Lock,
                scale: Scale::Thousand,
                density: DirtyDensity::All,
                order: Order::ByKey,
                threads: 1,
            },
            nanoseconds,
            elements: 10,
            allocations: 1_234_567,
            held_bytes: 64_000,
            formula_bytes: 40_000,
            digest,
        }
    }

    pub(super) fn comparison(rows: Vec<Row>) -> Comparison {
        Comparison::new(rows, Vec::new(), Machine::this())
    }

    #[test]
    fn rows_that_end_elsewhere_than_the_first_are_refused() {
        let run = comparison(vec![row(0, 300, 7), row(1, 100, 8), row(2, 200, 7)]);
        let names: Vec<&str> = run.rows.iter().map(|row| row.layout.name).collect();
        assert_eq!(names, [LAYOUTS[2].name, LAYOUTS[0].name], "the fastest first");
        let told = format!(
            "layout {}: after \"lock, 1k, all, by-key, 1 thread\" its digest is 0000000000000008, that of {} is 0000000000000007",
            LAYOUTS[1].name, LAYOUTS[0].name
        );
        assert_eq!(run.refused, [told]);
    }

    #[test]
    fn costs_are_multiples_of_the_best_of_the_group() {
        let run = comparison(vec![row(0, 300, 7), row(1, 200, 7)]);
        let group: Vec<&[Row]> = run.groups().collect();
        let times: Vec<f64> = group[0].iter().map(|row| of_best(row, group[0])).collect();
        assert_eq!((group.len(), &times[..]), (1, &[1.0, 1.5][..]));
    }
}
