//! A plan: what is to be run, before it is run: a workload, and the settings of one run or several.
//!
//! Not the runs: those are traces, made from a plan's [`Code`].

use std::sync::Arc;

use sim_core::program::{Code, PolicyKind};
use sim_core::run::Deviations;
use sim_core::scenario::Scenario;
use sim_core::settings::{SettingError, Settings};
use sim_core::workload::{InputError, Workload};

use super::script::{script_file, value_of};
use super::{Origin, Problem, RealRun};

/// Where a workload comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Source {
    /// The catalogue.
    Scenario {
        /// Its name there.
        slug: String,
    },
    /// A person.
    Own {
        /// What the file is called.
        name: String,
        /// The text as it was written.
        text: String,
    },
}

/// A workload and the runs that are made of it.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Where the workload comes from.
    pub source: Source,
    /// What runs.
    pub workload: Workload,
    /// Settings of all runs, over those of the workload.
    pub shared: Settings,
    /// The runs, one at least.
    pub runs: Vec<PlannedRun>,
    /// The real runs beside them, behind the simulated ones.
    pub real: Vec<RealRun>,
    /// The scenario that it comes from, while its source is one.
    scenario: Option<Arc<Scenario>>,
}

/// A run that is planned.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PlannedRun {
    /// The settings that it has for itself, over the shared ones.
    pub settings: Settings,
    /// The choices in it that are a person's.
    pub deviations: Deviations,
}

impl PlannedRun {
    /// A run with settings of its own.
    #[must_use]
    pub fn with(settings: &Settings) -> Self {
        Self {
            settings: settings.clone(),
            deviations: Deviations::new(),
        }
    }
}

/// Which runs a setting is meant for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// All of them.
    All,
    /// One of them, by its place.
    Run(usize),
}

/// The most runs side by side: more have no room to be read.
pub const MOST_RUNS: usize = 6;

/// The name of a workload that a person writes without opening a file.
pub const OWN_NAME: &str = "workload.toml";

