//! Names that somebody may have meant.

use strsim::levenshtein;

/// The distinct `known` names closest to `wanted`, closest first, at most five: by the number of letters to
/// insert, delete or replace, then by name. O(length squared) per known name.
#[must_use]
pub fn nearest<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut found: Vec<(usize, &str)> = Vec::new();
    for name in known {
        let entry = (levenshtein(wanted, name), name);
        let at = found.partition_point(|it| *it < entry);
        if at < MOST && found.get(at) != Some(&entry) {
            found.insert(at, entry);
            found.truncate(MOST);
        }
    }
    found.into_iter().map(|(_, name)| name).collect()
}

const MOST: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_come_first_and_once() {
        let known = ["web", "api", "checkout", "app", "apis", "api", "db", "apj"];
        assert_eq!(nearest("api", known), ["api", "apis", "apj", "app", "db"]);
    }
}
