//! Ids as segments of a path, in addresses and in the folder alike.

use std::fmt::Write as _;

/// The id with every byte percent-encoded but letters, digits, `-`, `_`, `~` and those dots that lead
/// nowhere: whatever a server calls a thing, its segment is one name below where it is put.
pub(crate) fn segment(id: &str) -> String {
    let only_dots = id.bytes().all(|byte| byte == b'.');
    let mut text = String::with_capacity(id.len());
    for byte in id.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'~' => text.push(byte.into()),
            b'.' if !only_dots => text.push('.'),
            // Writing to a string cannot fail.
            _ => write!(text, "%{byte:02X}").unwrap_or_default(),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_is_one_name() {
        for (id, expected) in [
            ("gke/shop-prod/c-5", "gke%2Fshop-prod%2Fc-5"),
            ("v1.2_3~", "v1.2_3~"),
            (".", "%2E"),
            ("..", "%2E%2E"),
            ("../..", "..%2F.."),
            ("..\\x", "..%5Cx"),
            ("a\0b", "a%00b"),
            ("%2E", "%252E"),
            ("c:d?e#f", "c%3Ad%3Fe%23f"),
            ("ä b", "%C3%A4%20b"),
        ] {
            assert_eq!(segment(id), expected, "{id:?}");
        }
    }
}
