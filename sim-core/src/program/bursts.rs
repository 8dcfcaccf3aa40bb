//! The program of a workload's job: bursts of CPU and I/O, as in a scheduling exercise.

use serde::{Deserialize, Serialize};

use super::{Config, Job};
use crate::call::{Call, Step};
use crate::ids::PipeId;
use crate::time::Span;

/// One part of what a job does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Burst {
    /// Use the CPU.
    Cpu(Span),
    /// Read or write on the disk.
    Io(Span),
    /// Write one message into a pipe.
    Send(PipeId),
    /// Read one message from a pipe.
    Receive(PipeId),
}

/// Where a task stands in its program.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Frame {
    /// The next burst to look at.
    pub burst: u32,
    /// How many rounds are done.
    pub round: u32,
    /// Whether the call before was an I/O whose completion has still to be handled on the CPU.
    after_io: bool,
}

impl Job {
    /// Evaluates the program up to its next call.
    ///
    /// CPU bursts that follow each other are one run. `io_issue` and `io_done` of the cost table
    /// are CPU time before and after each call to the machine (a textbook's "run the I/O
    /// instruction").
    pub fn advance(&self, config: &Config, frame: &mut Frame) -> Step {
        let mut run = Span::ZERO;
        if core::mem::take(&mut frame.after_io) {
            run += config.costs.io_done;
        }
        loop {
            let Some(&burst) = self.bursts.get(frame.burst as usize) else {
                frame.round += 1;
                frame.burst = 0;
                let call = if frame.round >= self.rounds {
                    Call::Exit { status: 0 }
                } else if self.period.is_some() {
                    Call::NextPeriod
                } else {
                    continue;
                };
                return Step { run, call };
            };
            frame.burst += 1;
            let call = match burst {
                Burst::Cpu(span) => {
                    run += span;
                    continue;
                }
                Burst::Io(span) => Call::Io { span },
                Burst::Send(pipe) => Call::Send { pipe },
                Burst::Receive(pipe) => Call::Receive { pipe },
            };
            frame.after_io = matches!(call, Call::Io { .. });
            return Step { run: run + config.costs.io_issue, call };
        }
    }

    /// The CPU time that all its bursts need, without the cost of calls.
    #[must_use]
    pub fn cpu_time(&self) -> Span {
        let each: u64 = self
            .bursts
            .iter()
            .map(|burst| if let Burst::Cpu(span) = burst { span.0 } else { 0 })
            .fold(0, u64::saturating_add);
        Span(each.saturating_mul(u64::from(self.rounds)))
    }
}
