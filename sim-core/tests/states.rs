//! How many states models have in which everybody who can take a step may be next, counted by a plain
//! search: against the numbers that other model checkers find.
//!
//! A state is what [`Machine::control_state`] says: where the tasks stand, memory, objects; no time. A
//! step is one visible operation, the evaluation before it included. A task that would only wait takes
//! none, unless waiting changes something: who waits at a condition has released its lock, who waits at
//! a barrier has come, who waits at a readers–writer lock may keep others out. The end of a task is no
//! step of its own.

use std::collections::BTreeSet;

use sim_core::call::{Call, Reason};
use sim_core::event::{Event, EventKind};
use sim_core::ids::TaskId;
use sim_core::machine::{Machine, State, Task};
use sim_core::program::script::{ObjectKind, Preference, Script};
use sim_core::program::{Code, Config, Threads};
use sim_core::rules::{self, Next};
use sim_core::time::Unit;

/// What a search has found.
#[derive(PartialEq, Eq, Debug)]
struct Found {
    states: usize,
    transitions: usize,
    /// States in which nobody can take a step and somebody has not ended.
    stuck: usize,
    /// The fewest steps to one of these.
    nearest: Option<usize>,
    /// States in which a task is about to do what cannot be done.
    failing: usize,
}

/// Finds all states of a script, the nearest first.
fn explore(text: &str) -> Found {
    explore_on(Config::default(), text, &mut |_| {})
}

/// The same on a machine; each state is shown.
fn explore_on(config: Config, text: &str, show: &mut dyn FnMut(&Machine)) -> Found {
    let script = Script::parse("model", text, Unit::MILLISECOND);
    let script = script.unwrap_or_else(|errors| panic!("{errors:?}"));
    let code = Code::of_script(config, script).at_task_level();
    let mut found = Found {
        states: 0,
        transitions: 0,
        stuck: 0,
        nearest: None,
        failing: 0,
    };
    let mut seen = BTreeSet::new();
    let mut layer = settled(&code, Machine::new(&code));
    layer.retain(|machine| seen.insert(machine.control_state()));
    let mut steps = 0;
    while !layer.is_empty() {
        let mut next = Vec::new();
        for machine in &layer {
            show(machine);
            let fails = |task: &Task| matches!(task.step.call, Call::Fail { .. }) && task.is_live();
            found.failing += usize::from(machine.tasks.iter().any(fails));
            let before = found.transitions;
            for after in successors(&code, machine) {
                found.transitions += 1;
                if seen.insert(after.control_state()) {
                    next.push(after);
                }
            }
            if found.transitions == before && !machine.is_finished() {
                found.stuck += 1;
                found.nearest = found.nearest.or(Some(steps));
            }
        }
        layer = next;
        steps += 1;
    }
    found.states = seen.len();
    found
}

/// The machines to which one step of one task leads.
fn successors(code: &Code, machine: &Machine) -> Vec<Machine> {
    let mut all = Vec::new();
    for (index, entry) in machine.tasks.iter().enumerate() {
        if entry.state != State::Ready {
            continue;
        }
        let kind = rules::attempt(code, machine, machine.now, TaskId::from_index(index));
        // Who waits at a lock leaves a kernel thread to others.
        let leaves = match kind {
            EventKind::Blocked { task, reason } => {
                machine.leaves_carrier(code, task, reason.into())
            }
            _ => false,
        };
        if !leaves && !is_step(code, kind) {
            continue;
        }
        let mut after = machine.clone();
        let at = machine.now;
        after.apply(code, &Event { at, kind }).unwrap();
        all.extend(settled(code, after));
    }
    all
}

/// Whether an attempt changes anything.
fn is_step(code: &Code, kind: EventKind) -> bool {
    let EventKind::Blocked { reason, .. } = kind else {
        return true;
    };
    match reason.into() {
        Reason::Object(object) => matches!(
            code.object(object),
            ObjectKind::Condition { .. }
                | ObjectKind::Barrier { .. }
                | ObjectKind::ReadersWriter {
                    preference: Preference::Writers | Preference::Fair
                }
        ),
        _ => true,
    }
}

