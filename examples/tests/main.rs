//! What the binaries tell, one behaviour per file: this list is the specification, and the first lines of
//! each file say what holds. What counts allocations, `allocations_follow_what_changes`, is a binary of its own.
//!
//! `binary` runs an example, `object` reads the one object that it prints with `--json`, and finds its members
//! in the documentation, `reader` reads nothing and goes.

mod binary;
mod object;
mod reader;

// Whether it decides the same as the original.
mod conformance_reports;
mod deviations_without_recording;
mod recorded_decisions_are_reached;

// A workspace, and what happens to it.
mod diagnostics_have_a_place_and_end_strict_runs;
mod explain_tells_why;
mod exports_are_explained_as_they_stand;
mod invisible_characters_are_escaped;
mod load_tells_what_a_document_holds;
#[cfg(unix)]
mod pipes_are_read_if_they_have_an_end;
mod replay_tells_what_each_instant_caused;

// Measurements, results and readers.
mod nobody_works_for_a_reader_that_is_gone;
mod results_are_whole_or_not_there;
mod version_created_reports;

// The sources.
mod rooms_import_downwards;
