//! Takes the published page apart: what a first visit needs, and what is fetched later.
//!
//! Trunk calls this once it has built the page (`Trunk.toml`). It knows nothing of parts, so what it has
//! made of the linked module is put aside: `wasm-split-cli` splits that module where functions are marked
//! by `#[later]`, wasm-bindgen writes the JavaScript of the first piece, and both take the place of Trunk's
//! files. What is in which piece follows from who calls whom, and is nobody's list.

use crate::process::{self, Failure, Result};
use crate::setup;
use crate::size::PART;
use crate::toolchain::WASM;
use crate::tools::{Splitter, Tools};
use sha2::{Digest, Sha384};
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// The name of the page's program, as Cargo has it.
const PROGRAM: &str = "lockstep-app";
/// The profile of the published page, as in index.html.
const PROFILE: &str = "wasm-release";
/// What index.html calls the part and its integrity.
const LATER: &str = "later.wasm";
const INTEGRITY_OF_LATER: &str = "of-later.wasm";

/// What Trunk asks for after each build.
pub(crate) fn split() -> Result {
    let variable = |name: &str| {
        env::var_os(name).ok_or_else(|| {
            Failure(format!(
                "{name} is not set: Trunk calls this itself, as Trunk.toml tells it to"
            ))
        })
    };
    // Only a page for publication is in pieces.
    if variable("TRUNK_PROFILE")? != "release" {
        return Ok(());
    }
    let staging = PathBuf::from(variable("TRUNK_STAGING_DIR")?);
    let mut missing = Tools::missing_bindgen()?;
    missing.extend(Splitter::missing()?);
    setup::install(missing)?;
    let pieces = pieces()?;
    put_into(&staging, &pieces).map_err(|error| {
        Failure(format!(
            "the pieces of the page could not be put into {}: {error}",
            staging.display()
        ))
    })
}

/// A page in pieces.
struct Pieces {
    /// The JavaScript of the first piece.
    script: Vec<u8>,
    first: Vec<u8>,
    later: Vec<u8>,
}

fn pieces() -> Result<Pieces> {
    let target = process::target_dir();
    let linked = target
        .join(WASM)
        .join(PROFILE)
        .join(format!("{PROGRAM}.wasm"));
    let folder = target.join("page-in-pieces");
    let _ = fs::remove_dir_all(&folder); // What may be left of the last time.
    process::run(
        Splitter::find()?
            .arg(&linked)
            .arg(&folder)
            .args(["--out-name", PROGRAM]),
        "the page could not be split; the message of wasm-split-cli is above",
    )?;
    let first = folder.join(format!("{PROGRAM}.wasm"));
    let out = folder.join("first");
    process::run(
        Tools::bindgen()?
            .args(["--target", "web", "--no-typescript"])
            .args(["--remove-name-section", "--remove-producers-section"])
            .arg("--out-dir")
            .arg(&out)
            .args(["--out-name", PROGRAM])
            .arg(first),
        "wasm-bindgen failed on the first piece of the page; its message is above",
    )?;
    let read = |file: PathBuf| {
        fs::read(&file)
            .map_err(|error| Failure(format!("{} could not be read: {error}", file.display())))
    };
    let later = read(folder.join("split_later.wasm"))?;
    Ok(Pieces {
        script: compact(&read(out.join(format!("{PROGRAM}.js")))?),
        first: read(out.join(format!("{PROGRAM}_bg.wasm")))?,
        later: without_names(&later)
            .ok_or_else(|| Failure("wasm-split-cli wrote a part that is no module".to_owned()))?,
    })
}

/// A script of wasm-bindgen without indentation and comments, which no minifier of Trunk's takes out: it cannot
/// read such scripts. One in which a line may be part of a text stays as it is.
fn compact(script: &[u8]) -> Vec<u8> {
    let Ok(text) = str::from_utf8(script) else {
        return script.to_vec();
    };
    let goes_on = |line: &str| line.matches('`').count() % 2 == 1 || line.ends_with('\\');
    if text.contains("/*") || text.lines().any(goes_on) {
        return script.to_vec();
    }
    let lines = text.lines().map(str::trim_start);
    let code = lines.filter(|line| !line.is_empty() && !line.starts_with("//"));
    code.flat_map(|line| [line, "\n"])
        .collect::<String>()
        .into()
}

