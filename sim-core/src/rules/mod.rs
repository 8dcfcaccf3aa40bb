//! What may happen next: looks at a machine and never changes it.
//!
//! Everything that can happen has a moment and a kind. The earliest moment comes first; at one
//! moment the kinds follow the order that [`Ties`] names; within a kind the lower number comes
//! first. Only one thing is ever open: which ready task a free CPU takes. Where several could be
//! taken, that is a [`Choice`], and a policy (or a person) picks.

use crate::call::{Call, Reason};
use crate::event::{Event, EventKind};
use crate::ids::{CpuId, PartitionId, TaskId};
use crate::machine::{Cpu, Machine, Mode, Pending, State};
use crate::policy::{Contender, Policy};
use crate::program::{Code, Ties};
use crate::time::{Span, Time};

/// What may happen next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Next {
    /// The run has ended.
    Done(End),
    /// One thing.
    Forced(Event),
    /// One of several.
    Choice(Choice),
}

/// How a run ends by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// Every task has exited.
    Finished,
    /// Tasks are left and nothing can ever happen again.
    Stalled,
}

/// A free CPU and several ready tasks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Choice {
    /// When.
    pub at: Time,
    /// The CPU that is free.
    pub cpu: CpuId,
}

impl Choice {
    /// How many options there are.
    #[must_use]
    pub fn count(&self, machine: &Machine) -> u32 {
        machine.ready
    }

    /// The options by number: the ready tasks. Named on demand; nothing is listed.
    pub fn options(self, machine: &Machine) -> impl Iterator<Item = TaskId> {
        let tasks = machine.tasks.iter().enumerate();
        tasks
            .filter(|(_, task)| task.state == State::Ready)
            .map(|(index, _)| TaskId::from_index(index))
    }

    /// The event of taking an option.
    #[must_use]
    pub const fn take(self, task: TaskId) -> Event {
        Event {
            at: self.at,
            kind: EventKind::Dispatched {
                task,
                cpu: self.cpu,
            },
        }
    }
}

/// The kinds of things that can come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// What a CPU does comes to its end.
    Cpu,
    /// The policy's timer.
    Tick,
    /// A deadline passes.
    Deadline,
    /// A job arrives.
    Arrival,
    /// A request or a sleep is over.
    Timer,
    /// A job that waits for admission can be admitted.
    Load,
    /// A CPU is free and a task is ready.
    Dispatch,
    /// A ready task should take a CPU.
    Preempt,
}

/// The kinds in their order at one moment.
type Order = [Kind; 8];

/// The one written rule of ties; see [`Ties`].
///
/// A job is admitted as soon as it can be, so that it stands in the queue in order of arrival. The
/// policy's timer comes before dispatch: a boost puts everybody into the queue first.
const fn order(ties: Ties) -> Order {
    use Kind::{Arrival, Cpu, Deadline, Dispatch, Load, Preempt, Tick, Timer};
    match ties {
        Ties::CpuFirst => [Load, Cpu, Tick, Deadline, Arrival, Timer, Dispatch, Preempt],
        Ties::ArrivalsFirst => [Load, Arrival, Timer, Cpu, Tick, Deadline, Dispatch, Preempt],
        Ties::DispatchFirst => [Load, Cpu, Tick, Deadline, Dispatch, Arrival, Timer, Preempt],
    }
}

/// An [`Order`], and the place of each kind in it.
struct Ranks {
    kinds: Order,
    places: [u8; 8],
}

const fn ranks(ties: Ties) -> &'static Ranks {
    const fn of(kinds: Order) -> Ranks {
        let mut places = [0; 8];
        let mut place = 0;
        while place < 8 {
            places[kinds[place as usize] as usize] = place;
            place += 1;
        }
        Ranks { kinds, places }
    }
    match ties {
        Ties::CpuFirst => const { &of(order(Ties::CpuFirst)) },
        Ties::ArrivalsFirst => const { &of(order(Ties::ArrivalsFirst)) },
        Ties::DispatchFirst => const { &of(order(Ties::DispatchFirst)) },
    }
}

/// What of the order of ties matters in a plain stretch of a run, where nothing but a CPU, a timer
/// and a dispatch can come next.
#[derive(Clone, Copy)]
pub(crate) struct PlainTies {
    /// The end of a burst or a slice comes before a timer.
    pub(crate) cpu_before_timer: bool,
    /// A timer comes before a dispatch.
    pub(crate) timer_before_dispatch: bool,
}

