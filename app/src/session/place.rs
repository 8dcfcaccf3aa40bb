//! Where in the runs a session is: going to a place, keeping it while other runs come, and what is marked.
//!
//! Not how time passes: that is the player's.

use sim_core::ids::TaskId;
use sim_core::trace::Granularity;
use sim_core::view::Merged;

use super::Session;
use super::making::Then;
use crate::player::Command;

impl Session {
    /// Goes to a place, now or once the runs are there.
    pub(super) fn seek(&mut self, to: Then) {
        if let Some((_, then)) = &mut self.draft {
            *then = to;
        } else if let Some(making) = &mut self.making {
            making.then = to;
        } else {
            let command = match to {
                Then::Start => Command::Seek(0),
                Then::At(position) => Command::Seek(position),
                Then::AtTime(at) => Command::SeekTime(at),
                Then::SameTime | Then::SamePast => return,
            };
            self.player.command(&self.merged, command);
        }
    }

    /// A step by hand stops playing.
    pub(super) fn step(&mut self, to: usize) {
        self.player.command(&self.merged, Command::Pause);
        self.seek(Then::At(to));
    }

    /// Chooses what to step by. Stepping by a task is stepping by the one that is marked; the first time
    /// that is the one that it is about just now.
    pub(super) fn step_by(&mut self, granularity: Granularity) {
        self.granularity = granularity;
        if let Granularity::Task(task) = granularity {
            let last = self.last_event().and_then(|last| last.event.kind.task());
            let task = self.selection.or(last).unwrap_or(task);
            self.select(Some(task));
        }
    }

    pub(super) fn select(&mut self, task: Option<TaskId>) {
        self.selection = task;
        if matches!(self.granularity, Granularity::Task(_)) {
            self.granularity = task.map_or(Granularity::Event, Granularity::Task);
        }
    }

    /// Where the time is that is shown now: at the very step, if the first run is the same up to
    /// there, else after everything that had happened by then.
    pub(super) fn same_place(&self, merged: &Merged) -> Command {
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
}
