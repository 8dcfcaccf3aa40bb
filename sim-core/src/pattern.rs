//! Patterns of events: the short text by which claims and lessons name what happens in a run.
//!
//! Not a query language: one event, described by its kind, its task and its place.
//!
//! ```text
//! exited                        any task exits
//! blocked A                     A blocks, on whatever
//! blocked A on disk             … on the disk
//! dispatched B on cpu 1         B is given CPU 1
//! dispatched B #2               the second time that B is given a CPU
//! blocked grep on empty pipe p  grep finds pipe p empty
//! ```

use core::fmt;

use crate::call::Reason;
use crate::event::{Event, EventKind};
use crate::ids::{CpuId, PartitionId, PipeId, TaskId};
use crate::program::Code;
use crate::trace::Trace;

/// A pattern that names jobs, as it was read; [`Pattern::resolve`] gives what can be matched.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pattern {
    text: String,
    /// The name of the kind of event.
    event: &'static str,
    /// The name of a job; none: any or no task.
    job: Option<String>,
    place: Place<String>,
    /// Which of the matching events of a run, from 1; none: each of them.
    occurrence: Option<u32>,
}

/// Where something happened; pipes by their name or by their number.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Place<P> {
    Anywhere,
    Cpu(u8),
    Disk,
    Period,
    Partition(u16),
    Pipe(P),
    EmptyPipe(P),
    FullPipe(P),
}

/// A pattern that is no pattern, or names what its scenario does not have.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PatternError {
    /// The pattern.
    pub pattern: String,
    /// What in it was found.
    pub found: String,
    /// What was expected there.
    pub expected: String,
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            pattern,
            found,
            expected,
        } = self;
        write!(
            f,
            "event pattern \"{pattern}\": found {found}, expected {expected}"
        )
    }
}

impl std::error::Error for PatternError {}

/// Every kind of event, by name: the first word of a pattern.
pub const EVENTS: [&str; 19] = [
    "arrived",
    "admitted",
    "loaded",
    "blocked",
    "io-completed",
    "woken",
    "sent",
    "received",
    "reached-end",
    "released",
    "deadline-missed",
    "exited",
    "reaped",
    "dispatched",
    "context-restored",
    "slice-expired",
    "preempted",
    "interrupted",
    "priority-adjusted",
];

const PLACES: &str =
    "\"cpu N\", \"disk\", \"period\", \"partition N\" or \"[empty|full] pipe NAME\"";

