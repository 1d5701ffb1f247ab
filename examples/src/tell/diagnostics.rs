//! Diagnostics in words: all of them, or how many there are and who lists them.

use serde_json::Value as Json;
use shakedown_engine::wire::event::Key;
use shakedown_systems::diagnostics::{Diagnostic, Owner};
use shakedown_terminal::number::grouped;
use shakedown_terminal::sheet::Sheet;

use super::names::Names;

/// Diagnostics beyond these are counted, not printed.
const MAX_LISTED: usize = 200;

/// Lists them, each below its place and its code.
pub fn list(found: &[Diagnostic], names: &Names, sheet: &mut Sheet) {
    sheet.heading(format_args!("Diagnostics: {}", grouped(found.len() as u64)));
    for it in found.iter().take(MAX_LISTED) {
        let place = it.place.as_ref().map(|place| format!("{place}: ")).unwrap_or_default();
        let of = called(&it.owner, names).map(|name| format!(" of {name}")).unwrap_or_default();
        sheet.line(format_args!("{place}{}{of}", it.code));
        sheet.paragraph("  ", it);
    }
    sheet.more(found.len().saturating_sub(MAX_LISTED));
}

/// What people call an owner, if not by its id.
fn called<'a>(owner: &'a Owner, names: &'a Names) -> Option<&'a str> {
    let (id, name) = match owner {
        Owner::Entity(Key::Deployment(id)) => (id, names.deployment(id)),
        Owner::Entity(Key::Environment(id)) => (id, names.environment(id)),
        Owner::Entity(Key::Policy(id)) => (id, names.policy(id)),
        Owner::Entity(Key::DeploymentVersion(id)) => (id, names.version(id)),
        _ => return None,
    };
    (name != id).then_some(name)
}

/// Says how many there are and how to see them; nothing if there are none.
pub fn number(found: &[Diagnostic], sheet: &mut Sheet) {
    if !found.is_empty() {
        sheet.heading(format_args!("Diagnostics: {}", grouped(found.len() as u64)));
        sheet.line("`load` lists them; --strict makes them errors");
    }
}

/// The same as JSON: a list.
#[must_use]
pub fn object(found: &[Diagnostic]) -> Json {
    found.iter().map(Diagnostic::to_json).collect()
}
