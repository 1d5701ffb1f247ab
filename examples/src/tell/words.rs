//! Decision records in words: one sentence per result, made of its code and parameters.
//!
//! Vocabulary: a *sentence* is about one result of one target, its subject the version or the target;
//! a *phrase* is the same of many targets that have a reason in common, without what differs.

use std::fmt::Write;

use serde_json::Value as Json;
use shakedown_engine::base::time::{HOUR, SimTime};
use shakedown_engine::model::reason::{Code, Pass, Reason};
use shakedown_systems::record::CheckResult;

use super::names::Names;

/// In nanoseconds.
const DAY: i64 = 24 * HOUR;

/// What sentences take for granted.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The environment of the target.
    pub environment: &'a str,
    /// What things are called.
    pub names: &'a Names,
    /// The clock; instants of the same day are told without the date.
    pub now: SimTime,
}

impl Context<'_> {
    /// An instant, without the date if it is today.
    #[must_use]
    pub fn instant(self, at: &str) -> &str {
        let now = self.now.to_string();
        let today = now.split_once('T').map_or("", |(date, _)| date);
        at.strip_prefix(today).and_then(|rest| rest.strip_prefix('T')).unwrap_or(at)
    }

    /// How long ago something was, if that is days.
    #[must_use]
    pub fn days_ago(self, at: SimTime) -> String {
        match self.now.0.saturating_sub(at.0) / DAY {
            ..=0 => String::new(),
            1 => ", one day ago".to_owned(),
            days => format!(", {days} days ago"),
        }
    }

    /// When something happens; no instant if it lies beyond all that can be written.
    fn when(self, at: &str) -> String {
        if at.is_empty() { "after 2261".to_owned() } else { format!("at {}", self.instant(at)) }
    }
}

/// One sentence about a result, for people.
#[must_use]
pub fn sentence(result: &CheckResult, context: Context<'_>) -> String {
    match result.code {
        Code::Pass(pass) => passed(pass, &result.params, context),
        Code::Reason(reason) => held(reason, &result.params, context),
    }
}

/// How a check comes to hold.
fn passed(pass: Pass, params: &Json, context: Context<'_>) -> String {
    let text = |name: &str| text(params, name);
    let number = |name: &str| number(params, name);
    let at = |name: &str| context.when(text(name));
    let environment = context.environment;
    match pass {
        Pass::StatusReady => "is ready".to_owned(),
        Pass::StatusPausedKept => "is paused; it stays where it is already".to_owned(),
        Pass::VersionDependencyNone => "depends on no other deployment".to_owned(),
        Pass::VersionDependencyMet => "finds deployed what it depends on".to_owned(),
        Pass::ApprovalNoneRequired => format!("needs no approval in {environment}"),
        Pass::ApprovalMet => {
            let (have, need) = (number("have"), number("need"));
            let approvers = list(params, "approvers");
            format!("has {have} of {need} approvals in {environment} ({approvers})")
        }
        Pass::ApprovalAlreadyDeployed => {
            "needs no approval: it was released here before".to_owned()
        }
        Pass::ProgressionMet => {
            let environments = params["environments"].as_array().into_iter().flatten();
            let names = environments.filter_map(Json::as_str);
            let names = names.map(|id| context.names.environment(id));
            format!("succeeded in {}", names.collect::<Vec<_>>().join(", "))
        }
        Pass::RolloutAlreadyReleased => "was released here before".to_owned(),
        Pass::RolloutDue => format!("{}; its slot opened {}", rank(params), at("due")),
        Pass::VersionSelectorMatch => "is selected".to_owned(),
        Pass::DependencyMet => format!("finds {} on {}", text("versionId"), text("target")),
        Pass::WindowFirstDeployment => "waits for no window: nothing runs here yet".to_owned(),
        Pass::WindowSettled => "waits for no window: it is there already".to_owned(),
        Pass::WindowOpen => format!("is in a window that closes {}", at("end")),
        Pass::WindowClear => "is outside every deny window".to_owned(),
        Pass::CooldownNoReference => "waits for no cooldown: nothing runs here yet".to_owned(),
        Pass::CooldownSameVersion => "waits for no cooldown: it is what runs here".to_owned(),
        Pass::CooldownPassed => format!("comes long enough after {}", text("reference")),
        Pass::Waived => {
            let mut said = format!("is waived by {}", list(params, "waiverIds"));
            if !params["until"].is_null() {
                let _ = write!(said, " until {}", context.instant(text("until")));
            }
            said
        }
        Pass::ConcurrencyFree => "no job is processing".to_owned(),
        Pass::RepeatNotSucceeded => "it did not succeed yet, and nobody stopped it".to_owned(),
        Pass::AgentOk => "no job says that the agent is missing".to_owned(),
        Pass::RetryFirstAttempt => "this is the first attempt".to_owned(),
        Pass::RetryAllowed => attempts(params),
        Pass::ConcurrencyLimitFree => {
            format!("{} of {} jobs are processing", number("active"), number("max"))
        }
    }
}

