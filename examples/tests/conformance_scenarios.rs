//! x
use shakedown_examples::conformance::{case,replay::replay,state::differences};
#[test]
fn all() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance");
    let mut bad=0;
    for p in case::find(&root).unwrap() {
        let c = case::Case::read(&p).unwrap();
        let (s, inc) = replay(c.now, &c.events, &[]);
        let mut d = inc; d.extend(differences(&c.golden, &s));
        d.retain(|d| d.field!="candidates" && d.field!="nextEvaluation");
        if !d.is_empty() {
            bad+=1;
            eprintln!("{} {} : {} differences; {:?} {}", c.family, c.name, d.len(), d[0].target, d[0].field);
            eprintln!("   expected {}", d[0].expected);
            eprintln!("   actual   {}", d[0].actual);
        }
    }
    eprintln!("{bad} differ");
}
