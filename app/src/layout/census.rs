//! How crowded each place becomes in a run: what the sizes on the stage are chosen by.
//!
//! Not the places themselves. Sizes follow the whole run and not the moment, so that nothing
//! grows or shrinks while it is played.

use sim_core::call::{DropReason, Reason};
use sim_core::event::EventKind;
use sim_core::ids::{ObjectId, PipeId};
use sim_core::machine::Machine;
use sim_core::policy::Policy;
use sim_core::program::{Code, Place, PolicyKind, Threads};
use sim_core::time::Time;
use sim_core::trace::Trace;

use super::NetworkCensus;
use crate::family;

/// The most tasks that are in each place at one time in a run.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Census {
    /// New, not admitted.
    pub new: usize,
    /// Ready.
    pub ready: usize,
    /// Waiting for the disk.
    pub disk: usize,
    /// Waiting for each pipe.
    pub pipes: Vec<PipeCensus>,
    /// Waiting for their next period, or asleep.
    pub timer: usize,
    /// Waiting at each synchronisation object.
    pub objects: Vec<usize>,
    /// Waiting for the interpreter lock, or for a kernel thread: no run has both.
    pub interpreter: usize,
    /// At the network; none where the run has nothing to do with one.
    pub network: Option<NetworkCensus>,
    /// Waiting for a child or another thread to end.
    pub joining: usize,
    /// Zombies for longer than the moment in which they are reaped.
    pub zombies: usize,
    /// Zombies and exited ones.
    pub done: usize,
    /// The copies of memory: for each process that is made, which copy it was made from. The first
    /// process's own has number 0; none where it begins with fresh values.
    pub copies: Vec<Option<usize>>,
    /// Copies of synchronisation objects that have no box, in order: nothing happens at them.
    pub untouched: Vec<ObjectId>,
    /// The levels of the ready queue; one where the policy has none.
    pub levels: usize,
    /// Whether the policy compares tasks by a number that is shown beside them.
    pub keyed: bool,
}

/// The most tasks that wait at the ends of a pipe.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct PipeCensus {
    /// Because it is empty.
    pub readers: usize,
    /// Because it is full.
    pub writers: usize,
}

/// A count and the highest that it has been.
#[derive(Clone, Copy, Default)]
struct Peak {
    now: usize,
    most: usize,
}

impl Peak {
    fn enter(&mut self) {
        self.now += 1;
        self.most = self.most.max(self.now);
    }

    fn leave(&mut self) {
        self.now = self.now.saturating_sub(1);
    }
}

/// The counts of a run, event by event.
struct Counts {
    new: Peak,
    ready: Peak,
    disk: Peak,
    readers: Vec<Peak>,
    writers: Vec<Peak>,
    timer: Peak,
    objects: Vec<Peak>,
    interpreter: Peak,
    joining: Peak,
    zombies: Peak,
    done: Peak,
    /// What each task waits for.
    waits: Vec<Option<Reason>>,
    /// At task level: the tasks of the place where all are that are ready or run.
    unseen: bool,
}

