//! Simulated runs against real ones: does what is claimed, and what the program fixes, hold in both?
//!
//! A claim is made of a scenario with its policy; what a real run shows is one of all the orders that the
//! program allows. So each claim is first looked for in many simulated schedules, with random choices,
//! other numbers of CPUs and other costs, and beside tasks that get in the way. What is the same in all of
//! them is a property of the program, and has to be so in every real run. What differs among them is
//! *open*: counted, not judged. What is possible has to come in some real run. Times are never judged.

mod judge;
mod schedules;

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::Path;

use judge::{LIMIT, Progress, Side, Waits, begin, judge_fact};
use schedules::sample;

use super::{Delays, Limits, NativeError, NativeRun, Order, run};
use crate::claims::Kind;
use crate::scenario::Scenario;
use crate::settings::Settings;
use crate::time::{Span, Time};
use crate::trace::Trace;
use crate::workload::Workload;

/// How often each claim is looked for at most, in runs of different constants or seeds.
const SUBJECTS: usize = 3;
/// How many runs are made, at most, for what has only to be possible: so many times as many, or so many.
const PATIENCE: (u32, u32) = (20, 1_000);

/// What came of a comparison.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The claims.
    pub claims: Vec<Compared>,
    /// What is compared without a claim, for each form of the program that ran.
    pub facts: Vec<Fact>,
}

/// What came of a claim.
#[derive(Clone, Debug)]
pub struct Compared {
    /// Its name.
    pub id: String,
    /// Its kind.
    pub kind: Kind,
    /// Its sentence, in English.
    pub text: String,
    /// Whether both machines agree.
    pub verdict: Verdict,
    /// In how many of the simulated schedules it was so.
    pub simulated: Tally,
    /// In how many of the real runs.
    pub real: Tally,
    /// What was found in the run that decided, in words.
    pub detail: String,
}

/// Whether both machines agree.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// They do.
    Agrees,
    /// They do not.
    Disagrees,
    /// The program leaves it open: it is so in some simulated schedules only.
    Open,
    /// It was not looked for, for this reason.
    NotCompared(&'static str),
}

impl Verdict {
    /// One word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Agrees => "agrees",
            Self::Disagrees => "disagrees",
            Self::Open => "open",
            Self::NotCompared(_) => "not-compared",
        }
    }
}

/// How often something was so.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    /// In so many runs.
    pub so: u32,
    /// Of so many.
    pub of: u32,
}

impl Tally {
    fn add(&mut self, is_so: bool) {
        self.so += u32::from(is_so);
        self.of += 1;
    }
}

/// What is compared of a program without a claim.
#[derive(Clone, Debug)]
pub struct Fact {
    /// The variant and the settings that ran.
    pub subject: String,
    /// What.
    pub what: Aspect,
    /// Whether both machines agree.
    pub verdict: Verdict,
    /// What the simulated schedules came to.
    pub simulated: Vec<String>,
    /// What the real runs came to.
    pub real: Vec<String>,
    /// How long the simulated run lasted that the scenario shows.
    pub simulated_time: Span,
    /// How long the real runs lasted, in the middle.
    pub real_time: Span,
}

/// What runs come to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Aspect {
    /// How they end.
    Outcome,
    /// The shared variables at the end.
    Memory,
    /// The lines that are printed, in any order.
    Output,
}

impl Aspect {
    /// All of them.
    const ALL: [Self; 3] = [Self::Outcome, Self::Memory, Self::Output];

    /// One word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Outcome => "outcome",
            Self::Memory => "memory",
            Self::Output => "output",
        }
    }

    fn of(self, trace: &Trace) -> String {
        match self {
            Self::Outcome => trace.outcome().name().to_owned(),
            Self::Memory => format!("{:?}", trace.last().memory),
            Self::Output => {
                let mut lines: Vec<_> = trace.outputs().iter().map(|line| &*line.text).collect();
                lines.sort_unstable();
                lines.join(" / ")
            }
        }
    }
}

