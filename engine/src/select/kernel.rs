//! Evaluates a plan over the resource table, a word of rows at a time.
//!
//! Vocabulary: the *state* of a row under an expression is false, true, missing key or error, two
//! bits: `fault` and `value`. States of a word of rows are two words ([`States`]), so the boolean
//! structure is a dozen bit operations per word, whatever the rows hold. A row is *wanted* while no
//! operand further left has decided it.
//!
//! Invariants: the same answer as evaluating row by row, including which of two faults wins. Leaves
//! evaluated row by row see wanted rows only. Nothing is allocated per row.

use std::ops::Range;

use fixedbitset::FixedBitSet;

use super::effort::Patterns;
use super::error::{EvalError, Fault};
use super::evaluate::{Cell, Evaluator};
use super::expr::{Expr, Literal};
use super::function_name::Function;
use super::pattern::Pattern;
use super::plan::{Leaf, Node, Plan, Reads};
use super::subject::{Bindings, Place, Subject};
use crate::select::{Atom, Atoms, AttributeTable, Column, EntityRows};

/// As many rows as a block of a bitset.
type Word = usize;
const BITS: usize = Word::BITS as usize;

/// The states of a word of rows.
#[derive(Clone, Copy)]
struct States {
    /// Missing key or error.
    fault: Word,
    /// Of a row without fault: its value; with: whether it is an error.
    value: Word,
}

const FALSE: u8 = 0;
const TRUE: u8 = 1;
const MISSING: u8 = 2;
const ERROR: u8 = 3;

impl States {
    fn all(state: u8) -> Self {
        let spread = |bit: u8| if state & bit == 0 { 0 } else { Word::MAX };
        Self { fault: spread(2), value: spread(1) }
    }

    fn is_false(self) -> Word {
        !self.fault & !self.value
    }

    fn is_true(self) -> Word {
        !self.fault & self.value
    }

    /// Rows of `mask` from `self`, the others from `other`.
    fn or_else(self, mask: Word, other: Self) -> Self {
        Self {
            fault: self.fault & mask | other.fault & !mask,
            value: self.value & mask | other.value & !mask,
        }
    }

    fn and(self, right: Self) -> Self {
        let decided = self.is_false() | right.is_false();
        // Undecided rows: the left fault, else the right state.
        let open = self.or_else(self.fault, right);
        Self { fault: open.fault & !decided, value: open.value & !decided }
    }

    fn or(self, right: Self) -> Self {
        let decided = self.is_true() | right.is_true();
        let open = self.or_else(self.fault, right);
        Self { fault: open.fault & !decided, value: open.value | decided }
    }

    fn not(self) -> Self {
        Self { fault: self.fault, value: self.value ^ !self.fault }
    }
}

/// See [`super::Selector::select`].
pub(crate) fn select(
    plan: &Plan,
    place: Place,
    table: &AttributeTable,
    atoms: &Atoms,
    rows: &dyn EntityRows,
    bindings: &Bindings<'_>,
    range: Range<usize>,
    out: &mut FixedBitSet,
) -> usize {
    if range.is_empty() {
        return 0;
    }
    out.grow(range.end);
    let patterns = Patterns::default();
    let mut others = *bindings;
    others.set(Subject::Resource, None);
    let evaluator = Evaluator::new(others, place.shape(), &patterns);
    let mut kernel = Kernel { leaves: Vec::with_capacity(plan.leaves), rows, atoms, evaluator };
    kernel.prepare(&plan.root, plan, table, range.len());
    let present = table.present().as_slice();
    let blocks = out.as_mut_slice().iter_mut().enumerate().take(range.end.div_ceil(BITS));
    let mut errors = 0;
    for (block, bits) in blocks.skip(range.start / BITS) {
        let base = block * BITS;
        let mask = ones_below(range.end - base) & !ones_below(range.start.saturating_sub(base));
        let wanted = mask & present.get(block).copied().unwrap_or(0);
        let mut matched = 0;
        if wanted != 0 {
            let states = kernel.states(&plan.root, base, wanted);
            matched = states.is_true() & wanted;
            errors += (states.fault & states.value & wanted).count_ones() as usize;
        }
        *bits = *bits & !mask | matched;
    }
    errors
}

/// A word whose lowest `count` bits are set.
fn ones_below(count: usize) -> Word {
    if count >= BITS { Word::MAX } else { (1 << count) - 1 }
}

