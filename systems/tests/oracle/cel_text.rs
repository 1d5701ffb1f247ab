//! CEL text: what compiles, and what it says about given variables (SEMANTICS 3.1, 3.2).
//!
//! The parser and the interpreter are those of the `cel` crate. Four things are done here because the crate
//! does them differently: names and argument counts are checked when compiling; `&&` and `||` keep the error of the
//! *left* side; reading a field of something that is no map is a missing key; timestamps and `sets.*` are registered.
//!
//! Vocabulary: a *binding* is a variable name with the value it has; the *truth* of a text is its result after the
//! missing-key rule and the coercion of strings.
//!
//! Not modelled: durations and timestamp arithmetic (a compile error), static typing, RE2's ASCII-only classes.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use cel::common::ast::{Expr, operators};
use cel::common::types::{
    CelBool, CelDouble, CelList, CelMap, CelMapKey, CelNull, CelString, Kind,
};
use cel::common::value::{CowVal, Val};
use cel::{Context, Env, ExecutionError, IdedExpr, Program, Value as CelValue, extensions};
use serde_json::Value;

use super::cel_names;
use super::cel_types::{self, Instant, Opaque};

/// A value handed to an expression: JSON, except for what JSON cannot say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Binding {
    /// JSON; every number becomes a double.
    Json(Value),
    /// A resource or other entity of shape A: a map some of whose fields are timestamps or opaque.
    Entity { fields: BTreeMap<String, Value>, times: BTreeMap<String, i64>, opaque: Vec<String> },
}

/// The variables of one evaluation, by name.
pub(crate) type Bindings = BTreeMap<&'static str, Binding>;

/// A text that compiled.
pub(crate) struct Compiled(Program);

thread_local! {
    static ENVIRONMENT: Arc<Env> = Arc::new(environment());
    /// Parsing is a pure function of text and variable names, and slow: remembered.
    static PARSED: RefCell<BTreeMap<String, Result<Rc<Compiled>, String>>> = const { RefCell::new(BTreeMap::new()) };
}

fn environment() -> Env {
    let mut env = Env::stdlib().with_optional_support(false);
    for library in [
        extensions::strings,
        extensions::math,
        extensions::lists,
        cel_types::timestamps,
        cel_types::sets,
    ] {
        env.add_extension(library).expect("no two libraries declare the same overload");
    }
    env
}

/// Compiles a text that may use the variables `names`.
pub(crate) fn compile(text: &str, names: &[&str]) -> Result<Rc<Compiled>, String> {
    let key = format!("{}\n{text}", names.join(","));
    if let Some(known) = PARSED.with_borrow(|parsed| parsed.get(&key).cloned()) {
        return known;
    }
    let result = compile_anew(text, names).map(Rc::new);
    PARSED.with_borrow_mut(|parsed| parsed.insert(key, result.clone()));
    result
}

fn compile_anew(text: &str, names: &[&str]) -> Result<Compiled, String> {
    let program = ENVIRONMENT.with(|env| env.compile(text)).map_err(|error| error.to_string())?;
    cel_names::check(program.expression(), names)?;
    Ok(Compiled(program))
}

/// Whether the text holds; `Err` is an evaluation error other than a missing key.
pub(crate) fn truth(compiled: &Compiled, bindings: &Bindings) -> Result<bool, String> {
    let mut context = Context::with_env(ENVIRONMENT.with(Arc::clone));
    for (name, binding) in bindings {
        context.add_variable_as_val(*name, bound(binding));
    }
    let result = match evaluate(compiled.0.expression(), &context) {
        Err(error) if is_missing_key(&error) => return Ok(false),
        Err(error) => return Err(error.to_string()),
        Ok(value) => value,
    };
    if let Some(truth) = result.downcast_ref::<CelBool>() {
        return Ok(*truth.inner());
    }
    match result.downcast_ref::<CelString>().map(CelString::inner) {
        Some("1" | "t" | "T" | "TRUE" | "true" | "True") => Ok(true),
        Some("0" | "f" | "F" | "FALSE" | "false" | "False") => Ok(false),
        _ => Err("the result is not a boolean".to_owned()),
    }
}

fn is_missing_key(error: &ExecutionError) -> bool {
    matches!(error, ExecutionError::NoSuchKey(_))
}

type Outcome<'e, 'v> = Result<CowVal<'e, 'v>, ExecutionError>;

