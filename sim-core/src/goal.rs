//! Goals: what a person is to bring about by choosing who is next, and whether that was done.
//!
//! Not claims, which are about the runs that a policy makes: a goal is about one run and the choices in
//! it, and the page judges it while it is played.

use crate::comparison::Comparison;
use crate::ids::VariableId;
use crate::pattern::{Pattern, PatternError, variables};
use crate::program::Code;
use crate::scenario::Text;
use crate::trace::Trace;

/// Something to bring about.
#[derive(Clone, Debug)]
pub struct Goal {
    /// The task, as people read it.
    pub text: Text,
    /// What has to come about.
    pub aim: Aim,
}

/// What has to come about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Aim {
    /// The run ends in this way: the name of an outcome.
    Outcome(&'static str),
    /// At the end a shared variable compares in this way with a number.
    Value(String, Comparison, i64),
    /// A task prints this line.
    Prints(String),
    /// This event happens.
    Happens(Pattern),
}

impl Aim {
    /// The outcomes that can be aimed at.
    pub const OUTCOMES: [&'static str; 3] = ["finished", "deadlock", "stalled"];

    /// Reads a condition on a variable: `counter < 2`. None where it has another form.
    #[must_use]
    pub fn value(text: &str) -> Option<Self> {
        let (variable, comparison, number) = Comparison::split(text)?;
        let number = number.trim().parse().ok()?;
        Some(Self::Value(variable.trim().to_owned(), comparison, number))
    }

    /// Whether it makes sense for a program.
    ///
    /// # Errors
    ///
    /// What it names and the program does not have, and what was expected.
    pub fn check(&self, code: &Code) -> Result<(), (String, String)> {
        match self {
            Self::Outcome(_) | Self::Prints(_) => Ok(()),
            Self::Value(name, ..) => variable(code, name).map(drop),
            Self::Happens(pattern) => {
                let resolved = pattern.resolve(code).map(drop);
                resolved.map_err(|error: PatternError| (error.found, error.expected))
            }
        }
    }
}

impl Goal {
    /// After how many events of a run it is reached; none where it is not, or where the run is of a
    /// program for which it makes no sense.
    #[must_use]
    pub fn reached(&self, trace: &Trace) -> Option<usize> {
        let at_end = |holds: bool| holds.then_some(trace.len());
        match &self.aim {
            Aim::Outcome(name) => at_end(trace.outcome().name() == *name),
            Aim::Value(name, comparison, number) => {
                let variable = variable(trace.code(), name).ok()?;
                let value = trace.last().memory.get(variable.index()).copied()?;
                // Exact for all values that scenarios count with.
                at_end(comparison.holds(value as f64, *number as f64))
            }
            Aim::Prints(line) => {
                let outputs = trace.outputs().iter();
                let mut outputs = outputs.filter(|output| *output.text == **line);
                outputs.next().map(|output| output.position)
            }
            Aim::Happens(pattern) => {
                let matcher = pattern.resolve(trace.code()).ok()?;
                let first = matcher.find(trace).next();
                first.map(|event| event + 1)
            }
        }
    }
}

/// The one variable with a name.
fn variable(code: &Code, name: &str) -> Result<VariableId, (String, String)> {
    let cells = variables(code, name)?;
    match cells.len() {
        1 => Ok(VariableId(cells.start)),
        _ => Err((
            format!("the array \"{name}\""),
            format!("one element of it, such as {name}[0]"),
        )),
    }
}
