//! A task on a thread of its own: evaluates its program and carries out one call after the other.

use std::cell::Cell;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::calls;
use super::carriers::Hand;
use super::clock::burn;
use super::kernel::{Death, Kernel, Local, signals};
use super::order::Delays;
use super::park::{Patience, Wake};
use super::world::{Entry, Stop, World};
use crate::call::{Fault, Reason, Reply, Step};
use crate::event::EventKind;
use crate::ids::{ProcessId, TaskId};
use crate::program::{Code, FaultEnds, Frame, script};
use crate::random::mix;
use crate::time::{Span, Time};

/// The answer to a call, or why there is none.
pub(super) type Answered = Result<Reply, Stop>;

/// With what a process exits whose first thread has failed.
const FAILED: u8 = 1;

/// A task, in its thread: one of the kernel's, or a user-level one on whatever carries it.
pub(super) struct Actor<'f> {
    pub(super) world: Arc<World>,
    pub(super) task: TaskId,
    pub(super) process: ProcessId,
    pub(super) program: Program,
    /// When its present job was released: its arrival, or the start of its period.
    pub(super) released: Time,
    /// Whether it holds the interpreter lock of its process.
    pub(super) holds_interpreter: Cell<bool>,
    /// What it has to do with signals.
    pub(super) local: Local,
    /// By what it leaves its carrier, if it is a user-level thread.
    pub(super) hand: Option<Hand<'f>>,
}

/// Where a task stands in its program.
pub(super) enum Program {
    /// In a script.
    Script(Box<script::Thread>),
    /// In the bursts of a job.
    Job(Frame),
}

impl Program {
    /// The start of a declared task.
    pub(super) fn of(code: &Code, task: TaskId) -> Self {
        code.script.as_ref().map_or_else(
            || Self::Job(Frame::default()),
            |script| Self::Script(Box::new(script.start(task.index()))),
        )
    }
}

impl<'f> Actor<'f> {
    /// A task that begins, in a process.
    pub(super) fn new(
        world: &Arc<World>,
        task: TaskId,
        process: ProcessId,
        program: Program,
    ) -> Self {
        Self {
            world: Arc::clone(world),
            task,
            process,
            program,
            released: Time::ZERO,
            holds_interpreter: Cell::new(false),
            local: Local::default(),
            hand: None,
        }
    }

    /// The same as a user-level thread.
    pub(super) fn on_carrier(self, hand: Hand<'f>) -> Self {
        Self {
            hand: Some(hand),
            ..self
        }
    }

    /// Carries out the task to its end.
    pub(super) fn run(mut self) {
        let mut delays = Dice::new(&self.world, self.task);
        loop {
            let (call, span) = match self.local.again.take() {
                Some(step) => step,
                None => {
                    let Step { call, run } = self.advance();
                    self.local.begin(call, run);
                    (call, run)
                }
            };
            delays.hold_up();
            let answered = self.compute(span);
            match answered.and_then(|()| calls::carry_out(&mut self, call)) {
                Ok(reply) => {
                    if let Program::Script(thread) = &mut self.program {
                        thread.reply = reply;
                    }
                }
                Err(Stop::Turned) => {}
                Err(Stop::Ended) => break,
                Err(Stop::Over) => return,
            }
        }
        self.world.left(self.task);
    }

    fn advance(&mut self) -> Step {
        let code = &self.world.code;
        match &mut self.program {
            Program::Script(thread) => code.evaluate(self.task, self.process, thread),
            Program::Job(frame) => code.advance(self.task, frame),
        }
    }

    /// Uses the CPU before its call, with the interpreter lock where there is one: it drops that where it
    /// looks at requests and there is one.
    ///
    /// A signal that comes meanwhile, and that it handles, takes it away.
    fn compute(&mut self, span: Span) -> Result<(), Stop> {
        let world = Arc::clone(&self.world);
        let mut span = span;
        if world.is_family() && signals::has_come(self)? {
            signals::take_between(self, span)?;
        }
        let Some(lock) = &world.interpreter else {
            loop {
                span = burn(span, || signals::is_called(self));
                if span.is_zero() {
                    return Ok(());
                }
                signals::take_between(self, span)?;
            }
        };
        lock.take(self)?;
        let is_checkpoint = match &self.program {
            Program::Script(thread) => thread.checkpoint,
            Program::Job(_) => false,
        };
        let is_asked = || lock.is_looked_at(is_checkpoint) && lock.is_asked_for();
        let mut left = span;
        loop {
            left = burn(left, || is_asked() || signals::is_called(self));
            if is_asked() {
                lock.drop_if_asked(self)?;
            }
            if !left.is_zero() && signals::is_called(self) {
                signals::take_between(self, left)?;
            }
            if left.is_zero() {
                return Ok(());
            }
        }
    }

    /// It waits for something: without the interpreter lock.
    pub(super) fn block(&self, entry: &mut Entry<'_>, reason: Reason, patience: Patience) {
        self.leave_interpreter(entry);
        entry.block(self.task, reason, patience);
    }

    /// It drops the interpreter lock, if it holds it: its call blocks, or ends it.
    pub(super) fn leave_interpreter(&self, entry: &mut Entry<'_>) {
        if let Some(lock) = &self.world.interpreter {
            lock.leave(self, entry);
        }
    }

