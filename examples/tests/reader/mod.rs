//! A reader that reads nothing and goes.

use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use crate::binary::{example, stderr};

/// How often a program is looked at, 20 ms apart, until it counts as endless.
const MOST_LOOKS: usize = 1_500;

/// Makes sure that a program that has work for hours, or input that never comes, ends quietly when nobody
/// reads its stdout any more.
pub(crate) fn goes(program: &str, arguments: &[&str]) {
    let mut child = example(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the example starts");
    sleep(Duration::from_millis(100));
    let mut has_ended = || child.try_wait().expect("it is ours").is_some();
    assert!(!has_ended(), "{program} {arguments:?} works");
    drop(child.stdout.take());
    let mut has_ended = || child.try_wait().expect("it is ours").is_some();
    let ended = (0..MOST_LOOKS).any(|_| {
        sleep(Duration::from_millis(20));
        has_ended()
    });
    if !ended {
        child.kill().expect("it is ours");
    }
    // Until now, what it reads had no end.
    drop(child.stdin.take());
    let output = child.wait_with_output().expect("it ended");
    assert!(ended, "{program} {arguments:?} works for nobody");
    assert_eq!(output.status.code(), Some(0), "{program} {arguments:?}");
    assert_eq!(stderr(&output), "", "{program} {arguments:?}");
}
