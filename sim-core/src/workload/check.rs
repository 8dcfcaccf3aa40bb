//! The checks that every workload passes before it runs, whichever way it came.

use super::names::Names;
use super::{BurstSpec, JobSpec, Workload};
use crate::input::{InputError, quoted};
use crate::program::script::Script;
use crate::program::{PipeSpec, limits};
use crate::settings::{SettingError, Settings, one_of};
use crate::time::Span;

/// What is wrong with a workload, by its parts: the reader of a text adds line and column.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Fault {
    pub(super) part: Part,
    pub(super) found: String,
    pub(super) expected: String,
}

/// A part of a workload.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Part {
    /// All of it.
    Whole,
    /// A setting.
    Setting(String),
    /// The partition with this place.
    Partition(usize),
    /// A field of the pipe with this place.
    Pipe(usize, &'static str),
    /// A field of the job with this place.
    Job(usize, &'static str),
    /// A place of the script, by line and column, and what it is about.
    Script(Option<u32>, Option<u32>, String),
}

impl Fault {
    fn new(part: Part, found: impl Into<String>, expected: impl Into<String>) -> Self {
        Self {
            part,
            found: found.into(),
            expected: expected.into(),
        }
    }

    /// The same for somebody who has no text before them.
    pub(super) fn in_workload(self, workload: &Workload) -> InputError {
        let (mut line, mut column) = (None, None);
        let field = match self.part {
            Part::Script(at, across, field) => {
                (line, column) = (at, across);
                field
            }
            Part::Whole => String::new(),
            Part::Setting(name) => name,
            Part::Partition(place) => format!("partition {}", place + 1),
            Part::Pipe(place, field) => format!("pipe {}, {field}", place + 1),
            Part::Job(place, field) => format!("job {}, {field}", workload.jobs[place].name),
        };
        InputError {
            file: "workload".to_owned(),
            line,
            column,
            field,
            found: self.found,
            expected: self.expected,
        }
    }
}

impl From<SettingError> for Fault {
    fn from(error: SettingError) -> Self {
        Self::new(Part::Setting(error.name), error.found, error.expected)
    }
}

type Checked = Result<(), Fault>;

/// Refuses unless a condition holds.
fn require(holds: bool, fault: impl FnOnce() -> Fault) -> Checked {
    if holds { Ok(()) } else { Err(fault()) }
}

/// Refuses a number beyond a limit.
fn at_most(number: usize, limit: usize, part: &Part, things: &str) -> Checked {
    require(number <= limit, || {
        Fault::new(
            part.clone(),
            format!("{number} {things}"),
            format!("at most {limit}"),
        )
    })
}

/// Reads a script, with the constants and in the unit that are set.
pub(super) fn script(text: &str, settings: &Settings) -> Result<Script, Fault> {
    let script = Script::parse_with("", text, settings.unit(), settings.constants());
    script.map_err(|errors| {
        // The first in the text; the page shows all of them.
        let Some(first) = errors.into_iter().next() else {
            return Fault::new(Part::Whole, "a script", "one that can be read");
        };
        let part = Part::Script(first.line, first.column, first.field);
        Fault::new(part, first.found, first.expected)
    })
}

/// Constants belong to a script, and there is one only where the workload has one.
pub(super) fn constants(workload: &Workload, settings: &Settings) -> Checked {
    let constants = settings.constants();
    match constants.keys().next() {
        Some(name) if workload.script.is_none() => Err(Fault::new(
            Part::Setting(name.clone()),
            "the constant of a script",
            "a setting in small letters: the workload has no script",
        )),
        _ => Ok(()),
    }
}

/// The longest name.
const NAME: usize = 60;
/// The most messages that a pipe holds.
const CAPACITY: u32 = 1_000_000;
/// The most open files of a job.
const FILES: usize = 100;
/// The most pipes times jobs: each job knows of each pipe whether it writes into it.
const PIPE_ENDS: usize = 20_000_000;

impl Workload {
    /// Checks all that can be wrong.
    pub(super) fn check(&self) -> Checked {
        self.settings.config()?;
        self.check_memory()?;
        self.check_pipes()?;
        if let Some(text) = &self.script {
            return self.check_script(text);
        }
        require(!self.jobs.is_empty(), || {
            Fault::new(Part::Whole, "no job", "at least one job")
        })?;
        at_most(self.jobs.len(), limits::JOBS, &Part::Whole, "jobs")?;
        let ends = self.jobs.len().saturating_mul(self.pipes.len());
        at_most(ends, PIPE_ENDS, &Part::Whole, "pairs of a job and a pipe")?;
        let pipes = self.pipe_places();
        let places = self.job_places();
        for (place, job) in self.jobs.iter().enumerate() {
            self.check_job(place, job, &pipes)?;
            if let Some(first) = places.place(&job.name).filter(|first| *first < place) {
                return Err(Fault::new(
                    Part::Job(place, "name"),
                    format!("{} again", quoted(&job.name)),
                    format!("a name that job {} does not have", first + 1),
                ));
            }
        }
        self.check_parents(&places)?;
        self.check_readers(&pipes)?;
        self.check_sums()
    }

    /// A script says itself what its tasks and their pipes are.
    fn check_script(&self, text: &str) -> Checked {
        let is_alone = self.jobs.is_empty() && self.pipes.is_empty() && self.partitions.is_empty();
        require(is_alone, || {
            let found = "a script beside jobs, pipes or memory";
            Fault::new(Part::Whole, found, "either a script or jobs")
        })?;
        script(text, &self.settings).map(|_| ())
    }

    /// The lengths of a workload are in its own unit, so no other can be set from outside.
    pub(super) fn check_unit(&self, over: &Settings) -> Checked {
        let own = self.settings.unit().name();
        require(over.get("unit").is_none_or(|unit| unit == own), || {
            let expected = format!("{own}, in which the workload is written");
            Fault::new(
                Part::Setting("unit".to_owned()),
                quoted(over.unit().name()),
                expected,
            )
        })
    }

    fn check_memory(&self) -> Checked {
        at_most(
            self.partitions.len(),
            limits::PARTITIONS,
            &Part::Partition(0),
            "partitions",
        )?;
        for (place, size) in self.partitions.iter().enumerate() {
            require(*size > 0, || {
                Fault::new(Part::Partition(place), "0", "a size of at least 1 KiB")
            })?;
        }
        Ok(())
    }

    fn check_pipes(&self) -> Checked {
        at_most(
            self.pipes.len(),
            limits::PIPES,
            &Part::Pipe(0, "name"),
            "pipes",
        )?;
        for (place, pipe) in self.pipes.iter().enumerate() {
            let PipeSpec { name, capacity } = pipe;
            let part = || Part::Pipe(place, "name");
            require(is_name(name) && !name.contains(char::is_whitespace), || {
                Fault::new(part(), quoted(name), "a name without blanks")
            })?;
            let is_new = self.pipes[..place]
                .iter()
                .all(|before| before.name != *name);
            require(is_new, || {
                let found = format!("{} again", quoted(name));
                Fault::new(part(), found, "a name that no other pipe has")
            })?;
            require((1..=CAPACITY).contains(capacity), || {
                let expected = format!("a number of messages from 1 to {CAPACITY}");
                Fault::new(
                    Part::Pipe(place, "capacity"),
                    capacity.to_string(),
                    expected,
                )
            })?;
        }
        Ok(())
    }

    /// The place of each pipe by its name.
    pub(super) fn pipe_places(&self) -> Names<'_> {
        Names::new(self.pipes.iter().map(|pipe| pipe.name.as_str()))
    }

    pub(super) fn job_places(&self) -> Names<'_> {
        Names::new(self.jobs.iter().map(|job| job.name.as_str()))
    }

    fn check_job(&self, place: usize, job: &JobSpec, pipes: &Names<'_>) -> Checked {
        let part = |field| Part::Job(place, field);
        let unit = self.settings.unit();
        require(is_name(&job.name), || {
            let expected = format!("a name of 1 to {NAME} characters that can be seen");
            Fault::new(part("name"), quoted(&job.name), expected)
        })?;
        let length = |field, span: Span| {
            require(span <= limits::SPAN, || {
                let longest = unit.show(limits::SPAN);
                let expected = format!("at most {longest} {}", unit.name());
                Fault::new(part(field), unit.show(span).to_string(), expected)
            })
        };
        length("arrival", job.arrival)?;
        for (field, span) in [("period", job.period), ("deadline", job.deadline)] {
            let Some(span) = span else { continue };
            length(field, span)?;
            require(!span.is_zero(), || {
                Fault::new(part(field), "0", "a length above 0")
            })?;
        }
        require((1..=limits::TICKETS).contains(&job.tickets), || {
            let expected = format!("a whole number from 1 to {}", limits::TICKETS);
            Fault::new(part("tickets"), job.tickets.to_string(), expected)
        })?;
        require(
            job.rounds
                .is_none_or(|rounds| (1..=limits::ROUNDS).contains(&rounds)),
            || {
                let expected = format!("a whole number from 1 to {}", limits::ROUNDS);
                Fault::new(
                    part("rounds"),
                    job.rounds.unwrap_or(0).to_string(),
                    expected,
                )
            },
        )?;
        let largest = self.partitions.iter().copied().max();
        require(largest.is_none_or(|largest| job.memory <= largest), || {
            let largest = largest.unwrap_or(0);
            let expected = format!("at most {largest} KiB, the size of the largest partition");
            Fault::new(part("memory"), job.memory.to_string(), expected)
        })?;
        at_most(job.files.len(), FILES, &part("files"), "files")?;
        for file in &job.files {
            require(is_name(file), || {
                let expected = format!("names of 1 to {NAME} characters that can be seen");
                Fault::new(part("files"), quoted(file), expected)
            })?;
        }
        require(!job.bursts.is_empty(), || {
            Fault::new(part("bursts"), "no burst", "bursts such as c5 i3 c2")
        })?;
        at_most(job.bursts.len(), limits::BURSTS, &part("bursts"), "bursts")?;
        for burst in &job.bursts {
            match burst {
                BurstSpec::Cpu(span) | BurstSpec::Io(span) => length("bursts", *span)?,
                BurstSpec::Send(name) | BurstSpec::Receive(name) => {
                    require(pipes.place(name).is_some(), || {
                        let expected = match self.pipes.len() {
                            0 => "a pipe that the workload declares; it has none".to_owned(),
                            _ => format!("a pipe's name: {}", one_of(name, pipes.all())),
                        };
                        Fault::new(
                            part("bursts"),
                            format!("the pipe {}", quoted(name)),
                            expected,
                        )
                    })?;
                }
            }
        }
        Ok(())
    }

    fn check_parents(&self, places: &Names<'_>) -> Checked {
        let parent = |place: usize| {
            self.jobs[place]
                .parent
                .as_deref()
                .and_then(|name| places.place(name))
        };
        // Each chain of parents is walked once: a job that is known to end is not walked again.
        let mut ends = vec![false; self.jobs.len()];
        for (place, job) in self.jobs.iter().enumerate() {
            if let Some(name) = &job.parent {
                require(places.place(name).is_some(), || {
                    let names = self.jobs.iter().map(|job| job.name.as_str());
                    let expected = format!("the name of another job: {}", one_of(name, names));
                    Fault::new(Part::Job(place, "parent"), quoted(name), expected)
                })?;
            }
            let mut chain = vec![place];
            let mut at = place;
            while let Some(next) = parent(at).filter(|next| !ends[*next]) {
                require(chain.len() <= self.jobs.len() && next != place, || {
                    let found = quoted(job.parent.as_deref().unwrap_or_default());
                    let expected = "a job that is not its own child or grandchild";
                    Fault::new(Part::Job(place, "parent"), found, expected)
                })?;
                chain.push(next);
                at = next;
            }
            for place in chain {
                ends[place] = true;
            }
        }
        Ok(())
    }

    /// A pipe into which nobody writes has no end that could be closed: reading it is a mistake.
    fn check_readers(&self, pipes: &Names<'_>) -> Checked {
        let mut written = vec![false; self.pipes.len()];
        for burst in self.jobs.iter().flat_map(|job| &job.bursts) {
            if let BurstSpec::Send(name) = burst {
                // Its pipe is there: that was checked with the job.
                written[pipes.place(name).unwrap_or(0)] = true;
            }
        }
        for (place, job) in self.jobs.iter().enumerate() {
            for burst in &job.bursts {
                let BurstSpec::Receive(name) = burst else {
                    continue;
                };
                let is_written = pipes.place(name).is_some_and(|pipe| written[pipe]);
                require(is_written, || {
                    let found = format!("receive:{name}");
                    let expected = "a pipe into which some job writes (send)";
                    Fault::new(Part::Job(place, "bursts"), found, expected)
                })?;
            }
        }
        Ok(())
    }

    /// All bursts together, each as often as it is carried out.
    fn check_sums(&self) -> Checked {
        let hyperperiod = self.hyperperiod();
        let mut bursts = 0_usize;
        let mut time = 0_u64;
        for (place, job) in self.jobs.iter().enumerate() {
            let rounds = job.rounds_in(hyperperiod);
            let each = job.bursts.len().max(1);
            bursts = bursts.saturating_add(each.saturating_mul(rounds as usize));
            let part = Part::Job(place, "bursts");
            at_most(
                bursts,
                limits::ALL_BURSTS,
                &part,
                "bursts in all rounds of all jobs",
            )?;
            let spans = job.bursts.iter().map(|burst| match burst {
                BurstSpec::Cpu(span) | BurstSpec::Io(span) => span.0,
                BurstSpec::Send(_) | BurstSpec::Receive(_) => 0,
            });
            let round = spans.fold(job.period.unwrap_or_default().0, u64::saturating_add);
            time = time.saturating_add(round.saturating_mul(u64::from(rounds)));
            require(time <= limits::ALL_SPANS.0, || {
                let unit = self.settings.unit();
                let longest = unit.show(limits::ALL_SPANS);
                let found = "bursts that are too long together, in all rounds of all jobs";
                Fault::new(
                    part,
                    found,
                    format!("at most {longest} {} in sum", unit.name()),
                )
            })?;
        }
        Ok(())
    }
}

/// Whether a text can be shown as a name in one line.
fn is_name(text: &str) -> bool {
    let length = text.chars().count();
    (1..=NAME).contains(&length) && !text.contains(char::is_control) && text.trim() == text
}
