//! Settings: every parameter of a machine by name, as text that people read and write.
//!
//! One mechanism for `--set`, a workload's `[machine]`, links and the page's controls. Not the
//! checked values behind them, which are [`Config`](crate::program::Config).

mod config;
mod table;

use core::fmt;
use std::collections::BTreeMap;

pub use table::{Group, Least, Readers, SETTINGS, Setting, SettingKind};

use crate::time::Unit;

/// The settings that somebody has set; all others have their defaults.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Settings {
    /// Canonical texts with their places in [`SETTINGS`], in that order.
    values: Vec<(usize, String)>,
    /// The constants of the script that are given other values, by name.
    constants: BTreeMap<String, i64>,
}

/// A name or value that no setting has.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SettingError {
    /// The setting, or what was given as one.
    pub name: String,
    /// What was found.
    pub found: String,
    /// What was expected instead.
    pub expected: String,
}

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: found {}, expected {}",
            self.name, self.found, self.expected
        )
    }
}

impl std::error::Error for SettingError {}

/// The settings that mean something to a run on a real operating system. All others are about what the
/// simulated machine does in its place: policies, costs, the order of what happens at one moment.
const REAL: [&str; 16] = [
    "unit",
    "cpus",
    "os",
    "fault_ends",
    "process_table",
    "threads",
    "kernel_threads",
    "processors",
    "interpreter_lock",
    "switch_interval",
    "disk",
    "send_buffer",
    "receive_buffer",
    "seed",
    "until",
    "max_events",
];

impl Settings {
    /// Those of them that mean something to a run on a real operating system, and the constants of the
    /// script.
    #[must_use]
    pub fn for_real(&self) -> Self {
        let is_real = |index: usize| REAL.contains(&SETTINGS[index].name);
        let mut real = self.clone();
        real.values.retain(|(index, _)| is_real(*index));
        real
    }

    /// Sets a setting.
    ///
    /// A length is read in the unit that is set at this moment: set the unit first. A name in
    /// capital letters is that of a constant of the script; whether the script has it is seen when the
    /// two meet.
    ///
    /// # Errors
    ///
    /// When there is no such setting or it does not take that value; nothing changes then.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), SettingError> {
        if is_constant(name) {
            let number = value.parse().map_err(|_| SettingError {
                name: name.to_owned(),
                found: format!("{value:?}"),
                expected: "a whole number, the value of a constant of the script".to_owned(),
            })?;
            self.constants.insert(name.to_owned(), number);
            return Ok(());
        }
        let index = index_of(name)?;
        let canonical = SETTINGS[index].canonical(value, self.unit())?;
        self.put(index, canonical);
        Ok(())
    }

    /// The value of a setting, if it was set.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let index = index_of(name).ok()?;
        let (_, value) = self.values.iter().find(|(own, _)| *own == index)?;
        Some(value)
    }

    /// Gives a setting its default again.
    pub fn unset(&mut self, name: &str) {
        if let Ok(index) = index_of(name) {
            self.values.retain(|(own, _)| *own != index);
        }
        self.constants.remove(name);
    }

    /// The constants of the script that were set, in order of their names.
    #[must_use]
    pub const fn constants(&self) -> &BTreeMap<String, i64> {
        &self.constants
    }

    /// What was set, in the order of the table; the constants of the script stand beside it, in
    /// [`constants`](Self::constants).
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.values
            .iter()
            .map(|(index, value)| (SETTINGS[*index].name, value.as_str()))
    }

    /// All that was set, constants included, in an order in which [`set`](Self::set) takes it: lengths are
    /// read in the unit, so it comes first.
    #[must_use]
    pub fn pairs(&self) -> Vec<(String, String)> {
        let settings = self.iter();
        let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let constants = self.constants.iter();
        let constants = constants.map(|(name, value)| (name.clone(), value.to_string()));
        let (mut first, rest): (Vec<_>, Vec<_>) = settings
            .chain(constants)
            .partition(|(name, _)| name == "unit");
        first.extend(rest);
        first
    }

    /// Whether nothing was set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty() && self.constants.is_empty()
    }

    /// The unit of its lengths.
    #[must_use]
    pub fn unit(&self) -> Unit {
        self.get("unit")
            .and_then(Unit::named)
            .unwrap_or(Unit::MILLISECOND)
    }

    /// The value in effect: the one that was set, else the default. Defaults that follow other
    /// settings are worked out: the slice of each level, the costs of the preset, the rule of ties
    /// of a cyclic queue. Empty where there is no such setting.
    #[must_use]
    pub fn value(&self, name: &str) -> String {
        match self.get(name) {
            Some(value) => value.to_owned(),
            None => config::default_of(self, name),
        }
    }

    /// Both together; where both set something, `over` wins.
    #[must_use]
    pub fn merged(&self, over: &Self) -> Self {
        let mut merged = self.clone();
        for (index, value) in &over.values {
            merged.put(*index, value.clone());
        }
        merged.constants.extend(over.constants.clone());
        merged
    }

    fn put(&mut self, index: usize, value: String) {
        let place = self.values.partition_point(|(own, _)| *own < index);
        match self.values.get_mut(place) {
            Some((own, old)) if *own == index => *old = value,
            _ => self.values.insert(place, (index, value)),
        }
    }
}

