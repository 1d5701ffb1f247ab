//! No text makes compiling panic, and no selector that compiles makes evaluating panic. What compiles
//! answers alike by kernels and row by row; what does not says where, within the text.

use crate::record::{Rows, resource};
use fixedbitset::FixedBitSet;
use proptest::prelude::*;
use shakedown_engine::model::EntityKind;
use shakedown_engine::model::SelectorSource;
use shakedown_engine::select::{Atoms, AttributeTable, EntityRows};
use shakedown_engine::select::{Bindings, Place, Selector, SelectorError, Subject};

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

fn compile(text: &str) -> Result<Selector, SelectorError> {
    Selector::compile(&SelectorSource::Cel(text.to_owned()), Place::Entity(Subject::Resource))
}

/// What is wrong with how a text was dealt with; `None` is as it should be.
fn fault(text: &str) -> Option<String> {
    match compile(text) {
        Ok(selector) => disagreement(&selector),
        Err(error) => misplaced(&error, text),
    }
}

/// How the kernels and the evaluation of a single row answer differently.
fn disagreement(selector: &Selector) -> Option<String> {
    let (rows, bindings) = (Rows(vec![Some(resource())]), Bindings::default());
    let (mut atoms, mut table) = (Atoms::default(), AttributeTable::new(EntityKind::Resource));
    table.refresh_row(&mut atoms, 0, rows.get(0));
    for path in selector.columns() {
        table.ensure(&mut atoms, path, &rows);
    }
    let mut selected = FixedBitSet::with_capacity(1);
    let failed = selector.select(&table, &atoms, &rows, &bindings, 0..1, &mut selected);
    let by_kernel = (selected.contains(0), failed);
    let answer = selector.matches(&Bindings::only(Subject::Resource, &resource()));
    let by_row = (answer == Ok(true), usize::from(answer.is_err()));
    (by_kernel != by_row).then(|| format!("{by_kernel:?} by kernel, {answer:?} by row"))
}

/// How an error misses the text that it is about. A fault may be just behind the end of its line.
fn misplaced(error: &SelectorError, text: &str) -> Option<String> {
    let (line, column) = (error.line.unwrap_or(1) as usize, error.column.unwrap_or(1) as usize);
    let width = text.split('\n').nth(line.wrapping_sub(1)).map(|line| line.chars().count());
    let lies_within = width.is_some_and(|width| (1..=width + 1).contains(&column));
    let is_told = !error.message.is_empty() && error.to_string().contains(&error.message);
    (!lies_within || !is_told || error.text != text).then(|| format!("{error:?}"))
}

#[test]
fn errors_are_found_out_that_point_beside_the_text() {
    let error = compile("resource.name ==").expect_err("half an expression");
    assert_eq!(misplaced(&error, &error.text), None);
    for wrong in [
        SelectorError { line: Some(2), ..error.clone() },
        SelectorError { line: Some(0), ..error.clone() },
        SelectorError { column: Some(40), ..error.clone() },
        SelectorError { message: String::new(), ..error.clone() },
    ] {
        assert!(misplaced(&wrong, &error.text).is_some(), "{wrong:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn arbitrary_text(text in any::<String>()) {
        prop_assert_eq!(fault(&text), None, "{}", text);
    }

    #[test]
    fn words_in_any_order(
        words in proptest::collection::vec(proptest::sample::select(WORDS), 1..14),
        spaced in any::<bool>(),
    ) {
        let text = words.join(if spaced { " " } else { "" });
        prop_assert_eq!(fault(&text), None, "{}", text);
    }

    #[test]
    fn patterns_of_any_text(pattern in "[ab(){}\\[\\]\\\\^$.*+?|:<>=!,0-9pPQEdwsxU&~-]{0,12}") {
        let escaped: String =
            pattern.chars().map(|it| format!("\\U{:08x}", u32::from(it))).collect();
        let text = format!("'aab(0-9)'.matches('{escaped}')");
        prop_assert_eq!(fault(&text), None, "{}", text);
    }

    #[test]
    fn times_of_any_text(text in "[-+0-9TZtz:.hmsnuµ]{0,24}") {
        for text in [
            format!("timestamp('{text}') > timestamp(0)"),
            format!("duration('{text}') > duration('0')"),
            format!("timestamp(0).getHours('{text}' + '') > 1"),
            format!("int('{text}') > 1 || uint('{text}') > 1u || double('{text}') > 1.0"),
        ] {
            // Whether a string is a time is asked when it is evaluated.
            prop_assert!(compile(&text).is_ok(), "{}", text);
            prop_assert_eq!(fault(&text), None, "{}", text);
        }
        let constant = format!("timestamp(0).getHours('{text}') > 1");
        prop_assert_eq!(fault(&constant), None, "{}", constant);
    }
}
