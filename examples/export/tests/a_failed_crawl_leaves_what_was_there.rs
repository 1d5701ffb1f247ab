//! A folder is there whole or not at all, and what was there before stays until there is something to put
//! in its place.

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::binary::stderr;
use crate::crawl::{beside, command, crawled, error, files, vacant};
use crate::stub::{Stub, sample, status};

fn run(stub: &Stub, folder: &Path, more: &[&str]) -> Output {
    command(&stub.address, folder).args(more).output().expect("the example starts")
}

/// A server that fails after half of what is asked of it.
fn half() -> Stub {
    Stub::start(|request| match request.path {
        "resources" if request.offset > 0 => status("400 Bad Request", ""),
        _ => sample(request),
    })
}

#[test]
fn an_export_stays_until_another_is_whole() {
    let folder = vacant("replaced");
    let good = Stub::start(sample);
    crawled(&good, "replaced");
    fs::write(folder.join("notes.json"), "{}").expect("it can be written");
    let before = files(&folder);

    let kept = error(&run(&good, &folder, &[]));
    assert!(
        kept.ends_with("replaced holds an export; --replace puts another in its place"),
        "{kept}"
    );
    assert_eq!(files(&folder), before);

    let failed = error(&run(&half(), &folder, &["--replace"]));
    assert!(failed.contains("/resources?limit=500&offset=2: 400 Bad Request"), "{failed}");
    assert_eq!(files(&folder), before);

    let output = run(&good, &folder, &["--replace"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let after = files(&folder);
    assert!(!after.contains_key("notes.json") && after.len() == before.len() - 1);
    for suffix in [".partial", ".replaced"] {
        assert!(!beside(&folder, suffix).exists(), "{suffix}");
    }
}

#[test]
fn what_is_no_export_is_never_touched() {
    let stub = Stub::start(sample);
    let folder = vacant("no-export");
    fs::create_dir(&folder).expect("it can be made");
    fs::write(folder.join("thesis.txt"), "all of it").expect("it can be written");
    for more in [&[][..], &["--replace"]] {
        let error = error(&run(&stub, &folder, more));
        assert!(
            error.ends_with("no-export holds something, and no export that is whole"),
            "{error}"
        );
    }
    let file = folder.join("thesis.txt");
    let refused = error(&run(&stub, &file, &["--replace"]));
    assert!(refused.starts_with(&format!("cannot write {}: ", file.display())), "{refused}");
    assert_eq!(fs::read_to_string(file).expect("it is there"), "all of it");
    for path in [".", "..", "/"] {
        let refused = error(&run(&stub, Path::new(path), &["--replace"]));
        assert_eq!(refused, format!("{path} is no name of a folder"));
    }
    assert_eq!(stub.heads(), Vec::<String>::new(), "nothing is asked in vain");
}

#[test]
fn an_empty_folder_is_filled() {
    let stub = Stub::start(sample);
    let folder = vacant("empty");
    fs::create_dir(&folder).expect("it can be made");
    let output = run(&stub, &folder, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(folder.join("export.json").exists());
}

#[test]
fn what_comes_meanwhile_stays_and_the_export_too() {
    let folder = vacant("meanwhile");
    let (path, name) = (folder.clone(), folder.join("thesis.txt"));
    let stub = Stub::start(move |request| {
        if request.path == "variable-sets" {
            fs::create_dir(&path).expect("it can be made");
            fs::write(path.join("thesis.txt"), "all of it").expect("it can be written");
        }
        sample(request)
    });
    let refused = error(&run(&stub, &folder, &[]));
    let partial = beside(&folder, ".partial");
    assert!(refused.starts_with("cannot move the export to "), "{refused}");
    assert!(refused.ends_with(&format!("; it is whole in {}", partial.display())), "{refused}");
    assert!(name.exists() && partial.join("export.json").exists());
}

#[cfg(unix)]
#[test]
fn a_link_leads_to_the_new_one() {
    let (stub, link, folder) = (Stub::start(sample), vacant("link"), vacant("linked"));
    crawled(&stub, "linked");
    fs::remove_file(folder.join("jobs.json")).expect("it can be removed");
    fs::remove_file(&link).ok();
    std::os::unix::fs::symlink(&folder, &link).expect("links can be made");
    let output = run(&stub, &link, &["--replace"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(link.is_symlink() && folder.join("jobs.json").exists());
}

#[test]
fn two_crawls_do_not_meet() {
    let stub = Stub::start(sample);
    let folder = vacant("twice");
    let partial = beside(&folder, ".partial");
    fs::create_dir(&partial).expect("it can be made");
    fs::write(partial.join("jobs.json"), "{").expect("it can be written");
    let refused = error(&run(&stub, &folder, &["--replace"]));
    let told = "is there: another crawl writes it, or one was interrupted";
    assert!(refused.starts_with(&format!("{} {told}", partial.display())), "{refused}");
    assert!(partial.join("jobs.json").exists() && !folder.exists());
}

#[test]
fn where_nothing_can_be_written_is_named() {
    let stub = Stub::start(sample);
    let folder = vacant("no").join("such").join("folder");
    let refused = error(&run(&stub, &folder, &[]));
    assert!(
        refused.starts_with(&format!("cannot write {}.partial: ", folder.display())),
        "{refused}"
    );
    assert_eq!(stub.heads(), Vec::<String>::new(), "nothing is asked in vain");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_named() {
    let stub = Stub::start(sample);
    let folder = vacant("full");
    let command = command(&stub.address, &folder);
    // No file may be larger than a block, and writing more is an error in place of a signal.
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f 1; exec \"$0\" \"$@\""]).arg(command.get_program());
    shell
        .args(command.get_args())
        .envs(command.get_envs().filter_map(|(key, value)| Some((key, value?))));
    let refused = error(&shell.output().expect("there is a shell"));
    assert!(
        refused.starts_with(&format!("cannot write {}.partial/", folder.display())),
        "{refused}"
    );
    assert!(!folder.exists() && !beside(&folder, ".partial").exists());
}
