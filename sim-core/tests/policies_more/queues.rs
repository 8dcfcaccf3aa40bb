//! What holds where each CPU has a ready queue of its own.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestCaseResult;
use sim_core::event::{Event, EventKind};
use sim_core::ids::{CpuId, TaskId};
use sim_core::machine::{Machine, Mode, State};
use sim_core::policy::Policy;
use sim_core::program::{Code, Config, IdleCpu, PolicyKind, ReadyQueue};
use sim_core::rules::{self, Next, Open};
use sim_core::run::{Deviations, Outcome, run};
use sim_core::time::Span;

use crate::ready;
use crate::worlds::{self, deviations, hold};

/// Any program on several CPUs with a queue each.
pub fn worlds_with_queues(idle: &'static [IdleCpu]) -> impl Strategy<Value = Code> {
    let migration = prop_oneof![Just(Span::ZERO), (1..4_u64).prop_map(Span)];
    (
        worlds::worlds(),
        select(&PolicyKind::ALL[..]),
        2..5_u8,
        select(idle),
        migration,
    )
        .prop_map(|(mut code, kind, cpus, idle, migration)| {
            code.config.policy.kind = kind;
            code.config.cpus = cpus;
            code.config.ready_queue = ReadyQueue::PerCpu(idle);
            code.config.costs.migration = migration;
            code
        })
}

const BOTH: &[IdleCpu] = &[IdleCpu::Waits, IdleCpu::Steals];

/// Runs a program with a person's choices, and looks at the machine before each event.
pub fn at_every_event(
    code: &Code,
    deviations: Deviations,
    mut law: impl FnMut(&Machine, &Event) -> TestCaseResult,
) -> TestCaseResult {
    let trace = run(Arc::new(code.clone()), deviations);
    prop_assert!(matches!(
        trace.outcome(),
        Outcome::Finished | Outcome::Stalled
    ));
    let mut machine = trace.start().clone();
    for event in trace.events() {
        law(&machine, event)?;
        if let Err(illegal) = machine.apply(code, event) {
            return Err(TestCaseError::fail(illegal.to_string()));
        }
    }
    Ok(())
}

pub fn cpus(machine: &Machine) -> impl Iterator<Item = CpuId> {
    (0..machine.cpus.len()).map(CpuId::from_index)
}

pub fn queue(code: &Code, machine: &Machine, cpu: CpuId) -> Vec<TaskId> {
    machine.scheduler.order(&machine.context(code).on(cpu))
}

#[test]
fn every_ready_task_stands_in_the_queue_of_one_cpu() {
    let programs = (worlds_with_queues(BOTH), deviations());
    hold(4_000, programs, |(code, deviations)| {
        at_every_event(&code, deviations, |machine, _| {
            let mut all = Vec::new();
            for cpu in cpus(machine) {
                let queue = queue(&code, machine, cpu);
                let count = machine.scheduler.queued_for(cpu, machine.ready);
                prop_assert_eq!(count as usize, queue.len());
                let ctx = machine.context(&code).on(cpu);
                let next = machine.scheduler.pick(&ctx, None);
                if !queue.is_empty() {
                    prop_assert!(next.is_some_and(|task| queue.contains(&task)));
                }
                for task in &queue {
                    prop_assert_eq!(machine.scheduler.queue_of(*task), Some(cpu));
                }
                all.extend(queue);
            }
            prop_assert_eq!(&all, &machine.ready_order(&code));
            all.sort_unstable();
            prop_assert_eq!(all, ready(machine).collect::<Vec<_>>());
            Ok(())
        })
    });
}

#[test]
fn a_task_comes_back_to_the_cpu_on_which_it_ran() {
    let programs = (worlds_with_queues(BOTH), deviations());
    hold(4_000, programs, |(code, deviations)| {
        at_every_event(&code, deviations, |machine, _| {
            for task in ready(machine) {
                let last = machine.task(task).last_cpu;
                let home = machine.scheduler.queue_of(task);
                prop_assert!(
                    last.is_none() || last == home,
                    "{task:?}: {last:?}, {home:?}"
                );
            }
            Ok(())
        })
    });
}

