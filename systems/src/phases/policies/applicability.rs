//! Applicability: which policies apply to which targets, once per cohort (SEMANTICS 8.0).
//!
//! Vocabulary: a policy *applies* to whole cohorts, or, where its selector looks at the resource, to
//! some rows; a *class* is the rows of a cohort to which the same policies apply.
//!
//! Invariant: the classes of a cohort are disjoint and cover every row that is in use.

use bevy_ecs::resource::Resource;
use bevy_ecs::world::{Mut, World};
use fixedbitset::FixedBitSet;
use shakedown_engine::base::hash::{FixedMap, fixed_map};
use shakedown_engine::base::ids::{CohortIx, DeploymentIx, EnvironmentIx, PolicyIx};
use shakedown_engine::base::ix_vec::IxVec;
use shakedown_engine::base::row_set::{RowSlice, bit_of, word_of};
use shakedown_engine::fleet::catalogue::{Registry, ResourceRows, Selections, item};
use shakedown_engine::fleet::change::Changes;
use shakedown_engine::fleet::dirty::Dirty;
use shakedown_engine::fleet::ingest::{CompiledScope, CompiledTargetSelector};
use shakedown_engine::fleet::matrix::{Cohort, Cohorts, words_for};
use shakedown_engine::model::{Deployment, Environment, Policy, Resource as FleetResource};
use shakedown_engine::select::{Bindings, EvalError, Selector, Subject};

use crate::rules::RuleBook;

/// Rows of a cohort to which the same policies apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    /// One bit per row; `None` for all rows.
    pub rows: Option<Vec<u64>>,
    /// By (priority descending, id).
    pub policies: Vec<PolicyIx>,
}

impl Class {
    /// The word that holds the rows from `word * 64` on.
    #[must_use]
    pub fn word(&self, word: usize) -> u64 {
        self.rows.as_ref().map_or(u64::MAX, |rows| rows[word])
    }

    /// Whether a row is of the class.
    #[must_use]
    pub fn contains(&self, row: usize) -> bool {
        self.rows.as_ref().is_none_or(|rows| RowSlice::new(rows).contains(row))
    }
}

/// The enabled policies that apply to a row, by (priority descending, id).
#[must_use]
pub fn policies_of(classes: &[Class], row: usize) -> &[PolicyIx] {
    let class = classes.iter().find(|class| class.contains(row));
    class.map_or(&[], |class| &class.policies)
}

/// Which rows of a cohort a policy applies to.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Extent {
    All,
    /// One bit per row.
    Rows(Vec<u64>),
}

#[derive(Debug, Default)]
struct CohortPolicies {
    /// Every existing policy that applies to some row, enabled or not.
    applied: Vec<(PolicyIx, Extent)>,
    classes: Vec<Class>,
}

/// The classes of every cohort.
#[derive(Debug, Default, Resource)]
pub struct Applicability {
    cohorts: IxVec<CohortIx, CohortPolicies>,
}

impl Applicability {
    /// The classes of a cohort.
    #[must_use]
    pub fn classes(&self, cohort: CohortIx) -> &[Class] {
        self.cohorts.get(cohort).map_or(&[], |it| &it.classes)
    }

    /// How many targets of a cohort a policy applies to, enabled or not.
    #[must_use]
    pub fn count(&self, policy: PolicyIx, ix: CohortIx, cohort: &Cohort) -> u32 {
        let applied = self.cohorts.get(ix).map_or(&[][..], |it| &it.applied);
        match applied.iter().find(|(known, _)| *known == policy) {
            None => 0,
            Some((_, Extent::All)) => cohort.targets,
            Some((_, Extent::Rows(rows))) => rows.iter().map(|word| word.count_ones()).sum(),
        }
    }

    /// Whether a policy, enabled or not, applies to some target of a cohort.
    #[must_use]
    pub fn applies(&self, policy: PolicyIx, cohort: CohortIx) -> bool {
        let applied = self.cohorts.get(cohort).map_or(&[][..], |it| &it.applied);
        applied.iter().any(|(known, _)| *known == policy)
    }
}