/// The machine when everything that follows by itself has happened; several where that is open.
fn settled(code: &Code, mut machine: Machine) -> Vec<Machine> {
    loop {
        let event = match rules::next(code, &machine) {
            Next::Forced(event) => event,
            Next::Choice(choice) => {
                let options: Vec<_> = choice.options(&machine).collect();
                let all = options.into_iter().flat_map(|task| {
                    let mut machine = machine.clone();
                    machine.apply(code, &choice.take(&machine, task)).unwrap();
                    settled(code, machine)
                });
                return all.collect();
            }
            Next::Done(_) => {
                let at_end =
                    |task: &Task| task.state == State::Ready && task.step.call == Call::EndThread;
                let Some(place) = machine.tasks.iter().position(at_end) else {
                    return vec![machine];
                };
                let task = TaskId::from_index(place);
                let kind = EventKind::Exited { task };
                let at = machine.now;
                Event { at, kind }
            }
        };
        machine.apply(code, &event).unwrap();
    }
}

/// Philosophers who take their first fork, their second, and give both back, the second first.
fn philosophers(count: u32, swapped: bool, body: &str) -> String {
    let swap = if swapped { "self == N - 1" } else { "false" };
    let text = format!(
        "const N = {count}
lock fork[N]

task philosopher × N
  let first = self
  let second = (self + 1) % N
  if {swap}
    first = (self + 1) % N
    second = self
"
    );
    let lines = [
        "acquire fork[first]",
        "acquire fork[second]",
        "release fork[second]",
        "release fork[first]",
    ];
    let lines: String = lines.iter().map(|line| format!("{body}{line}\n")).collect();
    if body.len() > 2 {
        format!("{text}  repeat\n{lines}")
    } else {
        format!("{text}{lines}")
    }
}

const ONCE: &str = "  ";
const FOR_EVER: &str = "    ";

#[test]
fn philosophers_eat_once() {
    for (count, states) in [(3, 87), (5, 1_743), (8, 153_631)] {
        let found = explore(&philosophers(count, false, ONCE));
        assert_eq!((found.states, found.stuck), (states, 1), "{count}");
        // All take their first forks.
        assert_eq!(found.nearest, Some(count as usize));
    }
}

#[test]
fn philosophers_eat_for_ever() {
    for (count, states) in [(3, 35), (5, 392), (8, 14_158)] {
        let found = explore(&philosophers(count, false, FOR_EVER));
        assert_eq!((found.states, found.stuck), (states, 1), "{count}");
    }
}

/// One of them takes the other fork first: nobody is ever stuck.
#[test]
fn one_philosopher_is_different() {
    for (count, states) in [(3, 72), (5, 1_424)] {
        let found = explore(&philosophers(count, true, ONCE));
        assert_eq!((found.states, found.stuck), (states, 0), "{count}");
    }
    let found = explore(&philosophers(9, true, FOR_EVER));
    assert_eq!(
        (found.states, found.transitions, found.stuck),
        (31_056, 194_002, 0)
    );
}

/// Two threads that read a counter and write one more. What was read is of no use afterwards, which
/// the script has to say.
#[test]
fn two_threads_count() {
    for (times, states) in [(3, 195), (8, 8_825), (20, 426_317)] {
        let found = explore(&format!(
            "shared counter = 0

task thread × 2
  repeat {times}
    let read = load counter
    store counter = read + 1
    read = 0
"
        ));
        assert_eq!((found.states, found.stuck), (states, 0), "{times}");
    }
}

/// In how many states of a script somebody waits for ever.
fn stuck(text: &str) -> usize {
    explore(text).stuck
}

/// To look and to begin to wait are two steps, and a notification between them is lost, unless the lock
/// is held over both.
#[test]
fn notifications_are_lost_without_the_lock() {
    let script = |consumer: &str| {
        format!(
            "shared full = 0
lock m
condition c of m

task consumer
{consumer}

task producer
  acquire m
  store full = 1
  notify c
  release m
"
        )
    };
    let careless = "  let seen = load full
  if seen == 0
    acquire m
    wait c
    release m";
    assert!(stuck(&script(careless)) > 0);
    let careful = "  acquire m
  let seen = load full
  if seen == 0
    wait c
  release m";
    assert_eq!(stuck(&script(careful)), 0);
}

/// Two producers and two consumers with one place and one condition: a notification may wake the wrong
/// one, and then all wait (the need for `notify all`, or for two conditions; OSTEP §30.2).
#[test]
fn one_condition_for_two_purposes() {
    let script = |notify: &str| {
        format!(
            "shared count = 0
lock m
condition c of m

task producer × 2
  acquire m
  let n = load count
  while n == 1
    wait c
    let n = load count
  store count = 1
  {notify} c
  release m

task consumer × 2
  acquire m
  let n = load count
  while n == 0
    wait c
    let n = load count
  store count = 0
  {notify} c
  release m
"
        )
    };
    assert!(stuck(&script("notify")) > 0);
    assert_eq!(stuck(&script("notify all")), 0);
}

