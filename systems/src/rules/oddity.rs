//! Oddities: what is probably a mistake about a member of a rule, or about any selector.

use serde_json::{Value as Json, json};
use shakedown_engine::model::DiagnosticCode;
use shakedown_engine::select::{EvalError, SelectorError};

/// What is odd: a code, words to go after the name of its owner, and the numbers in them.
#[derive(Debug, Clone, PartialEq)]
pub struct Oddity {
    /// Which kind of mistake.
    pub code: DiagnosticCode,
    /// In words.
    pub what: String,
    /// What the words say, as an object.
    pub params: Json,
}

impl Oddity {
    /// An oddity with parameters.
    pub fn new(code: DiagnosticCode, what: impl Into<String>, params: Json) -> Self {
        Self { code, what: what.into(), params }
    }

    /// A selector that does not compile, so that its rule denies every version.
    pub(super) fn denies(error: &SelectorError) -> Self {
        let what = format!("denies every version, for its selector: {error}");
        Self::new(DiagnosticCode::RuleDenies, what, json!({ "error": error.to_string() }))
    }
}

/// So many of something, in words: `1 target`, `2 targets`.
#[must_use]
pub fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// For how many of its subjects a selector has no answer. The example is the first by id, whatever the
/// order in which they were asked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Failures {
    /// Subjects without an answer.
    pub failing: u64,
    /// Subjects.
    pub of: u64,
    /// One that has none, and why.
    pub example: Option<(String, EvalError)>,
}

impl Failures {
    /// Counts `subjects` with one answer, of which `id` is the first by id.
    pub fn count(&mut self, subjects: u64, id: impl FnOnce() -> String, answer: Option<EvalError>) {
        self.of += subjects;
        let Some(error) = answer else { return };
        self.failing += subjects;
        let id = id();
        if self.example.as_ref().is_none_or(|(known, _)| id < *known) {
            self.example = Some((id, error));
        }
    }

    /// What is odd about the selector that is the member `member`; `subjects` are called so.
    #[must_use]
    pub fn oddity(&self, member: &str, subjects: &str) -> Option<Oddity> {
        let Self { failing, of, example: Some((example, error)) } = self else { return None };
        let what = format!(
            "has a {member} that fails on {failing} of {of} {subjects}, such as `{example}`: {error}"
        );
        let params = json!({
            "member": member, "failing": failing, "of": of, "subjects": subjects,
            "example": example, "error": error.to_string(),
        });
        Some(Oddity::new(DiagnosticCode::SelectorFails, what, params))
    }
}
