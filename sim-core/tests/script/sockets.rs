//! Instructions about sockets: the calls that they make, and how they read the answers.

use sim_core::call::{Call, Request, SocketRequest};
use sim_core::ids::{ObjectId, TaskId};
use sim_core::program::Place;
use sim_core::program::script::{Evaluation, Thread};
use sim_core::time::{Span, Unit};

use crate::machine::{World, parse, run_task};

/// All bytes that there are.
const ALL: i64 = u32::MAX as i64;

/// The first call of a line in a task in which `c` is 5.
fn first_call(line: &str) -> (Call, Thread) {
    let script = parse(&format!(
        "watch v\nwatch w\ntask t\n  let c = 5\n  {line}\n"
    ));
    let ctx = Evaluation {
        instruction: Span(1),
        seed: 0,
        task: TaskId(0),
    };
    let mut thread = script.start(0);
    let step = script.advance(&mut thread, &ctx);
    (step.call, thread)
}

#[test]
fn every_instruction_makes_its_call() {
    use SocketRequest as R;
    for (line, request, operands) in [
        ("let s = listen 80", R::Listen, [80, 128]),
        ("let s, ok = listen c + 1 backlog 2", R::Listen, [6, 2]),
        ("let d = accept c", R::Accept, [5, ALL]),
        ("let d, ok = try accept c", R::TryAccept, [5, ALL]),
        ("let d = connect 80", R::Connect, [80, ALL]),
        ("let n = receive c", R::Receive, [5, ALL]),
        ("receive c max c * 2", R::Receive, [5, 10]),
        ("let n, ok = try receive 3 max 7", R::TryReceive, [3, 7]),
        ("send c, 9", R::Send, [5, 9]),
        ("let n, ok = send c, c", R::Send, [5, 5]),
        ("let n, ok = try send c, 0", R::TrySend, [5, 0]),
        ("close c", R::Close, [5, ALL]),
        ("signal io c", R::Signal, [5, ALL]),
        ("submit accept c as 1", R::SubmitAccept, [5, ALL]),
        ("submit receive c as 1", R::SubmitReceive, [5, ALL]),
        ("submit receive c max 3 as 1", R::SubmitReceive, [5, 3]),
        ("submit send c, 3 as 1", R::SubmitSend, [5, 3]),
        ("let tag, n = completion", R::Complete, [0, ALL]),
        ("let tag, n = try completion", R::TryComplete, [0, ALL]),
    ] {
        let (call, thread) = first_call(line);
        assert_eq!(call, Call::Socket { request }, "{line}");
        assert_eq!(thread.operands, operands, "{line}");
        assert_eq!(thread.tag, i64::from(request.is_submission()), "{line}");
        assert_eq!(thread.timeout, None, "{line}");
    }
    let (w, c) = (ObjectId(1), 5);
    for (line, request, operand) in [
        ("watch add w, c", Request::Watch, c),
        ("watch add w, c edge", Request::WatchEdge, c),
        ("watch remove w, c + 1", Request::Unwatch, 6),
        ("let n = select w", Request::Select, 0),
        ("let n = poll w", Request::Poll, 0),
        ("let n = epoll w", Request::Epoll, 0),
        ("let s = ready w", Request::TakeReady, 0),
    ] {
        let (call, thread) = first_call(line);
        assert_eq!(call, Call::Sync { object: w, request }, "{line}");
        assert_eq!(thread.operands[0], operand, "{line}");
    }
}

#[test]
fn calls_carry_their_time_limit() {
    let unit = Unit::MILLISECOND.span();
    for line in [
        "let d, ok = accept c timeout 1",
        "let d, ok = connect 80 timeout 1",
        "let n, ok = receive c max 3 timeout 1",
        "let n, ok = send c, 9 timeout 1",
        "let tag, n = completion timeout 1",
        "let n = select w timeout 1",
        "let n = poll w timeout 1",
        "let n = epoll w timeout 1",
    ] {
        let (_, thread) = first_call(line);
        assert_eq!(thread.timeout, Some(unit), "{line}");
    }
}

/// The simple machine answers 3, done, and 9 beside it.
#[test]
fn answers_are_read() {
    let script = parse(
        "task t
  let a = listen 80
  let b, ok = try receive a
  let tag, n = completion
  print \"{a} {b} {ok} {tag} {n}\"
",
    );
    let printed = |world| run_task(&script, 0, 0, world).printed;
    assert_eq!(printed(World::Granting), ["3 3 1 3 9"]);
    assert_eq!(printed(World::Refusing), ["3 0 0 3 9"]);
}

/// A word of a set is a name elsewhere.
#[test]
fn ready_is_a_name_too() {
    let script = parse(
        "watch ready
task t
  let n = select ready
  let edge = ready ready
  let add = edge
  print \"{add}\"
",
    );
    let calls = run_task(&script, 0, 0, World::Granting).calls;
    assert!(matches!(
        calls[1].1,
        Call::Sync {
            request: Request::TakeReady,
            ..
        }
    ));
}

#[test]
fn a_peer_uses_the_socket_that_it_connected() {
    let script = parse(
        "task t
  pass

peer p × 3 at 2 every 1.5
  connect 80
  send 512
  let n = receive
  let d = connect 81
  send 7
  send 4, 1
  close
",
    );
    let arrivals: Vec<_> = script.tasks.iter().map(|task| task.arrival.0).collect();
    assert_eq!(arrivals, [0, 2_000_000, 3_500_000, 5_000_000]);
    assert_eq!(script.tasks[0].place, Place::Inside);
    assert_eq!(script.tasks[3].place, Place::Outside);
    let ctx = Evaluation {
        instruction: Span::ZERO,
        seed: 0,
        task: TaskId(1),
    };
    let mut thread = script.start(1);
    let mut asked = Vec::new();
    // Each connection is one number higher.
    for number in 20.. {
        let Call::Socket { request } = script.advance(&mut thread, &ctx).call else {
            break;
        };
        asked.push((request, thread.operands[0]));
        thread.reply = sim_core::call::Reply::of(number);
    }
    use SocketRequest as R;
    assert_eq!(
        asked,
        [
            (R::Connect, 80),
            (R::Send, 20),
            (R::Receive, 20),
            (R::Connect, 81),
            (R::Send, 23),
            (R::Send, 4),
            (R::Close, 23),
        ]
    );
}
