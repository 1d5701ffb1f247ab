//! Why an event was rejected, and at which field.

use std::borrow::Cow;
use std::fmt;

use thiserror::Error;

use crate::base::json::Json;
use crate::model::Named;

crate::model::status::named! {
    /// The kinds of rejection (SEMANTICS 2.2).
    ErrorClass {
        /// Not JSON, wrong JSON type, bad time.
        Malformed = "malformed",
        /// Unknown event type.
        UnknownEvent = "unknown_event",
        /// A required field is absent.
        MissingField = "missing_field",
        /// Unknown enum value, number out of range, contradicting fields.
        InvalidValue = "invalid_value",
        /// A selector that must compile cannot.
        InvalidSelector = "invalid_selector",
        /// An entity that must exist does not.
        NotFound = "not_found",
        /// A uniqueness or owner rule is broken.
        Conflict = "conflict",
        /// The event is for another workspace.
        WrongWorkspace = "wrong_workspace",
        /// The event's instant lies before the clock.
        TimeReversed = "time_reversed",
        /// What was taken is in, and its targets never come to rest.
        Restless = "restless",
    }
}

/// One step of a [`FieldPath`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Member of an object.
    Key(String),
    /// Element of a list, from zero.
    Index(usize),
}

/// Where a field is, seen from the root of its event or document; empty is the root itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FieldPath(pub Vec<Step>);

impl FieldPath {
    /// This path, seen from an ancestor that is reached by `prefix` from the root.
    #[must_use]
    pub fn under(mut self, prefix: Vec<Step>) -> Self {
        self.0.splice(..0, prefix);
        self
    }
}

/// `rules[0].retry.maxRetries`; keys that are not plain words are quoted.
impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key(key) if is_word(key) => {
                    write!(f, "{}{key}", if position > 0 { "." } else { "" })?;
                }
                Step::Key(key) => write!(f, "[{}]", quoted(key))?,
            }
        }
        Ok(())
    }
}

fn is_word(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// An event or entity that cannot be decoded.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct DecodeError {
    /// Kind of rejection.
    pub class: ErrorClass,
    /// The field, seen from the decoded value.
    pub path: FieldPath,
    /// What should have been there.
    pub expected: Cow<'static, str>,
    /// A short description of what is there.
    pub found: String,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.0.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        write!(f, "expected {}, found {}", self.expected, self.found)
    }
}

/// Longest excerpt of a string in a message, in characters.
const EXCERPT: usize = 60;

/// A short description of a value: scalars as written, containers by kind.
pub(crate) fn describe(value: Option<&Json>) -> String {
    match value {
        None => "nothing".to_owned(),
        Some(Json::Null) => "null".to_owned(),
        Some(Json::Bool(flag)) => flag.to_string(),
        Some(Json::Number(number)) => format!("the number {}", excerpt(&number.to_string())),
        Some(Json::String(text)) => quoted(text),
        Some(Json::Array(_)) => "a list".to_owned(),
        Some(Json::Object(_)) => "an object".to_owned(),
    }
}

/// `text` in quotes, escaped, shortened.
pub(crate) fn quoted(text: &str) -> String {
    format!("{:?}", excerpt(text))
}

fn excerpt(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(EXCERPT) {
        Some((end, _)) => Cow::Owned(format!("{}..", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// "one of `a`, `b`".
pub(crate) fn one_of<T: Named>() -> String {
    let names: Vec<_> = T::VALUES.iter().map(|value| format!("`{}`", value.label())).collect();
    format!("one of {}", names.join(", "))
}
