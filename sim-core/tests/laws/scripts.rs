//! Random scripts on random machines: a few tasks that do everything to a few things.
//!
//! Well-formed, and mostly sensible: what is acquired is mostly released, and most that wait do not
//! wait for ever. The rest is there too. The file is long because of its lists of lines.

use core::cell::RefCell;
use core::fmt;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use sim_core::call::{Fault, Signal};
use sim_core::pattern::EVENTS;
use sim_core::program::script::Script;
use sim_core::program::{
    Code, Config, Costs, Dialect, FaultEnds, InterpreterConfig, Network, OperatingSystem, Threads,
    Wakeups,
};
use sim_core::run::Outcome;
use sim_core::time::{Span, Unit};
use sim_core::view::{FindingKind, findings};

use crate::worlds::{configs, hold, play, worlds};

/// A part of a task's text.
#[derive(Clone, Debug)]
enum Part {
    Line(String),
    /// A line and what is indented below it.
    Block(String, Vec<Part>),
    /// What is done between two lines, such as an `acquire` and its `release`.
    Between(String, Vec<Part>, String),
}

impl Part {
    fn write(&self, text: &mut String, depth: usize) {
        match self {
            Self::Line(line) => write_line(text, depth, line),
            Self::Block(head, body) => {
                write_line(text, depth, head);
                write_line(text, depth + 1, "pass");
                Self::write_all(body, text, depth + 1);
            }
            Self::Between(first, body, last) => {
                write_line(text, depth, first);
                Self::write_all(body, text, depth);
                write_line(text, depth, last);
            }
        }
    }

    fn write_all(parts: &[Self], text: &mut String, depth: usize) {
        for part in parts {
            part.write(text, depth);
        }
    }
}

fn write_line(text: &mut String, depth: usize, line: &str) {
    let _ = writeln!(text, "{:1$}{line}", "", 2 * depth);
}

/// The shared variables, whole ones and elements of an array.
const VARIABLES: [&str; 4] = ["x", "v[0]", "v[self % 2]", "v[n % 2]"];
/// The locks.
const LOCKS: [&str; 5] = ["a", "h", "r", "fork[self % 2]", "fork[(self + 1) % 2]"];
/// Each of these locks with its condition.
const CONDITIONS: [(&str, &str); 3] = [("a", "ca"), ("h", "ch"), ("r", "cr")];
/// The readers–writer locks.
const RWLOCKS: [&str; 3] = ["wr", "ww", "wf"];
const QUEUES: [&str; 3] = ["q1", "q2", "q3"];
/// Numbers of sockets: mostly those that there are, by their locals or plain.
const SOCKETS: [&str; 6] = ["d", "c", "c", "3", "4", "5"];

/// A line with gaps: `V` a variable, `L` a lock, `S` a semaphore, `W` a readers–writer lock, `Q` a
/// queue, `K` a small number, `T` a time limit or none, `P` a port, `C` a socket, `N` a number of bytes,
/// `X` a set of sockets. Signals are written small.
fn line(pattern: &'static str) -> impl Strategy<Value = String> {
    let things = (
        select(&VARIABLES[..]),
        select(&LOCKS[..]),
        select(&["s", "b"][..]),
        select(&RWLOCKS[..]),
        select(&QUEUES[..]),
    );
    let of_network = (
        select(&["1", "1", "2", "3"][..]),
        select(&SOCKETS[..]),
        select(&["0", "1", "2", "3", "5", "9"][..]),
        select(&["y", "z"][..]),
    );
    let limits = prop_oneof![2 => Just(String::new()), 1 => (0..6_u32).prop_map(|t| format!(" timeout {t}"))];
    let all = (things, of_network, 0..4_u32, limits);
    all.prop_map(move |((v, l, s, w, q), (p, c, n, x), k, limit)| {
        let mut text = String::new();
        for letter in pattern.chars() {
            match letter {
                'V' => text.push_str(v),
                'L' => text.push_str(l),
                'S' => text.push_str(s),
                'W' => text.push_str(w),
                'Q' => text.push_str(q),
                'K' => text.push_str(&k.to_string()),
                'T' => text.push_str(&limit),
                'P' => text.push_str(p),
                'C' => text.push_str(c),
                'N' => text.push_str(n),
                'X' => text.push_str(x),
                other => text.push(other),
            }
        }
        for signal in Signal::ALL {
            text = text.replace(&signal.name().to_lowercase(), signal.name());
        }
        text
    })
}

