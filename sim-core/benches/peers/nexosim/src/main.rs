//! RR1000 in NeXosim: the workload of `sim-core/benches/common`, with the same numbers, as one
//! model that schedules its own slices and completions. Prints what `examples/rr1000.rs` prints.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use nexosim::model::{Context, Model, schedulable};
use nexosim::ports::EventSource;
use nexosim::simulation::{Mailbox, SimInit};
use nexosim::time::MonotonicTime;
use serde::{Deserialize, Serialize};

const TASKS: usize = 1_000;
const SLICE: u64 = 10;

static DISPATCHES: AtomicU64 = AtomicU64::new(0);
static COMPLETIONS: AtomicU64 = AtomicU64::new(0);
static EXITS: AtomicU64 = AtomicU64::new(0);

/// A CPU and its tasks.
#[derive(Serialize, Deserialize)]
pub struct Machine {
    tasks: Vec<Task>,
    queue: VecDeque<usize>,
    is_busy: bool,
    dispatches: u64,
    completions: u64,
    exits: u64,
}

#[derive(Serialize, Deserialize)]
struct Task {
    /// CPU and I/O bursts, in turn.
    bursts: Vec<u64>,
    place: usize,
    left: u64,
}

#[Model]
impl Machine {
    fn new() -> Self {
        let mut state = 42_u64;
        let mut draw = |bound: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % bound + 1
        };
        let tasks = (0..TASKS)
            .map(|_| {
                let bursts: Vec<_> =
                    (0..39).map(|place| draw(if place % 2 == 0 { 50 } else { 100 })).collect();
                Task { place: 0, left: bursts[0], bursts }
            })
            .collect();
        Self {
            tasks,
            queue: (0..TASKS).collect(),
            is_busy: false,
            dispatches: 0,
            completions: 0,
            exits: 0,
        }
    }

    /// Begins.
    pub fn start(&mut self, _: (), context: &Context<Self>) {
        self.dispatch(context);
    }

    fn dispatch(&mut self, context: &Context<Self>) {
        if self.is_busy {
            return;
        }
        let Some(task) = self.queue.pop_front() else { return };
        self.is_busy = true;
        self.dispatches += 1;
        let run = Duration::from_millis(self.tasks[task].left.min(SLICE));
        context.schedule_event(run, schedulable!(Self::stop), task).unwrap();
    }

    #[nexosim(schedulable)]
    fn stop(&mut self, number: usize, context: &Context<Self>) {
        let task = &mut self.tasks[number];
        task.left = task.left.saturating_sub(SLICE);
        if task.left > 0 {
            self.queue.push_back(number);
        } else if task.place + 1 == task.bursts.len() {
            self.exits += 1;
            if self.exits == TASKS as u64 {
                DISPATCHES.store(self.dispatches, Ordering::Relaxed);
                COMPLETIONS.store(self.completions, Ordering::Relaxed);
                EXITS.store(self.exits, Ordering::Relaxed);
            }
        } else {
            let io = Duration::from_millis(task.bursts[task.place + 1]);
            context.schedule_event(io, schedulable!(Self::complete), number).unwrap();
        }
        self.is_busy = false;
        self.dispatch(context);
    }

    #[nexosim(schedulable)]
    fn complete(&mut self, number: usize, context: &Context<Self>) {
        self.completions += 1;
        let task = &mut self.tasks[number];
        task.place += 2;
        task.left = task.bursts[task.place];
        self.queue.push_back(number);
        self.dispatch(context);
    }
}

fn main() {
    let repeats = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(1);
    let mut times: Vec<_> = (0..repeats).map(|_| run()).collect();
    times.sort_unstable();
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    println!(
        "dispatches {} completions {} exits {} events 0",
        count(&DISPATCHES),
        count(&COMPLETIONS),
        count(&EXITS)
    );
    println!("fastest {} median {} cpu 0", times[0], times[times.len() / 2]);
}

fn run() -> u128 {
    let mailbox = Mailbox::new();
    let mut bench = SimInit::with_num_threads(1);
    let start = EventSource::new().connect(Machine::start, &mailbox).register(&mut bench);
    let mut simulation = bench
        .add_model(Machine::new(), mailbox, "machine")
        .init(MonotonicTime::EPOCH)
        .expect("the bench is complete");
    let begin = Instant::now();
    simulation.process_event(&start, ()).expect("it starts");
    simulation.run().expect("it runs to its end");
    begin.elapsed().as_nanos()
}
