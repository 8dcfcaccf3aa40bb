//! The one mutator: carries out what happened, and never chooses.
//!
//! Every event says all that is open; the rest follows from the machine. An event that cannot
//! have happened is refused with a reason and leaves the machine in an unspecified state: a trace
//! is applied to a clone, or comes from [`rules`](crate::rules), which offer only legal events.

use core::fmt;

use super::{Machine, Pending, State};
use crate::call::{Call, Reply};
use crate::event::{Event, EventKind};
use crate::ids::{CpuId, TaskId};
use crate::part::IS_APART;
use crate::policy::{Context, Policy, Readied};
use crate::program::{Code, IoDone, IoStart, Threads, Wakeups};
use crate::time::{Span, Time};

/// An event that cannot have happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Illegal {
    /// The event.
    pub event: Event,
    /// Why it cannot have happened.
    pub reason: &'static str,
}

impl fmt::Display for Illegal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Event { at, kind } = self.event;
        write!(
            f,
            "impossible event at {} ns: {kind:?}: {}",
            at.0, self.reason
        )
    }
}

impl std::error::Error for Illegal {}

type Legal = Result<(), &'static str>;

const NO_TASK: &str = "there is no such task";
const NO_CPU: &str = "there is no such CPU";

/// Refuses with a reason unless a condition holds.
macro_rules! require {
    ($condition:expr, $reason:literal) => {
        if !$condition {
            return Err($reason);
        }
    };
}

/// What a policy may look at, as a loan of two fields: the scheduler beside it can be changed.
macro_rules! context {
    ($machine:ident, $code:ident) => {
        Context {
            code: $code,
            tasks: &$machine.tasks,
            now: $machine.now,
            decision: $machine.decisions,
            cpu: None,
        }
    };
}

/// What is known of a machine before an event is carried out: what cannot be is not looked at.
pub(crate) trait Known {
    /// That it [is plain](Machine::is_plain).
    const IS_PLAIN: bool;
}

/// It can be any machine.
pub(crate) struct Anything;

impl Known for Anything {
    const IS_PLAIN: bool = false;
}

/// It is a plain one.
#[cfg(not(target_family = "wasm"))]
pub(crate) struct Plain;

#[cfg(not(target_family = "wasm"))]
impl Known for Plain {
    const IS_PLAIN: bool = true;
}

/// On a page nothing is known: what is compiled twice is downloaded twice.
#[cfg(target_family = "wasm")]
pub(crate) use Anything as Plain;

// Below the macros, which they use.
mod carriers;
mod cpu;
mod interpreter;
mod io;
mod life;
mod network;
mod packets;
mod pipe;
mod process;
mod signal;
mod sync;

impl Machine {
    /// Carries out an event.
    ///
    /// # Errors
    ///
    /// When the event cannot have happened on this machine; the machine is then of no more use.
    pub fn apply(&mut self, code: &Code, event: &Event) -> Result<(), Illegal> {
        let legal = self.carry_out::<Anything>(code, event);
        legal.map_err(|reason| Illegal {
            event: *event,
            reason,
        })
    }

    /// [`apply`](Self::apply), inlined into the loop that makes a run: what makes up most of a run
    /// is carried out without a call, all the rest out of line.
    #[cfg_attr(not(target_family = "wasm"), inline(always))]
    pub(crate) fn carry_out<K: Known>(&mut self, code: &Code, event: &Event) -> Legal {
        debug_assert!(!K::IS_PLAIN || self.is_plain(code), "it is not plain");
        self.pass_time(event.at)?;
        match event.kind {
            EventKind::Dispatched { task, cpu } => self.dispatch::<K>(code, task, cpu),
            EventKind::SliceExpired { task, cpu } => self.expire_slice::<K>(code, task, cpu),
            EventKind::Blocked { task, reason } if !IS_APART => {
                self.block::<K>(code, task, reason.into())
            }
            EventKind::IoCompleted { task } if !IS_APART => self.complete_io::<K>(code, task),
            kind => self.carry_out_other(code, kind),
        }
    }

