//! Events that did not happen, offered to a machine.

use proptest::prelude::*;
use sim_core::event::{Event, EventKind};
use sim_core::ids::{CpuId, PacketId, PartitionId, ProcessId, TaskId, ThreadId};
use sim_core::time::Time;

use crate::cursors::stands;
use crate::scripts::{World, all_worlds};
use crate::worlds::{hold, play};

#[test]
fn no_event_out_of_place_breaks_the_machine() {
    let choice = (
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        0..8_u32,
        0..8_u8,
    );
    hold(
        20_000,
        (all_worlds(), choice),
        |(World(code), (place, taken, task, cpu))| {
            let trace = play(&code);
            if trace.is_empty() {
                return Ok(());
            }
            let mut machine = trace.start().clone();
            for event in &trace.events()[..place.index(trace.len())] {
                machine.apply(&code, event).unwrap();
            }
            let original = trace.events()[taken.index(trace.len())];
            let here = machine.now;
            let moved = [
                original.at,
                here,
                Time(here.0.saturating_sub(1)),
                Time(here.0 + 1),
            ];
            for at in moved {
                for kind in [
                    original.kind,
                    mutated(original.kind, TaskId(task), CpuId(cpu)),
                ] {
                    let event = Event { at, kind };
                    let mut other = machine.clone();
                    match other.apply(&code, &event) {
                        Err(illegal) => prop_assert_eq!(illegal.event, event),
                        Ok(()) => {
                            prop_assert!(at >= here, "{:?} went through", event);
                            stands(&code, &other).map_err(|broken| {
                                TestCaseError::fail(format!("after {event:?}: {broken}"))
                            })?;
                        }
                    }
                }
            }
            Ok(())
        },
    );
}

/// The same kind of event about another task on another CPU.
fn mutated(kind: EventKind, task: TaskId, cpu: CpuId) -> EventKind {
    match kind {
        EventKind::Arrived { .. } => EventKind::Arrived { task },
        EventKind::Admitted { .. } => EventKind::Admitted { task },
        EventKind::Loaded { .. } => EventKind::Loaded {
            task,
            partition: PartitionId(u16::from(cpu.0)),
        },
        EventKind::Blocked { reason, .. } => EventKind::Blocked { task, reason },
        EventKind::IoCompleted { .. } => EventKind::IoCompleted { task },
        EventKind::Woken { .. } => EventKind::Woken { task },
        EventKind::Sent { pipe, .. } => EventKind::Sent { task, pipe },
        EventKind::Received { pipe, .. } => EventKind::Received { task, pipe },
        EventKind::ReachedEnd { pipe, .. } => EventKind::ReachedEnd { task, pipe },
        EventKind::Released { .. } => EventKind::Released { task },
        EventKind::DeadlineMissed { .. } => EventKind::DeadlineMissed { task },
        EventKind::Accessed {
            operation,
            variable,
            ..
        } => EventKind::Accessed {
            task,
            operation,
            variable,
        },
        EventKind::Granted {
            request, object, ..
        } => EventKind::Granted {
            task,
            request,
            object,
        },
        EventKind::Refused {
            request, object, ..
        } => EventKind::Refused {
            task,
            request,
            object,
        },
        EventKind::HandedOver { object, .. } => EventKind::HandedOver { task, object },
        EventKind::TimedOut { .. } => EventKind::TimedOut { task },
        EventKind::SleepEnded { .. } => EventKind::SleepEnded { task },
        EventKind::InterpreterTaken { .. } => EventKind::InterpreterTaken { task },
        EventKind::InterpreterDropped { reason, .. } => {
            EventKind::InterpreterDropped { task, reason }
        }
        EventKind::IntervalPassed { .. } => EventKind::IntervalPassed { task },
        EventKind::CarrierTaken { .. } => EventKind::CarrierTaken { task },
        EventKind::Yielded { .. } => EventKind::Yielded { task },
        EventKind::Passed { .. } => EventKind::Passed { task },
        EventKind::Printed { .. } => EventKind::Printed { task },
        EventKind::Failed { fault, .. } => EventKind::Failed { task, fault },
        EventKind::Exited { .. } => EventKind::Exited { task },
        EventKind::Reaped { .. } => EventKind::Reaped { task },
        EventKind::Dispatched { .. } => EventKind::Dispatched { task, cpu },
        EventKind::ContextRestored { .. } => EventKind::ContextRestored { task, cpu },
        EventKind::SliceExpired { .. } => EventKind::SliceExpired { task, cpu },
        EventKind::Preempted { .. } => EventKind::Preempted { task, cpu },
        EventKind::Interrupted { .. } => EventKind::Interrupted { task, cpu },
        EventKind::Served {
            request, socket, ..
        } => EventKind::Served {
            task,
            request,
            socket,
        },
        EventKind::CopyBegan {
            request, socket, ..
        } => EventKind::CopyBegan {
            task,
            request,
            socket,
        },
        EventKind::WouldBlock {
            request, socket, ..
        } => EventKind::WouldBlock {
            task,
            request,
            socket,
        },
        EventKind::SocketFailed {
            request, socket, ..
        } => EventKind::SocketFailed {
            task,
            request,
            socket,
        },
        EventKind::SocketEnded { socket, .. } => EventKind::SocketEnded { task, socket },
        EventKind::ScanBegan { object, .. } => EventKind::ScanBegan { task, object },
        EventKind::NothingCompleted { .. } => EventKind::NothingCompleted { task },
        EventKind::Completed {
            request, socket, ..
        } => EventKind::Completed {
            task,
            request,
            socket,
        },
        EventKind::PacketArrived { kind, socket, .. } => EventKind::PacketArrived {
            packet: PacketId(task.0),
            kind,
            socket,
        },
        EventKind::CardInterrupted { packet, .. } => EventKind::CardInterrupted { packet, cpu },
        EventKind::PriorityAdjusted => EventKind::PriorityAdjusted,
        kind => of_process(kind, task, ProcessId(u16::from(cpu.0))),
    }
}

