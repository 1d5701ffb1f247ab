//! What can be believed of comparisons, one behaviour per file: this list is the specification, and the first
//! lines of each file say what holds.
//!
//! `binary` runs an example, `object` reads the one object that it prints with `--json`, `reader` reads nothing
//! and goes.

#[path = "../../../../examples/tests/binary/mod.rs"]
mod binary;
#[path = "../../../../examples/tests/object/mod.rs"]
mod object;
#[path = "../../../../examples/tests/reader/mod.rs"]
mod reader;

mod layouts_stand_side_by_side;
