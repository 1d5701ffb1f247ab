//! What is told of a fleet: why targets get what they get, in words; what happened when, and where
//! everything stands; what it cannot do.

pub mod diagnostics;
pub mod explanation;
pub mod groups;
pub mod names;
pub mod running;
pub mod standing;
pub mod timeline;
pub mod until;
pub mod words;
