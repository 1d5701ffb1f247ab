//! External ids of releases and jobs (SEMANTICS 1.2, 1.4). They are derived, so nothing stores them;
//! inside the engine a release is (target, edition, variables).

use bevy_ecs::world::World;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::base::ids::{EditionIx, JobIx, VariablesId};
use crate::fleet::catalogue::Registry;
use crate::fleet::jobs::{Canonical, Editions, GivenIds, Job, Jobs, VariableSets};
use crate::fleet::matrix::{Cohorts, TargetRef};
use crate::model::{Deployment, DeploymentVersion, Environment, Resource};
use crate::wire::event::Triple;

/// The key text of a target: resource, environment and deployment id joined by hyphens, unescaped.
#[must_use]
pub fn target_key(world: &World, target: TargetRef) -> String {
    let cohort = &world.resource::<Cohorts>()[target.cohort];
    let resource = world.resource::<Registry<Resource>>().id(target.resource);
    let environment = world.resource::<Registry<Environment>>().id(cohort.environment);
    let deployment = world.resource::<Registry<Deployment>>().id(cohort.deployment);
    format!("{resource}-{environment}-{deployment}")
}

/// The ids of a target.
#[must_use]
pub fn triple_of(world: &World, target: TargetRef) -> Triple {
    let cohort = &world.resource::<Cohorts>()[target.cohort];
    Triple {
        resource_id: world.resource::<Registry<Resource>>().id(target.resource).to_owned(),
        environment_id: world.resource::<Registry<Environment>>().id(cohort.environment).to_owned(),
        deployment_id: world.resource::<Registry<Deployment>>().id(cohort.deployment).to_owned(),
    }
}

/// The export id of a release: lowercase hex SHA-256 of its identity.
#[must_use]
pub fn release_hex(
    world: &World,
    target: TargetRef,
    edition: EditionIx,
    variables: VariablesId,
) -> String {
    let editions = world.resource::<Editions>();
    let version = world.resource::<Registry<DeploymentVersion>>().id(editions.version(edition));
    let mut hash = Sha256::new();
    hash.update(version);
    hash.update(editions.tag(edition));
    for (key, value) in world.resource::<VariableSets>().canonicals(variables) {
        hash.update(key);
        hash.update(value.tagged());
        hash.update(";");
    }
    hash.update(target_key(world, target));
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The external UUID of a release with this export id.
#[must_use]
pub(crate) fn release_uuid(hex: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, hex.as_bytes())
}

/// What a job is called: as it was recorded, or else the derived id.
#[must_use]
pub fn job_id(world: &World, ix: JobIx) -> String {
    let given = world.resource::<GivenIds>().of(ix);
    let derived = || job_uuid(world, &world.resource::<Jobs>().0[ix.slot()]).to_string();
    given.map_or_else(derived, str::to_owned)
}

/// The id of a job: derived from its release and its number among that release's jobs. Unlike the
/// release's export id, no two releases share one: each part is written with its length before it
/// (SEMANTICS 1.4, correction X1).
#[must_use]
pub fn job_uuid(world: &World, job: &Job) -> Uuid {
    let cohort = &world.resource::<Cohorts>()[job.target.cohort];
    let editions = world.resource::<Editions>();
    let parts = [
        world.resource::<Registry<Resource>>().id(job.target.resource),
        world.resource::<Registry<Environment>>().id(cohort.environment),
        world.resource::<Registry<Deployment>>().id(cohort.deployment),
        world.resource::<Registry<DeploymentVersion>>().id(editions.version(job.edition)),
        editions.tag(job.edition),
    ];
    let mut name = String::new();
    let put = |name: &mut String, part: &str| {
        name.push_str(&part.len().to_string());
        name.push(':');
        name.push_str(part);
    };
    parts.into_iter().for_each(|part| put(&mut name, part));
    for (key, value) in world.resource::<VariableSets>().canonicals(job.variables) {
        put(&mut name, key);
        match value {
            Canonical::Literal(text) => put(&mut name, text),
            // Where a literal has its length.
            Canonical::Opaque(hash) => {
                name.push('!');
                put(&mut name, hash);
            }
        }
    }
    name.push('#');
    name.push_str(&job.attempt.to_string());
    Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes())
}