/// A leaf made ready for one call.
enum Ready<'a> {
    /// One state for all rows.
    Fixed(u8),
    /// A state per code of a column.
    Looked { codes: &'a [u32], states: Vec<u8> },
    /// An expression over a column with more distinct values than rows are asked for.
    Read { codes: &'a [u32], distinct: &'a [Atom], expr: &'a Expr },
    /// An expression over the resource.
    Row(&'a Expr),
}

struct Kernel<'a> {
    leaves: Vec<Ready<'a>>,
    rows: &'a dyn EntityRows,
    atoms: &'a Atoms,
    evaluator: Evaluator<'a>,
}

impl<'a> Kernel<'a> {
    fn prepare(&mut self, node: &'a Node, plan: &Plan, table: &'a AttributeTable, rows: usize) {
        match node {
            Node::And(sides) | Node::Or(sides) => {
                sides.iter().for_each(|side| self.prepare(side, plan, table, rows));
            }
            Node::Not(of) => self.prepare(of, plan, table, rows),
            Node::Choose(parts) => {
                parts.iter().for_each(|part| self.prepare(part, plan, table, rows));
            }
            Node::Leaf(leaf) => {
                let ready = match &leaf.reads {
                    Reads::Nothing => Ready::Fixed(self.state(&leaf.expr, leaf.whole)),
                    Reads::Column(slot, expr) => match table.column(&plan.columns[*slot]) {
                        Some(column) => self.ready(column, expr, leaf.whole, rows),
                        None => Ready::Row(&leaf.expr),
                    },
                    Reads::Row => Ready::Row(&leaf.expr),
                };
                self.leaves.push(ready);
            }
        }
    }

    fn ready(&mut self, column: &'a Column, expr: &'a Expr, whole: bool, rows: usize) -> Ready<'a> {
        let (codes, distinct) = (column.codes(), column.distinct());
        // Comparing with constants costs so much less that only few rows are better read singly.
        if distinct.len() / 16 <= rows
            && let Some((wanted, found)) = one_of(expr, self.atoms)
        {
            let state = |atom: &Atom| match *atom {
                Atom::MISSING | Atom::UNREACHABLE => MISSING,
                Atom::BROKEN | Atom::OPAQUE => ERROR,
                atom => u8::from(wanted.contains(&atom) == found),
            };
            return Ready::Looked { codes, states: distinct.iter().map(state).collect() };
        }
        if distinct.len() > rows {
            return Ready::Read { codes, distinct, expr };
        }
        let test = TextTest::of(expr);
        let state = |atom: &Atom| match (&test, self.atoms.text(*atom)) {
            (Some(test), Some(text)) => test.state(text),
            _ => self.state_of(*atom, expr, whole),
        };
        Ready::Looked { codes, states: distinct.iter().map(state).collect() }
    }

    /// The states of the rows of a word; rows that are not wanted have any state.
    fn states(&mut self, node: &'a Node, base: usize, wanted: Word) -> States {
        match node {
            Node::And(sides) => {
                let left = self.states(&sides[0], base, wanted);
                match wanted & !left.is_false() {
                    0 => left,
                    open => left.and(self.states(&sides[1], base, open)),
                }
            }
            Node::Or(sides) => {
                let left = self.states(&sides[0], base, wanted);
                match wanted & !left.is_true() {
                    0 => left,
                    open => left.or(self.states(&sides[1], base, open)),
                }
            }
            Node::Not(of) => self.states(of, base, wanted).not(),
            Node::Choose(parts) => {
                let condition = self.states(&parts[0], base, wanted);
                let mut chosen = condition;
                for (part, mask) in [(1, condition.is_true()), (2, condition.is_false())] {
                    if wanted & mask != 0 {
                        let states = self.states(&parts[part], base, wanted & mask);
                        chosen = states.or_else(mask, chosen);
                    }
                }
                chosen
            }
            Node::Leaf(leaf) => self.leaf(leaf, base, wanted),
        }
    }

    fn leaf(&mut self, leaf: &'a Leaf, base: usize, wanted: Word) -> States {
        match &self.leaves[leaf.slot] {
            Ready::Fixed(state) => States::all(*state),
            Ready::Looked { codes, states } => {
                look_up(&codes[base..codes.len().min(base + BITS)], states)
            }
            &Ready::Read { codes, distinct, expr } => each(wanted, |bit| {
                let atom = distinct[codes[base + bit] as usize];
                self.state_of(atom, expr, leaf.whole)
            }),
            &Ready::Row(expr) => {
                let rows = self.rows;
                let states = each(wanted, |bit| {
                    self.evaluator.bindings.set(Subject::Resource, rows.get(base + bit));
                    self.state(expr, leaf.whole)
                });
                self.evaluator.bindings.set(Subject::Resource, None);
                states
            }
        }
    }

    fn state_of(&mut self, atom: Atom, expr: &'a Expr, whole: bool) -> u8 {
        self.evaluator.cell = Some(match self.atoms.get(atom) {
            Some(value) => Cell::Value(value.lend()),
            None => no_value(atom),
        });
        self.state(expr, whole)
    }

    fn state(&mut self, expr: &'a Expr, whole: bool) -> u8 {
        match self.evaluator.boolean(expr, whole) {
            Ok(false) => FALSE,
            Ok(true) => TRUE,
            Err(Fault::MissingKey) => MISSING,
            Err(Fault::Error(_)) => ERROR,
        }
    }
}

