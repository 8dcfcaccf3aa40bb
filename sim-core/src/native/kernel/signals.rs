//! Real signals.
//!
//! A signal for which a process has a handler is blocked in all its threads: the kernel keeps it, once,
//! until a thread of the script comes to take it, inside the gate, from a descriptor (signalfd(2)). So what
//! the kernel holds pending is what has been recorded as sent and not yet delivered, and no code of ours
//! runs at a moment that nobody can name. A thread that waits in the kernel waits for that descriptor too:
//! the signal ends its wait. All other signals are blocked in all threads but one, the keeper, which does
//! nothing: there the kernel ignores them or ends the process, as it does in any program.
//!
//! Not the sending: that is in `sending`.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{SigSet, Signal as Real};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::unistd::Pid as RealPid;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::super::actor::{Actor, Answered, Program};
use super::super::park::lock;
use super::super::threads::STACK;
use super::super::world::{Entry, Stop, World};
use super::net::{Socket, asks_whether};
use super::system::{Action, set_action};
use super::waits::Progress;
use super::{Inside, family};
use crate::call::{Call, Denial, Disposition, Fault, HandlerStyle, Reply, Signal};
use crate::event::EventKind;
use crate::program::script::Interrupted;
use crate::time::{Span, Time};

/// What a task has to do with signals and waits in the kernel.
#[derive(Default)]
pub(in crate::native) struct Local {
    /// The call that it makes, and what was to be computed before it.
    pub(in crate::native) step: Option<(Call, Span)>,
    /// The call to which it comes back after a handler.
    pub(in crate::native) again: Option<(Call, Span)>,
    /// Whether its call is one that was interrupted, or was told that a pipe is broken.
    pub(super) phase: Told,
    /// When its call gives up.
    pub(super) deadline: Option<Time>,
    /// What it did when signals came, the outermost first.
    pub(super) kept: Vec<Kept>,
    /// Where it takes signals from, and which.
    pub(super) signals: Option<SignalFd>,
    mask: u32,
    /// By what it is called back from a wait.
    pub(super) call_back: Option<Arc<OwnedFd>>,
}

/// What a task has been told about its call.
#[derive(Clone, Default)]
pub(super) enum Told {
    /// Nothing.
    #[default]
    Nothing,
    /// A signal came, and it is not made again.
    Interrupted,
    /// Nobody reads from the pipe: SIGPIPE was sent.
    Broken,
    /// It has asked for a connection with this socket.
    Connecting(Socket),
    /// So many bytes of what it sends have been copied.
    Partly(u32),
}

/// What a task did when a signal came.
pub(super) struct Kept {
    signal: Signal,
    step: (Call, Span),
    phase: Told,
    deadline: Option<Time>,
    program: Interrupted,
}

impl Local {
    /// The next call begins.
    pub(in crate::native) fn begin(&mut self, call: Call, span: Span) {
        self.step = Some((call, span));
        self.phase = Told::Nothing;
        self.deadline = None;
    }

    /// In the copy of a process descriptors about the original are of no use.
    pub(super) fn renew(&mut self) {
        (self.signals, self.mask, self.call_back) = (None, 0, None);
    }
}

pub(super) fn real(signal: Signal) -> Option<Real> {
    Real::try_from(i32::from(signal.number())).ok()
}

/// The signals of a set of numbers.
fn signals_of(mask: u32) -> impl Iterator<Item = Signal> {
    let all = Signal::ALL.into_iter();
    all.filter(move |signal| mask & bit(*signal) != 0)
}

const fn bit(signal: Signal) -> u32 {
    1 << signal.number()
}

pub(super) fn set_of(signals: impl Iterator<Item = Signal>) -> SigSet {
    let mut set = SigSet::empty();
    for signal in signals.filter_map(real) {
        set.add(signal);
    }
    set
}

/// The signals for which there are handlers.
pub(super) fn handled(dispositions: &[(Signal, Disposition)]) -> u32 {
    let own = dispositions.iter();
    let own = own.filter(|(_, what)| matches!(what, Disposition::Handle { .. }));
    own.map(|(signal, _)| bit(*signal)).sum()
}

