//! The kinds of entity, their identities and their place in event names (SEMANTICS 1.1, 4.3), all made
//! of the table of kinds.
//!
//! Vocabulary: a *key* is what tells two entities of a kind apart. Most kinds have an id; resource
//! variables and approval records are known by the things they connect.

use std::borrow::Cow;

use crate::base::json::Json;
use crate::model;
use crate::model::kinds::{composite_key, kinds};

/// The type of an id: names it, for the repetition to have something to go by.
macro_rules! id_type {
    ($id:ident) => {
        String
    };
}

/// The text of a key, of its parts.
macro_rules! text {
    ($id:ident) => {
        Cow::Borrowed($id.as_str())
    };
    ($($part:ident),+) => {
        Cow::Owned(composite_key(&[$($part),+]))
    };
}

macro_rules! declare {
    ($(
        $(#[$doc:meta])*
        $kind:ident: $index:ident, $name:literal, [$($list:literal)?],
        $(($id:ident))?
        $({ $($(#[$part_doc:meta])* $part:ident: $reader:ident $json:literal),+ $(,)? })?;
    )+) => {
        crate::model::status::named! {
            /// A kind of entity; its name is the first part of its event types.
            Kind { $($(#[$doc])* $kind = $name),+ }
        }

        /// The identity of an entity of any kind.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Key {
            $($(#[$doc])* $kind $((id_type!($id)))? $({ $($(#[$part_doc])* $part: String),+ })?,)+
        }

        /// An entity of any kind.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Entity {
            $($(#[$doc])* $kind(model::$kind),)+
        }

        impl Kind {
            /// The lists of a workspace document and what they hold, in the order in which their
            /// entities are created.
            pub(crate) const LISTS: &[(&str, Self)] = &[$($(($list, Self::$kind),)?)+];
        }

        impl Key {
            /// The kind of the entity.
            #[must_use]
            pub const fn kind(&self) -> Kind {
                match self { $(Self::$kind { .. } => Kind::$kind,)+ }
            }

            /// The key as one text, unique within the kind.
            #[must_use]
            pub fn text(&self) -> Cow<'_, str> {
                match self {
                    $(Self::$kind $(($id))? $({ $($part),+ })? =>
                        text!($($id)? $($($part),+)?),)+
                }
            }
        }

        impl Entity {
            /// The kind.
            #[must_use]
            pub const fn kind(&self) -> Kind {
                match self { $(Self::$kind(_) => Kind::$kind,)+ }
            }

            /// The identity.
            #[must_use]
            pub fn key(&self) -> Key {
                match self {
                    $(Self::$kind(it) => Key::$kind
                        $((it.$id.clone()))? $({ $($part: it.$part.clone()),+ })?,)+
                }
            }

            /// The entity as JSON.
            #[must_use]
            pub fn to_json(&self) -> Json {
                match self { $(Self::$kind(it) => it.to_json(),)+ }
            }
        }
    };
}

kinds!(declare);
