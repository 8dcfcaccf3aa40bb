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
//! acquired eater on lock fork   any of the tasks eater[0], eater[1], … takes any of the forks
//! wrote * on variable flag[1]   any task writes this element of an array
//! ```

mod matcher;
mod names;

use core::fmt;
use core::ops::Range;

pub use matcher::Matcher;
use matcher::{Spot, Who};
pub use names::{EVENTS, place_word};
use names::{OBJECTS, PLACES, events_at};

use crate::call::{Reason, Signal};
use crate::ids::{CpuId, ObjectId, PartitionId, PipeId, SocketId, TaskId, VariableId};
use crate::program::Code;

/// A pattern that names tasks, as it was read; [`Pattern::resolve`] gives what can be matched.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pattern {
    text: String,
    /// The name of the kind of event.
    event: &'static str,
    /// The name of a task, or of all replicas of one; none: any or no task.
    task: Option<String>,
    place: Place,
    /// Which of the matching events of a run, from 1; none: each of them.
    occurrence: Option<u32>,
}

/// Where something happened, by name.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Place {
    Anywhere,
    Cpu(u8),
    Disk,
    Period,
    Sleep,
    Interpreter,
    Socket(u16),
    Network,
    Completion,
    Partition(u16),
    Pipe(String),
    EmptyPipe(String),
    FullPipe(String),
    /// A synchronisation object, by the word for its kind.
    Object(&'static str, String),
    Child,
    Thread(String),
    Process(String),
    Signal(Signal),
    Variable(String),
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

/// The events that only the kernel sees.
#[cfg(all(feature = "native", not(target_family = "wasm")))]
const OF_KERNEL: [&str; 7] = [
    "dispatched",
    "context-restored",
    "slice-expired",
    "preempted",
    "interrupted",
    "card-interrupted",
    "priority-adjusted",
];

#[cfg(all(feature = "native", not(target_family = "wasm")))]
impl Pattern {
    /// Whether only the kernel sees such events.
    #[must_use]
    pub fn is_machine_level(&self) -> bool {
        OF_KERNEL.contains(&self.event)
    }

    /// Whether such events come because too much time has passed.
    #[must_use]
    pub fn is_of_time(&self) -> bool {
        matches!(self.event, "deadline-missed" | "interval-passed")
    }
}

impl Pattern {
    /// Reads a pattern: `EVENT [TASK|*] [on PLACE] [#NUMBER]`.
    ///
    /// # Errors
    ///
    /// When it has another form, the event is not one of [`EVENTS`], or it does not happen at such a
    /// place.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let text = text.trim();
        let error = |found: String, expected: &str| PatternError {
            pattern: text.to_owned(),
            found,
            expected: expected.to_owned(),
        };
        let wrong = |found: Option<&str>, expected: &str| {
            let found = found.map_or_else(|| "its end".to_owned(), |found| format!("\"{found}\""));
            error(found, expected)
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
        let task = words.next_if(|word| *word != "on" && !word.starts_with('#'));
        let place = match words.next_if_eq(&"on") {
            None => Place::Anywhere,
            Some(_) => {
                let word = words.peek().copied().unwrap_or_default();
                let place = Place::read(&mut words).map_err(|found| wrong(found, PLACES))?;
                let events = events_at(word);
                if !events.contains(&event) {
                    let found = format!("\"{event}\" at \"{word}\"");
                    let expected = format!("an event that happens there ({})", events.join(", "));
                    return Err(error(found, &expected));
                }
                place
            }
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
        let task = task.filter(|task| *task != "*").map(str::to_owned);
        Ok(Self {
            text: text.to_owned(),
            event,
            task,
            place,
            occurrence,
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
    /// When the program has no such task, pipe, object or variable, or its machine no such CPU or
    /// partition.
    pub fn resolve(&self, code: &Code) -> Result<Matcher, PatternError> {
        let missing = |(found, expected): (String, String)| PatternError {
            pattern: self.text.clone(),
            found,
            expected,
        };
        let task = match &self.task {
            None => Who::Anybody,
            Some(name) => Who::named(code, name).map_err(missing)?,
        };
        Ok(Matcher {
            event: self.event,
            task,
            spot: self.place.resolve(code).map_err(missing)?,
            occurrence: self.occurrence,
        })
    }
}

/// What was found, and what was expected instead.
type Missing = (String, String);

impl Place {
    /// Reads what follows `on`; the word that does not fit is the error.
    fn read<'a>(words: &mut impl Iterator<Item = &'a str>) -> Result<Self, Option<&'a str>> {
        fn number<N: core::str::FromStr>(word: Option<&str>) -> Result<N, Option<&str>> {
            word.and_then(|word| word.parse().ok()).ok_or(word)
        }
        let mut next = || words.next();
        let of_pipe = |word: Option<&'a str>| match word {
            Some("pipe") => Ok(()),
            other => Err(other),
        };
        let object = |word| OBJECTS.into_iter().find(|known| *known == word);
        let name = |word: Option<&str>| word.map(str::to_owned).ok_or(None);
        Ok(match next() {
            Some("cpu") => Self::Cpu(number(next())?),
            Some("disk") => Self::Disk,
            Some("period") => Self::Period,
            Some("sleep") => Self::Sleep,
            Some("interpreter") => Self::Interpreter,
            Some("partition") => Self::Partition(number(next())?),
            Some("pipe") => Self::Pipe(name(next())?),
            Some("empty") => {
                of_pipe(next())?;
                Self::EmptyPipe(name(next())?)
            }
            Some("full") => {
                of_pipe(next())?;
                Self::FullPipe(name(next())?)
            }
            Some("socket") => Self::Socket(number(next())?),
            Some("network") => Self::Network,
            Some("completion") => Self::Completion,
            Some("variable") => Self::Variable(name(next())?),
            Some("child") => Self::Child,
            Some("thread") => Self::Thread(name(next())?),
            Some("process") => Self::Process(name(next())?),
            Some("signal") => {
                let word = next();
                Self::Signal(word.and_then(Signal::named).ok_or(word)?)
            }
            Some(word) => Self::Object(object(word).ok_or(Some(word))?, name(next())?),
            None => return Err(None),
        })
    }

    /// Looks its name up in a program.
    fn resolve(&self, code: &Code) -> Result<Spot, Missing> {
        let pipe = |name: &str| {
            let names = code.pipes.iter().map(|pipe| pipe.name.as_str());
            let place = names.clone().position(|each| each == name);
            let missing = || (format!("pipe \"{name}\""), one_of(name, names));
            place.map(PipeId::from_index).ok_or_else(missing)
        };
        let below = |what: &str, number: usize, count: usize| {
            let expected = || format!("a number from 0 below {count}");
            if number < count {
                Ok(())
            } else {
                Err((format!("{what} {number}"), expected()))
            }
        };
        Ok(match self {
            Self::Anywhere => Spot::Anywhere,
            Self::Disk => Spot::Waiting(Reason::Disk),
            Self::Period => Spot::Waiting(Reason::Period),
            Self::Sleep => Spot::Waiting(Reason::Sleep),
            Self::Interpreter => Spot::Waiting(Reason::Interpreter),
            Self::Socket(socket) => Spot::Socket(SocketId(*socket)),
            Self::Network => Spot::Network,
            Self::Completion => Spot::Waiting(Reason::Completion),
            Self::Cpu(cpu) => {
                below("CPU", usize::from(*cpu), usize::from(code.config.cpus))?;
                Spot::Cpu(CpuId(*cpu))
            }
            Self::Partition(partition) => {
                below("partition", usize::from(*partition), code.partitions.len())?;
                Spot::Partition(PartitionId(*partition))
            }
            Self::Pipe(name) => Spot::Pipe(pipe(name)?),
            Self::EmptyPipe(name) => Spot::Waiting(Reason::PipeEmpty(pipe(name)?)),
            Self::FullPipe(name) => Spot::Waiting(Reason::PipeFull(pipe(name)?)),
            Self::Object(word, name) => {
                let script = code.script.as_ref();
                let image = script.map_or(1, |script| script.objects.len());
                Spot::Objects(objects(code, word, name)?, image)
            }
            Self::Variable(name) => {
                let image = code.script.as_ref().map_or(1, |script| script.words());
                Spot::Variables(variables(code, name)?, image)
            }
            Self::Child => Spot::Waiting(Reason::Child),
            Self::Thread(name) => {
                let thread = code.slots.thread_of(task(code, name)?);
                let missing = || (format!("thread \"{name}\""), "such as thread[0]".to_owned());
                Spot::Thread(thread.ok_or_else(missing)?)
            }
            Self::Process(name) => {
                let task = task(code, name)?;
                if code.slots.thread_of(task).is_some() {
                    let found = format!("process \"{name}\"");
                    return Err((found, "a process, such as child[0]".to_owned()));
                }
                Spot::Process(code.slots.process_of(task))
            }
            Self::Signal(signal) => Spot::Signal(*signal),
        })
    }
}

/// The task with exactly this name.
fn task(code: &Code, name: &str) -> Result<TaskId, Missing> {
    let names = || code.jobs.iter().map(|job| job.name.as_str());
    let place = names().position(|each| each == name);
    let missing = || (format!("task \"{name}\""), one_of(name, names()));
    place.map(TaskId::from_index).ok_or_else(missing)
}

/// Whether a name is that of one element of an array, or of a replica of a task: `fork[2]` of `fork`.
fn is_element(name: &str, of: &str) -> bool {
    let index = name
        .strip_prefix(of)
        .and_then(|rest| rest.strip_prefix('['));
    index.is_some_and(|rest| rest.ends_with(']'))
}

/// The objects with a name: one, or a whole array.
fn objects(code: &Code, word: &str, name: &str) -> Result<Range<u16>, Missing> {
    let specs = || code.script.iter().flat_map(|script| &script.objects);
    let names = || specs().map(|spec| spec.name.as_str());
    let found = || format!("{word} \"{name}\"");
    let Some(range) = places(names(), name) else {
        let fitting = specs().filter(|spec| place_word(&spec.kind) == word);
        let fitting = fitting.map(|spec| spec.name.as_str());
        return Err((found(), one_of(name, fitting)));
    };
    let first = specs()
        .nth(range.start)
        .map_or(word, |spec| place_word(&spec.kind));
    if first != word {
        return Err((found(), format!("\"{first} {name}\", which is what it is")));
    }
    let id = |index| ObjectId::from_index(index).0;
    Ok(id(range.start)..id(range.end))
}

/// The shared variables with a name: one, or a whole array.
pub(crate) fn variables(code: &Code, name: &str) -> Result<Range<u16>, Missing> {
    let specs = || code.script.iter().flat_map(|script| &script.variables);
    for spec in specs() {
        let cells = spec.first.0..spec.first.0 + spec.len;
        if spec.name == name {
            return Ok(cells);
        }
        if spec.is_array && is_element(name, &spec.name) {
            let cell = cells
                .clone()
                .find(|cell| code.variable_name(VariableId(*cell)) == name);
            if let Some(cell) = cell {
                return Ok(cell..cell + 1);
            }
            let last = spec.len.saturating_sub(1);
            let expected = format!("{0}[0] to {0}[{last}], or {0} for all of them", spec.name);
            return Err((format!("variable \"{name}\""), expected));
        }
    }
    let names = specs().map(|spec| spec.name.as_str());
    Err((format!("variable \"{name}\""), one_of(name, names)))
}

/// The place of a name in a list, or the places of the elements of the array of that name, which
/// stand in a row.
fn places<'a>(names: impl Iterator<Item = &'a str> + Clone, name: &str) -> Option<Range<usize>> {
    if let Some(place) = names.clone().position(|each| each == name) {
        return Some(place..place + 1);
    }
    let first = names.clone().position(|each| is_element(each, name))?;
    let count = names
        .skip(first)
        .take_while(|each| is_element(each, name))
        .count();
    Some(first..first + count)
}

/// What a name that is missing should have been; an array, or the replicas of a task, count as one.
fn one_of<'a>(found: &str, names: impl Iterator<Item = &'a str>) -> String {
    let mut several: Vec<(&str, &str)> = Vec::new();
    for name in names {
        let base = name.split('[').next().unwrap_or(name);
        match several.last_mut() {
            Some((known, last)) if *known == base => *last = name,
            _ => several.push((base, name)),
        }
    }
    let base = found.split('[').next().unwrap_or(found);
    if let Some((known, last)) = several
        .iter()
        .find(|(known, last)| *known == base && known != last)
    {
        return format!("{known}[0] to {last}, or {known} for all of them");
    }
    match several.is_empty() {
        true => "none: the scenario has none".to_owned(),
        false => crate::settings::one_of(found, several.into_iter().map(|(name, _)| name)),
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
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
            "blocked A on sleep",
            "dispatched B on cpu 1 #2",
            "loaded B on partition 0",
            "priority-adjusted #1",
            "dispatched #1",
            "acquired eater on lock fork #3",
            "acquired-shared on rwlock table",
            "wrote eater[2] on variable turn[1]",
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
            ("blocked A on lock", "its end", "\"lock NAME\""),
            ("dispatched A on cpu x", "\"x\"", "\"cpu N\""),
            ("dispatched A on cpu 300", "\"300\"", "\"cpu N\""),
            ("blocked A on full log", "\"log\"", "pipe NAME"),
            ("exited A #0", "\"#0\"", "from 1"),
            ("exited A #", "\"#\"", "from 1"),
            ("exited A B", "\"B\"", "nothing more"),
            ("exited A on disk", "\"exited\" at \"disk\"", "(blocked)"),
            ("read A on lock m", "\"read\" at \"lock\"", "acquired"),
            (
                "timed-out A on lock m",
                "\"timed-out\" at \"lock\"",
                "refused",
            ),
        ] {
            let error = Pattern::parse(text).unwrap_err();
            assert_eq!(error.found, found, "{text:?}");
            assert!(error.expected.contains(expected), "{text:?}: {error}");
        }
    }
}
