//! Decision records in words: one sentence per result, made of its code and parameters.
//!
//! Vocabulary: a *sentence* is about one result of one target, its subject the version or the target;
//! a *phrase* is the same of many targets that have a reason in common, without what differs.

use std::fmt::Write;

use serde_json::Value as Json;
use shakedown_engine::time::SimTime;
use shakedown_systems::record::CheckResult;

/// What sentences take for granted.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The environment of the target.
    pub environment: &'a str,
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

    /// When something happens; no instant if it lies beyond all that can be written.
    fn when(self, at: &str) -> String {
        if at.is_empty() { "after 2261".to_owned() } else { format!("at {}", self.instant(at)) }
    }
}

/// One sentence about a result, for people. Codes that are unknown are told as they are.
#[must_use]
pub fn sentence(result: &CheckResult, context: Context<'_>) -> String {
    let CheckResult { code, params, .. } = result;
    let text = |name: &str| text(params, name);
    let number = |name: &str| number(params, name);
    let at = |name: &str| context.when(text(name));
    let environment = context.environment;
    match *code {
        "status.ready" => "is ready".to_owned(),
        "status.paused_kept" => "is paused; it stays where it is already".to_owned(),
        "status.paused" => "is paused; only targets that have it keep it".to_owned(),
        "status.not_ready" => format!("is not ready: its status is {}", text("status")),
        "version_dependency.none" => "depends on no other deployment".to_owned(),
        "version_dependency.met" => "finds deployed what it depends on".to_owned(),
        "version_dependency.unmet" => format!("waits for {}", edges(params)),
        "version_dependency.selector_error" => {
            format!("has a dependency with a wrong selector: {}", text("error"))
        }
        "approval.none_required" => format!("needs no approval in {environment}"),
        "approval.met" => {
            let (have, need) = (number("have"), number("need"));
            let approvers = list(params, "approvers");
            format!("has {have} of {need} approvals in {environment} ({approvers})")
        }
        "approval.already_deployed" => "needs no approval: it was released here before".to_owned(),
        "approval.not_enough" => {
            let more = count(number("need") - number("have"), "more approval");
            format!("waits for {more} in {environment}: has {}", approvals(params))
        }
        "progression.met" => format!("succeeded in {}", list(params, "environments")),
        "progression.no_upstream" => "waits for an environment upstream: there is none".to_owned(),
        "progression.not_met" => format!("waits for success in {}", upstream(params, context)),
        "progression.selector_error" => {
            format!("cannot tell what is upstream: {}", text("error"))
        }
        "rollout.already_released" => "was released here before".to_owned(),
        "rollout.due" => format!("{}; its slot opened {}", rank(params), at("due")),
        "rollout.waiting" => format!("{}; its slot opens {}", rank(params), at("due")),
        "rollout.not_started" => {
            format!("waits for the rollout to start: {}", waiting_for(params))
        }
        "version_selector.match" => "is selected".to_owned(),
        "version_selector.no_match" => match text("description") {
            "" => "is not selected".to_owned(),
            description => format!("is not selected: {description}"),
        },
        "version_selector.error" | "dependency.selector_error" => {
            format!("meets a wrong selector: {}", text("error"))
        }
        "dependency.met" => format!("finds {} on {}", text("versionId"), text("target")),
        "dependency.unmet" => "waits for what the rule wants to run on the resource".to_owned(),
        "window.first_deployment" => "waits for no window: nothing runs here yet".to_owned(),
        "window.open" => format!("is in a window that closes {}", at("end")),
        "window.closed" if params["next"].is_null() => "waits for a window; none comes".to_owned(),
        "window.closed" => format!("waits for a window that opens {}", at("next")),
        "window.denied" => format!("waits for a deny window to end {}", at("end")),
        "window.clear" => "is outside every deny window".to_owned(),
        "cooldown.no_reference" => "waits for no cooldown: nothing runs here yet".to_owned(),
        "cooldown.same_version" => "waits for no cooldown: it is what runs here".to_owned(),
        "cooldown.passed" => format!("comes long enough after {}", text("reference")),
        "cooldown.waiting" => {
            format!("waits until {} is old enough {}", text("reference"), at("until"))
        }
        "waived" => {
            let mut said = format!("is waived by {}", list(params, "waiverIds"));
            if !params["until"].is_null() {
                let _ = write!(said, " until {}", context.instant(text("until")));
            }
            said
        }
        "concurrency.free" => "no job is processing".to_owned(),
        "concurrency.active_job" => format!("job {} is processing", list(params, "jobIds")),
        "repeat.not_succeeded" => "it did not succeed yet, and nobody stopped it".to_owned(),
        "repeat.already_succeeded" => format!("it succeeded already in job {}", text("jobId")),
        "repeat.stopped" => format!("job {} was {}", text("jobId"), text("status")),
        "agent.ok" => "no job says that the agent is missing".to_owned(),
        "agent.missing" => "the deployment's agent does not exist".to_owned(),
        "retry.first_attempt" => "this is the first attempt".to_owned(),
        "retry.allowed" | "retry.exhausted" => attempts(params),
        "retry.backoff" => format!("{}; the next is due {}", attempts(params), at("until")),
        unknown => format!("{unknown} {params}"),
    }
}

