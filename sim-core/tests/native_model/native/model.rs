//! Threads that ask one object, as `native/sync.rs` does without recording: attempt, wait in line,
//! attempt again; give up by leaving the line, unless somebody has taken one out of it meanwhile.

use shuttle::sync::Arc;
use shuttle::sync::atomic::{AtomicI64, Ordering};
use shuttle::thread;

use super::objects::{Answer, Asker, Lock, Object, Primitive, Woken, want};
use super::park::{Parker, Patience, Waiter, Wake, lock};
use crate::call::{Reply, Request};
use crate::ids::TaskId;
use crate::program::script::{Handover, ObjectKind, Preference, QueueOrder};

/// How many schedules are tried of each kind.
const SCHEDULES: usize = 400;
/// How many changes of priorities a schedule has (Burckhardt and others, 2010).
const CHANGES: usize = 3;

/// An object, and where those sleep who ask it.
struct World {
    object: Object,
    parkers: Vec<Parker>,
    /// How many are in what only so many may be in, and what was counted.
    inside: AtomicI64,
    counted: AtomicI64,
}

impl World {
    fn new(kind: ObjectKind, tasks: usize) -> Arc<Self> {
        Arc::new(Self {
            object: Object::new(&kind),
            parkers: (0..tasks).map(|_| Parker::default()).collect(),
            inside: AtomicI64::new(0),
            counted: AtomicI64::new(0),
        })
    }

    fn with<T>(&self, what: impl FnOnce(&mut dyn Primitive) -> T) -> T {
        match &self.object {
            Object::Lock(state) => what(&mut *lock(state)),
            Object::Other(state) => what(&mut **lock(state)),
            Object::Condition(_) | Object::Watch => panic!("no object of this test"),
        }
    }

    fn wake(&self, woken: Woken) {
        for (waiter, why) in woken {
            self.parkers[waiter.task.index()].wake(why);
        }
    }

    /// Asks until it is granted; who is impatient gives up as soon as it has waited at all.
    fn ask(&self, task: usize, request: Request, operand: i64, patience: Patience) -> Reply {
        let task = TaskId::from_index(task);
        let asker = Asker {
            task,
            operand,
            times: 1,
        };
        loop {
            let mut woken = Woken::new();
            let answer = self.with(|primitive| {
                let answer = primitive.ask(asker, request, &mut woken);
                if answer == Answer::NotNow {
                    primitive.line().join(Waiter {
                        task,
                        want: want(request),
                        patience,
                    });
                }
                answer
            });
            self.wake(woken);
            match answer {
                Answer::Granted(value) => return Reply::of(value),
                Answer::Fault(fault) => panic!("{fault:?}"),
                Answer::NotNow => {}
            }
            let parker = &self.parkers[task.index()];
            let wake = if patience == Patience::Limited {
                thread::yield_now();
                let mut woken = Woken::new();
                let has_left = self.with(|primitive| {
                    let has_left = primitive.line().leave(task);
                    if has_left {
                        primitive.was_left(&mut woken);
                    }
                    has_left
                });
                self.wake(woken);
                if has_left {
                    return Reply::REFUSED;
                }
                parker.sleep()
            } else {
                parker.sleep()
            };
            if let Wake::Given(reply) = wake {
                return reply;
            }
        }
    }

    fn enter(&self, most: i64) {
        let before = self.inside.fetch_add(1, Ordering::SeqCst);
        assert!(before < most, "{before} are inside, of at most {most}");
        thread::yield_now();
        self.inside.fetch_sub(1, Ordering::SeqCst);
        self.counted.fetch_add(1, Ordering::SeqCst);
    }
}

/// Tries a body for each of some tasks under many schedules.
fn explore(kind: ObjectKind, tasks: usize, body: fn(&World, usize), end: fn(&World)) {
    let run = move || {
        let world = World::new(kind, tasks);
        let threads: Vec<_> = (0..tasks)
            .map(|task| {
                let world = Arc::clone(&world);
                thread::spawn(move || body(&world, task))
            })
            .collect();
        for thread in threads {
            thread.join().expect("it does not fail");
        }
        end(&world);
    };
    shuttle::check_random(run, SCHEDULES);
    shuttle::check_pct(run, SCHEDULES, CHANGES);
}

const ENDLESS: Patience = Patience::Endless;