/// Policies phase: finds anew which policies apply where something changed, and marks the targets
/// of changed policies, before or after the change.
pub fn refresh_applicability(world: &mut World) {
    let changes = world.resource::<Changes>();
    let matrix = &changes.targets;
    let quiet = changes.policies.is_empty()
        && changes.resources.is_empty()
        && changes.environments.is_empty()
        && changes.deployments.is_empty()
        && matrix.fresh.is_empty()
        && matrix.moved.is_empty();
    if quiet {
        return;
    }
    world.resource_scope(|world, mut applicability: Mut<Applicability>| {
        world.resource_scope(|world, mut dirty: Mut<Dirty>| {
            refresh(world, &mut applicability, &mut dirty);
        });
    });
}

fn refresh(world: &World, applicability: &mut Applicability, dirty: &mut Dirty) {
    let changes = world.resource::<Changes>();
    let cohorts = world.resource::<Cohorts>();
    applicability.cohorts.resize_to(cohorts.len());
    let mut changed_policies = changes.policies.clone();
    changed_policies.sort_unstable();
    changed_policies.dedup();
    let matrix = &changes.targets;
    let touched = matrix.added.iter().chain(&matrix.removed).map(|target| target.cohort);
    let of_entities = changes
        .deployments
        .iter()
        .flat_map(|&it| cohorts.of_deployment(it))
        .chain(changes.environments.iter().flat_map(|&it| cohorts.of_environment(it)));
    let rebuilt = matrix.fresh.iter().chain(&matrix.moved).copied();
    let mut stale: Vec<CohortIx> = touched.chain(rebuilt).chain(of_entities.copied()).collect();
    stale.sort_unstable();
    stale.dedup();
    let everywhere = !changed_policies.is_empty() || !changes.resources.is_empty();
    let concerned =
        if everywhere { cohorts.iter().map(|(ix, _)| ix).collect() } else { stale.clone() };
    let mut matching = Matching::new(world);
    for ix in concerned {
        let cohort = &cohorts[ix];
        let known = &mut applicability.cohorts[ix];
        let looks_at_resources =
            known.applied.iter().any(|(_, extent)| matches!(extent, Extent::Rows(_)));
        let reread = stale.binary_search(&ix).is_ok()
            || (!changes.resources.is_empty() && (looks_at_resources || matching.by_resource));
        if !reread && changed_policies.is_empty() {
            continue;
        }
        let is_stale = |policy: &PolicyIx| reread || changed_policies.contains(policy);
        let touches = |applied: &[(PolicyIx, Extent)]| {
            applied.iter().any(|(policy, _)| changed_policies.contains(policy))
        };
        let before = touches(&known.applied);
        let old = known.applied.clone();
        known.applied.retain(|(policy, _)| !is_stale(policy));
        if cohort.targets > 0 {
            for policy in matching.policies.clone() {
                if is_stale(&policy)
                    && let Some(extent) = matching.extent(policy, cohort)
                {
                    known.applied.push((policy, extent));
                }
            }
        }
        order(world, &mut known.applied);
        if before || touches(&known.applied) || old != known.applied {
            dirty.mark_cohort(ix);
        }
        known.classes = split(world.resource::<RuleBook>(), cohort, &known.applied);
    }
}

fn order(world: &World, applied: &mut [(PolicyIx, Extent)]) {
    let key = |policy: PolicyIx| {
        let policy = item::<Policy>(world, policy);
        policy.map(|policy| (std::cmp::Reverse(policy.priority), policy.id.as_str()))
    };
    applied.sort_by(|a, b| key(a.0).cmp(&key(b.0)));
}

/// Splits the rows of a cohort into classes.
fn split(book: &RuleBook, cohort: &Cohort, applied: &[(PolicyIx, Extent)]) -> Vec<Class> {
    let mut classes = vec![Class { rows: None, policies: Vec::new() }];
    let words = words_for(cohort.capacity as usize);
    for (policy, extent) in applied.iter().filter(|(policy, _)| book.get(*policy).is_some()) {
        match extent {
            Extent::All => classes.iter_mut().for_each(|class| class.policies.push(*policy)),
            Extent::Rows(rows) => {
                let halves = classes.into_iter().flat_map(|class| {
                    let part = |inside: bool| Class {
                        rows: Some(
                            (0..words)
                                .map(|word| {
                                    class.word(word) & if inside { rows[word] } else { !rows[word] }
                                })
                                .collect(),
                        ),
                        policies: class.policies.clone(),
                    };
                    let mut inside = part(true);
                    inside.policies.push(*policy);
                    [inside, part(false)]
                });
                classes = halves.filter(|class| class_has_rows(class, cohort)).collect();
            }
        }
    }
    classes
}