/// Whether a name is that of a constant of a script, and not of a setting.
#[must_use]
pub fn is_constant(name: &str) -> bool {
    let rest = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    name.bytes()
        .next()
        .is_some_and(|first| first.is_ascii_uppercase())
        && name.bytes().all(rest)
}

/// The place of a setting in the table.
fn index_of(name: &str) -> Result<usize, SettingError> {
    let index = SETTINGS.iter().position(|setting| setting.name == name);
    index.ok_or_else(|| SettingError {
        name: name.to_owned(),
        found: "a name that no setting has".to_owned(),
        expected: one_of(name, SETTINGS.iter().map(|setting| setting.name)),
    })
}

/// Words of which the closest is worth naming differ in this many letters at most.
const NEAR: usize = 3;

/// The names that were possible, and the one that was probably meant.
#[must_use]
pub fn one_of<'a>(found: &str, names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.collect();
    // Without a word on which was meant, where the rest of the page cannot be had.
    if crate::part::has_come() {
        nearest_of(found, &names)
    } else {
        format!("one of {}", names.join(", "))
    }
}

#[lockstep_part::later]
fn nearest_of(found: &str, names: &[&str]) -> String {
    let distance = |name: &str| strsim::osa_distance(found, name);
    let nearest = names.iter().map(|name| (distance(name), *name)).min();
    match nearest {
        Some((letters, name)) if letters <= NEAR.min(found.chars().count() / 2) => {
            format!("{name}? (there are {})", names.join(", "))
        }
        _ => format!("one of {}", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_a_canonical_value() {
        for setting in SETTINGS {
            let canonical = setting.canonical(setting.default, Unit::MILLISECOND);
            assert_eq!(
                canonical.as_deref(),
                Ok(setting.default),
                "{}",
                setting.name
            );
        }
    }

    #[test]
    fn the_table_and_the_machine_have_the_same_defaults() {
        assert_eq!(
            Settings::default().config().unwrap(),
            crate::program::Config::default()
        );
        for setting in SETTINGS {
            assert_eq!(Settings::default().value(setting.name), setting.default);
        }
    }

    /// Another value than the default.
    fn other_value(setting: &Setting) -> String {
        match setting.kind {
            SettingKind::Choice(words) => {
                let other = words.iter().find(|word| **word != setting.default);
                other.map(ToString::to_string).unwrap_or_default()
            }
            SettingKind::Switch => (setting.default == "false").to_string(),
            SettingKind::Integer { max, .. } => match setting.default {
                "3" => "2".to_owned(),
                _ => max.min(3).to_string(),
            },
            SettingKind::Length(_) | SettingKind::OptionalLength(_) => "7".to_owned(),
            SettingKind::Lengths | SettingKind::Integers { .. } => "7/8/9".to_owned(),
        }
    }

    #[test]
    fn a_setting_means_something_for_real_if_a_real_run_reads_it() {
        // What a real run reads of a machine's parameters.
        let read = |settings: &Settings| {
            let config = settings.config().unwrap();
            let system = (config.os, config.fault_ends, config.process_table);
            let kept = (config.until, config.max_events, config.seed);
            let machine = (config.unit, config.cpus, config.disk, config.threads);
            let buffers = (config.network.send_buffer, config.network.receive_buffer);
            format!(
                "{system:?} {kept:?} {machine:?} {buffers:?} {:?}",
                config.interpreter
            )
        };
        for setting in SETTINGS {
            let mut before = Settings::default();
            // Of some it takes another for them to be read.
            for (name, with, value) in [
                ("switch_interval", "interpreter_lock", "check-points"),
                ("kernel_threads", "threads", "hybrid"),
                ("processors", "threads", "stealing"),
            ] {
                if setting.name == name {
                    before.set(with, value).unwrap();
                }
            }
            let mut after = before.clone();
            after.set(setting.name, &other_value(setting)).unwrap();
            let is_read = read(&before) != read(&after);
            assert_eq!(is_read, REAL.contains(&setting.name), "{}", setting.name);
            let is_kept = after.for_real().get(setting.name).is_some();
            assert_eq!(is_kept, is_read, "{}", setting.name);
        }
        let mut constants = Settings::default();
        constants.set("N", "5").unwrap();
        assert_eq!(constants.for_real(), constants);
    }

    #[test]
    fn values_become_canonical() {
        let mut settings = Settings::default();
        for (name, value, canonical) in [
            ("policy", "fifo", "fcfs"),
            ("policy", "stcf", "srtf"),
            ("slice", "02.50", "2.5"),
            ("slices", "02/4.0", "2/4"),
            ("allotments", "01/2", "1/2"),
            ("boost", "0", "off"),
            ("until", "0", "0"),
            ("seed", "18446744073709551615", "18446744073709551615"),
        ] {
            settings.set(name, value).unwrap();
            assert_eq!(settings.get(name), Some(canonical), "{name}={value}");
        }
    }

    #[test]
    fn errors_name_what_was_found_and_what_was_expected() {
        let mut settings = Settings::default();
        for (name, value, sentence) in [
            (
                "slise",
                "4",
                "slise: found a name that no setting has, expected slice? ",
            ),
            (
                "cpus",
                "65",
                "cpus: found \"65\", expected a whole number from 1 to 64",
            ),
            (
                "cpus",
                "+5",
                "cpus: found \"+5\", expected a whole number from 1 to 64",
            ),
            (
                "preemptive",
                "yes",
                "preemptive: found \"yes\", expected true or false",
            ),
            (
                "allotment",
                "0",
                "allotment: found \"0\", expected a whole number from 1 ",
            ),
            (
                "slice",
                "0",
                "slice: found \"0\", expected a number of ms above 0 ",
            ),
            (
                "slices",
                "2//4",
                "slices: found \"2//4\", expected numbers of ms above 0, ",
            ),
        ] {
            let error = settings.set(name, value).unwrap_err().to_string();
            assert!(error.starts_with(sentence), "{error}");
        }
        assert!(settings.is_empty());
    }

    #[test]
    fn defaults_follow_what_was_set() {
        let mut settings = Settings::default();
        settings.set("slice", "2").unwrap();
        settings.set("queues", "2").unwrap();
        settings.set("next", "cyclic").unwrap();
        settings.set("costs", "classroom").unwrap();
        assert_eq!(settings.value("slices"), "2/2");
        assert_eq!(settings.value("ties"), "dispatch-first");
        assert_eq!(settings.value("switch_cost"), "0.5");
        settings.set("slices", "2/4/8").unwrap();
        assert!(settings.config().is_err());
        settings.unset("queues");
        assert_eq!(settings.value("queues"), "3");
        assert_eq!(settings.config().unwrap().policy.mlfq.slices.len(), 3);
    }
}
