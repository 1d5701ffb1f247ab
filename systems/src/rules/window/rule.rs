//! The window rule: what a window says to rows and to records.

use bevy_ecs::world::World;
use serde_json::json;
use shakedown_engine::base::time::{HOUR, SimTime};
use shakedown_engine::fleet::matrix::PolicyRows;
use shakedown_engine::fleet::schedule::Clock;
use shakedown_engine::model::reason::{Pass, Reason};
use shakedown_engine::model::{DeploymentWindow, PolicyRule, WaiverType};

use super::{Window, WindowError, Windowed};
use crate::rules::answers::{Misfit, Needs};
use crate::rules::closing::Closing;
use crate::rules::compiling::Compiling;
use crate::rules::examination::{Examination, Subject};
use crate::rules::judge::Asked;
use crate::rules::result::{CheckResult, time};
use crate::rules::rule::Rule;
use crate::rules::surroundings::Surroundings;

/// A chain of deny windows of which so much is left cannot be meant.
const HORIZON: i64 = 366 * 24 * HOUR;

impl Rule for Window {
    type Member = DeploymentWindow;
    type Kept = ();
    type Memo = ();
    const WAIVER_TYPE: WaiverType = WaiverType::DeploymentWindow;

    fn member(rule: &PolicyRule) -> Option<&DeploymentWindow> {
        rule.deployment_window.as_ref()
    }

    fn compile(member: &DeploymentWindow, compiling: &mut Compiling<'_>) -> Self {
        let window =
            Self::new(member).expect("a policy's windows are validated before it is stored");
        Self {
            is_chained: compiling.dialect.windows_chain,
            spares_settled: compiling.dialect.windows_spare_settled,
            ..window
        }
    }

    fn validate(member: &DeploymentWindow) -> Result<(), Misfit> {
        let Err(error) = Self::new(member) else { return Ok(()) };
        let field = if let WindowError::Zone(_) = error { "timezone" } else { "rrule" };
        Err(Misfit { path: ["deploymentWindow", field], message: error.to_string() })
    }

    /// Whether deployments never pass the window any more, or not for so long that it cannot be meant.
    fn oddity(world: &World, member: &DeploymentWindow) -> Option<String> {
        let now = world.resource::<Clock>().0;
        // In every dialect, what is denied is denied until the chain ends.
        let window = Self::new(member).ok()?.chained();
        match window.judge(now) {
            Windowed::Closed { next: None } => {
                Some("has a window that never opens again".to_owned())
            }
            Windowed::Denied { end } if end >= now.plus(HORIZON) => {
                let until = end.ever().map_or("ever".to_owned(), |at| format!("until {at}"));
                Some(format!("has a deny window without a gap: nothing passes for {until}"))
            }
            _ => None,
        }
    }

    /// What a target has depends on its jobs.
    fn reads(&self) -> Needs<'_> {
        Needs { own_jobs: self.spares_settled, ..Needs::default() }
    }

    fn turn_to(&mut self, now: SimTime) {
        Window::turn_to(self, now);
    }

    fn delays_rollouts(&self, base: SimTime) -> Option<SimTime> {
        Some(self.adjust(base))
    }

    /// Rows without a current release are exempt, and those that have what they would get may be spared.
    fn close(
        &self,
        asked: Asked<'_, impl Surroundings, impl PolicyRows>,
        closing: &mut Closing<'_>,
        (): &mut (),
    ) {
        let Asked { judge, scope, .. } = asked;
        let windowed = self.judge(judge.now);
        let until = windowed.until().into_iter();
        if !self.spares_settled {
            until.for_each(|at| closing.wake(at));
            if let Some(reason) = windowed.reason() {
                closing.close(scope, reason, |word| !judge.current_word(word));
            }
            return;
        }
        let bound = |word| judge.current_word(word) & !judge.settled_word(word);
        if closing.concerns(scope, bound) {
            until.for_each(|at| closing.wake(at));
        }
        if let Some(reason) = windowed.reason() {
            closing.close(scope, reason, |word| !bound(word));
            closing.spare(scope, |word| judge.current_word(word) & judge.settled_word(word));
        }
    }

    fn examine<S: Surroundings, R: PolicyRows>(
        &self,
        _exam: &Examination<'_, S, R>,
        asked: Asked<'_, S, R>,
        subject: &Subject<'_>,
    ) -> CheckResult {
        if !asked.judge.has_current(subject.row) {
            return CheckResult::allowed(Pass::WindowFirstDeployment, json!({}));
        }
        if self.spares_settled && asked.judge.is_settled(subject.row) {
            return CheckResult::allowed(Pass::WindowSettled, json!({}));
        }
        let windowed = self.judge(asked.judge.now);
        let until = windowed.until();
        let (reason, params) = match windowed {
            Windowed::Open { start, end } => {
                let params = json!({ "start": time(start), "end": time(end) });
                let open = CheckResult::allowed(Pass::WindowOpen, params).since(start);
                return CheckResult { valid_until: until, ..open };
            }
            Windowed::Clear { next } => {
                let params = json!({ "next": next.map(time) });
                let clear = CheckResult::allowed(Pass::WindowClear, params);
                return CheckResult { valid_until: until, ..clear };
            }
            Windowed::Closed { next } => (Reason::WindowClosed, json!({ "next": next.map(time) })),
            Windowed::Denied { end } => (Reason::WindowDenied, json!({ "end": time(end) })),
        };
        CheckResult { next: until, ..CheckResult::blocked(reason, params) }
    }
}
