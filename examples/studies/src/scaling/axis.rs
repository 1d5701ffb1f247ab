//! What is varied, and how one size of it is measured.
//!
//! Along [`Axis::Targets`] fleets are as bare as can be. Along all others a fleet has a fixed number
//! of targets, too few to be shared among threads, so that what changes is the cost and not who
//! works.

use super::Point;
use shakedown_benches::percentile::Distribution;
use shakedown_benches::{Density, History, VersionCreated, build};
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::catalogue::{Catalogued, items};
use shakedown_engine::fleet::phase::Phase;
use shakedown_engine::fleet::report::Report;
use shakedown_engine::model::SelectorSource;
use shakedown_engine::model::{
    DeploymentVariable, DeploymentVariableValue, Environment, Policy, RelationshipRule, Resource,
    Value,
};
use shakedown_engine::preset::{FleetShape, Relations, Rules, START, Stage};
use shakedown_engine::wire::Rejection;
use shakedown_engine::wire::event::{Entity, Event, Key, Payload};
use shakedown_examples::measure::gauge;
use shakedown_terminal::exit::Failure;
use shakedown_terminal::progress::Progress;

/// The number that is varied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Axis {
    /// Targets of a single deployment in one environment.
    Targets,
    /// Environments that the targets are spread over.
    Environments,
    /// Policies that apply to every target, each with a gradual rollout.
    Policies,
    /// Versions that wait.
    Versions,
    /// Resources of a relationship group, of which one is given another label.
    GroupOfResource,
    /// The same, and the relationship rule is edited.
    GroupOfRule,
}

/// What all points have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// How much of a version may go out, where versions are created along the axis.
    pub density: Density,
    /// The most iterations of a point.
    pub iterations: usize,
    /// Chooses the resource that is given another label.
    pub seed: u64,
    /// Targets of a fleet, where they are not what is varied.
    pub targets: u32,
}

/// Targets that all iterations of a point may reconcile together before they get fewer.
const MOST_TARGETS: u64 = 3_000_000;
/// Iterations that a median takes at least.
const FEWEST_ITERATIONS: u64 = 3;
/// Environments where they are not what is varied.
const ENVIRONMENTS: u32 = 4;

impl Axis {
    /// The axes besides [`Axis::Targets`].
    pub const OTHERS: [Self; 5] = [
        Self::Environments,
        Self::Policies,
        Self::Versions,
        Self::GroupOfResource,
        Self::GroupOfRule,
    ];

    /// What is counted.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Targets => "targets",
            Self::Environments => "environments",
            Self::Policies => "policies",
            Self::Versions => "versions",
            Self::GroupOfResource => "group size, resource edited",
            Self::GroupOfRule => "group size, rule edited",
        }
    }

    /// One of what is counted.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Targets => "target",
            Self::Environments => "environment",
            Self::Policies => "policy",
            Self::Versions => "version",
            Self::GroupOfResource | Self::GroupOfRule => "resource",
        }
    }

    /// The key in JSON.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::GroupOfResource => "group_size_resource_edited",
            Self::GroupOfRule => "group_size_rule_edited",
            _ => self.name(),
        }
    }

    /// The sizes to measure, as far as fleets of so many targets have them.
    #[must_use]
    pub fn sizes(self, targets: u32) -> Vec<u32> {
        let sizes: &[u32] = match self {
            Self::Targets => {
                &[100, 300, 1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000]
            }
            Self::Environments => &[1, 4, 16, 64, 256, 1_024],
            Self::Policies => &[1, 2, 4, 8, 16, 32, 64],
            Self::Versions => &[1, 4, 16, 64, 256],
            Self::GroupOfResource | Self::GroupOfRule => &[1, 10, 100, 1_000, 10_000],
        };
        let bounded = !matches!(self, Self::Policies | Self::Versions);
        sizes.iter().copied().filter(|&size| !bounded || size <= targets).collect()
    }
}

