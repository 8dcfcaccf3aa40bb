//! Shared variables, synchronisation objects, sleeping and printing.
//!
//! The file is long because granting, waiting, waking and handing over change the same few fields
//! and are read together.

use super::Legal;
use crate::call::{Call, Operation, Reason, Reply, Request};
use crate::event::EventKind;
use crate::ids::{ObjectId, TaskId, VariableId};
use crate::machine::{
    Answer, Cpu, Machine, Mode, ObjectState, Pending, Phase, PipeAnswer, Role, State, Waited,
};
use crate::policy::Readied;
use crate::program::script::{Handover, ObjectKind, Preference, QueueOrder};
use crate::program::{Code, Wakeups};
use crate::time::Span;

impl Machine {
    #[inline(never)]
    pub(super) fn access(
        &mut self,
        code: &Code,
        task: TaskId,
        operation: Operation,
        variable: VariableId,
    ) -> Legal {
        let (seat, call) = self.calling(code, task)?;
        require!(
            call == Call::Access {
                variable,
                operation
            },
            "it does not access that variable so"
        );
        let [first, second] = self.threads[task.index()].program.operands;
        let cell = &mut self.memory[variable.index()];
        let before = *cell;
        let reply = match operation {
            Operation::Load => Reply::of(before),
            Operation::Store => {
                *cell = first;
                Reply::DONE
            }
            Operation::Swap => {
                *cell = first;
                Reply::of(before)
            }
            Operation::CompareAndSwap => {
                let granted = before == first;
                if granted {
                    *cell = second;
                }
                Reply {
                    granted,
                    ..Reply::of(before)
                }
            }
            // As the processor adds: without a trap.
            Operation::FetchAdd => {
                *cell = before.wrapping_add(first);
                Reply::of(before)
            }
        };
        self.answer_call(code, task, reply);
        self.keep_seat(code, task, seat);
        Ok(())
    }

    /// The object grants what it was asked.
    #[inline(never)]
    pub(super) fn grant(
        &mut self,
        code: &Code,
        task: TaskId,
        request: Request,
        object: ObjectId,
    ) -> Legal {
        let (seat, call) = self.calling(code, task)?;
        let Call::Sync {
            object: asked,
            request: wanted,
        } = call
        else {
            return Err("it asks nothing of an object");
        };
        let answer = self.answer(code, task, asked, wanted);
        require!(answer == Answer::Granted, "the object does not grant it");
        let is_seen = self.scan_time(code, task, asked, wanted).is_zero();
        require!(is_seen, "the kernel looks at the sockets first");
        if let Phase::Reacquire { count, granted } = self.threads[task.index()].phase {
            let lock = code.lock_of(asked);
            require!(
                (request, Some(object)) == (Request::Acquire, lock),
                "it takes the condition's lock again"
            );
            self.take(object, task, count);
            let reply = if granted { Reply::DONE } else { Reply::REFUSED };
            self.answer_call(code, task, reply);
        } else {
            require!(
                (request, object) == (wanted, asked),
                "it asks something else"
            );
            let reply = self.carry_out_request(code, task, object, request);
            self.answer_call(code, task, reply);
        }
        self.keep_seat(code, task, seat);
        Ok(())
    }

