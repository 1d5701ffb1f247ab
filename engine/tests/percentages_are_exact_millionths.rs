//! `minimumSuccessPercentage` is kept as an integer number of millionths of a percent, more than
//! six fraction digits rounded half up (SEMANTICS 2.5).

use shakedown_engine::base::time::SimTime;
use shakedown_engine::wire::event::{Entity, Kind};

const CASES: &[(&str, u64)] = &[
    ("66.6", 66_600_000),
    ("0", 0),
    ("-0", 0),
    ("0.0", 0),
    ("100", 100_000_000),
    ("100.0", 100_000_000),
    ("1e2", 100_000_000),
    ("0.5E+1", 5_000_000),
    ("3333333e-5", 33_333_330),
    ("0.000001", 1),
    ("0.0000005", 1),
    ("0.00000049999999999999999999", 0),
    ("0.00000050000000000000000001", 1),
    ("33.33333349999999999999999", 33_333_333),
    ("33.3333335", 33_333_334),
    ("99.9999999", 100_000_000),
    ("1e-7", 0),
    ("5e-7", 1),
    ("1e-400", 0),
    ("1e-99999999999999999999", 0),
    ("0e99999999999999999999", 0),
    ("0.00000000000000000000000000001e30", 10_000_000),
    ("7.000000000000000000000000000000000000000000", 7_000_000),
];

#[test]
fn percentages_are_exact_millionths() {
    for (text, expected) in CASES {
        let policy = format!(
            r#"{{"id":"p","rules":[{{"id":"r","environmentProgression":{{
                "dependsOnEnvironmentSelector":"true","minimumSuccessPercentage":{text}}}}}]}}"#
        );
        let json = serde_json::from_str(&policy).expect(text);
        let Ok(Entity::Policy(policy)) = Entity::decode(Kind::Policy, &json, SimTime(0)) else {
            panic!("{text}")
        };
        let progression = policy.rules[0].environment_progression.as_ref().expect("sent");
        assert_eq!(progression.minimum_success, *expected, "{text}");
    }
}
