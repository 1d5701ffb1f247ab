//! A look at CEL text before it is parsed: length, string literals, depth.
//!
//! The parser, the tree it builds and everything that walks the tree recurse once per level, and a
//! chain such as `a + a + a` or `a.b.c` is a level per link. So texts whose tree could be too deep
//! are refused here, by counting brackets and links; `&&` and `||` are not counted, since the
//! parser balances them.
//!
//! Invariant: string literals end here where they end for the parser, so nothing hides in them. A
//! text with a literal the parser would read differently (unterminated, unknown escape) is refused.

/// Longest accepted text in bytes.
const MAX_LENGTH: usize = 256 * 1024;
/// Deepest accepted tree, in brackets plus links.
pub(crate) const MAX_DEPTH: usize = 160;

/// What is wrong with a text, and at which byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooMuch {
    pub(crate) at: usize,
    pub(crate) message: &'static str,
}

/// One open bracket, or the text itself.
#[derive(Default)]
struct Level {
    /// Conditionals entered and not left: they nest to the right.
    questions: usize,
    /// Links of the current chain.
    links: usize,
}

/// Refuses texts that are too long or could make too deep a tree. `O(length)`.
///
/// # Errors
/// The first fault from the left.
pub(crate) fn guard(text: &str) -> Result<(), TooMuch> {
    if text.len() > MAX_LENGTH {
        return Err(TooMuch { at: 0, message: "the selector is longer than 256 KiB" });
    }
    let bytes = text.as_bytes();
    let mut levels = vec![Level::default()];
    // Sum over the levels of one, their questions and their links.
    let mut depth = 1;
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        let outermost = levels.len() == 1;
        let level = levels.last_mut().expect("the outermost level stays");
        match bytes[at] {
            b'"' | b'\'' => {
                at = literal(bytes, at, false)?;
                continue;
            }
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                at +=
                    bytes[at..].iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len() - at);
                continue;
            }
            byte if byte == b'_' || byte.is_ascii_alphabetic() => {
                at += bytes[at..]
                    .iter()
                    .take_while(|byte| **byte == b'_' || byte.is_ascii_alphanumeric())
                    .count();
                let word = &bytes[start..at];
                if matches!(bytes.get(at), Some(b'"' | b'\'')) && prefix(word) {
                    at = literal(bytes, at, word.iter().any(|byte| matches!(byte, b'r' | b'R')))?;
                } else if word == b"in" {
                    level.links += 1;
                    depth += 1;
                }
            }
            b'(' | b'[' | b'{' => {
                level.links += 1;
                levels.push(Level::default());
                depth += 2;
                at += 1;
            }
            b')' | b']' | b'}' => {
                if !outermost {
                    depth -= 1 + level.questions + level.links;
                    levels.pop();
                }
                at += 1;
            }
            b'?' => {
                depth = depth + 1 - level.links;
                level.questions += 1;
                level.links = 0;
                at += 1;
            }
            b',' => {
                depth -= level.questions + level.links;
                (level.questions, level.links) = (0, 0);
                at += 1;
            }
            b':' | b'&' | b'|' => {
                depth -= level.links;
                level.links = 0;
                at += 1;
            }
            b'.' | b'+' | b'-' | b'*' | b'/' | b'%' | b'<' | b'>' | b'=' | b'!' => {
                level.links += 1;
                depth += 1;
                at += 1;
                at += usize::from(bytes.get(at) == Some(&b'='));
            }
            _ => at += 1,
        }
        if depth > MAX_DEPTH {
            return Err(TooMuch { at: start, message: "the selector is nested too deeply" });
        }
    }
    Ok(())
}

/// Whether `word` before a quote makes raw text or bytes of it.
fn prefix(word: &[u8]) -> bool {
    matches!(
        word,
        b"r" | b"R" | b"b" | b"B" | b"br" | b"bR" | b"Br" | b"BR" | b"rb" | b"rB" | b"Rb" | b"RB"
    )
}

/// The byte after the literal whose opening quote is at `start`.
fn literal(bytes: &[u8], start: usize, raw: bool) -> Result<usize, TooMuch> {
    let quote = bytes[start];
    let triple = bytes[start..].starts_with(&[quote; 3]);
    let mut at = start + if triple { 3 } else { 1 };
    while let Some(&byte) = bytes.get(at) {
        if byte == quote && !triple {
            return Ok(at + 1);
        }
        if triple && bytes[at..].starts_with(&[quote; 3]) {
            return Ok(at + 3);
        }
        if !triple && matches!(byte, b'\n' | b'\r') {
            break;
        }
        if byte == b'\\' && !raw {
            let length = escape(&bytes[at + 1..])
                .ok_or(TooMuch { at, message: "unknown escape in a string literal" })?;
            at += 1 + length;
        } else {
            at += 1;
        }
    }
    Err(TooMuch { at: start, message: "a string literal does not end" })
}

/// Length of the escape after its backslash.
fn escape(bytes: &[u8]) -> Option<usize> {
    let (count, allowed): (usize, fn(&u8) -> bool) = match bytes.first()? {
        b'a' | b'b' | b'f' | b'n' | b'r' | b't' | b'v' | b'"' | b'\'' | b'\\' | b'?' | b'`' => {
            return Some(1);
        }
        b'x' | b'X' => (2, u8::is_ascii_hexdigit),
        b'u' => (4, u8::is_ascii_hexdigit),
        b'U' => (8, u8::is_ascii_hexdigit),
        b'0'..=b'3' => (2, |byte| matches!(byte, b'0'..=b'7')),
        _ => return None,
    };
    bytes.get(1..=count)?.iter().all(allowed).then_some(count + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_texts_pass() {
        for text in [
            "",
            "resource.metadata['tier'] == \"a\\\"(((\" && x in [r'\\(', b'''a\n'b''', '\\x41\\101']",
            "// comment (((\ntrue",
            &["a == b"; 5000].join(" || "),
            &format!("x in [{}]", ["'some-id'"; 5000].join(", ")),
            &format!("{}1{}", "(".repeat(75), ")".repeat(75)),
        ] {
            assert_eq!(guard(text), Ok(()), "{text:.80}");
        }
    }

    #[test]
    fn what_would_nest_too_deeply_is_refused() {
        for text in [
            "(".repeat(100_000),
            "[".repeat(100_000),
            "!".repeat(100_000),
            "a.".repeat(100_000),
            "a + ".repeat(50_000),
            "a in ".repeat(50_000),
            "a[0]".to_owned() + &"[0]".repeat(80_000),
            "f()".to_owned() + &".f()".repeat(60_000),
            "a ? b : ".repeat(30_000),
            "a ? ".repeat(60_000),
            "x, {1: ".repeat(30_000),
        ] {
            let refused = guard(&text).expect_err(&text[..20]);
            assert_eq!(refused.message, "the selector is nested too deeply", "{text:.20}");
        }
        let long = " ".repeat(MAX_LENGTH + 1);
        assert_eq!(guard(&long).expect_err("long").message, "the selector is longer than 256 KiB");
    }

    #[test]
    fn what_the_parser_would_read_differently_is_refused() {
        for text in ["'", "'a\n'", "\"\\q\"", "'''a''", "'\\u12'", "r'", "b\"\\400\"", "'\\"] {
            assert!(guard(text).is_err(), "{text}");
        }
    }
}
