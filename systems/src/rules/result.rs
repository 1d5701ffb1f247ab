//! Results of checks (SEMANTICS 8.1), as data; people get sentences made of them at the edge.

use serde_json::{Map, Value as Json, json};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::model::reason::{Code, Pass, Reason, Verdict};

/// Who can clear a pending result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// A user.
    Approval,
    /// Time, or progress elsewhere.
    Wait,
}

impl Action {
    /// The name in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Approval => "approval",
            Self::Wait => "wait",
        }
    }
}

/// What one check says.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckResult {
    /// Which outcome of which check; the index of codes is in SEMANTICS 9.
    pub code: Code,
    /// How it comes out.
    pub verdict: Verdict,
    /// Who can clear it, if it is pending.
    pub action: Option<Action>,
    /// The parameters of the code: an object, times as RFC 3339, null if they never come.
    pub params: Json,
    /// Since when the check holds, where that is known.
    pub satisfied_at: Option<SimTime>,
    /// Earliest instant at which time alone may clear it.
    pub next: Option<SimTime>,
    /// First instant at which time alone may end it.
    pub valid_until: Option<SimTime>,
    /// First instant at which time alone changes what it says without clearing or ending it, where there is
    /// such a one; no part of the result as JSON.
    pub reworded: Option<SimTime>,
    /// The policy that asks for the check, if one does.
    pub policy_id: Option<String>,
    /// The rule of that policy.
    pub rule_id: Option<String>,
}

impl CheckResult {
    /// A check that holds.
    #[must_use]
    pub fn allowed(code: Pass, params: Json) -> Self {
        Self::new(Code::Pass(code), Verdict::Allowed, None, params)
    }

    /// A check that blocks for a reason.
    #[must_use]
    pub fn blocked(reason: Reason, params: Json) -> Self {
        let action = match reason.verdict() {
            Verdict::Pending if reason.awaits_user() => Some(Action::Approval),
            Verdict::Pending => Some(Action::Wait),
            _ => None,
        };
        Self::new(Code::Reason(reason), reason.verdict(), action, params)
    }

    fn new(code: Code, verdict: Verdict, action: Option<Action>, params: Json) -> Self {
        Self {
            code,
            verdict,
            action,
            params,
            satisfied_at: None,
            next: None,
            valid_until: None,
            reworded: None,
            policy_id: None,
            rule_id: None,
        }
    }

    /// The same, satisfied since an instant.
    #[must_use]
    pub fn since(self, at: SimTime) -> Self {
        Self { satisfied_at: Some(at), ..self }
    }

    /// The same, of a rule.
    #[must_use]
    pub fn of(self, policy: &str, rule: &str) -> Self {
        Self { policy_id: Some(policy.to_owned()), rule_id: Some(rule.to_owned()), ..self }
    }

    /// First instant at which time alone changes anything of it.
    #[must_use]
    pub fn changes(&self) -> Option<SimTime> {
        [self.next, self.valid_until, self.reworded].into_iter().flatten().min()
    }

    /// Whether it keeps a release back.
    #[must_use]
    pub fn blocks(&self) -> bool {
        self.verdict != Verdict::Allowed
    }

    /// The result as JSON; what is absent is left out.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let mut object = Map::new();
        object.insert("code".to_owned(), json!(self.code.name()));
        object.insert("verdict".to_owned(), json!(self.verdict.name()));
        object.insert("params".to_owned(), self.params.clone());
        let time = |at: Option<SimTime>| at.map(|at| at.to_string());
        let optional = [
            ("action", self.action.map(|it| it.name().to_owned())),
            ("satisfiedAt", time(self.satisfied_at)),
            ("next", time(self.next)),
            ("validUntil", time(self.valid_until)),
            ("policyId", self.policy_id.clone()),
            ("ruleId", self.rule_id.clone()),
        ];
        for (key, value) in optional {
            object.extend(value.map(|value| (key.to_owned(), json!(value))));
        }
        Json::Object(object)
    }
}

/// What a list of results comes to: denied if any is, else pending if any is.
#[must_use]
pub fn fold(results: &[CheckResult]) -> Verdict {
    results.iter().map(|result| result.verdict).max().unwrap_or(Verdict::Allowed)
}

/// An instant as a parameter; null for one beyond all that can be written.
#[must_use]
pub fn time(at: SimTime) -> Json {
    json!(at.ever().map(|at| at.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SEMANTICS 8.1.
    #[test]
    fn lists_fold_by_the_vectors() {
        let allowed = || CheckResult::allowed(Pass::StatusReady, json!({}));
        let denied = || CheckResult::blocked(Reason::StatusNotReady, json!({}));
        let wait = || CheckResult::blocked(Reason::StatusPaused, json!({}));
        let approval = || CheckResult::blocked(Reason::ApprovalNotEnough, json!({}));
        for (name, results, expected) in [
            ("A A A", vec![allowed(), allowed(), allowed()], Verdict::Allowed),
            ("none", vec![], Verdict::Allowed),
            ("A D A", vec![allowed(), denied(), allowed()], Verdict::Denied),
            ("A P A", vec![allowed(), approval(), allowed()], Verdict::Pending),
            ("D P", vec![denied(), approval()], Verdict::Denied),
            ("A P1 D P2", vec![allowed(), wait(), denied(), approval()], Verdict::Denied),
        ] {
            assert_eq!(fold(&results), expected, "8.1 {name}");
        }
        let actions = [allowed(), denied(), wait(), approval()].map(|it| it.action);
        assert_eq!(actions, [None, None, Some(Action::Wait), Some(Action::Approval)]);
    }
}