/// What many targets that a result blocks have in common, to go after their number: "wait for one
/// more approval in prod".
#[must_use]
pub fn phrase(result: &CheckResult, context: Context<'_>) -> String {
    let CheckResult { code, params, .. } = result;
    let text = |name: &str| text(params, name);
    let environment = context.environment;
    match *code {
        "status.paused" => "wait because it is paused".to_owned(),
        "status.not_ready" => format!("are denied it because it is {}", text("status")),
        "version_dependency.unmet" => format!("wait for {}", edges(params)),
        "version_dependency.selector_error"
        | "version_selector.error"
        | "dependency.selector_error"
        | "progression.selector_error" => {
            format!("are denied it by a wrong selector: {}", text("error"))
        }
        "approval.not_enough" => {
            let more = number(params, "need") - number(params, "have");
            format!("wait for {} in {environment}", count(more, "more approval"))
        }
        "progression.no_upstream" => "wait for an environment upstream".to_owned(),
        "progression.not_met" => format!("wait for success in {}", upstream(params, context)),
        "rollout.waiting" => {
            format!("are ranked after {}", context.instant(&context.now.to_string()))
        }
        "rollout.not_started" => "wait for the rollout to start".to_owned(),
        "version_selector.no_match" => "are not selected for it".to_owned(),
        "dependency.unmet" => "wait for something else on their resources".to_owned(),
        "window.closed" => "wait for a window to open".to_owned(),
        "window.denied" => "wait for a deny window to end".to_owned(),
        "cooldown.waiting" => format!("wait until {} is old enough", text("reference")),
        "concurrency.active_job" => "have a job that is processing".to_owned(),
        "repeat.already_succeeded" => "have it".to_owned(),
        "repeat.stopped" => format!("had a job of it that was {}", text("status")),
        "agent.missing" => "have no agent".to_owned(),
        "retry.backoff" => "wait for the next attempt".to_owned(),
        "retry.exhausted" => "have no attempt left".to_owned(),
        unknown => format!("are held by {unknown}"),
    }
}

/// A phrase about one target: "waits for one more approval in prod".
#[must_use]
pub fn of_one(phrase: &str) -> String {
    let verbs = [("are ", "is "), ("have ", "has "), ("wait ", "waits "), ("get ", "gets ")];
    let of_one = |clause: &str| {
        let found = verbs.iter().find_map(|(many, one)| Some((one, clause.strip_prefix(many)?)));
        found.map_or_else(|| clause.to_owned(), |(one, rest)| format!("{one}{rest}"))
    };
    phrase.split(" and ").map(of_one).collect::<Vec<_>>().join(" and ")
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
        format!("{}: {}", text(it, "environmentId"), failures.join(", "))
    });
    environments.collect::<Vec<_>>().join("; or in ")
}

