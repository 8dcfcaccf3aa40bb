//! The program of a workload's job: bursts of CPU and I/O, as in a scheduling exercise.

use core::mem;
use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use super::{Code, Job};
use crate::call::{Call, Step};
use crate::ids::{PipeId, TaskId};
use crate::sort::sort_by_key;
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
    /// How many calls of the round it has come to.
    pub part: u32,
    /// How many rounds are done.
    pub round: u32,
    /// Whether the call before was an I/O whose completion has still to be handled on the CPU.
    after_io: bool,
}

/// The programs of all jobs as they are carried out: first the first part of each, then the second
/// of each that has one, and so on.
///
/// Not job after job: with 100,000 tasks nearly every look at a program would miss all caches,
/// while tasks that take turns look at neighbours here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Parts {
    parts: Vec<Part>,
    /// Where the first parts begin, the second ones, and so on.
    columns: Vec<u32>,
    /// Each job's place in a column: the longer its program, the further in front.
    ranks: Vec<u32>,
}

/// CPU bursts and the call after them; none where the job's bursts are over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Part {
    run: Span,
    call: Option<Call>,
}

impl Parts {
    pub(super) fn new(jobs: &[Job]) -> Self {
        // Inputs are limited when they are read: all bursts together are a few millions.
        let number = |index: usize| u32::try_from(index).unwrap_or(u32::MAX);
        let rows: Vec<_> = jobs.iter().map(Part::row).collect();
        let mut order: Vec<_> = (0..jobs.len()).collect();
        sort_by_key(&mut order, |job| Reverse(rows[*job].len()));
        let mut ranks = vec![0; jobs.len()];
        for (rank, job) in order.iter().enumerate() {
            ranks[*job] = number(rank);
        }
        let (mut parts, mut columns) = (Vec::new(), Vec::new());
        for column in 0..order.first().map_or(0, |job| rows[*job].len()) {
            columns.push(number(parts.len()));
            parts.extend(order.iter().map_while(|job| rows[*job].get(column)));
        }
        Self {
            parts,
            columns,
            ranks,
        }
    }

    #[cfg_attr(not(target_family = "wasm"), inline(always))]
    fn part(&self, task: TaskId, frame: &Frame) -> Part {
        let place = self.columns[frame.part as usize] + self.ranks[task.index()];
        self.parts[place as usize]
    }
}

impl Part {
    /// The parts of a job.
    fn row(job: &Job) -> Vec<Self> {
        let mut row = Vec::new();
        let mut run = Span::ZERO;
        for burst in &job.bursts {
            let call = match *burst {
                Burst::Cpu(span) => {
                    run += span;
                    continue;
                }
                Burst::Io(span) => Call::Io { span },
                Burst::Send(pipe) => Call::Send { pipe },
                Burst::Receive(pipe) => Call::Receive { pipe },
            };
            row.push(Self {
                run: mem::take(&mut run),
                call: Some(call),
            });
        }
        row.push(Self { run, call: None });
        row
    }
}

impl Code {
    /// Evaluates a task's program up to its next call.
    ///
    /// CPU bursts that follow each other are one run. `io_issue` and `io_done` of the cost table
    /// are CPU time before and after each call to the machine (a textbook's "run the I/O
    /// instruction").
    #[cfg_attr(not(target_family = "wasm"), inline(always))]
    pub(crate) fn advance(&self, task: TaskId, frame: &mut Frame) -> Step {
        let costs = &self.config.costs;
        let mut run = Span::ZERO;
        if mem::take(&mut frame.after_io) {
            run += costs.io_done;
        }
        loop {
            let part = self.parts.part(task, frame);
            run += part.run;
            if let Some(call) = part.call {
                frame.part += 1;
                frame.after_io = matches!(call, Call::Io { .. });
                return Step {
                    run: run + costs.io_issue,
                    call,
                };
            }
            let job = self.job(task);
            frame.round += 1;
            frame.part = 0;
            if frame.round >= job.rounds {
                return Step {
                    run,
                    call: Call::Exit { status: 0 },
                };
            }
            if job.period.is_some() {
                return Step {
                    run,
                    call: Call::NextPeriod,
                };
            }
        }
    }
}

impl Job {
    /// The CPU time that all its bursts need, without the cost of calls.
    #[must_use]
    pub fn cpu_time(&self) -> Span {
        let each: u64 = self
            .bursts
            .iter()
            .map(|burst| {
                if let Burst::Cpu(span) = burst {
                    span.0
                } else {
                    0
                }
            })
            .fold(0, u64::saturating_add);
        Span(each.saturating_mul(u64::from(self.rounds)))
    }
}
