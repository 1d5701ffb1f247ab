//! Deviations: what we decide otherwise than the recorded engine (SEMANTICS 13), and how to tell that
//! a difference is one of them and no mistake.
//!
//! Vocabulary: an *emulation* makes our engine decide as the recorded one in one respect: it rewrites
//! events, adds some, keeps some from being noticed, or changes what is seen at the end.
//!
//! A difference is a deviation only if the emulation of that deviation, or of a few together, reaches
//! the recorded state *in full*. So the recorded values are those of the original's rule, ours are
//! ours, and a mistake elsewhere in the scenario cannot hide behind a number: it would be left over.
//! When the recorded engine looks at a target again is explained by itself, see [`polled`], and what it
//! takes that we refuse by the class of the error, see [`of_refusal`]: weaker evidence, and
//! [`Evidence`] says which it is.
//!
//! Not here are deviations that cannot show in a golden: they concern what is not recorded (job ids,
//! configs, reports: D9, D38, D40, D43), rules that the recorded engine lacks (D37), answers that it
//! gives at random (D6), or what scenarios cannot express (D12, D22, D35, D41); D18 shows only
//! together with D25, D21 in no recorded field.

mod events;
mod jobs;
mod policies;
mod polling;
mod progressions;
mod targets;
mod variables;
mod waivers;

pub use polling::polled;

use std::fmt;

use shakedown_engine::base::json::Json;
use shakedown_engine::fleet::Fleet;
use shakedown_engine::wire::Rejection;
use shakedown_engine::wire::event::{ErrorClass, Event};

use super::case::Case;
use super::replay::replay;
use super::state::{Difference, EVENT, Evidence, RECONCILE_ALL, State, differences};

/// How to make the engine decide as the recorded one in one respect.
#[derive(Clone, Copy)]
pub struct Emulation {
    /// Changes what happens.
    pub rewrite: fn(&Case, Vec<Json>) -> Vec<Json>,
    /// Whether a scenario holds what `react` and `adjust` are about; the other members show it
    /// themselves.
    pub concerns: fn(&Case) -> bool,
    /// Whether the recorded engine looks at no target because of this event.
    pub is_unnoticed: fn(&Json) -> bool,
    /// What else happens after an event, asked until nothing does; the number counts the rounds.
    pub react: fn(&mut Fleet, &Json, usize) -> Vec<Event>,
    /// Changes what is seen at the end.
    pub adjust: fn(&Case, &mut State),
}

impl Emulation {
    /// Our own way.
    pub const NONE: Self = Self {
        rewrite: |_, events| events,
        concerns: |_| false,
        is_unnoticed: |_| false,
        react: |_, _, _| Vec::new(),
        adjust: |_, _| (),
    };
}

impl Emulation {
    /// Whether the emulation can make a difference to a scenario.
    fn applies_to(&self, case: &Case) -> bool {
        (self.concerns)(case)
            || case.events.iter().any(self.is_unnoticed)
            || (self.rewrite)(case, case.events.clone()) != case.events
    }
}

impl fmt::Debug for Emulation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulation").finish_non_exhaustive()
    }
}

/// A row of SEMANTICS 13.
#[derive(Debug, Clone, Copy)]
pub struct Deviation {
    /// The n of Dn.
    pub number: u8,
    /// What the recorded engine does.
    pub differs: &'static str,
    /// How to do it.
    pub emulation: Emulation,
}

macro_rules! deviations {
    ($($number:literal $differs:literal { $($field:ident: $value:expr),+ $(,)? })+) => {
        /// Every deviation that can show in a golden by what is decided.
        pub const ALL: &[Deviation] = &[$(Deviation {
            number: $number,
            differs: $differs,
            emulation: Emulation { $($field: $value,)+ ..Emulation::NONE },
        }),+];
    };
}

deviations! {
    1 "a user's approval of a version elsewhere replaces the one here"
        { rewrite: policies::replace_approvals }
    2 "a paused version is not kept where it is deployed"
        { rewrite: policies::block_paused, adjust: policies::show_paused }
    3 "a retry rule lets a release that succeeded be created again"
        { react: jobs::recreate_succeeded, concerns: jobs::has_retries }
    4 "a report about a job makes nobody look at any target"
        { is_unnoticed: jobs::is_report }
    5 "one bypass, looked up for the newest version, holds for all versions, unseen by the rollout"
        { rewrite: waivers::look_up_newest, is_unnoticed: waivers::is_bypass }
    7 "required successes are computed in single precision"
        { rewrite: progressions::require_inexactly }
    8 "exponential backoff that overflows is off, linear backoff has no maximum"
        { rewrite: jobs::uncap_linear, react: jobs::forget_overflowing,
          concerns: jobs::has_retries }
    10 "a target selector that lacks a member never matches"
        { rewrite: policies::drop_partial_selectors }
    11 "a value without selector applies to no resource"
        { rewrite: variables::drop_unselective_values }
    13 "relations of an entity that is updated are lost, never found"
        { rewrite: variables::keep_stale_relations, is_unnoticed: targets::is_foreign }
    13 "a changed policy or resource is seen only by what it applies to or is"
        { is_unnoticed: targets::is_far_reaching }
    14 "a job cancelled because its target vanished was an attempt"
        { react: jobs::count_cancelled, concerns: targets::loses_targets }
    15 "environment.created plans its targets once, then forgets them"
        { adjust: targets::forget_unregistered, concerns: targets::ends_unregistered }
    17 "JSON version selectors deny, equality of dates fails"
        { rewrite: policies::break_json_selectors }
    19 "the rollout clock runs from the latest of all successes"
        { react: progressions::soak_from_last, concerns: progressions::soaks }
    20 "normalized offsets are computed in double precision"
        { react: polling::open_early, concerns: polling::has_normalized_rollout }
    23 "what states no creation time is as old as time; a bypass is live at its end"
        { rewrite: waivers::stretch_times }
    24 "referenced and compared numbers have single precision, null is true"
        { rewrite: variables::lose_precision }
    25 "a release anywhere in the environment stands for approval there"
        { react: policies::approve_deployed, concerns: policies::asks_for_approval }
    26 "a selector that cannot compile makes every event of a resource fail"
        { rewrite: targets::fail_resources }
    27 "a job without agent is an attempt, and updating the deployment adds one"
        { react: jobs::pile_up_agentless, concerns: jobs::lacks_agents }
    28 "resource.created of a known resource leaves targets that no longer match"
        { rewrite: targets::keep_stale_targets, is_unnoticed: targets::is_owner_update }
    31 "the maximum age counts from `successful`, whatever else is a success"
        { rewrite: progressions::age_successful }
    33 "regex and unknown operators of matchers always match"
        { rewrite: variables::match_any_pattern }
    36 "a bypass may lift the status of a version"
        { rewrite: waivers::lift_status }
    42 "a retry rule lets a release that somebody stopped be created again"
        { react: jobs::recreate_stopped, concerns: jobs::has_retries }
}

