//! Evaluates the macros over the elements of a list or the keys of a map.
//!
//! Invariants: `all` and `exists` absorb a fault if another element decides and keep the first
//! otherwise; `map` keeps the first; `exists_one` and `filter` keep the last, because the
//! reference's loop goes on and replaces what it has gathered.

use super::error::Fault;
use super::evaluate::Evaluator;
use super::expr::{Each, EachKind, Expr};
use super::function;
use super::operator::no_overload;
use crate::select::{List, Value};

impl<'a> Evaluator<'a> {
    /// The value of a macro.
    pub(super) fn each(&mut self, each: &'a Each) -> Result<Value<'a>, Fault> {
        let items = match self.value(&each.range)? {
            Value::List(list) => list,
            Value::Map(map) => List::Built(map.keys().into()),
            other => return Err(no_overload(each.kind.name(), &[&other])),
        };
        self.effort.spend(items.len())?;
        match each.kind {
            EachKind::Exists | EachKind::All => {
                let decisive = each.kind == EachKind::Exists;
                let mut first = None;
                for item in items.iter() {
                    match self.with(each, &each.body, item).and_then(|it| as_bool(&it, each.kind)) {
                        Ok(it) if it == decisive => return Ok(Value::Bool(decisive)),
                        Ok(_) => {}
                        Err(fault) => first = first.or(Some(fault)),
                    }
                }
                first.map_or(Ok(Value::Bool(!decisive)), Err)
            }
            EachKind::ExistsOne => {
                let mut last = None;
                let mut count = 0;
                for item in items.iter() {
                    match self.with(each, &each.body, item).and_then(|it| as_bool(&it, each.kind)) {
                        Ok(it) => count += usize::from(it),
                        Err(fault) => last = Some(fault),
                    }
                }
                last.map_or(Ok(Value::Bool(count == 1)), Err)
            }
            EachKind::Filter => {
                let mut kept = Ok(Vec::new());
                for item in items.iter() {
                    let tested = self.with(each, &each.body, item.clone());
                    match tested.and_then(|it| as_bool(&it, each.kind)) {
                        Ok(true) => {
                            if let Ok(kept) = &mut kept {
                                kept.push(item);
                            }
                        }
                        Ok(false) => {}
                        Err(fault) => kept = Err(fault),
                    }
                }
                Ok(Value::built_list(kept?))
            }
            EachKind::Map => self.map_each(each, &items),
            EachKind::SortBy => {
                let mut keyed = Vec::with_capacity(items.len());
                for item in items.iter() {
                    keyed.push((self.with(each, &each.body, item.clone())?, item));
                }
                function::sort(&mut keyed, |(key, _)| key, "sortBy", &mut self.effort)?;
                Ok(Value::built_list(keyed.into_iter().map(|(_, item)| item).collect::<Vec<_>>()))
            }
        }
    }

    fn map_each(&mut self, each: &'a Each, items: &List<'a>) -> Result<Value<'a>, Fault> {
        let mut mapped = Ok(Vec::new());
        for item in items.iter() {
            if let Some(filter) = &each.filter {
                let tested = self.with(each, filter, item.clone());
                match tested.and_then(|it| as_bool(&it, each.kind)) {
                    Ok(true) => {}
                    Ok(false) => continue,
                    Err(fault) => {
                        mapped = Err(fault);
                        continue;
                    }
                }
            }
            let value = self.with(each, &each.body, item);
            mapped = mapped.and_then(|mut mapped| {
                mapped.push(value?);
                Ok(mapped)
            });
        }
        Ok(Value::built_list(mapped?))
    }

    /// The value of `body` with the variable of `each` being `item`.
    fn with(&mut self, each: &Each, body: &'a Expr, item: Value<'a>) -> Result<Value<'a>, Fault> {
        self.effort.spend(1 + item.copied() / 64)?;
        self.locals.truncate(each.slot);
        self.locals.push(item);
        let value = self.value(body);
        self.locals.truncate(each.slot);
        value
    }
}

fn as_bool(value: &Value<'_>, kind: EachKind) -> Result<bool, Fault> {
    match value {
        Value::Bool(it) => Ok(*it),
        other => Err(no_overload(kind.name(), &[other])),
    }
}
