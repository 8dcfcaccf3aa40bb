//! The texts of a script's code, of its output, and of choices.

use sim_core::ids::TaskId;
use sim_core::rules::Open;
use sim_core::time::{Time, Unit};
use sim_core::workload::InputError;

use crate::scene::Scene;

/// The texts of a script's code, of its output, and of choices.
pub trait CodeTexts {
    // The code.

    /// Its title.
    fn code(&self) -> &'static str;
    /// Changes the script.
    fn edit(&self) -> &'static str;
    /// What that does.
    fn edit_hint(&self) -> &'static str;
    /// Brings back what was written and put away.
    fn resume(&self) -> &'static str;
    /// What that does.
    fn resume_hint(&self) -> &'static str;
    /// Writes the script again as it runs.
    fn start_over(&self) -> &'static str;
    /// What that does.
    fn start_over_hint(&self) -> &'static str;
    /// Runs what was written.
    fn run(&self) -> &'static str;
    /// What that does.
    fn run_hint(&self) -> &'static str;
    /// Puts what was written away.
    fn put_away_hint(&self) -> &'static str;
    /// The field in which the script is written.
    fn script_text(&self) -> &'static str;
    /// So many mistakes.
    fn mistakes(&self, count: usize) -> String;
    /// Where a mistake is.
    fn mistake_place(&self, mistake: &InputError) -> String;
    /// What it is.
    fn mistake(&self, mistake: &InputError) -> String;
    /// So many more lines are not shown.
    fn more_lines(&self, count: usize) -> String;
    /// What a task does at its line: its name, its state, and what it waits for.
    fn at_line(&self, scene: &Scene, task: TaskId) -> String;
    /// A task has no local variables.
    fn no_locals(&self) -> &'static str;
    /// Goes on to the next line of the marked task.
    fn next_line(&self) -> &'static str;
    /// What that does.
    fn next_line_hint(&self, name: &str) -> String;

    // The output.

    /// Its title.
    fn output(&self) -> &'static str;
    /// Nothing was printed so far.
    fn no_output(&self) -> &'static str;
    /// When something was printed.
    fn printed_at(&self, unit: Unit, at: Time) -> String;
    /// So many lines before are not shown.
    fn earlier_lines(&self, count: usize) -> String;

    // Goals.

    /// A goal that is not reached.
    fn goal_open(&self) -> &'static str;
    /// A goal that is.
    fn goal_reached(&self) -> &'static str;

    // Choices.

    /// The choice to wake a task that waits at a condition and was not notified.
    fn woken_spuriously(&self, name: &str) -> String;
    /// Who is next, in words for what is open.
    fn who(&self, scene: &Scene, open: Open) -> String;
    /// One of the options; the run takes it or it does not.
    fn option_hint(&self, name: &str, is_taken: bool) -> String;
    /// So many choices are a person's.
    fn own_choices(&self, count: usize) -> String;
    /// Gives them back.
    fn forget_choices(&self) -> &'static str;
    /// What that does.
    fn forget_choices_hint(&self) -> &'static str;
}
