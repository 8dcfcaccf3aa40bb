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
//! use sim_core::program::script::{Evaluation, Script};
//! use sim_core::time::{Span, Unit};
//!
//! let text = "shared counter = 0\ntask worker\n  store counter = 1 + 2\n";
//! let script = Script::parse("example", text, Unit::MILLISECOND).unwrap();
//! let mut thread = script.start(0);
//! let ctx = Evaluation { instruction: Span(5), seed: 0, task: TaskId(0) };
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

pub use advance::{Evaluation, FRAMES, FUEL};
pub use highlight::{TokenClass, highlight};
pub use inspect::StackFrame;
pub use specs::{
    Handover, LineKind, ObjectKind, ObjectSpec, Preference, QueueOrder, TaskSpec, VariableSpec,
};
pub use thread::Thread;

use std::collections::BTreeMap;

use code::Program;

use crate::call::Reply;
use crate::input::InputError;
use crate::time::{Span, Unit};

/// A checked script; it never changes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Script {
    /// The shared variables, in the order of their words.
    pub variables: Vec<VariableSpec>,
    /// The synchronisation objects, by their ids.
    pub objects: Vec<ObjectSpec>,
    /// The tasks, by their ids.
    pub tasks: Vec<TaskSpec>,
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

    /// A task's thread before its first call.
    #[must_use]
    pub fn start(&self, task: usize) -> Thread {
        let function = self.bodies.get(task).copied().unwrap_or_default();
        let function = &self.program.functions[usize::from(function)];
        Thread {
            next: function.entry,
            at: function.entry,
            base: 0,
            top: u32::from(function.locals),
            values: vec![0; usize::from(function.registers)],
            frames: Vec::new(),
            operands: [0; 2],
            timeout: None,
            reply: Reply::DONE,
            reads_reply: false,
            checkpoint: false,
            compute: None,
            after_compute: Span::ZERO,
            own: self.tasks.get(task).map_or(0, |spec| spec.index),
            draws: 0,
        }
    }
}
