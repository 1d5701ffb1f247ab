//! Rules: what the members of a policy's rules ask of a version before targets may have it.
//!
//! Vocabulary: a *member* is one object of a rule (SEMANTICS 2.5); a *check* is a member, compiled.
//! A check *closes* rows of a scope, many at a time, and *examines* one target for a decision record;
//! both ask the same kernel, so that they cannot say different things.
//!
//! A rule is one folder or file here and one line of the table below: all that is generic,
//! from the rule book to timers and diagnostics, asks a check what it reads and names no rule.
//! ARCHITECTURE.md lists the steps for adding one.
//!
//! Invariant (negative): kernels of rules know no ECS, no clock and no I/O.

mod answers;
mod approval;
mod closing;
mod compiling;
mod concurrency_limit;
mod cooldown;
mod dependency;
mod examination;
mod judge;
mod oddity;
mod progression;
mod result;
mod retry;
mod rollout;
mod rule;
mod rulebook;
mod status;
mod surroundings;
mod version_dependency;
mod version_selector;
mod window;

pub use answers::{Foreseen, Keep, Misfit, Needs, News, Start};
pub use closing::Closing;
pub use compiling::Compiling;
pub use concurrency_limit::{
    Group, GroupPlaces, Members, Places, Tried, failures, is_failure, is_waived,
};
pub use dependency::each_satisfying;
pub use examination::{Examination, Subject};
pub use judge::{Asked, Judge, Scope};
pub use oddity::{Failures, Oddity, counted};
pub use progression::Progression;
pub use result::{Action, CheckResult, fold, time};
pub use retry::{Attempts, check_attempts};
pub use rollout::{Slot, slots};
pub use rule::Rule;
pub use rulebook::{
    Entry, RuleBook, RuleCheck, RuleLimit, RuleRetry, refresh_rulebook, validate_policy,
};
pub use status::close_status;
pub use surroundings::{SelectedResources, Surroundings};
pub use version_dependency::{close_version_dependencies, unmet};
pub use window::{Window, WindowError, Windowed, first_common, first_common_within};

use bevy_ecs::world::World;
use shakedown_engine::base::ids::EnvironmentIx;
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::matrix::PolicyRows;
use shakedown_engine::model::{Environment, PolicyRule, WaiverType};
use shakedown_engine::select::AttributePath;

use crate::facts::SuccessFacts;

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident($module:ident)),+ $(,)?) => {
        /// One check that a rule's member yields.
        #[derive(Debug, Clone)]
        pub enum Check {
            $($(#[$doc])* $name(Box<$module::$name>)),+
        }

        /// What the checks of a cohort keep from one candidate to the next.
        #[derive(Debug, Default)]
        pub struct Kept {
            $($module: <$module::$name as Rule>::Kept),+
        }

        impl Keep for Kept {
            fn begin(&mut self, span: std::ops::Range<usize>) {
                $(self.$module.begin(span.clone());)+
            }

            fn enter(&mut self) {
                $(self.$module.enter();)+
            }
        }

        /// What the checks of a cohort find once per candidate.
        #[derive(Debug, Default)]
        pub struct Memo {
            $($module: <$module::$name as Rule>::Memo),+
        }

        impl Keep for Memo {
            fn enter(&mut self) {
                $(self.$module.enter();)+
            }
        }

        impl Check {
            /// The checks of a rule's members, in the order of SEMANTICS 8.0.
            fn of(rule: &PolicyRule, compiling: &mut Compiling<'_>) -> Vec<Self> {
                let mut checks = Vec::new();
                $(
                    let member = $module::$name::member(rule);
                    let check = member.map(|it| $module::$name::compile(it, compiling));
                    checks.extend(check.map(|it| Self::$name(Box::new(it))));
                )+
                checks
            }

            /// What a bypass calls it.
            #[must_use]
            pub const fn waiver_type(&self) -> WaiverType {
                match self {
                    $(Self::$name(_) => $module::$name::WAIVER_TYPE),+
                }
            }

            /// See [`Rule::reads`].
            #[must_use]
            pub fn reads(&self) -> Needs<'_> {
                match self {
                    $(Self::$name(it) => it.reads()),+
                }
            }

            /// See [`Rule::foresees`].
            #[must_use]
            pub fn foresees(
                &self,
                environment: EnvironmentIx,
                facts: SuccessFacts<'_>,
                created_at: SimTime,
            ) -> Option<Foreseen> {
                match self {
                    $(Self::$name(it) => it.foresees(environment, facts, created_at)),+
                }
            }

            /// See [`Rule::turn_to`].
            fn turn_to(&mut self, now: SimTime) {
                match self {
                    $(Self::$name(it) => it.turn_to(now)),+
                }
            }

            /// See [`Rule::look_at`].
            fn look_at(&mut self, ix: EnvironmentIx, environment: Option<&Environment>) {
                match self {
                    $(Self::$name(it) => it.look_at(ix, environment)),+
                }
            }

            /// See [`Rule::columns`].
            fn columns(&self) -> &[AttributePath] {
                match self {
                    $(Self::$name(it) => it.columns()),+
                }
            }

            /// See [`Rule::starts_rollouts`].
            fn starts_rollouts(
                &self,
                asked: Asked<'_, impl Surroundings, impl PolicyRows>,
            ) -> Option<Start> {
                match self {
                    $(Self::$name(it) => it.starts_rollouts(asked)),+
                }
            }

            /// See [`Rule::delays_rollouts`].
            fn delays_rollouts(&self, base: SimTime) -> Option<SimTime> {
                match self {
                    $(Self::$name(it) => it.delays_rollouts(base)),+
                }
            }

            /// See [`Rule::close`].
            pub fn close(
                &self,
                asked: Asked<'_, impl Surroundings, impl PolicyRows>,
                closing: &mut Closing<'_>,
                kept: &mut Kept,
            ) {
                match self {
                    $(Self::$name(it) => it.close(asked, closing, &mut kept.$module)),+
                }
            }

            /// See [`Rule::examine`].
            fn examine<S: Surroundings, R: PolicyRows>(
                &self,
                exam: &Examination<'_, S, R>,
                asked: Asked<'_, S, R>,
                subject: &Subject<'_>,
            ) -> CheckResult {
                match self {
                    $(Self::$name(it) => it.examine(exam, asked, subject)),+
                }
            }
        }

        /// Asks of every member of a rule for what decoding cannot tell.
        fn validate(rule: &PolicyRule) -> Result<(), Misfit> {
            $($module::$name::member(rule).map_or(Ok(()), $module::$name::validate)?;)+
            Ok(())
        }

        /// Whether some member of a rule yields a check.
        #[must_use]
        pub fn checks_something(rule: &PolicyRule) -> bool {
            false $(|| $module::$name::member(rule).is_some())+
        }

        /// What is probably a mistake about the members of a rule.
        #[must_use]
        pub fn oddities(world: &World, rule: &PolicyRule) -> Vec<Oddity> {
            let mut odd = Vec::new();
            $(
                let member = $module::$name::member(rule);
                odd.extend(member.into_iter().flat_map(|it| $module::$name::oddities(world, it)));
            )+
            odd
        }
    };
}

// In report order (SEMANTICS 8.0).
rules! {
    /// Enough approvals.
    Approval(approval),
    /// The version succeeded upstream.
    Progression(progression),
    /// The target's slot is open.
    Rollout(rollout),
    /// The version is selected.
    VersionSelector(version_selector),
    /// Something runs on the resource.
    Dependency(dependency),
    /// Deployments may happen now.
    Window(window),
    /// The reference version is old enough.
    Cooldown(cooldown),
}
