//! Approval (`anyApproval`): a version needs a minimum number of approvals in an environment.
//!
//! Evaluated once per (rule, environment, version); a target with a release record of the version is
//! exempt, which is one bit per row (SEMANTICS 8.3).

use serde_json::json;
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::matrix::PolicyRows;
use shakedown_engine::model::reason::{Pass, Reason};
use shakedown_engine::model::{AnyApproval, PolicyRule, WaiverType};

use super::answers::Start;
use super::closing::Closing;
use super::compiling::Compiling;
use super::examination::{Examination, Subject};
use super::judge::{Asked, Judge};
use super::result::CheckResult;
use super::rule::Rule;
use super::surroundings::Surroundings;

/// An approval rule, compiled.
#[derive(Debug, Clone)]
pub struct Approval {
    /// How many approvals.
    minimum: i32,
}

impl Rule for Approval {
    type Member = AnyApproval;
    type Kept = ();
    type Memo = ();
    const WAIVER_TYPE: WaiverType = WaiverType::Approval;

    fn member(rule: &PolicyRule) -> Option<&AnyApproval> {
        rule.any_approval.as_ref()
    }

    fn compile(member: &AnyApproval, _compiling: &mut Compiling<'_>) -> Self {
        Self { minimum: member.min_approvals }
    }

    fn starts_rollouts(
        &self,
        asked: Asked<'_, impl Surroundings, impl PolicyRows>,
    ) -> Option<Start> {
        Some(Start { since: self.approved(asked.judge).since(), wake: None })
    }

    fn close(
        &self,
        asked: Asked<'_, impl Surroundings, impl PolicyRows>,
        closing: &mut Closing<'_>,
        (): &mut (),
    ) {
        if self.approved(asked.judge) == Approved::NotEnough {
            let reason = Reason::ApprovalNotEnough;
            closing.close_unreleased(asked.judge, asked.scope, reason, |_| 0);
        }
    }

    fn examine<S: Surroundings, R: PolicyRows>(
        &self,
        exam: &Examination<'_, S, R>,
        asked: Asked<'_, S, R>,
        subject: &Subject<'_>,
    ) -> CheckResult {
        let Asked { judge, .. } = asked;
        let params = || {
            let approvals =
                judge.surroundings.approvals(judge.candidate.version, judge.cohort.environment);
            let users = approvals.map_or(&[][..], |list| list.users());
            json!({ "have": users.len(), "need": self.minimum, "approvers": users })
        };
        match self.approved(judge) {
            Approved::NoneRequired(at) => {
                CheckResult::allowed(Pass::ApprovalNoneRequired, json!({})).since(at)
            }
            Approved::Since(at) => CheckResult::allowed(Pass::ApprovalMet, params()).since(at),
            Approved::NotEnough => match exam.release(subject) {
                Some((released_at, release_id)) => {
                    let params = json!({ "releaseId": release_id });
                    CheckResult::allowed(Pass::ApprovalAlreadyDeployed, params).since(released_at)
                }
                None => CheckResult::blocked(Reason::ApprovalNotEnough, params()),
            },
        }
    }
}

impl Approval {
    fn approved(&self, judge: &Judge<'_, impl Surroundings, impl PolicyRows>) -> Approved {
        let Judge { surroundings, candidate, cohort, .. } = judge;
        let approvals = surroundings.approvals(candidate.version, cohort.environment);
        let times = approvals.map_or(&[][..], |list| list.times());
        approve(self.minimum, times, candidate.created_at)
    }
}

/// What an approval rule says of a version in an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Approved {
    /// None needed, since the version's creation.
    NoneRequired(SimTime),
    /// Enough approvals since this instant.
    Since(SimTime),
    /// Fewer than the minimum; only targets that have the version already pass.
    NotEnough,
}

impl Approved {
    /// Since when the rule holds.
    const fn since(self) -> Option<SimTime> {
        match self {
            Self::NoneRequired(at) | Self::Since(at) => Some(at),
            Self::NotEnough => None,
        }
    }
}

/// Applies a rule to the creation times of a version's approvals, which must ascend.
///
/// The rule holds from the `minimum`-th approval on; with nothing needed, from the version's
/// creation on.
fn approve(minimum: i32, approvals: &[SimTime], version_created: SimTime) -> Approved {
    let Some(last_needed) = usize::try_from(minimum).ok().and_then(|it| it.checked_sub(1)) else {
        return Approved::NoneRequired(version_created);
    };
    approvals.get(last_needed).map_or(Approved::NotEnough, |&at| Approved::Since(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn approvals_follow_the_vectors() {
        let created = SimTime(7);
        let minutes: Vec<SimTime> = [5, 10, 15, 20, 25].map(SimTime).to_vec();
        for (name, minimum, approvals, expected) in [
            ("T-A1 three of two", 2, &minutes[..3], Approved::Since(SimTime(10))),
            ("T-A2 one of three", 3, &minutes[..1], Approved::NotEnough),
            ("T-A3 two of two", 2, &minutes[..2], Approved::Since(SimTime(10))),
            ("T-A4 none needed", 0, &minutes[..0], Approved::NoneRequired(created)),
            ("T-A4 negative", -1, &minutes[..3], Approved::NoneRequired(created)),
            ("T-A5 second of five", 2, &minutes[..], Approved::Since(SimTime(10))),
            ("T-A5 first of five", 1, &minutes[..], Approved::Since(SimTime(5))),
            ("T-A7 one of three", 3, &minutes[..1], Approved::NotEnough),
            ("no integer is too large", i32::MAX, &minutes[..], Approved::NotEnough),
        ] {
            assert_eq!(approve(minimum, approvals, created), expected, "{name}");
        }
    }
}
