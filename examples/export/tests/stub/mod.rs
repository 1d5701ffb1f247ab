//! A server on this machine that answers as a test says, and keeps what it was asked.
//!
//! It knows of HTTP what the tests need: one request per connection, and the answer is whatever bytes the
//! test gives, so that it can be half of one.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

use crate::binary::root;

/// The workspace of the sample, whose slug is `shop`.
pub(crate) const WORKSPACE: &str = "6f1d8a52-0b7c-4e1e-9a58-3c2f5d7b9e10";

/// A request as a test sees it.
pub(crate) struct Request<'a> {
    /// The path below that of the workspace, or the whole one if it is elsewhere.
    pub(crate) path: &'a str,
    /// First entry that is wanted.
    pub(crate) offset: usize,
    /// How often the same was asked before.
    pub(crate) earlier: usize,
}

/// A running server; it ends with the tests.
pub(crate) struct Stub {
    pub(crate) address: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Stub {
    /// Starts a server that sends what `answer` returns, and closes the connection.
    pub(crate) fn start(answer: impl Fn(&Request) -> Vec<u8> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = format!("http://{}", listener.local_addr().expect("it is bound"));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let heads = Arc::clone(&seen);
        thread::spawn(move || {
            for stream in listener.incoming() {
                serve(stream.expect("connections are accepted"), &heads, &answer);
            }
        });
        Self { address, seen }
    }

    /// The heads of all requests, request line first.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.seen.lock().expect("no test fails while it holds it").clone()
    }

    /// How often the path below that of the workspace was asked for.
    pub(crate) fn requests_of(&self, path: &str) -> usize {
        self.heads().iter().filter(|head| below_workspace(target(head)).0 == path).count()
    }
}

fn serve(mut stream: TcpStream, heads: &Mutex<Vec<String>>, answer: &impl Fn(&Request) -> Vec<u8>) {
    let lines = BufReader::new(&stream).lines().map_while(Result::ok);
    let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let head = head.join("\n");
    let earlier = {
        let mut heads = heads.lock().expect("no test fails while it holds it");
        let earlier = heads.iter().filter(|it| target(it) == target(&head)).count();
        heads.push(head.clone());
        earlier
    };
    let (path, query) = below_workspace(target(&head));
    let offset = query.rsplit("offset=").next().and_then(|it| it.parse().ok()).unwrap_or(0);
    // Whoever has read enough hangs up.
    stream.write_all(&answer(&Request { path, offset, earlier })).ok();
}

fn target(head: &str) -> &str {
    head.split(' ').nth(1).unwrap_or("")
}

/// The path below that of the workspace, and the query.
fn below_workspace(target: &str) -> (&str, &str) {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let below = path.strip_prefix("/api/v1/workspaces/").unwrap_or(path);
    let below = below.strip_prefix(WORKSPACE).unwrap_or(below);
    (below.strip_prefix('/').unwrap_or(below), query)
}

/// What the sample holds, in pages of two.
pub(crate) fn sample(request: &Request) -> Vec<u8> {
    let name = match request.path {
        "" | "slug/shop" => "workspace",
        path => path,
    };
    let file = root().join("examples/data/export").join(format!("{name}.json"));
    let Ok(text) = std::fs::read_to_string(file) else { return status("404 Not Found", "") };
    let mut value: Value = serde_json::from_str(&text).expect("the sample is JSON");
    if let Some(items) = value.get_mut("items").and_then(Value::as_array_mut) {
        let items = std::mem::take(items);
        return page(&items, request.offset);
    }
    ok(&value)
}

/// Two of the items.
pub(crate) fn page(items: &[Value], offset: usize) -> Vec<u8> {
    let two: Vec<&Value> = items.iter().skip(offset).take(2).collect();
    ok(&json!({ "items": two, "total": items.len(), "limit": 2, "offset": offset }))
}

/// An answer with this content.
pub(crate) fn ok(value: &Value) -> Vec<u8> {
    reply("200 OK", "Content-Type: application/json\r\n", &value.to_string())
}

/// An answer without content; headers are whole lines.
pub(crate) fn status(status: &str, headers: &str) -> Vec<u8> {
    reply(status, headers, "")
}

/// Any answer.
pub(crate) fn reply(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n");
    format!("{head}Connection: close\r\n\r\n{body}").into_bytes()
}
