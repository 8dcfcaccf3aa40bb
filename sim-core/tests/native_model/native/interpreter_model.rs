//! Threads that share an interpreter lock: they look whether they are asked to drop it, and block now and then.

use std::cell::Cell;
use std::sync::Arc;

use shuttle::rand::{Rng, thread_rng};
use shuttle::sync::atomic::{AtomicUsize, Ordering};
use shuttle::thread;

use super::actor::Actor;
use super::interpreter::Interpreter;
use super::park::lock;
use super::world::World;
use crate::call::DropReason;
use crate::event::EventKind;
use crate::ids::TaskId;
use crate::program::{Dialect, InterpreterConfig};
use crate::time::Span;

/// How many schedules are tried.
const SCHEDULES: usize = 1_000;
const THREADS: usize = 3;
/// How often each comes to a place at which it looks.
const ROUNDS: usize = 3;

fn run(interval: Span) -> Vec<EventKind> {
    let world = Arc::new(World::new(THREADS));
    let interpreter = Arc::new(Interpreter::new(InterpreterConfig {
        dialect: Dialect::AnyInstruction,
        interval,
    }));
    let inside = Arc::new(AtomicUsize::new(0));
    let threads: Vec<_> = (0..THREADS)
        .map(|task| {
            let (world, interpreter) = (Arc::clone(&world), Arc::clone(&interpreter));
            let inside = Arc::clone(&inside);
            thread::spawn(move || {
                let actor = Actor {
                    world,
                    task: TaskId::from_index(task),
                    holds_interpreter: Cell::new(false),
                };
                for _ in 0..ROUNDS {
                    interpreter.take(&actor).expect("the lock");
                    let others = inside.fetch_add(1, Ordering::SeqCst);
                    assert_eq!(others, 0, "nobody else is in the interpreter");
                    thread::yield_now();
                    inside.fetch_sub(1, Ordering::SeqCst);
                    if interpreter.is_asked_for() {
                        interpreter.drop_if_asked(&actor).expect("the lock");
                    }
                    if thread_rng().gen_bool(0.5) {
                        let mut entry = actor.world.enter().expect("the gate");
                        interpreter.leave(&actor, &mut entry);
                    }
                }
                let mut entry = actor.world.enter().expect("the gate");
                interpreter.leave(&actor, &mut entry);
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("it ends");
    }
    lock(&world.record).clone()
}

/// One holds it at a time, and who was made to drop it has it again only after another one.
fn check(record: &[EventKind]) {
    let (mut holder, mut forced) = (None, None);
    for kind in record {
        match *kind {
            EventKind::InterpreterTaken { task } => {
                assert_eq!(holder, None, "{record:?}");
                assert_ne!(forced, Some(task), "{record:?}");
                (holder, forced) = (Some(task), None);
            }
            EventKind::InterpreterDropped { task, reason } => {
                assert_eq!(holder, Some(task), "{record:?}");
                holder = None;
                forced = (reason == DropReason::Requested).then_some(task);
            }
            _ => {}
        }
    }
    assert_eq!(holder, None);
}

/// A wake-up that is lost is a deadlock, which the checker reports.
#[test]
fn the_interpreter_lock_has_one_holder_and_loses_no_wake_up() {
    let requests = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let seen = Arc::clone(&requests);
    let explored = move || {
        // An interval that is over at once, or never.
        let interval = Span(u64::from(thread_rng().gen_bool(0.3)));
        let record = run(interval);
        check(&record);
        let was_made = |kind: &EventKind| {
            let reason = DropReason::Requested;
            matches!(kind, EventKind::InterpreterDropped { reason: other, .. } if *other == reason)
        };
        let made = record.iter().filter(|kind| was_made(kind)).count();
        seen.fetch_add(made, Ordering::SeqCst);
    };
    shuttle::check_random(explored, SCHEDULES);
    assert!(requests.load(Ordering::SeqCst) > 0, "somebody was asked");
}
