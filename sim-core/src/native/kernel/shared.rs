//! What the processes of a run share: a file in memory, standard input of each of them.
//!
//! A record lock on it (fcntl(2), *advisory record locking*) orders what the processes do: it belongs to
//! the process, is not copied by `fork`, survives `exec`, and the kernel takes it back when the process
//! ends, however that happens. The file is never closed by a process that runs, because that would give
//! the lock back.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{FlockOperation, fcntl_lock};
use rustix::io::{pread, pwrite};

use crate::ids::ProcessId;

/// Where the places of processes begin.
const PLACES: u64 = 64;
/// The bytes of a place.
const PLACE: u64 = 16;
/// Where a process that begins finds what it begins with. There are 4,096 children at most.
const START: u64 = 1 << 17;
/// Where the order of the run stands. What a process begins with is shorter: 100 arguments, 1,000 local
/// variables, 1,000 pipes and 4,096 children have 40 bytes each at most.
const ORDER: u64 = 1 << 20;
/// Where the counts of connections stand: behind the longest order.
const COUNTS: u64 = 1 << 28;
/// The longest of these two, in bytes.
const LONGEST: usize = 64 << 20;

/// Writes the beginning of a file that processes are going to share: the calling process is init.
pub(super) fn prepare(file: &OwnedFd, order: &[u8]) -> io::Result<()> {
    let header = Header {
        init: std::process::id().into(),
        ..Header::default()
    };
    write_at(file.as_fd(), &header.bytes(), 0)?;
    let length = order.len() as u64;
    write_at(file.as_fd(), &length.to_le_bytes(), ORDER)?;
    write_at(file.as_fd(), order, ORDER + 8)
}

/// The file.
fn file() -> BorrowedFd<'static> {
    rustix::stdio::stdin()
}

/// What all processes of a run know; read and written inside the gate.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Header {
    /// When the run began, on the machine's clock, in nanoseconds.
    pub(super) epoch: u64,
    /// How many events were recorded.
    pub(super) events: u64,
    /// How many processes were made.
    pub(super) children: u64,
    /// How many threads were made.
    pub(super) threads: u64,
    /// The process that has recorded its end and may still be on its way out; zero where none is.
    pub(super) dying: u64,
    /// The process that stands for init.
    pub(super) init: u64,
    /// One when the peers stand ready.
    pub(super) peers: u64,
    /// How often somebody asked for a connection.
    pub(super) clients: u64,
}

const HEADER: usize = 64;

impl Header {
    pub(super) fn read() -> io::Result<Self> {
        Self::read_from(file())
    }

    /// Reads it where it is not standard input.
    pub(super) fn read_from(file: BorrowedFd<'_>) -> io::Result<Self> {
        let mut bytes = [0; HEADER];
        read_from(file, &mut bytes, 0)?;
        let mut numbers = bytes.as_chunks::<8>().0.iter().copied();
        let mut next = || u64::from_le_bytes(numbers.next().unwrap_or_default());
        Ok(Self {
            epoch: next(),
            events: next(),
            children: next(),
            threads: next(),
            dying: next(),
            init: next(),
            peers: next(),
            clients: next(),
        })
    }

    pub(super) fn write(&self) -> io::Result<()> {
        write_at(file(), &self.bytes(), 0)
    }

    fn bytes(&self) -> [u8; HEADER] {
        let numbers = [
            self.epoch,
            self.events,
            self.children,
            self.threads,
            self.dying,
            self.init,
            self.peers,
            self.clients,
        ];
        let mut bytes = [0; HEADER];
        for (place, number) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(numbers) {
            *place = number.to_le_bytes();
        }
        bytes
    }
}

/// What all processes know of one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Place {
    /// Its number in the kernel; zero where it has none.
    pub(super) pid: u32,
    /// The signals for which it has handlers.
    pub(super) handled: u32,
    /// Those that it ignores.
    pub(super) ignored: u32,
}

fn place_of(process: ProcessId) -> u64 {
    PLACES + PLACE * u64::from(process.0)
}

