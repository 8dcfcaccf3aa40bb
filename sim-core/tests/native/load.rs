//! Each primitive under load: thousands of operations by many threads, recorded and not.

use sim_core::run::Outcome;

use super::{lines, run_both};

/// A script in which `inside` is checked by who holds something alone.
fn exclusive(declaration: &str, acquire: &str, release: &str) -> String {
    format!(
        "{declaration}
shared inside = 0
shared total = 0
task worker × 16
  repeat 100
    {acquire}
    let i = load inside
    assert i == 0
    store inside = 1
    let t = load total
    store total = t + 1
    store inside = 0
    {release}
"
    )
}

#[test]
fn locks_are_held_by_one_at_a_time_and_no_waiter_is_forgotten() {
    for (declaration, acquire, release) in [
        ("lock m", "acquire m", "release m"),
        ("lock m handover", "acquire m", "release m"),
        ("rlock m", "acquire m", "release m"),
        ("semaphore m = 1", "acquire m", "release m"),
        ("rwlock m prefer readers", "acquire write m", "release m"),
        ("rwlock m prefer writers", "acquire write m", "release m"),
        ("rwlock m prefer fair", "acquire write m", "release m"),
    ] {
        for run in run_both(&exclusive(declaration, acquire, release)) {
            assert_eq!(run.outcome, Outcome::Finished, "{declaration}");
            assert_eq!(run.memory, [0, 1_600], "{declaration}");
        }
    }
}

#[test]
fn a_semaphore_lets_no_more_in_than_it_has_places() {
    for run in run_both(
        "semaphore s = 3
shared inside = 0
shared most = 0
task worker × 16
  repeat 100
    acquire s
    let before = fetch_add inside, 1
    assert before < 3
    fetch_add inside, 0 - 1
    release s
    fetch_add most, 1
",
    ) {
        assert_eq!(run.outcome, Outcome::Finished);
        assert_eq!(run.memory, [0, 1_600]);
    }
}

#[test]
fn readers_may_be_many_and_writers_are_alone() {
    for preference in ["readers", "writers", "fair"] {
        let script = format!(
            "rwlock w prefer {preference}
shared readers = 0
shared writers = 0
shared finished = 0
task reader × 8
  repeat 60
    acquire read w
    fetch_add readers, 1
    let n = load writers
    assert n == 0
    fetch_add readers, 0 - 1
    release w
    fetch_add finished, 1
task writer × 4
  repeat 60
    acquire write w
    let n = fetch_add writers, 1
    assert n == 0
    let r = load readers
    assert r == 0
    fetch_add writers, 0 - 1
    release w
    fetch_add finished, 1
"
        );
        for run in run_both(&script) {
            assert_eq!(run.outcome, Outcome::Finished, "{preference}");
            assert_eq!(run.memory, [0, 0, 720], "{preference}");
        }
    }
}

#[test]
fn no_item_of_a_queue_is_lost_or_taken_twice() {
    for order in ["", "lifo", "priority"] {
        let script = format!(
            "queue q max 3 {order}
shared sum = 0
shared taken = 0
task producer × 6
  let n = 0
  repeat 200
    n = n + 1
    put q, n
task consumer × 6
  repeat 200
    let n = get q
    fetch_add sum, n
    fetch_add taken, 1
    done q
task boss
  sleep 1
  join q
"
        );
        for run in run_both(&script) {
            assert_eq!(run.outcome, Outcome::Finished, "{order}");
            // 6 × (1 + 2 + … + 200).
            assert_eq!(run.memory, [120_600, 1_200], "{order}");
        }
    }
}

#[test]
fn notifications_reach_who_waits() {
    for run in run_both(
        "lock m
condition c of m
shared tokens = 0
shared taken = 0
task giver × 4
  repeat 200
    acquire m
    let t = load tokens
    store tokens = t + 1
    notify c
    release m
task taker × 4
  repeat 200
    acquire m
    let t = load tokens
    while t == 0
      wait c
      t = load tokens
    store tokens = t - 1
    release m
    fetch_add taken, 1
",
    ) {
        assert_eq!(run.outcome, Outcome::Finished);
        assert_eq!(run.memory, [0, 800]);
    }
}

#[test]
fn nobody_leaves_a_barrier_before_all_have_come() {
    for run in run_both(
        "barrier b = 8
shared come = 0
task runner × 8
  let round = 0
  repeat 60
    round = round + 1
    fetch_add come, 1
    wait b
    let n = load come
    assert n >= round * 8
    wait b
",
    ) {
        assert_eq!(run.outcome, Outcome::Finished);
        assert_eq!(run.memory, [480]);
    }
}

#[test]
fn read_modify_write_loses_nothing_and_a_swap_takes_a_lock_once() {
    for run in run_both(
        "shared count = 0
shared locked = 0
shared inside = 0
shared counted = 0
task worker × 4
  repeat 200
    fetch_add count, 1
    let is_in = 0
    while not is_in
      let v = load counted
      is_in = cas counted, v, v + 1
    let was = swap locked, 1
    while was
      yield
      was = swap locked, 1
    let i = load inside
    assert i == 0
    store inside = 1
    store inside = 0
    store locked = 0
",
    ) {
        assert_eq!(run.outcome, Outcome::Finished);
        assert_eq!(run.memory, [800, 0, 0, 800]);
    }
}

#[test]
fn timed_waiters_and_those_that_wake_them_never_lose_a_place() {
    // Time limits of about as long as the waits are: both ways out are taken.
    for run in run_both(
        "semaphore s = 2
shared inside = 0
shared got = 0
shared missed = 0
task worker × 12
  repeat 100
    let ok = acquire s timeout 20
    if ok
      let n = fetch_add inside, 1
      assert n < 2
      compute 3
      fetch_add inside, 0 - 1
      release s
      fetch_add got, 1
    else
      fetch_add missed, 1
task last
  sleep 10
  print \"here\"
",
    ) {
        assert_eq!(run.outcome, Outcome::Finished);
        assert_eq!(run.memory[0], 0);
        assert_eq!(run.memory[1] + run.memory[2], 1_200);
        assert_eq!(lines(&run), ["here"]);
    }
}

#[test]
fn an_update_without_a_lock_is_lost_only_where_that_is_legal() {
    for run in run_both(
        "shared count = 0
task worker × 4
  repeat 2000
    let n = load count
    store count = n + 1
",
    ) {
        assert_eq!(run.outcome, Outcome::Finished);
        // At least what one of them added alone while the others' stores came in between.
        assert!((2..=8_000).contains(&run.memory[0]), "{:?}", run.memory);
    }
}

#[test]
fn a_thousand_tasks_are_a_thousand_threads() {
    for run in run_both(
        "event go
shared come = 0
task runner × 1000
  wait go
  fetch_add come, 1
task starter
  set go
",
    ) {
        assert_eq!(run.outcome, Outcome::Finished);
        assert_eq!(run.memory, [1_000]);
    }
}
