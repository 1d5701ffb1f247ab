//! JSON conditions to [`Expr`] (SEMANTICS 3.3).
//!
//! The same tree serves: a metadata condition is `has(x.metadata.k) && ..`, `and` and `or` become
//! conditionals, because an error of an evaluated child is the result and later children are not
//! asked.

use super::error::{EvalError, SelectorError};
use super::expr::{DateTest, Expr, Literal, balance};
use super::function_name::Function;
use super::subject::{Place, Subject};
use crate::base::json::{Json, JsonMap};
use crate::select::Instant;

/// Deepest nesting of `and` and `or`.
const MAX_DEPTH: usize = 100;

/// Reads and checks `json`.
///
/// # Errors
/// See [`super::Selector::compile`].
pub(crate) fn parse(json: &Json, place: Place) -> Result<Expr, SelectorError> {
    let subject = place.subject().ok_or("a JSON condition cannot stand here".to_owned());
    subject.and_then(|subject| condition(json, subject, 0)).map_err(|message| SelectorError {
        text: json.to_string(),
        line: None,
        column: None,
        message,
    })
}

fn condition(json: &Json, subject: Subject, depth: usize) -> Result<Expr, String> {
    let Json::Object(members) = json else { return Err("a condition is an object".to_owned()) };
    if depth > MAX_DEPTH {
        return Err("the condition is nested too deeply".to_owned());
    }
    let (kind, operator) = (text(members, "type")?, text(members, "operator")?);
    let (value, key) = (text(members, "value")?, text(members, "key")?);
    let children = match members.get("conditions") {
        None | Some(Json::Null) => &[],
        Some(Json::Array(children)) => children.as_slice(),
        Some(_) => return Err("`conditions` is a list".to_owned()),
    };
    if matches!(operator, "and" | "or") {
        let children = children.iter().map(|child| condition(child, subject, depth + 1));
        return Ok(junction(children.collect::<Result<_, _>>()?, operator == "and"));
    }
    if let Some(test) = text_test(operator)
        && kind == "metadata"
        && !key.is_empty()
    {
        let metadata = Expr::Select(Box::new(Expr::Subject(subject)), "metadata".into());
        return Ok(Expr::Choose(Box::new([
            Expr::Has(Box::new(metadata.clone()), key.into()),
            test(Expr::Select(Box::new(metadata), key.into()), value),
            Expr::Literal(Literal::Bool(false)),
        ])));
    }
    if let (Some(field), Some(test)) = (date_field(kind), date_test(operator)) {
        return Ok(match Instant::parse(value) {
            None => Expr::Fail(Box::new(EvalError::BadTime { text: value.to_owned() })),
            Some(time) => {
                let of = Expr::Select(Box::new(Expr::Subject(subject)), field.into());
                Expr::Dated(Box::new(of), field, test, time.seconds())
            }
        });
    }
    let Some(test) = text_test(operator) else {
        return Err(format!("no condition has type `{kind}` and operator `{operator}`"));
    };
    Ok(match text_field(kind, subject) {
        Some(field) => test(Expr::Select(Box::new(Expr::Subject(subject)), field.into()), value),
        None => Expr::Fail(Box::new(EvalError::NotComparable { field: kind.to_owned() })),
    })
}

fn text<'j>(members: &'j JsonMap, name: &str) -> Result<&'j str, String> {
    match members.get(name) {
        None | Some(Json::Null) => Ok(""),
        Some(Json::String(text)) => Ok(text),
        Some(_) => Err(format!("`{name}` is a string")),
    }
}

/// Left to right with short circuit; the first child that fails or decides is the result.
fn junction(mut children: Vec<Expr>, and: bool) -> Expr {
    let fixed = || Expr::Literal(Literal::Bool(!and));
    let joined = balance(&mut children, &|left, right| {
        let (then, otherwise) = if and { (right, fixed()) } else { (fixed(), right) };
        Expr::Choose(Box::new([left, then, otherwise]))
    });
    joined.unwrap_or(Expr::Literal(Literal::Bool(and)))
}

/// Makes the test of a field against a value.
type TextTest = fn(Expr, &str) -> Expr;

fn text_test(operator: &str) -> Option<TextTest> {
    fn literal(value: &str) -> Expr {
        Expr::Literal(Literal::Text(value.into()))
    }
    fn call(function: Function, of: Expr, value: &str) -> Expr {
        Expr::Call(function, Box::new([of, literal(value)]))
    }
    Some(match operator {
        "equals" => |of, value| Expr::Equal(Box::new([of, literal(value)])),
        "starts-with" => |of, value| call(Function::StartsWith, of, value),
        "ends-with" => |of, value| call(Function::EndsWith, of, value),
        "contains" => |of, value| call(Function::Contains, of, value),
        _ => return None,
    })
}

fn date_test(operator: &str) -> Option<DateTest> {
    Some(match operator {
        "equals" => DateTest::Equals,
        "before" => DateTest::Before,
        "after" => DateTest::After,
        "before-or-on" => DateTest::BeforeOrOn,
        "after-or-on" => DateTest::AfterOrOn,
        _ => return None,
    })
}

fn date_field(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "createdAt" | "created-at" | "created_at" => "createdAt",
        "updatedAt" | "updated-at" | "updated_at" => "updatedAt",
        "deletedAt" | "deleted-at" | "deleted_at" => "deletedAt",
        _ => return None,
    })
}

/// The required string field a condition's type names, by its JSON name or with a capital first.
fn text_field(kind: &str, subject: Subject) -> Option<&'static str> {
    let fields: &[&str] = match subject {
        Subject::Resource => &["id", "identifier", "name", "kind", "version", "workspaceId"],
        Subject::Deployment => &["id", "name", "slug", "systemId"],
        Subject::Environment => &["id", "name", "systemId", "createdAt"],
        Subject::Version => &["id", "deploymentId", "name", "tag", "status"],
        Subject::From | Subject::To | Subject::JobAgent => &[],
    };
    fields.iter().copied().find(|field| {
        let (first, rest) = field.split_at(1);
        kind == *field || kind.strip_prefix(&first.to_ascii_uppercase()) == Some(rest)
    })
}
