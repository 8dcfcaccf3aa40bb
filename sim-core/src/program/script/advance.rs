//! Evaluation: carries a thread on to its next call.
//!
//! Nothing here chooses or fails: what a script does wrong ends its task by [`Call::Fail`].

use super::arithmetic::{binary, random};
use super::ast::Binary;
use super::code::Op;
use super::thread::Frame;
use super::{Script, Thread};
use crate::call::{Call, Fault, Operation, Reply, Step};
use crate::ids::{ObjectId, TaskId, VariableId};
use crate::program::limits;
use crate::time::Span;

/// How many lines are evaluated without a call before the task comes to a [`Call::Pass`]: a loop
/// that never asks for anything must not stop the simulation.
pub const FUEL: u32 = 10_000;
/// The most frames on a thread's stack.
pub const FRAMES: usize = 256;
/// The most registers of all frames of a thread: half a megabyte.
const VALUES: usize = 1 << 16;
/// The most things that are counted: of a semaphore, or to notify.
const COUNT: i64 = u32::MAX as i64;

/// What evaluation depends on beside script and thread.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Evaluation {
    /// The CPU time of one line.
    pub instruction: Span,
    /// The seed of random numbers.
    pub seed: u64,
    /// Whose thread it is.
    pub task: TaskId,
}

