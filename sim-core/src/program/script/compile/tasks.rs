//! The heads of tasks and functions.
//!
//! Not their blocks.

use super::super::TaskSpec;
use super::super::ast::{Expression, Name, TaskOption};
use super::super::code::Function;
use super::super::mistake::{Checked, Mistake};
use super::Compiler;
use super::declare::{THINGS, element};
use super::scope::Meaning;
use crate::program::{Place, limits};
use crate::time::Span;

/// The most parameters of a function.
const PARAMETERS: usize = 100;
/// The tickets of a task that says nothing about them, as of a workload's job.
const TICKETS: u32 = 100;

impl<'t> Compiler<'t> {
    /// A new function of the program. Each has a line, and lines are limited: its place fits.
    pub(super) fn function(&mut self, name: Name<'_>, parameters: usize) -> u16 {
        let functions = &mut self.emitter.program.functions;
        functions.push(Function {
            name: name.text.to_owned(),
            parameters: u16::try_from(parameters).unwrap_or(u16::MAX),
            ..Function::default()
        });
        u16::try_from(functions.len() - 1).unwrap_or(u16::MAX)
    }

    pub(super) fn head(
        &mut self,
        name: Name<'t>,
        parameters: &[Name<'t>],
        line: u32,
    ) -> Checked<()> {
        let function = self.function(name, parameters.len());
        if let Some(surplus) = parameters.get(PARAMETERS) {
            let found = parameters.len();
            return Err(Mistake::limit(surplus.at, found, " parameters", PARAMETERS));
        }
        for (place, parameter) in parameters.iter().enumerate() {
            if parameters[..place]
                .iter()
                .any(|other| other.text == parameter.text)
            {
                let found = ["`", parameter.text, "` again"];
                let expected = "a name that no other parameter has";
                return Err(Mistake::new(parameter.at, &found, &[expected]));
            }
        }
        let meaning = Meaning::Function {
            function,
            parameters: u16::try_from(parameters.len()).unwrap_or(u16::MAX),
        };
        self.globals.add(name, meaning, line)
    }

    pub(super) fn task(
        &mut self,
        name: Name<'t>,
        replicas: Option<&Expression<'_>>,
        options: &[TaskOption<'_>],
        function: u16,
        mut spec: TaskSpec,
    ) -> Checked<()> {
        let most = THINGS.min(limits::JOBS);
        let count = match replicas {
            Some(replicas) => {
                let most = i64::try_from(most).unwrap_or(i64::MAX);
                Some(self.constant_in(replicas, 1, most, "a number of tasks")?)
            }
            None => None,
        };
        let all = self.tasks.len() + usize::try_from(count.unwrap_or(1)).unwrap_or(usize::MAX);
        if all > most {
            return Err(Mistake::limit(name.at, all, " tasks with these", most));
        }
        let mut every = Span::ZERO;
        for option in options {
            self.option(&mut spec, &mut every, option)?;
        }
        let at = name.at;
        self.globals.add_task(name, spec.line)?;
        for index in 0..count.unwrap_or(1) {
            let name = match count {
                Some(2..) => element(name.text, index),
                _ => name.text.to_owned(),
            };
            self.tasks.push(TaskSpec {
                name,
                index,
                ..spec.clone()
            });
            spec.arrival += every;
            if spec.arrival > limits::SPAN {
                return Err(too_late(at));
            }
            self.bodies.push(function);
        }
        Ok(())
    }

    fn option(
        &self,
        spec: &mut TaskSpec,
        every: &mut Span,
        option: &TaskOption<'_>,
    ) -> Checked<()> {
        match option {
            TaskOption::Every(length) => *every = self.span(length)?.unwrap_or_default(),
            TaskOption::At(length) => {
                // Without local variables every length is known.
                spec.arrival = self.span(length)?.unwrap_or_default();
            }
            TaskOption::Priority(priority) => {
                let (least, most) = (i64::from(i32::MIN), i64::from(i32::MAX));
                let priority = self.constant_in(priority, least, most, "a priority")?;
                spec.priority = i32::try_from(priority).unwrap_or_default();
            }
            TaskOption::Tickets(tickets) => {
                let most = i64::from(limits::TICKETS);
                let tickets = self.constant_in(tickets, 1, most, "a number of tickets")?;
                spec.tickets = u32::try_from(tickets).unwrap_or(TICKETS);
            }
        }
        Ok(())
    }
}

impl TaskSpec {
    /// A task about which its head says nothing yet.
    pub(super) const fn new(place: Place, line: u32) -> Self {
        Self {
            name: String::new(),
            index: 0,
            arrival: Span::ZERO,
            priority: 0,
            tickets: TICKETS,
            line,
            place,
        }
    }
}

/// The last of several peers would come after any run.
fn too_late(at: usize) -> Box<Mistake> {
    let found = ["peers of which the last comes too late"];
    Mistake::new(at, &found, &["fewer of them, or a shorter `every`"])
}
