//! Text from documents, made safe to print.

/// The text with control characters escaped, and with what would make terminals show it in another order
/// (Unicode's bidirectional controls) or on another line: ids are opaque, terminals are not.
#[must_use]
pub fn printable(text: &str) -> String {
    let escape = |c: char| if is_control(c) { c.escape_default().to_string() } else { c.into() };
    text.chars().map(escape).collect()
}

fn is_control(c: char) -> bool {
    let is_bidirectional =
        matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || is_bidirectional || matches!(c, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_terminals_obey_is_escaped() {
        let escaped = "a\\u{202e}b\\u{1b}[2J\\t\\u{2028}\u{fc}";
        assert_eq!(printable("a\u{202e}b\u{1b}[2J\t\u{2028}\u{fc}"), escaped);
    }
}
