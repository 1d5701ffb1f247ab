//! Steps: how long evaluating may take, counted.
//!
//! Vocabulary: a *step* is about what it takes to look at an element or at 64 bytes of text, or to make a
//! byte; a few nanoseconds.

/// What one evaluation may take, in steps: some hundredths of a second.
pub(crate) const BUDGET: usize = 1 << 20;

/// Evaluating takes more steps than it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooMany;

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
    pub(crate) fn spend(&mut self, steps: usize) -> Result<(), TooMany> {
        self.taken = self.taken.saturating_add(steps);
        if self.taken > self.most { Err(TooMany) } else { Ok(()) }
    }

    /// How many were taken.
    pub(crate) const fn taken(&self) -> usize {
        self.taken
    }

    /// Looks at so many bytes.
    ///
    /// # Errors
    /// See [`Steps::spend`].
    pub(crate) fn read(&mut self, bytes: usize) -> Result<(), TooMany> {
        self.spend(bytes / 64)
    }
}
