//! Each instruction and the call that it makes, with its operands and its time limit.

use sim_core::call::{Call, Fault, Operation, Reply, Request};
use sim_core::ids::{ObjectId, TaskId, VariableId};
use sim_core::program::script::{
    Evaluation, Handover, Image, ObjectKind, Preference, QueueOrder, Script, Thread,
};
use sim_core::time::{Span, Unit};

use crate::machine::{World, parse, printed, run_task};

/// One of each kind, with the ids that are used below.
const DECLARATIONS: &str = "\
const N = 3
shared v = 0
shared flag[N] = 7
lock m
lock fork[N] handover
rlock r
semaphore s = 2
semaphore t = 0 max 4
condition c of m
event e
barrier b = 3
rwlock rw
queue q
";
const V: VariableId = VariableId(0);
const FLAG: u16 = 1;
const M: ObjectId = ObjectId(0);
const FORK: u16 = 1;
const R: ObjectId = ObjectId(4);
const S: ObjectId = ObjectId(5);
const C: ObjectId = ObjectId(7);
const E: ObjectId = ObjectId(8);
const B: ObjectId = ObjectId(9);
const RW: ObjectId = ObjectId(10);
const Q: ObjectId = ObjectId(11);

const CTX: Evaluation = Evaluation {
    instruction: Span(1),
    seed: 0,
    task: TaskId(0),
    image: Image {
        variables: 0,
        objects: 0,
    },
};

/// The first call of a task whose body is this, with its thread at the call.
fn first_call(body: &str) -> (Call, Thread) {
    let body: String = body.lines().map(|line| format!("  {line}\n")).collect();
    let script = parse(&format!("{DECLARATIONS}task t x 2\n  let i = 1\n{body}"));
    let mut thread = script.start(1);
    let step = script.advance(&mut thread, &CTX);
    (step.call, thread)
}

fn access(variable: VariableId, operation: Operation) -> Call {
    Call::Access {
        variable,
        operation,
    }
}

fn sync(object: ObjectId, request: Request) -> Call {
    Call::Sync { object, request }
}

#[test]
fn every_instruction_makes_its_call() {
    use Operation::{CompareAndSwap, FetchAdd, Load, Store, Swap};
    use Request::{
        Acquire, AcquireShared, Arrive, Clear, Get, JoinQueue, Notify, NotifyAll, Put, Release,
        Set, TaskDone, TryAcquire, TryAcquireShared, TryGet, TryPut, Wait, WaitSet,
    };
    let flag = |index| VariableId(FLAG + index);
    let fork = |index| ObjectId(FORK + index);
    for (line, call, operands) in [
        ("let x = load v", access(V, Load), [0, 0]),
        ("i = load flag[i]", access(flag(1), Load), [0, 0]),
        ("let x = load flag[2]", access(flag(2), Load), [0, 0]),
        ("store v = i + 4", access(V, Store), [5, 0]),
        ("store flag[self] = -1", access(flag(1), Store), [-1, 0]),
        ("let x = swap v, 1", access(V, Swap), [1, 0]),
        ("swap flag[i - 1], i", access(flag(0), Swap), [1, 0]),
        ("let ok = cas v, 0, i", access(V, CompareAndSwap), [0, 1]),
        (
            "cas flag[i + 1], i, i * 9",
            access(flag(2), CompareAndSwap),
            [1, 9],
        ),
        ("let x = fetch_add v, 1", access(V, FetchAdd), [1, 0]),
        ("fetch_add v, -i", access(V, FetchAdd), [-1, 0]),
        ("acquire m", sync(M, Acquire), [0, 0]),
        (
            "acquire fork[(self + 1) % N]",
            sync(fork(2), Acquire),
            [0, 0],
        ),
        ("let ok = try acquire m", sync(M, TryAcquire), [0, 0]),
        ("release fork[0]", sync(fork(0), Release), [0, 0]),
        ("acquire r", sync(R, Acquire), [0, 0]),
        ("release r", sync(R, Release), [0, 0]),
        ("acquire s", sync(S, Acquire), [0, 0]),
        ("release s", sync(S, Release), [1, 0]),
        ("release s i + 1", sync(S, Release), [2, 0]),
        ("release s 0", sync(S, Release), [0, 0]),
        ("acquire read rw", sync(RW, AcquireShared), [0, 0]),
        ("acquire write rw", sync(RW, Acquire), [0, 0]),
        (
            "let ok = try acquire read rw",
            sync(RW, TryAcquireShared),
            [0, 0],
        ),
        (
            "let ok = try acquire write rw",
            sync(RW, TryAcquire),
            [0, 0],
        ),
        ("release rw", sync(RW, Release), [0, 0]),
        ("wait c", sync(C, Wait), [0, 0]),
        ("wait e", sync(E, WaitSet), [0, 0]),
        ("wait b", sync(B, Arrive), [0, 0]),
        ("notify c", sync(C, Notify), [1, 0]),
        ("notify c 2", sync(C, Notify), [2, 0]),
        ("notify all c", sync(C, NotifyAll), [0, 0]),
        ("set e", sync(E, Set), [0, 0]),
        ("clear e", sync(E, Clear), [0, 0]),
        ("put q, i * 100", sync(Q, Put), [100, 0]),
        ("let ok = try put q, 5", sync(Q, TryPut), [5, 0]),
        ("let x = get q", sync(Q, Get), [0, 0]),
        ("let x, ok = try get q", sync(Q, TryGet), [0, 0]),
        ("done q", sync(Q, TaskDone), [0, 0]),
        ("join q", sync(Q, JoinQueue), [0, 0]),
        ("yield", Call::Yield, [0, 0]),
        ("exit", Call::Exit { status: 0 }, [0, 0]),
        ("exit 3", Call::Exit { status: 3 }, [0, 0]),
        ("exit i - 2", Call::Exit { status: 255 }, [0, 0]),
        ("pass", Call::EndThread, [0, 0]),
    ] {
        let (found, thread) = first_call(line);
        assert_eq!(found, call, "{line}");
        assert_eq!(thread.operands, operands, "{line}");
        assert_eq!(thread.timeout, None, "{line}");
    }
}

