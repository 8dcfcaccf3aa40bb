//! The texts of a script's code, of its output, and of choices, in English.

use sim_core::ids::TaskId;
use sim_core::machine::State;
use sim_core::rules::Open;
use sim_core::time::{Time, Unit};
use sim_core::workload::InputError;

use super::English;
use crate::i18n::ObjectTexts;
use crate::i18n::{CodeTexts, StageTexts};
use crate::scene::Scene;
use crate::stage::look;

impl CodeTexts for English {
    fn code(&self) -> &'static str {
        "Code"
    }

    fn edit(&self) -> &'static str {
        "Edit"
    }

    fn edit_hint(&self) -> &'static str {
        "Change the script (e)"
    }

    fn resume(&self) -> &'static str {
        "Your draft"
    }

    fn resume_hint(&self) -> &'static str {
        "Go on with what you wrote and put away"
    }

    fn start_over(&self) -> &'static str {
        "Start over"
    }

    fn start_over_hint(&self) -> &'static str {
        "Drop your changes and begin with the script that runs"
    }

    fn run(&self) -> &'static str {
        "Run"
    }

    fn run_hint(&self) -> &'static str {
        "Run this script (Ctrl Enter)"
    }

    fn put_away_hint(&self) -> &'static str {
        "Back to the script that runs (Esc)"
    }

    fn script_text(&self) -> &'static str {
        "The script as text"
    }

    fn mistakes(&self, count: usize) -> String {
        match count {
            1 => "1 mistake; what ran before is still here.".to_owned(),
            count => format!("{count} mistakes; what ran before is still here."),
        }
    }

    fn mistake_place(&self, mistake: &InputError) -> String {
        match (mistake.line, mistake.column) {
            (Some(line), Some(column)) => format!("line {line}, column {column}"),
            (Some(line), None) => format!("line {line}"),
            _ => mistake.field.clone(),
        }
    }

    fn mistake(&self, mistake: &InputError) -> String {
        format!("found {}, expected {}", mistake.found, mistake.expected)
    }

    fn more_lines(&self, count: usize) -> String {
        format!("{count} more lines are not shown.")
    }

    fn at_line(&self, scene: &Scene, task: TaskId) -> String {
        let name = &scene.code.job(task).name;
        let state = self.state(look::seen(&scene.machine, task));
        match scene.machine.task(task).state {
            State::Blocked(reason) => {
                format!("{name}: {state} at {}", self.waits_for(&scene.code, reason))
            }
            _ => format!("{name}: {state}"),
        }
    }

    fn no_locals(&self) -> &'static str {
        "no local variables yet"
    }

    fn next_line(&self) -> &'static str {
        "Next line"
    }

    fn next_line_hint(&self, name: &str) -> String {
        format!("Go on until {name} has done its next line (n)")
    }

    fn output(&self) -> &'static str {
        "Output"
    }

    fn no_output(&self) -> &'static str {
        "Nothing has been printed so far."
    }

    fn printed_at(&self, unit: Unit, at: Time) -> String {
        self.moment(unit, at)
    }

    fn earlier_lines(&self, count: usize) -> String {
        format!("{count} earlier lines are not shown.")
    }

    fn who(&self, scene: &Scene, open: Open) -> String {
        let object = |object| {
            let kind = self.object_kind(scene.code.object(object));
            format!("{kind} {}", scene.code.object_name(object))
        };
        match open {
            Open::Dispatch { cpu } | Open::DispatchOrWake { cpu }
                if scene.machine.cpus.len() > 1 =>
            {
                format!("Who runs next on {}?", self.cpu(cpu))
            }
            Open::Dispatch { .. } | Open::DispatchOrWake { .. } => "Who runs next?".to_owned(),
            Open::Wake { object: at, .. } => format!("Who is woken at {}?", object(at)),
            Open::HandOver { object: at, .. } => format!("Who is given {}?", object(at)),
        }
    }

    fn goal_open(&self) -> &'static str {
        "○ Your turn"
    }

    fn goal_reached(&self) -> &'static str {
        "✓ Done"
    }

    fn woken_spuriously(&self, name: &str) -> String {
        format!("wake {name}")
    }

    fn option_hint(&self, name: &str, is_taken: bool) -> String {
        if is_taken {
            format!("{name}, as in this run")
        } else {
            format!("{name}: another run from here on")
        }
    }

    fn own_choices(&self, count: usize) -> String {
        match count {
            1 => "1 choice is yours.".to_owned(),
            count => format!("{count} choices are yours."),
        }
    }

    fn forget_choices(&self) -> &'static str {
        "Forget my choices"
    }

    fn forget_choices_hint(&self) -> &'static str {
        "Let the policy make all choices again"
    }
}
