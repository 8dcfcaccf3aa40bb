//! The lines of waiters of native runs, the objects that wake them, the interpreter lock, and how carriers go
//! over from one user-level thread to the next, under the schedules of a model checker (shuttle): it decides
//! who is next at every lock and wake-up, and a wake-up that is lost is a deadlock that it finds.
//!
//! The files are those of the crate; only the types by which threads wait are the checker's.

#![cfg(unix)]
#![allow(
    dead_code,
    unused_imports,
    reason = "the files of the crate are used in part"
)]

mod call {
    pub(crate) use sim_core::call::{DropReason, Fault, Reason, Reply, Request};
}
mod event {
    pub(crate) use sim_core::event::EventKind;
}
mod ids {
    pub(crate) use sim_core::ids::TaskId;
}
#[path = "../../src/machine/processors.rs"]
mod processors;
mod machine {
    pub(crate) use crate::processors::Processors;
}
mod program {
    pub(crate) use sim_core::program::{Dialect, InterpreterConfig, Threads};
    pub(crate) mod script {
        pub(crate) use sim_core::program::script::{Handover, ObjectKind, Preference, QueueOrder};
    }
}
mod time {
    pub(crate) use sim_core::time::{Span, Time};
}

mod native {
    mod actor;
    mod clock {
        use crate::time::Time;

        /// Time stands still: who gives up does so at once.
        #[derive(Debug)]
        pub(super) struct Clock;

        impl Clock {
            pub(super) fn now(&self) -> Time {
                Time::ZERO
            }
        }
    }
    #[path = "../../../src/native/interpreter.rs"]
    mod interpreter;
    mod interpreter_model;
    mod carriers {
        #[path = "../../../../src/native/carriers/board.rs"]
        mod board;
        mod model;
        #[path = "../../../../src/native/carriers/places.rs"]
        mod places;
    }
    mod model;
    #[path = "../../../src/native/objects/mod.rs"]
    mod objects;
    #[path = "../../../src/native/park.rs"]
    mod park;
    mod threading {
        pub(super) use shuttle::sync::atomic::AtomicBool;
        pub(super) use shuttle::sync::{Condvar, Mutex, MutexGuard};
        pub(super) use std::sync::PoisonError;
    }
    mod world;
}
