//! Documents come from pipes without a name; nobody waits for what a pipe in a folder may bring.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::binary::{example, run, stderr, stdout};

/// An empty folder, named after the test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::remove_dir_all(&folder).ok();
    fs::create_dir_all(&folder).expect("the folder for temporary files takes folders");
    folder
}

fn named_pipe(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status().expect("mkfifo starts");
    assert!(made.success(), "{}", path.display());
}

fn text(path: &Path) -> &str {
    path.to_str().expect("paths of tests are text")
}

#[test]
fn standard_input_is_a_document() {
    let mut child = example("load")
        .args(["/dev/stdin", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the example starts");
    let mut pipe = child.stdin.take().expect("it is a pipe");
    pipe.write_all(b"resources: [{id: vm}]").expect("it reads");
    drop(pipe);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("\"resources\": 1,"), "{}", stdout(&output));
}

#[test]
fn named_pipes_are_refused() {
    let folder = folder("named-pipes");
    let pipe = folder.join("pipe.json");
    named_pipe(&pipe);
    let document = "examples/data/workspace.yaml";
    for (program, arguments) in [
        ("load", &[text(&pipe)][..]),
        ("explain", &[text(&pipe)]),
        ("replay", &[document, "--events", text(&pipe)]),
        ("conformance", &[text(&pipe)]),
        ("version_created", &["--workspace", text(&pipe)]),
        ("version_created", &["--preset", "paper", "--trace", text(&pipe)]),
    ] {
        let output = run(program, arguments);
        assert_eq!(output.status.code(), Some(2), "{program} {arguments:?}");
        let told = stderr(&output);
        assert!(told.contains("pipe.json: "), "{program} {arguments:?}: {told}");
        assert!(told.contains("a named pipe may never open"), "{program} {arguments:?}: {told}");
    }
}

#[test]
fn pipes_in_folders_are_told() {
    let scenarios = folder("pipes-in-scenarios");
    let sample = "vectors/t-g3-interval-zero.json";
    let sample = crate::binary::root().join("examples/tests/conformance").join(sample);
    named_pipe(&scenarios.join("a.json"));
    named_pipe(&scenarios.join("b.golden.json"));
    for name in ["b.json", "c.json"] {
        fs::copy(&sample, scenarios.join(name)).expect("the folder takes files");
    }
    // A terminal or a device that somebody links to.
    let golden = scenarios.join("c.golden.json");
    std::os::unix::fs::symlink("/dev/zero", golden).expect("the folder takes links");
    let output = run("conformance", &[text(&scenarios)]);
    assert_eq!(output.status.code(), Some(2));
    let told = stderr(&output);
    assert!(told.contains(": expected a file"), "{told}");
    assert!(told.contains("nor can 2 other files here be used"), "{told}");

    let export = folder("pipes-in-export");
    named_pipe(&export.join("systems.json"));
    fs::write(export.join("resources.json"), "[]").expect("the folder takes files");
    for program in ["load", "explain", "replay"] {
        let output = run(program, &[text(&export)]);
        assert_eq!(output.status.code(), Some(2), "{program}");
        let told = stderr(&output);
        assert!(told.contains("systems.json: expected a file"), "{program}: {told}");
    }
}
