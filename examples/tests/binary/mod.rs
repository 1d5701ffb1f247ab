//! Running the example binaries, which `cargo test` builds beside the tests.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A command that runs the example called `name` in the root of the repository.
pub(crate) fn example(name: &str) -> Command {
    let test = std::env::current_exe().expect("a running test has a path");
    let profile = test.parent().and_then(Path::parent).expect("tests lie in <profile>/deps");
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let path = profile.join("examples").join(file);
    assert!(path.exists(), "{} is built by `cargo test` without `--test`", path.display());
    let mut command = Command::new(path);
    command.current_dir(root());
    command
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    let mut folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    folders.find(|it| it.join("Cargo.lock").exists()).expect("the workspace has one").to_owned()
}

/// Runs the example called `name`.
pub(crate) fn run(name: &str, arguments: &[&str]) -> Output {
    example(name).args(arguments).output().expect("the example starts")
}

/// What it wrote to stdout.
pub(crate) fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).expect("output is text")
}

/// What it wrote to stderr.
pub(crate) fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).expect("output is text")
}
