//! Examining a candidate: what each of its checks says to one target.

use std::cell::{OnceCell, RefCell};

use bevy_ecs::world::World;
use serde_json::{Value as Json, json};
use shakedown_engine::base::ids::PolicyIx;
use shakedown_engine::base::json::canonical;
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::catalogue::Registry;
use shakedown_engine::fleet::identity::{release_hex, target_key};
use shakedown_engine::fleet::jobs::{Editions, Job, Jobs, VariableSets, chain};
use shakedown_engine::fleet::matrix::{Cohorts, Ledger, PolicyColumns, TargetRef};
use shakedown_engine::model::reason::Reason;
use shakedown_engine::model::{DeploymentVersion, Environment, Policy};
use shakedown_engine::select::{Bindings, Selector, SelectorError};

use super::result::CheckResult;
use crate::approval::Approved;
use crate::cooldown::Cooled;
use crate::dependency::check_edges;
use crate::policies::{Candidate, Check, Judge, Reads, RuleCheck, Scope};
use crate::progression::{Failure, Progression};
use crate::rollout::Slots;
use crate::status::{check_status, spares_released};
use crate::version_selector::Selected;
use crate::window::{Window, Windowed};

/// A target as checks see it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) target: TargetRef,
    /// Row in the cohort.
    pub(super) row: usize,
    /// Enabled policies that apply, in report order.
    pub(super) policies: &'a [PolicyIx],
    /// The facts of its jobs.
    pub(super) ledger: Ledger,
}

impl<'a> Subject<'a> {
    pub(super) fn scope(&self) -> Scope<'a> {
        Scope { rows: None, policies: self.policies, resource: Some(self.target.resource) }
    }
}

/// A candidate in a cohort, and what its targets have in common.
#[derive(Debug)]
pub(super) struct Examined<'a, 'w, 's> {
    pub(super) judge: Judge<'a, Reads<'a, 'w, 's>, PolicyColumns<'a>>,
    world: &'a World,
    bindings: Bindings<'a>,
    /// Position in the rollout order, by row.
    pub(super) positions: OnceCell<Vec<u32>>,
    /// What the progression rules asked so far say, the same to every target.
    progressions: RefCell<Vec<(*const Progression, CheckResult)>>,
}

impl<'a, 'w, 's> Examined<'a, 'w, 's> {
    pub(super) fn new(
        world: &'a World,
        judge: Judge<'a, Reads<'a, 'w, 's>, PolicyColumns<'a>>,
    ) -> Self {
        let bindings = judge.bindings();
        let progressions = RefCell::default();
        Self { judge, world, bindings, positions: OnceCell::new(), progressions }
    }

