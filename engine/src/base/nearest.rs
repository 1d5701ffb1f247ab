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

/// Longest name for which another may have been meant, in bytes.
const LONGEST: usize = 64;

/// The `known` name that somebody probably meant who wrote `wanted`, if any is so close: but for case, `_`
/// and `-`, at most a third of its letters differ, or it goes on where `wanted` ends.
pub(crate) fn meant<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |name: &str| name.replace(['_', '-'], "").to_lowercase();
    if wanted.len() > LONGEST {
        return None;
    }
    let wanted = plain(wanted);
    let close = known.into_iter().filter_map(|name| {
        let known = plain(name);
        let distance = levenshtein(&wanted, &known);
        let begins = wanted.len() >= 3 && known.starts_with(&wanted);
        (begins || distance <= known.len() / 3).then_some((distance, name))
    });
    close.min().map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_come_first_and_once() {
        let known = ["web", "api", "checkout", "app", "apis", "api", "db", "apj"];
        assert_eq!(nearest("api", known), ["api", "apis", "apj", "app", "db"]);
    }

    #[test]
    fn what_is_meant_is_close() {
        let known =
            ["rrule", "timezone", "durationMinutes", "allowWindow", "minimumSoakTimeMinutes"];
        for (wanted, expected) in [
            ("timeZone", Some("timezone")),
            ("time_zone", Some("timezone")),
            ("duration", Some("durationMinutes")),
            ("minSoakTimeMinutes", Some("minimumSoakTimeMinutes")),
            ("allowWindows", Some("allowWindow")),
            ("description", None),
            ("", None),
        ] {
            assert_eq!(meant(wanted, known), expected, "{wanted}");
        }
    }
}
