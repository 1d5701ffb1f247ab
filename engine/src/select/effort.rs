//! Effort: what one evaluation may take, and the patterns it compiles on the way.
//!
//! Vocabulary: a *step* is about what it takes to look at an element or at 64 bytes of text, or to make a
//! byte; a few nanoseconds.

use std::cell::RefCell;
use std::sync::Arc;

use super::error::{EvalError, Fault};
use super::pattern::Pattern;
use super::value::Value;
use crate::base::hash::{FixedMap, fixed_map};

/// What one evaluation may take, in steps: some hundredths of a second.
pub(crate) const BUDGET: usize = 1 << 20;

/// What compiling a small pattern takes, in steps, and each of its bytes.
const COMPILING: (usize, usize) = (1_000, 64);

/// What compiling a large one takes, or finding out that it is too large.
const COMPILING_LARGE: usize = 1 << 18;

/// Patterns that are kept: of large ones, less than so many fit into the memory that they may take.
const MOST_PATTERNS: usize = 64;

/// Patterns that are not constant, compiled once per call of a selector as long as they are few.
pub(crate) struct Patterns {
    known: RefCell<FixedMap<String, Arc<Pattern>>>,
}

impl Default for Patterns {
    fn default() -> Self {
        Self { known: RefCell::new(fixed_map()) }
    }
}

/// What an evaluation has taken so far.
pub(crate) struct Effort<'a> {
    patterns: &'a Patterns,
    steps: Steps,
}

/// Steps taken, and how many may be.
#[derive(Debug)]
pub(crate) struct Steps {
    taken: usize,
    most: usize,
}

impl Default for Steps {
    fn default() -> Self {
        Self { taken: 0, most: BUDGET }
    }
}

impl Steps {
    /// As many as it takes.
    pub(crate) const ENDLESS: Self = Self { taken: 0, most: usize::MAX };

    /// Takes so many more.
    ///
    /// # Errors
    /// When they are more than an evaluation may take.
    pub(crate) fn spend(&mut self, steps: usize) -> Result<(), Fault> {
        self.taken = self.taken.saturating_add(steps);
        if self.taken > self.most { Err(EvalError::TooCostly.into()) } else { Ok(()) }
    }

    /// Looks at so many bytes.
    ///
    /// # Errors
    /// See [`Steps::spend`].
    pub(crate) fn read(&mut self, bytes: usize) -> Result<(), Fault> {
        self.spend(bytes / 64)
    }
}

impl<'a> Effort<'a> {
    pub(crate) fn new(patterns: &'a Patterns) -> Self {
        Self { patterns, steps: Steps::default() }
    }

    /// Starts over with the whole budget.
    pub(crate) fn restart(&mut self) {
        self.steps = Steps::default();
    }

    /// Steps since the start.
    pub(crate) fn taken(&self) -> usize {
        self.steps.taken
    }

    /// See [`Steps::spend`].
    pub(crate) fn spend(&mut self, steps: usize) -> Result<(), Fault> {
        self.steps.spend(steps)
    }

    /// See [`Steps::read`].
    pub(crate) fn read(&mut self, bytes: usize) -> Result<(), Fault> {
        self.steps.read(bytes)
    }

    /// Whether two values are equal, looking at as much of them as that takes.
    pub(crate) fn equal(&mut self, left: &Value<'_>, right: &Value<'_>) -> Result<bool, Fault> {
        left.equals_within(right, &mut self.steps)
    }

    /// Looks at all of a value.
    pub(crate) fn read_whole(&mut self, value: &Value<'_>) -> Result<(), Fault> {
        value.read_within(&mut self.steps)
    }

    /// The compiled form of a pattern that is not constant.
    pub(crate) fn pattern(&mut self, text: &str) -> Result<Arc<Pattern>, Fault> {
        let (once, each) = COMPILING;
        self.spend(once + each * text.len())?;
        let mut all = self.patterns.known.borrow_mut();
        let known = all.get(text).map(Arc::clone);
        let pattern = known.unwrap_or_else(|| {
            if all.len() >= MOST_PATTERNS {
                all.clear();
            }
            let pattern = Arc::new(Pattern::new(text));
            all.insert(text.to_owned(), Arc::clone(&pattern));
            pattern
        });
        // What it takes does not depend on which patterns other rows had.
        if !pattern.is_small() {
            self.spend(COMPILING_LARGE)?;
        }
        Ok(pattern)
    }
}
