//! Every budget, what was measured, and how that compares with the floor.

use serde_json::Value as Json;

use crate::markdown;
use crate::operations::{Operation, find};
use crate::versions::Version;

/// Benches that have a budget of their own: id, what it is, limit in nanoseconds per element, or per
/// operation.
const KERNELS: [(&str, &str, f64, bool); 2] = [
    ("selectors/equals/15000/all", "selector kernel, one comparison, ns per resource", 2.0, true),
    (
        "relationships/both_rules/15000/all",
        "relations of 15,000 resources, both rules, ms",
        5.0,
        false,
    ),
];

pub(crate) fn table(versions: &[Version], operations: &[Operation], scaling: &Json) -> String {
    let mut rows = Vec::new();
    let mut add = |what: String, limit: f64, measured: f64, over_floor: Option<f64>| {
        rows.push(vec![
            what,
            format!("{limit}"),
            format!("{measured:.2}"),
            over_floor.map_or(String::new(), |ratio| format!("{ratio:.2}")),
            if measured <= limit { "holds" } else { "**fails**" }.to_owned(),
        ]);
    };
    for version in versions {
        for budget in version.run["budgets"].as_array().into_iter().flatten() {
            let name = budget["name"].as_str().unwrap_or_default();
            let number = |key: &str| budget[key].as_f64().unwrap_or(f64::NAN);
            // The goals of the problem report are met three hundred times over, in every run.
            if !name.starts_with("goal:") {
                let over_floor = name.starts_with("version created").then(|| version.over_floor());
                let what = format!("{}: {name}", version.name);
                add(what, number("limit"), number("measured"), over_floor);
            }
        }
    }
    for (id, what, limit, is_per_element) in KERNELS {
        if let Some(operation) = find(operations, id) {
            let measured =
                if is_per_element { operation.per_element() } else { operation.median / 1e6 };
            add(what.to_owned(), limit, measured, None);
        }
    }
    if let Some(exponent) = scaling["exponent"].as_f64() {
        let holds = if (0.9..=1.05).contains(&exponent) { "holds" } else { "**fails**" };
        let measured = format!("{exponent:.3}");
        let what = "scaling exponent, 100 to 3,000,000 targets";
        rows.push([what, "0.9 to 1.05", &measured, "", holds].map(str::to_owned).to_vec());
    }
    markdown(&["what", "budget", "measured", "over floor", ""], &rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn budgets_hold_up_to_their_limit() {
        let run = json!({ "p50_ms": 3.0, "floor_p50_ms": 2.5, "budgets": [
            { "name": "goal: ideal (ms)", "limit": 500, "measured": 3.0 },
            { "name": "version created, literal, half (ms)", "limit": 4.0, "measured": 4.0 },
            { "name": "job creation (ns/job)", "limit": 40.0, "measured": 40.1 },
        ] });
        let mut by_pairs = run.clone();
        by_pairs["over_floor"] = json!({ "median": 1.15, "low": 1.1, "high": 1.3 });
        by_pairs["budgets"] = json!([by_pairs["budgets"][1]]);
        let named = |name: &str, run| Version { name: name.to_owned(), run };
        let versions = [named("literal-half", run), named("pairs", by_pairs)];
        let lines = table(&versions, &[], &json!({ "exponent": 1.06 }));
        let lines: Vec<&str> = lines.lines().skip(2).collect();
        assert_eq!(
            lines,
            [
                "| literal-half: version created, literal, half (ms) | 4 | 4.00 | 1.20 | holds |",
                "| literal-half: job creation (ns/job) | 40 | 40.10 |  | **fails** |",
                "| pairs: version created, literal, half (ms) | 4 | 4.00 | 1.15 | holds |",
                "| scaling exponent, 100 to 3,000,000 targets | 0.9 to 1.05 | 1.060 |  | **fails** |",
            ]
        );
    }
}
