//! The token: where it comes from, and that it is nowhere seen.
//!
//! Invariant: no text is made of a token but the header of a request.

use std::fmt::{self, Debug, Formatter};
use std::io;
use std::path::Path;

use serde_json::Value;
use shakedown_terminal::exit::Failure;
use shakedown_terminal::pipe;
use ureq::http::HeaderValue;

/// The variable that holds the token unless a file does; ctrlplane's own tool reads it, too.
pub const VARIABLE: &str = "CTRLPLANE_API_KEY";

/// What stands where the token stood.
const HIDDEN: &str = "[token]";

/// A shorter one would be found in words that have nothing to do with it.
const SHORTEST: usize = 8;

/// Says who asks.
pub struct Token {
    text: String,
    header: HeaderValue,
}

impl Debug for Token {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(HIDDEN)
    }
}

impl Token {
    /// Takes the token from the file, or else from the environment.
    ///
    /// # Errors
    /// When there is none, or none that a header can hold.
    pub fn read(file: Option<&Path>) -> Result<Self, Failure> {
        let (text, origin) = match file {
            Some(path) => {
                let text = pipe::read(path)
                    .and_then(|bytes| String::from_utf8(bytes).map_err(io::Error::other));
                let fail = |error| Failure::Input(format!("{}: {error}", path.display()));
                (text.map_err(fail)?, path.display().to_string())
            }
            None => (std::env::var(VARIABLE).unwrap_or_default(), VARIABLE.to_owned()),
        };
        let token = text.trim();
        if token.is_empty() && file.is_none() {
            let message = format!("no token: set {VARIABLE}, or name a file by --token-file");
            return Err(Failure::Input(message));
        }
        Self::of(token).map_err(|what| Failure::Input(format!("{origin} {what}")))
    }

    fn of(text: &str) -> Result<Self, &'static str> {
        if text.len() < SHORTEST {
            return Err("holds no token: it is too short");
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("holds no token: that is one word of visible ASCII characters");
        }
        let mut header = HeaderValue::from_str(text).map_err(|_| "holds no token")?;
        header.set_sensitive(true);
        Ok(Self { text: text.to_owned(), header })
    }

    /// The value of the header that holds it.
    pub(crate) fn header(&self) -> HeaderValue {
        self.header.clone()
    }

    /// The text without the token.
    pub(crate) fn hide(&self, text: &str) -> String {
        text.replace(&self.text, HIDDEN)
    }

    /// Takes the token out of every text of an answer; returns how many held it.
    pub(crate) fn hide_in(&self, value: &mut Value) -> u64 {
        match value {
            Value::String(text) if text.contains(&self.text) => {
                *text = self.hide(text);
                1
            }
            Value::Array(items) => items.iter_mut().map(|item| self.hide_in(item)).sum(),
            Value::Object(members) => {
                let keys = members.keys().filter(|key| key.contains(&self.text));
                let keys: Vec<String> = keys.cloned().collect();
                for key in &keys {
                    if let Some(member) = members.remove(key) {
                        members.insert(self.hide(key), member);
                    }
                }
                let within: u64 = members.values_mut().map(|member| self.hide_in(member)).sum();
                keys.len() as u64 + within
            }
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_not_seen() {
        let token = Token::of("secret-1234").expect("a token");
        assert_eq!(format!("{token:?}"), HIDDEN);
        assert_eq!(token.hide("x-api-key: secret-1234!"), "x-api-key: [token]!");
        let mut value = serde_json::json!({
            "secret-1234": ["\u{73}ecret-1234", 1234, { "key": "a secret-1234 b" }],
        });
        assert_eq!(token.hide_in(&mut value), 3);
        let expected =
            serde_json::json!({ "[token]": ["[token]", 1234, { "key": "a [token] b" }] });
        assert_eq!(value, expected);
    }

    #[test]
    fn what_is_no_token_is_refused() {
        for text in ["", "short", "two words of it", "a-tokén-1234", "line\nbreak-1234"] {
            assert!(Token::of(text).is_err(), "{text}");
        }
    }
}
