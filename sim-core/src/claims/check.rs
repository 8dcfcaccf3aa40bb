//! Testing the claims of a scenario, and that each claim's mutant breaks it.
//!
//! Not the claims themselves, which are plain data: here their runs are made and looked at.

use std::sync::Arc;

use super::measure::matcher;
use super::{Claim, End, Form, Kind, Mutant, Operand};
use crate::goal::Goal;
use crate::ids::TaskId;
use crate::pattern::Pattern;
use crate::program::Code;
use crate::random::mix;
use crate::run::{Deviations, run};
use crate::scenario::{Scenario, Variant};
use crate::settings::Settings;
use crate::trace::Trace;
use crate::workload::Workload;

/// What became of a claim.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClaimResult {
    /// The claim's name.
    pub id: String,
    /// Its kind.
    pub kind: Kind,
    /// Its sentence, in English.
    pub text: String,
    /// Whether it holds.
    pub holds: bool,
    /// Whether its mutant breaks it.
    pub mutant_breaks: bool,
    /// What was found, in numbers.
    pub detail: String,
    /// What was found in the mutant.
    pub mutant_detail: String,
}

impl ClaimResult {
    /// Whether the claim says something, and truly.
    #[must_use]
    pub const fn passes(&self) -> bool {
        self.holds && self.mutant_breaks
    }
}

/// Tests the claims of a scenario, and its goals: that each can be reached, and is not reached already.
#[must_use]
pub fn check(scenario: &Scenario) -> Vec<ClaimResult> {
    let claims = scenario.claims.iter();
    let claims = claims.map(|claim| check_one(scenario, claim));
    let goals = scenario.goals.iter().enumerate();
    let goals = goals.map(|(number, goal)| check_goal(scenario, number, goal));
    claims.chain(goals).collect()
}

/// How many random schedules are tried to reach a goal.
const SCHEDULES: u64 = 2_000;
/// How many choices of each are random; the policy makes the others.
const CHOICES: u32 = 200;

/// Whether some choices of a person reach a goal, and the policy alone does not: that stands in the
/// place of the mutant.
fn check_goal(scenario: &Scenario, number: usize, goal: &Goal) -> ClaimResult {
    let result = |holds, mutant_breaks, detail| ClaimResult {
        id: format!("goal-{}", number + 1),
        kind: Kind::Possible,
        text: goal.text.to_string(),
        holds,
        mutant_breaks,
        detail,
        mutant_detail: "the run without a person's choices".to_owned(),
    };
    let code = match scenario.workload.code(&Settings::default()) {
        Ok(code) => Arc::new(code),
        Err(error) => return result(false, false, error.to_string()),
    };
    let tasks = code.jobs.len() as u64;
    let reached = |chosen: Deviations| goal.reached(&run(Arc::clone(&code), chosen)).is_some();
    let found = (0..SCHEDULES).find(|schedule| {
        let task = |choice: u32| mix(*schedule, u64::from(choice)) % tasks.max(1);
        let chosen = (0..CHOICES).map(|choice| (choice, TaskId(task(choice) as u32)));
        reached(chosen.collect())
    });
    let detail = match found {
        Some(schedule) => format!("random schedule {schedule} reaches it"),
        None => format!("none of {SCHEDULES} random schedules reaches it"),
    };
    result(found.is_some(), !reached(Deviations::new()), detail)
}

fn check_one(scenario: &Scenario, claim: &Claim) -> ClaimResult {
    let (whole, changed) = (
        Subject::whole(scenario, claim),
        Subject::mutant(scenario, claim),
    );
    let (holds, detail) = match whole.judge() {
        Ok(verdict) => (verdict.holds, verdict.detail),
        Err(reason) => (false, reason),
    };
    let (mutant_breaks, mutant_detail) = match changed.judge() {
        Ok(verdict) => (!verdict.holds, verdict.detail),
        Err(reason) => (false, reason),
    };
    ClaimResult {
        id: claim.id.clone(),
        kind: claim.kind,
        text: claim.text.to_string(),
        holds,
        mutant_breaks,
        detail,
        mutant_detail,
    }
}

