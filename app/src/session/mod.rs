//! The session: everything that the page is about, and the one place where it changes.
//!
//! Plain Rust without Leptos: views read it, and everything that a person does arrives as an
//! [`Act`]. A mistake in an input becomes a [`Problem`] that is shown while what ran before
//! stays. The file is long because every act is carried out here: the one writer is one match.

mod act;
mod choice;
mod edit;
mod goals;
mod live;
mod making;
mod opening;
mod part;
mod place;
mod plan;
mod problem;
mod real;
mod script;
mod view;

use std::collections::VecDeque;
use std::sync::Arc;

use sim_core::ids::TaskId;
use sim_core::program::Code;
use sim_core::settings::{Settings, is_constant};
use sim_core::time::Unit;
use sim_core::trace::Granularity;
use sim_core::view::Merged;
use sim_core::view::merge::MergedEvent;
use sim_core::workload::InputError;

pub use act::Act;
pub use choice::{Chooser, Choosing};
pub use edit::JobField;
pub use goals::Judged;
pub use live::{
    LiveAct, LiveAnswer, LiveFault, LiveFaultKind, LiveProgress, LiveRequest, LiveServer, Programs,
    refusal,
};
pub use making::Progress;
pub use opening::{FetchFault, Request, Texts};
pub use plan::{MOST_RUNS, OWN_NAME, Plan, PlannedRun, Scope, Source};
pub use problem::{FileFault, Problem};
pub use real::{Origin, RealRun, RecordingFault, RecordingRequest};
pub use script::{Constant, prints};
pub use view::RunView;

