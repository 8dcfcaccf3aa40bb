//! A scene: one run at one place of it, as plain data; what every panel draws.
//!
//! Not a signal and not a view: the session makes one whenever the place changes, and panels take
//! memos of it.

use std::sync::Arc;

use sim_core::event::Event;
use sim_core::ids::TaskId;
use sim_core::machine::Machine;
use sim_core::program::Code;
use sim_core::run::Outcome;
use sim_core::time::Time;
use sim_core::trace::{Cursor, Trace};
use sim_core::view::{Narration, narrate};

/// A run at one place of it.
#[derive(Clone, Debug)]
pub struct Scene {
    /// The run.
    pub trace: Arc<Trace>,
    /// Its program.
    pub code: Arc<Code>,
    /// The machine at this place.
    pub machine: Machine,
    /// The event that led here; none at the start.
    pub event: Option<Event>,
    /// The machine before that event.
    pub before: Option<Machine>,
    /// What that event was and why it came.
    pub narration: Option<Narration>,
    /// How many events lie behind.
    pub position: usize,
    /// How many events the run has.
    pub length: usize,
    /// How the run ends.
    pub outcome: Outcome,
}

impl Scene {
    /// The scene after the first `position` events. The cursor is left there.
    #[must_use]
    pub fn at(cursor: &mut Cursor, position: usize) -> Self {
        let trace = Arc::clone(cursor.trace());
        let position = position.min(trace.len());
        let before = position.checked_sub(1).map(|before| {
            cursor.seek(before);
            cursor.machine().clone()
        });
        cursor.seek(position);
        let machine = cursor.machine().clone();
        let event = cursor.event().copied();
        let told = before.as_ref().zip(event.as_ref());
        let narration = told.map(|(before, event)| narrate(trace.code(), before, event, &machine));
        Self {
            code: Arc::clone(trace.code()),
            machine,
            narration,
            event,
            before,
            position,
            length: trace.len(),
            outcome: trace.outcome(),
            trace,
        }
    }

    /// The line that the last event wrote to standard output; empty where it wrote none.
    #[must_use]
    pub fn printed(&self) -> &str {
        let last = self.trace.outputs_until(self.position).last();
        let last = last.filter(|output| output.position == self.position);
        last.map_or("", |output| &output.text)
    }

    /// The line of its script at which a task is: that of its next call, of the `compute` before it
    /// that it is in, or of the call in which it waits. None where there is no script.
    #[must_use]
    pub fn line_of(&self, task: TaskId) -> Option<u32> {
        self.line_in(&self.machine, task, self.machine.now)
    }

    /// The line that the last event was about: where its task was when it happened.
    #[must_use]
    pub fn line(&self) -> Option<u32> {
        let before = self.before.as_ref()?;
        self.line_in(before, self.concerned()?, self.event?.at)
    }

    fn line_in(&self, machine: &Machine, task: TaskId, at: Time) -> Option<u32> {
        let thread = machine.threads.get(task.index())?;
        let left = machine.left_at(task, at);
        Some(self.code.script.as_ref()?.line(&thread.program, left))
    }

    /// The run.
    #[must_use]
    pub fn run(&self) -> Run {
        Run(Arc::clone(&self.trace))
    }

    /// The task that the last event is about.
    #[must_use]
    pub fn concerned(&self) -> Option<TaskId> {
        self.event.and_then(|event| event.kind.task())
    }

    /// Whether nothing comes after this place.
    #[must_use]
    pub const fn is_at_end(&self) -> bool {
        self.position >= self.length
    }
}

/// Two scenes are the same when they show the same run at the same place: nothing deeper needs to
/// be compared.
impl PartialEq for Scene {
    fn eq(&self, other: &Self) -> bool {
        self.position == other.position && Arc::ptr_eq(&self.trace, &other.trace)
    }
}

/// A run, compared by what it is and not by what is in it.
#[derive(Clone, Debug)]
pub struct Run(pub Arc<Trace>);

impl PartialEq for Run {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}
