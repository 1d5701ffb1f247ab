//! Which fleet a program is about: a preset, or a document; what it consists of, and finding in it what
//! somebody named.

pub mod census;
pub mod document;
pub mod find;

use clap::Args;
use document::Taking;
use shakedown_benches::build_in;
use shakedown_engine::base::nearest::nearest;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::catalogue::Registry;
use shakedown_engine::model::Deployment;
use shakedown_engine::preset::{FleetShape, Preset, START, Stage};
use shakedown_terminal::exit::Failure;
use shakedown_terminal::number::grouped;
use shakedown_terminal::progress::Progress;
use std::num::NonZeroU32;
use std::path::PathBuf;

/// The options that say which fleet.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Source {
    /// The fleet: paper (300 targets per deployment), stated (6,000), literal (60,000), every-rule
    /// (literal with ten policies of every kind and variables), related (literal with variables that
    /// read related resources), single (100, nothing else), or a number of targets of a single
    /// deployment.
    #[arg(long, verbatim_doc_comment, default_value_t = Preset::Literal)]
    preset: Preset,
    /// Resources, instead of the preset's number.
    #[arg(long)]
    resources: Option<u32>,
    /// Environments, instead of the preset's number.
    #[arg(long)]
    environments: Option<u32>,
    /// Deployments, instead of the preset's number.
    #[arg(long)]
    deployments: Option<NonZeroU32>,
    /// A workspace document (JSON or YAML), the folder of an export, an event log (NDJSON) or a
    /// scenario, instead of a preset.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["preset", "resources", "environments", "deployments"])]
    workspace: Option<PathBuf>,
    #[command(flatten)]
    taking: Taking,
}

impl Source {
    /// Builds the fleet, telling its phases. If somebody named a `deployment`, a preset that has none of
    /// that name is not built.
    ///
    /// # Errors
    /// When the document cannot be read, the fleet does not take one of its entries, memory is not going to
    /// hold it, or a preset lacks the deployment.
    pub fn fleet(
        &self,
        deployment: Option<&str>,
        progress: &mut Progress,
    ) -> Result<(Fleet, Origin), Failure> {
        if let Some(path) = &self.workspace {
            let name = path.display().to_string();
            let taken = self.taking.fleet(path, progress)?;
            if let Some(first) = taken.refused.first() {
                let count = grouped(taken.refused.len() as u64);
                progress.note(&format!("left out: {count}, first {first}"));
            }
            let found = taken.diagnostics()?.len() as u64;
            if found > 0 {
                let found = grouped(found);
                progress.note(&format!("diagnostics: {found}; `load {name}` lists them"));
            }
            return Ok((taken.fleet, Origin { name, preset: None, shape: None }));
        }
        if self.taking.only_for_documents() {
            let message =
                "--events, --keep-going, --strict and --most-targets need --workspace".to_owned();
            return Err(Failure::Input(message));
        }
        let shape = self.checked_shape(deployment)?;
        let (name, preset) = (self.preset.to_string(), Some(self.preset));
        let fleet = build_in(self.taking.dialect(), shape, START, &mut |stage, done, total| {
            tell(progress, stage, done, total);
        });
        Ok((fleet, Origin { name, preset, shape: Some(shape) }))
    }

    /// The shape of a preset that has the deployment, if one is wanted.
    fn checked_shape(&self, wanted: Option<&str>) -> Result<FleetShape, Failure> {
        let shape = self.shape()?;
        let Some(wanted) = wanted else { return Ok(shape) };
        let positions = 0..shape.deployments;
        let is_wanted =
            |at| shape.deployment_slug(at) == wanted || shape.deployment_id(at) == wanted;
        if positions.clone().any(is_wanted) {
            return Ok(shape);
        }
        let slugs: Vec<String> = positions.map(|at| shape.deployment_slug(at)).collect();
        let near = nearest(wanted, slugs.iter().map(String::as_str));
        Err(Failure::missing("deployment", wanted, &near))
    }

    /// The shape of the preset, with what was given instead.
    fn shape(&self) -> Result<FleetShape, Failure> {
        let shape = self.preset.shape();
        let shape = FleetShape {
            resources: self.resources.unwrap_or(shape.resources),
            environments: self.environments.unwrap_or(shape.environments),
            deployments: self.deployments.map_or(shape.deployments, NonZeroU32::get),
            ..shape
        };
        for (count, what) in [
            (shape.resources, "resources"),
            (shape.environments, "environments"),
            (shape.deployments, "deployments"),
        ] {
            if count > MOST_ENTITIES {
                let (count, most) = (grouped(count.into()), grouped(MOST_ENTITIES.into()));
                let message = format!("a fleet of {count} {what}: at most {most} fit");
                return Err(Failure::Input(message));
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
}

/// Where a fleet comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The preset's name, or the path of the document.
    pub name: String,
    /// The preset; `None` for a document.
    pub preset: Option<Preset>,
    /// Its shape with everything that was overridden; `None` for a document.
    pub shape: Option<FleetShape>,
}

/// Begins and follows a stage of building a preset.
fn tell(progress: &mut Progress, stage: Stage, done: usize, total: usize) {
    if done == 0 {
        let what = match total {
            0 => format!("Creating no {}", stage.name()),
            1 => format!("Creating {}", stage.name()),
            _ => format!("Creating {} {}", grouped(total as u64), stage.name()),
        };
        progress.phase(1 + stage as usize, &what);
    }
    if total > 1 {
        progress.step(done, total);
    }
}

/// Resources, environments or deployments beyond these, and release targets, which take about 160
/// bytes each, fit no machine that people measure on.
const MOST_ENTITIES: u32 = 10_000_000;
const MOST_TARGETS: u64 = 200_000_000;

/// The id of the deployment to measure: the one with this slug, or else id; without a wish, the one
/// at `seed` in id order, modulo their number.
///
/// # Errors
/// When there is no such deployment, or none at all.
pub fn deployment(fleet: &Fleet, wanted: Option<&str>, seed: u64) -> Result<String, Failure> {
    if let Some(wanted) = wanted {
        return find::deployment(fleet, wanted);
    }
    let known = by_id(fleet);
    let position = usize::try_from(seed % (known.len() as u64).max(1)).unwrap_or(0);
    let chosen = known.get(position).map(|id| (*id).to_owned());
    chosen.ok_or_else(|| Failure::Input("the workspace has no deployment".to_owned()))
}

/// The ids of all deployments in their order, from `first` on and round to the one before it.
#[must_use]
pub fn deployments_from(fleet: &Fleet, first: &str) -> Vec<String> {
    let mut known = by_id(fleet);
    let position = known.iter().position(|id| *id == first).unwrap_or(0);
    known.rotate_left(position);
    known.into_iter().map(str::to_owned).collect()
}

fn by_id(fleet: &Fleet) -> Vec<&str> {
    let registry = fleet.world().resource::<Registry<Deployment>>();
    let mut known: Vec<&str> = registry.present().map(|ix| registry.id(ix)).collect();
    known.sort_unstable();
    known
}
