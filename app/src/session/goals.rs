//! Goals of a scenario, judged by how far its runs have been played.

use super::Session;
use crate::i18n::texts;

/// A goal, and whether it is reached.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Judged {
    /// What is asked.
    pub text: String,
    /// Whether one of the runs has come there, at the place that is shown.
    pub is_reached: bool,
}

impl Session {
    /// The goals of the scenario; none where a person has changed what runs.
    #[must_use]
    pub fn goals(&self) -> Vec<Judged> {
        let Some(scenario) = self.plan.scenario() else {
            return Vec::new();
        };
        let goals = scenario.goals.iter().enumerate();
        let judged = goals.map(|(place, goal)| Judged {
            text: goal.text.in_language(texts().tag()).to_owned(),
            is_reached: self.runs.iter().any(|run| {
                let reached = run.goals.get(place).copied().flatten();
                reached.is_some_and(|events| events <= run.scene.position)
            }),
        });
        judged.collect()
    }
}
