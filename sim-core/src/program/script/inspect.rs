//! What a person can see of a thread: its line, its frames, what it prints.
//!
//! Nothing here changes a thread.

use super::code::{Function, Op};
use super::{Script, Thread};
use crate::ids::VariableId;
use crate::time::Span;

/// A frame of a thread's stack.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StackFrame<'a> {
    /// The task or function.
    pub name: &'a str,
    /// The line that it is at; of a caller, the line of the call.
    pub line: u32,
    /// The names and values of its local variables; zero before they are given one.
    pub locals: Vec<(&'a str, i64)>,
}

impl Script {
    /// The line that a thread is at, from 1, while it has CPU time left to use before its call: the
    /// line of the call or, until that is over, of the last `compute` before it. After the last call
    /// it is the line of that one.
    #[must_use]
    pub fn line(&self, thread: &Thread, left: Span) -> u32 {
        match thread.compute {
            Some(compute) if left > thread.after_compute => self.line_of(compute),
            _ => self.line_of(thread.at),
        }
    }

    /// The text of the `print` that a thread is at; empty where it is at another call.
    #[must_use]
    pub fn print(&self, thread: &Thread) -> String {
        let Some(Op::Print { format }) = self.program.ops.get(thread.at as usize) else {
            return String::new();
        };
        let format = &self.program.formats[format.index()];
        let numbers = thread.values.get(thread.top as usize..).unwrap_or_default();
        let mut text = String::new();
        for (before, number) in format.before.iter().zip(numbers) {
            text.push_str(before);
            text.push_str(&number.to_string());
        }
        text.push_str(&format.end);
        text
    }

    /// The frames of a thread's stack, the outermost first.
    #[must_use]
    pub fn stack<'a>(&'a self, thread: &Thread) -> Vec<StackFrame<'a>> {
        let callers = thread.frames.iter().map(|frame| {
            // The operation before the one to go back to is the call.
            (frame.next.saturating_sub(1), frame.base)
        });
        let frames = callers.chain([(thread.at, thread.base)]);
        let frames = frames.filter_map(|(at, base)| {
            let function = self.function_at(at)?;
            let locals = function.names.iter().enumerate().map(|(register, name)| {
                let value = thread.values.get(base as usize + register);
                (name.as_str(), value.copied().unwrap_or_default())
            });
            Some(StackFrame {
                name: &function.name,
                line: self.line_of(at),
                locals: locals.collect(),
            })
        });
        frames.collect()
    }

    /// What people call a shared word: `counter`, `flag[1]`.
    #[must_use]
    pub fn cell_name(&self, variable: VariableId) -> String {
        let after = self
            .variables
            .partition_point(|spec| spec.first <= variable);
        let Some(spec) = after
            .checked_sub(1)
            .and_then(|place| self.variables.get(place))
        else {
            return String::new();
        };
        if spec.is_array {
            format!("{}[{}]", spec.name, variable.0 - spec.first.0)
        } else {
            spec.name.clone()
        }
    }

    fn line_of(&self, at: u32) -> u32 {
        let line = self.program.lines.get(at as usize);
        line.copied().unwrap_or_default()
    }

    /// The function that an operation belongs to.
    fn function_at(&self, at: u32) -> Option<&Function> {
        let functions = &self.program.functions;
        let after = functions.partition_point(|function| function.entry <= at);
        functions.get(after.checked_sub(1)?)
    }
}
