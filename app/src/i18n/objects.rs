//! The texts of what tasks share on the stage: synchronisation objects, memory, the interpreter lock.

use sim_core::program::script::ObjectKind;

/// The texts of what tasks share on the stage.
pub trait ObjectTexts {
    /// A place of which nobody is the owner.
    fn free_place(&self) -> &'static str;
    /// An event that is set.
    fn flag_set(&self) -> &'static str;
    /// One that is not.
    fn flag_clear(&self) -> &'static str;
    /// Holds a lock for reading.
    fn reads(&self) -> &'static str;
    /// Holds it for writing.
    fn writes(&self) -> &'static str;
    /// The holder of the interpreter lock was asked to drop it.
    fn drop_requested(&self) -> &'static str;
    /// At which side the newest item of a queue is.
    fn newest(&self) -> &'static str;
    /// The interpreter lock, in full and short.
    fn interpreter_lock(&self) -> [&'static str; 2];
    /// The kernel threads that user-level threads share, in full and short.
    fn kernel_threads(&self) -> [&'static str; 2];
    /// The processors of a process that schedules its threads itself, in full and short.
    fn processors(&self) -> [&'static str; 2];
    /// A processor by its number, short; the queue that all share, without one.
    fn run_queue(&self, processor: Option<usize>) -> String;
    /// What a kind of object is called.
    fn object_kind(&self, kind: &ObjectKind) -> &'static str;
    /// So many places of a semaphore are free, of all where their number is fixed.
    fn places(&self, free: u32, of: Option<u32>) -> String;
    /// So many of those who are to meet at a barrier have come.
    fn come(&self, come: usize, of: u32) -> String;
    /// So many tasks read.
    fn readers(&self, tasks: usize) -> String;
    /// So many items of a queue are taken or put and not yet done.
    fn not_done(&self, items: u32) -> String;
    /// So many objects have no box of their own.
    fn more_objects(&self, objects: usize) -> String;
    /// An object, who holds it and who waits at it, for people who do not see the stage.
    fn object_told(&self, name: &str, kind: &ObjectKind, holders: &str, waiting: &str) -> String;
}
