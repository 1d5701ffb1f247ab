//! What is measured, and the floor beneath it; shared by the criterion benches and the examples.
//!
//! Vocabulary: an *iteration* is one deployment version created in a prepared fleet
//! ([`version_created`]); its *density* says how many targets may take the version at once
//! ([`Density`]); the *floor* is the same decision over plain slices, without an ECS ([`Floor`]); the
//! *bound* is the bytes that are moved, without a decision ([`Bound`]). How a cost grows with a size is
//! fitted by [`growth`]; an [`Aged`] workspace has taken any number of events.
//!
//! Invariant (negative): nothing but the gauge reads a clock; whoever measures installs it.

mod aged;
mod anew;
mod bound;
mod build;
pub mod decide;
mod demands;
mod density;
mod floor;
pub mod gauge;
pub mod growth;
mod holding;
pub mod median;
pub mod percentile;
pub mod version_created;

pub use aged::{Aged, Kind};
pub use anew::Anew;
pub use bound::{Bound, bandwidth};
pub use build::{build, build_in};
pub use demands::Demands;
pub use density::Density;
pub use floor::{Difference, Floor, Outcome};
pub use version_created::{Granted, History, VersionCreated, numbered_version};
