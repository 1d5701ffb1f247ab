//! A target is found by ids or names of its parts; who names too little or nothing is told what there
//! is.

use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::model::{Deployment, Environment, Resource, System};
use shakedown_engine::read::FindError;

fn fleet() -> Fleet {
    let mut fleet = Fleet::new("ws", SimTime(0));
    fleet.put_all(["shop", "bank"].map(System::new)).expect("systems");
    let resources = [
        Resource::new("r1").name("Frankfurt").identifier("aws:fra").label("zone", "a"),
        Resource::new("r2").name("Dublin").label("zone", "a"),
        Resource::new("r3").name("Dublin").label("zone", "b"),
    ];
    fleet.put_all(resources).expect("resources");
    let prod = |id, system| Environment::new(id, system).name("prod").select("true");
    fleet.put_all([prod("e1", "shop"), prod("e2", "bank")]).expect("environments");
    let api = Deployment::new("d1", "shop").name("API").slug("api").select("true");
    let web = Deployment::new("d2", "bank").name("r1").select("resource.metadata.zone == 'b'");
    fleet.put_all([api, web]).expect("deployments");
    fleet
}

#[test]
fn by_ids_and_by_names() {
    let fleet = fleet();
    for (deployment, environment, resource) in [
        ("d1", "e1", "r1"),
        ("API", "e1", "r1"),
        ("api", "e1", "Frankfurt"),
        ("d1", "e1", "aws:fra"),
        ("api", "prod", "r1"),
    ] {
        let found = fleet.target(deployment, environment, resource);
        let found = found.unwrap_or_else(|error| panic!("{deployment} {resource}: {error}"));
        assert_eq!(found.triple.to_string(), "d1 in e1 on r1");
    }
    let found = fleet.target("r1", "prod", "Dublin").expect("only one of the two is a target");
    assert_eq!(found.triple.to_string(), "d2 in e2 on r3");
}

#[test]
fn what_is_unknown_shared_or_no_target_is_told() {
    let fleet = fleet();
    for (names, told) in [
        (["apj", "prod", "r1"], "there is no deployment `apj`; the nearest are `API`, `r1`"),
        (["api", "pro", "r1"], "there is no environment `pro`; the nearest is `prod`"),
        (["api", "prod", ""], "there is no resource ``; the nearest are `Dublin`, `Frankfurt`"),
        (
            ["api", "prod", "Dublin"],
            "the target may be d1 in e1 on r2 or d1 in e1 on r3; call its parts by their ids",
        ),
        (
            ["d2", "e2", "r1"],
            "d2 in e2 on r1 is no target: both selectors must select the resource, in one system",
        ),
    ] {
        let [deployment, environment, resource] = names;
        let error = fleet.target(deployment, environment, resource).expect_err(told);
        assert_eq!(error.to_string(), told);
    }
    let nothing = Fleet::new("ws", SimTime(0)).find("d", "e", "r");
    assert!(matches!(nothing, Err(FindError::Unknown { nearest, .. }) if nearest.is_empty()));
}

#[test]
fn of_many_with_one_name_an_error_keeps_a_hundred() {
    let mut fleet = fleet();
    for (count, rest) in [(8, " or one of 3 others"), (250, " or one of many others")] {
        let called = |at: usize| Resource::new(format!("same-{at}")).name("same");
        fleet.put_all((0..count).map(called)).expect("resources");
        let Err(error) = fleet.find("api", "e1", "same") else { panic!("{count} are called so") };
        assert!(error.to_string().contains(rest), "{error}");
        let FindError::Ambiguous { candidates } = &error else { panic!("{error}") };
        assert_eq!(candidates.len(), count.min(100));
        let none = fleet.find("r1", "e2", "same").expect_err("its selector asks for a zone");
        let FindError::NoTarget { tried } = &none else { panic!("{none}") };
        assert_eq!(tried.len(), count.min(100));
    }
}
