//! Trunk, wasm-bindgen and wasm-split-cli, each in exactly the version that this repository needs.
//!
//! A tool that is on PATH in that version is used. Otherwise it is built into a folder of its own in
//! the user's cache folder: `~/.cargo/bin` stays as it is, so other projects keep their versions, and
//! another clone of this repository finds the tools there.

use crate::process::{self, Failure, Result};
use crate::setup::Missing;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The last release that works with this repository's Rust version.
const TRUNK_VERSION: &str = "0.21.14";

/// Takes the published page apart. What functions of a part are called (the crate `part`) is agreed with
/// versions 0.2.
const SPLITTER_VERSION: &str = "0.2.4";

/// A program that comes as a crate.
struct Tool {
    package: &'static str,
    program: &'static str,
    version: String,
    known_by: KnownBy,
    /// What it is built with.
    features: &'static [&'static str],
    /// How long its build takes on a small machine, for the person who waits.
    build_time: &'static str,
}

/// What shows the version of a program.
#[derive(PartialEq, Eq)]
enum KnownBy {
    /// It says so when it is asked for.
    Answer,
    /// Only the folder into which it was installed: it does not say.
    Folder,
}

/// Trunk, and the PATH on which it finds wasm-bindgen.
pub(crate) struct Tools {
    trunk: PathBuf,
    path: OsString,
}

impl Tools {
    /// The tools that are needed and not there.
    pub(crate) fn missing() -> Result<Vec<Missing>> {
        missing_of([trunk(), wasm_bindgen()?])
    }

    /// wasm-bindgen, if it is needed and not there.
    pub(crate) fn missing_bindgen() -> Result<Vec<Missing>> {
        missing_of([wasm_bindgen()?])
    }

    /// wasm-bindgen, ready to run.
    pub(crate) fn bindgen() -> Result<Command> {
        Ok(process::command(wasm_bindgen()?.find_or_fail(&folder()?)?))
    }

    /// The tools, once nothing is missing.
    pub(crate) fn find() -> Result<Self> {
        let folder = folder()?;
        let trunk = trunk().find_or_fail(&folder)?;
        let wasm_bindgen = wasm_bindgen()?.find_or_fail(&folder)?;
        let path = env::var_os("PATH").unwrap_or_default();
        let first = wasm_bindgen.parent().map(Path::to_path_buf);
        let path = env::join_paths(first.into_iter().chain(env::split_paths(&path)))
            .map_err(|error| Failure(format!("PATH cannot be extended: {error}")))?;
        Ok(Self { trunk, path })
    }

    /// Trunk, ready to run.
    pub(crate) fn trunk(&self, arguments: &[&str]) -> Command {
        let mut command = process::command(&self.trunk);
        command.args(arguments).env("PATH", &self.path);
        command.env("TRUNK_SKIP_VERSION_CHECK", "true");
        // Any value means yes (no-color.org), but Trunk 0.21 takes it for its own option, and stops with
        // an error unless it is `true` or `false`.
        if env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) {
            command.env("NO_COLOR", "true");
        } else {
            command.env_remove("NO_COLOR");
        }
        command
    }
}

/// wasm-split-cli.
pub(crate) struct Splitter;

impl Splitter {
    /// It, if it is not there.
    pub(crate) fn missing() -> Result<Vec<Missing>> {
        missing_of([splitter()])
    }

    /// It, ready to run.
    pub(crate) fn find() -> Result<Command> {
        Ok(process::command(splitter().find_or_fail(&folder()?)?))
    }
}

/// Those of the tools that are not there.
fn missing_of<const COUNT: usize>(tools: [Tool; COUNT]) -> Result<Vec<Missing>> {
    let folder = folder()?;
    let missing = |tool: Tool| Missing {
        what: format!(
            "{} {} (into {}, built in {})",
            tool.package,
            tool.version,
            tool.home(&folder).display(),
            tool.build_time
        ),
        install: Box::new({
            let folder = folder.clone();
            move || tool.install(&folder)
        }),
    };
    let tools = tools.into_iter();
    Ok(tools
        .filter(|tool| tool.find(&folder).is_none())
        .map(missing)
        .collect())
}

