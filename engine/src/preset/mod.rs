//! Presets: fleets of a known shape, made of the same events that documents are made of.
//!
//! Vocabulary: a *preset* names a fleet; its *shape* says how many of each thing it has and may be
//! changed before the fleet is made; a *stage* is one step of making it, such as "15,000 resources".
//!
//! Environment `i` selects the resources of region `i mod regions`, every deployment selects every
//! resource. So a resource is a target of each deployment once for every environment of its region.
//!
//! Invariants: ids are zero-padded, so their order is the order of making; the same shape and
//! instant give the same events.

mod relations;
mod rules;
mod stage;

pub use relations::Relations;
pub use rules::Rules;
pub use stage::Stage;

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::base::time::SimTime;
use crate::wire::event::Event;

/// The instant at which a preset's clock starts unless told otherwise: 2026-01-01T00:00:00Z.
pub const START: SimTime = SimTime(1_767_225_600_000_000_000);

/// A fleet of a known shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Preset {
    /// What the problem report speaks of per deployment: 75 resources, 300 targets per deployment,
    /// 15,000 in all.
    Paper,
    /// What it speaks of in all: 1,500 resources, 6,000 targets per deployment, 300,000 in all.
    Stated,
    /// What its selectors give: 15,000 resources, 60,000 targets per deployment, 3,000,000 in all.
    Literal,
    /// The same with rules of every kind and variables: ten policies instead of two.
    EveryRule,
    /// The literal fleet with two variables of each deployment, one through each relationship rule, so that
    /// every target's release depends on what its resource is related to.
    Related,
    /// One deployment, one environment, 100 resources, no policies and no relationship rules.
    Single,
    /// The same with so many resources, each of them one target.
    Targets(u32),
}

impl Preset {
    /// The presets that have a name of their own, small to large but for [`Preset::Single`].
    pub const NAMED: [Self; 6] =
        [Self::Paper, Self::Stated, Self::Literal, Self::EveryRule, Self::Related, Self::Single];

    /// How many of each thing.
    #[must_use]
    pub const fn shape(self) -> FleetShape {
        match self {
            Self::Paper => FleetShape::production(75),
            Self::Stated => FleetShape::production(1_500),
            Self::Literal => FleetShape::production(15_000),
            Self::EveryRule => FleetShape { rules: Rules::Every, ..FleetShape::production(15_000) },
            Self::Related => {
                FleetShape { relations: Relations::Read, ..FleetShape::production(15_000) }
            }
            Self::Single => FleetShape::bare(100),
            Self::Targets(targets) => FleetShape::bare(targets),
        }
    }
}

/// The name; of [`Preset::Targets`] the number.
impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Paper => f.write_str("paper"),
            Self::Stated => f.write_str("stated"),
            Self::Literal => f.write_str("literal"),
            Self::EveryRule => f.write_str("every-rule"),
            Self::Related => f.write_str("related"),
            Self::Single => f.write_str("single"),
            Self::Targets(targets) => write!(f, "{targets}"),
        }
    }
}

/// A text that names no preset.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "expected paper, stated, literal, every-rule, related, single or a number of targets, found `{text}`"
)]
pub struct UnknownPreset {
    /// The text as given.
    pub text: String,
}

impl FromStr for Preset {
    type Err = UnknownPreset;

    fn from_str(text: &str) -> Result<Self, UnknownPreset> {
        let named = Self::NAMED.into_iter().find(|preset| preset.to_string() == text);
        let numbered = || text.parse().ok().map(Self::Targets);
        named.or_else(numbered).ok_or_else(|| UnknownPreset { text: text.to_owned() })
    }
}

/// How many of each thing a fleet has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FleetShape {
    /// Deployments; each selects every resource.
    pub deployments: u32,
    /// Resources, spread evenly over the regions.
    pub resources: u32,
    /// Environments, spread evenly over the regions; each selects the resources of its own.
    pub environments: u32,
    /// Regions, at least one.
    pub regions: u32,
    /// Which policies there are; with every kind of rule, also variables.
    pub rules: Rules,
    /// Which relationship rules there are, and whether variables read them.
    pub relations: Relations,
}

impl FleetShape {
    /// The production fleet of the problem report, with so many resources.
    #[must_use]
    pub const fn production(resources: u32) -> Self {
        Self {
            deployments: 50,
            resources,
            environments: 20,
            regions: 5,
            rules: Rules::Reported,
            relations: Relations::Unread,
        }
    }

    /// One deployment and one environment, nothing that holds a target back.
    #[must_use]
    pub const fn bare(resources: u32) -> Self {
        Self {
            deployments: 1,
            resources,
            environments: 1,
            regions: 1,
            rules: Rules::None,
            relations: Relations::None,
        }
    }

    /// Release targets of each deployment.
    #[must_use]
    pub fn targets_per_deployment(self) -> u64 {
        let regions = self.regions.max(1);
        let in_region = |total: u32, region: u32| {
            u64::from(total / regions) + u64::from(region < total % regions)
        };
        let of_region =
            |region| in_region(self.resources, region) * in_region(self.environments, region);
        (0..regions).map(of_region).sum()
    }

    /// Release targets of all deployments.
    #[must_use]
    pub fn targets(self) -> u64 {
        self.targets_per_deployment() * u64::from(self.deployments)
    }

    /// The events of a stage, all at `now`.
    #[must_use]
    pub fn events(self, stage: Stage, now: SimTime) -> Vec<Event> {
        stage::events(self, stage, now)
    }

    /// The id of the deployment at `position`, `0..deployments`.
    #[must_use]
    pub fn deployment_id(self, position: u32) -> String {
        stage::padded_id("deployment", position, self.deployments)
    }

    /// Its slug.
    #[must_use]
    pub fn deployment_slug(self, position: u32) -> String {
        format!("deployment-{position}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_have_the_targets_they_promise() {
        for (preset, per_deployment, in_all) in [
            (Preset::Paper, 300, 15_000),
            (Preset::Stated, 6_000, 300_000),
            (Preset::Literal, 60_000, 3_000_000),
            (Preset::EveryRule, 60_000, 3_000_000),
            (Preset::Related, 60_000, 3_000_000),
            (Preset::Single, 100, 100),
            (Preset::Targets(7), 7, 7),
            (Preset::Targets(0), 0, 0),
        ] {
            let shape = preset.shape();
            assert_eq!(shape.targets_per_deployment(), per_deployment, "{preset}");
            assert_eq!(shape.targets(), in_all, "{preset}");
        }
        let uneven = FleetShape { environments: 7, ..FleetShape::production(12) };
        // Regions 0 and 1 have 3 resources and 2 environments, the others 2 resources, 1 environment.
        assert_eq!(uneven.targets_per_deployment(), 2 * 6 + 3 * 2);
    }

    #[test]
    fn names_of_presets_are_read_back() {
        for preset in Preset::NAMED.into_iter().chain([Preset::Targets(500)]) {
            assert_eq!(preset.to_string().parse(), Ok(preset));
        }
        for text in ["", "Paper", "-1", "5000000000"] {
            assert!(text.parse::<Preset>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_clock_starts_with_the_year() {
        assert_eq!(START.to_string(), "2026-01-01T00:00:00Z");
    }
}
