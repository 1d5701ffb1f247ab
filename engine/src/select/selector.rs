//! The selector: compiled once, then asked about one set of entities or about all rows of a table.

use std::ops::Range;
use std::sync::Arc;

use fixedbitset::FixedBitSet;

use super::columns::{AttributeTable, EntityRows};
use super::effort::Patterns;
use super::error::{EvalError, SelectorError};
use super::evaluate::Evaluator;
use super::expr::{self, Expr};
use super::plan::Plan;
use super::subject::{Bindings, Place, Subject, Subjects};
use super::{Atoms, AttributePath, condition, kernel, syntax};
use crate::model::{EntityKind, SelectorSource};

/// A compiled selector. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Selector {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    place: Place,
    expr: Expr,
    plan: Plan,
    reads: Subjects,
}

impl Selector {
    /// Compiles `source` for `place`. About 30 us for a selector of usual length.
    ///
    /// # Errors
    /// When the text is no CEL, reads an undeclared variable, calls an unknown function or one with
    /// the wrong number of arguments, is longer than 256 KiB or nested too deeply; when a JSON
    /// condition is none (SEMANTICS 3.3) or stands where only CEL may.
    pub fn compile(source: &SelectorSource, place: Place) -> Result<Self, SelectorError> {
        let expr = match source {
            SelectorSource::Cel(text) => syntax::parse(text, place)?,
            SelectorSource::Json(json) => condition::parse(json, place)?,
        };
        Ok(Self::of(expr, place))
    }

    fn of(expr: Expr, place: Place) -> Self {
        let plan = Plan::new(&expr, place);
        let reads = expr.reads();
        Self { inner: Arc::new(Inner { place, expr, plan, reads }) }
    }

    /// A number that clones share, and no other selector has while one of them lives.
    #[must_use]
    pub fn identity(&self) -> usize {
        Arc::as_ptr(&self.inner).addr()
    }

    /// The variables this selector mentions.
    #[must_use]
    pub fn reads(&self) -> Subjects {
        self.inner.reads
    }

    /// The columns of the resource table that make [`Selector::select`] fast, without repetition.
    /// A column that was not made costs speed, never correctness.
    #[must_use]
    pub fn columns(&self) -> &[AttributePath] {
        &self.inner.plan.columns
    }

    /// Whether the entities of `bindings` match. A variable that is not filled is an empty map.
    ///
    /// # Errors
    /// When the expression fails on these entities, or yields neither a boolean nor a string that
    /// spells one. A missing key is no error but `false`.
    pub fn matches(&self, bindings: &Bindings<'_>) -> Result<bool, EvalError> {
        let patterns = Patterns::default();
        Evaluator::new(*bindings, self.inner.place.shape(), &patterns).root(&self.inner.expr)
    }

    /// Sets in `out` the bit of every resource in `range` that matches, and clears the bits of all
    /// other rows in `range`; `out` grows to hold them. Returns the number of rows on which
    /// evaluation failed; they do not match.
    ///
    /// - `table`, `rows`: the resources; rows the table does not know count as vacant.
    /// - `bindings`: the other variables, the same for every row; a resource in it is ignored.
    ///
    /// Cannot fail. `O(range)`; about 1 ns per row for one comparison with a column whose distinct
    /// values are few.
    pub fn select(
        &self,
        table: &AttributeTable,
        atoms: &Atoms,
        rows: &dyn EntityRows,
        bindings: &Bindings<'_>,
        range: Range<usize>,
        out: &mut FixedBitSet,
    ) -> usize {
        kernel::select(&self.inner.plan, self.inner.place, table, atoms, rows, bindings, range, out)
    }

    /// Splits a relationship matcher: the conjuncts of the form `from.<path> == to.<path>`, either
    /// way round, and what remains of the expression, if anything.
    ///
    /// The matcher holds for a pair exactly if both paths of every conjunct have a value, the two
    /// values are equal, and the remainder holds. In every other place there are no conjuncts.
    #[must_use]
    pub fn equality_conjuncts(&self) -> (Vec<(AttributePath, AttributePath)>, Option<Self>) {
        let mut equal = Vec::new();
        if self.inner.place != Place::Matcher {
            return (equal, Some(self.clone()));
        }
        let mut rest = Vec::new();
        split(&self.inner.expr, &mut equal, &mut rest);
        if equal.is_empty() {
            return (equal, Some(self.clone()));
        }
        // Joined with `true`, because an operand of `&&` must be a boolean where a whole
        // expression may be a string.
        let rest = (!rest.is_empty()).then(|| {
            rest.push(Expr::Literal(expr::Literal::Bool(true)));
            Self::of(Expr::all(rest), Place::Matcher)
        });
        (equal, rest)
    }

