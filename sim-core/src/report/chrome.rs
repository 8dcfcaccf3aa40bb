//! A run in the trace event format of Chrome, which Perfetto, `chrome://tracing` and Speedscope open
//! (Google, *Trace Event Format*: the JSON object form, with the phases X, i and M).
//!
//! Not a second set of lanes: the segments are those of the timeline. There is a row for each CPU, each
//! task and the disk; what happened in an instant stands on the row of its task.

use std::borrow::Cow;

use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::{Report, reason_name};
use crate::ids::TaskId;
use crate::view::lanes::{CpuSegmentKind, Lanes, SegmentKind, Stretch};

/// A run as a Chrome trace.
#[derive(Clone, Copy, Debug)]
pub struct ChromeTrace<'a>(&'a Report<'a>);

/// Groups of rows; viewers call them processes.
#[derive(Clone, Copy, serde::Serialize)]
#[serde(into = "u8")]
enum Group {
    Cpus,
    Tasks,
    Devices,
}

impl Group {
    const ALL: [(Self, &'static str); 3] = [
        (Self::Cpus, "CPUs"),
        (Self::Tasks, "tasks"),
        (Self::Devices, "devices"),
    ];
}

impl From<Group> for u8 {
    fn from(group: Group) -> Self {
        match group {
            Group::Cpus => 1,
            Group::Tasks => 2,
            Group::Devices => 3,
        }
    }
}

/// One entry of the file.
#[derive(serde::Serialize)]
struct Entry<'a> {
    name: Cow<'a, str>,
    /// What kind of entry: X lasts, i is an instant, M names a row.
    ph: &'static str,
    pid: Group,
    tid: usize,
    ts: Micros,
    #[serde(skip_serializing_if = "Option::is_none")]
    dur: Option<Micros>,
    /// An instant is drawn on its row only.
    #[serde(skip_serializing_if = "Option::is_none")]
    s: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    args: Option<Arguments<'a>>,
}

#[derive(serde::Serialize)]
struct Arguments<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sort_index: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<&'a str>,
}

/// Nanoseconds, written in microseconds: a whole number where it is one.
struct Micros(u64);

impl Serialize for Micros {
    #[allow(clippy::cast_precision_loss, reason = "2^53 ns are a hundred days")]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_multiple_of(1_000) {
            serializer.serialize_u64(self.0 / 1_000)
        } else {
            serializer.serialize_f64(self.0 as f64 / 1_000.0)
        }
    }
}

impl<'a> Report<'a> {
    /// The run as a Chrome trace, to be serialised as JSON.
    #[must_use]
    pub const fn chrome(&'a self) -> ChromeTrace<'a> {
        ChromeTrace(self)
    }
}

impl Serialize for ChromeTrace<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut file = serializer.serialize_struct("ChromeTrace", 2)?;
        file.serialize_field("displayTimeUnit", "ms")?;
        file.serialize_field("traceEvents", &Entries(self.0))?;
        file.end()
    }
}

struct Entries<'a>(&'a Report<'a>);

impl Serialize for Entries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let report = self.0;
        let lanes = Lanes::new(report.trace);
        let cpus = lanes.cpus.iter().enumerate().flat_map(|(cpu, lane)| {
            let busy = lane
                .iter()
                .filter(|segment| segment.kind != CpuSegmentKind::Idle);
            busy.map(move |segment| {
                stretch(report.cpu_does(segment.kind), Group::Cpus, cpu, segment)
            })
        });
        let tasks = lanes.tasks.iter().enumerate().flat_map(|(task, lane)| {
            let does = move |kind| report.task_does(kind);
            lane.iter()
                .map(move |segment| stretch(does(segment.kind), Group::Tasks, task, segment))
        });
        let disk = lanes.disk.iter().map(|segment| {
            let name = match segment.kind.requests {
                1 => Cow::Borrowed("1 request"),
                requests => format!("{requests} requests").into(),
            };
            stretch(name, Group::Devices, 0, segment)
        });
        let entries = report
            .row_names(&lanes)
            .chain(cpus)
            .chain(tasks)
            .chain(disk);
        serializer.collect_seq(entries.chain(report.instants()))
    }
}

