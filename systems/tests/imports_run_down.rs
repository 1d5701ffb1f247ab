//! A room imports only rooms nearer the ground, and no files import each other in a circle, a module
//! and its own parts aside (ARCHITECTURE, code map).
//!
//! It reads the `use` lines at the top level of every source file. A name that a module hands on by
//! `pub use` counts as an import of the file that it comes from.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms of each crate, from the ground up; what is no room stands on all of them.
const CRATES: [(&str, &[&str]); 2] = [
    ("engine", &["base", "model", "select", "wire", "fleet", "read", "preset"]),
    (
        "systems",
        &["facts", "handover", "rules", "variables", "phases", "record", "diagnostics", "load"],
    ),
];

/// The source files of a crate by module path.
struct Sources {
    modules: BTreeMap<Vec<String>, Module>,
}

struct Module {
    file: PathBuf,
    /// Paths of `use`, whole, seen from the crate's root.
    uses: Vec<Vec<String>>,
    /// What it hands on: name, and the path it comes from.
    exports: BTreeMap<String, Vec<String>>,
}

impl Sources {
    fn read(root: &Path) -> Self {
        let mut files = Vec::new();
        collect(root, &mut files);
        let paths: BTreeMap<Vec<String>, PathBuf> =
            files.into_iter().map(|file| (module_path(root, &file), file)).collect();
        let is_module = |path: &[String]| paths.contains_key(path);
        let modules = paths.iter().map(|(path, file)| {
            let text = fs::read_to_string(file).expect("a source file");
            (path.clone(), Module::parse(path, file, &text, &is_module))
        });
        Self { modules: modules.collect() }
    }

    /// The module that a path leads to, through what modules on the way hand on.
    fn resolve(&self, path: &[String]) -> Vec<String> {
        let mut path = path.to_vec();
        for _ in 0..16 {
            let known = (0..=path.len()).rev().find(|&n| self.modules.contains_key(&path[..n]));
            let module = &path[..known.unwrap_or(0)];
            let Some(name) = path.get(module.len()) else { return path };
            match self.modules[module].exports.get(name) {
                Some(origin) if origin[..] != path[..=module.len()] => path = origin.clone(),
                _ => return module.to_vec(),
            }
        }
        path
    }

    /// Which modules each module imports.
    fn imports(&self) -> BTreeMap<&[String], BTreeSet<Vec<String>>> {
        let of = |(path, module): (&'_ Vec<String>, &'_ Module)| {
            let mut imported: BTreeSet<Vec<String>> =
                module.uses.iter().map(|it| self.resolve(it)).collect();
            imported.remove(path);
            imported
        };
        self.modules.iter().map(|it| (&it.0[..], of(it))).collect()
    }
}

impl Module {
    fn parse(
        path: &[String],
        file: &Path,
        text: &str,
        is_module: &dyn Fn(&[String]) -> bool,
    ) -> Self {
        let mut uses = Vec::new();
        let mut exports = BTreeMap::new();
        for (start, _) in text.match_indices("use ") {
            let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
            let before = &text[line..start];
            let is_pub = before.starts_with("pub");
            if !(before.is_empty() || is_pub && before.trim_end().chars().all(|c| c != ' ')) {
                continue;
            }
            let Some(end) = text[start..].find(';') else { continue };
            let mut leaves = Vec::new();
            flatten(&[], &text[start + 4..start + end], &mut leaves);
            for (leaf, name) in leaves {
                let Some(whole) = absolute(path, &leaf, is_module) else { continue };
                if is_pub {
                    exports.insert(name, whole.clone());
                }
                uses.push(whole);
            }
        }
        Self { file: file.to_path_buf(), uses, exports }
    }
}

/// The source files of both crates, below the repository's root.
pub(crate) fn sources(root: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    CRATES.iter().for_each(|(name, _)| collect(&root.join(name).join("src"), &mut files));
    files
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry")) {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|it| it == "rs") {
            files.push(path);
        }
    }
}

fn module_path(root: &Path, file: &Path) -> Vec<String> {
    let inside = file.strip_prefix(root).expect("a file of the crate").with_extension("");
    let mut path: Vec<String> =
        inside.iter().map(|it| it.to_str().expect("UTF-8").to_owned()).collect();
    if path.last().is_some_and(|it| it == "mod" || it == "lib") {
        path.pop();
    }
    path
}

