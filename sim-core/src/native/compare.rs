//! Simulated runs against real ones: does what is claimed, and what the program fixes, hold in both?
//!
//! A claim is made of a scenario with its policy; what a real run shows is one of all the orders that the
//! program allows. So each claim is first looked for in many simulated schedules, with random choices,
//! other numbers of CPUs and other costs, and beside tasks that get in the way. What is the same in all of
//! them is a property of the program, and has to be so in every real run. What differs among them is
//! *open*: counted, not judged. What is possible has to come in some real run. Times are never judged.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use super::{Delays, Limits, NativeError, NativeRun, Order, run};
use crate::claims::{Claim, Kind, look_at};
use crate::event::{Event, EventKind};
use crate::ids::TaskId;
use crate::machine::Machine;
use crate::program::{Code, Config};
use crate::random::mix;
use crate::rules::{self, End, Next};
use crate::run::{Deviations, Limit, Outcome, stuck};
use crate::scenario::Scenario;
use crate::settings::Settings;
use crate::time::{Span, Time};
use crate::trace::Trace;
use crate::workload::{BurstSpec, InputError, JobSpec, Workload};

/// How often each claim is looked for at most, in runs of different constants or seeds.
const SUBJECTS: usize = 3;
/// How many random schedules are simulated on each machine.
const SCHEDULES: u64 = 12;
/// One choice in so many changes who comes first: often, or so seldom that somebody waits for longer than
/// what is done by the clock takes.
const CHANGES: [u64; 2] = [24, 1_000];
/// The machines: how many CPUs, and the cost of a line in units.
const MACHINES: [(&str, &str); 6] = [
    ("1", "1"),
    ("1", "0.01"),
    ("2", "1"),
    ("2", "0.01"),
    ("4", "0.1"),
    ("4", "0.001"),
];
/// The most events of a simulated run: what spins at hardly any cost is long.
const EVENTS: &str = "20000";
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

/// What a claim has come to so far.
struct Progress<'a> {
    claim: &'a Claim,
    unseen: Option<&'static str>,
    simulated: Tally,
    real: Tally,
    detail: String,
}

impl Progress<'_> {
    fn look(&mut self, trace: &Arc<Trace>, is_real: Side) {
        let run = |_: Option<&str>| Ok(Arc::clone(trace));
        let (is_so, found) = look_at(&self.claim.form, &run).unwrap_or((false, String::new()));
        match is_real {
            Side::Simulated => self.simulated.add(is_so),
            Side::Real => {
                self.real.add(is_so);
                let is_news = match self.claim.kind {
                    Kind::Always => !is_so,
                    Kind::Possible | Kind::Never => is_so,
                };
                if is_news || self.detail.is_empty() {
                    self.detail = found;
                }
            }
        }
    }

    /// Whether it has still to come in a real run.
    fn is_wanted(&self) -> bool {
        let is_possible = self.claim.kind == Kind::Possible;
        is_possible && self.unseen.is_none() && self.simulated.so > 0 && self.real.so == 0
    }

    fn verdict(&self) -> Verdict {
        if let Some(why) = self.unseen {
            return Verdict::NotCompared(why);
        }
        let (simulated, real) = (self.simulated, self.real);
        if simulated.of == 0 {
            return Verdict::NotCompared("what it is about has no real form here");
        }
        if real.of == 0 {
            return Verdict::NotCompared("no real run came to an end of its own");
        }
        let judged = |holds| {
            if holds {
                Verdict::Agrees
            } else {
                Verdict::Disagrees
            }
        };
        match self.claim.kind {
            Kind::Always if simulated.so == simulated.of => judged(real.so == real.of),
            Kind::Never if simulated.so == 0 => judged(real.so == 0),
            Kind::Possible if simulated.so > 0 => judged(real.so > 0),
            _ => Verdict::Open,
        }
    }
}

/// Which of the two machines a run is of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Simulated,
    Real,
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

fn begin(claim: &Claim) -> Progress<'_> {
    Progress {
        claim,
        unseen: claim.form.seen_by_tasks().err().map(|unseen| unseen.why()),
        simulated: Tally::default(),
        real: Tally::default(),
        detail: String::new(),
    }
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

/// For what a program waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Waits {
    /// For its own tasks only.
    ForOthers,
    /// For the clock too: a sleep, a time limit, a late arrival.
    ForTheClock,
}

