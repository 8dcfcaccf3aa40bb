//! The session: everything that the page is about, and the one place where it changes.
//!
//! Plain Rust without Leptos: views read it, and everything that a person does arrives as an
//! [`Act`]. A mistake in an input becomes a [`Problem`] that is shown while what ran before
//! stays.

mod edit;
mod making;
mod plan;

use core::fmt;
use std::sync::Arc;

use sim_core::ids::TaskId;
use sim_core::settings::{SettingError, Settings};
use sim_core::time::{Time, Unit};
use sim_core::trace::{Cursor, Granularity, Trace};
use sim_core::view::Merged;
use sim_core::view::merge::MergedEvent;
use sim_core::workload::InputError;

pub use edit::JobField;
pub use making::Progress;
pub use plan::{MOST_RUNS, OWN_NAME, Plan, Scope, Source};

use crate::permalink::{Link, LinkError, LinkRun};
use crate::player::{Command, Player};
use crate::scene::Scene;
use making::{Making, Then};

/// What a person does, or a link in their place; and the passing of time.
#[derive(Clone, PartialEq, Debug)]
pub enum Act {
    /// Open a scenario of the catalogue.
    Open {
        /// Its name.
        slug: String,
    },
    /// Open a file, or a text from a link.
    OpenText {
        /// What it is called.
        name: String,
        /// The workload.
        text: String,
    },
    /// Change the text of the workload.
    EditWorkload {
        /// The new text.
        text: String,
    },
    /// Change one field of a job.
    EditJob {
        /// The job's place.
        job: usize,
        /// Which field.
        field: JobField,
        /// What a person wrote there.
        text: String,
    },
    /// Add a job.
    AddJob,
    /// Take a job away.
    RemoveJob(usize),
    /// Change a setting.
    SetParameter {
        /// For which runs.
        scope: Scope,
        /// Its name.
        name: String,
        /// Its value.
        value: String,
    },
    /// Give a setting back the value that the workload has for it.
    ResetParameter {
        /// For which runs.
        scope: Scope,
        /// Its name.
        name: String,
    },
    /// Give all settings back the values that the workload has for them.
    ResetParameters(Scope),
    /// Take the settings of a variant of the scenario.
    UseVariant {
        /// Its name.
        name: String,
    },
    /// Put one more run beside the others, with another policy.
    AddRun,
    /// Show exactly so many runs, whose own settings follow: what a link does.
    SetRuns(usize),
    /// Put the runs of all variants of the scenario side by side.
    CompareVariants,
    /// Take a run away.
    RemoveRun(usize),
    /// Keep only one run.
    KeepRun(usize),
    /// Choose the run whose parameters and table are shown.
    Focus(usize),
    /// Ask something of the player.
    Player(Command),
    /// Go to the place after so many events.
    Seek(usize),
    /// Go to the place after everything that had happened by a moment.
    SeekTime(Time),
    /// Step forward.
    StepForward(Granularity),
    /// Step back.
    StepBack(Granularity),
    /// Go to the start.
    ToStart,
    /// Go to the end.
    ToEnd,
    /// Choose what the step buttons step by.
    StepBy(Granularity),
    /// Choose a task to be marked, or none.
    Select(Option<TaskId>),
    /// Let so many seconds pass; go on with runs in the making.
    Frame(f64),
    /// Stop making runs. What ran before stays; at the very first, what was made is shown.
    Cancel,
    /// Say that something is wrong outside: a file that cannot be read.
    Report(Problem),
    /// The problem has been read.
    Dismiss,
}

/// Something that could not be done, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Problem {
    /// There is no such scenario.
    UnknownScenario {
        /// The name that was asked for.
        slug: String,
    },
    /// The scenario has no such variant.
    UnknownVariant {
        /// The name that was asked for.
        name: String,
    },
    /// A workload that is none.
    Input(InputError),
    /// A setting that is none.
    Setting(SettingError),
    /// A link that cannot be read.
    Link(LinkError),
    /// A file that cannot be read.
    File {
        /// Its name.
        name: String,
        /// What is wrong with it.
        fault: FileFault,
    },
    /// More runs than can be shown side by side.
    TooManyRuns,
}

