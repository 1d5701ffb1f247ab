//! What each rule costs: one deployment of 60,000 targets in 20 cohorts runs one version, exactly one
//! rule is added, a newer version has gone as far as the rule lets it. Measured is looking at every
//! target once more, without any job to create, so that the difference to `rules/none` is the rule.
//!
//! Ids: `rules/<rule>/60000/all`. Throughput is in release targets. `rules/variables` changes a value, so that
//! every resource is resolved anew; all others send the newer version again.

mod harness;

use criterion::Criterion;
use harness::Operation;
use serde_json::{Value as Json, json};
use shakedown_benches::{build, gauge};
use shakedown_engine::fleet::Fleet;
use shakedown_engine::model::JobStatus;
use shakedown_engine::model::reason::Reason;
use shakedown_engine::preset::{FleetShape, Relations, Rules, START};
use shakedown_engine::wire::event::{Event, Finish, Payload, Triple};

fn main() {
    harness::run(rules);
}

/// The deployment that is measured, and one that it may depend on.
const SHAPE: FleetShape = FleetShape {
    deployments: 2,
    rules: Rules::None,
    relations: Relations::None,
    ..FleetShape::production(15_000)
};
const TARGETS: u64 = 60_000;
/// Jobs at once, under a limit.
const LIMIT: u64 = 600;

/// A rule, and what it does.
struct Case {
    rule: &'static str,
    /// The policy's rule, if the rule is one of a policy.
    member: Json,
    /// The environments that the policy applies to.
    scope: &'static str,
    /// Fields of the newer version.
    version: Json,
    /// Events before the newer version.
    before: Vec<(&'static str, Json)>,
    /// How the jobs of the newer version end.
    ending: JobStatus,
    /// Targets for a reason, of those that the newer version has or waits for.
    held: (Reason, u64),
}

impl Case {
    /// A rule that lets every target have the newer version.
    fn new(rule: &'static str, member: Json) -> Self {
        Self {
            rule,
            member,
            scope: "true",
            version: json!({}),
            before: Vec::new(),
            ending: JobStatus::Successful,
            held: (Reason::AlreadySucceeded, TARGETS),
        }
    }

