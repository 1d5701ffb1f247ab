//! Reads a document and tells what it holds: entities, release targets, diagnostics.

use clap::Parser;
use serde_json::json;
use shakedown_examples::source::census::Census;
use shakedown_examples::source::document::{Taken, Taking};
use shakedown_examples::tell::diagnostics;
use shakedown_examples::tell::names::Names;
use shakedown_examples::tell::standing::{self, Cell};
use shakedown_systems::diagnostics::Diagnostic;
use shakedown_terminal::arguments::run_with;
use shakedown_terminal::exit::{Answer, Failure, write_out};
use shakedown_terminal::number::grouped;
use shakedown_terminal::object::printed;
use shakedown_terminal::progress::Progress;
use shakedown_terminal::reader;
use shakedown_terminal::sheet::Sheet;
use std::path::PathBuf;
use std::process::ExitCode;

/// Reads a workspace document, event log or scenario and tells what it holds.
///
/// Prints the number of entities, where the release targets stand by deployment and environment, and
/// diagnostics: what was accepted and cannot be, or is probably a mistake, each with its place. A document that
/// cannot be used is an error with file, line, column and field, exit code 2; with --strict one that
/// has diagnostics is another.
///
/// With --json, each of `diagnostics` has `code`, `kind` and `id` of what it is about, `what` is odd, in
/// words, `params`, what the words say, and `place`, with `file`, `line` and `column`; null if it stands
/// nowhere.
///
/// Example: `load examples/data/workspace.yaml`
#[derive(Debug, Parser)]
#[command(version, verbatim_doc_comment)]
struct Arguments {
    /// The document: JSON, YAML or NDJSON, or the folder of an export.
    file: PathBuf,
    #[command(flatten)]
    taking: Taking,
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
    let mut taken = arguments.taking.fleet(&arguments.file, &mut progress)?;
    let cells = standing::standing(&mut taken.fleet);
    let fleet = &taken.fleet;
    let census = Census::of(fleet);
    let found = taken.diagnostics()?;
    let digest = fleet.digest().to_string();
    let text = if arguments.json {
        let object = json!({
            "file": arguments.file.display().to_string(),
            "dialect": fleet.dialect().name,
            "now": fleet.now().to_string(),
            "resources": census.resources,
            "environments": census.environments,
            "deployments": census.deployments,
            "policies": census.policies,
            "relationship_rules": census.relationship_rules,
            "targets": census.targets,
            "recorded_jobs": census.recorded_jobs,
            "new_jobs": census.new_jobs,
            "matrix": standing::object(&cells),
            "diagnostics": diagnostics::object(&found),
            "refused": taken.refused,
            "remarks": taken.remarks,
            "digest": digest,
        });
        printed("load", object)
    } else {
        for_people(&taken, &census, &cells, &found)
    };
    drop(awaited);
    write_out(&text)?;
    Ok(Answer::Yes)
}

fn for_people(taken: &Taken, census: &Census, cells: &[Cell], found: &[Diagnostic]) -> String {
    let mut sheet = Sheet::default();
    sheet.heading("Workspace");
    for (what, count) in [
        ("Resources", census.resources),
        ("Environments", census.environments),
        ("Deployments", census.deployments),
        ("Policies", census.policies),
        ("Relationship rules", census.relationship_rules),
        ("Release targets", census.targets),
        ("Recorded jobs", census.recorded_jobs),
        ("New jobs", census.new_jobs),
    ] {
        sheet.line(format_args!("{what:<30}{:>20}", grouped(count)));
    }
    sheet.line(format_args!("{:<30}{:>20}", "Dialect", taken.fleet.dialect().name));
    sheet.line(format_args!("{:<30}{:>20}", "State digest", taken.fleet.digest().to_string()));

    sheet.heading("Where the release targets stand");
    let names = Names::of(&taken.fleet);
    standing::tell(cells, &names, &mut sheet);

    diagnostics::list(found, &names, &mut sheet);
    taken.tell(&mut sheet);
    sheet.into_text()
}