#[test]
fn requests_carry_their_time_limit() {
    let unit = Unit::MILLISECOND.span().0;
    for (line, limit) in [
        ("acquire m timeout 3", 3 * unit),
        ("acquire fork[i] timeout 0.5", unit / 2),
        ("let ok = acquire s timeout i * 2", 2 * unit),
        ("acquire read rw timeout 1", unit),
        ("wait c timeout 1", unit),
        ("wait e timeout 1", unit),
        ("put q, 1 timeout 1", unit),
        ("let x, ok = get q timeout 1", unit),
        ("let x = get q timeout N", 3 * unit),
        ("join q timeout 0", 0),
    ] {
        let (call, thread) = first_call(line);
        assert!(matches!(call, Call::Sync { .. }), "{line}");
        assert_eq!(thread.timeout, Some(Span(limit)), "{line}");
    }
    let (call, _) = first_call("sleep 2.5");
    let span = Span(unit * 5 / 2);
    assert_eq!(call, Call::Sleep { span });
}

#[test]
fn a_time_limit_and_operands_are_of_one_call_only() {
    let script = parse("lock m\nqueue q\ntask t\n  put q, 9 timeout 2\n  acquire m\n");
    let mut thread = script.start(0);
    let _ = script.advance(&mut thread, &CTX);
    assert_eq!((thread.operands, thread.timeout.is_some()), ([9, 0], true));
    let _ = script.advance(&mut thread, &CTX);
    assert_eq!((thread.operands, thread.timeout.is_some()), ([0, 0], false));
}

/// What a task prints that is refused whatever can be refused, and what one that is not.
fn both(body: &str) -> (Vec<String>, Vec<String>) {
    let body: String = body.lines().map(|line| format!("  {line}\n")).collect();
    let script = parse(&format!("{DECLARATIONS}task t\n{body}"));
    let run = |world| run_task(&script, 0, 0, world).printed;
    (run(World::Granting), run(World::Refusing))
}

