//! A list of jobs in one line: `5`, `5@3` (arrives at 3), `c5 i3 c2@1`, with commas between them.

use super::bursts::{expected_length, words};
use super::{BurstSpec, JobSpec, Workload};
use crate::input::{InputError, line_and_column, quoted};
use crate::program::limits;
use crate::time::{Span, Unit};

/// What errors call the list.
const FILE: &str = "list of jobs";

impl Workload {
    /// Reads a list of jobs; they are called J0, J1, … in order.
    ///
    /// # Errors
    ///
    /// Names the column of the first mistake.
    pub fn from_list(list: &str, unit: Unit) -> Result<Self, InputError> {
        let fail = |at: usize, field: String, found: String, expected: String| InputError {
            file: FILE.to_owned(),
            line: None,
            column: Some(line_and_column(list, at).1),
            field,
            found,
            expected,
        };
        if list.len() > limits::TEXT {
            let (found, expected) = too_long(list.len());
            return Err(fail(0, String::new(), found, expected));
        }
        let mut workload = Self::default();
        if unit != Unit::MILLISECOND {
            // Every unit has a name that this setting takes.
            let _ = workload.settings.set("unit", unit.name());
        }
        let mut at = 0;
        for (index, text) in list.split(',').enumerate() {
            let name = format!("J{index}");
            let job = parse_job(text, unit);
            let (arrival, bursts) = job.map_err(|mistake| {
                fail(
                    at + mistake.at,
                    format!("job {name}"),
                    mistake.found,
                    mistake.expected,
                )
            })?;
            workload.jobs.push(JobSpec {
                name,
                arrival,
                bursts,
                ..JobSpec::default()
            });
            at += text.len() + 1;
        }
        workload.check().map_err(|fault| {
            let mut error = fault.in_workload(&workload);
            FILE.clone_into(&mut error.file);
            error
        })?;
        Ok(workload)
    }
}

/// What is said of a text that is too long.
pub(super) fn too_long(bytes: usize) -> (String, String) {
    (
        format!("a text of {bytes} bytes"),
        format!("at most {}", limits::TEXT),
    )
}

/// The arrival and bursts of one job.
fn parse_job(text: &str, unit: Unit) -> Result<(Span, Vec<BurstSpec>), super::BurstError> {
    let (work, arrival) = match text.split_once('@') {
        Some((work, arrival)) => {
            let at = work.len() + 1 + (arrival.len() - arrival.trim_start().len());
            let span = unit
                .parse(arrival.trim())
                .ok_or_else(|| super::BurstError {
                    at,
                    found: quoted(arrival.trim()),
                    expected: format!("{} after @ (when the job arrives)", expected_length(unit)),
                })?;
            (work, span)
        }
        None => (text, Span::ZERO),
    };
    // A number alone is one CPU burst.
    let alone = work.trim();
    if let Some(span) = unit.parse(alone) {
        return Ok((arrival, vec![BurstSpec::Cpu(span)]));
    }
    if let Some((at, word)) = words(work).next()
        && !word.starts_with(['c', 'i', 's', 'r'])
    {
        let expected = format!(
            "a job: {}, or bursts such as c5 i3 c2; @ and a number for its arrival",
            expected_length(unit)
        );
        return Err(super::BurstError {
            at,
            found: quoted(alone),
            expected,
        });
    }
    BurstSpec::parse_all(work, unit).map(|bursts| (arrival, bursts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_of_a_job() {
        let ms = |number: u64| Span(number * 1_000_000);
        let list = "5, 5@3 ,c5 i3\tc2@1,c0 @ 0.5";
        let workload = Workload::from_list(list, Unit::MILLISECOND).unwrap();
        let jobs: Vec<_> = workload
            .jobs
            .into_iter()
            .map(|job| (job.name, job.arrival, job.bursts))
            .collect();
        let cpu = |number| BurstSpec::Cpu(ms(number));
        assert_eq!(
            jobs,
            [
                ("J0".to_owned(), Span::ZERO, vec![cpu(5)]),
                ("J1".to_owned(), ms(3), vec![cpu(5)]),
                (
                    "J2".to_owned(),
                    ms(1),
                    vec![cpu(5), BurstSpec::Io(ms(3)), cpu(2)]
                ),
                ("J3".to_owned(), Span(500_000), vec![cpu(0)]),
            ]
        );
    }

    #[test]
    fn mistakes_have_a_column() {
        for (list, start) in [
            ("", "list of jobs, column 1: job J0: found no burst"),
            ("5,,3", "list of jobs, column 3: job J1: found no burst"),
            ("5, c5 x3", "list of jobs, column 7: job J1: found \"x3\""),
            ("5@x", "list of jobs, column 3: job J0: found \"x\""),
            ("5@1@2", "list of jobs, column 3: job J0: found \"1@2\""),
            ("-5", "list of jobs, column 1: job J0: found \"-5\""),
            ("5 6", "list of jobs, column 1: job J0: found \"5 6\""),
            ("c5,é", "list of jobs, column 4: job J1: found \"é\""),
        ] {
            let error = Workload::from_list(list, Unit::MILLISECOND)
                .unwrap_err()
                .to_string();
            assert!(error.starts_with(start), "{list:?}: {error}");
        }
    }
}
