//! Recurrences: a time zone, how many minutes, and a rule, each on a line; unrolled around some instants,
//! and put into a policy.

#![no_main]

use shakedown_engine::base::time::{HOUR, SECOND, SimTime};
use shakedown_engine::model::{DeploymentWindow, Policy, PolicyRule};
use shakedown_fuzz::CLOCK;
use shakedown_fuzz::bounds::within_bounds;
use shakedown_fuzz::settled::is_settled;
use shakedown_systems::kernels::rules::{Window, first_common};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        within_bounds(|| check(text));
    }
});

fn check(text: &str) {
    let mut lines = text.splitn(3, '\n');
    let mut line = || lines.next().unwrap_or_default();
    let (timezone, minutes, rrule) = (line(), line(), line());
    // A sign denies.
    let minutes: i32 = minutes.trim().parse().unwrap_or(60);
    let rule = DeploymentWindow {
        rrule: rrule.to_owned(),
        duration_minutes: minutes.saturating_abs().max(1),
        timezone: timezone.trim().to_owned(),
        allow_window: minutes > 0,
    };
    let compiled = Window::new(&rule);
    match &compiled {
        Ok(window) => {
            recurs_both_ways(window);
            closes_and_opens(window.clone());
            closes_and_opens(window.clone().chained());
        }
        Err(error) => assert!(!error.to_string().is_empty(), "an error without words: {error:?}"),
    }
    if !compiled.as_ref().is_ok_and(is_dense) {
        is_a_policy_if_it_compiles(rule, compiled.is_ok());
    }
}

/// Whether a rule recurs within a quarter of an hour. Looking for the gap of a window that has none unrolls
/// years, a tenth of a second for one that recurs each second, and some sixty times that where every
/// comparison is traced.
fn is_dense(window: &Window) -> bool {
    let next = window.next(CLOCK).and_then(|next| Some((next, window.next(next)?)));
    next.is_some_and(|(one, other)| other.0 - one.0 < HOUR / 4)
}

/// Instants to look from: far and near, and around a clock that is changed.
fn instants() -> [SimTime; 5] {
    let text = ["1678-01-01T00:00:00Z", "2026-03-29T00:59:59Z", "2026-11-01T05:30:00Z"];
    let [first, spring, autumn] = text.map(|it| SimTime::parse(it).expect("a time"));
    [first, CLOCK, spring, autumn, SimTime(i64::MAX - 1)]
}

/// The next occurrence comes after an instant, the latest does not, and each is found from the other.
fn recurs_both_ways(window: &Window) {
    for start in instants() {
        let mut at = start;
        for _ in 0..4 {
            let latest = window.latest(at);
            assert!(latest.is_none_or(|latest| latest <= at), "{latest:?} is after {at}");
            let Some(next) = window.next(at) else { break };
            assert!(next > at, "{next} is not after {at}");
            assert_eq!(window.latest(next), Some(next), "the occurrence at {next}");
            let before = window.latest(SimTime(next.0 - 1));
            assert_eq!(before, latest, "before {next}");
            at = next;
        }
    }
}

/// What a window says holds until an instant to come, and it says so at the clock that it is turned to.
fn closes_and_opens(mut window: Window) {
    for at in instants() {
        let judged = window.judge(at);
        let until = judged.until();
        assert!(until.is_none_or(|until| until > at), "{judged:?} at {at}");
        if let Some(within) = until.map(|until| SimTime(until.0 - SECOND)).filter(|&it| it > at) {
            let open = |at: SimTime| window.judge(at).reason();
            assert_eq!(open(within), judged.reason(), "{judged:?} from {at} to {within}");
        }
        if !is_dense(&window)
            && let Ok(open) = first_common(&[&window], at)
        {
            assert!(open >= at, "{open} is before {at}");
            assert_eq!(window.judge(open).reason(), None, "at {open}");
        }
        window.turn_to(at);
        assert_eq!(window.judge(at), judged, "turned to {at}");
    }
}

/// A workspace takes the rule exactly if it compiles, and says where it is if not.
fn is_a_policy_if_it_compiles(rule: DeploymentWindow, compiles: bool) {
    let mut fleet = shakedown_systems::fleet("fuzz", CLOCK);
    let before = fleet.digest();
    let rule = PolicyRule { deployment_window: Some(rule), ..PolicyRule::new("window") };
    match fleet.put(Policy::new("windows").enabled().rule(rule)) {
        Ok(_) => {
            assert!(compiles, "a rule is taken that does not compile");
            is_settled(&mut fleet);
            fleet.advance(CLOCK.plus(HOUR), &mut |_, _| {}).expect("forward");
        }
        Err(refused) => {
            assert!(!compiles, "a rule is refused that compiles: {refused}");
            let path = refused.why.path.to_string();
            assert!(path.starts_with("data.rules[0].deploymentWindow."), "{path}");
            assert_eq!(fleet.digest(), before);
        }
    }
}
