//! Finding what somebody named, or telling what they may have meant.

use shakedown_engine::base::nearest::nearest;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::catalogue::{Catalogued, Registry, item};
use shakedown_engine::fleet::identity::target_key;
use shakedown_engine::fleet::ingest::find_target;
use shakedown_engine::fleet::matrix::{Cohorts, TargetRef};
use shakedown_engine::model::{Deployment, Environment, Resource};
use shakedown_engine::read::triple_of;
use shakedown_engine::wire::event::Triple;
use shakedown_terminal::exit::Failure;
use shakedown_terminal::printable::printable;

/// The target with this key text.
///
/// # Errors
/// When there is none, or ids with hyphens make several targets have this key.
pub fn target(fleet: &Fleet, key: &str) -> Result<TargetRef, Failure> {
    let world = fleet.world();
    let hyphens = || key.match_indices('-').map(|(at, _)| at);
    // Few of them stand behind the id of a resource, or before that of a deployment.
    let (resources, deployments) =
        (world.resource::<Registry<Resource>>(), world.resource::<Registry<Deployment>>());
    let ends: Vec<usize> = hyphens().filter(|&at| resources.find(&key[..at]).is_some()).collect();
    let begins: Vec<usize> =
        hyphens().filter(|&at| deployments.find(&key[at + 1..]).is_some()).collect();
    let splits = ends.iter().flat_map(|&a| begins.iter().map(move |&b| (a, b)));
    let found: Vec<TargetRef> = splits
        .filter(|&(a, b)| a < b)
        .filter_map(|(a, b)| live(fleet, &triple(&key[..a], &key[a + 1..b], &key[b + 1..])))
        .collect();
    match found[..] {
        [only] => Ok(only),
        [first, second, ..] => {
            let [first, second] = [first, second].map(|it| described(&triple_of(world, it)));
            let key = printable(key);
            Err(Failure::Input(format!(
                "target `{key}` may be {first} or {second}; use --resource, --environment and --deployment"
            )))
        }
        [] => {
            let cohorts = world.resource::<Cohorts>();
            let live = cohorts.iter().flat_map(|(ix, _)| cohorts.live_members(ix));
            let keys: Vec<String> =
                live.take(MOST_COMPARED).map(|target| target_key(world, target)).collect();
            let near = nearest(key, keys.iter().map(String::as_str));
            Err(Failure::missing("target", key, &near))
        }
    }
}

/// Comparing a key costs about 5 us.
const MOST_COMPARED: usize = 100_000;

/// The target of a resource, an environment and a deployment, each named by id or name.
///
/// # Errors
/// When one of them does not exist, several have the name, or they make no target.
pub fn target_of(
    fleet: &Fleet,
    resource: &str,
    environment: &str,
    deployment: &str,
) -> Result<TargetRef, Failure> {
    let triple = triple(
        &entity::<Resource>(fleet, "resource", resource, |it| &it.name)?,
        &self::environment(fleet, environment)?,
        &self::deployment(fleet, deployment)?,
    );
    live(fleet, &triple).ok_or_else(|| {
        let what = described(&triple);
        Failure::Input(format!(
            "{what} is no target: both selectors must select the resource, in one system"
        ))
    })
}

/// The id of the environment with this name, or else id.
///
/// # Errors
/// When there is none, or several have the name.
pub fn environment(fleet: &Fleet, wanted: &str) -> Result<String, Failure> {
    entity::<Environment>(fleet, "environment", wanted, |it| &it.name)
}

/// The id of the deployment with this slug, or else id.
///
/// # Errors
/// When there is none, or several have the slug.
pub fn deployment(fleet: &Fleet, wanted: &str) -> Result<String, Failure> {
    entity::<Deployment>(fleet, "deployment", wanted, |it| &it.slug)
}

/// The id of the entity whose name, or else id, is `wanted`.
fn entity<T: Catalogued>(
    fleet: &Fleet,
    kind: &str,
    wanted: &str,
    name: impl Fn(&T) -> &str,
) -> Result<String, Failure> {
    let world = fleet.world();
    let registry = world.resource::<Registry<T>>();
    let all = || registry.present().filter_map(|ix| Some((registry.id(ix), item::<T>(world, ix)?)));
    let mut by_name: Vec<&str> =
        all().filter(|(_, it)| name(it) == wanted).map(|(id, _)| id).collect();
    by_name.sort_unstable();
    if let [first, second, ..] = by_name[..] {
        let both = format!("{kind} `{wanted}` may be `{first}` or `{second}`");
        return Err(Failure::Input(printable(&format!("{both}: name it by its id"))));
    }
    let by_id = || all().map(|(id, _)| id).find(|id| *id == wanted);
    let found = by_name.first().copied().or_else(by_id).map(str::to_owned);
    let named = |(id, it)| if name(it).is_empty() { id } else { name(it) };
    found.ok_or_else(|| Failure::missing(kind, wanted, &nearest(wanted, all().map(named))))
}

fn live(fleet: &Fleet, triple: &Triple) -> Option<TargetRef> {
    let world = fleet.world();
    let target = find_target(world, triple)?;
    world.resource::<Cohorts>()[target.cohort].live_position(target.resource).map(|_| target)
}

fn triple(resource: &str, environment: &str, deployment: &str) -> Triple {
    Triple {
        resource_id: resource.to_owned(),
        environment_id: environment.to_owned(),
        deployment_id: deployment.to_owned(),
    }
}

fn described(triple: &Triple) -> String {
    let Triple { resource_id, environment_id, deployment_id } = triple;
    printable(&format!("{deployment_id} in {environment_id} on {resource_id}"))
}
