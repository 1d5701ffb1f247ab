//! Scales: how many targets the fleet of a scene has.

use shakedown_engine::preset::FleetShape;

/// A fleet of the problem report, smaller or as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scale {
    /// 1,000 targets: 10 deployments of 100. Everything fits into the caches of one core.
    Thousand,
    /// 60,000 targets: 50 deployments of 1,200.
    SixtyThousand,
    /// 3,000,000 targets: 50 deployments of 60,000, the literal production fleet.
    ThreeMillion,
}

impl Scale {
    /// Every scale.
    pub const ALL: [Self; 3] = [Self::Thousand, Self::SixtyThousand, Self::ThreeMillion];

    /// The name in options, tables and bench ids.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Thousand => "1k",
            Self::SixtyThousand => "60k",
            Self::ThreeMillion => "3m",
        }
    }

    /// The shape of the fleet.
    #[must_use]
    pub const fn shape(self) -> FleetShape {
        match self {
            Self::Thousand => FleetShape { deployments: 10, ..FleetShape::production(25) },
            Self::SixtyThousand => FleetShape::production(300),
            Self::ThreeMillion => FleetShape::production(15_000),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_have_the_targets_that_scales_are_named_after() {
        let targets = Scale::ALL.map(|scale| scale.shape().targets());
        assert_eq!(targets, [1_000, 60_000, 3_000_000]);
    }
}