    /// Changes an object that grants a request.
    fn carry_out_request(
        &mut self,
        code: &Code,
        task: TaskId,
        object: ObjectId,
        request: Request,
    ) -> Reply {
        let operand = self.threads[task.index()].program.operands[0];
        let kind = code.object(object);
        let entry = &mut self.objects[object.index()];
        match (&mut entry.state, request) {
            (ObjectState::Semaphore { value }, Request::Acquire | Request::TryAcquire) => {
                *value -= 1;
            }
            (ObjectState::Semaphore { value }, Request::Release) => {
                let places = u32::try_from(operand).unwrap_or(0);
                *value += places;
                self.wake_some(object, Role::Taker, task, u64::from(places));
            }
            (ObjectState::ReadersWriter { readers, .. }, Request::AcquireShared)
            | (ObjectState::ReadersWriter { readers, .. }, Request::TryAcquireShared) => {
                readers.push(task);
            }
            (ObjectState::ReadersWriter { readers, writer }, Request::Release) => {
                match readers.iter().position(|reader| *reader == task) {
                    Some(place) => {
                        readers.remove(place);
                    }
                    None => *writer = None,
                }
                self.pass_on(kind, object, task);
            }
            (_, Request::Acquire | Request::TryAcquire) => self.take(object, task, 1),
            (ObjectState::RecursiveLock { count, .. }, Request::Release) if *count > 1 => {
                *count -= 1;
            }
            (_, Request::Release) => self.give_back(code, object, task),
            (ObjectState::Event { set }, Request::Set) => {
                *set = true;
                self.wake_all(object, Role::Taker, task);
            }
            (ObjectState::Event { set }, Request::Clear) => *set = false,
            (_, Request::Notify) => {
                self.wake_some(object, Role::Taker, task, operand.unsigned_abs());
            }
            (_, Request::NotifyAll) => self.wake_all(object, Role::Taker, task),
            (_, Request::Arrive) => self.open_barrier(code, object, task),
            (ObjectState::Queue { items, unfinished }, Request::Put | Request::TryPut) => {
                items.push_back(operand);
                *unfinished = unfinished.saturating_add(1);
                self.wake_some(object, Role::Getter, task, 1);
            }
            (ObjectState::Queue { items, .. }, Request::Get | Request::TryGet) => {
                let item = take_item(kind, items);
                self.wake_some(object, Role::Putter, task, 1);
                return Reply::of(item);
            }
            (ObjectState::Queue { unfinished, .. }, Request::TaskDone) => {
                *unfinished -= 1;
                if *unfinished == 0 {
                    self.wake_all(object, Role::Joiner, task);
                }
            }
            (ObjectState::Watch(_), request) => {
                return self.carry_out_watch(code, task, object, request);
            }
            _ => {}
        }
        Reply::DONE
    }

    /// A task becomes the owner of a lock, which it then holds `times` times more.
    fn take(&mut self, object: ObjectId, task: TaskId, times: u32) {
        match &mut self.objects[object.index()].state {
            ObjectState::Lock { owner } => *owner = Some(task),
            ObjectState::RecursiveLock { owner, count } => {
                *owner = Some(task);
                *count += times;
            }
            ObjectState::ReadersWriter { writer, .. } => *writer = Some(task),
            _ => {}
        }
    }

    /// A lock has no owner any more: the first waiter tries again, or is handed it.
    fn give_back(&mut self, code: &Code, object: ObjectId, by: TaskId) {
        match &mut self.objects[object.index()].state {
            ObjectState::Lock { owner } => *owner = None,
            ObjectState::RecursiveLock { owner, count } => {
                *owner = None;
                *count = 0;
            }
            _ => {}
        }
        let hands_over = matches!(
            code.object(object),
            ObjectKind::Lock {
                handover: Handover::HandOver
            }
        );
        if !hands_over {
            self.wake_some(object, Role::Taker, by, 1);
        } else if !self.object(object).waiting.is_empty() {
            let role = Role::Taker;
            self.pending
                .push_back(Pending::HandOver { object, role, by });
        }
    }

    /// A readers–writer lock was given back: who has it next is handed it.
    fn pass_on(&mut self, kind: &ObjectKind, object: ObjectId, by: TaskId) {
        let ObjectKind::ReadersWriter { preference } = kind else {
            return;
        };
        let entry = self.object(object);
        if entry.holders().next().is_some() {
            return;
        }
        let has = |role| self.waiting_as(entry, role).next().is_some();
        let front = entry.waiting.front().map(|task| self.role(*task));
        let next = match preference {
            Preference::Readers if has(Role::Reader) => Some(Role::Reader),
            Preference::Writers if has(Role::Taker) => Some(Role::Taker),
            _ => front,
        };
        let count = match (next, preference) {
            (None, _) => 0,
            (Some(Role::Reader), Preference::Fair) => {
                let reads = |task: &&TaskId| self.role(**task) == Role::Reader;
                entry.waiting.iter().take_while(reads).count()
            }
            (Some(Role::Reader), _) => self.waiting_as(entry, Role::Reader).count(),
            (Some(_), _) => 1,
        };
        let role = next.unwrap_or(Role::Taker);
        let pending = Pending::HandOver { object, role, by };
        self.pending.extend(core::iter::repeat_n(pending, count));
    }

