//! What a server cannot answer now, it may answer later: it is asked again, and waited for as it asks.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use crate::a_folder_holds_what_the_server_has::comparable;
use crate::binary::root;
use crate::crawl::{TOKEN, command, crawled, error, failed, files, program, vacant};
use crate::stub::{Request, Stub, sample, status};

fn expected() -> BTreeMap<String, Value> {
    comparable(files(&root().join("examples/data/export")))
}

/// Half of what an answer should be.
fn half(request: &Request) -> Vec<u8> {
    let mut answer = sample(request);
    answer.truncate(answer.len() / 2 + 40);
    answer
}

#[test]
fn every_first_request_may_fail() {
    let failures: [(&str, fn(&Request) -> Vec<u8>); 7] = [
        ("500", |_| status("500 Internal Server Error", "")),
        ("503", |_| status("503 Service Unavailable", "Retry-After: soon\r\n")),
        ("429", |_| status("429 Too Many Requests", "")),
        ("429-now", |_| status("429 Too Many Requests", "Retry-After: 0\r\n")),
        ("429-past", |_| {
            status("429 Too Many Requests", "Retry-After: Sat, 30 May 2026 12:00:00 GMT\r\n")
        }),
        ("closed", |_| Vec::new()),
        ("half", half),
    ];
    for (name, failure) in failures {
        let stub = Stub::start(move |request| match request.earlier {
            0 => failure(request),
            _ => sample(request),
        });
        let (found, printed) = crawled(&stub, &format!("once-{name}"));
        assert_eq!(comparable(found), expected(), "{name}");
        let requests = stub.heads().len();
        assert_eq!(requests, 2 * 27, "{name}");
        let squeezed = printed.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(squeezed.contains("Requests 54 Retries 27"), "{name}: {printed}");
    }
}

#[test]
fn a_server_is_waited_for_as_it_asks() {
    let stub = Stub::start(|request| match (request.path, request.earlier) {
        ("policies", 0) => status("429 Too Many Requests", "Retry-After: 1\r\n"),
        _ => sample(request),
    });
    let (_, printed) = crawled(&stub, "asked");
    let seconds = printed.lines().find_map(|line| line.strip_prefix("Seconds"));
    let seconds: f64 = seconds.and_then(|it| it.trim().parse().ok()).expect("a number");
    assert!(seconds >= 1.0, "{printed}");
}

#[test]
fn a_server_that_asks_for_hours_is_not_waited_for() {
    let stub = Stub::start(|request| match request.path {
        "policies" => status("429 Too Many Requests", "Retry-After: 7200\r\n"),
        _ => sample(request),
    });
    let error = failed(&stub, "hours");
    let told = "/policies?limit=500&offset=0: 429 Too Many Requests, and asks to wait for 7200 s";
    assert!(error.contains(told), "{error}");
    assert_eq!(stub.requests_of("policies"), 1);
}

#[test]
fn patience_ends() {
    let failures: [(&str, fn() -> Vec<u8>, &str); 3] = [
        ("ends-500", || status("500 Oh", ""), ": 500 Internal Server Error, 3 times"),
        ("ends-429", || status("429 Oh", ""), ": 429 Too Many Requests, 3 times"),
        ("ends-closed", Vec::new, ", 3 times"),
    ];
    for (name, failure, told) in failures {
        let stub = Stub::start(move |request| match request.path {
            "policies" => failure(),
            _ => sample(request),
        });
        let folder = vacant(name);
        let mut command = command(&stub.address, &folder);
        let error = error(&command.args(["--retries", "2"]).output().expect("it starts"));
        assert!(error.contains("/policies?limit=500&offset=0: "), "{error}");
        assert!(error.ends_with(told), "{error}");
        assert_eq!(stub.requests_of("policies"), 3);
        assert!(!folder.exists());
    }
}

#[test]
fn pauses_grow() {
    let stub = Stub::start(|_| status("502 Bad Gateway", ""));
    let folder = vacant("pauses");
    #[expect(clippy::disallowed_types, reason = "the clock is what is tested")]
    let start = std::time::Instant::now();
    let mut command = program(TOKEN);
    command.args(["--address", &stub.address, "--workspace", "shop"]).arg(folder);
    let output = command.args(["--retries", "3", "--pause-ms", "50"]).output();
    let error = error(&output.expect("it starts"));
    assert!(error.ends_with(": 502 Bad Gateway, 4 times"), "{error}");
    assert!(start.elapsed() >= Duration::from_millis(50 + 100 + 200));
}

#[test]
fn a_server_that_does_not_answer_is_given_up() {
    let stub = Stub::start(|request| {
        if request.path == "policies" {
            std::thread::sleep(Duration::from_millis(1_500));
        }
        sample(request)
    });
    let folder = vacant("silent");
    let mut command = command(&stub.address, &folder);
    let output = command.args(["--timeout-s", "1", "--retries", "0"]).output();
    let error = error(&output.expect("it starts"));
    assert!(error.ends_with("/policies?limit=500&offset=0: no answer in time"), "{error}");
}