/// Those that are ignored because the script said so.
pub(super) fn ignored(dispositions: &[(Signal, Disposition)]) -> u32 {
    let own = dispositions.iter();
    let own = own.filter(|(_, what)| *what == Disposition::Ignore);
    own.map(|(signal, _)| bit(*signal)).sum()
}

pub(super) fn disposition(inside: &Inside, signal: Signal) -> Disposition {
    let mut own = inside.dispositions.iter();
    own.find(|(own, _)| *own == signal)
        .map_or(Disposition::Default, |(_, what)| *what)
}

/// Whether a signal ends a process that handles and ignores these.
pub(super) fn is_fatal(signal: Signal, handled: u32, ignored: u32) -> bool {
    let is_let_through = signal.is_ignored_by_default() || (handled | ignored) & bit(signal) != 0;
    signal == Signal::Kill || !is_let_through
}

/// Whether a signal makes no difference to a process, or is handled by it.
pub(super) fn is_let_through(world: &World, signal: Signal) -> bool {
    family(world).is_some_and(|family| {
        let inside = lock(&family.inside);
        !is_fatal(
            signal,
            handled(&inside.dispositions),
            ignored(&inside.dispositions),
        )
    })
}

/// Blocks all signals in the calling thread and in those that it starts.
pub(super) fn block_all() -> io::Result<()> {
    Ok(set_of(Signal::ALL.into_iter()).thread_block()?)
}

/// Has the kernel do what a fresh image does with signals: what is ignored stays ignored, and all others
/// are as they are by default, whatever the Rust runtime has said when it started.
pub(super) fn set_actions(ignored: u32) -> io::Result<()> {
    for signal in Signal::ALL {
        let action = if ignored & bit(signal) == 0 {
            Action::Default
        } else {
            Action::Ignore
        };
        if let Some(real) = real(signal).filter(|_| signal != Signal::Kill) {
            set_action(real, action)?;
        }
    }
    Ok(())
}

/// Has a fresh image of this program begin without Rust's report of a stack overflow, which it does not
/// switch on where these two signals are ignored. With it every thread that starts or ends takes a lock of
/// the runtime for a moment, and a copy that `fork` makes in that moment finds it taken for ever. A fault
/// ends a process all the same, and so does SIGSEGV, which the image sets to what the script says.
///
/// A process with a handler for SIGSEGV does not ignore it even for a moment, because one that waits would
/// be lost: what it spawns has the report.
pub(super) fn begin_image<T>(
    dispositions: &[(Signal, Disposition)],
    begin: impl FnOnce() -> T,
) -> io::Result<T> {
    let fault = bit(Signal::Segmentation);
    if handled(dispositions) & fault != 0 {
        return Ok(begin());
    }
    set_action(Real::SIGBUS, Action::Ignore)?;
    set_action(Real::SIGSEGV, Action::Ignore)?;
    let begun = begin();
    if ignored(dispositions) & fault == 0 {
        set_action(Real::SIGSEGV, Action::Default)?;
    }
    Ok(begun)
}

/// Ends the calling process by a signal.
pub(super) fn end_by(signal: Signal) -> ! {
    if let Some(real) = real(signal) {
        // The kernel refuses to be asked about SIGKILL, and does it anyway.
        let _ = set_action(real, Action::Default);
        let _ = set_of([signal].into_iter()).thread_unblock();
        let _ = nix::sys::signal::kill(RealPid::this(), real);
    }
    loop {
        thread::sleep(Duration::from_secs(1));
    }
}

/// The thread that takes the signals for which there are no handlers.
pub(super) struct Keeper(SyncSender<(u32, SyncSender<()>)>);

impl Keeper {
    /// Starts it.
    pub(super) fn start(handled: u32) -> io::Result<Self> {
        let (sender, orders) = sync_channel(1);
        let keep = move || keep(handled, &orders);
        let thread = thread::Builder::new().name("signals".to_owned());
        thread.stack_size(STACK).spawn(keep)?;
        Ok(Self(sender))
    }

    /// Lets it take those alone for which there are no handlers. When this returns, it has taken all that
    /// came before.
    fn leave_out(&self, handled: u32) {
        let (done, is_done) = sync_channel(1);
        if self.0.send((handled, done)).is_ok() {
            // It answers as long as the process lives.
            let _ = is_done.recv();
        }
    }
}

