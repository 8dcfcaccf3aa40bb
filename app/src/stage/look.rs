//! How things look at one moment: states, progress, notes. Pure functions of a scene.
//!
//! Not where they are: that is the layout's.

use sim_core::call::{Call, Reason};
use sim_core::event::EventKind;
use sim_core::ids::{CpuId, TaskId};
use sim_core::machine::{Machine, Mode, Phase, State};
use sim_core::policy::Policy;
use sim_core::program::{Burst, Code, PolicyKind};
use sim_core::time::{Span, Time};

use crate::decimal::decimal;
use crate::dom::{Tag, tag};
use crate::i18n::{Seen, Texts};
use crate::layout::{WireKind, Zone};
use crate::scene::Scene;

/// How far something is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// What is done.
    pub done: Span,
    /// Of how much.
    pub of: Span,
}

impl Progress {
    /// As a part of the whole, from 0 to 1.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "the length of a bar")]
    pub fn share(self) -> f32 {
        if self.of.is_zero() {
            1.0
        } else {
            (self.done.0 as f32 / self.of.0 as f32).clamp(0.0, 1.0)
        }
    }

    fn between(from: Time, until: Time, now: Time) -> Self {
        let of = until.since(from);
        Self {
            done: now.since(from).min(of),
            of,
        }
    }

    pub(super) fn with_left(of: Span, left: Span) -> Self {
        Self {
            done: of - left,
            of: of.max(left),
        }
    }
}

/// The filled part of a bar, which follows how far something is.
#[must_use]
pub fn bar(progress: impl Fn() -> Option<Progress> + 'static) -> Tag {
    tag("i").live("style", move || {
        let share = progress().map_or(0.0, Progress::share);
        format!("transform:scaleX({})", decimal(share, 3))
    })
}

/// The state in which a task is seen.
#[must_use]
pub fn seen(machine: &Machine, task: TaskId) -> Seen {
    match machine.task(task).state {
        // A peer is no task of this machine.
        State::Absent => Seen::Absent,
        State::Outside(_) => Seen::Outside,
        State::New => Seen::New,
        State::Ready if machine.is_task_level() => Seen::ReadyOrRunning,
        State::Ready => Seen::Ready,
        State::Running(cpu) if machine.cpu(cpu).mode == Mode::User(task) => {
            match machine.threads.get(task.index()).map(|thread| thread.phase) {
                Some(Phase::Copying { .. }) => Seen::Copying,
                Some(Phase::Scanned) => Seen::Scanning,
                _ => Seen::Running,
            }
        }
        State::Running(_) => Seen::Held,
        State::Blocked(Reason::Carrier) => Seen::Queued,
        State::Blocked(_) if machine.waits_for_data(task) => Seen::WaitingForData,
        State::Blocked(_) => Seen::Blocked,
        State::Zombie => Seen::Zombie,
        State::Exited => Seen::Exited,
    }
}

/// The class of a state in the style sheets.
#[must_use]
pub const fn state_class(seen: Seen) -> &'static str {
    match seen {
        Seen::Absent => "state-absent",
        Seen::New => "state-new",
        Seen::Ready => "state-ready",
        Seen::ReadyOrRunning => "state-unseen",
        Seen::Queued => "state-queued",
        Seen::Running | Seen::Scanning => "state-running",
        Seen::Copying => "state-running state-copying",
        Seen::WaitingForData => "state-blocked state-data",
        Seen::Outside => "state-outside",
        Seen::Held => "state-held",
        Seen::Blocked => "state-blocked",
        Seen::Zombie => "state-zombie",
        Seen::Exited => "state-exited",
    }
}