#[test]
fn barriers_open_when_all_have_come() {
    let script = |parties: u32| {
        format!(
            "barrier b = {parties}

task thread × 3
  repeat 2
    wait b
"
        )
    };
    assert_eq!(stuck(&script(3)), 0);
    assert!(stuck(&script(2)) > 0);
    assert_eq!(stuck(&script(4)), 1);
}

/// Who reads twice is stuck when a writer that waits keeps out whoever comes.
#[test]
fn a_writer_that_waits_may_keep_a_reader_out() {
    let script = |preference: &str| {
        format!(
            "rwlock rw prefer {preference}

task reader
  acquire read rw
  acquire read rw
  release rw
  release rw

task writer
  acquire write rw
  release rw
"
        )
    };
    assert_eq!(stuck(&script("readers")), 0);
    assert_eq!(stuck(&script("writers")), 1);
    assert_eq!(stuck(&script("fair")), 1);
}

/// Peterson's algorithm (*Myths About the Mutual Exclusion Problem*, 1981), and the same without the
/// turn: then both may wait, and without the wait both may be inside.
#[test]
fn petersons_lock() {
    let script = |turn: &str, test: &str| {
        format!(
            "shared flag[2] = 0
shared turn = 0
shared inside = 0

task thread × 2
  let other = 1 - self
  store flag[self] = 1
  {turn}
  let busy = 1
  while busy
    let f = load flag[other]
    let t = load turn
    busy = {test}
    f = 0
    t = 0
  let before = fetch_add inside, 1
  assert before == 0
  fetch_add inside, -1
  store flag[self] = 0
"
        )
    };
    let faults = |text: &str| explore(text).failing;
    let right = script("store turn = other", "f == 1 and t == other");
    assert_eq!(faults(&right), 0);
    let careless = script("store turn = other", "t == other and f == 2");
    assert!(faults(&careless) > 0, "nobody waits");
    let wrong_turn = script("store turn = self", "f == 1 and t == other");
    assert!(faults(&wrong_turn) > 0, "each gives itself the turn");
}

/// Two threads that add to a variable in two steps lose an update where both have a kernel thread, and
/// never where they share one and do not yield in between: then there is one order for each choice of who
/// is first, and the run queue leaves none.
#[test]
fn one_kernel_thread_keeps_others_out() {
    let values = |threads: Threads, between: &str| {
        let text =
            format!("shared x = 0\ntask t × 2\n  let n = load x\n  {between}\n  store x = n + 1\n");
        let config = Config {
            threads,
            ..Config::default()
        };
        let mut ends = BTreeSet::new();
        let found = explore_on(config, &text, &mut |machine| {
            if machine.is_finished() {
                ends.insert(machine.memory[0]);
            }
        });
        assert_eq!(found.stuck, 0);
        (found.states, ends.into_iter().collect::<Vec<_>>())
    };
    let hybrid = |kernel_threads| Threads::Hybrid { kernel_threads };
    // Two loads and two stores in one order: five states.
    assert_eq!(values(Threads::User, "pass"), (5, vec![2]));
    assert_eq!(values(hybrid(1), "pass"), (5, vec![2]));
    let (states, ends) = values(hybrid(2), "pass");
    assert_eq!(ends, [1, 2]);
    assert_eq!(values(Threads::Kernel, "pass"), (states, ends));
    // Processors are places to run in, whatever the number of kernel threads.
    let stealing = |processors| Threads::Stealing { processors };
    assert_eq!(values(stealing(1), "pass"), (5, vec![2]));
    assert_eq!(values(stealing(2), "pass").1, [1, 2]);
    // Who yields between the two lets the other in, always.
    assert_eq!(values(Threads::User, "yield").1, [1]);
}

/// What can go wrong between two locks cannot where nobody is interrupted, and can where somebody yields.
#[test]
fn user_level_threads_deadlock_where_they_yield() {
    let stuck = |between: &str| {
        let task = |name: &str, first: &str, second: &str| {
            format!(
                "task {name}\n  acquire {first}\n  {between}\n  acquire {second}\n  release {second}\n  release {first}\n"
            )
        };
        let text = format!(
            "lock a\nlock b\n{}{}",
            task("A", "a", "b"),
            task("B", "b", "a")
        );
        let config = Config {
            threads: Threads::User,
            ..Config::default()
        };
        explore_on(config, &text, &mut |_| {}).stuck
    };
    assert_eq!(stuck("pass"), 0);
    assert_eq!(stuck("yield"), 1);
}
