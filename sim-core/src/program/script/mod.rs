//! Scripts: programs of tasks that share variables and synchronisation objects, one instruction a
//! line.
//!
//! A text is parsed and compiled once, to an immutable [`Script`]; where a task stands in it is a
//! [`Thread`], which [`Script::advance`] carries from call to call. Not the meaning of the calls:
//! that is the machine's. The language is described in `docs/scripts.md`.
//!
//! ```
//! use sim_core::call::Call;
//! use sim_core::ids::TaskId;
//! use sim_core::program::script::{Evaluation, Image, Script};
//! use sim_core::time::{Span, Unit};
//!
//! let text = "shared counter = 0\ntask worker\n  store counter = 1 + 2\n";
//! let script = Script::parse("example", text, Unit::MILLISECOND).unwrap();
//! let mut thread = script.start(0);
//! let image = Image::default();
//! let ctx = Evaluation { instruction: Span(5), seed: 0, task: TaskId(0), image };
//! let step = script.advance(&mut thread, &ctx);
//! assert_eq!(step.run, Span(5));
//! assert!(matches!(step.call, Call::Access { .. }));
//! assert_eq!(thread.operands[0], 3);
//! ```

mod advance;
mod arithmetic;
mod ast;
mod code;
mod compile;
mod grammar;
mod highlight;
mod inspect;
mod lines;
mod mistake;
mod specs;
mod thread;
mod token;
mod words;

pub use advance::{Evaluation, FRAMES, FUEL, Image};
pub use highlight::{TokenClass, highlight};
pub use inspect::StackFrame;
pub use specs::{
    Facility, Handover, LineKind, ObjectKind, ObjectSpec, Preference, QueueOrder, TaskSpec,
    VariableSpec,
};
pub use thread::{Interrupted, Thread};

use std::collections::BTreeMap;

use code::{Function, Op, Program};

use super::PipeSpec;
use crate::call::Signal;
use crate::ids::{ObjectId, ProcessId};
use crate::input::InputError;
use crate::time::Unit;

/// A checked script; it never changes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Script {
    /// The shared variables, in the order of their words.
    pub variables: Vec<VariableSpec>,
    /// The synchronisation objects, by their ids.
    pub objects: Vec<ObjectSpec>,
    /// Those of them that are sets of sockets.
    pub watches: Vec<ObjectId>,
    /// The smallest number of connections that it lets wait at a port, where it says how many; zero where
    /// that is known at run time only.
    pub backlog: Option<u32>,
    /// The tasks, by their ids; the peers last.
    pub tasks: Vec<TaskSpec>,
    /// The pipes, by their ids.
    pub pipes: Vec<PipeSpec>,
    text: String,
    unit: Unit,
    kinds: Vec<LineKind>,
    /// The body of each task, among the functions of the program.
    bodies: Vec<u16>,
    program: Program,
}

impl Script {
    /// Reads and checks a script. `file` is what errors call the text, `unit` the unit of its times.
    ///
    /// # Errors
    ///
    /// What is wrong, at most one mistake of each line and at most twenty, in the order of lines.
    pub fn parse(file: &str, text: &str, unit: Unit) -> Result<Self, Vec<InputError>> {
        Self::parse_with(file, text, unit, &BTreeMap::new())
    }

    /// As [`parse`](Self::parse), with other values for some of the text's constants: what was set
    /// from outside wins.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse), and where the text declares no constant of a given name: that
    /// mistake has no line, and the name is its field.
    pub fn parse_with(
        file: &str,
        text: &str,
        unit: Unit,
        constants: &BTreeMap<String, i64>,
    ) -> Result<Self, Vec<InputError>> {
        compile::compile(file, text, unit, constants)
    }

    /// The text as it was read.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The lines of the text; the first is number 1.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        lines::sources(&self.text).map(|source| source.text)
    }

    /// What each line of the text is.
    #[must_use]
    pub fn listing(&self) -> &[LineKind] {
        &self.kinds
    }

    /// The unit of its times.
    #[must_use]
    pub const fn unit(&self) -> Unit {
        self.unit
    }

    /// A task's thread before its first call; an empty one for a task that is made at run time.
    #[must_use]
    pub fn start(&self, task: usize) -> Thread {
        let body = self.bodies.get(task).copied();
        let own = self.tasks.get(task).map_or(0, |spec| spec.index);
        match body {
            Some(body) => Thread::of(self.function(body), own, &[]),
            None => Thread::of(&Function::default(), 0, &[]),
        }
    }

    /// The thread that carries out a function with the arguments that another thread stands ready
    /// with; `own` is its index.
    pub(crate) fn begin(&self, caller: &Thread, function: u16, own: i64) -> Thread {
        let function = self.function(function);
        let first = caller.top as usize;
        let arguments = caller
            .values
            .get(first..first + usize::from(function.parameters));
        Thread::of(function, own, arguments.unwrap_or_default())
    }

    /// Lets a thread go on in the handler of a signal.
    pub(crate) fn interrupt(
        &self,
        thread: &mut Thread,
        handler: u16,
        signal: Signal,
    ) -> Interrupted {
        const NONE: &Function = &Function {
            name: String::new(),
            entry: 0,
            parameters: 0,
            locals: 0,
            registers: 0,
            names: Vec::new(),
        };
        let interrupted = self.function_at(thread.at).unwrap_or(NONE);
        let argument = i64::from(signal.number());
        thread.enter_handler(interrupted, self.function(handler), argument)
    }

    fn function(&self, number: u16) -> &Function {
        &self.program.functions[usize::from(number)]
    }

    /// How many words of memory a process has.
    #[must_use]
    pub fn words(&self) -> usize {
        let last = self.variables.last();
        last.map_or(0, |last| last.first.index() + usize::from(last.len))
    }

    /// Where the memory and the objects of a process begin. The first process of the machine has none.
    pub(crate) fn image(&self, process: ProcessId) -> Image {
        let before = match process.index() {
            0 | 1 => return Image::default(),
            number => number - 1,
        };
        // Those of all processes are limited.
        let place = |things: usize| u16::try_from(before * things).unwrap_or(u16::MAX);
        Image {
            variables: place(self.words()),
            objects: place(self.objects.len()),
        }
    }

    /// Whether it can make processes.
    #[must_use]
    pub fn makes_processes(&self) -> bool {
        self.program.ops.iter().any(Op::makes_process)
    }

    /// What of an operating system it uses beside memory, clocks and threads.
    pub fn facilities(&self) -> impl Iterator<Item = Facility> {
        self.program.ops.iter().filter_map(Op::facility)
    }

    /// Whether it can make threads.
    #[must_use]
    pub fn makes_threads(&self) -> bool {
        self.program.ops.iter().any(Op::makes_thread)
    }

    /// What people call a function.
    #[must_use]
    pub fn function_name(&self, number: u16) -> &str {
        let function = self.program.functions.get(usize::from(number));
        function.map_or("", |function| &function.name)
    }
}
