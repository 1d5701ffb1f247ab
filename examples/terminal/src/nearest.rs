//! Names that somebody may have meant.

use strsim::levenshtein;

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
        let entry = (levenshtein(wanted, name), name);
        let at = found.partition_point(|it| *it < entry);
        if at < MOST {
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
    fn the_closest_come_first() {
        let known = ["web", "api", "checkout", "app", "apis", "db", "apj"];
        assert_eq!(nearest("api", known), ["api", "apis", "apj", "app", "db"]);
    }
}
