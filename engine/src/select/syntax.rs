//! CEL text to [`Expr`]: the only file that knows the `cel` crate.
//!
//! The parser leaves macros as the calls they are written as; they are recognised here, together
//! with the static checks: declared names, known functions, number of arguments.

use std::sync::{Arc, LazyLock};

use cel::common::ast::{CallExpr, EntryExpr, Expr as Cel, IdedExpr, LiteralValue, operators};

use super::depth::guard;
use super::error::SelectorError;
use super::evaluate::constant;
use super::expr::{Arithmetic, Comparison, Each, EachKind, Expr, Literal};
use super::function::{is_zone, unknown_zone};
use super::function_name::{Function, Style};
use super::pattern::Pattern;
use super::subject::Place;

/// Without macros, which would arrive as folds, and without optional values, which the reference
/// does not enable. Building it costs 30 us.
static ENVIRONMENT: LazyLock<cel::Env> =
    LazyLock::new(|| cel::Env::default().with_optional_support(false).with_stdlib());

/// The types that have a name in expressions.
const KINDS: [&str; 12] = [
    "bool",
    "bytes",
    "double",
    "int",
    "uint",
    "string",
    "list",
    "map",
    "null_type",
    "type",
    "google.protobuf.Timestamp",
    "google.protobuf.Duration",
];

/// Parses and checks `text`.
///
/// # Errors
/// See [`super::Selector::compile`].
pub(crate) fn parse(text: &str, place: Place) -> Result<Expr, SelectorError> {
    let error = |line: Option<u32>, column: Option<u32>, message: String| SelectorError {
        text: text.to_owned(),
        line,
        column,
        message,
    };
    guard(text).map_err(|fault| {
        let (line, column) = position(text, fault.at);
        error(Some(line), Some(column), fault.message.to_owned())
    })?;
    if text.trim().is_empty() {
        return Err(error(None, None, "the selector is empty".to_owned()));
    }
    let program = ENVIRONMENT.compile(text).map_err(|errors| {
        let first = errors.errors.first();
        let known = |number: isize| u32::try_from(number).ok().filter(|number| *number > 0);
        error(
            first.and_then(|it| known(it.pos.0)),
            first.and_then(|it| known(it.pos.1)),
            first.map_or_else(|| "syntax error".to_owned(), |it| message(&it.msg)),
        )
    })?;
    Lowering { place, locals: Vec::new() }.lower(program.expression()).map_err(|fault| {
        let at = program.source_info().offset_for(fault.node);
        let at = at.map(|(start, _)| position(text, start as usize));
        error(at.map(|at| at.0), at.map(|at| at.1), fault.message)
    })
}

/// What the parser says, without the list of all that it would have taken.
fn message(parsed: &str) -> String {
    let Some(rest) = parsed.strip_prefix("Syntax error: ") else { return parsed.to_owned() };
    let rest = rest.split(" expecting ").next().unwrap_or(rest);
    if rest.contains("'<EOF>'") {
        return "syntax error: the text ends too early".to_owned();
    }
    let found = rest.find('\'').map_or(rest, |quote| &rest[quote..]).trim_matches('\'');
    format!("syntax error: unexpected `{found}`")
}

/// Line and column of the character at byte `offset`, both from 1.
fn position(text: &str, offset: usize) -> (u32, u32) {
    let (mut line, mut column) = (1, 1);
    for (_, character) in text.char_indices().take_while(|(at, _)| *at < offset) {
        (line, column) = if character == '\n' { (line + 1, 1) } else { (line, column + 1) };
    }
    (line, column)
}

/// A fault of a node.
struct Wrong {
    node: u64,
    message: String,
}

fn wrong<T>(node: u64, message: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong { node, message: message.into() })
}

struct Lowering<'a> {
    place: Place,
    /// Variables of the comprehensions around the current node, outermost first.
    locals: Vec<&'a str>,
}

impl<'a> Lowering<'a> {
    fn lower(&mut self, node: &'a IdedExpr) -> Result<Expr, Wrong> {
        Ok(match &node.expr {
            Cel::Literal(literal) => Expr::Literal(literal_of(literal)),
            Cel::Ident(name) => self.name(node.id, name)?,
            Cel::Select(select) if select.test => {
                Expr::Has(Box::new(self.lower(&select.operand)?), select.field.as_str().into())
            }
            Cel::Select(select) => {
                if let Some((name, root)) = qualified(node)
                    && let Some(kind) = kind(&name)
                    && self.known(root).is_none()
                {
                    return Ok(Expr::Literal(Literal::Kind(kind)));
                }
                Expr::Select(Box::new(self.lower(&select.operand)?), select.field.as_str().into())
            }
            Cel::List(list) => Expr::List(self.all(&list.elements)?),
            Cel::Map(map) => {
                let mut entries = Vec::with_capacity(map.entries.len());
                for entry in &map.entries {
                    let EntryExpr::MapEntry(pair) = &entry.expr else {
                        return wrong(entry.id, "syntax error in a map literal");
                    };
                    entries.push((self.lower(&pair.key)?, self.lower(&pair.value)?));
                }
                Expr::Map(entries.into())
            }
            Cel::Struct(message) => {
                return wrong(node.id, format!("unknown message type `{}`", message.type_name));
            }
            Cel::Call(call) => self.call(node.id, call)?,
            Cel::Comprehension(_) | Cel::Unspecified => return wrong(node.id, "syntax error"),
        })
    }

