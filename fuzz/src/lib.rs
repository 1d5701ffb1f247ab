//! What every fuzz target does: it keeps within [`bounds`], errors have a [`place`], what was taken can be
//! [`written`] out and taken again, and a fleet that took it is [`settled`].

pub mod bounds;
pub mod place;
pub mod settled;
pub mod written;

use shakedown_engine::base::time::{SECOND, SECONDS_PER_DAY, SimTime, days_of};
use shakedown_engine::fleet::Fleet;
use shakedown_engine::wire::document::{Document, DocumentError};
use shakedown_systems::load::{Playing, begin, play_on};

/// Where clocks begin: 2026-03-02, before the instants of the examples.
pub const CLOCK: SimTime = SimTime(days_of(2026, 3, 2) * SECONDS_PER_DAY * SECOND);

/// Most targets of a fleet: who asks for many more is told so, as everybody is.
const MOST_TARGETS: u64 = 20_000;

/// The fleet that a document makes.
///
/// # Errors
/// What the workspace does not take, with its places.
pub fn load(document: Document) -> Result<Fleet, DocumentError> {
    let mut fleet = begin(&document, CLOCK);
    fleet.set_most_targets(MOST_TARGETS);
    play_on(&mut fleet, document, Playing::default(), &mut |_, _, _, _| {})?;
    Ok(fleet)
}
