//! Replays recorded scenarios and tells whether the engine decides what was recorded.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use shakedown_engine::wire::document::DocumentError;
use shakedown_examples::conformance::case::{Case, Folder};
use shakedown_examples::conformance::{Agreement, Outcome, check, summary};
use shakedown_terminal::arguments::run_with;
use shakedown_terminal::exit::{Answer, Failure, write_out};
use shakedown_terminal::number::grouped;
use shakedown_terminal::object::printed;
use shakedown_terminal::progress::Progress;
use shakedown_terminal::reader;

/// Replays scenarios and compares what the engine decides with what another engine was recorded to.
///
/// A scenario is a file NAME.json with events, beside it lies NAME.golden.json with the recorded
/// state; the README beside the samples describes both. Prints per family of scenarios how many
/// agree, deviate (by what we decide otherwise on purpose, which is numbered D1, D2, ..), or
/// disagree; the files that cannot be used, and why; and the first difference of each scenario that
/// disagrees. Exit code 1 if one does, otherwise 2 if a file cannot be used.
///
/// With --json, one object: `scenarios`, `agree`, `deviate` and `disagree`, all counts; `families`,
/// which has the latter three by family; `differences`, of which each has `scenario`, `target`,
/// `field`, `expected`, `actual` and `deviation` (null if it is a disagreement); `unusable`, a list
/// of `file` and `error`.
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
    run_with(run)
}

fn run(arguments: &Arguments) -> Result<Answer, Failure> {
    let awaited = reader::awaited();
    let mut progress = Progress::new(arguments.quiet);
    progress.phase(1, &format!("Reading {}", arguments.path.display()));
    let fail = |error: DocumentError| Failure::Input(error.to_string());
    let Folder { cases, mut unusable } = Folder::read(&arguments.path).map_err(fail)?;
    if cases.is_empty() {
        let (only, others) = (unusable.remove(0), unusable.len());
        let others = match others {
            0 => String::new(),
            _ => format!("; nor can {} other files here be used", grouped(others as u64)),
        };
        return Err(Failure::Input(format!("{only}{others}")));
    }
    progress.phase(2, &format!("Replaying {} scenarios", grouped(cases.len() as u64)));
    let outcomes = replay_all(&cases, &mut progress);
    let text = if arguments.json {
        printed("conformance", summary::to_json(&outcomes, &unusable))
    } else {
        summary::for_people(&outcomes, &unusable)
    };
    drop(awaited);
    write_out(&text)?;
    if outcomes.iter().any(|it| it.agreement() == Agreement::Disagrees) {
        return Ok(Answer::No);
    }
    match unusable.len() {
        0 => Ok(Answer::Yes),
        1 => Err(Failure::Input("a file cannot be used".to_owned())),
        files => Err(Failure::Input(format!("{} files cannot be used", grouped(files as u64)))),
    }
}

fn replay_all(cases: &[Case], progress: &mut Progress) -> Vec<Outcome> {
    let mut outcomes = Vec::with_capacity(cases.len());
    for case in cases {
        progress.step(outcomes.len(), cases.len());
        outcomes.push(check(case));
    }
    progress.step(cases.len(), cases.len());
    outcomes
}
