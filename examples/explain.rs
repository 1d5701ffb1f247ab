//! Explains why targets get what they get: one target in full, or all of a deployment by reason.

use clap::Parser;
use serde_json::{Value as Json, json};
use shakedown_engine::base::time::{SimTime, TimeError};
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::catalogue::Registry;
use shakedown_engine::fleet::matrix::TargetRef;
use shakedown_engine::model::Deployment;
use shakedown_engine::preset::START;
use shakedown_examples::source::document::Taking;
use shakedown_examples::source::find;
use shakedown_examples::tell::names::Names;
use shakedown_examples::tell::until::{Until, duration_of};
use shakedown_examples::tell::{diagnostics, explanation, groups};
use shakedown_systems::record::{Examine, records};
use shakedown_terminal::arguments::run_with;
use shakedown_terminal::exit::{Answer, Failure, write_out};
use shakedown_terminal::object::printed;
use shakedown_terminal::progress::Progress;
use shakedown_terminal::reader;
use shakedown_terminal::sheet::Sheet;
use std::path::PathBuf;
use std::process::ExitCode;

/// Explains what release targets should get, and what keeps them from it.
///
/// Of one target it tells the decision record: the desired release, every version examined with the
/// result of every check, the policies whose selector failed here, whether a job may be created, and
/// when time alone may change that. Of a deployment, or of all if none is named, it tells what runs
/// where, and groups the targets by what keeps them from the newest version. The answer is the
/// explanation, so the exit code is 0 whatever it says; 2 if the document or a name is wrong, or if
/// there are diagnostics with --strict.
///
/// Example: `explain examples/data/workspace.yaml --deployment api --environment prod`
/// Example: `explain examples/data/workspace.yaml --target cluster-prd-1-prod-deployment-api --after 10m`
#[derive(Debug, Parser)]
#[command(version, verbatim_doc_comment)]
struct Arguments {
    /// The document: JSON, YAML or NDJSON, or the folder of an export.
    file: PathBuf,
    #[command(flatten)]
    taking: Taking,
    /// The target, by resource, environment and deployment id joined by hyphens.
    #[arg(long, value_name = "KEY", conflicts_with_all = ["resource", "environment", "deployment"])]
    target: Option<String>,
    /// Resource of the target, by name or id.
    #[arg(long, value_name = "NAME", requires_all = ["environment", "deployment"])]
    resource: Option<String>,
    /// Environment, by name or id.
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// Deployment, by slug or id; all its targets, unless a resource is named. Every deployment unless
    /// something is asked for.
    #[arg(long, value_name = "SLUG")]
    deployment: Option<String>,
    /// The clock, RFC 3339: what happens later is left out.
    #[arg(long, value_name = "INSTANT", value_parser = instant, conflicts_with = "after")]
    at: Option<Until>,
    /// Move the clock on by this much first: 90s, 10m, 2h30m or 7d.
    #[arg(long, value_name = "DURATION", value_parser = duration, allow_hyphen_values = true)]
    after: Option<Until>,
    /// Print one JSON object and nothing else.
    #[arg(long)]
    json: bool,
    /// No progress on stderr.
    #[arg(long)]
    quiet: bool,
}

fn main() -> ExitCode {
    run_with(run)
}

fn run(arguments: &Arguments) -> Result<Answer, Failure> {
    let awaited = reader::awaited();
    let mut progress = Progress::new(arguments.quiet);
    let document = arguments.taking.read(&arguments.file, &mut progress)?;
    let until = match arguments.at {
        Some(Until::At(at)) => Some(at),
        _ => None,
    };
    if let Some(to) = arguments.at.or(arguments.after) {
        to.instant(document.now.unwrap_or(START)).map_err(Failure::Input)?;
    }
    let mut taken = arguments.taking.play(document, until, &mut progress, &mut |_, _, _, _| {})?;
    let fleet = &mut taken.fleet;
    if let Some(to) = arguments.at.or(arguments.after) {
        let to = to.instant(fleet.now()).map_err(Failure::Input)?;
        progress.phase(3, &format!("Moving the clock to {to}"));
        let moved = fleet.advance(to, &mut |_, _| {});
        moved.map_err(|rejection| Failure::Input(rejection.to_string()))?;
    }
    let found = taken.diagnostics()?;
    let shared = json!({
        "dialect": taken.fleet.dialect().name,
        "digest": taken.fleet.digest().to_string(),
        "refused": taken.refused,
        "diagnostics": diagnostics::object(&found),
    });
    let told = arguments.json.then_some(&shared);
    let fleet = &mut taken.fleet;
    let text = match (&arguments.target, &arguments.resource) {
        (Some(key), _) => {
            let target = find::target(fleet, key)?;
            explain_target(fleet, target, told)
        }
        (None, Some(resource)) => {
            let environment = arguments.environment.as_deref().unwrap_or_default();
            let deployment = arguments.deployment.as_deref().unwrap_or_default();
            let target = find::target_of(fleet, resource, environment, deployment)?;
            explain_target(fleet, target, told)
        }
        (None, None) => {
            let environment = arguments.environment.as_deref();
            match &arguments.deployment {
                Some(deployment) => explain_deployment(fleet, deployment, environment, told)?,
                None => explain_all(fleet, environment, told)?,
            }
        }
    };
    let mut sheet = Sheet::going_on();
    if !arguments.json {
        sheet.gap();
        sheet.line(format_args!("Decided in dialect {}", taken.fleet.dialect()));
        taken.tell(&mut sheet);
        diagnostics::number(&found, &mut sheet);
    }
    drop(awaited);
    write_out(&(text + &sheet.into_text()))?;
    Ok(Answer::Yes)
}

