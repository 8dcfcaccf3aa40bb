//! What tasks can see of a run is a run by itself: without the events that only the kernel sees, on
//! a machine on which *ready* and *running* are one state. So a run on a real system is replayed.

use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use sim_core::call::SocketRequest;
use sim_core::event::EventKind;
use sim_core::machine::{Machine, State};
use sim_core::program::script::Script;
use sim_core::program::{Code, Config};
use sim_core::run::Deviations;
use sim_core::time::Unit;
use sim_core::view::metrics::Metrics;

use crate::objects;
use crate::scripts::{World, all_worlds};
use crate::worlds::{deviations, hold, played};

/// Replays what the tasks could see of a run.
fn replayed(code: &Code, deviations: Deviations) -> TestCaseResult {
    let trace = played(code, deviations);
    let last = trace.last();
    let code = code.at_task_level();
    let mut machine = Machine::new(&code);
    prop_assert!(machine.is_task_level());
    let mut outputs = Vec::new();
    for event in trace.events() {
        if event.kind.is_machine_level() {
            continue;
        }
        outputs.extend(machine.output_of(&code, event));
        if let Err(illegal) = machine.apply(&code, event) {
            return Err(TestCaseError::fail(illegal.to_string()));
        }
        objects::stand(&code, &machine)
            .map_err(|broken| TestCaseError::fail(format!("after {event:?}: {broken}")))?;
        let states = || machine.tasks.iter().map(|task| task.state);
        let ready = states().filter(|state| *state == State::Ready).count();
        prop_assert_eq!(machine.ready as usize, ready, "after {:?}", event);
        let runs = states().any(|state| matches!(state, State::Running(_)));
        prop_assert!(!runs, "after {:?}", event);
    }
    prop_assert_eq!(&machine.memory, &last.memory);
    prop_assert_eq!(&machine.objects, &last.objects);
    prop_assert_eq!(&machine.pipes, &last.pipes);
    prop_assert_eq!(&machine.admission, &last.admission);
    prop_assert_eq!(&machine.partitions, &last.partitions);
    prop_assert_eq!(&machine.threads, &last.threads);
    prop_assert_eq!(&machine.timeouts, &last.timeouts);
    for (seen, task) in machine.tasks.iter().zip(&last.tasks) {
        let expected = match task.state {
            State::Running(_) => State::Ready,
            state => state,
        };
        prop_assert_eq!(seen.state, expected);
        prop_assert_eq!(seen.accounting.completion, task.accounting.completion);
    }
    let printed: Vec<_> = trace.outputs().iter().map(|output| &output.text).collect();
    prop_assert_eq!(outputs.iter().collect::<Vec<_>>(), printed);
    prop_assert_eq!(machine.is_finished(), last.is_finished());
    // The numbers of a machine without CPUs are numbers.
    let metrics = Metrics::at(&code, &machine);
    prop_assert_eq!(metrics.utilisation, None);
    prop_assert!(metrics.cpus.is_empty());
    for job in &metrics.jobs {
        prop_assert_eq!((job.waiting, job.cpu, job.longest_wait), (None, None, None));
    }
    prop_assert_eq!((metrics.mean_waiting, metrics.fairness), (None, None));
    Ok(())
}

#[test]
fn what_tasks_see_is_a_run() {
    hold(
        40_000,
        (all_worlds(), deviations()),
        |(World(code), deviations)| replayed(&code, deviations),
    );
}

/// A real kernel tells in any order what it has done of what was submitted for several sockets.
#[test]
fn what_was_submitted_is_taken_in_the_order_in_which_the_record_says() {
    const SCRIPT: &str = "shared first = 0
task server
  let s = listen 80
  let a = accept s
  let b = accept s
  submit receive a as 1
  submit receive b as 2
  sleep 100
  let tag, n = completion
  store first = tag
  let other, m = completion
peer client × 2
  connect 80
  sleep 10 + self
  send 5
  sleep 1000
";
    let script = Script::parse("two", SCRIPT, Unit::MILLISECOND).expect("a script");
    let code = Code::of_script(Config::default(), script);
    let trace = played(&code, Deviations::default());
    let is_taken = |kind: EventKind| matches!(kind, EventKind::Served { request, .. } if request == SocketRequest::Complete);
    let mut events: Vec<_> = trace.events().to_vec();
    events.retain(|event| !event.kind.is_machine_level());
    let places = (0..events.len()).filter(|place| is_taken(events[*place].kind));
    let [one, two] = places.collect::<Vec<_>>()[..] else {
        panic!("two are taken");
    };
    let kinds = (events[one].kind, events[two].kind);
    assert_ne!(kinds.0.socket(), kinds.1.socket());
    let code = code.at_task_level();
    for (kinds, first) in [(kinds, 1), ((kinds.1, kinds.0), 2)] {
        (events[one].kind, events[two].kind) = kinds;
        let mut machine = Machine::new(&code);
        for event in &events {
            let applied = machine.apply(&code, event);
            assert!(applied.is_ok(), "{event:?}: {applied:?}");
        }
        assert_eq!(machine.memory, [first]);
    }
}