fn splitter() -> Tool {
    Tool {
        package: "wasm_split_cli_support",
        program: "wasm-split-cli",
        version: SPLITTER_VERSION.to_owned(),
        known_by: KnownBy::Folder,
        features: &["build-binary"],
        build_time: "about 2 minutes",
    }
}

fn trunk() -> Tool {
    Tool {
        package: "trunk",
        program: "trunk",
        version: TRUNK_VERSION.to_owned(),
        known_by: KnownBy::Answer,
        features: &[],
        build_time: "about 4 minutes",
    }
}

/// The page's JavaScript is made by this program, from a section of the wasm file that only the same
/// version of the library writes.
fn wasm_bindgen() -> Result<Tool> {
    let lock_file = process::root().join("Cargo.lock");
    let text = fs::read_to_string(&lock_file).map_err(|error| {
        Failure(format!(
            "{} could not be read: {error}",
            lock_file.display()
        ))
    })?;
    let version = locked_version(&text, "wasm-bindgen").ok_or_else(|| {
        Failure(
            "Cargo.lock names no wasm-bindgen, so no version of its tool can be chosen; \
             is `app` a member of the workspace?"
                .to_owned(),
        )
    })?;
    Ok(Tool {
        package: "wasm-bindgen-cli",
        program: "wasm-bindgen",
        version: version.to_owned(),
        known_by: KnownBy::Answer,
        features: &[],
        build_time: "about 2 minutes",
    })
}

/// The version of a package in the text of a `Cargo.lock`.
fn locked_version<'a>(lock_file: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock_file.lines().skip_while(|line| *line != name);
    let version = lines.nth(1)?.strip_prefix("version = \"")?;
    version.strip_suffix('"')
}

impl Tool {
    fn home(&self, folder: &Path) -> PathBuf {
        folder.join(format!("{}-{}", self.package, self.version))
    }

    fn installed(&self, folder: &Path) -> PathBuf {
        let file_name = format!("{}{}", self.program, env::consts::EXE_SUFFIX);
        self.home(folder).join("bin").join(file_name)
    }

    fn find(&self, folder: &Path) -> Option<PathBuf> {
        let installed = self.installed(folder);
        if self.known_by == KnownBy::Folder {
            let runs = process::answer(Command::new(&installed).arg("--help")).is_some();
            return runs.then_some(installed);
        }
        let mut candidates = process::on_path(self.program);
        candidates.push(installed);
        candidates.extend(self.of_trunk());
        let right = |file: &PathBuf| process::version_of(file).as_ref() == Some(&self.version);
        candidates.into_iter().find(right)
    }

    /// Where Trunk puts what it downloads itself.
    fn of_trunk(&self) -> Option<PathBuf> {
        let folder = if cfg!(windows) {
            "trunkrs/trunk/cache"
        } else if cfg!(target_os = "macos") {
            "dev.trunkrs.trunk"
        } else {
            "trunk"
        };
        let file_name = format!("{}{}", self.program, env::consts::EXE_SUFFIX);
        let home = format!("{}-{}", self.program, self.version);
        Some(caches()?.join(folder).join(home).join(file_name))
    }

    fn find_or_fail(&self, folder: &Path) -> Result<PathBuf> {
        self.find(folder).ok_or_else(|| {
            Failure(format!(
                "{} {} was not found, neither on PATH nor in {}",
                self.program,
                self.version,
                self.home(folder).display()
            ))
        })
    }

