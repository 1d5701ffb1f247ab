//! The engine and the oracle, which shares no code with it, decide the same on generated worlds:
//! which targets exist, what each desires and runs, which jobs were created, and what is related.

use serde_json::Value;
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::catalogue::Registry;
use shakedown_engine::fleet::relations::{RelatableIx, Side, related};
use shakedown_engine::model::{Deployment, Dialect, Environment, RelationshipRule, Resource};
use shakedown_engine::wire::event::{Event, Triple};

use crate::generate::{self, Config};
use crate::oracle::Oracle;

/// Everything that both must agree on, one line per target.
fn engine_says(fleet: &mut Fleet) -> Vec<String> {
    let lines = fleet.targets().into_iter().map(|target| {
        let desired = target.desired.map(|it| {
            let variables: Vec<_> = it.variables.iter().map(|(k, v)| format!("{k}={v}")).collect();
            (it.version_id, it.tag, it.release_id, variables)
        });
        let jobs: Vec<_> = target
            .jobs
            .into_iter()
            .map(|job| (job.id, job.version_id, job.status.name().to_owned()))
            .collect();
        format!(
            "{:?} desired {desired:?} current {:?} jobs {jobs:?}",
            target.triple, target.current
        )
    });
    lines.collect()
}

fn oracle_says(oracle: &Oracle) -> Vec<String> {
    let lines = oracle.targets().iter().map(|target| {
        let view = oracle.view(target);
        let desired = view.desired.map(|it| {
            let variables: Vec<_> = it.variables.iter().map(|(k, v)| format!("{k}={v}")).collect();
            (it.version_id, it.tag, it.release_id, variables)
        });
        let jobs: Vec<_> =
            view.jobs.into_iter().map(|job| (job.id, job.version_id, job.status)).collect();
        let triple = Triple {
            resource_id: target.resource.clone(),
            environment_id: target.environment.clone(),
            deployment_id: target.deployment.clone(),
        };
        format!("{triple:?} desired {desired:?} current {:?} jobs {jobs:?}", view.current)
    });
    lines.collect()
}

/// Worlds of even seeds are decided in the dialect of today, the others in the recorded one.
fn check(seed: u64, events: &[Value]) {
    check_in(generate::dialect(seed), seed, events);
}

fn check_in(dialect: Dialect, seed: u64, events: &[Value]) {
    let now = SimTime::parse(generate::START).expect("a time");
    let mut fleet = shakedown_systems::fleet_in(dialect, "ws-1", now);
    let mut oracle = Oracle::new("ws-1", now.0, dialect == Dialect::TODAY);
    for (at, json) in events.iter().enumerate() {
        let event = Event::decode(json, fleet.now());
        let ours = event
            .map_err(|error| error.to_string())
            .and_then(|event| fleet.apply(event).map_err(|error| error.to_string()));
        let theirs = oracle.apply(json);
        let place = format!("seed {seed} in {dialect}, event {at}: {json}");
        assert_eq!(ours.is_ok(), theirs.is_ok(), "{place}\nours {ours:?}\ntheirs {theirs:?}");
        let (ours, theirs) = (engine_says(&mut fleet), oracle_says(&oracle));
        for (ours, theirs) in ours.iter().zip(&theirs) {
            assert_eq!(ours, theirs, "{place}");
        }
        assert_eq!(ours.len(), theirs.len(), "{place}");
        compare_relations(&fleet, &oracle, &place);
    }
}

/// Both list the same neighbours of every resource, in the same order.
fn compare_relations(fleet: &Fleet, oracle: &Oracle, place: &str) {
    let world = fleet.world();
    let resources = world.resource::<Registry<Resource>>();
    let rules = world.resource::<Registry<RelationshipRule>>();
    for id in oracle.ids("resource") {
        let resource = resources.find(&id).expect("the engine knows it");
        let ours: Vec<_> = related(world, RelatableIx::Resource(resource))
            .into_iter()
            .map(|it| {
                let neighbour = match it.entity {
                    RelatableIx::Resource(ix) => resources.id(ix),
                    RelatableIx::Environment(ix) => {
                        world.resource::<Registry<Environment>>().id(ix)
                    }
                    RelatableIx::Deployment(ix) => world.resource::<Registry<Deployment>>().id(ix),
                };
                let direction = if it.direction == Side::From { "from" } else { "to" };
                (
                    it.reference.to_owned(),
                    rules.id(it.rule).to_owned(),
                    (it.entity.kind().name().to_owned(), neighbour.to_owned()),
                    direction,
                )
            })
            .collect();
        let theirs: Vec<_> = oracle
            .related("resource", &id)
            .into_iter()
            .flat_map(|(reference, list)| {
                list.into_iter()
                    .map(move |it| (reference.clone(), it.rule, (it.kind, it.id), it.direction))
            })
            .collect();
        assert_eq!(ours, theirs, "neighbours of {id}, {place}");
    }
}

