//! How busy each thread is: a probe that adds up the time inside phases and cohorts.
//!
//! Vocabulary: a thread is *inside* from the begin of a span until the end of the outermost one; it
//! is *deciding* inside spans of cohorts. The thread that runs the schedule is inside nearly always,
//! also while it waits for others to finish their cohorts, so its deciding share is what compares.
//!
//! Invariant: costs two readings of the clock per span and no allocation, so that it may stay
//! installed while latencies are measured.

use shakedown_engine::fleet::probe::{Edge, Span};
use shakedown_examples::measure::gauge;
use std::cell::Cell;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Time that one thread spent, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spent {
    /// Inside phases and cohorts.
    pub inside: u64,
    /// Inside cohorts.
    pub deciding: u64,
}

/// Threads that are told apart; those beyond share the last place.
const THREADS: usize = 257;

struct Place {
    inside: AtomicU64,
    deciding: AtomicU64,
}

static PLACES: [Place; THREADS] =
    [const { Place { inside: AtomicU64::new(0), deciding: AtomicU64::new(0) } }; THREADS];
static SEEN: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static PLACE: usize = SEEN.fetch_add(1, Ordering::Relaxed).min(THREADS - 1);
    static INSIDE: Cell<Open> = const { Cell::new(Open { depth: 0, since: 0 }) };
    static DECIDING: Cell<Open> = const { Cell::new(Open { depth: 0, since: 0 }) };
}

#[derive(Clone, Copy)]
struct Open {
    depth: u32,
    since: u64,
}

/// The probe to install.
pub fn probe(span: Span, edge: Edge) {
    let now = gauge::read().nanoseconds;
    PLACE.with(|&place| {
        let place = &PLACES[place];
        INSIDE.with(|open| turn(open, edge, now, &place.inside));
        if matches!(span, Span::Cohort(..)) {
            DECIDING.with(|open| turn(open, edge, now, &place.deciding));
        }
    });
}

fn turn(open: &Cell<Open>, edge: Edge, now: u64, spent: &AtomicU64) {
    let Open { depth, since } = open.get();
    match edge {
        Edge::Begin => {
            open.set(Open { depth: depth + 1, since: if depth == 0 { now } else { since } });
        }
        Edge::End => {
            open.set(Open { depth: depth - 1, since });
            if depth == 1 {
                spent.fetch_add(now - since, Ordering::Relaxed);
            }
        }
    }
}

/// What each thread spent since the process began, in the order in which they began to work; no
/// thread may be inside.
#[must_use]
pub fn spent() -> Vec<Spent> {
    let seen = SEEN.load(Ordering::Relaxed).min(THREADS);
    let read = |place: &Place| Spent {
        inside: place.inside.load(Ordering::Relaxed),
        deciding: place.deciding.load(Ordering::Relaxed),
    };
    PLACES[..seen].iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use shakedown_engine::base::ids::CohortIx;
    use shakedown_engine::fleet::phase::Phase;

    #[test]
    fn nested_spans_count_once() {
        let total = || {
            spent().iter().fold(Spent::default(), |sum, it| Spent {
                inside: sum.inside + it.inside,
                deciding: sum.deciding + it.deciding,
            })
        };
        let (before, start) = (total(), gauge::read().nanoseconds);
        let (phase, cohort) = (Phase::Policies, CohortIx(0));
        probe(Span::Phase(phase), Edge::Begin);
        assert_eq!(total(), before, "nothing has ended");
        probe(Span::Cohort(phase, cohort), Edge::Begin);
        probe(Span::Cohort(phase, cohort), Edge::End);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                probe(Span::Cohort(phase, cohort), Edge::Begin);
                probe(Span::Cohort(phase, cohort), Edge::End);
            });
        });
        let of_cohorts = total();
        assert!(of_cohorts.deciding > before.deciding, "{of_cohorts:?}");
        probe(Span::Phase(phase), Edge::End);
        let elapsed = gauge::read().nanoseconds - start;
        let (inside, deciding) =
            (total().inside - before.inside, total().deciding - before.deciding);
        assert!(deciding < inside, "the phase took longer than its cohorts");
        assert!(inside <= 2 * elapsed, "{inside} of {elapsed} on two threads");
    }
}
