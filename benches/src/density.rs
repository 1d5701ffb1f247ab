//! Density: how many targets of a deployment may take a new version at once.

use std::fmt;
use std::str::FromStr;

/// How many targets may take the version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Density {
    /// No approvals, rollout just begun: nearly everything waits.
    Gate,
    /// Approved; the clock stands where half of every cohort is due.
    Half,
    /// Approved, everything due.
    All,
}

impl Density {
    /// Every density, thin to dense.
    pub const ALL: [Self; 3] = [Self::Gate, Self::Half, Self::All];

    /// The name in options and bench ids.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gate => "gate",
            Self::Half => "half",
            Self::All => "all",
        }
    }
}

impl fmt::Display for Density {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Density {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|density| density.name() == text);
        known.ok_or_else(|| format!("expected gate, half or all, found `{text}`"))
    }
}