#[test]
fn a_lock_is_held_by_one_and_nobody_waits_for_ever() {
    let locks = [
        ObjectKind::Lock {
            handover: Handover::Barging,
        },
        ObjectKind::Lock {
            handover: Handover::HandOver,
        },
        ObjectKind::RecursiveLock,
        ObjectKind::Semaphore {
            initial: 1,
            maximum: Some(1),
        },
    ];
    for kind in locks {
        let body = |world: &World, task: usize| {
            // One of them gives up when it has to wait.
            let patience = match task {
                0 => Patience::Limited,
                _ => ENDLESS,
            };
            for _ in 0..3 {
                if world.ask(task, Request::Acquire, 0, patience).granted {
                    world.enter(1);
                    world.ask(task, Request::Release, 1, ENDLESS);
                }
            }
        };
        explore(kind, 3, body, |world| {
            assert!(world.counted.load(Ordering::SeqCst) >= 6);
        });
    }
}

#[test]
fn a_semaphore_wakes_as_many_as_it_has_places() {
    let kind = ObjectKind::Semaphore {
        initial: 0,
        maximum: None,
    };
    let body = |world: &World, task: usize| {
        if task == 0 {
            world.ask(task, Request::Release, 2, ENDLESS);
            world.ask(task, Request::Release, 1, ENDLESS);
        } else {
            world.ask(task, Request::Acquire, 0, ENDLESS);
            world.counted.fetch_add(1, Ordering::SeqCst);
        }
    };
    explore(kind, 4, body, |world| {
        assert_eq!(world.counted.load(Ordering::SeqCst), 3);
    });
}

#[test]
fn readers_and_writers_never_meet_and_all_come_in() {
    for preference in [Preference::Readers, Preference::Writers, Preference::Fair] {
        let body = |world: &World, task: usize| {
            for _ in 0..2 {
                if task < 2 {
                    world.ask(task, Request::AcquireShared, 0, ENDLESS);
                    // Readers count as one each, a writer as all.
                    world.enter(2);
                } else {
                    // The last of the writers gives up when it has to wait.
                    let patience = match task {
                        3 => Patience::Limited,
                        _ => ENDLESS,
                    };
                    if !world.ask(task, Request::Acquire, 0, patience).granted {
                        continue;
                    }
                    world.enter(1);
                }
                world.ask(task, Request::Release, 0, ENDLESS);
            }
        };
        explore(ObjectKind::ReadersWriter { preference }, 4, body, |world| {
            assert!(world.counted.load(Ordering::SeqCst) >= 6);
        });
    }
}

#[test]
fn a_queue_loses_no_item_and_no_waiter() {
    for order in [QueueOrder::Fifo, QueueOrder::Lifo, QueueOrder::Priority] {
        let kind = ObjectKind::Queue {
            capacity: Some(1),
            order,
        };
        let body = |world: &World, task: usize| match task {
            0 | 1 => {
                for item in 1..=3 {
                    world.ask(task, Request::Put, item, ENDLESS);
                }
            }
            2 | 3 => {
                for _ in 0..3 {
                    let item = world.ask(task, Request::Get, 0, ENDLESS).value;
                    world.counted.fetch_add(item, Ordering::SeqCst);
                    world.ask(task, Request::TaskDone, 0, ENDLESS);
                }
            }
            _ => {
                world.ask(task, Request::JoinQueue, 0, ENDLESS);
            }
        };
        explore(kind, 5, body, |world| {
            assert_eq!(world.counted.load(Ordering::SeqCst), 12);
        });
    }
}

#[test]
fn a_barrier_opens_when_all_have_come_and_closes_behind_them() {
    let body = |world: &World, task: usize| {
        for round in 1..=3 {
            world.counted.fetch_add(1, Ordering::SeqCst);
            world.ask(task, Request::Arrive, 0, ENDLESS);
            assert!(world.counted.load(Ordering::SeqCst) >= 3 * round);
        }
    };
    explore(ObjectKind::Barrier { parties: 3 }, 3, body, |world| {
        assert_eq!(world.counted.load(Ordering::SeqCst), 9);
    });
}

#[test]
fn an_event_that_is_set_lets_everybody_on() {
    let body = |world: &World, task: usize| {
        if task == 0 {
            world.ask(task, Request::Set, 0, ENDLESS);
        } else {
            world.ask(task, Request::WaitSet, 0, ENDLESS);
        }
    };
    explore(ObjectKind::Event, 4, body, |_| {});
}