/// Why a check does not hold.
fn held(reason: Reason, params: &Json, context: Context<'_>) -> String {
    let text = |name: &str| text(params, name);
    let number = |name: &str| number(params, name);
    let at = |name: &str| context.when(text(name));
    let environment = context.environment;
    match reason {
        Reason::NoVersions => "there is no version".to_owned(),
        Reason::NoneDeployable => "no version passes its checks".to_owned(),
        Reason::StatusPaused => "is paused; only targets that have it keep it".to_owned(),
        Reason::StatusNotReady => format!("is not ready: its status is {}", text("status")),
        Reason::VersionDependencyUnmet => format!("waits for {}", edges(params)),
        Reason::VersionDependencySelectorError => {
            format!("has a dependency with a wrong selector: {}", text("error"))
        }
        Reason::ApprovalNotEnough => {
            let more = count(number("need") - number("have"), "more approval");
            format!("waits for {more} in {environment}: has {}", approvals(params))
        }
        Reason::ProgressionNoUpstream => {
            "waits for an environment upstream: there is none".to_owned()
        }
        Reason::ProgressionNotMet => format!("waits for success in {}", upstream(params, context)),
        Reason::ProgressionSelectorError => {
            format!("cannot tell what is upstream: {}", text("error"))
        }
        Reason::RolloutWaiting => format!("{}; its slot opens {}", rank(params), at("due")),
        Reason::RolloutNotStarted => {
            format!("waits for the rollout to start: {}", waiting_for(params))
        }
        Reason::VersionSelectorNoMatch => match text("description") {
            "" => "is not selected".to_owned(),
            description => format!("is not selected: {description}"),
        },
        Reason::VersionSelectorError | Reason::DependencySelectorError => {
            format!("meets a wrong selector: {}", text("error"))
        }
        Reason::DependencyUnmet => {
            "waits for what the rule wants to run on the resource".to_owned()
        }
        Reason::WindowClosed if params["next"].is_null() => {
            "waits for a window; none comes".to_owned()
        }
        Reason::WindowClosed => format!("waits for a window that opens {}", at("next")),
        Reason::WindowDenied if params["end"].is_null() => {
            "waits for a deny window to end; it never does".to_owned()
        }
        Reason::WindowDenied => format!("waits for a deny window to end {}", at("end")),
        Reason::CooldownWaiting => {
            format!("waits until {} is old enough {}", text("reference"), at("until"))
        }
        Reason::ActiveJob => format!("job {} is processing", list(params, "jobIds")),
        Reason::AlreadySucceeded => format!("it succeeded already in job {}", text("jobId")),
        Reason::Stopped => format!("job {} was {}", text("jobId"), text("status")),
        Reason::AgentMissing => "the deployment's agent does not exist".to_owned(),
        Reason::RetryExhausted => attempts(params),
        Reason::RetryBackoff => format!("{}; the next is due {}", attempts(params), at("until")),
        Reason::ConcurrencyLimitStopped => {
            format!("it {}, and waits for an approval", failures(params))
        }
        Reason::ConcurrencyLimitWaiting => match number("ahead") {
            0 => format!("it is next in line, for {}", places(params)),
            ahead => format!("it is in line after {ahead}, for {}", places(params)),
        },
    }
}

