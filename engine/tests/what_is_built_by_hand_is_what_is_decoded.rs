//! An entity made by `new` equals the one decoded from a document with the required fields alone, and
//! the instant that both leave open is that of the event.

use serde_json::{Value as Json, json};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::catalogue::items;
use shakedown_engine::model::{
    Deployment, DeploymentVariable, DeploymentVariableValue, DeploymentVersion, DeploymentWindow,
    Environment, EnvironmentProgression, GradualRollout, JobAgent, JobStatus, LimitScope, Policy,
    PolicyBypass, PolicyRule, PolicySkip, PolicyTargetSelector, RelationshipRule, Resource,
    ResourceProvider, ResourceVariable, Retry, System, UserApprovalRecord, VariableSet, WaiverType,
};
use shakedown_engine::wire::event::{Entity, Event, Kind};
use std::time::Duration;

#[test]
fn new_leaves_out_what_a_document_may_leave_out() {
    let built: [(Entity, Json); 16] = [
        (System::new("s").into(), json!({"id":"s"})),
        (Resource::new("r").into(), json!({"id":"r"})),
        (ResourceProvider::new("p").into(), json!({"id":"p"})),
        (
            ResourceVariable::new("r", "k", "v").into(),
            json!({"resourceId":"r","key":"k","value":"v"}),
        ),
        (Environment::new("e", "s").into(), json!({"id":"e","systemId":"s"})),
        (Deployment::new("d", "s").into(), json!({"id":"d","systemId":"s"})),
        (DeploymentVersion::new("v", "d").into(), json!({"id":"v","deploymentId":"d"})),
        (
            DeploymentVariable::new("x", "d", "k").into(),
            json!({"id":"x","deploymentId":"d","key":"k"}),
        ),
        (
            DeploymentVariableValue::new("y", "x", json!({"a":1})).into(),
            json!({"id":"y","deploymentVariableId":"x","value":{"a":1}}),
        ),
        (VariableSet::new("z").into(), json!({"id":"z"})),
        (JobAgent::new("a").into(), json!({"id":"a"})),
        (
            RelationshipRule::cel("x", "db", "from.id == to.id").into(),
            json!({"id":"x","reference":"db","cel":"from.id == to.id"}),
        ),
        (
            Policy::new("p").rule(PolicyRule::new("q")).into(),
            json!({"id":"p","rules":[{"id":"q"}]}),
        ),
        (
            PolicyBypass::new("b", "v", [WaiverType::Approval]).into(),
            json!({"id":"b","versionId":"v","bypassRuleTypes":["approval"]}),
        ),
        (PolicySkip::new("k", "v", "q").into(), json!({"id":"k","versionId":"v","ruleId":"q"})),
        (
            UserApprovalRecord::approve("v", "e", "u").into(),
            json!({"versionId":"v","environmentId":"e","userId":"u","status":"approved"}),
        ),
    ];
    for (built, sent) in built {
        assert_eq!(decoded(built.kind(), &sent), built);
        assert_eq!(decoded(built.kind(), &built.to_json()), built, "what it is written as");
    }
}

#[test]
fn default_is_what_new_completes() {
    let named = |id: &str| Resource { id: id.into(), ..Resource::default() };
    let new = Resource::new("r");
    assert_eq!(Resource { identifier: "r".into(), name: "r".into(), ..named("r") }, new);
    assert_eq!(Policy { id: "p".into(), ..Policy::default() }, Policy::new("p"));
}

