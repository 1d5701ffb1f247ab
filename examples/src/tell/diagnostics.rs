//! Diagnostics in words: all of them, or how many there are and who lists them.

use serde_json::Value as Json;
use shakedown_systems::diagnostics::Diagnostic;
use shakedown_terminal::number::grouped;
use shakedown_terminal::sheet::Sheet;

/// Diagnostics beyond these are counted, not printed.
const MAX_LISTED: usize = 200;

/// Lists them, each below its place and its code.
pub fn list(found: &[Diagnostic], sheet: &mut Sheet) {
    sheet.heading(format_args!("Diagnostics: {}", grouped(found.len() as u64)));
    for it in found.iter().take(MAX_LISTED) {
        match &it.place {
            Some(place) => sheet.line(format_args!("{place}: {}", it.code)),
            None => sheet.line(it.code),
        }
        sheet.paragraph("  ", it);
    }
    sheet.more(found.len().saturating_sub(MAX_LISTED));
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