/// Builds the fleet of one size and measures it; prepares each iteration, unmeasured.
///
/// # Errors
/// When the fleet rejects an event, which would be a bug of the measurement.
pub fn measure(
    axis: Axis,
    size: u32,
    settings: &Settings,
    progress: &mut Progress,
) -> Result<Point, Failure> {
    let shape = FleetShape::bare(settings.targets);
    let spread = |environments| FleetShape { environments, regions: environments, ..shape };
    let with_rules = |shape| FleetShape { rules: Rules::Reported, ..shape };
    let Settings { density, .. } = *settings;
    let measured = match axis {
        Axis::Targets => {
            let shape = FleetShape::bare(size);
            let fleet = fleet(shape);
            of_versions(fleet, shape, density, History::Settled, size, settings, progress)
        }
        Axis::Environments => {
            let shape = with_rules(spread(size));
            let fleet = fleet(shape);
            of_versions(fleet, shape, density, History::Settled, size, settings, progress)
        }
        Axis::Policies => {
            let shape = spread(ENVIRONMENTS);
            let mut fleet = fleet(shape);
            fleet
                .apply_together(rollouts(with_rules(shape), size))
                .map_err(Rejection::from)
                .and_then(|_| {
                    let history = History::Settled;
                    of_versions(fleet, shape, density, history, size, settings, progress)
                })
        }
        Axis::Versions => {
            let shape = with_rules(spread(ENVIRONMENTS));
            let (fleet, density) = (fleet(shape), Density::Gate);
            of_versions(fleet, shape, density, History::CarriedOver, size, settings, progress)
        }
        Axis::GroupOfResource | Axis::GroupOfRule => of_edits(axis, size, settings, progress),
    };
    measured.map_err(|rejection| {
        let name = axis.name();
        Failure::Input(format!("the fleet of {size} {name} rejects an event: {rejection}"))
    })
}

fn fleet(shape: FleetShape) -> Fleet {
    let mut fleet = build(shape, START, &mut |_, _, _| {});
    fleet.set_gauge(gauge::read);
    fleet
}

/// Versions of the shape's first deployment; of carried-over ones, `size` wait in each iteration.
fn of_versions(
    fleet: Fleet,
    shape: FleetShape,
    density: Density,
    history: History,
    size: u32,
    settings: &Settings,
    progress: &mut Progress,
) -> Result<Point, Rejection> {
    let mut iteration = VersionCreated::new(fleet, &shape.deployment_id(0), density, history)
        .expect("a shape with deployments has a first one");
    let carried_over = history == History::CarriedOver;
    for _ in 1..if carried_over { size } else { 1 } {
        let event = iteration.prepare()?;
        iteration.measure(event)?;
    }
    let times = times(settings, shape.targets());
    let mut samples = Samples::default();
    for done in 0..times {
        progress.step(done, times);
        let event = iteration.prepare()?;
        samples.take(|| iteration.measure(event))?;
        let version = iteration.version().filter(|_| carried_over);
        if let Some(id) = version.map(|version| version.id.clone()) {
            iteration.fleet_mut().apply(Event::now(Payload::Delete(Key::DeploymentVersion(id))))?;
        }
    }
    progress.step(times, times);
    Ok(samples.point(size, iteration.fleet_mut()))
}

/// Edits that change relations: every resource is a target and takes a variable from a related one.
fn of_edits(
    axis: Axis,
    size: u32,
    settings: &Settings,
    progress: &mut Progress,
) -> Result<Point, Rejection> {
    let shape = FleetShape {
        regions: (settings.targets / size).max(1),
        relations: Relations::Unread,
        ..FleetShape::bare(settings.targets)
    };
    let mut fleet = fleet(shape);
    let environment = all::<Environment>(&fleet).remove(0);
    let environment = Environment {
        resource_selector: Some(SelectorSource::Cel("true".to_owned())),
        ..environment
    };
    let mut events = vec![Event::upsert(Entity::Environment(environment))];
    events.extend(related_variable(&shape.deployment_id(0)));
    fleet.apply_together(events)?;

    let resources = all::<Resource>(&fleet);
    let position = usize::try_from(settings.seed % resources.len() as u64).unwrap_or(0);
    let (resource, rule) = (&resources[position], &all::<RelationshipRule>(&fleet)[0]);
    let times = times(settings, shape.targets());
    let mut samples = Samples::default();
    for done in 0..times {
        progress.step(done, times);
        let edited = if axis == Axis::GroupOfRule {
            let name = format!("{} {done}", rule.id);
            Entity::RelationshipRule(RelationshipRule { name, ..rule.clone() })
        } else {
            let mut resource = resource.clone();
            resource.metadata.insert("zone".to_owned(), format!("zone of {done}"));
            Entity::Resource(resource)
        };
        let event = Event::upsert(edited);
        samples.take(|| Ok(fleet.apply(event)?))?;
    }
    progress.step(times, times);
    Ok(samples.point(size, &mut fleet))
}

