//! Plays an event log, a scenario or a workspace document through simulated time.

use clap::Parser;
use serde_json::json;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::preset::START;
use shakedown_engine::wire::document::{Document, DocumentError};
use shakedown_examples::tell::standing::{self, Cell, standing};
use shakedown_examples::tell::timeline::Timeline;
use shakedown_examples::tell::until::Until;
use shakedown_systems::load::{Cause, pass_time, play};
use shakedown_systems::record::next_change;
use shakedown_terminal::exit::{Answer, Failure, exit, write_out};
use shakedown_terminal::number::grouped;
use shakedown_terminal::progress::Progress;
use shakedown_terminal::sheet::Sheet;
use shakedown_terminal::threads;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;

/// Plays an event log, scenario or workspace document through simulated time.
///
/// Each event happens at its instant, timers between them ring at theirs, and then time goes on to
/// --until. Prints what each instant caused: targets added and removed, jobs created, and how many
/// targets each reason began (blocked now) or ceased (free now) to hold back; then where targets
/// stand at the end, the state digest, and when time alone may change something next.
///
/// Nothing is printed before the whole file was played: an event that the workspace does not take
/// is an error with file, line, column and field, exit code 2, and no output.
///
/// With --json, one object: `file`; `instants`, of which each has `at`, `cause` (start, event, timer
/// or until), `events` (their types, in order), `added`, `removed`, `jobs_created`, `jobs` (created
/// here, by `deployment` and `environment`), `became_blocked` and `became_free` (targets by reason);
/// `quiet`, the number of instants of `events` and of `timers` at which none of that changed, which are
/// not listed; `state`, a list of `deployment`, `environment`, `targets`, `by_state` (running: it has
/// a job that is processing) and `jobs` (by status, those of vanished targets too); `now`, `digest`,
/// and `next`: the earliest instant at which time alone may change what some target should get, null
/// if none can.
///
/// Example: `replay examples/data/rollout.ndjson --until 2h30m`
#[derive(Debug, Parser)]
#[command(version, verbatim_doc_comment)]
struct Arguments {
    /// The document: JSON, YAML or NDJSON.
    file: PathBuf,
    /// Go on to this RFC 3339 instant, or for so long after the last event (90m, 2h30m, 7d).
    #[arg(long, value_name = "INSTANT|DURATION", allow_hyphen_values = true)]
    until: Option<Until>,
    /// Print one JSON object and nothing else.
    #[arg(long)]
    json: bool,
    /// No progress on stderr.
    #[arg(long)]
    quiet: bool,
    /// Threads; one per processor unless given.
    #[arg(long)]
    threads: Option<NonZeroUsize>,
}

fn main() -> ExitCode {
    exit(run(&Arguments::parse()))
}

fn run(arguments: &Arguments) -> Result<Answer, Failure> {
    threads::set_up(arguments.threads)?;
    let mut progress = Progress::new(arguments.quiet);
    let (mut fleet, timeline) = replay(arguments, &mut progress)?;
    let cells = standing(&mut fleet);
    let text = if arguments.json {
        for_programs(arguments, &mut fleet, &timeline, &cells)
    } else {
        for_people(&mut fleet, &timeline, &cells)
    };
    write_out(&text)?;
    Ok(Answer::Yes)
}

/// Plays the document, and goes on to the end that was asked for.
fn replay(arguments: &Arguments, progress: &mut Progress) -> Result<(Fleet, Timeline), Failure> {
    let fail = |error: DocumentError| Failure::Input(error.to_string());
    progress.phase(1, &format!("Reading {}", arguments.file.display()));
    let document = Document::read(&arguments.file, START).map_err(fail)?;
    let total = document.entries.len();
    progress.phase(2, &format!("Playing {} entries", grouped(total as u64)));
    let mut timeline = Timeline::new(document.now.unwrap_or(START));
    let mut done = 0;
    let mut fleet = play(document, START, &mut |fleet, at, cause, report| {
        timeline.take(fleet, at, cause, report);
        if cause != Cause::Timer {
            done += 1;
            progress.step(done, total);
        }
    })
    .map_err(fail)?;
    let until = arguments.until.map(|until| until.instant(fleet.now()));
    let until = until.transpose().map_err(|why| Failure::Input(format!("--until: {why}")))?;
    if let Some(until) = until {
        progress.phase(3, &format!("Going on to {until}"));
        let mut take = |fleet: &Fleet, at, cause: Cause<'_>, report: &_| {
            timeline.take(fleet, at, cause, report);
        };
        let passed = pass_time(&mut fleet, until, &mut take);
        passed.map_err(|rejection| Failure::Input(rejection.to_string()))?;
    }
    timeline.end(until);
    Ok((fleet, timeline))
}

fn for_programs(
    arguments: &Arguments,
    fleet: &mut Fleet,
    timeline: &Timeline,
    cells: &[Cell],
) -> String {
    let digest = fleet.digest().to_string();
    let object = json!({
        "file": arguments.file.display().to_string(),
        "instants": timeline.object(fleet),
        "quiet": { "events": timeline.quiet_events, "timers": timeline.quiet_timers },
        "state": standing::object(cells),
        "now": fleet.now().to_string(),
        "digest": digest,
        "next": next_change(fleet).map(|next| next.to_string()),
    });
    format!("{object:#}\n")
}

fn for_people(fleet: &mut Fleet, timeline: &Timeline, cells: &[Cell]) -> String {
    let mut sheet = Sheet::default();
    sheet.heading(format_args!("Instants: {}", grouped(timeline.instants.len() as u64)));
    timeline.tell(fleet, &mut sheet);
    sheet.heading(format_args!("State at {}", fleet.now()));
    standing::tell(cells, &mut sheet);
    sheet.gap();
    sheet.line(format_args!("State digest  {}", fleet.digest()));
    let next = next_change(fleet);
    let next = next.map_or("never, by time alone".to_owned(), |next| next.to_string());
    sheet.line(format_args!("Next change   {next}"));
    sheet.into_text()
}
