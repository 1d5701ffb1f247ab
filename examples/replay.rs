//! Plays an event log, a scenario or a workspace document through simulated time.

use clap::Parser;
use serde_json::json;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::preset::START;
use shakedown_examples::source::document::{Taken, Taking};
use shakedown_examples::tell::diagnostics;
use shakedown_examples::tell::names::Names;
use shakedown_examples::tell::standing::{self, Cell, standing};
use shakedown_examples::tell::timeline::Timeline;
use shakedown_examples::tell::until::Until;
use shakedown_systems::diagnostics::Diagnostic;
use shakedown_systems::load::{Cause, pass_time};
use shakedown_systems::record::next_change;
use shakedown_terminal::arguments::run_with;
use shakedown_terminal::exit::{Answer, Failure, write_out};
use shakedown_terminal::number::grouped;
use shakedown_terminal::object::printed;
use shakedown_terminal::progress::Progress;
use shakedown_terminal::reader;
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
/// or until), `events` (their types, in order), `added`, `removed`, `jobs_created`, `jobs_cancelled`
/// (their targets being gone), `jobs` (created here, by `deployment` and `environment`), `made` (the
/// same one by one), `became_blocked` and `became_free` (targets by reason);
/// `quiet`, the number of instants of `events` and of `timers` at which none of that changed, which are
/// not listed; `diagnostics` of the end, as `load` lists them; `state`, a list of `deployment`,
/// `environment`, `targets`, `by_state` (running: it has a job that is processing) and `jobs` (by
/// status, those of vanished targets too); `now`, `digest`, and `next`: the earliest instant at which
/// time alone changes what is told of some target, null if it never does.
///
/// Example: `replay examples/data/rollout.ndjson --until 2h30m`
#[derive(Debug, Parser)]
#[command(version, verbatim_doc_comment)]
struct Arguments {
    /// The document: JSON, YAML or NDJSON, or the folder of an export.
    file: PathBuf,
    #[command(flatten)]
    taking: Taking,
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
    run_with(run)
}

fn run(arguments: &Arguments) -> Result<Answer, Failure> {
    threads::set_up(arguments.threads)?;
    let awaited = reader::awaited();
    let mut progress = Progress::new(arguments.quiet);
    let (mut taken, timeline) = replay(arguments, &mut progress)?;
    let found = taken.diagnostics()?;
    let cells = standing(&mut taken.fleet);
    let text = if arguments.json {
        for_programs(arguments, &mut taken, &timeline, &cells, &found)
    } else {
        for_people(&mut taken, &timeline, &cells, &found)
    };
    drop(awaited);
    write_out(&text)?;
    Ok(Answer::Yes)
}

/// Plays the document, and goes on to the end that was asked for.
fn replay(arguments: &Arguments, progress: &mut Progress) -> Result<(Taken, Timeline), Failure> {
    let document = arguments.taking.read(&arguments.file, progress)?;
    let beginning = document.now.unwrap_or(START);
    let mut timeline = Timeline::new(beginning);
    let instant = |until: Until, now| {
        until.instant(now).map_err(|why| Failure::Input(format!("--until: {why}")))
    };
    // What lies before the beginning is refused before anything is played.
    arguments.until.map_or(Ok(()), |until| instant(until, beginning).map(drop))?;
    let end = match arguments.until {
        Some(Until::At(at)) => Some(at),
        _ => None,
    };
    let mut taken =
        arguments.taking.play(document, end, progress, &mut |fleet, at, cause, report| {
            timeline.take(fleet, at, cause, report);
        })?;
    let fleet = &mut taken.fleet;
    let until = arguments.until.map(|until| instant(until, fleet.now())).transpose()?;
    if let Some(until) = until {
        progress.phase(3, &format!("Going on to {until}"));
        let mut take = |fleet: &Fleet, at, cause: Cause<'_>, report: &_| {
            timeline.take(fleet, at, cause, report);
        };
        let passed = pass_time(fleet, until, &mut take);
        passed.map_err(|rejection| Failure::Input(rejection.to_string()))?;
    }
    timeline.end(until);
    Ok((taken, timeline))
}

fn for_programs(
    arguments: &Arguments,
    Taken { fleet, refused, .. }: &mut Taken,
    timeline: &Timeline,
    cells: &[Cell],
    found: &[Diagnostic],
) -> String {
    let digest = fleet.digest().to_string();
    let object = json!({
        "file": arguments.file.display().to_string(),
        "dialect": fleet.dialect().name,
        "refused": refused,
        "diagnostics": diagnostics::object(found),
        "instants": timeline.object(fleet),
        "quiet": { "events": timeline.quiet_events, "timers": timeline.quiet_timers },
        "state": standing::object(cells),
        "now": fleet.now().to_string(),
        "digest": digest,
        "next": next_change(fleet).map(|next| next.to_string()),
    });
    printed("replay", object)
}

fn for_people(
    taken: &mut Taken,
    timeline: &Timeline,
    cells: &[Cell],
    found: &[Diagnostic],
) -> String {
    let fleet = &mut taken.fleet;
    let names = Names::of(fleet);
    let mut sheet = Sheet::default();
    sheet.heading(format_args!("Instants: {}", grouped(timeline.instants.len() as u64)));
    timeline.tell(fleet, &names, &mut sheet);
    sheet.heading(format_args!("State at {}", fleet.now()));
    standing::tell(cells, &names, &mut sheet);
    sheet.gap();
    sheet.line(format_args!("Dialect       {}", fleet.dialect()));
    sheet.line(format_args!("State digest  {}", fleet.digest()));
    let next = next_change(fleet);
    let next = next.map_or("never, by time alone".to_owned(), |next| next.to_string());
    sheet.line(format_args!("Next change   {next}"));
    taken.tell(&mut sheet);
    diagnostics::number(found, &mut sheet);
    sheet.into_text()
}
