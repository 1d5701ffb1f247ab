//! The oracle computes as the numeric vectors of SEMANTICS say: required successes, rollout offsets, backoff.

use serde_json::{Value, json};

use crate::oracle::{eligibility::delay, progression::required, rollout::offset};

#[test]
fn required_successes_are_rounded_up_exactly() {
    let cases: [(&str, usize, Value, usize); 15] = [
        ("C-E20", 3, json!(50), 2),
        ("C-E20", 3, json!(67), 3),
        ("C-E20", 3, json!(66.6), 2),
        ("C-E20", 3, json!(33.3), 1),
        ("C-E20", 3, json!(33.34), 2),
        ("C-E20", 2, json!(50), 1),
        ("C-E20", 10, json!(33), 4),
        ("C-E20", 7, json!(14.3), 2),
        ("C-E20", 100, json!(0.00005), 1),
        ("C-E21", 2048, json!(100), 2048),
        ("C-E21", 1000, json!(0.1), 1),
        ("C-E21", 1000, json!(33.3), 333),
        ("C-E21", 3, json!(33.3334), 2),
        ("absent", 5, Value::Null, 1),
        ("zero", 5, json!(0), 1),
    ];
    for (name, targets, percent, expected) in cases {
        let found = required(targets, &json!({ "minimumSuccessPercentage": percent }));
        assert_eq!(found, expected, "{name}: {targets} targets, {percent} %");
    }
}

#[test]
fn normalized_offsets_are_whole_seconds() {
    let cases: [(&str, usize, usize, i64, i64); 13] = [
        ("C-G12", 1, 3, 100, 33),
        ("C-G12", 2, 3, 100, 66),
        ("C-G12", 1, 7, 60, 8),
        ("C-G12", 6, 7, 60, 51),
        ("C-G12", 4, 5, 3, 2),
        ("C-G12", 9, 10, 5, 4),
        ("C-G13", 3, 11, 110, 30),
        ("C-G13", 6, 11, 110, 60),
        ("C-G13", 11, 15, 300, 220),
        ("C-G13", 15, 22, 22, 15),
        ("C-G13", 13, 23, 23, 13),
        ("C-G13", 29, 100, 100, 29),
        ("C-G13", 1, 49, 49, 1),
    ];
    for (name, position, cohort, interval, expected) in cases {
        let found =
            offset(&json!({ "rolloutType": "linear-normalized" }), position, cohort, interval);
        assert_eq!(found, expected, "{name}: position {position} of {cohort}, {interval} s");
    }
    assert_eq!(offset(&json!({}), 4, 5, 60), 240, "C-G10: linear");
    assert_eq!(offset(&json!({ "rolloutType": "linear" }), 4, 5, 0), 0, "T-G3");
}

#[test]
fn backoff_saturates_and_is_capped() {
    let exponential = |seconds: i64, cap: i64| json!({ "backoffSeconds": seconds, "maxBackoffSeconds": cap, "backoffStrategy": "exponential" });
    let cases = [
        ("T-R12", json!({ "backoffSeconds": 60 }), 3, Some(60)),
        ("T-R13", exponential(30, 0), 1, Some(30)),
        ("T-R13", exponential(30, 0), 2, Some(60)),
        ("T-R13", exponential(30, 0), 3, Some(120)),
        ("T-R13", exponential(30, 0), 4, Some(240)),
        ("T-R13", exponential(30, 100), 4, Some(100)),
        ("C-R16", exponential(30, 0), 27, Some(2_013_265_920)),
        ("C-R16", exponential(30, 0), 28, Some(2_147_483_647)),
        ("C-R16", exponential(60, 0), 26, Some(2_013_265_920)),
        ("C-R16", exponential(60, 0), 27, Some(2_147_483_647)),
        ("C-R17", json!({ "backoffSeconds": 600, "maxBackoffSeconds": 100 }), 1, Some(100)),
        ("2.5, off", json!({ "backoffSeconds": 0 }), 1, None),
        ("2.5, off", json!({}), 1, None),
    ];
    for (name, retry, attempts, expected) in cases {
        assert_eq!(delay(&retry, attempts), expected, "{name}: attempt {attempts} of {retry}");
    }
}