impl Waits {
    fn of(trace: &Trace) -> Self {
        let is_late = |event: &Event| event.at > Time::ZERO;
        let is_by_clock = |event: &Event| match event.kind {
            EventKind::SleepEnded { .. }
            | EventKind::TimedOut { .. }
            | EventKind::IoCompleted { .. }
            | EventKind::Released { .. }
            | EventKind::AlarmRang { .. } => true,
            EventKind::Arrived { .. } => is_late(event),
            _ => false,
        };
        if trace.events().iter().any(is_by_clock) {
            Self::ForTheClock
        } else {
            Self::ForOthers
        }
    }
}

/// Whether what real runs come to is what simulated ones do. A result that the program leaves open may be
/// one that no simulated schedule happened to come to; how runs end may not.
/// Nor does a program fix what depends on which of two clocks is first.
fn judge_fact(
    what: Aspect,
    waits: Waits,
    simulated: &BTreeSet<String>,
    real: &BTreeSet<String>,
) -> Verdict {
    let is_same = simulated.len() == 1 && waits == Waits::ForOthers;
    let is_fixed = is_same || what == Aspect::Outcome;
    match (real.is_subset(simulated), is_fixed) {
        (true, _) => Verdict::Agrees,
        (false, true) => Verdict::Disagrees,
        (false, false) => Verdict::Open,
    }
}

const LIMIT: &str = Outcome::Limit(Limit::Until).name();

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

/// Simulates a program as it stands, and then under many schedules.
fn sample(
    workload: &Workload,
    over: &Settings,
    look: &mut dyn FnMut(&Arc<Trace>),
) -> Result<(), InputError> {
    let code = Arc::new(workload.code(over)?);
    look(&Arc::new(crate::run::run(
        Arc::clone(&code),
        Deviations::new(),
    )));
    let crowded = with_company(workload);
    for (cpus, line) in MACHINES {
        let mut machine = over.clone();
        for (name, value) in [
            ("unit", code.config.unit.name()),
            ("cpus", cpus),
            ("policy", "rr"),
            ("slice", "0.3"),
            ("instruction_cost", line),
            ("max_events", EVENTS),
            ("ready_queue", "shared"),
        ] {
            // A setting that is not there is left as it is.
            let _ = machine.set(name, value);
        }
        for workload in [workload, &crowded] {
            let code = Arc::new(workload.code(&machine)?);
            for schedule in 0..SCHEDULES {
                let code = match outside(&code, schedule) {
                    Some(other) => Arc::new(other),
                    None => Arc::clone(&code),
                };
                let trace = simulate(&code, schedule);
                look(&Arc::new(trace));
            }
        }
    }
    Ok(())
}

/// The same program in another world: in one of three schedules the network is as near as that of a real
/// run, and in another one peers come late besides, one later than the other. None where it is left as
/// it is.
fn outside(code: &Code, schedule: u64) -> Option<Code> {
    let unit = code.config.unit.span().0;
    let near = || {
        code.on(Config {
            network: code.config.network.loopback(),
            ..code.config.clone()
        })
    };
    match schedule % 3 {
        _ if code.peers() == 0 => None,
        1 => Some(near()),
        2 => {
            Some(near().with_late_peers(|peer| {
                Span(mix(schedule, u64::from(peer.0) + 1) % (LATEST * unit))
            }))
        }
        _ => None,
    }
}

/// How many units a peer is late at most, where it is.
const LATEST: u64 = 3;

/// A run in which who is next is drawn: in even schedules by priorities, which are drawn anew now and
/// then, so that some wait for long while others do much (Burckhardt and others, 2010); in odd ones each
/// time.
fn simulate(code: &Arc<Code>, schedule: u64) -> Trace {
    let mut machine = Machine::new(code);
    let mut trace = Trace::new(Arc::clone(code), machine.clone());
    let mut draws = 0;
    let mut priorities = schedule;
    let outcome = loop {
        if trace.len() as u64 >= code.config.max_events {
            break Outcome::Limit(Limit::Events);
        }
        let event = match rules::next(code, &machine) {
            Next::Done(End::Finished) => break Outcome::Finished,
            Next::Done(End::Stalled) => break stuck(&machine),
            Next::Forced(event) => event,
            Next::Choice(choice) => {
                draws += 1;
                let draw = mix(schedule, draws);
                let changes = CHANGES[usize::from(schedule.is_multiple_of(4))];
                if draw.is_multiple_of(changes) || !schedule.is_multiple_of(2) {
                    priorities = draw;
                }
                let rank = |task: &TaskId| mix(priorities, task.0.into());
                let chosen = choice.options(&machine).max_by_key(rank);
                choice.take(&machine, chosen.unwrap_or(TaskId(0)))
            }
        };
        let output = machine.output_of(code, &event);
        if machine.apply(code, &event).is_err() {
            // The rules offer only what can happen.
            break Outcome::Limit(Limit::NoProgress);
        }
        trace.push(event, &machine);
        if let Some(text) = output {
            trace.print(text);
        }
    };
    trace.close(outcome, machine.now);
    trace
}

