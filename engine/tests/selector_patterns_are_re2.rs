//! `matches` has RE2 syntax and ASCII classes, in every place a pattern can stand.

use shakedown_engine::model::SelectorSource;
use shakedown_engine::select::{Bindings, Place, Selector};

/// Pattern, text, whether it is found.
const FOUND: &[(&str, &str, bool)] = &[
    // Unanchored search.
    ("b", "abc", true),
    ("^b", "abc", false),
    ("^(db|cache)-[0-9]+$", "db-12", true),
    ("^(db|cache)-[0-9]+$", "db-12\n", false),
    ("", "", true),
    // Classes are ASCII: U+0663 is an Arabic digit, U+00E9 a letter, U+00A0 a space.
    (r"\d", "5", true),
    (r"\d", "\u{663}", false),
    (r"\D", "\u{663}", true),
    (r"^\w+$", "caf_3", true),
    (r"^\w+$", "caf\u{e9}", false),
    (r"\W", "\u{e9}", true),
    (r"\s", "\u{a0}", false),
    (r"\s", "\u{b}", false),
    (r"\s", "\t", true),
    (r"\S", "\u{a0}", true),
    (r"^[\d_-]+$", "5_-", true),
    (r"^[\d]$", "\u{663}", false),
    (r"^[^\d]$", "\u{663}", true),
    (r"^[\D]$", "\u{663}", true),
    (r"^[\W5]$", "5", true),
    (r"^[\w.]+$", "a.b", true),
    // Word boundaries are ASCII too.
    (r"\bcaf\b", "caf\u{e9}", true),
    (r"\bb", "ab", false),
    (r"a\Bb", "ab", true),
    (r"^\B$", "", true),
    // What is plain here and special elsewhere.
    (r"^[a&&b]+$", "a&b", true),
    (r"^[[a]$", "[", true),
    (r"^[]a]$", "]", true),
    (r"^[^]a]$", "b", true),
    (r"^[a-]$", "-", true),
    (r"^[a-c-e]$", "-", true),
    (r"^[~~]$", "~", true),
    (r"a{", "a{", true),
    (r"a{,2}", "a{,2}", true),
    (r"a{x}", "a{x}", true),
    (r"^a{2}$", "aa", true),
    (r"^a{2,}$", "aaa", true),
    (r"^a{1,2}?$", "aa", true),
    (r"#x", "#x", true),
    // Escapes.
    (r"\Qa.b*\E+", "a.b**", true),
    (r"^\Qa.b", "a.b", true),
    (r"^\Qa.b", "axb", false),
    (r"^\x41\x{42}\103\0$", "ABC\0", true),
    (r"^\.\-\_\<\>$", ".-_<>", true),
    (r"^\a\f\t\n\r\v$", "\u{7}\u{c}\t\n\r\u{b}", true),
    (r"\Aab\z", "ab", true),
    (r"^\pL\p{Greek}\P{Lu}\p{^Lu}$", "a\u{3b1}ab", true),
    (r"^[\pL5]+$", "\u{e9}5", true),
    (r"^\p{Any}$", "\u{e9}", true),
    (r"^[[:alpha:]_]+$", "ab_", true),
    (r"^[[:^alpha:]]$", "5", true),
    (r"^[[:word:]]$", "\u{e9}", false),
    // Flags and groups.
    (r"(?i)ABC", "xabcx", true),
    (r"(?i)^\w$", "\u{17f}", true),
    (r"(?i:A)b", "aB", false),
    (r"(?-i)A", "a", false),
    (r"(?s)^.$", "\n", true),
    (r"^.$", "\n", false),
    (r"(?m)^b$", "a\nb", true),
    (r"(?U)a+", "aa", true),
    (r"(?P<name>a)(?<other>b)(?:c)", "abc", true),
    (r"a*?b+?c??", "b", true),
    (r"^.$", "\u{1f600}", true),
];

/// Patterns RE2 rejects.
const REJECTED: &[&str] = &[
    "(",
    ")",
    "[",
    "[a",
    "[]",
    "[b-a]",
    "[a--]",
    r"[a-\d]",
    "[[:nope:]]",
    "*",
    "+a",
    "a|*",
    "(*)",
    "a**",
    "a*+",
    "a{2}{3}",
    "a{1001}",
    "a{2,1}",
    r"\1",
    r"(a)\1",
    r"\8",
    r"\u0041",
    r"\U00000041",
    r"\c",
    r"\h",
    r"\e",
    r"\Z",
    r"\G",
    r"\C",
    r"\x4",
    r"\x{}",
    r"\x{110000}",
    r"\",
    r"\p",
    r"\p{",
    r"\p{Nope}",
    "(?=a)",
    "(?!a)",
    "(?<=a)",
    "(?<!a)",
    "(?>a)",
    "(?x)a b",
    "(?u)a",
    "(?i",
    "(?)",
    "(?i-)a",
    "(?P=a)",
    "(?#c)",
    "(?P<>a)",
    "\u{e9}**",
];

fn says(text: &str) -> Result<bool, String> {
    let selector = Selector::compile(&SelectorSource::Cel(text.to_owned()), Place::Policy);
    selector.expect(text).matches(&Bindings::default()).map_err(|error| error.to_string())
}

/// `text` as a CEL literal.
fn literal(text: &str) -> String {
    let escaped: String = text.chars().map(|it| format!("\\U{:08x}", u32::from(it))).collect();
    format!("'{escaped}'")
}

#[test]
fn patterns_find_what_re2_finds() {
    for (pattern, text, found) in FOUND {
        let (pattern, text) = (literal(pattern), literal(text));
        for call in [
            format!("{text}.matches({pattern})"),
            format!("matches({text}, {pattern})"),
            format!("[{pattern}].all(p, {text}.matches(p))"),
        ] {
            assert_eq!(says(&call), Ok(*found), "{call}");
        }
    }
}

#[test]
fn what_re2_rejects_is_an_error() {
    for pattern in REJECTED {
        let error = says(&format!("'x'.matches({})", literal(pattern))).expect_err(pattern);
        assert!(error.contains("is not a regular expression"), "{pattern}: {error}");
        let absorbed = format!("'x'.matches({}) || true", literal(pattern));
        assert_eq!(says(&absorbed), Ok(true), "an error, not a compile error: {pattern}");
    }
}

#[test]
fn pathological_patterns_are_answered_or_refused() {
    for (pattern, found) in [
        ("(".repeat(100_000), None),
        // Twenty or fifty thousand states are more than the memory that one pattern may take; four thousand are not.
        ("(a?){1000}".repeat(50), None),
        ("(a?){1000}".repeat(4), Some(true)),
        ("((a{1000}){1000}){1000}".to_owned(), None),
        (format!("{}a{}", "(".repeat(5000), ")*".repeat(5000)), None),
        ("[".repeat(100_000), None),
        ("a?".repeat(20_000), None),
        ("(a*)*b".to_owned(), Some(false)),
    ] {
        let answer = says(&format!("'{}'.matches('{pattern}')", "a".repeat(1000)));
        let start: String = pattern.chars().take(20).collect();
        assert_eq!(answer.ok(), found, "{start}...");
    }
}