/// What many targets that a reason holds back have in common, to go after their number: "wait for one
/// more approval in prod".
#[must_use]
pub fn phrase(reason: Reason, params: &Json, context: Context<'_>) -> String {
    let text = |name: &str| text(params, name);
    let environment = context.environment;
    match reason {
        Reason::NoVersions => "have nothing to get".to_owned(),
        Reason::NoneDeployable => "are denied every version".to_owned(),
        Reason::StatusPaused => "wait because it is paused".to_owned(),
        Reason::StatusNotReady => format!("are denied it because it is {}", text("status")),
        Reason::VersionDependencyUnmet => format!("wait for {}", edges(params)),
        Reason::VersionDependencySelectorError
        | Reason::VersionSelectorError
        | Reason::DependencySelectorError
        | Reason::ProgressionSelectorError => {
            format!("are denied it by a wrong selector: {}", text("error"))
        }
        Reason::ApprovalNotEnough => {
            let more = number(params, "need") - number(params, "have");
            format!("wait for {} in {environment}", count(more, "more approval"))
        }
        Reason::ProgressionNoUpstream => "wait for an environment upstream".to_owned(),
        Reason::ProgressionNotMet => format!("wait for success in {}", upstream(params, context)),
        Reason::RolloutWaiting => "have their turn later".to_owned(),
        Reason::RolloutNotStarted => "wait for the rollout to start".to_owned(),
        Reason::VersionSelectorNoMatch => "are not selected for it".to_owned(),
        Reason::DependencyUnmet => "wait for something else on their resources".to_owned(),
        Reason::WindowClosed if params["next"].is_null() => {
            "wait for a window, and none comes".to_owned()
        }
        Reason::WindowClosed => {
            format!("wait for the window that opens {}", context.when(text("next")))
        }
        Reason::WindowDenied => "wait for a deny window to end".to_owned(),
        Reason::CooldownWaiting => format!("wait until {} is old enough", text("reference")),
        Reason::ActiveJob => "have a job that is processing".to_owned(),
        Reason::AlreadySucceeded => "have it".to_owned(),
        Reason::Stopped => format!("had a job of it that was {}", text("status")),
        Reason::AgentMissing => "have no agent".to_owned(),
        Reason::RetryBackoff => "wait for the next attempt".to_owned(),
        Reason::RetryExhausted => "have no attempt left".to_owned(),
        Reason::ConcurrencyLimitStopped => {
            let failed = count(number(params, "failed"), "target");
            format!("wait for an approval, as it failed on {failed}")
        }
        Reason::ConcurrencyLimitWaiting => {
            format!("wait in line, for {}", places(params))
        }
    }
}

/// Between the reasons of a phrase.
pub const JOIN: &str = "; ";

/// A phrase about one target: "waits for one more approval in prod".
#[must_use]
pub fn of_one(phrase: &str) -> String {
    let verbs = [
        ("are ", "is "),
        ("have ", "has "),
        ("wait ", "waits "),
        ("get ", "gets "),
        ("run ", "runs "),
        ("report ", "reports "),
    ];
    let of_one = |clause: &str| {
        let found = verbs.iter().find_map(|(many, one)| Some((one, clause.strip_prefix(many)?)));
        let said = found.map_or_else(|| clause.to_owned(), |(one, rest)| format!("{one}{rest}"));
        said.replacen(" their turn", " its turn", 1)
    };
    phrase.split(JOIN).map(of_one).collect::<Vec<_>>().join(JOIN)
}