#[test]
fn a_new_task_joins_the_cpu_with_the_fewest() {
    let programs = (worlds_with_queues(BOTH), deviations());
    hold(2_000, programs, |(code, deviations)| {
        at_every_event(&code, deviations, |machine, event| {
            let (EventKind::Admitted { task } | EventKind::Loaded { task, .. }) = event.kind else {
                return Ok(());
            };
            let load = |cpu: &CpuId| {
                let on = machine.tasks.iter();
                let running = on.filter(|task| task.state == State::Running(*cpu));
                queue(&code, machine, *cpu).len() + running.count()
            };
            let fewest = cpus(machine).min_by_key(load);
            let mut after = machine.clone();
            after.apply(&code, event).unwrap();
            prop_assert_eq!(after.scheduler.queue_of(task), fewest);
            Ok(())
        })
    });
}

#[test]
fn without_stealing_each_task_runs_on_one_cpu() {
    let programs = (worlds_with_queues(&[IdleCpu::Waits]), deviations());
    hold(4_000, programs, |(code, deviations)| {
        let mut runs_on = vec![None; code.jobs.len()];
        at_every_event(&code, deviations, |machine, event| {
            if let EventKind::Dispatched { task, cpu } = event.kind {
                let first = *runs_on[task.index()].get_or_insert(cpu);
                prop_assert_eq!(cpu, first);
            }
            if event.at > machine.now {
                for cpu in cpus(machine).filter(|cpu| machine.cpu(*cpu).mode == Mode::Idle) {
                    prop_assert_eq!(queue(&code, machine, cpu), Vec::new());
                }
            }
            Ok(())
        })
    });
}

#[test]
fn with_stealing_no_cpu_idles_beside_a_ready_task() {
    let programs = (worlds_with_queues(&[IdleCpu::Steals]), deviations());
    hold(4_000, programs, |(code, deviations)| {
        at_every_event(&code, deviations, |machine, event| {
            let idle = machine.cpus.iter().any(|cpu| cpu.mode == Mode::Idle);
            prop_assert!(
                event.at == machine.now || !idle || machine.ready == 0,
                "idle beside a ready task before {event:?}"
            );
            Ok(())
        })
    });
}

/// A choice has as many options as a CPU may take tasks, it takes no others, and the run counts it as
/// one decision.
#[test]
fn a_cpu_chooses_among_what_it_may_take() {
    let programs = (worlds_with_queues(BOTH), deviations());
    hold(4_000, programs, |(code, deviations)| {
        at_every_event(&code, deviations, |machine, event| {
            let next = rules::next(&code, machine);
            let mut after = machine.clone();
            after.apply(&code, event).unwrap();
            let decisions = after.decisions - machine.decisions;
            let Next::Choice(choice) = next else {
                prop_assert_eq!(decisions, 0);
                return Ok(());
            };
            prop_assert_eq!(decisions, 1);
            let options: Vec<_> = choice.options(machine).collect();
            prop_assert_eq!(options.len(), choice.count(machine));
            prop_assert!(options.len() > 1);
            for task in (0..machine.tasks.len()).map(TaskId::from_index) {
                prop_assert_eq!(choice.allows(machine, task), options.contains(&task));
            }
            let Open::Dispatch { cpu } = choice.open else {
                return Ok(());
            };
            for task in ready(machine) {
                let mut other = machine.clone();
                let kind = EventKind::Dispatched { task, cpu };
                let legal = other.apply(&code, &Event { at: event.at, kind });
                prop_assert_eq!(legal.is_ok(), options.contains(&task));
            }
            Ok(())
        })
    });
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let programs = (worlds_with_queues(BOTH), deviations());
    hold(1_000, programs, |(code, deviations)| {
        let code = Arc::new(code);
        let first = run(Arc::clone(&code), deviations.clone());
        let second = run(Arc::clone(&code), deviations);
        prop_assert_eq!(first.events(), second.events());
        let bytes = |machine: &Machine| postcard::to_stdvec(machine).unwrap();
        let (one, other) = (bytes(&first.last()), bytes(&second.last()));
        prop_assert_eq!(&one, &other);
        let read: Machine = postcard::from_bytes(&one).unwrap();
        prop_assert_eq!(read, first.last());
        Ok(())
    });
}

/// The queue of the only CPU is the shared one.
#[test]
fn on_one_cpu_there_is_no_difference() {
    hold(
        1_000,
        (worlds_with_queues(BOTH), deviations()),
        |(code, deviations)| {
            let on_one = |ready_queue| {
                let config = Config {
                    cpus: 1,
                    ready_queue,
                    ..code.config.clone()
                };
                run(Arc::new(code.on(config)), deviations.clone())
            };
            let (shared, own) = (on_one(ReadyQueue::Shared), on_one(code.config.ready_queue));
            prop_assert_eq!(shared.events(), own.events());
            Ok(())
        },
    );
}