/// What can be wrong with a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FileFault {
    /// It is longer than a workload may be.
    TooLong,
    /// The browser could not read it.
    Unreadable,
    /// It is not text.
    NotText,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownScenario { slug } => write!(f, "the catalogue has no scenario {slug:?}"),
            Self::UnknownVariant { name } => write!(f, "the scenario has no variant {name:?}"),
            Self::Input(error) => error.fmt(f),
            Self::Setting(error) => error.fmt(f),
            Self::Link(error) => error.fmt(f),
            Self::File { name, fault } => match fault {
                FileFault::TooLong => write!(f, "{name}: found a file that is too long"),
                FileFault::Unreadable => write!(f, "{name}: the browser cannot read this file"),
                FileFault::NotText => write!(f, "{name}: found a file that is not text"),
            },
            Self::TooManyRuns => write!(f, "at most {MOST_RUNS} runs fit side by side"),
        }
    }
}

impl std::error::Error for Problem {}

/// A run at a place of it.
#[derive(Clone, Debug)]
pub struct RunView {
    /// The run.
    pub trace: Arc<Trace>,
    /// What is to be seen.
    pub scene: Arc<Scene>,
    /// Which things there are to see: another number as soon as there are other jobs, CPUs or
    /// queues, so that a view of a thing is never asked about one that is gone.
    pub cast: usize,
    cursor: Cursor,
}

impl RunView {
    fn new(trace: Arc<Trace>, cast: usize) -> Self {
        let mut cursor = Cursor::new(Arc::clone(&trace));
        let scene = Arc::new(Scene::at(&mut cursor, 0));
        Self {
            trace,
            scene,
            cast,
            cursor,
        }
    }

    fn show(&mut self, position: usize) {
        if self.scene.position != position {
            self.scene = Arc::new(Scene::at(&mut self.cursor, position));
        }
    }
}

/// Everything that the page is about.
#[derive(Debug)]
pub struct Session {
    plan: Plan,
    runs: Vec<RunView>,
    merged: Merged,
    player: Player,
    granularity: Granularity,
    focus: usize,
    selection: Option<TaskId>,
    problem: Option<Problem>,
    making: Option<Making>,
    /// What is to be made once all acts of one call are taken in.
    draft: Option<(Plan, Then)>,
    /// How many casts there have been.
    casts: usize,
    /// How often the runs have been made anew.
    revision: u64,
}

impl Default for Session {
    fn default() -> Self {
        Self::new()
    }
}

impl Session {
    /// A session with nothing in it.
    #[must_use]
    pub fn new() -> Self {
        let code = sim_core::program::Code::new(
            sim_core::program::Config::default(),
            Vec::new(),
            Vec::new(),
            Vec::new(),
        );
        let nothing = sim_core::run::run(Arc::new(code), sim_core::run::Deviations::new());
        let trace = Arc::new(nothing);
        let merged = Merged::new(&[Arc::clone(&trace)]);
        Self {
            plan: Plan::empty(),
            player: Player::new(&merged),
            merged,
            runs: vec![RunView::new(trace, 0)],
            casts: 0,
            granularity: Granularity::Event,
            focus: 0,
            selection: None,
            problem: None,
            making: None,
            draft: None,
            revision: 0,
        }
    }

    /// Carries out an act: the only way in which a session changes.
    pub fn handle(&mut self, act: Act) {
        self.handle_all([act]);
    }

    /// Carries out several acts; runs are made once, at the end.
    pub fn handle_all(&mut self, acts: impl IntoIterator<Item = Act>) {
        for act in acts {
            if let Err(problem) = self.act(act) {
                self.problem = Some(problem);
            }
        }
        self.start_making();
        self.show();
    }

