//! Tables: rows below a header, in columns as wide as what is in them.

use std::ops::RangeInclusive;

use comfy_table::{CellAlignment, ContentArrangement, presets};

use crate::printable::printable;

/// Widest table that is broken, in columns of the terminal.
const WIDTH: u16 = 80;

/// A table without lines around its cells.
#[derive(Debug)]
pub struct Table(comfy_table::Table);

impl Table {
    /// A table with a header and no rows.
    #[must_use]
    pub fn new<T: AsRef<str>>(header: impl IntoIterator<Item = T>) -> Self {
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING).set_header(cells(header));
        Self(table)
    }

    /// Columns in which numbers stand, to the right.
    #[must_use]
    pub fn numbers_in(mut self, columns: RangeInclusive<usize>) -> Self {
        for column in columns {
            if let Some(column) = self.0.column_mut(column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        self
    }

    /// Breaks what would make it wider than 80 columns of the terminal.
    #[must_use]
    pub fn broken(mut self) -> Self {
        self.0.set_width(WIDTH).set_content_arrangement(ContentArrangement::Dynamic);
        self
    }

    /// Adds a row.
    pub fn row<T: AsRef<str>>(&mut self, row: impl IntoIterator<Item = T>) {
        self.0.add_row(cells(row));
    }

    /// Its lines, without blanks at their ends.
    pub(crate) fn lines(&self) -> impl Iterator<Item = String> {
        self.0.lines().map(|line| line.trim_end().to_owned())
    }
}

/// A cell stays one line, whatever is in it.
fn cells<T: AsRef<str>>(row: impl IntoIterator<Item = T>) -> Vec<String> {
    row.into_iter().map(|cell| printable(cell.as_ref())).collect()
}
