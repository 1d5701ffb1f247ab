//! Which payload each event type decodes to (SEMANTICS 4.3, 11.2, 11.4), and what deletes need.

use serde_json::{Value as Json, json};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::model::JobStatus;
use shakedown_engine::wire::event::{Event, JobField, Key, Kind, Payload, Triple};

fn decode(event: &str, data: Json) -> Payload {
    let mut envelope = json!({"eventType":event,"workspaceId":"ws-1"});
    envelope["data"] = data;
    let event = Event::decode(&envelope, SimTime(0)).expect("a good event");
    assert_eq!(event.workspace_id.as_deref(), Some("ws-1"));
    event.payload
}

/// A payload that identifies an entity of any kind, and is whole for every kind.
fn anything() -> Json {
    json!({"id":"x","systemId":"s","deploymentId":"d","deploymentVariableId":"dv","resourceId":"r",
        "key":"k","value":1,"versionId":"v","environmentId":"e","userId":"u","ruleId":"rule",
        "bypassRuleTypes":[],"reference":"ref","fromType":"resource","toType":"resource",
        "status":null})
}

#[test]
fn every_kind_can_be_created_updated_and_deleted() {
    for kind in Kind::ALL {
        let mut data = anything();
        if *kind == Kind::UserApprovalRecord {
            data["status"] = json!("approved");
        }
        for verb in ["created", "updated"] {
            let payload = decode(&format!("{}.{verb}", kind.name()), data.clone());
            let Payload::Upsert(entity) = payload else { panic!("{kind:?}") };
            assert_eq!(entity.kind(), *kind);
        }
        let payload = decode(&format!("{}.deleted", kind.name()), data);
        let expected = match kind {
            Kind::ResourceVariable => {
                let (resource_id, key) = ("r".to_owned(), "k".to_owned());
                Key::ResourceVariable { resource_id, key, id: "x".to_owned() }
            }
            Kind::UserApprovalRecord => Key::UserApprovalRecord {
                version_id: "v".to_owned(),
                user_id: "u".to_owned(),
                environment_id: "e".to_owned(),
            },
            Kind::Policy => Key::Policy("x".to_owned()),
            kind => {
                let Payload::Delete(key) = payload else { panic!("{kind:?}") };
                assert_eq!(key.kind(), *kind);
                continue;
            }
        };
        assert_eq!(payload, Payload::Delete(expected));
    }
}

#[test]
fn deletes_look_at_the_identity_alone() {
    let payload = decode("policy.deleted", json!({"id":"p","rules":"garbage","enabled":3}));
    assert_eq!(payload, Payload::Delete(Key::Policy("p".to_owned())));
}

#[test]
fn ticks_and_reconciles_need_no_data() {
    for (event, expected) in
        [("workspace.tick", Payload::Tick), ("reconcile.all", Payload::ReconcileAll)]
    {
        assert_eq!(decode(event, json!({})), expected);
        assert_eq!(decode(event, Json::Null), expected);
    }
}

#[test]
fn targets_are_named_by_their_parts() {
    let target = Triple {
        resource_id: "r".to_owned(),
        environment_id: "e".to_owned(),
        deployment_id: "d".to_owned(),
    };
    let parts = json!({"resourceId":"r","environmentId":"e","deploymentId":"d"});
    assert_eq!(decode("release-target.deploy", parts.clone()), Payload::Redeploy(target.clone()));
    let mut report = parts;
    report["status"] = json!("inProgress");
    report["completedAt"] = json!("1970-01-01T00:00:01Z");
    let Payload::FinishJob(finish) = decode("job.finished", report) else { panic!("a report") };
    assert_eq!(finish.target, target);
    assert_eq!(finish.status, JobStatus::InProgress);
    assert_eq!(finish.completed_at, Some(SimTime(1_000_000_000)));
    assert_eq!(finish.created_at, None);
}

#[test]
fn providers_set_resources_that_need_no_id() {
    let data = json!({"providerId":"p","resources":[{"identifier":"i"},{"id":"r"}]});
    let Payload::SetResources { provider_id, resources } =
        decode("resource-provider.set-resources", data)
    else {
        panic!("a batch")
    };
    assert_eq!(provider_id, "p");
    let ids: Vec<_> = resources.iter().map(|it| (it.id.as_str(), it.identifier.as_str())).collect();
    assert_eq!(ids, [("", "i"), ("r", "r")]);
}

#[test]
fn job_updates_keep_which_fields_were_listed() {
    let update = |data: Json| match decode("job.updated", data) {
        Payload::UpdateJob(update) => update,
        other => panic!("{other:?}"),
    };
    let listed = update(json!({"agentId":"a","externalId":"e","job":{"externalId":"e2"},
        "fieldsToUpdate":["ExternalId","completedAt","nope","","completedAt"]}));
    assert_eq!((listed.id, listed.agent_id.as_deref()), (None, Some("a")));
    assert_eq!(listed.external_id.as_deref(), Some("e"));
    assert_eq!(listed.job.external_id.as_deref(), Some("e2"));
    assert_eq!(listed.fields, Some(vec![JobField::ExternalId, JobField::CompletedAt]));
    assert_eq!(listed.job.status, None);

    for all in [json!(null), json!([])] {
        let update = update(json!({"id":"j","job":{"id":"other","status":"failure",
            "releaseId":"abc","createdAt":""},"fieldsToUpdate":all}));
        assert_eq!(update.fields, None);
        assert_eq!(update.id.as_deref(), Some("j"));
        assert_eq!(update.job.status, Some(JobStatus::Failure));
        assert_eq!(update.job.release_id.as_deref(), Some("abc"));
        assert_eq!(update.job.created_at, None);
    }
}
