//! How a binary ends: 0 done, 1 the answer is no, 2 wrong usage or input.

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use crate::printable::{printable, printable_lines};

/// What a binary found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Done.
    Yes,
    /// Done, and the answer to what was asked is no.
    No,
}

/// Why a binary could not finish.
#[derive(Debug)]
pub enum Failure {
    /// Wrong usage or input; says what is wrong, and where.
    Input(String),
    /// Output could not be written.
    Output(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl Failure {
    /// There is no thing of a kind that is called so; `near` are the names nearest to it.
    #[must_use]
    pub fn missing(kind: &str, wanted: &str, near: &[&str]) -> Self {
        let near = match near {
            [] => "there are none".to_owned(),
            [only] => format!("the nearest is {only}"),
            _ => format!("the nearest are {}", near.join(", ")),
        };
        Self::Input(printable(&format!("there is no {kind} `{wanted}`; {near}")))
    }

    /// What there is to tell of it: nothing if a reader stopped reading.
    fn message(self) -> Option<String> {
        match self {
            Self::Output(error) if error.kind() == ErrorKind::BrokenPipe => None,
            Self::Output(error) => Some(format!("cannot write the output: {error}")),
            Self::Input(message) => Some(message),
        }
    }
}

/// What became of several outputs, each of which was tried whatever became of the others. A reader that
/// stops reading is no failure.
///
/// # Errors
/// All failures as one, a line each.
pub fn all(outputs: impl IntoIterator<Item = Result<(), Failure>>) -> Result<(), Failure> {
    let failures = outputs.into_iter().filter_map(Result::err);
    let messages: Vec<String> = failures.filter_map(Failure::message).collect();
    if messages.is_empty() { Ok(()) } else { Err(Failure::Input(messages.join("\n"))) }
}

/// Tells failures on stderr and returns the exit code. A reader that stops reading is no failure.
#[must_use]
pub fn exit(result: Result<Answer, Failure>) -> ExitCode {
    let message = match result {
        Ok(Answer::Yes) => return ExitCode::SUCCESS,
        Ok(Answer::No) => return ExitCode::from(1),
        Err(failure) => failure.message(),
    };
    let Some(message) = message else { return ExitCode::SUCCESS };
    // Messages quote documents, whose names are opaque.
    let message: Vec<String> = message.split('\n').map(printable).collect();
    let message = message.join("\n");
    // Nobody is left to tell when stderr is closed, too.
    writeln!(io::stderr(), "error: {message}").ok();
    ExitCode::from(2)
}

/// Writes lines to stdout, all of them. Characters that terminals obey are escaped as in JSON, so that no
/// program prints any, whatever its text is made of.
///
/// # Errors
/// When stdout is closed or its device is full.
pub fn write_out(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(printable_lines(text).as_bytes())?;
    out.flush()?;
    Ok(())
}