    /// Somebody has given up waiting at a readers–writer lock: readers whom only that one kept out go
    /// in, beside those who read (as in glibc, `pthread_rwlock_timedwrlock`).
    fn let_in(&mut self, code: &Code, object: ObjectId, by: TaskId) {
        let ObjectKind::ReadersWriter { preference } = code.object(object) else {
            return;
        };
        let entry = self.object(object);
        let ObjectState::ReadersWriter { writer: None, .. } = entry.state else {
            return;
        };
        let reads = |task: &&TaskId| self.role(**task) == Role::Reader;
        let count = match preference {
            Preference::Writers if self.waiting_as(entry, Role::Taker).next().is_some() => 0,
            Preference::Readers | Preference::Writers => entry.waiting.iter().filter(reads).count(),
            Preference::Fair => entry.waiting.iter().take_while(reads).count(),
        };
        let role = Role::Reader;
        let pending = Pending::HandOver { object, role, by };
        self.pending.extend(core::iter::repeat_n(pending, count));
    }

    /// Those who wait at a barrier go on, and it closes behind them.
    fn open_barrier(&mut self, code: &Code, object: ObjectId, by: TaskId) {
        let waiting = core::mem::take(&mut self.objects[object.index()].waiting);
        let after = (0..).zip(waiting.iter().rev());
        for (place, task) in after {
            self.answer_call(code, *task, Reply::of(place + 1));
        }
        let wake = |task| Pending::Wake { task, by };
        self.pending.extend(waiting.into_iter().map(wake));
    }

    /// Wakes up to so many of those who wait at an object in a role.
    fn wake_some(&mut self, object: ObjectId, role: Role, by: TaskId, most: u64) {
        let entry = self.object(object);
        if entry.waiting.is_empty() {
            return;
        }
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let count = self.waiting_as(entry, role).take(most).count();
        let pending = Pending::WakeOne { object, role, by };
        self.pending.extend(core::iter::repeat_n(pending, count));
    }

    pub(super) fn wake_all(&mut self, object: ObjectId, role: Role, by: TaskId) {
        self.wake_some(object, role, by, u64::MAX);
    }

    /// The object does not grant it, and the task does not wait.
    #[inline(never)]
    pub(super) fn refuse(
        &mut self,
        code: &Code,
        task: TaskId,
        request: Request,
        object: ObjectId,
    ) -> Legal {
        let (seat, call) = self.calling(code, task)?;
        require!(
            call == Call::Sync { object, request },
            "it asks something else"
        );
        let answer = self.answer(code, task, object, request);
        require!(answer == Answer::Refused, "the object does not refuse it");
        self.answer_call(code, task, Reply::REFUSED);
        self.keep_seat(code, task, seat);
        Ok(())
    }

    /// Puts a task among those who wait at an object.
    pub(super) fn wait_at(&mut self, code: &Code, task: TaskId, object: ObjectId) -> Legal {
        let answer = self.answer_to(code, task);
        require!(
            answer == Some(Answer::Wait(object)),
            "its call does not block on that object"
        );
        let lock = code.lock_of(object);
        let scanned = self.answer_scan(code, task, object);
        require!(scanned, "the kernel looks at the sockets first");
        let thread = &mut self.threads[task.index()];
        if let (Some(timeout), None) = (thread.program.timeout, thread.deadline) {
            // A condition's lock is taken again without a limit (POSIX pthread_cond_timedwait).
            if !matches!(thread.phase, Phase::Reacquire { .. }) {
                thread.deadline = Some(self.now + code.timer(task, timeout));
            }
        }
        if let Some(deadline) = thread.deadline {
            self.timeouts.insert(deadline, task);
        }
        if let Some(lock) = lock {
            let count = match &self.objects[lock.index()].state {
                ObjectState::RecursiveLock { count, .. } => *count,
                _ => 1,
            };
            self.threads[task.index()].phase = Phase::Notified { count };
            self.give_back(code, lock, task);
        }
        self.objects[object.index()].waiting.push_back(task);
        Ok(())
    }

