//! A file of manifests, one YAML document with a `type` per thing, is a workspace document.

use serde_json::json;
use shakedown_engine::base::time::SimTime;
use shakedown_engine::model::PolicyScope;
use shakedown_engine::wire::document::{Document, DocumentKind};
use shakedown_engine::wire::event::{Entity, Payload};

const SHOP: &str = "\
# The whole shop.
type: Environment
name: prod
system: shop
resourceSelector: resource.metadata[\"tier\"] == \"prod\"
---
type: System
name: Shop
slug: shop
--- # one agent
type: JobAgent
name: runner
config: {type: test-runner, delaySeconds: 10}
---
type: Deployment
name: Checkout API
system: Shop
jobAgent: runner
jobAgentConfig: {template: |
  --no-marker
  }
---
type: Policy
name: slowly
selectors:
  - environments: environment.name == 'prod'
rules:
  - gradualRollout: {timeScaleInterval: 10m}
  - deploymentWindow: {rrule: FREQ=DAILY, duration: 1h30m, allow: false}
    versionCooldown: {duration: 90s}
---
---
type: Resource
name: c1
identifier: gke/c1
kind: Cluster
version: v1
variables: {region: eu, peer: {reference: vpc, path: [id]}}
";

fn parse(text: &str) -> Document {
    Document::parse("shop.yaml", text, SimTime(0)).expect("it decodes")
}

fn entities(document: &Document) -> Vec<&Entity> {
    let stated = document.entries.iter().filter_map(|entry| match &entry.event.payload {
        Payload::Upsert(entity) => Some(&**entity),
        _ => None,
    });
    stated.collect()
}

#[test]
fn of_every_type() {
    let text = SHOP.replace(
        "jobAgentConfig: {template: |\n  --no-marker\n  }",
        "jobAgentConfig:\n  template: |\n    ---\n    x",
    );
    let document = parse(&text);
    assert_eq!(document.kind, DocumentKind::Workspace);
    assert_eq!(document.remarks, [""; 0]);
    assert_eq!(document.unknown_members().0, []);
    let stated: Vec<String> =
        entities(&document).iter().map(|it| format!("{} {}", it.kind(), it.key().text())).collect();
    let expected = [
        "system Shop",
        "job-agent runner",
        "policy slowly",
        "resource gke/c1",
        "resource-variable 6:gke/c16:region0:",
        "resource-variable 6:gke/c14:peer0:",
        "environment Shop/prod",
        "deployment Shop/checkout-api",
    ];
    let mut sorted = [stated.clone(), expected.map(str::to_owned).to_vec()];
    sorted.iter_mut().for_each(|list| list.sort());
    assert_eq!(sorted[0], sorted[1], "{stated:?}");
    for entity in entities(&document) {
        match entity {
            Entity::Environment(it) => assert_eq!(it.systems.only(), Some("Shop")),
            Entity::Deployment(it) => {
                assert_eq!(
                    (it.systems.only(), it.job_agent_id.as_deref()),
                    (Some("Shop"), Some("runner"))
                );
                assert_eq!(it.job_agent_config["template"], json!("---\nx\n"));
            }
            Entity::JobAgent(it) => assert_eq!(it.agent_type, "test-runner"),
            Entity::Policy(it) => {
                let PolicyScope::Selectors(selectors) = &it.scope else { unreachable!("a list") };
                assert!(selectors[0].environment_selector.is_some());
                assert_eq!((it.enabled, it.rules.len()), (None, 2));
                let rollout = it.rules[0].gradual_rollout.as_ref().expect("a rollout");
                let window = it.rules[1].deployment_window.as_ref().expect("a window");
                let cooldown = it.rules[1].version_cooldown.as_ref().expect("a cooldown");
                let found = (
                    rollout.time_scale_interval,
                    window.duration_minutes,
                    cooldown.interval_seconds,
                );
                assert_eq!(found, (600, 90, 90));
                assert!(!window.allow_window);
            }
            _ => {}
        }
    }
}

#[test]
fn every_fault_has_its_place_in_the_file() {
    let text = "type: System\nname: s\n---\ntype: Resource\nname: r\nidentifier: [\n---\n\ntype: Policy\nname: p\n\
                rules:\n  - gradualRollout: {timeScaleInterval: 1}\n  - deploymentWindow: {rrule: x, duration: 90s}\n\
                --- {type: Environment, name: e}\n---\nname: none\n";
    let error = Document::parse("m.yaml", text, SimTime(0)).expect_err("it has faults").to_string();
    let places: Vec<&str> =
        error.lines().filter_map(|line| line.split(" expected").next()).collect();
    assert_eq!(places.len(), 5, "{error}");
    assert!(places[0].starts_with("m.yaml:6:") || places[0].starts_with("m.yaml:7:"), "{error}");
    assert_eq!(places[1], "m.yaml:12:41: rules[0].gradualRollout.timeScaleInterval:");
    assert_eq!(places[2], "m.yaml:13:44: rules[1].deploymentWindow.duration:");
    assert_eq!(places[3], "m.yaml:14:5: system:");
    assert_eq!(places[4], "m.yaml:16:1:");
}

#[test]
fn what_is_not_read_is_told() {
    let document = parse("type: System\nname: s\nnamme: x\n---\ntype: Workflow\nname: w\n");
    assert_eq!(document.remarks, ["shop.yaml:5:1: nothing reads a manifest of type `Workflow`"]);
    let (unknown, _) = document.unknown_members();
    assert_eq!(unknown.len(), 1);
    let found = (&*unknown[0].of, unknown[0].place.to_string(), unknown[0].nearest);
    assert_eq!(found, ("System", "3:8".to_owned(), Some("name")));
}

/// What the tool took before and after it changed.
#[test]
fn in_both_forms_of_the_tool() {
    for (agent, deployment) in [
        ("agentType: argo", "jobAgent: a\njobAgentConfig: {x: 1}"),
        ("config: {type: argo}", "agent: {ref: a, config: {x: 1}}"),
    ] {
        let text = format!(
            "type: JobAgent\nname: a\n{agent}\n---\n\"type\": Deployment\nname: d\nsystem: s\n{deployment}\n"
        );
        let document = parse(&text);
        for entity in entities(&document) {
            match entity {
                Entity::JobAgent(it) => assert_eq!(it.agent_type, "argo"),
                Entity::Deployment(it) => {
                    let config = it.job_agent_config.get("x");
                    assert_eq!((it.job_agent_id.as_deref(), config), (Some("a"), Some(&json!(1))));
                }
                other => unreachable!("{other:?}"),
            }
        }
    }
}

#[test]
fn what_names_nobody_can_tell_apart_is_refused() {
    for (text, expected) in [
        (
            "type: System\nname: a\nslug: x\n---\ntype: System\nname: b\nslug: x\n",
            "m.yaml:7:7: slug: expected a slug of its own: system `a` has it, found \"x\"",
        ),
        (
            "type: Deployment\nname: '!!'\nsystem: s\n",
            "m.yaml:2:7: name: expected a name with a letter or a digit, for want of a `slug`, found \"!!\"",
        ),
        (
            "type: JobAgent\nname: a\n",
            "m.yaml:1:1: config: expected a `type` in it, or `agentType` beside it, found nothing",
        ),
        (
            "type: Deployment\nname: d\nsystem: s\njobAgent: a\nagent: {ref: b}\n",
            "m.yaml:5:8: agent: expected no `jobAgent` and `jobAgentConfig` beside it, which say the same, found an object",
        ),
    ] {
        let told = Document::parse("m.yaml", text, SimTime(0)).expect_err(text).to_string();
        assert_eq!(told, expected);
    }
    // The slug of one and the name of another: who says `x` means the name.
    let document = parse(
        "type: System\nname: a\nslug: x\n---\ntype: System\nname: x\n---\ntype: Environment\nname: e\nsystem: x\n",
    );
    let systems = entities(&document).into_iter().filter_map(|it| match it {
        Entity::Environment(it) => it.systems.only(),
        _ => None,
    });
    assert_eq!(systems.collect::<Vec<_>>(), ["x"]);
}

/// What aliases expand to is counted over the whole file.
#[test]
fn many_documents_are_no_way_around_limits() {
    let level = |name: &str, of: &str| {
        format!("{name}: &{name} [{}]\n", vec![format!("*{of}"); 9].join(", "))
    };
    let mut part =
        "type: JobAgent\nname: n\nconfig:\n  type: t\n  a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
            .to_owned();
    for (name, of) in [("b", "a"), ("c", "b"), ("d", "c"), ("e", "d"), ("f", "e")] {
        part.push_str(&format!("  {}", level(name, of)));
    }
    let text = format!("{part}---\n").repeat(40);
    let told = Document::parse("m.yaml", &text, SimTime(0)).expect_err("too much").to_string();
    assert!(told.contains("aliases expand to more than a document may hold"), "{told}");
}

/// Ids of systems and names are told apart, directives belong to what they precede, and what nothing reads
/// is counted by type.
#[test]
fn odd_files_are_read_as_they_are_meant() {
    let text = "%YAML 1.2\n---\ntype: Environment\nname: b/c\nsystem: a\n---\ntype: Environment\nname: c\nsystem: a/b\n";
    let document = parse(text);
    let ids: Vec<String> =
        entities(&document).iter().map(|it| it.key().text().into_owned()).collect();
    assert_eq!(ids, ["a/b%2Fc", "a%2Fb/c"]);
    let others = "---\ntype: Polcy\nname: p\n".repeat(3);
    let document = parse(&format!("type: System\nname: s\n{others}"));
    let told =
        "shop.yaml:4:1: nothing reads a manifest of type `Polcy`, 3 of them; is `Policy` meant?";
    assert_eq!(document.remarks, [told]);
    let error =
        Document::parse("m.yaml", "type: Foo\nname: f\n", SimTime(0)).expect_err("it has nothing");
    assert_eq!(error.to_string(), "m.yaml:1:1: nothing reads a manifest of type `Foo`");
}

/// However many types there are that nothing reads, none is passed over without a word.
#[test]
fn many_other_types_are_counted() {
    let others: String = (0..25).map(|at| format!("---\ntype: T{at:02}\nname: x\n")).collect();
    let document = parse(&format!("type: System\nname: s\n{others}"));
    assert_eq!(document.remarks.len(), 21);
    assert!(document.remarks[20].ends_with(": nothing reads manifests of 5 more types"));
}
