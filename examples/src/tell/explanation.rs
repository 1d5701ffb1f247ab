//! What `explain` says to people: a record, or the groups of a deployment.

use std::fmt::Write;

use shakedown_engine::reason::Verdict;
use shakedown_engine::time::SimTime;
use shakedown_systems::record::{CheckResult, Record, RolloutState, RolloutSummary};
use shakedown_terminal::number::grouped;

use super::groups::Place;
use super::words::{Context, of_one, sentence};

/// A record in words.
#[must_use]
pub fn of_target(record: &Record) -> String {
    let context = Context { environment: &record.target.environment_id, now: record.at };
    let mut text = String::new();
    put(&mut text, format_args!("=== {} at {} ===", record.key, record.at));
    match &record.desired {
        None if record.candidates.is_empty() => {
            put(&mut text, format_args!("Nothing is desired: the deployment has no version."));
        }
        None => {
            put(&mut text, format_args!("Nothing is desired: no version may be deployed here."));
        }
        Some(desired) => {
            let (version, tag) = (&desired.version_id, &desired.tag);
            put(&mut text, format_args!("Desired is {version}, tag {tag}"));
            put(&mut text, format_args!("  release {}", desired.release_id));
            for (key, value) in &desired.variables {
                put(&mut text, format_args!("  {key} = {value}"));
            }
        }
    }
    for candidate in &record.candidates {
        let stands = match candidate.verdict {
            Verdict::Allowed => "is chosen",
            Verdict::Pending => "waits",
            Verdict::Denied => "is denied",
        };
        put(&mut text, format_args!("\nVersion {} {stands}:", candidate.version_id));
        results(&mut text, &candidate.results, context);
    }
    if let Some(eligibility) = &record.eligibility {
        let stands = match eligibility.verdict {
            Verdict::Allowed => "gets a job",
            Verdict::Pending => "gets no job yet",
            Verdict::Denied => "gets no job",
        };
        put(&mut text, format_args!("\nThe desired release {stands}:"));
        results(&mut text, &eligibility.results, context);
    }
    match &record.current {
        Some(current) => put(&mut text, format_args!("\nDeployed is {}", current.version_id)),
        None => put(&mut text, format_args!("\nNothing is deployed")),
    }
    if let Some(job) = &record.latest_job {
        let at = job.created_at.to_string();
        let (id, version, status) = (&job.id, &job.version_id, job.status.name());
        let at = context.instant(&at);
        put(&mut text, format_args!("Latest job is {id} of {version}, created at {at}: {status}"));
    }
    put(&mut text, format_args!("{}", next(record.next, context)));
    text
}

/// The groups of a deployment in words.
#[must_use]
pub fn of_deployment(deployment: &str, places: &[Place], now: SimTime) -> String {
    let mut text = String::new();
    put(&mut text, format_args!("=== {deployment} at {now} ==="));
    if places.is_empty() {
        put(&mut text, format_args!("It has no targets."));
    }
    for place in places {
        let context = Context { environment: &place.environment, now };
        let targets = match place.targets {
            1 => "one target".to_owned(),
            many => format!("{} targets", grouped(many)),
        };
        let newest = place.newest.as_deref().unwrap_or("no version");
        put(&mut text, format_args!("\n{}: {targets}, newest is {newest}", place.environment));
        for group in &place.groups {
            let phrase = match group.targets {
                1 => of_one(&group.phrase),
                _ => group.phrase.clone(),
            };
            put(&mut text, format_args!("{:>9} {phrase}", grouped(group.targets)));
            put(&mut text, format_args!("{:>9} such as {}", "", group.example));
            if let Some(at) = group.next {
                let at = at.to_string();
                put(&mut text, format_args!("{:>9} next at {}", "", context.instant(&at)));
            }
        }
        if let Some(rollout) = &place.rollout {
            put(&mut text, format_args!("  Rollout: {}", rolled_out(rollout, context)));
        }
    }
    text
}

fn rolled_out(rollout: &RolloutSummary, context: Context<'_>) -> String {
    let (open, total) = (grouped(rollout.deployed.into()), grouped(rollout.total.into()));
    match rollout.state() {
        RolloutState::NoTargets => "no targets".to_owned(),
        RolloutState::WaitingToStart => format!("not started, {open} of {total} slots are open"),
        RolloutState::Complete => format!("complete, {open} of {total} slots are open"),
        RolloutState::InProgress => {
            let mut said = format!("{open} of {total} slots are open");
            if let Some((next, last)) = rollout.next_due.zip(rollout.last_due) {
                let (next, last) = (next.to_string(), last.to_string());
                let (next, last) = (context.instant(&next), context.instant(&last));
                let _ = write!(said, ", the next at {next}, the last at {last}");
            }
            said
        }
    }
}

fn results(text: &mut String, results: &[CheckResult], context: Context<'_>) {
    for result in results {
        let rule = match (&result.policy_id, &result.rule_id) {
            (Some(policy), Some(rule)) => format!(" [{policy}/{rule}]"),
            _ => String::new(),
        };
        let verdict = result.verdict.name();
        put(text, format_args!("  {verdict:<8} {}{rule}", sentence(result, context)));
    }
}

fn next(at: Option<SimTime>, context: Context<'_>) -> String {
    let Some(at) = at else { return "Time alone changes nothing here".to_owned() };
    format!("Time may change this at {}", context.instant(&at.to_string()))
}

fn put(text: &mut String, line: std::fmt::Arguments<'_>) {
    // Ids are opaque, terminals are not.
    for c in line.to_string().chars() {
        if c.is_control() && c != '\n' { text.extend(c.escape_default()) } else { text.push(c) }
    }
    text.push('\n');
}