    fn install(&self, folder: &Path) -> Result {
        let io_failure = |error: std::io::Error| {
            Failure(format!(
                "{} cannot be used for the tools: {error}; choose another folder by LOCKSTEP_TOOLS",
                folder.display()
            ))
        };
        fs::create_dir_all(folder).map_err(io_failure)?;
        // Held until the end of this function; another clone may be installing the same tool.
        let lock = fs::File::create(folder.join("lock")).map_err(io_failure)?;
        if lock.try_lock().is_err() {
            println!("Another installation is going on; waiting for it.");
            lock.lock().map_err(io_failure)?;
        }
        if self.find(folder).is_some() {
            return Ok(());
        }
        // An interrupted build goes on where it was; a finished one leaves only the program.
        let build_dir = folder.join("build").join(self.package);
        let failure = format!(
            "{} {} could not be installed from crates.io; Cargo's message is above",
            self.package, self.version
        );
        // The lock file that is published with a tool gives the builds that its authors tested. Some
        // registries do not serve every entry of it, and then the newest compatible crates do.
        if process::run(
            &mut self.cargo_install(folder, &build_dir, &["--locked"]),
            &failure,
        )
        .is_err()
        {
            println!(
                "Once more, with the newest compatible crates instead of the tool's own Cargo.lock:"
            );
            process::run(&mut self.cargo_install(folder, &build_dir, &[]), &failure)?;
        }
        let _ = fs::remove_dir_all(&build_dir); // It is only a cache, so a failure does no harm.
        self.find_or_fail(folder).map(drop)
    }

    fn cargo_install(&self, folder: &Path, build_dir: &Path, options: &[&str]) -> Command {
        let mut command = process::cargo(&["install", self.package, "--version", &self.version]);
        command.args(["--bin", self.program]).args(options);
        // By default both can download: Trunk its helpers, wasm-bindgen a browser driver. Here all is
        // installed already, so the TLS code that this needs, a good part of the build, is left out.
        command.arg("--no-default-features");
        for feature in self.features {
            command.args(["--features", feature]);
        }
        command.arg("--root").arg(self.home(folder));
        command.arg("--target-dir").arg(build_dir);
        if self.installed(folder).exists() {
            command.arg("--force"); // It is there and does not run.
        }
        // Outside the repository, so that its settings do not matter to a tool; nor do settings that
        // were meant for the repository's own builds.
        command.current_dir(folder);
        for name in [
            "CARGO_TARGET_DIR",
            "CARGO_BUILD_TARGET_DIR",
            "CARGO_BUILD_TARGET",
            "RUSTFLAGS",
        ] {
            command.env_remove(name);
        }
        // Built quickly rather than optimised fully: they run for a second at a time.
        command.env("CARGO_PROFILE_RELEASE_LTO", "off");
        command.env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
        command.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1");
        command.env("CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS", "fallback");
        command
    }
}

/// Where the tools are installed: `LOCKSTEP_TOOLS`, or the cache folder of the user's system.
fn folder() -> Result<PathBuf> {
    // Absolute, because the tools are installed from another folder than they are looked for.
    variable("LOCKSTEP_TOOLS")
        .or_else(|| Some(caches()?.join("lockstep").join("tools")))
        .and_then(|folder| std::path::absolute(folder).ok())
        .ok_or_else(|| {
            Failure("there is no home folder to install tools in; set LOCKSTEP_TOOLS".to_owned())
        })
}

/// The cache folder of the user's system.
fn caches() -> Option<PathBuf> {
    let home = || variable("HOME");
    if cfg!(windows) {
        variable("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        home().map(|home| home.join("Library/Caches"))
    } else {
        variable("XDG_CACHE_HOME").or_else(|| home().map(|home| home.join(".cache")))
    }
}

fn variable(name: &str) -> Option<PathBuf> {
    env::var_os(name)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::locked_version;

    #[test]
    fn version_is_read_from_the_lock_file() {
        let lock_file = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"0.2.1\"\n\n\
                         [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\nsource = \"x\"\n";
        assert_eq!(locked_version(lock_file, "wasm-bindgen"), Some("0.2.130"));
        assert_eq!(locked_version(lock_file, "wasm"), None);
    }
}