/// Puts the pieces where Trunk's one piece is, and their names and hashes into the page.
fn put_into(staging: &Path, pieces: &Pieces) -> std::io::Result<()> {
    let index = staging.join("index.html");
    let mut page = fs::read_to_string(&index)?;
    let name = format!("{PROGRAM}-{}", short(&pieces.first));
    let put = |file: String, content: &[u8]| fs::write(staging.join(file), content);
    for entry in fs::read_dir(staging)? {
        let path = entry?.path();
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        let Some(rest) = file.strip_prefix(PROGRAM) else {
            continue;
        };
        let (ending, content) = if rest.ends_with(".js") {
            (".js", &pieces.script)
        } else if rest.ends_with("_bg.wasm") {
            ("_bg.wasm", &pieces.first)
        } else {
            continue;
        };
        let old = fs::read(&path)?;
        fs::remove_file(&path)?;
        put(format!("{name}{ending}"), content)?;
        page = page
            .replace(&*file, &format!("{name}{ending}"))
            .replace(&integrity(&old), &integrity(content));
    }
    let later = format!("{PROGRAM}-{}{PART}", short(&pieces.later));
    put(later.clone(), &pieces.later)?;
    page = page
        .replace(INTEGRITY_OF_LATER, &integrity(&pieces.later))
        .replace(LATER, &later);
    fs::write(&index, page)
}

/// A module without its custom sections, such as the names of its functions; none if it is no module.
fn without_names(module: &[u8]) -> Option<Vec<u8>> {
    /// The magic number and the version.
    const HEAD: usize = 8;
    const CUSTOM: u8 = 0;
    let mut kept = module.get(..HEAD)?.to_vec();
    let mut at = HEAD;
    while at < module.len() {
        let start = at;
        let kind = module[at];
        at += 1;
        let mut length = 0_usize;
        let mut shift = 0;
        loop {
            let byte = *module.get(at)?;
            at += 1;
            length |= usize::from(byte & 0x7f).checked_shl(shift)?;
            shift += 7;
            if byte & 0x80 == 0 {
                break;
            }
        }
        at = at.checked_add(length)?;
        let section = module.get(start..at)?;
        if kind != CUSTOM {
            kept.extend_from_slice(section);
        }
    }
    Some(kept)
}

/// What tells a file's content apart in its name.
fn short(content: &[u8]) -> String {
    let digest = Sha384::digest(content);
    let mut short = String::new();
    for byte in &digest[..8] {
        let _ = write!(short, "{byte:02x}"); // Writing to a string cannot fail.
    }
    short
}

/// The hash by which browsers check a file, as Trunk writes it.
fn integrity(content: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::from("sha384-");
    // 48 bytes: no digit is left over.
    for three in Sha384::digest(content).chunks_exact(3) {
        let bits = u32::from_be_bytes([0, three[0], three[1], three[2]]);
        for shift in [18, 12, 6, 0] {
            let digit = usize::try_from((bits >> shift) & 63).unwrap_or_default();
            text.push(char::from(DIGITS[digit]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{compact, integrity, short, without_names};

    #[test]
    fn a_script_loses_nothing_but_indentation_and_comments() {
        let script = "function f() {\n    // What it does.\n\n    return `a b`; // so\n}\n";
        assert_eq!(
            compact(script.as_bytes()),
            b"function f() {\nreturn `a b`; // so\n}\n"
        );
        for text in ["x = `a\n  b`;\n", "x = 'a\\\n  b';\n", "/*\n  a\n*/\n"] {
            assert_eq!(compact(text.as_bytes()), text.as_bytes());
        }
    }

    #[test]
    fn hashes_are_those_that_browsers_check() {
        // `printf 'x' | openssl dgst -sha384 -binary | base64`
        assert_eq!(
            integrity(b"x"),
            "sha384-11LCxR+6DimqGQVwqdQlPkQHegWNMpf6OlYw1b0BJiL5fCisrtMTtcg7uZDKp9qF"
        );
        assert_eq!(short(b"x").len(), 16);
        assert_ne!(short(b"x"), short(b"y"));
    }

    #[test]
    fn names_go_and_all_else_stays() {
        let head = *b"\0asm\x01\0\0\0";
        let module = [&head[..], &[1, 2, 7, 8], &[0, 3, 1, b'n', 9], &[10, 1, 0]].concat();
        let without = [&head[..], &[1, 2, 7, 8], &[10, 1, 0]].concat();
        assert_eq!(without_names(&module), Some(without));
        assert_eq!(without_names(b"no module"), None);
        assert_eq!(without_names(&module[..module.len() - 1]), None);
    }
}