/// Lines that never wait.
const PLAIN: &[&str] = &[
    "n = n + 1",
    "compute K",
    "let n = load V",
    "store V = n + K",
    "let n = swap V, K",
    "let n = cas V, K, n",
    "fetch_add V, K",
    "print \"n is {n}\"",
    "let n = random 0..K",
    "yield",
];

/// Lines that may wait, or wake who waits.
const WAITING: &[&str] = &[
    "sleep K",
    "acquire ST",
    "let n = acquire ST",
    "let n = try acquire S",
    "release S",
    "release S K",
    "set e",
    "clear e",
    "let n = wait eT",
    "let n = wait p",
    "put Q, nT",
    "let n = try put Q, K",
    "let n, k = get QT",
    "let n, k = try get Q",
    "done Q",
    "let k = join QT",
    "notify ca",
    "notify ch",
    "notify cr",
    "notify ca K",
    "notify all cr",
];

/// Lines about processes, threads, signals and pipes.
const SYSTEM: &[&str] = &[
    "let pid, ok = fork",
    "let pid, ok = fork",
    "let pid, ok = spawn f(K)",
    "let pid, ok = spawn once(n)",
    "let tid, ok = thread f(n)",
    "let tid, ok = thread once(K)",
    "join tidT",
    "let pid, n = waitpidT",
    "let pid, n = waitpid pidT",
    "let pid, n = try waitpid",
    "n = getpid",
    "n = getppid",
    "kill pid, sigusr1",
    "kill pid, sigusr2",
    "let ok = kill n",
    "kill K, sigint",
    "kill 2, sigusr1",
    "on signal sigusr1 handler",
    "on signal sigusr2 handler interrupting",
    "on signal sigpipe handler",
    "on signal sigchld once",
    "on signal sigchld ignore",
    "on signal sigalrm handler interrupting",
    "on signal sigint default",
    "on signal sigpipe ignore",
    "alarm K",
    "send l, n",
    "let ok = send u, KT",
    "let ok = try send u, n",
    "let n = receive l",
    "let n, ok = receive uT",
    "let n, ok = try receive l",
];

/// Lines about sockets and sets of them.
const OF_NETWORK: &[&str] = &[
    "let d, ok = listen P backlog K",
    "let c, ok = accept CT",
    "let c, ok = try accept C",
    "let c, ok = connect PT",
    "let n, ok = receive C max NT",
    "let n, ok = receive CT",
    "let n, ok = try receive C",
    "let n, ok = send C, NT",
    "let n, ok = try send C, N",
    "close C",
    "signal io C",
    "submit accept d as K",
    "submit receive C max N as K",
    "submit send C, N as K",
    "let k, n = completionT",
    "let k, n = try completion",
    "watch add X, C",
    "watch add X, C edge",
    "watch remove X, C",
    "let n = select XT",
    "let n = poll XT",
    "let n = epoll XT",
    "let c = ready X",
    "let d = listen P",
    "let c = connect P",
    "let n = receive c",
    "send C, N",
];

/// What peers do.
const OUTSIDE: &[&str] = &[
    "let c, ok = connect P",
    "connect P",
    "send N",
    "let n, ok = send NT",
    "let n, ok = receiveT",
    "let n, ok = receive max N",
    "let n, ok = try receive c",
    "sleep K",
    "close",
    "let c, ok = listen P",
    "let c, ok = accept cT",
    "print \"n is {n}\"",
    "let n = random 0..K",
];

/// What a server and a client do that get on with each other.
const SERVER: &[&str] = &[
    "let n, ok = receive cT",
    "let n, ok = receive c max N",
    "let n, ok = try receive c",
    "let n, ok = send c, N",
    "watch add X, c",
    "watch add X, c edge",
    "let n = select XT",
    "let n = poll XT",
    "let n = epoll XT",
    "let k = ready X",
    "submit receive c max N as K",
    "submit send c, N as K",
    "let k, n = completion timeout 9",
    "compute K",
];

