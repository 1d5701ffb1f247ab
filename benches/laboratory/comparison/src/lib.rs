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

use std::collections::BTreeMap;
use std::fmt;

use shakedown_terminal::number::ratio;

use shakedown_laboratory::{DirtyDensity, Entry, Operation, Order, Scale, layouts};

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
    /// Cohorts that a thread takes at a time; 1 where there is one thread.
    pub chunk: usize,
}

impl Case {
    /// Its axes by name: scale, density, order, and threads with the chunk that they take.
    #[must_use]
    pub fn axes(&self) -> [String; 4] {
        let Self { scale, density, order, threads, chunk, .. } = *self;
        let [scale, density, order] =
            [scale.name(), density.name(), order.name()].map(str::to_owned);
        let chunk = if chunk > 1 { format!(" by {chunk}") } else { String::new() };
        [scale, density, order, threads_named(threads) + &chunk]
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.operation.name(), self.axes().join(", "))
    }
}

fn threads_named(threads: usize) -> String {
    format!("{threads} thread{}", if threads == 1 { "" } else { "s" })
}

/// What one layout takes for one case, in one round or in several.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The layout.
    pub layout: &'static Entry,
    /// What was measured.
    pub case: Case,
    /// Median of an operation in the fastest round.
    pub nanoseconds: u64,
    /// Median of an operation in the slowest round.
    pub slowest: u64,
    /// Targets that the operation is about.
    pub elements: u64,
    /// Median of the allocations of an operation in the first round.
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

    /// How many times as long the slowest round took as the fastest.
    #[must_use]
    pub fn spread(&self) -> f64 {
        if self.nanoseconds == 0 { 1.0 } else { ratio(self.slowest, self.nanoseconds) }
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
    /// Sorts the rows of all rounds into groups, and refuses layouts that end elsewhere than is
    /// `expected` of the case, be it in one round.
    #[must_use]
    pub fn new(
        mut rows: Vec<Row>,
        expected: &BTreeMap<Case, u64>,
        mut refused: Vec<String>,
        machine: Machine,
    ) -> Self {
        rows.sort_by_key(|row| (row.case, place(row)));
        let mut kept: Vec<Row> = Vec::with_capacity(rows.len());
        for rounds in rows.chunk_by(|a, b| (a.case, place(a)) == (b.case, place(b))) {
            let expected = expected.get(&rounds[0].case).copied();
            match rounds.iter().find(|row| Some(row.digest) != expected) {
                Some(other) => refused.push(strayed(other, expected)),
                None => kept.extend(merged(rounds)),
            }
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
        layouts().iter().filter(has_rows).collect()
    }
}

/// The place of a row's layout in the registry.
fn place(row: &Row) -> usize {
    layouts().iter().position(|entry| entry.name == row.layout.name).unwrap_or(layouts().len())
}

/// The rounds of a layout as one row.
fn merged(rounds: &[Row]) -> Option<Row> {
    let first = *rounds.first()?;
    let medians = || rounds.iter().map(|row| row.nanoseconds);
    let (nanoseconds, slowest) = (medians().min()?, medians().max()?);
    Some(Row { nanoseconds, slowest, ..first })
}

/// That a row's layout ended elsewhere than is expected.
fn strayed(row: &Row, expected: Option<u64>) -> String {
    let Row { layout: Entry { name, .. }, case, digest, .. } = row;
    let expected = expected.map_or_else(|| "unknown".to_owned(), |it| format!("{it:016x}"));
    let of = match case.operation {
        Operation::Lookup => "the digest of its rows and of what was looked up",
        Operation::Changes => "the digest of its rows and of the changes that it told of",
        Operation::Snapshot => "the digest of the copy",
        _ => "the digest of its rows",
    };
    format!(
        "layout {name}: after \"{case}\" {of} is {digest:016x}, with the engine's own layout \
         {expected}"
    )
}

/// How many times as long as the fastest row of its group a row takes.
fn of_best(row: &Row, group: &[Row]) -> f64 {
    let best = group.iter().map(Row::each).fold(f64::INFINITY, f64::min);
    // What takes less than the clock can tell takes as long as the rest of it.
    if best > 0.0 { row.each() / best } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) fn row(layout: usize, nanoseconds: u64, digest: u64) -> Row {
        Row {
            layout: &layouts()[layout],
            case: Case {
                operation: Operation::Lock,
                scale: Scale::Thousand,
                density: DirtyDensity::All,
                order: Order::ByKey,
                threads: 1,
                chunk: 1,
            },
            nanoseconds,
            slowest: nanoseconds,
            elements: 10,
            allocations: 1_234_567,
            held_bytes: 64_000,
            formula_bytes: 40_000,
            digest,
        }
    }

    /// Digest 7 is right.
    pub(crate) fn comparison(rows: Vec<Row>) -> Comparison {
        let expected = rows.iter().map(|row| (row.case, 7)).collect();
        Comparison::new(rows, &expected, Vec::new(), Machine::this())
    }

    #[test]
    fn rows_that_end_elsewhere_are_refused_be_they_the_first_or_alone() {
        let run = comparison(vec![row(0, 100, 8), row(1, 300, 7), row(2, 200, 7)]);
        let names: Vec<&str> = run.rows.iter().map(|row| row.layout.name).collect();
        assert_eq!(names, [layouts()[2].name, layouts()[1].name], "the fastest first");
        let told = format!(
            "layout {}: after \"lock, 1k, all, by-key, 1 thread\" the digest of its rows is 0000000000000008, with the engine's own layout 0000000000000007",
            layouts()[0].name
        );
        assert_eq!(comparison(vec![row(3, 100, 8)]).refused.len(), 1);
        assert_eq!(run.refused, [told]);
    }

    #[test]
    fn rounds_are_one_row_with_the_fastest_and_the_slowest() {
        let run = comparison(vec![row(0, 300, 7), row(1, 250, 7), row(0, 200, 7), row(0, 280, 7)]);
        let told: Vec<_> = run.rows.iter().map(|row| (row.nanoseconds, row.slowest)).collect();
        assert_eq!(told, [(200, 300), (250, 250)]);
        assert_eq!(run.rows.iter().map(Row::spread).collect::<Vec<_>>(), [1.5, 1.0]);
    }

    #[test]
    fn one_round_that_ends_elsewhere_is_enough_to_be_refused() {
        let run = comparison(vec![row(0, 300, 7), row(1, 250, 7), row(0, 200, 7), row(1, 100, 8)]);
        let names: Vec<&str> = run.rows.iter().map(|row| row.layout.name).collect();
        assert_eq!((names, run.refused.len()), (vec![layouts()[0].name], 1));
    }

    #[test]
    fn costs_are_multiples_of_the_best_of_the_group() {
        let run = comparison(vec![row(0, 300, 7), row(1, 200, 7)]);
        let group: Vec<&[Row]> = run.groups().collect();
        let times: Vec<f64> = group[0].iter().map(|row| of_best(row, group[0])).collect();
        assert_eq!((group.len(), &times[..]), (1, &[1.0, 1.5][..]));
    }
}
