//! Columns of atoms follow entities as they come, change and go.

use serde_json::json;
use shakedown_engine::base::time::SimTime;
use shakedown_engine::model::EntityKind;
use shakedown_engine::model::SelectorSource;
use shakedown_engine::select::{
    Atom, AtomValue, Atoms, AttributePath, AttributeTable, EntityRows, Shape,
};

use crate::record::{Record, Rows, resource};

fn path(shape: Shape, dotted: &str) -> AttributePath {
    AttributePath::new(shape, &dotted.split('.').collect::<Vec<_>>())
}

#[test]
fn paths_resolve_by_shape() {
    let time = SimTime::parse("2025-01-02T03:04:05Z").expect("a time");
    let text = |text: &str| Some(AtomValue::Text(text.into()));
    let resources = Rows(vec![Some(resource())]);
    for (shape, dotted, value) in [
        (Shape::A, "name", text("true")),
        (Shape::A, "metadata.a", text("b")),
        (Shape::A, "config.replicas", Some(AtomValue::Number(3.0))),
        (Shape::A, "config.nil", Some(AtomValue::Null)),
        (Shape::A, "config.b", Some(AtomValue::Bool(true))),
        (Shape::A, "config.list", Some(AtomValue::List(vec![json!("x"), json!("y")]))),
        (Shape::A, "createdAt", Some(AtomValue::Time(time))),
        (Shape::B, "createdAt", text("2025-01-02T03:04:05Z")),
    ] {
        let (mut atoms, mut table) = (Atoms::default(), AttributeTable::new(EntityKind::Resource));
        let path = path(shape, dotted);
        table.ensure(&mut atoms, &path, &resources);
        let atom = table.column(&path).expect("made").atom(0);
        assert_eq!(atoms.get(atom).cloned(), value, "{dotted}");
    }
    let environment = Record::default()
        .time("createdAt", "2025-01-02T03:04:05Z")
        .selector("resourceSelector", SelectorSource::Cel("true".to_owned()));
    let environments = Rows(vec![Some(environment)]);
    let mut selected = serde_json::Map::new();
    selected.insert("cel".to_owned(), json!("true"));
    for (shape, dotted, value) in [
        (Shape::A, "createdAt", text("2025-01-02T03:04:05Z")),
        (Shape::B, "resourceSelector", Some(AtomValue::Map(selected))),
        (Shape::B, "resourceSelector.cel", text("true")),
    ] {
        let kind = EntityKind::Environment;
        let (mut atoms, mut table) = (Atoms::default(), AttributeTable::new(kind));
        let path = path(shape, dotted);
        table.ensure(&mut atoms, &path, &environments);
        let atom = table.column(&path).expect("made").atom(0);
        assert_eq!(atoms.get(atom).cloned(), value, "{dotted}");
    }
}

#[test]
fn why_there_is_no_value_is_told_apart() {
    let environment =
        Record::default().selector("resourceSelector", SelectorSource::Cel("true".to_owned()));
    let rows = Rows(vec![Some(resource()), Some(environment), None]);
    for (dotted, atoms_of_rows) in [
        ("metadata.zz", [Atom::MISSING, Atom::UNREACHABLE, Atom::MISSING]),
        ("name.x", [Atom::MISSING, Atom::UNREACHABLE, Atom::MISSING]),
        ("config.nope.x", [Atom::UNREACHABLE, Atom::UNREACHABLE, Atom::MISSING]),
        ("config.list.x", [Atom::BROKEN, Atom::UNREACHABLE, Atom::MISSING]),
        ("resourceSelector", [Atom::MISSING, Atom::OPAQUE, Atom::MISSING]),
        ("resourceSelector.cel", [Atom::UNREACHABLE, Atom::BROKEN, Atom::MISSING]),
    ] {
        let kind = EntityKind::Environment;
        let (mut atoms, mut table) = (Atoms::default(), AttributeTable::new(kind));
        let path = path(Shape::A, dotted);
        table.ensure(&mut atoms, &path, &rows);
        let column = table.column(&path).expect("made");
        for (row, atom) in atoms_of_rows.into_iter().enumerate() {
            assert_eq!(column.atom(row), atom, "{dotted} of row {row}");
            assert!(!atom.is_value() && atoms.get(atom).is_none());
        }
    }
}

#[test]
fn rows_come_change_and_go() {
    let named = |name: &str| Record::default().text("name", name);
    let name = path(Shape::A, "name");
    let (mut atoms, mut table) = (Atoms::default(), AttributeTable::new(EntityKind::Resource));
    let rows = Rows(vec![Some(named("a")), None, Some(named("b")), Some(named("a"))]);
    table.ensure(&mut atoms, &name, &rows);
    assert_eq!(table.len(), 4);
    assert_eq!(table.present().ones().collect::<Vec<_>>(), [0, 2, 3]);
    let texts = |table: &AttributeTable, atoms: &Atoms| -> Vec<Option<String>> {
        let column = table.column(&name).expect("made");
        (0..table.len()).map(|row| atoms.text(column.atom(row)).map(str::to_owned)).collect()
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(texts(&table, &atoms), [some("a"), None, some("b"), some("a")]);
    table.refresh_row(&mut atoms, 2, None);
    table.refresh_row(&mut atoms, 0, Some(&named("c")));
    table.refresh_row(&mut atoms, 6, Some(&named("d")));
    let now = [some("c"), None, None, some("a"), None, None, some("d")];
    assert_eq!(texts(&table, &atoms), now);
    assert_eq!(table.present().ones().collect::<Vec<_>>(), [0, 3, 6]);
    // A column made later sees the same rows; one made before takes in rows that were not told.
    let mut later = rows;
    later.0.resize_with(8, || None);
    later.0[7] = Some(named("e"));
    table.ensure(&mut atoms, &path(Shape::A, "kind"), &later);
    assert_eq!(table.len(), 8);
    assert_eq!(texts(&table, &atoms)[7], some("e"));
    let kinds = table.column(&path(Shape::A, "kind")).expect("made");
    assert!((0..later.len()).all(|row| kinds.atom(row) == Atom::MISSING));
}

#[test]
fn codes_are_used_again() {
    let name = path(Shape::A, "name");
    let (mut atoms, mut table) = (Atoms::default(), AttributeTable::new(EntityKind::Resource));
    let rows = Rows((0..4).map(|_| Some(Record::default().text("name", "first"))).collect());
    table.ensure(&mut atoms, &name, &rows);
    for turn in 0..100 {
        for row in 0..4 {
            let entity = Record::default().text("name", &format!("{turn}-{row}"));
            table.refresh_row(&mut atoms, row, Some(&entity));
            let column = table.column(&name).expect("made");
            assert_eq!(atoms.text(column.atom(row)), Some(format!("{turn}-{row}").as_str()));
        }
    }
    let column = table.column(&name).expect("made");
    assert!(column.distinct().len() <= 6, "{} codes for 4 rows", column.distinct().len());
    let mut codes = column.codes().to_vec();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), 4);
}
