//! The selector union: CEL text, `{"cel": ..}` or `{"json": {..}}` (SEMANTICS 2.3, 3.4).
//!
//! Only the union's shape is looked at here; whether the text compiles is asked elsewhere.

use crate::base::json::{Json, JsonMap};
use crate::model::SelectorSource;
use crate::wire::event::error::ErrorClass;
use crate::wire::event::field::{Fields, Node, Result};

/// A selector of an environment, deployment, policy, variable value or relationship rule: an empty
/// text is absent, an empty union rejects.
pub(super) fn optional(fields: &Fields<'_>, name: &'static str) -> Option<SelectorSource> {
    fields.get(name).filter(|value| value.as_str() != Some(""))?;
    fields.optional(name, |node| {
        let empty = || {
            let expected = "a CEL text, {\"cel\": text} or {\"json\": condition}, not empty";
            node.fail(ErrorClass::InvalidSelector, expected)
        };
        union(node)?.ok_or_else(empty)
    })
}

/// A selector of a rule, which must be there; an empty one stays, cannot compile, and so makes the
/// rule deny (SEMANTICS 3.5).
pub(super) fn required(fields: &Fields<'_>, name: &'static str) -> SelectorSource {
    let selector = fields.stated(name, union);
    selector.unwrap_or_else(|| SelectorSource::Json(Json::Object(JsonMap::new())))
}

/// The selector, or `None` when neither member of the union says anything.
fn union(node: Node<'_>) -> Result<Option<SelectorSource>> {
    node.expects("selector");
    if let Json::String(text) = node.value {
        return Ok(Some(SelectorSource::Cel(text.clone())));
    }
    let Json::Object(_) = node.value else {
        let expected = "a selector: a CEL text, {\"cel\": text} or {\"json\": condition}";
        return Err(node.fail(ErrorClass::Malformed, expected));
    };
    let fields = node.fields()?;
    // Of two that say something only one is read, and that is told of the other.
    match fields.peek("json") {
        Some(condition @ Json::Object(map)) if !map.is_empty() => {
            fields.pass_over(&["json"]);
            return Ok(Some(SelectorSource::Json(condition.clone())));
        }
        Some(Json::Object(_)) => fields.pass_over(&["json"]),
        _ => {}
    }
    // One that is no text is not empty.
    let cel = fields.get("cel").map(|value| fields.node("cel", value).text()).transpose()?;
    Ok(cel.filter(|text| !text.is_empty()).map(SelectorSource::Cel))
}