#[test]
fn on_worlds_with_status_approval_and_rollout() {
    let config = Config::core();
    for seed in 0..40 {
        check(seed, &generate::events(seed, &config));
    }
}

#[test]
fn on_worlds_whose_entities_come_and_go() {
    let config = Config { churn: true, invalid: true, systems: 3, ..Config::core() };
    for seed in 100..140 {
        check(seed, &generate::events(seed, &config));
    }
}

#[test]
fn on_worlds_with_retries_variables_and_relations() {
    let config = Config { rules: &["anyApproval", "gradualRollout", "retry"], ..Config::full() };
    for seed in 200..240 {
        check(seed, &generate::events(seed, &config));
    }
}

/// Worlds of `seeds` whose policies have rules of these kinds, and whose entities come and go.
fn check_rules(seeds: std::ops::Range<u64>, rules: &'static [&'static str]) {
    let config = Config { rules, churn: true, systems: 2, ..Config::core() };
    for seed in seeds {
        check(seed, &generate::events(seed, &config));
    }
}

#[test]
fn on_worlds_with_version_selectors() {
    check_rules(1000..1030, &["anyApproval", "versionSelector"]);
}

#[test]
fn on_worlds_with_concurrency_limits() {
    check_rules(1900..1940, &["concurrencyLimit"]);
    check_rules(1940..1980, &["concurrencyLimit", "retry", "anyApproval", "bypass"]);
}

#[test]
fn on_worlds_with_waivers() {
    check_rules(1100..1140, &["anyApproval", "gradualRollout", "versionSelector", "bypass"]);
}

#[test]
fn on_worlds_with_environment_progression() {
    check_rules(1200..1230, &["environmentProgression", "gradualRollout"]);
}

#[test]
fn on_worlds_with_waived_progression_under_rollout() {
    let rules = &["anyApproval", "environmentProgression", "gradualRollout", "bypass"];
    check_rules(1300..1320, rules);
}

#[test]
fn on_worlds_with_cooldowns() {
    check_rules(1400..1430, &["versionCooldown", "anyApproval"]);
}

#[test]
fn on_worlds_with_dependencies() {
    check_rules(1500..1530, &["deploymentDependency", "versionDependency"]);
}

#[test]
fn on_worlds_with_windows() {
    check_rules(1700..1740, &["deploymentWindow", "anyApproval"]);
}

#[test]
fn on_worlds_with_waived_windows_under_rollout() {
    check_rules(1800..1840, &["deploymentWindow", "gradualRollout", "bypass"]);
}

#[test]
fn on_worlds_with_windows_and_variables() {
    let rules = &["deploymentWindow", "retry", "versionSelector"];
    let config = Config { rules, variables: true, churn: true, systems: 2, ..Config::core() };
    for seed in 2800..2840 {
        check(seed, &generate::events(seed, &config));
    }
}

/// What dialects put in, and what they do not know.
#[test]
fn on_worlds_that_leave_members_out() {
    let config = Config { relationships: false, variables: false, ..Config::full() };
    for seed in 2000..2040 {
        let events = generate::left_out(seed, generate::events(seed, &config));
        for dialect in Dialect::ALL {
            check_in(dialect, seed, &events);
        }
    }
}

/// Variable sets, values side by side on a resource, opaque values, and what related resources set.
#[test]
fn on_worlds_with_variables_of_today() {
    let rules = &["anyApproval", "gradualRollout", "retry"];
    let config = Config { rules, ..Config::full() };
    for seed in 2100..2140 {
        let events = generate::variables_of_today(seed, generate::events(seed, &config));
        for dialect in Dialect::ALL {
            check_in(dialect, seed, &events);
        }
    }
}

#[test]
fn on_worlds_with_rules_of_one_expression() {
    let config = Config { rules: &["anyApproval"], ..Config::full() };
    for seed in 2100..2130 {
        let events = generate::in_one_expression(seed, generate::events(seed, &config));
        for dialect in Dialect::ALL {
            check_in(dialect, seed, &events);
        }
    }
}

#[test]
fn on_worlds_with_everything() {
    for seed in 1600..1640 {
        check(seed, &generate::events(seed, &Config::full()));
    }
}