/// Evaluates the connectives itself and leaves everything below them to the interpreter.
fn evaluate<'e, 'v>(expr: &'e IdedExpr, context: &'e Context<'_, 'v>) -> Outcome<'e, 'v> {
    match &expr.expr {
        Expr::Call(call) => match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::LOGICAL_AND, [left, right]) => connective(left, right, false, context),
            (operators::LOGICAL_OR, [left, right]) => connective(left, right, true, context),
            (operators::CONDITIONAL, [condition, then, otherwise]) => {
                if boolean(evaluate(condition, context))? {
                    evaluate(then, context)
                } else {
                    evaluate(otherwise, context)
                }
            }
            (operators::LOGICAL_NOT, [inner]) => {
                Ok(truth_value(!boolean(evaluate(inner, context))?))
            }
            _ => interpret(expr, context),
        },
        Expr::Select(select) if select.test => {
            // `has(a.b)`: an operand without fields has none
            let operand = interpret(&select.operand, context)?;
            if operand.get_type().kind() == Kind::Map {
                interpret(expr, context)
            } else {
                Ok(truth_value(false))
            }
        }
        _ => interpret(expr, context),
    }
}

/// `&&` (`decides` = false) or `||` (`decides` = true): one deciding side is enough, whatever the other does; if neither
/// decides, an error of the left side comes before one of the right side.
fn connective<'e, 'v>(
    left: &'e IdedExpr,
    right: &'e IdedExpr,
    decides: bool,
    context: &'e Context<'_, 'v>,
) -> Outcome<'e, 'v> {
    let left = boolean(evaluate(left, context));
    let right = boolean(evaluate(right, context));
    if left == Ok(decides) || right == Ok(decides) {
        return Ok(truth_value(decides));
    }
    left?;
    right?;
    Ok(truth_value(!decides))
}

fn boolean(outcome: Outcome<'_, '_>) -> Result<bool, ExecutionError> {
    let value = outcome?;
    value.downcast_ref::<CelBool>().map(|truth| *truth.inner()).ok_or_else(|| {
        ExecutionError::UnexpectedType {
            got: value.get_type().name().to_owned(),
            want: "bool".to_owned(),
        }
    })
}

fn truth_value<'e, 'v>(truth: bool) -> CowVal<'e, 'v> {
    CowVal::owned(CelBool::from(truth))
}

/// The interpreter's result; a field or key of a value that is neither map nor list counts as missing.
fn interpret<'e, 'v>(expr: &'e IdedExpr, context: &'e Context<'_, 'v>) -> Outcome<'e, 'v> {
    CelValue::resolve_val(expr, context).map_err(|error| match &error {
        ExecutionError::NoSuchOverload(overload)
            if matches!(overload.function(), "_._" | "_[_]")
                && overload
                    .argument_types()
                    .first()
                    .is_some_and(|kind| kind != "list" && kind != "map") =>
        {
            ExecutionError::no_such_key(overload.function())
        }
        _ => error,
    })
}

fn bound(binding: &Binding) -> Box<dyn Val> {
    match binding {
        Binding::Json(value) => from_json(value),
        Binding::Entity { fields, times, opaque } => {
            let fields = fields.iter().map(|(key, value)| (key, from_json(value)));
            let times = times
                .iter()
                .map(|(key, instant)| (key, Box::new(Instant(*instant)) as Box<dyn Val>));
            let opaque = opaque.iter().map(|key| (key, Box::new(Opaque) as Box<dyn Val>));
            map_of(fields.chain(times).chain(opaque))
        }
    }
}

fn map_of<'a>(entries: impl Iterator<Item = (&'a String, Box<dyn Val>)>) -> Box<dyn Val> {
    let mut map = CelMap::default().into_inner();
    map.extend(entries.map(|(key, value)| (CelMapKey::String(key.clone().into()), value)));
    Box::new(CelMap::from(map))
}

/// JSON as a CEL value; every number is a double.
fn from_json(value: &Value) -> Box<dyn Val> {
    match value {
        Value::Null => Box::new(CelNull),
        Value::Bool(truth) => Box::new(CelBool::from(*truth)),
        Value::Number(number) => Box::new(CelDouble::from(number.as_f64().unwrap_or(f64::NAN))),
        Value::String(text) => Box::new(CelString::from(text.clone())),
        Value::Array(items) => {
            Box::new(CelList::from(items.iter().map(from_json).collect::<Vec<_>>()))
        }
        Value::Object(map) => map_of(map.iter().map(|(key, value)| (key, from_json(value)))),
    }
}
