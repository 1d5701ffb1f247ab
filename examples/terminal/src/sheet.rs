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

    /// A text in lines of at most [`WIDTH`] characters, each behind `indent`; words are not broken.
    pub fn paragraph(&mut self, indent: &str, text: impl Display) {
        self.wrap(indent, indent, &printable(&text.to_string()));
    }

    /// A text that may have several lines, such as the message of an error, beside its `label`: the same
    /// as a paragraph that is indented by the label.
    pub fn item(&mut self, label: &str, text: impl Display) {
        let indent = " ".repeat(label.chars().count());
        let mut before = label;
        for line in text.to_string().split('\n') {
            self.wrap(before, &indent, &printable(line));
            before = &indent;
        }
    }

    /// A line, and what does not fit into it on lines behind `indent`.
    pub fn hanging(&mut self, indent: &str, text: impl Display) {
        self.wrap("", indent, &printable(&text.to_string()));
    }

    fn wrap(&mut self, first: &str, indent: &str, text: &str) {
        let (mut before, mut line) = (first, String::new());
        // Spaces at the beginning are kept: they point at something.
        let words = text.trim_start_matches(' ');
        line.push_str(&text[..text.len() - words.len()]);
        for (at, word) in words.split(' ').enumerate() {
            let wanted = indent.chars().count() + line.chars().count() + 1 + word.chars().count();
            if at > 0 && wanted > WIDTH {
                self.line(format_args!("{before}{line}"));
                (before, line) = (indent, word.to_owned());
                continue;
            }
            if at > 0 {
                line.push(' ');
            }
            line.push_str(word);
        }
        self.line(format_args!("{before}{line}"));
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
    fn items_stand_beside_their_label() {
        let mut sheet = Sheet::default();
        sheet.item("  12 ", format_args!("{}\n  ^ here", "word ".repeat(16).trim()));
        let words = |count: usize| vec!["word"; count].join(" ");
        let expected = format!("  12 {}\n     {}\n       ^ here\n", words(15), words(1));
        assert_eq!(sheet.into_text(), expected);
    }

    #[test]
    fn what_is_told_is_safe_to_print() {
        let mut sheet = Sheet::default();
        sheet.line("api\n=== \u{1b}[2J");
        sheet.item("- ", "one\ntwo\u{7}");
        let mut table = Table::new(["name"]);
        table.row(["a\r\nb"]);
        sheet.table(&table);
        let text = sheet.into_text();
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        assert_eq!(lines, ["api\\n=== \\u{1b}[2J", "- one", "two\\u{7}", "name", "a\\r\\nb"]);
    }
}
