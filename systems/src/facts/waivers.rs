//! Waivers: bypasses and skips take checks away from a version, for a while (SEMANTICS 8.12).
//!
//! Vocabulary: a waiver is *live* until it expires; it *admits* targets by its environment and
//! resource; it *covers* a check by policy and type (bypass) or by rule (skip).

use bevy_ecs::resource::Resource;
use bevy_ecs::system::{Res, ResMut};
use shakedown_engine::base::hash::{FixedMap, fixed_map};
use shakedown_engine::base::ids::{EnvironmentIx, PolicyIx, ResourceIx, VersionIx};
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::catalogue::{Registry, Stock};
use shakedown_engine::fleet::change::Changes;
use shakedown_engine::model;
use shakedown_engine::model::{
    DeploymentVersion, Environment, Policy, PolicyBypass, PolicySkip, WaiverType,
};

/// A bypass or skip of one version.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiver {
    /// Its id.
    pub id: String,
    /// When it was given; feeds the rollout clock.
    pub created_at: SimTime,
    /// Live strictly before this instant.
    pub expires_at: SimTime,
    /// `None`: every environment.
    pub environment: Option<EnvironmentIx>,
    /// `None`: every resource.
    pub resource: Option<ResourceIx>,
    /// Which checks.
    pub covers: Covers,
}

/// Which checks a waiver takes away.
#[derive(Debug, Clone, PartialEq)]
pub enum Covers {
    /// Checks of these types.
    Types {
        /// Which.
        types: Vec<WaiverType>,
        /// Of these policies; empty for all.
        policies: Vec<PolicyIx>,
    },
    /// Every check of the rule with this id.
    Rule(String),
}

impl Waiver {
    /// Whether it waives anything in an environment at `now`.
    #[must_use]
    pub fn is_live(&self, environment: EnvironmentIx, now: SimTime) -> bool {
        now < self.expires_at && self.environment.is_none_or(|it| it == environment)
    }

    /// Whether it takes away a check of a type, of a rule, of a policy.
    #[must_use]
    pub fn covers(&self, policy: PolicyIx, rule: &str, waiver_type: WaiverType) -> bool {
        match &self.covers {
            Covers::Types { types, policies } => {
                types.contains(&waiver_type) && (policies.is_empty() || policies.contains(&policy))
            }
            Covers::Rule(id) => id == rule,
        }
    }
}

/// The waivers of every version, earliest first.
#[derive(Debug, Resource)]
pub struct Waivers(FixedMap<VersionIx, Vec<Waiver>>);

impl Default for Waivers {
    fn default() -> Self {
        Self(fixed_map())
    }
}

impl Waivers {
    /// The waivers of a version, by creation, then id, expired ones included.
    #[must_use]
    pub fn of(&self, version: VersionIx) -> &[Waiver] {
        if self.0.is_empty() {
            return &[];
        }
        self.0.get(&version).map_or(&[], Vec::as_slice)
    }

    fn add(&mut self, version: Option<VersionIx>, waiver: Waiver) {
        if let Some(version) = version {
            let list = self.0.entry(version).or_default();
            let at = list.partition_point(|known| {
                (known.created_at, &known.id) <= (waiver.created_at, &waiver.id)
            });
            list.insert(at, waiver);
        }
    }
}

/// Policies phase: reads all waivers anew when one changed.
///
/// # Panics
/// When what a waiver names has no index: ingest gives it one.
pub fn refresh_waivers(
    changes: Res<Changes>,
    bypasses: Stock<PolicyBypass>,
    skips: Stock<PolicySkip>,
    versions: Res<Registry<DeploymentVersion>>,
    environments: Res<Registry<Environment>>,
    resources: Res<Registry<model::Resource>>,
    policies: Res<Registry<Policy>>,
    mut waivers: ResMut<Waivers>,
) {
    if !changes.waivers {
        return;
    }
    waivers.0.clear();
    let place = |environment: &Option<String>, resource: &Option<String>| {
        let environment = environment.as_ref();
        let resource = resource.as_ref();
        (
            environment.map(|id| environments.find(id).expect("named by the waiver")),
            resource.map(|id| resources.find(id).expect("named by the waiver")),
        )
    };
    for (_, it) in bypasses.iter() {
        let (environment, resource) = place(&it.environment_id, &it.resource_id);
        let covered = it.policy_ids.iter();
        let covers = Covers::Types {
            types: it.bypass_rule_types.clone(),
            policies: covered.map(|id| policies.find(id).expect("named by the waiver")).collect(),
        };
        let (created_at, expires_at) = (it.created_at, it.expires_at.unwrap_or(SimTime::NEVER));
        let id = it.id.clone();
        let waiver = Waiver { id, created_at, expires_at, environment, resource, covers };
        waivers.add(versions.find(&it.version_id), waiver);
    }
    for (_, it) in skips.iter() {
        let (environment, resource) = place(&it.environment_id, &it.resource_id);
        let covers = Covers::Rule(it.rule_id.clone());
        let (created_at, expires_at) = (it.created_at, it.expires_at.unwrap_or(SimTime::NEVER));
        let id = it.id.clone();
        let waiver = Waiver { id, created_at, expires_at, environment, resource, covers };
        waivers.add(versions.find(&it.version_id), waiver);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiver(covers: Covers) -> Waiver {
        Waiver {
            id: "w".to_owned(),
            created_at: SimTime(0),
            expires_at: SimTime(100),
            environment: Some(EnvironmentIx(1)),
            resource: None,
            covers,
        }
    }

    fn bypass(types: &[WaiverType], policies: &[u32]) -> Waiver {
        let policies = policies.iter().map(|&it| PolicyIx(it)).collect();
        waiver(Covers::Types { types: types.to_vec(), policies })
    }

    #[test]
    fn waivers_cover_checks_by_the_vectors() {
        use WaiverType::{Approval, GradualRollout};
        for (name, waiver, policy, rule, waiver_type, expected) in [
            ("T-B1 approval", bypass(&[Approval], &[]), 1, "r", Approval, true),
            ("T-B1 other type", bypass(&[Approval], &[]), 1, "r", GradualRollout, false),
            ("T-B2 both", bypass(&[Approval, GradualRollout], &[]), 1, "r", GradualRollout, true),
            ("T-B5 limited", bypass(&[Approval], &[1]), 1, "r", Approval, true),
            ("T-B5 other policy", bypass(&[Approval], &[1]), 2, "r", Approval, false),
            ("skip", waiver(Covers::Rule("r".to_owned())), 2, "r", GradualRollout, true),
            ("skip other rule", waiver(Covers::Rule("r".to_owned())), 2, "s", Approval, false),
        ] {
            let covers = waiver.covers(PolicyIx(policy), rule, waiver_type);
            assert_eq!(covers, expected, "{name}");
        }
    }

    #[test]
    fn waivers_live_strictly_before_their_expiry() {
        let waiver = bypass(&[WaiverType::Approval], &[]);
        for (name, environment, now, expected) in
            [("before", 1, 99, true), ("T-B6 expired", 1, 100, false), ("elsewhere", 2, 0, false)]
        {
            assert_eq!(
                waiver.is_live(EnvironmentIx(environment), SimTime(now)),
                expected,
                "{name}"
            );
        }
    }
}