/// The same program beside tasks that take the CPU from it: what is done by the clock comes late.
fn with_company(workload: &Workload) -> Workload {
    const OTHERS: usize = 3;
    let mut crowded = workload.clone();
    if let Some(script) = &mut crowded.script {
        script.push_str("\ntask in_the_way × 3\n  repeat 40\n    compute 3\n    yield\n");
        return crowded;
    }
    let unit = workload.settings.unit().span();
    for number in 0..OTHERS {
        crowded.jobs.push(JobSpec {
            name: format!("in-the-way-{number}"),
            bursts: vec![BurstSpec::Cpu(Span(120 * unit.0))],
            ..JobSpec::default()
        });
    }
    crowded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario;

    /// What is said of a claim of this kind, so often so in simulated schedules and in real runs.
    fn verdict(kind: Kind, simulated: u32, real: u32) -> Verdict {
        let catalogue = scenario::catalogue().iter();
        let claims = catalogue.flat_map(|scenario| &scenario.claims);
        let mut claims = claims.filter(|claim| claim.kind == kind);
        let claim = claims
            .find(|claim| claim.form.seen_by_tasks().is_ok())
            .expect("a claim of this kind");
        Progress {
            simulated: Tally {
                so: simulated,
                of: 10,
            },
            real: Tally { so: real, of: 4 },
            ..begin(claim)
        }
        .verdict()
    }

    #[test]
    fn what_holds_in_all_schedules_has_to_hold_in_all_runs() {
        assert_eq!(verdict(Kind::Always, 10, 4), Verdict::Agrees);
        assert_eq!(verdict(Kind::Always, 10, 3), Verdict::Disagrees);
        assert_eq!(verdict(Kind::Always, 9, 0), Verdict::Open);
        assert_eq!(verdict(Kind::Never, 0, 0), Verdict::Agrees);
        assert_eq!(verdict(Kind::Never, 0, 1), Verdict::Disagrees);
        assert_eq!(verdict(Kind::Never, 1, 4), Verdict::Open);
        assert_eq!(verdict(Kind::Possible, 1, 1), Verdict::Agrees);
        assert_eq!(verdict(Kind::Possible, 1, 0), Verdict::Disagrees);
        assert_eq!(verdict(Kind::Possible, 0, 0), Verdict::Open);
    }

    #[test]
    fn results_are_judged_by_what_simulated_schedules_come_to() {
        let set = |texts: &[&str]| texts.iter().map(ToString::to_string).collect();
        let judge = |what, simulated: &[&str], real: &[&str]| {
            judge_fact(what, Waits::ForOthers, &set(simulated), &set(real))
        };
        let by_clock = judge_fact(
            Aspect::Output,
            Waits::ForTheClock,
            &set(&["1"]),
            &set(&["2"]),
        );
        assert_eq!(by_clock, Verdict::Open);
        assert_eq!(judge(Aspect::Memory, &["1"], &["1"]), Verdict::Agrees);
        assert_eq!(
            judge(Aspect::Memory, &["1"], &["1", "2"]),
            Verdict::Disagrees
        );
        assert_eq!(judge(Aspect::Memory, &["1", "2"], &["2"]), Verdict::Agrees);
        assert_eq!(judge(Aspect::Memory, &["1", "2"], &["3"]), Verdict::Open);
        let (ends, sticks) = ("finished", "deadlock");
        assert_eq!(
            judge(Aspect::Outcome, &[ends, sticks], &[ends]),
            Verdict::Agrees
        );
        assert_eq!(
            judge(Aspect::Outcome, &[ends], &[sticks]),
            Verdict::Disagrees
        );
        assert_eq!(
            judge(Aspect::Outcome, &[ends, sticks], &["stalled"]),
            Verdict::Disagrees
        );
    }
}
