//! The rule book: every policy's checks, compiled once when the policy changes.

use std::cmp::Reverse;
use std::sync::Arc;

use bevy_ecs::resource::Resource as EcsResource;
use bevy_ecs::system::{Res, ResMut};
use shakedown_engine::base::ids::{EnvironmentIx, PolicyIx};
use shakedown_engine::base::ix_vec::IxVec;
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::catalogue::{CompiledSelectors, Selections, Stock};
use shakedown_engine::fleet::change::Changes;
use shakedown_engine::fleet::schedule::Clock;
use shakedown_engine::model::{ConcurrencyLimit, Dialect, Environment, Policy, Resource, Retry};
use shakedown_engine::wire::Rejection;
use shakedown_engine::wire::event::{ErrorClass, FieldPath, Step};

use super::answers::{Misfit, Needs};
use super::compiling::Compiling;
use super::{Check, validate};
use crate::facts::Demands;

/// A check and the rule it comes from.
#[derive(Debug, Clone)]
pub struct RuleCheck {
    /// The rule's id, named by skips.
    pub rule: Arc<str>,
    /// Tells the check from all others of the book.
    pub number: u32,
    /// The check.
    pub check: Check,
}

/// A retry member and the rule it comes from.
#[derive(Debug, Clone)]
pub struct RuleRetry {
    /// The rule's id.
    pub rule: Arc<str>,
    /// The member.
    pub retry: Retry,
}

/// A concurrency limit and the rule it comes from.
#[derive(Debug, Clone)]
pub struct RuleLimit {
    /// The rule's id.
    pub rule: Arc<str>,
    /// Tells the limit from all others of the book.
    pub number: u32,
    /// The member.
    pub limit: ConcurrencyLimit,
}

/// The checks of one policy.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// Orders reports: higher first.
    pub priority: i64,
    /// Planner checks, rules in list order, members in the order of SEMANTICS 8.0.
    pub checks: Vec<RuleCheck>,
    /// Retry rules, in list order.
    pub retries: Vec<RuleRetry>,
    /// Concurrency limits, in list order.
    pub limits: Vec<RuleLimit>,
}

/// All enabled policies by index.
#[derive(Debug, EcsResource)]
pub struct RuleBook {
    /// In which the rules are meant.
    dialect: Dialect,
    entries: IxVec<PolicyIx, Option<Entry>>,
    /// The number of the next check.
    next: u32,
}

impl RuleBook {
    /// A book without policies.
    #[must_use]
    pub fn new(dialect: Dialect) -> Self {
        Self { dialect, entries: IxVec::new(), next: 0 }
    }

    /// Whether retries and repeats look at the newest jobs of a target as far as they are of the release,
    /// and not at its whole history (T2).
    #[must_use]
    pub const fn only_newest_attempts(&self) -> bool {
        self.dialect.only_newest_attempts
    }

    /// The checks of a policy; `None` when it does not exist or is disabled.
    #[must_use]
    pub fn get(&self, policy: PolicyIx) -> Option<&Entry> {
        self.entries.get(policy)?.as_ref()
    }

    /// The enabled policies, by (priority descending, id).
    #[must_use]
    pub fn policies(&self) -> Vec<PolicyIx> {
        let entries = self.entries.iter().filter_map(|(ix, entry)| Some((ix, entry.as_ref()?)));
        let mut policies: Vec<_> =
            entries.map(|(ix, it)| (Reverse(it.priority), &*it.id, ix)).collect();
        policies.sort_unstable();
        policies.into_iter().map(|(_, _, ix)| ix).collect()
    }

    /// The checks of all enabled policies.
    pub fn checks(&self) -> impl Iterator<Item = &Check> {
        let checks = self.entries.iter().filter_map(|(_, entry)| entry.as_ref());
        let checks = checks.flat_map(|entry| &entry.checks);
        checks.map(|it| &it.check)
    }

    /// Whether any enabled policy has a check like this.
    pub fn has(&self, wanted: impl FnMut(&Check) -> bool) -> bool {
        self.checks().any(wanted)
    }

    /// Whether some enabled policy has the check of a number.
    #[must_use]
    pub fn has_number(&self, number: u32) -> bool {
        let entries = self.entries.iter().filter_map(|(_, it)| it.as_ref());
        entries.flat_map(|it| &it.checks).any(|it| it.number == number)
    }

