//! Timelines: what each instant of a replay caused, for people and for programs.
//!
//! Vocabulary: an *instant* is what happened for one cause at one time; consecutive events at the same
//! time are one instant. At a *quiet* instant no target came, went or changed its reasons and no job
//! was created: it is counted, not listed.

use serde_json::{Map, Value, json};
use shakedown_engine::base::ids::CohortIx;
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::fleet::jobs::Jobs;
use shakedown_engine::fleet::report::{JobRanges, Report};
use shakedown_engine::model::reason::Reason;
use shakedown_engine::read::{JobView, job_view};
use shakedown_systems::load;
use shakedown_terminal::number::grouped;
use shakedown_terminal::sheet::Sheet;

use super::names::Names;
use super::standing::place;

/// Why an instant is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The replay begins; a workspace document takes effect.
    Start,
    /// Events.
    Event,
    /// A timer.
    Timer,
    /// The replay ends.
    Until,
}

impl Cause {
    /// The name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Event => "event",
            Self::Timer => "timer",
            Self::Until => "until",
        }
    }
}

/// One instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instant {
    /// When.
    pub at: SimTime,
    /// Why.
    pub cause: Cause,
    /// The types of its events, in order.
    pub events: Vec<Box<str>>,
    /// Targets that came into being.
    pub added: u64,
    /// Targets that vanished.
    pub removed: u64,
    /// Jobs that were cancelled because their targets vanished.
    pub cancelled: u64,
    /// Jobs created, by cohort.
    pub jobs: Vec<(CohortIx, u64)>,
    /// The same one by one: runs that follow each other in the table of jobs.
    made: Vec<JobRanges>,
    /// Targets that a reason began to hold back, in the order of reasons.
    pub became_blocked: Vec<(Reason, u64)>,
    /// Targets that a reason ceased to hold back.
    pub became_free: Vec<(Reason, u64)>,
}

impl Instant {
    fn new(at: SimTime, cause: Cause) -> Self {
        Self {
            at,
            cause,
            events: Vec::new(),
            added: 0,
            removed: 0,
            cancelled: 0,
            jobs: Vec::new(),
            made: Vec::new(),
            became_blocked: Vec::new(),
            became_free: Vec::new(),
        }
    }

    /// Number of jobs created.
    #[must_use]
    pub fn jobs_created(&self) -> u64 {
        self.jobs.iter().map(|&(_, count)| count).sum()
    }

    fn is_quiet(&self) -> bool {
        let nothing = self.added + self.removed == 0 && self.jobs.is_empty();
        nothing && self.became_blocked.is_empty() && self.became_free.is_empty()
    }
}

/// The instants of a replay.
#[derive(Debug)]
pub struct Timeline {
    /// In order: the start, what was not quiet, and perhaps the end.
    pub instants: Vec<Instant>,
    /// Instants with events at which nothing happened.
    pub quiet_events: u64,
    /// Instants with timers at which nothing happened.
    pub quiet_timers: u64,
    /// The instant that may go on.
    current: Option<Instant>,
}

impl Timeline {
    /// A timeline that begins at `at`.
    #[must_use]
    pub fn new(at: SimTime) -> Self {
        let start = Some(Instant::new(at, Cause::Start));
        Self { instants: Vec::new(), quiet_events: 0, quiet_timers: 0, current: start }
    }

    /// Takes what a change caused; fits [`load::Visit`].
    pub fn take(&mut self, fleet: &Fleet, at: SimTime, cause: load::Cause<'_>, report: &Report) {
        let (cause, event) = match cause {
            load::Cause::Document => (Cause::Start, None),
            load::Cause::Event(event_type) => (Cause::Event, Some(event_type)),
            load::Cause::Timer => (Cause::Timer, None),
        };
        if self.current.as_ref().is_none_or(|it| it.at != at || it.cause != cause) {
            self.close();
        }
        let instant = self.current.get_or_insert_with(|| Instant::new(at, cause));
        instant.events.extend(event.map(Box::from));
        instant.added += report.added;
        instant.removed += report.removed;
        instant.cancelled += report.jobs_cancelled;
        for (index, &reason) in Reason::ALL.iter().enumerate() {
            add(&mut instant.became_blocked, reason, report.gained[index]);
            add(&mut instant.became_free, reason, report.lost[index]);
        }
        for places in report.jobs.ranges() {
            let made = &fleet.world().resource::<Jobs>().0[places];
            for run in made.chunk_by(|a, b| a.target.cohort == b.target.cohort) {
                add(&mut instant.jobs, run[0].target.cohort, run.len() as u64);
            }
        }
        instant.made.extend(Some(report.jobs.clone()).filter(|it| !it.is_empty()));
    }

    /// Ends the timeline; at `until` if the replay was to go on to then.
    pub fn end(&mut self, until: Option<SimTime>) {
        self.close();
        self.instants.extend(until.map(|at| Instant::new(at, Cause::Until)));
    }

    fn close(&mut self) {
        match self.current.take() {
            Some(it) if it.is_quiet() && it.cause == Cause::Event => self.quiet_events += 1,
            Some(it) if it.is_quiet() && it.cause == Cause::Timer => self.quiet_timers += 1,
            closed => self.instants.extend(closed),
        }
    }

