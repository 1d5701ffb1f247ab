//! Where a fleet comes from: a preset, or a document.

use std::path::Path;

use shakedown_benches::build;
use shakedown_engine::catalogue::Registry;
use shakedown_engine::document::{Document, DocumentError};
use shakedown_engine::entity::Deployment;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::preset::{FleetShape, Preset, START};
use shakedown_systems::load::load;

use crate::exit::Failure;
use crate::find;
use crate::number::grouped;
use crate::progress::Progress;

/// Builds a preset's fleet, telling its phases.
#[must_use]
pub fn from_shape(shape: FleetShape, progress: &mut Progress) -> Fleet {
    build(shape, START, &mut |stage, done, total| progress.stage(stage, done, total))
}

/// Resources, environments or deployments beyond these, and release targets, which take about 160
/// bytes each, fit no machine that people measure on.
const MOST_ENTITIES: u32 = 10_000_000;
const MOST_TARGETS: u64 = 200_000_000;

/// The shape of a preset, with what was given instead.
///
/// # Errors
/// When memory is not going to hold such a fleet.
pub fn shape_with(
    preset: Preset,
    resources: Option<u32>,
    environments: Option<u32>,
    deployments: Option<u32>,
) -> Result<FleetShape, Failure> {
    let shape = preset.shape();
    let shape = FleetShape {
        resources: resources.unwrap_or(shape.resources),
        environments: environments.unwrap_or(shape.environments),
        deployments: deployments.unwrap_or(shape.deployments),
        ..shape
    };
    for (count, what) in [
        (shape.resources, "resources"),
        (shape.environments, "environments"),
        (shape.deployments, "deployments"),
    ] {
        if count > MOST_ENTITIES {
            let (count, most) = (grouped(count.into()), grouped(MOST_ENTITIES.into()));
            return Err(Failure::Input(format!("a fleet of {count} {what}: at most {most} fit")));
        }
    }
    let targets = shape.targets_per_deployment().saturating_mul(shape.deployments.into());
    if targets > MOST_TARGETS {
        let (targets, most) = (grouped(targets), grouped(MOST_TARGETS));
        let message = format!("a fleet of {targets} release targets: at most {most} fit");
        return Err(Failure::Input(message));
    }
    Ok(shape)
}

/// Reads a document and builds its fleet.
///
/// # Errors
/// When the document cannot be read, or the fleet does not take one of its entries.
pub fn from_document(path: &Path, progress: &mut Progress) -> Result<Fleet, Failure> {
    let fail = |error: DocumentError| Failure::Input(error.to_string());
    progress.phase(1, &format!("Reading {}", path.display()));
    let document = Document::read(path, START).map_err(fail)?;
    let total = document.entries.len();
    progress.phase(2, &format!("Applying {} entries", grouped(total as u64)));
    let mut done = 0;
    let fleet = load(document, START, &mut |_| {
        done += 1;
        progress.step(done, total);
    });
    fleet.map_err(fail)
}

/// The id of the deployment to measure: the one with this slug, or else id; without a wish, the one
/// at `seed` in id order, modulo their number.
///
/// # Errors
/// When there is no such deployment, or none at all.
pub fn deployment(fleet: &Fleet, wanted: Option<&str>, seed: u64) -> Result<String, Failure> {
    if let Some(wanted) = wanted {
        return find::deployment(fleet, wanted);
    }
    let registry = fleet.world().resource::<Registry<Deployment>>();
    let mut known: Vec<&str> = registry.present().map(|ix| registry.id(ix)).collect();
    known.sort_unstable();
    let position = usize::try_from(seed % (known.len() as u64).max(1)).unwrap_or(0);
    let chosen = known.get(position).map(|id| (*id).to_owned());
    chosen.ok_or_else(|| Failure::Input("the workspace has no deployment".to_owned()))
}
