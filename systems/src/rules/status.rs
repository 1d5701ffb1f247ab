//! Version status: only ready versions go out, and paused ones stay where they are (SEMANTICS 8.2).
//! By no rule of a policy, and nothing waives it.

use serde_json::json;
use shakedown_engine::fleet::matrix::PolicyRows;
use shakedown_engine::model::VersionStatus;
use shakedown_engine::model::reason::{Pass, Reason};

use super::closing::Closing;
use super::judge::{Judge, Scope};
use super::result::CheckResult;
use super::surroundings::Surroundings;

/// Closes the rows of a cohort for which the candidate's status is no good.
pub fn close_status(
    judge: &Judge<'_, impl Surroundings, impl PolicyRows>,
    closing: &mut Closing<'_>,
) {
    match check_status(judge.candidate.status) {
        None => {}
        Some(reason @ Reason::StatusPaused) => {
            closing.close_unreleased(judge, Scope::ALL, reason, |_| 0);
        }
        Some(reason) => closing.close(Scope::ALL, reason, |_| 0),
    }
}

/// What the candidate's status says to a row.
pub(super) fn examine_status(
    judge: &Judge<'_, impl Surroundings, impl PolicyRows>,
    row: usize,
) -> CheckResult {
    let status = judge.candidate.status;
    match check_status(status) {
        None => CheckResult::allowed(Pass::StatusReady, json!({})),
        Some(Reason::StatusPaused) if judge.is_released(row) => {
            CheckResult::allowed(Pass::StatusPausedKept, json!({}))
        }
        Some(reason @ Reason::StatusPaused) => CheckResult::blocked(reason, json!({})),
        Some(reason) => CheckResult::blocked(reason, json!({ "status": status.name() })),
    }
}

/// What the status of a version means for targets without a release record of it.
///
/// A paused version lets targets that have it keep it (D2); every other block has no exemption.
const fn check_status(status: VersionStatus) -> Option<Reason> {
    match status {
        VersionStatus::Ready => None,
        VersionStatus::Paused => Some(Reason::StatusPaused),
        VersionStatus::Unspecified
        | VersionStatus::Building
        | VersionStatus::Failed
        | VersionStatus::Rejected => Some(Reason::StatusNotReady),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ready_passes_and_only_paused_waits() {
        for &status in VersionStatus::ALL {
            let expected = match status.name() {
                "ready" => None,
                "paused" => Some("status.paused"),
                _ => Some("status.not_ready"),
            };
            assert_eq!(check_status(status).map(Reason::code), expected, "{status:?}");
        }
    }
}