impl Plan {
    /// Nothing to run.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            source: Source::Own {
                name: OWN_NAME.to_owned(),
                text: String::new(),
            },
            workload: Workload::default(),
            shared: Settings::default(),
            runs: vec![PlannedRun::default()],
            real: Vec::new(),
            scenario: None,
        }
    }

    /// A scenario as it opens.
    #[must_use]
    pub fn of_scenario(scenario: Arc<Scenario>) -> Self {
        Self {
            source: Source::Scenario {
                slug: scenario.slug.clone(),
            },
            workload: scenario.workload.clone(),
            shared: Settings::default(),
            runs: opening_runs(&scenario),
            real: Vec::new(),
            scenario: Some(scenario),
        }
    }

    /// A workload that a person wrote.
    ///
    /// # Errors
    ///
    /// When the text is no workload.
    pub fn of_text(name: &str, text: &str) -> Result<Self, InputError> {
        let (workload, source) = match script_file(name, text) {
            Some((file, text)) => {
                let workload = Workload::from_script(name, &text)?;
                let text = workload.to_toml();
                (workload, Source::Own { name: file, text })
            }
            None => {
                let (name, text) = (name.to_owned(), text.to_owned());
                let workload = Workload::from_toml(&name, &text)?;
                (workload, Source::Own { name, text })
            }
        };
        Ok(Self {
            source,
            workload,
            shared: Settings::default(),
            runs: vec![PlannedRun::default()],
            real: Vec::new(),
            scenario: None,
        })
    }

    /// The same runs of a text.
    ///
    /// # Errors
    ///
    /// When the text is no workload.
    pub fn edited(&self, text: &str) -> Result<Self, InputError> {
        let workload = Workload::from_toml(&self.file_name(), text)?;
        Ok(self.of_own(workload, text.to_owned()))
    }

    /// The same runs of another workload.
    #[must_use]
    pub fn with_workload(&self, workload: Workload) -> Self {
        let text = workload.to_toml();
        self.of_own(workload, text)
    }

    /// The same runs of what a person wrote.
    fn of_own(&self, workload: Workload, text: String) -> Self {
        let name = self.file_name();
        let mut plan = Self {
            source: Source::Own { name, text },
            workload,
            real: Vec::new(),
            scenario: None,
            ..self.clone()
        };
        plan.forget(Scope::All);
        plan
    }

    /// Gives the choices back to the policy: in another run they would be about something else.
    pub fn forget(&mut self, scope: Scope) {
        for (place, run) in self.runs.iter_mut().enumerate() {
            if scope == Scope::All || scope == Scope::Run(place) {
                run.deviations.clear();
            }
        }
    }

    /// The runs with which its source opens.
    #[must_use]
    pub fn opening(&self) -> Vec<PlannedRun> {
        let scenario = self.scenario.as_deref();
        scenario.map_or_else(|| vec![PlannedRun::default()], opening_runs)
    }

    /// The scenario that it comes from.
    #[must_use]
    pub fn scenario(&self) -> Option<&Arc<Scenario>> {
        self.scenario.as_ref()
    }

    /// The name of its file.
    #[must_use]
    pub fn file_name(&self) -> String {
        match &self.source {
            Source::Scenario { slug } => format!("{slug}.toml"),
            Source::Own { name, .. } => name.clone(),
        }
    }

    /// The text of its workload.
    #[must_use]
    pub fn text(&self) -> String {
        match &self.source {
            Source::Scenario { .. } => self.workload.to_toml(),
            Source::Own { text, .. } => text.clone(),
        }
    }

    /// The settings in effect for a run.
    #[must_use]
    pub fn settings(&self, run: usize) -> Settings {
        self.workload.settings.merged(&self.over(run))
    }

    /// Whether the recorded run of the catalogue is among the real ones.
    #[must_use]
    pub fn has_recording(&self) -> bool {
        self.real
            .iter()
            .any(|real| real.origin == Origin::Catalogue)
    }

    /// What is set for a run beside the workload's own settings.
    pub(super) fn over(&self, run: usize) -> Settings {
        let own = self.runs.get(run);
        own.map_or_else(
            || self.shared.clone(),
            |own| self.shared.merged(&own.settings),
        )
    }

    /// Whether somebody has changed a setting in a scope.
    #[must_use]
    pub fn is_changed(&self, scope: Scope, name: &str) -> bool {
        match scope {
            Scope::All => value_of(&self.shared, name).is_some(),
            Scope::Run(run) => value_of(&self.over(run), name).is_some(),
        }
    }

    /// Changes a setting. Lists with a value for each queue follow the number of queues.
    ///
    /// # Errors
    ///
    /// When there is no such setting or it does not take that value; nothing changes then.
    pub fn set(&mut self, scope: Scope, name: &str, value: &str) -> Result<(), SettingError> {
        let before = match scope {
            Scope::All => self.settings(0),
            Scope::Run(run) => self.settings(run),
        };
        let shared = self.shared.clone();
        let Some(target) = self.target(scope) else {
            return Ok(());
        };
        target.set(name, value)?;
        if name == "queues" {
            let queues: usize = target.value(name).parse().unwrap_or(1);
            for list in ["slices", "allotments"] {
                if before.get(list).is_some() {
                    target.set(list, &resized(&before.value(list), queues))?;
                }
            }
        }
        match scope {
            Scope::All => {
                let own = self.runs.iter_mut();
                own.for_each(|own| own.settings.unset(name));
            }
            // What all runs have needs no saying for one of them.
            Scope::Run(_) if value_of(&shared, name) == self.own_value(scope, name) => {
                self.unset(scope, name);
            }
            Scope::Run(_) => {}
        }
        self.forget(scope);
        Ok(())
    }

    /// Gives a setting back the value that the workload has for it.
    pub fn unset(&mut self, scope: Scope, name: &str) {
        if let Some(target) = self.target(scope) {
            target.unset(name);
            self.forget(scope);
        }
    }

    /// Gives all settings back the values that the workload has for them.
    pub fn reset(&mut self, scope: Scope) {
        if let Some(target) = self.target(scope) {
            *target = Settings::default();
            self.forget(scope);
        }
    }

    /// Adds a run that differs from the last one by its policy.
    ///
    /// # Errors
    ///
    /// When there are as many as can be shown.
    pub fn add_run(&mut self) -> Result<(), Problem> {
        if self.room() == 0 {
            return Err(Problem::TooManyRuns);
        }
        let used: Vec<_> = (0..self.runs.len())
            .map(|run| self.settings(run).policy_kind())
            .collect();
        // Round robin beside first come, first served, and so on: what is taught after it.
        let last = PolicyKind::ALL
            .iter()
            .position(|kind| used.last() == Some(kind))
            .unwrap_or(0);
        let later = PolicyKind::ALL
            .iter()
            .cycle()
            .skip(last + 1)
            .take(PolicyKind::ALL.len());
        // Without deadlines those who go by them have nothing to go by.
        let has_deadlines = self
            .workload
            .jobs
            .iter()
            .any(|job| job.deadline.or(job.period).is_some());
        let says_something =
            |kind: &PolicyKind| has_deadlines || !matches!(kind, PolicyKind::Edf | PolicyKind::Rm);
        let other = later
            .copied()
            .filter(says_something)
            .find(|kind| !used.contains(kind));
        let other = other.unwrap_or(PolicyKind::Rr);
        let last = self.runs.last();
        let mut own = last.map_or_else(Settings::default, |last| last.settings.clone());
        own.set("policy", other.name()).map_err(Problem::Setting)?;
        self.runs.push(PlannedRun::with(&own));
        Ok(())
    }

    /// How many runs more there is room for.
    #[must_use]
    pub fn room(&self) -> usize {
        MOST_RUNS.saturating_sub(self.runs.len() + self.real.len())
    }

    /// Takes a run away; the last simulated one stays.
    pub fn remove_run(&mut self, run: usize) {
        match run.checked_sub(self.runs.len()) {
            Some(real) if real < self.real.len() => drop(self.real.remove(real)),
            None if self.runs.len() > 1 => drop(self.runs.remove(run)),
            _ => {}
        }
    }

    /// What the machine of each run carries out.
    ///
    /// # Errors
    ///
    /// Names the first thing that is wrong.
    pub fn codes(&self) -> Result<Vec<Arc<Code>>, InputError> {
        let codes = (0..self.runs.len()).map(|run| self.workload.code(&self.over(run)));
        codes.map(|code| code.map(Arc::new)).collect()
    }

    /// The settings and constants in which the runs differ, by name.
    #[must_use]
    pub fn differences(&self) -> Vec<String> {
        let all: Vec<_> = (0..self.runs.len()).map(|run| self.settings(run)).collect();
        let Some((first, others)) = all.split_first() else {
            return Vec::new();
        };
        let names = sim_core::settings::SETTINGS.iter().filter(|setting| {
            let is_read = all
                .iter()
                .any(|each| setting.is_read_by(each.policy_kind()));
            let value = first.value(setting.name);
            // Defaults that follow another setting say nothing that this one does not say.
            let is_set = all.iter().any(|each| each.get(setting.name).is_some());
            is_set
                && is_read
                && others
                    .iter()
                    .any(|other| other.value(setting.name) != value)
        });
        let mut names: Vec<_> = names.map(|setting| setting.name.to_owned()).collect();
        let constants = self.constants().into_iter().map(|constant| constant.name);
        names.extend(constants.filter(|name| {
            let value = |settings: &Settings| settings.constants().get(name).copied();
            others.iter().any(|other| value(other) != value(first))
        }));
        names
    }

    fn target(&mut self, scope: Scope) -> Option<&mut Settings> {
        match scope {
            Scope::All => Some(&mut self.shared),
            Scope::Run(run) => self.runs.get_mut(run).map(|run| &mut run.settings),
        }
    }

    fn own_value(&self, scope: Scope, name: &str) -> Option<String> {
        let Scope::Run(run) = scope else { return None };
        let own = self.runs.get(run)?;
        value_of(&own.settings, name)
    }
}

