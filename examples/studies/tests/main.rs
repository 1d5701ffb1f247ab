//! What the studies tell, one behaviour per file: this list is the specification, and the first lines of each
//! file say what holds.
//!
//! `binary` runs an example, `object` reads the one object that it prints with `--json`, `reader` reads nothing
//! and goes.

#[path = "../../tests/binary/mod.rs"]
mod binary;
#[path = "../../tests/object/mod.rs"]
mod object;
#[path = "../../tests/reader/mod.rs"]
mod reader;

mod latency_tells_kinds_apart;
mod nobody_measures_for_a_reader_that_is_gone;
mod scaling_names_what_grows;
