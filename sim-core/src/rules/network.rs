//! What the network brings about by itself: packets arrive, and the kernel has copied what was
//! submitted to it.
//!
//! Not what a task's call to a socket leads to: the machine is asked that, in
//! [`Machine::network_answer`].

use super::cpus::handler;
use crate::event::EventKind;
use crate::ids::{PacketId, TaskId};
use crate::machine::{Due, Machine};
use crate::program::Code;
use crate::time::Time;

/// When the first of it is due; and when the next peer arrives.
#[inline]
pub(super) fn first(code: &Code, machine: &Machine) -> Time {
    let peer = code.peer_arrival(machine.network.arrived);
    let peer = peer.map_or(Time::NEVER, |(at, _)| at);
    let inbound = machine.network.first_inbound();
    let elsewhere = machine.network.first_elsewhere();
    let moment = |due: Option<(Time, PacketId)>| due.map_or(Time::NEVER, |(at, _)| at);
    moment(inbound).min(moment(elsewhere)).min(peer)
}

/// Who arrives next, a job or a peer, and when: at one moment the lower number first.
#[inline]
pub(super) fn next_to_come(code: &Code, machine: &Machine) -> Option<(Time, TaskId)> {
    let at = code.arrival_time(machine.arrived);
    let own = at.zip(code.arrival(machine.arrived));
    let peer = code.peer_arrival(machine.network.arrived);
    own.into_iter().chain(peer).min()
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
#[lockstep_part::later]
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
