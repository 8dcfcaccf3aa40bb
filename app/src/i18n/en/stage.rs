//! The texts of stage, process table, memory, metrics and lesson in English.
//!
//! The file is long because it is one list.

use sim_core::call::Reason;
use sim_core::ids::{CpuId, TaskId};
use sim_core::machine::{Cpu, Mode, State};
use sim_core::policy::Key;
use sim_core::program::{Code, Disk, OperatingSystem, Order, PolicyConfig, PolicyKind};
use sim_core::time::{Span, Time, Unit};

use super::{English, narration};
use crate::decimal::decimal;
use crate::i18n::{Column, Metric, Ranking, Seen, Sentence, StageTexts};
use crate::scene::Scene;

impl StageTexts for English {
    fn empty_queue(&self) -> &'static str {
        "empty"
    }

    fn sleep(&self) -> &'static str {
        "sleep"
    }

    fn part_of(&self, part: usize, whole: u32) -> String {
        format!("{part} of {whole}")
    }

    fn copying(&self) -> &'static str {
        "copying"
    }

    fn scanning(&self) -> &'static str {
        "looking at sockets"
    }

    fn span(&self, unit: Unit, span: Span) -> String {
        format!("{}\u{a0}{}", self.bare(unit, span), unit_name(unit))
    }

    fn bare(&self, unit: Unit, span: Span) -> String {
        rounded(unit.number(span))
    }

    fn number(&self, number: f64) -> String {
        rounded(number)
    }

    fn share(&self, share: f64) -> String {
        format!("{}\u{a0}%", decimals(share * 100.0, 1))
    }

    fn program_counter(&self, pc: u64) -> String {
        // Groups of three, divided by thin spaces, so that two of them can be compared.
        let digits = pc.to_string();
        let mut text = String::new();
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                text.push('\u{202f}');
            }
            text.push(digit);
        }
        text
    }

    #[lockstep_part::later(English)]
    fn key(&self, unit: Unit, key: Key) -> String {
        match key {
            Key::Burst(span) | Key::Remaining(span) | Key::Period(span) => self.span(unit, span),
            Key::ResponseRatio(ratio) => {
                let hundredths = (ratio.thousandths() + 5) / 10;
                format!("{}.{:02}", hundredths / 100, hundredths % 100)
            }
            Key::Priority(priority) => priority.to_string(),
            Key::Tickets(tickets) => tickets.to_string(),
            Key::Pass(pass) | Key::VirtualRuntime(pass) => self.bare(unit, Span(pass)),
            Key::Deadline(at) if at == Time::NEVER => "none".to_owned(),
            Key::Deadline(at) => self.moment(unit, at),
        }
    }

    fn stage(&self, scene: &Scene) -> String {
        /// More names than these are counted.
        const NAMES: usize = 12;
        let machine = &scene.machine;
        let name = |task: TaskId| scene.code.job(task).name.as_str();
        let list = |what: &str, tasks: &mut dyn Iterator<Item = TaskId>| {
            let names: Vec<_> = tasks.map(name).collect();
            match names.len() {
                0 => format!("{what}: nobody. "),
                many if many > NAMES => format!("{what}: {many} tasks. "),
                _ => format!("{what}: {}. ", names.join(", ")),
            }
        };
        let in_state = |is: fn(State) -> bool| {
            let tasks = machine
                .tasks
                .iter()
                .enumerate()
                .filter(move |(_, task)| is(task.state));
            tasks.map(|(index, _)| TaskId::from_index(index))
        };
        let mut text = String::new();
        if machine.is_task_level() {
            let mut unseen = in_state(|state| state == State::Ready);
            text += &list("Ready or running, not seen which", &mut unseen);
        } else {
            let on_cpu = |cpu: &Cpu| match cpu.mode {
                Mode::User(task) => Some(task),
                _ => None,
            };
            text += &list("Running", &mut machine.cpus.iter().filter_map(on_cpu));
            let mut ready = machine.ready_order(&scene.code).into_iter();
            text += &list("Ready, in order", &mut ready);
        }
        text += &list(
            "Blocked",
            &mut in_state(|state| matches!(state, State::Blocked(_))),
        );
        text += &list(
            "Done",
            &mut in_state(|state| matches!(state, State::Zombie | State::Exited)),
        );
        text
    }

    fn new_title(&self) -> &'static str {
        "New"
    }

    fn next_arrival(&self, name: &str, at: &str, others: usize) -> String {
        match others {
            0 => format!("{name} at {at}"),
            _ => format!("{name} at {at}, then {others} more"),
        }
    }

    fn all_arrived(&self) -> &'static str {
        "all have come"
    }

    fn ready_title(&self) -> &'static str {
        "Ready"
    }

    fn unseen_title(&self) -> &'static str {
        "Ready or running"
    }

    fn not_seen(&self) -> &'static str {
        "not seen"
    }

    fn ready_order(&self, policy: &PolicyConfig) -> &'static str {
        match policy.kind {
            PolicyKind::Fcfs | PolicyKind::Rr => match policy.order {
                Order::Queue => "longest wait first",
                Order::Cyclic => "by number, in a circle",
            },
            PolicyKind::Sjf => "shortest burst first",
            PolicyKind::Srtf => "least left first",
            PolicyKind::Hrrn => "highest ratio first",
            PolicyKind::Priority => "lowest number first",
            PolicyKind::Mlfq => "highest level first",
            PolicyKind::Lottery => "tickets for the draw",
            PolicyKind::Stride => "lowest pass first",
            PolicyKind::Cfs => "lowest vruntime first",
            PolicyKind::Edf => "earliest deadline first",
            PolicyKind::Rm => "shortest period first",
        }
    }

    fn level(&self, level: u8) -> String {
        level.to_string()
    }

    fn cpu(&self, cpu: CpuId) -> String {
        format!("CPU\u{a0}{}", cpu.0)
    }

    fn idle(&self) -> &'static str {
        "idle"
    }

    fn running(&self) -> &'static str {
        "running"
    }

    fn switching(&self) -> &'static str {
        "switching context"
    }

    fn handling(&self) -> &'static str {
        "handling interrupt"
    }

    fn waiting_with(&self, name: &str) -> String {
        format!("waits with {name}")
    }

    fn slice_used(&self, used: &str, of: &str) -> String {
        format!("slice: {used} of {of}")
    }

    fn no_slice(&self) -> &'static str {
        "no time slice"
    }

    fn burst_done(&self, done: &str, of: &str) -> String {
        format!("burst: {done} of {of}")
    }

    fn switch_done(&self, done: &str, of: &str) -> String {
        format!("switch: {done} of {of}")
    }

    fn handler_done(&self, done: &str, of: &str) -> String {
        format!("handler: {done} of {of}")
    }

    fn pc_label(&self) -> &'static str {
        "PC"
    }

    fn sp_label(&self) -> &'static str {
        "SP"
    }

    fn disk_title(&self) -> &'static str {
        "Disk"
    }

    fn disk_note(&self, code: &Code) -> &'static str {
        match code.config.disk {
            Disk::Parallel => "all at once",
            Disk::Fifo => "one at a time",
        }
    }

    fn request_done(&self, done: &str, of: &str) -> String {
        format!("{done} of {of}")
    }

    fn request_waits(&self) -> &'static str {
        "waits"
    }

    fn request_handled(&self) -> &'static str {
        "done"
    }

    fn timer_title(&self) -> &'static str {
        "Timer"
    }

    fn timer_note(&self) -> &'static str {
        "next period"
    }

    fn due(&self, at: &str) -> String {
        format!("at {at}")
    }

    fn pipe_title(&self, name: &str) -> String {
        format!("Pipe {name}")
    }

    fn pipe_fill(&self, messages: u32, capacity: u32) -> String {
        format!("{messages} of {capacity}")
    }

    fn writers_wait(&self) -> &'static str {
        "full: writers wait"
    }

    fn readers_wait(&self) -> &'static str {
        "empty: readers wait"
    }

    fn done_title(&self) -> &'static str {
        "Done"
    }

    fn done_note(&self) -> &'static str {
        "turnaround"
    }

    fn memory_title(&self) -> &'static str {
        "Main memory"
    }

    fn memory_size(&self, size: u32) -> String {
        format!("{size}\u{a0}KiB")
    }

    fn memory_used(&self, used: u32, size: u32) -> String {
        format!("{used} of {size}\u{a0}KiB")
    }

    fn free(&self) -> &'static str {
        "free"
    }

    fn more(&self, count: usize) -> String {
        format!("+{count}")
    }

    fn more_cpus(&self, count: usize) -> String {
        format!("+{count} CPUs")
    }

    fn more_pipes(&self, count: usize) -> String {
        format!("+{count} pipes")
    }

    fn sentence(&self, scene: &Scene) -> Sentence {
        narration::sentence(self, scene)
    }

    fn place(&self, scene: &Scene) -> String {
        let at = self.moment(scene.code.config.unit, scene.machine.now);
        format!(
            "step {} of {} · t\u{a0}=\u{a0}{at}",
            scene.position, scene.length
        )
    }

    fn process_table(&self) -> &'static str {
        "Process table"
    }

    fn state(&self, seen: Seen) -> &'static str {
        match seen {
            Seen::Absent => "to come",
            Seen::New => "new",
            Seen::Ready => "ready",
            Seen::ReadyOrRunning => "ready or running",
            Seen::Queued => "waiting",
            Seen::Running => "running",
            Seen::Held => "on a CPU",
            Seen::Copying => "copying",
            Seen::Scanning => "looking at sockets",
            Seen::Blocked => "blocked",
            Seen::WaitingForData => "waiting for data",
            Seen::Outside => "outside",
            Seen::Zombie => "zombie",
            Seen::Exited => "exited",
        }
    }

    #[lockstep_part::later(English)]
    fn column(&self, column: Column) -> (&'static str, &'static str) {
        match column {
            Column::Number => (
                "no.",
                "The number of its process where it makes some, else the task’s own: its entry in \
                 the process table",
            ),
            Column::Name => ("task", "Its name"),
            Column::State => ("state", "Its state, and what it waits for"),
            Column::Rank(ranking) => ranking_column(ranking),
            Column::ProgramCounter => (
                "PC",
                "Program counter: which instruction is next. It lives in the CPU while the task \
                 runs, and is saved here when it leaves",
            ),
            Column::StackPointer => ("SP", "Stack pointer: how many frames are on its stack"),
            Column::Memory => (
                "memory",
                "The partition of main memory in which its program lies",
            ),
            Column::Files => ("files", "The files that it holds open"),
            Column::Parent => ("parent", "Who collects its exit status"),
            Column::Status => (
                "status",
                "How its process has ended: with an exit code, or by a signal",
            ),
            Column::Cpu => ("CPU", "CPU time used by its program"),
            Column::Waiting => ("waited", "Time in which it could have run but did not"),
            Column::Blocked => ("blocked", "Time in which it could not go on"),
            Column::Switches => ("switches", "How often it was given a CPU"),
        }
    }

    fn not_made(&self) -> &'static str {
        "not made yet"
    }

    fn first_process(&self) -> &'static str {
        "init"
    }

    #[lockstep_part::later(English)]
    fn waits_for(&self, code: &Code, reason: Reason) -> String {
        let pipe = |pipe: sim_core::ids::PipeId| code.pipes[pipe.index()].name.as_str();
        match reason {
            Reason::Disk => "disk".to_owned(),
            Reason::PipeEmpty(empty) => format!("{} empty", pipe(empty)),
            Reason::PipeFull(full) => format!("{} full", pipe(full)),
            Reason::Period => "period".to_owned(),
            Reason::Object(object) => code.object_name(object).into_owned(),
            Reason::Child if code.config.os == OperatingSystem::Windows => {
                "a process’s end".to_owned()
            }
            Reason::Child => "a child’s end".to_owned(),
            Reason::Thread(thread) => {
                let name = &code.job(code.slots.thread(thread)).name;
                format!("end of {name}")
            }
            Reason::Sleep => "sleep".to_owned(),
            Reason::Interpreter => "interpreter lock".to_owned(),
            Reason::Carrier => "a kernel thread".to_owned(),
            Reason::Connection(_) => "a connection".to_owned(),
            Reason::Connect(_) => "the answer to connect".to_owned(),
            Reason::Data(socket) => format!("data at socket {}", socket.0),
            Reason::Room(socket) => format!("room at socket {}", socket.0),
            Reason::Completion => "a completion".to_owned(),
        }
    }

    fn live_on(&self, cpu: CpuId) -> String {
        format!("live, in the registers of CPU {}", cpu.0)
    }

    fn metrics_title(&self) -> &'static str {
        "Metrics"
    }

    #[lockstep_part::later(English)]
    fn metric(&self, metric: Metric) -> (&'static str, &'static str) {
        match metric {
            Metric::Arrival => ("arrival", "When the job enters the system"),
            Metric::Start => ("start", "When it first runs"),
            Metric::Completion => ("completion", "When it ends"),
            Metric::Response => ("response", "From arrival to the first run"),
            Metric::Turnaround => ("turnaround", "From arrival to completion"),
            Metric::Waiting => (
                "waiting",
                "Time in which it could have run but did not: ready, or new",
            ),
            Metric::Utilisation => (
                "CPU utilisation",
                "The part of all CPU time that programs used",
            ),
            Metric::Throughput => ("throughput", "Jobs completed in each unit of time"),
            Metric::Fairness => (
                "fairness",
                "Jain's index over each job's CPU time as a part of its time in the system: 1 \
                 when all progress alike",
            ),
            Metric::Overhead => (
                "overhead",
                "The part of all CPU time that switches and interrupts used",
            ),
            Metric::WaitingForData => (
                "waiting for data",
                "Time blocked in the first phase of a read, until data came",
            ),
            Metric::Copying => (
                "copying",
                "CPU time in the second phase: the kernel copied between its buffer and the process",
            ),
            Metric::Polling => (
                "polling",
                "CPU time burnt in calls that came back with nothing, and in looking at sockets",
            ),
            Metric::Latency => (
                "latency",
                "From what a peer sent to the answer: the mean of its answers",
            ),
            Metric::LongestLatency => (
                "longest",
                "The longest time that a peer waited for an answer",
            ),
        }
    }

    fn mean(&self) -> &'static str {
        "mean"
    }

    fn job(&self) -> &'static str {
        "job"
    }

    fn measure(&self) -> &'static str {
        "mean of all jobs"
    }

    fn best(&self) -> &'static str {
        "best"
    }

    fn so_far(&self, at: &str) -> String {
        format!("so far, up to {at}")
    }

    fn lesson_title(&self) -> &'static str {
        "Lesson"
    }
}

