//! Fleets from documents.

use std::path::Path;

use shakedown_engine::fleet::Fleet;
use shakedown_engine::preset::START;
use shakedown_engine::wire::document::{Document, DocumentError};
use shakedown_systems::load::load;
use shakedown_terminal::exit::Failure;
use shakedown_terminal::number::grouped;
use shakedown_terminal::progress::Progress;

/// Reads a document and builds its fleet.
///
/// # Errors
/// When the document cannot be read, or the fleet does not take one of its entries.
pub fn from_document(path: &Path, progress: &mut Progress) -> Result<Fleet, Failure> {
    let fail = |error: DocumentError| Failure::Input(error.to_string());
    progress.phase(1, &format!("Reading {}", path.display()));
    let document = Document::read(path, START).map_err(fail)?;
    let total = document.entries.len();
    progress.phase(2, &format!("Applying {} entries", grouped(total as u64)));
    let mut done = 0;
    let fleet = load(document, START, &mut |_| {
        done += 1;
        progress.step(done, total);
    });
    fleet.map_err(fail)
}
