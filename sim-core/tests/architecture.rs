//! Which way the arrows between modules point: a module knows those of its own layer and below.

use std::collections::BTreeSet;
use std::path::Path;

/// The modules from the bottom up. Those of one layer may know each other: a policy reads the
/// process table, and the machine holds the policy's state.
const LAYERS: [&[&str]; 9] = [
    &[
        "ids",
        "part",
        "input",
        "document",
        "time",
        "limits",
        "random",
        "sort",
        "comparison",
    ],
    &["call", "event"],
    &["program"],
    &["machine", "policy"],
    &["rules"],
    &["run", "trace"],
    &["settings", "workload", "view"],
    &[
        "recording",
        "report",
        "scenario",
        "claims",
        "goal",
        "lesson",
        "pattern",
    ],
    &["native"],
];

fn layer(module: &str) -> usize {
    let place = LAYERS.iter().position(|layer| layer.contains(&module));
    place.unwrap_or_else(|| panic!("module {module} has no layer: say which it belongs to"))
}

/// The modules that a file names by `crate::`, outside its tests and comments.
fn named(text: &str) -> BTreeSet<String> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let mut modules = BTreeSet::new();
    for line in lines {
        for rest in line.split("crate::").skip(1) {
            let word = |text: &str| -> String {
                text.chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect()
            };
            let module = word(rest);
            let is_limits = rest.starts_with("program::limits");
            modules.insert(if is_limits {
                "limits".to_owned()
            } else {
                module
            });
        }
    }
    modules
}

fn check(folder: &Path, module: Option<&str>, faults: &mut Vec<String>) {
    let entries = std::fs::read_dir(folder).expect("a folder of the crate");
    for entry in entries {
        let path = entry.expect("an entry").path();
        let name = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let own = module.unwrap_or(&name);
        if path.is_dir() {
            if name != "bin" {
                check(&path, Some(own), faults);
            }
            continue;
        }
        if name == "lib" && module.is_none() {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a source file");
        for other in named(&text) {
            if layer(&other) > layer(own) {
                faults.push(format!("{} ({own}) knows {other}", path.display()));
            }
        }
    }
}

/// The files that may be unsafe: wrappers, as small as they can be, with the reason beside each.
const UNSAFE: [&str; 2] = ["native/carriers/fiber.rs", "native/kernel/system.rs"];

fn find_unsafe(folder: &Path, root: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder of the crate") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            find_unsafe(&path, root, found);
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a source file");
        if text.contains("unsafe_code") {
            let name = path.strip_prefix(root).expect("a file of the crate");
            found.push(name.to_string_lossy().into_owned());
        }
    }
}

#[test]
fn only_small_wrappers_are_unsafe() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    find_unsafe(&root, &root, &mut found);
    found.sort();
    assert_eq!(found, UNSAFE);
}

#[test]
fn arrows_point_down() {
    let mut faults = Vec::new();
    check(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        None,
        &mut faults,
    );
    assert_eq!(faults, Vec::<String>::new());
}
