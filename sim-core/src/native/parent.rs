//! The parent of a native run: starts the child, takes in its records, watches it, and leaves nothing
//! behind.

use std::io::{self, Read, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::collect::Collector;
use super::order::{Order, Recording};
use super::os;
use super::record::{BATCH, BYTES, Ending, Record, Said, TextEnd};
use super::{NativeError, NativeRun, Stopped, kernel};
use crate::event::{Event, EventKind};
use crate::machine::Machine;
use crate::program::Code;
use crate::run::{Limit, Outcome};
use crate::time::{Span, Time};
use crate::trace::{Output, Reality};

/// How many pieces of records may wait to be taken in: with more, the child waits.
const PIECES: usize = 64;
/// How much of what a child says on standard error is kept.
const COMPLAINT: u64 = 16 << 10;
/// How often it is looked whether the run is wanted any more.
const LOOK: Duration = Duration::from_millis(50);

/// How long a child that stands for init may take to end all others, when it is told to.
const FAREWELL: Duration = Duration::from_secs(5);
/// How often it is looked whether it has.
const GLANCE: Duration = Duration::from_micros(200);

/// A child and its process group; neither outlives this.
struct Group {
    /// None once it has been ended.
    child: Option<Child>,
    /// Kept open: the child ends when it is closed, whatever becomes of this process.
    input: Option<ChildStdin>,
    kind: Kind,
}

/// What a child is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// The process in which all tasks are.
    Only,
    /// The first of several: it ends the others and waits for them, so that they are nobody's zombies.
    Init,
}

impl Group {
    /// Ends all of it. The status is the child's own where it had ended before.
    fn end(&mut self) -> Option<ExitStatus> {
        self.input = None;
        // Once it has been waited for, its number may be somebody else's.
        let mut child = self.child.take()?;
        let began = os::monotonic();
        let patience = match self.kind {
            Kind::Only => Duration::ZERO,
            Kind::Init => FAREWELL,
        };
        while Duration::from_nanos(os::monotonic().saturating_sub(began)) < patience {
            if let Ok(Some(status)) = child.try_wait() {
                return Some(status);
            }
            thread::sleep(GLANCE);
        }
        os::kill_group(&mut child);
        child.wait().ok()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.end();
    }
}

/// What the child has said so far.
struct Intake<'a> {
    order: &'a Order,
    /// On how many CPUs it runs.
    cpus: u16,
    collector: Collector,
    /// The memory of processes at their end: which word, and its value.
    words: Vec<(u32, i64)>,
    lines: Vec<Output>,
    /// The bytes of a text that goes on.
    text: Vec<u8>,
    printed: u64,
    /// Bytes of a record that has not come in whole.
    rest: Vec<u8>,
    /// How the run ended, and why where it was stopped.
    ending: Option<(Outcome, Option<Stopped>, Time)>,
}

