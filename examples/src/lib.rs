//! What the example binaries share: measuring, counting, writing numbers, reporting progress; and
//! the comparison with recorded decisions, which tests run as well.
//!
//! Linking this crate makes the system allocator count, at about 10 ns per allocation and as much
//! per release; see [`gauge`].

pub mod budget;
pub mod conformance;
pub mod explanation;
pub mod find;
pub mod gauge;
pub mod groups;
pub mod measurement;
pub mod memory;
pub mod source;
pub mod standing;
pub mod statement;
pub mod timeline;
pub mod trace;
pub mod until;
pub mod words;
