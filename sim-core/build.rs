//! Lists the folders of `scenarios/`, so that a new scenario is a new folder and nothing else.
//!
//! Not a reader of scenarios: the texts are embedded as they are and checked when they are used. Only
//! where claims are not wanted they are left out, and comments with them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let scenarios = root.join("scenarios");
    println!("cargo::rerun-if-changed=scenarios");
    println!("cargo::rerun-if-changed=build.rs");

    let has_claims = env::var_os("CARGO_FEATURE_CLAIMS").is_some();
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
            "Source {{ slug: {:?}, scenario: {}, lessons: &[{}] }},",
            name(&folder),
            match has_claims {
                true => format!("include_str!({scenario:?})"),
                false => format!("{:?}", without_claims(&fs::read_to_string(scenario)?)),
            },
            lessons.join(", ")
        );
    }
    list.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("scenarios.rs"), list)
}

/// A scenario without its claims, comments and empty lines. It relies on how scenarios are written:
/// headers of tables and comments begin their line.
fn without_claims(scenario: &str) -> String {
    let mut text = String::new();
    let mut is_claim = false;
    for line in scenario.lines() {
        let is_header = line.starts_with('[') && line.trim_end().ends_with(']');
        if is_header {
            is_claim = line.starts_with("[[claim]]");
        }
        if !is_claim && !line.is_empty() && !line.starts_with('#') {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
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
