//! From settings to the checked values of a machine, and the defaults that follow other settings.

use super::table::OFF;
use super::{SETTINGS, SettingError, Settings};
use crate::program::{
    Config, Copying, Costs, Dialect, Disk, FaultEnds, IdleCpu, InterpreterConfig, IoDone, IoStart,
    Mlfq, Network, OperatingSystem, Order, PolicyConfig, PolicyKind, ReadyQueue, Threads, Ties,
    Wakeups,
};
use crate::time::{Span, Time};

impl Settings {
    /// The machine that they describe.
    ///
    /// # Errors
    ///
    /// When two settings do not go together: lists of different lengths, or a length that was set
    /// before the unit and does not fit it.
    pub fn config(&self) -> Result<Config, SettingError> {
        for (index, value) in &self.values {
            SETTINGS[*index].canonical(value, self.unit())?;
        }
        let unit = self.unit();
        Ok(Config {
            unit,
            cpus: u8::try_from(self.integer("cpus")).unwrap_or(1),
            ready_queue: self.ready_queue(),
            policy: self.policy()?,
            costs: self.costs(),
            ties: match self.value("ties").as_str() {
                "arrivals-first" => Ties::ArrivalsFirst,
                "dispatch-first" => Ties::DispatchFirst,
                _ => Ties::CpuFirst,
            },
            on_io: if self.is("on_io", "wait") {
                IoStart::Wait
            } else {
                IoStart::Switch
            },
            on_io_done: if self.is("on_io_done", "immediate") {
                IoDone::Immediate
            } else {
                IoDone::Later
            },
            disk: if self.is("disk", "fifo") {
                Disk::Fifo
            } else {
                Disk::Parallel
            },
            network: self.network(),
            copying: Copying::Costs,
            interpreter: self.interpreter(),
            threads: self.threads()?,
            wakeups: match self.is("spurious_wakeups", "true") {
                true => Wakeups::Spurious,
                false => Wakeups::Notified,
            },
            seed: self.integer("seed"),
            until: self.optional_span("until").map(|span| Time::ZERO + span),
            max_events: self.integer("max_events"),
            starvation: self.optional_span("starvation"),
            os: if self.is("os", "windows") {
                OperatingSystem::Windows
            } else {
                OperatingSystem::Unix
            },
            fault_ends: if self.is("fault_ends", "process") {
                FaultEnds::Process
            } else {
                FaultEnds::Thread
            },
            process_table: u16::try_from(self.integer("process_table")).unwrap_or(u16::MAX),
        })
    }

    /// The policy in effect.
    #[must_use]
    pub fn policy_kind(&self) -> PolicyKind {
        let name = self.value("policy");
        let kind = PolicyKind::ALL.into_iter().find(|kind| kind.name() == name);
        kind.unwrap_or(PolicyKind::Fcfs)
    }

    fn ready_queue(&self) -> ReadyQueue {
        match (self.is("ready_queue", "per-cpu"), self.is("steal", "true")) {
            (false, _) => ReadyQueue::Shared,
            (true, false) => ReadyQueue::PerCpu(IdleCpu::Waits),
            (true, true) => ReadyQueue::PerCpu(IdleCpu::Steals),
        }
    }

    fn policy(&self) -> Result<PolicyConfig, SettingError> {
        Ok(PolicyConfig {
            kind: self.policy_kind(),
            slice: self.span("slice"),
            order: if self.is("next", "cyclic") {
                Order::Cyclic
            } else {
                Order::Queue
            },
            preemptive: self.is("preemptive", "true"),
            aging: self.optional_span("aging"),
            mlfq: Mlfq {
                slices: self
                    .levels("slices")?
                    .iter()
                    .map(|text| self.read_span(text))
                    .collect(),
                allotments: self
                    .levels("allotments")?
                    .iter()
                    .map(|text| text.parse().unwrap_or(1))
                    .collect(),
                boost: self.optional_span("boost"),
                io_keeps_priority: self.is("io_keeps_priority", "true"),
                io_to_front: self.is("io_to_front", "true"),
            },
            latency: self.span("latency"),
            granularity: self.span("granularity"),
        })
    }

    fn network(&self) -> Network {
        // The table keeps them far below the end of a `u32`.
        let bytes = |name| u32::try_from(self.integer(name)).unwrap_or(u32::MAX);
        Network {
            latency: self.span("network_latency"),
            rate: self.integer("network_rate"),
            packet: bytes("packet_size"),
            receive_buffer: bytes("receive_buffer"),
            send_buffer: bytes("send_buffer"),
        }
    }

    fn interpreter(&self) -> Option<InterpreterConfig> {
        let dialect = match self.value("interpreter_lock").as_str() {
            "any-instruction" => Dialect::AnyInstruction,
            "check-points" => Dialect::CheckPoints,
            _ => return None,
        };
        let interval = self.span("switch_interval");
        Some(InterpreterConfig { dialect, interval })
    }

