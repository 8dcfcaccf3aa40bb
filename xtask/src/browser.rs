//! The browser of the end-to-end tests: Chrome or Chromium, and a driver of the same major version.

use crate::process::{self, Failure, Result};
use crate::setup::Missing;
use std::env;
use std::fs;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Chrome first: on Ubuntu, `chromium` and `chromium-browser` are wrappers of a snap, which is confined
/// to a `/tmp` of its own.
const BROWSERS: [&str; 4] = [
    "google-chrome",
    "google-chrome-stable",
    "chromium",
    "chromium-browser",
];
const DRIVERS: [&str; 2] = ["chromedriver", "chromium.chromedriver"];

/// Where browsers are that are usually not on PATH.
const BROWSER_FILES: [&str; 4] = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
];
const DRIVER_FILES: [&str; 2] = [
    "/usr/lib/chromium/chromedriver",
    "/usr/lib/chromium-browser/chromedriver",
];

const INSTALL_BY_HAND: &str = "put both, of one version, on PATH or name them by the environment \
    variables CHROME and CHROMEDRIVER (https://googlechromelabs.github.io/chrome-for-testing has them)";

/// A browser and the driver that fits it.
pub(crate) struct Browser {
    pub(crate) chrome: PathBuf,
    pub(crate) driver: PathBuf,
}

impl Browser {
    /// The browser that the tests use.
    pub(crate) fn find() -> Result<Self> {
        let chromes = candidates("CHROME", &BROWSERS, &BROWSER_FILES)?;
        let drivers = candidates("CHROMEDRIVER", &DRIVERS, &DRIVER_FILES)?;
        let pairs = chromes
            .iter()
            .flat_map(|chrome| drivers.iter().map(move |driver| (chrome, driver)));
        let mut fitting = pairs.filter(|(chrome, driver)| chrome.fits(driver));
        if let Some((chrome, driver)) = fitting.next() {
            return Ok(Self {
                chrome: chrome.file.clone(),
                driver: driver.file.clone(),
            });
        }
        Err(Failure(match (chromes.first(), drivers.first()) {
            (Some(chrome), Some(driver)) => format!(
                "the browser tests need a Chrome or Chromium and a ChromeDriver of the same major \
                 version, but {chrome} and {driver} differ"
            ),
            (Some(chrome), None) => format!("the browser tests need a ChromeDriver for {chrome}"),
            (None, _) => {
                "the browser tests need Chrome or Chromium and its ChromeDriver, and no browser was found"
                    .to_owned()
            }
        }))
    }

    /// What the tests need and do not find, if this system has a way to install it.
    pub(crate) fn missing() -> Result<Option<Missing>> {
        let Err(Failure(why)) = Self::find() else {
            return Ok(None);
        };
        let chosen = env::var_os("CHROME").is_some() || env::var_os("CHROMEDRIVER").is_some();
        if chosen {
            return Err(Failure(why));
        }
        if !has_chromium_packages() || process::on_path("apt-get").is_empty() {
            return Err(Failure(format!("{why}; {INSTALL_BY_HAND}")));
        }
        let Some(root) = root_rights() else {
            return Err(Failure(format!(
                "{why}; `apt-get install chromium chromium-driver` as root installs both"
            )));
        };
        let by = match root {
            Root::Already => "by apt-get",
            Root::Sudo => "by sudo apt-get",
        };
        Ok(Some(Missing {
            what: format!("Chromium and its driver ({by}: chromium chromium-driver)"),
            install: Box::new(move || {
                install_packages(root)?;
                Self::find().map(drop)
            }),
        }))
    }
}

/// A program that may be the browser or the driver, and runs.
struct Candidate {
    file: PathBuf,
    /// Unknown on Windows, where Chrome does not print it but opens a window.
    major: Option<String>,
}

impl Candidate {
    fn new(file: PathBuf) -> Option<Self> {
        let silent = file.extension().is_some_and(|extension| extension == "exe")
            && file.file_stem().is_some_and(|stem| stem == "chrome");
        let major = if silent {
            None
        } else {
            let version = process::version_of(&file)?;
            version.split('.').next().map(str::to_owned)
        };
        Some(Self { file, major })
    }

    fn fits(&self, other: &Self) -> bool {
        self.major.is_none() || other.major.is_none() || self.major == other.major
    }
}

