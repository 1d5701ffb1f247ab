//! What checks were told of successes upstream: most successes change no answer, and who waits need not
//! be looked at because of them.
//!
//! Invariant: of a cohort upstream a check knows nothing, or of each version that succeeded there what it
//! foresaw when the targets behind it were last marked because of it or needed not be; a version that is
//! not among them had no success.

use bevy_ecs::resource::Resource;
use shakedown_engine::base::hash::{FixedMap, fixed_map};
use shakedown_engine::base::ids::{CohortIx, EnvironmentIx, VersionIx};
use shakedown_engine::base::ix_vec::IxVec;
use shakedown_engine::base::time::SimTime;
use shakedown_engine::fleet::catalogue::Stock;
use shakedown_engine::model::DeploymentVersion;

use crate::facts::{StatusSet, SuccessFacts, Successes};
use crate::rules::{Check, Foreseen, News};

/// What each check that reads successes was told last.
#[derive(Debug, Resource)]
pub struct Told {
    /// By the number of the check.
    checks: FixedMap<u32, IxVec<CohortIx, Option<Versions>>>,
}

/// What was foreseen of the versions that succeeded in a cohort.
type Versions = FixedMap<VersionIx, Foreseen>;

/// A cohort upstream, as it is now.
#[derive(Debug, Clone, Copy)]
pub struct Upstream<'a, 'w, 's> {
    /// Which.
    pub cohort: CohortIx,
    /// Its environment.
    pub environment: EnvironmentIx,
    /// How many targets it has.
    pub targets: u32,
    /// What succeeded.
    pub successes: &'a Successes,
    /// The versions; of one that is gone, nobody reads what it did.
    pub versions: &'a Stock<'w, 's, DeploymentVersion>,
}

/// What a check makes of the versions upstream.
enum Foresight {
    /// The version is gone.
    Gone,
    /// The check looks at successes otherwise.
    Unclear,
    /// This.
    Is(Foreseen),
}

impl Default for Told {
    fn default() -> Self {
        Self { checks: fixed_map() }
    }
}

impl Told {
    /// Forgets the checks that are gone.
    pub fn keep(&mut self, is_there: impl Fn(u32) -> bool) {
        self.checks.retain(|&number, _| is_there(number));
    }

    /// Forgets what checks were told, as who is behind them is asked anew.
    pub fn start_over(&mut self) {
        self.checks.clear();
    }

    /// What is new to a check in what succeeded upstream: of one version, or of all.
    pub fn news(
        &mut self,
        (number, check, statuses): (u32, &Check, StatusSet),
        upstream: Upstream<'_, '_, '_>,
        version: Option<VersionIx>,
        now: SimTime,
    ) -> News {
        let known = self.checks.entry(number).or_default().slot(upstream.cohort);
        let all = || upstream.successes.versions(statuses, upstream.cohort);
        // Of the rest, who is behind the check was told when it came.
        let mut news = News::None;
        let told = match known {
            Some(told) => told,
            None => {
                let touched = upstream.successes.touched().iter();
                let mut touched =
                    touched.filter(|it| it.statuses == statuses && it.cohort == upstream.cohort);
                let is_first = |it: VersionIx| {
                    touched.clone().any(|touched| touched.version == it && touched.are_first)
                };
                let mut versions = fixed_map();
                for version in all().filter(|&it| !is_first(it)) {
                    match upstream.foresees(check, version, upstream.facts(statuses, version)) {
                        Foresight::Gone => {}
                        Foresight::Unclear => return News::Answer,
                        Foresight::Is(foreseen) => drop(versions.insert(version, foreseen)),
                    }
                }
                let is_unknown = if version.is_some() {
                    touched.any(|it| !it.are_first)
                } else {
                    !versions.is_empty()
                };
                if is_unknown {
                    news = News::Answer;
                }
                known.insert(versions)
            }
        };
        let mut tell = |version| {
            let facts = upstream.facts(statuses, version);
            let none = SuccessFacts { firsts: &[], last: SimTime::UNSET, ..facts };
            let foreseen = match upstream.foresees(check, version, facts) {
                Foresight::Gone => return,
                Foresight::Unclear => return news = News::Answer,
                Foresight::Is(foreseen) => foreseen,
            };
            let before = told.insert(version, foreseen).or_else(|| {
                match upstream.foresees(check, version, none) {
                    Foresight::Is(before) => Some(before),
                    Foresight::Gone | Foresight::Unclear => None,
                }
            });
            let it = before.map_or(News::Answer, |before| foreseen.news(before, now));
            news = news.and(it);
        };
        match version {
            Some(version) => tell(version),
            None => all().for_each(tell),
        }
        news
    }
}

impl Upstream<'_, '_, '_> {
    fn facts(&self, statuses: StatusSet, version: VersionIx) -> SuccessFacts<'_> {
        let (firsts, last) = self.successes.of(statuses, self.cohort, version);
        SuccessFacts { targets: self.targets, firsts, last }
    }

    fn foresees(&self, check: &Check, version: VersionIx, facts: SuccessFacts<'_>) -> Foresight {
        match self.versions.get(version) {
            None => Foresight::Gone,
            Some(&DeploymentVersion { created_at, .. }) => check
                .foresees(self.environment, facts, created_at)
                .map_or(Foresight::Unclear, Foresight::Is),
        }
    }
}
