//! Packets leave, travel and arrive; who waits for what they bring is woken, and the kernel goes on
//! with what was submitted to it.
//!
//! Not what tasks ask: that is in [`network`](super::network). The file is long because a packet, what it
//! wakes and what was submitted change the same socket and are read together.

use super::Legal;
use crate::call::{PacketKind, Signal, SocketRequest};
use crate::ids::{CpuId, ObjectId, PacketId, ProcessId, SocketId, TaskId};
use crate::machine::{
    Completion, Connection, Due, Holder, Machine, Mode, ObjectState, Packet, Pending, Role,
    SocketKind, Stage, State, Submission,
};
use crate::program::{Code, Place, limits};
use crate::time::{Span, Time};

impl Machine {
    /// A packet leaves a side of the border for a socket; a wish for a connection names the socket that
    /// it comes from. What stays on its side arrives at once.
    pub(super) fn launch(
        &mut self,
        code: &Code,
        from: Place,
        socket: SocketId,
        kind: PacketKind,
        bytes: u32,
    ) {
        let packet = Packet {
            kind,
            socket,
            bytes,
            sent: self.now,
        };
        let to = match kind {
            PacketKind::Connect => from.other(),
            _ => self.place_of(socket),
        };
        if from == to {
            self.deliver_packet(code, packet);
            return;
        }
        let number = self.network.take_number();
        let network = &code.config.network;
        let wire = &mut self.network.wires[usize::from(from == Place::Inside)];
        let gone = (*wire).max(self.now) + network.time_on_wire(bytes, code.config.unit);
        *wire = gone;
        let key = ((gone + network.latency).0, number);
        match to {
            Place::Inside => {
                self.network.inbound.insert(key, packet);
            }
            Place::Outside => {
                self.network.elsewhere.insert(key, Due::Packet(packet));
            }
        }
    }

    fn place_of(&self, socket: SocketId) -> Place {
        let socket = self.network.socket(socket);
        socket.map_or(Place::Inside, |socket| socket.place)
    }

    /// Sends what is in a socket's buffer, as far as the other side has room for it, and its end when
    /// nothing is left.
    pub(super) fn transmit(&mut self, code: &Code, socket: SocketId) {
        let network = &code.config.network;
        let (largest, buffer) = (network.packet, network.receive_buffer);
        let from = self.place_of(socket);
        while let Some(end) = self.network.connection(socket)
            && let Some(other) = end.other
            && matches!(end.stage, Stage::Open | Stage::Closing)
        {
            let is_last = end.stage == Stage::Closing && end.unsent == 0 && end.claimed == 0;
            let kept = self.network.connection(other).map_or(0, |end| end.received);
            let window = buffer.saturating_sub(kept.saturating_add(end.in_flight));
            let whole = end.unsent.min(largest);
            let bytes = whole.min(window);
            // A small window is not worth a packet while others are on their way (RFC 1122, 4.2.3.4).
            let waits = bytes == 0 || bytes < whole && end.in_flight > 0;
            let Some(end) = self.connection_mut(socket).filter(|_| is_last || !waits) else {
                break;
            };
            if is_last {
                end.stage = Stage::Closed;
                self.launch(code, from, other, PacketKind::End, 0);
            } else {
                end.unsent -= bytes;
                end.in_flight += bytes;
                self.launch(code, from, other, PacketKind::Data, bytes);
            }
        }
    }

    /// Bytes have been taken out of a receive buffer: the other side may send more.
    pub(super) fn open_window(&mut self, code: &Code, socket: SocketId) {
        let other = self.network.connection(socket).and_then(|end| end.other);
        if let Some(other) = other {
            self.transmit(code, other);
        }
    }

    /// The network card interrupts a CPU.
    #[inline(never)]
    pub(super) fn interrupt_for_packet(
        &mut self,
        code: &Code,
        packet: PacketId,
        id: CpuId,
    ) -> Legal {
        let first = self.network.first_inbound();
        require!(
            first.is_some_and(|(at, number)| number == packet && at <= self.now),
            "that packet has not arrived"
        );
        let interrupted = self.enter_handler(code, id)?;
        self.cpus[id.index()].mode = Mode::Receiving {
            packet,
            interrupted,
        };
        if let Some((_, arrived)) = self.network.inbound.pop_first() {
            self.network.handled.push((packet, arrived));
        }
        Ok(())
    }