fn stretch<'a, K>(
    name: impl Into<Cow<'a, str>>,
    pid: Group,
    tid: usize,
    segment: &Stretch<K>,
) -> Entry<'a> {
    Entry {
        name: name.into(),
        ph: "X",
        pid,
        tid,
        ts: Micros(segment.from.0),
        dur: Some(Micros(segment.span().0)),
        s: None,
        args: None,
    }
}

fn named<'a>(
    what: &'static str,
    pid: Group,
    tid: usize,
    name: impl Into<Cow<'a, str>>,
) -> Entry<'a> {
    Entry {
        name: what.into(),
        ph: "M",
        pid,
        tid,
        ts: Micros(0),
        dur: None,
        s: None,
        args: Some(Arguments {
            name: Some(name.into()),
            sort_index: None,
            event: None,
            line: None,
        }),
    }
}

impl<'a> Report<'a> {
    /// The names of all rows, and their order.
    fn row_names(&'a self, lanes: &Lanes) -> impl Iterator<Item = Entry<'a>> {
        let groups = Group::ALL.into_iter();
        let groups = groups.map(|(group, name)| named("process_name", group, 0, name));
        let cpus = (0..lanes.cpus.len())
            .map(|cpu| named("thread_name", Group::Cpus, cpu, format!("CPU {cpu}")));
        let tasks = self.jobs_that_came().flat_map(|job| {
            let task = job.task.index();
            let name = named("thread_name", Group::Tasks, task, self.name(job.task));
            let order = Entry {
                name: "thread_sort_index".into(),
                args: Some(Arguments {
                    name: None,
                    sort_index: Some(task),
                    event: None,
                    line: None,
                }),
                ..named("", Group::Tasks, task, "")
            };
            [name, order]
        });
        let disk =
            (!lanes.disk.is_empty()).then(|| named("thread_name", Group::Devices, 0, "disk"));
        groups.chain(cpus).chain(tasks).chain(disk)
    }

    /// What happened in an instant: the events of tasks, with the line that one printed.
    fn instants(&'a self) -> impl Iterator<Item = Entry<'a>> {
        let mut outputs = self.trace.outputs().iter().peekable();
        let events = self.trace.events().iter().enumerate();
        events.filter_map(move |(place, event)| {
            let printed = outputs.next_if(|output| output.position == place + 1);
            let task: TaskId = event.kind.task()?;
            Some(Entry {
                name: event.kind.name().into(),
                ph: "i",
                pid: Group::Tasks,
                tid: task.index(),
                ts: Micros(event.at.0),
                dur: None,
                s: Some("t"),
                args: Some(Arguments {
                    name: None,
                    sort_index: None,
                    event: Some(place + 1),
                    line: printed.map(|output| &*output.text),
                }),
            })
        })
    }

    fn cpu_does(&self, kind: CpuSegmentKind) -> Cow<'_, str> {
        let of = |what: &str, task| format!("{what} {}", self.name(task)).into();
        match kind {
            CpuSegmentKind::Idle => "idle".into(),
            CpuSegmentKind::User(task) => self.name(task).into(),
            CpuSegmentKind::Switching(task) => of("switch to", task),
            CpuSegmentKind::Handling(task) => of("interrupt: disk, for", task),
            CpuSegmentKind::Receiving(_) => "interrupt: packet".into(),
            CpuSegmentKind::Held(task) => of("waits with", task),
        }
    }

    fn task_does(&self, kind: SegmentKind) -> Cow<'static, str> {
        let code = self.trace.code();
        let waits = |what: &str, reason| format!("{what} {}", reason_name(code, reason)).into();
        match kind {
            SegmentKind::New => "new".into(),
            SegmentKind::ReadyOrRunning => "ready or running".into(),
            SegmentKind::Ready => "ready".into(),
            SegmentKind::Running(_) => "running".into(),
            SegmentKind::Loading(_) => "its context is loaded".into(),
            SegmentKind::Copying(_) => "copying".into(),
            SegmentKind::Scanning(_) => "looking at sockets".into(),
            SegmentKind::Blocked(reason) => waits("blocked:", reason),
            SegmentKind::WaitingForData(reason) => waits("waiting for data:", reason),
            SegmentKind::Outside(Some(reason)) => waits("outside, waits:", reason),
            SegmentKind::Outside(None) => "outside".into(),
            SegmentKind::Zombie => "zombie".into(),
        }
    }
}