/// What reading a path without a value gives, as evaluating the path on the entity would.
fn no_value<'a>(atom: Atom) -> Cell<'a> {
    match atom {
        Atom::MISSING => Cell::None(Fault::MissingKey, Ok(false)),
        Atom::OPAQUE => Cell::None(EvalError::Opaque.into(), Ok(true)),
        Atom::BROKEN => {
            let broken: Fault = EvalError::BadKey { container: "list", key: "string" }.into();
            Cell::None(broken.clone(), Err(broken))
        }
        _ => Cell::None(Fault::MissingKey, Err(Fault::MissingKey)),
    }
}

/// The atoms a comparison of the column with constants is about, and whether it asks for them
/// (`==`, `in`) or for the others (`!=`). Such a comparison needs no evaluation per value.
fn one_of(expr: &Expr, atoms: &Atoms) -> Option<(Vec<Atom>, bool)> {
    let literal = |expr: &Expr| match expr {
        Expr::Literal(literal) => Some(atoms.find(&literal.lend())),
        _ => None,
    };
    let (sides, found) = match expr {
        Expr::Equal(sides) => (sides, true),
        Expr::NotEqual(sides) => (sides, false),
        Expr::In(sides) => {
            let (Expr::Column, Expr::List(items)) = (&sides[0], &sides[1]) else { return None };
            let wanted: Option<Vec<Option<Atom>>> = items.iter().map(literal).collect();
            return Some((wanted?.into_iter().flatten().collect(), true));
        }
        _ => return None,
    };
    let wanted = match sides.as_ref() {
        [Expr::Column, other] | [other, Expr::Column] => literal(other)?,
        _ => return None,
    };
    Some((wanted.into_iter().collect(), found))
}

/// A test of the column against a constant that texts answer without the evaluator, which costs
/// ten times as much; columns of names have as many values as rows.
enum TextTest<'a> {
    Contains(&'a str),
    StartsWith(&'a str),
    EndsWith(&'a str),
    Search(&'a Pattern),
}

impl<'a> TextTest<'a> {
    fn of(expr: &'a Expr) -> Option<Self> {
        match expr {
            Expr::Search(of, pattern) if matches!(**of, Expr::Column) => {
                Some(Self::Search(pattern))
            }
            Expr::Call(function, args) => {
                let [Expr::Column, Expr::Literal(Literal::Text(part))] = args.as_ref() else {
                    return None;
                };
                match function {
                    Function::Contains => Some(Self::Contains(part)),
                    Function::StartsWith => Some(Self::StartsWith(part)),
                    Function::EndsWith => Some(Self::EndsWith(part)),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn state(&self, text: &str) -> u8 {
        u8::from(match self {
            Self::Contains(part) => text.contains(part),
            Self::StartsWith(part) => text.starts_with(part),
            Self::EndsWith(part) => text.ends_with(part),
            Self::Search(pattern) => match pattern.found_in(text) {
                Ok(found) => found,
                Err(_) => return ERROR,
            },
        })
    }
}

/// Gathers the states of at most a word of rows.
fn look_up(codes: &[u32], states: &[u8]) -> States {
    let mut found = States { fault: 0, value: 0 };
    // No branch: which rows match is as good as random to the predictor.
    for (bit, &code) in codes.iter().enumerate() {
        let state = Word::from(states[code as usize]);
        found.value |= (state & 1) << bit;
        found.fault |= (state >> 1) << bit;
    }
    found
}

/// Asks for the state of each wanted row.
fn each(mut wanted: Word, mut state: impl FnMut(usize) -> u8) -> States {
    let mut found = States { fault: 0, value: 0 };
    while wanted != 0 {
        let bit = wanted.trailing_zeros() as usize;
        let state = Word::from(state(bit));
        found.value |= (state & 1) << bit;
        found.fault |= (state >> 1) << bit;
        wanted &= wanted - 1;
    }
    found
}
