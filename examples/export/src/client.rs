//! Asks ctrlplane for a path, until it answers or there is no hope.
//!
//! Invariants: no redirect is followed, since the token would go with it; what a message or an answer
//! quotes of a server does not hold the token.

use std::io::ErrorKind;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use shakedown_terminal::exit::Failure;
use shakedown_terminal::pipe;
use ureq::http::header::{CONTENT_TYPE, HeaderName, LOCATION, RETRY_AFTER};
use ureq::http::{HeaderValue, Response, Uri};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body};

use crate::address::Address;
use crate::patience::{LONGEST_ASKED, Patience, asked};
use crate::token::Token;

/// The largest answer that is taken.
const LARGEST: u64 = 64 << 20;

/// Who asks, and whom.
#[derive(Debug)]
pub struct Client {
    agent: Agent,
    address: Address,
    token: Token,
    patience: Patience,
    traffic: Traffic,
}

/// What was asked so far.
#[derive(Debug, Clone, Copy, Default)]
pub struct Traffic {
    /// Requests, retries included.
    pub requests: u64,
    /// Requests that were made because an earlier one failed.
    pub retries: u64,
    /// Texts of answers that held the token, and no longer do.
    pub hidden: u64,
}

/// Why a request has no answer.
enum Trouble {
    /// It may have one later; perhaps the server says when.
    Passing(String, Option<Duration>),
    Lasting(String),
}

impl Client {
    /// A client that trusts the certificates of the file, or else the public ones.
    ///
    /// # Errors
    /// When the file holds no certificates.
    pub fn new(
        address: Address,
        token: Token,
        patience: Patience,
        certificates: Option<&Path>,
    ) -> Result<Self, Failure> {
        let roots = certificates.map(read_certificates).transpose()?;
        let roots = roots.map_or(RootCerts::WebPki, RootCerts::from);
        let config = Agent::config_builder()
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(patience.timeout))
            .accept("application/json")
            .user_agent(concat!("shakedown-export/", env!("CARGO_PKG_VERSION")));
        // A proxy passes on what is encrypted, and would read what is not.
        let config = if address.is_encrypted() { config } else { config.proxy(None) };
        let agent = config.build().new_agent();
        Ok(Self { agent, address, token, patience, traffic: Traffic::default() })
    }

    /// Whom it asks.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// What was asked so far.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        self.traffic
    }

    /// The answer to GET of a path below `/api/v1/`; `None` if the server does not have it.
    ///
    /// # Errors
    /// When there is no answer, or it is no JSON.
    pub(crate) fn get(&mut self, path: &str) -> Result<Option<Value>, Failure> {
        let mut tries = 0;
        loop {
            tries += 1;
            let (what, pause) = match self.ask(path) {
                Ok(answer) => return Ok(answer),
                Err(Trouble::Lasting(what)) => return Err(self.failure(path, &what)),
                Err(Trouble::Passing(what, pause)) => (what, pause),
            };
            if tries > self.patience.retries {
                let what = if tries == 1 { what } else { format!("{what}, {tries} times") };
                return Err(self.failure(path, &what));
            }
            sleep(pause.unwrap_or_else(|| self.patience.pause_after(tries)));
            self.traffic.retries += 1;
        }
    }

    /// A failure that names what was asked.
    pub(crate) fn failure(&self, path: &str, what: &str) -> Failure {
        Failure::Input(self.token.hide(&format!("{}: {what}", self.address.of(path))))
    }

    /// One request.
    fn ask(&mut self, path: &str) -> Result<Option<Value>, Trouble> {
        const TOKEN: HeaderName = HeaderName::from_static("x-api-key");
        self.traffic.requests += 1;
        let request = self.agent.get(self.address.of(path)).header(TOKEN, self.token.header());
        let mut response = request.call().map_err(|error| broken(&error))?;
        let status = response.status();
        match status.as_u16() {
            200..=299 => {
                let mut answer = read(&mut response)?;
                self.traffic.hidden += self.token.hide_in(&mut answer);
                Ok(Some(answer))
            }
            404 => Ok(None),
            429 | 500..=599 => Err(later(&response)),
            401 | 403 => Err(Trouble::Lasting(format!("the token is not accepted, {status}"))),
            300..=399 => Err(Trouble::Lasting(redirected(&response))),
            _ => Err(Trouble::Lasting(status.to_string())),
        }
    }
}

fn read(response: &mut Response<Body>) -> Result<Value, Trouble> {
    let kind = header(response, CONTENT_TYPE).unwrap_or("unknown").to_owned();
    let body = response.body_mut().with_config().limit(LARGEST).read_to_vec();
    let body = body.map_err(|error| broken(&error))?;
    serde_json::from_slice(&body)
        .map_err(|error| Trouble::Lasting(format!("the answer is no JSON ({kind}): {error}")))
}

fn broken(error: &ureq::Error) -> Trouble {
    match error {
        // A certificate that is not trusted, or no TLS at all: neither passes.
        ureq::Error::Io(error) if error.kind() == ErrorKind::InvalidData => {
            Trouble::Lasting(format!("{error} (--ca-file says which certificates to trust)"))
        }
        ureq::Error::Io(error) => Trouble::Passing(error.to_string(), None),
        ureq::Error::Timeout(_) => Trouble::Passing("no answer in time".to_owned(), None),
        ureq::Error::ConnectionFailed => Trouble::Passing(error.to_string(), None),
        ureq::Error::BodyExceedsLimit(_) => Trouble::Lasting(format!(
            "the answer is larger than {} MiB; ask for smaller pages by --page-size",
            LARGEST >> 20
        )),
        _ => Trouble::Lasting(error.to_string()),
    }
}

/// The server asks to come back, or does not say.
fn later(response: &Response<Body>) -> Trouble {
    let status = response.status();
    let pause = header(response, RETRY_AFTER).and_then(|it| asked(it, Timestamp::now()));
    match pause {
        Some(pause) if pause > LONGEST_ASKED => Trouble::Lasting(format!(
            "{status}, and asks to wait for {} s; try again then",
            pause.as_secs()
        )),
        _ => Trouble::Passing(status.to_string(), pause),
    }
}

fn redirected(response: &Response<Body>) -> String {
    let location = header(response, LOCATION).and_then(|it| it.parse::<Uri>().ok());
    let host = location.as_ref().and_then(|it| Some((it.scheme_str()?, it.authority()?)));
    let whither = host.map_or_else(
        || "elsewhere".to_owned(),
        |(scheme, host)| {
            format!("to {scheme}://{}", host.as_str().rsplit('@').next().unwrap_or(""))
        },
    );
    let status = response.status();
    format!("redirects {whither}, {status}; the token is not sent there, so give the final address")
}

fn header(response: &Response<Body>, name: HeaderName) -> Option<&str> {
    response.headers().get(name).map(HeaderValue::to_str)?.ok()
}

fn read_certificates(path: &Path) -> Result<Vec<Certificate<'static>>, Failure> {
    let fail = |what: &str| Failure::Input(format!("{}: {what}", path.display()));
    let text = pipe::read(path).map_err(|error| fail(&error.to_string()))?;
    let mut certificates = Vec::new();
    for item in parse_pem(&text) {
        if let PemItem::Certificate(it) = item.map_err(|error| fail(&error.to_string()))? {
            certificates.push(it);
        }
    }
    if certificates.is_empty() { Err(fail("holds no PEM certificates")) } else { Ok(certificates) }
}
