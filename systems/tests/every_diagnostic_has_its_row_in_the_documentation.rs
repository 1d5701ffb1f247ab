//! `docs/diagnostics.md` has one row for each code, in the order of the index.

use shakedown_engine::model::DiagnosticCode;

#[test]
fn in_the_order_of_the_index() {
    let text = include_str!("../../docs/diagnostics.md");
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    let documented: Vec<&str> = rows.map(|(code, _)| code).collect();
    let codes: Vec<&str> = DiagnosticCode::ALL.iter().map(|it| it.name()).collect();
    assert_eq!(documented, codes);
}