/// Lines that are mostly mistakes.
const RISKY: &[&str] = &[
    "acquire LT",
    "let n = try acquire L",
    "release L",
    "wait caT",
    "acquire read WT",
    "acquire write WT",
    "let n = try acquire write W",
    "let n = try acquire read W",
    "release W",
    "assert n < 3",
    "store v[n] = 1",
    "n = K / n",
    "exit n",
    "sleep 0 - n",
    "f(n)",
    "f(K)",
    "let pid = fork",
    "let tid = thread f(K)",
    "exec once(n)",
    "kill pid",
    "close l read",
    "close l write",
    "close u read",
    "close u write",
];

fn lines(patterns: &'static [&'static str]) -> impl Strategy<Value = Part> {
    select(patterns).prop_flat_map(line).prop_map(Part::Line)
}

fn parts(depth: u32) -> BoxedStrategy<Vec<Part>> {
    let single = prop_oneof![
        5 => lines(PLAIN),
        6 => lines(WAITING),
        3 => lines(SYSTEM),
        3 => lines(OF_NETWORK),
        2 => lines(RISKY),
    ];
    if depth == 0 {
        return vec(single, 0..5).boxed();
    }
    let body = || parts(depth - 1);
    let between = |first: &'static str, last: &'static str| {
        (line(first), body()).prop_map(move |(first, body)| {
            // The same thing is given back.
            let thing = first
                .split_whitespace()
                .filter(|word| !KEYWORDS.contains(word));
            let thing = thing.collect::<Vec<_>>().join(" ");
            let last = last.replace('?', thing.split(" timeout").next().unwrap_or_default());
            Part::Between(first, body, last)
        })
    };
    let wait =
        (select(&CONDITIONS[..]), limit(), body()).prop_map(|((lock, condition), limit, body)| {
            let wait = Part::Line(format!("let n = wait {condition}{limit}"));
            let inner = core::iter::once(wait).chain(body).collect();
            Part::Between(format!("acquire {lock}"), inner, format!("release {lock}"))
        });
    let timed = (
        prop_oneof![line("L"), line("read W"), line("write W")],
        0..5_u32,
        body(),
    );
    let timed = timed.prop_map(|(thing, limit, mut body)| {
        let name = thing
            .rsplit_once(' ')
            .filter(|(mode, _)| KEYWORDS.contains(mode));
        let name = name.map_or(thing.as_str(), |(_, name)| name);
        body.push(Part::Line(format!("release {name}")));
        let first = format!("let ok = acquire {thing} timeout {limit}");
        Part::Between(
            first,
            vec![Part::Block("if ok".to_owned(), body)],
            String::new(),
        )
    });
    let interrupted = (
        select(&["", " interrupting"][..]),
        1..3_u32,
        select(
            &[
                "sleep 3",
                "let n, ok = receive u timeout 4",
                "let pid, n = waitpid timeout 4",
                "send l, 1",
            ][..],
        ),
    );
    let interrupted = interrupted.prop_map(|(style, after, call)| {
        Part::Between(
            format!("on signal SIGALRM handler{style}"),
            vec![Part::Line(format!("alarm {after}"))],
            call.to_owned(),
        )
    });
    // The end of a pipe that nobody writes into, and one that nobody reads.
    let broken = (
        select(&[("read", "send u, 1"), ("write", "let n = receive u")][..]),
        body(),
    );
    let broken = broken.prop_map(|((end, call), body)| {
        let first = Part::Line("on signal SIGPIPE ignore".to_owned());
        let inner = core::iter::once(first).chain(body).collect();
        Part::Between(format!("close u {end}"), inner, call.to_owned())
    });
    let repeat =
        (1..4_u32, body()).prop_map(|(count, body)| Part::Block(format!("repeat {count}"), body));
    let choice =
        (0..3_u32, body()).prop_map(|(k, body)| Part::Block(format!("if n % 3 == {k}"), body));
    let served = (vec(lines(SERVER), 0..5), limit()).prop_map(|(body, limit)| {
        let head = format!("let c, ok = accept d{limit}");
        let mut parts = vec![
            Part::Line("let d, ok = listen 1".to_owned()),
            Part::Line(head),
        ];
        let body = body.into_iter().chain([Part::Line("close c".to_owned())]);
        parts.push(Part::Block("if ok".to_owned(), body.collect()));
        Part::Block("repeat 2".to_owned(), parts)
    });
    let look = select(&["select", "poll", "epoll", "epoll"][..]);
    let edge = select(&["", " edge"][..]);
    let watched = (look, edge, 1..9_u32).prop_map(|(look, edge, limit)| {
        let lines = [
            "let d, ok = listen 1".to_owned(),
            format!("watch add y, d{edge}"),
            format!("let n = {look} y timeout {limit}"),
            "let k = ready y".to_owned(),
            "let c, ok = try accept d".to_owned(),
            format!("watch add y, c{edge}"),
            format!("let n = {look} y timeout {limit}"),
            "let n, ok = receive c timeout 9".to_owned(),
            "submit send c, 3 as 7".to_owned(),
            "let k, n = completion timeout 9".to_owned(),
            "let n, ok = send c, 3 timeout 9".to_owned(),
        ];
        let mut lines = lines.into_iter().map(Part::Line);
        let mut first: Vec<_> = lines.by_ref().take(5).collect();
        first.push(Part::Block("if ok".to_owned(), lines.collect()));
        Part::Block("repeat 2".to_owned(), first)
    });
    let part = prop_oneof![
        8 => single,
        1 => served,
        1 => watched,
        4 => between("acquire L", "release ?"),
        2 => between("acquire read W", "release ?"),
        2 => between("acquire write W", "release ?"),
        2 => wait,
        2 => timed,
        1 => interrupted,
        1 => broken,
        2 => repeat,
        1 => choice,
    ];
    vec(part, 0..5).boxed()
}

