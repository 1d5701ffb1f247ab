//! What `explain` says to people: a record, or the groups of a deployment.

use std::fmt::Write;

use shakedown_engine::base::time::SimTime;
use shakedown_engine::model::JobStatus;
use shakedown_engine::model::reason::Verdict;
use shakedown_systems::record::{CheckResult, Record, RolloutState, RolloutSummary};
use shakedown_terminal::number::grouped;
use shakedown_terminal::sheet::Sheet;

use super::groups::{Place, has_it};
use super::names::Names;
use super::words::{Context, of_one, sentence};

/// A record in words.
#[must_use]
pub fn of_target(record: &Record, names: &Names) -> String {
    let environment = names.environment(&record.target.environment_id);
    let context = Context { environment, names, now: record.at };
    let mut sheet = Sheet::default();
    let deployment = names.deployment(&record.target.deployment_id);
    let resource = &record.target.resource_id;
    sheet.heading(format_args!("{deployment} in {environment} on {resource} at {}", record.at));
    match &record.desired {
        None if record.candidates.is_empty() => {
            sheet.line("Nothing is desired: the deployment has no version.");
        }
        None => sheet.line("Nothing is desired: no version may be deployed here."),
        Some(desired) => {
            let version = names.version(&desired.version_id);
            sheet.line(format_args!("Desired is {version}"));
            sheet.line(format_args!("  release {}", desired.release_id));
            for (key, value) in &desired.variables {
                sheet.line(format_args!("  {key} = {value}"));
            }
        }
    }
    for candidate in &record.candidates {
        let stands = match candidate.verdict {
            Verdict::Allowed => "is chosen",
            Verdict::Pending => "waits",
            Verdict::Denied => "is denied",
        };
        sheet.gap();
        sheet.line(format_args!("Version {} {stands}:", names.version(&candidate.version_id)));
        results(&mut sheet, &candidate.results, context);
    }
    for it in &record.failed_policies {
        sheet.gap();
        sheet.line(format_args!(
            "Policy {} does not apply, for its selector fails here:",
            names.policy(&it.policy_id)
        ));
        sheet.paragraph("  ", &it.error);
    }
    if let Some(eligibility) = &record.eligibility {
        let stands = match eligibility.verdict {
            Verdict::Allowed => "gets a job",
            Verdict::Pending => "gets no job yet",
            Verdict::Denied => "gets no job",
        };
        sheet.gap();
        sheet.line(format_args!("The desired release {stands}:"));
        results(&mut sheet, &eligibility.results, context);
    }
    sheet.gap();
    match &record.current {
        Some(current) => {
            sheet.line(format_args!("Deployed is {}", names.version(&current.version_id)));
        }
        None => sheet.line("Nothing is deployed"),
    }
    if let Some(job) = &record.latest_job {
        let at = job.created_at.to_string();
        let (id, version, status) = (&job.id, names.version(&job.version_id), job.status.name());
        let at = context.instant(&at);
        let ago = context.days_ago(job.created_at);
        // Two meanings of success: it is not repeated, and it is none.
        let is_open = job.status == JobStatus::Successful && job.completed_at.is_none();
        let open =
            if is_open { " without completedAt, which no gate takes for a success" } else { "" };
        let told = format!("Latest job is {id} of {version}, created at {at}{ago}: {status}{open}");
        sheet.hanging("  ", told);
    }
    sheet.line(next(record.next.filter(|_| !has_it(record)), context));
    sheet.into_text()
}

/// The groups of a deployment in words.
#[must_use]
pub fn of_deployment(deployment: &str, places: &[Place], names: &Names, now: SimTime) -> String {
    let mut sheet = Sheet::default();
    sheet.heading(format_args!("{} at {now}", names.deployment(deployment)));
    if places.is_empty() {
        sheet.line("It has no targets.");
    }
    for place in places {
        let environment = names.environment(&place.environment);
        let context = Context { environment, names, now };
        let targets = match place.targets {
            1 => "one target".to_owned(),
            many => format!("{} targets", grouped(many)),
        };
        sheet.gap();
        sheet.line(format_args!("{environment}: {targets}"));
        for group in &place.running {
            sheet.item(&format!("{:>9} ", grouped(group.targets)), group.tell(context));
            sheet.line(format_args!("{:>9} such as {}", "", group.example));
        }
        match &place.newest {
            Some(newest) => {
                sheet.line(format_args!("  The newest is {}:", names.version(newest)));
            }
            None => sheet.line("  There is no version:"),
        }
        for group in &place.groups {
            let phrase = match group.targets {
                1 => of_one(&group.phrase),
                _ => group.phrase.clone(),
            };
            sheet.item(&format!("{:>9} ", grouped(group.targets)), phrase);
            sheet.line(format_args!("{:>9} such as {}", "", group.resource));
            if let Some(at) = group.next {
                let at = at.to_string();
                sheet.line(format_args!("{:>9} next at {}", "", context.instant(&at)));
            }
        }
        if let Some(rollout) = &place.rollout {
            sheet.line(format_args!("  Rollout: {}", rolled_out(rollout, context)));
        }
    }
    sheet.into_text()
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
                let _ = write!(said, "; the next opens at {next}, the last at {last}");
            }
            said
        }
    }
}

fn results(sheet: &mut Sheet, results: &[CheckResult], context: Context<'_>) {
    for result in results {
        let rule = match (&result.policy_id, &result.rule_id) {
            (Some(policy), Some(rule)) => {
                format!(" [{}, {rule}]", context.names.policy(policy))
            }
            _ => String::new(),
        };
        let verdict = result.verdict.name();
        let told = format!("{}{rule}", sentence(result, context));
        sheet.item(&format!("  {verdict:<8} "), told);
    }
}

fn next(at: Option<SimTime>, context: Context<'_>) -> String {
    let Some(at) = at else { return "Time alone changes nothing here".to_owned() };
    format!("Time may change this at {}", context.instant(&at.to_string()))
}