/// Runs a program for real; see [`run`](super::run).
pub(super) fn run(
    program: &Path,
    order: &Order,
    sink: &mut dyn FnMut(&[Event]) -> ControlFlow<()>,
) -> Result<NativeRun, NativeError> {
    let workload = order.workload.code(&order.over);
    let workload = workload.map_err(NativeError::Input)?;
    let cpus = os::cpus_of(workload.config.cpus);
    let code = Arc::new(workload.for_real());
    super::support(&code).map_err(NativeError::Unsupported)?;
    if let Recording::Off(_) = order.recording {
        super::support::without_record(&code).map_err(NativeError::Unsupported)?;
    }
    let began = os::monotonic();
    let mut command = Command::new(program);
    command
        .arg(super::CHILD)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    os::lead_group(&mut command);
    let mut child = command.spawn().map_err(NativeError::Start)?;
    let (output, complaint) = (child.stdout.take(), child.stderr.take());
    let mut group = Group {
        input: child.stdin.take(),
        child: Some(child),
        kind: if kernel::needs_processes(&code) {
            Kind::Init
        } else {
            Kind::Only
        },
    };
    let wire = postcard::to_stdvec(&order.wire(std::process::id())).unwrap_or_default();
    let length = u32::try_from(wire.len()).unwrap_or(u32::MAX);
    if let Some(input) = &mut group.input {
        let sent = input.write_all(&length.to_le_bytes());
        // A child that does not listen has something else to say.
        let _ = sent.and_then(|()| input.write_all(&wire));
    }
    let (sender, pieces) = sync_channel(PIECES);
    let reader = thread::spawn(move || output.map(|output| read_pieces(output, &sender)));
    let complaint = thread::spawn(move || {
        let mut text = Vec::new();
        if let Some(mut from) = complaint {
            // What is said beyond is read and dropped, so that the child is not kept waiting.
            let _ = from.by_ref().take(COMPLAINT).read_to_end(&mut text);
            let _ = io::copy(&mut from, &mut io::sink());
        }
        String::from_utf8_lossy(&text).into_owned()
    });
    let mut intake = Intake::new(order, cpus, Arc::clone(&code));
    let result = intake.listen(&pieces, began, sink);
    drop(pieces);
    let status = group.end();
    let _: Result<_, _> = JoinHandle::join(reader);
    let said = complaint.join().unwrap_or_default();
    result?;
    let Some(ending) = intake.ending.take() else {
        return Err(NativeError::Child { status, said });
    };
    let wall = Span(os::monotonic().saturating_sub(began));
    intake.finish(&code, ending, wall)
}