#[test]
fn rules_leave_out_what_a_document_may_leave_out() {
    let minute = Duration::from_mins(1);
    let built = Policy::new("p")
        .target(PolicyTargetSelector::new().environments("true"))
        .rule(PolicyRule::new("1").environment_progression(EnvironmentProgression::after("true")))
        .rule(PolicyRule::new("2").gradual_rollout(GradualRollout::linear(minute)))
        .rule(PolicyRule::new("3").deployment_window(DeploymentWindow::allow("FREQ=DAILY", minute)))
        .rule(PolicyRule::new("4").retry(Retry::times(2)))
        .rule(PolicyRule::new("5").any_approval(1).version_cooldown(minute))
        .rule(PolicyRule::new("6").version_selector("true").deployment_dependency("true"));
    let sent = json!({"id":"p","selectors":[{"environmentSelector":"true"}],"rules":[
        {"id":"1","environmentProgression":{"dependsOnEnvironmentSelector":"true"}},
        {"id":"2","gradualRollout":{"timeScaleInterval":60}},
        {"id":"3","deploymentWindow":{"rrule":"FREQ=DAILY","durationMinutes":1}},
        {"id":"4","retry":{"maxRetries":2}},
        {"id":"5","anyApproval":{"minApprovals":1},"versionCooldown":{"intervalSeconds":60}},
        {"id":"6","versionSelector":{"selector":"true"},
            "deploymentDependency":{"dependsOn":"true"}},
    ]});
    assert_eq!(decoded(Kind::Policy, &sent), built.into());
}

/// Numbers that differ from each other and from every default, so that no unit and no field can be mistaken.
#[test]
fn what_is_set_is_what_a_document_says() {
    let progression = EnvironmentProgression::after("true")
        .success_percentage(75)
        .soak(Duration::from_mins(11))
        .maximum_age(Duration::from_hours(3));
    let window = DeploymentWindow::deny("FREQ=DAILY", Duration::from_mins(90));
    let retry = Retry::times(4)
        .on([JobStatus::Failure])
        .backoff(Duration::from_secs(20))
        .doubling(Duration::from_mins(5));
    let built = Policy::new("p")
        .rule(PolicyRule::new("1").environment_progression(progression))
        .rule(PolicyRule::new("2").gradual_rollout(GradualRollout::within(Duration::from_hours(2))))
        .rule(PolicyRule::new("3").deployment_window(window.timezone("Europe/Berlin")))
        .rule(
            PolicyRule::new("4")
                .retry(retry)
                .concurrency_limit(7, LimitScope::Deployment)
                .stop_on_failure(2, 30),
        );
    let sent = json!({"id":"p","rules":[
        {"id":"1","environmentProgression":{"dependsOnEnvironmentSelector":"true",
            "minimumSuccessPercentage":75,"minimumSoakTimeMinutes":11,"maximumAgeHours":3}},
        {"id":"2","gradualRollout":{"timeScaleInterval":7200,"rolloutType":"linear-normalized"}},
        {"id":"3","deploymentWindow":{"rrule":"FREQ=DAILY","durationMinutes":90,
            "timezone":"Europe/Berlin","allowWindow":false}},
        {"id":"4","retry":{"maxRetries":4,"retryOnStatuses":["failure"],"backoffSeconds":20,
            "maxBackoffSeconds":300,"backoffStrategy":"exponential"},
            "concurrencyLimit":{"max":7,"per":"deployment",
            "stopOnFailure":{"failures":2,"withinPercent":30}}},
    ]});
    assert_eq!(decoded(Kind::Policy, &sent), built.into());
    let rejected = json!({"versionId":"v","environmentId":"e","userId":"u","status":"rejected"});
    let built = UserApprovalRecord::reject("v", "e", "u");
    assert_eq!(decoded(Kind::UserApprovalRecord, &rejected), built.into());
}

#[test]
fn what_was_left_open_is_the_instant_of_the_event() {
    let noon: SimTime = "2026-01-01T12:00:00Z".parse().expect("a time");
    let later = noon + Duration::from_mins(1);
    let mut fleet = Fleet::new("ws", noon);
    fleet.apply(Resource::new("open").into()).expect("a resource");
    fleet.apply(Resource::new("stated").created_at(SimTime(1)).into()).expect("a resource");
    let event = Event { at: Some(later), ..Resource::new("later").into() };
    fleet.apply(event).expect("a resource");
    let found: Vec<(&str, SimTime)> =
        items::<Resource>(fleet.world()).map(|(_, it)| (it.id.as_str(), it.created_at)).collect();
    assert_eq!(found, [("open", noon), ("stated", SimTime(1)), ("later", later)]);
}

fn decoded(kind: Kind, sent: &Json) -> Entity {
    Entity::decode(kind, sent, SimTime::UNSET).expect("a good entity")
}
