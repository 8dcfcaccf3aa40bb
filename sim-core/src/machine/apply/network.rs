//! What tasks ask of sockets is done: they are made and closed, connections are accepted, bytes go in
//! and out of the kernel's buffers.
//!
//! Not the way of packets: that is in [`packets`](super::packets). The file is long because each request
//! has its own way to be done, and all of them change the same few fields.

use std::collections::VecDeque;

use super::{Legal, Seat};
use crate::call::{Call, Fault, PacketKind, Reason, Reply, Request, SocketRequest};
use crate::event::EventKind;
use crate::ids::{ObjectId, ProcessId, SocketId, TaskId};
use crate::machine::network::{count, descriptor};
use crate::machine::{
    Connection, Holder, Machine, Member, ObjectState, Phase, Socket, SocketKind, Stage, Table,
    Trigger,
};
use crate::program::{Code, Copying, Place};
use crate::time::Span;

const NO_SOCKET: &str = "there is no such socket";

/// What becomes of a call that was carried out.
enum Then {
    /// It is answered.
    Answer(Reply),
    /// It goes on: a part of it is done.
    GoOn,
}

impl Machine {
    /// The kernel did with a socket what a task asked.
    #[inline(never)]
    pub(super) fn serve(
        &mut self,
        code: &Code,
        task: TaskId,
        request: SocketRequest,
        socket: SocketId,
    ) -> Legal {
        let kind = EventKind::Served {
            task,
            request,
            socket,
        };
        let seat = self.asking(code, task, kind)?;
        let [_, second] = self.threads[task.index()].program.operands;
        let then = match request {
            SocketRequest::Listen => self.listen(code, task, socket, second),
            SocketRequest::Accept | SocketRequest::TryAccept => self.accept(code, task, socket),
            SocketRequest::Connect => self.finish_connecting(code, task, socket)?,
            SocketRequest::Receive | SocketRequest::TryReceive => {
                self.take_bytes(code, task, socket)?
            }
            SocketRequest::Send | SocketRequest::TrySend => {
                self.give_bytes(code, task, request, socket)?
            }
            SocketRequest::Close => {
                let [number, _] = self.threads[task.index()].program.operands;
                self.close_descriptor(code, task, number);
                Then::Answer(Reply::DONE)
            }
            SocketRequest::Signal => {
                let holder = self.holder(code, task);
                if let Some(socket) = self.network.sockets.get_mut(socket.index()) {
                    socket.signals = Some(holder);
                }
                Then::Answer(Reply::DONE)
            }
            SocketRequest::SubmitAccept
            | SocketRequest::SubmitReceive
            | SocketRequest::SubmitSend => {
                self.submit(code, task, request, socket);
                Then::Answer(Reply::DONE)
            }
            SocketRequest::Complete | SocketRequest::TryComplete => {
                let holder = self.holder(code, task);
                let done = &mut self.table_mut(holder).completions;
                let first = done.iter().position(|each| each.socket == socket);
                let completion = first.and_then(|place| done.remove(place));
                let completion = completion.ok_or("nothing is done")?;
                Then::Answer(Reply {
                    value: completion.tag,
                    granted: true,
                    second: completion.result,
                })
            }
        };
        if let Then::Answer(reply) = then {
            self.answer_call(code, task, reply);
        }
        self.keep_seat(code, task, seat);
        Ok(())
    }

