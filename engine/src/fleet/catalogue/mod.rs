//! The catalogue: few entities of many kinds, each an ordinary ECS entity with its whole API shape
//! as one component, and a dense index so that everything hot can be a column or a bitset.
//!
//! Vocabulary: a *registry* names the entities of one kind; a *selection* is the set of resources
//! that one selector text picks, shared by everything that uses the text.
//!
//! Invariant: an index belongs to one id for the life of the world, also while the entity is
//! deleted, since nothing cascades and the id may return.

mod approvals;
mod compiled;
mod links;
mod registry;
mod selections;
mod variables;

pub use approvals::{ApprovalList, Approvals};
pub use compiled::CompiledSelectors;
pub(crate) use links::SystemLinks;
pub use registry::{Catalogued, Registry, Stock, item, items};
pub(crate) use registry::{init_registries, remove, store};
pub use selections::{ResourceRows, Rows, SelectionIx, Selections};
pub(crate) use selections::{refresh_selections, selections_are_behind};
pub use variables::{OwnValue, ScopedSet, ScopedValue, VariableIndex};
