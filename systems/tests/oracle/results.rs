//! Results of checks (SEMANTICS 8.1).

use serde_json::Value;

/// How a check or a list of checks comes out; later variants win when results are folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    Allowed,
    Pending,
    Denied,
}

impl Verdict {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Verdict::Allowed => "allowed",
            Verdict::Pending => "pending",
            Verdict::Denied => "denied",
        }
    }
}

/// The outcome of one check.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CheckResult {
    pub(crate) code: &'static str,
    pub(crate) params: Value,
    pub(crate) verdict: Verdict,
    /// "approval" or "wait", for pending results.
    pub(crate) action: Option<&'static str>,
    pub(crate) satisfied_at: Option<i64>,
    pub(crate) next: Option<i64>,
    pub(crate) valid_until: Option<i64>,
    /// When time alone changes its parameters and not its code; no part of a record.
    pub(crate) reworded: Option<i64>,
    pub(crate) policy: Option<String>,
    pub(crate) rule: Option<String>,
}

impl CheckResult {
    pub(crate) fn allowed(code: &'static str, params: Value) -> Self {
        CheckResult {
            code,
            params,
            verdict: Verdict::Allowed,
            action: None,
            satisfied_at: None,
            next: None,
            valid_until: None,
            reworded: None,
            policy: None,
            rule: None,
        }
    }

    /// When time alone changes anything of it.
    pub(crate) fn changes(&self) -> Option<i64> {
        [self.next, self.valid_until, self.reworded].into_iter().flatten().min()
    }

    pub(crate) fn since(self, satisfied_at: i64) -> Self {
        CheckResult { satisfied_at: Some(satisfied_at), ..self }
    }

    pub(crate) fn wait(code: &'static str, params: Value, next: Option<i64>) -> Self {
        CheckResult {
            verdict: Verdict::Pending,
            action: Some("wait"),
            next,
            ..Self::allowed(code, params)
        }
    }

    pub(crate) fn needs_approval(code: &'static str, params: Value) -> Self {
        CheckResult {
            verdict: Verdict::Pending,
            action: Some("approval"),
            ..Self::allowed(code, params)
        }
    }

    pub(crate) fn denied(code: &'static str, params: Value) -> Self {
        CheckResult { verdict: Verdict::Denied, ..Self::allowed(code, params) }
    }
}

/// Any denied: denied; else any pending: pending; else allowed.
pub(crate) fn fold(results: &[CheckResult]) -> Verdict {
    results.iter().map(|result| result.verdict).max().unwrap_or(Verdict::Allowed)
}