pub(crate) fn plain_ties(ties: Ties) -> PlainTies {
    let place = |kind: Kind| ranks(ties).places[kind as usize];
    PlainTies {
        cpu_before_timer: place(Kind::Cpu) < place(Kind::Timer),
        timer_before_dispatch: place(Kind::Timer) < place(Kind::Dispatch),
    }
}

/// A moment and, below it, the place of a kind at that moment: the smaller comes first. One number,
/// because it is compared for everything that could be next, at every event.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key(u128);

impl Key {
    /// Later than every moment.
    const NEVER: Self = Self((Time::NEVER.0 as u128) << 64);

    #[inline]
    fn new(at: Time, kind: Kind, ranks: &Ranks) -> Self {
        Self(u128::from(at.0) << 64 | u128::from(ranks.places[kind as usize]))
    }

    #[inline]
    #[allow(
        clippy::cast_possible_truncation,
        reason = "the upper half is a moment"
    )]
    const fn at(self) -> Time {
        Time((self.0 >> 64) as u64)
    }

    #[inline]
    const fn kind(self, ranks: &Ranks) -> Kind {
        ranks.kinds[(self.0 & 7) as usize]
    }
}

/// Says what may happen next.
///
/// Mostly one thing comes before all others, or a CPU is free and nothing else is due yet, and then
/// the order of ties does not matter: these cases are told apart here, with little work. The others
/// are left to `next_of_ties`, which knows every case.
#[must_use]
pub fn next(code: &Code, machine: &Machine) -> Next {
    if !machine.pending.is_empty() || !machine.admission.is_empty() {
        return next_of_ties(code, machine);
    }
    let Some(cpus) = look_at(&machine.cpus) else {
        return next_of_ties(code, machine);
    };
    let timer = machine.timers.first().map_or(Time::NEVER, |timer| timer.at);
    let others = others(code, machine);
    let now = machine.now;
    if machine.ready > 0 {
        if let Some(cpu) = cpus.idle {
            if cpus.due.min(timer).min(others) > now {
                return dispatch(code, machine, now, cpu);
            }
            return next_of_ties(code, machine);
        }
        if machine.scheduler.is_preemptive(&code.config.policy)
            && preemptible(code, machine).is_some()
        {
            return next_of_ties(code, machine);
        }
    }
    if cpus.due < timer.min(others) {
        return forced(cpus.due, cpu_event(code, machine, cpus.due, cpus.id));
    }
    if timer > now
        && timer < cpus.due.min(others)
        && code.config.costs.interrupt.is_zero()
        && let Some(first) = machine.timers.first()
    {
        return forced(timer, timer_event(code, machine, first.task));
    }
    next_of_ties(code, machine)
}

/// When the first thing happens that neither a CPU nor a timer brings about, if it is ahead.
pub(crate) fn others(code: &Code, machine: &Machine) -> Time {
    let mut first = code.arrival_time(machine.arrived).unwrap_or(Time::NEVER);
    if let Some((deadline, _)) = machine.deadlines.first() {
        first = first.min(deadline);
    }
    if machine.scheduler.has_timer(&code.config.policy) {
        first = first.min(tick_time(code, machine));
    }
    first
}

/// What the CPUs do.
struct Cpus {
    /// When the first of them comes to the end of what it does.
    due: Time,
    /// Its number.
    id: CpuId,
    /// The first one that is idle.
    idle: Option<CpuId>,
}

/// Looks at the CPUs; none where one of them waits with a task for the disk.
fn look_at(cpus: &[Cpu]) -> Option<Cpus> {
    let mut found = Cpus {
        due: Time::NEVER,
        id: CpuId(0),
        idle: None,
    };
    for (number, cpu) in (0..).map(CpuId).zip(cpus) {
        match cpu.mode {
            Mode::Held(_) => return None,
            Mode::Idle => found.idle = found.idle.or(Some(number)),
            _ if cpu.due < found.due => {
                found = Cpus {
                    due: cpu.due,
                    id: number,
                    ..found
                };
            }
            _ => {}
        }
    }
    Some(found)
}

