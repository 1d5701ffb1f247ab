//! Exports: bytes that are the files of a folder, loaded as the answers of ctrlplane's API.
//!
//! A line `@name` begins a file, and what follows is in it; names that lead out of the folder are passed
//! over.

#![no_main]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use shakedown_engine::wire::document::Document;
use shakedown_fuzz::bounds::within_bounds;
use shakedown_fuzz::place::{Read, faults_are_placed};
use shakedown_fuzz::settled::is_settled;
use shakedown_fuzz::written::reads_as_written;
use shakedown_fuzz::{CLOCK, load};

/// Most files of a folder.
const MOST_FILES: usize = 16;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let folder = folder();
    fill(folder, bytes);
    within_bounds(|| check(folder));
});

fn check(folder: &Path) {
    let read = || Document::read(folder, CLOCK);
    let document = match read() {
        Ok(document) => document,
        Err(error) => return faults_are_placed(&error, Read::Folder(folder)),
    };
    assert_eq!(read().expect("it was read before"), document);
    reads_as_written(&document);
    match load(document) {
        Ok(mut fleet) => is_settled(&mut fleet),
        Err(error) => faults_are_placed(&error, Read::Folder(folder)),
    }
}

/// A folder of this process alone.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let name = format!("shakedown-fuzz-{}", std::process::id());
        std::env::temp_dir().join(name)
    })
}

/// Leaves in the folder what the bytes say.
fn fill(folder: &Path, bytes: &[u8]) {
    if folder.exists() {
        fs::remove_dir_all(folder).expect("the folder is ours");
    }
    fs::create_dir(folder).expect("the folder is ours");
    let mut file: Option<(PathBuf, Vec<u8>)> = None;
    let mut files = Vec::new();
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        match (line.strip_prefix(b"@"), &mut file) {
            (Some(name), _) => {
                files.extend(file.take());
                let name = std::str::from_utf8(name).ok().map(str::trim);
                file = name.filter(|it| stays_within(it)).map(|it| (folder.join(it), Vec::new()));
            }
            (None, Some((_, content))) => content.extend_from_slice(line),
            (None, None) => {}
        }
    }
    files.extend(file);
    for (path, content) in files.into_iter().take(MOST_FILES) {
        // One may be called as the folder of another: the first has the name.
        let made = path.parent().is_some_and(|parent| fs::create_dir_all(parent).is_ok());
        if made && !path.is_dir() {
            fs::write(&path, content).expect("the folder is ours");
        }
    }
}

/// Whether a name is one of a file in the folder.
fn stays_within(name: &str) -> bool {
    let is_plain = |part: &str| {
        !part.bytes().all(|byte| byte == b'.')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"%._-~".contains(&byte))
    };
    name.len() < 200 && name.split('/').count() < 6 && name.split('/').all(is_plain)
}
