//! Claims: what a scenario says about its runs, in a form that can be tested.
//!
//! Not assertions on event numbers: a claim names events by [`pattern`](crate::pattern) or
//! compares measures, so that it stays true when the engine records more or less. Each comes with
//! a *mutant*, a change of the scenario that must break it: a claim that nothing breaks says
//! nothing.

mod check;
mod measure;

#[cfg(all(feature = "native", not(target_family = "wasm")))]
pub(crate) use check::look_at;
pub use check::{ClaimResult, check};
pub use measure::Operand;
#[cfg(all(feature = "native", not(target_family = "wasm")))]
pub use measure::Unseen;

use crate::comparison::Comparison;
use crate::pattern::Pattern;
use crate::run::Outcome;
use crate::scenario::Text;
use crate::settings::Settings;
use crate::workload::Workload;

/// A claim.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Its name within the scenario, in lower case with hyphens.
    pub id: String,
    /// In which of the runs it must be so.
    pub kind: Kind,
    /// The claim as a sentence.
    pub text: Text,
    /// What is looked for in a run.
    pub form: Form,
    /// The variant whose run it is about; none: the scenario as it stands.
    pub variant: Option<String>,
    /// How many seeds are tried, from 0; none: only the scenario's own.
    pub seeds: Option<u32>,
    /// The settings of which several values are tried: every value of one with every value of the
    /// others, and with every seed. Another schedule comes from another length of the slice, another
    /// number of CPUs, another rule of ties.
    pub vary: Vec<Varied>,
    /// The change that must break it.
    pub mutant: Mutant,
}

/// A setting, or a constant of the script, of which several values are tried.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Varied {
    /// Its name.
    pub name: String,
    /// The settings with each of its values.
    pub values: Vec<Settings>,
}

impl Varied {
    /// One of its values, as it is written.
    fn text(&self, settings: &Settings) -> String {
        let constant = || settings.constants().get(&self.name).map(i64::to_string);
        let value = settings.get(&self.name).map(str::to_owned);
        format!(
            "{} {}",
            self.name,
            value.or_else(constant).unwrap_or_default()
        )
    }
}

/// In which of the runs a claim must be so.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// In all of them.
    Always,
    /// In at least one.
    Possible,
    /// In none.
    Never,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Always, Self::Possible, Self::Never];

    /// The word for it in scenario files and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::Possible => "possible",
            Self::Never => "never",
        }
    }
}

/// What is looked for in a run.
#[derive(Clone, PartialEq, Debug)]
pub enum Form {
    /// These events happen in this order, others between them or not.
    Order(Vec<Pattern>),
    /// How many events match a pattern.
    Count(Pattern, Comparison, u32),
    /// How two measures compare.
    Measure(Box<Operand>, Comparison, Box<Operand>),
    /// How the run ends.
    Outcome(End),
    /// What its tasks write to standard output, line by line.
    Output(Vec<String>),
    /// A line that is among those.
    Prints(String),
}

/// How a run ends, by the names of reports.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// Every job is done.
    Finished,
    /// Jobs are left, nobody can go on, and some of them wait for each other in a circle.
    Deadlock,
    /// Jobs are left that nobody can ever wake, and there is no circle.
    Stalled,
    /// It was stopped.
    Limit,
}

impl End {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Finished, Self::Deadlock, Self::Stalled, Self::Limit];

    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Deadlock => "deadlock",
            Self::Stalled => "stalled",
            Self::Limit => "limit",
        }
    }

    /// How a run with this outcome ends.
    #[must_use]
    pub const fn of(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Finished => Self::Finished,
            Outcome::Deadlock => Self::Deadlock,
            Outcome::Stalled => Self::Stalled,
            Outcome::Limit(_) => Self::Limit,
        }
    }
}

impl Form {
    /// Reads a comparison of measures: `turnaround B < turnaround A`.
    pub(crate) fn measure(text: &str) -> Result<Self, (String, String)> {
        let Some((left, comparison, right)) = Comparison::split(text) else {
            let expected = "two measures with <, <=, =, !=, >= or > between them";
            return Err((format!("\"{text}\""), expected.to_owned()));
        };
        Ok(Self::Measure(
            Box::new(Operand::parse(left)?),
            comparison,
            Box::new(Operand::parse(right)?),
        ))
    }

