//! x
use shakedown_examples::conformance::{case,check,summary};
#[test]
fn all() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance");
    let mut o=vec![];
    for p in case::find(&root).unwrap() {
        let c = case::Case::read(&p).unwrap();
        let oc = check(&c);
        if c.family=="quirks" || c.family=="vectors" || c.family=="retry" { if !oc.differences.is_empty() {eprintln!("{} {:?} {:?}", c.name, c.reason, oc.differences.iter().map(|d| (d.field, d.deviation)).collect::<Vec<_>>());}}
        o.push(oc);
    }
    eprintln!("{}", summary::for_people(&o));
}