fn class_has_rows(class: &Class, cohort: &Cohort) -> bool {
    cohort.live.iter().enumerate().any(|(word, live)| class.word(word) & live != 0)
}

/// Matches policies with cohorts; answers about a deployment or an environment, or about neither, are asked
/// once.
struct Matching<'w> {
    world: &'w World,
    policies: Vec<PolicyIx>,
    /// Whether any policy looks at resources.
    by_resource: bool,
    memo: FixedMap<(PolicyIx, usize, Subject, u32), bool>,
    /// Of expressions, by what they read, unless that is the whole cohort.
    means: FixedMap<Asked, bool>,
    /// Of expressions that read resources.
    selected: FixedMap<Asked, FixedBitSet>,
}

/// A policy, and the deployment and the environment that its expression reads.
type Asked = (PolicyIx, Option<DeploymentIx>, Option<EnvironmentIx>);

impl<'w> Matching<'w> {
    fn new(world: &'w World) -> Self {
        let registry = world.resource::<Registry<Policy>>();
        let policies: Vec<PolicyIx> = registry.present().collect();
        let by_resource = policies.iter().any(|&policy| reads_resources(world, policy));
        let (memo, means, selected) = (fixed_map(), fixed_map(), fixed_map());
        Self { world, policies, by_resource, memo, means, selected }
    }

    fn extent(&mut self, policy: PolicyIx, cohort: &Cohort) -> Option<Extent> {
        let world = self.world;
        match scope_of(world, policy) {
            CompiledScope::Selectors(selectors) => {
                let mut union: Option<FixedBitSet> = None;
                for (at, selector) in selectors.iter().enumerate() {
                    if !self.matches_cohort(policy, at, selector, cohort) {
                        continue;
                    }
                    let Some(selection) = selector.resource else { return Some(Extent::All) };
                    let bits = world.resource::<Selections>().bits(selection);
                    union.get_or_insert_default().union_with(bits);
                }
                extent_of(cohort, &union?)
            }
            CompiledScope::Expression(selector) => {
                let selector = selector.as_ref()?;
                let bindings = bindings_of(world, cohort)?;
                let reads = selector.reads();
                let deployment = reads.contains(Subject::Deployment).then_some(cohort.deployment);
                let environment =
                    reads.contains(Subject::Environment).then_some(cohort.environment);
                // No two cohorts have both in common.
                let is_shared = deployment.is_none() || environment.is_none();
                let asked = (policy, deployment, environment);
                if !reads.contains(Subject::Resource) {
                    let ask = || selector.matches(&bindings).unwrap_or(false);
                    let means = match is_shared {
                        true => *self.means.entry(asked).or_insert_with(ask),
                        false => ask(),
                    };
                    return means.then_some(Extent::All);
                }
                if !is_shared {
                    return extent_of(cohort, &select(world, selector, &bindings));
                }
                let ask = || select(world, selector, &bindings);
                extent_of(cohort, self.selected.entry(asked).or_insert_with(ask))
            }
        }
    }

    fn matches_cohort(
        &mut self,
        policy: PolicyIx,
        at: usize,
        selector: &CompiledTargetSelector,
        cohort: &Cohort,
    ) -> bool {
        let world = self.world;
        let by_deployment = selector.deployment.as_ref().is_none_or(|it| {
            let key = (policy, at, Subject::Deployment, cohort.deployment.0);
            *self.memo.entry(key).or_insert_with(|| {
                item::<Deployment>(world, cohort.deployment).is_some_and(|deployment| {
                    it.matches(&Bindings::only(Subject::Deployment, deployment)).unwrap_or(false)
                })
            })
        });
        by_deployment
            && selector.environment.as_ref().is_none_or(|it| {
                let key = (policy, at, Subject::Environment, cohort.environment.0);
                *self.memo.entry(key).or_insert_with(|| {
                    item::<Environment>(world, cohort.environment).is_some_and(|environment| {
                        it.matches(&Bindings::only(Subject::Environment, environment))
                            .unwrap_or(false)
                    })
                })
            })
    }
}

/// The resources that an expression selects beside what `bindings` fill.
fn select(world: &World, selector: &Selector, bindings: &Bindings<'_>) -> FixedBitSet {
    let selections = world.resource::<Selections>();
    let registry = world.resource::<Registry<FleetResource>>();
    let rows = ResourceRows { registry, world };
    let mut bits = FixedBitSet::with_capacity(registry.slots());
    let all = 0..registry.slots();
    let (table, atoms) = (&selections.resources, &selections.atoms);
    selector.select(table, atoms, &rows, bindings, all, &mut bits);
    bits
}

