//! The typed tree both CEL text and JSON conditions become.
//!
//! Vocabulary: a *slot* numbers the variables of enclosing comprehensions from the outside; a
//! *column* expression stands for one path of the resource while a kernel runs.
//!
//! Invariants: a constant string index is a [`Expr::Select`]; the tree is at most as deep as
//! [`super::depth`] allows; negative numbers and folded times are literals.

use std::sync::Arc;

use super::error::EvalError;
use super::function_name::Function;
use super::pattern::Pattern;
use super::subject::{Subject, Subjects};
use crate::select::{Instant, Span, Value};

/// An expression.
#[derive(Debug, Clone)]
pub(crate) enum Expr {
    Literal(Literal),
    Subject(Subject),
    Local(usize),
    Select(Box<Expr>, Box<str>),
    Has(Box<Expr>, Box<str>),
    Index(Box<[Expr; 2]>),
    List(Box<[Expr]>),
    Map(Box<[(Expr, Expr)]>),
    And(Box<[Expr; 2]>),
    Or(Box<[Expr; 2]>),
    Not(Box<Expr>),
    /// Condition, then, else.
    Choose(Box<[Expr; 3]>),
    Equal(Box<[Expr; 2]>),
    NotEqual(Box<[Expr; 2]>),
    Compare(Comparison, Box<[Expr; 2]>),
    In(Box<[Expr; 2]>),
    Arithmetic(Arithmetic, Box<[Expr; 2]>),
    Negate(Box<Expr>),
    /// A receiver is the first argument.
    Call(Function, Box<[Expr]>),
    /// Search for a constant pattern.
    Search(Box<Expr>, Arc<Pattern>),
    Each(Box<Each>),
    /// A JSON date condition: the field, its name, the test, and the value's seconds.
    Dated(Box<Expr>, &'static str, DateTest, i64),
    /// A JSON condition that fails whenever it is evaluated.
    Fail(Box<EvalError>),
    /// The value of the kernel's column.
    Column,
    /// Whether the kernel's column has a value.
    HasColumn,
}

/// A constant.
#[derive(Debug, Clone)]
pub(crate) enum Literal {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    Text(Box<str>),
    Bytes(Box<[u8]>),
    Time(Instant),
    Span(Span),
    Kind(&'static str),
}

/// A macro over the elements of a list or the keys of a map.
#[derive(Debug, Clone)]
pub(crate) struct Each {
    pub(crate) kind: EachKind,
    pub(crate) range: Expr,
    /// Slot of the variable.
    pub(crate) slot: usize,
    /// Predicate of `map` with three arguments.
    pub(crate) filter: Option<Expr>,
    pub(crate) body: Expr,
}

/// Which macro.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EachKind {
    All,
    Exists,
    ExistsOne,
    Map,
    Filter,
    SortBy,
}

/// An order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

/// A binary operator on numbers, texts, lists and times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

/// How a JSON date condition compares whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DateTest {
    Equals,
    Before,
    After,
    BeforeOrOn,
    AfterOrOn,
}

impl EachKind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Exists => "exists",
            Self::ExistsOne => "exists_one",
            Self::Map => "map",
            Self::Filter => "filter",
            Self::SortBy => "sortBy",
        }
    }
}

impl Comparison {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Less => "_<_",
            Self::LessEqual => "_<=_",
            Self::Greater => "_>_",
            Self::GreaterEqual => "_>=_",
        }
    }
}

impl Arithmetic {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Add => "_+_",
            Self::Subtract => "_-_",
            Self::Multiply => "_*_",
            Self::Divide => "_/_",
            Self::Modulo => "_%_",
        }
    }
}

impl Literal {
    pub(crate) fn lend(&self) -> Value<'_> {
        match self {
            Self::Null => Value::Null,
            Self::Bool(it) => Value::Bool(*it),
            Self::Int(number) => Value::Int(*number),
            Self::Uint(number) => Value::Uint(*number),
            Self::Double(number) => Value::Double(*number),
            Self::Text(text) => Value::Text(text.as_ref().into()),
            Self::Bytes(bytes) => Value::Bytes(bytes.as_ref().into()),
            Self::Time(time) => Value::Time(*time),
            Self::Span(span) => Value::Span(*span),
            Self::Kind(name) => Value::Kind(name),
        }
    }

    /// The literal of a scalar.
    pub(crate) fn of(value: Value<'_>) -> Option<Self> {
        Some(match value {
            Value::Null => Self::Null,
            Value::Bool(it) => Self::Bool(it),
            Value::Int(number) => Self::Int(number),
            Value::Uint(number) => Self::Uint(number),
            Value::Double(number) => Self::Double(number),
            Value::Text(text) => Self::Text(text.into_owned().into()),
            Value::Bytes(bytes) => Self::Bytes(bytes.into_owned().into()),
            Value::Time(time) => Self::Time(time),
            Value::Span(span) => Self::Span(span),
            Value::Kind(name) => Self::Kind(name),
            Value::List(_) | Value::Map(_) => return None,
        })
    }
}

impl Expr {
    /// The conjunction of `terms`, balanced; `true` if there is none.
    pub(crate) fn all(mut terms: Vec<Self>) -> Self {
        balance(&mut terms, &|left, right| Self::And(Box::new([left, right])))
            .unwrap_or(Self::Literal(Literal::Bool(true)))
    }

