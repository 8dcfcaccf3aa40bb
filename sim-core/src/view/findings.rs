//! Findings: what went wrong in a run that went on, such as a missed deadline.
//!
//! Not outcomes: how a run ended is in its trace.

use crate::call::{Fault, Reason};
use crate::event::EventKind;
use crate::ids::TaskId;
use crate::machine::{State, wait_for};
use crate::program::{Place, Threads};
use crate::sort::sort_by_key;
use crate::time::{Span, Time};
use crate::trace::Trace;

/// Something that went wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Finding {
    /// When it could first be said.
    pub at: Time,
    /// How many events had happened then: the place at which to look.
    pub position: usize,
    /// To whom it happened.
    pub task: TaskId,
    /// What.
    pub kind: FindingKind,
}

/// The kinds of findings.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FindingKind {
    /// Its job was not done at its deadline.
    DeadlineMissed,
    /// It was ready, without a CPU, for longer than the configuration calls starvation.
    Starvation {
        /// How long, in the end.
        waited: Span,
    },
    /// It blocked at what another holds, or until another speaks, and so closed a circle: nobody in it will
    /// ever run again.
    Deadlock {
        /// How many tasks are in the circle.
        tasks: u32,
    },
    /// It did what cannot be done, and ended.
    Failed {
        /// What.
        fault: Fault,
    },
}

/// What went wrong in a run, in order of time and then of tasks.
#[must_use]
pub fn findings(trace: &Trace) -> Vec<Finding> {
    let mut found = missed_deadlines(trace);
    if trace.code().script.is_some() {
        found.extend(of_script(trace));
    }
    // Who waits for a CPU and who has one is one state at task level.
    if let Some(limit) = trace.code().config.starvation
        && !trace.start().is_task_level()
    {
        found.extend(starvation(trace, limit));
    }
    sort_by_key(&mut found, |finding| {
        (finding.at, finding.position, finding.task)
    });
    found
}

fn missed_deadlines(trace: &Trace) -> Vec<Finding> {
    let missed = trace
        .events()
        .iter()
        .enumerate()
        .filter_map(|(before, event)| {
            let EventKind::DeadlineMissed { task } = event.kind else {
                return None;
            };
            let kind = FindingKind::DeadlineMissed;
            Some(Finding {
                at: event.at,
                position: before + 1,
                task,
                kind,
            })
        });
    missed.collect()
}

/// Circles that closed, and tasks that failed.
fn of_script(trace: &Trace) -> Vec<Finding> {
    let mut found = Vec::new();
    // Who is known to be in a circle.
    let mut known: Vec<TaskId> = Vec::new();
    let mut machine = trace.start().clone();
    for (before, event) in trace.events().iter().enumerate() {
        // It was applied when it was recorded, to the same machine.
        let _ = machine.apply(trace.code(), event);
        let mut tell = |task, kind| {
            found.push(Finding {
                at: event.at,
                position: before + 1,
                task,
                kind,
            });
        };
        match event.kind {
            EventKind::Failed { task, fault } => tell(task, FindingKind::Failed { fault }),
            EventKind::Blocked { task, reason } if may_close_circle(reason.into()) => {
                let circle = wait_for::circle(&machine, task);
                if !circle.is_empty() {
                    tell(task, deadlock(&circle));
                    known.extend(circle);
                }
            }
            _ => {}
        }
        // Who waits to hear from anybody is stuck only when the last who could still speak is gone, or has
        // nothing on its way any more.
        if silences(event.kind) || before + 1 == trace.len() {
            for circle in wait_for::circles(&machine) {
                if !circle.iter().any(|task| known.contains(task)) {
                    tell(circle[0], deadlock(&circle));
                    known.extend(circle);
                }
            }
        }
    }
    found
}

fn deadlock(circle: &[TaskId]) -> FindingKind {
    let tasks = u32::try_from(circle.len()).unwrap_or(u32::MAX);
    FindingKind::Deadlock { tasks }
}