    /// A task's wait at an object is over.
    pub(super) fn stop_waiting(&mut self, object: ObjectId, task: TaskId) -> bool {
        if let Some(deadline) = self.threads[task.index()].deadline {
            self.timeouts.remove(deadline, task);
        }
        let waiting = &mut self.objects[object.index()].waiting;
        let place = waiting.iter().position(|other| *other == task);
        place.and_then(|place| waiting.remove(place)).is_some()
    }

    /// A task that waited at a condition goes for the lock.
    fn go_for_lock(&mut self, task: TaskId, notified: bool) -> bool {
        let thread = &mut self.threads[task.index()];
        let Phase::Notified { count } = thread.phase else {
            return false;
        };
        thread.deadline = None;
        thread.phase = Phase::Reacquire {
            count,
            granted: notified,
        };
        true
    }

    /// A task's wait may be over: it will try again.
    #[inline(never)]
    pub(super) fn wake(&mut self, code: &Code, task: TaskId) -> Legal {
        match self.pending_wake(task) {
            Some((place, Pending::WakeOne { object, role, .. })) => {
                self.count_choice(object, role, task)?;
                self.pending.remove(place);
                self.stop_waiting(object, task);
                self.go_for_lock(task, true);
            }
            Some((place, _)) => {
                self.pending.remove(place);
            }
            None if self.pending.is_empty() && code.config.wakeups == Wakeups::Spurious => {
                self.wake_spuriously(task)?;
            }
            None if self.is_task_level() => self.wake_by_itself(code, task)?,
            None => return Err("nothing has woken it"),
        }
        self.make_ready(code, task, Readied::Woken);
        Ok(())
    }

    /// What wakes a task, and its place among what is pending: the first of it or, where only task-level
    /// facts are seen, anything that does.
    fn pending_wake(&self, task: TaskId) -> Option<(usize, Pending)> {
        let wakes = |next: &Pending| match *next {
            Pending::Wake { task: other, .. } => other == task,
            Pending::WakeOne { object, role, .. } => {
                let mut waiting = self.waiting_as(self.object(object), role);
                !self.is_task_level() || waiting.any(|other| other == task)
            }
            _ => false,
        };
        let place = if self.is_task_level() {
            self.pending.iter().position(wakes)?
        } else {
            self.pending.front().filter(|next| wakes(next)).map(|_| 0)?
        };
        Some((place, *self.pending.get(place)?))
    }

    /// A real kernel wakes a task when what it waits for is there, and not by turns: it tries again, and
    /// what a wake-up before led to nobody has seen.
    fn wake_by_itself(&mut self, code: &Code, task: TaskId) -> Legal {
        let Some(reason) = self.task(task).waits() else {
            return Err("it does not wait");
        };
        require!(reason.is_kernels(), "nothing has woken it");
        require!(
            !self.has_to_wait(code, task),
            "what it waits for is not there"
        );
        self.leave_wait(code, task, reason)
    }

    /// A task that waits at a condition wakes though nobody has notified it: a choice, offered where a
    /// CPU is free and somebody else is ready.
    fn wake_spuriously(&mut self, task: TaskId) -> Legal {
        let State::Blocked(Reason::Object(object)) = self.task(task).state else {
            return Err("it waits at no condition");
        };
        require!(
            self.is_waiting_to_be_notified(task),
            "it waits at no condition"
        );
        let is_free = |cpu: &Cpu| cpu.mode == Mode::Idle;
        require!(
            self.ready > 0 && (self.is_task_level() || self.cpus.iter().any(is_free)),
            "nobody could be dispatched in its place"
        );
        self.decisions += 1;
        self.stop_waiting(object, task);
        self.go_for_lock(task, true);
        Ok(())
    }

