//! Room: how many targets a fleet may have. A few kilobytes of entities that select each other ask for
//! more than any memory holds, so what is too much is counted before it is made.

use bevy_ecs::resource::Resource;

use crate::wire::Rejection;
use crate::wire::event::ErrorClass;

/// How many targets a fleet may have, and what it was to have, if that was more.
#[derive(Debug, Clone, Copy, Resource)]
pub(crate) struct Room {
    /// Targets, and pairs of a deployment and an environment that may have some.
    pub most: u64,
    wanted: Option<Wanted>,
}

/// What there was no room for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wanted {
    Targets(u64),
    Pairs(u64),
}

impl Default for Room {
    fn default() -> Self {
        Self { most: u64::MAX, wanted: None }
    }
}

impl Room {
    /// Notes what there was no room for.
    pub(super) fn refuse(&mut self, wanted: Wanted) {
        self.wanted = Some(wanted);
    }

    /// Whether there was always room.
    ///
    /// # Errors
    /// When there was not: nothing of what was too much was made, and nothing more is taken.
    pub(crate) fn check(&self) -> Result<(), Rejection> {
        let Some(wanted) = self.wanted else { return Ok(()) };
        let (count, what) = match wanted {
            Wanted::Targets(count) => (count, "release targets"),
            Wanted::Pairs(count) => (count, "deployments in an environment, each with targets"),
        };
        let most = self.most;
        let message = format!("there would be {count} {what}, and at most {most} are to be made");
        Err(Rejection::at(ErrorClass::InvalidValue, &[], message))
    }
}
