//! Selectors: which entities an expression picks (SEMANTICS section 3), row by row or by column.
//!
//! Vocabulary: a *source* is a selector as sent, CEL text or a JSON condition; a *place* is where a
//! selector stands and decides which variables it may read; *bindings* fill those variables with
//! entities. A selector is compiled once ([`Selector::compile`]) and then asked about one set of
//! bindings ([`Selector::matches`]) or about all rows of a table at once ([`Selector::select`]).
//!
//! A *path* leads from a field of an entity into labels and JSON ([`AttributePath`]); an *atom* is a
//! distinct value ([`Atom`]); a *column* holds one atom per entity for one path ([`AttributeTable`]).
//! A *value* is what an expression computes with, borrowed from the entity where it can be.
//!
//! Invariants: both ways give the same answer. A missing key makes the whole expression false; of
//! two errors the left one is reported. Evaluation is pure: no clock, no randomness, no I/O.
//! Invariant (negative): neither compiling nor evaluating panics or overflows the stack, whatever
//! the source or the entities.

mod atom;
mod columns;
mod comprehension;
mod condition;
mod depth;
mod distinct;
mod effort;
mod error;
mod evaluate;
mod expr;
mod function;
mod function_name;
mod instant;
mod kernel;
mod operator;
mod path;
mod pattern;
mod plan;
mod selector;
mod steps;
mod subject;
mod syntax;
mod value;

pub use atom::{Atom, AtomValue, Atoms};
pub use columns::{AttributeTable, Column, EntityRows};
pub use error::{EvalError, SelectorError};
pub(crate) use instant::{Instant, Span};
pub use path::{AttributePath, Shape};
pub(crate) use pattern::Pattern;
pub use selector::Selector;
pub(crate) use steps::BUDGET as MOST_STEPS;
pub use subject::{Bindings, Place, Subject, Subjects};
pub(crate) use value::{List, Map, Miss, Value, View};
