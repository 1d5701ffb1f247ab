//! The window rule: what a window says to rows and to records.

use bevy_ecs::world::World;
use serde_json::json;
use shakedown_engine::base::time::{HOUR, SimTime};
use shakedown_engine::fleet::matrix::PolicyRows;
use shakedown_engine::fleet::schedule::Clock;
use shakedown_engine::model::reason::{Pass, Reason};
use shakedown_engine::model::{DeploymentWindow, DiagnosticCode, PolicyRule, WaiverType};

use super::{Window, WindowError, Windowed, text};
use crate::rules::answers::{Misfit, Needs};
use crate::rules::closing::Closing;
use crate::rules::compiling::Compiling;
use crate::rules::examination::{Examination, Subject};
use crate::rules::judge::Asked;
use crate::rules::oddity::Oddity;
use crate::rules::result::{CheckResult, time};
use crate::rules::rule::Rule;
use crate::rules::surroundings::Surroundings;

/// Windows are followed from one into the next for so long.
const HORIZON: i64 = 366 * 24 * HOUR;
/// At most so many of them, some hundredths of a second.
const MOST_TURNS: usize = 10_000;

/// The first instant from `now` on at which all windows let deployments pass.
///
/// # Errors
/// When there is none for so long that it cannot be meant, a year: until when at least, which is
/// [`SimTime::NEVER`] if for ever.
///
/// # Panics
/// When more windows were judged than there are numbers, which takes longer than there are turns.
pub fn first_common(windows: &[&Window], now: SimTime) -> Result<SimTime, SimTime> {
    let mut left = usize::MAX;
    first_common_within(windows, now, &mut left)
        .expect("no more windows are judged than there are numbers")
}

/// The same, if it takes judging no more windows than are `left`, of which it takes what it judged; `None`
/// if it takes more.
pub fn first_common_within(
    windows: &[&Window],
    now: SimTime,
    left: &mut usize,
) -> Option<Result<SimTime, SimTime>> {
    let mut at = now;
    for _ in 0..MOST_TURNS {
        let found = windows.iter().map(|it| it.judge(at)).enumerate();
        let blocking = { found }.find(|(_, it)| it.reason().is_some());
        let judged = blocking.as_ref().map_or(windows.len(), |(place, _)| place + 1);
        *left = left.checked_sub(judged)?;
        let Some((_, blocking)) = blocking else { return Some(Ok(at)) };
        if at >= now.plus(HORIZON) {
            break;
        }
        at = blocking.until().unwrap_or(SimTime::NEVER);
        if at.ever().is_none() {
            break;
        }
    }
    Some(Err(at))
}

/// The zone of the start of a rule, if the rule names another one, which then means nothing.
fn overruling_zone(member: &DeploymentWindow) -> Option<String> {
    let start = text::read(&member.rrule).ok()?.start?;
    let own = if start.at.utc { "UTC".to_owned() } else { start.zone? };
    // A window that names no zone is in UTC, and whoever writes a start with a zone means that one.
    let stated = !member.timezone.eq_ignore_ascii_case("UTC");
    (stated && !own.eq_ignore_ascii_case(&member.timezone)).then_some(own)
}

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

    /// Whether deployments never pass the window any more, or not for so long that it cannot be meant;
    /// whether its zone means nothing.
    fn oddities(world: &World, member: &DeploymentWindow) -> Vec<Oddity> {
        let Ok(window) = Self::new(member) else { return Vec::new() };
        // In every dialect, what is denied is denied until the chain ends.
        let window = window.chained();
        let mut odd = Vec::new();
        let now = world.resource::<Clock>().0;
        match window.judge(now) {
            Windowed::Closed { next: None } => {
                let what = "has a window that never opens again";
                odd.push(Oddity::new(DiagnosticCode::WindowBlocks, what, json!({ "until": null })));
            }
            Windowed::Denied { end } if end >= now.plus(HORIZON) => {
                let end = end.ever().map(|at| at.to_string());
                let forever = || "ever".to_owned();
                let told = end.as_ref().map_or_else(forever, |it| format!("the time until {it}"));
                let what = format!("has a deny window without a gap: nothing passes for {told}");
                odd.push(Oddity::new(DiagnosticCode::WindowBlocks, what, json!({ "until": end })));
            }
            _ => {}
        }
        if let Some(own) = overruling_zone(member) {
            let zone = &member.timezone;
            let what = format!("has a timezone `{zone}` that means nothing: DTSTART is in {own}");
            let params = json!({ "timezone": zone, "start": own });
            odd.push(Oddity::new(DiagnosticCode::WindowZoneVoid, what, params));
        }
        odd
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
        let wake = windowed.until().into_iter().chain(self.overtaken(judge.now)).min();
        if !self.spares_settled {
            wake.into_iter().for_each(|at| closing.wake(at));
            if let Some(reason) = windowed.reason() {
                closing.close(scope, reason, |word| !judge.current_word(word));
            }
            return;
        }
        let bound = |word| judge.current_word(word) & !judge.settled_word(word);
        // What was never released is not settled, and asking that costs less.
        let new = |word| judge.current_word(word) & !judge.released_word(word);
        if let Some(at) = wake
            && (closing.concerns(scope, new) || closing.concerns(scope, bound))
        {
            closing.wake(at);
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
        let (until, reworded) = (windowed.until(), self.overtaken(asked.judge.now));
        let (reason, params) = match windowed {
            Windowed::Open { start, end } => {
                let params = json!({ "start": time(start), "end": time(end) });
                let open = CheckResult::allowed(Pass::WindowOpen, params).since(start);
                return CheckResult { valid_until: until, reworded, ..open };
            }
            Windowed::Clear { next } => {
                let params = json!({ "next": next.map(time) });
                let clear = CheckResult::allowed(Pass::WindowClear, params);
                return CheckResult { valid_until: until, ..clear };
            }
            Windowed::Closed { next } => (Reason::WindowClosed, json!({ "next": next.map(time) })),
            Windowed::Denied { end } => (Reason::WindowDenied, json!({ "end": time(end) })),
        };
        CheckResult { next: until, reworded, ..CheckResult::blocked(reason, params) }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use shakedown_engine::model::DeploymentWindow;

    use super::*;

    /// Windows of two minutes that alternate for ever, and one that is always open.
    #[test]
    fn looking_stops_when_so_many_windows_were_judged() {
        let minutes = Duration::from_mins;
        let even = DeploymentWindow::allow("FREQ=HOURLY;BYMINUTE=0,4,8;BYSECOND=0", minutes(2));
        let odd = DeploymentWindow::allow("FREQ=HOURLY;BYMINUTE=2,6,10;BYSECOND=0", minutes(2));
        let [even, odd] = [even, odd].map(|it| Window::new(&it).expect("a window"));
        let (windows, now) = ([&even, &odd], SimTime(0));
        let (mut enough, mut few) = (1_000_000, 100);
        let found = first_common_within(&windows, now, &mut enough).expect("it is enough");
        assert_eq!((found, found.is_err()), (first_common(&windows, now), true));
        assert!((100..900_000).contains(&(1_000_000 - enough)), "{enough}");
        assert_eq!(first_common_within(&windows, now, &mut few), None);
        assert!(few < 2, "{few}");
        // Open together at once: both are judged, and no more.
        let mut left = 2;
        assert_eq!(first_common_within(&[&even, &even], now, &mut left), Some(Ok(now)));
        assert_eq!(left, 0);
    }
}
