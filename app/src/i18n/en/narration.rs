//! The sentence that tells an event, in English.
//!
//! What happened and why is sim-core's [`Narration`]; here it is only put into words. The file is
//! long because it is one list: a sentence for each kind of event and for each reason.

use sim_core::call::{PipeEnd, Reason};
use sim_core::ids::{PipeId, TaskId};
use sim_core::machine::State;
use sim_core::policy::Key;
use sim_core::program::{OperatingSystem, ReadyQueue};
use sim_core::run::{Limit, Outcome};
use sim_core::time::{Span, Time};
use sim_core::view::Narration;
use sim_core::view::narration::{CpuAfter, LevelChange, Rival, Turn, What, Why};

use super::English;
use crate::i18n::{Piece, ProcessTexts, Sentence, StageTexts};
use crate::scene::Scene;

/// Tells the event that led to a scene.
pub(super) fn sentence(texts: &English, scene: &Scene) -> Sentence {
    let mut teller = Teller {
        texts,
        scene,
        main: Vec::new(),
        more: Vec::new(),
    };
    match &scene.narration {
        Some(narration) => {
            teller.tell(narration);
            if let Some(about) = narration.carriers {
                teller.tell_carriers(about);
            }
        }
        None => teller.start(),
    }
    if scene.is_at_end() {
        teller.end();
    }
    Sentence {
        main: joined(teller.main),
        more: joined(teller.more),
    }
}

/// Puts neighbouring words together.
fn joined(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut joined: Vec<Piece> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        if let (Some(Piece::Words(before)), Piece::Words(words)) = (joined.last_mut(), &piece) {
            before.push_str(words);
        } else {
            joined.push(piece);
        }
    }
    joined
}

pub(super) struct Teller<'a> {
    pub(super) texts: &'a English,
    pub(super) scene: &'a Scene,
    pub(super) main: Vec<Piece>,
    pub(super) more: Vec<Piece>,
}

/// Appends pieces to a list: words as they are, tasks and things as `(Task…)`.
macro_rules! say {
    ($list:expr, $($piece:expr),+ $(,)?) => {{ $($list.push(Piece::from($piece));)+ }};
}

pub(super) use say;

impl From<&str> for Piece {
    fn from(words: &str) -> Self {
        Self::Words(words.to_owned())
    }
}

impl From<String> for Piece {
    fn from(words: String) -> Self {
        Self::Words(words)
    }
}

impl From<TaskId> for Piece {
    fn from(task: TaskId) -> Self {
        Self::Task(task)
    }
}

