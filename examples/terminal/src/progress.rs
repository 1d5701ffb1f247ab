//! Progress on stderr: for people at a terminal who did not ask for quiet. Bars are for terminals alone;
//! the phases of a long measurement are told wherever stderr goes.

use std::io::{self, IsTerminal, Write};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::printable::printable;

/// Tells how far a run has come.
#[derive(Debug)]
pub struct Progress {
    quiet: bool,
    shown: bool,
    phases_shown: bool,
    bar: ProgressBar,
}

impl Progress {
    /// Progress that is shown unless `quiet` or stderr is no terminal.
    #[must_use]
    pub fn new(quiet: bool) -> Self {
        let shown = !quiet && io::stderr().is_terminal();
        Self { quiet, shown, phases_shown: shown, bar: ProgressBar::hidden() }
    }

    /// The same with phases that are told also where stderr is no terminal, unless it is to be quiet.
    #[must_use]
    pub fn with_phases_everywhere(self) -> Self {
        Self { phases_shown: !self.quiet, ..self }
    }

    /// Begins a phase: its number and what happens in it.
    pub fn phase(&mut self, number: usize, what: &str) {
        self.bar.finish_and_clear();
        if self.phases_shown {
            // Progress that cannot be shown is no reason to stop.
            writeln!(io::stderr(), "Phase {number}: {}...", printable(what)).ok();
        }
    }

    /// Says what concerns people who never see the terminal as well: whatever stderr is, unless they
    /// asked for quiet.
    pub fn note(&mut self, what: &str) {
        self.bar.finish_and_clear();
        if !self.quiet {
            writeln!(io::stderr(), "note: {}", printable(what)).ok();
        }
    }

    /// Tells that `done` of `total` steps of the current phase are done.
    pub fn step(&mut self, done: usize, total: usize) {
        if !self.shown {
            return;
        }
        if done == 0 || self.bar.length() != Some(total as u64) {
            self.bar =
                ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("  {wide_bar} {human_pos} of {human_len}");
            self.bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        }
        self.bar.set_position(done as u64);
        if done == total {
            self.bar.finish_and_clear();
        }
    }
}