    /// What is run.
    #[must_use]
    pub const fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What will be run: the same, but while runs are in the making.
    #[must_use]
    pub fn coming(&self) -> &Plan {
        self.making
            .as_ref()
            .map_or(&self.plan, |making| &making.plan)
    }

    /// The runs.
    #[must_use]
    pub fn runs(&self) -> &[RunView] {
        &self.runs
    }

    /// Their common clock.
    #[must_use]
    pub const fn merged(&self) -> &Merged {
        &self.merged
    }

    /// The player.
    #[must_use]
    pub const fn player(&self) -> &Player {
        &self.player
    }

    /// How many events of all runs lie behind.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.player.position()
    }

    /// The last event, and whose it is.
    #[must_use]
    pub fn last_event(&self) -> Option<MergedEvent> {
        self.merged.event(self.position())
    }

    /// What the step buttons step by.
    #[must_use]
    pub const fn granularity(&self) -> Granularity {
        self.granularity
    }

    /// The run whose parameters and table are shown.
    #[must_use]
    pub const fn focus(&self) -> usize {
        self.focus
    }

    /// The task that is marked.
    #[must_use]
    pub const fn selection(&self) -> Option<TaskId> {
        self.selection
    }

    /// What could not be done.
    #[must_use]
    pub const fn problem(&self) -> Option<&Problem> {
        self.problem.as_ref()
    }

    /// How far runs in the making are.
    #[must_use]
    pub fn progress(&self) -> Option<Progress> {
        self.making.as_ref().map(Making::progress)
    }

    /// How often the runs have been made anew: it changes when they do.
    #[must_use]
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// The unit of the workload's times.
    #[must_use]
    pub fn unit(&self) -> Unit {
        self.runs[0].trace.code().config.unit
    }

    /// The link to what is shown.
    #[must_use]
    pub fn link(&self) -> Link {
        let pairs = |settings: &Settings| {
            settings
                .iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect()
        };
        let is_as_opened = self.plan.runs == self.plan.opening();
        let changed: &[Settings] = if is_as_opened { &[] } else { &self.plan.runs };
        let runs = changed.iter().map(|own| LinkRun {
            settings: pairs(own),
        });
        Link {
            source: self.plan.source.clone(),
            shared: pairs(&self.plan.shared),
            runs: runs.collect(),
            position: self.position(),
        }
    }

    fn act(&mut self, act: Act) -> Result<(), Problem> {
        match act {
            Act::Open { .. }
            | Act::OpenText { .. }
            | Act::EditWorkload { .. }
            | Act::EditJob { .. }
            | Act::AddJob
            | Act::RemoveJob(_)
            | Act::SetParameter { .. }
            | Act::ResetParameter { .. }
            | Act::ResetParameters(_)
            | Act::UseVariant { .. }
            | Act::AddRun
            | Act::SetRuns(_)
            | Act::CompareVariants
            | Act::RemoveRun(_)
            | Act::KeepRun(_) => self.change(act)?,
            Act::Focus(run) => self.focus = run.min(self.runs.len() - 1),
            Act::Player(command) => self.player.command(&self.merged, command),
            Act::Seek(position) => self.seek(Then::At(position)),
            Act::SeekTime(at) => self.seek(Then::AtTime(at)),
            Act::StepForward(by) => self.step(self.merged.next_stop(self.position(), by)),
            Act::StepBack(by) => self.step(self.merged.previous_stop(self.position(), by)),
            Act::ToStart => self.seek(Then::At(0)),
            Act::ToEnd => self.seek(Then::At(usize::MAX)),
            Act::StepBy(granularity) => self.granularity = granularity,
            Act::Select(task) => self.selection = task,
            Act::Frame(seconds) => {
                if self.making.is_some() {
                    self.make_slice();
                } else {
                    self.player.advance(&self.merged, seconds);
                }
            }
            Act::Cancel => self.cancel(),
            Act::Report(problem) => return Err(problem),
            Act::Dismiss => self.problem = None,
        }
        Ok(())
    }

    /// Acts that change what is run.
    fn change(&mut self, act: Act) -> Result<(), Problem> {
        let (mut plan, then) = self.planned();
        let mut then = then.unwrap_or(Then::SameTime);
        match act {
            Act::Open { slug } => {
                plan = Plan::of_scenario(&slug)?;
                then = Then::Start;
            }
            Act::OpenText { name, text } => {
                plan = Plan::of_text(&name, &text).map_err(Problem::Input)?;
                then = Then::Start;
            }
            Act::EditWorkload { text } => plan = plan.edited(&text).map_err(Problem::Input)?,
            Act::EditJob { job, field, text } => {
                let edited = edit::edit_job(&plan.workload, &plan.file_name(), job, field, &text);
                plan = plan.with_workload(edited.map_err(Problem::Input)?);
            }
            Act::AddJob => plan = plan.with_workload(edit::add_job(&plan.workload)),
            Act::RemoveJob(job) => {
                plan = plan.with_workload(edit::remove_job(&plan.workload, job));
            }
            Act::SetParameter { scope, name, value } => {
                plan.set(scope, &name, &value).map_err(Problem::Setting)?;
            }
            Act::ResetParameter { scope, name } => plan.unset(scope, &name),
            Act::ResetParameters(scope) => plan.reset(scope),
            Act::UseVariant { name } => {
                let scenario = plan.scenario();
                let variant = scenario.and_then(|scenario| scenario.variant(&name));
                let variant = variant.ok_or(Problem::UnknownVariant { name })?;
                plan.shared = Settings::default();
                plan.runs = vec![variant.settings.clone()];
            }
            Act::AddRun => plan.add_run()?,
            Act::SetRuns(runs) => {
                if runs > MOST_RUNS {
                    return Err(Problem::TooManyRuns);
                }
                plan.runs = vec![Settings::default(); runs.max(1)];
            }
            Act::CompareVariants => {
                if let Some(scenario) = plan.scenario() {
                    let variants = scenario.variants.iter().take(MOST_RUNS - 1);
                    plan.runs = vec![Settings::default()];
                    plan.runs
                        .extend(variants.map(|variant| variant.settings.clone()));
                }
            }
            Act::RemoveRun(run) => plan.remove_run(run),
            Act::KeepRun(run) => {
                let kept = plan.runs.get(run).cloned();
                plan.runs = vec![kept.unwrap_or_default()];
            }
            _ => return Ok(()),
        }
        self.draft = Some((plan, then));
        Ok(())
    }

    /// The plan as it will be, and where to be then, if that is decided.
    fn planned(&self) -> (Plan, Option<Then>) {
        if let Some((plan, then)) = &self.draft {
            return (plan.clone(), Some(*then));
        }
        match &self.making {
            Some(making) => (making.plan.clone(), Some(making.then)),
            None => (self.plan.clone(), None),
        }
    }

    /// Goes to a place, now or once the runs are there.
    fn seek(&mut self, to: Then) {
        if let Some((_, then)) = &mut self.draft {
            *then = to;
        } else if let Some(making) = &mut self.making {
            making.then = to;
        } else {
            let command = match to {
                Then::Start => Command::Seek(0),
                Then::At(position) => Command::Seek(position),
                Then::AtTime(at) => Command::SeekTime(at),
                Then::SameTime => return,
            };
            self.player.command(&self.merged, command);
        }
    }

    /// A step by hand stops playing.
    fn step(&mut self, to: usize) {
        self.player.command(&self.merged, Command::Pause);
        self.seek(Then::At(to));
    }

    fn start_making(&mut self) {
        let Some((plan, then)) = self.draft.take() else {
            return;
        };
        match plan.codes() {
            Ok(codes) => {
                let have: Vec<_> = self.runs.iter().map(|run| Arc::clone(&run.trace)).collect();
                self.making = Some(Making::new(plan, codes, &have, then));
                self.problem = self.problem.take().filter(|problem| !is_of_input(problem));
                self.make_slice();
            }
            Err(error) => self.problem = Some(Problem::Input(error)),
        }
    }

    fn make_slice(&mut self) {
        let Some(making) = &mut self.making else {
            return;
        };
        if let Some(traces) = making.slice()
            && let Some(making) = self.making.take()
        {
            self.install(making.plan, traces, making.then);
        }
    }

    fn cancel(&mut self) {
        let Some(making) = self.making.take() else {
            return;
        };
        if self.merged.is_empty() {
            let then = making.then;
            let (plan, traces) = making.stop();
            self.install(plan, traces, then);
        }
    }

    /// Takes over complete runs.
    fn install(&mut self, plan: Plan, traces: Vec<Arc<Trace>>, then: Then) {
        if traces.is_empty() {
            return;
        }
        let merged = Merged::new(&traces);
        let place = match then {
            Then::SameTime => self.same_place(&merged),
            Then::Start => Command::Seek(0),
            Then::At(position) => Command::Seek(position),
            Then::AtTime(at) => Command::SeekTime(at),
        };
        if then == Then::Start {
            self.player.command(&self.merged, Command::Pause);
            self.selection = None;
        }
        self.plan = plan;
        self.merged = merged;
        let mut before: Vec<_> = core::mem::take(&mut self.runs);
        for trace in traces {
            // Each old run lends its cast once; what stands at the same place is asked first.
            let place = self.runs.len().min(before.len());
            let order = (place..before.len()).chain(0..place);
            let same = order
                .into_iter()
                .find(|old| has_same_cast(&before[*old].trace, &trace));
            let cast = same.map_or_else(
                || {
                    self.casts += 1;
                    self.casts
                },
                |old| before.remove(old).cast,
            );
            self.runs.push(RunView::new(trace, cast));
        }
        self.focus = self.focus.min(self.runs.len() - 1);
        self.player.load(&self.merged);
        self.player.command(&self.merged, place);
        self.revision += 1;
    }

    /// Where the time is that is shown now: at the very step, if the first run is the same up to
    /// there, else after everything that had happened by then.
    fn same_place(&self, merged: &Merged) -> Command {
        if self.position() == 0 {
            return Command::Seek(0);
        }
        let at = self.player.clock();
        let (old, new) = (&self.merged.traces()[0], &merged.traces()[0]);
        let behind = self.runs[0].scene.position;
        let is_same = new.events().get(..behind) == old.events().get(..behind);
        let step = merged.position(0, behind);
        if is_same && merged.time(step) == at {
            Command::Seek(step)
        } else {
            Command::SeekTime(at)
        }
    }

    fn show(&mut self) {
        let counts = self.merged.counts(self.position());
        for (run, count) in self.runs.iter_mut().zip(counts) {
            run.show(count);
        }
    }
}

/// Whether two runs show the same things: jobs, CPUs, queues, partitions and pipes.
fn has_same_cast(one: &Trace, other: &Trace) -> bool {
    let (one, other) = (one.code(), other.code());
    let names = |code: &sim_core::program::Code| {
        code.jobs
            .iter()
            .map(|job| job.name.clone())
            .collect::<Vec<_>>()
    };
    one.jobs.len() == other.jobs.len()
        && one.config.cpus == other.config.cpus
        && one.config.policy.kind == other.config.policy.kind
        && one.config.policy.mlfq.slices.len() == other.config.policy.mlfq.slices.len()
        && one.partitions == other.partitions
        && one.pipes == other.pipes
        && names(one) == names(other)
}

/// Whether a problem is over once a workload and its settings are accepted.
const fn is_of_input(problem: &Problem) -> bool {
    matches!(problem, Problem::Input(_) | Problem::TooManyRuns)
}

#[cfg(test)]
mod tests;