impl Census {
    /// The census of a run.
    #[must_use]
    pub fn new(trace: &Trace) -> Self {
        let code = trace.code();
        let pipes = vec![Peak::default(); code.pipes.len()];
        let last = (code.slots.count() > 0).then(|| trace.last());
        let machine = last.as_ref().unwrap_or_else(|| trace.start());
        let mut counts = Counts {
            new: Peak::default(),
            ready: Peak::default(),
            disk: Peak::default(),
            readers: pipes.clone(),
            writers: pipes,
            timer: Peak::default(),
            objects: vec![Peak::default(); machine.objects.len()],
            interpreter: Peak::default(),
            joining: Peak::default(),
            zombies: Peak::default(),
            done: Peak::default(),
            waits: vec![None; code.jobs.len()],
            unseen: trace.start().is_task_level(),
        };
        // Which of the two a user-level thread does that goes on, its events do not say.
        let shares = code.config.threads != Threads::Kernel;
        let mut now = shares.then(|| trace.start().clone());
        let (mut ready, mut waiting) = (0, 0);
        // Zombies at the end of each moment, and which moment that is.
        let (mut before, mut moment) = (0, Time::ZERO);
        for event in trace.events() {
            let task = event.kind.task();
            let is_peer = task.is_some_and(|task| code.job(task).place == Place::Outside);
            if !is_peer {
                counts.follow(event.kind);
            }
            if event.at > moment {
                counts.zombies.most = counts.zombies.most.max(before);
                moment = event.at;
            }
            before = counts.zombies.now;
            if let Some(now) = &mut now {
                let _ = now.apply(code, event);
                ready = ready.max(now.ready as usize);
                let carriers = now
                    .processes
                    .iter()
                    .filter_map(|each| each.carriers.as_ref());
                let here = carriers.map(|carriers| carriers.queued().count());
                waiting = waiting.max(here.sum());
            }
            if code.slots.made(event.kind).is_some() {
                counts.ready.enter();
            }
        }
        if shares {
            (counts.ready.most, counts.interpreter.most) = (ready, waiting);
        }
        Self {
            new: counts.new.most,
            ready: counts.ready.most,
            disk: counts.disk.most,
            pipes: counts
                .readers
                .iter()
                .zip(&counts.writers)
                .map(|(readers, writers)| PipeCensus {
                    readers: readers.most,
                    writers: writers.most,
                })
                .collect(),
            timer: counts.timer.most,
            objects: counts.objects.iter().map(|peak| peak.most).collect(),
            interpreter: counts.interpreter.most,
            network: NetworkCensus::new(trace),
            joining: counts.joining.most,
            zombies: counts.zombies.most.max(before),
            done: counts.done.most,
            copies: match family::has_processes(code) {
                true => copies(trace, machine),
                false => Vec::new(),
            },
            untouched: match trace.start().objects.len() == machine.objects.len() {
                true => Vec::new(),
                false => untouched(trace, machine, &counts.objects),
            },
            ..Self::of_policy(code, trace.start())
        }
    }

    /// What the policy alone says: its levels, and whether it has keys.
    fn of_policy(code: &Code, machine: &Machine) -> Self {
        let Some(task) = code.arrival(0).filter(|_| !machine.is_task_level()) else {
            return Self {
                levels: 1,
                ..Self::default()
            };
        };
        let level = machine.scheduler.level(task);
        // By its kind: a task that has not arrived has no deadline and so no key yet.
        let keyed = !matches!(
            code.config.policy.kind,
            PolicyKind::Fcfs | PolicyKind::Rr | PolicyKind::Mlfq
        );
        Self {
            levels: level.map_or(1, |(_, levels)| usize::from(levels).max(1)),
            keyed,
            ..Self::default()
        }
    }
}

impl Counts {
    fn follow(&mut self, kind: EventKind) {
        match kind {
            EventKind::Arrived { .. } => self.new.enter(),
            EventKind::Admitted { .. } | EventKind::Loaded { .. } => {
                self.new.leave();
                self.ready.enter();
            }
            EventKind::Dispatched { .. } => self.ready.leave(),
            EventKind::SliceExpired { .. }
            | EventKind::Preempted { .. }
            | EventKind::Yielded { .. } => {
                if !self.unseen {
                    self.ready.enter();
                }
            }
            EventKind::Blocked { task, reason } => {
                let reason = reason.into();
                self.waits[task.index()] = Some(reason);
                self.leave_unseen();
                if let Some(place) = self.place(reason) {
                    place.enter();
                }
            }
            EventKind::InterpreterDropped {
                task,
                reason: DropReason::Requested,
            } => {
                self.waits[task.index()] = Some(Reason::Interpreter);
                self.leave_unseen();
                if let Some(place) = self.place(Reason::Interpreter) {
                    place.enter();
                }
            }
            EventKind::IoCompleted { task }
            | EventKind::Woken { task }
            | EventKind::HandedOver { task, .. }
            | EventKind::TimedOut { task }
            | EventKind::SleepEnded { task }
            | EventKind::SignalDelivered { task, .. }
            | EventKind::Released { task } => {
                // A periodic task whose last job ran late is released without having waited; a timed
                // call may give up as it is tried again.
                if let Some(reason) = self.waits[task.index()].take() {
                    if let Some(place) = self.place(reason) {
                        place.leave();
                    }
                    self.ready.enter();
                }
            }
            EventKind::Exited { .. } | EventKind::Failed { .. } => {
                self.leave_unseen();
                self.end();
            }
            EventKind::Reaped { .. } => self.zombies.now = self.zombies.now.saturating_sub(1),
            // One that was ready still counts as ready: there is more room than is needed then.
            EventKind::Killed { task, .. } | EventKind::Terminated { task } => {
                if let Some(reason) = self.waits[task.index()].take()
                    && let Some(place) = self.place(reason)
                {
                    place.leave();
                }
                self.end();
            }
            EventKind::Sent { .. }
            | EventKind::Received { .. }
            | EventKind::ReachedEnd { .. }
            | EventKind::Accessed { .. }
            | EventKind::Granted { .. }
            | EventKind::Refused { .. }
            | EventKind::Passed { .. }
            | EventKind::InterpreterTaken { .. }
            | EventKind::InterpreterDropped { .. }
            | EventKind::IntervalPassed { .. }
            | EventKind::CarrierTaken { .. }
            | EventKind::Printed { .. }
            | EventKind::DeadlineMissed { .. }
            | EventKind::ContextRestored { .. }
            | EventKind::Interrupted { .. }
            | EventKind::PriorityAdjusted
            | EventKind::Forked { .. }
            | EventKind::Spawned { .. }
            | EventKind::ThreadStarted { .. }
            | EventKind::Executed { .. }
            | EventKind::Joined { .. }
            | EventKind::WaitedForChild { .. }
            | EventKind::Denied { .. }
            | EventKind::Asked { .. }
            | EventKind::SignalSent { .. }
            | EventKind::DispositionSet { .. }
            | EventKind::AlarmSet { .. }
            | EventKind::AlarmRang { .. }
            | EventKind::HandlerReturned { .. }
            | EventKind::Adopted { .. }
            | EventKind::Closed { .. }
            | EventKind::Served { .. }
            | EventKind::CopyBegan { .. }
            | EventKind::WouldBlock { .. }
            | EventKind::NothingCompleted { .. }
            | EventKind::SocketFailed { .. }
            | EventKind::SocketEnded { .. }
            | EventKind::ScanBegan { .. }
            | EventKind::Completed { .. }
            | EventKind::PacketArrived { .. }
            | EventKind::CardInterrupted { .. } => {}
        }
    }

