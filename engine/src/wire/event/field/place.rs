//! Where a value is: steps down from the root, linked on the stack, and their paths.

use crate::wire::event::error::{FieldPath, Step};

/// A step down from a parent place.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place<'a> {
    Root,
    Key(&'a Place<'a>, &'a str),
    /// A member of an object that may have any.
    Any(&'a Place<'a>, &'a str),
    Index(&'a Place<'a>, usize),
}

/// Longest name of a member in the path of one that nothing reads, in bytes: there may be many below one
/// whose name is long.
pub(super) const LONGEST: usize = 200;

impl Place<'_> {
    pub(super) fn path(&self) -> FieldPath {
        self.path_of(usize::MAX)
    }

    /// The path, with names that are longer than so many bytes cut.
    pub(super) fn path_of(&self, longest: usize) -> FieldPath {
        let name = |key: &str| match key.len() > longest {
            true => format!("{}..", &key[..key.floor_char_boundary(longest)]),
            false => key.to_owned(),
        };
        let mut steps = Vec::new();
        let mut place = self;
        loop {
            place = match place {
                Place::Root => break,
                Place::Key(parent, key) | Place::Any(parent, key) => {
                    steps.push(Step::Key(name(key)));
                    parent
                }
                Place::Index(parent, index) => {
                    steps.push(Step::Index(*index));
                    parent
                }
            };
        }
        steps.reverse();
        FieldPath(steps)
    }

    /// The path of all that stand so: without positions, `*` being any member of an object that may have
    /// any.
    pub(super) fn pattern(&self) -> String {
        match self {
            Place::Root => String::new(),
            Place::Index(parent, _) => format!("{}[]", parent.pattern()),
            Place::Any(parent, _) => dotted(parent.pattern(), "*"),
            Place::Key(parent, key) => {
                let key =
                    FieldPath(vec![Step::Key(key[..key.floor_char_boundary(LONGEST)].to_owned())]);
                dotted(parent.pattern(), &key.to_string())
            }
        }
    }
}

fn dotted(before: String, name: &str) -> String {
    if before.is_empty() { name.to_owned() } else { format!("{before}.{name}") }
}
