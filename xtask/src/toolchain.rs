//! The parts of the Rust toolchain beyond Cargo and rustc: the wasm target, Clippy and rustfmt.
//!
//! `rust-toolchain.toml` names them, and rustup installs them with the toolchain. They are missing when
//! the toolchain was installed before, by hand, or by something other than rustup.

use crate::process::{self, Failure, Result};
use crate::setup::Missing;
use std::path::{Path, PathBuf};

/// The target of the page.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// What the page needs of the toolchain and does not find.
pub(crate) fn missing_target() -> Result<Option<Missing>> {
    let sysroot = sysroot()?;
    if sysroot.join("lib/rustlib").join(WASM).join("lib").is_dir() {
        return Ok(None);
    }
    rustup(
        &["target", "add", WASM],
        format!("the Rust target {WASM}"),
        &sysroot,
    )
    .map(Some)
}

/// What the tests need of the toolchain and do not find.
pub(crate) fn missing_components() -> Result<Option<Missing>> {
    let sysroot = sysroot()?;
    let has = |program: &str| {
        let file_name = format!("{program}{}", std::env::consts::EXE_SUFFIX);
        sysroot.join("bin").join(file_name).is_file()
    };
    if has("cargo-clippy") && has("cargo-fmt") {
        return Ok(None);
    }
    rustup(
        &["component", "add", "clippy", "rustfmt"],
        "the Rust components clippy and rustfmt".to_owned(),
        &sysroot,
    )
    .map(Some)
}

/// Downloads the crates of `Cargo.lock`; quick when they are there.
pub(crate) fn fetch_crates() -> Result {
    let host = process::answer(process::command("rustc").arg("-vV"))
        .and_then(|text| {
            Some(
                text.lines()
                    .find_map(|l| l.strip_prefix("host: "))?
                    .to_owned(),
            )
        })
        .ok_or_else(no_rustc)?;
    process::run(
        &mut process::cargo(&["fetch", "--quiet", "--target", WASM, "--target", &host]),
        "the crates that Cargo.lock names could not be downloaded from crates.io; \
         Cargo's message is above",
    )
}

fn rustup(arguments: &'static [&'static str], what: String, sysroot: &Path) -> Result<Missing> {
    if process::on_path("rustup").is_empty() {
        return Err(Failure(format!(
            "{what} is missing from the toolchain in {}, and rustup, which would add it, is not on \
             PATH; get rustup from https://rustup.rs",
            sysroot.display()
        )));
    }
    let failure = format!("rustup could not add {what}; its message is above");
    Ok(Missing {
        what: format!("{what} (by `rustup {}`)", arguments.join(" ")),
        install: Box::new(move || {
            process::run(process::command("rustup").args(arguments), &failure)
        }),
    })
}

fn sysroot() -> Result<PathBuf> {
    let answer = process::answer(process::command("rustc").args(["--print", "sysroot"]));
    answer.map(PathBuf::from).ok_or_else(no_rustc)
}

fn no_rustc() -> Failure {
    Failure("rustc is not on PATH or does not run; get rustup from https://rustup.rs".to_owned())
}
