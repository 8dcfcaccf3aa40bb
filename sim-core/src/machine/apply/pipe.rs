//! Messages go through pipes, and their ends are closed.

use super::Legal;
use crate::call::{Call, PipeEnd, Reply};
use crate::ids::{PipeId, TaskId};
use crate::machine::{Ends, Machine, PipeAnswer};
use crate::program::Code;

impl Machine {
    #[inline(never)]
    pub(super) fn send(&mut self, code: &Code, task: TaskId, pipe: PipeId) -> Legal {
        let (seat, call) = self.calling(code, task)?;
        require!(
            call == Call::Send { pipe } || call == Call::TrySend { pipe },
            "it does not write into that pipe"
        );
        require!(
            self.pipe_takes(code, task, pipe) == PipeAnswer::Done,
            "the pipe is full, or broken"
        );
        let thread = self.threads.get(task.index());
        let item = thread.map_or(0, |thread| thread.program.operands[0]);
        let entry = &mut self.pipes[pipe.index()];
        entry.items.push_back(item);
        if let Some(reader) = entry.readers_waiting.pop_front() {
            self.wake_in_kernel(reader, task);
        }
        self.continue_running(code, task, seat);
        Ok(())
    }

    #[inline(never)]
    pub(super) fn receive(&mut self, code: &Code, task: TaskId, pipe: PipeId) -> Legal {
        let (seat, call) = self.calling(code, task)?;
        require!(is_receive(call, pipe), "it does not read that pipe");
        require!(
            self.pipe_gives(task, pipe) == PipeAnswer::Done,
            "the pipe is empty"
        );
        let entry = &mut self.pipes[pipe.index()];
        let item = entry.items.pop_front().unwrap_or_default();
        if let Some(writer) = entry.writers_waiting.pop_front() {
            self.wake_in_kernel(writer, task);
        }
        if self.threads.is_empty() {
            self.finish_call(code, task);
        } else {
            self.answer_call(code, task, Reply::of(item));
        }
        self.keep_seat(code, task, seat);
        Ok(())
    }

    #[inline(never)]
    pub(super) fn reach_end(&mut self, code: &Code, task: TaskId, pipe: PipeId) -> Legal {
        let (seat, call) = self.calling(code, task)?;
        require!(is_receive(call, pipe), "it does not read that pipe");
        require!(
            self.pipe_gives(task, pipe) == PipeAnswer::Ended,
            "the pipe has not ended"
        );
        if self.threads.is_empty() {
            self.finish_call(code, task);
        } else {
            self.answer_call(code, task, Reply::REFUSED);
        }
        self.keep_seat(code, task, seat);
        Ok(())
    }

    /// A process closes its own end of a pipe.
    #[inline(never)]
    pub(super) fn close(&mut self, code: &Code, task: TaskId, pipe: PipeId, end: PipeEnd) -> Legal {
        let (seat, call) = self.calling(code, task)?;
        require!(
            call == Call::Close { pipe, end },
            "it closes something else"
        );
        let process = &mut self.processes[self.tasks[task.index()].process.index()];
        require!(process.holds(pipe, end), "it is not open");
        let Some(own) = process.ends.get_mut(pipe.index()) else {
            return Err("there is no such pipe");
        };
        let closed = match end {
            PipeEnd::Read => {
                own.reads = false;
                Ends {
                    reads: true,
                    writes: false,
                }
            }
            PipeEnd::Write => {
                own.writes = false;
                Ends {
                    reads: false,
                    writes: true,
                }
            }
        };
        self.give_up_ends(pipe.index(), closed, task);
        self.answer_call(code, task, Reply::DONE);
        self.keep_seat(code, task, seat);
        Ok(())
    }

    /// Ends of a pipe are closed: that nobody writes any more is news for every reader, and that nobody
    /// reads for every writer (POSIX read and write, pipe semantics).
    #[lockstep_part::later(Machine)]
    pub(super) fn give_up_ends(&mut self, pipe: usize, ends: Ends, by: TaskId) {
        let entry = &mut self.pipes[pipe];
        entry.writers -= u32::from(ends.writes);
        entry.readers -= u32::from(ends.reads);
        let mut woken = Vec::new();
        if ends.writes && entry.writers == 0 {
            woken.extend(entry.readers_waiting.drain(..));
        }
        if ends.reads && entry.readers == 0 {
            woken.extend(entry.writers_waiting.drain(..));
        }
        for task in woken {
            self.wake_in_kernel(task, by);
        }
    }
}

fn is_receive(call: Call, pipe: PipeId) -> bool {
    call == Call::Receive { pipe } || call == Call::TryReceive { pipe }
}