/// Says what may happen next, whatever is due at the same moment.
#[inline(never)]
fn next_of_ties(code: &Code, machine: &Machine) -> Next {
    if let Some(pending) = machine.pending.front()
        && let Some(next) = pending_event(machine, *pending)
    {
        return next;
    }
    if machine.is_finished() {
        return Next::Done(End::Finished);
    }
    let ranks = ranks(code.config.ties);
    let key = |at: Time, kind: Kind| Key::new(at, kind, ranks);
    let now = machine.now;

    let mut earliest = Key::NEVER;
    let (mut cpu, mut idle, mut held) = (CpuId(0), None, None);
    for (number, each) in (0..).zip(&machine.cpus) {
        if each.due != Time::NEVER {
            let due = key(each.due, Kind::Cpu);
            if due < earliest {
                (earliest, cpu) = (due, CpuId(number));
            }
            continue;
        }
        match each.mode {
            Mode::Idle if machine.ready > 0 => idle = idle.or(Some(CpuId(number))),
            Mode::Held(task) if machine.task(task).state == State::Ready => {
                held = held.or(Some(CpuId(number)));
            }
            _ => {}
        }
    }
    // A CPU that has waited for its task takes it before an idle one can.
    let free = held.or(idle);
    if let Some(at) = code.arrival_time(machine.arrived) {
        earliest = earliest.min(key(at.max(now), Kind::Arrival));
    }
    if let Some(timer) = machine.timers.first() {
        earliest = earliest.min(key(timer_time(code, machine, timer.at), Kind::Timer));
    }
    if let Some((at, _)) = machine.deadlines.first() {
        earliest = earliest.min(key(at.max(now), Kind::Deadline));
    }
    if !machine.admission.is_empty() && loadable(code, machine).is_some() {
        earliest = earliest.min(key(now, Kind::Load));
    }
    if free.is_some() {
        earliest = earliest.min(key(now, Kind::Dispatch));
    } else if machine.ready > 0
        && machine.scheduler.is_preemptive(&code.config.policy)
        && let Some(victim) = preemptible(code, machine)
    {
        let due = key(now, Kind::Preempt);
        if due < earliest {
            (earliest, cpu) = (due, victim);
        }
    }
    if earliest == Key::NEVER {
        return Next::Done(End::Stalled);
    }
    earliest = earliest.min(key(tick_time(code, machine), Kind::Tick));
    let at = earliest.at();
    match earliest.kind(ranks) {
        Kind::Cpu => forced(at, cpu_event(code, machine, at, cpu)),
        Kind::Dispatch => match (machine.cpu(free.unwrap_or(cpu)).mode, free.unwrap_or(cpu)) {
            (Mode::Held(task), cpu) => forced(at, EventKind::Dispatched { task, cpu }),
            (_, cpu) => dispatch(code, machine, at, cpu),
        },
        Kind::Timer => match machine.timers.first() {
            Some(timer) => forced(at, timer_event(code, machine, timer.task)),
            None => Next::Done(End::Stalled),
        },
        kind => seldom(code, machine, at, kind, cpu),
    }
}

#[inline]
fn forced(at: Time, kind: EventKind) -> Next {
    Next::Forced(Event { at, kind })
}

/// The event of something pending; none while it has to wait for other things.
#[inline(never)]
fn pending_event(machine: &Machine, pending: Pending) -> Option<Next> {
    let kind = match pending {
        Pending::Wake { task, .. } => EventKind::Woken { task },
        Pending::Reap(task) => EventKind::Reaped { task },
        Pending::Seize(task) => seize(machine, task)?,
    };
    Some(forced(machine.now, kind))
}

/// A task takes a CPU at once: one that is held for it, else a free one, else the lowest-numbered
/// that runs a task. Where all are in the kernel, it has to wait for the first to come out of it,
/// and until then other things go on.
fn seize(machine: &Machine, task: TaskId) -> Option<EventKind> {
    let place = |wanted: &dyn Fn(Mode) -> bool| {
        machine
            .cpus
            .iter()
            .position(|cpu| wanted(cpu.mode))
            .map(CpuId::from_index)
    };
    let free =
        place(&|mode| mode == Mode::Held(task)).or_else(|| place(&|mode| mode == Mode::Idle));
    if let Some(cpu) = free {
        return Some(EventKind::Dispatched { task, cpu });
    }
    machine
        .cpus
        .iter()
        .enumerate()
        .find_map(|(index, cpu)| match cpu.mode {
            Mode::User(task) => Some(EventKind::Preempted {
                task,
                cpu: CpuId::from_index(index),
            }),
            _ => None,
        })
}

