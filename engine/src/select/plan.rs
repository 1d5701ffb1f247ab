//! How a selector is evaluated over all rows of the resource table.
//!
//! Vocabulary: a plan is the boolean structure of an expression over *leaves*. A *fixed* leaf reads
//! no resource and is evaluated once; a *dictionary* leaf reads one path and is evaluated once per
//! distinct value of its column; every other leaf is evaluated *row by row*.
//!
//! Invariant: whole labels and whole configs are never dictionary values, there are about as many
//! of them as rows; `'k' in resource.metadata` reads the path `metadata.k` instead, which is the
//! same because a resource always has both maps.

use super::expr::{Expr, Literal};
use super::subject::{Place, Subject};
use crate::select::AttributePath;

/// The plan of a selector.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) columns: Vec<AttributePath>,
    pub(crate) root: Node,
    pub(crate) leaves: usize,
}

/// A node of the boolean structure.
#[derive(Debug)]
pub(crate) enum Node {
    And(Box<[Node; 2]>),
    Or(Box<[Node; 2]>),
    Not(Box<Node>),
    Choose(Box<[Node; 3]>),
    Leaf(Box<Leaf>),
}

/// An expression evaluated as one.
#[derive(Debug)]
pub(crate) struct Leaf {
    /// Position among the leaves, from the left.
    pub(crate) slot: usize,
    /// Whether it is the whole selector's value, where strings count as booleans.
    pub(crate) whole: bool,
    /// As written.
    pub(crate) expr: Expr,
    pub(crate) reads: Reads,
}

/// What a leaf reads of the resource.
#[derive(Debug)]
pub(crate) enum Reads {
    Nothing,
    /// One path: position of its column, and the expression over the column.
    Column(usize, Expr),
    Row,
}

impl Plan {
    /// Plans `expr`, a whole selector.
    pub(crate) fn new(expr: &Expr, place: Place) -> Self {
        let mut planning = Planning { place, columns: Vec::new(), leaves: 0 };
        let root = planning.node(expr, true);
        Self { columns: planning.columns, root, leaves: planning.leaves }
    }
}

struct Planning {
    place: Place,
    columns: Vec<AttributePath>,
    leaves: usize,
}

impl Planning {
    fn node(&mut self, expr: &Expr, whole: bool) -> Node {
        let used = used(expr);
        if let Used::Rows = used {
            match expr {
                Expr::And(sides) => return Node::And(Box::new(self.sides(sides))),
                Expr::Or(sides) => return Node::Or(Box::new(self.sides(sides))),
                Expr::Not(of) => return Node::Not(Box::new(self.node(of, false))),
                Expr::Choose(parts) => {
                    return Node::Choose(Box::new([
                        self.node(&parts[0], false),
                        self.node(&parts[1], whole),
                        self.node(&parts[2], whole),
                    ]));
                }
                _ => {}
            }
        }
        let reads = match used {
            Used::Nothing => Reads::Nothing,
            Used::Path(path) => {
                let path = AttributePath::new(self.place.shape(), &path);
                let known = self.columns.iter().position(|column| *column == path);
                let column = known.unwrap_or_else(|| {
                    self.columns.push(path);
                    self.columns.len() - 1
                });
                Reads::Column(column, expr.rewrite(&over_column))
            }
            Used::Rows => Reads::Row,
        };
        self.leaves += 1;
        Node::Leaf(Box::new(Leaf { slot: self.leaves - 1, whole, expr: expr.clone(), reads }))
    }

    fn sides(&mut self, sides: &[Expr; 2]) -> [Node; 2] {
        [self.node(&sides[0], false), self.node(&sides[1], false)]
    }
}

/// What an expression reads of the resource.
#[derive(PartialEq)]
enum Used<'e> {
    Nothing,
    Path(Vec<&'e str>),
    Rows,
}

fn used(expr: &Expr) -> Used<'_> {
    if let Some((path, _)) = column_path(expr) {
        return Used::Path(path);
    }
    if let Expr::Subject(Subject::Resource) = expr {
        return Used::Rows;
    }
    expr.children().map(used).fold(Used::Nothing, |before, child| match (before, child) {
        (before, Used::Nothing) => before,
        (Used::Nothing, child) => child,
        (before, child) if before == child => before,
        _ => Used::Rows,
    })
}

/// The column an expression is a read of, and what stands for it over the column.
fn column_path(expr: &Expr) -> Option<(Vec<&str>, Expr)> {
    let (path, over) = match expr {
        Expr::Select(..) => match expr.path()? {
            (Subject::Resource, path) => (path, Expr::Column),
            _ => return None,
        },
        Expr::Has(of, key) => {
            let mut path = match of.as_ref() {
                Expr::Subject(Subject::Resource) => Vec::new(),
                of => match of.path()? {
                    (Subject::Resource, path) => path,
                    _ => return None,
                },
            };
            path.push(key.as_ref());
            (path, Expr::HasColumn)
        }
        Expr::In(sides) => {
            let (Expr::Literal(Literal::Text(key)), Some((Subject::Resource, mut path))) =
                (&sides[0], sides[1].path())
            else {
                return None;
            };
            if !is_whole_map(&path) {
                return None;
            }
            path.push(key.as_ref());
            (path, Expr::HasColumn)
        }
        _ => return None,
    };
    (!is_whole_map(&path)).then_some((path, over))
}

fn is_whole_map(path: &[&str]) -> bool {
    matches!(path, ["metadata" | "config"])
}

fn over_column(expr: &Expr) -> Option<Expr> {
    column_path(expr).map(|(_, over)| over)
}
