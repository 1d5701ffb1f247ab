//! What a comparison says to people: a table, at most 80 columns; and what there is to choose from.

use shakedown_terminal::number::grouped;
use shakedown_terminal::sheet::Sheet;

use shakedown_laboratory::{Operation, layouts};

use crate::{Comparison, Row, of_best};

/// What is told of each row. `spread` is the slowest round by the fastest; `allocs/op` are allocations
/// per operation; bytes are per target: on the heap, and by formula; `lines` are of code.
pub(crate) const HEADINGS: [&str; COLUMNS] =
    ["layout", "ns/target", "of best", "spread", "allocs/op", "bytes/target", "formula", "lines"];
const WIDTHS: [usize; COLUMNS] = [15, 11, 8, 8, 10, 13, 8, 6];
const COLUMNS: usize = 8;

/// What is told of a row, below the headings.
pub(crate) fn cells(row: &Row, group: &[Row]) -> [String; COLUMNS] {
    [
        row.layout.name.to_owned(),
        format!("{:.2}", row.each()),
        format!("{:.2}", of_best(row, group)),
        format!("{:.2}", row.spread()),
        grouped(row.allocations),
        format!("{:.1}", row.bytes_per_target()),
        format!("{:.1}", row.formula_per_target()),
        (row.layout.lines)().to_string(),
    ]
}

/// The result for people.
#[must_use]
pub fn table(run: &Comparison) -> String {
    let mut sheet = Sheet::default();
    sheet.heading("Run");
    run.machine.lines().into_iter().for_each(|line| sheet.line(line));
    let mut last = None;
    for group in run.groups() {
        let case = group[0].case;
        sheet.heading(case);
        if last.replace(case.operation) != Some(case.operation) {
            sheet.line(case.operation.about());
        }
        sheet.line(aligned(HEADINGS));
        for row in group {
            sheet.line(aligned(cells(row, group).each_ref().map(String::as_str)));
        }
        sheet.line(format_args!("State digest {:016x}", group[0].digest));
    }
    sheet.into_text()
}

/// What there is to choose from: every layout and every operation, each with what it is.
#[must_use]
pub fn list() -> String {
    let mut sheet = Sheet::default();
    sheet.heading("Layouts");
    for entry in layouts() {
        sheet.line(entry.name);
        sheet.line(format_args!("    {}", entry.about));
    }
    sheet.heading("Operations");
    for operation in Operation::ALL {
        sheet.line(operation.name());
        sheet.line(format_args!("    {}", operation.about()));
    }
    sheet.into_text()
}

/// Cells in their columns.
fn aligned(cells: [&str; COLUMNS]) -> String {
    let [name, numbers @ ..] = cells;
    let [first, widths @ ..] = WIDTHS;
    let numbers = numbers.into_iter().zip(widths).map(|(cell, width)| format!("{cell:>width$}"));
    format!("{name:<first$}{}", numbers.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{comparison, row};

    #[test]
    fn tables_are_at_most_80_columns_wide() {
        let run = comparison((0..layouts().len()).map(|it| row(it, 123_456_789, 7)).collect());
        for text in [table(&run), list()] {
            let widest = text.lines().max_by_key(|line| line.chars().count()).unwrap();
            assert!(widest.chars().count() <= 80, "{widest}");
        }
    }

    #[test]
    fn names_leave_room_for_numbers() {
        assert!(layouts().iter().all(|entry| entry.name.len() < WIDTHS[0]));
        let run = comparison(vec![row(0, 300, 7), row(1, 200, 7), row(1, 300, 7)]);
        let text = table(&run);
        let lines: Vec<&str> = text.lines().skip(4).collect();
        assert_eq!(
            lines,
            [
                "=== lock, 1k, all, by-key, 1 thread ===",
                "an environment is locked in every deployment",
                "layout           ns/target of best  spread allocs/op bytes/target formula lines",
                &format!(
                    "soa                  20.00    1.00    1.50 1,234,567         64.0    40.0{:>6}",
                    (layouts()[1].lines)()
                ),
                &format!(
                    "sharded              30.00    1.50    1.00 1,234,567         64.0    40.0{:>6}",
                    (layouts()[0].lines)()
                ),
                "State digest 0000000000000007",
            ]
        );
    }
}