    fn all(&mut self, nodes: &'a [IdedExpr]) -> Result<Box<[Expr]>, Wrong> {
        nodes.iter().map(|node| self.lower(node)).collect()
    }

    /// The variable called `name`, if there is one.
    fn known(&self, name: &str) -> Option<Expr> {
        if let Some(slot) = self.locals.iter().rposition(|local| *local == name) {
            return Some(Expr::Local(slot));
        }
        self.place.declared(name.strip_prefix('.').unwrap_or(name)).map(Expr::Subject)
    }

    fn name(&self, node: u64, name: &str) -> Result<Expr, Wrong> {
        if let Some(variable) = self.known(name) {
            return Ok(variable);
        }
        match kind(name) {
            Some(kind) => Ok(Expr::Literal(Literal::Kind(kind))),
            None => wrong(node, format!("undeclared variable `{name}`")),
        }
    }

    fn call(&mut self, node: u64, call: &'a CallExpr) -> Result<Expr, Wrong> {
        if let Some(operator) = self.operator(call)? {
            return Ok(operator);
        }
        let name = call.func_name.as_str();
        let Some(target) = &call.target else {
            if name == operators::HAS {
                return self.has(node, &call.args);
            }
            let args = self.all(&call.args)?;
            return function(node, name.trim_start_matches('.'), Style::Global, args);
        };
        if let Cel::Ident(space) = &target.expr {
            let full = format!("{}.{name}", space.trim_start_matches('.'));
            if Function::is_known(&full) {
                let args = self.all(&call.args)?;
                return function(node, &full, Style::Global, args);
            }
        }
        if let Some(each) = self.each(call, target)? {
            return Ok(each);
        }
        let mut args = vec![self.lower(target)?];
        for arg in &call.args {
            args.push(self.lower(arg)?);
        }
        function(node, name, Style::Member, args.into())
    }

    fn operator(&mut self, call: &'a CallExpr) -> Result<Option<Expr>, Wrong> {
        if call.target.is_some() {
            return Ok(None);
        }
        let args = call.args.as_slice();
        Ok(Some(match call.func_name.as_str() {
            operators::CONDITIONAL => {
                let [condition, then, otherwise] = args else { return wrong(0, "syntax error") };
                Expr::Choose(Box::new([
                    self.lower(condition)?,
                    self.lower(then)?,
                    self.lower(otherwise)?,
                ]))
            }
            operators::LOGICAL_AND => Expr::And(self.two(args)?),
            operators::LOGICAL_OR => Expr::Or(self.two(args)?),
            operators::LOGICAL_NOT => Expr::Not(Box::new(self.one(args)?)),
            operators::NEGATE => match self.one(args)? {
                Expr::Literal(Literal::Double(number)) => Expr::Literal(Literal::Double(-number)),
                operand => Expr::Negate(Box::new(operand)),
            },
            operators::EQUALS => Expr::Equal(self.two(args)?),
            operators::NOT_EQUALS => Expr::NotEqual(self.two(args)?),
            operators::LESS => Expr::Compare(Comparison::Less, self.two(args)?),
            operators::LESS_EQUALS => Expr::Compare(Comparison::LessEqual, self.two(args)?),
            operators::GREATER => Expr::Compare(Comparison::Greater, self.two(args)?),
            operators::GREATER_EQUALS => Expr::Compare(Comparison::GreaterEqual, self.two(args)?),
            operators::ADD => Expr::Arithmetic(Arithmetic::Add, self.two(args)?),
            operators::SUBSTRACT => Expr::Arithmetic(Arithmetic::Subtract, self.two(args)?),
            operators::MULTIPLY => Expr::Arithmetic(Arithmetic::Multiply, self.two(args)?),
            operators::DIVIDE => Expr::Arithmetic(Arithmetic::Divide, self.two(args)?),
            operators::MODULO => Expr::Arithmetic(Arithmetic::Modulo, self.two(args)?),
            operators::IN => Expr::In(self.two(args)?),
            operators::INDEX => {
                let sides = self.two(args)?;
                match *sides {
                    [of, Expr::Literal(Literal::Text(key))] => Expr::Select(Box::new(of), key),
                    sides => Expr::Index(Box::new(sides)),
                }
            }
            _ => return Ok(None),
        }))
    }

