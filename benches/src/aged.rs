//! A workspace that has taken any number of events, and what one more costs it.
//!
//! Versions come and go out, jobs end, resources and policies are edited, and time passes; the workspace is
//! as large at the end as it was at the beginning, so an event must cost the same.

use std::time::Duration;

use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::schedule::Reading;
use shakedown_engine::model::JobStatus;
use shakedown_engine::preset::START;
use shakedown_engine::wire::event::{Event, Finish, Payload, Triple};
use shakedown_systems::prelude::{
    Deployment, DeploymentVersion, DeploymentWindow, Entity, Environment, EnvironmentProgression,
    GradualRollout, JobAgent, MINUTE, Policy, PolicyRule, Resource, System, fleet,
};

use crate::gauge;

const RESOURCES: u32 = 40;
const ENVIRONMENTS: u32 = 4;
const DEPLOYMENTS: u32 = 3;
/// Between two versions there are as many events as jobs of one, and some more.
const BETWEEN_VERSIONS: u32 = 300;

/// What happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A deployment gets a version.
    Version,
    /// A job ends.
    Job,
    /// A label that a selector reads gets another value, which changes no membership.
    Resource,
    /// A policy is described in other words.
    Policy,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Version, Self::Job, Self::Resource, Self::Policy];

    /// The name in bench ids.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Version => "version",
            Self::Job => "job",
            Self::Resource => "resource",
            Self::Policy => "policy",
        }
    }
}

/// The workspace.
#[derive(Debug)]
pub struct Aged {
    fleet: Fleet,
    taken: u32,
    versions: u32,
    reports: u32,
    edits: u32,
}

impl Default for Aged {
    fn default() -> Self {
        Self::new()
    }
}

impl Aged {
    /// The workspace before its first version: three deployments in four environments, the last of which
    /// waits for the first; windows, and a rollout.
    ///
    /// # Panics
    /// When its entities are refused, which they are not.
    #[must_use]
    pub fn new() -> Self {
        let mut fleet = fleet("ws", START);
        let mut entities: Vec<Entity> = vec![System::new("s").into(), JobAgent::new("a").into()];
        entities.extend((0..RESOURCES).map(|it| resource(it, 0).into()));
        entities.extend((0..ENVIRONMENTS).map(|it| {
            let selector = format!("resource.metadata.turn != 'never {it}'");
            Environment::new(format!("e{it}"), "s").select(selector).into()
        }));
        entities.extend(
            (0..DEPLOYMENTS)
                .map(|it| Deployment::new(format!("d{it}"), "s").agent("a").select("true").into()),
        );
        entities.extend((0..4).map(|it| policy(it, 0).into()));
        fleet.put_all(entities).expect("sound entities");
        Self { fleet, taken: 0, versions: 0, reports: 0, edits: 0 }
    }

    /// How many events it has taken.
    #[must_use]
    pub const fn taken(&self) -> u32 {
        self.taken
    }

    /// Takes events until it has taken so many.
    pub fn age(&mut self, events: u32) {
        while self.taken < events {
            let turn = self.taken;
            let event = match turn {
                _ if turn.is_multiple_of(BETWEEN_VERSIONS) => self.event(Kind::Version),
                _ if turn % 50 == 5 => self.event(Kind::Policy),
                _ if turn % 10 == 1 => self.event(Kind::Resource),
                _ if turn % 10 == 3 => Event::at(self.fleet.now().plus(10 * MINUTE), Payload::Tick),
                _ => self.event(Kind::Job),
            };
            self.take(event);
        }
    }

    /// What events of a kind cost, the median of some, among others.
    pub fn cost(&mut self, kind: Kind) -> Reading {
        let mut costs: Vec<Reading> = (0..15)
            .map(|_| {
                let event = self.event(kind);
                let (_, cost) = gauge::measure(|| self.take(event));
                self.age(self.taken + 10);
                cost
            })
            .collect();
        let mut median = |of: fn(&Reading) -> u64| {
            costs.sort_unstable_by_key(of);
            of(&costs[costs.len() / 2])
        };
        Reading {
            nanoseconds: median(|it| it.nanoseconds),
            allocations: median(|it| it.allocations),
            bytes: median(|it| it.bytes),
        }
    }

    fn take(&mut self, event: Event) {
        self.fleet.apply(event).expect("a sound event");
        self.taken += 1;
    }

    fn event(&mut self, kind: Kind) -> Event {
        match kind {
            Kind::Version => {
                self.versions += 1;
                let deployment = format!("d{}", self.versions % DEPLOYMENTS);
                let id = format!("v{}", self.versions);
                Event::upsert(DeploymentVersion::new(id, deployment).ready().into())
            }
            Kind::Job => {
                // Targets take turns, each deployment after the other.
                let (at, of) = (self.reports, RESOURCES * ENVIRONMENTS);
                self.reports += 1;
                let target = Triple {
                    resource_id: format!("r{}", at % RESOURCES),
                    environment_id: format!("e{}", at / RESOURCES % ENVIRONMENTS),
                    deployment_id: format!("d{}", at / of % DEPLOYMENTS),
                };
                let finish = Finish::new(target, JobStatus::Successful, self.fleet.now());
                Event::now(Payload::FinishJob(finish))
            }
            Kind::Resource => {
                self.edits += 1;
                Event::upsert(resource(self.edits % RESOURCES, self.edits).into())
            }
            Kind::Policy => {
                self.edits += 1;
                Event::upsert(policy(self.edits % 4, self.edits).into())
            }
        }
    }
}

fn resource(number: u32, turn: u32) -> Resource {
    Resource::new(format!("r{number}")).label("turn", turn.to_string())
}

fn policy(number: u32, turn: u32) -> Policy {
    let rule = PolicyRule::new(format!("rule of {number}"));
    let after = |environment: &str| {
        let selector = format!("environment.id == '{environment}'");
        EnvironmentProgression::after(selector).soak(Duration::from_mins(30))
    };
    let daily = |hour: u32| {
        let start = format!("FREQ=DAILY;BYHOUR={hour};BYMINUTE=0;BYSECOND=0");
        DeploymentWindow::allow(start, Duration::from_hours(16))
    };
    let (environment, rule) = match number {
        0 => ("e3", rule.environment_progression(after("e0"))),
        1 => ("e2", rule.deployment_window(daily(4))),
        2 => ("e1", rule.gradual_rollout(GradualRollout::linear(Duration::from_mins(1)))),
        _ => ("e3", rule.deployment_window(daily(6))),
    };
    let selector = format!("environment.id == '{environment}'");
    let mut policy = Policy::new(format!("p{number}")).enabled().select(selector).rule(rule);
    policy.description = Some(format!("edition {turn}"));
    policy
}