impl Teller<'_> {
    pub(super) fn span(&self, span: Span) -> String {
        self.texts.span(self.scene.code.config.unit, span)
    }

    pub(super) fn moment(&self, at: Time) -> String {
        self.texts.moment(self.scene.code.config.unit, at)
    }

    pub(super) fn pipe(&self, pipe: PipeId) -> Piece {
        Piece::Thing(format!("pipe {}", self.scene.code.pipes[pipe.index()].name))
    }

    fn cpu(&self, cpu: sim_core::ids::CpuId) -> Piece {
        Piece::Thing(self.texts.cpu(cpu))
    }

    fn start(&mut self) {
        let slots = self.scene.code.slots.count() as usize;
        let jobs = self.scene.code.jobs.len() - slots;
        let text = match jobs {
            0 => "There are no jobs: nothing will happen.".to_owned(),
            1 => "Nothing has happened yet. One job will come.".to_owned(),
            _ => format!("Nothing has happened yet. {jobs} jobs will come."),
        };
        say!(self.main, text);
    }

    fn end(&mut self) {
        let text = match self.scene.outcome {
            Outcome::Finished => " The run is over: every task has exited.",
            Outcome::Deadlock => " The run ends: nobody can ever go on.",
            Outcome::Stalled => " The run has stalled: tasks are left that nobody can ever wake.",
            Outcome::Limit(Limit::Until) => " The run stops here: it was asked to.",
            Outcome::Limit(Limit::Events) => " The run was cut off: it has too many events.",
            Outcome::Limit(Limit::NoProgress) => {
                " The run was cut off: events go on, but the clock does not."
            }
        };
        match self.scene.outcome {
            Outcome::Finished | Outcome::Limit(_) => say!(self.more, text),
            Outcome::Stalled | Outcome::Deadlock => say!(self.main, text),
        }
        if self.scene.outcome == Outcome::Stalled && self.scene.code.slots.count() > 0 {
            self.tell_open_ends();
        }
    }

    /// Whether a task was only a thread of a process that goes on.
    fn is_thread(&self, task: TaskId) -> bool {
        let process = self.scene.machine.process_of(task);
        let makes = self.scene.code.slots.count() > 0;
        makes && process.is_some_and(|process| process.threads > 0)
    }

    /// Who waits for data that could still come, as far as the kernel knows: an end of a pipe was left
    /// open.
    #[lockstep_part::later(Teller<'_>)]
    fn tell_open_ends(&mut self) {
        let scene = self.scene;
        let (code, machine) = (&scene.code, &scene.machine);
        for (task, entry) in machine.tasks.iter().enumerate() {
            let State::Blocked(Reason::PipeEmpty(pipe)) = entry.state else {
                continue;
            };
            let writers = machine.holders_of(pipe, PipeEnd::Write);
            let writers: Vec<_> = writers.map(|own| machine.process_name(code, own)).collect();
            let text = English.write_end_open(
                &code.jobs[task].name,
                &code.pipes[pipe.index()].name,
                &writers.join(", "),
            );
            say!(self.main, text);
            return;
        }
    }

    fn tell(&mut self, narration: &Narration) {
        let why = narration.why;
        match narration.what {
            What::Arrived { task } => {
                say!(self.main, task, " arrives");
                let has_memory = !self.scene.code.partitions.is_empty();
                say!(
                    self.main,
                    if has_memory {
                        " and asks for memory."
                    } else {
                        "."
                    }
                );
            }
            What::Loaded {
                task,
                partition,
                size,
                used,
            } => {
                let place = format!("partition {}", partition.0);
                say!(self.main, task, " is loaded into ", Piece::Thing(place));
                say!(
                    self.main,
                    format!(" and is ready. It needs {used} of the {size}\u{a0}KiB there.")
                );
                match why {
                    Some(Why::FirstFit { passed_over: 0 }) | None => {}
                    Some(Why::FirstFit { passed_over: 1 }) => {
                        say!(
                            self.more,
                            "The job before it in the line needs more than is free."
                        );
                    }
                    Some(Why::FirstFit { passed_over }) => {
                        let text = format!(
                            "{passed_over} jobs before it in the line need more than is free."
                        );
                        say!(self.more, text);
                    }
                    Some(_) => {}
                }
            }
            What::Dispatched {
                task,
                cpu,
                turn,
                slice,
                kernel,
            } => {
                self.dispatched(task, cpu, turn, why);
                if let Some(slice) = slice {
                    let slice = self.span(slice);
                    say!(self.more, format!("Its slice is {slice}."));
                }
                if let Some(kernel) = kernel {
                    let kernel = self.span(kernel);
                    let text =
                        format!(" First the kernel loads its context, which takes {kernel}.");
                    say!(self.more, text);
                }
            }
            What::ContextRestored { task, cpu, pc } => {
                let pc = self.texts.program_counter(pc);
                let cpu = self.cpu(cpu);
                say!(
                    self.main,
                    "The context switch is over: ",
                    cpu,
                    " holds the registers of ",
                    task
                );
                say!(
                    self.main,
                    format!(", which goes on at program counter {pc}.")
                );
            }
            What::SliceExpired {
                task,
                slice,
                left,
                level,
                ..
            } => {
                let text = match slice {
                    Some(slice) => format!("’s slice of {} is used up: ", self.span(slice)),
                    None => "’s slice is used up: ".to_owned(),
                };
                say!(self.main, task, text, "it goes back to the queue");
                self.level_change(level);
                let left = self.span(left);
                say!(self.more, format!("{left} of its burst are left."));
            }
            What::Exited {
                task,
                turnaround,
                freed,
                cpu,
            } => {
                let turnaround = self.span(turnaround);
                say!(
                    self.main,
                    task,
                    format!(" ends, {turnaround} after it arrived.")
                );
                if let Some(partition) = freed {
                    let place = Piece::Thing(format!("Partition {}", partition.0));
                    say!(self.main, " ", place, " is free.");
                }
                self.cpu_after(cpu);
            }
            What::Reaped { task, parent } if self.scene.code.slots.count() == 0 => {
                match parent {
                    Some(parent) => say!(self.main, parent, " collects the exit status of ", task),
                    None => say!(
                        self.main,
                        "The first process collects the exit status of ",
                        task
                    ),
                }
                say!(self.main, ": its entry in the process table is free.");
            }
            _ => self.tell_later(narration),
        }
    }

    /// What the page's first scenario does without.
    #[lockstep_part::later(Teller<'_>)]
    fn tell_later(&mut self, narration: &Narration) {
        let why = narration.why;
        match narration.what {
            What::Served { .. }
            | What::CopyBegan { .. }
            | What::WouldBlock { .. }
            | What::SocketFailed { .. }
            | What::SocketEnded { .. }
            | What::ScanBegan { .. }
            | What::Completed { .. }
            | What::PacketArrived { .. }
            | What::CardInterrupted { .. } => self.network(narration.what),
            What::Admitted { task } if self.lacks_carrier(task) => {
                say!(
                    self.main,
                    task,
                    " is admitted: its process knows it, not the kernel."
                );
            }
            What::Admitted { task } => {
                let text = match self.scene.machine.is_task_level() {
                    true => " is admitted: it can run.",
                    false => " is admitted: it is ready and joins the queue.",
                };
                say!(self.main, task, text);
            }
            What::Preempted { task, cpu, left } => {
                let cpu = self.cpu(cpu);
                say!(self.main, task, " is taken off ", cpu);
                self.why_preempted(task, why);
                let left = self.span(left);
                say!(self.more, format!("{left} of its burst are left."));
            }
            What::Blocked {
                task,
                reason,
                until,
                cpu,
                level,
            } => {
                self.blocked(task, reason, until);
                self.kept_waiting(why);
                self.waits_for_peer(why);
                self.in_circle(why);
                if let Some(Why::DiskQueue { ahead }) = why {
                    let text = match ahead {
                        1 => " One request is before its own.".to_owned(),
                        _ => format!(" {ahead} requests are before its own."),
                    };
                    say!(self.main, text);
                }
                self.cpu_after(cpu);
                if let Some(LevelChange::Moved { from, to }) = level {
                    say!(
                        self.more,
                        format!(" It moves from level {from} to level {to}.")
                    );
                }
            }
            What::Interrupted {
                task,
                cpu,
                interrupted,
                until,
            } => {
                let (cpu, until) = (self.cpu(cpu), self.moment(until));
                say!(
                    self.main,
                    task,
                    "’s request is done: the disk interrupts ",
                    cpu
                );
                match interrupted {
                    Some(running) => say!(self.main, ", and ", running, "’s program stands still."),
                    None => say!(self.main, "."),
                }
                say!(self.more, format!("The handler runs until {until}."));
            }
            What::IoCompleted { task, took } => {
                let took = self.span(took);
                say!(
                    self.main,
                    task,
                    format!("’s I/O is done after {took}: it is ready again.")
                );
            }
            What::Woken { task, reason, .. } => self.woken(task, reason, why),
            What::Sent {
                task,
                pipe,
                messages,
                capacity,
            } => {
                let pipe = self.pipe(pipe);
                say!(self.main, task, " puts a message into ", pipe);
                say!(
                    self.main,
                    format!(", which holds {messages} of {capacity} now.")
                );
            }
            What::Received {
                task,
                pipe,
                messages,
                capacity,
            } => {
                let pipe = self.pipe(pipe);
                say!(self.main, task, " takes a message out of ", pipe);
                say!(
                    self.main,
                    format!(", which holds {messages} of {capacity} now.")
                );
            }
            What::ReachedEnd { task, pipe } => {
                let pipe = self.pipe(pipe);
                say!(
                    self.main,
                    task,
                    " reads the end of ",
                    pipe,
                    ": it is empty, and no writer is left."
                );
            }
            What::Accessed { .. }
            | What::Granted { .. }
            | What::Refused { .. }
            | What::HandedOver { .. }
            | What::TimedOut { .. }
            | What::SleepEnded { .. }
            | What::InterpreterTaken { .. }
            | What::InterpreterDropped { .. }
            | What::IntervalPassed { .. }
            | What::CarrierTaken { .. }
            | What::Yielded { .. }
            | What::Passed { .. }
            | What::Printed { .. }
            | What::Failed { .. } => self.tell_script(narration),
            What::Forked { .. }
            | What::Spawned { .. }
            | What::ThreadStarted { .. }
            | What::Executed { .. }
            | What::Joined { .. }
            | What::WaitedForChild { .. }
            | What::Denied { .. }
            | What::Asked { .. }
            | What::SignalSent { .. }
            | What::DispositionSet { .. }
            | What::AlarmSet { .. }
            | What::AlarmRang { .. }
            | What::SignalDelivered { .. }
            | What::HandlerReturned { .. }
            | What::Killed { .. }
            | What::Terminated { .. }
            | What::Adopted { .. }
            | What::Closed { .. } => self.tell_process(narration),
            What::Released { task, deadline, .. } => {
                say!(self.main, "A new period of ", task, " begins");
                match deadline {
                    Some(deadline) => {
                        let deadline = self.moment(deadline);
                        say!(self.main, format!(": its job must be done by {deadline}."));
                    }
                    None => say!(self.main, "."),
                }
                if let Some(Why::JobBeforeWasLate { by }) = why {
                    let by = self.span(by);
                    say!(self.main, format!(" The one before was {by} late."));
                }
            }
            What::DeadlineMissed { task, left, .. } => {
                let left = self.span(left);
                say!(
                    self.main,
                    task,
                    format!(" misses its deadline: {left} of its job are not done.")
                );
                if let Some(Why::StillAt(State::Ready)) = why
                    && !self.scene.machine.is_task_level()
                {
                    say!(self.more, "It waits in the ready queue.");
                }
            }
            What::Reaped { task, .. } if self.is_thread(task) => {
                say!(
                    self.main,
                    task,
                    " is gone: its process goes on without this thread."
                );
            }
            What::Reaped { task, .. }
                if self.scene.code.config.os == OperatingSystem::Windows
                    && self.scene.code.slots.count() > 0 =>
            {
                say!(
                    self.main,
                    task,
                    " is over. Its exit status stays, for who knows its process."
                );
            }
            What::Reaped { task, parent } => {
                match parent {
                    Some(parent) => say!(self.main, parent, " collects the exit status of ", task),
                    None => say!(
                        self.main,
                        "The first process collects the exit status of ",
                        task
                    ),
                }
                say!(self.main, ": its entry in the process table is free.");
            }
            What::Boosted { .. } => {
                say!(
                    self.main,
                    "The boost moves every task to the highest level."
                );
            }
            What::Aged { .. } => {
                say!(
                    self.main,
                    "The priority of every waiting task rises by one, so that none starves."
                );
            }
            What::Arrived { .. }
            | What::Loaded { .. }
            | What::Dispatched { .. }
            | What::ContextRestored { .. }
            | What::SliceExpired { .. }
            | What::Exited { .. } => self.tell(narration),
        }
    }

    fn dispatched(
        &mut self,
        task: TaskId,
        cpu: sim_core::ids::CpuId,
        turn: Turn,
        why: Option<Why>,
    ) {
        let cpu = self.cpu(cpu);
        say!(self.main, task, " gets ", cpu);
        match why {
            Some(Why::OnlyReady) => match self.scene.code.config.ready_queue {
                ReadyQueue::Shared => say!(self.main, ": nobody else is ready."),
                ReadyQueue::PerCpu(_) => say!(self.main, ": nobody else is in its queue."),
            },
            Some(Why::NobodyElse) => {
                self.main.clear();
                say!(self.main, task, " goes on: nobody else is ready.");
            }
            Some(Why::FirstInQueue) => say!(self.main, ": it has waited longest."),
            Some(why) => self.why_dispatched(why),
            None => say!(self.main, "."),
        }
        if turn == Turn::First {
            say!(self.more, "It runs for the first time. ");
        }
    }

    /// What the page's first scenario does without.
    #[lockstep_part::later(Teller<'_>)]
    fn why_dispatched(&mut self, why: Why) {
        match why {
            Why::NextInCircle { after: Some(after) } => {
                say!(self.main, ": it is next by number after ", after, ".");
            }
            Why::NextInCircle { after: None } => {
                say!(self.main, ": it has the lowest number.");
            }
            Why::BestKey { key, next } => self.best_key(key, next),
            Why::FirstOfEquals { key, next } => {
                match key.map(|key| (key, self.texts.key(self.scene.code.config.unit, key))) {
                    Some((key, value)) => {
                        let name = key_name(key);
                        say!(
                            self.main,
                            ": its ",
                            name,
                            format!(" ({value}) equals that of "),
                            next
                        );
                        say!(self.main, ", but it has waited longer.");
                    }
                    None => say!(self.main, ": it equals ", next, ", but has waited longer."),
                }
            }
            Why::HighestLevel { level } => {
                say!(
                    self.main,
                    format!(": it is first on level {level}, and no level above has a ready task.")
                );
            }
            Why::TicketDrawn { held, of } => {
                say!(
                    self.main,
                    format!(": a ticket of its own was drawn. It holds {held} of {of}.")
                );
            }
            Why::Chosen { instead_of } => {
                say!(
                    self.main,
                    ": you chose it. The policy would have taken ",
                    instead_of,
                    "."
                );
            }
            Why::Stolen { from } => say!(
                self.main,
                format!(
                    ": this CPU had nobody to run, and has stolen it from the queue of CPU {}, where it \
                     would have run last.",
                    from.0
                )
            ),
            Why::CpuHeld => say!(self.main, " back: the CPU has waited with it."),
            Why::TakesCpuAtOnce => say!(self.main, " at once: its I/O is done."),
            _ => say!(self.main, "."),
        }
    }

    fn best_key(&mut self, key: Option<Key>, next: Rival) {
        let unit = self.scene.code.config.unit;
        let Some(key) = key else {
            return say!(self.main, ".");
        };
        let value = self.texts.key(unit, key);
        let other = next
            .key
            .map_or_else(|| "none".to_owned(), |key| self.texts.key(unit, key));
        let rival = next.task;
        match key {
            Key::Burst(_) => {
                say!(
                    self.main,
                    format!(": its next burst is the shortest, {value}; "),
                    rival,
                    format!(" needs {other}.")
                );
            }
            Key::Remaining(_) => {
                say!(
                    self.main,
                    format!(": it has the least left to do, {value}; "),
                    rival,
                    format!(" has {other}.")
                );
            }
            Key::ResponseRatio(_) => {
                say!(
                    self.main,
                    format!(": its response ratio {value} is the highest; "),
                    rival,
                    format!("’s is {other}.")
                );
                say!(
                    self.more,
                    "The ratio is waiting time and burst together, divided by the burst. "
                );
            }
            Key::Priority(_) => {
                say!(
                    self.main,
                    format!(": its priority {value} is the highest; "),
                    rival,
                    format!(" has {other}.")
                );
                say!(self.more, "The lower the number, the higher the priority. ");
            }
            Key::Tickets(_) => {
                say!(
                    self.main,
                    format!(": it holds {value} tickets; "),
                    rival,
                    format!(" holds {other}.")
                );
            }
            Key::Pass(_) => {
                say!(
                    self.main,
                    format!(": its pass {value} is the lowest; "),
                    rival,
                    format!("’s is {other}.")
                );
            }
            Key::VirtualRuntime(_) => {
                say!(
                    self.main,
                    format!(": it has had the least for its weight, {value} of virtual runtime; "),
                    rival,
                    format!(" {other}.")
                );
            }
            Key::Deadline(_) => {
                say!(
                    self.main,
                    format!(": its deadline {value} is the earliest; "),
                    rival
                );
                match next.key {
                    Some(_) => say!(self.main, format!(" has until {other}.")),
                    None => say!(self.main, " has none."),
                }
            }
            Key::Period(_) => {
                say!(
                    self.main,
                    format!(": its period of {value} is the shortest; "),
                    rival
                );
                match next.key {
                    Some(_) => say!(self.main, format!("’s is {other}.")),
                    None => say!(self.main, " has none."),
                }
            }
        }
    }

    fn why_preempted(&mut self, task: TaskId, why: Option<Why>) {
        match why {
            Some(Why::BeatenBy { rival, key }) => {
                let unit = self.scene.code.config.unit;
                let own = key.map_or_else(|| "none".to_owned(), |key| self.texts.key(unit, key));
                let value = rival
                    .key
                    .map_or_else(String::new, |key| self.texts.key(unit, key));
                say!(self.main, ": ", rival.task);
                let text = match rival.key {
                    Some(Key::Remaining(_)) => {
                        format!(" has less left to do, {value} against {own}.")
                    }
                    Some(Key::Burst(_)) => format!(" has a shorter burst, {value} against {own}."),
                    Some(Key::Priority(_)) => {
                        format!(" has a higher priority, {value} against {own}.")
                    }
                    Some(Key::Deadline(_)) => {
                        format!(" has an earlier deadline, {value} against {own}.")
                    }
                    Some(Key::Period(_)) => {
                        format!(" has a shorter period, {value} against {own}.")
                    }
                    Some(Key::VirtualRuntime(_)) => {
                        format!(
                            " has had less for its weight, a virtual runtime of {value} against {own}."
                        )
                    }
                    Some(Key::Pass(_)) => format!(" has a lower pass, {value} against {own}."),
                    Some(Key::ResponseRatio(_) | Key::Tickets(_)) | None => {
                        " comes first.".to_owned()
                    }
                };
                say!(self.main, text);
            }
            Some(Why::HigherLevel { rival, level, own }) => {
                say!(
                    self.main,
                    ": ",
                    rival,
                    format!(" is ready on level {level}, above its level {own}.")
                );
            }
            Some(Why::Boost) => say!(
                self.main,
                ": the boost puts every task back into the queue first."
            ),
            Some(Why::CpuTaken { by }) if by != task => {
                say!(
                    self.main,
                    ": ",
                    by,
                    "’s I/O is done, and it takes the CPU at once."
                );
            }
            _ => say!(self.main, "."),
        }
    }

    fn blocked(&mut self, task: TaskId, reason: Reason, until: Option<Time>) {
        match reason {
            Reason::Disk => {
                say!(
                    self.main,
                    task,
                    " asks for the disk and cannot go on without the answer."
                );
                if let Some(until) = until {
                    let until = self.moment(until);
                    say!(self.more, format!("The answer comes at {until}. "));
                }
            }
            Reason::PipeEmpty(pipe) => {
                let pipe = self.pipe(pipe);
                say!(
                    self.main,
                    task,
                    " reads ",
                    pipe,
                    ", but it is empty: it waits for a message."
                );
            }
            Reason::PipeFull(pipe) => {
                let pipe = self.pipe(pipe);
                say!(
                    self.main,
                    task,
                    " writes into ",
                    pipe,
                    ", but it is full: it waits for room."
                );
            }
            Reason::Object(object) => self.waits_at(task, object),
            Reason::Child if self.scene.code.config.os == OperatingSystem::Windows => {
                say!(self.main, task, " waits for a process to end.");
            }
            Reason::Child => say!(self.main, task, " waits for a child to end."),
            Reason::Thread(thread) => {
                let thread = self.scene.code.slots.thread(thread);
                say!(self.main, task, " waits for ", thread, " to end.");
            }
            Reason::Connection(_)
            | Reason::Connect(_)
            | Reason::Data(_)
            | Reason::Room(_)
            | Reason::Completion => self.waits_for_network(task, reason),
            Reason::Sleep => say!(self.main, task, " goes to sleep."),
            Reason::Carrier => say!(self.main, task, " waits for a kernel thread."),
            Reason::Interpreter => {
                say!(
                    self.main,
                    task,
                    " wants the interpreter lock and has to wait."
                );
            }
            Reason::Period => {
                say!(self.main, task, " has done its job of this period");
                match until {
                    Some(until) => {
                        let until = self.moment(until);
                        say!(self.main, format!(" and sleeps until {until}."));
                    }
                    None => say!(self.main, " and sleeps."),
                }
            }
        }
    }

    fn woken(&mut self, task: TaskId, reason: Option<Reason>, why: Option<Why>) {
        let pipe = reason.and_then(|reason| match reason {
            Reason::PipeEmpty(pipe) | Reason::PipeFull(pipe) => Some(self.pipe(pipe)),
            _ => None,
        });
        if let (Some(Reason::Interpreter), Some(Why::WokenBy { task: by })) = (reason, why) {
            return say!(
                self.main,
                by,
                " has dropped the interpreter lock: ",
                task,
                " may take it."
            );
        }
        if let Some(Reason::Object(object)) = reason {
            return self.woken_at(task, object, why);
        }
        if let (Some(Reason::Child | Reason::Thread(_)), Some(Why::WokenBy { task: by })) =
            (reason, why)
        {
            return say!(self.main, by, " has ended: ", task, " may look again.");
        }
        if let Some(reason) = reason.filter(|reason| reason.is_network()) {
            return self.woken_at_network(task, reason);
        }
        let pipe = pipe.unwrap_or_else(|| Piece::Words("the pipe".to_owned()));
        match why {
            Some(Why::MessageFrom { task: sender }) => {
                say!(
                    self.main,
                    sender,
                    "’s message is in ",
                    pipe,
                    ": ",
                    task,
                    " is ready to try again."
                );
            }
            Some(Why::RoomFrom { task: reader }) => {
                say!(
                    self.main,
                    reader,
                    " has made room in ",
                    pipe,
                    ": ",
                    task,
                    " is ready to try again."
                );
            }
            Some(Why::LastWriterGone { task: writer }) => {
                say!(
                    self.main,
                    writer,
                    " was the last writer of ",
                    pipe,
                    ": ",
                    task,
                    " is ready to read its end."
                );
            }
            Some(Why::LastReaderGone { task: reader }) => {
                say!(
                    self.main,
                    reader,
                    " was the last reader of ",
                    pipe,
                    ": ",
                    task,
                    " is ready to learn that."
                );
            }
            _ => say!(self.main, task, " is ready to try again."),
        }
    }

    pub(super) fn cpu_after(&mut self, cpu: CpuAfter) {
        let text = match cpu {
            CpuAfter::Unseen => return,
            CpuAfter::Free { ready: 1 } => {
                "Its CPU is free for the one task that is ready.".to_owned()
            }
            CpuAfter::Free { ready } => format!("Its CPU is free for one of {ready} ready tasks."),
            CpuAfter::Idle => "Nobody is ready: its CPU is idle.".to_owned(),
            CpuAfter::Kept => {
                "The kernel thread keeps its CPU, for the next thread of the process.".to_owned()
            }
            CpuAfter::Held => {
                say!(
                    self.main,
                    " The CPU waits with it: no other task may have it."
                );
                return;
            }
        };
        say!(self.more, text);
    }

    fn level_change(&mut self, level: Option<LevelChange>) {
        match level {
            Some(LevelChange::Moved { from, to }) => {
                say!(
                    self.main,
                    format!(", down from level {from} to level {to}.")
                );
            }
            Some(LevelChange::Stays { level, .. }) => {
                say!(self.main, format!(" and stays on level {level}."));
            }
            None => say!(self.main, "."),
        }
    }
}

/// What a policy's number is called.
fn key_name(key: Key) -> &'static str {
    match key {
        Key::Burst(_) => "next burst",
        Key::Remaining(_) => "remaining time",
        Key::ResponseRatio(_) => "response ratio",
        Key::Priority(_) => "priority",
        Key::Tickets(_) => "number of tickets",
        Key::Pass(_) => "pass",
        Key::VirtualRuntime(_) => "virtual runtime",
        Key::Deadline(_) => "deadline",
        Key::Period(_) => "period",
    }
}
