//! The slot of each task's token at one moment of a machine.
//!
//! Not the sizes of anything: those are in the [`Plan`]. A token that nothing has moved keeps its
//! slot; what does not fit into a place is counted there. The file is long because every zone of the
//! stage has its case.

use sim_core::call::Reason;
use sim_core::ids::{CpuId, ObjectId, PipeId, TaskId};
use sim_core::machine::{Machine, Mode, Pending, State};
use sim_core::policy::Policy;
use sim_core::program::{Burst, Code, Disk, Job, Place};
use sim_core::sort::sort_by_key;
use sim_core::time::Time;

use super::geometry::{Grid, Rect};
use super::{ObjectPlan, Plan};

/// A place of the stage in which a token stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Zone {
    /// New: it waits for memory.
    New,
    /// The ready queue.
    Ready,
    /// Where those are that are ready or run, if nobody sees which.
    ReadyOrRunning,
    /// On a CPU.
    Cpu(CpuId),
    /// At the disk.
    Disk,
    /// At a pipe.
    Pipe(PipeId, PipeEnd),
    /// At the interpreter lock, or in the run queue of user-level threads.
    Interpreter,
    /// At a synchronisation object.
    Object(ObjectId),
    /// At one of those objects that share a box.
    OtherObjects,
    /// At the timer: it waits for its period.
    Timer,
    /// At the timer: it sleeps for a while.
    Sleep,
    /// At a socket: the number of its box.
    Socket(u16),
    /// At one of those sockets that share a box.
    OtherSockets,
    /// At what the process has submitted.
    Completions,
    /// Waiting for a child or another thread to end.
    Joining,
    /// Zombie, where these have a place of their own.
    Zombies,
    /// Zombie or exited.
    Done,
}

/// An end of a pipe.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PipeEnd {
    /// Where messages go in.
    Writing,
    /// Where they come out.
    Reading,
}

/// A token in its slot.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct PlacedToken {
    /// Whose.
    pub task: TaskId,
    /// Its slot.
    pub rect: Rect,
    /// The slot with the room for number and note.
    pub cell: Rect,
    /// In which place.
    pub zone: Zone,
    /// Its number in the queue, from 1, where it is to be shown.
    pub number: Option<u32>,
}

/// What a place could not show.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct More {
    /// The place.
    pub zone: Zone,
    /// Where its count stands: a slot of its own.
    pub rect: Rect,
    /// How many tasks are not shown.
    pub count: usize,
}

/// A level of the ready queue.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Level {
    /// Its number, the highest being 0.
    pub level: u8,
    /// Its rows.
    pub rect: Rect,
}

/// Where everything is at one moment.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Layout {
    /// The tokens that are shown, by task.
    pub tokens: Vec<PlacedToken>,
    /// The places that could not show all.
    pub more: Vec<More>,
    /// The levels of the ready queue; none where the policy has none.
    pub levels: Vec<Level>,
}

impl Layout {
    /// Puts each task into its slot.
    #[must_use]
    pub fn new(plan: &Plan, code: &Code, machine: &Machine) -> Self {
        let mut layout = Self::default();
        let waiting = Waiting::new(code, machine);
        let new: Vec<_> = machine.admission.iter().copied().collect();
        layout.fill(Zone::New, &plan.new.grid, &new);
        layout.fill_ready(plan, code, machine);
        for cpu in &plan.cpus {
            let task = machine.cpu(cpu.cpu).task();
            let running = task.filter(|task| machine.task(*task).state == State::Running(cpu.cpu));
            if let Some(task) = running {
                layout.add(task, cpu.token, cpu.token, Zone::Cpu(cpu.cpu), None);
            }
        }
        let done = if plan.is_basic() {
            waiting.done
        } else {
            layout.fill_later(plan, machine, waiting)
        };
        layout.fill(Zone::Done, &plan.done.grid, &done);
        sort_by_key(&mut layout.tokens, |token| token.task);
        layout
    }

