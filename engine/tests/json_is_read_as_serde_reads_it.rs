//! The reader accepts what the reference parser accepts and gives the same values, except that it
//! also refuses repeated keys; every error has its offset.

use proptest::prelude::*;
use serde_json::Value as Json;
use shakedown_engine::base::json::read::{MAX_DEPTH, Reader, read};

/// Texts near the borders of the grammar.
const TEXTS: &[&str] = &[
    "",
    " ",
    "null",
    "nul",
    "nulls",
    "true false",
    "-",
    "-0",
    "01",
    "1.",
    ".5",
    "+1",
    "1e5",
    "1E+5",
    "1e",
    "1e+",
    "-0.10e-2",
    "0x10",
    "NaN",
    "Infinity",
    "1_000",
    "123456789012345678901234567890",
    "[",
    "]",
    "[]",
    "[ ]",
    "[1,]",
    "[,1]",
    "[1 2]",
    "[1,2",
    "{",
    "{}",
    "{ }",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1,}",
    "{,}",
    "{a:1}",
    "{'a':1}",
    "{\"a\":1 \"b\":2}",
    "{\"a\":1]",
    "[1}",
    "{\"a\":{\"b\":[{},[],null]}}",
    "\"",
    "\"a",
    "\"\\\"",
    "\"\\",
    "\"\\x\"",
    "\"\\u12\"",
    "\"\\u12g4\"",
    "\"\\u+123\"",
    "\"\\u0041\\n\\/\\b\\f\\r\\t\\\\\"",
    "\"\\ud83d\\ude00\"",
    "\"\\ud83d\"",
    "\"\\ude00\"",
    "\"\\ud83d\\u0041\"",
    "\"\\ud83d\\\"",
    "\"a\tb\"",
    "\"a\u{0}b\"",
    "\"\u{7f}ä€😀\"",
    "\u{a0}1",
    "\u{feff}1",
    "// comment\n1",
    "1 // comment",
    "[1]\n\r\t ",
    "[1] x",
];

#[test]
fn texts_near_the_borders_of_the_grammar_agree() {
    for text in TEXTS {
        agree(text);
    }
}

/// Same value, or an error in both.
fn agree(text: &str) {
    let reference: Option<Json> = serde_json::from_str(text).ok();
    assert_eq!(read(text).ok(), reference, "{text:?}");
    let mut reader = Reader::new(text);
    let skipped = reader.skip().and_then(|()| reader.end());
    assert_eq!(skipped.is_ok(), reference.is_some(), "skipping {text:?}");
}

fn value() -> impl Strategy<Value = Json> {
    let scalar = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        any::<String>().prop_map(Json::from),
    ];
    scalar.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Json::from),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|map| map.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn what_serde_writes_is_read_back(value in value()) {
        prop_assert_eq!(read(&value.to_string()), Ok(value.clone()));
        let pretty = serde_json::to_string_pretty(&value).expect("values can be written");
        prop_assert_eq!(read(&pretty), Ok(value));
    }

    #[test]
    fn damaged_texts_agree(value in value(), at in any::<prop::sample::Index>(), byte in any::<char>()) {
        let mut text: Vec<char> = value.to_string().chars().collect();
        let at = at.index(text.len());
        text[at] = byte;
        let text: String = text.into_iter().collect();
        // A changed key may repeat its neighbour, which only this reader refuses.
        if !read(&text).is_err_and(|error| error.problem.ends_with("is there twice")) {
            agree(&text);
        }
    }
}

#[test]
fn repeated_keys_are_refused_at_the_second() {
    let error = read(r#"{"a":1,"b":{"x":1,"y":2, "x":3}}"#).expect_err("x is there twice");
    assert_eq!((error.offset, error.problem.as_ref()), (25, r#"the key "x" is there twice"#));
    let escaped = read(r#"{"a":1,"\u0061":2}"#).expect_err("the same key, escaped");
    assert_eq!(escaped.offset, 7);
}

#[test]
fn nesting_is_bounded() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let nested = |depth: usize| format!("{}1{}", open.repeat(depth), close.repeat(depth));
        assert!(read(&nested(MAX_DEPTH)).is_ok());
        let error = read(&nested(MAX_DEPTH + 1)).expect_err("one too deep");
        assert_eq!(error.offset, MAX_DEPTH * open.len());
        assert_eq!(error.problem, "more than 128 levels of nesting");
        let bottomless = open.repeat(10_000_000);
        assert_eq!(read(&bottomless).map_err(|error| error.offset), Err(MAX_DEPTH * open.len()));
    }
}

#[test]
fn errors_say_what_was_expected_and_where() {
    for (text, offset, problem) in [
        ("", 0, "expected a JSON value, found the end of the text"),
        ("{\"a\" 1}", 5, "expected `:` after a key, found '1'"),
        ("[1, ]", 4, "expected another element after `,`, found ']'"),
        ("[1 2]", 3, "expected `,` or `]`, found '2'"),
        ("{\"a\":tru}", 5, "expected a JSON value, found 't'"),
        ("{\"a\":\"b", 5, "a string without closing quote"),
        ("\"a\\qb\"", 2, "an unknown escape in a string"),
        ("[\"a\nb\"]", 3, "a control character in a string, which must be escaped"),
        ("1 ä", 2, "expected the end of the text, found 'ä'"),
    ] {
        let error = read(text).expect_err(text);
        assert_eq!((error.offset, error.problem.as_ref()), (offset, problem), "{text:?}");
    }
}