/// Appends the leaves of a `use` tree, each with the name that it gives.
fn flatten(prefix: &[String], tree: &str, leaves: &mut Vec<(Vec<String>, String)>) {
    let tree = tree.trim();
    if let Some(open) = tree.find('{') {
        let mut path = prefix.to_vec();
        path.extend(
            tree[..open].split("::").map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned),
        );
        let inside = &tree[open + 1..tree.rfind('}').expect("balanced braces")];
        let (mut depth, mut from) = (0, 0);
        for (at, letter) in inside.char_indices().chain([(inside.len(), ',')]) {
            match letter {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    if !inside[from..at].trim().is_empty() {
                        flatten(&path, &inside[from..at], leaves);
                    }
                    from = at + 1;
                }
                _ => {}
            }
        }
        return;
    }
    let (path, name) =
        tree.split_once(" as ").map_or((tree, None), |(path, name)| (path, Some(name)));
    let mut whole = prefix.to_vec();
    whole.extend(path.split("::").map(|it| it.trim().to_owned()));
    if whole.last().is_some_and(|it| it == "self") {
        whole.pop();
    }
    let name = name.map(str::trim).or(whole.last().map(String::as_str)).unwrap_or("").to_owned();
    leaves.push((whole, name));
}

/// A path seen from the crate's root; `None` for one that leads out of the crate.
fn absolute(
    module: &[String],
    path: &[String],
    is_module: &dyn Fn(&[String]) -> bool,
) -> Option<Vec<String>> {
    let mut base = module.to_vec();
    let mut rest = path;
    match path.first()?.as_str() {
        "crate" => {
            base.clear();
            rest = &path[1..];
        }
        "self" => rest = &path[1..],
        "super" => {
            while let Some((first, others)) = rest.split_first().filter(|(it, _)| *it == "super") {
                debug_assert_eq!(first, "super");
                base.pop();
                rest = others;
            }
        }
        name => {
            let child = [module, &[name.to_owned()]].concat();
            if !is_module(&child) {
                return None;
            }
        }
    }
    base.extend_from_slice(rest);
    Some(base)
}

fn of_crate(name: &str) -> Sources {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name).join("src");
    let sources = Sources::read(&root);
    assert!(sources.modules.len() > 50, "{name} has its sources in {}", root.display());
    sources
}

#[test]
fn rooms_import_only_rooms_nearer_the_ground() {
    for (name, rooms) in CRATES {
        let sources = of_crate(name);
        let floor = |path: &[String]| {
            let room = path.first().and_then(|room| rooms.iter().position(|it| it == room));
            room.unwrap_or(rooms.len())
        };
        let mut wrong = Vec::new();
        let mut right = 0;
        for (path, imported) in sources.imports() {
            for other in imported.iter().filter(|it| !it.is_empty()) {
                if floor(other) > floor(path) {
                    let files = [path, other].map(|it| sources.modules[it].file.display());
                    wrong.push(format!("{} imports {}", files[0], files[1]));
                }
                right += 1;
            }
        }
        assert!(right > 100, "{name}: {right} imports were found");
        assert!(wrong.is_empty(), "imports that run up:\n{}", wrong.join("\n"));
    }
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    for (name, _) in CRATES {
        let sources = of_crate(name);
        let imports = sources.imports();
        let is_part = |a: &[String], b: &[String]| a.starts_with(b) || b.starts_with(a);
        // What lies on a circle is left over when files that import nothing left are taken away.
        let mut left: BTreeMap<&[String], BTreeSet<&[String]>> = imports
            .iter()
            .map(|(&path, imported)| {
                let others = imported.iter().map(|it| &it[..]).filter(|it| !is_part(path, it));
                (path, others.collect())
            })
            .collect();
        loop {
            let done: BTreeSet<&[String]> =
                left.iter().filter(|(_, it)| it.is_empty()).map(|(&path, _)| path).collect();
            if done.is_empty() {
                break;
            }
            left.retain(|path, _| !done.contains(path));
            left.values_mut().for_each(|it| it.retain(|other| !done.contains(other)));
        }
        // The same from the other end: what nobody left imports is on no circle.
        loop {
            let used: BTreeSet<&[String]> = left.values().flatten().copied().collect();
            let before = left.len();
            left.retain(|path, _| used.contains(path));
            if left.len() == before {
                break;
            }
        }
        let circle = left.iter().map(|(&path, others)| {
            let others = others.iter().map(|it| sources.modules[*it].file.display().to_string());
            let file = sources.modules[path].file.display();
            format!("{file} -> {}", others.collect::<Vec<_>>().join(", "))
        });
        let circle: Vec<String> = circle.collect();
        assert!(circle.is_empty(), "{name}: files import each other:\n{}", circle.join("\n"));
    }
}

#[test]
fn names_that_modules_hand_on_lead_to_their_file() {
    let sources = of_crate("engine");
    let path = |text: &str| -> Vec<String> { text.split("::").map(str::to_owned).collect() };
    assert_eq!(sources.resolve(&path("fleet::matrix::Cohorts")), path("fleet::matrix::cohort"));
    assert_eq!(sources.resolve(&path("select::Selector")), path("select::selector"));
    let mut leaves = Vec::new();
    flatten(&[], "super::{a::{self, b as c}, d::E}", &mut leaves);
    let names: Vec<String> =
        leaves.iter().map(|(path, name)| format!("{} {name}", path.join("::"))).collect();
    assert_eq!(names, ["super::a a", "super::a::b c", "super::d::E E"]);
}