/// What the other deviations are about that can show in a golden: refusals, and when the recorded
/// engine looks at a target again.
const OTHERS: &[(u8, &str)] = &[
    (16, "two entities may have one key, and an entity may change its owner"),
    (29, "reports about unknown jobs are ignored"),
    (30, "what is no target can be redeployed"),
    (32, "what waits for progression or is paused is looked at every minute"),
    (34, "values out of range and missing fields are taken as they are"),
    (39, "nobody looks again when what is allowed ends"),
];

/// What the recorded engine does otherwise, in one line; nothing of a number that is no deviation.
#[must_use]
pub fn describe(number: u8) -> String {
    let emulated = ALL.iter().map(|it| (it.number, it.differs));
    let all = emulated.chain(OTHERS.iter().copied()).filter(|&(known, _)| known == number);
    all.map(|(_, differs)| differs).collect::<Vec<_>>().join("; ")
}

/// The deviation that refusing an event is.
#[must_use]
pub fn of_refusal(event: &Json, rejection: &Rejection) -> Option<u8> {
    let path = rejection.path.to_string();
    match rejection.class {
        ErrorClass::Conflict => Some(16),
        ErrorClass::InvalidSelector => Some(26),
        ErrorClass::InvalidValue if path.contains("bypassRuleTypes") => Some(36),
        ErrorClass::InvalidValue if path.ends_with("operator") => Some(33),
        ErrorClass::InvalidValue | ErrorClass::MissingField => Some(34),
        ErrorClass::NotFound => match event["eventType"].as_str() {
            Some("job.updated") => Some(29),
            Some("release-target.deploy") => Some(30),
            // Approvals and values of what does not exist: checks of SEMANTICS 2.4.
            _ => Some(34),
        },
        _ => None,
    }
}

/// Most deviations that one scenario is about.
const MOST: usize = 3;

/// Gives the differences that no number explains yet the numbers of the smallest set of deviations
/// whose emulation leaves none; without such a set they stay without.
pub fn explain(case: &Case, plain: &State, found: &mut [Difference]) {
    // What happened on the way is no decision: an emulation cannot explain it.
    let is_open =
        |it: &Difference| it.deviation.is_none() && ![EVENT, RECONCILE_ALL].contains(&it.field);
    if !found.iter().any(is_open) {
        return;
    }
    let applicable = ALL.iter().filter(|it| it.emulation.applies_to(case));
    let changed = applicable.filter_map(|deviation| {
        let (state, _) = replay(case, &[&deviation.emulation]);
        let effect = differences(plain, &state);
        (!effect.is_empty()).then_some((deviation, effect))
    });
    let active: Vec<(&Deviation, Vec<Difference>)> = changed.collect();
    let sets = subsets(active.len());
    let Some(set) = sets.into_iter().find(|set| {
        let emulations: Vec<_> = set.iter().map(|&at| &active[at].0.emulation).collect();
        let (state, _) = replay(case, &emulations);
        !differences(&case.golden, &state).iter().any(is_open)
    }) else {
        return;
    };
    for difference in found.iter_mut().filter(|it| is_open(it)) {
        let shows = |effect: &[Difference]| {
            effect.iter().any(|it| (&it.target, it.field) == (&difference.target, difference.field))
        };
        let shown = set.iter().find(|&&at| shows(&active[at].1)).or(set.first());
        difference.deviation = shown.map(|&at| active[at].0.number);
        difference.evidence = shown.map(|_| Evidence::Emulation);
    }
}

/// The non-empty subsets of `0..count` of at most [`MOST`] elements, smaller ones first.
fn subsets(count: usize) -> Vec<Vec<usize>> {
    let mut all: Vec<Vec<usize>> = vec![Vec::new()];
    let mut from = 0;
    for _ in 0..MOST {
        let to = all.len();
        for at in from..to {
            let first = all[at].last().map_or(0, |last| last + 1);
            for next in first..count {
                let longer = all[at].iter().copied().chain([next]).collect();
                all.push(longer);
            }
        }
        from = to;
    }
    all.remove(0);
    all
}
