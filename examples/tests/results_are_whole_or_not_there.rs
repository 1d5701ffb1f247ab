//! Files that results go to: whole, or as they were, whatever happens to the program or the disk.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::binary::{example, root, run, stderr, stdout};

/// An empty folder, named after the test.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::remove_dir_all(&folder).ok();
    fs::create_dir_all(&folder).expect("the folder for temporary files takes folders");
    folder
}

fn names(folder: &PathBuf) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("it is there");
    let mut names: Vec<String> = entries
        .map(|it| it.expect("it is there").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort_unstable();
    names
}

#[test]
fn an_interrupted_program_leaves_nothing() {
    let folder = folder("interrupted");
    let (new, old) = (folder.join("new.json"), folder.join("old.json"));
    fs::write(&old, "an older one").expect("the folder takes files");
    for file in [new, old] {
        let mut child = example("version_created")
            .args(["--preset", "paper", "--iterations", "1000000", "--trace"])
            .arg(file)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the example starts");
        // The fleet is built, and measuring begins.
        let mut line = String::new();
        let out = child.stdout.take().expect("it is a pipe");
        BufReader::new(out).read_line(&mut line).expect("it tells what there is");
        assert_eq!(names(&folder), ["old.json"], "while it works, {line}");
        child.kill().expect("it works still");
        child.wait().expect("it ends");
        assert_eq!(names(&folder), ["old.json"]);
    }
    let kept = fs::read_to_string(folder.join("old.json")).expect("it is there");
    assert_eq!(kept, "an older one");
}

#[cfg(unix)]
#[test]
fn a_full_disk_leaves_what_was_there() {
    let folder = folder("full");
    let path = folder.join("old.json");
    fs::write(&path, "an older one").expect("the folder takes files");
    for name in ["old.json", "new.json"] {
        // Files may have one block, and who writes more has an error.
        let program = example("version_created");
        let output = Command::new("sh")
            .current_dir(root())
            .args(["-c", "trap '' XFSZ; ulimit -f 1; exec \"$@\"", "sh"])
            .arg(program.get_program())
            .args(["--preset", "paper", "--iterations", "1", "--trace"])
            .arg(folder.join(name))
            .output()
            .expect("the shell starts");
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        assert!(stderr(&output).contains(&format!("{name}: ")), "{}", stderr(&output));
        assert!(stdout(&output).contains("=== Verdict ==="), "{}", stdout(&output));
        assert_eq!(names(&folder), ["old.json"]);
    }
    assert_eq!(fs::read_to_string(&path).expect("it is there"), "an older one");
}

#[cfg(unix)]
#[test]
fn open_files_and_devices_take_results() {
    let arguments = ["--preset", "paper", "--iterations", "1", "--json", "--trace", "/dev/stdout"];
    let output = run("version_created", &arguments);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let values = serde_json::Deserializer::from_slice(&output.stdout).into_iter::<Value>();
    let values: Vec<Value> = values.map(|it| it.expect("both are objects")).collect();
    assert_eq!(values.len(), 2);
    assert!(values[1]["traceEvents"].is_array());

    // What a shell has open is written to, and nothing takes its place.
    let folder = folder("open");
    let file = fs::File::create(folder.join("log")).expect("the folder takes files");
    let child = example("version_created")
        .args(["--preset", "paper", "--iterations", "1", "--quiet", "--trace", "/dev/stderr"])
        .stdout(Stdio::null())
        .stderr(file.try_clone().expect("it is open"))
        .status();
    assert!(child.expect("the example starts").success());
    assert_eq!(names(&folder), ["log"]);
    let length = file.metadata().expect("it is open").len();
    let text = fs::read(folder.join("log")).expect("it is there");
    assert_eq!(length, text.len() as u64, "it is the same file");
    assert!(serde_json::from_slice::<Value>(&text).is_ok(), "the trace is whole");

    let full = ["--preset", "paper", "--iterations", "1", "--trace", "/dev/full"];
    let output = run("version_created", &full);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("/dev/full"), "{}", stderr(&output));
}
