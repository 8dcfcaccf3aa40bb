//! What the threads of a process share: the gate through which everything goes that others can notice,
//! variables, objects, and where each task sleeps.
//!
//! While a run is recorded, whatever can be noticed is done inside the gate together with its record:
//! the record is the order. Without recording there is no gate.
//!
//! The file is long because who goes on, who waits and who has ended is counted in one place.

mod entry;

use std::fs::File;
use std::io::Write;
use std::sync::atomic::{AtomicU16, AtomicU32, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

pub(super) use entry::Entry;

use super::carriers::{Keeper, Runtime};
use super::clock::Clock;
use super::disk::Disk;
use super::interpreter::Interpreter;
use super::kernel::{Kernel, Left};
use super::memory::Variables;
use super::objects::Object;
use super::order::{Delays, Limits, Recording, Wire};
use super::os;
use super::park::{Line, Parker, Patience, lock};
use super::record::{BATCH, BYTES, Ending, Record, Said};
use crate::call::Reason;
use crate::ids::{ObjectId, ProcessId, TaskId, ThreadId, VariableId};
use crate::program::Code;
use crate::time::Span;

/// Why a task does not go on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stop {
    /// It has ended.
    Ended,
    /// The run has.
    Over,
    /// It goes on elsewhere, with another call: in the handler of a signal, or where that came.
    Turned,
}

/// What belongs to each task.
#[derive(Debug, Default)]
pub(super) struct Seat {
    /// Where it sleeps.
    pub(super) parker: Parker,
    /// Whether it has ended, and who joins it.
    pub(super) end: Mutex<End>,
    /// When it came, in nanoseconds.
    pub(super) arrived: AtomicU64,
    /// The CPU time that it had used when it ended, or left its carrier, in nanoseconds.
    cpu: AtomicU64,
    /// The clock of CPU time of the thread on which it runs, less what it had used when it came there.
    cpu_before: AtomicU64,
    /// At which object it waits, and one; zero where it does not. Only for finding circles.
    waits_at: AtomicU32,
}

/// Whether a task has ended, and who waits for that.
#[derive(Debug, Default)]
pub(super) struct End {
    pub(super) has_ended: bool,
    pub(super) line: Line,
}

/// What the threads of a process share.
pub(super) struct World {
    pub(super) code: Code,
    pub(super) limits: Limits,
    pub(super) delays: Delays,
    pub(super) clock: Clock,
    pub(super) variables: Variables,
    pub(super) disk: Mutex<Disk>,
    /// How many threads were made at run time.
    made: Mutex<u16>,
    /// What it has of the kernel, where it uses that.
    pub(super) kernel: Option<Kernel>,
    /// Where the words and the objects of its process begin among those of all.
    base: [AtomicU16; 2],
    /// The interpreter lock, where there is one.
    pub(super) interpreter: Option<Interpreter>,
    /// What schedules its threads, where the kernel does not.
    pub(super) runtime: Option<Runtime>,
    objects: Vec<Object>,
    seats: Vec<Seat>,
    gate: Option<Mutex<Recorder>>,
    out: Mutex<File>,
    census: Census,
    ending: Mutex<Option<Ending>>,
    ended: Condvar,
}

/// How many tasks can go on: those that run or will arrive, and those that wait with a time limit.
#[derive(Debug, Default)]
struct Census {
    /// In the low half those that run, in the high half those whose wait ends by itself.
    active: AtomicU64,
    /// Those that have not ended.
    live: AtomicU32,
}

const LIMITED: u64 = 1 << 32;

/// The record of a run, as far as it has not been written.
struct Recorder {
    records: Vec<Record>,
    bytes: Vec<u8>,
    count: u64,
    state: Gate,
}

/// Whether more can happen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Gate {
    Open,
    Closed,
}

