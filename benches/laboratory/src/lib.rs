//! The layout laboratory: the same reconcile over rows that are stored in different ways.
//!
//! Vocabulary: a *layout* is a way to store target rows; a *seat* is the place of a cohort in the list
//! of cohorts, deployment by deployment; a *roster* says which targets sit where ([`Roster`]); a
//! *scene* is a fleet about to be reconciled ([`Scene`]); a *lab* is a layout with what deciding it
//! needs beside the rows (`Lab`).
//!
//! Everything but the rows is the same for all layouts: catalogue, rules and candidates are read from
//! the scene's fleet, decisions are made by the kernels of the systems through the engine's
//! [`TargetRows`](shakedown_engine::fleet::matrix::TargetRows), and jobs are pushed to a vector.
//!
//! Adding a layout is one file that implements [`Layout`] and one line in `layouts/registry.rs`.
//!
//! Invariant: a layout is measured only after its state digest after a fixed sequence of events
//! equals the engine's ([`admit`]).

mod digest;
mod gate;
mod lab;
mod layout;
mod layouts;
mod operation;
mod roster;
mod scale;
mod scene;
mod snapshot;
mod subject;

pub use gate::{Fault, Refused, admit};
pub use layout::{Layout, Sharing, Standing, StoredRows};
pub use layouts::{Entry, Soa, layouts};
pub use operation::{Density as DirtyDensity, Done, Operation};
pub use roster::{Order, Roster};
pub use scale::Scale;
pub use scene::Scene;
pub use subject::Subject;

use lab::{Lab, Step};
use layout::standing_of;
