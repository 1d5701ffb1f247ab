//! What people call things: names where there are some, ids where there are none.

use std::collections::BTreeMap;

use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::catalogue::items;
use shakedown_engine::model::{Deployment, DeploymentVersion, Environment, Policy};

/// The names of environments, deployments, policies and versions, by id; those that two have are left out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Names {
    environments: BTreeMap<String, String>,
    deployments: BTreeMap<String, String>,
    versions: BTreeMap<String, String>,
    policies: BTreeMap<String, String>,
}

impl Names {
    /// The names in a fleet. `O(entities)`.
    #[must_use]
    pub fn of(fleet: &Fleet) -> Self {
        let world = fleet.world();
        let deployment = |it: &Deployment| first([&it.slug, &it.name]);
        let tags = items::<DeploymentVersion>(world);
        Self {
            environments: unique(
                items::<Environment>(world).map(|(_, it)| (&it.id, first([&it.name]))),
            ),
            deployments: unique(items::<Deployment>(world).map(|(_, it)| (&it.id, deployment(it)))),
            policies: unique(items::<Policy>(world).map(|(_, it)| (&it.id, first([&it.name])))),
            versions: tags
                .map(|(_, it)| (it.id.clone(), first([&it.tag, &it.name])))
                .filter(|(_, name)| !name.is_empty())
                .collect(),
        }
    }

    /// What an environment is called.
    #[must_use]
    pub fn environment<'a>(&'a self, id: &'a str) -> &'a str {
        self.environments.get(id).map_or(id, String::as_str)
    }

    /// What a deployment is called.
    #[must_use]
    pub fn deployment<'a>(&'a self, id: &'a str) -> &'a str {
        self.deployments.get(id).map_or(id, String::as_str)
    }

    /// What a policy is called.
    #[must_use]
    pub fn policy<'a>(&'a self, id: &'a str) -> &'a str {
        self.policies.get(id).map_or(id, String::as_str)
    }

    /// What a version is called, within its deployment.
    #[must_use]
    pub fn version<'a>(&'a self, id: &'a str) -> &'a str {
        self.versions.get(id).map_or(id, String::as_str)
    }
}

fn first<const N: usize>(names: [&String; N]) -> String {
    names.into_iter().find(|it| !it.is_empty()).cloned().unwrap_or_default()
}

fn unique<'a>(named: impl Iterator<Item = (&'a String, String)>) -> BTreeMap<String, String> {
    let mut owners: BTreeMap<String, Vec<&String>> = BTreeMap::new();
    named.for_each(|(id, name)| owners.entry(name).or_default().push(id));
    let of_one = owners.into_iter().filter(|(name, ids)| !name.is_empty() && ids.len() == 1);
    of_one.map(|(name, ids)| (ids[0].clone(), name)).collect()
}
