//! Deviations.
use shakedown_engine::entity::Json;
use shakedown_engine::event::Event;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::time::SimTime;

use super::state::State;

/// How to make the engine decide as the recorded one.
#[derive(Debug, Clone, Copy)]
pub struct Emulation {
    /// Changes what happens.
    pub rewrite: fn(&mut Vec<Json>),
    /// The creation time of what states none, unless the event's instant.
    pub unstated: Option<SimTime>,
    /// Whether the recorded engine looks at no target because of this event.
    pub is_unnoticed: fn(&Json) -> bool,
    /// What else happens after an event, asked until nothing does.
    pub react: fn(&mut Fleet, &Json) -> Vec<Event>,
    /// Changes what is seen at the end.
    pub adjust: fn(&[Json], &mut State),
}
