//! Every recorded scenario agrees or deviates as documented, and no golden that was made wrong does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rayon::prelude::*;
use serde_json::{Value as Json, json};
use shakedown_engine::base::time::{SECOND, SimTime};
use shakedown_examples::conformance::case::{Case, Folder};
use shakedown_examples::conformance::state::{CANDIDATES, CURRENT, DESIRED, Evidence, JOBS, NEXT};
use shakedown_examples::conformance::{Agreement, Outcome, check, summary};

/// The family of answers that we refuse to give.
const QUIRKS: &str = "quirks";

fn cases() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance");
    let Folder { cases, unusable } = Folder::read(&root).expect("the scenarios are there");
    assert!(unusable.is_empty(), "{unusable:?}");
    cases
}

/// The deviations that a reason names, such as `D11`.
fn named(reason: &str) -> BTreeSet<u8> {
    let words = reason.split(|it: char| !it.is_ascii_alphanumeric());
    words.filter_map(|word| word.strip_prefix('D')?.parse().ok()).collect()
}

/// The scenarios that deviate, one line each: by which deviations, what tells so, and whether they decide
/// otherwise or only look again at another time.
fn table(outcomes: &[Outcome]) -> String {
    let mut lines = BTreeSet::new();
    for outcome in outcomes.iter().filter(|it| it.agreement() == Agreement::Deviates) {
        let differences = || outcome.differences.iter();
        let numbers: BTreeSet<u8> = differences().filter_map(|it| it.deviation).collect();
        let numbers: Vec<String> = numbers.iter().map(|it| format!("D{it}")).collect();
        let evidence: BTreeSet<&str> =
            differences().filter_map(|it| it.evidence).map(Evidence::name).collect();
        let evidence: Vec<&str> = evidence.into_iter().collect();
        let what = if outcome.is_about_time() { "looks again" } else { "decides" };
        let Outcome { family, scenario, .. } = outcome;
        let (numbers, evidence) = (numbers.join(" "), evidence.join(", "));
        lines.insert(format!("{family}/{scenario}\t{numbers}\t{evidence}\t{what}\n"));
    }
    lines.into_iter().collect()
}

#[test]
fn scenarios_agree_or_deviate_as_documented() {
    let cases = cases();
    assert_eq!(cases.len(), 410, "scenarios");
    let outcomes: Vec<Outcome> = cases.par_iter().map(check).collect();
    let pinned = include_str!("deviations.tsv");
    assert!(table(&outcomes) == pinned, "deviations.tsv is not:\n{}", table(&outcomes));
    for (case, outcome) in cases.iter().zip(&outcomes) {
        let agreement = outcome.agreement();
        assert_ne!(agreement, Agreement::Disagrees, "{}", summary::first_difference(outcome));
        if case.family != QUIRKS {
            continue;
        }
        assert_eq!(agreement, Agreement::Deviates, "{}", case.name);
        let named = named(case.reason.as_deref().unwrap_or_default());
        let found: BTreeSet<u8> =
            outcome.differences.iter().filter_map(|it| it.deviation).collect();
        assert!(named.is_subset(&found), "{}: {named:?} are named, {found:?} found", case.name);
    }
}

/// A way to make a golden wrong.
struct Falsification {
    what: &'static str,
    field: &'static str,
    /// Changes the field of a target, if it has what is to be changed.
    change: fn(&mut Json) -> Option<()>,
}

impl Falsification {
    /// Changes the first target that can be changed; false if there is none.
    fn apply(&self, case: &mut Case) -> bool {
        let mut targets = case.golden.targets.values_mut();
        targets.any(|it| it.get_mut(self.field).and_then(self.change).is_some())
    }
}

const FALSIFICATIONS: &[Falsification] = &[
    Falsification {
        what: "another desired version",
        field: DESIRED,
        change: |it| it.as_object_mut()?.insert("versionId".into(), "other".into()).map(drop),
    },
    Falsification {
        what: "another variable",
        field: DESIRED,
        change: |it| {
            it.get_mut("variables")?.as_object_mut()?.insert("other".into(), json!(1));
            Some(())
        },
    },
    Falsification {
        what: "a job less",
        field: JOBS,
        change: |it| it.as_array_mut()?.pop().map(drop),
    },
    Falsification {
        what: "another instant to look again",
        field: NEXT,
        change: |it| {
            let at = it.as_str().and_then(|at| SimTime::parse(at).ok());
            *it = json!(at.map_or(SimTime(0), |at| at.plus(SECOND)).to_string());
            Some(())
        },
    },
    Falsification {
        what: "another current version",
        field: CURRENT,
        change: |it| {
            *it = if it.is_null() { json!({ "versionId": "other" }) } else { Json::Null };
            Some(())
        },
    },
    Falsification {
        what: "another reason",
        field: CANDIDATES,
        change: |it| {
            let kinds = it.get_mut(0)?.get_mut("blockedBy")?.as_array_mut()?;
            if kinds.pop().is_none() {
                kinds.push("approval".into());
            }
            Some(())
        },
    },
];

#[test]
fn falsified_goldens_disagree() {
    let mut families: BTreeMap<String, Case> = BTreeMap::new();
    for case in cases().into_iter().filter(|it| it.family != QUIRKS) {
        let is_complete = FALSIFICATIONS.iter().all(|it| it.apply(&mut case.clone()));
        if is_complete && !families.contains_key(&case.family) {
            families.insert(case.family.clone(), case);
        }
    }
    assert_eq!(families.len(), 15, "{:?}", families.keys());
    families.par_iter().for_each(|(family, case)| {
        for falsification in FALSIFICATIONS {
            let mut falsified = case.clone();
            falsification.apply(&mut falsified);
            let outcome = check(&falsified);
            let field = outcome.unexplained().map(|it| it.field);
            assert_eq!(field, Some(falsification.field), "{family}: {}", falsification.what);
        }
    });
}
