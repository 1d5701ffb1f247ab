//! Names that somebody may have meant.

use crate::exit::Failure;

/// The failure to find a thing of a kind by name, with the names nearest to it.
pub fn missing<'a>(kind: &str, wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Failure {
    let near = nearest(wanted, known);
    let near = match near[..] {
        [] => "there are none".to_owned(),
        [only] => format!("the nearest is {only}"),
        _ => format!("the nearest are {}", near.join(", ")),
    };
    Failure::Input(format!("there is no {kind} `{wanted}`; {near}"))
}

/// The `known` names closest to `wanted`, closest first, at most five: by the number of letters to
/// insert, delete or replace, then by name. O(length squared) per known name.
#[must_use]
pub fn nearest<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut found: Vec<(usize, &str)> = Vec::new();
    for name in known {
        let entry = (distance(wanted, name), name);
        let at = found.partition_point(|it| *it < entry);
        if at < MOST {
            found.insert(at, entry);
            found.truncate(MOST);
        }
    }
    found.into_iter().map(|(_, name)| name).collect()
}

const MOST: usize = 5;

/// Levenshtein distance in characters.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (at, own) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], at + 1);
        for (column, other) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(own != *other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_edits() {
        for (a, b, edits) in [
            ("", "", 0),
            ("", "abc", 3),
            ("kitten", "sitting", 3),
            ("chekout", "checkout", 1),
            ("prod", "prod", 0),
            ("grün", "grun", 1),
        ] {
            assert_eq!((distance(a, b), distance(b, a)), (edits, edits), "{a} {b}");
        }
    }

    #[test]
    fn the_closest_come_first() {
        let known = ["web", "api", "checkout", "app", "apis", "db", "apj"];
        assert_eq!(nearest("api", known), ["api", "apis", "apj", "app", "db"]);
    }
}