    /// All other places; those who have ended and stand nowhere else.
    #[lockstep_part::later(Layout)]
    fn fill_later(&mut self, plan: &Plan, machine: &Machine, waiting: Waiting) -> Vec<TaskId> {
        if let Some(disk) = &plan.disk {
            match &waiting.disk_users {
                Some(users) => self.fill_steadily(Zone::Disk, &disk.grid, &waiting.disk, users),
                None => self.fill(Zone::Disk, &disk.grid, &waiting.disk),
            }
        }
        if let Some(timer) = &plan.timer {
            self.fill_timer(&timer.grid, &waiting, machine);
        }
        if let Some(station) = &plan.joining {
            self.fill(Zone::Joining, &station.grid, &waiting.joining);
        }
        let (mut done, mut zombies) = (waiting.done, Vec::new());
        if let Some(station) = &plan.zombies {
            done.retain(|task| {
                let is_zombie = machine.task(*task).state == State::Zombie;
                if is_zombie {
                    zombies.push(*task);
                }
                !is_zombie
            });
            self.fill(Zone::Zombies, &station.grid, &zombies);
        }
        self.fill_objects(plan, machine);
        self.fill_sockets(plan, machine);
        for pipe in &plan.pipes {
            let state = &machine.pipes[pipe.pipe.index()];
            for (end, grid, reason, queue) in [
                (
                    PipeEnd::Writing,
                    &pipe.writers,
                    Reason::PipeFull(pipe.pipe),
                    &state.writers_waiting,
                ),
                (
                    PipeEnd::Reading,
                    &pipe.readers,
                    Reason::PipeEmpty(pipe.pipe),
                    &state.readers_waiting,
                ),
            ] {
                let waiting = waking(machine, reason).chain(queue.iter().copied());
                let waiting: Vec<_> = waiting.collect();
                self.fill(Zone::Pipe(pipe.pipe, end), grid, &waiting);
            }
        }
        done
    }

    /// The token of a task, if it is shown.
    #[must_use]
    pub fn token(&self, task: TaskId) -> Option<&PlacedToken> {
        let place = self
            .tokens
            .binary_search_by_key(&task, |token| token.task)
            .ok()?;
        self.tokens.get(place)
    }

    fn add(&mut self, task: TaskId, rect: Rect, cell: Rect, zone: Zone, number: Option<usize>) {
        let number = number.and_then(|number| u32::try_from(number).ok());
        self.tokens.push(PlacedToken {
            task,
            rect,
            cell,
            zone,
            number,
        });
    }

    /// Fills slots in order. Where there are not enough, the last one counts the rest.
    fn fill(&mut self, zone: Zone, grid: &Grid, tasks: &[TaskId]) {
        let (number, capacity) = (tasks.len(), grid.capacity());
        let shown = if number > capacity {
            capacity.saturating_sub(1)
        } else {
            number
        };
        for (slot, task) in tasks[..shown].iter().enumerate() {
            self.add(*task, grid.token(slot), grid.cell(slot), zone, None);
        }
        if number > shown && capacity > 0 {
            self.more.push(More {
                zone,
                rect: grid.token(shown),
                count: number - shown,
            });
        }
    }

    /// Gives each task that ever uses a place a slot for good, where there are enough slots.
    fn fill_steadily(&mut self, zone: Zone, grid: &Grid, tasks: &[TaskId], users: &[TaskId]) {
        if users.len() > grid.capacity() {
            self.fill(zone, grid, tasks);
            return;
        }
        for task in tasks {
            let slot = users.partition_point(|user| user < task);
            self.add(*task, grid.token(slot), grid.cell(slot), zone, None);
        }
    }

    /// Periodic tasks keep their slots. Those that sleep stand in the order in which they wake.
    fn fill_timer(&mut self, grid: &Grid, waiting: &Waiting, machine: &Machine) {
        if !waiting.timer_users.is_empty() {
            self.fill_steadily(Zone::Timer, grid, &waiting.timer, &waiting.timer_users);
            return;
        }
        let due = machine.timeouts.iter().map(|(_, task)| task);
        let asleep = due.filter(|task| machine.task(*task).state == State::Blocked(Reason::Sleep));
        let asleep: Vec<_> = asleep.collect();
        self.fill(Zone::Sleep, grid, &asleep);
    }

