//! Giving entities that state no creation time the instant of their event.
//!
//! The clock of an entry follows from the document alone: it begins at `now` and moves with the
//! events that state their instant (SEMANTICS 12).

use super::assembly::Assembled;
use super::{Document, DocumentKind, SourceFile};
use crate::base::time::SimTime;

impl Assembled {
    /// The document called `file`, read from `files`, beginning at what it states, or else at `clock`.
    pub(super) fn stamped(
        mut self,
        file: &str,
        files: Vec<SourceFile>,
        clock: SimTime,
    ) -> Document {
        if self.kind == DocumentKind::Log {
            self.now = self.entries.first().and_then(|entry| entry.event.at);
        }
        let mut clock = self.now.unwrap_or(clock);
        for entry in &mut self.entries {
            let event = &mut entry.event;
            event.payload.stamp(event.at.unwrap_or(clock));
            clock = clock.max(event.at.unwrap_or(clock));
        }
        Document {
            kind: self.kind,
            file: file.to_owned(),
            name: self.name,
            workspace_id: self.workspace_id,
            dialect: self.dialect,
            now: self.now,
            tags: self.tags,
            reason: self.reason,
            entries: self.entries,
            remarks: self.remarks,
            unknown: self.unknown,
            files,
        }
    }
}