/// `one more approval`, `3 more approvals`.
fn count(number: i64, what: &str) -> String {
    if number == 1 { format!("one {what}") } else { format!("{number} {what}s") }
}

fn text<'a>(params: &'a Json, name: &str) -> &'a str {
    params[name].as_str().unwrap_or("")
}

fn number(params: &Json, name: &str) -> i64 {
    params[name].as_i64().unwrap_or(0)
}

/// The texts of a list, joined.
fn list(params: &Json, name: &str) -> String {
    let texts = params[name].as_array().into_iter().flatten().filter_map(Json::as_str);
    texts.collect::<Vec<_>>().join(", ")
}

fn approvals(params: &Json) -> String {
    let (have, need) = (number(params, "have"), number(params, "need"));
    match list(params, "approvers") {
        nobody if nobody.is_empty() => format!("{have} of {need}"),
        approvers => format!("{have} of {need} ({approvers})"),
    }
}

fn rank(params: &Json) -> String {
    format!("ranked {} of {}", number(params, "position") + 1, number(params, "cohort"))
}

fn attempts(params: &Json) -> String {
    format!("{} of {} attempts made", number(params, "attempts"), number(params, "max") + 1)
}

fn places(params: &Json) -> String {
    match number(params, "max") {
        1 => "the only job at once".to_owned(),
        max => format!("one of {max} jobs at once"),
    }
}

fn failures(params: &Json) -> String {
    let failed = format!("failed on {}", count(number(params, "failed"), "target"));
    match number(params, "withinPercent") {
        100 => failed,
        percent => format!("{failed} of the first {percent} %"),
    }
}

fn waiting_for(params: &Json) -> String {
    let kinds = params["waitingFor"].as_array().into_iter().flatten().filter_map(Json::as_str);
    let kinds = kinds.map(|kind| if kind == "approval" { "approvals" } else { "success upstream" });
    format!("no {}", kinds.collect::<Vec<_>>().join(", no "))
}

fn edges(params: &Json) -> String {
    let edges = params["edges"].as_array().into_iter().flatten().map(|edge| {
        let cause = match text(edge, "cause") {
            "not_on_resource" => "which has no target there",
            "nothing_deployed" => "which has nothing deployed there",
            "selector_false" => "which runs another version there",
            _ => "about whose version the selector fails",
        };
        format!("{}, {cause}", text(edge, "deploymentId"))
    });
    edges.collect::<Vec<_>>().join("; and for ")
}

fn upstream(params: &Json, context: Context<'_>) -> String {
    let environments = params["environments"].as_array().into_iter().flatten().map(|it| {
        let failures = it["failures"].as_array().into_iter().flatten();
        let failures: Vec<String> = failures.map(|failure| failing(failure, context)).collect();
        let environment = context.names.environment(text(it, "environmentId"));
        format!("{environment}: {}", failures.join(", "))
    });
    environments.collect::<Vec<_>>().join("; or in ")
}

