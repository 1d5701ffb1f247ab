//! What cannot be asked, or is no answer, is an error that names what was asked, and exit code 2.

use crate::binary::{run, stderr, stdout};
use crate::crawl::{command, error, failed, program, vacant};
use crate::stub::{Request, Stub, reply, sample, status};

fn at(path: &'static str, answer: fn(&Request) -> Vec<u8>) -> Stub {
    Stub::start(move |request| if request.path == path { answer(request) } else { sample(request) })
}

fn json(body: &str) -> Vec<u8> {
    reply("200 OK", "Content-Type: application/json\r\n", body)
}

#[test]
fn answers_that_are_none_are_named() {
    let page = "/policies?limit=500&offset=0: ";
    let servers: [(&str, &str, fn(&Request) -> Vec<u8>, &[&str]); 15] = [
        ("401", "slug/shop", |_| status("401 No", ""), &["the token is not accepted, 401 Unauth"]),
        ("403", "policies", |_| status("403 No", ""), &[page, "not accepted, 403 Forbidden"]),
        ("400", "policies", |_| status("400 Bad", ""), &[page, "400 Bad Request"]),
        (
            "html",
            "policies",
            |_| reply("200 OK", "Content-Type: text/html\r\n", "<html>"),
            &[page, "the answer is no JSON (text/html): expected value at line 1 column 1"],
        ),
        ("nothing", "policies", |_| json(""), &[page, "no JSON", "EOF while parsing"]),
        (
            "latin-1",
            "policies",
            |_| b"HTTP/1.1 200 OK\r\n\r\n\"\xe4\"".to_vec(),
            &[page, "no JSON"],
        ),
        (
            "deep",
            "policies",
            |_| json(&"[".repeat(1_000_000)),
            &[page, "no JSON", "recursion limit exceeded"],
        ),
        ("bare", "policies", |_| json("[]"), &[page, "the answer is no page of a list but a list"]),
        ("no-items", "policies", |_| json("{\"total\": 0}"), &[page, "it has no `items`"]),
        (
            "odd-items",
            "policies",
            |_| json("{\"items\": 7}"),
            &[page, "`items` of a page are a num"],
        ),
        (
            "no-total",
            "policies",
            |_| json("{\"items\": []}"),
            &[page, "without the number `total`"],
        ),
        (
            "no-workspace",
            "slug/shop",
            |_| json("[]"),
            &["/slug/shop: no workspace but a list without id"],
        ),
        ("empty-id", "slug/shop", |_| json("{\"id\": \"\"}"), &["but an object without id"]),
        (
            "no-object",
            "systems/a1000000-0000-4000-8000-000000000001",
            |_| json("null"),
            &["0001: the answer is no object but null"],
        ),
        ("no-http", "policies", |_| b"SSH-2.0-OpenSSH\r\n".to_vec(), &[page, "protocol: "]),
    ];
    for (name, path, answer, told) in servers {
        let stub = at(path, answer);
        let error = failed(&stub, &format!("answer-{name}"));
        assert!(error.starts_with(&stub.address), "{name}: {error}");
        for part in told {
            assert!(error.contains(part), "{name}: {error}");
        }
        assert_eq!(stub.requests_of(path), 1, "{name} does not pass");
        assert!(error.lines().count() == 1, "{name}: {error}");
    }
}

#[test]
fn answers_that_are_too_large_are_refused() {
    let stub = at("policies", |_| {
        let mut answer = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n".to_vec();
        answer.resize(answer.len() + (64 << 20) + 1, b' ');
        answer
    });
    let error = failed(&stub, "too-large");
    assert!(error.contains("the answer is larger than 64 MiB; ask for smaller pages"), "{error}");
}

#[test]
fn a_server_that_is_not_there_is_told() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = format!("http://{}", listener.local_addr().expect("it is bound"));
    drop(listener);
    let folder = vacant("not-there");
    let mut command = command(&address, &folder);
    let output = command.args(["--retries", "1"]).output().expect("the example starts");
    let error = error(&output);
    assert!(error.starts_with(&format!("{address}/api/v1/workspaces/slug/shop: ")), "{error}");
    assert!(error.contains("refused") && error.ends_with(", 2 times"), "{error}");
}

#[test]
fn help_teaches() {
    let output = run("export", &["--help"]);
    assert_eq!(output.status.code(), Some(0));
    for part in
        ["CTRLPLANE_API_KEY", "GET", "Example, ", "export.json", "--replace", "[default: 5]"]
    {
        assert!(stdout(&output).contains(part), "{part}");
    }
}

#[test]
fn what_is_missing_or_wrong_is_named() {
    let here = ["folder", "--workspace", "shop"];
    let local = ["--address", "http://127.0.0.1:1"];
    for (arguments, token, told) in [
        (&[][..], "", "<FOLDER>"),
        (&["folder"][..], "", "nothing says --workspace, nor does CTRLPLANE_WORKSPACE"),
        (&here[..], "", "nothing says --address, nor does CTRLPLANE_URL"),
        (&[&here[..], &local].concat()[..], "", "no token: set CTRLPLANE_API_KEY"),
        (&[&here[..], &local].concat()[..], "two words here", "CTRLPLANE_API_KEY holds no token"),
        (
            &[&here[..], &local, &["--token-file", "no/such"]].concat()[..],
            "",
            "no/such: No such file",
        ),
        (
            &[&here[..], &local, &["--token-file", "/dev/null"]].concat()[..],
            "",
            "/dev/null holds no token",
        ),
        (
            &[&here[..], &local, &["--ca-file", "README.md"]].concat()[..],
            "a-token-1234",
            "README.md: holds no PEM certificates",
        ),
        (&[&here[..], &["--address", "x"]].concat()[..], "", "`x` starts with neither https://"),
        (
            &[&here[..], &["--address", "http://a.b"]].concat()[..],
            "",
            "http://a.b is not encrypted",
        ),
    ] {
        let output = program(token).args(arguments).output().expect("the example starts");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(told), "{arguments:?}: {}", stderr(&output));
        assert_eq!(stdout(&output), "", "{arguments:?}");
    }
}
