//! The members by which a document describes itself.

use super::decode::Decoded;
use super::error::ErrorClass;
use super::field::{Decoding, Node, Result};
use crate::base::json::JsonMap;
use crate::base::time::SimTime;
use crate::model::Dialect;

/// What a document says of itself.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stated {
    pub(crate) name: Option<String>,
    pub(crate) workspace_id: Option<String>,
    pub(crate) dialect: Option<Dialect>,
    pub(crate) now: Option<SimTime>,
    pub(crate) tags: Vec<String>,
    pub(crate) reason: Option<String>,
}

/// Decodes the members; `clock` is another word for `now`.
pub(crate) fn decode(map: &JsonMap) -> Decoded<Stated> {
    let decoding = Decoding::at(SimTime::UNSET);
    let fields = decoding.members(map);
    let now = fields.maybe_time("now");
    let clock = fields.optional("clock", |node| match now {
        Some(_) => Err(node.fail(ErrorClass::InvalidValue, "no `clock` beside `now`")),
        None => node.time(),
    });
    fields.maybe_text("description");
    let stated = Stated {
        name: fields.maybe_text("name"),
        workspace_id: fields.maybe_text("workspaceId").filter(|id| !id.is_empty()),
        dialect: fields.optional("dialect", dialect),
        now: now.or(clock),
        tags: fields.or_default("tags", |node| node.list(Node::text)),
        reason: fields.maybe_text("reason"),
    };
    drop(fields);
    decoding.end(Ok(stated))
}

fn dialect(node: Node<'_>) -> Result<Dialect> {
    let expected = "the name of a dialect: `today` or `recorded`";
    node.str()?.parse().map_err(|_| node.fail(ErrorClass::InvalidValue, expected))
}
