//! Crawls ctrlplane's REST API into a folder.
//!
//! Vocabulary: a *path* is what stands behind `/api/v1/workspaces/{id}/` in an address and, with `.json`
//! behind it, in the folder; a *list* is read page by page and is whole in its file; an *absent* path is one
//! that the server does not have.
//!
//! Invariants: nothing is asked but with GET, one request after the other, of the one address that was
//! given, so that no other learns the token; a folder is there whole or not at all.
//! Invariant (negative): nothing here knows a fleet.

pub mod address;
pub mod client;
pub mod crawl;
pub mod folder;
mod list;
pub mod patience;
mod segment;
pub mod token;
