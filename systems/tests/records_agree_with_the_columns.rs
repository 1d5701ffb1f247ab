//! What the schedule wrote of every target, its desired release, where it stands and what holds it,
//! is what a decision record says afterwards; and reading records changes nothing.

use crate::generate::{self, Config};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::matrix::State;
use shakedown_engine::model::reason::{Reason, Verdict};
use shakedown_engine::read::TargetView;
use shakedown_engine::wire::event::Event;
use shakedown_systems::record::{CheckResult, Examine, Record, record};

/// The codes that a record gives for what a target does not get: those that block the newest
/// candidate, and the first that stops the desired release.
fn codes(record: &Record) -> Vec<&'static str> {
    let newest = record.candidates.first().map_or(&[][..], |it| &it.results);
    let mut codes: Vec<&str> =
        newest.iter().filter(|it| it.blocks()).map(|it| it.code.name()).collect();
    codes.extend(record.reason().map(Reason::code));
    let results = record.eligibility.as_ref().map_or(&[][..], |it| &it.results);
    let first = |verdict| results.iter().find(|it: &&CheckResult| it.verdict == verdict);
    codes.extend(
        first(Verdict::Denied).or_else(|| first(Verdict::Pending)).map(|it| it.code.name()),
    );
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// Where a target may stand by its record: a job of the desired version that is processing may be of
/// another release of it, with other variables.
fn states(record: &Record) -> Vec<State> {
    let of = |verdict| if verdict == Verdict::Denied { State::Blocked } else { State::Waiting };
    let Some(newest) = record.candidates.first() else { return vec![State::Idle] };
    let Some((desired, eligibility)) = record.desired.as_ref().zip(record.eligibility.as_ref())
    else {
        return vec![of(newest.verdict)];
    };
    let denials = eligibility.results.iter().filter(|it| it.verdict == Verdict::Denied);
    let codes: Vec<&str> = denials.map(|it| it.code.name()).collect();
    let is_active = codes.contains(&"concurrency.active_job");
    let otherwise = match codes[..] {
        _ if newest.verdict != Verdict::Allowed => of(newest.verdict),
        ["repeat.already_succeeded", ..] => State::Settled,
        _ => of(eligibility.verdict),
    };
    let latest = record.latest_job.as_ref().map(|it| &it.version_id);
    let may_run = is_active && latest == Some(&desired.version_id);
    may_run.then_some(State::Running).into_iter().chain([otherwise]).collect()
}

fn agree(target: &TargetView, record: &Record, place: &str) {
    assert_eq!(target.desired, record.desired, "{place}");
    let current = record.current.as_ref().map(|it| &it.version_id);
    assert_eq!(target.current.as_ref(), current, "{place}");
    let mut reasons: Vec<&str> = target.reasons.iter().map(|it| it.code()).collect();
    reasons.sort_unstable();
    assert_eq!(reasons, codes(record), "{place}\n{:#}", record.to_json());
    let states = states(record);
    let place = format!("{place}: {:?} is none of {states:?}", target.state);
    assert!(states.contains(&target.state), "{place}\n{:#}", record.to_json());
}

#[test]
fn on_generated_worlds() {
    let start = SimTime::parse(generate::START).expect("a time");
    for seed in 2600..2630 {
        let mut fleet = shakedown_systems::fleet_in(generate::dialect(seed), "ws-1", start);
        for json in generate::events(seed, &Config::full()) {
            if let Ok(event) = Event::decode(&json, fleet.now()) {
                fleet.apply(event).ok();
            }
            let before = fleet.digest();
            for target in fleet.targets() {
                let record = record(&fleet, &target.triple, Examine::UpToChosen);
                let record = record.expect("existing targets have a record");
                agree(&target, &record, &format!("seed {seed}, {}, after {json}", target.key));
            }
            assert_eq!(fleet.digest(), before, "seed {seed}: reading changes nothing");
        }
    }
}
