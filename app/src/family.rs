//! Who made whom in a run: what tree, timeline, memory and tables draw of tasks that are made while it
//! runs.
//!
//! Not what state they are in: that changes, and is the machine's.

use sim_core::event::EventKind;
use sim_core::ids::{ProcessId, TaskId};
use sim_core::machine::{Machine, State};
use sim_core::program::{Code, INIT};
use sim_core::trace::Trace;

/// A task that is made while a run goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Birth {
    /// Which.
    pub task: TaskId,
    /// Who made it.
    pub by: TaskId,
    /// After how many events it is there.
    pub position: usize,
    /// Whether it is a process with a copy of its maker's memory.
    pub is_copy: bool,
}

/// All births of a run, in order. One pass over its events; none where its program makes nobody.
#[must_use]
pub fn births(trace: &Trace) -> Vec<Birth> {
    let slots = &trace.code().slots;
    if slots.count() == 0 {
        return Vec::new();
    }
    let events = (1..).zip(trace.events());
    let births = events.filter_map(|(position, event)| {
        Some(Birth {
            task: slots.made(event.kind)?,
            by: event.kind.task()?,
            position,
            is_copy: matches!(event.kind, EventKind::Forked { .. }),
        })
    });
    births.collect()
}

/// The tasks of a run, by their numbers: all that are ever made in it. The other places of its process
/// table stay empty to the end.
#[must_use]
pub fn tasks_of(trace: &Trace) -> Vec<TaskId> {
    let code = trace.code();
    let slots = &code.slots;
    let all = (0..code.jobs.len()).map(TaskId::from_index);
    if slots.count() == 0 {
        return all.collect();
    }
    let mut is_made = vec![false; code.jobs.len()];
    for birth in births(trace) {
        is_made[birth.task.index()] = true;
    }
    all.filter(|task| slots.is_declared(*task) || is_made[task.index()])
        .collect()
}

/// Whether a program makes processes, so that tasks have to say whose they are.
#[must_use]
pub const fn has_processes(code: &Code) -> bool {
    code.slots.children > 0
}

/// The process of a task, where its program makes any.
#[must_use]
pub fn process_of(code: &Code, machine: &Machine, task: TaskId) -> Option<ProcessId> {
    has_processes(code).then(|| machine.task(task).process)
}

/// The number that people call a process by.
#[must_use]
pub const fn pid(process: ProcessId) -> u32 {
    process.0 as u32 + 1
}

/// The class of a process in the style sheets: its colour and the form of its edge. There are as many
/// of them as people tell apart at a glance; the number says the rest.
#[must_use]
pub const fn class(process: ProcessId) -> &'static str {
    const CLASSES: [&str; 6] = [
        "process-1",
        "process-2",
        "process-3",
        "process-4",
        "process-5",
        "process-6",
    ];
    CLASSES[(process.0 as usize).saturating_sub(1) % CLASSES.len()]
}

/// A process in the tree.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Branch {
    /// Which.
    pub process: ProcessId,
    /// How far it is from the root.
    pub depth: usize,
    /// Whether it is the last child of its parent.
    pub is_last: bool,
}

/// All processes of a machine: each after its parent, siblings by their numbers. Where there are no
/// parents, by their numbers only.
#[must_use]
pub fn tree(machine: &Machine) -> Vec<Branch> {
    let count = machine.processes.len();
    let mut children: Vec<Vec<ProcessId>> = vec![Vec::new(); count];
    for (place, process) in machine.processes.iter().enumerate().skip(1) {
        if let Some(own) = children.get_mut(process.parent.index()) {
            own.push(ProcessId::from_index(place));
        }
    }
    let mut branches = Vec::with_capacity(count);
    let mut open = vec![Branch {
        process: INIT,
        depth: 0,
        is_last: true,
    }];
    // Each has one parent, which was there before it: there is no circle.
    while let Some(branch) = open.pop() {
        branches.push(branch);
        let own = children.get(branch.process.index());
        for (place, child) in own.into_iter().flatten().rev().enumerate() {
            open.push(Branch {
                process: *child,
                depth: branch.depth + 1,
                is_last: place == 0,
            });
        }
    }
    branches
}

/// The threads of a process that have been made, in order.
pub fn threads_of(machine: &Machine, process: ProcessId) -> impl Iterator<Item = TaskId> {
    let tasks = machine.tasks.iter().enumerate();
    let own = tasks.filter(move |(_, task)| task.process == process && task.state != State::Absent);
    own.map(|(place, _)| TaskId::from_index(place))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sim_core::settings::Settings;
    use sim_core::trace::Cursor;
    use sim_core::workload::Workload;

    use super::*;

    const TEXT: &str = "def f(n)\n  compute n\n\
        task main\n  let t = thread f(1)\n  let a = fork\n  if a == 0\n    let c = spawn f(30)\n    exit\n\
        \x20 let b = fork\n  compute 20\n";

    fn trace() -> Arc<Trace> {
        let workload = Workload::from_script("a.script", TEXT).unwrap();
        let code = workload.code(&Settings::default()).unwrap();
        Arc::new(sim_core::run::run(Arc::new(code), Default::default()))
    }

    #[test]
    fn those_who_are_made_are_known_with_their_makers() {
        let trace = trace();
        let births = births(&trace);
        let code = trace.code();
        let names = births.iter().map(|birth| {
            let name = |task| code.job(task).name.as_str();
            (name(birth.task), name(birth.by), birth.is_copy)
        });
        let mut names: Vec<_> = names.collect();
        names.sort_unstable();
        assert_eq!(
            names,
            [
                ("child[0]", "main", true),
                ("child[1]", "main", true),
                ("child[2]", "child[0]", false),
                ("thread[0]", "main", false),
            ]
        );
        assert_eq!(tasks_of(&trace).len(), 5);
        let mut cursor = Cursor::new(Arc::clone(&trace));
        for birth in births {
            let state = |cursor: &Cursor| cursor.machine().task(birth.task).state;
            cursor.seek(birth.position - 1);
            assert_eq!(state(&cursor), State::Absent);
            cursor.seek(birth.position);
            assert_ne!(state(&cursor), State::Absent);
        }
    }

    #[test]
    fn the_tree_has_each_process_once_after_its_parent() {
        let trace = trace();
        let mut cursor = Cursor::new(Arc::clone(&trace));
        for position in 0..=trace.len() {
            cursor.seek(position);
            let machine = cursor.machine();
            let tree = tree(machine);
            let mut all: Vec<_> = tree.iter().map(|branch| branch.process.0).collect();
            for branch in &tree[1..] {
                let parent = machine.process(branch.process).parent;
                let place = |process: ProcessId| {
                    let mut branches = tree.iter();
                    branches.position(|other| other.process == process).unwrap()
                };
                assert!(place(parent) < place(branch.process));
                assert_eq!(tree[place(parent)].depth + 1, branch.depth);
                let after = &tree[place(branch.process) + 1..];
                let mut siblings = after
                    .iter()
                    .map(|other| machine.process(other.process).parent);
                assert_eq!(branch.is_last, !siblings.any(|other| other == parent));
            }
            all.sort_unstable();
            let made = (0..machine.processes.len()).map(|place| ProcessId::from_index(place).0);
            assert_eq!(all, made.collect::<Vec<_>>());
        }
        // The child of the one that has ended is adopted.
        let orphan = cursor.machine().process(ProcessId(4));
        assert_eq!(orphan.parent, INIT);
    }
}