/// Words of an `acquire` that are no name.
const KEYWORDS: [&str; 3] = ["acquire", "read", "write"];

fn limit() -> impl Strategy<Value = String> {
    prop_oneof![1 => Just(String::new()), 1 => (0..6_u32).prop_map(|t| format!(" timeout {t}"))]
}

/// How the things are declared.
fn declarations() -> impl Strategy<Value = String> {
    let numbers = (0..3_u32, 0..2_u32, 1..4_u32, 1..3_u32);
    let order = select(&["", " lifo", " priority"][..]);
    (numbers, order).prop_map(|((value, bounded, parties, capacity), order)| {
        format!(
            "shared x = 0\nshared v[2] = 1\n\
             lock a\nlock h handover\nrlock r\nlock fork[2]\n\
             condition ca of a\ncondition ch of h\ncondition cr of r\n\
             semaphore s = {value}\nsemaphore b = {bounded} max 2\n\
             event e\nbarrier p = {parties}\n\
             rwlock wr prefer readers\nrwlock ww prefer writers\nrwlock wf prefer fair\n\
             queue q1 max {capacity}{order}\nqueue q2\nqueue q3 max 1\nwatch y\nwatch z\n\
             pipe l max {capacity}\npipe u\n\n"
        )
    })
}

/// What a task is: how many, when they come, with which priority, and what they do.
type Task = (u32, u64, i32, u32, Vec<Part>);

fn task() -> impl Strategy<Value = Task> {
    let count = prop_oneof![4 => Just(1_u32), 2 => Just(2), 1 => Just(3)];
    (count, 0..6_u64, -2..3_i32, 1..5_u32, parts(2))
}

/// The variables that the lines use beside `n`.
const LOCALS: &str =
    "  let k = 0\n  let ok = 0\n  let pid = 3\n  let tid = 0\n  let c = 3\n  let d = 3\n";
/// What a peer is: how many, when they come, and what they do.
type Peer = (u32, u64, u64, Vec<Part>);

