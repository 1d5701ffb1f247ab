//! Hash states of target keys, shared by all cohorts that a resource is in.

use bevy_ecs::resource::Resource;
use bevy_ecs::system::{Res, ResMut};
use shakedown_engine::base::hash::{FNV_START, fnv1a};
use shakedown_engine::base::ids::ResourceIx;
use shakedown_engine::fleet::catalogue::Registry;
use shakedown_engine::fleet::matrix::Key;
use shakedown_engine::model;

use crate::facts::SuffixHash;

/// FNV-1a states after `resourceId "-"`, by resource index.
#[derive(Debug, Default, Clone, Resource)]
pub struct KeyHashes(Vec<u64>);

/// Below this number of targets, hashing byte by byte costs less than preparing a suffix.
const MIN_PREPARED: usize = 128;

impl KeyHashes {
    /// Hashes the resources that the registry has gained.
    pub fn extend_from(&mut self, resources: &Registry<model::Resource>) {
        for slot in self.0.len()..resources.slots() {
            let id = resources.id(ResourceIx::at(slot));
            self.0.push(fnv1a(fnv1a(FNV_START, id.as_bytes()), b"-"));
        }
    }

    /// Appends the state after each key's text, of which `rest` follows the resource's hyphen.
    /// A vacant row gets an arbitrary state.
    pub fn extend_over(
        &self,
        rest: &str,
        keys: impl ExactSizeIterator<Item = Key>,
        hashes: &mut Vec<u64>,
    ) {
        let of = |key: Key| self.0.get(key.resource.slot()).copied().unwrap_or(FNV_START);
        if keys.len() < MIN_PREPARED {
            hashes.extend(keys.map(|key| fnv1a(of(key), rest.as_bytes())));
        } else {
            let suffix = SuffixHash::new(rest.as_bytes());
            hashes.extend(keys.map(|key| suffix.after(of(key))));
        }
    }
}

/// Policies phase: keeps the states complete.
pub fn refresh_key_hashes(
    resources: Res<Registry<model::Resource>>,
    mut hashes: ResMut<KeyHashes>,
) {
    hashes.extend_from(&resources);
}
