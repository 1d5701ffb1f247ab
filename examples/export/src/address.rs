//! The address of a ctrlplane: the one place that requests go to.

use std::fmt::{self, Display, Formatter};

use shakedown_terminal::exit::Failure;
use ureq::http::Uri;

/// The variable that holds the address unless an option does; ctrlplane's own tool reads it, too.
pub const VARIABLE: &str = "CTRLPLANE_URL";

/// Scheme, host and port, and what stands before `/api` in every path.
#[derive(Debug)]
pub struct Address {
    text: String,
    is_encrypted: bool,
    is_loopback: bool,
}

impl Address {
    /// Reads an address, with or without `/api` at its end.
    ///
    /// # Errors
    /// When it is none, or holds what does not belong there.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let fail = |what: &str| Failure::Input(format!("the address {what}"));
        // It is not quoted: what is taken for a password may be one.
        if text.contains('@') {
            return Err(fail("has an `@`: credentials belong nowhere but into the token"));
        }
        let trimmed = text.trim().trim_end_matches('/');
        let trimmed = trimmed.strip_suffix("/api").unwrap_or(trimmed).trim_end_matches('/');
        let uri: Uri = trimmed.parse().map_err(|error| fail(&format!("`{text}`: {error}")))?;
        let is_encrypted = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(fail(&format!("`{text}` starts with neither https:// nor http://"))),
        };
        if trimmed.contains(['?', '#']) {
            return Err(fail(&format!("`{text}` has more than scheme, host, port and path")));
        }
        let is_loopback = uri.host().is_some_and(is_loopback);
        Ok(Self { text: trimmed.to_owned(), is_encrypted, is_loopback })
    }

    /// Makes sure that nobody on the way reads the token, unless whoever asks wants it so.
    ///
    /// # Errors
    /// When the address is neither encrypted nor on this machine.
    pub fn check_private(&self) -> Result<(), Failure> {
        if self.is_encrypted || self.is_loopback {
            return Ok(());
        }
        Err(Failure::Input(format!(
            "{self} is not encrypted, so the token could be read on the way; use https://, \
             or --allow-plain-http"
        )))
    }

    /// Whether requests are encrypted.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.is_encrypted
    }

    /// Where a path of the API is.
    pub(crate) fn of(&self, path: &str) -> String {
        format!("{self}/api/v1/{path}")
    }
}

impl Display for Address {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let is_own = |address: std::net::IpAddr| address.is_loopback();
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(is_own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_what_people_paste() {
        for (text, address) in [
            ("https://ctrlplane.example", "https://ctrlplane.example"),
            ("https://ctrlplane.example/", "https://ctrlplane.example"),
            (" https://ctrlplane.example/api/\n", "https://ctrlplane.example"),
            ("http://[::1]:3001/api", "http://[::1]:3001"),
            ("https://example/tools/ctrlplane", "https://example/tools/ctrlplane"),
        ] {
            assert_eq!(Address::parse(text).expect("an address").to_string(), address, "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "ctrlplane.example",
            "/api",
            "ftp://ctrlplane.example",
            "https://",
            "https://a b",
            "https://ctrlplane.example?x=1",
            "https://ctrlplane.example#x",
            "https://user:password@ctrlplane.example",
        ] {
            let Err(Failure::Input(message)) = Address::parse(text) else {
                panic!("{text} is none")
            };
            assert!(!message.contains("password"), "{message}");
        }
    }

    #[test]
    fn only_this_machine_is_asked_unencrypted() {
        for (text, is_private) in [
            ("https://ctrlplane.example", true),
            ("http://localhost:3001", true),
            ("http://127.0.0.7", true),
            ("http://[::1]:3001", true),
            ("http://ctrlplane.example", false),
            ("http://localhost.example", false),
            ("http://127.0.0.1.example", false),
        ] {
            let address = Address::parse(text).expect("an address");
            assert_eq!(address.check_private().is_ok(), is_private, "{text}");
        }
    }
}
