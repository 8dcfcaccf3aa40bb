//! The first process of a run, which stands for init: it starts the script's own process, adopts orphans
//! (prctl(2), `PR_SET_CHILD_SUBREAPER`) and reaps them, and ends them all when the run is over.

use std::fs;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use rustix::fs::{MemfdFlags, memfd_create};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, set_child_subreaper, wait};

use super::super::threads::STACK;
use super::member::Role;
use super::processes::command;
use super::shared;
use super::signals::begin_image;

/// How long it waits between two looks for what has to end.
const PAUSE: Duration = Duration::from_millis(1);

/// Whether all processes have to end, because the parent wants it or has ended.
static IS_OVER: AtomicBool = AtomicBool::new(false);

/// Carries out an order, given as its bytes; returns when no process is left.
pub(in crate::native) fn run(order: &[u8]) -> io::Result<()> {
    set_child_subreaper(Pid::from_raw(1))?;
    let file = memfd_create("run", MemfdFlags::CLOEXEC)?;
    shared::prepare(&file, order)?;
    watch_parent()?;
    start(file)?;
    loop {
        match wait(WaitOptions::empty()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(rustix::io::Errno::CHILD) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        if IS_OVER.load(Ordering::SeqCst) {
            end_all();
        }
    }
}

fn start(file: OwnedFd) -> io::Result<()> {
    let mut command = command(Role::Main);
    command.stdin(Stdio::from(file)).stdout(Stdio::inherit());
    command.stderr(Stdio::inherit());
    begin_image(&[], || command.spawn())?.map(drop)
}

/// Nothing more is written to standard input: when it ends, the run is over, or its parent has ended.
fn watch_parent() -> io::Result<()> {
    let watch = || {
        let mut byte = [0];
        while let Err(error) = io::stdin().lock().read(&mut byte) {
            if error.kind() != io::ErrorKind::Interrupted {
                break;
            }
        }
        IS_OVER.store(true, Ordering::SeqCst);
        // Whose parent has ended becomes a child of this process: there is an end.
        loop {
            end_all();
            thread::sleep(PAUSE);
        }
    };
    let thread = thread::Builder::new().name("parent".to_owned());
    thread.stack_size(STACK).spawn(watch).map(drop)
}

/// Ends the children; theirs become its own.
fn end_all() {
    let tasks = fs::read_dir("/proc/self/task").into_iter().flatten();
    for task in tasks.flatten() {
        let list = fs::read_to_string(task.path().join("children")).unwrap_or_default();
        for child in list.split_whitespace().filter_map(|text| text.parse().ok()) {
            if let Some(child) = Pid::from_raw(child) {
                // It may have ended.
                let _ = kill_process(child, Signal::KILL);
            }
        }
    }
}
