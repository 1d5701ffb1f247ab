//! Effort: what one evaluation has taken, and the patterns it compiles on the way.

use std::cell::RefCell;
use std::sync::Arc;

use super::error::Fault;
use super::pattern::Pattern;
use super::steps::Steps;
use super::value::Value;
use crate::base::hash::{FixedMap, fixed_map};

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

impl<'a> Effort<'a> {
    pub(crate) fn new(patterns: &'a Patterns) -> Self {
        Self { patterns, steps: Steps::default() }
    }

    /// The patterns that are known.
    pub(crate) fn patterns(&self) -> &'a Patterns {
        self.patterns
    }

    /// Starts over with the whole budget.
    pub(crate) fn restart(&mut self) {
        self.steps = Steps::default();
    }

    /// Steps since the start.
    pub(crate) fn taken(&self) -> usize {
        self.steps.taken()
    }

    /// Takes so many steps more.
    pub(crate) fn spend(&mut self, steps: usize) -> Result<(), Fault> {
        Ok(self.steps.spend(steps)?)
    }

    /// Looks at so many bytes.
    pub(crate) fn read(&mut self, bytes: usize) -> Result<(), Fault> {
        Ok(self.steps.read(bytes)?)
    }

    /// Whether two values are equal, looking at as much of them as that takes.
    pub(crate) fn equal(&mut self, left: &Value<'_>, right: &Value<'_>) -> Result<bool, Fault> {
        Ok(left.equals_within(right, &mut self.steps)?)
    }

    /// Looks at all of a value.
    pub(crate) fn read_whole(&mut self, value: &Value<'_>) -> Result<(), Fault> {
        Ok(value.read_within(&mut self.steps)?)
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
