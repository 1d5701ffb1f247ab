//! Replays recorded scenarios and tells whether the engine decides what was recorded.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use shakedown_engine::document::DocumentError;
use shakedown_examples::conformance::case::{Case, find};
use shakedown_examples::conformance::{Agreement, Outcome, check, summary};
use shakedown_examples::exit::{Answer, Failure, exit, write_out};
use shakedown_examples::number::grouped;
use shakedown_examples::progress::Progress;

/// Replays scenarios and compares what the engine decides with what another engine was recorded to.
///
/// A scenario is a file NAME.json with events, beside it lies NAME.golden.json with the recorded
/// state; the README beside the samples describes both. Prints per family of scenarios how many
/// agree, deviate as documented (SEMANTICS 13), or disagree, and the first difference of each that
/// disagrees. Exit code 1 if any does, 2 if a file cannot be used.
///
/// Example: `conformance examples/tests/conformance`
#[derive(Debug, Parser)]
#[command(version, verbatim_doc_comment)]
struct Arguments {
    /// A folder, searched with all folders below it, or one scenario.
    #[arg(value_name = "DIR")]
    path: PathBuf,
    /// Print one JSON object and nothing else: counts, families, all differences.
    #[arg(long)]
    json: bool,
    /// No progress on stderr.
    #[arg(long)]
    quiet: bool,
}

fn main() -> ExitCode {
    exit(run(&Arguments::parse()))
}

fn run(arguments: &Arguments) -> Result<Answer, Failure> {
    let outcomes = replay_all(arguments)?;
    let text = if arguments.json {
        format!("{:#}\n", summary::to_json(&outcomes))
    } else {
        summary::for_people(&outcomes)
    };
    write_out(&text)?;
    let disagrees = outcomes.iter().any(|it| it.agreement() == Agreement::Disagrees);
    Ok(if disagrees { Answer::No } else { Answer::Yes })
}

/// Reads everything before it replays anything, so that a bad file is told at once.
fn replay_all(arguments: &Arguments) -> Result<Vec<Outcome>, Failure> {
    let fail = |error: DocumentError| Failure::Input(error.to_string());
    let mut progress = Progress::new(arguments.quiet);
    progress.phase(1, &format!("Reading {}", arguments.path.display()));
    let paths = find(&arguments.path).map_err(fail)?;
    let cases: Vec<Case> =
        paths.iter().map(|path| Case::read(path).map_err(fail)).collect::<Result<_, _>>()?;
    progress.phase(2, &format!("Replaying {} scenarios", grouped(cases.len() as u64)));
    let mut outcomes = Vec::with_capacity(cases.len());
    for case in &cases {
        progress.step(outcomes.len(), cases.len());
        outcomes.push(check(case));
    }
    progress.step(cases.len(), cases.len());
    Ok(outcomes)
}