#[test]
fn answers_say_whether_it_was_granted() {
    for line in [
        "let ok = try acquire m",
        "let ok = acquire m timeout 1",
        "let ok = try acquire read rw",
        "let ok = wait c timeout 1",
        "let ok = wait e timeout 1",
        "let ok = try put q, 1",
        "let ok = put q, 1 timeout 1",
        "let ok = join q timeout 1",
    ] {
        let (granted, refused) = both(&format!("{line}\nprint \"{{ok}}\""));
        assert_eq!(granted, ["1"], "{line}");
        assert_eq!(refused, ["0"], "{line}");
    }
}

#[test]
fn answers_of_shared_variables_are_values() {
    let text = "\
let a = load v
let w = swap v, 5
let c1 = cas v, 4, 9
let c2 = cas v, 5, 9
let d = fetch_add v, 3
let z = load v
print \"{a} {w} {c1} {c2} {d} {z}\"
let f = load flag[1]
print \"{f}\"";
    assert_eq!(both(text).0, ["0 0 0 1 9 12", "7"]);
}

#[test]
fn get_has_two_answers() {
    let text = "put q, 8\nlet x, ok = get q timeout 3\nprint \"{x} {ok}\"";
    assert_eq!(both(text), (vec!["8 1".into()], vec!["0 0".into()]));
    let text = "put q, 8\nlet x, ok = try get q\nx, ok = try get q\nprint \"{x} {ok}\"";
    assert_eq!(both(text).0, ["0 0"]);
    assert_eq!(both("let n = wait b\nprint \"{n}\"").0, ["7"]);
}

/// The fault in which a body ends.
fn fault(body: &str) -> Fault {
    match first_call(body) {
        (Call::Fail { fault }, _) => fault,
        (other, _) => panic!("{body}: {other:?}"),
    }
}

#[test]
fn what_cannot_be_done_is_a_fault() {
    for (body, expected) in [
        ("assert i == 2", Fault::AssertionFailed),
        ("assert 0", Fault::AssertionFailed),
        ("let x = load flag[i + 2]", Fault::IndexOutOfRange),
        ("store flag[-i] = 1", Fault::IndexOutOfRange),
        ("store flag[i + 65536] = 1", Fault::IndexOutOfRange),
        ("acquire fork[N * i]", Fault::IndexOutOfRange),
        ("let x = i / (i - 1)", Fault::DivisionByZero),
        ("let x = i % 0", Fault::DivisionByZero),
        ("let x = 1 / 0", Fault::DivisionByZero),
        ("let x = 9223372036854775807 + i", Fault::Overflow),
        ("let x = 9223372036854775807 * 2", Fault::Overflow),
        (
            "let x = i - 9223372036854775807\nx = x - 3",
            Fault::Overflow,
        ),
        ("let x = -9223372036854775807 - i\nx = -x", Fault::Overflow),
        ("compute -i", Fault::BadTime),
        ("compute i * 1000000001", Fault::BadTime),
        ("sleep i * 9223372036854775807", Fault::BadTime),
        ("acquire m timeout -i", Fault::BadTime),
        ("release s -i", Fault::BadCount),
        ("notify c i * 4294967296", Fault::BadCount),
        ("let x = random i..0", Fault::BadCount),
        ("print \"{i / 0}\"", Fault::DivisionByZero),
    ] {
        assert_eq!(fault(body), expected, "{body}");
    }
}

#[test]
fn frames_are_limited() {
    let text = "\
def down(n)
  if n == 0
    return 0
  let rest = down(n - 1)
  return rest + 1
task t
  let x = down(254)
  print \"{x}\"
  x = down(255)
";
    let run = run_task(&parse(text), 0, 0, World::Granting);
    assert_eq!(run.printed, ["254"]);
    let fault = Fault::StackOverflow;
    assert_eq!(run.last(), Call::Fail { fault });
}

#[test]
fn texts_have_gaps() {
    assert_eq!(
        printed(
            "let x = -3\nprint \"x={x}, {x * 2} {{x}} \\\"q\\\" \\\\ 中\"\nprint \"\"\nprint \"{x}{x}\""
        ),
        ["x=-3, -6 {x} \"q\" \\ 中", "", "-3-3"]
    );
}