/// Reads records in pieces until the pipe ends or nobody wants them.
fn read_pieces(mut output: impl Read, sender: &SyncSender<Vec<u8>>) {
    loop {
        let mut piece = vec![0; BATCH * BYTES];
        match output.read(&mut piece) {
            Ok(0) => return,
            Ok(length) => {
                piece.truncate(length);
                if sender.send(piece).is_err() {
                    return;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

impl<'a> Intake<'a> {
    fn new(order: &'a Order, cpus: u16, code: Arc<Code>) -> Self {
        Self {
            order,
            cpus,
            collector: Collector::new(code),
            words: Vec::new(),
            lines: Vec::new(),
            text: Vec::new(),
            printed: 0,
            rest: Vec::new(),
            ending: None,
        }
    }

    /// Takes in what the child says until it has said how the run ended, or has to be stopped.
    fn listen(
        &mut self,
        pieces: &Receiver<Vec<u8>>,
        began: u64,
        sink: &mut dyn FnMut(&[Event]) -> ControlFlow<()>,
    ) -> Result<(), NativeError> {
        let until = self.collector.until();
        let most = u64::try_from(self.order.limits.wall.as_nanos()).unwrap_or(u64::MAX);
        let most = until.map_or(most, |until| until.0.min(most));
        let mut shown = 0;
        while self.ending.is_none() {
            let left = (began.saturating_add(most)).saturating_sub(os::monotonic());
            if left == 0 {
                self.stop(Limit::Until, Stopped::Time);
                break;
            }
            match pieces.recv_timeout(Duration::from_nanos(left).min(LOOK)) {
                Ok(piece) => self.take_piece(&piece)?,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            let events = self.collector.events();
            let new = events.get(shown..).unwrap_or_default();
            shown = events.len();
            if sink(new).is_break() && self.ending.is_none() {
                self.stop(Limit::Until, Stopped::Cancelled);
            }
        }
        Ok(())
    }

    fn stop(&mut self, limit: Limit, why: Stopped) {
        let now = self.collector.machine().now;
        self.ending = Some((Outcome::Limit(limit), Some(why), now));
    }

    fn count_printed(&mut self, bytes: usize) {
        self.printed += bytes as u64;
        if self.printed > self.order.limits.output {
            self.stop(Limit::Events, Stopped::Output);
        }
    }

    fn take_piece(&mut self, piece: &[u8]) -> Result<(), NativeError> {
        let mut bytes = core::mem::take(&mut self.rest);
        bytes.extend_from_slice(piece);
        let (records, rest) = bytes.as_chunks::<BYTES>();
        for record in records {
            let record = Record::read(record).ok_or(NativeError::BadRecord)?;
            self.take(record)?;
            if self.ending.is_some() {
                return Ok(());
            }
        }
        self.rest = rest.to_vec();
        Ok(())
    }

    fn take(&mut self, record: Record) -> Result<(), NativeError> {
        match record {
            // Peers go on until they are cut off: the run is over without them.
            Record::Event { .. } if self.collector.machine().is_finished() => {}
            Record::Event { at, kind, value } => {
                let event = Event { at, kind };
                self.collector
                    .take(event, value)
                    .map_err(NativeError::Defect)?;
                if let Some(outcome) = self.collector.stuck().map_err(NativeError::Defect)? {
                    self.ending = Some((outcome, None, at));
                }
                if let EventKind::Printed { .. } = kind {
                    self.count_printed(self.collector.last_printed());
                }
            }
            Record::Text { what, piece, end } => {
                self.text.extend(piece.bytes());
                self.count_printed(piece.bytes().len());
                if end == TextEnd::Closed {
                    let text = core::mem::take(&mut self.text);
                    let text = String::from_utf8_lossy(&text).into_owned();
                    match what {
                        Said::Failure => return Err(NativeError::Failed(text)),
                        Said::Line => self.lines.push(Output {
                            position: 0,
                            text: text.into_boxed_str(),
                        }),
                    }
                }
            }
            Record::Word { place, value } => self.words.push((place, value)),
            Record::Cpu { task, used } => {
                if let Some(cpu) = self.collector.cpu.get_mut(task.index()) {
                    *cpu = used;
                }
            }
            Record::End { at, how } => {
                let (outcome, stopped) = match how {
                    Ending::Over => (Outcome::Finished, None),
                    Ending::Circle => (Outcome::Deadlock, None),
                    Ending::Stuck => (Outcome::Stalled, None),
                    Ending::Overflow => (Outcome::Limit(Limit::Events), Some(Stopped::Events)),
                    Ending::Failure => {
                        return Err(NativeError::Failed("it does not say why".to_owned()));
                    }
                };
                self.ending = Some((outcome, stopped, at));
            }
        }
        Ok(())
    }

    fn finish(
        mut self,
        code: &Code,
        (outcome, stopped, end): (Outcome, Option<Stopped>, Time),
        wall: Span,
    ) -> Result<NativeRun, NativeError> {
        let cpu = core::mem::take(&mut self.collector.cpu);
        if let Recording::Off(_) = self.order.recording {
            return Ok(NativeRun {
                trace: None,
                outcome,
                stopped,
                memory: self.words.iter().map(|(_, value)| *value).collect(),
                printed: self.lines.into_iter().map(|line| line.text).collect(),
                cpu,
                end,
                wall,
            });
        }
        let machine: &Machine = self.collector.machine();
        let memory = machine.memory.clone();
        if outcome == Outcome::Finished {
            if !machine.is_finished() {
                return Err(NativeError::Unfinished);
            }
            let of_machine = |place: u32| memory.get(place as usize).copied().unwrap_or_default();
            let is_other = |(place, value): &(u32, i64)| of_machine(*place) != *value;
            if self.words.iter().any(is_other) {
                let places = self.words.iter();
                return Err(NativeError::OtherMemory {
                    real: places.clone().map(|(_, value)| *value).collect(),
                    machine: places.map(|(place, _)| of_machine(*place)).collect(),
                });
            }
        }
        debug_assert_eq!(code.jobs.len(), cpu.len());
        let reality = Reality {
            system: os::system(self.cpus),
            cpu: cpu.clone(),
        };
        let trace = self.collector.finish(outcome, end).in_reality(reality);
        let lines = trace.outputs().iter();
        Ok(NativeRun {
            printed: lines.map(|line| line.text.clone()).collect(),
            end: trace.end(),
            trace: Some(Arc::new(trace)),
            outcome,
            stopped,
            memory,
            cpu,
            wall,
        })
    }
}