fn failing(failure: &Json, context: Context<'_>) -> String {
    let number = |name: &str| number(failure, name);
    match text(failure, "code") {
        "progression.no_targets" => "no targets".to_owned(),
        "progression.not_enough_successes" => {
            let (have, need, targets) = (number("have"), number("need"), number("targets"));
            format!("{have} of {need} successes on {targets} targets")
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
    use shakedown_engine::reason::{Reason, Verdict};

    fn result(code: &'static str, params: Json) -> CheckResult {
        CheckResult {
            code,
            verdict: Verdict::Pending,
            action: None,
            params,
            satisfied_at: None,
            next: None,
            valid_until: None,
            policy_id: None,
            rule_id: None,
        }
    }

    #[test]
    fn results_are_told_in_sentences_and_phrases() {
        let now = SimTime::parse("2026-03-02T14:10:00Z").expect("a time");
        let context = Context { environment: "prod", now };
        let not_met = json!({ "environments": [
            { "environmentId": "dev", "failures": [{ "code": "progression.no_targets" }] },
            { "environmentId": "staging", "failures": [
                { "code": "progression.soaking", "until": "2026-03-03T14:20:00Z" },
            ] },
        ] });
        for (code, params, said, of_many) in [
            (
                "approval.not_enough",
                json!({ "have": 1, "need": 2, "approvers": ["u1"] }),
                "waits for one more approval in prod: has 1 of 2 (u1)",
                "wait for one more approval in prod",
            ),
            (
                "approval.not_enough",
                json!({ "have": 0, "need": 2, "approvers": [] }),
                "waits for 2 more approvals in prod: has 0 of 2",
                "wait for 2 more approvals in prod",
            ),
            (
                "rollout.waiting",
                json!({ "position": 36, "cohort": 300, "due": "2026-03-02T14:20:00Z" }),
                "ranked 37 of 300; its slot opens at 14:20:00Z",
                "are ranked after 14:10:00Z",
            ),
            (
                "rollout.waiting",
                json!({ "position": 36, "cohort": 300, "due": null }),
                "ranked 37 of 300; its slot opens after 2261",
                "are ranked after 14:10:00Z",
            ),
            (
                "rollout.not_started",
                json!({ "waitingFor": ["approval", "environmentProgression"] }),
                "waits for the rollout to start: no approvals, no success upstream",
                "wait for the rollout to start",
            ),
            (
                "progression.not_met",
                not_met,
                "waits for success in dev: no targets; or in staging: its soak ends at 2026-03-03T14:20:00Z",
                "wait for success in dev: no targets; or in staging: its soak ends at 2026-03-03T14:20:00Z",
            ),
            (
                "version_dependency.unmet",
                json!({ "edges": [{ "deploymentId": "db", "cause": "nothing_deployed" }] }),
                "waits for db, which has nothing deployed there",
                "wait for db, which has nothing deployed there",
            ),
            (
                "retry.backoff",
                json!({ "attempts": 2, "max": 3, "until": "2026-03-02T14:20:00Z" }),
                "2 of 4 attempts made; the next is due at 14:20:00Z",
                "wait for the next attempt",
            ),
            (
                "window.closed",
                json!({ "next": null }),
                "waits for a window; none comes",
                "wait for a window to open",
            ),
            ("new.code", json!({ "a": 1 }), "new.code {\"a\":1}", "are held by new.code"),
        ] {
            let result = result(code, params);
            assert_eq!(sentence(&result, context), said, "{code}");
            assert_eq!(phrase(&result, context), of_many, "{code}");
        }
    }

    #[test]
    fn phrases_may_be_about_one_target() {
        for (many, one) in [
            ("wait for one more approval in prod", "waits for one more approval in prod"),
            ("are ranked after 09:00:00Z", "is ranked after 09:00:00Z"),
            ("have it", "has it"),
            ("get it now", "gets it now"),
            ("had a job of it that was skipped", "had a job of it that was skipped"),
            (
                "wait because it is paused and are not selected for it",
                "waits because it is paused and is not selected for it",
            ),
        ] {
            assert_eq!(of_one(many), one);
        }
    }

    /// Every reason that may hold a target has a phrase of its own.
    #[test]
    fn no_reason_is_told_by_its_code() {
        let context = Context { environment: "prod", now: SimTime(0) };
        for reason in Reason::ALL {
            let result = result(reason.code(), json!({}));
            let plan = matches!(reason, Reason::NoVersions | Reason::NoneDeployable);
            assert_eq!(phrase(&result, context).contains(reason.code()), plan, "{reason:?}");
            assert_eq!(sentence(&result, context).contains(reason.code()), plan, "{reason:?}");
        }
    }
}
