//! Workspace documents and scenarios in YAML.
//!
//! Numbers keep their value, not their digits; `yes` and `007` are texts. Anchors, aliases and merge
//! keys work, within limits that stop documents which are small as text and huge as values.

mod locate;
pub(super) mod manifests;
mod value;

use std::fmt;

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::options::NonFiniteFloatPolicy;
use serde_saphyr::{Error, Options, Spanned};

pub(super) use self::locate::locate;
use self::value::Value;
use super::assembly::{Assembled, Assembly, Enough, Fault, Member, no_object};
use super::place::{Failure, Failures, in_order, is_placed};
use super::{MAX_ENTRIES, MAX_YAML_BYTES, Place, Problem};
use crate::base::json::Json;
use crate::base::json::read::MAX_DEPTH;
use crate::wire::event::{DecodeError, ErrorClass, FieldPath, Step};

/// Most values of a document, aliases expanded.
const MAX_NODES: usize = 1 << 25;

fn options() -> Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_nodes: MAX_NODES,
            max_events: 2 * MAX_NODES,
            max_depth: MAX_DEPTH,
            flow_nesting_limit: MAX_DEPTH,
            max_total_scalar_bytes: MAX_YAML_BYTES,
            max_recorded_anchor_events: 1 << 18,
            // One anchor of defaults may be merged into every entry.
            max_aliases: MAX_ENTRIES,
            max_merge_keys: MAX_ENTRIES,
            enforce_alias_anchor_ratio: false,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: 1 << 22,
            max_replay_stack_depth: 16,
        },
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        reject_unsupported_tags: true,
        non_finite_float_policy: NonFiniteFloatPolicy::Reject,
        with_snippet: false,
    }
}

pub(super) fn parse(text: &str) -> Result<Assembled, Failures> {
    // The text need not be well-formed behind the beginning of what does not fit.
    let field = |error: DecodeError, near: Place| {
        (Some(locate(text, &error.path).unwrap_or(near)), error.into())
    };
    let mut top = Top::default();
    let read = serde_saphyr::with_deserializer_from_str_with_options(text, options(), |source| {
        source.deserialize_any(&mut top)
    });
    let faults = top.assembly.faults().into_iter().enumerate();
    let fault = |(before, (origin, error)): (usize, Fault)| match is_placed(text, true, before) {
        true => field(error, origin.place),
        false => (Some(origin.place), error.into()),
    };
    let mut failures: Failures = faults.map(fault).collect();
    match (top.stop, read) {
        (Some(Stop::Enough), _) | (None, Ok(())) => {}
        (Some(Stop::Placed(failure)), _) => failures.push(failure),
        (Some(Stop::Field(error, near)), _) => failures.push(field(error, near)),
        (None, Err(error)) => failures.push(syntax(&error)),
    }
    if !failures.is_empty() {
        return Err(in_order(failures));
    }
    top.assembly.finish().map_err(|error| vec![field(error, Place { line: 1, column: 1 })])
}

/// Why reading was stopped, if it was not for the syntax.
enum Stop {
    /// Something at a known place.
    Placed(Failure),
    /// A field that has yet to be located, and a place near it.
    Field(DecodeError, Place),
    /// Elements do not fit, and that is told already.
    Enough,
}

/// The value that a text is.
fn value(text: &str) -> Result<Json, Failure> {
    let read = serde_saphyr::with_deserializer_from_str_with_options(text, options(), |source| {
        Value::deserialize(source)
    });
    read.map(|value| value.0).map_err(|error| syntax(&error))
}

const TOO_MANY_ALIASES: &str = "aliases expand to more than a document may hold";

/// How the parser tells of brackets nested deeper than its limit; the error has no variant of its own.
const TOO_DEEP_IN_FLOW: &str = "recursion limit exceeded";

fn too_deep() -> Problem {
    Problem::Syntax(format!("more than {MAX_DEPTH} levels of nesting"))
}

