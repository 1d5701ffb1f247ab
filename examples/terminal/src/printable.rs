//! Text from documents, made safe to print.

/// The text with control characters escaped: ids are opaque, terminals are not.
#[must_use]
pub fn printable(text: &str) -> String {
    let escape = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.into() };
    text.chars().map(escape).collect()
}