impl Script {
    /// Evaluates a thread up to its next call, reading the reply to the one before.
    ///
    /// The cost of the lines on the way, the call's own among them, is in the step's run. After
    /// [`Call::Exit`] and [`Call::Fail`] a thread is not to be carried on.
    #[must_use]
    pub fn advance(&self, thread: &mut Thread, ctx: &Evaluation) -> Step {
        let program = &self.program;
        let (ops, begins) = (program.ops.as_slice(), program.begins.as_slice());
        let reply = thread.reply;
        thread.operands = [0; 2];
        thread.timeout = None;
        thread.reply = Reply::DONE;
        thread.checkpoint = false;
        thread.compute = None;
        let mut at = thread.next as usize;
        let mut base = thread.base as usize;
        // Lines evaluated, and those among them that cost what they say.
        let (mut lines, mut computed) = (0_u32, 0_u32);
        let mut run = 0_u64;
        // Lines that had cost something when the last `compute` was over.
        let mut before_rest = 0_u32;
        let values = &mut thread.values;

        macro_rules! get {
            ($register:expr) => {
                values[base + usize::from($register)]
            };
        }
        macro_rules! set {
            ($register:expr, $value:expr) => {{
                let value = $value;
                values[base + usize::from($register)] = value;
            }};
        }
        macro_rules! fail {
            ($fault:expr) => {
                break (Call::Fail { fault: $fault }, at + 1)
            };
        }
        macro_rules! operate {
            ($operator:ident, $to:ident, $left:ident, $right:expr) => {
                match binary(Binary::$operator, get!($left), $right) {
                    Ok(value) => set!($to, value),
                    Err(fault) => fail!(fault),
                }
            };
        }

        // The call, and where evaluation goes on after it.
        let (call, next) = loop {
            if begins[at] {
                if lines == FUEL {
                    break (Call::Pass, at);
                }
                lines += 1;
            }
            match ops[at] {
                Op::Nothing => {}
                Op::Number { to, number } => set!(to, i64::from(number)),
                Op::Large { to, place } => set!(to, program.numbers[place as usize]),
                Op::Copy { to, from } => set!(to, get!(from)),
                Op::Own { to } => set!(to, thread.own),
                Op::Add { to, left, right } => operate!(Add, to, left, get!(right)),
                Op::Subtract { to, left, right } => operate!(Subtract, to, left, get!(right)),
                Op::Multiply { to, left, right } => operate!(Multiply, to, left, get!(right)),
                Op::Divide { to, left, right } => operate!(Divide, to, left, get!(right)),
                Op::Remainder { to, left, right } => operate!(Remainder, to, left, get!(right)),
                Op::Equal { to, left, right } => operate!(Equal, to, left, get!(right)),
                Op::NotEqual { to, left, right } => operate!(NotEqual, to, left, get!(right)),
                Op::Less { to, left, right } => operate!(Less, to, left, get!(right)),
                Op::LessEqual { to, left, right } => operate!(LessEqual, to, left, get!(right)),
                Op::AddNumber { to, left, right } => operate!(Add, to, left, i64::from(right)),
                Op::MultiplyNumber { to, left, right } => {
                    operate!(Multiply, to, left, i64::from(right));
                }
                Op::DivideNumber { to, left, right } => {
                    operate!(Divide, to, left, i64::from(right));
                }
                Op::RemainderNumber { to, left, right } => {
                    operate!(Remainder, to, left, i64::from(right));
                }
                Op::EqualNumber { to, left, right } => operate!(Equal, to, left, i64::from(right)),
                Op::NotEqualNumber { to, left, right } => {
                    operate!(NotEqual, to, left, i64::from(right));
                }
                Op::LessNumber { to, left, right } => operate!(Less, to, left, i64::from(right)),
                Op::GreaterNumber { to, left, right } => {
                    operate!(Greater, to, left, i64::from(right));
                }
                Op::Negate { to, from } => match get!(from).checked_neg() {
                    Some(value) => set!(to, value),
                    None => fail!(Fault::Overflow),
                },
                Op::Not { to, from } => set!(to, i64::from(get!(from) == 0)),
                Op::Truth { to, from } => set!(to, i64::from(get!(from) != 0)),
                Op::Element { to, index, array } => {
                    let array = program.arrays[usize::from(array)];
                    match u16::try_from(get!(index)) {
                        Ok(index) if index < array.length => {
                            set!(to, i64::from(array.first) + i64::from(index));
                        }
                        _ => fail!(Fault::IndexOutOfRange),
                    }
                }
                Op::Units { to, from } => {
                    let unit = self.unit.span().0;
                    let length = u64::try_from(get!(from)).ok();
                    match length.and_then(|units| units.checked_mul(unit)) {
                        Some(length) if length <= limits::SPAN.0 => {
                            set!(to, length.cast_signed());
                        }
                        _ => fail!(Fault::BadTime),
                    }
                }
                Op::Random { to, low, high } => {
                    match random(ctx.seed, ctx.task.0, thread.draws, get!(low), get!(high)) {
                        Ok(value) => set!(to, value),
                        Err(fault) => fail!(fault),
                    }
                    thread.draws += 1;
                }
                Op::Jump { to } => {
                    at = to as usize;
                    continue;
                }
                Op::JumpIfZero { test, to } => {
                    if get!(test) == 0 {
                        at = to as usize;
                        continue;
                    }
                }
                Op::JumpIfNotZero { test, to } => {
                    if get!(test) != 0 {
                        at = to as usize;
                        continue;
                    }
                }
                Op::Again { to } => {
                    thread.checkpoint = true;
                    at = to as usize;
                    continue;
                }
                Op::Count { counter, exit } => {
                    let left = get!(counter);
                    if left <= 0 {
                        at = exit as usize;
                        continue;
                    }
                    set!(counter, left - 1);
                }
                Op::Call { function } => {
                    let function = &program.functions[usize::from(function)];
                    let callee = thread.top as usize;
                    let end = callee + usize::from(function.registers);
                    if thread.frames.len() + 1 >= FRAMES || end > VALUES {
                        fail!(Fault::StackOverflow);
                    }
                    if values.len() < end {
                        values.resize(end, 0);
                    }
                    let top = callee + usize::from(function.locals);
                    values[callee + usize::from(function.parameters)..top].fill(0);
                    thread.frames.push(Frame {
                        next: at as u32 + 1,
                        base: base as u32,
                    });
                    base = callee;
                    thread.top = top as u32;
                    at = function.entry as usize;
                    continue;
                }
                Op::Return { value } => {
                    let value = get!(value);
                    let Some(frame) = thread.frames.pop() else {
                        break (Call::Exit { status: 0 }, at + 1);
                    };
                    set!(0_u16, value);
                    thread.top = base as u32;
                    base = frame.base as usize;
                    thread.checkpoint = true;
                    at = frame.next as usize;
                    continue;
                }
                Op::Compute { span } => {
                    run = run.saturating_add(get!(span).cast_unsigned());
                    computed += 1;
                    thread.compute = Some(at as u32);
                    before_rest = lines - computed;
                    thread.checkpoint = true;
                }
                Op::Assert { test } => {
                    if get!(test) == 0 {
                        fail!(Fault::AssertionFailed);
                    }
                }
                Op::CheckCount { count } => {
                    if !(0..=COUNT).contains(&get!(count)) {
                        fail!(Fault::BadCount);
                    }
                }
                Op::Timeout { span } => thread.timeout = Some(Span(get!(span).cast_unsigned())),
                Op::Access {
                    operation,
                    variable,
                    operands,
                } => {
                    thread.operands = operands_of(operation, values, base + usize::from(operands));
                    break (
                        Call::Access {
                            variable,
                            operation,
                        },
                        at + 1,
                    );
                }
                Op::AccessAt {
                    operation,
                    variable,
                    operands,
                } => {
                    let variable = VariableId(get!(variable) as u16);
                    thread.operands = operands_of(operation, values, base + usize::from(operands));
                    break (
                        Call::Access {
                            variable,
                            operation,
                        },
                        at + 1,
                    );
                }
                Op::Ask { request, object } => break (Call::Sync { object, request }, at + 1),
                Op::AskAt { request, object } => {
                    let object = ObjectId(get!(object) as u16);
                    break (Call::Sync { object, request }, at + 1);
                }
                Op::AskWith {
                    request,
                    object,
                    operand,
                } => {
                    thread.operands[0] = get!(operand);
                    break (Call::Sync { object, request }, at + 1);
                }
                Op::AskAtWith {
                    request,
                    object,
                    operand,
                } => {
                    let object = ObjectId(get!(object) as u16);
                    thread.operands[0] = get!(operand);
                    break (Call::Sync { object, request }, at + 1);
                }
                Op::Sleep { span } => {
                    break (
                        Call::Sleep {
                            span: Span(get!(span).cast_unsigned()),
                        },
                        at + 1,
                    );
                }
                Op::Yield => break (Call::Yield, at + 1),
                Op::Print { format } => break (Call::Print { format }, at + 1),
                // The low eight bits, as POSIX's exit has it.
                Op::Exit { status } => {
                    break (
                        Call::Exit {
                            status: (get!(status) & 0xFF) as u8,
                        },
                        at + 1,
                    );
                }
                Op::TakeValue { to } => set!(to, reply.value),
                Op::TakeGranted { to } => set!(to, i64::from(reply.granted)),
            }
            at += 1;
        };
        thread.at = at as u32;
        thread.next = next as u32;
        thread.base = base as u32;
        thread.reads_reply = next > at
            && matches!(
                ops.get(next),
                Some(Op::TakeValue { .. } | Op::TakeGranted { .. })
            );
        let cost_of = |lines: u32| ctx.instruction.0.saturating_mul(u64::from(lines));
        let cost = cost_of(lines - computed);
        thread.after_compute = Span(cost - cost_of(before_rest));
        Step {
            run: Span(run.saturating_add(cost)),
            call,
        }
    }
}

/// What an operation on a shared variable gets to work with.
#[inline(always)]
fn operands_of(operation: Operation, values: &[i64], first: usize) -> [i64; 2] {
    match operation {
        Operation::Load => [0; 2],
        Operation::Store | Operation::Swap | Operation::FetchAdd => [values[first], 0],
        Operation::CompareAndSwap => [values[first], values[first + 1]],
    }
}
