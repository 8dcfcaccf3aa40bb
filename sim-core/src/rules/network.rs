//! What the network brings about by itself: packets arrive, and the kernel has copied what was
//! submitted to it.
//!
//! Not what a task's call to a socket leads to: the machine is asked that, in
//! [`Machine::network_answer`].

use super::cpus::handler;
use crate::event::EventKind;
use crate::ids::PacketId;
use crate::machine::{Due, Machine};
use crate::program::Code;
use crate::time::Time;

/// When the first of it is due.
#[inline]
pub(super) fn first(machine: &Machine) -> Time {
    let inbound = machine.network.first_inbound();
    let elsewhere = machine.network.first_elsewhere();
    let moment = |due: Option<(Time, PacketId)>| due.map_or(Time::NEVER, |(at, _)| at);
    moment(inbound).min(moment(elsewhere))
}

/// The first packet is at this machine's network card.
#[inline(never)]
pub(super) fn packet(code: &Code, machine: &Machine) -> Option<EventKind> {
    let (_, packet) = machine.network.first_inbound()?;
    Some(if code.config.costs.interrupt.is_zero() {
        arrival(machine, packet)
    } else {
        let cpu = handler(machine);
        EventKind::CardInterrupted { packet, cpu }
    })
}

/// A packet is handled.
pub(super) fn arrival(machine: &Machine, number: PacketId) -> EventKind {
    match machine.network.packet(number) {
        Some(packet) => EventKind::PacketArrived {
            packet: number,
            kind: packet.kind,
            socket: packet.socket,
        },
        // A CPU handles only packets that are there.
        None => EventKind::PriorityAdjusted,
    }
}

/// A packet is at another machine, or the kernel has done what was submitted.
#[inline(never)]
pub(super) fn elsewhere(machine: &Machine) -> Option<EventKind> {
    let (&(_, number), due) = machine.network.elsewhere.first_key_value()?;
    match due {
        Due::Packet(_) => Some(arrival(machine, PacketId(number))),
        Due::Copied { submission } => {
            let submission = machine.network.submission(*submission)?;
            Some(EventKind::Completed {
                task: submission.task,
                request: submission.request,
                socket: submission.socket,
            })
        }
    }
}
