//! Scripts: synchronisation objects, those who wait at them, and the machines to try that with.

use sim_core::ids::CpuId;
use sim_core::machine::{Mode, ObjectState};
use sim_core::program::script::ObjectKind;
use sim_core::time::Time;

use super::edges::{PHILOSOPHERS, check_edges};
use super::*;

/// From the smallest of several runs side by side to a projector, and phones.
pub(super) const STAGES: [Size; 10] = [
    size(253.0, 198.0),
    size(381.0, 243.0),
    size(386.0, 308.0),
    size(390.0, 560.0),
    size(390.0, 700.0),
    size(570.0, 340.0),
    size(760.0, 420.0),
    SCREEN,
    size(700.0, 800.0),
    size(1900.0, 800.0),
];

pub(super) const fn size(width: f32, height: f32) -> Size {
    Size { width, height }
}

pub(super) fn script(text: &str, settings: &[(&str, &str)]) -> Arc<Trace> {
    run_of(&Workload::from_script("a.script", text).unwrap(), settings)
}

/// A program whose tasks do nothing.
pub(super) fn code(declarations: &str, tasks: usize, settings: &[(&str, &str)]) -> Arc<Code> {
    let text = format!("{declarations}task t × {tasks}\n  compute 1\n");
    Arc::clone(script(&text, settings).code())
}

/// Objects of all kinds, one after the other; some of them arrays.
pub(super) fn objects(number: usize) -> String {
    let kinds = [
        "lock l",
        "rlock r",
        "semaphore s",
        "condition c",
        "event e",
        "barrier b",
        "rwlock rw",
        "queue q",
    ];
    let mut text = "lock m\n".to_owned();
    for place in 1..number {
        let kind = kinds[place % kinds.len()];
        let end = match place % kinds.len() {
            2 => " = 3",
            3 => " of m",
            5 => " = 4",
            7 => " max 5",
            _ => "",
        };
        text += &format!("{kind}{place}{end}\n");
    }
    text
}

/// A machine built by hand: each task is where a number says. The others are on CPUs, as far as
/// there are any, or done.
pub(super) fn crowd(code: &Code, places: &[usize]) -> Machine {
    let mut machine = Machine::new(code);
    let objects = machine.objects.len();
    let mut cpus = (0..machine.cpus.len()).map(CpuId::from_index);
    for (index, place) in places.iter().enumerate() {
        let task = TaskId::from_index(index);
        let state = if *place < objects {
            machine.objects[*place].waiting.push_back(task);
            State::Blocked(Reason::Object(ObjectId::from_index(*place)))
        } else if let Some(cpu) = cpus.next() {
            machine.cpus[cpu.index()].mode = Mode::User(task);
            State::Running(cpu)
        } else {
            machine.tasks[index].accounting.completion = Some(Time(index as u64));
            State::Exited
        };
        machine.tasks[index].state = state;
    }
    machine
}

/// How crowded the places of a machine are.
pub(super) fn census(machine: &Machine) -> Census {
    let is = |state| {
        machine
            .tasks
            .iter()
            .filter(|task| task.state == state)
            .count()
    };
    Census {
        objects: machine
            .objects
            .iter()
            .map(|object| object.waiting.len())
            .collect(),
        done: is(State::Exited),
        levels: 1,
        ..Census::default()
    }
}

/// Makes a task hold a lock.
pub(super) fn hold(machine: &mut Machine, object: usize, task: TaskId) {
    match &mut machine.objects[object].state {
        ObjectState::Lock { owner } | ObjectState::RecursiveLock { owner, .. } => {
            *owner = Some(task);
        }
        ObjectState::ReadersWriter { readers, .. } => readers.push(task),
        _ => {}
    }
}

pub(super) fn check_all(code: &Code, machine: &Machine, viewport: Size) -> Plan {
    let plan = Plan::new(code, &census(machine), viewport);
    check_boxes(&plan);
    let layout = Layout::new(&plan, code, machine);
    check(code, &plan, machine, &layout);
    check_edges(&plan, machine, &layout);
    // It was not forced into the stage.
    if plan.scale.token.height > 18.0 {
        assert!(!lacks_slots(&plan, machine), "{viewport:?}");
        assert_eq!(plan.hidden_objects > 0, plan.other_objects.is_some());
    }
    plan
}