    /// Whether it has one CPU and a kernel that takes no time, nothing follows at once from the
    /// event before, no interpreter lock is asked for, nobody wakes of itself, threads are the kernel's, and
    /// the disk leaves the CPU alone.
    pub(crate) fn is_plain(&self, code: &Code) -> bool {
        let costs = &code.config.costs;
        self.cpus.len() == 1
            && self.pending.is_empty()
            && code.config.interpreter.is_none()
            && code.config.threads == Threads::Kernel
            && code.config.wakeups == Wakeups::Notified
            && self.undelivered == 0
            && costs.switch.is_zero()
            && costs.wake.is_zero()
            && costs.interrupt.is_zero()
            && code.config.on_io == IoStart::Switch
            && code.config.on_io_done == IoDone::Later
    }

    #[inline(never)]
    fn carry_out_other(&mut self, code: &Code, kind: EventKind) -> Legal {
        if kind
            .task()
            .is_some_and(|task| task.index() >= self.tasks.len())
        {
            return Err(NO_TASK);
        }
        if kind.cpu().is_some_and(|cpu| cpu.index() >= self.cpus.len()) {
            return Err(NO_CPU);
        }
        match kind {
            EventKind::Arrived { task } => self.arrive(code, task),
            EventKind::Loaded { task, partition } => self.load(code, task, partition),
            EventKind::Exited { task } => self.exit(code, task),
            EventKind::Reaped { task } => self.reap(code, task),
            EventKind::ContextRestored { task, cpu } => self.restore_context(code, task, cpu),
            kind => self.carry_out_later(code, kind),
        }
    }

    /// What the page's first scenario does without.
    #[lockstep_part::later(Machine)]
    fn carry_out_later(&mut self, code: &Code, kind: EventKind) -> Legal {
        match kind {
            EventKind::Admitted { task } => self.admit(code, task),
            EventKind::Woken { task } => self.wake(code, task),
            EventKind::Sent { task, pipe } => self.send(code, task, pipe),
            EventKind::Received { task, pipe } => self.receive(code, task, pipe),
            EventKind::ReachedEnd { task, pipe } => self.reach_end(code, task, pipe),
            EventKind::Released { task } => self.release(code, task),
            EventKind::DeadlineMissed { task } => self.miss_deadline(task),
            EventKind::Preempted { task, cpu } => self.preempt(code, task, cpu),
            EventKind::Interrupted { task, cpu } => self.interrupt(code, task, cpu),
            EventKind::Accessed {
                task,
                operation,
                variable,
            } => self.access(code, task, operation, variable),
            EventKind::Granted {
                task,
                request,
                object,
            } => self.grant(code, task, request, object),
            EventKind::Refused {
                task,
                request,
                object,
            } => self.refuse(code, task, request, object),
            EventKind::HandedOver { task, object } => self.hand_over(code, task, object),
            EventKind::TimedOut { task } => self.time_out(code, task),
            EventKind::SleepEnded { task } => self.end_sleep(code, task),
            EventKind::InterpreterTaken { task } => self.take_interpreter(code, task),
            EventKind::InterpreterDropped { task, reason } => {
                self.drop_interpreter(code, task, reason)
            }
            EventKind::IntervalPassed { task } => self.pass_interval(code, task),
            EventKind::CarrierTaken { task } => self.take_carrier(code, task),
            EventKind::Yielded { task } => self.yield_cpu(code, task),
            EventKind::Passed { task } => self.pass(code, task, Call::Pass),
            EventKind::Printed { task } => self.print(code, task),
            EventKind::Failed { task, fault } => self.fail(code, task, fault),
            EventKind::Served {
                task,
                request,
                socket,
            } => self.serve(code, task, request, socket),
            EventKind::CopyBegan {
                task,
                request,
                socket,
            } => self.begin_copy(code, task, request, socket),
            EventKind::WouldBlock { task, .. } | EventKind::NothingCompleted { task } => {
                self.would_block(code, task, kind)
            }
            EventKind::SocketFailed { task, .. } => self.fail_at_socket(code, task, kind),
            EventKind::SocketEnded { task, .. } => self.end_at_socket(code, task, kind),
            EventKind::ScanBegan { task, object } => self.begin_scan(code, task, object),
            EventKind::Completed {
                task,
                request,
                socket,
            } => self.complete(code, task, request, socket),
            EventKind::PacketArrived {
                packet,
                kind,
                socket,
            } => self.arrive_packet(code, packet, kind, socket),
            EventKind::CardInterrupted { packet, cpu } => {
                self.interrupt_for_packet(code, packet, cpu)
            }
            EventKind::PriorityAdjusted => {
                self.scheduler.tick(&context!(self, code));
                Ok(())
            }
            EventKind::Forked { task, process } => self.fork(code, task, process),
            EventKind::Spawned { task, process } => self.spawn(code, task, process),
            EventKind::ThreadStarted { task, thread } => self.start_thread(code, task, thread),
            EventKind::Executed { task } => self.execute(code, task),
            EventKind::Joined { task, thread } => self.join(code, task, thread),
            EventKind::WaitedForChild { task, process } => self.wait_for_child(code, task, process),
            EventKind::Denied { task, denial } => self.deny(code, task, denial),
            EventKind::Asked { task, query } => self.ask(code, task, query),
            EventKind::SignalSent {
                task,
                signal,
                process,
            } => self.send_signal(code, task, signal, process),
            EventKind::DispositionSet { task, signal } => self.set_disposition(code, task, signal),
            EventKind::AlarmSet { task } => self.set_alarm(code, task),
            EventKind::AlarmRang { task, process } => self.ring(code, task, process),
            EventKind::SignalDelivered { task, signal } => self.deliver(code, task, signal),
            EventKind::HandlerReturned { task } => self.return_from_handler(code, task),
            EventKind::Killed { task, signal } => self.end_thread(code, task, Some(signal)),
            EventKind::Terminated { task } => self.end_thread(code, task, None),
            EventKind::Adopted { task, process } => self.adopt(task, process),
            EventKind::Closed { task, end, pipe } => self.close(code, task, pipe, end),
            EventKind::Blocked { task, reason } => {
                self.block::<Anything>(code, task, reason.into())
            }
            EventKind::IoCompleted { task } => self.complete_io::<Anything>(code, task),
            EventKind::Arrived { .. }
            | EventKind::Loaded { .. }
            | EventKind::Exited { .. }
            | EventKind::Reaped { .. }
            | EventKind::ContextRestored { .. }
            | EventKind::Dispatched { .. }
            | EventKind::SliceExpired { .. } => Err("it is carried out elsewhere"),
        }
    }