    fn holding(self, reason: Reason, targets: u64) -> Self {
        Self { held: (reason, targets), ..self }
    }
}

fn cases() -> Vec<Case> {
    let approval = json!({ "anyApproval": { "minApprovals": 1 } });
    let progression = json!({ "environmentProgression": {
        "dependsOnEnvironmentSelector": "environment.name == 'env-0'",
        "minimumSuccessPercentage": 50, "minimumSoakTimeMinutes": 30,
    } });
    let rollout = json!({ "gradualRollout": {
        "timeScaleInterval": 86_400, "rolloutType": "linear-normalized",
    } });
    let selector = |text: &str| json!({ "versionSelector": { "selector": text } });
    // Closed: who has what it wants is asked for no window (T12).
    let window = json!({ "deploymentWindow": {
        "rrule": "FREQ=YEARLY;BYMONTH=7;BYMONTHDAY=1;BYHOUR=0;BYMINUTE=0;BYSECOND=0",
        "durationMinutes": 60,
    } });
    let retry = json!({ "retry": { "maxRetries": 3, "backoffSeconds": 600 } });
    let bypass = json!({
        "id": "bypass", "versionId": "newer", "environmentId": "env-00",
        "bypassRuleTypes": ["approval"],
    });
    vec![
        Case::new("none", Json::Null),
        Case { version: json!({ "status": "paused" }), ..Case::new("status", Json::Null) }
            .holding(Reason::StatusPaused, TARGETS),
        Case::new("approval", approval.clone()).holding(Reason::ApprovalNotEnough, TARGETS),
        Case { scope: "environment.name != 'env-0'", ..Case::new("progression", progression) }
            .holding(Reason::ProgressionNotMet, TARGETS / 20 * 19),
        Case::new("rollout", rollout).holding(Reason::RolloutWaiting, TARGETS / 2),
        Case::new("version_selector", selector("version.tag == 'v1'"))
            .holding(Reason::VersionSelectorNoMatch, TARGETS),
        Case::new(
            "version_selector_reading_resource",
            selector("resource.metadata.zone != 'zone-0'"),
        )
        .holding(Reason::VersionSelectorNoMatch, TARGETS / 10),
        Case::new("cooldown", json!({ "versionCooldown": { "intervalSeconds": 30 * 86_400 } }))
            .holding(Reason::CooldownWaiting, TARGETS),
        // So many are done, as many have a job, and all others are in line.
        Case::new(
            "concurrency_limit",
            json!({ "concurrencyLimit": { "max": LIMIT, "per": "deployment" } }),
        )
        .holding(Reason::ConcurrencyLimitWaiting, TARGETS - 2 * LIMIT),
        Case::new("window", window).holding(Reason::WindowClosed, TARGETS),
        Case::new(
            "dependency",
            json!({ "deploymentDependency": { "dependsOn": "deployment.name == 'deployment-1'" } }),
        )
        .holding(Reason::DependencyUnmet, TARGETS / 2),
        Case {
            version: json!({ "dependencies": {
                "deployment-01": { "versionSelector": "version.tag == 'v1'" },
            } }),
            ..Case::new("version_dependency", Json::Null)
        }
        .holding(Reason::VersionDependencyUnmet, TARGETS / 2),
        Case { before: vec![("policy-bypass.created", bypass)], ..Case::new("waiver", approval) }
            .holding(Reason::ApprovalNotEnough, TARGETS / 20 * 19),
        Case { ending: JobStatus::Failure, ..Case::new("retry", retry) }
            .holding(Reason::RetryBackoff, TARGETS),
        Case { before: variables(), ..Case::new("variables", Json::Null) },
    ]
}

/// Ten variables, each with a default and two values for some resources.
fn variables() -> Vec<(&'static str, Json)> {
    let mut events = Vec::new();
    for number in 0..10 {
        let id = format!("variable-{number}");
        events.push((
            "deployment-variable.created",
            json!({ "id": id, "deploymentId": "deployment-00", "key": id, "defaultValue": number }),
        ));
        events.extend(
            (0..2).map(|priority| ("deployment-variable-value.created", value(number, priority))),
        );
    }
    events
}

fn value(number: u32, priority: u32) -> Json {
    json!({
        "id": format!("value-{number}-{priority}"),
        "deploymentVariableId": format!("variable-{number}"),
        "priority": priority,
        "value": { "zone": number, "priority": priority },
        "resourceSelector": format!("resource.metadata.zone == 'zone-{}'", (number + priority) % 10),
    })
}

fn rules(criterion: &mut Criterion) {
    let mut operation = Operation::new(criterion, "rules", 20, 200);
    for case in cases() {
        operation.bench(
            &format!("{}/{TARGETS}/all", case.rule),
            TARGETS,
            || prepared(&case),
            |fleet, times| {
                harness::sum(times, || {
                    let event = measured(&case, fleet);
                    let (report, advance) = gauge::measure(|| fleet.apply(event));
                    let report = report.expect("the event was accepted before");
                    let (reason, held) = case.held;
                    assert_eq!(report.targets, TARGETS, "{}", case.rule);
                    assert_eq!(report.jobs_created, 0, "{}", case.rule);
                    assert_eq!(report.held_by(reason), held, "{}", case.rule);
                    advance
                })
            },
        );
    }
}

/// A fleet in which the newer version of a case is as far as it gets now.
fn prepared(case: &Case) -> Fleet {
    let mut fleet = build(SHAPE, START, &mut |_, _, _| {});
    for deployment in ["deployment-00", "deployment-01"] {
        let version =
            version(&format!("{deployment}-older"), deployment, "v1", "2025-12-20T00:00:00Z");
        send(&mut fleet, "deployment-version.created", version);
    }
    // What the deployment may depend on runs on every second resource of each region.
    finish(&mut fleet, "deployment-00", JobStatus::Successful, 1);
    finish(&mut fleet, "deployment-01", JobStatus::Successful, 2);
    // Variables make other releases of the older version, which must have succeeded too.
    let before = case.before.iter().map(|(kind, data)| event(&fleet, kind, data.clone())).collect();
    fleet.apply_together(before).expect("what goes before is accepted");
    finish(&mut fleet, "deployment-00", JobStatus::Successful, 1);
    if let Json::Object(member) = &case.member {
        let mut rule = member.clone();
        rule.insert("id".to_owned(), json!("rule"));
        let policy = json!({
            "id": "policy", "enabled": true, "rules": [rule],
            "selectors": [{ "environmentSelector": case.scope }],
        });
        send(&mut fleet, "policy.created", policy);
    }
    let event = newer(case, &fleet);
    fleet.apply(event).expect("the newer version is accepted");
    finish(&mut fleet, "deployment-00", case.ending, 1);
    fleet
}

/// The event that is measured: it dirties every target of the deployment, and changes none.
fn measured(case: &Case, fleet: &Fleet) -> Event {
    if case.rule == "variables" {
        return event(fleet, "deployment-variable-value.updated", value(0, 0));
    }
    newer(case, fleet)
}

/// Half of each cohort is due under a rollout over a day.
fn newer(case: &Case, fleet: &Fleet) -> Event {
    let mut data = version("newer", "deployment-00", "v2", "2025-12-31T12:00:01Z");
    for (field, value) in case.version.as_object().into_iter().flatten() {
        data[field] = value.clone();
    }
    event(fleet, "deployment-version.updated", data)
}

fn version(id: &str, deployment: &str, tag: &str, created_at: &str) -> Json {
    json!({
        "id": id, "deploymentId": deployment, "tag": tag, "status": "ready", "createdAt": created_at,
    })
}

fn event(fleet: &Fleet, event_type: &str, data: Json) -> Event {
    let envelope = json!({ "eventType": event_type, "data": data });
    Event::decode(&envelope, fleet.now()).expect(event_type)
}

fn send(fleet: &mut Fleet, event_type: &str, data: Json) {
    let event = event(fleet, event_type, data);
    fleet.apply(event).expect(event_type);
}

/// Finishes the jobs of a deployment on every `step`-th resource of each region.
fn finish(fleet: &mut Fleet, deployment: &str, status: JobStatus, step: u32) {
    let now = fleet.now();
    let on = |resource: u32| {
        let environments = (0..SHAPE.environments)
            .filter(move |it| it % SHAPE.regions == resource % SHAPE.regions);
        environments.map(move |environment| (resource, environment))
    };
    let resources = (0..SHAPE.resources).filter(|it| (it / SHAPE.regions).is_multiple_of(step));
    let event = |(resource, environment): (u32, u32)| Event {
        at: None,
        workspace_id: None,
        payload: Payload::FinishJob(Finish {
            target: Triple {
                resource_id: format!("resource-{resource:05}"),
                environment_id: format!("env-{environment:02}"),
                deployment_id: deployment.to_owned(),
            },
            status,
            completed_at: Some(now),
            created_at: None,
        }),
    };
    let events = resources.flat_map(on).map(event).collect();
    fleet.apply_together(events).expect("reports on jobs are accepted");
}
