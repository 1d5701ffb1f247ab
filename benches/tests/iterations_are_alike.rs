//! Iterations of a settled fleet are alike, do what their density promises, and the floor decides
//! what the fleet decides.

use shakedown_benches::{Density, Floor, History, VersionCreated, build};
use shakedown_engine::fleet::matrix::State;
use shakedown_engine::fleet::report::Report;
use shakedown_engine::model::reason::Reason;
use shakedown_engine::preset::{FleetShape, Preset, Relations, Rules, START};

fn iterate(shape: FleetShape, density: Density, history: History, times: usize) -> Vec<Report> {
    let fleet = build(shape, START, &mut |_, _, _| {});
    let last = shape.deployment_id(shape.deployments - 1);
    let mut iteration =
        VersionCreated::new(fleet, &last, density, history).expect("the shape has the deployment");
    if shape.rules == Rules::Every {
        iteration = iteration.with_every_rule();
    }
    let deployment = iteration.deployment();
    let mut floor = Floor::new(iteration.fleet_mut().world_mut(), deployment);
    (0..times)
        .map(|number| {
            let event = iteration.prepare().expect("presets accept their preparation");
            let version = iteration.version().cloned();
            let world = iteration.fleet_mut().world_mut();
            floor.load(world, None);
            floor.run(world);
            floor.load(world, version.as_ref());
            // The floor decides over what there was when it was loaded, whoever goes first.
            let before = (number % 2 == 0).then(|| floor.run(world));
            let report = iteration.measure(event).expect("prepared events are valid");
            let outcome = before.unwrap_or_else(|| floor.run(iteration.fleet().world()));
            let compared = floor.compare(iteration.fleet_mut().world_mut(), &outcome, &report);
            assert_eq!(compared, Ok(()), "{shape:?} {density} {history:?}");
            report
        })
        .collect()
}

struct Case {
    name: &'static str,
    shape: FleetShape,
    density: Density,
    targets: u64,
    jobs: u64,
    held: &'static [(Reason, u64)],
}

/// Cohorts of the paper fleet have 15 targets, 9 of the 20 need no approval; those of the second
/// shape have 6 or 4.
const CASES: &[Case] = &[
    Case {
        name: "gate: one of each cohort that needs no approval",
        shape: Preset::Paper.shape(),
        density: Density::Gate,
        targets: 300,
        jobs: 9,
        held: &[
            (Reason::ApprovalNotEnough, 165),
            (Reason::RolloutNotStarted, 165),
            (Reason::RolloutWaiting, 9 * 14),
        ],
    },
    Case {
        name: "half: half of each cohort, rounded up",
        shape: Preset::Paper.shape(),
        density: Density::Half,
        targets: 300,
        jobs: 20 * 8,
        held: &[(Reason::ApprovalNotEnough, 0), (Reason::RolloutWaiting, 20 * 7)],
    },
    Case {
        name: "all: everything",
        shape: Preset::Paper.shape(),
        density: Density::All,
        targets: 300,
        jobs: 300,
        held: &[(Reason::ApprovalNotEnough, 0), (Reason::RolloutWaiting, 0)],
    },
    Case {
        name: "half of cohorts of different sizes",
        shape: FleetShape {
            deployments: 2,
            resources: 16,
            environments: 12,
            regions: 3,
            rules: Rules::Reported,
            relations: Relations::None,
        },
        density: Density::Half,
        targets: 4 * 6 + 8 * 5,
        jobs: 4 * 3 + 8 * 3,
        held: &[(Reason::RolloutWaiting, 4 * 3 + 8 * 2)],
    },
    Case {
        name: "without policies density makes no difference",
        shape: Preset::Single.shape(),
        density: Density::Gate,
        targets: 100,
        jobs: 100,
        held: &[(Reason::RolloutWaiting, 0)],
    },
    Case {
        name: "a deployment without targets",
        shape: Preset::Targets(0).shape(),
        density: Density::Half,
        targets: 0,
        jobs: 0,
        held: &[],
    },
];