/// The first job that fits into a free partition, in order of arrival, and the first such
/// partition (first fit). Where memory is not modelled, the first job.
#[inline(never)]
fn loadable(code: &Code, machine: &Machine) -> Option<(TaskId, PartitionId)> {
    if machine.partitions.is_empty() {
        return machine
            .admission
            .front()
            .map(|task| (*task, PartitionId(0)));
    }
    if machine
        .partitions
        .iter()
        .all(|partition| partition.task.is_some())
    {
        return None;
    }
    machine.admission.iter().find_map(|task| {
        let need = code.job(*task).memory;
        let fits = |partition: &crate::machine::Partition| {
            partition.task.is_none() && partition.size >= need
        };
        let place = machine.partitions.iter().position(fits)?;
        Some((*task, PartitionId::from_index(place)))
    })
}

/// When the policy's own timer is due; it rests while nobody is in the system.
#[inline(never)]
fn tick_time(code: &Code, machine: &Machine) -> Time {
    if machine.arrived == machine.exited {
        return Time::NEVER;
    }
    let due = machine.scheduler.next_tick(&machine.context(code));
    due.map_or(Time::NEVER, |at| at.max(machine.now))
}

/// When the earliest timer can be handled: when it is due and, where an interrupt takes time, a
/// CPU has interrupts on. While none has, something else is due: a CPU leaves the kernel.
#[inline]
fn timer_time(code: &Code, machine: &Machine, at: Time) -> Time {
    if code.config.costs.interrupt.is_zero() || has_interrupts_on(machine) {
        at.max(machine.now)
    } else {
        Time::NEVER
    }
}

#[inline(never)]
fn has_interrupts_on(machine: &Machine) -> bool {
    let open = |mode: Mode| !matches!(mode, Mode::Switching { .. } | Mode::Handling { .. });
    machine.cpus.iter().any(|cpu| open(cpu.mode))
}

/// The CPU whose task should give way to the task that would be dispatched next: of several, the
/// one whose task gives way to all the others'.
#[inline(never)]
fn preemptible(code: &Code, machine: &Machine) -> Option<CpuId> {
    let ctx = machine.context(code);
    let ready = Contender {
        task: machine.scheduler.pick(&ctx, None)?,
        ran: Span::ZERO,
    };
    let mut victim: Option<(CpuId, Contender)> = None;
    for (index, cpu) in machine.cpus.iter().enumerate() {
        let Mode::User(task) = cpu.mode else { continue };
        let id = CpuId::from_index(index);
        let running = Contender {
            task,
            ran: machine.ran(id),
        };
        if !machine.scheduler.preempts(&ctx, ready, running) {
            continue;
        }
        if victim.is_none_or(|(_, worst)| machine.scheduler.preempts(&ctx, worst, running)) {
            victim = Some((id, running));
        }
    }
    victim.map(|(cpu, _)| cpu)
}

/// The kinds that make up a small part of a run.
#[inline(never)]
fn seldom(code: &Code, machine: &Machine, at: Time, kind: Kind, cpu: CpuId) -> Next {
    let event = match kind {
        Kind::Tick => Some(tick(machine)),
        Kind::Deadline => machine
            .deadlines
            .first()
            .map(|(_, task)| EventKind::DeadlineMissed { task }),
        Kind::Arrival => code
            .arrival(machine.arrived)
            .map(|task| EventKind::Arrived { task }),
        Kind::Load => loadable(code, machine).map(|(task, partition)| {
            if machine.partitions.is_empty() {
                EventKind::Admitted { task }
            } else {
                EventKind::Loaded { task, partition }
            }
        }),
        Kind::Preempt => match machine.cpu(cpu).mode {
            Mode::User(task) => Some(EventKind::Preempted { task, cpu }),
            _ => None,
        },
        Kind::Cpu | Kind::Dispatch | Kind::Timer => None,
    };
    event.map_or(Next::Done(End::Stalled), |kind| forced(at, kind))
}

#[inline]
fn dispatch(code: &Code, machine: &Machine, at: Time, cpu: CpuId) -> Next {
    if machine.ready > 1 {
        return Next::Choice(Choice { at, cpu });
    }
    dispatch_only(code, machine, at, cpu)
}

#[inline(never)]
fn dispatch_only(code: &Code, machine: &Machine, at: Time, cpu: CpuId) -> Next {
    match machine
        .scheduler
        .pick(&machine.context(code), machine.cpu(cpu).last)
    {
        Some(task) => forced(at, EventKind::Dispatched { task, cpu }),
        None => Next::Done(End::Stalled),
    }
}