    /// The clock goes on.
    #[inline]
    fn pass_time(&mut self, at: Time) -> Legal {
        require!(at >= self.now, "time does not run backwards");
        if at > self.now {
            let passed_over = match self.cpus.as_slice() {
                [only] => only.due < at,
                several => several.iter().any(|cpu| cpu.due < at),
            };
            require!(!passed_over, "before that, something ends on a CPU");
            self.now = at;
        }
        Ok(())
    }

    fn start_running(&mut self, code: &Code, task: TaskId, id: CpuId) {
        self.cpus[id.index()].run(task, &mut self.tasks[task.index()], self.now);
        if self.has_to_see_to_interpreter(code, task) {
            self.cpus[id.index()].due = self.now;
        }
    }

    /// Settles what the task on a CPU has used until now, the policy included.
    fn settle(&mut self, code: &Code, task: TaskId, id: CpuId) {
        let (entry, cpu) = (&mut self.tasks[task.index()], &mut self.cpus[id.index()]);
        let span = cpu.settle(entry, self.now);
        if !span.is_zero() {
            self.scheduler.ran(&context!(self, code), task, span);
        }
    }

    fn running_on(&self, task: TaskId, id: CpuId) -> bool {
        self.cpus[id.index()].runs(task)
    }

    /// Takes the earliest timer if it is this task's and due.
    #[cfg_attr(not(target_family = "wasm"), inline(always))]
    fn take_timer(&mut self, task: TaskId) -> bool {
        let due = self
            .timers
            .first()
            .is_some_and(|first| first.task == task && first.at <= self.now);
        if due {
            self.timers.pop();
        }
        due
    }

    /// The task's call is done: its program goes on to the next.
    #[cfg_attr(not(target_family = "wasm"), inline(always))]
    fn finish_call(&mut self, code: &Code, task: TaskId) {
        if self.threads.is_empty() {
            let entry = &mut self.tasks[task.index()];
            entry.step = code.advance(task, &mut entry.frame);
        } else {
            self.answer_call(code, task, Reply::DONE);
        }
    }

