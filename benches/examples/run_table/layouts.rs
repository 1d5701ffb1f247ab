//! What `layouts --json` measured: a table for each set of axes, a row per layout.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value as Json;

use crate::{at, markdown, object};

/// A run of `layouts`.
pub(crate) struct Layouts {
    /// The file's name.
    name: String,
    rows: Vec<Json>,
}

/// What the tables take from each row.
const TEXTS: [&str; 5] = ["layout", "operation", "scale", "density", "order"];

/// The runs in a folder, by name.
pub(crate) fn read(folder: &Path) -> Result<Vec<Layouts>, Box<dyn Error>> {
    let mut runs = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| at(folder, &error))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !name.starts_with("layouts") || path.extension().is_none_or(|it| it != "json") {
            continue;
        }
        let rows = object(&path)?["rows"].as_array().cloned();
        let rows = rows.ok_or_else(|| at(&path, &"`rows` is no list"))?;
        for row in &rows {
            if let Some(key) = TEXTS.iter().find(|&&key| !row[key].is_string()) {
                return Err(at(&path, &format!("`{key}` of a row is no text")).into());
            }
            if !row["ns_per_target"].is_number() {
                return Err(at(&path, &"`ns_per_target` of a row is no number").into());
            }
        }
        runs.push(Layouts { name, rows });
    }
    runs.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(runs)
}

/// Nanoseconds per target, a table for each file, scale, order and number of threads. Where the
/// slowest round took half as long again as the fastest, how many times as long it took.
pub(crate) fn tables(runs: &[Layouts]) -> String {
    let mut tables = String::new();
    for Layouts { name, rows } in runs {
        for setting in distinct(rows, setting) {
            let rows: Vec<&Json> =
                rows.iter().filter(|row| self::setting(row) == setting).collect();
            let columns = distinct(rows.iter().copied(), column);
            let mut headings = vec!["layout"];
            headings.extend(columns.iter().map(String::as_str));
            let layouts = distinct(rows.iter().copied(), |row| text(row, "layout").to_owned());
            let line = |layout: &String| {
                let cell = |column: &String| {
                    let of = |row: &&&Json| {
                        row["layout"] == layout.as_str() && self::column(row) == *column
                    };
                    rows.iter().find(of).map_or_else(String::new, |row| cell(row))
                };
                let mut cells = vec![layout.clone()];
                cells.extend(columns.iter().map(cell));
                cells
            };
            let lines: Vec<Vec<String>> = layouts.iter().map(line).collect();
            writeln!(tables, "### {name}: {setting}\n\n{}", markdown(&headings, &lines))
                .expect("strings take every text");
        }
    }
    tables
}

/// A text of a row; that it is one was made sure.
fn text<'a>(row: &'a Json, key: &str) -> &'a str {
    row[key].as_str().unwrap_or_default()
}

fn setting(row: &Json) -> String {
    let threads = row["threads"].as_u64().unwrap_or(1);
    let chunk = row["chunk"].as_u64().filter(|&chunk| chunk > 1);
    let chunk = chunk.map_or_else(String::new, |chunk| format!(" by {chunk}"));
    let unit = if threads == 1 { "thread" } else { "threads" };
    format!("{}, {}, {threads} {unit}{chunk}", text(row, "scale"), text(row, "order"))
}

fn column(row: &Json) -> String {
    format!("{}, {}", text(row, "operation"), text(row, "density"))
}

fn cell(row: &Json) -> String {
    let each = row["ns_per_target"].as_f64().unwrap_or(f64::NAN);
    let digits = usize::from(each < 100.0) + usize::from(each < 1.0);
    let spread = row["spread"].as_f64().filter(|&spread| spread >= 1.5);
    let spread = spread.map_or_else(String::new, |spread| format!(" (to {spread:.1} times)"));
    format!("{each:.digits$}{spread}")
}

/// What some rows are, each once, in the order in which it first occurs.
fn distinct<'a>(
    rows: impl IntoIterator<Item = &'a Json>,
    what: impl Fn(&Json) -> String,
) -> Vec<String> {
    let mut seen = Vec::new();
    for row in rows {
        let it = what(row);
        if !seen.contains(&it) {
            seen.push(it);
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_set_of_axes_has_a_table() {
        let row = |layout: &str, operation: &str, threads: u32, each: f64, spread: f64| {
            json!({
                "layout": layout, "operation": operation, "scale": "3m", "density": "all",
                "order": "by-key", "threads": threads, "chunk": if threads > 1 { 5 } else { 1 },
                "ns_per_target": each, "spread": spread,
            })
        };
        let rows = vec![
            row("b", "lock", 1, 1.25, 1.0),
            row("a", "lock", 1, 0.123, 1.6),
            row("b", "build", 1, 110.7, 1.2),
            row("b", "lock", 2, 30.0, 1.0),
        ];
        let text = tables(&[Layouts { name: "layouts.json".to_owned(), rows }]);
        let expected = "\
### layouts.json: 3m, by-key, 1 thread

| layout | lock, all | build, all |
|---|---:|---:|
| b | 1.2 | 111 |
| a | 0.12 (to 1.6 times) |  |

### layouts.json: 3m, by-key, 2 threads by 5

| layout | lock, all |
|---|---:|
| b | 30.0 |

";
        assert_eq!(text, expected);
    }
}