    /// A task that no CPU has to be left by: nobody saw it on one.
    fn leave_unseen(&mut self) {
        if self.unseen {
            self.ready.leave();
        }
    }

    fn end(&mut self) {
        self.done.enter();
        self.zombies.now += 1;
    }

    fn place(&mut self, reason: Reason) -> Option<&mut Peak> {
        let of = |pipe: PipeId| pipe.index();
        match reason {
            Reason::Disk => Some(&mut self.disk),
            Reason::PipeEmpty(pipe) => self.readers.get_mut(of(pipe)),
            Reason::PipeFull(pipe) => self.writers.get_mut(of(pipe)),
            Reason::Period | Reason::Sleep => Some(&mut self.timer),
            Reason::Interpreter | Reason::Carrier => Some(&mut self.interpreter),
            Reason::Object(object) => self.objects.get_mut(object.index()),
            Reason::Child | Reason::Thread(_) => Some(&mut self.joining),
            Reason::Connection(_)
            | Reason::Connect(_)
            | Reason::Data(_)
            | Reason::Room(_)
            | Reason::Completion => None,
        }
    }
}

/// Of which copy of memory each other one was made.
#[lockstep_part::later]
fn copies(trace: &Trace, last: &Machine) -> Vec<Option<usize>> {
    let slots = &trace.code().slots;
    let births = family::births(trace);
    let processes = births
        .iter()
        .filter(|birth| slots.thread_of(birth.task).is_none());
    let image = |birth: &family::Birth| last.task(birth.by).process.index() - 1;
    processes
        .map(|birth| birth.is_copy.then(|| image(birth)))
        .collect()
}

/// The copies of objects that have no box. Where there are many, only those have one at which tasks
/// wait; else also those that anybody ever asks or holds.
#[lockstep_part::later]
fn untouched(trace: &Trace, last: &Machine, waiting: &[Peak]) -> Vec<ObjectId> {
    /// So many copies have a box although nobody waits at them.
    const QUIET: usize = 4;
    let own = trace.start().objects.len();
    let mut is_touched = vec![false; last.objects.len()];
    for event in trace.events() {
        if let EventKind::Granted { object, .. } | EventKind::Refused { object, .. } = event.kind
            && let Some(is_touched) = is_touched.get_mut(object.index())
        {
            *is_touched = true;
        }
    }
    let copies = || (own..last.objects.len()).map(ObjectId::from_index);
    let is_contended = |object: &ObjectId| waiting[object.index()].most > 0;
    let is_quiet = |object: &ObjectId| {
        let is_held = last.object(*object).holders().next().is_some();
        (is_held || is_touched[object.index()]) && !is_contended(object)
    };
    let shows_quiet = copies().filter(is_quiet).count() <= QUIET;
    let untouched =
        copies().filter(|object| !(is_contended(object) || shows_quiet && is_quiet(object)));
    untouched.collect()
}
