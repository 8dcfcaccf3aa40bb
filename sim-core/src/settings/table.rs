//! The table of settings: names, kinds of values, defaults, and who reads them.
//!
//! Not the values of one machine: those are [`Settings`](super::Settings). The file is long because it is one
//! table.

use std::borrow::Cow;

use super::SettingError;
use crate::program::{PolicyKind, limits};
use crate::time::{Span, Unit};

/// A setting that people can change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Setting {
    /// Its name.
    pub name: &'static str,
    /// What values it takes.
    pub kind: SettingKind,
    /// The value while it is not set. Some follow other settings instead, see
    /// [`Settings::value`](super::Settings::value).
    pub default: &'static str,
    /// What it belongs to.
    pub group: Group,
    /// Which policies read it.
    pub readers: Readers,
}

/// The kinds of values.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SettingKind {
    /// One of these words.
    Choice(&'static [&'static str]),
    /// `true` or `false`.
    Switch,
    /// A whole number.
    Integer {
        /// The smallest.
        min: u64,
        /// The largest.
        max: u64,
    },
    /// A length of time, in units.
    Length(Least),
    /// A length of time, in units, or `off`. Where it must be more than zero, `0` is `off` too.
    OptionalLength(Least),
    /// Lengths of time above zero, in units, the highest level first: `2/4/8`.
    Lengths,
    /// Whole numbers above zero, the highest level first: `1/1/2`.
    Integers {
        /// The largest.
        max: u64,
    },
}

/// The shortest length that a setting takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Least {
    /// No time at all is a value.
    Zero,
    /// More than zero.
    MoreThanZero,
}

/// What a setting belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Group {
    /// The scheduling policy.
    Policy,
    /// The CPUs, and the order of things at one moment.
    Machine,
    /// What the machine's own work costs.
    Costs,
    /// The disk.
    Disk,
    /// The network.
    Network,
    /// The run: its unit, its seed, when it stops.
    Run,
}

/// Which policies read a setting.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Readers {
    /// Every policy, or the machine around it.
    All,
    /// These.
    Only(&'static [PolicyKind]),
}

impl Setting {
    /// Whether it makes a difference under a policy.
    #[must_use]
    pub fn is_read_by(&self, policy: PolicyKind) -> bool {
        match self.readers {
            Readers::All => true,
            Readers::Only(kinds) => kinds.contains(&policy),
        }
    }

    /// Whether it is a cost, which has a limit of its own.
    fn longest(&self) -> Span {
        if self.group == Group::Costs {
            limits::COST
        } else {
            limits::SPAN
        }
    }

    /// The canonical form of a value, where it is one.
    pub(super) fn canonical(&self, value: &str, unit: Unit) -> Result<String, SettingError> {
        let canonical = match self.kind {
            SettingKind::Choice(words) => {
                let value = unaliased(self.name, value);
                words
                    .iter()
                    .find(|word| **word == value)
                    .map(ToString::to_string)
            }
            SettingKind::Switch => matches!(value, "true" | "false").then(|| value.to_owned()),
            SettingKind::Integer { min, max } => integer(value, min, max),
            SettingKind::Length(least) => self.length(value, least, unit),
            SettingKind::OptionalLength(least) => self.optional_length(value, least, unit),
            SettingKind::Lengths => {
                list(value, |each| self.length(each, Least::MoreThanZero, unit))
            }
            SettingKind::Integers { max } => list(value, |each| integer(each, 1, max)),
        };
        canonical.ok_or_else(|| SettingError {
            name: self.name.to_owned(),
            found: format!("{value:?}"),
            expected: self.expected(unit),
        })
    }

    fn length(&self, value: &str, least: Least, unit: Unit) -> Option<String> {
        let span = unit.parse(value).filter(|span| *span <= self.longest())?;
        (least == Least::Zero || !span.is_zero()).then(|| unit.show(span).to_string())
    }

    fn optional_length(&self, value: &str, least: Least, unit: Unit) -> Option<String> {
        if value == OFF {
            return Some(OFF.to_owned());
        }
        let length = self.length(value, Least::Zero, unit)?;
        Some(if least == Least::MoreThanZero && length == "0" {
            OFF.to_owned()
        } else {
            length
        })
    }

    /// What values it takes, in words.
    #[must_use]
    pub fn expected(&self, unit: Unit) -> String {
        let longest = unit.show(self.longest());
        let name = unit.name();
        let length = |least| match least {
            Least::Zero => format!("a number of {name} from 0 to {longest}, such as 3 or 2.5"),
            Least::MoreThanZero => {
                format!("a number of {name} above 0 and at most {longest}, such as 3 or 2.5")
            }
        };
        match self.kind {
            SettingKind::Choice(words) => format!("one of {}", words.join(", ")),
            SettingKind::Switch => "true or false".to_owned(),
            SettingKind::Integer { min, max } => format!("a whole number from {min} to {max}"),
            SettingKind::Length(least) => length(least),
            SettingKind::OptionalLength(_) => format!("{}, or off", length(Least::Zero)),
            SettingKind::Lengths => {
                format!("numbers of {name} above 0, the highest level first, such as 2/4/8")
            }
            SettingKind::Integers { max } => {
                format!("whole numbers from 1 to {max}, the highest level first, such as 1/1/2")
            }
        }
    }
}

