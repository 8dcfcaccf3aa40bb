//! The synchronisation objects of a script, on real threads: what a threads library would give.
//!
//! A file a kind. Their promises are those of the simulated machine's (`machine/objects.rs`), but not
//! its code: that a real run replays there shows that both mean the same. An object says what it says
//! while its state is locked; waiting is the caller's, see [`sync`](super::sync).

mod barrier;
mod event;
mod lock;
mod queue;
mod readers_writer;
mod semaphore;

use super::park::{self, Line, Waiter, Wake, Want};
use super::threading::Mutex;
use crate::call::{Fault, Reply, Request};
use crate::ids::TaskId;
use crate::program::script::{Handover, ObjectKind};

pub(super) use lock::{Lock, Style};

/// Whom a change of an object wakes, in order.
pub(super) type Woken = Vec<(Waiter, Wake)>;

/// Who asks, and with what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asker {
    pub(super) task: TaskId,
    /// The operand of the request.
    pub(super) operand: i64,
    /// How often a lock that its holder can take again is taken.
    pub(super) times: u32,
}

/// What an object says to a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Answer {
    /// It is granted, with this value.
    Granted(i64),
    /// Not now.
    NotNow,
    /// It cannot be asked that.
    Fault(Fault),
}

/// An object, while its state is locked.
pub(super) trait Primitive: Send {
    /// Says what it says to a request, and does it if it is granted.
    fn ask(&mut self, asker: Asker, request: Request, woken: &mut Woken) -> Answer;

    /// Those who wait.
    fn line(&mut self) -> &mut Line;

    /// Somebody has given up waiting: others may go on who waited only because of that one.
    fn was_left(&mut self, woken: &mut Woken) {
        let _ = woken;
    }

    /// It is in the copy of a process, where `task` goes on as `first` and no other thread is: what `task`
    /// holds is held by `first`, and what others hold by threads that are not there.
    fn copied(&mut self, task: TaskId, first: TaskId) {
        let _ = (task, first);
    }

    /// Who has it, so that others wait for them.
    fn holders(&self) -> Vec<TaskId> {
        Vec::new()
    }
}

/// An object.
pub(super) enum Object {
    /// A lock; a condition needs to know it as one.
    Lock(Mutex<Lock>),
    /// A condition variable has no state but who waits.
    Condition(Mutex<Line>),
    /// Any other.
    Other(Mutex<Box<dyn Primitive>>),
    /// A set of sockets.
    Watch,
}

impl Object {
    pub(super) fn new(kind: &ObjectKind) -> Self {
        let other = |primitive: Box<dyn Primitive>| Self::Other(Mutex::new(primitive));
        match *kind {
            ObjectKind::Lock { handover } => Self::Lock(Mutex::new(Lock::new(match handover {
                Handover::Barging => Style::Barging,
                Handover::HandOver => Style::HandOver,
            }))),
            ObjectKind::RecursiveLock => Self::Lock(Mutex::new(Lock::new(Style::Recursive))),
            ObjectKind::Semaphore { initial, maximum } => {
                other(Box::new(semaphore::Semaphore::new(initial, maximum)))
            }
            ObjectKind::Condition { .. } => Self::Condition(Mutex::new(Line::default())),
            ObjectKind::Event => other(Box::<event::Flag>::default()),
            ObjectKind::Barrier { parties } => other(Box::new(barrier::Barrier::new(parties))),
            ObjectKind::ReadersWriter { preference } => {
                other(Box::new(readers_writer::ReadersWriter::new(preference)))
            }
            ObjectKind::Queue { capacity, order } => {
                other(Box::new(queue::Queue::new(capacity, order)))
            }
            ObjectKind::Watch => Self::Watch,
        }
    }
}

impl Object {
    /// It is in the copy of a process, see [`Primitive::copied`]: nobody waits there.
    pub(super) fn copied(&self, task: TaskId, first: TaskId) {
        let renew = |primitive: &mut dyn Primitive| {
            *primitive.line() = Line::default();
            primitive.copied(task, first);
        };
        match self {
            Self::Lock(state) => renew(&mut *park::lock(state)),
            Self::Condition(line) => *park::lock(line) = Line::default(),
            Self::Other(state) => renew(&mut **park::lock(state)),
            Self::Watch => {}
        }
    }
}

/// What who makes a request wants, as far as that decides who is woken.
pub(super) const fn want(request: Request) -> Want {
    match request {
        Request::AcquireShared | Request::TryAcquireShared => Want::Read,
        Request::Put | Request::TryPut => Want::Put,
        Request::Get | Request::TryGet => Want::Get,
        Request::JoinQueue => Want::Join,
        _ => Want::Take,
    }
}

/// It was given what it waited for.
pub(super) const GIVEN: Wake = Wake::Given(Reply::DONE);

/// Who has an object.
pub(super) fn holders(primitive: &dyn Primitive) -> Vec<TaskId> {
    primitive.holders()
}
