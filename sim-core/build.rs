//! Lists the folders of `scenarios/`, so that a new scenario is a new folder and nothing else.
//!
//! Not a reader of scenarios: their texts are checked when they are used. For the index it looks up what
//! stands at the top of each; where that is not there, the scenario is left out, and whoever reads it is
//! told why.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// The file that makes a folder a scenario.
const SCENARIO: &str = "scenario.toml";

/// What the index says of a scenario of which there is a real run.
const RECORDED: &str = "recorded";

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let scenarios = root.join("scenarios");
    println!("cargo::rerun-if-changed=scenarios");
    let recordings = root.join("recordings");
    println!("cargo::rerun-if-changed=recordings");
    println!("cargo::rerun-if-changed=build.rs");

    let mut index = String::new();
    let mut sources = String::from("&[\n");
    for folder in sorted(&scenarios)?.into_iter().filter(|path| path.is_dir()) {
        let slug = name(&folder);
        let scenario = folder.join(SCENARIO);
        if !scenario.is_file() {
            println!("cargo::error=scenarios/{slug}: it has no {SCENARIO}");
            continue;
        }
        let lessons: Vec<_> = sorted(&folder)?
            .into_iter()
            .filter(|path| name(path).ends_with(".md"))
            .collect();
        // Writing to a string cannot fail.
        if let Some(head) = head(&fs::read_to_string(&scenario)?) {
            let lessons: Vec<_> = lessons.iter().map(|path| name(path)).collect();
            let lessons = lessons.join(" ");
            let recorded = match recordings.join(format!("{slug}.txt")).is_file() {
                true => RECORDED,
                false => "",
            };
            let _ = writeln!(index, "{slug}\t{SCENARIO} {lessons}\t{recorded}\t{head}");
        }
        let entry = |path: &PathBuf| format!("({:?}, include_str!({path:?}))", name(path));
        let lessons: Vec<_> = lessons.iter().map(entry).collect();
        let _ = writeln!(
            sources,
            "Source {{ slug: {slug:?}, scenario: include_str!({scenario:?}), lessons: &[{}] }},",
            lessons.join(", ")
        );
    }
    sources.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("index.txt"), index)?;
    fs::write(out.join("scenarios.rs"), sources)
}

/// What the index has from a scenario itself; none where something of it is missing.
fn head(text: &str) -> Option<String> {
    let document: toml::Table = text.parse().ok()?;
    let rows = document.get("rows")?.as_array()?.iter();
    let rows: Option<Vec<_>> = rows.map(toml::Value::as_str).collect();
    let mut head = format!(
        "{}\t{}\t{}",
        document.get("chapter")?.as_str()?,
        document.get("order")?.as_integer()?,
        rows?.join(" ")
    );
    for (language, title) in document.get("title")?.as_table()? {
        let _ = write!(head, "\t{language}={}", title.as_str()?);
    }
    // It has to be one line.
    (!head.contains('\n')).then_some(head)
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