/// The word for *never* or *none*.
pub(super) const OFF: &str = "off";

/// Other names that books use for a policy.
fn unaliased<'a>(setting: &str, value: &'a str) -> Cow<'a, str> {
    match (setting, value) {
        ("policy", "fifo") => "fcfs".into(),
        ("policy", "stcf") => "srtf".into(),
        _ => value.into(),
    }
}

/// Reads a whole number in a range and writes it without leading zeros.
fn integer(value: &str, min: u64, max: u64) -> Option<String> {
    if value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = value.parse::<u64>().ok()?;
    (min..=max).contains(&number).then(|| number.to_string())
}

/// Reads a list with slashes, one value a level.
fn list(value: &str, each: impl Fn(&str) -> Option<String>) -> Option<String> {
    let values: Option<Vec<_>> = value.split('/').map(each).collect();
    values
        .filter(|list| list.len() <= usize::from(limits::LEVELS))
        .map(|list| list.join("/"))
}

const SLICED: Readers = Readers::Only(&[
    PolicyKind::Rr,
    PolicyKind::Mlfq,
    PolicyKind::Lottery,
    PolicyKind::Stride,
]);
const QUEUED: Readers = Readers::Only(&[PolicyKind::Fcfs, PolicyKind::Rr]);
const PRIORITY: Readers = Readers::Only(&[PolicyKind::Priority]);
const MLFQ: Readers = Readers::Only(&[PolicyKind::Mlfq]);
const CFS: Readers = Readers::Only(&[PolicyKind::Cfs]);
const RANDOM: Readers = Readers::Only(&[PolicyKind::Lottery]);

const POLICIES: &[&str] = &names();

/// The names of all policies, in their order.
const fn names() -> [&'static str; PolicyKind::ALL.len()] {
    let mut names = [""; PolicyKind::ALL.len()];
    let mut index = 0;
    while index < names.len() {
        names[index] = PolicyKind::ALL[index].name();
        index += 1;
    }
    names
}

const fn setting(
    name: &'static str,
    kind: SettingKind,
    default: &'static str,
    group: Group,
    readers: Readers,
) -> Setting {
    Setting {
        name,
        kind,
        default,
        group,
        readers,
    }
}

/// The largest allotment.
const ALLOTMENT: u64 = 1_000_000;

