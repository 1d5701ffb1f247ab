//! Canonical text of values, and the ids derived from text: release export id, external UUIDs, job ids, ranks.
//!
//! Vocabulary: the *canonical string* of a JSON value is what enters the identity of a release (SEMANTICS 1.3);
//! the *export id* is the SHA-256 of a release's preimage (1.2).

use std::collections::BTreeMap;

use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::variables::Written;

/// The canonical string of a top-level value: numbers as `%.6f` without trailing zeros.
pub(crate) fn canonical(value: &Value) -> String {
    match value {
        Value::Number(number) => {
            let text = format!("{:.6}", number.as_f64().unwrap_or(f64::NAN));
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
        _ => nested(value),
    }
}

fn nested(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::String(text) => text.clone(),
        Value::Number(number) => shortest(number.as_f64().unwrap_or(f64::NAN)),
        Value::Array(items) => {
            format!("[{}]", items.iter().map(nested).collect::<Vec<_>>().join(" "))
        }
        Value::Object(map) => {
            let sorted: BTreeMap<&String, &Value> = map.iter().collect();
            let entries: Vec<String> =
                sorted.iter().map(|(key, value)| format!("{key}:{}", nested(value))).collect();
            format!("map[{}]", entries.join(" "))
        }
    }
}

/// Shortest digits that round-trip; scientific when the decimal exponent is below -4 or above 5.
fn shortest(number: f64) -> String {
    let scientific = format!("{number:e}"); // d.ddde-7, shortest digits
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..=5).contains(&exponent) {
        return format!("{number}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

/// The export id of a release, lowercase hex.
pub(crate) fn export_id(
    version_id: &str,
    tag: &str,
    variables: &[(String, Written)],
    target_key: &str,
) -> String {
    let mut preimage = format!("{version_id}{tag}");
    for (key, value) in variables {
        preimage.push_str(&match value {
            Written::Literal(text) => format!("{key}={text};"),
            Written::Opaque(hash) => format!("{key}!{hash};"),
        });
    }
    preimage.push_str(target_key);
    sha256(preimage.as_bytes())
}

/// The SHA-256 of bytes, lowercase hex.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// UUIDv5 in the OID namespace.
pub(crate) fn external_id(name: &str) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).to_string()
}

/// FNV-1a, 64 bits (SEMANTICS 8.5).
pub(crate) fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