/// For people, or as JSON if there is something to tell beside it.
fn explain_target(fleet: &mut Fleet, target: TargetRef, beside: Option<&Json>) -> String {
    let names = Names::of(fleet);
    let records = records(fleet, &[target], Examine::UpToChosen).into_iter();
    let told = records.map(|record| match beside {
        Some(beside) => one(record.to_json(), beside),
        None => explanation::of_target(&record, &names),
    });
    told.collect()
}

/// One object, with all members of another.
fn one(mut object: Json, beside: &Json) -> String {
    for (name, value) in beside.as_object().into_iter().flatten() {
        object[name] = value.clone();
    }
    printed("explain", object)
}

/// The ids of all deployments, by what they are called.
fn all(fleet: &Fleet) -> Vec<String> {
    let registry = fleet.world().resource::<Registry<Deployment>>();
    let names = Names::of(fleet);
    let mut ids: Vec<String> = registry.present().map(|ix| registry.id(ix).to_owned()).collect();
    ids.sort_by(|a, b| (names.deployment(a), a).cmp(&(names.deployment(b), b)));
    ids
}

/// The targets of a deployment, grouped.
fn explain_deployment(
    fleet: &mut Fleet,
    wanted: &str,
    environment: Option<&str>,
    beside: Option<&Json>,
) -> Result<String, Failure> {
    let deployment = find::deployment(fleet, wanted)?;
    let environment = environment.map(|wanted| find::environment(fleet, wanted)).transpose()?;
    let places = groups::places(fleet, &deployment, environment.as_deref());
    let Some(beside) = beside else {
        return Ok(explanation::of_deployment(
            &deployment,
            &places,
            &Names::of(fleet),
            fleet.now(),
        ));
    };
    Ok(one(object(&deployment, &places, fleet.now()), beside))
}

/// The targets of all deployments, grouped.
fn explain_all(
    fleet: &mut Fleet,
    environment: Option<&str>,
    beside: Option<&Json>,
) -> Result<String, Failure> {
    let environment = environment.map(|wanted| find::environment(fleet, wanted)).transpose()?;
    let deployments = all(fleet).into_iter().map(|deployment| {
        let places = groups::places(fleet, &deployment, environment.as_deref());
        (deployment, places)
    });
    let deployments: Vec<_> = deployments.collect();
    let now = fleet.now();
    if let Some(beside) = beside {
        let told = deployments.iter().map(|(deployment, places)| object(deployment, places, now));
        let told: Vec<_> = told.collect();
        return Ok(one(json!({ "at": now.to_string(), "deployments": told }), beside));
    }
    if deployments.is_empty() {
        return Ok("There is no deployment.\n".to_owned());
    }
    let names = Names::of(fleet);
    let told = deployments
        .iter()
        .map(|(deployment, places)| explanation::of_deployment(deployment, places, &names, now));
    Ok(told.collect::<Vec<_>>().join("\n"))
}

fn object(deployment: &str, places: &[groups::Place], now: SimTime) -> Json {
    let places: Vec<_> = places.iter().map(groups::Place::to_json).collect();
    json!({ "deployment": deployment, "at": now.to_string(), "environments": places })
}

fn instant(text: &str) -> Result<Until, TimeError> {
    SimTime::parse(text).map(Until::At)
}

fn duration(text: &str) -> Result<Until, &'static str> {
    let expected = "expected whole numbers and d, h, m or s, such as 10m or 2h30m";
    duration_of(text).map(Until::After).ok_or(expected)
}