type Orders = Receiver<(u32, SyncSender<()>)>;

fn keep(mut handled: u32, orders: &Orders) {
    loop {
        let blocked = set_of(signals_of(handled));
        // It can only fail for a bad argument.
        let _ = blocked.thread_set_mask();
        let Ok((next, done)) = orders.recv() else {
            return;
        };
        handled = next;
        let _ = set_of(signals_of(handled)).thread_set_mask();
        let _ = done.send(());
    }
}

/// The call of a task was interrupted and is not made again: what it is told.
pub(super) fn denied(actor: &mut Actor, entry: &mut Entry<'_>) -> Result<Option<Reply>, Stop> {
    if !matches!(actor.local.phase, Told::Interrupted) {
        return Ok(None);
    }
    let is_at_socket = matches!(actor.local.step, Some((Call::Socket { .. }, _)));
    if is_at_socket && !asks_whether(actor) {
        return Err(actor.fail(entry, Fault::Interrupted));
    }
    let (task, denial) = (actor.task, Denial::Interrupted);
    entry.record(EventKind::Denied { task, denial }, 0);
    Ok(Some(Reply::denied(denial)))
}

/// Those that a task can take now: all for which there are handlers, but for those in whose handler it is.
fn wanted(actor: &Actor) -> u32 {
    let Some(family) = family(&actor.world) else {
        return 0;
    };
    let in_it = actor.local.kept.iter();
    let in_it = in_it.fold(0, |mask, kept| mask | bit(kept.signal));
    family.handled.load(Ordering::SeqCst) & !in_it
}

/// Has the task's descriptor be of those that it can take.
pub(super) fn look_for(actor: &mut Actor) -> Result<(), Stop> {
    let mask = wanted(actor);
    let failed = |actor: &Actor, error: nix::Error| {
        let world = &actor.world;
        world.fail(&format!("cannot look for signals: {error}"))
    };
    if mask == 0 {
        (actor.local.signals, actor.local.mask) = (None, 0);
        return Ok(());
    }
    if mask == actor.local.mask {
        return Ok(());
    }
    let set = set_of(signals_of(mask));
    let own = match &actor.local.signals {
        Some(own) => own.set_mask(&set).map(|()| None),
        None => {
            let flags = SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC;
            SignalFd::with_flags(&set, flags).map(Some)
        }
    };
    match own {
        Ok(Some(own)) => actor.local.signals = Some(own),
        Ok(None) => {}
        Err(error) => return Err(failed(actor, error)),
    }
    actor.local.mask = mask;
    Ok(())
}

/// Whether a signal waits that a task can take.
pub(in crate::native) fn has_come(actor: &mut Actor) -> Result<bool, Stop> {
    look_for(actor)?;
    Ok(actor.local.signals.as_ref().is_some_and(is_ready))
}

/// The same, of those that it looked for last.
pub(in crate::native) fn is_called(actor: &Actor) -> bool {
    actor.local.signals.as_ref().is_some_and(is_ready)
}

fn is_ready(signals: &SignalFd) -> bool {
    const AT_ONCE: Timespec = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    let mut fds = [PollFd::new(signals, PollFlags::IN)];
    matches!(poll(&mut fds, Some(&AT_ONCE)), Ok(1))
}

/// Takes a signal, if one has come: the task goes on in its handler.
pub(super) fn take(actor: &mut Actor, entry: &mut Entry<'_>, progress: Progress) -> bool {
    // What cannot be looked for is found at the next step.
    if look_for(actor).is_err() {
        return false;
    }
    let taken = actor.local.signals.as_ref().map(SignalFd::read_signal);
    let Some(Ok(Some(taken))) = taken else {
        return false;
    };
    let mut all = Signal::ALL.into_iter();
    let signal = all.find(|signal| u32::from(signal.number()) == taken.ssi_signo);
    let (Some(signal), Some(family)) = (signal, family(&actor.world)) else {
        return false;
    };
    let what = disposition(&lock(&family.inside), signal);
    let Disposition::Handle { function, style } = what else {
        return false;
    };
    let world = Arc::clone(&actor.world);
    let (Some(text), Program::Script(program)) = (&world.code.script, &mut actor.program) else {
        return false;
    };
    let task = actor.task;
    entry.record(EventKind::SignalDelivered { task, signal }, 0);
    let local = &mut actor.local;
    let is_interrupted = progress == Progress::Waits && style == HandlerStyle::Interrupting;
    local.kept.push(Kept {
        signal,
        step: local.step.unwrap_or((Call::Pass, Span::ZERO)),
        phase: if is_interrupted {
            Told::Interrupted
        } else {
            core::mem::take(&mut local.phase)
        },
        deadline: local.deadline.take(),
        program: text.interrupt(program, function, signal),
    });
    local.phase = Told::Nothing;
    true
}