    /// A packet is where it was to go.
    #[inline(never)]
    pub(super) fn arrive_packet(
        &mut self,
        code: &Code,
        number: PacketId,
        kind: PacketKind,
        socket: SocketId,
    ) -> Legal {
        let packet = self.take_packet(code, number)?;
        require!(
            (packet.kind, packet.socket) == (kind, socket),
            "something else is in that packet"
        );
        self.deliver_packet(code, packet);
        // A small packet that waited for those before it can go.
        if kind == PacketKind::Data {
            self.open_window(code, socket);
        }
        Ok(())
    }

    /// Takes a packet that is due from where it is.
    fn take_packet(&mut self, code: &Code, number: PacketId) -> Result<Packet, &'static str> {
        const NONE: &str = "no such packet is due";
        let mut handled = self.network.handled.iter();
        if let Some(place) = handled.position(|(other, _)| *other == number) {
            let (_, packet) = self.network.handled.remove(place);
            self.leave_packet_handler(code, number)?;
            return Ok(packet);
        }
        let is_unseen = self.is_task_level();
        let mut elsewhere = self.network.elsewhere.iter();
        let is_wanted = |((_, other), due): &(&(u64, u32), &Due)| {
            *other == number.0 && matches!(due, Due::Packet(_))
        };
        let found = if is_unseen {
            elsewhere.find(|each| is_wanted(each))
        } else {
            elsewhere.next().filter(|each| is_wanted(each))
        };
        if let Some((&key, &Due::Packet(packet))) = found {
            require!(key.0 <= self.now.0, "it has not arrived");
            self.network.elsewhere.remove(&key);
            return Ok(packet);
        }
        require!(
            is_unseen || code.config.costs.interrupt.is_zero(),
            "it interrupts a CPU first"
        );
        // Nobody sees in which order several CPUs handled what has arrived.
        let arrived = (0, 0)..=(self.now.0, u32::MAX);
        let mut arrived = self.network.inbound.range(arrived);
        let found = if is_unseen {
            arrived.find(|(key, _)| key.1 == number.0)
        } else {
            arrived.next().filter(|(key, _)| key.1 == number.0)
        };
        let (&key, &packet) = found.ok_or(NONE)?;
        self.network.inbound.remove(&key);
        Ok(packet)
    }

    /// What the kernel at the end of its way does with a packet.
    fn deliver_packet(&mut self, code: &Code, packet: Packet) {
        let socket = packet.socket;
        match (packet.kind, self.connection_mut(socket)) {
            (PacketKind::Connect, _) => self.knock(code, socket),
            (PacketKind::Accept, Some(end)) => {
                if end.stage == Stage::Connecting {
                    end.stage = Stage::Open;
                    self.rouse_writers(socket);
                } else {
                    // It has given up meanwhile.
                    self.reject(code, socket);
                }
            }
            (PacketKind::Data, Some(end)) => {
                let bytes = packet.bytes;
                let is_read = end.stage == Stage::Open;
                if is_read {
                    end.received = end.received.saturating_add(bytes);
                }
                let other = end.other;
                if let Some(sender) = other.and_then(|other| self.connection_mut(other)) {
                    sender.in_flight = sender.in_flight.saturating_sub(bytes);
                }
                if let Some(other) = other {
                    self.room(code, other);
                }
                if is_read {
                    self.news(code, socket);
                } else {
                    self.reject(code, socket);
                }
            }
            (PacketKind::End, Some(end)) => {
                end.is_ended = true;
                self.news(code, socket);
            }
            (PacketKind::Reset, Some(_)) => self.break_off(code, socket),
            (_, None) => {}
        }
    }

    /// Somebody wants a connection.
    fn knock(&mut self, code: &Code, from: SocketId) {
        let Some(entry) = self.network.socket(from) else {
            return;
        };
        let there = entry.place.other();
        let listener = self.network.listener(there, entry.port);
        let admits = |listener: &SocketId| self.network.admits(*listener);
        match listener.filter(admits) {
            Some(listener) if self.network.sockets.len() < limits::SOCKETS => {
                self.let_connect(code, listener, from);
                self.launch(code, there, from, PacketKind::Accept, 0);
            }
            _ => self.launch(code, there, from, PacketKind::Reset, 0),
        }
    }

    /// A connection comes in at a port: its other end is made, and waits to be accepted.
    pub(super) fn let_connect(&mut self, code: &Code, listener: SocketId, from: SocketId) {
        let Some(entry) = self.network.socket(listener) else {
            return;
        };
        let (owner, place, port) = (entry.owner, entry.place, entry.port);
        let connection = Connection {
            other: Some(from),
            ..Connection::new(Stage::Open)
        };
        let end = self.make_socket(owner, place, port, SocketKind::Connection(connection));
        if let Some(connection) = self.connection_mut(from) {
            connection.other = Some(end);
        }
        let listening = self.network.sockets.get_mut(listener.index());
        if let Some(SocketKind::Listener { queue, .. }) = listening.map(|entry| &mut entry.kind) {
            queue.push_back(end);
        }
        self.news(code, listener);
    }

    /// A packet has come to a socket that does not want it: the other side is to know.
    pub(super) fn reject(&mut self, code: &Code, socket: SocketId) {
        let other = self.network.connection(socket).and_then(|end| end.other);
        if let Some(other) = other {
            let place = self.place_of(socket);
            self.launch(code, place, other, PacketKind::Reset, 0);
        }
    }

    /// The other side has thrown the connection away, or does not want it.
    fn break_off(&mut self, code: &Code, socket: SocketId) {
        let Some(end) = self.connection_mut(socket) else {
            return;
        };
        (end.unsent, end.in_flight) = (0, 0);
        if matches!(end.stage, Stage::Closing | Stage::Closed) {
            end.stage = Stage::Closed;
            return;
        }
        end.stage = Stage::Broken;
        self.room(code, socket);
        self.news(code, socket);
    }

    /// There is something new at a socket: who waits for it is told.
    pub(super) fn news(&mut self, code: &Code, socket: SocketId) {
        self.go_on_at(code, socket);
        let by = self.changed_by(socket);
        let Some(entry) = self.network.sockets.get_mut(socket.index()) else {
            return;
        };
        // A connection is for one of those who wait for one; what has arrived is there for all.
        let most = match entry.kind {
            SocketKind::Listener { .. } => entry.readers.len().min(1),
            _ => entry.readers.len(),
        };
        let readers: Vec<_> = entry.readers.drain(..most).collect();
        for reader in readers {
            self.rouse(reader, by);
        }
        self.tell_watches(code, socket, by);
        self.signal_arrival(socket, by);
    }

    /// The sets of every process that have a socket in them are told that there is something new.
    fn tell_watches(&mut self, code: &Code, socket: SocketId, by: TaskId) {
        let Some(script) = &code.script else {
            return;
        };
        let image = script.objects.len().max(1);
        for first in (0..self.objects.len()).step_by(image) {
            for watch in &script.watches {
                let object = ObjectId::from_index(first + watch.index());
                if let ObjectState::Watch(watch) = &mut self.objects[object.index()].state
                    && watch.note(socket)
                {
                    self.wake_watchers(object, by);
                }
            }
        }
    }

    /// Those who wait at a set look again. On a real system nobody sees when: until they have, more can
    /// come, of which they need not be told once more.
    pub(super) fn wake_watchers(&mut self, object: ObjectId, by: TaskId) {
        let role = Role::Taker;
        if self.is_task_level() {
            let is_told = |next: &Pending| matches!(next, Pending::WakeOne { object: other, .. } if *other == object);
            self.pending.retain(|next| !is_told(next));
        }
        self.wake_all(object, role, by);
    }

    /// Who wants a signal when something arrives is sent one (`O_ASYNC`).
    fn signal_arrival(&mut self, socket: SocketId, by: TaskId) {
        let holder = self
            .network
            .socket(socket)
            .and_then(|socket| socket.signals);
        if let Some(Holder::Process(process)) = holder {
            self.pending.push_back(Pending::Raise {
                process: ProcessId(process),
                signal: Signal::Io,
                by,
            });
        }
    }

    /// There is room in a socket's send buffer, or it is of no use any more.
    fn room(&mut self, code: &Code, socket: SocketId) {
        self.rouse_writers(socket);
        self.go_on_at(code, socket);
    }

    fn rouse_writers(&mut self, socket: SocketId) {
        let by = self.changed_by(socket);
        let writers = self.network.sockets.get_mut(socket.index());
        let writers = writers.map(|entry| core::mem::take(&mut entry.writers));
        for writer in writers.into_iter().flatten() {
            self.rouse(writer, by);
        }
    }

    /// Everybody who waits at a socket is told that it is gone.
    pub(super) fn rouse_all(&mut self, code: &Code, socket: SocketId, by: TaskId) {
        let Some(entry) = self.network.sockets.get_mut(socket.index()) else {
            return;
        };
        let mut waiting = core::mem::take(&mut entry.readers);
        waiting.append(&mut entry.writers);
        for task in waiting {
            self.rouse(task, by);
        }
        self.go_on_at(code, socket);
    }

    /// Those of a process who wait at a socket are told that it is gone for them, whoever else has it.
    pub(super) fn rouse_own(&mut self, code: &Code, socket: SocketId, holder: Holder, by: TaskId) {
        let Some(entry) = self.network.socket(socket) else {
            return;
        };
        let waiting = entry.readers.iter().chain(&entry.writers).copied();
        let is_own = |task: &TaskId| self.holder(code, *task) == holder;
        let own: Vec<_> = waiting.filter(is_own).collect();
        if let Some(entry) = self.network.sockets.get_mut(socket.index()) {
            let is_left = |task: &TaskId| !own.contains(task);
            entry.readers.retain(is_left);
            entry.writers.retain(is_left);
        }
        for task in own {
            self.rouse(task, by);
        }
    }

    /// Who is behind what has changed at a socket: the task at the other end of the connection, or of
    /// the last one that came in.
    fn changed_by(&self, socket: SocketId) -> TaskId {
        let entry = self.network.socket(socket);
        let last = match entry.map(|entry| &entry.kind) {
            Some(SocketKind::Listener { queue, .. }) => queue.back().copied(),
            _ => Some(socket),
        };
        let opposite = last.and_then(|last| self.network.opposite(last));
        opposite
            .or(entry.map(|entry| entry.owner))
            .unwrap_or(TaskId(0))
    }

    /// A task's wait at the network may be over: it will try again. A peer tries at once.
    pub(super) fn rouse(&mut self, task: TaskId, by: TaskId) {
        if let State::Outside(_) = self.task(task).state {
            self.go_on_outside(task);
        } else {
            self.wake_in_kernel(task, by);
        }
    }

    /// A peer that waited goes on.
    pub(super) fn go_on_outside(&mut self, task: TaskId) {
        self.charge_waiting_for_data(task);
        if let Some(deadline) = self.threads[task.index()].deadline {
            self.timeouts.remove(deadline, task);
        }
        self.tasks[task.index()].enter(State::Outside(None), self.now);
        self.pending.push_back(Pending::Outside(task));
    }

    /// Something is submitted to the kernel.
    pub(super) fn submit(
        &mut self,
        code: &Code,
        task: TaskId,
        request: SocketRequest,
        socket: SocketId,
    ) {
        let program = &self.threads[task.index()].program;
        let (amount, tag) = (program.operands[1], program.tag);
        let number = self.network.take_number();
        let submission = Submission {
            number,
            holder: self.holder(code, task),
            task,
            request,
            socket,
            amount: crate::machine::network::count(amount),
            copying: 0,
            result: None,
            tag,
        };
        self.network.submissions.push(submission);
        self.go_on_at(code, socket);
    }

    /// The kernel goes on with what was submitted about a socket, in order, as far as it can.
    fn go_on_at(&mut self, code: &Code, socket: SocketId) {
        let mut place = 0;
        while let Some(submission) = self.network.submissions.get(place).copied() {
            if submission.socket == socket && submission.result.is_none() {
                self.go_on_with(code, place, submission);
            }
            place += 1;
        }
    }

    /// The kernel does what was submitted, if it can be done now: it is done when the copying is.
    fn go_on_with(&mut self, code: &Code, place: usize, submission: Submission) {
        let Submission {
            request,
            socket,
            amount,
            holder,
            number,
            ..
        } = submission;
        let buffer = code.config.network.send_buffer;
        let is_held = self
            .network
            .socket(socket)
            .is_some_and(|socket| socket.references > 0);
        let mut copying = 0;
        let result = match (request, self.connection_mut(socket)) {
            _ if !is_held => -1,
            (SocketRequest::SubmitAccept, _) => match self.take_connection(socket) {
                Some(connection) => self.descriptor_for(holder, connection),
                None => return,
            },
            (SocketRequest::SubmitReceive, Some(end)) if end.received > 0 || amount == 0 => {
                copying = end.received.min(amount);
                end.received -= copying;
                i64::from(copying)
            }
            (SocketRequest::SubmitReceive, Some(end)) if end.is_ended => 0,
            (_, Some(end)) if end.stage == Stage::Broken => {
                // Said once; whoever reads on reads the end (Linux, `sock_error`).
                end.is_ended = true;
                -1
            }
            (SocketRequest::SubmitSend, Some(end)) => {
                let room = buffer.saturating_sub(end.outstanding());
                if room == 0 && amount > 0 {
                    return;
                }
                copying = room.min(amount);
                end.claimed += copying;
                i64::from(copying)
            }
            (_, Some(_)) => return,
            (_, None) => -1,
        };
        let span = match holder {
            Holder::Process(_) => code.config.costs.copying(copying),
            Holder::Peer(_) => Span::ZERO,
        };
        let entry = &mut self.network.submissions[place];
        (entry.copying, entry.result) = (copying, Some(result));
        let at = self.now + span;
        let due = Due::Copied { submission: number };
        let order = self.network.take_number();
        self.network.elsewhere.insert((at.0, order), due);
    }

    /// A process has ended: what it submitted is not done any more, and what is being copied for it is of
    /// no use. Who shares the socket has the room again.
    pub(super) fn cancel_submissions(&mut self, code: &Code, holder: Holder) {
        let all = core::mem::take(&mut self.network.submissions);
        let (cancelled, kept): (Vec<_>, _) =
            all.into_iter().partition(|each| each.holder == holder);
        self.network.submissions = kept;
        for Submission {
            number,
            request,
            socket,
            copying,
            ..
        } in cancelled.into_iter().filter(|each| each.result.is_some())
        {
            let copied =
                |due: &Due| matches!(due, Due::Copied { submission } if *submission == number);
            self.network.elsewhere.retain(|_, due| !copied(due));
            if request == SocketRequest::SubmitSend {
                if let Some(end) = self.connection_mut(socket) {
                    end.claimed = end.claimed.saturating_sub(copying);
                }
            } else {
                self.open_window(code, socket);
            }
        }
    }

    /// What was submitted is done: its process finds the answer among the completions.
    #[inline(never)]
    pub(super) fn complete(
        &mut self,
        code: &Code,
        task: TaskId,
        request: SocketRequest,
        socket: SocketId,
    ) -> Legal {
        let is_it = |number: u32| {
            let submission = self.network.submission(number);
            submission.is_some_and(|submission| {
                (submission.task, submission.request, submission.socket) == (task, request, socket)
            })
        };
        let mut elsewhere = self.network.elsewhere.iter();
        // On a real system nobody sees in which order the kernel does what was submitted to it.
        let found = if self.is_task_level() {
            elsewhere
                .find(|(_, due)| matches!(due, Due::Copied { submission } if is_it(*submission)))
        } else {
            elsewhere.next()
        };
        let Some((&key, &Due::Copied { submission: number })) = found else {
            return Err("nothing is being copied");
        };
        require!(key.0 <= self.now.0, "it is not done yet");
        require!(is_it(number), "something else is done");
        let mut all = self.network.submissions.iter();
        let place = all.position(|submission| submission.number == number);
        let place = place.ok_or("it was not submitted")?;
        let submission = self.network.submissions[place];
        self.network.elsewhere.remove(&key);
        self.network.submissions.remove(place);
        if request == SocketRequest::SubmitSend {
            self.put_bytes(code, socket, submission.copying);
        } else {
            self.open_window(code, socket);
        }
        let result = submission.result.unwrap_or(-1);
        let table = self.table_mut(submission.holder);
        table.completions.push_back(Completion {
            tag: submission.tag,
            result,
            socket,
        });
        if let Some(waiting) = table.waiting.pop_front() {
            self.rouse(waiting, task);
        }
        // What was submitted behind it can be done now.
        self.go_on_at(code, socket);
        Ok(())
    }

    /// Bytes that were copied into the send buffer are ready to leave.
    pub(super) fn put_bytes(&mut self, code: &Code, socket: SocketId, bytes: u32) {
        let now: Time = self.now;
        let Some(end) = self.connection_mut(socket) else {
            return;
        };
        end.claimed = end.claimed.saturating_sub(bytes);
        if matches!(end.stage, Stage::Open | Stage::Closing) {
            end.unsent += bytes;
            if end.is_client && bytes > 0 {
                end.asked.get_or_insert(now);
            }
        }
        self.transmit(code, socket);
    }
}
