//! Giving entities that state no creation time the instant of their event.
//!
//! The clock of an entry follows from the document alone: it begins at `now` and moves with the
//! events that state their instant (SEMANTICS 12).

use super::assembly::Assembled;
use super::{Document, DocumentKind};
use crate::base::time::SimTime;
use crate::wire::event::{Entity, Event, Payload};

impl Assembled {
    /// The document called `file`, read from `text`, beginning at what it states, or else at `clock`.
    pub(super) fn stamped(mut self, file: &str, text: String, clock: SimTime) -> Document {
        if self.kind == DocumentKind::Log {
            self.now = self.entries.first().and_then(|entry| entry.event.at);
        }
        let mut clock = self.now.unwrap_or(clock);
        for entry in &mut self.entries {
            stamp(&mut entry.event, clock);
            clock = clock.max(entry.event.at.unwrap_or(clock));
        }
        Document {
            kind: self.kind,
            file: file.to_owned(),
            name: self.name,
            workspace_id: self.workspace_id,
            now: self.now,
            tags: self.tags,
            reason: self.reason,
            entries: self.entries,
            text,
        }
    }
}

/// Replaces every unset creation time in `event`, which was decoded with an unset clock.
fn stamp(event: &mut Event, clock: SimTime) {
    let now = event.at.unwrap_or(clock);
    let set = |time: &mut SimTime| *time = time.get().unwrap_or(now);
    match &mut event.payload {
        Payload::Upsert(entity) => match entity.as_mut() {
            Entity::Resource(it) => set(&mut it.created_at),
            Entity::ResourceProvider(it) => set(&mut it.created_at),
            Entity::Environment(it) => set(&mut it.created_at),
            Entity::DeploymentVersion(it) => set(&mut it.created_at),
            Entity::PolicyBypass(it) => set(&mut it.created_at),
            Entity::PolicySkip(it) => set(&mut it.created_at),
            Entity::UserApprovalRecord(it) => set(&mut it.created_at),
            Entity::Policy(it) => {
                set(&mut it.created_at);
                it.rules.iter_mut().for_each(|rule| set(&mut rule.created_at));
            }
            Entity::System(_)
            | Entity::ResourceVariable(_)
            | Entity::Deployment(_)
            | Entity::DeploymentVariable(_)
            | Entity::DeploymentVariableValue(_)
            | Entity::JobAgent(_)
            | Entity::RelationshipRule(_)
            | Entity::GithubEntity(_) => {}
        },
        Payload::SetResources { resources, .. } => {
            resources.iter_mut().for_each(|resource| set(&mut resource.created_at));
        }
        Payload::Delete(_)
        | Payload::UpdateJob(_)
        | Payload::FinishJob(_)
        | Payload::Redeploy(_)
        | Payload::ReconcileAll
        | Payload::Tick => {}
    }
}
