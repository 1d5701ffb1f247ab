//! Approval (`anyApproval`): a version needs a minimum number of approvals in an environment.
//!
//! Evaluated once per (rule, environment, version); a target with a release record of the version is
//! exempt, which is one bit per row (SEMANTICS 8.3).

use shakedown_engine::base::time::SimTime;

/// What an approval rule says of a version in an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approved {
    /// None needed, since the version's creation.
    NoneRequired(SimTime),
    /// Enough approvals since this instant.
    Since(SimTime),
    /// Fewer than the minimum; only targets that have the version already pass.
    NotEnough,
}

impl Approved {
    /// Since when the rule holds.
    #[must_use]
    pub const fn since(self) -> Option<SimTime> {
        match self {
            Self::NoneRequired(at) | Self::Since(at) => Some(at),
            Self::NotEnough => None,
        }
    }
}

/// Applies a rule to the creation times of a version's approvals, which must ascend.
///
/// The rule holds from the `minimum`-th approval on; with nothing needed, from the version's
/// creation on.
#[must_use]
pub fn approve(minimum: i32, approvals: &[SimTime], version_created: SimTime) -> Approved {
    let Some(last_needed) = usize::try_from(minimum).ok().and_then(|it| it.checked_sub(1)) else {
        return Approved::NoneRequired(version_created);
    };
    approvals.get(last_needed).map_or(Approved::NotEnough, |&at| Approved::Since(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn approvals_follow_the_vectors() {
        let created = SimTime(7);
        let minutes: Vec<SimTime> = [5, 10, 15, 20, 25].map(SimTime).to_vec();
        for (name, minimum, approvals, expected) in [
            ("T-A1 three of two", 2, &minutes[..3], Approved::Since(SimTime(10))),
            ("T-A2 one of three", 3, &minutes[..1], Approved::NotEnough),
            ("T-A3 two of two", 2, &minutes[..2], Approved::Since(SimTime(10))),
            ("T-A4 none needed", 0, &minutes[..0], Approved::NoneRequired(created)),
            ("T-A4 negative", -1, &minutes[..3], Approved::NoneRequired(created)),
            ("T-A5 second of five", 2, &minutes[..], Approved::Since(SimTime(10))),
            ("T-A5 first of five", 1, &minutes[..], Approved::Since(SimTime(5))),
            ("T-A7 one of three", 3, &minutes[..1], Approved::NotEnough),
            ("no integer is too large", i32::MAX, &minutes[..], Approved::NotEnough),
        ] {
            assert_eq!(approve(minimum, approvals, created), expected, "{name}");
        }
    }
}