    fn one(&mut self, args: &'a [IdedExpr]) -> Result<Expr, Wrong> {
        let [operand] = args else { return wrong(0, "syntax error") };
        self.lower(operand)
    }

    fn two(&mut self, args: &'a [IdedExpr]) -> Result<Box<[Expr; 2]>, Wrong> {
        let [left, right] = args else { return wrong(0, "syntax error") };
        Ok(Box::new([self.lower(left)?, self.lower(right)?]))
    }

    fn has(&mut self, node: u64, args: &'a [IdedExpr]) -> Result<Expr, Wrong> {
        let [arg] = args else { return wrong(node, "`has` takes 1 argument") };
        match &arg.expr {
            Cel::Select(select) if !select.test => {
                Ok(Expr::Has(Box::new(self.lower(&select.operand)?), select.field.as_str().into()))
            }
            _ => wrong(arg.id, "the argument of `has` must select a field"),
        }
    }

    /// The macro that `call` is, if it is one.
    fn each(&mut self, call: &'a CallExpr, target: &'a IdedExpr) -> Result<Option<Expr>, Wrong> {
        let kind = match (call.func_name.as_str(), call.args.len()) {
            ("all", 2) => EachKind::All,
            ("exists", 2) => EachKind::Exists,
            ("exists_one", 2) => EachKind::ExistsOne,
            ("map", 2 | 3) => EachKind::Map,
            ("filter", 2) => EachKind::Filter,
            ("sortBy", 2) => EachKind::SortBy,
            _ => return Ok(None),
        };
        let (variable, rest) = (&call.args[0], &call.args[1..]);
        let Cel::Ident(name) = &variable.expr else {
            return wrong(variable.id, format!("`{}` needs a variable name", call.func_name));
        };
        if name.starts_with('.') {
            return wrong(variable.id, format!("`{}` needs a variable name", call.func_name));
        }
        let range = self.lower(target)?;
        let slot = self.locals.len();
        self.locals.push(name);
        let body = rest.iter().map(|node| self.lower(node)).collect::<Result<Vec<_>, _>>();
        self.locals.pop();
        let mut body = body?;
        let last = body.pop().unwrap_or(Expr::Literal(Literal::Null));
        let each = Each { kind, range, slot, filter: body.pop(), body: last };
        Ok(Some(Expr::Each(Box::new(each))))
    }
}

/// The call of a function of this name, style and number of arguments; folded if it is constant.
fn function(node: u64, name: &str, style: Style, args: Box<[Expr]>) -> Result<Expr, Wrong> {
    let function = match Function::find(name, style, args.len()) {
        Ok(function) => function,
        Err(message) => return wrong(node, message),
    };
    if function == Function::Matches
        && let [_, Expr::Literal(Literal::Text(pattern))] = args.as_ref()
    {
        let pattern = Arc::new(Pattern::new(pattern));
        let text = args.into_iter().next().unwrap_or(Expr::Literal(Literal::Null));
        return Ok(Expr::Search(Box::new(text), pattern));
    }
    if function.takes_zone()
        && let [_, Expr::Literal(Literal::Text(zone))] = args.as_ref()
        && !is_zone(zone)
    {
        return wrong(node, unknown_zone(zone));
    }
    let fixed = args.iter().all(|arg| matches!(arg, Expr::Literal(_)));
    let call = Expr::Call(function, args);
    Ok(match fixed.then(|| constant(&call)).flatten() {
        Some(literal) => Expr::Literal(literal),
        None => call,
    })
}

fn literal_of(literal: &LiteralValue) -> Literal {
    match literal {
        LiteralValue::Null => Literal::Null,
        LiteralValue::Boolean(it) => Literal::Bool(*it.inner()),
        LiteralValue::Int(number) => Literal::Int(*number.inner()),
        LiteralValue::UInt(number) => Literal::Uint(*number.inner()),
        LiteralValue::Double(number) => Literal::Double(*number.inner()),
        LiteralValue::String(text) => Literal::Text(text.inner().into()),
        LiteralValue::Bytes(bytes) => Literal::Bytes(bytes.inner().into()),
    }
}

fn kind(name: &str) -> Option<&'static str> {
    let name = name.strip_prefix('.').unwrap_or(name);
    KINDS.into_iter().find(|kind| *kind == name)
}

/// The dotted name a node spells, if it is one, and the variable it would begin with.
fn qualified(node: &IdedExpr) -> Option<(String, &str)> {
    match &node.expr {
        Cel::Ident(name) => Some((name.clone(), name)),
        Cel::Select(select) if !select.test => {
            let (name, root) = qualified(&select.operand)?;
            Some((format!("{name}.{}", select.field), root))
        }
        _ => None,
    }
}