    /// Whether some enabled policy of these has a check like this.
    pub fn any_of<'a>(
        &self,
        policies: impl IntoIterator<Item = &'a PolicyIx>,
        mut wanted: impl FnMut(&Check) -> bool,
    ) -> bool {
        let entries = policies.into_iter().filter_map(|&policy| self.get(policy));
        entries.flat_map(|entry| &entry.checks).any(|it| wanted(&it.check))
    }

    /// Whether any enabled policy limits how many jobs are processing.
    #[must_use]
    pub fn has_limits(&self) -> bool {
        self.entries.iter().filter_map(|(_, it)| it.as_ref()).any(|it| !it.limits.is_empty())
    }

    /// Whether some limit of an enabled policy stops versions that fail.
    #[must_use]
    pub fn stops_versions(&self) -> bool {
        let entries = self.entries.iter().filter_map(|(_, it)| it.as_ref());
        entries.flat_map(|it| &it.limits).any(|it| it.limit.stop_on_failure.is_some())
    }

    /// The limits of these policies, in report order.
    pub fn limits<'a>(
        &'a self,
        policies: &'a [PolicyIx],
    ) -> impl Iterator<Item = (PolicyIx, &'a RuleLimit)> {
        let entries = policies.iter().filter_map(|&policy| Some((policy, self.get(policy)?)));
        entries.flat_map(|(policy, entry)| entry.limits.iter().map(move |it| (policy, it)))
    }

    /// Makes every check quick to ask at `now`.
    pub fn turn_to(&mut self, now: SimTime) {
        self.checks_mut().for_each(|it| it.turn_to(now));
    }

    /// Lets every check look at environments.
    fn look_at<'a>(
        &mut self,
        environments: impl Iterator<Item = (EnvironmentIx, Option<&'a Environment>)>,
    ) {
        for (ix, environment) in environments {
            self.checks_mut().for_each(|it| it.look_at(ix, environment));
        }
    }

    fn checks_mut(&mut self) -> impl Iterator<Item = &mut Check> {
        let checks = self.entries.iter_mut().filter_map(|(_, entry)| entry.as_mut());
        checks.flat_map(|entry| &mut entry.checks).map(|it| &mut it.check)
    }

    /// Compiles a policy anew; disabled and deleted ones have no entry.
    ///
    /// # Panics
    /// When a member cannot be compiled, which ingest asked before the policy was stored.
    pub fn set(&mut self, ix: PolicyIx, policy: Option<&Policy>, compiled: &mut CompiledSelectors) {
        let enabled = policy.filter(|policy| policy.enabled == Some(true));
        let entry = enabled.map(|policy| self.compile(policy, compiled));
        *self.entries.slot(ix) = entry;
    }

    fn compile(&mut self, policy: &Policy, compiled: &mut CompiledSelectors) -> Entry {
        let (mut checks, mut limits) = (Vec::new(), Vec::new());
        let mut compiling = Compiling { selectors: compiled, dialect: &self.dialect };
        let mut number = || {
            self.next = self.next.wrapping_add(1);
            self.next
        };
        for rule in &policy.rules {
            let id: Arc<str> = rule.id.as_str().into();
            for check in Check::of(rule, &mut compiling) {
                checks.push(RuleCheck { rule: Arc::clone(&id), number: number(), check });
            }
            if let Some(limit) = rule.concurrency_limit.clone() {
                limits.push(RuleLimit { rule: id, number: number(), limit });
            }
        }
        let retries = policy.rules.iter().filter_map(|rule| {
            let retry = rule.retry.clone()?;
            Some(RuleRetry { rule: rule.id.as_str().into(), retry })
        });
        Entry {
            id: policy.id.clone(),
            priority: policy.priority,
            checks,
            retries: retries.collect(),
            limits,
        }
    }

    /// What the facts must be kept of for the checks of all enabled policies.
    fn demands(&self) -> Demands {
        let mut demands = Demands::default();
        for check in self.checks() {
            let Needs { successes, satisfying, .. } = check.reads();
            successes.into_iter().for_each(|statuses| demands.add_statuses(statuses));
            satisfying.into_iter().for_each(|selector| demands.add_selector(selector));
        }
        demands
    }
}

/// Asks of a policy what decoding cannot tell; ingest asks before a policy is stored.
///
/// # Errors
/// `invalid_value`, with the path of the first field that does not fit.
pub fn validate_policy(policy: &Policy) -> Result<(), Rejection> {
    for (at, rule) in policy.rules.iter().enumerate() {
        validate(rule).map_err(|Misfit { path: [member, field], message }| {
            let key = |name: &str| Step::Key(name.to_owned());
            let path = [key("data"), key("rules"), Step::Index(at), key(member), key(field)];
            Rejection { class: ErrorClass::InvalidValue, path: FieldPath(path.into()), message }
        })?;
    }
    Ok(())
}

/// Policies phase: compiles the policies that changed, makes the columns that their checks read, says
/// which facts they ask for, lets checks look at environments, and makes them quick to ask now.
pub fn refresh_rulebook(
    changes: Res<Changes>,
    clock: Res<Clock>,
    policies: Stock<Policy>,
    resources: Stock<Resource>,
    environments: Stock<Environment>,
    mut selections: ResMut<Selections>,
    mut compiled: ResMut<CompiledSelectors>,
    mut book: ResMut<RuleBook>,
    mut demands: ResMut<Demands>,
) {
    for &ix in &changes.policies {
        book.set(ix, policies.get(ix), &mut compiled);
        let checks = book.get(ix).map_or(&[][..], |entry| &entry.checks);
        let Selections { atoms, resources: table, .. } = &mut *selections;
        for it in checks {
            let columns = it.check.columns().iter();
            columns.for_each(|path| table.ensure(atoms, path, &resources));
        }
    }
    if !changes.policies.is_empty() {
        *demands = book.demands();
        book.look_at(environments.iter().map(|(ix, it)| (ix, Some(it))));
    }
    book.look_at(changes.environments.iter().map(|&ix| (ix, environments.get(ix))));
    book.turn_to(clock.0);
}