/// Every setting, in the order in which it is shown and written.
pub const SETTINGS: &[Setting] = {
    use Group as G;
    use Readers::All;
    use SettingKind as K;
    const ABOVE_ZERO: Least = Least::MoreThanZero;
    const BYTES: SettingKind = K::Integer {
        min: 1,
        max: limits::BUFFER as u64,
    };
    &[
        setting(
            "unit",
            K::Choice(&["ns", "us", "ms", "s"]),
            "ms",
            G::Run,
            All,
        ),
        setting("policy", K::Choice(POLICIES), "fcfs", G::Policy, All),
        setting("slice", K::Length(ABOVE_ZERO), "4", G::Policy, SLICED),
        setting(
            "next",
            K::Choice(&["queue", "cyclic"]),
            "queue",
            G::Policy,
            QUEUED,
        ),
        setting("preemptive", K::Switch, "true", G::Policy, PRIORITY),
        setting(
            "aging",
            K::OptionalLength(ABOVE_ZERO),
            OFF,
            G::Policy,
            PRIORITY,
        ),
        setting(
            "queues",
            K::Integer {
                min: 1,
                max: limits::LEVELS as u64,
            },
            "3",
            G::Policy,
            MLFQ,
        ),
        setting(
            "allotment",
            K::Integer {
                min: 1,
                max: ALLOTMENT,
            },
            "1",
            G::Policy,
            MLFQ,
        ),
        setting("slices", K::Lengths, "4/4/4", G::Policy, MLFQ),
        setting(
            "allotments",
            K::Integers { max: ALLOTMENT },
            "1/1/1",
            G::Policy,
            MLFQ,
        ),
        setting("boost", K::OptionalLength(ABOVE_ZERO), OFF, G::Policy, MLFQ),
        setting("io_keeps_priority", K::Switch, "false", G::Policy, MLFQ),
        setting("io_to_front", K::Switch, "false", G::Policy, MLFQ),
        setting("latency", K::Length(ABOVE_ZERO), "12", G::Policy, CFS),
        setting("granularity", K::Length(ABOVE_ZERO), "2", G::Policy, CFS),
        setting(
            "cpus",
            K::Integer {
                min: 1,
                max: limits::CPUS as u64,
            },
            "1",
            G::Machine,
            All,
        ),
        setting(
            "ready_queue",
            K::Choice(&["shared", "per-cpu"]),
            "shared",
            G::Machine,
            All,
        ),
        setting("steal", K::Switch, "false", G::Machine, All),
        setting(
            "ties",
            K::Choice(&["cpu-first", "arrivals-first", "dispatch-first"]),
            "cpu-first",
            G::Machine,
            All,
        ),
        setting(
            "costs",
            K::Choice(&["textbook", "classroom", "cpython"]),
            "textbook",
            G::Costs,
            All,
        ),
        setting("switch_cost", K::Length(Least::Zero), "0", G::Costs, All),
        setting("wake_cost", K::Length(Least::Zero), "0", G::Costs, All),
        setting("timer_slack", K::Length(Least::Zero), "0", G::Costs, All),
        setting(
            "user_switch_cost",
            K::Length(Least::Zero),
            "0",
            G::Costs,
            All,
        ),
        setting("migration_cost", K::Length(Least::Zero), "0", G::Costs, All),
        setting("interrupt_cost", K::Length(Least::Zero), "0", G::Costs, All),
        setting("io_issue_cost", K::Length(Least::Zero), "0", G::Costs, All),
        setting("io_done_cost", K::Length(Least::Zero), "0", G::Costs, All),
        setting(
            "instruction_cost",
            K::Length(Least::Zero),
            "1",
            G::Costs,
            All,
        ),
        setting("fork_cost", K::Length(Least::Zero), "0", G::Costs, All),
        setting("fork_copy_cost", K::Length(Least::Zero), "0", G::Costs, All),
        setting("spawn_cost", K::Length(Least::Zero), "0", G::Costs, All),
        setting("thread_cost", K::Length(Least::Zero), "0", G::Costs, All),
        setting(
            "os",
            K::Choice(&["unix", "windows"]),
            "unix",
            G::Machine,
            All,
        ),
        setting(
            "fault_ends",
            K::Choice(&["thread", "process"]),
            "thread",
            G::Machine,
            All,
        ),
        setting(
            "process_table",
            K::Integer {
                min: 1,
                max: limits::PROCESS_TABLE_AT_MOST as u64,
            },
            "32",
            G::Machine,
            All,
        ),
        setting(
            "system_call_cost",
            K::Length(Least::Zero),
            "0",
            G::Costs,
            All,
        ),
        setting("copy_cost", K::Length(Least::Zero), "0", G::Costs, All),
        setting("scan_cost", K::Length(Least::Zero), "0", G::Costs, All),
        setting(
            "threads",
            K::Choice(&["kernel", "user", "hybrid", "stealing"]),
            "kernel",
            G::Machine,
            All,
        ),
        setting(
            "kernel_threads",
            K::Integer {
                min: 1,
                max: limits::CARRIERS as u64,
            },
            "2",
            G::Machine,
            All,
        ),
        setting(
            "processors",
            K::Integer {
                min: 1,
                max: limits::CARRIERS as u64,
            },
            "2",
            G::Machine,
            All,
        ),
        setting(
            "interpreter_lock",
            K::Choice(&["off", "any-instruction", "check-points"]),
            "off",
            G::Machine,
            All,
        ),
        setting(
            "switch_interval",
            K::Length(Least::MoreThanZero),
            "5",
            G::Machine,
            All,
        ),
        setting("spurious_wakeups", K::Switch, "false", G::Machine, All),
        setting(
            "on_io",
            K::Choice(&["switch", "wait"]),
            "switch",
            G::Disk,
            All,
        ),
        setting(
            "on_io_done",
            K::Choice(&["later", "immediate"]),
            "later",
            G::Disk,
            All,
        ),
        setting(
            "disk",
            K::Choice(&["parallel", "fifo"]),
            "parallel",
            G::Disk,
            All,
        ),
        setting(
            "network_latency",
            K::Length(Least::Zero),
            "1",
            G::Network,
            All,
        ),
        setting(
            "network_rate",
            K::Integer {
                min: 0,
                max: limits::RATE,
            },
            "0",
            G::Network,
            All,
        ),
        setting("packet_size", BYTES, "1500", G::Network, All),
        setting("receive_buffer", BYTES, "65536", G::Network, All),
        setting("send_buffer", BYTES, "65536", G::Network, All),
        setting(
            "seed",
            K::Integer {
                min: 0,
                max: u64::MAX,
            },
            "0",
            G::Run,
            RANDOM,
        ),
        setting("until", K::OptionalLength(Least::Zero), OFF, G::Run, All),
        setting(
            "max_events",
            K::Integer {
                min: 1,
                max: limits::EVENTS,
            },
            "2000000",
            G::Run,
            All,
        ),
        setting(
            "starvation",
            K::OptionalLength(ABOVE_ZERO),
            OFF,
            G::Run,
            All,
        ),
    ]
};