    pub(super) fn candidate(&self) -> &'a Candidate {
        self.judge.candidate
    }

    /// All results for a target, in report order.
    pub(super) fn results(&self, subject: &Subject<'_>) -> Vec<CheckResult> {
        let mut results = vec![self.status(subject), self.version_dependencies(subject)];
        let rules = self.judge.checks(subject.scope());
        results.extend(rules.map(|(policy, check)| self.result(subject, policy, check)));
        results
    }

    fn result(&self, subject: &Subject<'_>, policy: PolicyIx, it: &RuleCheck) -> CheckResult {
        let RuleCheck { rule, check } = it;
        let result = self.waived(subject, policy, it).unwrap_or_else(|| self.check(subject, check));
        result.of(self.world.resource::<Registry<Policy>>().id(policy), rule)
    }

    fn check(&self, subject: &Subject<'_>, check: &Check) -> CheckResult {
        match check {
            Check::Approval { minimum } => self.approval(subject, *minimum),
            Check::Progression(rule) => self.progression(rule),
            &Check::Rollout { interval, rollout_type } => {
                let cohort = self.judge.cohort.targets;
                self.rollout(subject, Slots { cohort, interval, rollout_type })
            }
            Check::VersionSelector { selector, description } => {
                self.version_selector(subject, selector, description.as_deref())
            }
            Check::Dependency(selector) => self.dependency(subject, selector),
            Check::Window(window) => self.window(subject, window),
            Check::Cooldown { interval } => self.cooldown(subject, *interval),
        }
    }

    fn status(&self, subject: &Subject<'_>) -> CheckResult {
        let status = self.candidate().status;
        match check_status(status) {
            None => CheckResult::allowed("status.ready", json!({})),
            Some(reason) if !spares_released(reason) => {
                CheckResult::blocked(reason, json!({ "status": status.name() }))
            }
            Some(_) if self.judge.is_released(subject.row) => {
                CheckResult::allowed("status.paused_kept", json!({}))
            }
            Some(reason) => CheckResult::blocked(reason, json!({})),
        }
    }

    fn version_dependencies(&self, subject: &Subject<'_>) -> CheckResult {
        let edges = self.judge.edges();
        if edges.is_empty() {
            return CheckResult::allowed("version_dependency.none", json!({}));
        }
        let unmet = edges.iter().filter_map(|it| Some((it, self.judge.unmet(it, subject.row)?)));
        let unmet: Vec<_> = unmet.collect();
        let Some(reason) = check_edges(unmet.iter().map(|(edge, _)| *edge)) else {
            return CheckResult::allowed("version_dependency.met", json!({}));
        };
        let broken = unmet.iter().find_map(|(edge, _)| edge.selector.as_ref().err());
        let params = match broken {
            Some(error) => json!({ "error": error.to_string() }),
            None => {
                let edges = unmet.iter().map(
                    |(edge, cause)| json!({ "deploymentId": *edge.deployment, "cause": cause.name() }),
                );
                json!({ "edges": edges.collect::<Vec<_>>() })
            }
        };
        CheckResult::blocked(reason, params)
    }

    /// What a waived check says instead of its own result.
    pub(super) fn waived(
        &self,
        subject: &Subject<'_>,
        policy: PolicyIx,
        RuleCheck { rule, check }: &RuleCheck,
    ) -> Option<CheckResult> {
        let mut waivers =
            self.judge.waivers_of(subject.scope(), policy, rule, check.waiver_type()).peekable();
        let since = waivers.peek()?.created_at;
        let mut until = SimTime::NEVER;
        let mut ids = Vec::new();
        for waiver in waivers {
            until = until.min(waiver.expires_at);
            ids.push(&waiver.id);
        }
        let params = json!({ "waiverIds": ids, "until": time(until) });
        let result = CheckResult::allowed("waived", params).since(since);
        Some(CheckResult { valid_until: until.ever(), ..result })
    }

    fn approval(&self, subject: &Subject<'_>, minimum: i32) -> CheckResult {
        let params = || {
            let users = self.judge.approvals().map_or(&[][..], |list| list.users());
            json!({ "have": users.len(), "need": minimum, "approvers": users })
        };
        match self.judge.approved(minimum) {
            Approved::NoneRequired(at) => {
                CheckResult::allowed("approval.none_required", json!({})).since(at)
            }
            Approved::Since(at) => CheckResult::allowed("approval.met", params()).since(at),
            Approved::NotEnough => match self.release(subject) {
                Some((released_at, release_id)) => {
                    let params = json!({ "releaseId": release_id });
                    CheckResult::allowed("approval.already_deployed", params).since(released_at)
                }
                None => CheckResult::blocked(Reason::ApprovalNotEnough, params()),
            },
        }
    }

    fn progression(&self, rule: &Progression) -> CheckResult {
        let at = std::ptr::from_ref(rule);
        let mut known = self.progressions.borrow_mut();
        if let Some((_, result)) = known.iter().find(|&&(known, _)| std::ptr::eq(known, at)) {
            return result.clone();
        }
        let result = self.progress(rule);
        known.push((at, result.clone()));
        result
    }

    fn progress(&self, rule: &Progression) -> CheckResult {
        let now = self.judge.now;
        let mut upstream = Vec::new();
        let environments = self.world.resource::<Registry<Environment>>();
        let judged = self.judge.each_upstream(rule, &mut |environment, it| {
            upstream.push((environments.id(environment), it));
        });
        upstream.sort_unstable_by_key(|&(id, _)| id);
        match self.judge.progressed(rule).verdict {
            Ok(since) => {
                upstream.retain(|(_, it)| it.since(now).is_some());
                let ids: Vec<&str> = upstream.iter().map(|&(id, _)| id).collect();
                let met = CheckResult::allowed("progression.met", json!({ "environments": ids }));
                let valid_until = upstream.iter().filter_map(|(_, it)| it.lapses()).min();
                let valid_until = valid_until.and_then(SimTime::ever);
                CheckResult { valid_until, ..met.since(since) }
            }
            Err(reason) => {
                let params = match judged {
                    Err(error) => json!({ "error": error.to_string() }),
                    Ok(()) if upstream.is_empty() => json!({}),
                    Ok(()) => {
                        let environments = upstream.iter().map(|(id, it)| {
                            let failures: Vec<Json> = it.failures(now).map(failure).collect();
                            json!({ "environmentId": id, "failures": failures })
                        });
                        json!({ "environments": environments.collect::<Vec<_>>() })
                    }
                };
                let next = upstream.iter().filter_map(|(_, it)| it.soaks_until(now)).min();
                let next = next.and_then(SimTime::ever);
                CheckResult { next, ..CheckResult::blocked(reason, params) }
            }
        }
    }

    fn version_selector(
        &self,
        subject: &Subject<'_>,
        selector: &Result<Selector, SelectorError>,
        description: Option<&str>,
    ) -> CheckResult {
        let selected = self.judge.selected(selector, self.bindings, subject.row);
        let params = match &selected {
            Selected::Match => return CheckResult::allowed("version_selector.match", json!({})),
            Selected::NoMatch => json!({ "description": description }),
            Selected::Broken(error) => json!({ "error": error.to_string() }),
            Selected::Failed(error) => json!({ "error": error.to_string() }),
        };
        let reason = selected.reason().expect("what does not match has a reason");
        CheckResult::blocked(reason, params)
    }

    fn dependency(
        &self,
        subject: &Subject<'_>,
        selector: &Result<Selector, SelectorError>,
    ) -> CheckResult {
        let selector = match selector {
            Ok(selector) => selector,
            Err(error) => {
                let params = json!({ "error": error.to_string() });
                return CheckResult::blocked(Reason::DependencySelectorError, params);
            }
        };
        let cohorts = self.world.resource::<Cohorts>();
        let mut first: Option<(String, String)> = None;
        self.judge.each_satisfying(selector, subject.row, &mut |other, version| {
            let cohort = cohorts.find(other.deployment, other.environment);
            let target = cohort.map(|cohort| TargetRef { cohort, ..subject.target });
            let key = target.map(|target| target_key(self.world, target));
            let found = key.map(|key| (key, version.id.clone()));
            first = first.take().into_iter().chain(found).min();
            false
        });
        first.map_or_else(
            || CheckResult::blocked(Reason::DependencyUnmet, json!({})),
            |(target, version_id)| {
                let params = json!({ "target": target, "versionId": version_id });
                CheckResult::allowed("dependency.met", params)
            },
        )
    }

    fn window(&self, subject: &Subject<'_>, window: &Window) -> CheckResult {
        if !self.judge.has_current(subject.row) {
            return CheckResult::allowed("window.first_deployment", json!({}));
        }
        let windowed = self.judge.windowed(window);
        let until = windowed.until();
        let (reason, params) = match windowed {
            Windowed::Open { start, end } => {
                let params = json!({ "start": time(start), "end": time(end) });
                let open = CheckResult::allowed("window.open", params).since(start);
                return CheckResult { valid_until: until, ..open };
            }
            Windowed::Clear { next } => {
                let clear = CheckResult::allowed("window.clear", json!({ "next": next.map(time) }));
                return CheckResult { valid_until: until, ..clear };
            }
            Windowed::Closed { next } => (Reason::WindowClosed, json!({ "next": next.map(time) })),
            Windowed::Denied { end } => (Reason::WindowDenied, json!({ "end": time(end) })),
        };
        CheckResult { next: until, ..CheckResult::blocked(reason, params) }
    }

    fn cooldown(&self, subject: &Subject<'_>, interval: u32) -> CheckResult {
        let (reference, until) =
            match self.judge.cooled(interval, self.judge.reference(subject.row)) {
                Cooled::NoReference => {
                    return CheckResult::allowed("cooldown.no_reference", json!({}));
                }
                Cooled::SameVersion => {
                    return CheckResult::allowed("cooldown.same_version", json!({}));
                }
                Cooled::Passed(reference) => (reference, None),
                Cooled::Waiting { reference, until } => (reference, Some(until)),
            };
        let id = self.world.resource::<Registry<DeploymentVersion>>().id(reference.version);
        let source = if reference.in_progress { "in_progress" } else { "deployed" };
        let Some(until) = until else {
            let params = json!({ "reference": id, "source": source });
            return CheckResult::allowed("cooldown.passed", params);
        };
        let params = json!({ "reference": id, "source": source, "until": time(until) });
        let waiting = CheckResult::blocked(Reason::CooldownWaiting, params);
        CheckResult { next: until.ever(), ..waiting }
    }

    /// The earliest release record of the candidate on a target: its creation and export id. Of
    /// records of one instant the first by (tag, variables).
    pub(super) fn release(&self, subject: &Subject<'_>) -> Option<(SimTime, String)> {
        if !self.judge.is_released(subject.row) {
            return None;
        }
        let editions = self.world.resource::<Editions>();
        let sets = self.world.resource::<VariableSets>();
        let canonicals = |job: &Job| -> Vec<(&str, String)> {
            sets.entries(job.variables).map(|(key, value)| (key, canonical(value))).collect()
        };
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
}

/// An instant as a parameter; null for one beyond all that can be written.
pub(super) fn time(at: SimTime) -> Json {
    json!(at.ever().map(|at| at.to_string()))
}

fn failure(failure: Failure) -> Json {
    let code = failure.code();
    match failure {
        Failure::NoTargets => json!({ "code": code }),
        Failure::NotEnoughSuccesses { have, need, targets } => {
            json!({ "code": code, "have": have, "need": need, "targets": targets })
        }
        Failure::Soaking { until } => json!({ "code": code, "until": time(until) }),
        Failure::TooOld { last, max_hours } => {
            json!({ "code": code, "last": time(last), "maxHours": max_hours })
        }
    }
}
