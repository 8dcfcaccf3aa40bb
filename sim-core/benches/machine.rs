//! Times of the machine: `cargo bench -p lockstep-sim-core`.
//!
//! Times on shared machines say little; what is held to is counted (see docs/benchmarks.md).

#![allow(missing_docs, reason = "the names say it")]

mod common;

use std::sync::{Arc, LazyLock};

use divan::Bencher;
use divan::counter::ItemsCount;
use sim_core::program::{Code, PolicyKind};
use sim_core::run::{Deviations, run};
use sim_core::trace::{Cursor, Granularity, Trace};
use sim_core::view::lanes::Lanes;

fn main() {
    divan::main();
}

fn play(code: &Arc<Code>) -> Trace {
    run(Arc::clone(code), Deviations::new())
}

/// A run of 1,000 tasks with the first million events: as many as a page is made for.
static MILLION: LazyLock<Arc<Trace>> = LazyLock::new(|| {
    let mut code = common::workload(1_000, PolicyKind::Rr);
    for job in &mut code.jobs {
        job.rounds = 8;
    }
    let mut config = code.config;
    config.max_events = 1_000_000;
    let code = Code::new(config, code.jobs, Vec::new(), Vec::new());
    let trace = play(&Arc::new(code));
    assert_eq!((trace.len(), trace.start().tasks.len()), (1_000_000, 1_000));
    Arc::new(trace)
});

/// Positions in no order, always the same ones.
fn positions(count: usize) -> impl FnMut() -> usize {
    let mut state = 1_usize;
    move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) % (count + 1)
    }
}

/// RR1000, by the number of tasks; items are model events.
#[divan::bench(args = [1_000, 10_000, 100_000], max_time = 5)]
fn round_robin(bencher: Bencher<'_, '_>, tasks: usize) {
    let code = Arc::new(common::workload(tasks, PolicyKind::Rr));
    let trace = play(&code);
    let model = trace
        .events()
        .iter()
        .filter(|event| common::is_model_event(event.kind));
    bencher
        .counter(ItemsCount::new(model.count()))
        .bench_local(|| play(&code));
}

/// Each policy on 1,000 tasks; items are model events.
#[divan::bench(args = PolicyKind::ALL.map(PolicyKind::name), max_time = 2)]
fn policies(bencher: Bencher<'_, '_>, name: &str) {
    let kind = PolicyKind::ALL.into_iter().find(|kind| kind.name() == name);
    let code = Arc::new(common::workload(1_000, kind.expect("it is one of them")));
    let trace = play(&code);
    let model = trace
        .events()
        .iter()
        .filter(|event| common::is_model_event(event.kind));
    bencher
        .counter(ItemsCount::new(model.count()))
        .bench_local(|| play(&code));
}

/// To anywhere in a million events of 1,000 tasks.
#[divan::bench(sample_size = 1, sample_count = 1_000)]
fn seek(bencher: Bencher<'_, '_>) {
    let mut cursor = Cursor::new(Arc::clone(&MILLION));
    let mut position = positions(MILLION.len());
    bencher.bench_local(move || cursor.seek(position()));
}

/// One event back, from anywhere in a million events of 1,000 tasks.
#[divan::bench(sample_size = 1, sample_count = 1_000)]
fn step_back(bencher: Bencher<'_, '_>) {
    let mut cursor = Cursor::new(Arc::clone(&MILLION));
    cursor.seek(MILLION.len() / 2);
    bencher.bench_local(move || cursor.back(Granularity::Event));
}

/// One event forward.
#[divan::bench(sample_size = 100, sample_count = 1_000)]
fn step_forward(bencher: Bencher<'_, '_>) {
    let mut cursor = Cursor::new(Arc::clone(&MILLION));
    bencher.bench_local(move || cursor.forward(Granularity::Event));
}

/// The lanes of RR1000.
#[divan::bench(max_time = 2)]
fn lanes(bencher: Bencher<'_, '_>) {
    let code = Arc::new(common::workload(1_000, PolicyKind::Rr));
    let trace = play(&code);
    bencher
        .counter(ItemsCount::new(trace.len()))
        .bench_local(|| Lanes::new(&trace));
}
