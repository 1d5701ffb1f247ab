//! Looking at a fleet, in every way there is, leaves it as it was: a fleet that is looked at after
//! every event stands where its twin stands that is not (SEMANTICS 9).

use crate::generate::{self, Config};
use shakedown_engine::base::time::{HOUR, SimTime};
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::catalogue::Registry;
use shakedown_engine::fleet::dirty::Dirty;
use shakedown_engine::fleet::relations::{RelatableIx, related};
use shakedown_engine::fleet::timers::Timers;
use shakedown_engine::model::Resource;
use shakedown_engine::wire::event::Event;
use shakedown_systems::diagnostics::diagnostics;

/// Looks everywhere; returns how much there was to see.
fn look(fleet: &mut Fleet) -> usize {
    let digest = fleet.digest();
    let seen = fleet.targets();
    assert_eq!(fleet.targets(), seen, "looking again shows the same");
    assert_eq!(fleet.digest(), digest);
    let told = diagnostics(fleet).len();
    let world = fleet.world();
    let resources = world.resource::<Registry<Resource>>().present();
    let neighbours: usize =
        resources.map(|resource| related(world, RelatableIx::Resource(resource)).len()).sum();
    assert!(world.resource::<Dirty>().is_empty(), "nothing is left to reconcile");
    seen.len() + told + neighbours
}

#[test]
fn on_generated_worlds() {
    let start = SimTime::parse(generate::START).expect("a time");
    let mut seen = 0;
    for seed in 2400..2420 {
        let fleet = || shakedown_systems::fleet_in(generate::dialect(seed), "ws-1", start);
        let (mut watched, mut alone) = (fleet(), fleet());
        for json in generate::events(seed, &Config::full()) {
            let Ok(event) = Event::decode(&json, alone.now()) else { continue };
            let (ours, theirs) = (watched.apply(event.clone()), alone.apply(event));
            assert_eq!(ours, theirs, "seed {seed}: {json}");
            seen += look(&mut watched);
            let next = |fleet: &Fleet| fleet.world().resource::<Timers>().next();
            assert_eq!(next(&watched), next(&alone), "seed {seed}: {json}");
        }
        let end = alone.now().plus(50 * HOUR);
        watched.advance(end, &mut |_, _| {}).expect("forward");
        alone.advance(end, &mut |_, _| {}).expect("forward");
        assert_eq!(watched.targets(), alone.targets(), "seed {seed}, at the end");
    }
    assert!(seen > 1_000, "there is something to see: {seen}");
}
