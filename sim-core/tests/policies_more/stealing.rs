//! What a CPU takes from another's queue, and what moving costs.

use proptest::prelude::*;
use sim_core::event::{Event, EventKind};
use sim_core::ids::{CpuId, TaskId};
use sim_core::machine::{Machine, Mode};
use sim_core::policy::{Key, Policy};
use sim_core::program::{Burst, Code, Config, Costs, IdleCpu, Job, PolicyKind, ReadyQueue};
use sim_core::run::Deviations;
use sim_core::time::{Span, Time};

use crate::queues::{at_every_event, cpus, queue, worlds_with_queues};
use crate::worlds::{hold, job, plain, play};

/// A thief's own queue is empty; its victim's is the longest, and that CPU is busy itself; it takes
/// who would run last there, and what the policy knows of the task comes along.
#[test]
fn a_thief_takes_the_last_of_the_longest_queue() {
    hold(4_000, worlds_with_queues(&[IdleCpu::Steals]), |code| {
        at_every_event(&code, Deviations::new(), |machine, event| {
            let EventKind::Dispatched { task, cpu } = event.kind else {
                return Ok(());
            };
            let home = machine.scheduler.queue_of(task).unwrap();
            // A task whose I/O is done may take any free CPU at once.
            let seizes = !machine.pending.is_empty();
            if home == cpu || seizes {
                return Ok(());
            }
            prop_assert_eq!(queue(&code, machine, cpu), Vec::new());
            let length = |cpu: CpuId| queue(&code, machine, cpu).len();
            let longest = cpus(machine).map(length).max();
            let victim = cpus(machine).find(|cpu| Some(length(*cpu)) == longest);
            prop_assert_eq!(Some(home), victim);
            let last = queue(&code, machine, home).pop();
            prop_assert_eq!(last, Some(task));
            prop_assert!(machine.cpu(home).mode != Mode::Idle);
            let mut after = machine.clone();
            after.apply(&code, event).unwrap();
            let known = |machine: &Machine| {
                let key = match machine.scheduler.key(&machine.context(&code), task) {
                    // They are kept relative to those of the others in the queue.
                    Some(Key::Pass(_) | Key::VirtualRuntime(_)) => None,
                    // Nobody asks for it once the task runs.
                    Some(Key::ResponseRatio(_)) => None,
                    key => key,
                };
                let (level, allotment) = (
                    machine.scheduler.level(task),
                    machine.scheduler.allotment(task),
                );
                (key, level, allotment)
            };
            prop_assert_eq!(known(&after), known(machine));
            Ok(())
        })
    });
}

#[test]
fn an_idle_cpu_steals() {
    let jobs = [2, 1, 2].map(|burst| job(0, vec![Burst::Cpu(Span(burst))]));
    let config = Config {
        cpus: 2,
        ready_queue: ReadyQueue::PerCpu(IdleCpu::Steals),
        ..plain(PolicyKind::Fcfs)
    };
    let code = Code::new(config, jobs.to_vec(), Vec::new(), Vec::new());
    let stolen = |event: &Event| {
        event.kind
            == EventKind::Dispatched {
                task: TaskId(2),
                cpu: CpuId(1),
            }
    };
    assert!(play(&code).events().iter().any(stolen));
}

/// Two CPUs, three jobs of 7 in slices of 3: whoever runs where it did not run before pays.
#[test]
fn a_migration_makes_the_switch_longer() {
    let cold = |ready_queue| {
        let config = Config {
            cpus: 2,
            ready_queue,
            costs: Costs {
                switch: Span(1),
                migration: Span(5),
                ..Costs::TEXTBOOK
            },
            ..plain(PolicyKind::Rr)
        };
        let jobs = vec![job(0, vec![Burst::Cpu(Span(7))]); 3];
        let code = Code::new(config, jobs, Vec::new(), Vec::new());
        let trace = play(&code);
        let mut machine = trace.start().clone();
        let mut cold = 0;
        for event in trace.events() {
            let before = machine.clone();
            machine.apply(&code, event).unwrap();
            let EventKind::Dispatched { task, cpu } = event.kind else {
                continue;
            };
            let moved = before.task(task).last_cpu.is_some_and(|last| last != cpu);
            let switched = before.cpu(cpu).last != Some(task);
            let expected = u64::from(switched) + 5 * u64::from(moved);
            let took = match machine.cpu(cpu).mode {
                Mode::Switching { .. } => machine.cpu(cpu).due.since(event.at),
                _ => Span::ZERO,
            };
            assert_eq!(took, Span(expected), "{event:?}");
            cold += u32::from(moved);
        }
        cold
    };
    assert!(cold(ReadyQueue::Shared) > 2);
    assert_eq!(cold(ReadyQueue::PerCpu(IdleCpu::Waits)), 0);
    assert_eq!(cold(ReadyQueue::PerCpu(IdleCpu::Steals)), 1);
}

/// Passes and virtual runtimes are kept relative to the lowest of each queue. Here those of the thief's
/// queue are high, because its jobs have few tickets, and those of the victim's are low: a stolen job
/// that kept its number would run alone until it had caught up, whoever comes meanwhile.
#[test]
fn what_was_used_elsewhere_is_no_credit() {
    for kind in [PolicyKind::Stride, PolicyKind::Cfs] {
        let config = Config {
            cpus: 2,
            ready_queue: ReadyQueue::PerCpu(IdleCpu::Steals),
            ..plain(kind)
        };
        // The first, third and fifth come to CPU 0. CPU 1 is done with the others at 100, and steals;
        // the last job comes there.
        let jobs: [(u64, u64, u32); 6] = [
            (0, 200, 100),
            (0, 50, 10),
            (0, 200, 100),
            (0, 50, 10),
            (0, 200, 100),
            (104, 100, 100),
        ];
        let jobs = jobs.map(|(arrival, burst, tickets)| Job {
            tickets,
            ..job(arrival, vec![Burst::Cpu(Span(burst))])
        });
        let code = Code::new(config, jobs.to_vec(), Vec::new(), Vec::new());
        let trace = play(&code);
        let mut machine = trace.start().clone();
        let early = trace
            .events()
            .iter()
            .take_while(|event| event.at <= Time(164));
        for event in early {
            machine.apply(&code, event).unwrap();
        }
        assert_eq!(machine.scheduler.queue_of(TaskId(5)), Some(CpuId(1)));
        let newcomer = machine.accounting(TaskId(5)).cpu.0;
        assert!(newcomer.abs_diff(30) <= 8, "{kind:?}: {newcomer} of 60");
    }
}
