//! What whoever drives a fleet may rely on (`engine/src/fleet/drive.rs`): time is kept, reports tell
//! everything, a batch says how far it came, and every call ends.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bevy_ecs::schedule::IntoScheduleConfigs;
use bevy_ecs::system::{Res, ResMut};
use shakedown_engine::base::time::{HOUR, MINUTE, SimTime};
use shakedown_engine::fleet::dirty::Dirty;
use shakedown_engine::fleet::matrix::Cohorts;
use shakedown_engine::fleet::phase::Phase;
use shakedown_engine::fleet::report::Report;
use shakedown_engine::fleet::schedule::{Clock, Reading};
use shakedown_engine::fleet::timers::Timers;
use shakedown_engine::fleet::{Fleet, MOST_PASSES};
use shakedown_engine::wire::event::{ErrorClass, Event, JobFields, JobUpdate, Payload};
use shakedown_systems::prelude::{
    Deployment, DeploymentVersion, Environment, GradualRollout, JobAgent, JobStatus, Policy,
    PolicyRule, Resource, System,
};

use crate::generate::{self, Config};

/// Six targets of one deployment, and rules for them.
fn shop(rule: Option<PolicyRule>) -> Fleet {
    let mut fleet =
        shakedown_systems::fleet("ws-1", SimTime::parse(generate::START).expect("a time"));
    fleet.put(System::new("s")).expect("a system");
    fleet.put(JobAgent::new("a")).expect("an agent");
    fleet.put_all((0..6).map(|it| Resource::new(format!("r{it}")))).expect("resources");
    fleet.put(Environment::new("e", "s").select("true")).expect("an environment");
    fleet.put(Deployment::new("d", "s").agent("a").select("true")).expect("a deployment");
    if let Some(rule) = rule {
        fleet.put(Policy::new("p").enabled().select("true").rule(rule)).expect("a policy");
    }
    fleet
}

fn version(at: SimTime, id: &str) -> Event {
    Event { at: Some(at), ..Event::upsert(DeploymentVersion::new(id, "d").ready().into()) }
}

fn slowly() -> Option<PolicyRule> {
    Some(PolicyRule::new("slowly").gradual_rollout(GradualRollout::linear(Duration::from_mins(30))))
}

/// What time and an event caused, told bit by bit; and how often timers rang.
fn bit_by_bit(fleet: &mut Fleet, event: Event) -> Option<(Report, u32)> {
    let (mut caused, mut rang) = (Report::default(), 0);
    if let Some(at) = event.at.filter(|&at| at >= fleet.now()) {
        fleet
            .advance(at, &mut |_, report| {
                caused.add(report);
                rang += 1;
            })
            .expect("forward");
    }
    caused.add(&fleet.apply(event).ok()?);
    Some((caused, rang))
}

#[test]
fn events_let_time_pass_as_advancing_does() {
    let start = SimTime::parse(generate::START).expect("a time");
    let (mut by_timers, mut batches) = (0, 0);
    for seed in 4100..4130 {
        let fleet = || shakedown_systems::fleet_in(generate::dialect(seed), "ws-1", start);
        let (mut advanced, mut alone, mut together) = (fleet(), fleet(), fleet());
        let (mut batch, mut caused, mut rang) = (Vec::new(), Report::default(), 0);
        for (place, json) in generate::events(seed, &Config::full()).iter().enumerate() {
            let place = format!("seed {seed}, event {place}: {json}");
            let Ok(event) = Event::decode(json, alone.now()) else { continue };
            // Events of one instant may undo each other when they are applied together.
            let at = event.at.unwrap_or(start).max(advanced.now().plus(1));
            let event = Event { at: Some(at), ..event };
            if alone.apply(event.clone()).is_err() {
                assert!(advanced.apply(event).is_err(), "{place}");
                continue;
            }
            let (told, rung) =
                bit_by_bit(&mut advanced, event.clone()).expect("accepted like the first");
            rang += rung;
            assert_eq!(advanced.digest(), alone.digest(), "{place}");
            caused.add(&told);
            batch.push(event);
            if batch.len() == 7 {
                batches += 1;
                let report = together.apply_together(std::mem::take(&mut batch));
                assert_eq!(together.digest(), alone.digest(), "{place}");
                assert_eq!(report.expect("accepted one by one"), caused, "{place}");
                by_timers += u64::from(rang > 0);
                rang = 0;
                caused = Report::default();
            }
        }
    }
    assert!(batches > 100 && by_timers > 20, "timers ring in {by_timers} of {batches}");
}