impl World {
    pub(super) fn new(code: Code, order: &Wire, out: File, kernel: Option<Kernel>) -> Self {
        let recording = order.recording;
        let recorder = || Recorder {
            records: Vec::with_capacity(BATCH),
            bytes: Vec::with_capacity(BATCH * BYTES),
            count: 0,
            state: Gate::Open,
        };
        let tasks = u32::try_from(code.jobs.len()).unwrap_or(u32::MAX);
        // Peers are in a process of their own.
        let live = tasks.saturating_sub(code.slots.count() + code.peers());
        let census = Census {
            active: AtomicU64::new(live.into()),
            live: AtomicU32::new(live),
        };
        Self {
            variables: Variables::new(code.initial_memory(), recording),
            disk: Mutex::new(Disk::new(code.config.disk)),
            // Jobs are processes of their own.
            interpreter: match (code.config.interpreter, &code.script) {
                // Peers are on other machines.
                _ if kernel.as_ref().is_some_and(Kernel::is_outside) => None,
                (Some(config), Some(_)) => Some(Interpreter::new(config)),
                _ => None,
            },
            runtime: match &code.script {
                Some(_) if !kernel.as_ref().is_some_and(Kernel::is_outside) => {
                    Runtime::new(code.config.threads, code.jobs.len())
                }
                _ => None,
            },
            objects: code.objects().map(Object::new).collect(),
            seats: (0..tasks).map(|_| Seat::default()).collect(),
            gate: match recording {
                Recording::On => Some(Mutex::new(recorder())),
                Recording::Off(_) => None,
            },
            clock: Clock::default(),
            made: Mutex::new(0),
            kernel,
            base: Default::default(),
            out: Mutex::new(out),
            census,
            ending: Mutex::new(None),
            ended: Condvar::new(),
            limits: order.limits,
            delays: order.delays,
            code,
        }
    }