fn ranking_column(ranking: Ranking) -> (&'static str, &'static str) {
    match ranking {
        Ranking::Level => ("level", "Its level of the feedback queue; 0 is the highest"),
        Ranking::Burst => ("burst", "The length of its next CPU burst"),
        Ranking::Remaining => ("left", "What is left of its CPU burst"),
        Ranking::ResponseRatio => (
            "ratio",
            "Its waiting time and its burst together, divided by the burst",
        ),
        Ranking::Priority => (
            "priority",
            "The priority in effect; the lowest number runs first",
        ),
        Ranking::Tickets => ("tickets", "Its share of the draws"),
        Ranking::Pass => (
            "pass",
            "CPU time divided by its share; the lowest runs first",
        ),
        Ranking::VirtualRuntime => (
            "vruntime",
            "Virtual runtime: CPU time divided by its weight; the lowest runs first",
        ),
        Ranking::Deadline => ("deadline", "When its job must be done"),
        Ranking::Period => (
            "period",
            "The length of its period; the shortest runs first",
        ),
    }
}

/// The unit as it is printed.
fn unit_name(unit: Unit) -> &'static str {
    match unit.name() {
        "us" => "µs",
        name => name,
    }
}

/// A number with as many decimals as a person wants to see of it.
fn rounded(number: f64) -> String {
    let size = number.abs();
    let places = if size >= 100.0 {
        1
    } else if size >= 0.1 || size == 0.0 {
        2
    } else {
        4
    };
    decimals(number, places)
}

/// A number with so many decimals at most.
fn decimals(number: f64, places: u32) -> String {
    let text = decimal(number, places).to_string();
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        for (number, text) in [
            (0.0, "0"),
            (4.0, "4"),
            (2.5, "2.5"),
            (1.0 / 3.0, "0.33"),
            (1234.56, "1234.6"),
            (0.0015, "0.0015"),
        ] {
            assert_eq!(rounded(number), text);
        }
        assert_eq!(
            English.program_counter(3_000_000),
            "3\u{202f}000\u{202f}000"
        );
        assert_eq!(English.program_counter(7), "7");
        assert_eq!(English.share(0.5), "50\u{a0}%");
    }
}