#[test]
fn settled_iterations_do_what_their_density_promises() {
    for case in CASES {
        let reports = iterate(case.shape, case.density, History::Settled, 4);
        for report in &reports {
            assert_eq!(report.targets, case.targets, "{}", case.name);
            assert_eq!(report.jobs_created, case.jobs, "{}", case.name);
            assert_eq!(report.jobs.len() as u64, case.jobs, "{}", case.name);
            assert_eq!(report.in_state(State::Running), case.jobs, "{}", case.name);
            let waiting = case.targets - case.jobs;
            assert_eq!(report.in_state(State::Waiting), waiting, "{}", case.name);
            for &(reason, count) in case.held {
                assert_eq!(report.held_by(reason), count, "{} {}", case.name, reason.code());
            }
        }
        // Alike in all but which jobs they made.
        let alike = |report: &Report| Report { jobs: reports[0].jobs.clone(), ..report.clone() };
        assert!(reports.iter().all(|report| alike(report) == reports[0]), "{}", case.name);
    }
}

/// Of 20 environments five wait for others to have the version, and each of five others has a rule of one
/// kind that holds all of its targets. Of those that are left half are due; the bypass lets one target go
/// first, due or not.
#[test]
fn every_kind_of_rule_holds_what_it_should() {
    let shape = FleetShape { deployments: 2, rules: Rules::Every, ..Preset::Paper.shape() };
    let said = VersionCreated::of(shape, Density::Half).holds();
    let held = [
        Reason::ApprovalNotEnough,
        Reason::WindowDenied,
        Reason::CooldownWaiting,
        Reason::VersionSelectorNoMatch,
        Reason::DependencyUnmet,
    ];
    assert_eq!(said, held.map(|reason| (reason, 15)));
    assert_eq!(VersionCreated::of(shape, Density::Half).held_by_nothing().holds(), []);
    let reports = iterate(shape, Density::Half, History::Settled, 4);
    for report in &reports {
        assert_eq!(report.targets, 300);
        assert!((10 * 8..=10 * 8 + 1).contains(&report.jobs_created), "{report:?}");
        for (reason, count) in said.iter().copied().chain([
            (Reason::ProgressionNotMet, 5 * 15),
            (Reason::VersionSelectorError, 0),
            // Whoever depends on what nobody runs takes no older version, either.
            (Reason::NoneDeployable, 15),
        ]) {
            assert_eq!(report.held_by(reason), count, "{}", reason.code());
        }
        assert!(report.held_by(Reason::RolloutWaiting) >= 10 * 7 - 1, "{report:?}");
    }
    // What holds is lifted between iterations, so that the version before is everywhere.
    let alike = |report: &Report| (report.jobs_created, report.states, report.reasons);
    assert!(reports.iter().all(|report| alike(report) == alike(&reports[0])), "{reports:?}");
}

#[test]
fn carried_over_jobs_are_in_the_way() {
    let reports = iterate(Preset::Paper.shape(), Density::All, History::CarriedOver, 3);
    let jobs: Vec<u64> = reports.iter().map(|report| report.jobs_created).collect();
    assert_eq!(jobs, [300, 0, 0]);
    assert_eq!(reports[2].held_by(Reason::ActiveJob), 300);
    assert_eq!(reports[2].in_state(State::Blocked), 300);

    let reports = iterate(Preset::Paper.shape(), Density::Gate, History::CarriedOver, 3);
    let first = &reports[0];
    assert_eq!((first.targets, first.jobs_created), (300, 9));
    assert!(reports[1..].iter().all(|report| report.jobs_created <= 9), "{reports:?}");
}

#[test]
fn an_unknown_deployment_is_none() {
    let fleet = build(Preset::Single.shape(), START, &mut |_, _, _| {});
    let iteration = VersionCreated::new(fleet, "deployment-01", Density::All, History::Settled);
    assert!(iteration.is_none());
}
