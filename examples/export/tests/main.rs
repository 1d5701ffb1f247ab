//! What `export` does, one behaviour per file: this list is the specification, and the first lines of each
//! file say what holds.
//!
//! `stub` is a server that answers as a test says, `crawl` runs the program against it.

#[path = "../../tests/binary/mod.rs"]
mod binary;
mod crawl;
mod stub;

// What it leaves.
mod a_failed_crawl_leaves_what_was_there;
mod a_folder_holds_what_the_server_has;
mod absent_paths_are_told;
mod ids_stay_in_the_folder;
mod the_readme_shows_what_is_printed;

// Servers that are slow, broken or worse.
mod failures_name_what_was_asked;
mod lists_that_change_are_read_again;
mod passing_failures_are_tried_again;
mod the_token_goes_nowhere_else;