/// Takes a signal between two steps, where `left` is still to be computed before the next call.
pub(in crate::native) fn take_between(actor: &mut Actor, left: Span) -> Result<(), Stop> {
    let world = Arc::clone(&actor.world);
    let mut entry = world.enter()?;
    if let Some((_, span)) = &mut actor.local.step {
        *span = left;
    }
    if take(actor, &mut entry, Progress::Asks) {
        Err(Stop::Turned)
    } else {
        Ok(())
    }
}

/// The end of a handler: the task goes on where it was.
pub(in crate::native) fn return_from_handler(actor: &mut Actor) -> Answered {
    let world = Arc::clone(&actor.world);
    let task = actor.task;
    let mut entry = world.enter()?;
    let Some(kept) = actor.local.kept.pop() else {
        return Err(world.fail("a task is in no handler"));
    };
    entry.record(EventKind::HandlerReturned { task }, 0);
    if let Program::Script(program) = &mut actor.program {
        program.leave_handler(&kept.program);
    }
    let local = &mut actor.local;
    local.again = Some(kept.step);
    local.step = Some(kept.step);
    (local.phase, local.deadline) = (kept.phase, kept.deadline);
    Err(Stop::Turned)
}

/// Says what is to be done with a signal (POSIX `sigaction`).
pub(in crate::native) fn set_disposition(
    actor: &Actor,
    signal: Signal,
    what: Disposition,
) -> Answered {
    let world = &actor.world;
    let mut entry = world.enter()?;
    let (Some(family), Some(real)) = (family(world), real(signal)) else {
        return Err(world.fail("there are no signals"));
    };
    let mut inside = lock(&family.inside);
    let before = handled(&inside.dispositions);
    inside.dispositions.retain(|(own, _)| *own != signal);
    if what != Disposition::Default {
        inside.dispositions.push((signal, what));
    }
    let after = handled(&inside.dispositions);
    if let Some(keeper) = &inside.keeper {
        // What was sent and is ignored until now must not come to what is done with it from now on.
        keeper.leave_out(before);
    }
    let done = change(signal, real, what, before & !after);
    let done = done.and_then(|()| {
        if before != after
            && let Some(keeper) = &inside.keeper
        {
            keeper.leave_out(after);
        }
        family.publish(&inside)
    });
    if let Err(error) = done {
        let why = format!("the kernel does not take a disposition: {error}");
        return Err(world.fail(&why));
    }
    // Others of its threads wait for other signals now.
    inside.call_back();
    let task = actor.task;
    entry.record(EventKind::DispositionSet { task, signal }, 0);
    Ok(Reply::DONE)
}

/// Tells the kernel; what is pending of signals that are not handled any more is dropped.
fn change(signal: Signal, real: Real, what: Disposition, dropped: u32) -> io::Result<()> {
    forget(dropped)?;
    if signal == Signal::Kill {
        return Ok(());
    }
    let action = if what == Disposition::Ignore {
        Action::Ignore
    } else {
        Action::Default
    };
    set_action(real, action)
}

/// Takes pending signals that nobody wants any more.
pub(super) fn forget(mask: u32) -> io::Result<()> {
    if mask == 0 {
        return Ok(());
    }
    let flags = SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC;
    let signals = SignalFd::with_flags(&set_of(signals_of(mask)), flags)?;
    for _ in Signal::ALL {
        if signals.read_signal()?.is_none() {
            break;
        }
    }
    Ok(())
}
