//! The layouts that take part.

use crate::gate::{Refused, admit};
use crate::subject::Staged;
use crate::{Layout, Order, Roster, Scene, Subject};

/// A layout that takes part.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Its name in options, tables and bench ids.
    pub name: &'static str,
    /// What it is, in a line.
    pub about: &'static str,
    /// Lines of code of the file that implements it, comments and blank lines aside.
    pub lines: fn() -> usize,
    /// Whether several cohorts can be written at once.
    pub parallel: bool,
    /// Whether rows lie by resource, whatever order is asked for.
    pub by_resource: bool,
    /// Bytes that its rows should take in a scene.
    pub formula: fn(&Roster) -> usize,
    /// Follows the fixed sequence of events; see [`admit`].
    pub admit: fn(&'static str) -> Result<u64, Refused>,
    /// Builds it for a scene.
    pub build: fn(&Scene, Order) -> Box<dyn Subject>,
}

impl Entry {
    /// The entry of a layout; `lines`: of its code.
    #[must_use]
    pub const fn new<L: Layout>(
        name: &'static str,
        about: &'static str,
        lines: fn() -> usize,
    ) -> Self {
        Self {
            name,
            about,
            lines,
            parallel: L::PARALLEL,
            by_resource: L::BY_RESOURCE,
            formula: L::formula,
            admit: admit::<L>,
            build: |scene, order| Box::new(Staged::<L>::new(scene, order)),
        }
    }
}

/// Lines that are neither blank nor comments.
fn lines_of_code(source: &str) -> usize {
    let is_code = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with("//");
    source.lines().filter(is_code).count()
}

/// One line per layout: its name, what it is, the module that implements it, and the type there.
macro_rules! layouts {
    ($($name:literal, $about:literal, $module:ident, $layout:ty;)*) => {
        &[$({
            use super::$module::*;
            let lines = || lines_of_code(include_str!(concat!(stringify!($module), ".rs")));
            Entry::new::<$layout>($name, $about, lines)
        }),*]
    };
}

/// Every layout: the engine's own first, plain vectors, and those compared with them.
///
/// The code behind a static's functions is compiled for unit tests that never call it, too, and that behind
/// a constant's by every crate that reads it.
#[must_use]
#[inline(never)]
pub fn layouts() -> &'static [Entry] {
    LAYOUTS
}

const LAYOUTS: &[Entry] = layouts![
    "sharded", "archetype tables sharded by deployment: the engine's own", sharded, Sharded;
    "soa", "one vector per column", soa, Soa;
    "listed", "one archetype table, unsharded, rows found by a list", listed, Listed;
    "interleaved", "one archetype table, deployments take turns", interleaved, Interleaved;
    "hot-cold", "one archetype table, two components", hot_cold, HotCold;
    "table-markers", "state as a marker in the table", markers, Marked<Tables>;
    "sparse-markers", "state as a marker in a sparse set", markers, Marked<SparseSets>;
    "worlds", "one world per deployment", worlds, Worlds;
    "row-ticks", "one world per deployment, changes by row ticks", ticked, Ticked<false>;
    "summary-ticks", "the same, clean worlds passed over", ticked, Ticked<true>;
    "hecs", "one archetype of hecs", hecs, Hecs;
    "soa-changes", "one vector per column, changes by bitset", noted, Noted;
    "soa-lists", "one vector per column, states as lists", listed_states, ListedStates;
    "aos16", "structs of 16 bytes: what a decision writes", aos, Aos<Bytes16>;
    "aos32", "structs of 32 bytes: all but the key", aos, Aos<Bytes32>;
    "aos64", "structs of 64 bytes: a cache line per row", aos, Aos<Bytes64>;
    "aosoa", "blocks of 64 rows, columns within", aosoa, Aosoa;
    "bits", "vectors, states as bit planes", bits, Bits;
    "dense", "a cell for every resource, states as bit planes", dense, Dense;
];
