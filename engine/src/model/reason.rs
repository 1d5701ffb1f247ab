//! Reasons: why a target does not get what it wants, as codes (SEMANTICS section 9, index of codes).
//!
//! Vocabulary: a *reason* is one blocking result code; a target's [`Holds`](crate::fleet::matrix::Holds)
//! is a set of them, one bit each. Parameters and text are made at the edge, from a decision record.

use std::fmt;

/// How a check comes out; of several, the last of these counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// The check holds.
    Allowed,
    /// Time, progress elsewhere or a person can clear it.
    Pending,
    /// Only an edit, or the end of the active job, can clear it.
    Denied,
}

impl Verdict {
    /// The name in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Pending => "pending",
            Self::Denied => "denied",
        }
    }
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $code:literal $verdict:ident),+ $(,)?) => {
        /// A blocking reason. Its discriminant is its bit in a holds mask.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Reason {
            $($(#[$doc])* $name),+
        }

        impl Reason {
            /// Every reason, in bit order.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The code in records and reports.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code),+ }
            }

            /// Whether it waits or blocks.
            #[must_use]
            pub const fn verdict(self) -> Verdict {
                match self { $(Self::$name => Verdict::$verdict),+ }
            }
        }
    };
}

reasons! {
    /// The deployment has no version.
    NoVersions = "plan.no_versions" Denied,
    /// No candidate passes its checks.
    NoneDeployable = "plan.none_deployable" Denied,
    /// The version is paused and was never released on this target.
    StatusPaused = "status.paused" Pending,
    /// The version is not ready.
    StatusNotReady = "status.not_ready" Denied,
    /// Fewer approvals than the rule asks for.
    ApprovalNotEnough = "approval.not_enough" Pending,
    /// No environment of the system is upstream.
    ProgressionNoUpstream = "progression.no_upstream" Pending,
    /// No upstream environment succeeds.
    ProgressionNotMet = "progression.not_met" Pending,
    /// The upstream selector fails.
    ProgressionSelectorError = "progression.selector_error" Denied,
    /// The rollout's clock has not started.
    RolloutNotStarted = "rollout.not_started" Pending,
    /// The target's slot is not open yet.
    RolloutWaiting = "rollout.waiting" Pending,
    /// The version is not selected.
    VersionSelectorNoMatch = "version_selector.no_match" Denied,
    /// The version selector fails.
    VersionSelectorError = "version_selector.error" Denied,
    /// The reference version is too young.
    CooldownWaiting = "cooldown.waiting" Pending,
    /// Outside every allow window.
    WindowClosed = "window.closed" Pending,
    /// Inside a deny window.
    WindowDenied = "window.denied" Pending,
    /// A version dependency does not hold.
    VersionDependencyUnmet = "version_dependency.unmet" Pending,
    /// The selector of a failing version dependency cannot compile.
    VersionDependencySelectorError = "version_dependency.selector_error" Denied,
    /// No other target of the resource satisfies the dependency.
    DependencyUnmet = "dependency.unmet" Pending,
    /// The dependency's selector cannot compile.
    DependencySelectorError = "dependency.selector_error" Denied,
    /// A job of the target is processing.
    ActiveJob = "concurrency.active_job" Denied,
    /// The desired release succeeded already.
    AlreadySucceeded = "repeat.already_succeeded" Denied,
    /// A person stopped the desired release.
    Stopped = "repeat.stopped" Denied,
    /// The deployment's agent does not exist, and the release already says so.
    AgentMissing = "agent.missing" Denied,
    /// The next attempt is not due yet.
    RetryBackoff = "retry.backoff" Pending,
    /// No attempt is left.
    RetryExhausted = "retry.exhausted" Denied,
    /// As many jobs are processing as a limit allows.
    ConcurrencyLimitWaiting = "concurrency_limit.waiting" Pending,
    /// The version failed too often under a limit.
    ConcurrencyLimitStopped = "concurrency_limit.stopped" Pending,
}

/// The code.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl Reason {
    /// Number of reasons; at most 32, the bits of a holds mask.
    pub const COUNT: usize = Self::ALL.len();

    /// Whether a user can clear it, if it is pending.
    #[must_use]
    pub const fn awaits_user(self) -> bool {
        matches!(self, Self::ApprovalNotEnough | Self::ConcurrencyLimitStopped)
    }

    /// The reason's bit in a holds mask.
    #[must_use]
    pub const fn bit(self) -> u32 {
        1 << self as u32
    }
}

const _: () = assert!(Reason::COUNT <= 32, "a holds mask has 32 bits");

/// The reasons in a holds mask, in bit order.
pub fn reasons(holds: u32) -> impl Iterator<Item = Reason> {
    Reason::ALL.iter().copied().filter(move |reason| holds & reason.bit() != 0)
}

macro_rules! passes {
    ($($name:ident = $code:literal),+ $(,)?) => {
        /// How a check comes to hold.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "the code says it; SEMANTICS 9 has the index")]
        pub enum Pass {
            $($name),+
        }

        impl Pass {
            /// Every one, in report order of their checks.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The code in records.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code),+ }
            }
        }
    };
}

passes! {
    StatusReady = "status.ready",
    StatusPausedKept = "status.paused_kept",
    VersionDependencyNone = "version_dependency.none",
    VersionDependencyMet = "version_dependency.met",
    Waived = "waived",
    ApprovalNoneRequired = "approval.none_required",
    ApprovalMet = "approval.met",
    ApprovalAlreadyDeployed = "approval.already_deployed",
    ProgressionMet = "progression.met",
    RolloutAlreadyReleased = "rollout.already_released",
    RolloutDue = "rollout.due",
    VersionSelectorMatch = "version_selector.match",
    DependencyMet = "dependency.met",
    WindowFirstDeployment = "window.first_deployment",
    WindowSettled = "window.settled",
    WindowOpen = "window.open",
    WindowClear = "window.clear",
    CooldownNoReference = "cooldown.no_reference",
    CooldownSameVersion = "cooldown.same_version",
    CooldownPassed = "cooldown.passed",
    ConcurrencyFree = "concurrency.free",
    RepeatNotSucceeded = "repeat.not_succeeded",
    AgentOk = "agent.ok",
    RetryFirstAttempt = "retry.first_attempt",
    RetryAllowed = "retry.allowed",
    ConcurrencyLimitFree = "concurrency_limit.free",
}

/// Which outcome of which check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// The check holds.
    Pass(Pass),
    /// It does not.
    Reason(Reason),
}

impl Code {
    /// The code in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pass(pass) => pass.code(),
            Self::Reason(reason) => reason.code(),
        }
    }

    /// The reason, if the check does not hold.
    #[must_use]
    pub const fn reason(self) -> Option<Reason> {
        match self {
            Self::Pass(_) => None,
            Self::Reason(reason) => Some(reason),
        }
    }
}

impl PartialEq<Reason> for Code {
    fn eq(&self, reason: &Reason) -> bool {
        *self == Self::Reason(*reason)
    }
}

impl PartialEq<Pass> for Code {
    fn eq(&self, pass: &Pass) -> bool {
        *self == Self::Pass(*pass)
    }
}
