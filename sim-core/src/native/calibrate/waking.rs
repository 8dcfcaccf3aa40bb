//! What it takes threads to wait for each other.

use std::io::{self, Read, Write};
use std::thread;

use super::{median_of, on_cpu, timed};
use crate::native::os::{self, monotonic};
use crate::time::Span;

/// How often a byte goes to and fro.
const WAYS: usize = 2_000;

/// Two threads on one CPU send a byte to and fro: each way is a write, a switch and a read (the way in
/// which lmbench measures it; McVoy and Staelin, 1996).
pub(super) fn switch() -> io::Result<Span> {
    ways([0, 0])
}

/// The same on two CPUs, of which one is idle each time.
pub(super) fn wake() -> io::Result<Span> {
    ways([0, 1])
}

/// Two threads on these CPUs send a byte to and fro.
fn ways(cpus: [usize; 2]) -> io::Result<Span> {
    let (mut ping_out, mut ping_in) = io::pipe()?;
    let (mut pong_out, mut pong_in) = io::pipe()?;
    let other = thread::spawn(move || {
        os::use_cpu(cpus[1]);
        let mut byte = [0];
        while ping_out.read_exact(&mut byte).is_ok() {
            if pong_in.write_all(&byte).is_err() {
                break;
            }
        }
    });
    let there_and_back = on_cpu(cpus[0], move || {
        median_of(WAYS, || {
            let mut byte = [1];
            let start = monotonic();
            ping_in.write_all(&byte)?;
            pong_out.read_exact(&mut byte)?;
            Ok(Span(monotonic() - start))
        })
    })?;
    let _ = other.join();
    Ok(Span(there_and_back.0 / 2))
}

/// Starting a thread and joining it, on one CPU.
pub(super) fn thread() -> io::Result<Span> {
    on_cpu(0, || {
        timed(200, || {
            let thread = thread::Builder::new().spawn(|| ())?;
            thread.join().map_err(|_| io::Error::other("it panicked"))
        })
    })
}