/// A claim and the runs in which it is looked for.
struct Subject<'a> {
    claim: &'a Claim,
    variants: &'a [Variant],
    /// The scenario as it stands, for the names in patterns.
    original: &'a Workload,
    workload: &'a Workload,
    mutant: Option<&'a Mutant>,
}

/// Whether a claim is so, and what was found.
struct Verdict {
    holds: bool,
    detail: String,
}

impl<'a> Subject<'a> {
    fn whole(scenario: &'a Scenario, claim: &'a Claim) -> Self {
        let (variants, workload) = (scenario.variants.as_slice(), &scenario.workload);
        Self {
            claim,
            variants,
            original: workload,
            workload,
            mutant: None,
        }
    }

    fn mutant(scenario: &'a Scenario, claim: &'a Claim) -> Self {
        let mutant = Some(&claim.mutant);
        Self {
            workload: &claim.mutant.workload,
            mutant,
            ..Self::whole(scenario, claim)
        }
    }

    /// Looks at the runs until the answer is known.
    fn judge(&self) -> Result<Verdict, String> {
        let ways = self.claim.ways();
        let mut last = String::new();
        for way in &ways {
            let (is_so, found) = self.look(way)?;
            let found = match way.text.as_str() {
                "" => found,
                text => format!("{found} ({text})"),
            };
            let decided = match self.claim.kind {
                Kind::Always => !is_so,
                Kind::Possible | Kind::Never => is_so,
            };
            if decided {
                return Ok(Verdict {
                    holds: self.claim.kind == Kind::Possible,
                    detail: found,
                });
            }
            last = found;
        }
        if ways.len() > 1 {
            let what = if self.claim.vary.is_empty() {
                "seeds"
            } else {
                "schedules"
            };
            last = format!("the same answer under {} {what}; {last}", ways.len());
        }
        Ok(Verdict {
            holds: self.claim.kind != Kind::Possible,
            detail: last,
        })
    }

    /// Whether what is looked for is there in one way, and what was found.
    fn look(&self, way: &Way) -> Result<(bool, String), String> {
        let own = self.claim.variant.as_deref();
        let run = |variant: Option<&str>| self.run(variant.or(own), way);
        look_at(&self.claim.form, &run)
    }

    fn run(&self, variant: Option<&str>, way: &Way) -> Result<Arc<Trace>, String> {
        let mutant = self
            .mutant
            .filter(|mutant| mutant.variant.is_none() || mutant.variant.as_deref() == variant);
        let workload = if mutant.is_some() {
            self.workload
        } else {
            self.original
        };
        let code = self.code(workload, variant, mutant, way)?;
        Ok(Arc::new(run(Arc::new(code), Deviations::new())))
    }

    fn code(
        &self,
        workload: &Workload,
        variant: Option<&str>,
        mutant: Option<&Mutant>,
        way: &Way,
    ) -> Result<Code, String> {
        let mut over = Settings::default();
        if let Some(name) = variant {
            let known = self.variants.iter().find(|variant| variant.name == name);
            over = known
                .ok_or_else(|| format!("no variant \"{name}\""))?
                .settings
                .clone();
        }
        over = over.merged(&way.settings);
        if let Some(mutant) = mutant {
            over = over.merged(&mutant.set);
        }
        workload.code(&over).map_err(|error| error.to_string())
    }
}

/// Gives the run of a variant, or the one that a claim is about.
type RunOf<'a> = dyn Fn(Option<&str>) -> Result<Arc<Trace>, String> + 'a;

