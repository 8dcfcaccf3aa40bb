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

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let scenarios = root.join("scenarios");
    println!("cargo::rerun-if-changed=scenarios");
    println!("cargo::rerun-if-changed=build.rs");

    let mut index = String::from("&[\n");
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
            let names: Vec<_> = lessons.iter().map(|path| name(path)).collect();
            let _ = writeln!(
                index,
                "Entry {{ slug: {slug:?}, {head}, files: &[{SCENARIO:?}, {}] }},",
                quoted(&names)
            );
        }
        let entry = |path: &PathBuf| format!("({:?}, include_str!({path:?}))", name(path));
        let lessons: Vec<_> = lessons.iter().map(entry).collect();
        let _ = writeln!(
            sources,
            "Source {{ slug: {slug:?}, scenario: include_str!({scenario:?}), lessons: &[{}] }},",
            lessons.join(", ")
        );
    }
    index.push_str("]\n");
    sources.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("index.rs"), index)?;
    fs::write(out.join("scenarios.rs"), sources)
}

/// The fields of an entry that stand in a scenario; none where one of them is missing.
fn head(text: &str) -> Option<String> {
    let document: toml::Table = text.parse().ok()?;
    let titles = document.get("title")?.as_table()?.iter();
    let titles =
        titles.map(|(language, title)| Some(format!("({language:?}, {:?})", title.as_str()?)));
    let titles = titles.collect::<Option<Vec<_>>>()?.join(", ");
    let rows = document.get("rows")?.as_array()?.iter();
    let rows = rows.map(|row| row.as_str().map(str::to_owned));
    let rows = quoted(&rows.collect::<Option<Vec<_>>>()?);
    let order = u32::try_from(document.get("order")?.as_integer()?).ok()?;
    let chapter = variant(document.get("chapter")?.as_str()?)?;
    Some(format!(
        "chapter: Chapter::{chapter}, order: {order}, rows: &[{rows}], titles: &[{titles}]"
    ))
}

/// The variant of `Chapter` with a name.
fn variant(chapter: &str) -> Option<&'static str> {
    Some(match chapter {
        "processes" => "Processes",
        "schedulers" => "Schedulers",
        "threads" => "Threads",
        "synchronisation" => "Synchronisation",
        "deadlock" => "Deadlock",
        "io" => "Io",
        _ => return None,
    })
}

/// Texts as they are written in a list of Rust.
fn quoted(texts: &[String]) -> String {
    let quoted: Vec<_> = texts.iter().map(|text| format!("{text:?}")).collect();
    quoted.join(", ")
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
