//! Concurrency limits as records tell them: whether a place is free and, if none is, who is in line
//! before the target (`docs/concurrency-limit.md`).
//!
//! The line of a group is found when a record first asks for it, in time linear in the group, and kept
//! for the records that are made along with it.

use std::cell::RefCell;
use std::rc::Rc;

use bevy_ecs::query::QueryNotDenseError;
use bevy_ecs::world::World;
use serde_json::json;
use shakedown_engine::base::hash::{FixedMap, fixed_map};
use shakedown_engine::base::ids::{CohortIx, EditionIx, ResourceIx, VersionIx};
use shakedown_engine::fleet::catalogue::Registry;
use shakedown_engine::fleet::matrix::{PolicyRows, TargetRef};
use shakedown_engine::model::reason::{Pass, Reason};
use shakedown_engine::model::{Policy, WaiverType};

use crate::phases::limits::{InLine, Limited, LimitedRows};
use crate::rules::{CheckResult, Examination, Group, Places, Subject, Surroundings};

/// The lines of the groups that records asked for so far.
#[derive(Debug)]
pub(super) struct Lines<'a, 'w, 's> {
    world: &'a World,
    limited: &'a Limited<'w, 's>,
    rows: LimitedRows<'a>,
    known: RefCell<FixedMap<Group, Rc<Line>>>,
}

/// Who is in line in a group, first ones first, and how many of its places are taken.
#[derive(Debug)]
struct Line {
    group: Group,
    taken: u32,
    order: Vec<Turn>,
    /// On how many targets a version failed that is stopped, as far as somebody asked.
    stopped: RefCell<FixedMap<VersionIx, Option<u32>>>,
}

/// A target's place in the order.
type Turn = (u64, CohortIx, ResourceIx);

impl<'a, 'w, 's> Lines<'a, 'w, 's> {
    /// Nobody asked yet.
    pub(super) fn new(
        world: &'a World,
        limited: &'a Limited<'w, 's>,
    ) -> Result<Self, QueryNotDenseError> {
        let rows = limited.rows()?;
        Ok(Self { world, limited, rows, known: RefCell::new(fixed_map()) })
    }

    /// What each limit says of a target, in report order; `desired` is what it would get.
    pub(super) fn results<S: Surroundings, R: PolicyRows>(
        &self,
        exam: &Examination<'_, S, R>,
        subject: &Subject<'_>,
        desired: EditionIx,
        has_agent: bool,
    ) -> Vec<CheckResult> {
        let cohort = &self.limited.cohorts[subject.target.cohort];
        let limits = self.limited.book.limits(subject.policies);
        let results = limits.map(|(policy, limit)| {
            let waived = exam.waived(subject, policy, &limit.rule, WaiverType::ConcurrencyLimit);
            let result = waived.unwrap_or_else(|| {
                let line = self.line(self.limited.group(limit, cohort));
                let places = Places { taken: line.taken, ..Places::of(limit) };
                // A target with a processing job has its place, and a job without an agent takes none.
                let has_place = subject.ledger.active > 0 || !has_agent;
                let stopped = line.group.stop.filter(|_| !has_place).and_then(|stop| {
                    let version = exam.candidate().version;
                    let of = (cohort.deployment, version);
                    let ask = || self.limited.stopped_by(&self.rows, &line.group, of);
                    let failed = *line.stopped.borrow_mut().entry(version).or_insert_with(ask);
                    Some((stop, failed?))
                });
                if let Some((stop, failed)) = stopped {
                    let params = json!({
                        "failed": failed,
                        "failures": stop.failures,
                        "withinPercent": stop.within_percent,
                    });
                    return CheckResult::blocked(Reason::ConcurrencyLimitStopped, params);
                }
                if places.free() > 0 || has_place {
                    let params = json!({ "active": places.taken, "max": places.max });
                    return CheckResult::allowed(Pass::ConcurrencyLimitFree, params);
                }
                let turn = self.turn(subject.target, desired);
                let ahead = line.order.partition_point(|other| *other < turn);
                let params = json!({ "ahead": ahead, "max": places.max });
                CheckResult::blocked(Reason::ConcurrencyLimitWaiting, params)
            });
            result.of(self.world.resource::<Registry<Policy>>().id(policy), &limit.rule)
        });
        results.collect()
    }

    fn line(&self, group: Group) -> Rc<Line> {
        let mut known = self.known.borrow_mut();
        let line = known.entry(group.clone()).or_insert_with(|| {
            let mut in_line = Vec::new();
            let taken = self.limited.count(&self.rows, &group, &mut in_line);
            let turn = |InLine { cohort, key, plan, .. }: &InLine| {
                self.turn(TargetRef { cohort: *cohort, resource: key.resource }, plan.edition)
            };
            let mut order: Vec<Turn> = in_line.iter().map(turn).collect();
            order.sort_unstable();
            Rc::new(Line { group: group.clone(), taken, order, stopped: RefCell::new(fixed_map()) })
        });
        Rc::clone(line)
    }

    fn turn(&self, target: TargetRef, desired: EditionIx) -> Turn {
        let version = self.limited.editions.version(desired);
        let cohort = &self.limited.cohorts[target.cohort];
        let hash = self.limited.turn(cohort, target.resource, version);
        (hash, target.cohort, target.resource)
    }
}