impl std::fmt::Display for Candidate {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}", self.file.display())?;
        match &self.major {
            Some(major) => write!(formatter, " (version {major})"),
            None => Ok(()),
        }
    }
}

/// The programs to choose from: the one that the variable names, or those that are found.
fn candidates(variable: &str, names: &[&str], files: &[&str]) -> Result<Vec<Candidate>> {
    if let Some(file) = env::var_os(variable).filter(|value| !value.is_empty()) {
        let named = Path::new(&file);
        // The tests run in another folder than this program.
        let absolute = std::path::absolute(named).unwrap_or_else(|_| named.to_path_buf());
        let candidate = Candidate::new(absolute).ok_or_else(|| {
            Failure(format!(
                "{variable} is {}, which does not run or tells no version",
                named.display()
            ))
        })?;
        return Ok(vec![candidate]);
    }
    let on_path = names.iter().flat_map(|name| process::on_path(name));
    let elsewhere = files
        .iter()
        .map(PathBuf::from)
        .filter(|file| file.is_file());
    Ok(on_path
        .chain(elsewhere)
        .filter_map(Candidate::new)
        .collect())
}

/// Whether apt gives a Chromium that is more than a pointer to a snap, as Ubuntu's is.
fn has_chromium_packages() -> bool {
    fs::read_to_string("/etc/os-release").is_ok_and(|text| is_debian(&text))
}

fn is_debian(os_release: &str) -> bool {
    let value = |key: &str| {
        let line = os_release.lines().find_map(|line| line.strip_prefix(key));
        line.unwrap_or_default().trim_matches('"').to_owned()
    };
    let (id, id_like) = (value("ID="), value("ID_LIKE="));
    let like = |name: &str| id_like.split_whitespace().any(|word| word == name);
    id == "debian" || (like("debian") && !like("ubuntu") && id != "ubuntu")
}

#[derive(Clone, Copy)]
enum Root {
    Already,
    Sudo,
}

/// How apt-get can be run as root: sudo counts if it needs no password or somebody is there to type it.
fn root_rights() -> Option<Root> {
    if process::answer(Command::new("id").arg("-u")).as_deref() == Some("0") {
        return Some(Root::Already);
    }
    let sudo = !process::on_path("sudo").is_empty()
        && (std::io::stdin().is_terminal()
            || process::answer(Command::new("sudo").args(["-n", "true"])).is_some());
    sudo.then_some(Root::Sudo)
}

fn install_packages(root: Root) -> Result {
    let apt_get = |arguments: &[&str]| {
        let mut words = match root {
            Root::Already => vec![],
            Root::Sudo => vec!["sudo"],
        };
        // Through `env`, because sudo clears the environment.
        words.extend([
            "env",
            "DEBIAN_FRONTEND=noninteractive",
            "apt-get",
            "--quiet",
        ]);
        words.extend(arguments);
        process::run(
            Command::new(words[0]).args(&words[1..]),
            "apt-get could not install chromium and chromium-driver; its message is above",
        )
    };
    apt_get(&["update"])?;
    apt_get(&["install", "--yes", "chromium", "chromium-driver"])
}

#[cfg(test)]
mod tests {
    use super::{Candidate, is_debian};
    use std::path::PathBuf;

    #[test]
    fn chromium_comes_from_apt_on_debian_and_not_on_ubuntu() {
        assert!(is_debian(
            "PRETTY_NAME=\"Debian GNU/Linux 12\"\nID=debian\n"
        ));
        assert!(is_debian("ID=raspbian\nID_LIKE=debian\n"));
        assert!(!is_debian("ID=ubuntu\nID_LIKE=debian\n"));
        assert!(!is_debian("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"));
        assert!(!is_debian("ID=fedora\n"));
        assert!(!is_debian("VERSION_ID=debian\n"));
    }

    #[test]
    fn browser_and_driver_fit_by_major_version() {
        let candidate = |major: Option<&str>| Candidate {
            file: PathBuf::from("program"),
            major: major.map(str::to_owned),
        };
        assert!(candidate(Some("156")).fits(&candidate(Some("156"))));
        assert!(!candidate(Some("156")).fits(&candidate(Some("155"))));
        assert!(candidate(None).fits(&candidate(Some("155"))));
    }
}
