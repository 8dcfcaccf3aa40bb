//! Rows with one column for each event: what lasts no time is seen too.
//!
//! Not by time: that is `sim_core::view::lanes`, which knows only what lasts.

use std::sync::Arc;

use sim_core::ids::{CpuId, TaskId};
use sim_core::machine::{Machine, Mode};
use sim_core::trace::Trace;
use sim_core::view::lanes::DiskSegmentKind;
use sim_core::view::{CpuSegmentKind, Merged, SegmentKind};

use super::chart::{Bar, BarKind, Row, Subject};

/// For each run, the columns of its events: their places in the order of all events.
pub(super) fn columns(merged: &Merged) -> Vec<Vec<u64>> {
    let traces = merged.traces();
    let mut columns: Vec<Vec<u64>> = traces
        .iter()
        .map(|trace| Vec::with_capacity(trace.len()))
        .collect();
    for column in 1..=merged.len() as u64 {
        let next = traces.iter().enumerate().filter_map(|(run, trace)| {
            trace
                .events()
                .get(columns[run].len())
                .map(|event| (event.at, run))
        });
        // The order of `Merged`: by time, then by run.
        if let Some((_, run)) = next.min() {
            columns[run].push(column);
        }
    }
    columns
}

/// The rows of a run.
pub(super) fn rows(run: usize, trace: &Arc<Trace>, columns: &[u64], last: usize) -> Vec<Row> {
    let mut machine = trace.start().clone();
    let mut tasks = vec![Lane::default(); machine.tasks.len()];
    let mut cpus = vec![Lane::default(); machine.cpus.len()];
    let mut modes: Vec<_> = machine.cpus.iter().map(|cpu| cpu.mode).collect();
    let mut disk = Lane::default();
    for (event, column) in trace.events().iter().zip(columns) {
        // It was applied when it was recorded, to the same machine.
        let _ = machine.apply(trace.code(), event);
        if let Some(task) = event.kind.task() {
            tasks[task.index()].set(task_kind(&machine, task), *column);
        }
        if let Some(made) = trace.code().slots.made(event.kind) {
            tasks[made.index()].set(task_kind(&machine, made), *column);
        }
        for (place, cpu) in machine.cpus.iter().enumerate() {
            if modes[place] == cpu.mode {
                continue;
            }
            let before = core::mem::replace(&mut modes[place], cpu.mode);
            cpus[place].set(cpu_kind(cpu.mode), *column);
            for task in [
                CpuSegmentKind::task_of(before),
                CpuSegmentKind::task_of(cpu.mode),
            ]
            .into_iter()
            .flatten()
            {
                tasks[task.index()].set(task_kind(&machine, task), *column);
            }
        }
        let requests = machine.disk.in_flight;
        let kind = DiskSegmentKind {
            requests,
            serving: machine.disk.serving,
        };
        disk.set((requests > 0).then_some(BarKind::Disk(kind)), *column);
    }
    let end = last as u64 + 1;
    let row = |subject: Subject, lane: Lane| Row {
        run,
        subject,
        bars: lane.finish(end),
        misses: Vec::new(),
    };
    let cpus = cpus
        .into_iter()
        .enumerate()
        .map(|(place, lane)| row(Subject::Cpu(CpuId::from_index(place)), lane));
    let tasks = tasks
        .into_iter()
        .enumerate()
        .map(|(place, lane)| row(Subject::Task(TaskId::from_index(place)), lane));
    let mut rows: Vec<_> = cpus.chain(tasks).collect();
    let disk = row(Subject::Disk, disk);
    if !disk.bars.is_empty() {
        rows.push(disk);
    }
    rows
}

/// A row that is being made: what is over, and what goes on.
#[derive(Clone, Default)]
struct Lane {
    over: Vec<Bar>,
    open: Option<(BarKind, u64)>,
}

impl Lane {
    fn set(&mut self, kind: Option<BarKind>, column: u64) {
        if self.open.map(|(kind, _)| kind) != kind {
            self.close(column);
            self.open = kind.map(|kind| (kind, column));
        }
    }

    fn close(&mut self, column: u64) {
        if let Some((kind, from)) = self.open.take()
            && from < column
        {
            self.over.push(Bar {
                from,
                to: column,
                kind,
            });
        }
    }

    fn finish(mut self, end: u64) -> Vec<Bar> {
        self.close(end);
        self.over
    }
}

