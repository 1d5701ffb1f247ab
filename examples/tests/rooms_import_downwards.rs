//! A room of the examples imports only rooms that stand below it.

use std::fs;
use std::path::{Path, PathBuf};

/// The rooms, and what each may import; programs import all of them.
const ROOMS: [(&str, &[&str]); 4] =
    [("source", &[]), ("tell", &["source"]), ("measure", &["source"]), ("conformance", &[])];

#[test]
fn no_room_imports_one_beside_or_above_it() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found: Vec<String> = fs::read_dir(&src)
        .expect("the folder is readable")
        .map(|entry| entry.expect("it is readable").file_name().into_string().expect("in UTF-8"))
        .filter(|name| name != "lib.rs")
        .collect();
    found.sort_unstable();
    let mut rooms = ROOMS.map(|(room, _)| room);
    rooms.sort_unstable();
    assert_eq!(found, rooms, "every room has a line above");
    for (room, below) in ROOMS {
        for file in files(&src.join(room)) {
            let text = fs::read_to_string(&file).expect("it is readable");
            for other in rooms.into_iter().filter(|it| *it != room && !below.contains(it)) {
                let path = format!("crate::{other}");
                assert!(!text.contains(&path), "{} imports {path}", file.display());
            }
        }
    }
}

/// The files below a folder, at any depth.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder is readable");
    let paths = entries.map(|entry| entry.expect("it is readable").path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}