    fn threads(&self) -> Result<Threads, SettingError> {
        let kernel_threads = u8::try_from(self.integer("kernel_threads")).unwrap_or(1);
        let threads = match self.value("threads").as_str() {
            "user" => Threads::User,
            "hybrid" => Threads::Hybrid { kernel_threads },
            "stealing" => Threads::Stealing {
                processors: u8::try_from(self.integer("processors")).unwrap_or(1),
            },
            _ => return Ok(Threads::Kernel),
        };
        if self.interpreter().is_none() {
            return Ok(threads);
        }
        Err(SettingError {
            name: "threads".to_owned(),
            found: format!("{:?}, with an interpreter lock", self.value("threads")),
            expected: "kernel, or interpreter_lock = off: only kernel threads contend for an \
                       interpreter lock"
                .to_owned(),
        })
    }

    fn costs(&self) -> Costs {
        let preset = self.preset();
        let cost = |name: &str, of_preset| match self.get(name) {
            Some(text) => self.read_span(text),
            None => of_preset,
        };
        Costs {
            switch: cost("switch_cost", preset.switch),
            wake: cost("wake_cost", preset.wake),
            timer_slack: cost("timer_slack", preset.timer_slack),
            user_switch: cost("user_switch_cost", preset.user_switch),
            migration: cost("migration_cost", preset.migration),
            interrupt: cost("interrupt_cost", preset.interrupt),
            io_issue: cost("io_issue_cost", preset.io_issue),
            io_done: cost("io_done_cost", preset.io_done),
            instruction: cost("instruction_cost", preset.instruction),
            fork: cost("fork_cost", preset.fork),
            fork_copy: cost("fork_copy_cost", preset.fork_copy),
            spawn: cost("spawn_cost", preset.spawn),
            thread: cost("thread_cost", preset.thread),
            system_call: cost("system_call_cost", preset.system_call),
            copy: cost("copy_cost", preset.copy),
            scan: cost("scan_cost", preset.scan),
        }
    }

    fn preset(&self) -> Costs {
        match self.value("costs").as_str() {
            "classroom" => Costs::classroom(self.unit()),
            "cpython" => Costs::CPYTHON,
            _ => Costs {
                instruction: self.unit().span(),
                ..Costs::TEXTBOOK
            },
        }
    }

    /// The values of a list with one value for each level.
    fn levels(&self, name: &str) -> Result<Vec<String>, SettingError> {
        let list = self.value(name);
        let values: Vec<_> = list.split('/').map(str::to_owned).collect();
        let queues = self.value("queues");
        if values.len() as u64 == self.integer("queues") {
            return Ok(values);
        }
        Err(SettingError {
            name: name.to_owned(),
            found: format!("{list:?}, a list of {}", values.len()),
            expected: format!("a list of {queues}, one value for each of the queues"),
        })
    }

    fn is(&self, name: &str, value: &str) -> bool {
        self.value(name) == value
    }

    // Every text was checked when it was set, and again by `config`.

    fn integer(&self, name: &str) -> u64 {
        self.value(name).parse().unwrap_or(1)
    }

    fn read_span(&self, text: &str) -> Span {
        self.unit().parse(text).unwrap_or_default()
    }

    fn span(&self, name: &str) -> Span {
        self.read_span(&self.value(name))
    }

    fn optional_span(&self, name: &str) -> Option<Span> {
        let text = self.value(name);
        (text != OFF).then(|| self.read_span(&text))
    }
}

/// The value of a setting that was not set.
pub(super) fn default_of(settings: &Settings, name: &str) -> String {
    let repeated = |name: &str| {
        let queues = usize::try_from(settings.integer("queues")).unwrap_or(1);
        vec![settings.value(name); queues].join("/")
    };
    let cost = |of: fn(Costs) -> Span| settings.unit().show(of(settings.preset())).to_string();
    match name {
        "queues" => {
            let list = settings
                .get("slices")
                .or_else(|| settings.get("allotments"));
            list.map_or_else(
                || in_table(name),
                |list| list.split('/').count().to_string(),
            )
        }
        "slices" => repeated("slice"),
        "allotments" => repeated("allotment"),
        "ties" if settings.is("next", "cyclic") => "dispatch-first".to_owned(),
        "switch_cost" => cost(|costs| costs.switch),
        "wake_cost" => cost(|costs| costs.wake),
        "timer_slack" => cost(|costs| costs.timer_slack),
        "user_switch_cost" => cost(|costs| costs.user_switch),
        "migration_cost" => cost(|costs| costs.migration),
        "interrupt_cost" => cost(|costs| costs.interrupt),
        "io_issue_cost" => cost(|costs| costs.io_issue),
        "io_done_cost" => cost(|costs| costs.io_done),
        "instruction_cost" => cost(|costs| costs.instruction),
        "fork_cost" => cost(|costs| costs.fork),
        "fork_copy_cost" => cost(|costs| costs.fork_copy),
        "spawn_cost" => cost(|costs| costs.spawn),
        "thread_cost" => cost(|costs| costs.thread),
        "system_call_cost" => cost(|costs| costs.system_call),
        "copy_cost" => cost(|costs| costs.copy),
        "scan_cost" => cost(|costs| costs.scan),
        _ => in_table(name),
    }
}

fn in_table(name: &str) -> String {
    let setting = SETTINGS.iter().find(|setting| setting.name == name);
    setting.map_or("", |setting| setting.default).to_owned()
}