#[test]
fn any_number_of_objects_and_tasks_on_any_stage() {
    for number in [1, 2, 3, 5, 8, 13, 24, 40, 64] {
        for tasks in [1, 2, 6, 15, 50, 200] {
            let code = code(&objects(number), tasks, &[("cpus", "2")]);
            // Some of them at the first object, the others at all.
            let places: Vec<_> = (0..tasks)
                .map(|task| {
                    if task % 3 == 0 {
                        0
                    } else {
                        task * 7 % (number + 3)
                    }
                })
                .collect();
            let mut machine = crowd(&code, &places);
            for object in 0..number {
                hold(&mut machine, object, TaskId::from_index(object * 5 % tasks));
            }
            for viewport in STAGES {
                let plan = check_all(&code, &machine, viewport);
                for (object, entry) in machine.objects.iter().enumerate() {
                    let slots = object_slots(&plan, ObjectId::from_index(object));
                    assert!(entry.waiting.is_empty() || slots.capacity() > 0);
                }
                assert!(plan.ready.grid.capacity() > 0);
                if plan.arrangement != Arrangement::Stacked {
                    assert!(plan.new.grid.capacity() > 0, "{viewport:?}");
                    assert!(plan.done.grid.capacity() > 0, "{viewport:?}");
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn crowds_built_by_hand(
        number in 1_usize..65,
        places in prop::collection::vec(0_usize..70, 1..201),
        holders in prop::collection::vec((0_usize..64, 0_usize..200), 0..40),
        words in prop::collection::vec((1_u16..40, prop::bool::ANY), 0..12),
        cpus in prop::sample::select(vec!["1", "2", "5", "16"]),
        width in 240.0_f32..2000.0,
        height in 190.0_f32..1300.0,
    ) {
        let mut text = objects(number);
        for (place, (words, is_array)) in words.iter().enumerate() {
            text += &match is_array {
                true => format!("shared array{place}[{words}] = 0\n"),
                false => format!("shared v{place} = 0\n"),
            };
        }
        let code = code(&text, places.len(), &[("cpus", cpus)]);
        let mut machine = crowd(&code, &places);
        for (object, task) in holders {
            let task = TaskId::from_index(task % places.len());
            hold(&mut machine, object % number, task);
        }
        check_all(&code, &machine, Size { width, height });
    }

    #[test]
    fn random_scripts(
        locks in 1_usize..12,
        tasks in prop::collection::vec((0_usize..12, 0_usize..12, 1_u8..4, 0_u8..4), 1..30),
        policy in prop::sample::select(vec!["fcfs", "rr", "mlfq"]),
        cpus in prop::sample::select(vec!["1", "2", "4"]),
        lock in prop::sample::select(vec!["off", "any-instruction", "check-points", "user", "hybrid", "stealing"]),
        width in 240.0_f32..2000.0,
        height in 190.0_f32..1300.0,
    ) {
        let mut text = format!("shared a[{locks}] = 0\nshared b = 0\nlock l[{locks}]\nbarrier all = {}\n", tasks.len());
        for (place, (first, second, compute, sleep)) in tasks.iter().enumerate() {
            let (first, second) = (first % locks, second % locks);
            text += &format!(
                "task t{place}\n  wait all\n  acquire l[{first}]\n  compute {compute}\n  store b = 1\n  sleep {sleep}\n"
            );
            if first != second {
                text += &format!("  acquire l[{second}]\n  store a[{second}] = 1\n  release l[{second}]\n");
            }
            text += &format!("  release l[{first}]\n");
        }
        // No run has both.
        let (lock, threads) = match lock {
            "user" | "hybrid" | "stealing" => ("off", lock),
            lock => (lock, "kernel"),
        };
        let settings = [("policy", policy), ("cpus", cpus), ("interpreter_lock", lock), ("threads", threads)];
        let trace = script(&text, &settings);
        let plan = plan(&trace, Size { width, height });
        check_boxes(&plan);
        for (cursor, layout) in layouts(&trace, &plan, 14) {
            check(cursor.trace().code(), &plan, cursor.machine(), &layout);
            check_edges(&plan, cursor.machine(), &layout);
        }
    }
}

#[test]
fn philosophers_still_read() {
    let trace = script(PHILOSOPHERS, &[("slice", "1")]);
    for (viewport, label) in [(SCREEN, 17.0), (PHONE, 11.5), (size(386.0, 308.0), 10.0)] {
        let plan = plan(&trace, viewport);
        assert_eq!(plan.hidden_objects, 0, "{viewport:?}");
        assert!(plan.scale.label >= label, "{viewport:?}: {:?}", plan.scale);
    }
}

#[test]
fn thirty_tasks_at_one_lock_still_read() {
    let text = "lock m\ntask t × 30\n  acquire m\n  compute 40\n  release m\n";
    let trace = script(text, &[("slice", "1")]);
    let plan = plan(&trace, SCREEN);
    assert!(plan.scale.label >= 14.0, "{:?}", plan.scale);
    check_boxes(&plan);
    for (cursor, layout) in layouts(&trace, &plan, 40) {
        check(cursor.trace().code(), &plan, cursor.machine(), &layout);
        let is_done = layout.more.iter().all(|more| more.zone == Zone::Done);
        assert!(is_done, "everybody else has a slot");
    }
}

#[test]
fn locks_keep_their_boxes_where_not_all_who_wait_have_a_slot() {
    let code = code("lock l[6]\n", 180, &[]);
    let places: Vec<_> = (0..180).map(|task| task % 6).collect();
    let plan = check_all(&code, &crowd(&code, &places), size(570.0, 340.0));
    assert_eq!(plan.hidden_objects, 0);
    // It was not forced into the stage.
    assert!(plan.scale.token.height > 18.0, "{:?}", plan.scale);
}

#[test]
fn each_kind_has_room_for_what_it_shows() {
    let code = code(&objects(9), 9, &[]);
    let places: Vec<_> = (0..9).collect();
    let plan = check_all(&code, &crowd(&code, &places), SCREEN);
    assert_eq!(plan.objects.len(), 9);
    for object in &plan.objects {
        let (owner, state) = match code.object(object.object) {
            ObjectKind::Lock { .. }
            | ObjectKind::RecursiveLock
            | ObjectKind::ReadersWriter { .. } => (true, false),
            ObjectKind::Condition { .. } => (false, false),
            _ => (false, true),
        };
        assert_eq!(
            (object.owner.is_some(), object.state.is_some()),
            (owner, state)
        );
    }
}

#[test]
fn arrays_stand_in_the_order_of_their_elements() {
    for viewport in STAGES {
        let code = code("lock fork[10]\n", 10, &[]);
        let plan = check_all(&code, &crowd(&code, &[3, 3, 5, 8]), viewport);
        for pair in plan.objects.windows(2) {
            assert!(pair[0].object < pair[1].object);
            let (one, next) = (pair[0].frame, pair[1].frame);
            assert!(next.y > one.y || (next.x > one.x && next.y >= one.y));
        }
    }
}

#[test]
fn objects_at_which_nobody_waits_give_way_first() {
    let code = code("lock quiet[200]\nlock busy\nlock last[100]\n", 6, &[]);
    for viewport in STAGES {
        let plan = check_all(&code, &crowd(&code, &[200, 200, 250]), viewport);
        assert!(plan.hidden_objects > 0);
        assert_eq!(plan.objects.len() + plan.hidden_objects, 301);
        let shown: Vec<_> = plan.objects.iter().map(|plan| plan.object.0).collect();
        if shown.len() > 1 {
            assert!(shown.contains(&200) && shown.contains(&250), "{shown:?}");
        }
        assert!(plan.other_objects.is_some(), "{viewport:?}");
    }
}

#[test]
fn who_wants_the_interpreter_lock_stands_at_it() {
    let text = "task t × 3\n  repeat 3\n    compute 4\n";
    let settings = [("interpreter_lock", "check-points"), ("cpus", "2")];
    let trace = script(text, &settings);
    for viewport in STAGES {
        let plan = plan(&trace, viewport);
        check_boxes(&plan);
        assert!(plan.interpreter.is_some(), "{viewport:?}");
        let mut lines = 0;
        for (cursor, layout) in layouts(&trace, &plan, trace.len()) {
            check(cursor.trace().code(), &plan, cursor.machine(), &layout);
            lines += check_edges(&plan, cursor.machine(), &layout).len();
        }
        assert!(lines > 0, "{viewport:?}");
    }
}

#[test]
fn who_could_run_without_a_kernel_thread_stands_in_the_run_queue() {
    let text = "task t × 9\n  repeat 2\n    compute 2\n    yield\n  sleep 3\n";
    for threads in ["user", "hybrid", "stealing"] {
        let trace = script(text, &[("threads", threads), ("cpus", "2")]);
        for viewport in STAGES {
            let plan = plan(&trace, viewport);
            check_boxes(&plan);
            let mut waits = false;
            for (cursor, layout) in layouts(&trace, &plan, trace.len()) {
                check(cursor.trace().code(), &plan, cursor.machine(), &layout);
                check_edges(&plan, cursor.machine(), &layout);
                let is_queue = |zone| zone == Zone::Interpreter;
                waits |= layout.tokens.iter().any(|token| is_queue(token.zone))
                    || layout.more.iter().any(|more| is_queue(more.zone));
            }
            // The smallest stages have no slot for anybody there.
            let queue = plan.interpreter.as_ref();
            let has_room = queue.is_some_and(|plan| plan.waiting.capacity() > 0);
            assert!(has_room || viewport != SCREEN, "{viewport:?}");
            assert!(waits || !has_room, "{viewport:?}");
        }
    }
}

#[test]
fn what_a_script_has_not_takes_no_room() {
    let plan = check_all(&code("", 2, &[]), &crowd(&code("", 2, &[]), &[]), SCREEN);
    assert!(plan.memory.is_none() && plan.objects.is_empty() && plan.other_objects.is_none());
    assert!(plan.disk.is_none() && plan.timer.is_none() && plan.pipes.is_empty());
    assert!(plan.interpreter.is_none());
}

#[test]
fn nothing_but_tokens_moves_in_a_run() {
    // Plans follow from the run; the same one serves each of its moments.
    let text = "lock m\ntask a × 3\n  acquire m\n  sleep 2\n  release m\n";
    let trace = script(text, &[]);
    let (plan, again) = (plan(&trace, SCREEN), plan(&trace, SCREEN));
    assert_eq!(plan, again);
    let mut asleep = 0;
    for (cursor, layout) in layouts(&trace, &plan, trace.len()) {
        check(cursor.trace().code(), &plan, cursor.machine(), &layout);
        asleep += layout
            .tokens
            .iter()
            .filter(|token| token.zone == Zone::Sleep)
            .count();
    }
    assert!(asleep > 0);
}
