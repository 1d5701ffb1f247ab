//! Effort: what one evaluation may build, and the patterns it compiles on the way.

use std::cell::RefCell;
use std::sync::Arc;

use super::error::{EvalError, Fault};
use super::pattern::Pattern;
use crate::base::hash::{FixedMap, fixed_map};

/// What one evaluation may build, in elements and bytes.
const BUDGET: usize = 1 << 24;

/// Patterns that are not constant, compiled once per call of a selector.
pub(crate) struct Patterns {
    known: RefCell<FixedMap<String, Arc<Pattern>>>,
}

impl Default for Patterns {
    fn default() -> Self {
        Self { known: RefCell::new(fixed_map()) }
    }
}

/// What an evaluation has built so far.
pub(crate) struct Effort<'a> {
    patterns: &'a Patterns,
    spent: usize,
}

impl<'a> Effort<'a> {
    pub(crate) fn new(patterns: &'a Patterns) -> Self {
        Self { patterns, spent: 0 }
    }

    /// Starts over with the whole budget.
    pub(crate) fn restart(&mut self) {
        self.spent = 0;
    }

    /// Pays `amount` elements or bytes from the budget.
    pub(crate) fn spend(&mut self, amount: usize) -> Result<(), Fault> {
        self.spent = self.spent.saturating_add(amount);
        if self.spent > BUDGET { Err(EvalError::TooCostly.into()) } else { Ok(()) }
    }

    /// The compiled form of a pattern that is not constant.
    pub(crate) fn pattern(&self, text: &str) -> Arc<Pattern> {
        let mut known = self.patterns.known.borrow_mut();
        if let Some(pattern) = known.get(text) {
            return Arc::clone(pattern);
        }
        let pattern = Arc::new(Pattern::new(text));
        known.insert(text.to_owned(), Arc::clone(&pattern));
        pattern
    }
}
