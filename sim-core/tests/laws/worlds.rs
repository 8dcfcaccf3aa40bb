//! Random programs on random machines. Times are a few units, so that things meet at one moment.

use std::cell::Cell;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::test_runner::{Config as Cases, RngSeed, TestCaseResult, TestRunner};
use sim_core::ids::{PipeId, TaskId};
use sim_core::program::{
    Burst, Code, Config, Costs, Disk, IdleCpu, IoDone, IoStart, Job, Mlfq, Order, PipeSpec, Place,
    PolicyConfig, PolicyKind, ReadyQueue, Ties,
};
use sim_core::run::{Deviations, run};
use sim_core::time::{Span, Time};
use sim_core::trace::Trace;

/// Every policy.
pub const POLICIES: [PolicyKind; PolicyKind::ALL.len()] = PolicyKind::ALL;

/// No random program here needs nearly as many.
const ENOUGH_EVENTS: u64 = 100_000;

/// Tests a law on `cases` random values.
pub fn hold<S: Strategy>(cases: u32, strategy: S, law: impl Fn(S::Value) -> TestCaseResult) {
    let number = |name| {
        std::env::var(name)
            .ok()
            .and_then(|text| text.parse::<u64>().ok())
    };
    let cases = number("LAWS_CASES").map_or(cases, |cases| u32::try_from(cases).unwrap());
    let rng_seed = RngSeed::Fixed(number("LAWS_SEED").unwrap_or(1));
    let config = Cases {
        cases,
        rng_seed,
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..Cases::default()
    };
    EVENTS.set(0);
    if let Err(failure) = TestRunner::new(config).run(&strategy, law) {
        panic!("{failure}");
    }
    // Shown by `cargo test --test laws -- --nocapture`.
    println!("{cases} cases with {} events", EVENTS.get());
}

thread_local! {
    /// How many events the runs of a test had: each test has a thread of its own.
    static EVENTS: Cell<usize> = const { Cell::new(0) };
}

/// Runs a program, with the choices of a person.
pub fn played(code: &Code, deviations: Deviations) -> Trace {
    let trace = run(Arc::new(code.clone()), deviations);
    EVENTS.set(EVENTS.get() + trace.len());
    trace
}

/// Runs a program with its policy's own choices.
pub fn play(code: &Code) -> Arc<Trace> {
    Arc::new(played(code, Deviations::new()))
}

/// A job with nothing but bursts.
pub fn job(arrival: u64, bursts: Vec<Burst>) -> Job {
    Job {
        name: String::new(),
        arrival: Time(arrival),
        priority: 0,
        tickets: 100,
        period: None,
        deadline: None,
        rounds: 1,
        memory: 0,
        files: Vec::new(),
        parent: None,
        bursts,
        writes: Vec::new(),
        place: Place::Inside,
    }
}

/// A machine without costs, one CPU and this policy, all parameters in small numbers.
pub fn plain(kind: PolicyKind) -> Config {
    let policy = PolicyConfig {
        kind,
        slice: Span(3),
        mlfq: Mlfq {
            slices: vec![Span(2), Span(3), Span(4)],
            allotments: vec![1, 2, 1],
            ..Mlfq::default()
        },
        latency: Span(8),
        granularity: Span(1),
        ..PolicyConfig::default()
    };
    Config {
        policy,
        max_events: ENOUGH_EVENTS,
        ..Config::default()
    }
}

/// Any program on any machine.
pub fn worlds() -> impl Strategy<Value = Code> {
    (configs(), partitions(), vec(1..3_u32, 0..3)).prop_flat_map(|(config, partitions, pipes)| {
        let largest = partitions.iter().copied().max().unwrap_or(9);
        let jobs = vec(any_job(pipes.len(), largest), 1..8);
        jobs.prop_map(move |jobs| world(config.clone(), jobs, &pipes, partitions.clone()))
    })
}

/// Any program without pipes, periods and memory, on a plain machine with one of these policies.
pub fn plain_worlds(kinds: &'static [PolicyKind]) -> impl Strategy<Value = Code> {
    let jobs = vec((0..12_u64, bursts(0), 0..4, 1..6_u32), 1..8);
    (prop::sample::select(kinds), 1..4_u8, jobs).prop_map(|(kind, cpus, jobs)| {
        let jobs = jobs
            .into_iter()
            .map(|(arrival, bursts, priority, tickets)| Job {
                priority,
                tickets: tickets * 50,
                ..job(arrival, bursts)
            });
        Code::new(
            Config {
                cpus,
                ..plain(kind)
            },
            jobs.collect(),
            Vec::new(),
            Vec::new(),
        )
    })
}

/// Choices of a person, some of which fit.
pub fn deviations() -> impl Strategy<Value = Deviations> {
    prop::collection::btree_map(0..40_u32, (0..8_u32).prop_map(TaskId), 0..12)
}

/// Puts a program together: pipes by capacity, who writes into them by the bursts.
pub fn world(config: Config, jobs: Vec<Job>, pipes: &[u32], partitions: Vec<u32>) -> Code {
    let written = |bursts: &[Burst], pipe| bursts.contains(&Burst::Send(PipeId::from_index(pipe)));
    let jobs = jobs.into_iter().map(|job| Job {
        writes: (0..pipes.len())
            .map(|pipe| written(&job.bursts, pipe))
            .collect(),
        ..job
    });
    let pipes = pipes.iter().map(|&capacity| PipeSpec {
        name: String::new(),
        capacity,
    });
    Code::new(config, jobs.collect(), pipes.collect(), partitions)
}