/// The way that the last event took a task.
#[must_use]
pub fn wire(scene: &Scene) -> Option<WireKind> {
    match scene.event?.kind {
        EventKind::Admitted { .. } | EventKind::Loaded { .. } => Some(WireKind::Admit),
        EventKind::Dispatched { .. } => Some(WireKind::Dispatch),
        EventKind::SliceExpired { .. } | EventKind::Preempted { .. } => Some(WireKind::Return),
        EventKind::Blocked { .. } => Some(WireKind::Block),
        EventKind::IoCompleted { .. } | EventKind::Woken { .. } => Some(WireKind::Wake),
        EventKind::Released { task } => {
            let was = scene.before.as_ref().map(|before| before.task(task).state);
            matches!(was, Some(State::Blocked(_))).then_some(WireKind::Wake)
        }
        EventKind::Exited { .. } => Some(WireKind::Exit),
        _ => None,
    }
}

/// How much of its time slice the task on a CPU has used; none where there is no slice.
#[must_use]
pub fn slice(scene: &Scene, cpu: CpuId, now: Time) -> Option<Progress> {
    let entry = scene.machine.cpu(cpu);
    let task = entry.task()?;
    if entry.slice_end == Time::NEVER {
        return None;
    }
    let left = entry.slice_end.since(now);
    let policy = &scene.code.config.policy;
    let of = match policy.kind {
        PolicyKind::Mlfq => {
            let level = scene
                .machine
                .scheduler
                .level(task)
                .map_or(0, |(level, _)| usize::from(level));
            policy.mlfq.slices.get(level).copied().unwrap_or(left)
        }
        PolicyKind::Cfs => entry
            .slice_end
            .since(dispatched_at(scene, task).max(entry.since.min(now))),
        _ => policy.slice,
    };
    Some(Progress::with_left(of, left.min(of)))
}

/// When a task was dispatched last.
fn dispatched_at(scene: &Scene, task: TaskId) -> Time {
    /// Farther back than this many events nobody looks: a slice is short.
    const BACK: usize = 5_000;
    let events = &scene.trace.events()[..scene.position];
    let dispatch =
        events.iter().rev().take(BACK).find(
            |event| matches!(event.kind, EventKind::Dispatched { task: who, .. } if who == task),
        );
    dispatch.map_or(Time::ZERO, |event| event.at)
}

/// How much of its CPU burst the task on a CPU has done.
#[must_use]
pub fn burst(scene: &Scene, cpu: CpuId, now: Time) -> Option<Progress> {
    let entry = scene.machine.cpu(cpu);
    let task = entry.task()?;
    let pcb = scene.machine.task(task);
    let ran = match entry.mode {
        Mode::User(_) => now.since(entry.since),
        _ => Span::ZERO,
    };
    let left = pcb.step.run - ran;
    let of = burst_length(&scene.code, task, pcb.frame.part, pcb.step.call).max(pcb.step.run);
    Some(Progress::with_left(of, left))
}

/// The length of the CPU burst that ends with a task's pending call, which is number `calls` (from
/// 1) of its round.
fn burst_length(code: &Code, task: TaskId, calls: u32, call: Call) -> Span {
    let job = code.job(task);
    let costs = &code.config.costs;
    let is_call = |burst: &Burst| !matches!(burst, Burst::Cpu(_));
    let ends_the_program = matches!(call, Call::Exit { .. } | Call::NextPeriod);
    if ends_the_program && !job.bursts.iter().any(is_call) && job.period.is_none() {
        // Rounds without a call are one burst.
        return job.cpu_time();
    }
    let nth = (calls as usize).saturating_sub(1);
    let pending = job
        .bursts
        .iter()
        .enumerate()
        .filter(|(_, burst)| is_call(burst))
        .nth(nth);
    let end = match pending {
        Some((place, _)) if !ends_the_program => place,
        _ => job.bursts.len(),
    };
    let before = &job.bursts[..end];
    let start = before.iter().rposition(is_call);
    let own = &before[start.map_or(0, |call| call + 1)..];
    let cpu: u64 = own
        .iter()
        .map(|burst| {
            if let Burst::Cpu(span) = burst {
                span.0
            } else {
                0
            }
        })
        .fold(0, u64::saturating_add);
    let issue = if ends_the_program {
        Span::ZERO
    } else {
        costs.io_issue
    };
    let after_io = start.is_some_and(|call| matches!(before[call], Burst::Io(_)));
    let done = if after_io { costs.io_done } else { Span::ZERO };
    Span(cpu) + issue + done
}

