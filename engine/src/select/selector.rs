//! The selector: compiled once, then asked about one set of entities or about all rows of a table.

use std::ops::Range;
use std::sync::Arc;

use fixedbitset::FixedBitSet;

use super::columns::{AttributeTable, EntityRows};
use super::effort::Patterns;
use super::error::{EvalError, SelectorError};
use super::evaluate::{Evaluator, constant};
use super::expr::{Expr, Literal};
use super::path::KIND;
use super::plan::Plan;
use super::subject::{Bindings, Place, Subject, Subjects};
use super::{Atoms, AttributePath, Shape, condition, kernel, syntax};
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
    goes_through: bool,
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
        let (reads, goes_through) = (expr.reads(), expr.goes_through());
        Self { inner: Arc::new(Inner { place, expr, plan, reads, goes_through }) }
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

    /// Whether it goes through lists or texts that may be of any length, or compiles patterns, so that what
    /// it takes does not follow from its own length.
    #[must_use]
    pub(crate) fn goes_through(&self) -> bool {
        self.inner.goes_through
    }

    /// How many steps [`Selector::matches`] takes.
    #[must_use]
    pub(crate) fn steps(&self, bindings: &Bindings<'_>) -> usize {
        let patterns = Patterns::default();
        let shape = self.inner.place.shape();
        Evaluator::new(*bindings, shape, &patterns).rooted(&self.inner.expr).1
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

    /// Splits a selector of pairs: the conjuncts of the form `from.<path> == to.<path>`, either way
    /// round, and what remains of the expression, if anything.
    ///
    /// It holds for a pair exactly if both paths of every conjunct have a value, the two
    /// values are equal, and the remainder holds. In every other place there are no conjuncts.
    #[must_use]
    pub fn equality_conjuncts(&self) -> (Vec<(AttributePath, AttributePath)>, Option<Self>) {
        let mut equal = Vec::new();
        let place = self.inner.place;
        if !place.is_of_pairs() {
            return (equal, Some(self.clone()));
        }
        let mut rest = Vec::new();
        split(&self.inner.expr, place.shape(), &mut equal, &mut rest);
        if equal.is_empty() {
            return (equal, Some(self.clone()));
        }
        // Joined with `true`, because an operand of `&&` must be a boolean where a whole
        // expression may be a string.
        let rest = (!rest.is_empty()).then(|| {
            rest.push(Expr::Literal(Literal::Bool(true)));
            Self::of(Expr::all(rest), place)
        });
        (equal, rest)
    }

    /// Splits a selector of pairs by what its conjuncts read. It holds for a pair exactly if all
    /// parts hold; those about one entity are asked once per entity instead of once per pair, see
    /// [`Selector::of_kind`]. In every other place the whole selector is the part about both.
    #[must_use]
    pub(crate) fn conjuncts_by_side(&self) -> SideConjuncts {
        let place = self.inner.place;
        if !place.is_of_pairs() {
            return SideConjuncts { both: Some(self.clone()), ..SideConjuncts::default() };
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
        let [from, to, both] = sides.map(|mut terms| {
            if terms.is_empty() {
                return None;
            }
            if !alone {
                terms.push(Expr::Literal(Literal::Bool(true)));
            }
            Some(Self::of(Expr::all(terms), place))
        });
        SideConjuncts { from, to, both }
    }

    /// What a part about the entity on one `side` of a pair asks of those of a kind: a selector of
    /// that kind, for which there are kernels. What the kind alone decides is decided.
    #[must_use]
    pub(crate) fn of_kind(&self, side: Subject, kind: EntityKind) -> Self {
        let place = self.inner.place;
        let is_kind = |of: &Expr, key: &str| {
            let is_side = matches!(of, Expr::Subject(subject) if *subject == side);
            is_side && key == KIND && place.shape() == Shape::Kinded
        };
        let mut expr = self.inner.expr.rewrite(&|it| match it {
            Expr::Select(of, key) if is_kind(of, key) => {
                Some(Expr::Literal(Literal::Text(kind.name().into())))
            }
            Expr::Has(of, key) if is_kind(of, key) => Some(Expr::Literal(Literal::Bool(true))),
            Expr::Subject(subject) if *subject == side => Some(Expr::Subject(kind.into())),
            _ => None,
        });
        let mut terms = Vec::new();
        flatten(&expr, &mut terms);
        if terms.len() > 1 {
            let (decided, open): (Vec<_>, Vec<_>) =
                terms.into_iter().partition(|term| term.reads().is_empty());
            let holds =
                decided.iter().all(|term| matches!(constant(term), Some(Literal::Bool(true))));
            let mut open: Vec<_> = open.into_iter().filter(|_| holds).cloned().collect();
            open.push(Expr::Literal(Literal::Bool(holds)));
            expr = Expr::all(open);
        }
        Self::of(expr, place)
    }

    /// The answer, if it does not depend on any entity; an error is `false`.
    #[must_use]
    pub(crate) fn fixed(&self) -> Option<bool> {
        let answer = || self.matches(&Bindings::default()).unwrap_or(false);
        self.reads().is_empty().then(answer)
    }
}

/// A selector of pairs by what its conjuncts read.
#[derive(Debug, Default)]
pub(crate) struct SideConjuncts {
    /// About the first entity alone.
    pub(crate) from: Option<Selector>,
    /// About the second entity alone.
    pub(crate) to: Option<Selector>,
    /// About the pair.
    pub(crate) both: Option<Selector>,
}

fn flatten<'e>(expr: &'e Expr, terms: &mut Vec<&'e Expr>) {
    match expr {
        Expr::And(sides) => sides.iter().for_each(|side| flatten(side, terms)),
        term => terms.push(term),
    }
}

fn split(
    expr: &Expr,
    shape: Shape,
    equal: &mut Vec<(AttributePath, AttributePath)>,
    rest: &mut Vec<Expr>,
) {
    if let Expr::And(sides) = expr {
        sides.iter().for_each(|side| split(side, shape, equal, rest));
        return;
    }
    match equality(expr, shape) {
        Some(paths) => equal.push(paths),
        None => rest.push(expr.clone()),
    }
}

/// The paths of `from.<path> == to.<path>`.
fn equality(expr: &Expr, shape: Shape) -> Option<(AttributePath, AttributePath)> {
    let Expr::Equal(sides) = expr else { return None };
    let (left, left_path) = sides[0].path()?;
    let (right, right_path) = sides[1].path()?;
    let (left_path, right_path) =
        (AttributePath::new(shape, &left_path), AttributePath::new(shape, &right_path));
    match (left, right) {
        (Subject::From, Subject::To) => Some((left_path, right_path)),
        (Subject::To, Subject::From) => Some((right_path, left_path)),
        _ => None,
    }
}
