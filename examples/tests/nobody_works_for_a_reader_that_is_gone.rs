//! Programs end soon when what reads their stdout is gone, and say so if it cannot be written.

use std::process::{Command, Stdio};

use crate::binary::{example, stderr};
use crate::reader;

/// Work that takes hours, or input that never comes.
const ENDLESS: &[(&str, &[&str])] = &[
    ("load", &["/dev/stdin"]),
    ("load", &["examples/data/workspace.yaml", "--events", "/dev/stdin", "--json"]),
    ("explain", &["/dev/stdin"]),
    ("replay", &["/dev/stdin", "--json"]),
    ("conformance", &["/dev/stdin"]),
    ("version_created", &["--preset", "paper", "--iterations", "1000000", "--quiet"]),
    ("version_created", &["--preset", "paper", "--iterations", "1000000", "--quiet", "--json"]),
    ("version_created", &["--workspace", "/dev/stdin", "--quiet"]),
];

#[cfg(unix)]
#[test]
fn programs_end_with_their_reader() {
    ENDLESS.iter().for_each(|(program, arguments)| reader::goes(program, arguments));
}

/// Logs are read when all before them was played, which may take long; that there is none is told before.
#[cfg(unix)]
#[test]
fn logs_are_looked_for_before_anything_is_read() {
    let mut child = example("load")
        .args(["/dev/stdin", "--events", "no/such.ndjson"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the example starts");
    let stdin = child.stdin.take();
    let output = child.wait_with_output().expect("it ends");
    drop(stdin);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(stderr(&output), "error: no/such.ndjson: no such file\n");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let cases: &[(&str, &[&str])] = &[
        ("load", &["examples/data/workspace.yaml"]),
        ("explain", &["examples/data/workspace.yaml"]),
        ("replay", &["examples/data/rollout.ndjson", "--json"]),
        ("conformance", &["examples/tests/conformance/approval"]),
        // It ends where it would have begun to measure.
        ("version_created", &["--preset", "paper", "--iterations", "1000000", "--quiet"]),
        ("version_created", &["--preset", "paper", "--iterations", "1", "--quiet", "--json"]),
    ];
    for (program, arguments) in cases {
        let full = std::fs::File::options().write(true).open("/dev/full").expect("Linux has it");
        let mut command: Command = example(program);
        let output = command.args(*arguments).stdout(full).output().expect("the example starts");
        assert_eq!(output.status.code(), Some(2), "{program} {arguments:?}");
        let told = stderr(&output);
        assert!(told.starts_with("error: cannot write the output: "), "{program}: {told}");
    }
}
