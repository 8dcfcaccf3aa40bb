//! What holds of sockets, packets and those who wait for them.

use sim_core::call::{Call, PacketKind, Reason};
use sim_core::event::EventKind;
use sim_core::ids::{SocketId, TaskId};
use sim_core::machine::{
    Connection, Due, Machine, ObjectState, Packet, Pending, SocketKind, Stage, State,
};
use sim_core::program::{Code, Place};

/// What holds of any machine at any place.
pub fn stand(code: &Code, machine: &Machine) -> Result<(), String> {
    let sockets = (0..).map(SocketId).zip(&machine.network.sockets);
    for (id, socket) in sockets {
        match &socket.kind {
            SocketKind::Listener { backlog, queue } => {
                law!(queue.len() <= *backlog as usize, "{id:?}: too many wait");
            }
            SocketKind::Connection(end) => buffers(code, machine, id, end)?,
            SocketKind::Closed => {}
        }
        references(machine, id)?;
    }
    for index in 0..machine.tasks.len() {
        place(code, machine, TaskId::from_index(index))?;
    }
    for object in &machine.objects {
        if let ObjectState::Watch(watch) = &object.state {
            let known = |socket: SocketId| machine.network.socket(socket).is_some();
            let all = watch.members.iter().all(|member| known(member.socket));
            law!(all, "a socket is watched that is not there: {watch:?}");
        }
    }
    Ok(())
}

/// Packets on their way and at a CPU.
fn packets(machine: &Machine) -> impl Iterator<Item = &Packet> {
    let elsewhere = machine.network.elsewhere.values();
    let elsewhere = elsewhere.filter_map(|due| match due {
        Due::Packet(packet) => Some(packet),
        Due::Copied { .. } => None,
    });
    let handled = machine.network.handled.iter().map(|(_, packet)| packet);
    machine
        .network
        .inbound
        .values()
        .chain(elsewhere)
        .chain(handled)
}

/// Buffers do not overflow, and no byte is lost or made on the way.
fn buffers(code: &Code, machine: &Machine, id: SocketId, end: &Connection) -> Result<(), String> {
    let network = &code.config.network;
    law!(
        end.received <= network.receive_buffer,
        "{id:?}: the receive buffer overflows: {end:?}"
    );
    law!(
        end.outstanding() <= network.send_buffer,
        "{id:?}: the send buffer overflows: {end:?}"
    );
    if let Some(other) = end.other {
        let there = machine.network.connection(other);
        law!(
            there.is_none_or(|there| there.other.is_none_or(|back| back == id)),
            "{id:?} and {other:?} are no pair"
        );
        let to_other = |packet: &&Packet| packet.socket == other && packet.kind == PacketKind::Data;
        let bytes: u32 = packets(machine)
            .filter(to_other)
            .map(|packet| packet.bytes)
            .sum();
        law!(
            end.in_flight == bytes || matches!(end.stage, Stage::Broken | Stage::Closed),
            "{id:?}: {bytes} bytes are on their way: {end:?}"
        );
        let kept = there.map_or(0, |there| there.received);
        law!(
            kept + end.in_flight <= network.receive_buffer,
            "{other:?} is sent more than it has room for"
        );
    }
    Ok(())
}

/// A socket is counted as often as descriptors mean it.
fn references(machine: &Machine, id: SocketId) -> Result<(), String> {
    let tables = machine.network.tables.iter();
    let slots = tables.flat_map(|table| &table.descriptors);
    let count = slots.filter(|slot| **slot == Some(id)).count();
    let counted = machine.network.socket(id).map(|socket| socket.references);
    law!(
        counted == u32::try_from(count).ok(),
        "{id:?} is meant {count} times, and counted as {counted:?}"
    );
    Ok(())
}

/// Who waits at the network stands in one queue, which is the one of its reason; a peer is outside, and
/// nobody else is.
fn place(code: &Code, machine: &Machine, task: TaskId) -> Result<(), String> {
    let entry = machine.task(task);
    let is_peer = code.job(task).place == Place::Outside;
    let is_outside = matches!(entry.state, State::Outside(_));
    let is_elsewhere = matches!(
        entry.state,
        State::Ready | State::Running(_) | State::Blocked(_) | State::New
    );
    law!(
        is_peer != is_elsewhere || !is_outside && !is_elsewhere,
        "{task:?} is {:?}, a peer: {is_peer}",
        entry.state
    );
    let turns = machine.pending.iter();
    let turns = turns
        .filter(|next| **next == Pending::Outside(task))
        .count();
    law!(
        turns == usize::from(entry.state == State::Outside(None)),
        "{task:?} is {:?}, and it is its turn {turns} times",
        entry.state
    );
    let mut places = Vec::new();
    for (id, socket) in (0..).map(SocketId).zip(&machine.network.sockets) {
        let readers = socket.readers.iter().filter(|other| **other == task);
        places.extend(readers.map(|_| match socket.kind {
            SocketKind::Connection(_) => Reason::Data(id),
            _ => Reason::Connection(id),
        }));
        let writers = socket.writers.iter().filter(|other| **other == task);
        places.extend(
            writers.map(|_| match socket.connection().map(|end| end.stage) {
                Some(Stage::Connecting) => Reason::Connect(id),
                _ => Reason::Room(id),
            }),
        );
    }
    for table in &machine.network.tables {
        let waiting = table.waiting.iter().filter(|other| **other == task);
        places.extend(waiting.map(|_| Reason::Completion));
    }
    let wakes =
        |next: &&Pending| matches!(next, Pending::Wake { task: woken, .. } if *woken == task);
    let is_woken = machine.pending.iter().any(|next| wakes(&next));
    let legal = match entry.waits().filter(|reason| reason.is_network()) {
        Some(reason) => places == [reason] || places.is_empty() && is_woken,
        None => places.is_empty(),
    };
    law!(
        legal,
        "{task:?} is {:?} and waits at {places:?}",
        entry.state
    );
    Ok(())
}

/// Nobody waits for what is there, when nothing is about to happen at this moment.
pub fn no_lost_wake_up(code: &Code, machine: &Machine) -> Result<(), String> {
    for index in 0..machine.tasks.len() {
        let task = TaskId::from_index(index);
        let entry = machine.task(task);
        let reason = entry.waits().filter(|reason| reason.is_network());
        let (Some(reason), Call::Socket { request }) = (reason, entry.step.call) else {
            continue;
        };
        let is_awake =
            |other: TaskId| matches!(machine.task(other).state, State::Ready | State::Running(_));
        // One of several is woken for a connection or an answer, and has still to try.
        let somebody_tries = matches!(reason, Reason::Connection(_) | Reason::Completion)
            && (0..machine.tasks.len())
                .map(TaskId::from_index)
                .any(is_awake);
        let answer = machine.network_answer(code, machine.now, task, request);
        let waits = matches!(
            answer,
            EventKind::Blocked { .. } | EventKind::TimedOut { .. }
        );
        law!(
            waits || somebody_tries,
            "{task:?} waits for {reason:?}, and would be answered {answer:?}"
        );
    }
    Ok(())
}
