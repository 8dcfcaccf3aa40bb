//! What commands run: scenarios and files by name, settings by pairs.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sim_core::program::limits;
use sim_core::scenario;
use sim_core::settings::{SettingError, Settings};
use sim_core::workload::Workload;

use super::{Failure, find};

/// The settings of `--set NAME=VALUE`.
pub(super) fn from_pairs(set: &[String]) -> Result<Settings, Failure> {
    let mut settings = Settings::default();
    let mut pairs = Vec::new();
    for text in set {
        let Some((name, value)) = text.split_once('=') else {
            let sentence = format!("--set: found {text:?}, expected NAME=VALUE");
            return Err(Failure::Input(sentence));
        };
        pairs.push((name, value));
    }
    // Lengths are read in the unit, so it comes first.
    pairs.sort_by_key(|(name, _)| *name != "unit");
    for (name, value) in pairs {
        let named = |error: SettingError| Failure::Input(format!("--set {error}"));
        settings.set(name, value).map_err(named)?;
    }
    Ok(settings)
}

/// The workload of a scenario or a file, and what errors call it.
pub(super) fn named(input: &OsStr) -> Result<(String, Workload), Failure> {
    let name = input.to_string_lossy().into_owned();
    let path = Path::new(input);
    let is_file = path
        .extension()
        .is_some_and(|extension| extension == "toml" || extension == "script")
        || name == "-"
        || path.components().count() > 1
        || (scenario::sources().iter().all(|source| source.slug != name) && path.exists());
    if is_file {
        let workload = Workload::from_bytes(&name, &read(&name, path)?)?;
        return Ok((name, workload));
    }
    Ok((name.clone(), find(&name)?.workload))
}

/// The bytes of a file, of which at most as many are read as a workload may have and one more.
fn read(name: &str, path: &Path) -> Result<Vec<u8>, Failure> {
    let cannot = |error: io::Error| {
        Failure::Input(format!(
            "{name}: found no file that can be read ({error}), expected one"
        ))
    };
    let most = limits::TEXT as u64 + 1;
    let mut bytes = Vec::new();
    let result = match name {
        "-" => io::stdin().lock().take(most).read_to_end(&mut bytes),
        _ => File::open(path)
            .map_err(cannot)?
            .take(most)
            .read_to_end(&mut bytes),
    };
    result.map_err(cannot)?;
    Ok(bytes)
}
