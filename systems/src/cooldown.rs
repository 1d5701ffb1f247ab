//! Version cooldown (`versionCooldown`): a minimum distance from the version that a target runs
//! (SEMANTICS 8.7). Asked once per undecided target.

use shakedown_engine::ids::VersionIx;
use shakedown_engine::time::{SECOND, SimTime};

/// Until when a candidate must wait; `None` if it need not.
///
/// - `reference`: the version of the newest processing job, else of the current release, with the
///   creation time it had.
/// - `interval`: seconds.
#[must_use]
pub fn cooldown(
    reference: Option<(VersionIx, SimTime)>,
    candidate: VersionIx,
    interval: u32,
    now: SimTime,
) -> Option<SimTime> {
    let (_, created_at) = reference.filter(|(version, _)| *version != candidate)?;
    let until = created_at.plus(i64::from(interval) * SECOND);
    (now < until).then_some(until)
}

#[cfg(test)]
mod tests {
    use super::*;
    use shakedown_engine::time::MINUTE;

    #[test]
    fn cooldowns_follow_the_vectors() {
        let ago = |nanoseconds: i64| Some((VersionIx(3), SimTime(-nanoseconds)));
        for (name, reference, candidate, interval, expected) in [
            ("30 min ago", ago(30 * MINUTE), 4, 3600, Some(SimTime(30 * MINUTE))),
            ("2 h ago", ago(120 * MINUTE), 4, 3600, None),
            ("exactly", ago(3600 * SECOND), 4, 3600, None),
            ("interval 0", ago(0), 4, 0, None),
            ("no reference", None, 4, 3600, None),
            ("same version", ago(0), 3, 3600, None),
            ("older candidate", ago(0), 2, 3600, Some(SimTime(60 * MINUTE))),
        ] {
            let until = cooldown(reference, VersionIx(candidate), interval, SimTime(0));
            assert_eq!(until, expected, "8.7 {name}");
        }
    }
}