fn task_kind(machine: &Machine, task: TaskId) -> Option<BarKind> {
    SegmentKind::of(machine, task).map(BarKind::Task)
}

fn cpu_kind(mode: Mode) -> Option<BarKind> {
    (mode != Mode::Idle).then(|| BarKind::Cpu(CpuSegmentKind::of(mode)))
}

#[cfg(test)]
mod tests {
    use sim_core::settings::Settings;
    use sim_core::time::Unit;
    use sim_core::workload::Workload;

    use super::super::chart::{Axis, Chart, number};
    use super::*;

    fn trace(list: &str) -> Arc<Trace> {
        let workload = Workload::from_list(list, Unit::MILLISECOND).unwrap();
        let code = workload.code(&Settings::default()).unwrap();
        Arc::new(sim_core::run::run(Arc::new(code), Default::default()))
    }

    #[test]
    fn every_event_has_a_column_in_the_common_order() {
        let merged = Merged::new(&[trace("5,c2 i3 c1@4"), trace("3,4")]);
        let columns = columns(&merged);
        let mut all: Vec<_> = columns.concat();
        all.sort_unstable();
        assert_eq!(all, (1..=merged.len() as u64).collect::<Vec<_>>());
        for (run, columns) in columns.iter().enumerate() {
            for (event, column) in columns.iter().enumerate() {
                assert_eq!(merged.position(run, event + 1) as u64, *column);
            }
        }
    }

    #[test]
    fn at_every_step_a_row_shows_the_state_of_its_task() {
        let trace = trace("5,c2 i3 c1@4,c1 i1 c1@1");
        let merged = Merged::new(&[Arc::clone(&trace)]);
        let chart = Chart::new(&merged, Axis::Step);
        let mut cursor = sim_core::trace::Cursor::new(trace);
        for position in 1..=merged.len() {
            cursor.seek(position);
            for (place, row) in chart.rows.iter().enumerate() {
                let Subject::Task(task) = row.subject else {
                    continue;
                };
                let bar = chart.bar_at(place, number(position as u64) + 0.5);
                assert_eq!(bar.map(|bar| bar.kind), task_kind(cursor.machine(), task));
            }
        }
    }

    #[test]
    fn by_time_the_last_bar_ends_with_the_run() {
        let merged = Merged::new(&[trace("5,c2 i3 c1@4")]);
        let chart = Chart::new(&merged, Axis::Time);
        let ends = chart
            .rows
            .iter()
            .filter_map(|row| row.bars.last())
            .map(|bar| bar.to);
        assert_eq!(ends.max(), Some(chart.length));
    }

    #[test]
    fn peers_stand_below_a_border_and_many_share_a_row() {
        let text = |clients: u32| {
            format!(
                "task server\n  let s = listen 80\n  repeat {clients}\n    let c = accept s\n    let n = \
                 receive c\n    send c, n\n    close c\npeer client × {clients} at 2\n  connect 80\n  \
                 sleep 5\n  send 900\n  let n = receive\n  close\n"
            )
        };
        for (clients, rows) in [(2, 2), (40, 1)] {
            let workload = Workload::from_script("a.script", &text(clients)).unwrap();
            let mut settings = Settings::default();
            settings.set("copy_cost", "1").unwrap();
            let code = workload.code(&settings).unwrap();
            let trace = Arc::new(sim_core::run::run(Arc::new(code), Default::default()));
            for axis in [Axis::Time, Axis::Step] {
                let chart = Chart::new(&Merged::new(&[Arc::clone(&trace)]), axis);
                let border = chart
                    .rows
                    .iter()
                    .position(|row| row.subject == Subject::Border);
                let outside = &chart.rows[border.unwrap() + 1..];
                assert_eq!(outside.len(), rows, "{axis:?}");
                let crowds = |row: &Row| matches!(row.subject, Subject::Peers(_, 40));
                assert_eq!(outside.iter().any(crowds), clients == 40);
                assert!(outside.iter().all(|row| !row.bars.is_empty()));
                let server = &chart.rows[1].bars;
                let has = |is: fn(SegmentKind) -> bool| {
                    server
                        .iter()
                        .any(|bar| matches!(bar.kind, BarKind::Task(kind) if is(kind)))
                };
                assert!(has(|kind| matches!(kind, SegmentKind::WaitingForData(_))));
                assert!(has(|kind| matches!(kind, SegmentKind::Copying(_))));
            }
        }
    }
}
