//! Of many entities put together, the one that is refused is named with its place, and those before
//! it are in.

use std::error::Error;

use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::catalogue::items;
use shakedown_engine::model::{Environment, Resource};

#[test]
fn those_before_it_are_in_and_those_after_it_are_not() {
    let mut fleet = Fleet::new("ws", SimTime(0));
    let twice = Resource::new("c").identifier("a");
    let refused =
        fleet.put_all([Resource::new("a"), Resource::new("b"), twice, Resource::new("d")]);
    let refused = refused.expect_err("the identifier is taken");
    let text = refused.to_string();
    assert!(text.starts_with("resource 3 of 4 is refused, the 2 before it are in: "), "{text}");
    assert!(refused.source().is_some_and(|it| text.ends_with(&it.to_string())));
    let ids: Vec<&str> = items::<Resource>(fleet.world()).map(|(_, it)| it.id.as_str()).collect();
    assert_eq!(ids, ["a", "b"]);
}

#[test]
fn one_that_is_refused_changes_nothing() {
    let mut fleet = Fleet::new("ws", SimTime(0));
    let refused = fleet.put(Environment::new("e", "s").select("resource.("));
    let refused = refused.expect_err("it does not compile").to_string();
    assert!(refused.starts_with("data.resourceSelector: "), "{refused}");
    assert_eq!(items::<Environment>(fleet.world()).count(), 0);
}
