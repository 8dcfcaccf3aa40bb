//! The grid: a table of time × task, one column a task, one row a unit.

use std::io::{self, Write};

use super::Report;
use crate::call::Reason;
use crate::ids::TaskId;
use crate::time::{Span, Time};
use crate::view::{Lanes, SegmentKind};

/// The most rows of a grid: more is no table for people.
const ROWS: u64 = 10_000;
/// The most cells, for grids that are wide.
const CELLS: u64 = 2_000_000;

impl Report<'_> {
    /// Writes the grid. Where something happens between two units, rows are as short as it takes.
    ///
    /// # Errors
    ///
    /// When the writer fails.
    pub fn write_grid(&self, out: &mut impl Write) -> io::Result<()> {
        let lanes = Lanes::new(self.trace);
        let unit = self.unit();
        let row = self.row(&lanes);
        let rows = lanes.end.0.div_ceil(row.0);
        let all: Vec<_> = self.jobs_that_came().map(|job| job.task).collect();
        let columns = all.len() as u64;
        let shown = rows.min(ROWS).min(CELLS / columns.max(1));
        if row != unit.span() {
            writeln!(out, "one row is {} {}", unit.show(row), unit.name())?;
        }
        let tasks = || all.iter().copied();
        // One shape for all cells of a column, before any is written.
        let cpus = self.last.cpus.len();
        let widest = if cpus > 1 { "running:63" } else { "running" }.len();
        let widths: Vec<_> = tasks()
            .map(|task| self.name(task).chars().count().max(widest))
            .collect();
        let first = unit
            .show_time(lanes.end)
            .to_string()
            .len()
            .max("time".len());

        let mut line = format!("{:>first$}", "time");
        for (task, width) in tasks().zip(&widths) {
            push_cell(&mut line, self.name(task), *width);
        }
        writeln!(out, "{}", line.trim_end())?;
        for index in 0..shown {
            let at = Time(index * row.0);
            line = format!("{:>first$}", unit.show_time(at).to_string());
            for (task, width) in tasks().zip(&widths) {
                push_cell(&mut line, &self.cell(&lanes, task, at), *width);
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        if rows > shown {
            writeln!(
                out,
                "the grid stops here: {shown} of {rows} rows; --until T ends the run earlier, \
                 --format json has everything"
            )?;
        }
        Ok(())
    }

    /// The longest row, at most a unit, such that nothing changes within one.
    fn row(&self, lanes: &Lanes) -> Span {
        let borders = lanes
            .tasks
            .iter()
            .flatten()
            .flat_map(|segment| [segment.from, segment.to]);
        let step = borders
            .chain([lanes.end])
            .fold(self.unit().span().0, |step, at| {
                let (mut a, mut b) = (step, at.0 % step);
                while b != 0 {
                    (a, b) = (b, a % b);
                }
                a
            });
        Span(step)
    }

    fn cell(&self, lanes: &Lanes, task: TaskId, at: Time) -> String {
        let on_cpu = |word: &str, cpu: crate::ids::CpuId| match self.last.cpus.len() {
            1 => word.to_owned(),
            _ => format!("{word}:{}", cpu.0),
        };
        let Some(segment) = lanes.task_at(task, at) else {
            let first = lanes.tasks[task.index()].first();
            let arrival = self.trace.code().job(task).arrival;
            let is_ahead = at < first.map_or(arrival, |first| first.from);
            return if is_ahead { "-" } else { "done" }.to_owned();
        };
        match segment.kind {
            SegmentKind::New => "new".to_owned(),
            SegmentKind::Ready => "ready".to_owned(),
            SegmentKind::ReadyOrRunning => "active".to_owned(),
            SegmentKind::Running(cpu) => on_cpu("running", cpu),
            SegmentKind::Loading(cpu) => on_cpu("loading", cpu),
            SegmentKind::Copying(cpu) => on_cpu("copying", cpu),
            SegmentKind::Scanning(cpu) => on_cpu("scanning", cpu),
            SegmentKind::WaitingForData(_) => "no data".to_owned(),
            SegmentKind::Outside(_) => "outside".to_owned(),
            SegmentKind::Blocked(Reason::Period) => "asleep".to_owned(),
            SegmentKind::Blocked(_) => "blocked".to_owned(),
            SegmentKind::Zombie => "zombie".to_owned(),
        }
    }
}

fn push_cell(line: &mut String, text: &str, width: usize) {
    line.push_str("  ");
    line.push_str(text);
    let length = text.chars().count();
    line.extend(core::iter::repeat_n(' ', width.saturating_sub(length)));
}