    /// Reads a pattern to count and the condition on how many: `preempted A`, `>= 2`.
    pub(crate) fn count(pattern: Pattern, is: &str) -> Result<Self, (String, String)> {
        let read = Comparison::split(is.trim()).filter(|(before, ..)| before.is_empty());
        let read = read.and_then(|(_, sign, number)| Some((sign, number.trim().parse().ok()?)));
        let expected = || "a condition such as \">= 2\" or \"= 0\"".to_owned();
        let (comparison, number) = read.ok_or_else(|| (format!("\"{is}\""), expected()))?;
        Ok(Self::Count(pattern, comparison, number))
    }

    /// The patterns in it.
    pub fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        let listed = match self {
            Self::Order(patterns) => patterns.as_slice(),
            Self::Count(pattern, ..) => core::slice::from_ref(pattern),
            Self::Measure(..) | Self::Outcome(_) | Self::Output(_) | Self::Prints(_) => &[],
        };
        listed
            .iter()
            .chain(self.sides().filter_map(|side| side.after.as_ref()))
    }

    /// The jobs that its measures name.
    pub fn jobs(&self) -> impl Iterator<Item = &str> {
        self.sides().filter_map(Operand::job)
    }

    /// The shared variables that its measures name.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.sides().filter_map(Operand::variable)
    }

    /// The variants that its measures name.
    pub fn variants(&self) -> impl Iterator<Item = &str> {
        self.sides().filter_map(|side| side.variant.as_deref())
    }

    /// Whether the tasks of a program can see it themselves, so that runs on a real operating system can
    /// be held to it.
    ///
    /// # Errors
    ///
    /// Why they cannot.
    #[cfg(all(feature = "native", not(target_family = "wasm")))]
    pub fn seen_by_tasks(&self) -> Result<(), Unseen> {
        let is_kernels = |pattern: &Pattern| pattern.is_machine_level();
        if self.patterns().any(is_kernels) {
            return Err(Unseen::Kernel);
        }
        if self.patterns().any(Pattern::is_of_time) {
            return Err(Unseen::Time);
        }
        match self {
            Self::Outcome(End::Limit) => Err(Unseen::Time),
            Self::Measure(..) => self.sides().try_for_each(Operand::seen_by_tasks),
            _ => Ok(()),
        }
    }

    /// The sides of a comparison of measures.
    fn sides(&self) -> impl Iterator<Item = &Operand> {
        let sides = match self {
            Self::Measure(left, _, right) => [Some(&**left), Some(&**right)],
            Self::Order(_)
            | Self::Count(..)
            | Self::Outcome(_)
            | Self::Output(_)
            | Self::Prints(_) => [None, None],
        };
        sides.into_iter().flatten()
    }
}

/// A change of a scenario under which a claim must fail.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// What is changed, and why that must break the claim.
    pub what: Text,
    /// Settings that win over those of the scenario and of its variants.
    pub set: Settings,
    /// The variant whose run alone is changed; none: all runs.
    pub variant: Option<String>,
    /// The scenario's workload, with the mutant's jobs and partitions.
    pub workload: Workload,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_comparisons() {
        for (text, sign) in [
            ("turnaround B < turnaround A", "<"),
            ("mean waiting <= mean waiting @ fcfs", "<="),
            ("missed = 0", "="),
            ("utilisation != 1", "!="),
            (
                "program-counter A after slice-expired A #1 = program-counter A after exited A",
                "=",
            ),
        ] {
            let Ok(Form::Measure(_, comparison, _)) = Form::measure(text) else {
                panic!("{text}");
            };
            assert_eq!(comparison.sign(), sign);
        }
        for (text, expected) in [
            ("turnaround A", "between them"),
            ("turnaround < 3", "behind it"),
            ("turnaround A ! 3", "between them"),
            ("speed A < 3", "turnaround"),
            ("turnaround A after boom < 3", "pattern"),
        ] {
            assert!(
                Form::measure(text).unwrap_err().1.contains(expected),
                "{text}"
            );
        }
        let exited = || Pattern::parse("exited").unwrap();
        assert!(Form::count(exited(), ">= 2").is_ok());
        assert!(Form::count(exited(), "2").is_err());
        assert!(Form::count(exited(), "= -1").is_err());
    }

    #[test]
    fn compares_within_rounding() {
        let third = 1.0 / 3.0;
        assert!(Comparison::Equal.holds(third * 3.0, 1.0));
        assert!(!Comparison::Less.holds(0.1 + 0.2, 0.3));
        assert!(!Comparison::Greater.holds(0.1 + 0.2, 0.3));
        assert!(Comparison::Less.holds(1.0, 1.001));
    }
}
