//! The rows of the timeline as plain data: what each task, CPU and disk did, along an axis.
//!
//! Not a drawing: nothing here knows of pixels or colours.

use std::sync::Arc;

use sim_core::event::{Event, EventKind};
use sim_core::ids::{CpuId, TaskId};
use sim_core::program::Place;
use sim_core::sort::sort_by_key;
use sim_core::trace::Trace;
use sim_core::view::lanes::DiskSegmentKind;
use sim_core::view::{CpuSegmentKind, Lanes, Merged, SegmentKind};

use crate::family;

use super::steps;
use crate::layout::stem;

/// What the axis counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Axis {
    /// Simulated time, in nanoseconds.
    #[default]
    Time,
    /// Events of all runs: a column each, however much time lies between.
    Step,
}

/// All rows.
#[derive(Clone, PartialEq, Debug)]
pub struct Chart {
    /// The rows, from the top.
    pub rows: Vec<Row>,
    /// Who made whom.
    pub births: Vec<Link>,
    /// What the axis counts.
    pub axis: Axis,
    /// How long the axis is.
    pub length: u64,
}

/// A row.
#[derive(Clone, PartialEq, Debug)]
pub struct Row {
    /// Of which run.
    pub run: usize,
    /// Of what.
    pub subject: Subject,
    /// What is in it.
    pub bars: Vec<Bar>,
    /// Where a deadline was missed.
    pub misses: Vec<u64>,
}

/// What a row is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Subject {
    /// A run: only its name stands there.
    Run,
    /// A CPU.
    Cpu(CpuId),
    /// A task.
    Task(TaskId),
    /// The disk.
    Disk,
    /// The border to the world outside: only its name stands there.
    Border,
    /// So many peers that are alike, from this one on.
    Peers(TaskId, u32),
}

/// A line from the row of a task to that of one that it made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Link {
    /// The row of who made it.
    pub from: usize,
    /// The row of who was made.
    pub to: usize,
    /// Where on the axis.
    pub at: u64,
}

/// A part of a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bar {
    /// Its start on the axis.
    pub from: u64,
    /// Its end.
    pub to: u64,
    /// What it is.
    pub kind: BarKind,
}

/// What a bar is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BarKind {
    /// What a task does.
    Task(SegmentKind),
    /// What a CPU does.
    Cpu(CpuSegmentKind),
    /// What the disk does.
    Disk(DiskSegmentKind),
    /// So many of so many peers wait for the network.
    Crowd(u32, u32),
}

impl Chart {
    /// The rows of some runs.
    #[must_use]
    pub fn new(merged: &Merged, axis: Axis) -> Self {
        let runs = merged.traces();
        let mut rows = Vec::new();
        let columns = match axis {
            Axis::Time => Vec::new(),
            Axis::Step => steps::columns(merged),
        };
        for (run, trace) in runs.iter().enumerate() {
            if runs.len() > 1 {
                rows.push(Row {
                    run,
                    subject: Subject::Run,
                    bars: Vec::new(),
                    misses: Vec::new(),
                });
            }
            match axis {
                Axis::Time => by_time(&mut rows, run, trace),
                Axis::Step => rows.extend(steps::rows(run, trace, &columns[run], merged.len())),
            }
            outside(&mut rows, run, trace, runs.len());
        }
        hide_unmade(&mut rows, merged);
        mark_misses(&mut rows, merged, &columns);
        let births = births(&rows, merged, &columns);
        let length = match axis {
            Axis::Time => merged.end().0,
            Axis::Step => merged.len() as u64 + 1,
        };
        Self {
            rows,
            births,
            axis,
            length: length.max(1),
        }
    }

    /// The bar of a row at a place of the axis.
    #[must_use]
    pub fn bar_at(&self, row: usize, at: f64) -> Option<&Bar> {
        let bars = &self.rows.get(row)?.bars;
        let first = bars.partition_point(|bar| number(bar.to) <= at);
        bars.get(first).filter(|bar| number(bar.from) <= at)
    }
}

impl Row {
    /// The bars that lie between two places of the axis.
    #[must_use]
    pub fn visible(&self, from: f64, to: f64) -> &[Bar] {
        let first = self.bars.partition_point(|bar| number(bar.to) <= from);
        let after = self.bars.partition_point(|bar| number(bar.from) < to);
        self.bars.get(first..after).unwrap_or_default()
    }
}

fn by_time(rows: &mut Vec<Row>, run: usize, trace: &Arc<Trace>) {
    let lanes = Lanes::new(trace);
    for (place, lane) in lanes.cpus.iter().enumerate() {
        let busy = lane
            .iter()
            .filter(|segment| segment.kind != CpuSegmentKind::Idle);
        let bars = busy.map(|each| Bar {
            from: each.from.0,
            to: each.to.0,
            kind: BarKind::Cpu(each.kind),
        });
        let subject = Subject::Cpu(CpuId::from_index(place));
        rows.push(Row {
            run,
            subject,
            bars: bars.collect(),
            misses: Vec::new(),
        });
    }
    for (place, lane) in lanes.tasks.iter().enumerate() {
        let bars = lane.iter().map(|each| Bar {
            from: each.from.0,
            to: each.to.0,
            kind: BarKind::Task(each.kind),
        });
        let subject = Subject::Task(TaskId::from_index(place));
        rows.push(Row {
            run,
            subject,
            bars: bars.collect(),
            misses: Vec::new(),
        });
    }
    if !lanes.disk.is_empty() {
        let bars = lanes.disk.iter().map(|each| Bar {
            from: each.from.0,
            to: each.to.0,
            kind: BarKind::Disk(each.kind),
        });
        let bars = bars.collect();
        rows.push(Row {
            run,
            subject: Subject::Disk,
            bars,
            misses: Vec::new(),
        });
    }
}

