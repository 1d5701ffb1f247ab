//! Version cooldown (`versionCooldown`): a minimum distance from the version that a target runs
//! (SEMANTICS 8.7). Asked once per undecided target.

use shakedown_engine::base::ids::VersionIx;
use shakedown_engine::base::time::{SECOND, SimTime};

/// The version that a target's cooldown counts from, as it was when its release was last attempted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference {
    /// Which.
    pub version: VersionIx,
    /// Its creation.
    pub created_at: SimTime,
    /// Whether it is going out (a processing job) or runs already (the current release).
    pub in_progress: bool,
}

/// What a cooldown rule says of a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cooled {
    /// The target runs nothing.
    NoReference,
    /// The candidate is the reference.
    SameVersion,
    /// The reference is old enough.
    Passed(Reference),
    /// It will be.
    Waiting {
        /// What the rule counts from.
        reference: Reference,
        /// When it is old enough.
        until: SimTime,
    },
}

/// Asks whether a candidate must wait for the reference to grow older than `interval` seconds.
#[must_use]
pub fn cooldown(
    reference: Option<Reference>,
    candidate: VersionIx,
    interval: u32,
    now: SimTime,
) -> Cooled {
    let Some(reference) = reference else { return Cooled::NoReference };
    if reference.version == candidate {
        return Cooled::SameVersion;
    }
    let until = reference.created_at.plus(i64::from(interval) * SECOND);
    if now < until { Cooled::Waiting { reference, until } } else { Cooled::Passed(reference) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shakedown_engine::base::time::MINUTE;

    #[test]
    fn cooldowns_follow_the_vectors() {
        let ago = |nanoseconds: i64| Reference {
            version: VersionIx(3),
            created_at: SimTime(-nanoseconds),
            in_progress: false,
        };
        let (now, half, hour, two) =
            (ago(0), ago(30 * MINUTE), ago(60 * MINUTE), ago(120 * MINUTE));
        let waiting =
            |reference, minutes| Cooled::Waiting { reference, until: SimTime(minutes * MINUTE) };
        for (name, reference, candidate, interval, expected) in [
            ("30 min ago", Some(half), 4, 3600, waiting(half, 30)),
            ("2 h ago", Some(two), 4, 3600, Cooled::Passed(two)),
            ("exactly", Some(hour), 4, 3600, Cooled::Passed(hour)),
            ("interval 0", Some(now), 4, 0, Cooled::Passed(now)),
            ("no reference", None, 4, 3600, Cooled::NoReference),
            ("same version", Some(now), 3, 3600, Cooled::SameVersion),
            ("older candidate", Some(now), 2, 3600, waiting(now, 60)),
        ] {
            let cooled = cooldown(reference, VersionIx(candidate), interval, SimTime(0));
            assert_eq!(cooled, expected, "8.7 {name}");
        }
    }
}