fn peer() -> impl Strategy<Value = Peer> {
    let friendly = (
        vec(lines(&["send N", "let n, ok = receiveT", "sleep K"]), 1..5),
        1..3_u32,
    );
    let friendly = friendly.prop_map(|(body, times)| {
        let connect = Part::Line("let c, ok = connect 1".to_owned());
        let block = Part::Block("if ok".to_owned(), body);
        let parts = vec![connect, block, Part::Line("close".to_owned())];
        vec![Part::Block(format!("repeat {times}"), parts)]
    });
    let any = vec(lines(OUTSIDE), 0..6);
    let does = prop_oneof![2 => friendly, 1 => any];
    (1..4_u32, 0..9_u64, 0..4_u64, does)
}

/// A random script.
pub fn texts() -> impl Strategy<Value = String> {
    let all = (
        declarations(),
        vec(task(), 1..5),
        vec(peer(), 0..3),
        parts(1),
    );
    all.prop_map(|(mut text, tasks, peers, function)| {
        for (place, (count, at, priority, tickets, parts)) in tasks.iter().enumerate() {
            let _ = writeln!(
                text,
                "task t{place} × {count} at {at} priority {priority} tickets {}",
                tickets * 40
            );
            text.push_str("  let n = self\n");
            text.push_str(LOCALS);
            Part::write_all(parts, &mut text, 1);
            text.push('\n');
        }
        for (place, (count, at, every, lines)) in peers.iter().enumerate() {
            let _ = writeln!(text, "peer p{place} × {count} at {at} every {every}");
            text.push_str("  let n = self\n  let ok = 0\n  let c = 3\n");
            Part::write_all(lines, &mut text, 1);
            text.push('\n');
        }
        text.push_str("def handler(n)\n  fetch_add x, n\n  sleep 1\n");
        text.push_str("def once(n)\n  fetch_add x, 1\n  compute n % 3\n");
        text.push_str("def f(n)\n");
        text.push_str(LOCALS);
        Part::write_all(&function, &mut text, 1);
        text
    })
}

/// Reads a script whose times are in nanoseconds.
pub fn read(text: &str) -> Script {
    let unit = Unit::named("ns").expect("a unit");
    Script::parse("random", text, unit).unwrap_or_else(|errors| {
        let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
        panic!("{}\n{text}", errors.join("\n"))
    })
}

/// A random machine for scripts.
fn machines() -> impl Strategy<Value = Config> {
    let instruction = prop_oneof![2 => Just(0), 3 => 1..3_u64].prop_map(Span);
    let dialects = select(vec![Dialect::AnyInstruction, Dialect::CheckPoints]);
    let interpreter = (dialects, 1..6_u64).prop_map(|(dialect, interval)| InterpreterConfig {
        dialect,
        interval: Span(interval),
    });
    // Only kernel threads contend for an interpreter lock.
    let hybrid = (1..4_u8).prop_map(|kernel_threads| Threads::Hybrid { kernel_threads });
    let stealing = (1..4_u8).prop_map(|processors| Threads::Stealing { processors });
    let threads = prop_oneof![
        4 => Just(Threads::Kernel),
        1 => Just(Threads::User),
        1 => hybrid,
        1 => stealing
    ];
    let interpreter = prop_oneof![
        3 => threads.prop_map(|threads| (None, threads)),
        1 => interpreter.prop_map(|interpreter| (Some(interpreter), Threads::Kernel)),
    ];
    let systems = prop_oneof![
        5 => Just(OperatingSystem::Unix),
        1 => Just(OperatingSystem::Windows)
    ];
    let ends = prop_oneof![5 => Just(FaultEnds::Thread), 1 => Just(FaultEnds::Process)];
    let table = prop_oneof![3 => 1..6_u16, 1 => Just(32)];
    let wakeups = prop_oneof![3 => Just(Wakeups::Notified), 1 => Just(Wakeups::Spurious)];
    let free_or = |most| prop_oneof![1 => Just(0), 1 => 1..most].prop_map(Span);
    // A KiB costs so much that a byte costs something.
    let of_network = (free_or(3_u64), free_or(3_000), free_or(3), networks());
    let user_switch = free_or(3);
    let instruction = (instruction, user_switch);
    (
        configs(),
        instruction,
        interpreter,
        wakeups,
        systems,
        ends,
        table,
        of_network,
    )
        .prop_map(
            |(
                config,
                (instruction, user_switch),
                (interpreter, threads),
                wakeups,
                os,
                fault_ends,
                process_table,
                of_network,
            )| {
                let (system_call, copy, scan, network) = of_network;
                Config {
                    costs: Costs {
                        instruction,
                        user_switch,
                        fork: instruction,
                        thread: instruction,
                        system_call,
                        copy,
                        scan,
                        ..config.costs
                    },
                    interpreter,
                    threads,
                    wakeups,
                    os,
                    fault_ends,
                    process_table,
                    network,
                    ..config
                }
            },
        )
}

