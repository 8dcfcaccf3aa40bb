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
pub(in crate::native) fn run(order: &[u8], peers: Peers) -> io::Result<()> {
    set_child_subreaper(Pid::from_raw(1))?;
    let file = memfd_create("run", MemfdFlags::CLOEXEC)?;
    shared::prepare(&file, order)?;
    watch_parent()?;
    let outside = match peers {
        Peers::Some => {
            let outside = start(Role::Outside, file.try_clone()?)?;
            super::outside::await_ready(&file)?;
            Some(outside)
        }
        Peers::None => None,
    };
    start(Role::Main, file)?;
    loop {
        // The world outside goes on until nobody is left in this one.
        if let Some(outside) = outside
            && children() == [outside]
        {
            end_all();
        }
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

/// Starts one of the processes of the run; its number.
fn start(role: Role, file: OwnedFd) -> io::Result<i32> {
    let mut command = command(role);
    command.stdin(Stdio::from(file)).stdout(Stdio::inherit());
    command.stderr(Stdio::inherit());
    let child = begin_image(&[], || command.spawn())??;
    Ok(i32::try_from(child.id()).unwrap_or(0))
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
    for child in children().into_iter().filter_map(Pid::from_raw) {
        // It may have ended.
        let _ = kill_process(child, Signal::KILL);
    }
}

/// The numbers of the children.
fn children() -> Vec<i32> {
    let tasks = fs::read_dir("/proc/self/task").into_iter().flatten();
    let lists = tasks.flatten();
    let lists = lists.map(|task| fs::read_to_string(task.path().join("children")));
    let mut all = Vec::new();
    for list in lists {
        let list = list.unwrap_or_default();
        all.extend(
            list.split_whitespace()
                .filter_map(|text| text.parse::<i32>().ok()),
        );
    }
    all
}

/// Whether there is a world outside.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::native) enum Peers {
    /// There is.
    Some,
    /// Nobody is in it.
    None,
}
