//! The sentences of user-level threads, in English: who is on which kernel thread, and who waits for one.

use sim_core::call::Reason;
use sim_core::ids::{CpuId, TaskId};
use sim_core::machine::{Source, State};
use sim_core::time::Span;
use sim_core::view::narration::{AboutCarriers, ByProcessor, Wanted};

use super::narration::{Teller, say};
use crate::i18n::{Piece, StageTexts};

impl Teller<'_> {
    /// Whether a task is a user-level thread.
    pub(super) fn shares_carriers(&self, task: TaskId) -> bool {
        self.scene.machine.carriers_of(task).is_some()
    }

    pub(super) fn lacks_carrier(&self, task: TaskId) -> bool {
        self.scene.machine.task(task).state == State::Blocked(Reason::Carrier)
    }

    pub(super) fn carrier_taken(
        &mut self,
        task: TaskId,
        (carrier, right): (u16, Option<ByProcessor>),
        from: Option<TaskId>,
        cpu: Option<CpuId>,
        cost: Span,
    ) {
        let all = self.scene.machine.carriers_of(task);
        let thread = match (all.map_or(1, |carriers| carriers.all.len()), right) {
            (1, None) => "the kernel thread".to_owned(),
            _ => format!("kernel thread {carrier}"),
        };
        match right {
            None => {
                say!(self.main, task, " gets ", Piece::Thing(thread));
                say!(self.main, " of its process");
            }
            Some(right) => self.by_processor(task, thread, right),
        }
        if let Some(from) = from {
            say!(self.main, ", after ", from);
        }
        match cpu {
            Some(cpu) => {
                let cpu = Piece::Thing(self.texts.cpu(cpu));
                say!(self.main, ", and goes on at once on ", cpu, ".");
                say!(self.more, "The kernel sees one thread that runs on.");
            }
            None => say!(self.main, ": now the kernel has it in its ready queue."),
        }
        if !cost.is_zero() {
            let cost = self.span(cost);
            say!(
                self.more,
                format!(" To go over to it takes the process {cost}.")
            );
        }
    }

    /// A kernel thread with a processor takes a thread on.
    fn by_processor(&mut self, task: TaskId, thread: String, right: ByProcessor) {
        let processor = Piece::Thing(format!("Processor {}", right.processor));
        match right.source {
            Source::Own => say!(self.main, processor, " takes ", task, " from its own queue"),
            Source::Shared => say!(
                self.main,
                processor,
                " takes ",
                task,
                " from the shared queue"
            ),
            Source::Stolen(from) => {
                say!(
                    self.main,
                    processor,
                    " has nothing to do, and steals ",
                    task
                );
                say!(
                    self.main,
                    " from ",
                    Piece::Thing(format!("processor {from}"))
                );
                match right.with {
                    0 => {}
                    1 => say!(self.more, "One more comes with it: half of the queue."),
                    more => say!(
                        self.more,
                        format!("{more} more come with it: half of the queue.")
                    ),
                }
            }
        }
        let made = if right.is_made {
            ", which is made for it"
        } else {
            ""
        };
        say!(self.main, "; it runs on ", Piece::Thing(thread), made);
    }

    pub(super) fn yielded_carrier(&mut self, task: TaskId) {
        say!(self.main, task);
        if self.lacks_carrier(task) {
            say!(
                self.main,
                " yields: it goes to the end of its process\u{2019}s run queue."
            );
        } else {
            say!(
                self.main,
                " yields, but no other thread of its process could run: it goes on."
            );
        }
    }

    #[lockstep_part::later(Teller<'_>)]
    pub(super) fn tell_carriers(&mut self, about: AboutCarriers) {
        match about {
            AboutCarriers::Leaves => {
                say!(self.more, " It leaves its kernel thread to others.");
            }
            AboutCarriers::Blocks { waiting, left } => {
                say!(
                    self.main,
                    " The kernel thread that it is on is blocked with it"
                );
                let others = match waiting {
                    1 => "one more thread could run, and may not".to_owned(),
                    _ => format!("{waiting} more threads could run, and may not"),
                };
                let text = match (left, waiting) {
                    (0, 0) => ".".to_owned(),
                    (0, _) => format!(": {others}."),
                    (1, _) => "; one more is left.".to_owned(),
                    _ => format!("; {left} more are left."),
                };
                say!(self.main, text);
            }
            AboutCarriers::GivesUpProcessor { processor, waiting } => {
                say!(
                    self.main,
                    " Its kernel thread is blocked with it, and gives "
                );
                say!(self.main, Piece::Thing(format!("processor {processor}")));
                let text = match waiting {
                    0 => " up: nobody else could run now.",
                    _ => " up, so that another goes on with it.",
                };
                say!(self.main, text);
            }
            AboutCarriers::Waits {
                holder,
                reason,
                of,
                what,
                ahead,
            } => {
                let (one, more) = match what {
                    Wanted::KernelThread => ("kernel thread", "kernel threads"),
                    Wanted::Processor => ("processor", "processors"),
                };
                let taken = match of {
                    1 => format!(" It could run, but has to wait: the only {one} is with "),
                    _ => format!(
                        " It could run, but has to wait: all {of} {more} are taken, one by "
                    ),
                };
                say!(self.main, taken, holder);
                if let Some(reason) = reason {
                    let waits = self.texts.waits_for(&self.scene.code, reason);
                    say!(self.main, format!(", and blocked with it ({waits})"));
                }
                say!(self.main, ".");
                match ahead {
                    0 => {}
                    1 => say!(self.more, " One thread is before it in the run queue."),
                    _ => say!(
                        self.more,
                        format!(" {ahead} threads are before it in the run queue.")
                    ),
                }
            }
        }
    }
}