    /// Goes through the gate.
    ///
    /// # Errors
    ///
    /// When the run is over.
    pub(super) fn enter(&self) -> Result<Entry<'_>, Stop> {
        let Some(gate) = &self.gate else {
            return Ok(Entry {
                world: self,
                recorder: None,
                at: None,
                told: Vec::new(),
                carried: Vec::new(),
            });
        };
        let mut recorder = lock(gate);
        if recorder.state == Gate::Closed {
            return Err(Stop::Over);
        }
        match self.kernel.as_ref().map_or(Ok(None), Kernel::enter) {
            Ok(Some(events)) => recorder.count = events,
            Ok(None) => {}
            Err(error) => {
                drop(recorder);
                return Err(self.fail(&format!("no process can go on: {error}")));
            }
        }
        Ok(Entry {
            world: self,
            recorder: Some(recorder),
            at: Some(self.clock.now()),
            told: Vec::new(),
            carried: Vec::new(),
        })
    }

    pub(super) fn seat(&self, task: TaskId) -> &Seat {
        &self.seats[task.index()]
    }

    /// Who keeps a task waiting for something.
    pub(super) fn keeper(&self, reason: Reason) -> Keeper {
        match reason {
            Reason::Thread(_) => Keeper::Process,
            Reason::Object(object) if !self.code.is_set(object) => Keeper::Process,
            _ => Keeper::Kernel,
        }
    }

    /// The CPU time that a task has used, which runs on the calling thread: as it stands in records.
    pub(super) fn used(&self, task: TaskId) -> i64 {
        i64::try_from(self.used_by(task).0).unwrap_or(i64::MAX)
    }

    /// The same.
    pub(super) fn used_by(&self, task: TaskId) -> Span {
        let before = self.seat(task).cpu_before.load(Ordering::Relaxed);
        Span(os::thread_cpu().0.wrapping_sub(before))
    }

    /// A user-level thread goes on on the calling thread, whose clock of CPU time stood there when the one
    /// before left it: going over is the time of who goes on.
    pub(super) fn goes_onto_thread(&self, task: TaskId, clock: Span) {
        let seat = self.seat(task);
        let used = seat.cpu.load(Ordering::Relaxed);
        let before = clock.0.wrapping_sub(used);
        seat.cpu_before.store(before, Ordering::Relaxed);
    }

    /// A user-level thread has left the calling thread, whose clock of CPU time stands there.
    pub(super) fn leaves_thread(&self, task: TaskId, clock: Span) {
        let seat = self.seat(task);
        let before = seat.cpu_before.load(Ordering::Relaxed);
        let used = clock.0.wrapping_sub(before);
        seat.cpu.store(used, Ordering::Relaxed);
    }

    pub(super) fn object(&self, object: ObjectId) -> Option<&Object> {
        let first = self.base[1].load(Ordering::Relaxed);
        self.objects.get(usize::from(object.0.checked_sub(first)?))
    }

    /// The word of its process's memory that a variable is.
    pub(super) fn word(&self, variable: VariableId) -> VariableId {
        let first = self.base[0].load(Ordering::Relaxed);
        VariableId(variable.0.wrapping_sub(first))
    }

    /// Whether there are other processes, or can be.
    pub(super) fn is_family(&self) -> bool {
        self.kernel.as_ref().is_some_and(Kernel::is_family)
    }

    /// How many threads were made at run time, in all processes.
    pub(super) fn made(&self) -> u16 {
        let made = self.kernel.as_ref().and_then(Kernel::threads);
        made.unwrap_or_else(|| *lock(&self.made))
    }

    /// Another thread is made.
    pub(super) fn make_thread(&self) {
        let made = self.kernel.as_ref().and_then(Kernel::make_thread);
        if made.is_none() {
            *lock(&self.made) += 1;
        }
    }

    /// Whether a thread belongs to this process.
    pub(super) fn is_own(&self, thread: ThreadId) -> bool {
        let is_own = |kernel: &Kernel| kernel.is_own(thread);
        self.kernel.as_ref().is_none_or(is_own)
    }

    /// It is the copy of a process now, in which `task` goes on as `first` and no other thread is.
    pub(super) fn become_copy(&self, process: ProcessId, task: TaskId, first: TaskId) {
        self.census.live.store(1, Ordering::SeqCst);
        self.place_image(process);
        for object in &self.objects {
            object.copied(task, first);
        }
        if let Some(lock) = &self.interpreter {
            lock.copied(task, first);
        }
    }

    /// It is a process with one thread, which made these before it was given a fresh image.
    pub(super) fn become_process(&self, process: ProcessId, threads: &[ThreadId]) {
        self.census.live.store(1, Ordering::SeqCst);
        self.place_image(process);
        for thread in threads {
            let task = self.code.slots.thread(*thread);
            lock(&self.seat(task).end).has_ended = true;
        }
    }

    fn place_image(&self, process: ProcessId) {
        if let Some(script) = &self.code.script {
            let image = script.image(process);
            self.base[0].store(image.variables, Ordering::SeqCst);
            self.base[1].store(image.objects, Ordering::SeqCst);
        }
    }

    /// A thread has ended, and its process if it was the last.
    pub(super) fn thread_ended(&self, entry: &mut Entry<'_>, task: TaskId) {
        let Some(kernel) = &self.kernel else {
            return;
        };
        if kernel.is_outside() {
            // Its process waits for others.
            return;
        }
        let is_last = kernel.is_family() && self.census.live.fetch_sub(1, Ordering::SeqCst) == 1;
        let left = if is_last {
            Left::Nobody
        } else {
            Left::Somebody
        };
        kernel.thread_ended(entry, task, left);
    }

    /// Another task will run.
    pub(super) fn begins(&self) {
        self.census.live.fetch_add(1, Ordering::SeqCst);
        self.census.active.fetch_add(1, Ordering::SeqCst);
    }

    /// A task's wait, which others could have ended, is over by itself.
    pub(super) fn goes_on(&self, patience: Patience) {
        let change = match patience {
            Patience::Endless => 1,
            Patience::Limited => 1_u64.wrapping_sub(LIMITED),
        };
        self.census.active.fetch_add(change, Ordering::SeqCst);
    }

    /// A task of this process has ended, and its thread with it.
    pub(super) fn left(&self, task: TaskId) {
        let used = self.used_by(task);
        self.seat(task).cpu.store(used.0, Ordering::SeqCst);
        if self.is_family() {
            // The process ends when its last thread says that it does.
            return;
        }
        let live = self.census.live.fetch_sub(1, Ordering::SeqCst);
        let active = self.census.active.fetch_sub(1, Ordering::SeqCst);
        if live == 1 {
            self.finish(Ending::Over);
        } else if active == 1 {
            self.nobody_goes_on();
        }
    }

    /// Ends the run, unless that has been done.
    pub(super) fn finish(&self, how: Ending) {
        lock(&self.ending).get_or_insert(how);
        self.ended.notify_all();
    }

    /// Ends the run because something failed that is not the program's.
    pub(super) fn fail(&self, why: &str) -> Stop {
        self.write(&Record::of_text(Said::Failure, why));
        self.finish(Ending::Failure);
        Stop::Over
    }

    /// Waits until the run is over, for a while at most.
    pub(super) fn wait(&self, span: Duration) -> Option<Ending> {
        let ending = lock(&self.ending);
        if ending.is_some() {
            return *ending;
        }
        let (ending, _) = self
            .ended
            .wait_timeout(ending, span)
            .unwrap_or_else(PoisonError::into_inner);
        *ending
    }

    /// Writes what has been recorded.
    pub(super) fn flush(&self) {
        if let Some(gate) = &self.gate {
            let mut recorder = lock(gate);
            self.write_records(&mut recorder);
        }
    }

    /// Closes the gate, and writes what has been recorded.
    pub(super) fn close(&self) {
        if let Some(gate) = &self.gate {
            let mut recorder = lock(gate);
            recorder.state = Gate::Closed;
            self.write_records(&mut recorder);
        }
    }

    /// Says what is to be said at the end: memory, CPU times, how the run ended.
    pub(super) fn report(&self, how: Ending) {
        let mut records = self.words();
        if self.gate.is_none() {
            let tasks = (0..).map(TaskId).zip(&self.seats);
            records.extend(tasks.map(|(task, seat)| {
                let used = Span(seat.cpu.load(Ordering::SeqCst));
                Record::Cpu { task, used }
            }));
        }
        let at = self.clock.now();
        records.push(Record::End { at, how });
        self.write(&records);
    }

    /// The memory of the process.
    fn words(&self) -> Vec<Record> {
        let first = u32::from(self.base[0].load(Ordering::Relaxed));
        let words = (first..).zip(self.variables.all());
        words
            .map(|(place, value)| Record::Word { place, value })
            .collect()
    }

    /// Writes records at once; for what no order has to be kept with.
    pub(super) fn write(&self, records: &[Record]) {
        let mut bytes = Vec::with_capacity(BATCH * BYTES);
        let mut out = lock(&self.out);
        for batch in records.chunks(BATCH) {
            bytes.clear();
            for record in batch {
                record.write(&mut bytes);
            }
            send(&mut out, &bytes);
        }
    }

    fn write_records(&self, recorder: &mut Recorder) {
        if recorder.records.is_empty() {
            return;
        }
        recorder.bytes.clear();
        for record in recorder.records.drain(..) {
            record.write(&mut recorder.bytes);
        }
        send(&mut lock(&self.out), &recorder.bytes);
    }

    /// Every task waits, and none of these waits ends by itself. While a run is recorded the parent finds
    /// that out, who sees all of it.
    fn nobody_goes_on(&self) {
        if self.gate.is_none() && self.census.live.load(Ordering::SeqCst) > 0 {
            self.finish(Ending::Stuck);
        }
    }

    /// Whether tasks wait for each other in a circle. Nobody runs any more.
    pub(super) fn has_circle(&self) -> bool {
        let waits_for: Vec<Vec<TaskId>> = self
            .seats
            .iter()
            .map(|seat| {
                let place = seat.waits_at.load(Ordering::SeqCst).checked_sub(1);
                let object = place.and_then(|place| self.objects.get(place as usize));
                match object {
                    Some(Object::Lock(state)) => super::objects::holders(&*lock(state)),
                    Some(Object::Other(state)) => super::objects::holders(&**lock(state)),
                    _ => Vec::new(),
                }
            })
            .collect();
        (0..waits_for.len()).any(|start| {
            let (mut seen, mut open) = (vec![false; waits_for.len()], vec![start]);
            while let Some(task) = open.pop() {
                for next in waits_for[task].iter().map(|task| task.index()) {
                    if next == start {
                        return true;
                    }
                    if !core::mem::replace(&mut seen[next], true) {
                        open.push(next);
                    }
                }
            }
            false
        })
    }
}

/// Writes to the parent. Where it has gone, nobody wants the run any more.
fn send(out: &mut File, bytes: &[u8]) {
    if out.write_all(bytes).is_err() {
        std::process::exit(1);
    }
}