/// How far a CPU is with the kernel's own work.
#[must_use]
pub fn kernel_work(scene: &Scene, cpu: CpuId, now: Time) -> Option<Progress> {
    let entry = scene.machine.cpu(cpu);
    match entry.mode {
        Mode::Switching { .. } | Mode::Handling { .. } | Mode::Receiving { .. } => {
            Some(Progress::between(entry.since, entry.due, now))
        }
        Mode::Idle | Mode::User(_) | Mode::Held(_) => None,
    }
}

/// What the disk does with the request of a task.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Request {
    /// It works on it, until a moment.
    Served {
        /// When it will be done.
        until: Time,
        /// How long it takes.
        span: Span,
    },
    /// It is behind others.
    Waits,
    /// It is done; a CPU handles the interrupt.
    Handled,
}

/// The request of a task that waits for the disk.
#[must_use]
pub fn request(machine: &Machine, task: TaskId) -> Option<Request> {
    let entry = machine.task(task);
    if entry.state != State::Blocked(Reason::Disk) {
        return None;
    }
    let Call::Io { span } = entry.step.call else {
        return None;
    };
    let handled = machine
        .cpus
        .iter()
        .any(|cpu| matches!(cpu.mode, Mode::Handling { done, .. } if done == task));
    Some(match machine.timers.of(task) {
        _ if handled => Request::Handled,
        Some(until) => Request::Served { until, span },
        None => Request::Waits,
    })
}

impl Request {
    /// How far it is.
    #[must_use]
    pub fn progress(self, now: Time) -> Option<Progress> {
        match self {
            Self::Served { until, span } => {
                Some(Progress::with_left(span, until.since(now).min(span)))
            }
            Self::Waits | Self::Handled => None,
        }
    }
}

/// What stands beside or below a token.
#[must_use]
pub fn note(texts: &dyn Texts, scene: &Scene, task: TaskId, zone: Zone) -> String {
    let Scene { code, machine, .. } = scene;
    let unit = code.config.unit;
    let entry = machine.task(task);
    match zone {
        Zone::Ready => {
            let key = machine.scheduler.key(&machine.context(code), task);
            key.map_or_else(String::new, |key| texts.key(unit, key))
        }
        Zone::New if !code.partitions.is_empty() => texts.memory_size(code.job(task).memory),
        Zone::Timer => machine
            .timers
            .of(task)
            .map_or_else(String::new, |at| texts.due(&texts.moment(unit, at))),
        Zone::Sleep => {
            let thread = machine.threads.get(task.index());
            let until = thread.and_then(|thread| thread.deadline);
            until.map_or_else(String::new, |at| texts.due(&texts.moment(unit, at)))
        }
        Zone::Done => {
            let completion = entry.accounting.completion.unwrap_or(machine.now);
            texts.span(unit, completion.since(machine.arrival(code, task)))
        }
        Zone::Disk => match request(machine, task) {
            Some(Request::Waits) => texts.request_waits().to_owned(),
            Some(Request::Handled) => texts.request_handled().to_owned(),
            // What the disk works on has a meter that follows the clock.
            Some(Request::Served { .. }) | None => String::new(),
        },
        Zone::Joining => match entry.state {
            State::Blocked(Reason::Thread(thread)) => {
                code.job(code.slots.thread(thread)).name.clone()
            }
            _ => match machine.named_process(task) {
                Some(process) => machine.process_name(code, process).to_owned(),
                None => texts.any_child().to_owned(),
            },
        },
        Zone::Zombies => machine
            .process_of(task)
            .map_or_else(String::new, |process| texts.exit_status(process.status)),
        Zone::New
        | Zone::Cpu(_)
        | Zone::ReadyOrRunning
        | Zone::Pipe(..)
        | Zone::Interpreter
        | Zone::Object(_)
        | Zone::OtherObjects
        | Zone::Socket(_)
        | Zone::OtherSockets
        | Zone::Completions => String::new(),
    }
}