fn failing(failure: &Json, context: Context<'_>) -> String {
    let number = |name: &str| number(failure, name);
    match text(failure, "code") {
        "progression.no_targets" => "no targets".to_owned(),
        "progression.not_enough_successes" => {
            let (have, need, targets) = (number("have"), number("need"), number("targets"));
            let successes = if need == 1 { "success" } else { "successes" };
            format!("{have} of {need} {successes} on {}", count(targets, "target"))
        }
        "progression.soaking" => {
            format!("its soak ends {}", context.when(text(failure, "until")))
        }
        _ => {
            let last = context.instant(text(failure, "last"));
            format!("the last success, {last}, is over {} h ago", number("maxHours"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn results_are_told_in_sentences_and_phrases() {
        let now = SimTime::parse("2026-03-02T14:10:00Z").expect("a time");
        let context = Context { environment: "prod", names: &Names::default(), now };
        let not_met = json!({ "environments": [
            { "environmentId": "dev", "failures": [{ "code": "progression.no_targets" }] },
            { "environmentId": "staging", "failures": [
                { "code": "progression.soaking", "until": "2026-03-03T14:20:00Z" },
            ] },
        ] });
        for (reason, params, said, of_many) in [
            (
                Reason::ApprovalNotEnough,
                json!({ "have": 1, "need": 2, "approvers": ["u1"] }),
                "waits for one more approval in prod: has 1 of 2 (u1)",
                "wait for one more approval in prod",
            ),
            (
                Reason::ApprovalNotEnough,
                json!({ "have": 0, "need": 2, "approvers": [] }),
                "waits for 2 more approvals in prod: has 0 of 2",
                "wait for 2 more approvals in prod",
            ),
            (
                Reason::RolloutWaiting,
                json!({ "position": 36, "cohort": 300, "due": "2026-03-02T14:20:00Z" }),
                "ranked 37 of 300; its slot opens at 14:20:00Z",
                "have their turn later",
            ),
            (
                Reason::RolloutWaiting,
                json!({ "position": 36, "cohort": 300, "due": null }),
                "ranked 37 of 300; its slot opens after 2261",
                "have their turn later",
            ),
            (
                Reason::RolloutNotStarted,
                json!({ "waitingFor": ["approval", "environmentProgression"] }),
                "waits for the rollout to start: no approvals, no success upstream",
                "wait for the rollout to start",
            ),
            (
                Reason::ProgressionNotMet,
                not_met,
                "waits for success in dev: no targets; or in staging: its soak ends at 2026-03-03T14:20:00Z",
                "wait for success in dev: no targets; or in staging: its soak ends at 2026-03-03T14:20:00Z",
            ),
            (
                Reason::VersionDependencyUnmet,
                json!({ "edges": [{ "deploymentId": "db", "cause": "nothing_deployed" }] }),
                "waits for db, which has nothing deployed there",
                "wait for db, which has nothing deployed there",
            ),
            (
                Reason::RetryBackoff,
                json!({ "attempts": 2, "max": 3, "until": "2026-03-02T14:20:00Z" }),
                "2 of 4 attempts made; the next is due at 14:20:00Z",
                "wait for the next attempt",
            ),
            (
                Reason::ConcurrencyLimitWaiting,
                json!({ "ahead": 3, "max": 5 }),
                "it is in line after 3, for one of 5 jobs at once",
                "wait in line, for one of 5 jobs at once",
            ),
            (
                Reason::ConcurrencyLimitWaiting,
                json!({ "ahead": 0, "max": 1 }),
                "it is next in line, for the only job at once",
                "wait in line, for the only job at once",
            ),
            (
                Reason::ConcurrencyLimitStopped,
                json!({ "failed": 2, "failures": 2, "withinPercent": 20 }),
                "it failed on 2 targets of the first 20 %, and waits for an approval",
                "wait for an approval, as it failed on 2 targets",
            ),
            (
                Reason::WindowClosed,
                json!({ "next": null }),
                "waits for a window; none comes",
                "wait for a window, and none comes",
            ),
            (
                Reason::WindowDenied,
                json!({ "end": null }),
                "waits for a deny window to end; it never does",
                "wait for a deny window to end",
            ),
        ] {
            assert_eq!(phrase(reason, &params, context), of_many, "{reason:?}");
            let result = CheckResult::blocked(reason, params);
            assert_eq!(sentence(&result, context), said, "{reason:?}");
        }
    }

    #[test]
    fn phrases_may_be_about_one_target() {
        for (many, one) in [
            ("wait for one more approval in prod", "waits for one more approval in prod"),
            ("have their turn later", "has its turn later"),
            ("have it", "has it"),
            ("get it now", "gets it now"),
            ("had a job of it that was skipped", "had a job of it that was skipped"),
            (
                "wait because it is paused; are not selected for it",
                "waits because it is paused; is not selected for it",
            ),
        ] {
            assert_eq!(of_one(many), one);
        }
    }
}
