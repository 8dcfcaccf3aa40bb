//! Changes of a workload's jobs, one field at a time, as a table makes them.
//!
//! Not the checks that hold between jobs: those are made when the whole workload is.

use sim_core::time::{Span, Unit};
use sim_core::workload::{BurstSpec, InputError, JobSpec, Workload};

/// A field of a job.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum JobField {
    /// What it is called.
    Name,
    /// When it arrives.
    Arrival,
    /// Its priority.
    Priority,
    /// Its tickets.
    Tickets,
    /// What it does.
    Bursts,
    /// Its period.
    Period,
    /// Its deadline.
    Deadline,
    /// How often it does it.
    Rounds,
    /// The memory that it needs.
    Memory,
    /// Its parent.
    Parent,
}

impl JobField {
    /// All of them, in the order of the table's columns.
    pub const ALL: [Self; 10] = [
        Self::Name,
        Self::Arrival,
        Self::Bursts,
        Self::Priority,
        Self::Tickets,
        Self::Period,
        Self::Deadline,
        Self::Rounds,
        Self::Memory,
        Self::Parent,
    ];

    /// Its key in a workload's file.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Arrival => "arrival",
            Self::Priority => "priority",
            Self::Tickets => "tickets",
            Self::Bursts => "bursts",
            Self::Period => "period",
            Self::Deadline => "deadline",
            Self::Rounds => "rounds",
            Self::Memory => "memory",
            Self::Parent => "parent",
        }
    }

    /// What a job has in this field, as text; empty for nothing.
    #[must_use]
    pub fn show(self, job: &JobSpec, unit: Unit) -> String {
        let span = |span: Option<Span>| span.map_or_else(String::new, |span| show(unit, span));
        match self {
            Self::Name => job.name.clone(),
            Self::Arrival => show(unit, job.arrival),
            Self::Priority => job.priority.to_string(),
            Self::Tickets => job.tickets.to_string(),
            Self::Bursts => BurstSpec::show_all(&job.bursts, unit),
            Self::Period => span(job.period),
            Self::Deadline => span(job.deadline),
            Self::Rounds => job
                .rounds
                .map_or_else(String::new, |rounds| rounds.to_string()),
            Self::Memory => job.memory.to_string(),
            Self::Parent => job.parent.clone().unwrap_or_default(),
        }
    }
}

fn show(unit: Unit, span: Span) -> String {
    unit.show(span).to_string()
}

/// The workload with another value in a field of a job.
///
/// # Errors
///
/// When the text is no such value.
pub fn edit_job(
    workload: &Workload,
    file: &str,
    job: usize,
    field: JobField,
    text: &str,
) -> Result<Workload, InputError> {
    let mut edited = workload.clone();
    let unit = workload.settings.unit();
    let Some(spec) = edited.jobs.get_mut(job) else {
        return Ok(edited);
    };
    let old_name = spec.name.clone();
    let text = text.trim();
    let number = "a whole number";
    let length = format!("a number of {}, such as 3 or 2.5", unit.name());
    let result = match field {
        JobField::Name => {
            text.clone_into(&mut spec.name);
            Ok(())
        }
        JobField::Arrival => unit
            .parse(text)
            .map(|span| spec.arrival = span)
            .ok_or(length),
        JobField::Priority => text
            .parse()
            .map(|to| spec.priority = to)
            .map_err(|_| number.into()),
        JobField::Tickets => text
            .parse()
            .map(|to| spec.tickets = to)
            .map_err(|_| number.into()),
        JobField::Memory => text
            .parse()
            .map(|to| spec.memory = to)
            .map_err(|_| number.into()),
        JobField::Rounds => optional(text, |text| text.parse().ok())
            .map(|to| spec.rounds = to)
            .ok_or_else(|| format!("{number}, or nothing")),
        JobField::Period => optional(text, |text| unit.parse(text))
            .map(|to| spec.period = to)
            .ok_or_else(|| format!("{length}, or nothing")),
        JobField::Deadline => optional(text, |text| unit.parse(text))
            .map(|to| spec.deadline = to)
            .ok_or_else(|| format!("{length}, or nothing")),
        JobField::Parent => {
            spec.parent = (!text.is_empty()).then(|| text.to_owned());
            Ok(())
        }
        JobField::Bursts => BurstSpec::parse_all(text, unit)
            .map(|to| spec.bursts = to)
            .map_err(|error| error.expected),
    };
    if field == JobField::Name {
        // Its children follow it.
        for other in &mut edited.jobs {
            if other.parent.as_deref() == Some(&old_name) {
                other.parent = Some(text.to_owned());
            }
        }
    }
    result.map(|()| edited).map_err(|expected| InputError {
        file: file.to_owned(),
        line: None,
        column: None,
        field: format!("job {old_name}, {}", field.key()),
        found: format!("{text:?}"),
        expected,
    })
}

