//! Starting other programs: finding them, reading their answers, turning their failure into a sentence.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Why a command cannot go on, as one sentence for the person at the terminal.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) String);

pub(crate) type Result<T = ()> = std::result::Result<T, Failure>;

/// The top folder of the repository.
pub(crate) fn root() -> PathBuf {
    let manifest_dir =
        env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let root = Path::new(&manifest_dir).parent();
    root.expect("xtask is a folder of the repository").into()
}

/// Where Cargo puts what it builds: the folder that holds `debug/xtask`, whatever configured it.
pub(crate) fn target_dir() -> PathBuf {
    let program = env::current_exe().ok();
    let target_dir = program.as_deref().and_then(|path| path.ancestors().nth(2));
    target_dir.map_or_else(|| root().join("target"), Path::to_path_buf)
}

/// A program that runs in the repository's top folder, without what Cargo tells only `xtask`.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    // Some build scripts ask to run again when one of these changes; inherited from `cargo xtask`
    // they would make every switch between `cargo test` and `cargo xtask test` a rebuild.
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

/// Cargo itself, the same one that runs `xtask`.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments);
    command
}

/// Runs a program whose output the person sees; `failure` is the sentence for when it does not succeed.
pub(crate) fn run(command: &mut Command, failure: &str) -> Result {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(Failure(failure.to_owned())),
        Err(error) => Err(Failure(format!(
            "{failure} ({} did not start: {error})",
            command.get_program().display()
        ))),
    }
}

/// What a program prints, or `None` if it does not start or does not succeed.
pub(crate) fn answer(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    output.status.success().then_some(text)
}

/// The version a program reports: the first word of `--version` that begins with a digit.
pub(crate) fn version_of(program: &Path) -> Option<String> {
    version_in(&answer(Command::new(program).arg("--version"))?)
}

fn version_in(text: &str) -> Option<String> {
    let is_version = |word: &&str| word.starts_with(|first: char| first.is_ascii_digit());
    text.split_whitespace().find(is_version).map(str::to_owned)
}

/// The programs of this name on PATH, in its order.
pub(crate) fn on_path(name: &str) -> Vec<PathBuf> {
    let file_name = format!("{name}{}", env::consts::EXE_SUFFIX);
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .map(|folder| folder.join(&file_name))
        .filter(|file| file.is_file())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::version_in;

    #[test]
    fn version_is_the_first_word_with_a_digit_in_front() {
        let version = |text| version_in(text).unwrap_or_default();
        assert_eq!(version("trunk 0.21.14"), "0.21.14");
        assert_eq!(
            version("Chromium 156.0.8078.79 built on Debian GNU/Linux 12 (bookworm)"),
            "156.0.8078.79"
        );
        assert_eq!(
            version("ChromeDriver 156.0.8078.79 (a21ce95c24ce-refs/branch-heads/8078@{#1704})"),
            "156.0.8078.79"
        );
        assert_eq!(version("no version here"), "");
    }
}
