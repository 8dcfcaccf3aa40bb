//! How large an input may be. Checked when it is read, so that nothing behind the edge overflows.

use crate::time::Span;

/// The most CPUs of a machine.
pub const CPUS: u8 = 64;
/// The most kernel threads that the user-level threads of a process share: one for each CPU.
pub const CARRIERS: u8 = CPUS;
/// The most jobs of a workload (the goal of the speed table is 100,000).
pub const JOBS: usize = 200_000;
/// The most bursts of one job.
pub const BURSTS: usize = 100_000;
/// The most bursts of all jobs together.
pub const ALL_BURSTS: usize = 4_000_000;
/// The most rounds of a job.
pub const ROUNDS: u32 = 1_000_000;
/// The most pipes of a workload.
pub const PIPES: usize = 1_000;
/// The most sockets of a run: their numbers have 16 bits.
pub const SOCKETS: usize = 65_000;
/// The largest packet and socket buffer, in bytes.
pub const BUFFER: u32 = 1 << 30;
/// The most bytes that the wire takes in a unit of time.
pub const RATE: u64 = 1_000_000_000_000;
/// The most partitions of memory.
pub const PARTITIONS: usize = 1_000;
/// The longest single length of time: eleven days; a million of them do not overflow a `u64`.
pub const SPAN: Span = Span(1_000_000_000_000_000);
/// The longest cost of one thing that the machine does, such as a switch: as many of them as a run
/// has events do not overflow a `u64`.
pub const COST: Span = Span(1_000_000_000_000);
/// The longest that all bursts of all jobs may take together: with the costs it fits into a `u64`.
pub const ALL_SPANS: Span = Span(2_000_000_000_000_000_000);
/// The most tickets of one job: with `JOBS` of them the sum stays far from the end of a `u64`.
pub const TICKETS: u32 = 1_000_000;
/// The most levels of a multi-level feedback queue.
pub const LEVELS: u8 = 64;
/// The most events of a run, unless it asks for fewer.
pub const EVENTS: u64 = 2_000_000;
/// The longest text of a workload, in bytes.
pub const TEXT: usize = 16 << 20;
/// How many events may follow each other while the clock stands still, for each task and CPU of
/// the machine; a run that needs more makes no progress. A task can arrive, be loaded, be
/// dispatched, block and wake at one moment; sixteen leaves room for all of it.
pub const EVENTS_AT_ONE_MOMENT: u64 = 16;
/// So many events may follow each other in any case: where lines of a script cost nothing, much of a
/// script happens at one moment. A script that spins at no cost still ends within a blink.
pub const EVENTS_AT_ONE_MOMENT_AT_LEAST: u64 = 100_000;
/// How many processes, and how many threads, a script can make at run time, unless it asks for more.
pub const PROCESS_TABLE: u16 = 32;
/// The most that it can ask for.
pub const PROCESS_TABLE_AT_MOST: u16 = 4_096;
/// The most words of memory, and the most objects, of all processes together: their ids have 16 bits.
pub const ALL_IMAGES: usize = 65_000;
/// How many numbers a pipe holds that says nothing about it: 64 KiB of them, as on Linux (pipe(7)).
pub const PIPE_CAPACITY: u32 = 8_192;
