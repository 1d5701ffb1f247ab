//! What can be believed of a measurement, one behaviour per file: this list is the specification, and the
//! first lines of each file say what holds.

mod iterations_are_alike;
