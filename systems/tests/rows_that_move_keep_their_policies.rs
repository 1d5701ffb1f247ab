//! When a table is rebuilt because one cohort grows, the rows of its neighbours move: policies that
//! look at resources follow them.

use serde_json::json;

use crate::send::{self, send, send_together};

#[test]
fn a_neighbour_that_grows_opens_no_gate() {
    let mut fleet = send::fleet();
    let resource = |id: &str, group: &str| {
        ("resource.created", json!({ "id": id, "metadata": { "group": group } }))
    };
    let environment = |id: &str, selector: &str| json!({ "id": id, "name": id, "systemId": "s", "resourceSelector": selector });
    let guarded = json!({
        "id": "p", "enabled": true,
        "selectors": [{ "resourceSelector": "resource.id == 'd'" }],
        "rules": [{ "id": "approval", "anyApproval": { "minApprovals": 1 } }],
    });
    let deployment =
        json!({ "id": "x", "systemId": "s", "jobAgentId": "a", "resourceSelector": "true" });
    let events = [
        ("job-agent.created", json!({ "id": "a", "type": "t" })),
        ("environment.created", environment("small", "resource.metadata.group == 'none'")),
        ("environment.created", environment("steady", "resource.metadata.group == 'steady'")),
        resource("a", "steady"),
        resource("b", "steady"),
        resource("c", "steady"),
        resource("d", "steady"),
        resource("n", "none"),
        resource("o1", "other"),
        resource("o2", "other"),
        resource("o3", "other"),
        ("deployment.created", deployment),
        ("policy.created", guarded),
    ];
    send_together(&mut fleet, events);
    send(&mut fleet, "resource.deleted", json!({ "id": "a" }));
    let report = send(
        &mut fleet,
        "environment.updated",
        environment("small", "resource.metadata.group != 'steady'"),
    );
    assert_eq!(report.added, 3);
    send(
        &mut fleet,
        "deployment-version.created",
        json!({ "id": "v", "deploymentId": "x", "status": "ready" }),
    );
    let mut waiting = fleet.targets();
    waiting.retain(|target| target.jobs.is_empty());
    let waiting: Vec<String> = waiting.into_iter().map(|target| target.key).collect();
    assert_eq!(waiting, ["d-steady-x"]);
}
