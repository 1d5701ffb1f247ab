//! Sheets: what a program tells people, section by section.
//!
//! Vocabulary: a *section* is what stands below a heading; an *entry* is a line with a name on its left
//! and a value on its right.
//!
//! Invariant: whatever is put on a sheet is safe to print, since ids of documents are opaque and
//! terminals are not; a line stays one line.

use std::fmt::Display;

use crate::number::grouped;
use crate::printable::printable;
use crate::table::Table;

/// Characters of a line of a paragraph.
pub const WIDTH: usize = 80;

/// A text that grows line by line.
#[derive(Debug, Default)]
pub struct Sheet {
    text: String,
    goes_on: bool,
}

impl Sheet {
    /// A sheet below others that are printed before.
    #[must_use]
    pub fn going_on() -> Self {
        Self { text: String::new(), goes_on: true }
    }

    /// Begins a section, an empty line below what there is.
    pub fn heading(&mut self, title: impl Display) {
        if self.goes_on || !self.text.is_empty() {
            self.gap();
        }
        self.line(format_args!("=== {title} ==="));
    }

    /// An empty line.
    pub fn gap(&mut self) {
        self.text.push('\n');
    }

    /// One line.
    pub fn line(&mut self, line: impl Display) {
        self.text.push_str(&printable(&line.to_string()));
        self.text.push('\n');
    }

    /// Every line of a text that may have several, such as the message of an error.
    pub fn lines(&mut self, text: impl Display) {
        text.to_string().split('\n').for_each(|line| self.line(line));
    }

    /// A text in lines of at most [`WIDTH`] characters, each behind `indent`; words are not broken.
    pub fn paragraph(&mut self, indent: &str, text: impl Display) {
        let text = printable(&text.to_string());
        let mut line = String::new();
        for word in text.split(' ') {
            let wanted = indent.chars().count() + line.chars().count() + 1 + word.chars().count();
            if !line.is_empty() && wanted > WIDTH {
                self.line(format_args!("{indent}{line}"));
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        self.line(format_args!("{indent}{line}"));
    }

    /// A name and its value.
    pub fn entry(&mut self, name: &str, value: impl Display) {
        let value = value.to_string();
        self.line(format_args!("{name:<30}{value:>26}"));
    }

    /// A table.
    pub fn table(&mut self, table: &Table) {
        table.lines().for_each(|line| self.line(line));
    }

    /// How many there are beside those that were told; nothing if none.
    pub fn more(&mut self, others: usize) {
        if others > 0 {
            self.line(format_args!(".. and {} more; --json lists all", grouped(others as u64)));
        }
    }

    /// The whole text.
    #[must_use]
    pub fn into_text(self) -> String {
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_an_empty_line_apart() {
        let told = |mut sheet: Sheet| {
            sheet.heading("Run");
            sheet.entry("Threads", 2);
            sheet.heading(format_args!("By {}", "size"));
            sheet.more(0);
            sheet.more(1_234);
            sheet.into_text()
        };
        let sections = "\
=== Run ===
Threads                                                2

=== By size ===
.. and 1,234 more; --json lists all
";
        assert_eq!(told(Sheet::default()), sections);
        assert_eq!(told(Sheet::going_on()), format!("\n{sections}"));
    }

    #[test]
    fn paragraphs_are_broken_between_words() {
        let mut sheet = Sheet::default();
        let long = "x".repeat(90);
        sheet.paragraph("  ", format_args!("{} end {long} {}", "word ".repeat(20).trim(), "\n."));
        let text = sheet.into_text();
        let lines: Vec<&str> = text.lines().collect();
        let words = |count: usize| format!("  {}", vec!["word"; count].join(" "));
        let expected =
            [words(15), format!("{} end", words(5)), format!("  {long}"), "  \\n.".into()];
        assert_eq!(lines, expected);
        assert!(lines.iter().all(|it| it.len() <= WIDTH || it.contains(&long)));
    }

    #[test]
    fn what_is_told_is_safe_to_print() {
        let mut sheet = Sheet::default();
        sheet.line("api\n=== \u{1b}[2J");
        sheet.lines("one\ntwo\u{7}");
        let mut table = Table::new(["name"]);
        table.row(["a\r\nb"]);
        sheet.table(&table);
        let text = sheet.into_text();
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        assert_eq!(lines, ["api\\n=== \\u{1b}[2J", "one", "two\\u{7}", "name", "a\\r\\nb"]);
    }
}
