//! Selectors as workspaces contain them: every one compiles, and most need no row by row work.

use shakedown_engine::model::SelectorSource;
use shakedown_engine::select::{Place, Selector};

/// One selector per line.
const TEXTS: &str = include_str!("data/selectors.txt");

fn place_of(text: &str) -> Place {
    if text.contains("from.") || text.contains("to.slug") { Place::Matcher } else { Place::Version }
}

#[test]
fn every_text_compiles() {
    assert!(TEXTS.lines().count() > 200);
    for text in TEXTS.lines() {
        let selector = Selector::compile(&SelectorSource::Cel(text.to_owned()), place_of(text));
        assert!(selector.is_ok(), "{text}: {:?}", selector.err());
    }
}

#[test]
fn columns_are_the_paths_a_text_reads() {
    for (text, paths) in [
        ("true", vec![]),
        ("resource.metadata.env == 'dev'", vec!["metadata.env"]),
        (
            "resource.metadata['env'] == 'dev' || resource.metadata.env == 'qa'",
            vec!["metadata.env"],
        ),
        ("resource.kind == 'vm' && has(resource.config.net.zone)", vec!["kind", "config.net.zone"]),
        ("'canary' in resource.metadata", vec!["metadata.canary"]),
        ("resource.config.net.ports.all(p, p > 100)", vec!["config.net.ports"]),
        ("resource.kind + '/' + resource.version == 'vm/v1'", vec![]),
        ("size(resource.metadata) > 3", vec![]),
        ("resource == {}", vec![]),
        ("environment.name == 'prod' && resource.name == environment.name", vec!["name"]),
        ("deployment.metadata.x == 'y'", vec![]),
        (
            "has(resource.metadata.tier) ? resource.config.cpu >= 1.0 : !resource.config.enabled",
            vec!["metadata.tier", "config.cpu", "config.enabled"],
        ),
    ] {
        let source = SelectorSource::Cel(text.to_owned());
        let selector = Selector::compile(&source, Place::Policy).expect(text);
        let columns: Vec<_> =
            selector.columns().iter().map(|path| path.segments.join(".")).collect();
        assert_eq!(columns, paths, "{text}");
    }
}