/// Whether somebody will not be heard from any more.
const fn silences(kind: EventKind) -> bool {
    matches!(
        kind,
        EventKind::Exited { .. }
            | EventKind::Killed { .. }
            | EventKind::Terminated { .. }
            | EventKind::Closed { .. }
    )
}

const fn may_close_circle(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::Object(_)
            | Reason::Thread(_)
            | Reason::PipeEmpty(_)
            | Reason::PipeFull(_)
            | Reason::Child
            | Reason::Data(_)
            | Reason::Room(_)
    )
}

/// Who waited for a CPU for longer than `limit`.
fn starvation(trace: &Trace, limit: Span) -> Vec<Finding> {
    let mut waits = vec![Wait::Not; trace.code().jobs.len()];
    // Who has a kernel thread, and whether that one has a CPU, the events of user-level threads do not say.
    let carries = trace.code().config.threads != Threads::Kernel;
    let mut machine = carries.then(|| trace.start().clone());
    let mut found = Vec::new();
    let mut check = |task: TaskId, since: Time, until: Time| {
        let waited = until.since(since);
        if waited > limit {
            let at = since + limit;
            let position = trace.events_until(at);
            found.push(Finding {
                at,
                position,
                task,
                kind: FindingKind::Starvation { waited },
            });
        }
    };
    for event in trace.events() {
        if let Some(machine) = &mut machine {
            // It was applied when it was recorded, to the same machine.
            let _ = machine.apply(trace.code(), event);
        }
        let Some(task) = event.kind.task() else {
            continue;
        };
        // Peers wait for no CPU.
        if trace.code().job(task).place == Place::Outside {
            continue;
        }
        let wait = &mut waits[task.index()];
        match event.kind {
            EventKind::Dispatched { .. } => {
                if let Wait::Since(since) = core::mem::replace(wait, Wait::OnCpu) {
                    check(task, since, event.at);
                }
            }
            // A period may begin late, for a task that has not left its CPU.
            EventKind::Released { .. } if *wait == Wait::OnCpu => {}
            // So may a timed call give up, for a task that has just tried it again.
            EventKind::TimedOut { .. } if *wait == Wait::Not => *wait = Wait::Since(event.at),
            EventKind::Admitted { .. }
            | EventKind::Loaded { .. }
            | EventKind::IoCompleted { .. }
            | EventKind::Woken { .. }
            | EventKind::Released { .. }
            | EventKind::SliceExpired { .. }
            | EventKind::HandedOver { .. }
            | EventKind::SleepEnded { .. }
            | EventKind::Yielded { .. }
            | EventKind::Preempted { .. } => *wait = Wait::Since(event.at),
            EventKind::SignalDelivered { .. } if *wait == Wait::Not => {
                *wait = Wait::Since(event.at);
            }
            EventKind::Blocked { .. } | EventKind::Exited { .. } | EventKind::Failed { .. } => {
                *wait = Wait::Not;
            }
            EventKind::Killed { .. } | EventKind::Terminated { .. } => {
                if let Wait::Since(since) = core::mem::replace(wait, Wait::Not) {
                    check(task, since, event.at);
                }
            }
            _ => {}
        }
        let made = trace.code().slots.made(event.kind);
        if let Some(made) = made {
            waits[made.index()] = Wait::Since(event.at);
        }
        let Some(machine) = &machine else { continue };
        for task in [Some(task), made].into_iter().flatten() {
            let wait = &mut waits[task.index()];
            *wait = match (machine.task(task).state, *wait) {
                (State::Blocked(_), Wait::Since(_)) => Wait::Not,
                (State::Running(_), Wait::Not) => Wait::OnCpu,
                (State::Ready, Wait::Not) => Wait::Since(event.at),
                (_, wait) => wait,
            };
        }
    }
    for (place, wait) in waits.iter().enumerate() {
        if let Wait::Since(since) = *wait {
            check(TaskId::from_index(place), since, trace.end());
        }
    }
    found
}

/// Whether a task waits for a CPU.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wait {
    /// It is not there, or blocked.
    Not,
    /// It is ready.
    Since(Time),
    /// It has one.
    OnCpu,
}
