//! Documents: a text that is JSON, YAML or a log by what is in it, loaded into a fleet.

#![no_main]

use shakedown_engine::wire::document::Document;
use shakedown_fuzz::bounds::within_bounds;
use shakedown_fuzz::place::{Read, faults_are_placed};
use shakedown_fuzz::settled::is_settled;
use shakedown_fuzz::written::reads_as_written;
use shakedown_fuzz::{CLOCK, load};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        within_bounds(|| check(text));
    }
});

fn check(text: &str) {
    let read = || Document::parse("document", text, CLOCK);
    let document = match read() {
        Ok(document) => document,
        Err(error) => return faults_are_placed(&error, Read::Text(text)),
    };
    assert_eq!(read().expect("it was read before"), document);
    reads_as_written(&document);
    match load(document) {
        Ok(mut fleet) => is_settled(&mut fleet),
        Err(error) => faults_are_placed(&error, Read::Text(text)),
    }
}
