//! Command lines: read, or refused in a text that is safe to print.

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::{Error, Parser};

use crate::exit::{Answer, Failure, exit, write_out};
use crate::printable::printable_lines;

/// Runs a program with what its command line says, and tells how it ended. What was asked for in place of
/// that, such as help, goes to stdout, where it counts as output.
#[must_use]
pub fn run_with<A: Parser>(run: impl FnOnce(&A) -> Result<Answer, Failure>) -> ExitCode {
    match A::try_parse() {
        Ok(arguments) => exit(run(&arguments)),
        Err(refused) if refused.use_stderr() => {
            // It quotes what was given, which may be the id of anything.
            write!(io::stderr(), "{}", printable_lines(&refused.to_string())).ok();
            ExitCode::from(2)
        }
        Err(asked) => exit(help(&asked).map(|()| Answer::Yes)),
    }
}

fn help(asked: &Error) -> Result<(), Failure> {
    if !io::stdout().is_terminal() {
        return write_out(&asked.to_string());
    }
    // The styles of our own text.
    write!(io::stdout(), "{}", asked.render().ansi())?;
    Ok(())
}
