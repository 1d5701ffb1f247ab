//! What the studies tell, one behaviour per file: this list is the specification, and the first lines of each
//! file say what holds.
//!
//! `binary` runs an example, `object` reads the one object that it prints with `--json`.

#[path = "../../tests/binary/mod.rs"]
mod binary;
#[path = "../../tests/object/mod.rs"]
mod object;

mod latency_tells_kinds_apart;
mod scaling_names_what_grows;
