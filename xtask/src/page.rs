//! Building and serving the page.

use crate::process::{self, Failure, Result};
use crate::setup::Missing;
use crate::tools::{Splitter, Tools};
use crate::{setup, size, toolchain};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;

/// As in `Trunk.toml`.
const PORT: u16 = 8080;

/// Serves the page while it is worked on: a change of a source file rebuilds and reloads it.
pub(crate) fn serve(options: &[String]) -> Result {
    // Trunk would say so only after its first build, which takes minutes.
    if options.is_empty() && TcpListener::bind((Ipv4Addr::LOCALHOST, PORT)).is_err() {
        return Err(Failure(format!(
            "port {PORT} is in use; `cargo xtask serve --port {}` takes another one",
            PORT + 1
        )));
    }
    let tools = prepare(Tools::missing()?)?;
    println!("Building the page. Then open the address that Trunk prints; Ctrl-C ends it.");
    replace_by(tools.trunk(&["serve"]).args(options))
}

/// Builds the page for publication into `dist/`.
pub(crate) fn build(options: &[String]) -> Result {
    let tools = prepare(missing()?)?;
    trunk_build(tools.trunk(&["build", "--release"]).args(options))
}

/// Builds the page for publication into a folder that nothing else uses, so that a `trunk serve` which
/// is running keeps its `dist/`.
pub(crate) fn build_into(dist: &Path, tools: &Tools) -> Result {
    trunk_build(tools.trunk(&["build", "--release", "--dist"]).arg(dist))
}

/// Builds the page for publication and prints its compressed size.
pub(crate) fn size() -> Result {
    let tools = prepare(missing()?)?;
    let dist = test_dist();
    build_into(&dist, &tools)?;
    size::check(&dist)
}

/// The folder of the page that is measured and tested.
pub(crate) fn test_dist() -> PathBuf {
    process::target_dir().join("page")
}

/// The tools that are needed to publish the page, and not there.
pub(crate) fn missing() -> Result<Vec<Missing>> {
    let mut missing = Tools::missing()?;
    missing.extend(Splitter::missing()?);
    Ok(missing)
}

fn prepare(mut missing: Vec<Missing>) -> Result<Tools> {
    missing.splice(0..0, toolchain::missing_target()?);
    setup::install(missing)?;
    toolchain::fetch_crates()?;
    Tools::find()
}

fn trunk_build(command: &mut Command) -> Result {
    process::run(
        command,
        "the page could not be built; the messages of Trunk and Cargo are above",
    )
}

/// Goes on as another program, so that ending this one ends that one.
#[cfg(unix)]
fn replace_by(command: &mut Command) -> Result {
    use std::os::unix::process::CommandExt;
    let error = command.exec();
    Err(Failure(format!("Trunk could not be started: {error}")))
}

#[cfg(not(unix))]
fn replace_by(command: &mut Command) -> Result {
    process::run(command, "Trunk ended with an error; its message is above")
}