    /// Splits a relationship matcher between entities of two kinds by what its conjuncts read: those
    /// that read one entity become selectors of that kind in shape B, evaluated once per entity
    /// instead of once per pair. The matcher holds for a pair exactly if all parts hold.
    ///
    /// In every other place the whole selector is the part about both.
    #[must_use]
    pub(crate) fn conjuncts_by_side(&self, from: EntityKind, to: EntityKind) -> SideConjuncts {
        let mut parts = SideConjuncts::default();
        if self.inner.place != Place::Matcher {
            parts.both = Some(self.clone());
            return parts;
        }
        let mut terms = Vec::new();
        flatten(&self.inner.expr, &mut terms);
        // See `equality_conjuncts` on the added `true`: one term alone is a whole expression.
        let alone = terms.len() == 1;
        let mut sides: [Vec<Expr>; 3] = Default::default();
        for term in terms {
            let reads = term.reads();
            let side = match (reads.contains(Subject::From), reads.contains(Subject::To)) {
                (_, false) => 0,
                (false, true) => 1,
                (true, true) => 2,
            };
            sides[side].push(term.clone());
        }
        let join = |mut terms: Vec<Expr>, place, rename: Option<(Subject, Subject)>| {
            if terms.is_empty() {
                return None;
            }
            if !alone {
                terms.push(Expr::Literal(expr::Literal::Bool(true)));
            }
            let mut expr = Expr::all(terms);
            if let Some((old, new)) = rename {
                expr = expr.rewrite(&|it| match it {
                    Expr::Subject(subject) if *subject == old => Some(Expr::Subject(new)),
                    _ => None,
                });
            }
            Some(Self::of(expr, place))
        };
        let [of_from, of_to, both] = sides;
        // Version selectors see the same shape as matchers, and there kernels know the kinds.
        parts.from = join(of_from, Place::Version, Some((Subject::From, from.into())));
        parts.to = join(of_to, Place::Version, Some((Subject::To, to.into())));
        parts.both = join(both, Place::Matcher, None);
        parts
    }
}

/// A relationship matcher by what its conjuncts read.
#[derive(Debug, Clone, Default)]
pub struct SideConjuncts {
    /// About the first entity alone, a selector of its kind.
    pub from: Option<Selector>,
    /// About the second entity alone, a selector of its kind.
    pub to: Option<Selector>,
    /// About the pair.
    pub both: Option<Selector>,
}

fn flatten<'e>(expr: &'e Expr, terms: &mut Vec<&'e Expr>) {
    match expr {
        Expr::And(sides) => sides.iter().for_each(|side| flatten(side, terms)),
        term => terms.push(term),
    }
}

fn split(expr: &Expr, equal: &mut Vec<(AttributePath, AttributePath)>, rest: &mut Vec<Expr>) {
    if let Expr::And(sides) = expr {
        split(&sides[0], equal, rest);
        split(&sides[1], equal, rest);
        return;
    }
    match equality(expr) {
        Some(paths) => equal.push(paths),
        None => rest.push(expr.clone()),
    }
}

/// The paths of `from.<path> == to.<path>`.
fn equality(expr: &Expr) -> Option<(AttributePath, AttributePath)> {
    let Expr::Equal(sides) = expr else { return None };
    let (left, left_path) = sides[0].path()?;
    let (right, right_path) = sides[1].path()?;
    let shape = Place::Matcher.shape();
    let (left_path, right_path) =
        (AttributePath::new(shape, &left_path), AttributePath::new(shape, &right_path));
    match (left, right) {
        (Subject::From, Subject::To) => Some((left_path, right_path)),
        (Subject::To, Subject::From) => Some((right_path, left_path)),
        _ => None,
    }
}
