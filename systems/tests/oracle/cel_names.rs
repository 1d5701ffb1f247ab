//! The names a CEL text may use, and with how many arguments (SEMANTICS 3.1): the rest is a compile error.

use cel::IdedExpr;
use cel::common::ast::{EntryExpr, Expr, operators};

/// Functions called as `f(..)`, namespaced ones with their full name, and the argument counts they take.
const GLOBAL: &[(&str, &[usize])] = &[
    ("bool", &[1]),
    ("bytes", &[1]),
    ("double", &[1]),
    ("dyn", &[1]),
    ("int", &[1]),
    ("matches", &[2]),
    ("size", &[1]),
    ("string", &[1]),
    ("timestamp", &[1]),
    ("type", &[1]),
    ("uint", &[1]),
    ("lists.range", &[1]),
    ("math.@max", &[1, 2]),
    ("math.@min", &[1, 2]),
    ("math.abs", &[1]),
    ("math.bitAnd", &[2]),
    ("math.bitNot", &[1]),
    ("math.bitOr", &[2]),
    ("math.bitShiftLeft", &[2]),
    ("math.bitShiftRight", &[2]),
    ("math.bitXor", &[2]),
    ("math.ceil", &[1]),
    ("math.floor", &[1]),
    ("math.isFinite", &[1]),
    ("math.isInf", &[1]),
    ("math.isNaN", &[1]),
    ("math.round", &[1]),
    ("math.sign", &[1]),
    ("math.sqrt", &[1]),
    ("math.trunc", &[1]),
    ("sets.contains", &[2]),
    ("sets.equivalent", &[2]),
    ("sets.intersects", &[2]),
    ("strings.quote", &[1]),
];

/// Functions called as `x.f(..)`, and the argument counts they take besides `x`.
const MEMBER: &[(&str, &[usize])] = &[
    ("@sortByAssociatedKeys", &[1]),
    ("charAt", &[1]),
    ("contains", &[1]),
    ("distinct", &[0]),
    ("endsWith", &[1]),
    ("flatten", &[0, 1]),
    ("format", &[1]),
    ("getDate", &[0]),
    ("getDayOfMonth", &[0]),
    ("getDayOfWeek", &[0]),
    ("getDayOfYear", &[0]),
    ("getFullYear", &[0]),
    ("getHours", &[0]),
    ("getMilliseconds", &[0]),
    ("getMinutes", &[0]),
    ("getMonth", &[0]),
    ("getSeconds", &[0]),
    ("indexOf", &[1, 2]),
    ("join", &[0, 1]),
    ("lastIndexOf", &[1, 2]),
    ("lowerAscii", &[0]),
    ("matches", &[1]),
    ("replace", &[2, 3]),
    ("reverse", &[0]),
    ("size", &[0]),
    ("slice", &[2]),
    ("sort", &[0]),
    ("split", &[1, 2]),
    ("startsWith", &[1]),
    ("substring", &[1, 2]),
    ("trim", &[0]),
    ("upperAscii", &[0]),
];

/// Type names, which are values.
const TYPES: &[&str] =
    &["bool", "bytes", "double", "int", "list", "map", "null_type", "string", "type", "uint"];

const OPERATORS: &[&str] = &[
    operators::CONDITIONAL,
    operators::LOGICAL_AND,
    operators::LOGICAL_OR,
    operators::LOGICAL_NOT,
    operators::SUBSTRACT,
    operators::ADD,
    operators::MULTIPLY,
    operators::DIVIDE,
    operators::MODULO,
    operators::EQUALS,
    operators::NOT_EQUALS,
    operators::GREATER_EQUALS,
    operators::LESS_EQUALS,
    operators::GREATER,
    operators::LESS,
    operators::NEGATE,
    operators::INDEX,
    operators::IN,
    operators::NOT_STRICTLY_FALSE,
];

/// Checks every name in the expression; `variables` are declared.
pub(crate) fn check(expr: &IdedExpr, variables: &[&str]) -> Result<(), String> {
    match &expr.expr {
        Expr::Ident(name)
            if variables.contains(&name.as_str()) || TYPES.contains(&name.as_str()) =>
        {
            Ok(())
        }
        Expr::Ident(name) => Err(format!("undeclared reference to {name:?}")),
        Expr::Select(select) => check(&select.operand, variables),
        Expr::List(list) => list.elements.iter().try_for_each(|element| check(element, variables)),
        Expr::Map(map) => map.entries.iter().try_for_each(|entry| match &entry.expr {
            EntryExpr::MapEntry(entry) => {
                check(&entry.key, variables)?;
                check(&entry.value, variables)
            }
            EntryExpr::StructField(_) => Err("message construction is not available".to_owned()),
        }),
        Expr::Struct(_) => Err("message construction is not available".to_owned()),
        Expr::Literal(_) => Ok(()),
        Expr::Unspecified => Err("empty expression".to_owned()),
        Expr::Comprehension(fold) => {
            check(&fold.iter_range, variables)?;
            check(&fold.accu_init, variables)?;
            let mut inner = variables.to_vec();
            inner.extend([fold.iter_var.as_str(), fold.accu_var.as_str()]);
            [&fold.loop_cond, &fold.loop_step, &fold.result]
                .into_iter()
                .try_for_each(|part| check(part, &inner))
        }
        Expr::Call(call) => {
            call.args.iter().try_for_each(|argument| check(argument, variables))?;
            let name = call.func_name.as_str();
            let count = call.args.len();
            let Some(target) = &call.target else {
                return if OPERATORS.contains(&name) {
                    Ok(())
                } else {
                    declared(GLOBAL, name, count)
                };
            };
            if let Expr::Ident(namespace) = &target.expr
                && !variables.contains(&namespace.as_str())
            {
                return declared(GLOBAL, &format!("{namespace}.{name}"), count);
            }
            check(target, variables)?;
            declared(MEMBER, name, count)
        }
    }
}

fn declared(functions: &[(&str, &[usize])], name: &str, count: usize) -> Result<(), String> {
    match functions.iter().find(|(known, _)| *known == name) {
        Some((_, counts)) if counts.contains(&count) => Ok(()),
        Some(_) => Err(format!("{name:?} does not take {count} arguments")),
        None => Err(format!("undeclared reference to {name:?}")),
    }
}
