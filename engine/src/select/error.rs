//! Why a selector cannot be compiled, or cannot answer.

use std::fmt;

use thiserror::Error;

use super::steps::TooMany;
use crate::select::Miss;

/// A selector that cannot be compiled; shown with the place and the text around it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct SelectorError {
    /// The selector as sent.
    pub text: String,
    /// Line of the fault in `text`, from 1, where known.
    pub line: Option<u32>,
    /// Column of the fault in its line in characters, from 1, where known.
    pub column: Option<u32>,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for SelectorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { text, line, column, message } = self;
        let from_zero = |number: Option<u32>| number.map_or(0, |it| it.saturating_sub(1) as usize);
        let at = from_zero(*line);
        let shown = text.lines().nth(at).unwrap_or_default();
        let excerpt = excerpt(shown, from_zero(*column));
        match (line, column) {
            (Some(line @ 2..), Some(column)) => {
                write!(f, "{message}, at line {line}, column {column} of the selector, `{excerpt}`")
            }
            (_, Some(column)) => write!(f, "{message}, at column {column} of `{excerpt}`"),
            _ => write!(f, "{message}, in `{excerpt}`"),
        }
    }
}

/// Characters of a selector that an error shows before the fault, and from the fault on.
const SHOWN: usize = 40;

/// The part of a line around the character at `fault`.
fn excerpt(line: &str, fault: usize) -> String {
    let skipped = fault.saturating_sub(SHOWN);
    let mut rest = line.chars().skip(skipped);
    let shown: String = rest.by_ref().take(fault - skipped + SHOWN).collect();
    let before = if skipped > 0 { ".." } else { "" };
    let after = if rest.next().is_some() { ".." } else { "" };
    format!("{before}{shown}{after}")
}

/// A selector that has no answer for the given entities.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EvalError {
    /// The result is no boolean.
    #[error("the result is of type {kind}, not a boolean")]
    NotBoolean {
        /// CEL name of the result's type.
        kind: &'static str,
    },
    /// The result is a string that spells no boolean.
    #[error("the result `{text}` is not a boolean")]
    NotBooleanText {
        /// The string.
        text: String,
    },
    /// An operator or function was applied to types it does not take.
    #[error("no such overload: {function}({kinds})")]
    NoOverload {
        /// Operator or function.
        function: &'static str,
        /// CEL names of the arguments' types.
        kinds: String,
    },
    /// A container was asked for a key it cannot have.
    #[error("a {container} takes no {key} as key")]
    BadKey {
        /// CEL name of the container's type.
        container: &'static str,
        /// CEL name of the key's type.
        key: &'static str,
    },
    /// A list has no element of this index.
    #[error("index out of bounds: {index}")]
    IndexOutOfBounds {
        /// The index.
        index: i64,
    },
    /// A value that can only be tested for presence was read.
    #[error("a selector cannot be read here")]
    Opaque,
    /// A number, time or duration left its range.
    #[error("{function}: out of range")]
    OutOfRange {
        /// Operator or function.
        function: &'static str,
    },
    /// Division or remainder by integer zero.
    #[error("division by zero")]
    DivisionByZero,
    /// An order was asked of NaN.
    #[error("NaN cannot be ordered")]
    NotOrdered,
    /// A map literal has two equal keys.
    #[error("a map literal repeats a key")]
    RepeatedKey,
    /// A text cannot be converted.
    #[error("{function}: cannot convert `{text}`")]
    Conversion {
        /// The converting function.
        function: &'static str,
        /// The text.
        text: String,
    },
    /// A regular expression is none.
    #[error("`{pattern}` is not a regular expression: {message}")]
    Pattern {
        /// The expression.
        pattern: String,
        /// What is wrong with it.
        message: String,
    },
    /// A function refuses its arguments.
    #[error("{function}: {message}")]
    Function {
        /// The function.
        function: &'static str,
        /// Why.
        message: String,
    },
    /// A JSON condition compares a field that is not a plain required string.
    #[error("the field `{field}` cannot be compared")]
    NotComparable {
        /// The condition's `type`.
        field: String,
    },
    /// A JSON condition compares a time that is not set or unreadable.
    #[error("the time `{field}` is not set")]
    NoTime {
        /// The field.
        field: &'static str,
    },
    /// A JSON condition compares with something that is no RFC 3339 time.
    #[error("`{text}` is not an RFC 3339 time")]
    BadTime {
        /// The condition's `value`.
        text: String,
    },
    /// The expression takes more than a million steps.
    #[error("the expression takes too long: more than a million steps")]
    TooCostly,
}

/// Why an expression has no value: a missing key, which makes a selector false, or an error.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Fault {
    MissingKey,
    Error(Box<EvalError>),
}

impl From<EvalError> for Fault {
    fn from(error: EvalError) -> Self {
        Self::Error(Box::new(error))
    }
}

impl From<TooMany> for Fault {
    fn from(TooMany: TooMany) -> Self {
        EvalError::TooCostly.into()
    }
}

impl From<Miss> for Fault {
    fn from(miss: Miss) -> Self {
        match miss {
            Miss::Key => Self::MissingKey,
            Miss::Index(index) => EvalError::IndexOutOfBounds { index }.into(),
            Miss::Opaque => EvalError::Opaque.into(),
            Miss::Kind(container, key) => EvalError::BadKey { container, key }.into(),
        }
    }
}