fn spans(range: core::ops::Range<u64>) -> impl Strategy<Value = Span> {
    range.prop_map(Span)
}

/// Mostly nothing, sometimes a little.
fn cost() -> impl Strategy<Value = Span> {
    prop_oneof![3 => Just(Span::ZERO), 1 => spans(1..3)]
}

fn costs() -> impl Strategy<Value = Costs> {
    let costs = (cost(), cost(), cost(), cost(), cost(), cost());
    prop_oneof![
        2 => Just(Costs::TEXTBOOK),
        3 => costs.prop_map(|(switch, wake, migration, interrupt, io_issue, io_done)| {
            Costs { switch, wake, migration, interrupt, io_issue, io_done, ..Costs::TEXTBOOK }
        }),
    ]
}

/// Mostly one queue for all CPUs.
fn ready_queues() -> impl Strategy<Value = ReadyQueue> {
    prop_oneof![
        2 => Just(ReadyQueue::Shared),
        1 => Just(ReadyQueue::PerCpu(IdleCpu::Waits)),
        1 => Just(ReadyQueue::PerCpu(IdleCpu::Steals)),
    ]
}

fn mlfq() -> impl Strategy<Value = Mlfq> {
    let levels = vec((spans(1..4), 1..3_u32), 1..4);
    let switches = (any::<bool>(), any::<bool>());
    (levels, option::of(spans(2..15)), switches).prop_map(|(levels, boost, (keeps, front))| {
        let (slices, allotments) = levels.into_iter().unzip();
        Mlfq {
            slices,
            allotments,
            boost,
            io_keeps_priority: keeps,
            io_to_front: front,
        }
    })
}

fn policies() -> impl Strategy<Value = PolicyConfig> {
    let kinds = prop::sample::select(&POLICIES[..]);
    let orders = prop_oneof![Just(Order::Queue), Just(Order::Cyclic)];
    let spans = (
        spans(1..5),
        option::of(spans(1..6)),
        spans(2..12),
        spans(1..4),
    );
    (kinds, orders, any::<bool>(), mlfq(), spans).prop_map(
        |(kind, order, preemptive, mlfq, (slice, aging, latency, granularity))| PolicyConfig {
            kind,
            slice,
            order,
            preemptive,
            aging,
            mlfq,
            latency,
            granularity,
        },
    )
}

/// Any machine.
pub fn configs() -> impl Strategy<Value = Config> {
    let cpus = prop_oneof![3 => Just(1_u8), 3 => Just(2), 2 => 3..9_u8];
    let ties = prop::sample::select(vec![
        Ties::CpuFirst,
        Ties::ArrivalsFirst,
        Ties::DispatchFirst,
    ]);
    let on_io = prop_oneof![2 => Just(IoStart::Switch), 1 => Just(IoStart::Wait)];
    let on_io_done = prop_oneof![2 => Just(IoDone::Later), 1 => Just(IoDone::Immediate)];
    let disks = prop_oneof![Just(Disk::Parallel), Just(Disk::Fifo)];
    (
        cpus,
        ready_queues(),
        policies(),
        costs(),
        ties,
        on_io,
        on_io_done,
        disks,
        any::<u64>(),
    )
        .prop_map(
            |(cpus, ready_queue, policy, costs, ties, on_io, on_io_done, disk, seed)| Config {
                cpus,
                ready_queue,
                policy,
                costs,
                ties,
                on_io,
                on_io_done,
                disk,
                seed,
                max_events: ENOUGH_EVENTS,
                ..Config::default()
            },
        )
}

fn partitions() -> impl Strategy<Value = Vec<u32>> {
    prop_oneof![2 => Just(Vec::new()), 1 => vec(1..5_u32, 1..4)]
}

fn bursts(pipes: usize) -> impl Strategy<Value = Vec<Burst>> {
    let cpu = spans(0..7).prop_map(Burst::Cpu);
    let io = spans(0..7).prop_map(Burst::Io);
    if pipes == 0 {
        return vec(prop_oneof![3 => cpu, 2 => io], 0..6).boxed();
    }
    let pipe = move || (0..pipes).prop_map(PipeId::from_index);
    let send = pipe().prop_map(Burst::Send);
    let receive = pipe().prop_map(Burst::Receive);
    vec(
        prop_oneof![4 => cpu, 2 => io, 1 => send, 1 => receive],
        0..6,
    )
    .boxed()
}

fn any_job(pipes: usize, largest: u32) -> impl Strategy<Value = Job> {
    let period = prop_oneof![3 => Just(None), 1 => spans(1..10).prop_map(Some)];
    let numbers = (-2..3_i32, 1..5_u32, 1..4_u32, 0..=largest);
    (
        0..12_u64,
        bursts(pipes),
        period,
        option::of(spans(1..12)),
        numbers,
    )
        .prop_map(
            |(arrival, bursts, period, deadline, (priority, tickets, rounds, memory))| Job {
                priority,
                tickets: tickets * 40,
                period,
                deadline,
                rounds,
                memory,
                ..job(arrival, bursts)
            },
        )
}
