//! Choices: where it is open who is next, and a person picks in place of the policy.
//!
//! Not the rules, which say what is open; nor the run, which takes the choices as deviations.

use sim_core::ids::TaskId;
use sim_core::rules::{self, Next, Open};

use super::making::Then;
use super::{Act, Session};
use crate::player::{Command, Motion};
use crate::scene::Scene;

/// Who decides where something is open while a run plays.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Chooser {
    /// The policy, and for what has none the order in which tasks came.
    #[default]
    Policy,
    /// A person: playing stops wherever something is open.
    Person,
}

impl Chooser {
    /// The other of the two.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Policy => Self::Person,
            Self::Person => Self::Policy,
        }
    }
}

/// Something that is open at the place that is shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Choosing {
    /// In which of the runs.
    pub run: usize,
    /// What is open.
    pub open: Open,
    /// Who can be chosen; the first of them, where they are many.
    pub options: Vec<TaskId>,
    /// How many can be chosen.
    pub count: usize,
    /// Whom the run takes.
    pub taken: TaskId,
}

/// The most options that are shown.
const MOST_OPTIONS: usize = 30;

impl Session {
    /// What is open here; nothing while time passes, because nobody could choose then.
    #[must_use]
    pub fn choice(&self) -> Option<Choosing> {
        let position = self.position();
        let is_still = self.making.is_none() && self.player.motion() == Motion::Paused;
        if !is_still || position >= self.merged.len() {
            return None;
        }
        let next = self.merged.event(position + 1)?;
        let scene = &self.runs.get(next.run)?.scene;
        if self.is_real(next.run) {
            // Who was next has been decided by another.
            return None;
        }
        match rules::next(&scene.code, &scene.machine) {
            Next::Choice(choice) => choosing(scene, next.run, choice, next.event.kind.task()?),
            _ => None,
        }
    }

    /// How many choices of all runs are a person's.
    #[must_use]
    pub fn deviations(&self) -> usize {
        let runs = self.coming().runs.iter();
        runs.map(|run| run.deviations.len()).sum()
    }

    /// Who decides while a run plays.
    #[must_use]
    pub const fn chooser(&self) -> Chooser {
        self.chooser
    }

    /// Takes one of the options and goes one event on. What was chosen after this place is dropped: it
    /// belonged to another future.
    #[lockstep_part::later(Session)]
    pub(super) fn choose(&mut self, task: TaskId) {
        let Some(choice) = self
            .choice()
            .filter(|choice| choice.options.contains(&task))
        else {
            return;
        };
        let next = self.position() + 1;
        if task == choice.taken {
            self.step(next);
            return;
        }
        let mut plan = self.plan.clone();
        let decision = self.runs[choice.run].scene.machine.decisions;
        if let Some(run) = plan.runs.get_mut(choice.run) {
            // One by one: taking a tree apart is more code than all of this.
            let before = core::mem::take(&mut run.deviations);
            for (index, chosen) in before {
                if index < decision {
                    run.deviations.insert(index, chosen);
                }
            }
            run.deviations.insert(decision, task);
        }
        self.draft = Some((plan, Then::At(next)));
    }

    /// Lets time pass, up to the next place where a person is to choose.
    pub(super) fn play(&mut self, seconds: f64) {
        let before = self.position();
        self.player.advance(&self.merged, seconds);
        if self.chooser == Chooser::Policy {
            return;
        }
        let stop = (before + 1..=self.position()).find(|at| self.is_choice_at(*at));
        if let Some(stop) = stop {
            self.player.command(&self.merged, Command::Pause);
            self.player.command(&self.merged, Command::Seek(stop));
        }
    }

    fn is_choice_at(&mut self, position: usize) -> bool {
        if position >= self.merged.len() {
            return false;
        }
        let next = self.merged.event(position + 1);
        next.is_some_and(|next| self.runs[next.run].is_choice_at(next.before))
    }
}

/// What a choice of a run offers, and whom the run takes.
fn choosing(scene: &Scene, run: usize, choice: rules::Choice, taken: TaskId) -> Option<Choosing> {
    let options = choice.options(&scene.machine).take(MOST_OPTIONS);
    let mut options: Vec<_> = options.collect();
    if !options.contains(&taken) {
        options.push(taken);
    }
    Some(Choosing {
        run,
        open: choice.open,
        options,
        count: choice.count(&scene.machine),
        taken,
    })
}

impl Act {
    /// Whether something else is open afterwards, if all goes well.
    #[must_use]
    pub const fn opens(&self) -> bool {
        matches!(
            self,
            Self::Open { .. }
                | Self::OpenText { .. }
                | Self::Deliver { .. }
                | Self::Follow(_)
                | Self::PartCame(_)
        )
    }
}
