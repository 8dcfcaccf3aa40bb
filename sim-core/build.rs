//! Lists the folders of `scenarios/`, so that a new scenario is a new folder and nothing else.
//!
//! Not a reader of scenarios: the texts are embedded as they are and checked when they are used.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let scenarios = root.join("scenarios");
    println!("cargo::rerun-if-changed=scenarios");
    println!("cargo::rerun-if-changed=build.rs");

    let mut list = String::from("&[\n");
    for folder in sorted(&scenarios)?.into_iter().filter(|path| path.is_dir()) {
        let files = sorted(&folder)?;
        let entry = |path: &Path| format!("({:?}, include_str!({path:?}))", name(path));
        let (lessons, others): (Vec<_>, Vec<_>) = files
            .into_iter()
            .partition(|path| name(path).ends_with(".md"));
        let Some(scenario) = others.iter().find(|path| name(path) == "scenario.toml") else {
            println!(
                "cargo::error=scenarios/{}: it has no scenario.toml",
                name(&folder)
            );
            continue;
        };
        let lessons: Vec<_> = lessons.iter().map(|path| entry(path)).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(
            list,
            "Source {{ slug: {:?}, scenario: include_str!({scenario:?}), lessons: &[{}] }},",
            name(&folder),
            lessons.join(", ")
        );
    }
    list.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("scenarios.rs"), list)
}

/// What is in a folder, by name: the order in which a file system lists is its own.
fn sorted(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        paths.push(entry?.path());
    }
    paths.sort();
    Ok(paths)
}

fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}
