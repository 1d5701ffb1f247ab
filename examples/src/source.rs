//! Where a fleet comes from: a preset, or a document.

use std::path::Path;

use shakedown_benches::build;
use shakedown_engine::catalogue::{Registry, item};
use shakedown_engine::document::{Document, DocumentKind, Entry, Place};
use shakedown_engine::entity::Deployment;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::ingest::Rejection;
use shakedown_engine::preset::{FleetShape, Preset, START};

use crate::exit::Failure;
use crate::number::grouped;
use crate::progress::Progress;

/// The workspace of documents that name none.
const WORKSPACE: &str = "ws-1";

/// An event of a log or a scenario that the fleet rejects: later ones do not mind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Where it stands.
    pub place: Place,
    /// Why.
    pub rejection: Rejection,
}

/// Builds a preset's fleet, telling its phases.
#[must_use]
pub fn from_shape(shape: FleetShape, progress: &mut Progress) -> Fleet {
    build(shape, START, &mut |stage, done, total| progress.stage(stage, done, total))
}

/// The shape of a preset, with what was given instead.
#[must_use]
pub fn shape_with(
    preset: Preset,
    resources: Option<u32>,
    environments: Option<u32>,
    deployments: Option<u32>,
) -> FleetShape {
    let shape = preset.shape();
    FleetShape {
        resources: resources.unwrap_or(shape.resources),
        environments: environments.unwrap_or(shape.environments),
        deployments: deployments.unwrap_or(shape.deployments),
        ..shape
    }
}

/// Reads a document and builds its fleet: a workspace document as a whole, the events of logs and
/// scenarios one by one.
///
/// # Errors
/// When the document cannot be read, or when the fleet rejects an entity of a workspace document.
pub fn from_document(
    path: &Path,
    progress: &mut Progress,
) -> Result<(Fleet, Vec<Rejected>), Failure> {
    progress.phase(1, &format!("Reading {}", path.display()));
    let document =
        Document::read(path, START).map_err(|error| Failure::Input(error.to_string()))?;
    let Document { kind, file, workspace_id, now, entries, .. } = document;
    let workspace = workspace_id.as_deref().unwrap_or(WORKSPACE);
    let mut fleet = shakedown_systems::fleet(workspace, now.unwrap_or(START));
    progress.phase(2, &format!("Applying {} entries", grouped(entries.len() as u64)));
    let rejected = match kind {
        DocumentKind::Workspace => apply_whole(&mut fleet, &file, entries).map(|()| Vec::new()),
        DocumentKind::Log | DocumentKind::Scenario => {
            Ok(apply_singly(&mut fleet, entries, progress))
        }
    };
    Ok((fleet, rejected?))
}

fn apply_whole(fleet: &mut Fleet, file: &str, entries: Vec<Entry>) -> Result<(), Failure> {
    let (places, events): (Vec<Place>, Vec<_>) =
        entries.into_iter().map(|entry| (entry.place, entry.event)).unzip();
    match fleet.apply_together(events) {
        Ok(_) => Ok(()),
        Err((at, rejection)) => {
            Err(Failure::Input(format!("{file}:{}: {}", places[at], in_document(&rejection))))
        }
    }
}

fn apply_singly(fleet: &mut Fleet, entries: Vec<Entry>, progress: &mut Progress) -> Vec<Rejected> {
    let total = entries.len();
    let mut rejected = Vec::new();
    for (done, Entry { place, event }) in entries.into_iter().enumerate() {
        progress.step(done, total);
        if let Err(rejection) = fleet.apply(event) {
            rejected.push(Rejected { place, rejection });
        }
    }
    progress.step(total, total);
    rejected
}

/// A rejection as the author of a workspace document sees it: entities there have no envelope.
fn in_document(rejection: &Rejection) -> String {
    let text = rejection.to_string();
    text.strip_prefix("data.").map_or_else(|| text.clone(), str::to_owned)
}

/// The id of the deployment to measure: the one with this slug, or else id; without a wish, the one
/// at `seed` in id order, modulo their number.
///
/// # Errors
/// When there is no such deployment, or none at all.
pub fn deployment(fleet: &Fleet, wanted: Option<&str>, seed: u64) -> Result<String, Failure> {
    let world = fleet.world();
    let registry = world.resource::<Registry<Deployment>>();
    let all = registry.present().filter_map(|ix| item::<Deployment>(world, ix));
    let mut known: Vec<&Deployment> = all.collect();
    known.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    let Some(wanted) = wanted else {
        let position = usize::try_from(seed % (known.len() as u64).max(1)).unwrap_or(0);
        let chosen = known.get(position).map(|it| it.id.clone());
        return chosen.ok_or_else(|| Failure::Input("there is no deployment".to_owned()));
    };
    let found = known.iter().find(|it| it.slug == wanted);
    let found = found.or_else(|| known.iter().find(|it| it.id == wanted));
    found.map(|it| it.id.clone()).ok_or_else(|| {
        let slugs: Vec<&str> = known.iter().take(8).map(|it| it.slug.as_str()).collect();
        let more = if known.len() > slugs.len() { ", .." } else { "" };
        let slugs = slugs.join(", ");
        Failure::Input(format!("there is no deployment `{wanted}`; there are {slugs}{more}"))
    })
}
