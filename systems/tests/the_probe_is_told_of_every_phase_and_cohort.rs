//! What a probe is told nests, is closed on the thread that opened it, and names every dirty cohort
//! once in each phase that works on cohorts.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::thread::ThreadId;

use shakedown_engine::fleet::matrix::Cohorts;
use shakedown_engine::fleet::phase::Phase;
use shakedown_engine::fleet::probe::{Edge, Span};
use shakedown_engine::preset::{Preset, START, Stage};

static TOLD: Mutex<Vec<(ThreadId, Span, Edge)>> = Mutex::new(Vec::new());

fn tell(span: Span, edge: Edge) {
    TOLD.lock().expect("nobody panics with it").push((std::thread::current().id(), span, edge));
}

#[test]
fn spans_nest_and_cover_phases_and_cohorts() {
    let mut fleet = shakedown_systems::fleet("workspace", START);
    // Above 16,384 rows cohorts are shared among threads.
    let shape = Preset::Targets(20_000).shape();
    for stage in Stage::ALL {
        fleet.apply_together(shape.events(stage, START)).expect("presets are valid");
    }
    fleet.set_probe(tell);
    fleet.reconcile_all().expect("it comes to rest");
    let told = std::mem::take(&mut *TOLD.lock().expect("nobody panics with it"));

    let mut open: BTreeMap<String, Vec<Span>> = BTreeMap::new();
    for (thread, span, edge) in &told {
        let open = open.entry(format!("{thread:?}")).or_default();
        match edge {
            Edge::Begin => open.push(*span),
            Edge::End => assert_eq!(open.pop(), Some(*span), "closed in reverse order"),
        }
    }
    assert!(open.values().all(Vec::is_empty), "everything is closed");

    let begun = |wanted: Span| {
        told.iter().filter(|(_, span, edge)| *span == wanted && *edge == Edge::Begin).count()
    };
    for phase in Phase::ALL {
        assert_eq!(begun(Span::Phase(phase)), 1, "{}", phase.name());
    }
    let cohorts = fleet.world().resource::<Cohorts>();
    for phase in [Phase::Policies, Phase::Planning, Phase::Eligibility] {
        for (cohort, _) in cohorts.iter().filter(|(_, cohort)| cohort.targets > 0) {
            assert_eq!(begun(Span::Cohort(phase, cohort)), 1, "{} of {cohort:?}", phase.name());
        }
    }
}