/// What the parser says, in the words of a document.
fn syntax(error: &Error) -> Failure {
    let problem = match error {
        Error::Eof { .. } => Problem::Empty,
        Error::DuplicateMappingKey { key: Some(key), .. } => {
            Problem::Syntax(format!("the key {key:?} is there twice"))
        }
        Error::MultipleDocuments { .. } => {
            Problem::Syntax("expected one document, found another after `---`".to_owned())
        }
        Error::RecursiveReferencesRequireWeakTypes { .. } => {
            Problem::Syntax("an alias of the value it is part of".to_owned())
        }
        Error::Budget { breach: BudgetBreach::Depth { .. }, .. } => too_deep(),
        Error::Budget { .. } => Problem::Syntax(TOO_MANY_ALIASES.to_owned()),
        Error::NullIntoString { .. } => Problem::Syntax("expected a key, found null".to_owned()),
        other => {
            let message = other.to_string();
            // The place goes in front.
            let places = [" at line ", " (defined at "];
            let end = places.iter().filter_map(|place| message.find(place)).min();
            let message = &message[..end.unwrap_or(message.len())];
            if message == TOO_DEEP_IN_FLOW {
                return (error.location().map(place), too_deep());
            }
            // Inside an alias, a breach arrives as the debug text of its variant.
            let breached = message.starts_with("budget breached: ");
            Problem::Syntax(if breached { TOO_MANY_ALIASES } else { message }.to_owned())
        }
    };
    (error.location().map(place), problem)
}

fn place(location: serde_saphyr::Location) -> Place {
    let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    Place { line: number(location.line()), column: number(location.column()) }
}

/// Reads the members of the document.
#[derive(Default)]
struct Top {
    assembly: Assembly,
    stop: Option<Stop>,
}

impl Top {
    /// Stops reading.
    fn stop<E: de::Error>(&mut self, why: Stop) -> E {
        self.stop = Some(why);
        E::custom("stopped")
    }

    fn no_object<E: de::Error>(&mut self, found: &str) -> E {
        let start = Place { line: 1, column: 1 };
        self.stop(Stop::Placed((Some(start), Problem::Syntax(no_object(found)))))
    }
}

impl<'de> Visitor<'de> for &mut Top {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        Err(self.stop(Stop::Placed((None, Problem::Empty))))
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<(), E> {
        Err(self.no_object("a text"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(self.no_object("a list"))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Spanned { value: key, referenced, .. }) =
            map.next_key::<Spanned<String>>()?
        {
            let member = self.assembly.open(&key);
            let member = member.map_err(|error| {
                self.stop(Stop::Placed((Some(place(referenced)), error.into())))
            })?;
            let near = place(referenced);
            if member == Member::Scalar {
                let value: Value = map.next_value()?;
                self.assembly.scalar(&key, value.0);
            } else {
                map.next_value_seed(List { top: self, key: &key, member, near })?;
            }
        }
        Ok(())
    }
}

/// Reads the elements of one list; null is an empty list.
struct List<'a> {
    top: &'a mut Top,
    key: &'a str,
    member: Member,
    /// The place of the key.
    near: Place,
}

impl List<'_> {
    fn no_list<E: de::Error>(self, found: &str) -> E {
        let path = FieldPath(vec![Step::Key(self.key.to_owned())]);
        let (expected, found) = ("a list".into(), found.to_owned());
        let error = DecodeError { class: ErrorClass::Malformed, path, expected, found };
        self.top.stop(Stop::Field(error, self.near))
    }
}

impl<'de> DeserializeSeed<'de> for List<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for List<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<(), E> {
        Err(self.no_list("true or false"))
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<(), E> {
        Err(self.no_list("a number"))
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<(), E> {
        Err(self.no_list("a number"))
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<(), E> {
        Err(self.no_list("a number"))
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<(), E> {
        Err(self.no_list("a text"))
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(self.no_list("an object"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element::<Spanned<Value>>()? {
            let place = place(item.referenced);
            let element = self.top.assembly.element(self.member, &item.value.0, place);
            element.map_err(|Enough| self.top.stop(Stop::Enough))?;
        }
        Ok(())
    }
}
