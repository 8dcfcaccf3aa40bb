//! What was once wrong, each by its own test.

use proptest::test_runner::TestCaseResult;
use sim_core::call::Fault;
use sim_core::event::EventKind;
use sim_core::ids::{CpuId, TaskId};
use sim_core::program::{Burst, Code, Config, Costs, IoDone, IoStart, PolicyKind, Ties};
use sim_core::run::Deviations;
use sim_core::time::{Span, Time};

use crate::cursors::every_place;
use crate::scripts::read;
use crate::worlds::{job, plain, play};

fn bursts(spans: &[u64]) -> Vec<Burst> {
    let each = spans.iter().enumerate();
    let burst = each.map(|(place, &span)| match place % 2 {
        0 => Burst::Cpu(Span(span)),
        _ => Burst::Io(Span(span)),
    });
    burst.collect()
}

/// Jobs by their arrival and their bursts, CPU and I/O in turn.
fn code(config: Config, jobs: &[(u64, &[u64])]) -> Code {
    let jobs = jobs
        .iter()
        .map(|(arrival, spans)| job(*arrival, bursts(spans)));
    Code::new(config, jobs.collect(), Vec::new(), Vec::new())
}

fn dispatches(code: &Code) -> Vec<(u64, TaskId, CpuId)> {
    let trace = play(code);
    let dispatch = trace.events().iter().filter_map(|event| match event.kind {
        EventKind::Dispatched { task, cpu } => Some((event.at.0, task, cpu)),
        _ => None,
    });
    dispatch.collect()
}

/// An idle CPU with a lower number took the task for which another CPU waited; that one then
/// waited for ever.
#[test]
fn a_cpu_that_waits_for_a_task_gets_it() -> TestCaseResult {
    let config = Config {
        cpus: 2,
        on_io: IoStart::Wait,
        ..plain(PolicyKind::Fcfs)
    };
    let code = code(config, &[(0, &[2]), (0, &[1, 3, 1])]);
    every_place(&code, Deviations::new())?;
    assert_eq!(dispatches(&code)[2], (4, TaskId(1), CpuId(1)));
    Ok(())
}

/// The CPU that waits for a task handles another's interrupt while that task becomes ready: an
/// idle CPU may take it, and then the first one must not wait any more.
#[test]
fn a_cpu_stops_waiting_when_its_task_runs_elsewhere() -> TestCaseResult {
    let costs = Costs {
        interrupt: Span(4),
        ..Costs::TEXTBOOK
    };
    for done in [IoDone::Later, IoDone::Immediate] {
        for cpus in 2..5 {
            let config = Config {
                cpus,
                costs,
                on_io: IoStart::Wait,
                on_io_done: done,
                ..plain(PolicyKind::Rr)
            };
            let jobs: [(u64, &[u64]); 4] = [
                (0, &[1, 3, 2]),
                (0, &[1, 2, 1]),
                (0, &[6, 1, 1]),
                (3, &[1, 1, 5]),
            ];
            every_place(&code(config, &jobs), Deviations::new())?;
        }
    }
    Ok(())
}

/// With the convention that interrupts come first, one came to a CPU that was still in the kernel.
#[test]
fn an_interrupt_waits_until_interrupts_are_on() -> TestCaseResult {
    let costs = Costs {
        interrupt: Span(2),
        ..Costs::TEXTBOOK
    };
    let config = Config {
        costs,
        ties: Ties::ArrivalsFirst,
        ..plain(PolicyKind::Fcfs)
    };
    every_place(
        &code(config, &[(0, &[1, 2, 1]), (0, &[1, 3, 1])]),
        Deviations::new(),
    )
}

/// While a task whose I/O was done waited for a CPU to come out of the kernel, the clock jumped
/// over arrivals.
#[test]
fn nothing_is_passed_over_while_a_task_waits_to_take_a_cpu() -> TestCaseResult {
    let costs = Costs {
        switch: Span(4),
        ..Costs::TEXTBOOK
    };
    let config = Config {
        costs,
        on_io_done: IoDone::Immediate,
        ..plain(PolicyKind::Fcfs)
    };
    let code = code(config, &[(0, &[1, 1, 1]), (0, &[4]), (7, &[1])]);
    every_place(&code, Deviations::new())?;
    let trace = play(&code);
    let arrived = trace
        .events()
        .iter()
        .find(|event| event.kind.task() == Some(TaskId(2)));
    assert_eq!(arrived.map(|event| event.at), Some(Time(7)));
    Ok(())
}

/// A task was killed while its CPU handled an interrupt: the time for which it had waited there was lost.
#[test]
fn who_is_killed_in_a_handler_has_waited_for_it() -> TestCaseResult {
    let text = "
task t
  let s = listen 1
  alarm 6
  compute 20

peer p at 2
  connect 1
";
    let mut config = plain(PolicyKind::Fcfs);
    config.costs.instruction = Span::ZERO;
    config.costs.interrupt = Span(4);
    config.network.latency = Span(1);
    let code = Code::of_script(config, read(text));
    every_place(&code, Deviations::new())?;
    let last = play(&code).last();
    let accounting = last.task(TaskId(0)).accounting;
    assert_eq!((accounting.cpu, accounting.waiting), (Span(3), Span(3)));
    Ok(())
}

/// A process that got a fresh image forgot how long its thread had waited for data.
#[test]
fn a_fresh_image_has_the_same_accounts() -> TestCaseResult {
    let text = "
task server
  let s = listen 1
  let c = accept s
  let n = receive c
  exec rest()

def rest()
  compute 1

peer client
  connect 1
  sleep 4
  send 10
";
    let mut config = plain(PolicyKind::Fcfs);
    config.costs.instruction = Span::ZERO;
    config.network.latency = Span(1);
    let code = Code::of_script(config, read(text));
    every_place(&code, Deviations::new())?;
    let last = play(&code).last();
    let network = last.threads[0].network;
    assert_eq!(network.waiting_for_data, Span(6));
    Ok(())
}

/// A thread closed a socket at which another one waited, and a child still had it: nobody woke that thread,
/// for whom the number meant nothing any more.
#[test]
fn who_waits_at_a_number_that_is_closed_is_told_though_a_child_has_the_socket() -> TestCaseResult {
    let text = "
shared failed = 0
task server
  let s = listen 1
  let pid = spawn child()
  let c, ok = accept s
  store failed = 1

task other at 3
  close 3

def child()
  sleep 9
";
    let code = Code::of_script(plain(PolicyKind::Fcfs), read(text));
    every_place(&code, Deviations::new())?;
    let trace = play(&code);
    let (task, fault) = (TaskId(0), Fault::BadDescriptor);
    let failed = EventKind::Failed { task, fault };
    assert!(trace.events().iter().any(|event| event.kind == failed));
    assert_eq!(trace.last().memory[0], 0);
    Ok(())
}