    fn fill_objects(&mut self, plan: &Plan, machine: &Machine) {
        if let Some(plan) = &plan.interpreter {
            // Each process has one: they share a box.
            let processes = machine.processes.iter();
            let locks = processes.filter_map(|process| process.interpreter.as_ref());
            let waiting = locks.flat_map(|lock| lock.waiting.iter().copied());
            let processes = machine.processes.iter();
            let carriers = processes.filter_map(|process| process.carriers.as_ref());
            let queued = carriers.flat_map(|carriers| carriers.queued());
            let waiting = waiting.chain(queued);
            let tasks: Vec<_> = waking(machine, Reason::Interpreter)
                .chain(waiting)
                .collect();
            self.fill(Zone::Interpreter, &plan.waiting, &tasks);
        }
        for ObjectPlan {
            object, waiting, ..
        } in &plan.objects
        {
            let tasks = waking(machine, Reason::Object(*object));
            // A copy is not there before its process is made.
            let entry = machine.objects.get(object.index());
            let come = entry.into_iter().flat_map(|object| &object.waiting);
            let tasks = tasks.chain(come.copied());
            let tasks: Vec<_> = tasks.collect();
            self.fill(Zone::Object(*object), waiting, &tasks);
        }
        if let Some(station) = &plan.other_objects {
            let has_none = |reason| match reason {
                State::Blocked(Reason::Object(object)) => plan
                    .objects
                    .binary_search_by_key(&object, |plan| plan.object)
                    .is_err(),
                _ => false,
            };
            let mut tasks = Vec::new();
            for pending in &machine.pending {
                if let Pending::Wake { task, .. } = pending {
                    tasks.push(*task);
                }
            }
            for object in &machine.objects {
                tasks.extend(&object.waiting);
            }
            tasks.retain(|task| has_none(machine.task(*task).state));
            self.fill(Zone::OtherObjects, &station.grid, &tasks);
        }
    }

    /// Those who wait at sockets, in the order in which they came.
    fn fill_sockets(&mut self, plan: &Plan, machine: &Machine) {
        let Some(network) = &plan.network else {
            return;
        };
        let mut waiting = Vec::new();
        for (place, task) in machine.tasks.iter().enumerate() {
            if let State::Blocked(reason) = task.state
                && reason.is_network()
            {
                waiting.push((task.since, TaskId::from_index(place), reason));
            }
        }
        sort_by_key(&mut waiting, |(since, task, _)| (*since, *task));
        let place_of = |reason: Reason| match reason.socket() {
            None => Zone::Completions,
            Some(socket) => match network.boxes.get(socket.index()).copied().flatten() {
                Some(place) if usize::from(place) < network.sockets.len() => Zone::Socket(place),
                _ => Zone::OtherSockets,
            },
        };
        let own = network.sockets.iter().zip(0..);
        let own = own.map(|(plan, place)| (Zone::Socket(place), plan));
        let shared = network.others.iter().map(|plan| (Zone::OtherSockets, plan));
        let completions = network.completions.iter();
        let completions = completions.map(|plan| (Zone::Completions, plan));
        for (zone, plan) in own.chain(shared).chain(completions) {
            let here = waiting
                .iter()
                .filter(|(.., reason)| place_of(*reason) == zone);
            let here: Vec<_> = here.map(|(_, task, _)| *task).collect();
            self.fill(zone, &plan.waiting, &here);
        }
    }

