//! Carriers that go over from one user-level thread to the next, as `native/carriers/mod.rs` has them do:
//! a thread that is on none is a number of steps, and a step that it takes twice would be seen.

use std::collections::VecDeque;

use shuttle::sync::atomic::{AtomicUsize, Ordering};
use shuttle::sync::{Arc, Mutex};
use shuttle::thread;

use super::super::park::{Wake, lock};
use super::board::{Board, Keeper};
use crate::call::Reason;
use crate::ids::TaskId;
use crate::program::Threads;

/// How many schedules are tried of each kind.
const SCHEDULES: usize = 300;
/// How many changes of priorities a schedule has.
const CHANGES: usize = 3;

/// What a thread does.
#[derive(Clone, Copy)]
enum Step {
    Down,
    Up,
    Yield,
}

/// A thread that is on no carrier.
enum Fiber {
    /// It has taken so many steps.
    At(usize),
    /// It ends its carrier.
    Last,
}

/// Whether what is done is done inside one gate, as while a run is recorded.
#[derive(Clone, Copy)]
enum Gate {
    One,
    None,
}

/// A semaphore whose places are handed over.
#[derive(Default)]
struct Semaphore {
    value: usize,
    line: VecDeque<TaskId>,
}

struct World {
    board: Board<Fiber>,
    gate: (Gate, Mutex<()>),
    semaphore: Mutex<Semaphore>,
    programs: Vec<Vec<Step>>,
    left: AtomicUsize,
    taken: AtomicUsize,
}

impl World {
    /// Does something in one stay inside the gate; those who can be carried then are.
    fn inside<T>(&self, what: impl FnOnce(&Self) -> T) -> T {
        let (gate, mutex) = &self.gate;
        let stay = match gate {
            Gate::One => Some(lock(mutex)),
            Gate::None => None,
        };
        let done = what(self);
        let mut carried = Vec::new();
        while let Some(task) = self.board.take_next() {
            carried.push(task);
        }
        drop(stay);
        for task in carried {
            assert_eq!(
                self.board.call(task),
                None,
                "all carriers have been started"
            );
        }
        done
    }

    /// Takes a step; whether the thread has left its carrier with it.
    fn take(&self, task: TaskId, step: Step) -> bool {
        self.taken.fetch_add(1, Ordering::SeqCst);
        self.inside(|world| match step {
            Step::Yield => world.board.yields(task),
            Step::Up => {
                let mut semaphore = lock(&world.semaphore);
                match semaphore.line.pop_front() {
                    Some(next) => world.board.ready(next, Wake::Again),
                    None => semaphore.value += 1,
                }
                false
            }
            Step::Down => {
                let mut semaphore = lock(&world.semaphore);
                if semaphore.value > 0 {
                    semaphore.value -= 1;
                    return false;
                }
                semaphore.line.push_back(task);
                world.board.blocks(task, Reason::Carrier, Keeper::Process);
                true
            }
        })
    }

    /// Runs a thread until it leaves its carrier; as what it is put away then, unless it has ended.
    fn resume(&self, task: TaskId, mut at: usize) -> Option<Fiber> {
        let program = &self.programs[task.index()];
        while let Some(step) = program.get(at) {
            at += 1;
            if self.take(task, *step) {
                return Some(Fiber::At(at));
            }
        }
        self.inside(|world| {
            world.board.ended(task);
            if world.left.fetch_sub(1, Ordering::SeqCst) == 1 {
                for number in 0..usize::from(world.board.carriers()) {
                    let last = TaskId::from_index(world.programs.len() + number);
                    world.board.add(last, Fiber::Last);
                    world.board.ready(last, Wake::Again);
                }
            }
        });
        None
    }

    fn carry(&self, number: u16) {
        let mut state = self.board.look();
        loop {
            let (task, fiber, _) = self.board.next(state, number);
            let Fiber::At(at) = fiber else {
                return;
            };
            state = match self.resume(task, at) {
                Some(fiber) => self.board.put_away(task, fiber),
                None => self.board.look(),
            };
        }
    }
}

/// Tries threads on carriers under many schedules, with a gate and without.
fn explore(threads: Threads, programs: &[&[Step]]) {
    for gate in [Gate::One, Gate::None] {
        let programs: Vec<_> = programs.iter().map(|program| program.to_vec()).collect();
        let run = move || {
            let count = programs.len();
            let steps = programs.iter().map(Vec::len).sum::<usize>();
            let board = Board::new(threads, count + 8).expect("user-level threads");
            let world = Arc::new(World {
                board,
                gate: (gate, Mutex::new(())),
                semaphore: Mutex::default(),
                programs: programs.clone(),
                left: AtomicUsize::new(count),
                taken: AtomicUsize::new(0),
            });
            let carriers: Vec<_> = (0..world.board.carriers())
                .map(|number| {
                    let world = Arc::clone(&world);
                    thread::spawn(move || world.carry(number))
                })
                .collect();
            for task in (0..count).map(TaskId::from_index) {
                world.board.add(task, Fiber::At(0));
                world.inside(|world| world.board.ready(task, Wake::Again));
            }
            for carrier in carriers {
                carrier.join().expect("a carrier ends");
            }
            assert_eq!(world.taken.load(Ordering::SeqCst), steps);
            assert_eq!(world.left.load(Ordering::SeqCst), 0);
        };
        shuttle::check_pct(run.clone(), SCHEDULES, CHANGES);
        shuttle::check_random(run, SCHEDULES);
    }
}

const TWO: Threads = Threads::Hybrid { kernel_threads: 2 };
const THREE: Threads = Threads::Hybrid { kernel_threads: 3 };

#[test]
fn no_carrier_sleeps_while_somebody_has_taken_it() {
    use Step::{Down, Up, Yield};
    let turns: &[&[Step]] = &[&[Up, Down, Yield], &[Down, Up], &[Yield, Up, Down, Up]];
    for threads in [Threads::User, TWO, THREE] {
        explore(threads, turns);
    }
}

#[test]
fn a_thread_that_is_woken_before_it_has_left_its_carrier_goes_on_elsewhere() {
    use Step::{Down, Up, Yield};
    // Each waits at once, and is woken by the next one.
    let chain: &[&[Step]] = &[&[Down, Up], &[Down, Up], &[Down, Up, Yield], &[Up]];
    for threads in [Threads::User, TWO, THREE] {
        explore(threads, chain);
    }
}
