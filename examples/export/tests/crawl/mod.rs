//! Runs the program, and reads the folder that it leaves.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::binary::{example, stderr, stdout};
use crate::stub::Stub;

/// The token of all tests.
pub(crate) const TOKEN: &str = "a-token-that-nobody-sees";

/// Where the folder of this name is.
pub(crate) fn place(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("export").join(name)
}

/// Where the folder of this name goes; nothing is there yet.
pub(crate) fn vacant(name: &str) -> PathBuf {
    let path = place(name);
    for suffix in ["", ".partial", ".replaced"] {
        fs::remove_dir_all(beside(&path, suffix)).ok();
    }
    let parent = path.parent().expect("it has one");
    fs::create_dir_all(parent).expect("the directory for temporary files takes folders");
    path
}

/// The path with something behind its name.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut text = OsString::from(path);
    text.push(suffix);
    text.into()
}

/// The program without an environment of its own but a token.
pub(crate) fn program(token: &str) -> Command {
    let mut command = example("export");
    command.env_remove("CTRLPLANE_URL").env_remove("CTRLPLANE_WORKSPACE");
    command.env("CTRLPLANE_API_KEY", token);
    command
}

/// A command that crawls the workspace `shop` of a server into a folder, without patience.
pub(crate) fn command(address: &str, folder: &Path) -> Command {
    let mut command = program(TOKEN);
    command.args(["--address", address, "--workspace", "shop", "--pause-ms", "1"]).arg(folder);
    command
}

/// Crawls into a new folder of this name, which must work; what is in it, and what was printed.
pub(crate) fn crawled(stub: &Stub, name: &str) -> (BTreeMap<String, Value>, String) {
    let folder = vacant(name);
    let output = command(&stub.address, &folder).output().expect("the example starts");
    assert_eq!(output.status.code(), Some(0), "{name}: {}", stderr(&output));
    assert_eq!(stderr(&output), "", "progress is for terminals");
    assert!(!beside(&folder, ".partial").exists());
    (files(&folder), stdout(&output).to_owned())
}

/// Crawls into a new folder of this name, which must fail, and leave nothing; the error.
pub(crate) fn failed(stub: &Stub, name: &str) -> String {
    let folder = vacant(name);
    let output = command(&stub.address, &folder).output().expect("the example starts");
    assert!(!folder.exists() && !beside(&folder, ".partial").exists(), "{name}");
    error(&output)
}

/// What a run that failed says.
pub(crate) fn error(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2), "{}", stderr(output));
    assert_eq!(stdout(output), "");
    let error = stderr(output).strip_prefix("error: ").expect("it is one");
    error.trim_end().to_owned()
}

/// The files of a folder, by their paths in it.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, Value> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).expect("it is a folder") {
            let path = entry.expect("it can be read").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(folder).expect("it is below").display().to_string();
            let text = fs::read_to_string(&path).expect("it is text");
            files.insert(name, serde_json::from_str(&text).expect("it is JSON"));
        }
    }
    files
}
