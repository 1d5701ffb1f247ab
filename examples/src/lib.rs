//! What the programs of every day are made of, room by room.
//!
//! - [`source`]: which fleet a program is about, and finding in it what somebody named.
//! - [`tell`]: what is told of a fleet; `explain` and `replay` print it.
//! - [`measure`]: what one version costs; `version_created` prints it.
//! - [`conformance`]: the comparison with recorded decisions, which tests run as well.
//!
//! Linking this crate makes the system allocator count, at about 10 ns per allocation and as much
//! per release; see [`measure::gauge`].

pub mod conformance;
pub mod measure;
pub mod source;
pub mod tell;