#[test]
fn declarations_are_told() {
    let script = parse(
        "const N = 2\nshared a = 5\nshared f[N] = -1\nlock m\nlock h[N] handover\nrlock r\n\
         semaphore s = 3\nsemaphore t = 1 max 3\ncondition c[2] of h[1]\nevent e\nbarrier b = N\n\
         rwlock rw\nrwlock rx prefer writers\nrwlock rf prefer fair\nqueue q\nqueue p max 4 lifo\n\
         queue o priority\ntask one at 2.5 priority -3 tickets 7\n  pass\ntask two × N\n  pass\n",
    );
    let names: Vec<_> = (0..3)
        .map(|word| script.cell_name(VariableId(word)))
        .collect();
    assert_eq!(names, ["a", "f[0]", "f[1]"]);
    assert_eq!(script.cell_name(VariableId(0)), "a");
    let f = &script.variables[1];
    assert_eq!(
        (f.first, f.len, f.is_array, f.initial, f.line),
        (VariableId(1), 2, true, -1, 3)
    );
    let objects: Vec<_> = script
        .objects
        .iter()
        .map(|spec| (spec.name.as_str(), spec.kind))
        .collect();
    let semaphore = |initial, maximum| ObjectKind::Semaphore { initial, maximum };
    let condition = ObjectKind::Condition { lock: ObjectId(2) };
    let rwlock = |preference| ObjectKind::ReadersWriter { preference };
    let queue = |capacity, order| ObjectKind::Queue { capacity, order };
    let hands_over = ObjectKind::Lock {
        handover: Handover::HandOver,
    };
    assert_eq!(
        objects,
        [
            (
                "m",
                ObjectKind::Lock {
                    handover: Handover::Barging
                }
            ),
            ("h[0]", hands_over),
            ("h[1]", hands_over),
            ("r", ObjectKind::RecursiveLock),
            ("s", semaphore(3, None)),
            ("t", semaphore(1, Some(3))),
            ("c[0]", condition),
            ("c[1]", condition),
            ("e", ObjectKind::Event),
            ("b", ObjectKind::Barrier { parties: 2 }),
            ("rw", rwlock(Preference::Readers)),
            ("rx", rwlock(Preference::Writers)),
            ("rf", rwlock(Preference::Fair)),
            ("q", queue(None, QueueOrder::Fifo)),
            ("p", queue(Some(4), QueueOrder::Lifo)),
            ("o", queue(None, QueueOrder::Priority)),
        ]
    );
    let tasks: Vec<_> = script
        .tasks
        .iter()
        .map(|task| (task.name.as_str(), task.index, task.priority, task.tickets))
        .collect();
    assert_eq!(
        tasks,
        [
            ("one", 0, -3, 7),
            ("two[0]", 0, 0, 100),
            ("two[1]", 1, 0, 100)
        ]
    );
    assert_eq!(script.tasks[0].arrival, Span(2_500_000));
    assert_eq!(script.tasks[2].line, 20);
}

#[test]
fn constants_may_be_set_from_outside() {
    let text = "const N = 2\nconst M = N * 10\ntask t × N\n  print \"{N} {M}\"\n";
    let set = |pairs: &[(&str, i64)]| {
        let pairs = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), *value));
        Script::parse_with("s", text, Unit::MILLISECOND, &pairs.collect())
    };
    let script = set(&[("N", 4)]).unwrap();
    assert_eq!(script.tasks.len(), 4);
    assert_eq!(run_task(&script, 3, 0, World::Granting).printed, ["4 40"]);
    let errors = set(&[("K", 4)]).unwrap_err();
    assert_eq!(errors[0].field, "K");
    assert_eq!(
        errors[0].to_string(),
        "s: K: found a name that the script does not declare, expected a constant of the script"
    );
    // What follows from a value is checked as if it stood in the text.
    assert_eq!(set(&[("N", 0)]).unwrap_err()[0].line, Some(3));
}

#[test]
fn an_answer_is_read_once() {
    let script = parse("shared v = 0\ntask t\n  let x = load v\n  yield\n  print \"{x}\"\n");
    let mut thread = script.start(0);
    let _ = script.advance(&mut thread, &CTX);
    thread.reply = Reply::of(42);
    let _ = script.advance(&mut thread, &CTX);
    thread.reply = Reply::of(13);
    let _ = script.advance(&mut thread, &CTX);
    assert_eq!(script.print(&thread), "42");
}
