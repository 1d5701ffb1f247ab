//! Selectors: a text, CEL or a JSON condition, compiled for every place and asked about some resources, by
//! kernel and row by row.

#![no_main]

use fixedbitset::FixedBitSet;
use serde_json::json;
use shakedown_engine::model::{
    Attributes, Deployment, DeploymentVersion, EntityKind, Environment, Resource, SelectorSource,
};
use shakedown_engine::select::{
    Atoms, AttributeTable, Bindings, EntityRows, Place, Selector, SelectorError, Subject,
};
use shakedown_fuzz::bounds::within_bounds;

/// Where a selector may stand.
const PLACES: &[Place] = &[
    Place::Entity(Subject::Resource),
    Place::Entity(Subject::Environment),
    Place::Policy,
    Place::Version,
    Place::Matcher,
    Place::Agent,
    Place::Relationship,
];

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        within_bounds(|| check(text));
    }
});

fn check(text: &str) {
    let source = match serde_json::from_str(text) {
        Ok(condition @ serde_json::Value::Object(_)) => SelectorSource::Json(condition),
        _ => SelectorSource::Cel(text.to_owned()),
    };
    let resources = Resources(resources());
    for &place in PLACES {
        match Selector::compile(&source, place) {
            Ok(selector) => answers_alike(&selector, &resources, place),
            Err(error) => is_placed(&error),
        }
    }
}

/// Fails where the kernels and the evaluation of a single row answer differently.
fn answers_alike(selector: &Selector, resources: &Resources, place: Place) {
    let (deployment, environment, version) = others();
    let mut bindings = Bindings::only(Subject::Deployment, &deployment)
        .with(Subject::Environment, &environment)
        .with(Subject::Version, &version);
    if !matches!(place, Place::Entity(Subject::Resource)) {
        for pair in resources.0.windows(2) {
            let bindings = bindings
                .with(Subject::Resource, &pair[0])
                .with(Subject::From, &pair[0])
                .with(Subject::To, &pair[1]);
            let (answer, again) = (selector.matches(&bindings), selector.matches(&bindings));
            assert_eq!(format!("{answer:?}"), format!("{again:?}"));
        }
        return;
    }
    let (mut atoms, mut table) = (Atoms::default(), AttributeTable::new(EntityKind::Resource));
    for row in 0..resources.len() {
        table.refresh_row(&mut atoms, row, resources.get(row));
    }
    for path in selector.columns() {
        table.ensure(&mut atoms, path, resources);
    }
    let mut selected = FixedBitSet::with_capacity(resources.len());
    let rows = 0..resources.len();
    let failed = selector.select(&table, &atoms, resources, &bindings, rows, &mut selected);
    let mut failed_by_row = 0;
    for (row, resource) in resources.0.iter().enumerate() {
        bindings = bindings.with(Subject::Resource, resource);
        let answer = selector.matches(&bindings);
        failed_by_row += usize::from(answer.is_err());
        assert_eq!(selected.contains(row), answer == Ok(true), "row {row}: {answer:?}");
    }
    assert_eq!(failed, failed_by_row, "rows on which it fails");
}

/// Fails unless an error has words and, if it has a place, one within the text, or just behind a line.
fn is_placed(error: &SelectorError) {
    let (line, column) = (error.line.unwrap_or(1) as usize, error.column.unwrap_or(1) as usize);
    let line = line.checked_sub(1).and_then(|line| error.text.split('\n').nth(line));
    let is_within = line.is_some_and(|it| (1..=it.chars().count() + 1).contains(&column));
    assert!(is_within, "an error beside the text: {error:?}");
    assert!(!error.message.is_empty(), "an error without words: {error:?}");
    assert!(error.to_string().contains(&error.message), "{error:?}");
}

struct Resources(Vec<Resource>);

impl EntityRows for Resources {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn get(&self, row: usize) -> Option<&dyn Attributes> {
        self.0.get(row).map(|resource| resource as &dyn Attributes)
    }
}

/// Resources that have what expressions ask for, in part, and in several types.
fn resources() -> Vec<Resource> {
    let full = json!({ "replicas": 3, "list": ["x", "y"], "nil": null, "b": true,
        "nested": { "k": "v" }, "t": "2026-01-01T00:00:00Z" });
    let other = json!({ "replicas": "3", "list": [1, 2.5, [null]], "nested": [], "b": "true" });
    [("one", "vm", full), ("two", "", other), ("three-\u{fc}", "vm", json!({}))]
        .into_iter()
        .map(|(id, kind, config)| {
            let mut resource = Resource::new(id).label("stage", id).label("n", "5");
            kind.clone_into(&mut resource.kind);
            resource.config = config.as_object().cloned().unwrap_or_default();
            resource
        })
        .collect()
}

fn others() -> (Deployment, Environment, DeploymentVersion) {
    let version = DeploymentVersion::new("v", "d").tag("v1.2.3");
    (Deployment::new("d", "s"), Environment::new("e", "s"), version)
}