#[test]
fn one_event_tells_what_time_caused_before_it() {
    let (mut advanced, mut alone) = (shop(slowly()), shop(slowly()));
    let first = version(advanced.now(), "v1");
    let later = Event::at(advanced.now().plus(HOUR), Payload::Tick);
    for event in [first, later] {
        let (told, _) = bit_by_bit(&mut advanced, event.clone()).expect("accepted");
        assert_eq!(alone.apply(event).expect("accepted"), told);
        assert!(told.jobs_created > 0);
    }
    assert_eq!(alone.targets(), advanced.targets());
}

#[test]
fn a_report_is_taken_on_a_job_that_time_makes_before_it() {
    let (mut ahead, mut fleet) = (shop(slowly()), shop(slowly()));
    let start = ahead.now();
    for fleet in [&mut ahead, &mut fleet] {
        fleet.apply(version(start, "v1")).expect("a version");
    }
    let mut made = Vec::new();
    let half = start.plus(30 * MINUTE);
    ahead.advance(half, &mut |_, report| made.push(report.clone())).expect("later");
    let id = ahead.jobs(&made[0]).next().expect("a slot opened").id;
    let update = |id: &str| {
        let job = JobFields { status: Some(JobStatus::Successful), ..JobFields::default() };
        let id = Some(id.to_owned());
        let update = JobUpdate { id, agent_id: None, external_id: None, job, fields: None };
        Event::at(start.plus(45 * MINUTE), Payload::UpdateJob(Box::new(update)))
    };
    let report = fleet.apply(update(&id)).expect("the job is there by then");
    assert_eq!(report.jobs_created, 1, "made on the way");
    let ended = fleet.targets().into_iter().flat_map(|it| it.jobs);
    assert_eq!(ended.filter(|it| it.status == JobStatus::Successful).count(), 1);
    // What time does not make is refused, and what it did is told.
    let mut fleet = shop(slowly());
    fleet.apply(version(start, "v1")).expect("a version");
    let refused = fleet.apply(update("00000000-0000-4000-8000-000000000000")).expect_err("no job");
    assert_eq!((refused.applied, refused.why.class), (0, ErrorClass::NotFound));
    assert_eq!((refused.report.jobs_created, fleet.now()), (1, half));
}

#[test]
fn a_batch_says_how_far_it_came() {
    let mut fleet = shop(slowly());
    let start = fleet.now();
    let strange = Event {
        at: Some(start.plus(2 * HOUR)),
        ..Event::upsert(Environment::new("f", "s").select("resource.(").into())
    };
    let hour = Event::at(start.plus(HOUR), Payload::Tick);
    let refused = fleet
        .apply_together(vec![version(start, "v1"), hour, strange, version(start, "v2")])
        .expect_err("that is no selector");
    assert_eq!((refused.applied, refused.why.class), (2, ErrorClass::InvalidSelector));
    assert_eq!(refused.report.jobs_created, 3, "at once, after half an hour, after an hour");
    assert_eq!(fleet.jobs(&refused.report).count(), 3);
    assert_eq!(fleet.now(), start.plus(HOUR), "a rejected event lets no time pass");
    let shown: Vec<_> = fleet.targets().iter().map(|it| it.jobs.len()).collect();
    assert_eq!(shown.iter().sum::<usize>(), 3, "what came before is in");
}

#[test]
fn targets_that_never_rest_are_named() {
    let mut fleet = shop(None);
    fleet.schedule_mut().add_systems(
        (|cohorts: Res<Cohorts>, mut dirty: ResMut<Dirty>| {
            cohorts.iter().for_each(|(cohort, _)| dirty.mark_cohort(cohort));
        })
        .after(Phase::Settle),
    );
    let start = fleet.now();
    let refused = fleet.apply(version(start, "v1")).expect_err("something is always dirty");
    assert_eq!((refused.applied, refused.why.class), (1, ErrorClass::Restless));
    let expected = format!(
        "after {MOST_PASSES} passes at {start} these targets are not at rest: `d` in `e` on `r0`, \
         `d` in `e` on `r1`, `d` in `e` on `r2`, `d` in `e` on `r3` and 2 others"
    );
    assert_eq!(refused.to_string(), expected);
    assert_eq!((refused.report.passes, refused.report.jobs_created), (MOST_PASSES, 6));
    assert_eq!(fleet.targets().iter().filter(|it| it.jobs.len() == 1).count(), 6, "it is in");
    // Nobody else gets away without being told.
    let class = |it: shakedown_engine::fleet::Error| it.why.class;
    assert_eq!(fleet.reconcile(&[]).map_err(class), Err(ErrorClass::Restless));
    assert_eq!(fleet.reconcile_all().map_err(class), Err(ErrorClass::Restless));
    let later = fleet.advance(start.plus(1), &mut |_, _| {});
    assert_eq!(later.map_err(class), Err(ErrorClass::Restless));
}