impl Place {
    pub(super) fn of(process: ProcessId) -> io::Result<Self> {
        let mut bytes = [0; PLACE as usize];
        read_at(&mut bytes, place_of(process))?;
        let mut numbers = bytes.as_chunks::<4>().0.iter().copied();
        let mut next = || u32::from_le_bytes(numbers.next().unwrap_or_default());
        Ok(Self {
            pid: next(),
            handled: next(),
            ignored: next(),
        })
    }

    pub(super) fn write(&self, process: ProcessId) -> io::Result<()> {
        let mut bytes = [0; PLACE as usize];
        let numbers = [self.pid, self.handled, self.ignored, 0];
        for (place, number) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(numbers) {
            *place = number.to_le_bytes();
        }
        write_at(file(), &bytes, place_of(process))
    }
}

/// The process with that number in the kernel; of several that had it one after the other, the last.
pub(super) fn process_of(pid: u32, header: &Header) -> io::Result<Option<ProcessId>> {
    let last = u16::try_from(header.children + 1).unwrap_or(u16::MAX);
    for process in (0..=last).rev().map(ProcessId) {
        if Place::of(process)?.pid == pid {
            return Ok(Some(process));
        }
    }
    Ok(None)
}

/// Writes what the next process begins with.
pub(super) fn write_start(bytes: &[u8]) -> io::Result<()> {
    let length = bytes.len() as u64;
    if length + 8 > ORDER - START {
        return Err(io::Error::other("a process begins with too much"));
    }
    write_at(file(), &length.to_le_bytes(), START)?;
    write_at(file(), bytes, START + 8)
}

/// What the calling process begins with.
pub(super) fn read_start() -> io::Result<Vec<u8>> {
    read_text(START)
}

/// The order of the run.
pub(super) fn read_order() -> io::Result<Vec<u8>> {
    read_text(ORDER)
}

fn read_text(at: u64) -> io::Result<Vec<u8>> {
    let mut length = [0; 8];
    read_at(&mut length, at)?;
    let length = usize::try_from(u64::from_le_bytes(length)).unwrap_or(usize::MAX);
    if length > LONGEST {
        return Err(io::Error::other("that is no file of a run"));
    }
    let mut bytes = vec![0; length];
    read_at(&mut bytes, at + 8)?;
    Ok(bytes)
}

/// Reads; what was never written is zero.
fn read_at(bytes: &mut [u8], at: u64) -> io::Result<()> {
    read_from(file(), bytes, at)
}

fn read_from(file: BorrowedFd<'_>, mut bytes: &mut [u8], mut at: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match pread(file, &mut *bytes, at) {
            Ok(0) => {
                bytes.fill(0);
                return Ok(());
            }
            Ok(length) => {
                bytes = &mut bytes[length..];
                at += length as u64;
            }
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn write_at(file: BorrowedFd<'_>, mut bytes: &[u8], mut at: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match pwrite(file, bytes, at) {
            Ok(length) => {
                bytes = &bytes[length..];
                at += length as u64;
            }
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// How many bytes are on their way on a connection: from the end that asked for it, and to it.
pub(super) fn counts(slot: u32) -> io::Result<[u32; 2]> {
    let mut bytes = [0; 8];
    read_at(&mut bytes, COUNTS + 8 * u64::from(slot))?;
    let mut numbers = bytes.as_chunks::<4>().0.iter().copied();
    let mut next = || u32::from_le_bytes(numbers.next().unwrap_or_default());
    Ok([next(), next()])
}

pub(super) fn set_counts(slot: u32, counts: [u32; 2]) -> io::Result<()> {
    let mut bytes = [0; 8];
    for (place, number) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(counts) {
        *place = number.to_le_bytes();
    }
    write_at(file(), &bytes, COUNTS + 8 * u64::from(slot))
}

/// Waits until no other process is inside.
pub(super) fn enter() -> io::Result<()> {
    loop {
        match fcntl_lock(file(), FlockOperation::LockExclusive) {
            Ok(()) => return Ok(()),
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Lets others in.
pub(super) fn leave() {
    // It fails only where the file is none.
    let _ = fcntl_lock(file(), FlockOperation::Unlock);
}
