//! Examining a candidate: what each of its checks says to one target.

use std::cell::OnceCell;

use bevy_ecs::world::World;
use serde_json::json;
use shakedown_engine::base::ids::PolicyIx;
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::catalogue::Registry;
use shakedown_engine::fleet::identity::release_hex;
use shakedown_engine::fleet::jobs::{Editions, Job, Jobs, VariableSets, chain};
use shakedown_engine::fleet::matrix::{Ledger, PolicyRows, TargetRef};
use shakedown_engine::model::reason::Pass;
use shakedown_engine::model::{Policy, WaiverType};
use shakedown_engine::select::Bindings;

use super::judge::{Asked, Judge, Scope};
use super::result::{CheckResult, time};
use super::rulebook::RuleCheck;
use super::status::examine_status;
use super::surroundings::Surroundings;
use super::version_dependency::examine_version_dependencies;
use crate::facts::Candidate;

/// A target as checks see it.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Which.
    pub target: TargetRef,
    /// Row in the cohort.
    pub row: usize,
    /// Enabled policies that apply, in report order.
    pub policies: &'a [PolicyIx],
    /// The facts of its jobs.
    pub ledger: Ledger,
}

impl<'a> Subject<'a> {
    /// The target alone.
    #[must_use]
    pub fn scope(&self) -> Scope<'a> {
        Scope { rows: None, policies: self.policies, resource: Some(self.target.resource) }
    }
}

/// A candidate in a cohort, and what its targets have in common.
#[derive(Debug)]
pub struct Examination<'a, S, R> {
    /// The candidate.
    pub judge: Judge<'a, S, R>,
    /// Names and jobs.
    pub world: &'a World,
    /// See [`Judge::bindings`].
    pub bindings: Bindings<'a>,
    /// Position in the rollout order, by row.
    positions: OnceCell<Vec<u32>>,
}

impl<'a, S: Surroundings, R: PolicyRows> Examination<'a, S, R> {
    /// Nothing was asked yet.
    #[must_use]
    pub fn new(world: &'a World, judge: Judge<'a, S, R>) -> Self {
        let bindings = judge.bindings();
        Self { judge, world, bindings, positions: OnceCell::new() }
    }

    /// The version.
    #[must_use]
    pub fn candidate(&self) -> &'a Candidate {
        self.judge.candidate
    }

    /// All results for a target, in report order.
    #[must_use]
    pub fn results(&self, subject: &Subject<'_>) -> Vec<CheckResult> {
        let mut results = vec![
            examine_status(&self.judge, subject.row),
            examine_version_dependencies(&self.judge, subject.row),
        ];
        let rules = self.judge.checks(subject.scope());
        results.extend(rules.map(|(policy, check)| self.result(subject, policy, check)));
        results
    }

    fn result(&self, subject: &Subject<'_>, policy: PolicyIx, it: &RuleCheck) -> CheckResult {
        let kind = it.check.waiver_type();
        let result = self.waived(subject, policy, &it.rule, kind).unwrap_or_else(|| {
            let asked = Asked { judge: &self.judge, scope: subject.scope(), number: it.number };
            it.check.examine(self, asked, subject)
        });
        result.of(self.world.resource::<Registry<Policy>>().id(policy), &it.rule)
    }

    /// What a waived check says instead of its own result.
    pub fn waived(
        &self,
        subject: &Subject<'_>,
        policy: PolicyIx,
        rule: &str,
        kind: WaiverType,
    ) -> Option<CheckResult> {
        let mut waivers = self.judge.waivers_of(subject.scope(), policy, rule, kind).peekable();
        let since = waivers.peek()?.created_at;
        let mut until = SimTime::NEVER;
        let mut ids = Vec::new();
        for waiver in waivers {
            until = until.min(waiver.expires_at);
            ids.push(&waiver.id);
        }
        let params = json!({ "waiverIds": ids, "until": time(until) });
        let result = CheckResult::allowed(Pass::Waived, params).since(since);
        Some(CheckResult { valid_until: until.ever(), ..result })
    }

    /// The earliest release record of the candidate on a target: its creation and export id. Of
    /// records of one instant the first by (tag, variables).
    pub fn release(&self, subject: &Subject<'_>) -> Option<(SimTime, String)> {
        if !self.judge.is_released(subject.row) {
            return None;
        }
        let editions = self.world.resource::<Editions>();
        let sets = self.world.resource::<VariableSets>();
        let canonicals = |job: &Job| sets.canonicals(job.variables).collect::<Vec<_>>();
        let jobs = chain(&self.world.resource::<Jobs>().0, subject.ledger.head).map(|(_, job)| job);
        let of_version =
            jobs.filter(|job| editions.version(job.edition) == self.candidate().version);
        let first = of_version.min_by(|a, b| {
            let by_tag = || editions.tag(a.edition).cmp(editions.tag(b.edition));
            let by_variables = || canonicals(a).cmp(&canonicals(b));
            a.released_at.cmp(&b.released_at).then_with(by_tag).then_with(by_variables)
        })?;
        let hex = release_hex(self.world, first.target, first.edition, first.variables);
        Some((first.released_at, hex))
    }

    /// The rank of a row's target in the rollout order.
    pub fn position(&self, row: usize) -> u32 {
        let positions = self.positions.get_or_init(|| {
            let mut positions = vec![0; self.judge.cohort.used() as usize];
            for (position, row) in (0u32..).zip(self.judge.rollout_order()) {
                positions[row as usize] = position;
            }
            positions
        });
        positions[row]
    }
}
