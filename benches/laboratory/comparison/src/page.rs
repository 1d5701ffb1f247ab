//! What a comparison looks like in a browser: one page that refers to nothing outside itself.

use std::fmt::Write;

use crate::table::{HEADINGS, cells};
use crate::{Comparison, Row, of_best, svg};

/// The page: an overview, then every operation with its picture and its tables.
#[must_use]
pub fn page(run: &Comparison) -> String {
    let mut text = String::from(HEAD);
    let _ = writeln!(text, "<p>{}</p>", escaped(&run.machine.lines().join(", ")));
    for refused in &run.refused {
        let _ = writeln!(text, "<p class=\"refused\">Refused: {}</p>", escaped(refused));
    }
    overview(&mut text, run);
    let mut last = None;
    for group in run.groups() {
        let operation = group[0].case.operation;
        if last.replace(operation) != Some(operation) {
            let _ = writeln!(text, "<h2 id=\"{0}\">{0}</h2>", operation.name());
            let _ = writeln!(text, "<p>{}</p>", escaped(operation.about()));
            text.push_str(&svg(run, operation));
        }
        details(&mut text, group);
    }
    layouts(&mut text, run);
    text.push_str("</body>\n</html>\n");
    text
}

const HEAD: &str = "\
<!DOCTYPE html>
<html lang=\"en\">
<head>
<meta charset=\"utf-8\"/>
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>
<title>Layouts</title>
<style>
body { font: 15px/1.5 sans-serif; color: #282828; max-width: 1000px; margin: 2em auto; padding: 0 1em }
table { border-collapse: collapse; margin: 0.5em 0 1.5em }
.wide { overflow-x: auto }
caption { text-align: left; font-weight: bold; padding: 0.3em 0 }
th, td { padding: 0.15em 0.8em; text-align: right; border-bottom: 1px solid #e1e1e1; font-variant-numeric: tabular-nums; white-space: nowrap }
th:first-child, td:first-child { text-align: left }
.best { background: #d5efe6; font-weight: bold }
.slow { background: #f9e3d4 }
.refused { color: #a04000 }
.digest { color: #6e6e6e; font-family: monospace }
svg { max-width: 100%; height: auto }
</style>
</head>
<body>
<h1>Layouts, side by side</h1>
<p>Each layout stores the same target rows, and is decided by the same kernels. A layout has a row only
if it stood where the engine stands after a fixed sequence of events, and if the operation left it in
the same state as the others.</p>
<p>Layouts are measured by turns, in rounds. Times are of the fastest round, ns per target that the
operation is about; the spread is how many times as long the slowest round took, and differences within
it say nothing. Bytes are per target of the fleet, on the heap and by formula; lines are of code.</p>
";

/// From here on a layout counts as slow.
const SLOW: f64 = 2.0;

/// How many times as long as the best of its case each layout takes.
fn overview(text: &mut String, run: &Comparison) {
    let layouts = run.layouts();
    text.push_str("<h2>Overview</h2>\n<div class=\"wide\"><table>\n");
    text.push_str("<caption>Time of the best layout = 1.00</caption>\n<tr><th>case</th>");
    layouts.iter().for_each(|entry| cell(text, "th", "", entry.name));
    text.push_str("</tr>\n");
    for group in run.groups() {
        text.push_str("<tr>");
        cell(text, "td", "", &group[0].case.to_string());
        for entry in &layouts {
            let row = group.iter().find(|row| row.layout.name == entry.name);
            let Some(times) = row.map(|row| of_best(row, group)) else {
                cell(text, "td", "", "");
                continue;
            };
            cell(text, "td", class(times), &format!("{times:.2}"));
        }
        text.push_str("</tr>\n");
    }
    text.push_str("</table></div>\n");
}

/// The table of a group.
fn details(text: &mut String, group: &[Row]) {
    let case = escaped(&group[0].case.to_string());
    let _ = writeln!(text, "<table>\n<caption>{case}</caption>\n<tr>");
    HEADINGS.iter().for_each(|heading| cell(text, "th", "", heading));
    text.push_str("</tr>\n");
    for row in group {
        text.push_str("<tr>");
        let class = class(of_best(row, group));
        for (column, told) in cells(row, group).iter().enumerate() {
            cell(text, "td", if column == 2 { class } else { "" }, told);
        }
        text.push_str("</tr>\n");
    }
    let _ = writeln!(text, "</table>\n<p class=\"digest\">state {:016x}</p>", group[0].digest);
}

/// What each layout is.
fn layouts(text: &mut String, run: &Comparison) {
    text.push_str("<h2>What the layouts are</h2>\n<table>\n");
    for entry in run.layouts() {
        text.push_str("<tr>");
        cell(text, "td", "", entry.name);
        cell(text, "td", "", entry.about);
        text.push_str("</tr>\n");
    }
    text.push_str("</table>\n");
}

fn class(times: f64) -> &'static str {
    match times {
        best if best <= 1.0 => "best",
        slow if slow >= SLOW => "slow",
        _ => "",
    }
}

fn cell(text: &mut String, tag: &str, class: &str, told: &str) {
    let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
    let _ = write!(text, "<{tag}{class}>{}</{tag}>", escaped(told));
}

/// Text as it stands in HTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{comparison, row};

    #[test]
    fn the_best_and_the_slow_stand_out_and_text_is_escaped() {
        let mut run = comparison(vec![row(0, 300, 7), row(1, 100, 7), row(2, 150, 7)]);
        run.refused.push("a < b & \"c\"".to_owned());
        let page = page(&run);
        assert!(page.contains("Refused: a &lt; b &amp; &quot;c&quot;</p>"), "{page}");
        let overview = "<td class=\"slow\">3.00</td><td class=\"best\">1.00</td><td>1.50</td></tr>";
        assert!(page.contains(overview), "{page}");
        assert_eq!(page.matches("<svg").count(), 1);
    }
}
