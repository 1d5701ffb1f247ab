//! Members that nothing reads, as people are told of them: each kind of member once.

use std::collections::BTreeMap;

use super::{Document, Origin, Place};
use crate::wire::event::{FieldPath, MAX_UNKNOWN, Unknown};

/// A kind of member that nothing reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownMember {
    /// The file of the first of them, as in errors.
    pub file: String,
    /// Where the first of them stands.
    pub place: Place,
    /// What has it: the kind of an entity or the type of an event.
    pub of: Box<str>,
    /// Its path there, without positions and with `*` for members of objects that may have any:
    /// `rules[].deploymentWindow.timeZone`.
    pub member: String,
    /// The known member of the same object that is probably meant, as it is called.
    pub nearest: Option<&'static str>,
    /// How many there are.
    pub count: u64,
}

/// Those of a document, by what has them and their path.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Unknowns {
    kinds: BTreeMap<(Box<str>, String), Kind>,
    /// How many are of kinds beyond [`MAX_UNKNOWN`].
    pub(super) more: u64,
}

#[derive(Debug, Clone, PartialEq)]
struct Kind {
    first: Origin,
    path: FieldPath,
    nearest: Option<&'static str>,
    count: u64,
}

impl Unknowns {
    /// What was found in an entry that is an `of`.
    pub(super) fn note(&mut self, first: Origin, of: &str, found: Unknown) {
        let Unknown { kind, path, nearest, count } = found;
        let kind = (of.into(), kind);
        if let Some(known) = self.kinds.get_mut(&kind) {
            known.count += count;
        } else if self.kinds.len() < MAX_UNKNOWN {
            self.kinds.insert(kind, Kind { first, path, nearest, count });
        } else {
            self.more += count;
        }
    }
}

impl Document {
    /// The members that nothing reads, each kind with the first place where it stands, in the order of
    /// the document; at most 100 kinds, and how many members are of others.
    #[must_use]
    pub fn unknown_members(&self) -> (Vec<UnknownMember>, u64) {
        let kinds = self.unknown.kinds.iter().enumerate();
        let mut told: Vec<(usize, UnknownMember)> = kinds
            .map(|(before, ((of, member), kind))| {
                let (of, member) = (of.clone(), member.clone());
                let Kind { first, ref path, nearest, count } = *kind;
                let (place, _) = self.locate_in(first, path.clone(), before);
                let file = self.file_of(first).to_owned();
                (first.file, UnknownMember { file, place, of, member, nearest, count })
            })
            .collect();
        told.sort_by_key(|(file, it)| (*file, it.place));
        (told.into_iter().map(|(_, it)| it).collect(), self.unknown.more)
    }
}
