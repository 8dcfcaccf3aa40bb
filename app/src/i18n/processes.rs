//! The texts of processes and threads that are made while a program runs.

/// The texts of processes and threads.
pub trait ProcessTexts {
    /// The panel of the tree.
    fn tree(&self) -> &'static str;
    /// The process table, beside the tree.
    fn table(&self) -> &'static str;
    /// What the panel shows where processes have no parents.
    fn handles(&self) -> &'static str;
    /// The place of tasks that wait for others to end.
    fn joining_title(&self) -> &'static str;
    /// The place of zombies.
    fn zombies_title(&self) -> &'static str;
    /// What stands below zombies.
    fn zombies_note(&self) -> &'static str;
    /// A task waits for any child.
    fn any_child(&self) -> &'static str;
    /// How a process has ended.
    fn exit_status(&self, status: i32) -> String;
    /// A process has ended.
    fn is_zombie(&self) -> &'static str;
    /// A process has been reaped.
    fn is_gone(&self) -> &'static str;
    /// A process has ended where nobody needs to reap it.
    fn has_ended(&self) -> &'static str;
    /// A process is being ended.
    fn is_ending(&self) -> &'static str;
    /// The parent of a process has ended, and the first process is its parent now.
    fn is_adopted(&self) -> &'static str;
    /// Signals that were sent and not yet delivered.
    fn pending(&self, names: &str) -> String;
    /// A thread is in the handler of a signal.
    fn in_handler(&self, signal: &str) -> String;
    /// Who writes into a pipe.
    fn pipe_writers(&self) -> &'static str;
    /// Who reads from a pipe.
    fn pipe_readers(&self) -> &'static str;
    /// No process has an end of a pipe open.
    fn no_process(&self) -> &'static str;
    /// So many processes are not shown.
    fn more_processes(&self, count: usize) -> String;
    /// A process that waits for data, and who could still write them.
    fn write_end_open(&self, reader: &str, pipe: &str, writers: &str) -> String;
    /// How many processes are live, zombies and gone.
    fn process_counts(&self, live: usize, zombies: usize, gone: usize) -> String;
    /// The hint of a process's number.
    fn process_hint(&self, pid: u32, name: &str) -> String;
    /// The hint of a word that differs.
    fn differs(&self, other: &str) -> String;
}
