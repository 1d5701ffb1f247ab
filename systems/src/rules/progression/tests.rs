//! Vectors of SEMANTICS 8.4.

use super::*;
use shakedown_engine::model::SelectorSource;

fn rule(percent: f64, soak: i32, age: i32) -> Progression {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0..=10^8")]
    let minimum_success = (percent * 1e6).round() as u64;
    let member = EnvironmentProgression {
        depends_on_environment_selector: SelectorSource::Cel("true".to_owned()),
        minimum_success,
        success_statuses: None,
        minimum_soak_time_minutes: soak,
        maximum_age_hours: age,
        require_verification_passed: false,
    };
    Progression::new(&member, &Dialect::RECORDED)
}

#[test]
fn required_follows_the_vectors() {
    for (targets, percent, expected) in [
        (3, 50.0, 2),
        (3, 67.0, 3),
        (3, 66.6, 2),
        (3, 33.3, 1),
        (3, 33.34, 2),
        (2, 50.0, 1),
        (10, 33.0, 4),
        (7, 14.3, 2),
        (100, 0.00005, 1),
        (2048, 100.0, 2048),
        (1000, 0.1, 1),
        (1000, 33.3, 333),
        (3, 33.3334, 2),
        (3, 0.0, 1),
    ] {
        let required = rule(percent, 0, 0).required(targets);
        assert_eq!(required, expected, "C-E20, C-E21: {percent} % of {targets}");
    }
}

#[test]
fn judgements_follow_the_vectors() {
    let minutes = |at: i64| SimTime(at * MINUTE);
    let none = (None, None);
    let since = |at: i64| (Some(minutes(at)), None);
    for (name, rule, targets, firsts, last, expected) in [
        ("T-E1 no job", rule(0.0, 0, 0), 1, vec![], 0, none),
        ("T-E2 success", rule(0.0, 0, 0), 1, vec![-10], -10, since(-10)),
        ("T-E3 soaking", rule(0.0, 30, 0), 1, vec![-2], -2, (None, Some(minutes(28)))),
        ("T-E5 50 %", rule(50.0, 0, 0), 3, vec![-15, -10, -5], -5, since(-10)),
        ("T-E5 67 %", rule(67.0, 0, 0), 3, vec![-15, -10, -5], -5, since(-5)),
        ("T-E5b absent", rule(0.0, 0, 0), 3, vec![-15, -10, -5], -5, since(-15)),
        ("T-E7 too few", rule(50.0, 0, 0), 3, vec![-10], -10, none),
        ("T-E8 no targets", rule(0.0, 0, 0), 0, vec![], 0, none),
        ("T-E9 soaked", rule(0.0, 30, 0), 1, vec![-40], -40, since(-10)),
        ("T-E11", rule(67.0, 15, 0), 3, vec![-30, -20, -18], -18, since(-3)),
        ("T-E14 off", rule(0.0, -10, 0), 1, vec![0], 0, since(0)),
        ("T-E17 too old", rule(0.0, 0, 2), 1, vec![-180], -180, none),
        (
            "C-E24 exactly",
            rule(0.0, 0, 2),
            1,
            vec![-120],
            -120,
            (Some(minutes(-120)), Some(SimTime(1))),
        ),
        ("C-E22 first counts", rule(0.0, 15, 0), 1, vec![-20], -10, since(-5)),
        ("C-E23", rule(0.0, 10, 0), 1, vec![-5], -1, (None, Some(minutes(5)))),
    ] {
        let firsts: Vec<SimTime> = firsts.into_iter().map(minutes).collect();
        let facts = SuccessFacts { targets, firsts: &firsts, last: minutes(last) };
        let judgement = rule.judge(facts, SimTime::UNSET);
        let now = SimTime(0);
        assert_eq!((judgement.since(now), judgement.wake(now)), expected, "{name}");
    }
}