/// Nothing, or a value; none where the text is neither.
#[allow(clippy::option_option, reason = "the outer one is the error")]
fn optional<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Option<Option<T>> {
    if text.is_empty() {
        Some(None)
    } else {
        read(text).map(Some)
    }
}

/// The workload with one job more, like the last one.
#[must_use]
pub fn add_job(workload: &Workload) -> Workload {
    let mut edited = workload.clone();
    let unit = workload.settings.unit().span();
    let mut job = edited.jobs.last().cloned().unwrap_or_else(|| JobSpec {
        bursts: vec![BurstSpec::Cpu(Span(5 * unit.0))],
        ..JobSpec::default()
    });
    job.name = free_name(workload);
    edited.jobs.push(job);
    edited
}

/// The workload without a job. Its children become children of the first process.
#[must_use]
pub fn remove_job(workload: &Workload, job: usize) -> Workload {
    let mut edited = workload.clone();
    if job < edited.jobs.len() {
        let removed = edited.jobs.remove(job);
        for other in &mut edited.jobs {
            if other.parent.as_ref() == Some(&removed.name) {
                other.parent = None;
            }
        }
    }
    edited
}

/// A name that no job has: a letter, else a number.
fn free_name(workload: &Workload) -> String {
    let is_free = |name: &String| workload.jobs.iter().all(|job| job.name != *name);
    let letters = ('A'..='Z').map(String::from);
    let numbers = (1..=workload.jobs.len() + 1).map(|number| format!("J{number}"));
    letters.chain(numbers).find(is_free).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workload() -> Workload {
        Workload::from_list("5,c2 i3 c1@4", Unit::MILLISECOND).unwrap()
    }

    #[test]
    fn every_field_reads_what_it_shows() {
        let workload = workload();
        for (job, spec) in workload.jobs.iter().enumerate() {
            for field in JobField::ALL {
                let text = field.show(spec, Unit::MILLISECOND);
                let edited = edit_job(&workload, "w", job, field, &text).unwrap();
                assert_eq!(edited, workload, "{field:?}");
            }
        }
    }

    #[test]
    fn rubbish_is_refused_by_name() {
        for (field, text) in [
            (JobField::Arrival, "soon"),
            (JobField::Priority, "1.5"),
            (JobField::Tickets, "-1"),
            (JobField::Bursts, "x5"),
            (JobField::Bursts, ""),
            (JobField::Period, "0x1"),
        ] {
            let error = edit_job(&workload(), "w", 1, field, text).unwrap_err();
            assert!(error.field.ends_with(field.key()), "{error}");
            assert!(error.to_string().contains(&format!("{text:?}")), "{error}");
        }
    }

    #[test]
    fn rows_come_and_go() {
        let more = add_job(&add_job(&workload()));
        assert_eq!(more.jobs.len(), 4);
        assert!(more.code(&sim_core::settings::Settings::default()).is_ok());
        assert_eq!(remove_job(&remove_job(&more, 3), 2), workload());
        assert_eq!(remove_job(&more, 99), more);
        assert!(!add_job(&Workload::default()).jobs[0].bursts.is_empty());
    }

    #[test]
    fn children_follow_a_new_name() {
        let mut family = workload();
        let parent = family.jobs[0].name.clone();
        family.jobs[1].parent = Some(parent);
        let renamed = edit_job(&family, "w", 0, JobField::Name, "init").unwrap();
        assert_eq!(renamed.jobs[1].parent.as_deref(), Some("init"));
        assert_eq!(remove_job(&renamed, 0).jobs[0].parent, None);
    }
}