    /// Where a task runs that has come to its call to the network, if this is what follows from it.
    fn asking(&mut self, code: &Code, task: TaskId, kind: EventKind) -> Result<Seat, &'static str> {
        let (seat, call) = self.calling(code, task)?;
        let Call::Socket { request } = call else {
            return Err("it asks nothing of the network");
        };
        let answer = self.network_answer(code, self.now, task, request);
        let is_legal = answer == kind || self.is_other_completion(code, answer, kind);
        require!(is_legal, "the network answers something else");
        Ok(seat)
    }

    /// Whether a task takes another completion than the first one: a real kernel does what was submitted to
    /// it in an order that nobody sees but who takes what is done.
    fn is_other_completion(&self, code: &Code, answer: EventKind, kind: EventKind) -> bool {
        use SocketRequest::{Complete, TryComplete};
        let EventKind::Served {
            task,
            request: request @ (Complete | TryComplete),
            socket,
        } = kind
        else {
            return false;
        };
        let asks =
            |kind| matches!(kind, EventKind::Served { request: other, .. } if other == request);
        let table = self.network.table(self.holder(code, task));
        let mut done = table.into_iter().flat_map(|table| &table.completions);
        self.is_task_level() && asks(answer) && done.any(|each| each.socket == socket)
    }

    /// The copying between the kernel's buffer and the process begins: it uses the task's CPU.
    #[inline(never)]
    pub(super) fn begin_copy(
        &mut self,
        code: &Code,
        task: TaskId,
        request: SocketRequest,
        socket: SocketId,
    ) -> Legal {
        let kind = EventKind::CopyBegan {
            task,
            request,
            socket,
        };
        let seat = self.asking(code, task, kind)?;
        let (bytes, done) = self.claim(code, task, request, socket)?;
        let span = self.copy_time(code, task, bytes);
        let since = self.now;
        let thread = &mut self.threads[task.index()];
        thread.phase = Phase::Copying { bytes, done, since };
        thread.network.copying += span;
        self.tasks[task.index()].step.run = span;
        self.keep_seat(code, task, seat);
        Ok(())
    }

    /// Bytes of a buffer become those that a task copies: how many, and how many it has done before.
    fn claim(
        &mut self,
        code: &Code,
        task: TaskId,
        request: SocketRequest,
        socket: SocketId,
    ) -> Result<(u32, u32), &'static str> {
        let bytes = self.bytes_to_move(code, task, socket);
        let done = self.threads[task.index()].phase.bytes_done();
        let end = self.connection_mut(socket).ok_or(NO_SOCKET)?;
        match request {
            SocketRequest::Receive | SocketRequest::TryReceive => end.received -= bytes,
            _ => end.claimed += bytes,
        }
        Ok((bytes, done))
    }

    /// What is not copied in the end: the task that was at it has been ended.
    pub(super) fn abandon_copy(&mut self, code: &Code, task: TaskId) {
        let Some(thread) = self.threads.get(task.index()) else {
            return;
        };
        let Phase::Copying { bytes, .. } = thread.phase else {
            return;
        };
        let number = thread.program.operands[0];
        let sends = matches!(
            self.task(task).step.call,
            Call::Socket {
                request: SocketRequest::Send | SocketRequest::TrySend
            }
        );
        let holder = self.holder(code, task);
        if let Some(socket) = self.network.behind(holder, number)
            && sends
            && let Some(end) = self.connection_mut(socket)
        {
            end.claimed -= bytes;
        }
    }

    /// What has been copied, or is copied at no cost: how many bytes, and how many before.
    fn copied(
        &mut self,
        code: &Code,
        task: TaskId,
        request: SocketRequest,
        socket: SocketId,
    ) -> Result<(u32, u32), &'static str> {
        let now = self.now;
        let thread = &mut self.threads[task.index()];
        match thread.phase {
            Phase::Copying { bytes, done, since } => {
                if code.config.copying == Copying::Measured {
                    thread.network.copying += now.since(since);
                }
                Ok((bytes, done))
            }
            _ => self.claim(code, task, request, socket),
        }
    }

    fn take_bytes(
        &mut self,
        code: &Code,
        task: TaskId,
        socket: SocketId,
    ) -> Result<Then, &'static str> {
        let (bytes, _) = self.copied(code, task, SocketRequest::Receive, socket)?;
        if bytes > 0 {
            self.answer_arrived(task, socket);
        }
        self.open_window(code, socket);
        Ok(Then::Answer(Reply::of(i64::from(bytes))))
    }

    fn give_bytes(
        &mut self,
        code: &Code,
        task: TaskId,
        request: SocketRequest,
        socket: SocketId,
    ) -> Result<Then, &'static str> {
        let total = count(self.threads[task.index()].program.operands[1]);
        let (bytes, done) = self.copied(code, task, request, socket)?;
        let done = done + bytes;
        self.put_bytes(code, socket, bytes);
        if done < total && !request.is_try() {
            self.threads[task.index()].phase = Phase::Partly { done };
            return Ok(Then::GoOn);
        }
        Ok(Then::Answer(Reply::of(i64::from(done))))
    }

    /// What was asked is answered: how long that took.
    fn answer_arrived(&mut self, task: TaskId, socket: SocketId) {
        let now = self.now;
        let asked = self.connection_mut(socket).and_then(|end| end.asked.take());
        if let Some(asked) = asked {
            let took = now.since(asked);
            self.threads[task.index()].network.answered(took);
        }
    }

    fn listen(&mut self, code: &Code, task: TaskId, socket: SocketId, backlog: i64) -> Then {
        let [port, _] = self.threads[task.index()].program.operands;
        let kind = SocketKind::Listener {
            backlog: count(backlog),
            queue: VecDeque::new(),
        };
        self.make_socket(task, code.job(task).place, count(port), kind);
        Then::Answer(Reply::of(self.new_descriptor(code, task, socket)))
    }

    fn accept(&mut self, code: &Code, task: TaskId, socket: SocketId) -> Then {
        let [number, _] = self.threads[task.index()].program.operands;
        let holder = self.holder(code, task);
        let listener = self.network.behind(holder, number);
        if let Some(listener) = listener {
            self.take_connection(listener);
        }
        if let Some(socket) = self.network.sockets.get_mut(socket.index()) {
            socket.owner = task;
        }
        Then::Answer(Reply::of(self.new_descriptor(code, task, socket)))
    }

    /// The first connection that waits at a port is taken.
    pub(super) fn take_connection(&mut self, listener: SocketId) -> Option<SocketId> {
        let listener = self.network.sockets.get_mut(listener.index())?;
        match &mut listener.kind {
            SocketKind::Listener { queue, .. } => queue.pop_front(),
            _ => None,
        }
    }

    fn finish_connecting(
        &mut self,
        code: &Code,
        task: TaskId,
        socket: SocketId,
    ) -> Result<Then, &'static str> {
        if !matches!(self.threads[task.index()].phase, Phase::Connecting { .. }) {
            // To oneself: both ends are there at once. Its own has its number before it asks.
            let port = count(self.threads[task.index()].program.operands[0]);
            let listener = self.network.listener(Place::Inside, port);
            let listener = listener.ok_or(NO_SOCKET)?;
            let kind = SocketKind::Connection(Connection::client(Stage::Open));
            self.make_socket(task, Place::Inside, port, kind);
            let number = self.new_descriptor(code, task, socket);
            self.let_connect(code, listener, socket);
            return Ok(Then::Answer(Reply::of(number)));
        }
        let number = self.new_descriptor(code, task, socket);
        Ok(Then::Answer(Reply::of(number)))
    }

    /// A new socket.
    pub(super) fn make_socket(
        &mut self,
        owner: TaskId,
        place: Place,
        port: u32,
        kind: SocketKind,
    ) -> SocketId {
        let socket = SocketId::from_index(self.network.sockets.len());
        self.network.sockets.push(Socket {
            owner,
            place,
            port,
            references: 0,
            signals: None,
            kind,
            readers: VecDeque::new(),
            writers: VecDeque::new(),
        });
        socket
    }

    /// One end of a connection.
    pub(super) fn connection_mut(&mut self, socket: SocketId) -> Option<&mut Connection> {
        match self
            .network
            .sockets
            .get_mut(socket.index())
            .map(|socket| &mut socket.kind)
        {
            Some(SocketKind::Connection(connection)) => Some(connection),
            _ => None,
        }
    }

    /// The sockets of a process: an empty table where it has none yet.
    pub(super) fn table_mut(&mut self, holder: Holder) -> &mut Table {
        let tables = &mut self.network.tables;
        let place = match tables.binary_search_by_key(&holder, |table| table.holder) {
            Ok(place) => place,
            Err(place) => {
                tables.insert(
                    place,
                    Table {
                        holder,
                        descriptors: Vec::new(),
                        completions: VecDeque::new(),
                        waiting: VecDeque::new(),
                    },
                );
                place
            }
        };
        &mut tables[place]
    }

    /// Gives a socket the lowest number that is free (POSIX: *the lowest numbered available file
    /// descriptor*).
    fn new_descriptor(&mut self, code: &Code, task: TaskId, socket: SocketId) -> i64 {
        let holder = self.holder(code, task);
        self.descriptor_for(holder, socket)
    }

    pub(super) fn descriptor_for(&mut self, holder: Holder, socket: SocketId) -> i64 {
        if let Some(socket) = self.network.sockets.get_mut(socket.index()) {
            socket.references += 1;
        }
        let descriptors = &mut self.table_mut(holder).descriptors;
        let free = descriptors.iter().position(Option::is_none);
        let place = free.unwrap_or_else(|| {
            descriptors.push(None);
            descriptors.len() - 1
        });
        descriptors[place] = Some(socket);
        descriptor(place)
    }

    /// A descriptor is given back; the socket is closed with its last one.
    fn close_descriptor(&mut self, code: &Code, task: TaskId, number: i64) {
        let holder = self.holder(code, task);
        let Some(socket) = self.network.behind(holder, number) else {
            return;
        };
        let descriptors = &mut self.table_mut(holder).descriptors;
        for (place, slot) in descriptors.iter_mut().enumerate() {
            if descriptor(place) == number {
                *slot = None;
            }
        }
        while descriptors.pop_if(|last| last.is_none()).is_some() {}
        self.unwatch_descriptor(code, task, number, socket);
        self.let_go(code, task, socket);
        self.rouse_own(code, socket, holder, task);
    }

    /// A process has ended: all of its sockets are closed.
    #[lockstep_part::later(Machine)]
    pub(super) fn close_all(&mut self, code: &Code, holder: Holder, by: TaskId) {
        if self.network.table(holder).is_none() {
            return;
        }
        let table = self.table_mut(holder);
        table.completions.clear();
        let sockets: Vec<_> = table.descriptors.drain(..).flatten().collect();
        self.cancel_submissions(code, holder);
        for socket in sockets {
            self.let_go(code, by, socket);
        }
    }

    /// A process that is made has the sockets of the one that makes it, by the same numbers (POSIX
    /// fork).
    pub(super) fn copy_sockets(&mut self, from: ProcessId, to: ProcessId) {
        let Some(table) = self.network.table(Holder::Process(from.0)) else {
            return;
        };
        let descriptors = table.descriptors.clone();
        for socket in descriptors.iter().flatten() {
            if let Some(socket) = self.network.sockets.get_mut(socket.index()) {
                socket.references += 1;
            }
        }
        self.table_mut(Holder::Process(to.0)).descriptors = descriptors;
    }

    /// One descriptor less means a socket.
    fn let_go(&mut self, code: &Code, by: TaskId, socket: SocketId) {
        let Some(entry) = self.network.sockets.get_mut(socket.index()) else {
            return;
        };
        entry.references = entry.references.saturating_sub(1);
        if entry.references == 0 {
            self.close_socket(code, by, socket);
        }
    }

    fn close_socket(&mut self, code: &Code, by: TaskId, socket: SocketId) {
        let Some(entry) = self.network.sockets.get_mut(socket.index()) else {
            return;
        };
        entry.signals = None;
        match &mut entry.kind {
            SocketKind::Listener { queue, .. } => {
                // Nobody will accept them.
                let waiting = core::mem::take(queue);
                entry.kind = SocketKind::Closed;
                for other in waiting {
                    self.reset(code, other);
                }
            }
            SocketKind::Connection(end) => match end.stage {
                // What it never read is lost, and the other side is to know (RFC 2525, 2.17).
                Stage::Open if end.received > 0 => self.reset(code, socket),
                Stage::Open => {
                    end.stage = Stage::Closing;
                    self.transmit(code, socket);
                }
                _ => end.stage = Stage::Closed,
            },
            SocketKind::Closed => {}
        }
        // Who is still at it will be told that the number means nothing any more.
        self.rouse_all(code, socket, by);
    }

    /// A connection is thrown away.
    fn reset(&mut self, code: &Code, socket: SocketId) {
        if let Some(end) = self.connection_mut(socket) {
            end.stage = Stage::Closed;
            self.reject(code, socket);
        }
    }

    /// Puts a task where it waits for the network.
    pub(super) fn wait_at_network(&mut self, code: &Code, task: TaskId, reason: Reason) -> Legal {
        let Call::Socket { request } = self.task(task).step.call else {
            return Err("it asks nothing of the network");
        };
        let answer = self.network_answer(code, self.now, task, request);
        let kind = EventKind::Blocked {
            task,
            reason: reason.into(),
        };
        require!(answer == kind, "its call does not block on that");
        if let Reason::Connect(socket) = reason
            && self.threads[task.index()].phase == Phase::Ask
        {
            self.begin_connecting(code, task, socket);
        }
        let now = self.now;
        let thread = &mut self.threads[task.index()];
        if let (Some(timeout), None) = (thread.program.timeout, thread.deadline) {
            thread.deadline = Some(now + code.timer(task, timeout));
        }
        if let Some(deadline) = thread.deadline {
            self.timeouts.insert(deadline, task);
        }
        if reason == Reason::Completion {
            let holder = self.holder(code, task);
            self.table_mut(holder).waiting.push_back(task);
        }
        let socket = reason.socket();
        let socket = socket.and_then(|socket| self.network.sockets.get_mut(socket.index()));
        if let Some(socket) = socket {
            match reason {
                Reason::Data(_) | Reason::Connection(_) => socket.readers.push_back(task),
                _ => socket.writers.push_back(task),
            }
        }
        Ok(())
    }

    fn begin_connecting(&mut self, code: &Code, task: TaskId, socket: SocketId) {
        let port = count(self.threads[task.index()].program.operands[0]);
        let place = code.job(task).place;
        let kind = SocketKind::Connection(Connection::client(Stage::Connecting));
        self.make_socket(task, place, port, kind);
        self.threads[task.index()].phase = Phase::Connecting { socket };
        self.launch(code, place, socket, PacketKind::Connect, 0);
    }

    /// A task does not wait at the network any longer: its time is over.
    pub(super) fn stop_waiting_at_network(&mut self, code: &Code, task: TaskId, reason: Reason) {
        let stays = |other: &TaskId| *other != task;
        if let Reason::Completion = reason {
            let holder = self.holder(code, task);
            self.table_mut(holder).waiting.retain(stays);
        }
        let socket = reason.socket();
        let socket = socket.and_then(|socket| self.network.sockets.get_mut(socket.index()));
        if let Some(socket) = socket {
            socket.readers.retain(stays);
            socket.writers.retain(stays);
        }
    }

    /// What a timed call to the network leaves when it gives up: how many bytes went out before; and of a
    /// connection that has not come about nothing stays.
    pub(super) fn give_up(&mut self, task: TaskId) -> Reply {
        let is_nothing_done = matches!(
            self.task(task).step.call,
            Call::Socket {
                request: SocketRequest::Complete | SocketRequest::TryComplete
            }
        );
        match self.threads[task.index()].phase {
            // Mostly no word by which something is known.
            _ if is_nothing_done => Reply {
                value: -1,
                ..Reply::REFUSED
            },
            Phase::Partly { done } => Reply {
                value: i64::from(done),
                ..Reply::REFUSED
            },
            Phase::Connecting { socket } => {
                if let Some(end) = self.connection_mut(socket) {
                    end.stage = Stage::Closed;
                }
                Reply {
                    value: -1,
                    ..Reply::REFUSED
                }
            }
            _ => Reply::REFUSED,
        }
    }

    /// Its call came back with nothing.
    #[inline(never)]
    pub(super) fn would_block(&mut self, code: &Code, task: TaskId, kind: EventKind) -> Legal {
        let seat = self.asking(code, task, kind)?;
        self.charge_polling(code, task);
        let reply = self.give_up(task);
        self.answer_call(code, task, reply);
        self.keep_seat(code, task, seat);
        Ok(())
    }

    /// A call that came back with nothing has cost its line and its way into the kernel.
    pub(super) fn charge_polling(&mut self, code: &Code, task: TaskId) {
        if code.job(task).place == Place::Inside {
            let costs = &code.config.costs;
            let spent = costs.instruction + costs.system_call;
            self.threads[task.index()].network.polling += spent;
        }
    }

    /// It cannot be done, and the script asked.
    #[inline(never)]
    pub(super) fn fail_at_socket(&mut self, code: &Code, task: TaskId, kind: EventKind) -> Legal {
        let seat = self.asking(code, task, kind)?;
        if let EventKind::SocketFailed { socket, .. } = kind {
            self.say_broken(socket);
        }
        let reply = Reply {
            value: -1,
            ..Reply::REFUSED
        };
        self.answer_call(code, task, reply);
        self.keep_seat(code, task, seat);
        Ok(())
    }

    /// That a connection is broken is said once; whoever reads on reads the end (Linux, `sock_error`).
    fn say_broken(&mut self, socket: SocketId) {
        if let Some(end) = self.connection_mut(socket) {
            end.is_ended = true;
        }
    }

    /// A task fails because its connection is broken: it was told.
    pub(super) fn fail_with_socket(&mut self, code: &Code, task: TaskId, fault: Fault) {
        if !matches!(fault, Fault::BrokenPipe | Fault::ConnectionReset) {
            return;
        }
        if let (Call::Socket { .. }, Some(thread)) =
            (self.task(task).step.call, self.threads.get(task.index()))
        {
            let number = thread.program.operands[0];
            let holder = self.holder(code, task);
            if let Some(socket) = self.network.behind(holder, number) {
                self.say_broken(socket);
            }
        }
    }

    /// It reads the end.
    #[inline(never)]
    pub(super) fn end_at_socket(&mut self, code: &Code, task: TaskId, kind: EventKind) -> Legal {
        let seat = self.asking(code, task, kind)?;
        self.answer_call(code, task, Reply::of(0));
        self.keep_seat(code, task, seat);
        Ok(())
    }

    /// The kernel begins to look at the sockets of a set.
    #[inline(never)]
    pub(super) fn begin_scan(&mut self, code: &Code, task: TaskId, object: ObjectId) -> Legal {
        let (seat, call) = self.calling(code, task)?;
        let Call::Sync {
            object: asked,
            request,
        } = call
        else {
            return Err("it asks nothing of a set");
        };
        require!(asked == object, "it asks another set");
        let span = self.scan_time(code, task, object, request);
        require!(!span.is_zero(), "looking at it takes no time");
        let thread = &mut self.threads[task.index()];
        thread.phase = Phase::Scanned;
        thread.network.polling += span;
        self.tasks[task.index()].step.run = span;
        self.keep_seat(code, task, seat);
        Ok(())
    }

    /// The time that a wait for data has taken, which ends now.
    #[lockstep_part::later(Machine)]
    pub(super) fn charge_waiting_for_data(&mut self, task: TaskId) {
        if self.waits_for_data(task) {
            let took: Span = self.now.since(self.task(task).since);
            self.threads[task.index()].network.waiting_for_data += took;
        }
    }

    /// Before a task waits at a set, the kernel has looked at it, and will again when it is woken;
    /// whether that is so.
    pub(super) fn answer_scan(&mut self, code: &Code, task: TaskId, object: ObjectId) -> bool {
        let Call::Sync { request, .. } = self.task(task).step.call else {
            return true;
        };
        let is_seen = self.scan_time(code, task, object, request).is_zero();
        let phase = &mut self.threads[task.index()].phase;
        if *phase == Phase::Scanned {
            *phase = Phase::Ask;
        }
        if let (Request::Epoll, ObjectState::Watch(watch)) =
            (request, &mut self.objects[object.index()].state)
        {
            watch.look(&self.network);
        }
        is_seen
    }

    /// Changes a set of sockets that grants a request.
    pub(super) fn carry_out_watch(
        &mut self,
        code: &Code,
        task: TaskId,
        object: ObjectId,
        request: Request,
    ) -> Reply {
        let descriptor = self.threads[task.index()].program.operands[0];
        let holder = self.holder(code, task);
        let socket = self.network.behind(holder, descriptor);
        let ObjectState::Watch(watch) = &mut self.objects[object.index()].state else {
            return Reply::DONE;
        };
        match request {
            Request::Watch | Request::WatchEdge => {
                watch
                    .members
                    .retain(|member| member.descriptor != descriptor);
                if let Some(socket) = socket {
                    let trigger = match request {
                        Request::WatchEdge => Trigger::Edge,
                        _ => Trigger::Level,
                    };
                    watch.members.push(Member {
                        descriptor,
                        socket,
                        trigger,
                        news: None,
                    });
                    // What is there already is news (Linux, `ep_insert`).
                    if self
                        .network
                        .socket(socket)
                        .is_some_and(|socket| socket.is_ready())
                    {
                        watch.note(socket);
                    }
                }
                self.wake_watchers(object, task);
            }
            Request::Unwatch => watch
                .members
                .retain(|member| member.descriptor != descriptor),
            Request::TakeReady => {
                return Reply::of(watch.answer.pop_front().unwrap_or(-1));
            }
            _ => {
                let ready = watch.ready(&self.network, request);
                watch.answer = ready.iter().map(|member| member.descriptor).collect();
                if request == Request::Epoll {
                    watch.look(&self.network);
                }
                return Reply::of(i64::try_from(ready.len()).unwrap_or(i64::MAX));
            }
        }
        Reply::DONE
    }

    /// A descriptor that a process closes is not in its sets any more.
    fn unwatch_descriptor(&mut self, code: &Code, task: TaskId, number: i64, socket: SocketId) {
        let Some(script) = &code.script else {
            return;
        };
        let first = usize::from(script.image(self.task(task).process).objects);
        for watch in &script.watches {
            let object = self.objects.get_mut(first + watch.index());
            if let Some(ObjectState::Watch(watch)) = object.map(|object| &mut object.state) {
                let stays =
                    |member: &Member| (member.descriptor, member.socket) != (number, socket);
                watch.members.retain(stays);
            }
        }
    }
}
