//! The approval rule (SEMANTICS 8.3).

use serde_json::{Value, json};

use super::results::CheckResult;
use super::world::{Target, World, created_at, integer, text};

/// The result of an `anyApproval` member for a version on a target.
pub(crate) fn approval(
    world: &World,
    member: &Value,
    version: &Value,
    target: &Target,
) -> CheckResult {
    let need = integer(member, "minApprovals").unwrap_or(0);
    if need <= 0 {
        return CheckResult::allowed("approval.none_required", json!({}))
            .since(created_at(version));
    }
    let mut records: Vec<&Value> = world
        .all("user-approval-record")
        .filter(|record| text(record, "versionId") == text(version, "id"))
        .filter(|record| {
            text(record, "environmentId") == target.environment
                && text(record, "status") == "approved"
        })
        .collect();
    records.sort_by_key(|record| (created_at(record), text(record, "userId")));
    let approvers: Vec<&str> = records.iter().map(|record| text(record, "userId")).collect();
    let params = json!({ "have": records.len(), "need": need, "approvers": approvers });
    let deciding = usize::try_from(need - 1).ok().and_then(|at| records.get(at));
    if let Some(record) = deciding {
        return CheckResult::allowed("approval.met", params).since(created_at(record));
    }
    if let Some(release) = world.release_of(target, text(version, "id")) {
        let params = json!({ "releaseId": release.id.hex() });
        return CheckResult::allowed("approval.already_deployed", params).since(release.created_at);
    }
    CheckResult::needs_approval("approval.not_enough", params)
}
