//! The report as JSON, or as any other format of serde: fields in a fixed order, times in units.
//!
//! Events are written one by one; nothing holds the whole text.

use std::borrow::Cow;

use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::slots::{Slot, slots};
use super::{Report, limit_name, reason_name};
use crate::call::{Reason, Signal};
use crate::event::{Event, EventKind};
use crate::machine::NetworkUse;
use crate::run::Outcome;
use crate::time::{Span, Time, Unit};
use crate::view::FindingKind;
use crate::view::metrics::JobMetrics;

impl Serialize for Report<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let unit = self.unit();
        let limit = match self.trace.outcome() {
            Outcome::Limit(limit) => Some(limit_name(limit)),
            Outcome::Finished | Outcome::Deadlock | Outcome::Stalled => None,
        };
        let stuck = self.stuck().map(|(task, reason)| Stuck {
            job: task.0,
            reason: reason_name(self.trace.code(), reason),
            pipe: self.pipe_of(reason),
            object: self.object_of(reason),
            held_by: self.holders(task),
            open_in: self.open_in(reason),
            at: self.socket_of(reason),
        });
        let stuck: Vec<_> = stuck.collect();
        let findings: Vec<_> = self
            .findings
            .iter()
            .map(|found| Finding::new(found, unit))
            .collect();

        let mut report = serializer.serialize_struct("Report", 12)?;
        report.serialize_field("unit_ns", &unit.span().0)?;
        report.serialize_field("outcome", self.trace.outcome().name())?;
        report.serialize_field("limit", &limit)?;
        report.serialize_field("findings", &findings)?;
        report.serialize_field("stuck", &stuck)?;
        report.serialize_field("output", &Sequence(|| self.output()))?;
        report.serialize_field("end", &Units::at(self.trace.end(), unit))?;
        report.serialize_field("jobs", &Sequence(|| self.jobs()))?;
        report.serialize_field("cpus", &Sequence(|| self.cpus()))?;
        report.serialize_field(
            "disk",
            &Disk {
                busy: Units::of(self.metrics.disk_busy, unit),
            },
        )?;
        let slots = slots(self.trace);
        report.serialize_field(
            "slots",
            &Sequence(|| slots.iter().map(|slot| JsonSlot::new(slot, unit))),
        )?;
        report.serialize_field(
            "events",
            &Sequence(|| self.trace.events().iter().map(|event| self.event(event))),
        )?;
        report.end()
    }
}

/// A sequence that is made while it is written.
struct Sequence<F>(F);

impl<F, I> Serialize for Sequence<F>
where
    F: Fn() -> I,
    I: Iterator<Item: Serialize>,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0())
    }
}

/// A time in units: a whole number where it is one.
#[derive(Clone, Copy)]
struct Units {
    span: Span,
    unit: Unit,
}

impl Units {
    const fn of(span: Span, unit: Unit) -> Self {
        Self { span, unit }
    }

    const fn at(time: Time, unit: Unit) -> Self {
        Self {
            span: Span(time.0),
            unit,
        }
    }
}

impl Serialize for Units {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let unit = self.unit.span().0;
        if self.span.0.is_multiple_of(unit) {
            serializer.serialize_u64(self.span.0 / unit)
        } else {
            serializer.serialize_f64(self.unit.number(self.span))
        }
    }
}

#[derive(serde::Serialize)]
struct Finding {
    kind: &'static str,
    job: u32,
    at: Units,
    #[serde(skip_serializing_if = "Option::is_none")]
    waited: Option<Units>,
}

impl Finding {
    fn new(finding: &crate::view::Finding, unit: Unit) -> Self {
        let (kind, waited) = match finding.kind {
            FindingKind::DeadlineMissed => ("deadline-missed", None),
            FindingKind::Deadlock { .. } => ("deadlock", None),
            FindingKind::Failed { fault } => (fault.name(), None),
            FindingKind::Starvation { waited } => ("starvation", Some(Units::of(waited, unit))),
        };
        Self {
            kind,
            job: finding.task.0,
            at: Units::at(finding.at, unit),
            waited,
        }
    }
}

#[derive(serde::Serialize)]
struct Stuck<'a> {
    job: u32,
    reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pipe: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<Cow<'a, str>>,
    /// The names of those that hold what it wants.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    held_by: Vec<&'a str>,
    /// The processes that hold the other end of the pipe open.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    open_in: Vec<&'a str>,
    /// The socket at which it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<super::SocketAt<'a>>,
}

#[derive(serde::Serialize)]
struct Job<'a> {
    id: u32,
    name: &'a str,
    arrival: Units,
    start: Option<Units>,
    completion: Option<Units>,
    response: Option<Units>,
    turnaround: Option<Units>,
    /// None of these where nobody sees the CPUs.
    waiting: Option<Units>,
    cpu: Option<Units>,
    blocked: Units,
    dispatches: Option<u32>,
    preemptions: Option<u32>,
    missed: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    network: Option<Network>,
}

/// What a job had to do with the network.
#[derive(serde::Serialize)]
struct Network {
    waiting_for_data: Units,
    copying: Units,
    polling: Units,
    answers: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    latency: Option<Units>,
    #[serde(skip_serializing_if = "Option::is_none")]
    longest_latency: Option<Units>,
}

impl Network {
    fn new(job: &JobMetrics, unit: Unit) -> Option<Self> {
        let used = job.network;
        let longest = (used.answers > 0).then(|| Units::of(used.longest_answer, unit));
        (used != NetworkUse::default()).then(|| Self {
            waiting_for_data: Units::of(used.waiting_for_data, unit),
            copying: Units::of(used.copying, unit),
            polling: Units::of(used.polling, unit),
            answers: used.answers,
            latency: job.latency().map(|span| Units::of(span, unit)),
            longest_latency: longest,
        })
    }
}

