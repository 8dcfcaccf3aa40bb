//! What holds of going back and forth in a run, and of making it again.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use sim_core::event::EventKind;
use sim_core::machine::Machine;
use sim_core::rules::{self, Next};
use sim_core::run::{Deviations, Runner};
use sim_core::trace::{Cursor, Granularity, Spacing};

use crate::scripts::{World, all_worlds};
use crate::worlds::{deviations, hold, play, played};

#[test]
fn steps_make_the_run() {
    hold(2_000, all_worlds(), |World(code)| {
        let trace = play(&code);
        let mut cursor = Cursor::new(Arc::clone(&trace));
        let mut machine = trace.start().clone();
        for event in trace.events() {
            machine.apply(&code, event).unwrap();
            prop_assert!(cursor.forward(Granularity::Event));
            prop_assert_eq!(cursor.machine(), &machine);
            prop_assert_eq!(cursor.event(), Some(event));
        }
        prop_assert!(!cursor.forward(Granularity::Event));
        Ok(())
    });
}

/// The loop that makes runs carries out much of them with less looking than a replay does.
#[test]
fn the_machine_that_made_a_run_is_the_one_that_replays_it() {
    hold(6_000, all_worlds(), |World(code)| {
        let mut runner = Runner::new(Arc::new(code.clone()), Deviations::new());
        let mut replayed = Machine::new(&code);
        let outcome = loop {
            if let Some(outcome) = runner.advance(u64::MAX) {
                break outcome;
            }
        };
        let made = runner.machine().clone();
        for event in runner.finish(outcome).events() {
            replayed.apply(&code, event).unwrap();
        }
        prop_assert_eq!(made, replayed);
        Ok(())
    });
}

#[test]
fn a_step_back_undoes_a_step() {
    hold(1_200, all_worlds(), |World(code)| {
        let trace = Arc::new(play(&code).respaced(Spacing::Events(7)));
        for by in [Granularity::Event, Granularity::Switch] {
            let mut cursor = Cursor::new(Arc::clone(&trace));
            loop {
                let (position, digest) = (cursor.position(), cursor.machine().digest());
                if !cursor.forward(by) {
                    break;
                }
                let ahead = cursor.position();
                prop_assert!(cursor.back(by));
                prop_assert_eq!(
                    (cursor.position(), cursor.machine().digest()),
                    (position, digest)
                );
                cursor.forward(by);
                prop_assert_eq!(cursor.position(), ahead);
            }
            prop_assert_eq!(cursor.position(), trace.len());
            let mut steps = 0;
            while cursor.back(by) {
                steps += 1;
                prop_assert!(steps <= trace.len());
            }
            prop_assert_eq!(cursor.position(), 0);
            prop_assert!(!cursor.back(by));
            prop_assert_eq!(cursor.machine(), trace.start());
        }
        Ok(())
    });
}

#[test]
fn seeking_is_replaying_whatever_the_checkpoints() {
    let places = vec(any::<prop::sample::Index>(), 1..12);
    hold(
        1_200,
        (all_worlds(), places, 1..20_usize),
        |(World(code), places, spacing)| {
            let trace = play(&code);
            let mut machines = vec![trace.start().clone()];
            for event in trace.events() {
                let mut next = machines[machines.len() - 1].clone();
                next.apply(&code, event).unwrap();
                machines.push(next);
            }
            let other = Arc::new(trace.respaced(Spacing::Events(spacing)));
            prop_assert_eq!(other.events(), trace.events());
            prop_assert_eq!(
                (other.outcome(), other.end()),
                (trace.outcome(), trace.end())
            );
            let mut cursors = [Cursor::new(trace), Cursor::new(other)];
            for place in places {
                let place = place.index(machines.len());
                for cursor in &mut cursors {
                    cursor.seek(place);
                    prop_assert_eq!(cursor.machine(), &machines[place]);
                }
                let now = machines[place].now;
                for cursor in &mut cursors {
                    cursor.seek_time(now);
                    prop_assert!(cursor.position() >= place);
                    prop_assert_eq!(cursor.machine().now, now);
                }
            }
            Ok(())
        },
    );
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    hold(
        1_200,
        (all_worlds(), deviations(), 1..50_u64),
        |(World(code), deviations, slice)| {
            let code = Arc::new(code);
            let first = played(&code, deviations.clone());
            let second = played(&code, deviations.clone());
            prop_assert_eq!(first.events(), second.events());
            let bytes = |machine: &Machine| postcard::to_stdvec(machine).unwrap();
            prop_assert_eq!(bytes(&first.last()), bytes(&second.last()));
            prop_assert_eq!(first.last().digest(), second.last().digest());
            let read: Machine = postcard::from_bytes(&bytes(&first.last())).unwrap();
            prop_assert_eq!(read, first.last());

            // In pieces, as a page makes it.
            let mut runner = Runner::new(code, deviations);
            let outcome = loop {
                if let Some(outcome) = runner.advance(slice) {
                    break outcome;
                }
            };
            let pieces = runner.finish(outcome);
            prop_assert_eq!(pieces.events(), first.events());
            prop_assert_eq!(
                (pieces.outcome(), pieces.end()),
                (first.outcome(), first.end())
            );
            Ok(())
        },
    );
}

#[test]
fn the_choices_of_a_run_make_the_run_again() {
    hold(
        1_200,
        (all_worlds(), deviations()),
        |(World(code), deviations)| {
            let code = Arc::new(code);
            let trace = played(&code, deviations.clone());
            let mut machine = trace.start().clone();
            let mut choices = Deviations::new();
            for event in trace.events() {
                let next = rules::next(&code, &machine);
                let decision = machine.decisions;
                let before = machine.clone();
                machine.apply(&code, event).unwrap();
                match (next, event.kind) {
                    (
                        Next::Choice(choice),
                        EventKind::Dispatched { task, .. }
                        | EventKind::Woken { task }
                        | EventKind::HandedOver { task, .. },
                    ) => {
                        prop_assert_eq!(choice.take(&before, task), *event);
                        prop_assert_eq!(machine.decisions, decision + 1);
                        if let Some(wanted) = deviations.get(&decision) {
                            let was_open = choice.allows(&before, *wanted);
                            prop_assert!(
                                *wanted == task || !was_open,
                                "{wanted:?} was passed over"
                            );
                        }
                        choices.insert(decision, task);
                    }
                    (Next::Forced(forced), _) => {
                        prop_assert_eq!(forced, *event);
                        prop_assert_eq!(machine.decisions, decision);
                    }
                    (next, _) => prop_assert!(false, "{:?} came after {:?}", event, next),
                }
            }
            let again = played(&code, choices);
            prop_assert_eq!(again.events(), trace.events());
            prop_assert_eq!(again.last(), trace.last());
            Ok(())
        },
    );
}
