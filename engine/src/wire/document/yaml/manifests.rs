//! Manifests: YAML documents with a `type` each, several in one file, as `ctrlc apply` takes them.
//!
//! Each document of the file is read by itself, so one that is wrong hides none after it, and is a file of
//! its own for who looks for a place in it.

use std::collections::BTreeMap;

use super::super::assembly::{Assembled, Assembly};
use super::super::place::{Failure, Failures, in_order};
use super::super::{MAX_ERRORS, Place, Problem, SourceFile};
use super::locate;
use crate::base::json::Json;
use crate::base::nearest::meant;
use crate::wire::event::decode::manifest::{Names, TYPES};
use crate::wire::event::{DecodeError, FieldPath, Step};

/// Whether a text is of manifests: no other document has a `type` of its own.
pub(in crate::wire::document) fn are_in(text: &str) -> bool {
    text.lines().any(|line| {
        let line = line.strip_prefix("---").map_or(line, str::trim_start);
        let line = line.strip_prefix('{').map_or(line, str::trim_start);
        let keys = ["type", "\"type\"", "'type'"];
        keys.iter()
            .any(|key| line.strip_prefix(key).is_some_and(|it| it.trim_start().starts_with(':')))
    })
}

/// Most values of all documents of a file, aliases expanded: as of one element elsewhere.
const MAX_VALUES: usize = 1 << 22;

/// How many values a value is made of.
fn values_in(value: &Json) -> usize {
    1 + match value {
        Json::Array(items) => items.iter().map(values_in).sum(),
        Json::Object(members) => members.values().map(values_in).sum(),
        _ => 0,
    }
}

/// One document of a file.
struct Part {
    text: String,
    /// Lines of the file before it.
    lines: usize,
}

/// The documents of a file. A line that begins with `---` separates them wherever it stands (YAML 1.2.2,
/// 9.1.2: no text may contain one).
fn parts(text: &str) -> Vec<Part> {
    let mut parts = vec![Part { text: String::new(), lines: 0 }];
    for (at, line) in text.split_inclusive('\n').enumerate() {
        let rest = line.strip_prefix("---").filter(|rest| rest.starts_with(char::is_whitespace));
        let last = &parts.last().expect("there is a first").text;
        match rest.or_else(|| (line == "---").then_some("")) {
            // A directive is one of the document that begins here.
            Some(_)
                if last.lines().any(|line| line.starts_with('%')) && is_all_directives(last) =>
            {
                parts.last_mut().expect("there is a first").text.push_str(line);
            }
            // Columns stay what they are.
            Some(rest) => parts.push(Part { text: format!("   {rest}"), lines: at }),
            None => parts.last_mut().expect("there is a first").text.push_str(line),
        }
    }
    parts
}

/// Whether a text has nothing but directives and comments.
fn is_all_directives(text: &str) -> bool {
    text.lines().all(|line| line.is_empty() || line.starts_with(['%', '#']))
}

/// Reads the manifests of a file; what was read comes back with it.
pub(in crate::wire::document) fn parse(
    name: &str,
    text: &str,
) -> Result<(Assembled, Vec<SourceFile>), Failures> {
    let (mut assembly, mut names) = (Assembly::default(), Names::default());
    let mut failures = Failures::new();
    let mut manifests: Vec<(Json, Part)> = Vec::new();
    let mut values = 0;
    for part in parts(text) {
        match super::value(&part.text) {
            Err((_, Problem::Empty)) | Ok(Json::Null) => {}
            Err((place, problem)) => {
                failures.push((place.map(|place| below(place, part.lines)), problem));
                if failures.len() == MAX_ERRORS {
                    return Err(failures);
                }
            }
            Ok(value) => {
                values += values_in(&value);
                if values > MAX_VALUES {
                    let begin = Place { line: part.lines + 1, column: 1 };
                    let problem = Problem::Syntax(super::TOO_MANY_ALIASES.to_owned());
                    failures.push((Some(begin), problem));
                    return Err(failures);
                }
                names.note(&value);
                manifests.push((value, part));
            }
        }
    }
    let mut others: BTreeMap<&str, (Place, u64)> = BTreeMap::new();
    for (at, (value, part)) in manifests.iter().enumerate() {
        let place = |path: &FieldPath| {
            let found = locate(&part.text, path).map(|it| below(it, part.lines));
            found.unwrap_or(Place { line: part.lines + 1, column: 1 })
        };
        let begin = place(&FieldPath::default());
        match value.get("type").and_then(Json::as_str) {
            Some(of) if TYPES.contains(&of) => {
                if assembly.manifest((at, begin), of, value, &names).is_err() {
                    break;
                }
            }
            Some(of) => others.entry(of).or_insert((begin, 0)).1 += 1,
            None => {
                let path = FieldPath(vec![Step::Key("type".to_owned())]);
                let expected =
                    format!("expected a `type` of manifest: one of `{}`", TYPES.join("`, `"));
                failures.push((Some(place(&path)), Problem::Syntax(expected)));
            }
        }
    }
    let faults = assembly.faults().into_iter().map(|(origin, error)| -> Failure {
        let part = &manifests[origin.file].1;
        let place = locate(&part.text, &error.path).map(|it| below(it, part.lines));
        (Some(place.unwrap_or(origin.place)), error.into())
    });
    failures.extend(faults);
    if !failures.is_empty() {
        return Err(in_order(failures));
    }
    let told = |(of, (begin, count)): (&&str, &(Place, u64))| {
        let many = if *count == 1 { String::new() } else { format!(", {count} of them") };
        let meant = meant(of, TYPES).map(|it| format!("; is `{it}` meant?")).unwrap_or_default();
        (*begin, format!("nothing reads a manifest of type `{of}`{many}{meant}"))
    };
    let mut remarks: Vec<(Place, String)> = others.iter().take(MAX_ERRORS).map(told).collect();
    if let Some((_, (begin, _))) = others.iter().nth(MAX_ERRORS) {
        let more = others.len() - MAX_ERRORS;
        remarks.push((*begin, format!("nothing reads manifests of {more} more types")));
    }
    if assembly.is_empty() && !remarks.is_empty() {
        let failures = remarks.into_iter().map(|(at, told)| (Some(at), Problem::Syntax(told)));
        return Err(failures.collect());
    }
    let remarks = remarks.into_iter().map(|(at, told)| format!("{name}:{at}: {told}"));
    let remarks: Vec<String> = remarks.collect();
    let fail = |error: DecodeError| -> Failures {
        vec![(Some(Place { line: 1, column: 1 }), error.into())]
    };
    let mut assembled = assembly.finish().map_err(fail)?;
    assembled.remarks.extend(remarks);
    let file = |(_, part): (Json, Part)| SourceFile {
        name: name.to_owned(),
        text: part.text.into(),
        lines_before: part.lines,
    };
    Ok((assembled, manifests.into_iter().map(file).collect()))
}

/// A place of a part, in its file.
fn below(place: Place, lines: usize) -> Place {
    Place { line: place.line + lines, ..place }
}
