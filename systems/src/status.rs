//! Version status: only ready versions go out, and paused ones stay where they are (SEMANTICS 8.2).

use shakedown_engine::model::VersionStatus;
use shakedown_engine::model::reason::Reason;

/// What the status of a version means for targets without a release record of it.
///
/// A paused version lets targets that have it keep it (D2); every other block has no exemption.
#[must_use]
pub const fn check_status(status: VersionStatus) -> Option<Reason> {
    match status {
        VersionStatus::Ready => None,
        VersionStatus::Paused => Some(Reason::StatusPaused),
        VersionStatus::Unspecified
        | VersionStatus::Building
        | VersionStatus::Failed
        | VersionStatus::Rejected => Some(Reason::StatusNotReady),
    }
}

/// Whether targets that have a release record of the version are exempt from a reason.
#[must_use]
pub const fn spares_released(reason: Reason) -> bool {
    use Reason::{ApprovalNotEnough, RolloutNotStarted, RolloutWaiting, StatusPaused};
    matches!(reason, StatusPaused | ApprovalNotEnough | RolloutNotStarted | RolloutWaiting)
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
