//! What holds of tasks that wait for each other in a circle.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use sim_core::call::{PipeEnd, Reason};
use sim_core::event::EventKind;
use sim_core::ids::{ProcessId, TaskId};
use sim_core::machine::{Holder, Machine, ObjectState, State, wait_for};
use sim_core::trace::Cursor;
use sim_core::view::{FindingKind, findings};

use crate::scripts::{World, script_worlds};
use crate::worlds::{deviations, hold, played};

/// Whoever is told to be in a circle of tasks that wait for each other never does anything again, unless
/// one of them is ended from outside; and every circle at the end was told, if only as a shorter one
/// within it.
#[test]
fn a_deadlock_is_for_ever() {
    hold(
        12_000,
        (script_worlds(), deviations()),
        |(World(code), deviations)| {
            let trace = Arc::new(played(&code, deviations));
            let mut cursor = Cursor::new(Arc::clone(&trace));
            let mut told = Vec::new();
            for each in findings(&trace) {
                if let FindingKind::Deadlock { .. } = each.kind {
                    cursor.seek(each.position);
                    let circle = wait_for::circle(cursor.machine(), each.task);
                    prop_assert!(!circle.is_empty(), "{each:?}");
                    told.push((each.position, circle));
                }
            }
            for (position, circle) in &told {
                let later = &trace.events()[*position..];
                let is_of = |task: Option<TaskId>| task.is_some_and(|task| circle.contains(&task));
                let comes_apart = later.iter().position(|event| {
                    is_of(event.kind.task())
                        && matches!(
                            event.kind,
                            EventKind::Killed { .. } | EventKind::Terminated { .. }
                        )
                });
                let together = &later[..comes_apart.unwrap_or(later.len())];
                for event in together.iter().filter(|event| !is_done_to(event.kind)) {
                    prop_assert!(!is_of(event.kind.task()), "{circle:?}: {event:?}");
                }
                if comes_apart.is_none() {
                    cursor.seek(trace.len());
                    let still = wait_for::circle(cursor.machine(), circle[0]);
                    prop_assert_eq!(circle, &still, "it lasts");
                }
            }
            cursor.seek(trace.len());
            for circle in wait_for::circles(cursor.machine()) {
                let mut known = told.iter().flat_map(|(_, told)| told);
                prop_assert!(
                    known.any(|task| circle.contains(task)),
                    "nobody was told of {circle:?}"
                );
            }
            Ok(())
        },
    );
}

/// Whether an event happens to a task, which does nothing itself.
const fn is_done_to(kind: EventKind) -> bool {
    matches!(
        kind,
        EventKind::AlarmRang { .. }
            | EventKind::Adopted { .. }
            | EventKind::Reaped { .. }
            // The kernel goes on with what it submitted.
            | EventKind::Completed { .. }
    )
}

/// Those at the end of a run who keep each other waiting: the most of whom each waits for another of them
/// who has what it wants, or could hear from such only.
pub fn silent(machine: &Machine) -> BTreeSet<TaskId> {
    let mut all: BTreeSet<TaskId> = (0..machine.tasks.len())
        .map(TaskId::from_index)
        .filter(|task| machine.task(*task).waits().is_some())
        .collect();
    loop {
        let kept: BTreeSet<_> = all
            .iter()
            .copied()
            .filter(|task| match speakers(machine, *task) {
                Some(speakers) => {
                    !speakers.is_empty() && speakers.iter().all(|other| all.contains(other))
                }
                None => owners(machine, *task)
                    .iter()
                    .any(|owner| all.contains(owner)),
            })
            .collect();
        if kept.len() == all.len() {
            return all;
        }
        all = kept;
    }
}

/// Who holds what a task waits for.
fn owners(machine: &Machine, task: TaskId) -> Vec<TaskId> {
    let object = match machine.task(task).state {
        State::Blocked(Reason::Object(object)) => object,
        State::Blocked(Reason::Thread(_)) => return machine.joined_by(task).into_iter().collect(),
        _ => return Vec::new(),
    };
    let mut owners: Vec<TaskId> = match &machine.object(object).state {
        ObjectState::Lock { owner } | ObjectState::RecursiveLock { owner, .. } => {
            owner.iter().copied().collect()
        }
        ObjectState::ReadersWriter { readers, writer } => {
            readers.iter().chain(writer).copied().collect()
        }
        _ => Vec::new(),
    };
    // What a thread held that is not in this process nobody gives back.
    owners.retain(|owner| machine.task(*owner).process == machine.task(task).process);
    owners
}

/// All others who could end a task's wait, where any of them would do.
fn speakers(machine: &Machine, task: TaskId) -> Option<Vec<TaskId>> {
    let tasks = (0..machine.tasks.len()).map(TaskId::from_index);
    let tasks = tasks.filter(|other| *other != task && machine.task(*other).is_live());
    let is_inside = |task: &TaskId| !matches!(machine.task(*task).state, State::Outside(_));
    let of = |process: ProcessId| {
        let tasks = tasks.clone().filter(is_inside);
        tasks.filter(move |other| machine.task(*other).process == process)
    };
    let ends = |pipe, end| machine.holders_of(pipe, end).flat_map(of).collect();
    Some(match machine.task(task).waits()? {
        Reason::PipeEmpty(pipe) => ends(pipe, PipeEnd::Write),
        Reason::PipeFull(pipe) => ends(pipe, PipeEnd::Read),
        Reason::Child => {
            let own = machine.task(task).process;
            let is_child = |task: &TaskId| {
                let process = machine.task(*task).process;
                machine.processes[process.0 as usize].parent == own
            };
            tasks.filter(is_inside).filter(is_child).collect()
        }
        Reason::Data(socket) | Reason::Room(socket) => {
            let other = machine.network.connection(socket)?.other;
            let tables = machine.network.tables.iter();
            let tables = tables.filter(|table| {
                let mut sockets = table.descriptors.iter().flatten();
                sockets.any(|socket| Some(*socket) == other)
            });
            tables
                .flat_map(|table| match table.holder {
                    Holder::Process(process) => of(ProcessId(process)).collect(),
                    Holder::Peer(peer) => vec![peer],
                })
                .collect()
        }
        Reason::Carrier => {
            // Those who are on kernel threads, or with processors those who run: the others wait in the
            // kernel without one.
            let carriers = machine.carriers_of(task)?;
            let all = carriers.all.iter();
            let all =
                all.filter(|carrier| carriers.processors.is_none() || carrier.processor.is_some());
            all.filter_map(|carrier| carrier.holder).collect()
        }
        _ => return None,
    })
}