/// Before the policy's timer is handled, tasks may have to leave their CPUs: the highest-numbered
/// CPU first, so that the lowest-numbered one's task ends up in front.
fn tick(machine: &Machine) -> EventKind {
    if machine.scheduler.tick_takes_cpus() {
        let running = machine
            .cpus
            .iter()
            .enumerate()
            .rev()
            .find_map(|(index, cpu)| match cpu.mode {
                Mode::User(task) => Some(EventKind::Preempted {
                    task,
                    cpu: CpuId::from_index(index),
                }),
                _ => None,
            });
        if let Some(preempted) = running {
            return preempted;
        }
    }
    EventKind::PriorityAdjusted
}

#[inline]
fn timer_event(code: &Code, machine: &Machine, task: TaskId) -> EventKind {
    if machine.task(task).state == State::Blocked(Reason::Period) {
        return EventKind::Released { task };
    }
    if code.config.costs.interrupt.is_zero() {
        return EventKind::IoCompleted { task };
    }
    EventKind::Interrupted {
        task,
        cpu: handler(machine),
    }
}

/// An idle CPU handles an interrupt, else one that waits, else the lowest-numbered that runs a task.
#[inline(never)]
fn handler(machine: &Machine) -> CpuId {
    let place = |wanted: fn(Mode) -> bool| machine.cpus.iter().position(|cpu| wanted(cpu.mode));
    let cpu = place(|mode| mode == Mode::Idle)
        .or_else(|| place(|mode| matches!(mode, Mode::Held(_))))
        .or_else(|| place(|mode| matches!(mode, Mode::User(_))));
    CpuId::from_index(cpu.unwrap_or(0))
}

/// What happens on a CPU when what it does comes to its end.
fn cpu_event(code: &Code, machine: &Machine, at: Time, id: CpuId) -> EventKind {
    let cpu = machine.cpu(id);
    match cpu.mode {
        Mode::User(task) => user_event(code, machine, at, id, cpu, task),
        Mode::Switching { to } => EventKind::ContextRestored { task: to, cpu: id },
        Mode::Handling { done, .. } => EventKind::IoCompleted { task: done },
        // Neither is ever due.
        Mode::Idle | Mode::Held(_) => EventKind::PriorityAdjusted,
    }
}

/// What happens when a burst or a slice comes to its end.
fn user_event(
    code: &Code,
    machine: &Machine,
    at: Time,
    id: CpuId,
    cpu: &Cpu,
    task: TaskId,
) -> EventKind {
    match stop(machine, at, cpu, task) {
        Stop::Slice => EventKind::SliceExpired { task, cpu: id },
        Stop::Call(_) => attempt(code, machine, at, task),
    }
}

/// Why a task does not run on.
pub(crate) enum Stop {
    /// Its slice ends.
    Slice,
    /// It has come to its call.
    Call(Call),
}

/// Why the task on a CPU does not run on.
#[inline]
pub(crate) fn stop(machine: &Machine, at: Time, cpu: &Cpu, task: TaskId) -> Stop {
    // A call comes before the end of the slice at the same moment.
    let step = &machine.task(task).step;
    if at < cpu.since + step.run {
        Stop::Slice
    } else {
        Stop::Call(step.call)
    }
}

/// Carries out a task's call, or says on what it blocks. A woken task attempts again.
fn attempt(code: &Code, machine: &Machine, at: Time, task: TaskId) -> EventKind {
    let entry = machine.task(task);
    let blocked = |reason: Reason| EventKind::Blocked {
        task,
        reason: reason.into(),
    };
    match entry.step.call {
        Call::Io { .. } => blocked(Reason::Disk),
        Call::Exit { .. } => EventKind::Exited { task },
        Call::Send { pipe } => {
            if machine.pipes[pipe.index()].messages < code.pipes[pipe.index()].capacity {
                EventKind::Sent { task, pipe }
            } else {
                blocked(Reason::PipeFull(pipe))
            }
        }
        Call::Receive { pipe } => {
            let end = &machine.pipes[pipe.index()];
            if end.messages > 0 {
                EventKind::Received { task, pipe }
            } else if end.writers == 0 {
                EventKind::ReachedEnd { task, pipe }
            } else {
                blocked(Reason::PipeEmpty(pipe))
            }
        }
        Call::NextPeriod => {
            let period = code.job(task).period.unwrap_or_default();
            if entry.released + period <= at {
                EventKind::Released { task }
            } else {
                blocked(Reason::Period)
            }
        }
    }
}