    /// Whether it is a peer, in the world outside.
    pub(super) fn is_peer(&self) -> bool {
        self.world.kernel.as_ref().is_some_and(Kernel::is_outside)
    }

    /// The operands of its call.
    pub(super) fn operands(&self) -> [i64; 2] {
        match &self.program {
            Program::Script(thread) => thread.operands,
            Program::Job(_) => [0; 2],
        }
    }

    /// The time limit of its call.
    pub(super) fn timeout(&self) -> Option<Span> {
        match &self.program {
            Program::Script(thread) => thread.timeout,
            Program::Job(_) => None,
        }
    }

    /// Sleeps until woken, or until a moment; none where that came first. Whoever wakes has counted it
    /// among those that go on; who wakes by the clock has still to do so. A user-level thread leaves its
    /// carrier; of the clock it [is told](Wake::TooLate).
    pub(super) fn sleep(&self, until: Option<Time>) -> Option<Wake> {
        if let (Some(hand), Some(runtime)) = (&self.hand, &self.world.runtime) {
            if let Some(until) = until {
                runtime.board.limit(self.task, until);
            }
            return Some(hand.suspend());
        }
        let parker = &self.world.seat(self.task).parker;
        parker.sleep_until(until, &self.world.clock)
    }

    /// As a user-level thread, stands in the run queue until it has a carrier.
    pub(super) fn wait_for_carrier(&self) {
        if let Some(hand) = &self.hand {
            hand.suspend();
        }
    }

    /// Its wait in the kernel is over, as has been recorded. Where it needs a processor and none is idle, it
    /// stands in the run queue.
    pub(super) fn come_back(&self, entry: Entry<'_>) {
        let runtime = self.world.runtime.as_ref();
        let goes_on = runtime.is_none_or(|runtime| runtime.board.comes_back(self.task));
        drop(entry);
        if !goes_on {
            self.wait_for_carrier();
        }
    }

    /// Sleeps on a thread of the kernel until woken: somebody has taken it out of a line, and wakes it now.
    pub(super) fn sleep_on(&self) -> Wake {
        self.world.seat(self.task).parker.sleep()
    }

    /// Its wait is over by the clock; records what that was.
    pub(super) fn ends_wait(&self, entry: &mut Entry<'_>, until: Option<Time>, kind: EventKind) {
        entry.waits_no_more(self.task);
        self.world.goes_on(Patience::until(until));
        entry.record(kind, 0);
    }

    /// It did what cannot be done.
    pub(super) fn fail(&self, entry: &mut Entry<'_>, fault: Fault) -> Stop {
        let task = self.task;
        self.leave_interpreter(entry);
        self.leave_network();
        entry.record(EventKind::Failed { task, fault }, self.world.used(task));
        let is_script = self.world.code.script.is_some();
        let ends_process = self.world.code.config.fault_ends == FaultEnds::Process;
        match &self.world.kernel {
            Some(kernel) if kernel.is_outside() => {}
            Some(kernel) if kernel.is_family() => {
                if ends_process {
                    entry.die(fault.signal().map_or(Death::Exit(FAILED), Death::Signal));
                }
                kernel.failed(task, FAILED);
            }
            _ if is_script && ends_process => entry.end_process(),
            _ => {}
        }
        self.ended(entry)
    }

    /// A peer ends: its sockets are closed. Those of a process the kernel closes when it ends.
    pub(super) fn leave_network(&self) {
        if let Some(kernel) = self.world.kernel.as_ref().filter(|_| self.is_peer()) {
            kernel.peer_ended(self.task);
        }
    }

    /// It has ended: who joins it goes on.
    pub(super) fn ended(&self, entry: &mut Entry<'_>) -> Stop {
        super::threads::ended(&self.world, entry, self.task);
        if let Some(runtime) = &self.world.runtime {
            runtime.board.ended(self.task);
        }
        self.world.thread_ended(entry, self.task);
        Stop::Ended
    }
}

/// By what a thread is held up before some of its steps.
struct Dice {
    state: Option<u64>,
    seldom: u64,
    /// The longest delay, in nanoseconds.
    longest: u64,
}

/// One step in so many is held up: in this many at least, and in as many more as the seed says.
const SELDOM: (u64, u64) = (2, 5);
/// The longest delay, in nanoseconds: as long as a few wake-ups take. With an interpreter lock it is long
/// enough for a waiter to ask for that.
const LONGEST: u64 = 300_000;

impl Dice {
    fn new(world: &World, task: TaskId) -> Self {
        let interval = world.code.switch_interval().0;
        Self {
            state: match world.delays {
                Delays::None => None,
                Delays::Random(seed) => Some(mix(seed, u64::from(task.0))),
            },
            seldom: match world.delays {
                Delays::None => 1,
                Delays::Random(seed) => SELDOM.0 + seed % SELDOM.1,
            },
            longest: LONGEST.max(interval.saturating_mul(3)),
        }
    }

    fn hold_up(&mut self) {
        if let Some(state) = &mut self.state {
            *state = mix(*state, 1);
            if state.is_multiple_of(self.seldom) {
                thread::sleep(Duration::from_nanos(mix(*state, 2) % self.longest));
            }
        }
    }
}
