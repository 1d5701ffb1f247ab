//! No text makes compiling panic, and no selector that compiles makes evaluating panic.

mod record;

use proptest::prelude::*;
use record::resource;
use shakedown_engine::selector::{Bindings, Place, Selector, SelectorSource, Subject};

const WORDS: &[&str] = &[
    "resource",
    ".",
    "name",
    "metadata",
    "config",
    "list",
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    ",",
    ":",
    "?",
    "==",
    "!=",
    "<",
    ">=",
    "&&",
    "||",
    "!",
    "-",
    "+",
    "*",
    "/",
    "%",
    "in",
    "1",
    "2.5",
    "0u",
    "'a'",
    "\"b\"",
    "b'c'",
    "r'\\d'",
    "'''x'''",
    "true",
    "null",
    "has",
    "size",
    "exists",
    "map",
    "x",
    "all",
    "matches",
    "math",
    "greatest",
    "timestamp",
    "'\\",
    "'",
    "`",
    ".?",
    "@",
    "#",
    "é",
    "//",
    "\n",
    "0x",
    "1e",
    "9999999999999999999",
    "1.",
    ".5",
    "as",
    "&",
    "|",
    "=",
    ";",
    "\\",
    "\u{0}",
    "optional",
    "cel",
    "bind",
    "Timestamp{",
    "$",
    "😀",
];

fn try_out(text: &str) {
    let resource = resource();
    let bindings = Bindings::only(Subject::Resource, &resource);
    let source = SelectorSource::Cel(text.to_owned());
    match Selector::compile(&source, Place::Entity(Subject::Resource)) {
        Ok(selector) => {
            let _answer = selector.matches(&bindings);
        }
        Err(error) => assert!(!error.message.is_empty(), "{text}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn arbitrary_text(text in any::<String>()) {
        try_out(&text);
    }

    #[test]
    fn words_in_any_order(
        words in proptest::collection::vec(proptest::sample::select(WORDS), 1..14),
        spaced in any::<bool>(),
    ) {
        try_out(&words.join(if spaced { " " } else { "" }));
    }

    #[test]
    fn patterns_of_any_text(pattern in "[ab(){}\\[\\]\\\\^$.*+?|:<>=!,0-9pPQEdwsxU&~-]{0,12}") {
        let escaped: String =
            pattern.chars().map(|it| format!("\\U{:08x}", u32::from(it))).collect();
        try_out(&format!("'aab(0-9)'.matches('{escaped}')"));
    }

    #[test]
    fn times_of_any_text(text in "[-+0-9TZtz:.hmsnuµ]{0,24}") {
        try_out(&format!("timestamp('{text}') > timestamp(0)"));
        try_out(&format!("duration('{text}') > duration('0')"));
        try_out(&format!("timestamp(0).getHours('{text}') > 1"));
        try_out(&format!("int('{text}') > 1 || uint('{text}') > 1u || double('{text}') > 1.0"));
    }
}
