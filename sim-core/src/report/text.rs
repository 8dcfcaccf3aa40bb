//! The report as a text to be read: who ran, each job's times, means, outcome and findings.

use std::io::{self, Write};

use super::{Report, counted, length, limit_name, mean, moment, reason_name, slots};
use crate::call::Reason;
use crate::ids::CpuId;
use crate::machine::NetworkUse;
use crate::run::{Limit, Outcome};
use crate::time::{Span, Time};
use crate::trace::Reality;
use crate::view::FindingKind;

/// The most slots and findings that are listed: a text is for people.
const LISTED: usize = 200;
/// The widest line of slots.
const WIDTH: usize = 100;

const COLUMNS: [&str; 9] = [
    "job",
    "arrival",
    "start",
    "completion",
    "response",
    "turnaround",
    "waiting",
    "cpu",
    "blocked",
];

impl Report<'_> {
    /// Writes the text.
    ///
    /// # Errors
    ///
    /// When the writer fails.
    pub fn write_text(&self, out: &mut impl Write) -> io::Result<()> {
        self.write_outcome(out)?;
        self.write_output(out)?;
        self.write_slots(out)?;
        self.write_jobs(out)?;
        self.write_use(out)?;
        self.write_network(out)?;
        self.write_findings(out)
    }

    /// Who waited for data, copied, polled, and got answers; nothing where nobody used the network.
    fn write_network(&self, out: &mut impl Write) -> io::Result<()> {
        let unit = self.unit();
        let users = || {
            let jobs = self.metrics.jobs.iter();
            jobs.filter(|job| job.network != NetworkUse::default())
        };
        if users().next().is_some() {
            writeln!(out, "network ({})", unit.name())?;
        }
        for job in users().take(LISTED) {
            let used = &job.network;
            write!(
                out,
                "  {}: waiting for data {}, copying {}, polling {}",
                self.name(job.task),
                unit.show(used.waiting_for_data),
                unit.show(used.copying),
                unit.show(used.polling),
            )?;
            if let Some(latency) = job.latency() {
                let answers = counted(used.answers, "answer");
                write!(out, ", {answers} after {} in the mean", unit.show(latency))?;
            }
            writeln!(out)?;
        }
        match users().count().saturating_sub(LISTED) {
            0 => Ok(()),
            rest => writeln!(out, "  and {rest} more"),
        }
    }

    fn write_outcome(&self, out: &mut impl Write) -> io::Result<()> {
        let config = &self.trace.code().config;
        let unit = self.unit();
        let why = match self.trace.outcome() {
            Outcome::Finished => "",
            Outcome::Deadlock => ": tasks wait for each other in a circle",
            Outcome::Stalled => ": nobody can go on",
            Outcome::Limit(Limit::Until) => ": stopped at the moment that was asked for",
            Outcome::Limit(Limit::Events) => ": it has as many events as it may have",
            Outcome::Limit(Limit::NoProgress) => ": too much happens while the clock stands still",
        };
        let name = match self.trace.outcome() {
            Outcome::Limit(limit) => format!("limit ({})", limit_name(limit)),
            outcome => outcome.name().to_owned(),
        };
        let on = match self.trace.reality() {
            Some(Reality { system, .. }) => format!(
                "real: {} {}, {}",
                system.os_name(),
                system.architecture,
                counted(system.cpus, "CPU")
            ),
            None if self.last.is_task_level() => "CPUs not seen".to_owned(),
            None => {
                let policy = config.policy.kind.name();
                format!("{policy} on {}", counted(config.cpus, "CPU"))
            }
        };
        writeln!(
            out,
            "{name} at {} {}{why}; {on}, {}",
            unit.show_time(self.trace.end()),
            unit.name(),
            counted(self.trace.len(), "event"),
        )?;
        for (task, reason) in self.stuck() {
            let word = reason_name(self.trace.code(), reason);
            write!(out, "  {} waits: {word}", self.name(task))?;
            if let Some(thing) = self.thing_of(reason) {
                write!(out, " {thing}")?;
            }
            if let Some(at) = self.socket_of(reason) {
                write!(out, " at socket {} (port {})", at.socket, at.port)?;
                if let Some(other) = at.other {
                    write!(out, ", from {other}")?;
                }
            }
            let holders = self.holders(task);
            if !holders.is_empty() {
                write!(out, ", held by {}", holders.join(", "))?;
            }
            let open_in = self.open_in(reason);
            if !open_in.is_empty() {
                let end = match reason {
                    Reason::PipeFull(_) => "read",
                    _ => "write",
                };
                let open_in = open_in.join(", ");
                write!(out, "; its {end} end is still open in: {open_in}")?;
            }
            writeln!(out)?;
        }
        Ok(())
    }

    fn write_output(&self, out: &mut impl Write) -> io::Result<()> {
        let outputs = self.trace.outputs();
        if !outputs.is_empty() {
            writeln!(out, "\noutput")?;
        }
        for output in outputs {
            writeln!(out, "  {}", output.text)?;
        }
        Ok(())
    }

    fn write_slots(&self, out: &mut impl Write) -> io::Result<()> {
        if self.last.is_task_level() {
            return writeln!(out, "\nwho ran: not seen");
        }
        let unit = self.unit();
        let slots = slots(self.trace);
        writeln!(out, "\nwho ran ({})", unit.name())?;
        for cpu in (0..self.last.cpus.len()).map(CpuId::from_index) {
            let mut line = format!("  CPU {}:", cpu.0);
            let mine = || slots.iter().filter(|slot| slot.cpu == cpu);
            for slot in mine().take(LISTED) {
                let level = slot
                    .level
                    .map_or_else(String::new, |level| format!(" (level {level})"));
                let (from, to) = (unit.show_time(slot.from), unit.show_time(slot.to));
                let word = format!(" {} {from}-{to}{level},", self.name(slot.task));
                if line.chars().count() + word.chars().count() > WIDTH {
                    writeln!(out, "{line}")?;
                    line = " ".repeat("  CPU 0:".len());
                }
                line.push_str(&word);
            }
            let rest = mine().count().saturating_sub(LISTED);
            if rest > 0 {
                writeln!(out, "{line} and {rest} more")?;
            } else {
                writeln!(out, "{}", line.trim_end_matches(','))?;
            }
        }
        Ok(())
    }

    fn write_jobs(&self, out: &mut impl Write) -> io::Result<()> {
        let mut widths = COLUMNS.map(str::len);
        let means = [
            "mean".to_owned(),
            String::new(),
            String::new(),
            String::new(),
            mean(self.metrics.mean_response),
            mean(self.metrics.mean_turnaround),
            mean(self.metrics.mean_waiting),
            String::new(),
            String::new(),
        ];
        for row in self.rows().chain([means.clone()]) {
            for (width, cell) in widths.iter_mut().zip(&row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        writeln!(out)?;
        write_row(out, &widths, &COLUMNS.map(str::to_owned))?;
        for row in self.rows() {
            write_row(out, &widths, &row)?;
        }
        write_row(out, &widths, &means)
    }

    fn rows(&self) -> impl Iterator<Item = [String; COLUMNS.len()]> {
        let unit = self.unit();
        self.jobs_that_came().map(move |job| {
            [
                self.name(job.task).to_owned(),
                moment(unit, Some(job.arrival)),
                moment(unit, job.start),
                moment(unit, job.completion),
                length(unit, job.response),
                length(unit, job.turnaround),
                length(unit, job.waiting),
                length(unit, job.cpu),
                length(unit, Some(job.blocked)),
            ]
        })
    }

    fn write_use(&self, out: &mut impl Write) -> io::Result<()> {
        let unit = self.unit();
        let whole = self.trace.end().since(Time::ZERO);
        writeln!(out)?;
        for (index, cpu) in self.metrics.cpus.iter().enumerate() {
            writeln!(
                out,
                "CPU {index}: busy {}{}, switching {}, idle {}",
                unit.show(cpu.busy),
                percent(cpu.busy, whole),
                unit.show(cpu.switching),
                unit.show(cpu.idle),
            )?;
        }
        let disk = self.metrics.disk_busy;
        writeln!(
            out,
            "disk: busy {}{}",
            unit.show(disk),
            percent(disk, whole)
        )?;
        writeln!(
            out,
            "throughput {} jobs per {}, fairness {}",
            mean(self.metrics.throughput),
            unit.name(),
            mean(self.metrics.fairness)
        )
    }

    fn write_findings(&self, out: &mut impl Write) -> io::Result<()> {
        let unit = self.unit();
        if self.findings.is_empty() {
            return writeln!(out, "findings: none");
        }
        writeln!(out, "findings:")?;
        for finding in self.findings.iter().take(LISTED) {
            let name = self.name(finding.task);
            let at = unit.show_time(finding.at);
            match finding.kind {
                FindingKind::DeadlineMissed => {
                    writeln!(out, "  at {at} {}: {name} missed its deadline", unit.name())?;
                }
                FindingKind::Deadlock { tasks: 1 } => {
                    let unit = unit.name();
                    writeln!(out, "  at {at} {unit}: {name} waits for itself: deadlock")?;
                }
                FindingKind::Deadlock { tasks } => writeln!(
                    out,
                    "  at {at} {}: {name} closes a circle of {} waiting for each other: deadlock",
                    unit.name(),
                    counted(tasks, "task"),
                )?,
                FindingKind::Failed { fault } => {
                    let fault = fault.name().replace('-', " ");
                    writeln!(out, "  at {at} {}: {name} fails: {fault}", unit.name())?;
                }
                FindingKind::Starvation { waited } => {
                    let waited = unit.show(waited);
                    let ms = unit.name();
                    writeln!(
                        out,
                        "  at {at} {ms}: {name} starves, it waits {waited} for a CPU"
                    )?;
                }
            }
        }
        match self.findings.len().saturating_sub(LISTED) {
            0 => Ok(()),
            rest => writeln!(out, "  and {rest} more"),
        }
    }
}

/// The first column to the left, the numbers to the right.
fn write_row(
    out: &mut impl Write,
    widths: &[usize; COLUMNS.len()],
    row: &[String; COLUMNS.len()],
) -> io::Result<()> {
    let mut line = format!("{:<width$}", row[0], width = widths[0]);
    for (width, cell) in widths.iter().zip(row).skip(1) {
        line.push_str(&format!("  {cell:>width$}"));
    }
    writeln!(out, "{}", line.trim_end())
}

/// A part of a whole, in brackets; nothing where there is no whole.
fn percent(part: Span, whole: Span) -> String {
    if whole.is_zero() {
        return String::new();
    }
    let tenths = u128::from(part.0) * 1_000 / u128::from(whole.0);
    format!(" ({}.{} %)", tenths / 10, tenths % 10)
}