impl Comparison {
    /// Whether nothing disagrees.
    #[must_use]
    pub fn agrees(&self) -> bool {
        let claims = self.claims.iter().map(|claim| claim.verdict);
        let facts = self.facts.iter().map(|fact| fact.verdict);
        claims
            .chain(facts)
            .all(|verdict| verdict != Verdict::Disagrees)
    }
}

/// What one form of the program has to show: the scenario, a variant, one value of a constant.
struct Subject {
    name: String,
    over: Settings,
    /// The places of the claims that are about it.
    claims: Vec<usize>,
}

/// Compares a scenario's runs; `runs` real ones of each form of it.
///
/// # Errors
///
/// Where it has no real form, or a real run fails.
pub fn compare(
    program: &Path,
    scenario: &Scenario,
    runs: u32,
    limits: Limits,
) -> Result<Comparison, NativeError> {
    let mut progress: Vec<_> = scenario.claims.iter().map(begin).collect();
    let mut facts = Vec::new();
    for (place, subject) in subjects(scenario).into_iter().enumerate() {
        // The scenario itself has one, or there is nothing to compare.
        if place > 0 && !has_real_form(&scenario.workload, &subject)? {
            continue;
        }
        facts.extend(compare_subject(
            program,
            &scenario.workload,
            &subject,
            &mut progress,
            (runs, limits),
        )?);
    }
    let claims = progress.into_iter().map(|progress| Compared {
        id: progress.claim.id.clone(),
        kind: progress.claim.kind,
        text: progress.claim.text.to_string(),
        verdict: progress.verdict(),
        simulated: progress.simulated,
        real: progress.real,
        detail: progress.detail,
    });
    Ok(Comparison {
        claims: claims.collect(),
        facts,
    })
}

/// Compares the runs of a workload that nothing is claimed of.
///
/// # Errors
///
/// Where it has no real form, or a real run fails.
pub fn compare_workload(
    program: &Path,
    workload: &Workload,
    over: &Settings,
    runs: u32,
    limits: Limits,
) -> Result<Comparison, NativeError> {
    let subject = Subject {
        name: String::new(),
        over: over.clone(),
        claims: Vec::new(),
    };
    let facts = compare_subject(program, workload, &subject, &mut [], (runs, limits))?;
    let claims = Vec::new();
    Ok(Comparison { claims, facts })
}

fn has_real_form(workload: &Workload, subject: &Subject) -> Result<bool, NativeError> {
    let code = workload.code(&subject.over).map_err(NativeError::Input)?;
    Ok(super::support(&code.for_real()).is_ok())
}

/// The settings that make another program of it, and not only another schedule.
const OF_PROGRAM: [&str; 6] = [
    "interpreter_lock",
    "switch_interval",
    "seed",
    "process_table",
    "fault_ends",
    "os",
];

/// The forms of a scenario of which something is claimed that tasks can see, and the scenario itself.
fn subjects(scenario: &Scenario) -> Vec<Subject> {
    let mut subjects = vec![Subject {
        name: String::new(),
        over: Settings::default(),
        claims: Vec::new(),
    }];
    for (place, claim) in scenario.claims.iter().enumerate() {
        if claim.form.seen_by_tasks().is_err() {
            continue;
        }
        let variant = claim.variant.as_deref();
        let of_variant = variant.and_then(|name| scenario.variant(name));
        let base = of_variant.map_or_else(Settings::default, |variant| variant.settings.clone());
        let mut chosen: Vec<Settings> = Vec::new();
        for way in claim.ways() {
            let settings = base.merged(&of_program(&way.settings));
            if chosen.len() < SUBJECTS && !chosen.contains(&settings) {
                chosen.push(settings);
            }
        }
        for over in chosen {
            if let Some(known) = subjects.iter_mut().find(|subject| subject.over == over) {
                known.claims.push(place);
                continue;
            }
            let constants = over.constants().iter();
            let constants = constants.map(|(name, value)| format!("{name} = {value}"));
            let words = variant.map(str::to_owned).into_iter().chain(constants);
            subjects.push(Subject {
                name: words.collect::<Vec<_>>().join(", "),
                over,
                claims: vec![place],
            });
        }
    }
    subjects
}

