//! A machine as simple as can be: it answers calls at once, one task after the other.
//!
//! Locks are always free, queues never full. It is no model of the simulated computer, but enough
//! to see what a script asks for and how it reads the answers.

use std::collections::VecDeque;

use sim_core::call::{Call, Operation, Reply, Request};
use sim_core::ids::TaskId;
use sim_core::program::script::{Evaluation, Script};
use sim_core::time::{Span, Unit};

/// The cost of one line.
pub const LINE: u64 = 10;
/// The most calls that a task may make.
const CALLS: usize = 5_000;

/// What became of a task.
#[derive(Clone, Debug)]
pub struct Run {
    /// Each call, with the CPU time before it and the number of its line.
    pub calls: Vec<(u64, Call, u32)>,
    /// What it printed.
    pub printed: Vec<String>,
    /// The shared words at the end.
    pub memory: Vec<i64>,
}

impl Run {
    /// Its last call.
    pub fn last(&self) -> Call {
        self.calls.last().expect("a call").1
    }

    /// All CPU time that it used.
    pub fn time(&self) -> u64 {
        self.calls.iter().map(|(run, ..)| run).sum()
    }
}

/// Parses a script that is right.
pub fn parse(text: &str) -> Script {
    Script::parse("test", text, Unit::MILLISECOND).unwrap_or_else(|errors| {
        let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
        panic!("{}\n{text}", errors.join("\n"));
    })
}

/// The memory of a script at the start.
pub fn memory(script: &Script) -> Vec<i64> {
    let words = script
        .variables
        .iter()
        .flat_map(|spec| std::iter::repeat_n(spec.initial, usize::from(spec.len)));
    words.collect()
}

/// How requests are answered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum World {
    /// Everything is granted.
    Granting,
    /// What can be refused, or has a time limit, is refused.
    Refusing,
}

/// Runs one task to its end, or until it has made too many calls.
pub fn run_task(script: &Script, task: usize, seed: u64, world: World) -> Run {
    run_calls(script, task, seed, world, &mut memory(script), CALLS)
}

/// Runs one task on a memory that others have used.
pub fn run_on(script: &Script, task: usize, memory: &mut [i64]) -> Run {
    run_calls(script, task, 0, World::Granting, memory, CALLS)
}

/// Runs one task for at most so many calls.
pub fn run_calls(
    script: &Script,
    task: usize,
    seed: u64,
    world: World,
    memory: &mut [i64],
    most: usize,
) -> Run {
    let ctx = Evaluation {
        instruction: Span(LINE),
        seed,
        task: TaskId::from_index(task),
    };
    let mut thread = script.start(task);
    let mut queue = VecDeque::new();
    let (mut calls, mut printed) = (Vec::new(), Vec::new());
    while calls.len() < most {
        let step = script.advance(&mut thread, &ctx);
        calls.push((step.run.0, step.call, script.line(&thread, Span::ZERO)));
        let refuses = world == World::Refusing;
        thread.reply = match step.call {
            Call::Access {
                variable,
                operation,
            } => access(&mut memory[variable.index()], operation, thread.operands),
            Call::Sync { request, .. } if refuses && request.is_try() => Reply::REFUSED,
            Call::Sync { .. } if refuses && thread.timeout.is_some() => Reply::REFUSED,
            Call::Sync { request, .. } => match request {
                Request::Put | Request::TryPut => {
                    queue.push_back(thread.operands[0]);
                    Reply::DONE
                }
                Request::Get | Request::TryGet => {
                    queue.pop_front().map_or(Reply::REFUSED, Reply::of)
                }
                Request::Arrive => Reply::of(7),
                _ => Reply::DONE,
            },
            Call::Print { .. } => {
                printed.push(script.print(&thread));
                Reply::DONE
            }
            Call::Sleep { .. } | Call::Yield | Call::Pass => Reply::DONE,
            Call::Exit { .. } | Call::Fail { .. } => break,
            Call::Io { .. } | Call::Send { .. } | Call::Receive { .. } | Call::NextPeriod => {
                panic!("a script asks for {:?}", step.call)
            }
        };
    }
    Run {
        calls,
        printed,
        memory: memory.to_vec(),
    }
}

fn access(word: &mut i64, operation: Operation, operands: [i64; 2]) -> Reply {
    let before = *word;
    match operation {
        Operation::Load => {}
        Operation::Store | Operation::Swap => *word = operands[0],
        Operation::CompareAndSwap => {
            if before != operands[0] {
                return Reply::REFUSED;
            }
            *word = operands[1];
        }
        Operation::FetchAdd => *word = before.wrapping_add(operands[0]),
    }
    Reply::of(before)
}

/// What the body of a task prints.
pub fn printed(body: &str) -> Vec<String> {
    let indented: String = body.lines().map(|line| format!("  {line}\n")).collect();
    let script = parse(&format!("task t\n{indented}"));
    run_task(&script, 0, 0, World::Granting).printed
}
