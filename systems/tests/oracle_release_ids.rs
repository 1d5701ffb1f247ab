//! The oracle names releases as SEMANTICS 1.2 does, and writes values as 1.3 does.

use serde_json::Value;

use crate::oracle::canonical::{canonical, export_id, external_id, fnv1a};
use crate::oracle::variables::Written;

struct Release {
    name: &'static str,
    version: &'static str,
    tag: &'static str,
    target_key: &'static str,
    /// Key and JSON text, by key.
    variables: &'static [(&'static str, &'static str)],
    hex: &'static str,
    uuid: &'static str,
}

const RELEASES: &[Release] = &[
    Release {
        name: "1.2 first row",
        version: "ver-1",
        tag: "v1.0.0",
        target_key: "res-env-dep",
        variables: &[],
        hex: "bf11ca4835c5f54fbfa81c1b83bf4e47466c27485e454e6f378674d401db9c85",
        uuid: "d2f835df-7c15-5da7-ba34-bf8196ef3edc",
    },
    Release {
        name: "1.2 second row",
        version: "ver-1",
        tag: "v1.0.0",
        target_key: "res-env-dep",
        variables: &[("image", "\"nginx\""), ("replicas", "3")],
        hex: "311038546b609bb740d23510ef7b16568d8ef4d6722ea5f07c2488ccfec921ef",
        uuid: "99971b60-9ee6-5a36-8a8d-1a0c6f4ecd05",
    },
    Release {
        name: "1.2 third row",
        version: "v1",
        tag: "latest",
        target_key: "r-e-d",
        variables: &[
            ("cfg", r#"{"object":{"b":1,"a":"x"}}"#),
            ("flag", "true"),
            ("n", "1.50"),
            ("nil", "null"),
        ],
        hex: "972a40f09199c2fd930b214d12d7cab2f5658441cb5fff764ac255de1d51c15a",
        uuid: "f0cfda26-60b1-5622-978a-76435dcf664f",
    },
];

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("the table holds JSON")
}

#[test]
fn releases_have_the_ids_of_the_table() {
    for case in RELEASES {
        let variables: Vec<(String, Written)> = case
            .variables
            .iter()
            .map(|(key, text)| ((*key).to_owned(), Written::Literal(canonical(&json(text)))))
            .collect();
        let hex = export_id(case.version, case.tag, &variables, case.target_key);
        assert_eq!(hex, case.hex, "{}", case.name);
        assert_eq!(external_id(&hex), case.uuid, "{}", case.name);
    }
}

#[test]
fn values_have_the_canonical_strings_of_the_table() {
    let cases = [
        ("3", "3"),
        ("0.5", "0.5"),
        ("1.50", "1.5"),
        ("0.0000001", "0"),
        ("123456789012345678", "123456789012345680"),
        ("1e21", "1000000000000000000000"),
        ("9223372036854775807", "9223372036854775808"),
        ("null", "<nil>"),
        (r#"{"object":{"b":1,"a":"x"}}"#, "map[object:map[a:x b:1]]"),
        (r#"[1,"a"]"#, "[1 a]"),
        (r#"{"object":{"n":1000000}}"#, "map[object:map[n:1e+06]]"),
        ("-0.0000000001", "-0"),
        ("[0.00001]", "[1e-05]"),
    ];
    for (text, expected) in cases {
        assert_eq!(canonical(&json(text)), expected, "1.3: {text}");
    }
}

#[test]
fn fnv_has_the_values_of_the_vectors() {
    let cases = [
        ("", 0xcbf2_9ce4_8422_2325),
        ("a", 0xaf63_dc4c_8601_ec8c),
        ("foobar", 0x8594_4171_f739_67e8),
        ("r1-env1-dep1v1", 0x9f27_f3b4_49c4_66d1),
        ("r5-env1-dep1v2", 0xa9ce_260e_f082_84dc),
    ];
    for (text, expected) in cases {
        assert_eq!(fnv1a(text), expected, "8.5: {text}");
    }
}