    fn fill_ready(&mut self, plan: &Plan, code: &Code, machine: &Machine) {
        let grid = &plan.ready.grid;
        if grid.capacity() == 0 {
            return;
        }
        if machine.is_task_level() {
            // In no order: nobody sees one.
            let tasks = (0..machine.tasks.len()).map(TaskId::from_index);
            let here = tasks.filter(|task| machine.task(*task).state == State::Ready);
            self.fill(Zone::ReadyOrRunning, grid, &here.collect::<Vec<_>>());
            return;
        }
        let order = machine.ready_order(code);
        let numbered = |slot: usize| plan.scale.numbered || slot.is_multiple_of(grid.columns);
        if plan.levels == 1 {
            let first = self.tokens.len();
            self.fill(Zone::Ready, grid, &order);
            for (slot, token) in self.tokens[first..].iter_mut().enumerate() {
                token.number = numbered(slot)
                    .then_some(slot)
                    .and_then(|slot| u32::try_from(slot + 1).ok());
            }
            return;
        }
        self.fill_levels(plan, machine, &order);
    }

    #[lockstep_part::later(Layout)]
    fn fill_levels(&mut self, plan: &Plan, machine: &Machine, order: &[TaskId]) {
        let grid = &plan.ready.grid;
        let numbered = |slot: usize| plan.scale.numbered || slot.is_multiple_of(grid.columns);
        let mut levels = vec![Vec::new(); plan.levels];
        for (place, task) in order.iter().enumerate() {
            let level = machine
                .scheduler
                .level(*task)
                .map_or(0, |(level, _)| usize::from(level));
            levels[level.min(plan.levels - 1)].push((place, *task));
        }
        let rows = level_rows(&levels, grid);
        let mut row = 0;
        let mut hidden = 0;
        for (level, (tasks, rows)) in levels.iter().zip(rows).enumerate() {
            if rows == 0 {
                hidden += tasks.len();
                continue;
            }
            let top = grid.cell(row * grid.columns);
            #[allow(
                clippy::cast_possible_truncation,
                reason = "a policy has 64 levels at most"
            )]
            self.levels.push(Level {
                level: level as u8,
                rect: Rect::new(
                    plan.ready.frame.x,
                    top.y,
                    plan.ready.frame.width,
                    top.height * super::geometry::count(rows) - plan.scale.gap,
                ),
            });
            let capacity = rows * grid.columns;
            let shown = if tasks.len() > capacity {
                capacity - 1
            } else {
                tasks.len()
            };
            for (slot, (place, task)) in tasks.iter().take(shown).enumerate() {
                let at = row * grid.columns + slot;
                let number = numbered(slot).then_some(place + 1);
                self.add(*task, grid.token(at), grid.cell(at), Zone::Ready, number);
            }
            if tasks.len() > shown {
                let rect = grid.token(row * grid.columns + shown);
                self.more.push(More {
                    zone: Zone::Ready,
                    rect,
                    count: tasks.len() - shown,
                });
            }
            row += rows;
        }
        self.count_hidden(grid, hidden);
    }

    /// Counts ready tasks whose level has no row, in the last slot of all.
    fn count_hidden(&mut self, grid: &Grid, hidden: usize) {
        if hidden == 0 {
            return;
        }
        let rect = grid.token(grid.capacity() - 1);
        let there = self
            .more
            .iter_mut()
            .find(|more| more.zone == Zone::Ready && more.rect == rect);
        if let Some(more) = there {
            more.count += hidden;
            return;
        }
        let shown = self.tokens.len();
        self.tokens
            .retain(|token| token.zone != Zone::Ready || token.rect != rect);
        let displaced = shown - self.tokens.len();
        self.more.push(More {
            zone: Zone::Ready,
            rect,
            count: hidden + displaced,
        });
    }
}