    /// Who of several is woken is a choice, and counted as one.
    fn count_choice(&mut self, object: ObjectId, role: Role, task: TaskId) -> Legal {
        let entry = self.object(object);
        let (mut several, mut found) = (0_u32, false);
        for waiting in self.waiting_as(entry, role) {
            several += 1;
            found |= waiting == task;
            if several > 1 && found {
                break;
            }
        }
        require!(found, "it does not wait for that");
        self.decisions += u32::from(several > 1);
        Ok(())
    }

    /// Where among what is pending it is that a lock is handed over to a task, and as what the task waits.
    fn pending_handover(
        &self,
        object: ObjectId,
        task: TaskId,
    ) -> Result<(usize, Role), &'static str> {
        let mut places = self.pending.iter().enumerate();
        if !self.is_task_level() {
            return match places.next() {
                Some((
                    0,
                    &Pending::HandOver {
                        object: given,
                        role,
                        ..
                    },
                )) => {
                    require!(given == object, "another lock is handed over");
                    Ok((0, role))
                }
                _ => Err("nothing is handed over"),
            };
        }
        let found = places.find_map(|(place, next)| match *next {
            Pending::HandOver {
                object: given,
                role,
                ..
            } if given == object => (self.role(task) == role).then_some((place, role)),
            _ => None,
        });
        found.ok_or("nothing is handed over")
    }

    /// A waiter is given what it waited for.
    #[inline(never)]
    pub(super) fn hand_over(&mut self, code: &Code, task: TaskId, object: ObjectId) -> Legal {
        let (place, role) = self.pending_handover(object, task)?;
        self.count_choice(object, role, task)?;
        self.pending.remove(place);
        self.stop_waiting(object, task);
        match (&mut self.objects[object.index()].state, role) {
            (ObjectState::ReadersWriter { readers, .. }, Role::Reader) => readers.push(task),
            _ => self.take(object, task, 1),
        }
        let granted = !matches!(
            self.threads[task.index()].phase,
            Phase::Reacquire { granted: false, .. }
        );
        let reply = if granted { Reply::DONE } else { Reply::REFUSED };
        self.answer_call(code, task, reply);
        self.make_ready(code, task, Readied::Woken);
        Ok(())
    }

    /// A timed call gives up.
    #[inline(never)]
    pub(super) fn time_out(&mut self, code: &Code, task: TaskId) -> Legal {
        let deadline = self
            .threads
            .get(task.index())
            .and_then(|thread| thread.deadline);
        require!(
            deadline.is_some_and(|deadline| deadline <= self.now),
            "its time is not over"
        );
        if let State::Blocked(Reason::Object(object)) = self.task(task).state {
            self.stop_waiting(object, task);
            if !self.go_for_lock(task, false) {
                self.answer_call(code, task, Reply::REFUSED);
            }
            self.let_in(code, object, task);
            self.make_ready(code, task, Readied::Woken);
            return Ok(());
        }
        if let Some(reason) = self.task(task).waits() {
            self.leave_wait(code, task, reason)?;
            let reply = self.give_up(task);
            if let State::Outside(_) = self.task(task).state {
                self.go_on_outside(task);
                self.answer_call(code, task, reply);
            } else {
                self.answer_call(code, task, reply);
                self.make_ready(code, task, Readied::Woken);
            }
            return Ok(());
        }
        let (seat, _) = self.calling(code, task)?;
        require!(self.has_to_wait(code, task), "its call does not wait");
        let reply = self.give_up(task);
        self.answer_call(code, task, reply);
        self.keep_seat(code, task, seat);
        Ok(())
    }

    /// Whether the call of a task, made now, has to wait; of a call at a socket, whether it gives up.
    pub(crate) fn has_to_wait(&self, code: &Code, task: TaskId) -> bool {
        match self.task(task).step.call {
            Call::Socket { request } => matches!(
                self.network_answer(code, self.now, task, request),
                EventKind::TimedOut { .. } | EventKind::Blocked { .. }
            ),
            Call::Send { pipe } => self.pipe_takes(code, task, pipe) == PipeAnswer::Wait,
            Call::Receive { pipe } => self.pipe_gives(task, pipe) == PipeAnswer::Wait,
            Call::WaitForChild => self.waited(code, task) == Waited::NotYet,
            Call::Join => self
                .joined(code, task)
                .is_some_and(|(_, has_ended)| !has_ended),
            _ => matches!(self.answer_to(code, task), Some(Answer::Wait(_))),
        }
    }

    /// A task goes to sleep.
    pub(super) fn sleep(&mut self, code: &Code, task: TaskId, span: Span) {
        // A sleep from which a signal took it goes on until its end.
        let thread = &mut self.threads[task.index()];
        let until = self.now + code.timer(task, span);
        let deadline = *thread.deadline.get_or_insert(until);
        self.timeouts.insert(deadline, task);
    }

    /// Takes the task's entry among what ends by the clock, if that is due and the next to be; where only
    /// task-level facts are seen, an earlier one may be reported later.
    pub(super) fn take_timeout(&mut self, task: TaskId) -> bool {
        if !self.is_task_level() {
            return self.timeouts.take_due(task, self.now);
        }
        let thread = self.threads.get(task.index());
        let deadline = thread.and_then(|thread| thread.deadline);
        let deadline = deadline.filter(|deadline| *deadline <= self.now);
        deadline.is_some_and(|deadline| self.timeouts.remove(deadline, task))
    }

    #[inline(never)]
    pub(super) fn end_sleep(&mut self, code: &Code, task: TaskId) -> Legal {
        if self.task(task).waits().is_none() {
            return self.end_sleep_at_once(code, task);
        }
        require!(
            self.task(task).waits() == Some(Reason::Sleep),
            "it does not sleep"
        );
        let is_over = self.take_timeout(task);
        require!(is_over, "its sleep is not over");
        let is_peer = matches!(self.task(task).state, State::Outside(_));
        if is_peer {
            self.go_on_outside(task);
        }
        self.finish_call(code, task);
        if !is_peer {
            self.make_ready(code, task, Readied::Woken);
        }
        Ok(())
    }

    /// A signal took the task from its sleep, which is over when it would go on with it.
    fn end_sleep_at_once(&mut self, code: &Code, task: TaskId) -> Legal {
        let (seat, call) = self.calling(code, task)?;
        require!(matches!(call, Call::Sleep { .. }), "it does not sleep");
        let deadline = self.threads[task.index()].deadline;
        let is_over = deadline.is_some_and(|deadline| deadline <= self.now);
        require!(is_over, "its sleep is not over");
        self.continue_running(code, task, seat);
        Ok(())
    }

    /// A call that changes nothing but the task's program is done.
    #[inline(never)]
    pub(super) fn pass(&mut self, code: &Code, task: TaskId, wanted: Call) -> Legal {
        let (seat, call) = self.calling(code, task)?;
        require!(call == wanted, "it calls for something else");
        self.continue_running(code, task, seat);
        Ok(())
    }

    #[inline(never)]
    pub(super) fn print(&mut self, code: &Code, task: TaskId) -> Legal {
        let (seat, call) = self.calling(code, task)?;
        require!(matches!(call, Call::Print { .. }), "it does not print");
        self.continue_running(code, task, seat);
        Ok(())
    }
}

/// Takes the next item out of a queue that is not empty.
fn take_item(kind: &ObjectKind, items: &mut std::collections::VecDeque<i64>) -> i64 {
    let order = match kind {
        ObjectKind::Queue { order, .. } => *order,
        _ => QueueOrder::Fifo,
    };
    let item = match order {
        QueueOrder::Fifo => items.pop_front(),
        QueueOrder::Lifo => items.pop_back(),
        // The least; of equals the one that came first.
        QueueOrder::Priority => {
            let least = (0..items.len()).min_by_key(|place| items[*place]);
            least.and_then(|place| items.remove(place))
        }
    };
    item.unwrap_or(0)
}
