//! Latency of a stream of mixed events: how long each kind takes, what it allocates, who works.
//!
//! Vocabulary: a *kind* is what happens ([`Kind`]); a *mix* is how often each kind does ([`Mix`]);
//! the latency of an event is the time from handing it over until nothing is dirty.
//!
//! Invariant: the stream is a function of the fleet, the mix and the seed; neither measured times nor
//! the number of threads reach it.

pub mod busy;
mod mix;
pub mod random;
mod statement;
mod stream;

use busy::Spent;
use hdrhistogram::Histogram;
pub use mix::{Kind, Mix};
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::digest::Digest;
use shakedown_engine::fleet::schedule::Reading;
use shakedown_engine::wire::Rejection;
use shakedown_engine::wire::event::{Event, Payload};
use shakedown_examples::measure::{gauge, memory};
use shakedown_examples::source::census::Census;
use shakedown_terminal::exit::Failure;
use shakedown_terminal::progress::Progress;
pub use statement::{charts, object, table};
pub use stream::Stream;

/// What the events of one kind took.
#[derive(Debug, Clone)]
pub struct OfKind {
    /// Which kind.
    pub kind: Kind,
    /// Nanoseconds, to three digits.
    pub latency: Histogram<u64>,
    /// Nanoseconds of each event, in the order in which they happened.
    pub samples: Vec<u64>,
    /// Targets reconciled by all events.
    pub targets: u64,
    /// Allocations of all events.
    pub allocations: u64,
    /// Bytes allocated by all events.
    pub bytes: u64,
}

/// A finished run.
#[derive(Debug, Clone)]
pub struct Latency {
    /// The preset's name, or the path of the document.
    pub fleet: String,
    /// What it consisted of at first.
    pub census: Census,
    /// How often each kind was to happen.
    pub mix: Mix,
    /// Names the stream.
    pub seed: u64,
    /// Threads of the pool.
    pub threads: usize,
    /// By kind, in the order of [`Kind::ALL`].
    pub kinds: Vec<OfKind>,
    /// Resident bytes after so many events; empty where the system does not tell.
    pub memory: Vec<(u64, u64)>,
    /// What each thread spent, the busiest first.
    pub busy: Vec<Spent>,
    /// The time of all events together, in nanoseconds.
    pub elapsed: u64,
    /// The state after the last event.
    pub digest: Digest,
}

/// Times at which memory is looked at, beside the beginning.
const LOOKS: usize = 100;
/// Significant digits of a latency.
const DIGITS: u8 = 3;

/// Sends so many events of a stream to a fleet.
///
/// # Errors
/// When the fleet rejects one, which would be a bug of the stream, or has no deployment.
pub fn measure(
    mut fleet: Fleet,
    name: String,
    events: usize,
    mix: Mix,
    (seed, threads): (u64, usize),
    progress: &mut Progress,
) -> Result<Latency, Failure> {
    fleet.set_gauge(gauge::read);
    fleet.set_probe(busy::probe);
    let census = Census::of(&fleet);
    let mut stream = Stream::new(&fleet, mix, seed)?;
    let mut kinds: Vec<OfKind> = Kind::ALL.into_iter().map(OfKind::new).collect();
    let mut memory = Vec::new();
    let mut look =
        |done: usize| memory.extend(memory::resident_bytes().map(|it| (done as u64, it)));
    let before = busy::spent();
    let mut elapsed = 0;
    look(0);
    for done in 0..events {
        progress.step(done, events);
        let (kind, event) = stream.next(&fleet);
        let (targets, spent) = gauge::measure(|| apply(&mut fleet, event));
        let targets = targets.map_err(|rejection| {
            let number = done + 1;
            Failure::Input(format!("the fleet rejects event {number}, {kind}: {rejection}"))
        })?;
        elapsed += spent.nanoseconds;
        kinds[kind as usize].record(spent, targets);
        if (done + 1) * LOOKS / events > done * LOOKS / events {
            look(done + 1);
        }
    }
    progress.step(events, events);
    let digest = fleet.digest();
    let mut busy = since(busy::spent(), &before);
    // Those that found nothing to do have never told anything.
    busy.resize(busy.len().max(threads), Spent::default());
    Ok(Latency { fleet: name, census, mix, seed, threads, kinds, memory, busy, elapsed, digest })
}

/// Applies an event; returns how many targets it reconciled, at timers on the way as well.
fn apply(fleet: &mut Fleet, event: Event) -> Result<u64, Rejection> {
    match event {
        Event { at: Some(to), payload: Payload::Tick, .. } => {
            let mut targets = 0;
            fleet.advance(to, &mut |_, report| targets += report.targets)?;
            Ok(targets)
        }
        event => Ok(fleet.apply(event)?.targets),
    }
}

impl OfKind {
    fn new(kind: Kind) -> Self {
        let latency = Histogram::new(DIGITS).expect("three digits are allowed");
        Self { kind, latency, samples: Vec::new(), targets: 0, allocations: 0, bytes: 0 }
    }

    /// Adds an event that reconciled so many targets.
    fn record(&mut self, spent: Reading, targets: u64) {
        self.latency.record(spent.nanoseconds).expect("a histogram grows with its values");
        self.samples.push(spent.nanoseconds);
        self.targets += targets;
        self.allocations += spent.allocations;
        self.bytes += spent.bytes;
    }

    /// How many events there were.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.latency.len()
    }
}

/// What was spent between two readings.
fn since(after: Vec<Spent>, before: &[Spent]) -> Vec<Spent> {
    let earlier = before.iter().copied().chain(std::iter::repeat(Spent::default()));
    let spent = |(after, before): (Spent, Spent)| Spent {
        inside: after.inside - before.inside,
        deciding: after.deciding - before.deciding,
    };
    let mut busy: Vec<Spent> = after.into_iter().zip(earlier).map(spent).collect();
    busy.sort_unstable_by_key(|it| std::cmp::Reverse(it.inside));
    busy
}