impl Pattern {
    /// Reads a pattern: `EVENT [JOB|*] [on PLACE] [#NUMBER]`.
    ///
    /// # Errors
    ///
    /// When it has another form, or the event is not one of [`EVENTS`].
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let text = text.trim();
        let wrong = |found: Option<&str>, expected: &str| PatternError {
            pattern: text.to_owned(),
            found: found.map_or_else(|| "its end".to_owned(), |found| format!("\"{found}\"")),
            expected: expected.to_owned(),
        };
        let mut words = text.split_whitespace().peekable();
        let word = words.next();
        let known = EVENTS.into_iter().find(|event| Some(*event) == word);
        let event = known.ok_or_else(|| {
            wrong(
                word,
                &format!("the name of an event ({})", EVENTS.join(", ")),
            )
        })?;
        let job = words.next_if(|word| *word != "on" && !word.starts_with('#'));
        let place = match words.next_if_eq(&"on") {
            None => Place::Anywhere,
            Some(_) => Self::place(&mut words).map_err(|found| wrong(found, PLACES))?,
        };
        let mut occurrence = None;
        if let Some(word) = words.next_if(|word| word.starts_with('#')) {
            let number = word[1..].parse().ok().filter(|number| *number > 0);
            let number = number.ok_or_else(|| wrong(Some(word), "a number from 1 after \"#\""))?;
            occurrence = Some(number);
        }
        if let Some(rest) = words.next() {
            return Err(wrong(Some(rest), "nothing more"));
        }
        let job = job.filter(|job| *job != "*").map(str::to_owned);
        Ok(Self {
            text: text.to_owned(),
            event,
            job,
            place,
            occurrence,
        })
    }

    /// Reads what follows `on`; the word that does not fit is the error.
    fn place<'a>(
        words: &mut impl Iterator<Item = &'a str>,
    ) -> Result<Place<String>, Option<&'a str>> {
        fn number<N: core::str::FromStr>(word: Option<&str>) -> Result<N, Option<&str>> {
            word.and_then(|word| word.parse().ok()).ok_or(word)
        }
        let mut name = || words.next();
        let of_pipe = |word: Option<&'a str>| match word {
            Some("pipe") => Ok(()),
            other => Err(other),
        };
        Ok(match name() {
            Some("cpu") => Place::Cpu(number(name())?),
            Some("disk") => Place::Disk,
            Some("period") => Place::Period,
            Some("partition") => Place::Partition(number(name())?),
            Some("pipe") => Place::Pipe(name().ok_or(None)?.to_owned()),
            Some("empty") => {
                of_pipe(name())?;
                Place::EmptyPipe(name().ok_or(None)?.to_owned())
            }
            Some("full") => {
                of_pipe(name())?;
                Place::FullPipe(name().ok_or(None)?.to_owned())
            }
            other => return Err(other),
        })
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Looks its names up in a program.
    ///
    /// # Errors
    ///
    /// When the program has no such job or pipe, or its machine no such CPU or partition.
    pub fn resolve(&self, code: &Code) -> Result<Matcher, PatternError> {
        let missing = |found: String, expected: String| PatternError {
            pattern: self.text.clone(),
            found,
            expected,
        };
        let names = |names: Vec<&str>| match names.is_empty() {
            true => "none: the scenario has none".to_owned(),
            false => format!("one of {}", names.join(", ")),
        };
        let task = self.job.as_ref().map(|name| {
            let place = code.jobs.iter().position(|job| job.name == *name);
            place.map(TaskId::from_index).ok_or_else(|| {
                let jobs = code.jobs.iter().map(|job| job.name.as_str()).collect();
                missing(format!("job \"{name}\""), names(jobs))
            })
        });
        let pipe = |name: &String| {
            let place = code.pipes.iter().position(|pipe| pipe.name == *name);
            place.map(PipeId::from_index).ok_or_else(|| {
                let pipes = code.pipes.iter().map(|pipe| pipe.name.as_str()).collect();
                missing(format!("pipe \"{name}\""), names(pipes))
            })
        };
        let below = |what: &str, number: usize, count: usize| {
            let expected = || format!("a number from 0 below {count}");
            if number < count {
                Ok(())
            } else {
                Err(missing(format!("{what} {number}"), expected()))
            }
        };
        let place = match &self.place {
            Place::Anywhere => Place::Anywhere,
            Place::Disk => Place::Disk,
            Place::Period => Place::Period,
            Place::Cpu(cpu) => {
                below("CPU", usize::from(*cpu), usize::from(code.config.cpus))?;
                Place::Cpu(*cpu)
            }
            Place::Partition(partition) => {
                below("partition", usize::from(*partition), code.partitions.len())?;
                Place::Partition(*partition)
            }
            Place::Pipe(name) => Place::Pipe(pipe(name)?),
            Place::EmptyPipe(name) => Place::EmptyPipe(pipe(name)?),
            Place::FullPipe(name) => Place::FullPipe(pipe(name)?),
        };
        let (event, occurrence) = (self.event, self.occurrence);
        Ok(Matcher {
            event,
            task: task.transpose()?,
            place,
            occurrence,
        })
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A pattern for the events of one program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Matcher {
    event: &'static str,
    task: Option<TaskId>,
    place: Place<PipeId>,
    occurrence: Option<u32>,
}

impl Matcher {
    /// Whether an event is of this kind, task and place, whichever occurrence it is.
    #[must_use]
    pub fn matches(&self, event: &Event) -> bool {
        event.kind.name() == self.event
            && (self.task.is_none() || event.kind.task() == self.task)
            && self.is_at_place(event.kind)
    }

    fn is_at_place(&self, kind: EventKind) -> bool {
        let reason = match kind {
            EventKind::Blocked { reason, .. } => Some(reason.into()),
            _ => None,
        };
        let moved = match kind {
            EventKind::Sent { pipe, .. }
            | EventKind::Received { pipe, .. }
            | EventKind::ReachedEnd { pipe, .. } => Some(pipe),
            _ => None,
        };
        match self.place {
            Place::Anywhere => true,
            Place::Cpu(cpu) => kind.cpu() == Some(CpuId(cpu)),
            Place::Disk => reason == Some(Reason::Disk),
            Place::Period => reason == Some(Reason::Period),
            Place::Partition(number) => {
                matches!(kind, EventKind::Loaded { partition: PartitionId(at), .. } if at == number)
            }
            Place::EmptyPipe(pipe) => reason == Some(Reason::PipeEmpty(pipe)),
            Place::FullPipe(pipe) => reason == Some(Reason::PipeFull(pipe)),
            Place::Pipe(pipe) => {
                moved == Some(pipe)
                    || reason == Some(Reason::PipeEmpty(pipe))
                    || reason == Some(Reason::PipeFull(pipe))
            }
        }
    }

    /// The numbers (from 0) of the events of a run that it means: all that match, or the one that
    /// it counts out.
    pub fn find(&self, trace: &Trace) -> impl Iterator<Item = usize> {
        let matching = trace
            .events()
            .iter()
            .enumerate()
            .filter(|(_, event)| self.matches(event));
        let (skip, take) = match self.occurrence {
            Some(number) => (number as usize - 1, 1),
            None => (0, usize::MAX),
        };
        matching.map(|(index, _)| index).skip(skip).take(take)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_form() {
        for text in [
            "exited",
            "exited *",
            "blocked A",
            "blocked A on disk",
            "blocked * on empty pipe log #3",
            "dispatched B on cpu 1 #2",
            "loaded B on partition 0",
            "priority-adjusted #1",
            "dispatched #1",
        ] {
            assert_eq!(
                Pattern::parse(text).map(|pattern| pattern.to_string()),
                Ok(text.to_owned())
            );
        }
    }

    #[test]
    fn says_what_is_wrong() {
        for (text, found, expected) in [
            ("", "its end", "the name of an event"),
            ("bloked A", "\"bloked\"", "blocked"),
            ("blocked A on", "its end", "\"disk\""),
            ("blocked A on tape", "\"tape\"", "\"disk\""),
            ("dispatched A on cpu x", "\"x\"", "\"cpu N\""),
            ("dispatched A on cpu 300", "\"300\"", "\"cpu N\""),
            ("blocked A on full log", "\"log\"", "pipe NAME"),
            ("exited A #0", "\"#0\"", "from 1"),
            ("exited A #", "\"#\"", "from 1"),
            ("exited A B", "\"B\"", "nothing more"),
        ] {
            let error = Pattern::parse(text).unwrap_err();
            assert_eq!(error.found, found, "{text:?}");
            assert!(error.expected.contains(expected), "{text:?}: {error}");
        }
    }
}