use crate::permalink::{Link, LinkRun};
use crate::player::Player;
use live::Live;
use making::{Making, Then};
use opening::Opening;
use part::Part;
use real::Recordings;
use script::pairs;

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
    /// What is wrong with the script that was to take the place of the present one.
    mistakes: Vec<InputError>,
    chooser: Chooser,
    opening: Opening,
    part: Part,
    recordings: Recordings,
    live: Live,
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
        let code = Code::new(
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
            runs: vec![RunView::new(trace, 0, &[])],
            casts: 0,
            granularity: Granularity::Event,
            focus: 0,
            selection: None,
            problem: None,
            mistakes: Vec::new(),
            chooser: Chooser::Policy,
            opening: Opening::default(),
            part: Part::of_page(),
            recordings: Recordings::default(),
            live: Live::default(),
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
        self.handle_queue(acts.into_iter().collect());
    }

    fn handle_queue(&mut self, mut acts: VecDeque<Act>) {
        let mut has_new_problem = false;
        while let Some(act) = acts.pop_front() {
            let Some(act) = self.holds(act, &mut acts) else {
                break;
            };
            if let Err(problem) = self.act(act, &mut acts) {
                self.problem = Some(problem);
                has_new_problem = true;
            }
        }
        if let Some((plan, then)) = self.draft.take() {
            match plan.codes() {
                Ok(codes) => {
                    // What is wrong with one of these very acts is still to be read.
                    if !has_new_problem && self.problem.as_ref().is_some_and(is_of_input) {
                        self.problem = None;
                    }
                    self.start_making(plan, codes, then);
                }
                Err(error) => self.problem = Some(Problem::Input(error)),
            }
        }
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

    /// The casts of all runs, in their order.
    #[must_use]
    pub fn casts(&self) -> Vec<usize> {
        self.runs.iter().map(|run| run.cast).collect()
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

    /// What is wrong with the script that was to take the place of the present one; nothing once one did.
    #[must_use]
    pub fn mistakes(&self) -> &[InputError] {
        &self.mistakes
    }

    /// How far runs in the making are.
    #[must_use]
    pub fn progress(&self) -> Option<Progress> {
        self.making.as_ref().map(Making::progress)
    }

    /// Whether there are no runs and none are coming.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        let waits = self.request().is_some() || self.part.has_waiting();
        self.revision == 0 && self.making.is_none() && !waits
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
        let is_as_opened = self.plan.runs == self.plan.opening();
        let changed = if is_as_opened { &[] } else { &*self.plan.runs };
        let runs = changed.iter().map(|own| LinkRun {
            settings: pairs(&own.settings),
            deviations: own.deviations.clone(),
        });
        Link {
            source: self.plan.source.clone(),
            shared: pairs(&self.plan.shared),
            runs: runs.collect(),
            real: match self.plan.has_recording() {
                true => Origin::Catalogue,
                false => Origin::Nowhere,
            },
            chooser: self.chooser,
            position: self.position(),
        }
    }

    /// Carries out one act; those behind it may have to wait.
    fn act(&mut self, act: Act, behind: &mut VecDeque<Act>) -> Result<(), Problem> {
        match act {
            Act::Open { slug } => self.open(&slug, behind)?,
            Act::Deliver { request, texts } => self.deliver(request, texts, behind)?,
            Act::Follow(link) => self.follow(&link, behind)?,
            Act::WantPart => self.part.want(),
            Act::PartCame(came) => self.part_came(came, behind)?,
            Act::Retry => {
                self.retry();
                self.retry_part();
                self.retry_recording(behind);
                self.retry_live(behind);
            }
            Act::ShowRecording => self.show_recording(behind)?,
            Act::DeliverRecording { request, text } => {
                self.take_recording(request, text, behind)?;
            }
            Act::Live(act) => self.act_live(act)?,
            Act::OpenText { .. }
            | Act::EditWorkload { .. }
            | Act::EditScript { .. }
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
            | Act::KeepRun(_)
            | Act::Deviate { .. }
            | Act::ForgetChoices => self.change(act)?,
            Act::CheckScript { text } => {
                let checked = self.coming().with_script(&text);
                self.mistakes = checked.err().unwrap_or_default();
            }
            Act::Choose(task) => self.choose(task),
            Act::LetChoose(chooser) => self.chooser = chooser,
            Act::Focus(run) => self.focus = run.min(self.runs.len() - 1),
            Act::Player(command) => self.player.command(&self.merged, command),
            Act::Seek(position) => self.seek(Then::At(position)),
            Act::SeekTime(at) => self.seek(Then::AtTime(at)),
            Act::StepForward(by) => self.step(self.merged.next_stop(self.position(), by)),
            Act::StepBack(by) => self.step(self.merged.previous_stop(self.position(), by)),
            Act::ToStart => self.seek(Then::At(0)),
            Act::ToEnd => self.seek(Then::At(usize::MAX)),
            Act::StepBy(granularity) => self.step_by(granularity),
            Act::Select(task) => self.select(task),
            Act::Frame(seconds) => {
                if self.making.is_some() {
                    self.make_slice();
                } else {
                    self.play(seconds);
                }
            }
            Act::Cancel => self.cancel(),
            Act::Report(problem) => return Err(problem),
            Act::Dismiss => self.problem = None,
        }
        Ok(())
    }

    /// Acts that change what is run.
    #[lockstep_part::later(Session)]
    fn change(&mut self, act: Act) -> Result<(), Problem> {
        let (mut plan, then) = self.planned();
        let mut then = then.unwrap_or(Then::SameTime);
        match act {
            Act::OpenText { name, text } => {
                self.mistakes.clear();
                plan = Plan::of_text(&name, &text).map_err(Problem::Input)?;
                then = Then::Start;
                self.withdraw();
                self.live.withdraw();
            }
            Act::EditWorkload { text } => plan = plan.edited(&text).map_err(Problem::Input)?,
            Act::EditScript { text } => match plan.with_script(&text) {
                Ok(edited) => {
                    plan = edited;
                    then = Then::SamePast;
                    self.mistakes.clear();
                }
                Err(mistakes) => {
                    self.mistakes = mistakes;
                    return Ok(());
                }
            },
            Act::EditJob { job, field, text } => {
                let edited = edit::edit_job(&plan.workload, &plan.file_name(), job, field, &text);
                plan = plan.with_workload(edited.map_err(Problem::Input)?);
            }
            Act::AddJob => plan = plan.with_workload(edit::add_job(&plan.workload)),
            Act::RemoveJob(job) => {
                plan = plan.with_workload(edit::remove_job(&plan.workload, job));
            }
            Act::SetParameter { scope, name, value } => {
                plan.check_constant(&name)?;
                plan.set(scope, &name, &value).map_err(Problem::Setting)?;
                if is_constant(&name) {
                    // Arrays and replicas are as many as it says: not every number goes.
                    plan.codes().map_err(Problem::Input)?;
                }
            }
            Act::ResetParameter { scope, name } => plan.unset(scope, &name),
            Act::ResetParameters(scope) => plan.reset(scope),
            Act::UseVariant { name } => {
                let scenario = plan.scenario();
                let variant = scenario.and_then(|scenario| scenario.variant(&name));
                let variant = variant.ok_or(Problem::UnknownVariant { name })?;
                plan.runs = vec![PlannedRun::with(&variant.settings)];
                plan.shared = Settings::default();
            }
            Act::AddRun => plan.add_run()?,
            Act::SetRuns(runs) => {
                if runs > MOST_RUNS {
                    return Err(Problem::TooManyRuns);
                }
                plan.runs = vec![PlannedRun::default(); runs.max(1)];
            }
            Act::CompareVariants => {
                if let Some(scenario) = plan.scenario() {
                    // One run as it opens, and the real ones that are there.
                    let room = (MOST_RUNS - 1).saturating_sub(plan.real.len());
                    let variants = scenario.variants.iter().take(room);
                    let variants = variants.map(|variant| PlannedRun::with(&variant.settings));
                    plan.runs = [PlannedRun::default()]
                        .into_iter()
                        .chain(variants)
                        .collect();
                }
            }
            Act::RemoveRun(run) => plan.remove_run(run),
            Act::KeepRun(run) => {
                // A real run is kept with a simulated one beside it.
                let simulated = plan.runs.len();
                let place = if run < simulated { run } else { 0 };
                let kept = plan.runs.get(place).cloned();
                plan.runs = vec![kept.unwrap_or_default()];
                let real = run.checked_sub(simulated);
                let real = real.and_then(|real| plan.real.get(real).cloned());
                plan.real = real.into_iter().collect();
            }
            Act::Deviate { run, deviations } => {
                if let Some(run) = plan.runs.get_mut(run) {
                    run.deviations = deviations;
                }
            }
            Act::ForgetChoices => plan.forget(Scope::All),
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

    fn show(&mut self) {
        let counts = self.merged.counts(self.position());
        for (run, count) in self.runs.iter_mut().zip(counts) {
            run.show(count);
        }
    }
}

/// Whether a problem is over once a workload and its settings are accepted.
const fn is_of_input(problem: &Problem) -> bool {
    matches!(problem, Problem::Input(_) | Problem::TooManyRuns)
}

#[cfg(test)]
mod tests;
