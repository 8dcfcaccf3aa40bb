//! Dense numbers for the things of a machine: each indexes a vector.
//!
//! Not names: what a person reads is in [`Code`](crate::program::Code).

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
        pub struct $name(pub $inner);

        impl $name {
            /// The place of this thing in its vector.
            #[must_use]
            pub const fn index(self) -> usize {
                self.0 as usize
            }

            /// The id of the thing at place `index`.
            ///
            /// Inputs are limited when they are read (see
            /// [`limits`](crate::program::limits)), so that every index fits.
            #[must_use]
            #[allow(clippy::cast_possible_truncation, reason = "inputs are limited at the edge")]
            pub const fn from_index(index: usize) -> Self {
                Self(index as $inner)
            }
        }
    };
}

id! {
    /// A task: what the scheduler dispatches (a job of a workload, a process, a thread).
    TaskId(u32)
}
id! {
    /// A CPU of the machine, from 0.
    CpuId(u8)
}
id! {
    /// A pipe between tasks.
    PipeId(u16)
}
id! {
    /// A partition of main memory.
    PartitionId(u16)
}
id! {
    /// A shared word of memory; an array is several in a row.
    VariableId(u16)
}
id! {
    /// A lock, semaphore, condition, event, barrier or queue; an array is several in a row.
    ObjectId(u16)
}
id! {
    /// An end of a connection, or a port at which connections are waited for.
    SocketId(u16)
}
id! {
    /// A packet on the network, in the order in which they were sent.
    PacketId(u32)
}
id! {
    /// A text that a program prints, with its gaps.
    FormatId(u16)
}
id! {
    /// A process of a script: 0 is the first of the machine, 1 the script's own; what people call its
    /// number is one more.
    ProcessId(u16)
}
id! {
    /// A thread that was made at run time, in the order in which they were made.
    ThreadId(u16)
}
