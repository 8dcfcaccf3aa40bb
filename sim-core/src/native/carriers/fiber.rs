//! A user-level thread as a coroutine with a stack of its own, and how it gives its carrier back.
//!
//! What is unsafe here says one thing: that a coroutine may go on on another kernel thread than before, and
//! with it what borrows from its stack.

#![allow(
    unsafe_code,
    reason = "whether what stands on a stack may move to another thread, no type says"
)]

use std::io;

use corosensei::stack::DefaultStack;
use corosensei::{Coroutine, CoroutineResult};

use super::super::actor::Actor;
use super::super::park::Wake;
use super::super::threads::STACK;

/// A user-level thread that is on no carrier, or has not begun.
pub(in crate::native) struct Fiber(Coroutine<Wake, (), ()>);

// SAFETY: what a suspended coroutine keeps is the stack of `Actor::run`, which is suspended nowhere but in
// `Hand::suspend`. Everything on it then is an `Actor`, which could be sent (it is made to be moved to a
// thread), numbers, and references into the `World`, which threads share. No guard of a mutex and no stay
// inside the gate is held there: who suspends has left both. Nothing borrows from what belongs to a
// kernel thread (`thread_local!`): the crate has no such thing, and what `std` keeps there it uses only
// within calls that have returned.
unsafe impl Send for Fiber {}

/// How a thread left its carrier.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Left {
    /// It waits, or lets others go first.
    Suspended,
    /// It has ended.
    Ended,
}

impl Fiber {
    /// A thread that does this when it first has a carrier. Its stack ends at a page that nobody may touch.
    ///
    /// # Errors
    ///
    /// When there is no memory for its stack.
    pub(super) fn new(
        mut actor: Actor<'static>,
        begin: impl FnOnce(&mut Actor<'_>) + 'static,
    ) -> io::Result<Self> {
        let stack = DefaultStack::new(STACK)?;
        Ok(Self(Coroutine::with_stack(stack, move |yielder, _| {
            begin(&mut actor);
            actor.on_carrier(Hand(yielder)).run();
        })))
    }

    /// Lets it run on the calling kernel thread, until it leaves that.
    pub(super) fn resume(&mut self, why: Wake) -> Left {
        match self.0.resume(why) {
            CoroutineResult::Yield(()) => Left::Suspended,
            CoroutineResult::Return(()) => Left::Ended,
        }
    }
}

/// By what a user-level thread gives its carrier back.
#[derive(Clone, Copy)]
pub(in crate::native) struct Hand<'f>(&'f corosensei::Yielder<Wake, ()>);

// SAFETY: it borrows from the frame of its own coroutine, and so does the actor that holds it: neither can
// outlive that, and a thread that is started takes nothing that is borrowed. So both go only where the
// coroutine goes (see above).
unsafe impl Send for Hand<'_> {}

impl Hand<'_> {
    /// Leaves the carrier; why it goes on, on whatever carrier.
    #[inline(never)]
    pub(in crate::native) fn suspend(&self) -> Wake {
        self.0.suspend(())
    }
}