#[derive(serde::Serialize)]
struct Cpu {
    busy: Units,
    idle: Units,
    switching: Units,
}

#[derive(serde::Serialize)]
struct Disk {
    busy: Units,
}

#[derive(serde::Serialize)]
struct JsonSlot {
    cpu: u8,
    job: u32,
    from: Units,
    to: Units,
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<u8>,
}

impl JsonSlot {
    const fn new(slot: &Slot, unit: Unit) -> Self {
        let (from, to) = (Units::at(slot.from, unit), Units::at(slot.to, unit));
        Self {
            cpu: slot.cpu.0,
            job: slot.task.0,
            from,
            to,
            level: slot.level,
        }
    }
}

#[derive(serde::Serialize)]
struct JsonEvent<'a> {
    at: Units,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    job: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cpu: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pipe: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    partition: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    variable: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signal: Option<&'static str>,
    /// The task that was made or waited for, or the first of the process that a signal goes to.
    #[serde(skip_serializing_if = "Option::is_none")]
    other: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    socket: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    packet: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    what: Option<&'static str>,
}

impl Report<'_> {
    fn jobs(&self) -> impl Iterator<Item = Job<'_>> {
        let unit = self.unit();
        let at = move |time: Option<Time>| time.map(|time| Units::at(time, unit));
        let of = move |span: Option<Span>| span.map(|span| Units::of(span, unit));
        let is_seen = !self.last.is_task_level();
        let seen = move |number| is_seen.then_some(number);
        self.jobs_that_came().map(move |job| Job {
            id: job.task.0,
            name: self.name(job.task),
            arrival: Units::at(job.arrival, unit),
            start: at(job.start),
            completion: at(job.completion),
            response: of(job.response),
            turnaround: of(job.turnaround),
            waiting: of(job.waiting),
            cpu: of(job.cpu),
            blocked: Units::of(job.blocked, unit),
            dispatches: seen(job.dispatches),
            preemptions: seen(job.preemptions),
            missed: job.missed,
            network: Network::new(job, unit),
        })
    }

    fn cpus(&self) -> impl Iterator<Item = Cpu> {
        let unit = self.unit();
        self.metrics.cpus.iter().map(move |cpu| Cpu {
            busy: Units::of(cpu.busy, unit),
            idle: Units::of(cpu.idle, unit),
            switching: Units::of(cpu.switching, unit),
        })
    }

    fn output(&self) -> impl Iterator<Item = &str> {
        self.trace.outputs().iter().map(|output| &*output.text)
    }

    fn pipe_of(&self, reason: Reason) -> Option<Cow<'_, str>> {
        let is_pipe = matches!(reason, Reason::PipeEmpty(_) | Reason::PipeFull(_));
        self.thing_of(reason).filter(|_| is_pipe)
    }

    fn object_of(&self, reason: Reason) -> Option<Cow<'_, str>> {
        let is_object = matches!(reason, Reason::Object(_));
        self.thing_of(reason).filter(|_| is_object)
    }

    fn event(&self, event: &Event) -> JsonEvent<'_> {
        let reason = match event.kind {
            EventKind::Blocked { reason, .. } => Some(Reason::from(reason)),
            _ => None,
        };
        let pipe = match event.kind {
            EventKind::Sent { pipe, .. }
            | EventKind::Received { pipe, .. }
            | EventKind::ReachedEnd { pipe, .. }
            | EventKind::Closed { pipe, .. } => {
                Some(self.trace.code().pipes[pipe.index()].name.as_str().into())
            }
            _ => reason.and_then(|reason| self.pipe_of(reason)),
        };
        let code = self.trace.code();
        let object = match event.kind {
            EventKind::Granted { object, .. }
            | EventKind::Refused { object, .. }
            | EventKind::HandedOver { object, .. }
            | EventKind::ScanBegan { object, .. } => Some(code.object_name(object)),
            _ => reason.and_then(|reason| self.object_of(reason)),
        };
        let variable = match event.kind {
            EventKind::Accessed { variable, .. } => Some(code.variable_name(variable)),
            _ => None,
        };
        let fault = match event.kind {
            EventKind::Failed { fault, .. } => Some(fault.name()),
            _ => None,
        };
        let partition = match event.kind {
            EventKind::Loaded { partition, .. } => Some(partition.0),
            _ => None,
        };
        let end = match event.kind {
            EventKind::Closed { end, .. } => Some(end.word()),
            _ => None,
        };
        let socket = event.kind.socket();
        let socket = socket.or_else(|| reason.and_then(Reason::socket));
        let (packet, what) = match event.kind {
            EventKind::PacketArrived { packet, kind, .. } => (Some(packet), Some(kind.name())),
            EventKind::CardInterrupted { packet, .. } => (Some(packet), None),
            EventKind::CopyBegan { request, .. } | EventKind::Completed { request, .. } => {
                (None, Some(request.done()))
            }
            _ => (None, None),
        };
        JsonEvent {
            signal: event.kind.signal().map(Signal::name),
            other: code.slots.other(event.kind).map(|task| task.0),
            end,
            at: Units::at(event.at, self.unit()),
            kind: event.kind.name(),
            job: event.kind.task().map(|task| task.0),
            cpu: event.kind.cpu().map(|cpu| cpu.0),
            reason: reason.map(|reason| reason_name(code, reason)),
            pipe,
            object,
            variable,
            fault,
            partition,
            socket: socket.map(|socket| socket.0),
            packet: packet.map(|packet| packet.0),
            what,
        }
    }
}
