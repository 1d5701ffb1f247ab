//! Members of a document that nothing reads: a misspelt one would otherwise mean what its absence means.

use std::sync::Arc;

use serde_json::json;
use shakedown_engine::model::DiagnosticCode;
use shakedown_engine::wire::document::{Document, UnknownMember};

use super::{Diagnostic, Owner, Place};

/// What a document states and nothing reads, each kind of member once, in the order of the document. Of the
/// fleet that it makes nobody can tell.
#[must_use]
pub fn unread(document: &Document) -> Vec<Diagnostic> {
    let (members, more) = document.unknown_members();
    let tell = |file: String, what, params, place| Diagnostic {
        code: DiagnosticCode::MemberUnknown,
        owner: Owner::Document(file),
        what,
        params,
        place,
    };
    let mut found: Vec<Diagnostic> = members
        .into_iter()
        .map(|UnknownMember { file, place, of, member, nearest, count }| {
            let times = if count == 1 { "once".to_owned() } else { format!("{count} times") };
            let meant = nearest.map(|it| format!("; is `{it}` meant?")).unwrap_or_default();
            let what = format!("states `{member}` of `{of}` {times}, and nothing reads it{meant}");
            let params = json!({ "of": of, "member": member, "nearest": nearest, "count": count });
            let place = Place { file: Arc::from(file.as_str()), place };
            tell(file, what, params, Some(place))
        })
        .collect();
    if more > 0 {
        let what = format!("states {more} members of other kinds that nothing reads");
        found.push(tell(document.file.clone(), what, json!({ "count": more }), None));
    }
    found
}