/// Iterations of a point, fewer for large fleets, whose preparation takes seconds.
fn times(settings: &Settings, targets: u64) -> usize {
    let affordable = (MOST_TARGETS / targets.max(1)).max(FEWEST_ITERATIONS);
    usize::try_from(affordable).map_or(settings.iterations, |most| settings.iterations.min(most))
}

/// What the iterations of a point took.
#[derive(Default)]
struct Samples {
    whole: Vec<u64>,
    phases: [Option<u64>; Phase::ALL.len()],
}

impl Samples {
    fn take(&mut self, work: impl FnOnce() -> Result<Report, Rejection>) -> Result<(), Rejection> {
        let (report, spent) = gauge::measure(work);
        let report = report?;
        self.whole.push(spent.nanoseconds);
        for (least, phase) in self.phases.iter_mut().zip(report.phases) {
            let fastest = least.map_or(phase.nanoseconds, |it| it.min(phase.nanoseconds));
            *least = Some(fastest);
        }
        Ok(())
    }

    fn point(self, size: u32, fleet: &mut Fleet) -> Point {
        Point {
            size: size.into(),
            whole: self.whole.iter().copied().collect::<Distribution>().p50(),
            samples: self.whole,
            phases: self.phases.map(Option::unwrap_or_default),
            digest: fleet.digest(),
        }
    }
}

/// So many policies like the gradual rollout of a shape.
fn rollouts(shape: FleetShape, count: u32) -> Vec<Event> {
    let is_rollout =
        |policy: &Policy| policy.rules.iter().any(|rule| rule.gradual_rollout.is_some());
    let mut policies = shape.events(Stage::Policies, START).into_iter().filter_map(|event| {
        let Payload::Upsert(entity) = event.payload else { return None };
        let Entity::Policy(policy) = *entity else { return None };
        is_rollout(&policy).then_some(policy)
    });
    let policy = policies.next().expect("reported policies have a gradual rollout");
    let numbered = |number: u32| {
        let mut policy = policy.clone();
        policy.id = format!("{}-{number}", policy.id);
        for rule in &mut policy.rules {
            rule.id = format!("{}-{number}", rule.id);
        }
        Event::upsert(Entity::Policy(policy))
    };
    (0..count).map(numbered).collect()
}

/// A variable of a deployment whose value is the zone of a resource of the same region.
fn related_variable(deployment: &str) -> [Event; 2] {
    let id = format!("{deployment}-zone");
    let variable = DeploymentVariable {
        id: id.clone(),
        deployment_id: deployment.to_owned(),
        key: "zone".to_owned(),
        description: None,
        default_value: None,
    };
    let value = DeploymentVariableValue {
        id: format!("{id}-value"),
        deployment_variable_id: id,
        priority: 0,
        value: Value::Reference {
            reference: "same-region".to_owned(),
            path: vec!["metadata".to_owned(), "zone".to_owned()],
        },
        resource_selector: None,
    };
    [Entity::DeploymentVariable(variable), Entity::DeploymentVariableValue(value)]
        .map(Event::upsert)
}

fn all<T: Catalogued + Clone>(fleet: &Fleet) -> Vec<T> {
    items::<T>(fleet.world()).map(|(_, it)| it.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_axis_has_a_key_and_enough_sizes() {
        let mut keys = Axis::OTHERS.map(Axis::key).to_vec();
        assert!(keys.iter().all(|key| !key.contains([' ', ','])), "{keys:?}");
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), Axis::OTHERS.len());
        for axis in Axis::OTHERS {
            assert!(axis.sizes(100).len() >= 3, "{}", axis.name());
        }
    }

    #[test]
    fn large_fleets_get_fewer_iterations() {
        let settings = Settings { density: Density::All, iterations: 30, seed: 0, targets: 10_000 };
        for (targets, expected) in [(0, 30), (100, 30), (300_000, 10), (3_000_000, 3)] {
            assert_eq!(times(&settings, targets), expected, "{targets}");
        }
        assert_eq!(times(&Settings { iterations: 2, ..settings }, 3_000_000), 2);
    }
}