    /// A script's call is done, with this reply: its program goes on to the next.
    #[lockstep_part::later(Machine)]
    #[inline(never)]
    fn answer_call(&mut self, code: &Code, task: TaskId, reply: Reply) {
        let place = task.index();
        let (thread, entry) = (&mut self.threads[place], &mut self.tasks[place]);
        thread.answer(reply);
        entry.step = code.evaluate(task, entry.process, &mut thread.program);
    }

    /// The task's call was answered at once: it keeps its CPU and its slice.
    fn continue_running(&mut self, code: &Code, task: TaskId, seat: Seat) {
        self.finish_call(code, task);
        self.keep_seat(code, task, seat);
    }

    /// It runs on where it ran.
    #[inline]
    fn keep_seat(&mut self, code: &Code, task: TaskId, seat: Seat) {
        match seat {
            Seat::Cpu(id) => self.start_running(code, task, id),
            Seat::Outside => self.pending.push_back(Pending::Outside(task)),
            Seat::Unseen => {}
        }
    }

    /// Takes what is pending, if it is next; where only task-level facts are seen, nobody knows in which
    /// order the kernel deals with what is pending, and it may be anywhere in the queue.
    fn take_pending(&mut self, wanted: Pending) -> bool {
        let place = self.pending.iter().position(|next| *next == wanted);
        let place = place.filter(|place| *place == 0 || self.is_task_level());
        place.is_some_and(|place| self.pending.remove(place).is_some())
    }

    /// Where a task that has come to its call runs.
    fn calling(&mut self, code: &Code, task: TaskId) -> Result<(Seat, Call), &'static str> {
        require!(
            !self.needs_interpreter(task),
            "it does not hold the interpreter lock"
        );
        let id = match self.task(task).state {
            State::Running(id) => id,
            State::Ready if self.is_task_level() => {
                let step = &mut self.tasks[task.index()].step;
                step.run = Span::ZERO;
                return Ok((Seat::Unseen, step.call));
            }
            State::Outside(None) => {
                require!(
                    self.take_pending(Pending::Outside(task)),
                    "it is not its turn"
                );
                return Ok((Seat::Outside, self.task(task).step.call));
            }
            _ => return Err("it does not run"),
        };
        require!(self.running_on(task, id), "its CPU does not run it");
        self.settle(code, task, id);
        let step = self.task(task).step;
        require!(step.run.is_zero(), "it has not come to its call");
        Ok((Seat::Cpu(id), step.call))
    }

    /// The task leaves its seat, for a state in which it is not dispatched.
    fn leave_seat(&mut self, task: TaskId, seat: Seat, state: State) {
        let state = match (seat, state) {
            (Seat::Outside, State::Blocked(reason)) => State::Outside(Some(reason)),
            (_, state) => state,
        };
        match seat {
            Seat::Cpu(id) => self.cpus[id.index()].release(),
            Seat::Unseen => self.ready -= 1,
            Seat::Outside => {}
        }
        self.tasks[task.index()].enter(state, self.now);
    }

    #[cfg_attr(not(target_family = "wasm"), inline(always))]
    fn make_ready(&mut self, code: &Code, task: TaskId, why: Readied) {
        if !self.threads.is_empty() {
            self.charge_waiting_for_data(task);
            if self.lacks_carrier(code, task) {
                return self.queue_for_carrier(task);
            }
            if carriers::gives_processors_up(code) && !self.regain_processor(task) {
                return;
            }
        }
        self.tasks[task.index()].enter(State::Ready, self.now);
        self.queue_up(code, task, why);
    }

    /// A task that has become ready joins the ready queue.
    #[cfg_attr(not(target_family = "wasm"), inline(always))]
    fn queue_up(&mut self, code: &Code, task: TaskId, why: Readied) {
        self.ready += 1;
        if !self.is_task_level() {
            self.scheduler.ready(&context!(self, code), task, why);
        }
    }
}

/// Where a task runs that makes a call.
#[derive(Clone, Copy)]
enum Seat {
    /// On this CPU.
    Cpu(CpuId),
    /// Nobody sees where: the machine has task-level facts only.
    Unseen,
    /// On a machine of its own, in the world outside.
    Outside,
}