    /// The instants for programs.
    #[must_use]
    pub fn object(&self, fleet: &Fleet) -> Value {
        let by_reason = |counts: &[(Reason, u64)]| {
            let counts = counts.iter().map(|&(reason, n)| (reason.code().to_owned(), json!(n)));
            Value::Object(counts.collect::<Map<_, _>>())
        };
        let instants = self.instants.iter().map(|it| {
            let jobs = it.jobs.iter().map(|&(cohort, created)| {
                let (deployment, environment) = place(fleet, cohort);
                json!({ "deployment": deployment, "environment": environment, "created": created })
            });
            let made = it.made.iter().flat_map(|it| it.iter()).map(|job| {
                let JobView { id, target, version_id, .. } = job_view(fleet.world(), job);
                json!({ "id": id, "deployment": target.deployment_id,
                    "environment": target.environment_id, "resource": target.resource_id,
                    "version": version_id })
            });
            json!({
                "at": it.at.to_string(),
                "cause": it.cause.name(),
                "events": it.events,
                "added": it.added,
                "removed": it.removed,
                "jobs_created": it.jobs_created(),
                "jobs_cancelled": it.cancelled,
                "jobs": jobs.collect::<Vec<_>>(),
                "made": made.collect::<Vec<_>>(),
                "became_blocked": by_reason(&it.became_blocked),
                "became_free": by_reason(&it.became_free),
            })
        });
        instants.collect()
    }

    /// The instants for people: so many of the first as fit into some hundred lines.
    pub fn tell(&self, fleet: &Fleet, names: &Names, sheet: &mut Sheet) {
        let mut told = 0;
        for (shown, instant) in self.instants.iter().enumerate() {
            let lines = describe(fleet, names, instant);
            told += lines.len();
            if told > MAX_LINES {
                sheet.more(self.instants.len() - shown);
                break;
            }
            // What does not fit goes on below, indented once more.
            lines.iter().for_each(|line| sheet.hanging("    ", line));
        }
        let quiet = [(self.quiet_events, "events"), (self.quiet_timers, "timers")];
        for (count, what) in quiet.into_iter().filter(|&(count, _)| count > 0) {
            let count = grouped(count);
            sheet.line(format_args!("Instants of {what} at which nothing changed: {count}"));
        }
    }
}

/// Lines of instants for people.
const MAX_LINES: usize = 300;
/// Places and event types named one by one; more are summed up.
const MAX_NAMES: usize = 4;

/// Adds to one of the counts, which are in the order of what is counted.
fn add<T: Ord + Copy>(counts: &mut Vec<(T, u64)>, what: T, count: u64) {
    if count > 0 {
        match counts.binary_search_by_key(&what, |&(known, _)| known) {
            Ok(at) => counts[at].1 += count,
            Err(at) => counts.insert(at, (what, count)),
        }
    }
}

/// The lines of an instant.
fn describe(fleet: &Fleet, names: &Names, instant: &Instant) -> Vec<String> {
    let Instant { at, cause, events, added, removed, .. } = instant;
    let mut what = format!("{at} {}", cause.name());
    if !events.is_empty() {
        let runs = events.chunk_by(|a, b| a == b);
        let runs = list(runs.map(|run| (run[0].to_string(), run.len() as u64)));
        what = format!("{what}: {runs}");
    }
    let mut lines = vec![what];
    let counts = [
        (*added, "targets added"),
        (*removed, "targets removed"),
        (instant.cancelled, "jobs cancelled, their targets being gone"),
    ];
    for (count, what) in counts {
        if count > 0 {
            lines.push(format!("  {what}: {}", grouped(count)));
        }
    }
    let jobs = instant.jobs_created();
    if jobs > 0 {
        let mut created = format!("  jobs created: {}", grouped(jobs));
        if instant.jobs.len() <= MAX_NAMES {
            let places = instant.jobs.iter().map(|&(cohort, count)| {
                let (deployment, environment) = place(fleet, cohort);
                let deployment = names.deployment(deployment);
                (format!("{deployment} in {}", names.environment(environment)), count)
            });
            created = format!("{created} ({})", list(places));
        }
        lines.push(created);
    }
    for (counts, what) in
        [(&instant.became_blocked, "blocked now"), (&instant.became_free, "free now")]
    {
        if !counts.is_empty() {
            let counts = counts.iter().map(|&(reason, count)| (reason.code().to_owned(), count));
            lines.push(format!("  {what}: {}", all(counts)));
        }
    }
    lines
}

/// `name` or `name x count`, as many as are few.
fn list(named: impl Iterator<Item = (String, u64)>) -> String {
    let mut texts: Vec<String> = named
        .map(|(name, count)| if count == 1 { name } else { format!("{name} x {}", grouped(count)) })
        .collect();
    if texts.len() > MAX_NAMES {
        let more = texts.len() - MAX_NAMES;
        texts.truncate(MAX_NAMES);
        texts.push(format!("{} more", grouped(more as u64)));
    }
    texts.join(", ")
}

/// `count name`, all of them.
fn all(named: impl Iterator<Item = (String, u64)>) -> String {
    let texts: Vec<String> =
        named.map(|(name, count)| format!("{} {name}", grouped(count))).collect();
    texts.join(", ")
}