/// How many rows each level has: one at least, as many as it needs while there are enough. Where
/// there are more levels than rows, empty ones from the lowest on have none.
fn level_rows<T>(levels: &[Vec<T>], grid: &Grid) -> Vec<usize> {
    let mut rows: Vec<_> = levels
        .iter()
        .map(|tasks| tasks.len().div_ceil(grid.columns).max(1))
        .collect();
    let mut over = rows.iter().sum::<usize>().saturating_sub(grid.rows);
    while over > 0 {
        let Some((widest, most)) = rows
            .iter()
            .copied()
            .enumerate()
            .max_by_key(|(_, rows)| *rows)
        else {
            break;
        };
        if most <= 1 {
            break;
        }
        rows[widest] -= 1;
        over -= 1;
    }
    for is_empty in [true, false] {
        for level in (0..levels.len()).rev() {
            if over > 0 && rows[level] > 0 && levels[level].is_empty() == is_empty {
                rows[level] = 0;
                over -= 1;
            }
        }
    }
    rows
}

/// Who waits no more, but has not been woken yet: the front of a queue, until the next event.
fn waking(machine: &Machine, reason: Reason) -> impl Iterator<Item = TaskId> {
    machine
        .pending
        .iter()
        .filter_map(move |pending| match pending {
            Pending::Wake { task, .. } if machine.task(*task).state == State::Blocked(reason) => {
                Some(*task)
            }
            _ => None,
        })
}

/// Who is where, in order.
#[derive(Default)]
struct Waiting {
    disk: Vec<TaskId>,
    timer: Vec<TaskId>,
    joining: Vec<TaskId>,
    done: Vec<TaskId>,
    /// Who ever uses the disk, where it serves all at once; none with a queue: slots follow it.
    disk_users: Option<Vec<TaskId>>,
    /// Who is periodic.
    timer_users: Vec<TaskId>,
}

impl Waiting {
    fn new(code: &Code, machine: &Machine) -> Self {
        let mut waiting = Self::default();
        let mut at_disk = Vec::new();
        let mut done = Vec::new();
        let mut joining = Vec::new();
        for (index, task) in machine.tasks.iter().enumerate() {
            let id = TaskId::from_index(index);
            match task.state {
                State::Blocked(Reason::Disk) => at_disk.push((task.since, id)),
                State::Blocked(Reason::Child | Reason::Thread(_)) => {
                    joining.push((task.since, id));
                }
                State::Blocked(Reason::Period) => waiting.timer.push(id),
                // Peers that have ended are outside.
                State::Zombie | State::Exited if code.job(id).place == Place::Inside => {
                    done.push((task.accounting.completion.unwrap_or(Time::NEVER), id));
                }
                _ => {}
            }
        }
        sort_by_key(&mut at_disk, |waiting| *waiting);
        sort_by_key(&mut joining, |waiting| *waiting);
        waiting.joining = joining.into_iter().map(|(_, task)| task).collect();
        sort_by_key(&mut done, |finished| *finished);
        waiting.done = done.into_iter().map(|(_, task)| task).collect();
        waiting.disk = disk_order(code, machine, at_disk.into_iter().map(|(_, task)| task));
        let users = |uses: fn(&Job) -> bool| {
            let places = (0..code.jobs.len()).filter(|job| uses(&code.jobs[*job]));
            places.map(TaskId::from_index).collect::<Vec<_>>()
        };
        waiting.timer_users = users(|job| job.period.is_some());
        waiting.disk_users = match code.config.disk {
            Disk::Parallel => Some(users(|job| {
                job.bursts.iter().any(|burst| matches!(burst, Burst::Io(_)))
            })),
            Disk::Fifo => None,
        };
        waiting
    }
}

/// The request that is served, the queue in its order, and then those whose interrupt is being
/// handled. Where the disk serves all at once: in the order in which they came.
fn disk_order(
    code: &Code,
    machine: &Machine,
    waiting: impl Iterator<Item = TaskId>,
) -> Vec<TaskId> {
    match code.config.disk {
        Disk::Parallel => waiting.collect(),
        Disk::Fifo => {
            let queue = machine.disk.queue.iter().map(|(task, _)| *task);
            let handled = machine.cpus.iter().filter_map(|cpu| match cpu.mode {
                Mode::Handling { done, .. } => Some(done),
                _ => None,
            });
            machine
                .disk
                .serving
                .into_iter()
                .chain(queue)
                .chain(handled)
                .collect()
        }
    }
}
