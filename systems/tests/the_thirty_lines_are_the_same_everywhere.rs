//! The README, the crate's documentation and the example `quickstart` show the same program. The
//! documentation's is compiled and run by the documentation tests.

/// Where the program begins in each of the texts.
const FIRST: &str = "use shakedown_systems::prelude::*;\n";

#[test]
fn readme_documentation_and_example_agree() {
    let example = program(include_str!("../../examples/quickstart.rs"));
    let readme = program(include_str!("../../README.md"));
    let documentation: String = include_str!("../src/lib.rs")
        .lines()
        .map_while(|line| line.strip_prefix("//!"))
        .flat_map(|line| [line.strip_prefix(' ').unwrap_or(line), "\n"])
        .collect();
    assert_eq!(readme, example, "README.md");
    assert_eq!(program(&documentation), example, "systems/src/lib.rs");
    let lines = example.lines().filter(|line| !line.is_empty()).count();
    assert!((25..=35).contains(&lines), "about thirty lines, not {lines}");
}

/// The program in a text, up to the end of its code block, or of the text.
fn program(text: &str) -> &str {
    let start = text.find(FIRST).expect("every text has the program");
    let rest = &text[start..];
    rest.find("```").map_or(rest, |end| &rest[..end])
}