/// The runs with which a scenario opens.
fn opening_runs(scenario: &Scenario) -> Vec<PlannedRun> {
    let variants = scenario.side_by_side().iter().take(MOST_RUNS);
    let runs: Vec<_> = variants
        .map(|variant| PlannedRun::with(&variant.settings))
        .collect();
    if runs.is_empty() {
        vec![PlannedRun::default()]
    } else {
        runs
    }
}

/// A list with a value for each queue, for another number of queues: the last value is repeated.
fn resized(list: &str, queues: usize) -> String {
    let mut values: Vec<_> = list.split('/').collect();
    let last = values.last().copied().unwrap_or("1");
    values.resize(queues.max(1), last);
    values.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "[machine]\npolicy = \"mlfq\"\nslices = [1, 2, 4]\n\
                        [[job]]\nname = \"A\"\nbursts = \"c3\"\n";

    #[test]
    fn lists_follow_the_number_of_queues() {
        let mut plan = Plan::of_text("a.toml", TEXT).unwrap();
        plan.set(Scope::All, "queues", "5").unwrap();
        assert_eq!(plan.settings(0).value("slices"), "1/2/4/4/4");
        assert!(plan.codes().is_ok());
        plan.set(Scope::All, "queues", "2").unwrap();
        assert_eq!(plan.settings(0).value("slices"), "1/2");
        assert!(plan.codes().is_ok());
    }

    #[test]
    fn a_shared_setting_takes_over_what_single_runs_had() {
        let mut plan = Plan::of_text("a.toml", TEXT).unwrap();
        plan.add_run().unwrap();
        plan.set(Scope::Run(1), "slice", "7").unwrap();
        assert_eq!(plan.differences(), ["policy", "slice"]);
        assert!(plan.is_changed(Scope::Run(1), "slice"));
        plan.set(Scope::All, "slice", "9").unwrap();
        assert_eq!(plan.settings(1).value("slice"), "9");
        plan.set(Scope::Run(1), "slice", "9").unwrap();
        assert_eq!(plan.runs[1].settings.get("slice"), None);
        plan.reset(Scope::All);
        assert_eq!(plan.settings(1).value("slice"), "4");
    }

    #[test]
    fn an_added_run_has_a_policy_of_its_own() {
        let mut plan = Plan::of_text("a.toml", TEXT).unwrap();
        for _ in 1..MOST_RUNS {
            plan.add_run().unwrap();
        }
        assert_eq!(plan.add_run(), Err(Problem::TooManyRuns));
        let mut kinds: Vec<_> = (0..MOST_RUNS)
            .map(|run| plan.settings(run).policy_kind())
            .collect();
        kinds.sort_unstable();
        kinds.dedup();
        assert_eq!(kinds.len(), MOST_RUNS);
    }
}
