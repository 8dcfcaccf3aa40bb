//! A run at a place of it, and what makes two runs look alike.

use std::sync::Arc;

use sim_core::goal::Goal;
use sim_core::program::Code;
use sim_core::rules::{self, Next};
use sim_core::trace::{Cursor, Trace};

use crate::scene::Scene;

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
    /// After how many events each goal of the scenario is reached.
    pub(super) goals: Vec<Option<usize>>,
    cursor: Cursor,
}

impl RunView {
    pub(super) fn new(trace: Arc<Trace>, cast: usize, goals: &[Goal]) -> Self {
        let mut cursor = Cursor::new(Arc::clone(&trace));
        let scene = Arc::new(Scene::at(&mut cursor, 0));
        Self {
            goals: goals.iter().map(|goal| goal.reached(&trace)).collect(),
            trace,
            scene,
            cast,
            cursor,
        }
    }

    pub(super) fn show(&mut self, position: usize) {
        if self.scene.position != position {
            self.scene = Arc::new(Scene::at(&mut self.cursor, position));
        }
    }

    /// Whether it is open who is next after so many of its events.
    pub(super) fn is_choice_at(&mut self, position: usize) -> bool {
        if self.trace.reality().is_some() {
            return false;
        }
        self.cursor.seek(position);
        let next = rules::next(self.trace.code(), self.cursor.machine());
        matches!(next, Next::Choice(_))
    }
}

/// Whether two runs show the same things: jobs, CPUs, queues, partitions and pipes, and what the tasks
/// of a script share.
pub(super) fn has_same_cast(one: &Trace, other: &Trace) -> bool {
    let (one, other) = (one.code(), other.code());
    let names = |code: &Code| {
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
        && one.config.interpreter.is_some() == other.config.interpreter.is_some()
        && match (&one.script, &other.script) {
            (Some(one), Some(other)) => {
                one.objects == other.objects && one.variables == other.variables
            }
            (one, other) => one.is_none() && other.is_none(),
        }
}
