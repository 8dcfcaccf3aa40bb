//! A plan whose workload is a script: its constants, and another text for it.
//!
//! Not the language: that is sim-core's.

use std::collections::BTreeMap;

use sim_core::program::script::Script;
use sim_core::settings::{Settings, is_constant, one_of};
use sim_core::workload::{InputError, SCRIPT};

use super::{Plan, Problem};

/// A constant of a script that can be given other values: its name is in capital letters.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Constant {
    /// Its name.
    pub name: String,
    /// Its value as the text has it: a number, or how it is worked out.
    pub value: String,
    /// What the text says about it.
    pub note: String,
}

/// The constants that a text declares, in its order.
#[must_use]
pub fn constants(text: &str) -> Vec<Constant> {
    let declared = text.lines().filter_map(|line| {
        let (declaration, note) = line.split_once('#').unwrap_or((line, ""));
        let (name, value) = declaration.strip_prefix("const ")?.split_once('=')?;
        let name = name.trim();
        is_constant(name).then(|| Constant {
            name: name.to_owned(),
            value: value.trim().to_owned(),
            note: note.trim().to_owned(),
        })
    });
    declared.collect()
}

/// Whether a text writes to standard output.
#[must_use]
pub fn prints(text: &str) -> bool {
    text.lines().any(|line| {
        let rest = line.trim_start().strip_prefix("print");
        rest.is_some_and(|rest| rest.starts_with([' ', '"']))
    })
}

impl Plan {
    /// The constants of its script.
    #[must_use]
    pub fn constants(&self) -> Vec<Constant> {
        let script = self.workload.script.as_deref();
        script.map_or_else(Vec::new, constants)
    }

    /// The value of a setting or of a constant in effect for a run.
    #[must_use]
    pub fn value(&self, run: usize, name: &str) -> String {
        let settings = self.settings(run);
        if !is_constant(name) {
            return settings.value(name);
        }
        value_of(&settings, name).unwrap_or_else(|| {
            let mut all = self.constants().into_iter();
            let own = all.find(|constant| constant.name == name);
            own.map(|constant| constant.value).unwrap_or_default()
        })
    }

    /// Refuses a constant that its script does not have.
    pub(super) fn check_constant(&self, name: &str) -> Result<(), Problem> {
        let constants = self.constants();
        let is_known = constants.iter().any(|constant| constant.name == name);
        if !is_constant(name) || is_known {
            return Ok(());
        }
        let names = constants.iter().map(|constant| constant.name.as_str());
        Err(Problem::Setting(sim_core::settings::SettingError {
            name: name.to_owned(),
            found: "a name that the script does not declare".to_owned(),
            expected: one_of(name, names),
        }))
    }

    /// The same runs of another script. Values of constants that it does not declare are dropped.
    ///
    /// # Errors
    ///
    /// All mistakes of the script.
    #[lockstep_part::later(Plan)]
    pub fn with_script(&self, text: &str) -> Result<Self, Vec<InputError>> {
        let mut plan = self.clone();
        let declared = constants(text);
        let own = plan.runs.iter_mut().map(|run| &mut run.settings);
        let all = own.chain([&mut plan.shared, &mut plan.workload.settings]);
        all.for_each(|settings| retain(settings, &declared));
        for run in 0..plan.runs.len() {
            let settings = plan.settings(run);
            let file = plan.file_name();
            Script::parse_with(&file, text, settings.unit(), settings.constants())?;
        }
        plan.workload.script = Some(text.to_owned());
        Ok(plan.with_workload(plan.workload.clone()))
    }
}

/// Drops the values of constants that a script does not declare.
fn retain(settings: &mut Settings, declared: &[Constant]) {
    let is_gone = |name: &&String| declared.iter().all(|constant| constant.name != **name);
    let set: &BTreeMap<_, _> = settings.constants();
    let gone: Vec<_> = set.keys().filter(is_gone).cloned().collect();
    gone.iter().for_each(|name| settings.unset(name));
}

/// What was set for a setting or for a constant.
pub(super) fn value_of(settings: &Settings, name: &str) -> Option<String> {
    let constant = settings.constants().get(name).map(ToString::to_string);
    constant.or_else(|| settings.get(name).map(str::to_owned))
}

/// All that was set, as names and values: settings first, then constants.
pub(super) fn pairs(settings: &Settings) -> Vec<(String, String)> {
    let set = settings
        .iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let constants = settings.constants().iter();
    set.chain(constants.map(|(name, value)| (name.clone(), value.to_string())))
        .collect()
}

/// A file with nothing but a script is a workload whose machine has no settings of its own: it is kept as
/// one, under a name that says so. Lines end as on UNIX, so that the text of the workload can be read.
pub(super) fn script_file(name: &str, text: &str) -> Option<(String, String)> {
    let stem = name.strip_suffix(SCRIPT)?;
    Some((format!("{stem}.toml"), text.replace("\r\n", "\n")))
}
