//! Evaluates an expression on one set of entities.
//!
//! Vocabulary: a *fault* is a missing key or an error; `&&` and `||` absorb it if the other side
//! decides and keep the left one if neither does. The *budget* bounds what one evaluation may build
//! in elements and bytes.
//!
//! Invariants: recursion follows the tree, whose depth is bounded; every loop over built data is
//! paid from the budget.

use smallvec::SmallVec;

use super::distinct::Distinct;
use super::effort::{Effort, Patterns};
use super::error::{EvalError, Fault};
use super::expr::{Comparison, DateTest, Expr, Literal};
use super::function;
use super::operator::{arithmetic, in_range, no_overload, order};
use super::subject::Bindings;
use crate::select::{Instant, Map, Miss, Shape, Value};

/// What the kernel's column holds for the value at hand.
#[derive(Clone)]
pub(crate) enum Cell<'a> {
    Value(Value<'a>),
    /// A fault of reading, and what a test for presence gives.
    None(Fault, Result<bool, Fault>),
}

/// The state of one evaluation.
pub(crate) struct Evaluator<'a> {
    pub(crate) bindings: Bindings<'a>,
    pub(crate) cell: Option<Cell<'a>>,
    shape: Shape,
    /// What the evaluation has built, and the patterns it compiled.
    pub(super) effort: Effort<'a>,
    /// Variables of the enclosing comprehensions by slot.
    pub(super) locals: SmallVec<[Value<'a>; 4]>,
    /// Map literals that read nothing, by where they stand; made once for all rows.
    constants: Vec<(usize, Result<Value<'a>, Fault>)>,
}

/// A map literal with fewer entries is made anew each time.
const FEW: usize = 16;

/// Entries of a map that are gone through in a step.
const LOOKED_AT: usize = 8;

/// The literal `expr` yields, if it needs no entity, does not fail and yields a scalar.
pub(crate) fn constant(expr: &Expr) -> Option<Literal> {
    let patterns = Patterns::default();
    let value = Evaluator::new(Bindings::default(), Shape::A, &patterns).value(expr).ok()?;
    Literal::of(value)
}

impl<'a> Evaluator<'a> {
    pub(crate) fn new(bindings: Bindings<'a>, shape: Shape, patterns: &'a Patterns) -> Self {
        Self {
            bindings,
            cell: None,
            shape,
            effort: Effort::new(patterns),
            locals: SmallVec::new(),
            constants: Vec::new(),
        }
    }

    /// The answer of a whole selector.
    ///
    /// # Errors
    /// Every fault but a missing key, which is `false`.
    pub(crate) fn root(&mut self, expr: &'a Expr) -> Result<bool, EvalError> {
        self.rooted(expr).0
    }

    /// The answer of a whole selector, and how many steps that took.
    pub(crate) fn rooted(&mut self, expr: &'a Expr) -> (Result<bool, EvalError>, usize) {
        let answer = match self.boolean(expr, true) {
            Ok(matched) => Ok(matched),
            Err(Fault::MissingKey) => Ok(false),
            Err(Fault::Error(error)) => Err(*error),
        };
        (answer, self.effort.taken())
    }

    /// The boolean an expression yields: as a whole selector, where strings that spell one count
    /// (SEMANTICS 3.1), or as an operand, where they do not.
    pub(crate) fn boolean(&mut self, expr: &'a Expr, whole: bool) -> Result<bool, Fault> {
        self.effort.restart();
        match self.value(expr)? {
            Value::Bool(it) => Ok(it),
            Value::Text(text) if whole => Ok(function::spelled_bool(&text)
                .ok_or_else(|| EvalError::NotBooleanText { text: text.into_owned() })?),
            other if whole => Err(EvalError::NotBoolean { kind: other.kind() }.into()),
            other => Err(no_overload("_&&_", &[&other])),
        }
    }

    /// The value of `expr`.
    pub(crate) fn value(&mut self, expr: &'a Expr) -> Result<Value<'a>, Fault> {
        Ok(match expr {
            Expr::Literal(literal) => literal.lend(),
            Expr::Subject(subject) => self.bindings.value(*subject, self.shape),
            Expr::Local(slot) => {
                let local = self.locals.get(*slot).ok_or(Fault::MissingKey)?;
                self.effort.read(local.copied())?;
                local.clone()
            }
            Expr::Column => match &self.cell {
                Some(Cell::Value(value)) => value.clone(),
                Some(Cell::None(fault, _)) => return Err(fault.clone()),
                None => return Err(Fault::MissingKey),
            },
            Expr::HasColumn => match &self.cell {
                Some(Cell::Value(_)) => Value::Bool(true),
                Some(Cell::None(_, present)) => Value::Bool(present.clone()?),
                None => Value::Bool(false),
            },
            Expr::Select(of, key) => {
                let of = self.value(of)?;
                self.effort.spend(of.entries() / LOOKED_AT)?;
                of.field(key)?
            }
            Expr::Has(of, key) => Value::Bool(self.value(of)?.has(key)?),
            Expr::Index(sides) => {
                let of = self.value(&sides[0])?;
                self.effort.spend(of.entries() / LOOKED_AT)?;
                of.at(&self.value(&sides[1])?)?
            }
            Expr::List(items) => {
                self.effort.spend(items.len())?;
                let items = items.iter().map(|item| self.value(item));
                Value::built_list(items.collect::<Result<Vec<_>, _>>()?)
            }
            Expr::Map(entries) => self.map(entries)?,
            Expr::And(sides) => Value::Bool(self.junction(sides, false)?),
            Expr::Or(sides) => Value::Bool(self.junction(sides, true)?),
            Expr::Not(of) => match self.value(of)? {
                Value::Bool(it) => Value::Bool(!it),
                other => return Err(no_overload("!_", &[&other])),
            },
            Expr::Choose(parts) => match self.value(&parts[0])? {
                Value::Bool(true) => self.value(&parts[1])?,
                Value::Bool(false) => self.value(&parts[2])?,
                other => return Err(no_overload("_?_:_", &[&other])),
            },
            Expr::Equal(sides) => Value::Bool(self.equal(sides)?),
            Expr::NotEqual(sides) => Value::Bool(!self.equal(sides)?),
            Expr::Compare(comparison, sides) => {
                let (left, right) = self.sides(sides)?;
                self.effort.read_whole(&left)?;
                let order = order(&left, &right, comparison.name())?;
                Value::Bool(match comparison {
                    Comparison::Less => order.is_lt(),
                    Comparison::LessEqual => order.is_le(),
                    Comparison::Greater => order.is_gt(),
                    Comparison::GreaterEqual => order.is_ge(),
                })
            }
            Expr::In(sides) => Value::Bool(self.contains(sides)?),
            Expr::Arithmetic(operator, sides) => {
                let (left, right) = self.sides(sides)?;
                arithmetic(*operator, left, right, &mut self.effort)?
            }
            Expr::Negate(of) => match self.value(of)? {
                Value::Int(number) => Value::Int(in_range(number.checked_neg(), "-_")?),
                Value::Double(number) => Value::Double(-number),
                other => return Err(no_overload("-_", &[&other])),
            },
            Expr::Call(function, args) => {
                let mut values: SmallVec<[Value<'a>; 4]> = SmallVec::with_capacity(args.len());
                for arg in args {
                    values.push(self.value(arg)?);
                }
                function::call(*function, &values, &mut self.effort)?
            }
            Expr::Search(of, pattern) => match self.value(of)? {
                Value::Text(text) => {
                    self.effort.spend(text.len())?;
                    Value::Bool(pattern.found_in(&text)?)
                }
                other => return Err(no_overload("matches", &[&other])),
            },
            Expr::Each(each) => self.each(each)?,
            Expr::Dated(of, field, test, seconds) => {
                let time = match self.value(of) {
                    Ok(Value::Time(time)) => Some(time),
                    Ok(Value::Text(text)) => Instant::parse(&text),
                    _ => None,
                };
                let order = time.ok_or(EvalError::NoTime { field })?.seconds().cmp(seconds);
                Value::Bool(match test {
                    DateTest::Equals => order.is_eq(),
                    DateTest::Before => order.is_lt(),
                    DateTest::After => order.is_gt(),
                    DateTest::BeforeOrOn => order.is_le(),
                    DateTest::AfterOrOn => order.is_ge(),
                })
            }
            Expr::Fail(error) => return Err(Fault::Error(error.clone())),
        })
    }

    fn sides(&mut self, sides: &'a [Expr; 2]) -> Result<(Value<'a>, Value<'a>), Fault> {
        Ok((self.value(&sides[0])?, self.value(&sides[1])?))
    }

    fn equal(&mut self, sides: &'a [Expr; 2]) -> Result<bool, Fault> {
        let (left, right) = self.sides(sides)?;
        self.effort.equal(&left, &right)
    }

    /// `&&` (`decisive` false) or `||` (`decisive` true).
    fn junction(&mut self, sides: &'a [Expr; 2], decisive: bool) -> Result<bool, Fault> {
        let left = self.operand(&sides[0], decisive);
        if left == Ok(decisive) {
            return left;
        }
        let right = self.operand(&sides[1], decisive);
        if right == Ok(decisive) { right } else { left.and(right) }
    }

    fn operand(&mut self, expr: &'a Expr, decisive: bool) -> Result<bool, Fault> {
        match self.value(expr)? {
            Value::Bool(it) => Ok(it),
            other => Err(no_overload(if decisive { "_||_" } else { "_&&_" }, &[&other])),
        }
    }

    fn contains(&mut self, sides: &'a [Expr; 2]) -> Result<bool, Fault> {
        let needle = self.value(&sides[0])?;
        if let Expr::List(items) = &sides[1] {
            let mut found = false;
            for item in items {
                let item = self.value(item)?;
                self.effort.spend(1)?;
                found |= self.effort.equal(&item, &needle)?;
            }
            return Ok(found);
        }
        match self.value(&sides[1])? {
            Value::List(list) => {
                self.effort.spend(list.len())?;
                for item in list.iter() {
                    if self.effort.equal(&item, &needle)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Value::Map(map) => Ok(matches!(map.at(&needle), Ok(_) | Err(Miss::Opaque))),
            other => Err(no_overload("@in", &[&needle, &other])),
        }
    }

    fn map(&mut self, entries: &'a [(Expr, Expr)]) -> Result<Value<'a>, Fault> {
        // What is constant is made once, and costs what looking at it does.
        let is_constant = |(key, value): &(Expr, Expr)| {
            matches!((key, value), (Expr::Literal(_), Expr::Literal(_)))
        };
        if entries.len() < FEW || !entries.iter().all(is_constant) {
            self.effort.spend(entries.len())?;
            return self.build(entries);
        }
        self.effort.spend(entries.len() / LOOKED_AT)?;
        let place = std::ptr::from_ref(entries).addr();
        if let Some((_, known)) = self.constants.iter().find(|(known, _)| *known == place) {
            return known.clone();
        }
        let built = self.build(entries);
        self.constants.push((place, built.clone()));
        built
    }

    fn build(&mut self, entries: &'a [(Expr, Expr)]) -> Result<Value<'a>, Fault> {
        let mut built: Vec<(Value<'a>, Value<'a>)> = Vec::with_capacity(entries.len());
        let mut keys = Distinct::with_room_for(entries.len());
        // How many there are is paid for already.
        let mut effort = Effort::new(self.effort.patterns());
        for (key, value) in entries {
            let key = self.value(key)?;
            match key {
                Value::Bool(_) | Value::Int(_) | Value::Uint(_) | Value::Text(_) => {}
                other => {
                    return Err(EvalError::BadKey { container: "map", key: other.kind() }.into());
                }
            }
            if !keys.insert(&key, &mut effort)? {
                return Err(EvalError::RepeatedKey.into());
            }
            built.push((key, self.value(value)?));
        }
        Ok(Value::Map(Map::Built(built.into())))
    }
}