/// More peers that are alike share a row.
const PEERS: usize = 6;
/// Where more runs than these are shown, peers that are alike share one always.
const RUNS: usize = 2;

/// Puts the rows of peers below a border, those of many that are alike as one.
fn outside(rows: &mut Vec<Row>, run: usize, trace: &Arc<Trace>, runs: usize) {
    let code = trace.code();
    let is_peer = |row: &Row| match row.subject {
        Subject::Task(task) => row.run == run && code.job(task).place == Place::Outside,
        _ => false,
    };
    let (peers, others): (Vec<Row>, Vec<Row>) = rows.drain(..).partition(is_peer);
    *rows = others;
    if peers.is_empty() {
        return;
    }
    let row = |subject, bars| Row {
        run,
        subject,
        bars,
        misses: Vec::new(),
    };
    if runs <= RUNS {
        rows.push(row(Subject::Border, Vec::new()));
    }
    let name = |row: &Row| match row.subject {
        Subject::Task(task) => stem(&code.job(task).name),
        _ => "",
    };
    for group in peers.chunk_by(|one, next| name(one) == name(next)) {
        let is_one = group.len() > PEERS || runs > RUNS && group.len() > 1;
        match group.first().map(|row| row.subject) {
            Some(Subject::Task(first)) if is_one => {
                let number = u32::try_from(group.len()).unwrap_or(u32::MAX);
                rows.push(row(Subject::Peers(first, number), crowd(group, number)));
            }
            _ => rows.extend_from_slice(group),
        }
    }
}

/// How many of these rows' peers wait for the network, as one row.
fn crowd(group: &[Row], of: u32) -> Vec<Bar> {
    let waits = |bar: &&Bar| match bar.kind {
        BarKind::Task(SegmentKind::Outside(Some(reason))) => reason.is_network(),
        _ => false,
    };
    let bars = group.iter().flat_map(|row| row.bars.iter().filter(waits));
    let mut changes: Vec<(u64, bool)> = Vec::new();
    for bar in bars {
        changes.extend([(bar.from, true), (bar.to, false)]);
    }
    sort_by_key(&mut changes, |change| *change);
    let mut bars: Vec<Bar> = Vec::new();
    let (mut waiting, mut since) = (0_u32, 0);
    for (at, begins) in changes {
        if waiting > 0 && since < at {
            let kind = BarKind::Crowd(waiting, of);
            match bars.last_mut() {
                Some(last) if last.kind == kind && last.to == since => last.to = at,
                _ => bars.push(Bar {
                    from: since,
                    to: at,
                    kind,
                }),
            }
        }
        since = at;
        waiting = if begins {
            waiting + 1
        } else {
            waiting.saturating_sub(1)
        };
    }
    bars
}

/// Takes away the rows of tasks that are never made.
fn hide_unmade(rows: &mut Vec<Row>, merged: &Merged) {
    for (run, trace) in merged.traces().iter().enumerate() {
        if trace.code().slots.count() == 0 {
            continue;
        }
        let made = family::tasks_of(trace);
        rows.retain(|row| match row.subject {
            Subject::Task(task) if row.run == run => made.binary_search(&task).is_ok(),
            _ => true,
        });
    }
}

/// Where tasks are made: from the row of who makes to that of who is made.
fn births(rows: &[Row], merged: &Merged, columns: &[Vec<u64>]) -> Vec<Link> {
    let mut links = Vec::new();
    for (run, trace) in merged.traces().iter().enumerate() {
        let row_of = |task| {
            let is_its = |row: &Row| row.run == run && row.subject == Subject::Task(task);
            rows.iter().position(is_its)
        };
        for birth in family::births(trace) {
            let event = birth.position - 1;
            let at = match columns.get(run) {
                Some(columns) => columns[event],
                None => trace.events()[event].at.0,
            };
            if let (Some(from), Some(to)) = (row_of(birth.by), row_of(birth.task)) {
                links.push(Link { from, to, at });
            }
        }
    }
    links
}

/// Marks the events that say that a deadline was missed.
fn mark_misses(rows: &mut [Row], merged: &Merged, columns: &[Vec<u64>]) {
    for row in rows {
        let Subject::Task(own) = row.subject else {
            continue;
        };
        let trace = &merged.traces()[row.run];
        if trace.code().job(own).deadline.is_none() {
            continue;
        }
        let events = trace.events().iter().enumerate();
        let missed = events.filter(
            |(_, event)| matches!(event.kind, EventKind::DeadlineMissed { task } if task == own),
        );
        let place = |(index, event): (usize, &Event)| match columns.get(row.run) {
            Some(columns) => columns[index],
            None => event.at.0,
        };
        row.misses = missed.map(place).collect();
    }
}

/// A length of the axis as a number to draw by.
#[must_use]
#[allow(
    clippy::cast_precision_loss,
    reason = "for the eye, not for the machine"
)]
pub const fn number(length: u64) -> f64 {
    length as f64
}