    /// The subject and keys of a chain of constant selections, at least one key.
    pub(crate) fn path(&self) -> Option<(Subject, Vec<&str>)> {
        let Self::Select(of, key) = self else { return None };
        let (subject, mut keys) = match of.as_ref() {
            Self::Subject(subject) => (*subject, Vec::new()),
            inner => inner.path()?,
        };
        keys.push(key);
        Some((subject, keys))
    }

    /// The variables this expression mentions.
    pub(crate) fn reads(&self) -> Subjects {
        fn collect(expr: &Expr, found: &mut Subjects) {
            if let Expr::Subject(subject) = expr {
                *found = found.with(*subject);
            }
            expr.children().for_each(|child| collect(child, found));
        }
        let mut found = Subjects::default();
        collect(self, &mut found);
        found
    }

    /// Whether something in it goes through a list or a text of any length again and again, or makes one, or
    /// compiles a pattern.
    pub(crate) fn goes_through(&self) -> bool {
        let itself = match self {
            Self::Each(_) => true,
            Self::Call(function, _) => function.goes_through(),
            _ => false,
        };
        itself || self.children().any(Self::goes_through)
    }

    /// The direct subexpressions, left to right.
    pub(crate) fn children(&self) -> impl Iterator<Item = &Self> {
        let (one, some, pairs): (_, &[Self], &[(Self, Self)]) = match self {
            Self::Literal(_)
            | Self::Subject(_)
            | Self::Local(_)
            | Self::Fail(_)
            | Self::Column
            | Self::HasColumn => (None, &[], &[]),
            Self::Select(of, _)
            | Self::Has(of, _)
            | Self::Not(of)
            | Self::Negate(of)
            | Self::Search(of, _)
            | Self::Dated(of, ..) => (Some([Some(of.as_ref()), None, None]), &[], &[]),
            Self::Index(sides)
            | Self::And(sides)
            | Self::Or(sides)
            | Self::Equal(sides)
            | Self::NotEqual(sides)
            | Self::Compare(_, sides)
            | Self::In(sides)
            | Self::Arithmetic(_, sides) => (None, sides.as_slice(), &[]),
            Self::Choose(parts) => (None, parts.as_slice(), &[]),
            Self::List(items) | Self::Call(_, items) => (None, items, &[]),
            Self::Map(entries) => (None, &[], entries),
            Self::Each(each) => {
                (Some([Some(&each.range), each.filter.as_ref(), Some(&each.body)]), &[], &[])
            }
        };
        one.into_iter()
            .flatten()
            .flatten()
            .chain(some)
            .chain(pairs.iter().flat_map(|(key, value)| [key, value]))
    }

    /// A copy in which `replace` has put expressions of its own in the place of some.
    pub(crate) fn rewrite(&self, replace: &impl Fn(&Self) -> Option<Self>) -> Self {
        if let Some(replacement) = replace(self) {
            return replacement;
        }
        let one = |expr: &Self| Box::new(expr.rewrite(replace));
        let two = |sides: &[Self; 2]| Box::new(sides.each_ref().map(|side| side.rewrite(replace)));
        let many = |items: &[Self]| items.iter().map(|item| item.rewrite(replace)).collect();
        match self {
            Self::Literal(_)
            | Self::Subject(_)
            | Self::Local(_)
            | Self::Fail(_)
            | Self::Column
            | Self::HasColumn => self.clone(),
            Self::Select(of, key) => Self::Select(one(of), key.clone()),
            Self::Has(of, key) => Self::Has(one(of), key.clone()),
            Self::Not(of) => Self::Not(one(of)),
            Self::Negate(of) => Self::Negate(one(of)),
            Self::Search(of, pattern) => Self::Search(one(of), pattern.clone()),
            Self::Dated(of, field, test, seconds) => Self::Dated(one(of), field, *test, *seconds),
            Self::Index(sides) => Self::Index(two(sides)),
            Self::And(sides) => Self::And(two(sides)),
            Self::Or(sides) => Self::Or(two(sides)),
            Self::Equal(sides) => Self::Equal(two(sides)),
            Self::NotEqual(sides) => Self::NotEqual(two(sides)),
            Self::Compare(comparison, sides) => Self::Compare(*comparison, two(sides)),
            Self::In(sides) => Self::In(two(sides)),
            Self::Arithmetic(operator, sides) => Self::Arithmetic(*operator, two(sides)),
            Self::Choose(parts) => {
                Self::Choose(Box::new(parts.each_ref().map(|part| part.rewrite(replace))))
            }
            Self::List(items) => Self::List(many(items)),
            Self::Call(function, items) => Self::Call(*function, many(items)),
            Self::Map(entries) => Self::Map(
                entries
                    .iter()
                    .map(|(key, value)| (key.rewrite(replace), value.rewrite(replace)))
                    .collect(),
            ),
            Self::Each(each) => Self::Each(Box::new(Each {
                kind: each.kind,
                range: each.range.rewrite(replace),
                slot: each.slot,
                filter: each.filter.as_ref().map(|filter| filter.rewrite(replace)),
                body: each.body.rewrite(replace),
            })),
        }
    }
}

/// Joins `terms` into a balanced tree that keeps their order; `None` if there is none.
pub(crate) fn balance(terms: &mut Vec<Expr>, join: &impl Fn(Expr, Expr) -> Expr) -> Option<Expr> {
    match terms.len() {
        0 | 1 => terms.pop(),
        count => {
            let mut right = terms.split_off(count / 2);
            let left = balance(terms, join)?;
            Some(join(left, balance(&mut right, join)?))
        }
    }
}
