//! A defect of one of the two machines: they do not agree.

use crate::event::Event;
use crate::machine::{Illegal, State};

/// What a real run did that the machine cannot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Defect {
    /// The event, and why it cannot have happened.
    pub illegal: Illegal,
    /// How many events there were before it.
    pub position: usize,
    /// The last of those.
    pub before: Vec<Event>,
    /// The state of the task then.
    pub state: Option<State>,
}

impl core::fmt::Display for Defect {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        writeln!(
            f,
            "event {} of the real run is not one of the machine's: {}",
            self.position, self.illegal
        )?;
        if let Some(state) = self.state {
            writeln!(f, "its task was {state:?}")?;
        }
        writeln!(f, "before it:")?;
        for Event { at, kind } in &self.before {
            writeln!(f, "  {} ns: {kind:?}", at.0)?;
        }
        Ok(())
    }
}