/// Whether what is looked for is there, and what was found. `run` gives the run of a variant, or the one
/// that the claim is about.
pub(crate) fn look_at(form: &Form, run: &RunOf<'_>) -> Result<(bool, String), String> {
    match form {
        Form::Order(patterns) => Ok(order(patterns, &*run(None)?)),
        Form::Count(pattern, comparison, number) => {
            let trace = run(None)?;
            let found = matcher(pattern, trace.code()).find(&trace).count();
            let found = u32::try_from(found).unwrap_or(u32::MAX);
            let holds = comparison.holds(f64::from(found), f64::from(*number));
            Ok((holds, format!("{pattern}: {found} times")))
        }
        Form::Measure(left, comparison, right) => {
            let value = |side: &Operand| {
                let variant = side.variant.as_deref();
                Ok::<_, String>(side.value(&run(variant)?))
            };
            match (value(left)?, value(right)?) {
                (Ok(a), Ok(b)) => {
                    let sides = format!("{} and {}", show(left, a), show(right, b));
                    Ok((comparison.holds(a, b), sides))
                }
                (Err(reason), _) | (_, Err(reason)) => Ok((false, reason)),
            }
        }
        Form::Outcome(end) => {
            let found = End::of(run(None)?.outcome());
            Ok((found == *end, format!("the run ends: {}", found.name())))
        }
        Form::Output(lines) => {
            let trace = run(None)?;
            let is_so = printed(&trace).eq(lines.iter().map(String::as_str));
            Ok((is_so, show_lines(&trace)))
        }
        Form::Prints(line) => {
            let trace = run(None)?;
            let is_so = printed(&trace).any(|each| each == line);
            Ok((is_so, show_lines(&trace)))
        }
    }
}

/// One of the ways in which a claim's runs are made.
#[derive(Clone, Default)]
pub(crate) struct Way {
    pub(crate) settings: Settings,
    /// What is special about it; nothing where there is one way only.
    text: String,
}

impl Claim {
    /// Every varied value with every other, and with every seed.
    pub(crate) fn ways(&self) -> Vec<Way> {
        let mut ways = vec![Way::default()];
        for varied in &self.vary {
            let all = |way: &Way| -> Vec<Way> {
                let with = |value: &Settings| way.with(value, &varied.text(value));
                varied.values.iter().map(with).collect()
            };
            ways = ways.iter().flat_map(all).collect();
        }
        let Some(seeds) = self.seeds else {
            return ways;
        };
        let all = |way: &Way| -> Vec<Way> {
            let with = |seed: u32| {
                let mut settings = Settings::default();
                // Known and right: it is in the table of settings.
                let _ = settings.set("seed", &seed.to_string());
                way.with(&settings, &format!("seed {seed}"))
            };
            (0..seeds).map(with).collect()
        };
        ways.iter().flat_map(all).collect()
    }
}

impl Way {
    fn with(&self, settings: &Settings, text: &str) -> Self {
        let separator = if self.text.is_empty() { "" } else { ", " };
        Self {
            settings: self.settings.merged(settings),
            text: format!("{}{separator}{text}", self.text),
        }
    }
}

/// The lines that a run writes to standard output.
fn printed(trace: &Trace) -> impl Iterator<Item = &str> {
    trace.outputs().iter().map(|output| &*output.text)
}

/// How many lines a report of a claim shows.
const LINES: usize = 8;

fn show_lines(trace: &Trace) -> String {
    let lines: Vec<_> = printed(trace)
        .take(LINES)
        .map(|line| format!("{line:?}"))
        .collect();
    match (lines.is_empty(), trace.outputs().len() > LINES) {
        (true, _) => "it prints nothing".to_owned(),
        (_, false) => format!("it prints {}", lines.join(", ")),
        (_, true) => format!("it prints {}, …", lines.join(", ")),
    }
}

/// A measure and its value.
fn show(side: &Operand, value: f64) -> String {
    if side.is_number() {
        side.to_string()
    } else {
        format!("{side} = {}", number(value))
    }
}

/// A number with three decimals at most.
fn number(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Whether events happen in an order, others between them or not.
fn order(patterns: &[Pattern], trace: &Trace) -> (bool, String) {
    let mut from = 0;
    let mut times = Vec::new();
    let unit = trace.code().config.unit;
    for pattern in patterns {
        let found = matcher(pattern, trace.code())
            .find(trace)
            .find(|event| *event >= from);
        let Some(found) = found else {
            let so_far = times.join(", ");
            let after = if so_far.is_empty() {
                String::new()
            } else {
                format!(" after {so_far}")
            };
            return (false, format!("no \"{pattern}\"{after}"));
        };
        times.push(format!(
            "{pattern} at {}",
            unit.show_time(trace.events()[found].at)
        ));
        from = found + 1;
    }
    (true, times.join(", "))
}