/// The same for events of processes, about another process too.
fn of_process(kind: EventKind, task: TaskId, process: ProcessId) -> EventKind {
    match kind {
        EventKind::Forked { .. } => EventKind::Forked { task, process },
        EventKind::Spawned { .. } => EventKind::Spawned { task, process },
        EventKind::ThreadStarted { .. } => EventKind::ThreadStarted {
            task,
            thread: ThreadId(process.0),
        },
        EventKind::Executed { .. } => EventKind::Executed { task },
        EventKind::Joined { .. } => EventKind::Joined {
            task,
            thread: ThreadId(process.0),
        },
        EventKind::WaitedForChild { .. } => EventKind::WaitedForChild { task, process },
        EventKind::Denied { denial, .. } => EventKind::Denied { task, denial },
        EventKind::Asked { query, .. } => EventKind::Asked { task, query },
        EventKind::SignalSent { signal, .. } => EventKind::SignalSent {
            task,
            signal,
            process,
        },
        EventKind::DispositionSet { signal, .. } => EventKind::DispositionSet { task, signal },
        EventKind::AlarmSet { .. } => EventKind::AlarmSet { task },
        EventKind::AlarmRang { .. } => EventKind::AlarmRang { task, process },
        EventKind::SignalDelivered { signal, .. } => EventKind::SignalDelivered { task, signal },
        EventKind::HandlerReturned { .. } => EventKind::HandlerReturned { task },
        EventKind::Killed { signal, .. } => EventKind::Killed { task, signal },
        EventKind::Terminated { .. } => EventKind::Terminated { task },
        EventKind::Adopted { .. } => EventKind::Adopted { task, process },
        EventKind::Closed { end, pipe, .. } => EventKind::Closed { task, end, pipe },
        other => other,
    }
}
