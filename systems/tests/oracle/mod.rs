//! The oracle: the whole of SEMANTICS 1 to 12 written as obviously as possible.
//!
//! It is the slow twin that tests compare the engine with, and it is meant to be read as the specification: entities are
//! JSON in ordered maps, selectors are interpreted, relationships are matched pair by pair, and after every event every
//! target is planned anew until nothing changes. Start with `world`, then `planning`.
//!
//! Vocabulary: to *settle* is to reconcile every target, in rollout order, until a whole pass creates no job.
//!
//! Invariants: a rejected event changes nothing; after an event one more pass changes nothing either ("completeness");
//! the oracle shares no code with the crates it checks.

pub(crate) mod approval;
pub(crate) mod canonical;
pub(crate) mod cel_names;
pub(crate) mod cel_text;
pub(crate) mod cel_types;
pub(crate) mod dialect;
pub(crate) mod eligibility;
pub(crate) mod entity;
pub(crate) mod entity_parts;
pub(crate) mod events;
pub(crate) mod jobs;
pub(crate) mod limits;
pub(crate) mod planning;
pub(crate) mod policies;
pub(crate) mod progression;
pub(crate) mod relations;
pub(crate) mod results;
pub(crate) mod rollout;
pub(crate) mod selector;
pub(crate) mod targets;
pub(crate) mod time;
pub(crate) mod variables;
pub(crate) mod version_checks;
pub(crate) mod view;
pub(crate) mod window;
pub(crate) mod world;

use serde_json::{Value, json};

use planning::{earliest, plan};
use results::fold;

pub(crate) use results::Verdict;
pub(crate) use time::{format as format_time, parse as parse_time};
pub(crate) use view::TargetView;
pub(crate) use world::Target;

/// A workspace under the oracle's rule.
#[derive(Clone, Debug)]
pub(crate) struct Oracle {
    world: world::World,
    outcome: Option<&'static str>,
}

impl Oracle {
    /// An empty workspace whose clock stands at `now`, nanoseconds since the Unix epoch.
    ///
    /// It decides as the dialect `today` says if `today`, else as `recorded` does.
    pub(crate) fn new(workspace: &str, now: i64, today: bool) -> Self {
        Oracle { world: world::World::new(workspace, now, today), outcome: None }
    }

    /// Fires what is due, applies an event `{eventType, at?, workspaceId?, data}` and settles. The error begins with its
    /// class of SEMANTICS 2.2; then nothing has changed, not even the clock.
    pub(crate) fn apply(&mut self, event: &Value) -> Result<(), String> {
        let mut next = self.clone();
        next.outcome = next.apply_in_place(event)?;
        *self = next;
        Ok(())
    }

    /// Moves the clock to `to`, settling at every instant at which some target is due.
    pub(crate) fn advance(&mut self, to: i64) -> Result<(), String> {
        if to < self.world.now {
            return Err("time_reversed: the clock is later".to_owned());
        }
        if to == self.world.now {
            return Ok(()); // settled: nobody is due
        }
        while let Some(due) = self.due().filter(|due| *due <= to) {
            assert!(due > self.world.now, "a settled target is never due at once");
            self.world.now = due;
            settle(&mut self.world);
        }
        self.world.now = to;
        Ok(())
    }

    /// The earliest instant at which some target is due.
    pub(crate) fn due(&self) -> Option<i64> {
        self.world.targets().iter().filter_map(|target| next(&self.world, target)).min()
    }

    /// What there would be at another instant if nobody had done anything until then.
    pub(crate) fn at(&self, now: i64) -> Self {
        let mut other = self.clone();
        other.world.now = now;
        other
    }

    /// The clock, nanoseconds since the Unix epoch.
    pub(crate) fn now(&self) -> i64 {
        self.world.now
    }

    /// The outcome code of the last accepted event, if its kind has one (explicit redeploy).
    pub(crate) fn outcome(&self) -> Option<&'static str> {
        self.outcome
    }

    /// An event as an engine without pseudo events takes it: `job.finished` becomes the `job.updated` it stands for,
    /// `reconcile.all` and a report on nothing become a tick at the same instant; others stay as they are.
    pub(crate) fn translate(&self, event: &Value) -> Value {
        let tick = || {
            let mut tick = json!({ "eventType": "workspace.tick", "data": {} });
            if let Some(at) = event.get("at") {
                tick["at"] = at.clone();
            }
            tick
        };
        match event.get("eventType").and_then(Value::as_str) {
            Some("reconcile.all") => tick(),
            Some("job.finished") => {
                let mut at_that_instant = self.clone();
                let tick = tick();
                if at_that_instant.apply(&tick).is_err() {
                    return tick;
                }
                match jobs::report(&at_that_instant.world, &event["data"]) {
                    Some(data) => {
                        json!({ "eventType": "job.updated", "at": event.get("at"), "data": data })
                    }
                    None => tick,
                }
            }
            _ => event.clone(),
        }
    }

    /// Whether two oracles are in the same state.
    pub(crate) fn same(&self, other: &Oracle) -> bool {
        self.world == other.world
    }

    fn apply_in_place(&mut self, event: &Value) -> Result<Option<&'static str>, String> {
        let named = event.get("workspaceId").and_then(Value::as_str).unwrap_or("");
        if !named.is_empty() && named != self.world.workspace {
            return Err("wrong_workspace: envelope".to_owned());
        }
        let event_type =
            event.get("eventType").and_then(Value::as_str).ok_or("malformed: eventType")?;
        let at = match event.get("at") {
            None | Some(Value::Null) => self.world.now,
            Some(at) => time::parse(at.as_str().ok_or("malformed: at")?)?,
        };
        self.advance(at)?;
        let tables = self.world.tables.clone();
        let data = event.get("data").unwrap_or(&Value::Null);
        let outcome = events::change(&mut self.world, event_type, data)?;
        if self.world.tables != tables {
            let derived = world::Derived::of(&self.world);
            let before = std::mem::replace(&mut self.world.derived, derived).targets;
            let removed: Vec<Target> = before
                .into_iter()
                .filter(|target| !self.world.targets().contains(target))
                .collect();
            jobs::cancel_removed(&mut self.world, &removed);
        }
        settle(&mut self.world);
        Ok(outcome)
    }
}

/// Reconciles every target until a whole pass creates nothing.
fn settle(world: &mut world::World) {
    while reconcile_all(world) {}
}

/// One pass over all targets; whether a job was created.
fn reconcile_all(world: &mut world::World) -> bool {
    let targets = world.targets().to_vec();
    let mut desired: Vec<_> =
        targets.iter().filter_map(|target| plan(world, target).desired).collect();
    desired.retain(|it| fold(&eligibility::checks(world, &it.release)) == Verdict::Allowed);
    desired.sort_by_cached_key(|it| limits::turn(&it.release));
    let mut created = false;
    for desired in desired {
        if limits::may_start(world, &desired.release) {
            jobs::create(world, desired);
            created = true;
        }
    }
    created
}

/// When time alone changes anything that is told of a target (SEMANTICS 9, step 4, and what it leaves out).
fn next(world: &world::World, target: &Target) -> Option<i64> {
    let plan = plan(world, target);
    let eligibility = plan
        .desired
        .as_ref()
        .map(|desired| eligibility::eligibility(world, &desired.release))
        .unwrap_or_default();
    earliest(plan.next, eligibility::next(&eligibility))
}