fn of_program(settings: &Settings) -> Settings {
    let mut own = Settings::default();
    let named = settings.iter();
    let named = named.filter(|(name, _)| OF_PROGRAM.contains(name));
    for (name, value) in named {
        // It was read before, in the unit of the scenario: these are no lengths, but for one.
        let _ = own.set(name, value);
    }
    for (name, value) in settings.constants() {
        let _ = own.set(name, &value.to_string());
    }
    own
}

fn compare_subject(
    program: &Path,
    workload: &Workload,
    subject: &Subject,
    progress: &mut [Progress<'_>],
    (runs, limits): (u32, Limits),
) -> Result<Vec<Fact>, NativeError> {
    let code = workload.code(&subject.over).map_err(NativeError::Input)?;
    super::support(&code.for_real()).map_err(NativeError::Unsupported)?;
    let mut simulated: [BTreeSet<String>; 3] = Default::default();
    let mut real: [BTreeSet<String>; 3] = Default::default();
    let mut simulated_time = None;
    let mut waits = Waits::ForOthers;
    sample(workload, &subject.over, &mut |trace| {
        simulated_time.get_or_insert(trace.end().since(Time::ZERO));
        for place in &subject.claims {
            progress[*place].look(trace, Side::Simulated);
        }
        if Waits::of(trace) == Waits::ForTheClock {
            waits = Waits::ForTheClock;
        }
        for (all, aspect) in simulated.iter_mut().zip(Aspect::ALL) {
            all.insert(aspect.of(trace));
        }
    })
    .map_err(NativeError::Input)?;
    let mut times = Vec::new();
    let mut number = 0;
    loop {
        let delays = match number % 4 {
            0 | 1 if number < runs => Delays::None,
            _ => Delays::Random(number.into()),
        };
        let run = run_once(program, workload, subject, (number, delays, limits))?;
        number += 1;
        times.push(run.end.since(Time::ZERO));
        let Some(trace) = &run.trace else { continue };
        // What was stopped has not come to what is claimed of it.
        if run.stopped.is_none() {
            for place in &subject.claims {
                progress[*place].look(trace, Side::Real);
            }
        }
        for (all, aspect) in real.iter_mut().zip(Aspect::ALL) {
            all.insert(aspect.of(trace));
        }
        let is_wanted = |place: &usize| progress[*place].is_wanted();
        let is_enough = number >= runs && !subject.claims.iter().any(is_wanted);
        let most = runs.saturating_mul(PATIENCE.0).max(PATIENCE.1);
        if is_enough || number >= most {
            break;
        }
    }
    times.sort_unstable();
    let real_time = times.get(times.len() / 2).copied().unwrap_or_default();
    // What spins for ever under one schedule and not under another has no end to compare.
    let is_limited = simulated[0].contains(LIMIT) || real[0].contains(LIMIT);
    let facts = Aspect::ALL.into_iter().zip(simulated).zip(real);
    let facts = facts.map(|((what, simulated), real)| {
        let verdict = if is_limited {
            Verdict::NotCompared("some runs have no end")
        } else {
            judge_fact(what, waits, &simulated, &real)
        };
        Fact {
            subject: subject.name.clone(),
            what,
            verdict,
            simulated: simulated.into_iter().collect(),
            real: real.into_iter().collect(),
            simulated_time: simulated_time.unwrap_or_default(),
            real_time,
        }
    });
    Ok(facts.collect())
}

/// A real run: every second one on all CPUs.
fn run_once(
    program: &Path,
    workload: &Workload,
    subject: &Subject,
    (number, delays, limits): (u32, Delays, Limits),
) -> Result<NativeRun, NativeError> {
    let mut over = subject.over.clone();
    if number % 2 == 1 {
        // Known and right: it is in the table of settings.
        let _ = over.set("cpus", "64");
    }
    let order = Order {
        over,
        delays,
        limits,
        ..Order::new(workload.clone())
    };
    run(program, &order, &mut |_| ControlFlow::Continue(()))
}
