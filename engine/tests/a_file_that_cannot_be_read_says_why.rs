//! Missing files, directories and files that are no text are told apart.

use std::fs;
use std::path::{Path, PathBuf};

use shakedown_engine::base::time::SimTime;
use shakedown_engine::wire::document::Document;

/// An empty directory for one test.
fn directory(test: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    fs::create_dir_all(&path).expect("the target directory is writable");
    path
}

fn message(path: &Path) -> String {
    let error = Document::read(path, SimTime(0)).expect_err("no document").to_string();
    let file = path.display().to_string();
    error.strip_prefix(&file).expect("errors begin with the file").to_owned()
}

#[test]
fn a_missing_file() {
    let path = directory("missing").join("none.yaml");
    assert_eq!(message(&path), ": no such file");
}

#[test]
fn a_directory() {
    let told = message(&directory("directory"));
    assert!(
        told.starts_with(": no export: expected `systems.json`, `job-agents.json`, "),
        "{told}"
    );
}

#[test]
fn an_empty_file() {
    let path = directory("empty").join("empty.json");
    fs::write(&path, "").expect("the target directory is writable");
    assert_eq!(
        message(&path),
        ": empty: expected a workspace document, an event log or a scenario"
    );
}

#[test]
fn no_text() {
    let path = directory("binary").join("binary.json");
    for (bytes, place, byte) in [
        (b"{\"resources\": \xff".to_vec(), "1:15", "0xff"),
        ("{\n\"ä\": \0".as_bytes().to_vec(), "2:6", "0x00"),
        (b"\x00\x01".to_vec(), "1:1", "0x00"),
        // Beyond the first block, and a character cut off at the end.
        ([vec![b' '; 100_000], vec![0xc3, 0x28]].concat(), "1:100001", "0xc3"),
        ([vec![b'\n'; 70_000], vec![0xe2, 0x82]].concat(), "70001:1", "0xe2"),
        // UTF-16.
        (b"\xff\xfe{\x00".to_vec(), "1:1", "0xff"),
    ] {
        fs::write(&path, bytes).expect("the target directory is writable");
        let expected = format!(":{place}: expected UTF-8 text, found byte {byte}");
        assert_eq!(message(&path), expected);
    }
}

#[test]
fn a_character_across_the_first_block_is_text() {
    let path = directory("across").join("across.json");
    let text = format!("{}{{\"name\":\"€\",\"events\":[]}}", " ".repeat((1 << 16) - 10));
    assert_eq!(text.as_bytes()[1 << 16], 0x82, "the character lies on the border");
    fs::write(&path, &text).expect("the target directory is writable");
    let document = Document::read(&path, SimTime(0)).expect("a scenario");
    assert_eq!(document.name.as_deref(), Some("€"));
    assert_eq!(document.file, path.display().to_string());
}

#[cfg(unix)]
#[test]
fn what_may_never_open_is_not_waited_for() {
    let directory = directory("pipes");
    let at = |name: &str| {
        let path = directory.join(name);
        fs::remove_file(&path).ok();
        path
    };
    let (pipe, socket, link) = (at("pipe.json"), at("socket.json"), at("link.json"));
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo starts").success());
    // The name of a socket may have a hundred bytes.
    let bound = Path::new("/tmp").join(format!("socket-{}", std::process::id()));
    let listener = std::os::unix::net::UnixListener::bind(&bound).expect("the folder is writable");
    std::os::unix::fs::symlink(&bound, &socket).expect("the target directory is writable");
    std::os::unix::fs::symlink(&pipe, &link).expect("the target directory is writable");
    let of_pipe =
        ": cannot be read: a named pipe may never open; let `cat` read it, and read /dev/stdin";
    assert_eq!(message(&pipe), of_pipe);
    assert_eq!(message(&link), of_pipe);
    assert_eq!(message(&socket), ": cannot be read: a socket, expected a file");
    drop(listener);
    fs::remove_file(&bound).ok();
}
