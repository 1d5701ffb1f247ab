//! The README shows what the program prints of the sample, apart from where it is and how long it took.

use crate::binary::root;
use crate::crawl::crawled;
use crate::stub::{Stub, sample};

#[test]
fn the_block_is_what_is_printed() {
    let (_, printed) = crawled(&Stub::start(sample), "readme");
    let readme = std::fs::read_to_string(root().join("README.md")).expect("there is one");
    let section = readme.split("\n## ").find(|it| it.starts_with("Load your own workspace\n"));
    let block = section.and_then(|it| it.split("```text\n").nth(1)).expect("there is one");
    let shown = block.split("```").next().expect("there is one");
    let same = |text: &str| -> Vec<String> {
        let differs = ["Address ", "Folder ", "Seconds "];
        let lines = text.lines().filter(|line| !differs.iter().any(|it| line.starts_with(it)));
        lines.map(str::to_owned).collect()
    };
    assert_eq!(same(shown), same(&printed));
    assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
}
