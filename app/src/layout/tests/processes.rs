//! Processes that are made while a program runs: their tokens, their zombies, their copies of memory.

use super::check::{check, check_boxes};
use super::script::{STAGES, script};
use super::*;

/// Two children: one a zombie until it is waited for, the other leaves an orphan behind.
pub(in super::super::super) const FAMILY: &str = "shared counter = 10\npipe results max 4\n\
    task parent\n  let a = fork\n  if a == 0\n    store counter = 15\n    send results, 15\n    exit 3\n\
    \x20 let b = fork\n  if b == 0\n    let c = fork\n    if c == 0\n      compute 14\n      exit 0\n\
    \x20   compute 3\n    exit 0\n\
    \x20 compute 9\n  let p, status = waitpid a\n  let q, other = waitpid b\n  let v = receive results\n\
    \x20 compute 2\n";

/// So many children that hold locks, and are reaped late.
fn crowd_of(children: usize) -> String {
    format!(
        "shared total = 0\nshared own[3] = 0\nlock guard\n\
        def work(n)\n  acquire guard\n  store own[0] = n\n  compute 1\n  release guard\n  exit n % 4\n\
        task server\n  let i = 0\n  while i < {children}\n    let p = fork\n    if p == 0\n      work(i)\n\
        \x20   i = i + 1\n  i = 0\n  while i < {children}\n    let p, s = waitpid\n    i = i + 1\n"
    )
}

#[test]
fn every_task_that_is_made_has_a_place_and_no_other() {
    let programs = [FAMILY.to_owned(), crowd_of(3), crowd_of(30)];
    for trace in programs.iter().map(|text| script(text, &[])) {
        let census = Census::new(&trace);
        for viewport in STAGES {
            let plan = Plan::new(trace.code(), &census, viewport);
            check_boxes(&plan);
            for (cursor, layout) in layouts(&trace, &plan, 24) {
                check(cursor.trace().code(), &plan, cursor.machine(), &layout);
            }
        }
    }
}

#[test]
fn zombies_stand_apart_from_those_that_are_gone() {
    let trace = script(FAMILY, &[]);
    let census = Census::new(&trace);
    let plan = Plan::new(trace.code(), &census, SCREEN);
    assert_eq!(census.zombies, 2);
    let mut seen = 0;
    for (cursor, layout) in layouts(&trace, &plan, trace.len()) {
        for token in &layout.tokens {
            let state = cursor.machine().task(token.task).state;
            assert_eq!(token.zone == Zone::Zombies, state == State::Zombie);
            seen += usize::from(token.zone == Zone::Zombies);
        }
    }
    assert!(seen > 5, "{seen}");
    // Where nobody is a zombie for longer than it takes to reap it, there is no such place.
    let trace = script(
        "task a\n  let p = spawn f(1)\n  compute 9\ndef f(n)\n  compute 20\n",
        &[],
    );
    assert_eq!(Census::new(&trace).zombies, 0);
}

#[test]
fn each_process_has_a_room_for_its_memory() {
    let trace = script(FAMILY, &[]);
    let census = Census::new(&trace);
    assert_eq!(census.copies, [Some(0), Some(0), Some(2)]);
    for viewport in STAGES {
        let plan = Plan::new(trace.code(), &census, viewport);
        let Some(memory) = plan.memory else { continue };
        let words: Vec<_> = memory
            .cells
            .iter()
            .map(|cell| cell.variable.index())
            .collect();
        let rooms = memory.copies.len();
        assert_eq!(words, (0..rooms).collect::<Vec<_>>(), "{viewport:?}");
        assert_eq!(rooms < 4, memory.hidden > 0);
    }
}

#[test]
fn rooms_are_taken_in_turns_and_no_process_moves() {
    let trace = script(&crowd_of(30), &[]);
    let census = Census::new(&trace);
    let memory = Plan::new(trace.code(), &census, SCREEN).memory.unwrap();
    let rooms = memory.copies.len();
    assert!((3..31).contains(&rooms), "{rooms}");
    let mut room_of = [None; 31];
    for made in 1..=31 {
        let shown = memory.shown(made, |copy| copy + 4 > made);
        assert_eq!(shown[0], Some(0), "the first process's own is always there");
        for (room, copy) in shown.iter().enumerate() {
            let Some(copy) = *copy else { continue };
            assert!(copy < made);
            assert!(*room_of[copy].get_or_insert(room) == room);
        }
        let newest = made - 1;
        assert!(shown.contains(&Some(newest)), "{newest} of {shown:?}");
    }
}

#[test]
fn only_copies_of_objects_at_which_something_happens_have_boxes() {
    let trace = script(&crowd_of(30), &[]);
    let plan = Plan::new(trace.code(), &Census::new(&trace), SCREEN);
    assert_eq!((plan.objects.len(), plan.hidden_objects), (1, 0));
    // The lock was held as the process was copied, by a thread that the copy does not have.
    let trap = "lock m\ndef hold()\n  acquire m\n  compute 9\n  release m\n\
        task main\n  let t = thread hold()\n  compute 5\n  let p = fork\n  if p == 0\n    acquire m\n  join t\n";
    let trace = script(trap, &[("slice", "2")]);
    let plan = Plan::new(trace.code(), &Census::new(&trace), SCREEN);
    assert_eq!(plan.objects.len(), 2);
    assert!(plan.joining.is_some());
}
