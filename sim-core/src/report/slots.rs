//! Slots: who ran on which CPU from when to when.

use crate::ids::{CpuId, TaskId};
use crate::machine::{Machine, Mode};
use crate::policy::Policy;
use crate::time::Time;
use crate::trace::Trace;

/// A stretch of time in which a CPU ran one task's program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Slot {
    /// The CPU.
    pub cpu: CpuId,
    /// The task.
    pub task: TaskId,
    /// Its start.
    pub from: Time,
    /// Its end, later than its start.
    pub to: Time,
    /// The task's level, where the policy has levels; as in OSTEP the lowest is 0.
    pub level: Option<u8>,
}

/// The slots of a run in order of their start, then of CPUs. Adjacent ones of one task on one CPU
/// are joined where their level is the same.
#[must_use]
pub fn slots(trace: &Trace) -> Vec<Slot> {
    let mut machine = trace.start().clone();
    let mut slots = Vec::new();
    // The slot that each CPU is in, open at its end.
    let mut open: Vec<Option<Slot>> = vec![None; machine.cpus.len()];
    for event in trace.events() {
        // It was applied when it was recorded, to the same machine.
        let _ = machine.apply(trace.code(), event);
        for (index, open) in open.iter_mut().enumerate() {
            let now = running(&machine, CpuId::from_index(index));
            let goes_on = match (&open, &now) {
                (Some(open), Some(now)) => open.task == now.task && open.level == now.level,
                (None, None) => true,
                _ => false,
            };
            if !goes_on {
                close(&mut slots, open.take(), machine.now);
                *open = now;
            }
        }
    }
    for last in open {
        close(&mut slots, last, trace.end());
    }
    slots.sort_by_key(|slot| (slot.from, slot.cpu));
    join(slots)
}

/// The slot that would begin on a CPU now.
fn running(machine: &Machine, cpu: CpuId) -> Option<Slot> {
    let Mode::User(task) = machine.cpu(cpu).mode else {
        return None;
    };
    let level = machine
        .scheduler
        .level(task)
        .map(|(level, levels)| levels - 1 - level);
    Some(Slot {
        cpu,
        task,
        from: machine.now,
        to: machine.now,
        level,
    })
}

fn close(slots: &mut Vec<Slot>, open: Option<Slot>, to: Time) {
    slots.extend(
        open.filter(|slot| slot.from < to)
            .map(|slot| Slot { to, ..slot }),
    );
}

/// Joins adjacent slots that differ in nothing but time.
fn join(slots: Vec<Slot>) -> Vec<Slot> {
    let mut last_on: Vec<Option<usize>> = Vec::new();
    let mut joined: Vec<Slot> = Vec::with_capacity(slots.len());
    for slot in slots {
        if last_on.len() <= slot.cpu.index() {
            last_on.resize(slot.cpu.index() + 1, None);
        }
        let last = &mut last_on[slot.cpu.index()];
        if let Some(before) = last.map(|place| &mut joined[place])
            && slot
                == (Slot {
                    from: before.to,
                    to: slot.to,
                    ..*before
                })
        {
            before.to = slot.to;
            continue;
        }
        *last = Some(joined.len());
        joined.push(slot);
    }
    joined
}