/// The deployment and the environment of a cohort; `None` if one is gone, so that it has no targets.
pub(crate) fn bindings_of<'w>(world: &'w World, cohort: &Cohort) -> Option<Bindings<'w>> {
    let deployment = item::<Deployment>(world, cohort.deployment)?;
    let environment = item::<Environment>(world, cohort.environment)?;
    Some(Bindings::only(Subject::Deployment, deployment).with(Subject::Environment, environment))
}

/// Whether a policy's selectors mean the entities of `bindings`: a member without an answer decides
/// nothing, so a list fails only if no selector matches, and one of those that could have has a member
/// that fails. Without a resource in `bindings`, members about resources are left out.
///
/// # Errors
/// The first failure, in the order of the list; the policy does not apply then (SEMANTICS 8.0).
pub(crate) fn scope_means(
    world: &World,
    policy: PolicyIx,
    bindings: &Bindings<'_>,
) -> Result<bool, EvalError> {
    let selectors = match scope_of(world, policy) {
        CompiledScope::Expression(None) => return Ok(false),
        CompiledScope::Expression(Some(selector)) => return selector.matches(bindings),
        CompiledScope::Selectors(selectors) => selectors,
    };
    let selections = world.resource::<Selections>();
    let mut failed = None;
    for it in selectors {
        let members = [
            (Subject::Deployment, it.deployment.as_ref()),
            (Subject::Environment, it.environment.as_ref()),
            (Subject::Resource, it.resource.map(|it| selections.selector(it))),
        ];
        let answers = members.into_iter().filter_map(|(subject, selector)| {
            Some(selector?.matches(&Bindings::only(subject, bindings.get(subject)?)))
        });
        let mut answer = Ok(true);
        for it in answers {
            match it {
                Ok(true) => {}
                Ok(false) => {
                    answer = Ok(false);
                    break;
                }
                Err(error) => answer = answer.and(Err(error)),
            }
        }
        match answer {
            Ok(true) => return Ok(true),
            Ok(false) => {}
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    failed.map_or(Ok(false), Err)
}

/// Whether a policy's selectors may fail on a target of a cohort, whose `bindings` these are: most say
/// no to all of it, or look at no resource.
pub(crate) fn may_fail(world: &World, policy: PolicyIx, bindings: &Bindings<'_>) -> bool {
    let by_resource = reads_resources(world, policy);
    match (scope_of(world, policy), scope_means(world, policy, bindings)) {
        (CompiledScope::Expression(_), means) => by_resource || means.is_err(),
        (CompiledScope::Selectors(_), Ok(means)) => means && by_resource,
        (CompiledScope::Selectors(_), Err(_)) => true,
    }
}

/// Whether a policy's selectors look at resources.
fn reads_resources(world: &World, policy: PolicyIx) -> bool {
    match scope_of(world, policy) {
        CompiledScope::Selectors(selectors) => selectors.iter().any(|it| it.resource.is_some()),
        CompiledScope::Expression(selector) => {
            selector.as_ref().is_some_and(|it| it.reads().contains(Subject::Resource))
        }
    }
}

fn scope_of(world: &World, policy: PolicyIx) -> &CompiledScope {
    let entity = world.resource::<Registry<Policy>>().entity(policy);
    let scope = entity.and_then(|entity| world.get::<CompiledScope>(entity));
    scope.expect("existing policies have a compiled scope")
}

/// The live rows of a cohort whose resource is selected; `None` when there is none.
fn extent_of(cohort: &Cohort, selected: &FixedBitSet) -> Option<Extent> {
    let mut rows = vec![0u64; words_for(cohort.capacity as usize)];
    let base = (0u32..).zip(cohort.base.iter()).map(|(position, resource)| (resource, position));
    for (resource, position) in base.chain(cohort.late.iter().copied()) {
        if cohort.is_live(position) && selected.contains(resource.slot()) {
            rows[word_of(position as usize)] |= bit_of(position as usize);
        }
    }
    if rows == cohort.live {
        return Some(Extent::All);
    }
    rows.iter().any(|&word| word != 0).then_some(Extent::Rows(rows))
}
