//! A report names the jobs that its reconcile created, and only those; they can be looked at later,
//! as they are then.

use shakedown_systems::prelude::*;

fn ready(id: &str) -> DeploymentVersion {
    DeploymentVersion::new(id, "d").ready()
}

fn shop() -> Fleet {
    let mut fleet = fleet("ws", SimTime(0));
    fleet.put(System::new("s")).expect("a system");
    fleet.put(JobAgent::new("a")).expect("an agent");
    fleet.put_all(["r1", "r2", "r3"].map(Resource::new)).expect("resources");
    fleet.put(Environment::new("e", "s").select("true")).expect("an environment");
    fleet.put(Deployment::new("d", "s").agent("a").select("true")).expect("a deployment");
    fleet
}

fn targets(fleet: &Fleet, report: &Report) -> Vec<String> {
    fleet.jobs(report).map(|job| format!("{job}")).collect()
}

#[test]
fn the_jobs_of_each_reconcile_are_its_own() {
    let mut fleet = shop();
    let first = fleet.put(ready("v1")).expect("a version");
    assert_eq!(first.jobs.len() as u64, first.jobs_created);
    let pending = ["r1", "r2", "r3"].map(|id| format!("d in e on {id}: job of v1, pending"));
    assert_eq!(targets(&fleet, &first), pending);
    let second = fleet.put(ready("v2")).expect("a version");
    assert!(second.jobs.is_empty(), "all targets have a job");
    let triple = fleet.target("d", "e", "r2").expect("a target").triple;
    let third = fleet.finish(triple, JobStatus::Successful).expect("a job");
    assert_eq!(targets(&fleet, &third), ["d in e on r2: job of v2, pending"]);
    let now = targets(&fleet, &first);
    assert_eq!(now[1], "d in e on r2: job of v1, successful", "as it is now");
    assert_eq!(third.jobs.iter().map(|ix| ix.slot()).collect::<Vec<_>>(), [3]);
}

#[test]
fn of_several_passes_all_jobs_are_named() {
    let mut fleet = shop();
    let cooldown = PolicyRule::new("q").version_cooldown(Duration::from_mins(10));
    fleet.put(Policy::new("p").enabled().select("true").rule(cooldown)).expect("a policy");
    let first = fleet.put(ready("v1")).expect("a version");
    let second = fleet.put_all([ready("v2"), ready("v3")]).expect("versions");
    let caused = fleet.pass(Duration::from_mins(30)).expect("time passes");
    let reports = [first, second].into_iter().chain(caused.into_iter().map(|(_, report)| report));
    let mut next = 0;
    for report in reports {
        assert_eq!(report.jobs.len() as u64, report.jobs_created);
        let named: Vec<usize> = report.jobs.iter().map(|it| it.slot()).collect();
        let made: Vec<usize> = (next..next + named.len()).collect();
        assert_eq!(named, made, "no job is left out or named twice");
        next += made.len();
    }
    let all: usize = fleet.targets().iter().map(|it| it.jobs.len()).sum();
    assert_eq!(next, all);
}