/// A random network: small packets and buffers, so that they fill up.
fn networks() -> impl Strategy<Value = Network> {
    // A unit is a million of the lengths of time here: a byte takes none, two or one of them.
    let rates = select(vec![0, 500_000, 1_000_000]);
    (0..4_u64, rates, 1..5_u32, 1..9_u32, 1..9_u32).prop_map(
        |(latency, rate, packet, receive_buffer, send_buffer)| Network {
            latency: Span(latency),
            rate,
            packet,
            receive_buffer,
            send_buffer,
        },
    )
}

/// A program that a failure shows in a form that can be read.
#[derive(Clone)]
pub struct World(pub Code);

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.script {
            Some(script) => write!(f, "{:?}\n{}", self.0.config, script.text()),
            None => write!(f, "{:?}", self.0),
        }
    }
}

/// Any script on any machine.
pub fn script_worlds() -> impl Strategy<Value = World> {
    (machines(), texts()).prop_map(|(config, text)| World(Code::of_script(config, read(&text))))
}

/// Any program on any machine: jobs or a script.
pub fn all_worlds() -> impl Strategy<Value = World> {
    prop_oneof![worlds().prop_map(World), script_worlds()]
}

/// Laws hold for what is reached: here, everything that a script can do.
#[test]
fn random_scripts_reach_everything() {
    let (mut reached, mut outcomes) = (BTreeSet::new(), BTreeMap::new());
    let (reached_here, outcomes_here) = (RefCell::new(&mut reached), RefCell::new(&mut outcomes));
    hold(9_000, script_worlds(), |World(code)| {
        let trace = play(&code);
        let names = trace.events().iter().map(|event| event.kind.name());
        reached_here.borrow_mut().extend(names);
        let faults = findings(&trace)
            .into_iter()
            .filter_map(|found| match found.kind {
                FindingKind::Failed { fault } => Some(fault.name()),
                _ => None,
            });
        reached_here.borrow_mut().extend(faults);
        let end = match trace.outcome() {
            Outcome::Finished => "finished",
            Outcome::Deadlock => "deadlock",
            Outcome::Stalled => "stalled",
            Outcome::Limit(_) => "limit",
        };
        *outcomes_here.borrow_mut().entry(end).or_insert(0_u32) += 1;
        Ok(())
    });
    let of_jobs = [
        "loaded",
        "io-completed",
        "period-began",
        "deadline-missed",
        "interrupted",
        // To wait at a condition ends with its lock: `acquired`.
        "waited",
        // Only where 10,000 lines follow each other without a call.
        "passed",
    ];
    for event in EVENTS {
        let expected = !of_jobs.contains(&event);
        assert_eq!(reached.contains(event), expected, "{event}: {outcomes:?}");
    }
    for fault in [
        Fault::AssertionFailed,
        Fault::IndexOutOfRange,
        Fault::DivisionByZero,
        Fault::StackOverflow,
        Fault::NotOwner,
        Fault::AboveMaximum,
        Fault::TooManyDone,
        Fault::BadTime,
        Fault::TooManyTasks,
        Fault::NoThread,
        Fault::EndOfFile,
        Fault::BrokenPipe,
        Fault::BadDescriptor,
        Fault::Interrupted,
        Fault::NotSupported,
        Fault::AddressInUse,
        Fault::ConnectionRefused,
        Fault::ConnectionReset,
    ] {
        assert!(reached.contains(fault.name()), "{fault:?}");
    }
    println!("{outcomes:?}");
    for end in ["finished", "deadlock", "stalled"] {
        let share = outcomes.get(end).copied().unwrap_or(0);
        assert!(share >= 100, "{end}: {outcomes:?}");
    }
}
