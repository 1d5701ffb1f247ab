//! Columns of atoms over the entities of one kind, made when a path is first asked for.
//!
//! Vocabulary: a *row* is an entity's position; a row is *vacant* while its entity does not exist.
//! Within a column the distinct atoms are numbered by *codes*, dense from zero, so that a predicate
//! is evaluated once per code and then looked up per row.
//!
//! Invariants: every column has one code per row of the table; a vacant row has the code of
//! [`Atom::MISSING`]. A code that no row uses any more is given to the next new atom.

use fixedbitset::FixedBitSet;

use super::{Atom, Atoms, AttributePath, Map, Miss, Value, View};
use crate::base::hash::{FixedMap, fixed_map};
use crate::model::Attributes;
use crate::model::EntityKind;

/// The entities of one kind by row.
pub trait EntityRows {
    /// Number of rows, vacant ones included.
    fn len(&self) -> usize;

    /// Whether there is no row.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The entity of `row`; `None` if the row is vacant or out of range.
    fn get(&self, row: usize) -> Option<&dyn Attributes>;
}

/// The materialised attributes of one kind of entity.
#[derive(Debug, Clone)]
pub struct AttributeTable {
    kind: EntityKind,
    rows: usize,
    present: FixedBitSet,
    columns: Vec<Column>,
    by_path: FixedMap<AttributePath, usize>,
}

/// One attribute of all rows.
#[derive(Debug, Clone)]
pub struct Column {
    path: AttributePath,
    codes: Vec<u32>,
    distinct: Vec<Atom>,
    /// How many rows have each code.
    uses: Vec<u32>,
    by_atom: FixedMap<Atom, u32>,
    unused: Vec<u32>,
}

impl AttributeTable {
    /// A table of no rows for entities of `kind`.
    #[must_use]
    pub fn new(kind: EntityKind) -> Self {
        Self {
            kind,
            rows: 0,
            present: FixedBitSet::new(),
            columns: Vec::new(),
            by_path: fixed_map(),
        }
    }

    /// Number of rows, vacant ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// One bit per row: set if its entity exists.
    #[must_use]
    pub fn present(&self) -> &FixedBitSet {
        &self.present
    }

    /// The column of `path`, if it was made.
    #[must_use]
    pub fn column(&self, path: &AttributePath) -> Option<&Column> {
        self.by_path.get(path).map(|&slot| &self.columns[slot])
    }

    /// Makes the column of `path` unless it exists, after taking in rows that were added to `rows`
    /// without [`AttributeTable::refresh_row`]. `O(rows)` for a new column, about 100 ns per row.
    pub fn ensure(&mut self, atoms: &mut Atoms, path: &AttributePath, rows: &dyn EntityRows) {
        for row in self.rows..rows.len() {
            self.refresh_row(atoms, row, rows.get(row));
        }
        if self.by_path.contains_key(path) {
            return;
        }
        let mut column = Column::new(path.clone());
        column.grow(self.rows);
        for row in self.present.ones() {
            column.set(row, resolve(atoms, self.kind, path, rows.get(row)));
        }
        self.by_path.insert(path.clone(), self.columns.len());
        self.columns.push(column);
    }

    /// Records that the entity of `row` was added, changed or, with `None`, removed: updates the
    /// row in every column. Rows up to `row` come into being, vacant.
    pub fn refresh_row(&mut self, atoms: &mut Atoms, row: usize, entity: Option<&dyn Attributes>) {
        if row >= self.rows {
            self.rows = row + 1;
            self.present.grow(self.rows);
            for column in &mut self.columns {
                column.grow(self.rows);
            }
        }
        self.present.set(row, entity.is_some());
        for column in &mut self.columns {
            let atom = resolve(atoms, self.kind, &column.path, entity);
            column.set(row, atom);
        }
    }
}

impl Column {
    fn new(path: AttributePath) -> Self {
        Self {
            path,
            codes: Vec::new(),
            distinct: Vec::new(),
            uses: Vec::new(),
            by_atom: fixed_map(),
            unused: Vec::new(),
        }
    }

    /// The path whose values these are.
    #[must_use]
    pub fn path(&self) -> &AttributePath {
        &self.path
    }

    /// One code per row, each an index into [`Column::distinct`].
    #[must_use]
    pub fn codes(&self) -> &[u32] {
        &self.codes
    }

    /// The atom of each code. A code no row uses has [`Atom::MISSING`], possibly a second time.
    #[must_use]
    pub fn distinct(&self) -> &[Atom] {
        &self.distinct
    }

    /// The atom of `row`.
    ///
    /// # Panics
    /// When the table has no such row.
    #[must_use]
    pub fn atom(&self, row: usize) -> Atom {
        self.distinct[self.codes[row] as usize]
    }

    fn grow(&mut self, rows: usize) {
        if rows > self.codes.len() {
            let added = rows - self.codes.len();
            let code = self.code(Atom::MISSING);
            self.codes.resize(rows, code);
            self.uses[code as usize] += u32::try_from(added).expect("fewer than 2^32 rows");
        }
    }

    fn set(&mut self, row: usize, atom: Atom) {
        let old = self.codes[row] as usize;
        if self.distinct[old] == atom {
            return;
        }
        let code = self.code(atom);
        self.uses[code as usize] += 1;
        self.codes[row] = code;
        self.uses[old] -= 1;
        if self.uses[old] == 0 {
            self.by_atom.remove(&self.distinct[old]);
            self.distinct[old] = Atom::MISSING;
            self.unused.push(u32::try_from(old).expect("codes are u32"));
        }
    }

    /// The code of `atom`, new if no row has it. The caller counts the use.
    fn code(&mut self, atom: Atom) -> u32 {
        if let Some(&code) = self.by_atom.get(&atom) {
            return code;
        }
        let code = self.unused.pop().unwrap_or_else(|| {
            self.distinct.push(atom);
            self.uses.push(0);
            u32::try_from(self.uses.len() - 1).expect("fewer than 2^32 rows")
        });
        self.distinct[code as usize] = atom;
        self.by_atom.insert(atom, code);
        code
    }
}

/// The atom at `path` of an entity of `kind`; of no entity [`Atom::MISSING`].
fn resolve(
    atoms: &mut Atoms,
    kind: EntityKind,
    path: &AttributePath,
    entity: Option<&dyn Attributes>,
) -> Atom {
    let Some(entity) = entity else { return Atom::MISSING };
    let mut value = Value::Map(Map::Entity(entity, View::new(path.shape, Some(kind))));
    for (depth, segment) in path.segments.iter().enumerate() {
        let last = depth + 1 == path.segments.len();
        value = match value.field(segment) {
            Ok(value) => value,
            Err(Miss::Key) if last => return Atom::MISSING,
            Err(Miss::Key) => return Atom::UNREACHABLE,
            Err(Miss::Opaque) if last => return Atom::OPAQUE,
            Err(_) => return Atom::BROKEN,
        };
    }
    atoms.intern(&value)
}
