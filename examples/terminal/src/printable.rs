//! Text from documents and command lines, made safe to print: ids are opaque, terminals are not.
//!
//! Vocabulary: *invisible* characters are those that terminals obey or do not show (Unicode's control
//! and format characters, of which some show a line in another order, and its separators of lines and
//! paragraphs).

/// The text with invisible characters escaped.
#[must_use]
pub fn printable(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if is_invisible(c) {
            escaped.extend(c.escape_default());
        } else {
            escaped.push(c);
        }
    }
    escaped
}

/// A text of several lines with invisible characters escaped as JSON has them, so that JSON stays what it
/// says.
#[must_use]
pub fn printable_lines(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if c != '\n' && is_invisible(c) {
            let mut units = [0; 2];
            let units = c.encode_utf16(&mut units).iter();
            escaped.extend(units.map(|unit| format!("\\u{unit:04x}")));
        } else {
            escaped.push(c);
        }
    }
    escaped
}

fn is_invisible(c: char) -> bool {
    c.is_control() || (!c.is_ascii() && FORMAT.iter().any(|(from, to)| (*from..=*to).contains(&c)))
}

/// Unicode's categories Cf, Zl and Zp.
const FORMAT: [(char, char); 21] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{600}', '\u{605}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{6dd}', '\u{6dd}'),
    ('\u{70f}', '\u{70f}'),
    ('\u{890}', '\u{891}'),
    ('\u{8e2}', '\u{8e2}'),
    ('\u{180e}', '\u{180e}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{2028}', '\u{202e}'),
    ('\u{2060}', '\u{2064}'),
    ('\u{2066}', '\u{206f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{fff9}', '\u{fffb}'),
    ('\u{110bd}', '\u{110bd}'),
    ('\u{110cd}', '\u{110cd}'),
    ('\u{13430}', '\u{1343f}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0001}', '\u{e0001}'),
    ('\u{e0020}', '\u{e007f}'),
];

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;

    #[test]
    fn what_terminals_obey_is_escaped() {
        let text = "a\u{202e}b\u{1b}[2J\t\u{2028}\u{fc}\u{e0041}\n";
        let escaped = "a\\u{202e}b\\u{1b}[2J\\t\\u{2028}\u{fc}\\u{e0041}\\n";
        assert_eq!(printable(text), escaped);
        let escaped = "a\\u202eb\\u001b[2J\\u0009\\u2028\u{fc}\\udb40\\udc41\n";
        assert_eq!(printable_lines(text), escaped);
    }

    /// All characters, against the tables of somebody else.
    #[test]
    fn nothing_else_is_escaped() {
        let invisible = Regex::new(r"^[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]$").expect("it is a pattern");
        for c in '\0'..=char::MAX {
            let text = c.to_string();
            let expected = invisible.is_match(&text);
            assert_eq!(printable(&text) != text, expected, "{}", c.escape_unicode());
            let lines = printable_lines(&text);
            assert_eq!(lines != text, expected && c != '\n', "{}", c.escape_unicode());
        }
    }
}
