//! The token is sent to the one address, and stands in nothing that is written.

use std::fs;

use serde_json::json;

use crate::crawl::{TOKEN, command, crawled, failed, files, place, vacant};
use crate::stub::{Request, Stub, ok, page, reply, sample, status};

#[test]
fn no_redirect_is_followed() {
    let elsewhere = Stub::start(sample);
    for code in ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"] {
        let location = format!("Location: {}/api/v1/workspaces?k={TOKEN}\r\n", elsewhere.address);
        let stub = Stub::start(move |_| status(code, &location));
        let error = failed(&stub, "redirected");
        let told = format!("redirects to {}, ", elsewhere.address);
        assert!(error.contains(&told) && error.contains("give the final address"), "{error}");
        assert!(!error.contains(TOKEN), "{error}");
    }
    let stub = Stub::start(|_| status("302 Found", "Location: /login\r\n"));
    assert!(failed(&stub, "redirected").contains("redirects elsewhere, 302 Found"));
    assert_eq!(elsewhere.heads(), Vec::<String>::new());
}

#[test]
fn a_proxy_does_not_see_what_is_not_encrypted() {
    let (stub, proxy) = (Stub::start(sample), Stub::start(sample));
    let mut command = command(&stub.address, &vacant("proxy"));
    for variable in ["ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy"] {
        command.env(variable, &proxy.address);
    }
    assert_eq!(command.output().expect("the example starts").status.code(), Some(0));
    assert_eq!(proxy.heads(), Vec::<String>::new());
}

#[test]
fn every_request_has_it_once() {
    let stub = Stub::start(sample);
    crawled(&stub, "sent");
    for head in stub.heads() {
        assert_eq!(head.matches(TOKEN).count(), 1, "{head}");
        assert!(head.contains(&format!("\nx-api-key: {TOKEN}")), "{head}");
    }
}

/// Answers with the token, wherever it can stand.
fn echo(request: &Request) -> Vec<u8> {
    let spelled: String = TOKEN.bytes().map(|byte| format!("\\u{byte:04x}")).collect();
    match request.path {
        "policies" => page(&[json!({ "id": TOKEN, TOKEN: [format!("Bearer {TOKEN}")] })], 0),
        "job-agents" => {
            let item = format!("{{\"id\": \"{spelled}\"}}");
            let list = format!("{{\"items\": [{item}], \"total\": 1, \"x\": \"{TOKEN}\"}}");
            reply("200 OK", "", &list)
        }
        "resources" => page(&[json!({ "identifier": format!("a/{TOKEN}") })], 0),
        path if path.starts_with("resources/identifier/") => page(&[], 0),
        "slug/shop" => ok(&json!({ "id": "w", "name": TOKEN })),
        path => sample(&Request { path: path.trim_start_matches("w/"), ..*request }),
    }
}

#[test]
fn what_a_server_echoes_is_taken_out() {
    let stub = Stub::start(|request| {
        echo(&Request { path: request.path.trim_start_matches("w/"), ..*request })
    });
    let (found, printed) = crawled(&stub, "echo");
    assert_eq!(found["policies.json"]["items"][0]["id"], "[token]");
    assert_eq!(found["policies.json"]["items"][0]["[token]"][0], "Bearer [token]");
    assert_eq!(found["job-agents.json"]["items"][0]["id"], "[token]");
    assert!(found.contains_key("resources/identifier/a%2F%5Btoken%5D/variables.json"));
    assert!(printed.contains("Texts with the token, cleared"), "{printed}");
    assert!(!printed.contains(TOKEN), "{printed}");
    let folder = place("echo");
    for name in files(&folder).keys() {
        let text = fs::read_to_string(folder.join(name)).expect("it is text");
        assert!(!name.contains(TOKEN) && !text.contains(TOKEN), "{name}: {text}");
    }
}

#[test]
fn errors_do_not_quote_it() {
    let servers: [(&str, fn(&Request) -> Vec<u8>); 4] = [
        ("type", |_| reply("200 OK", &format!("Content-Type: {TOKEN}\r\n"), TOKEN)),
        ("reason", |_| reply(&format!("418 {TOKEN}"), "", TOKEN)),
        ("host", |_| status("302 Found", &format!("Location: http://{TOKEN}/\r\n"))),
        ("id", |request| match request.path {
            "slug/shop" => ok(&json!({ "id": format!("../{TOKEN}") })),
            _ => reply("400 Bad Request", "", TOKEN),
        }),
    ];
    for (name, server) in servers {
        let error = failed(&Stub::start(server), &format!("quoted-{name}"));
        assert!(!error.contains(TOKEN), "{error}");
    }
}
