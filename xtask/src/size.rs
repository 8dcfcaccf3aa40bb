//! The compressed size of a built page, and the limit it has to keep.
//!
//! What counts is a first visit: every file but the texts of scenarios that are fetched when they are
//! opened, and the part of the page that is fetched when it is first needed. The texts of the scenario that
//! a first visit shows are named in the page itself, and count. That a first visit fetches these files and no
//! others is a test in the browser.

use crate::process::{Failure, Result};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What a first visit may download, all files together: a few seconds on a slow connection.
///
/// The goal is 300,000 bytes. This is a ratchet below it: lower it with the page. What costs and what saved
/// is in `docs/benchmarks.md`.
const LIMIT_BYTES: usize = 300_000;

/// Where the texts of scenarios are, and the recordings of real runs.
const FETCHED: [&str; 2] = ["scenarios/", "recordings/"];

/// How the name ends of the part that is fetched later.
pub(crate) const PART: &str = "_later.wasm";

/// Prints the size of each file and of all, and fails when all are over the limit.
pub(crate) fn check(dist: &Path) -> Result {
    let failure =
        |error: io::Error| Failure(format!("{} could not be read: {error}", dist.display()));
    let page = fs::read_to_string(dist.join("index.html")).map_err(failure)?;
    let mut total = 0;
    let (mut later, mut parts) = (0, 0);
    println!("{:>9} {:>9}  file", "bytes", "gzip");
    for file in files_below(dist).map_err(failure)? {
        let content = fs::read(&file).map_err(failure)?;
        let compressed = gzip_len(&content).map_err(failure)?;
        let name = name_in_page(file.strip_prefix(dist).unwrap_or(&file));
        if FETCHED.iter().any(|folder| name.starts_with(folder)) && !page.contains(&name) {
            later += compressed;
            continue;
        }
        if name.ends_with(PART) {
            parts += compressed;
            continue;
        }
        total += compressed;
        println!("{:>9} {compressed:>9}  {name}", content.len());
    }
    println!("{:>9} {total:>9}  in all, of {LIMIT_BYTES} allowed", "");
    println!(
        "{:>9} {parts:>9}  of the part that is fetched when it is first needed",
        ""
    );
    println!(
        "{:>9} {later:>9}  of other scenarios and of recordings, each fetched when it is opened",
        ""
    );
    if parts == 0 {
        return Err(Failure(
            "the page is in one piece: was it built for publication?".to_owned(),
        ));
    }
    if total > LIMIT_BYTES {
        return Err(Failure(format!(
            "the page has {total} bytes compressed, more than the {LIMIT_BYTES} allowed"
        )));
    }
    Ok(())
}

/// The path of a file as a page names it, on every system.
fn name_in_page(file: &Path) -> String {
    let parts = file.iter().map(|part| part.to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
}

fn files_below(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(files_below(&path)?);
        } else {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The length after compression as web servers do it.
fn gzip_len(content: &[u8]) -> io::Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content)?;
    Ok(encoder.finish()?.len())
}
