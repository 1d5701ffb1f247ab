//! The layouts, a file each, and what several of them share: `columns` and `picked` are rows that
//! keep some fields in a way of their own, or lie scattered, `table` is one archetype table.

mod columns;
mod picked;
mod registry;
mod table;

mod aos;
mod aosoa;
mod bits;
mod dense;
mod hecs;
mod hot_cold;
mod interleaved;
mod listed;
mod listed_states;
mod markers;
mod noted;
mod sharded;
mod soa;
mod ticked;
mod worlds;

pub use registry::{Entry, layouts};
pub use soa::Soa;

use std::ops::Range;
use std::sync::Mutex;

use rayon::prelude::*;
use shakedown_engine::fleet::matrix::TargetColumns;

use crate::lab::select;
use crate::layout::{Layout, Sharing, Standing, StoredRows, standing_of};
use crate::roster::Roster;

/// Calls `work` with the rows of each seat and the state that belongs to it.
fn visit_all<R: Send, S: Send>(
    rows: Vec<R>,
    states: &mut [S],
    sharing: Sharing,
    work: impl Fn(&mut S, &mut R) + Sync,
) {
    let tasks = rows.into_iter().zip(states);
    match sharing {
        Sharing::None => tasks.for_each(|(mut rows, state)| work(state, &mut rows)),
        Sharing::Cohorts(at_once) => {
            let (at_once, tasks) = (at_once.max(1), tasks.map(Mutex::new));
            let tasks: Vec<_> = tasks.collect();
            share(tasks.len().div_ceil(at_once), &|chunk| {
                for task in tasks.iter().skip(chunk * at_once).take(at_once) {
                    let (rows, state) = &mut *task.lock().expect("each task is taken once");
                    work(state, rows);
                }
            });
        }
    }
}

/// Does the work of each of so many chunks, on all threads. Compiled once, not for every layout and use.
fn share(chunks: usize, work: &(dyn Fn(usize) + Sync)) {
    (0..chunks).into_par_iter().for_each(work);
}

/// Takes a range out of what is left of a column, and leaves what follows it.
fn take<'a, T>(rest: &mut &'a mut [T], range: Range<usize>) -> &'a mut [T] {
    let (taken, left) = std::mem::take(rest).split_at_mut(range.end);
    *rest = left;
    &mut taken[range.start..]
}

/// Cuts columns into ranges of rows, ascending and disjoint.
fn cut<'a>(
    columns: TargetColumns<'a>,
    ranges: impl Iterator<Item = Range<usize>>,
) -> Vec<TargetColumns<'a>> {
    let (mut rest, mut taken) = (columns, 0);
    let mut cut = Vec::new();
    for range in ranges {
        let (_, tail) = rest.split_at(range.start - taken);
        let (rows, tail) = tail.split_at(range.len());
        cut.push(rows);
        (rest, taken) = (tail, range.end);
    }
    cut
}