#[test]
fn timers_that_ring_for_ever_at_one_instant_are_told() {
    let mut fleet = shop(None);
    fleet.apply(version(fleet.now(), "v1")).expect("a version");
    fleet.schedule_mut().add_systems(
        (|clock: Res<Clock>, cohorts: Res<Cohorts>, mut timers: ResMut<Timers>| {
            cohorts.iter().for_each(|(cohort, _)| timers.set(cohort, Some(clock.0)));
        })
        .after(Phase::Settle),
    );
    fleet.reconcile_all().expect("targets rest, timers do not");
    let mut rang = 0;
    let to = fleet.now().plus(HOUR);
    let refused = fleet.advance(to, &mut |_, _| rang += 1).expect_err("it never gets on");
    assert_eq!((rang, refused.why.class), (MOST_PASSES, ErrorClass::Restless));
    assert!(refused.to_string().contains("`d` in `e` on `r0`"), "{refused}");
    assert!(fleet.now() < to);
}

#[test]
fn two_passes_are_enough_for_those_who_have_agents() {
    let start = SimTime::parse(generate::START).expect("a time");
    let mut most = [0, 0];
    for seed in 4200..4260 {
        let mut fleet = shakedown_systems::fleet_in(generate::dialect(seed), "ws-1", start);
        for json in generate::events(seed, &Config::full()) {
            let Ok(event) = Event::decode(&json, fleet.now()) else { continue };
            let next = event.at.unwrap_or(start).max(fleet.now());
            let mut see = |fleet: &Fleet, report: &Report| {
                let failed = fleet.jobs(report).any(|it| it.status == JobStatus::InvalidJobAgent);
                let most = &mut most[usize::from(failed)];
                *most = report.passes.max(*most);
            };
            let mut caused = Vec::new();
            fleet.advance(next, &mut |_, it| caused.push(it.clone())).expect("forward");
            caused.iter().for_each(|it| see(&fleet, it));
            if let Ok(report) = fleet.apply(event) {
                see(&fleet, &report);
            }
        }
    }
    assert_eq!(most[0], 2, "a job is looked at once more");
    assert!(most[1] <= 4, "each version is released once: {}", most[1]);
}

static READ: AtomicU64 = AtomicU64::new(0);

#[test]
fn phases_of_all_passes_add_up() {
    let cooldown = PolicyRule::new("q").version_cooldown(Duration::from_mins(10));
    let mut fleet = shop(Some(cooldown));
    fleet.apply(version(fleet.now(), "v1")).expect("a version");
    // The gauge advances by one whenever somebody reads it: once in each phase.
    fleet.set_gauge(|| Reading {
        nanoseconds: READ.fetch_add(1, Ordering::Relaxed),
        ..Reading::default()
    });
    let now = fleet.now();
    let soon = fleet.apply_together(vec![version(now, "v2"), version(now, "v3")]);
    let soon = soon.expect("versions");
    let ended = fleet.targets().into_iter().map(|it| {
        let finish =
            shakedown_engine::wire::event::Finish::new(it.triple, JobStatus::Successful, now);
        Event::at(now.plus(HOUR), Payload::FinishJob(finish))
    });
    let later = fleet.apply_together(ended.collect()).expect("reports");
    assert_eq!((soon.passes, later.passes), (1, 2), "a job is looked at once more");
    for report in [soon, later] {
        assert_eq!(report.phases.map(|it| it.nanoseconds), [report.passes; 7]);
    }
}

#[test]
fn systems_that_come_late_are_told_of_everything() {
    let start = SimTime::parse(generate::START).expect("a time");
    let config = Config { invalid: false, ..Config::full() };
    let mut jobs = 0;
    for seed in 4300..4340 {
        let dialect = generate::dialect(seed);
        let mut bare = Fleet::in_dialect(dialect, "ws-1", start);
        let mut known = Vec::new();
        for json in generate::events(seed, &config) {
            let Ok(event) = Event::decode(&json, bare.now()) else { continue };
            if !matches!(event.payload, Payload::Redeploy(_)) && bare.apply(event.clone()).is_ok() {
                known.push(event);
            }
        }
        shakedown_systems::install(&mut bare);
        let report = bare.reconcile(&[]).expect("it comes to rest");
        let mut fleet = shakedown_systems::fleet_in(dialect, "ws-1", start);
        let (at_once, refused) = fleet.apply_document(known);
        assert_eq!(refused, [], "seed {seed}");
        assert_eq!(bare.digest(), fleet.digest(), "seed {seed}");
        assert_eq!(report.jobs_created, at_once.jobs_created, "seed {seed}");
        jobs += report.jobs_created;
        let end = fleet.now().plus(50 * HOUR);
        for fleet in [&mut bare, &mut fleet] {
            fleet.advance(end, &mut |_, _| {}).expect("later");
        }
        assert_eq!(bare.digest(), fleet.digest(), "seed {seed}, later");
    }
    assert!(jobs > 40, "there is something to do: {jobs}");
}
