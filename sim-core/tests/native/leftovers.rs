//! Nothing is left behind, whatever happens.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use super::{order, program, run, run_order};

/// The numbers of processes of which this one is the parent.
fn children() -> Vec<u32> {
    let tasks = fs::read_dir("/proc/self/task").into_iter().flatten();
    let lists = tasks.filter_map(|task| {
        let path = task.ok()?.path().join("children");
        fs::read_to_string(path).ok()
    });
    let numbers: Vec<_> = lists
        .flat_map(|list| {
            list.split_whitespace()
                .filter_map(|number| number.parse().ok())
                .collect::<Vec<_>>()
        })
        .collect();
    numbers
}

/// The names of the processes of a group, but for zombies.
#[cfg(target_os = "linux")]
fn members(group: u32) -> Vec<String> {
    let all = fs::read_dir("/proc").expect("the kernel's list of processes");
    let stats = all.filter_map(|entry| fs::read_to_string(entry.ok()?.path().join("stat")).ok());
    let mut members = Vec::new();
    for stat in stats {
        // `number (name) state parent group …`; the name may hold spaces.
        let Some((name, rest)) = stat.rsplit_once(") ") else {
            continue;
        };
        let fields: Vec<_> = rest.split(' ').collect();
        if fields.get(2) == Some(&group.to_string().as_str()) && fields.first() != Some(&"Z") {
            members.push(name.to_owned());
        }
    }
    members
}

/// The descriptors of this process.
fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}

/// One test, so that no other run of this process comes between.
#[test]
#[cfg(target_os = "linux")]
fn a_killed_parent_leaves_no_process() {
    // A parent of its own: the command line, in the middle of a run that would last for an hour.
    let script = std::env::temp_dir().join(format!("lockstep-{}.script", std::process::id()));
    fs::write(
        &script,
        "task sleeps × 3\n  sleep 3600000\ntask spins\n  while 1\n    yield\n",
    )
    .expect("a file");
    let mut parent = Command::new(program())
        .args(["native", "--seconds", "3600", "--events", "100000000"])
        .arg(&script)
        .stdout(Stdio::null())
        .spawn()
        .expect("the command line");
    let number = parent.id();
    // Its child is the leader of a group of its own.
    let child = loop {
        let path = format!("/proc/{number}/task/{number}/children");
        let list = fs::read_to_string(path).unwrap_or_default();
        let first = list.split_whitespace().next();
        if let Some(child) = first.and_then(|child| child.parse::<u32>().ok())
            && members(child).len() == 1
        {
            break child;
        }
        assert_eq!(parent.try_wait().expect("its state"), None);
        std::thread::yield_now();
    };
    parent.kill().expect("it runs");
    parent.wait().expect("its status");
    // The kernel ends the child with it: this is over when that has happened.
    while !members(child).is_empty() {
        std::thread::yield_now();
    }
    fs::remove_file(script).expect("the file");
}

#[test]
fn runs_leave_no_process_behind_however_they_end() {
    let ends = [
        "lock m\ntask one\n  acquire m\n  acquire m\n",
        "task one\n  pass\n",
    ];
    for script in ends {
        run(script);
    }
    let mut stopped = order("task one\n  while 1\n    yield\n");
    stopped.limits.events = 100;
    run_order(&stopped);
    // Other tests of this binary run beside this one: their children are of their threads, and named so.
    let own = format!("/proc/self/task/{}/children", own_thread());
    let left = fs::read_to_string(own).unwrap_or_default();
    assert_eq!(left.trim(), "", "of {:?}", children());
    assert!(descriptors() < 512, "descriptors are given back");
}

/// The number of the calling thread.
fn own_thread() -> String {
    let link = fs::read_link("/proc/thread-self").unwrap_or_default();
    let name = link.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

#[test]
fn the_command_line_streams_and_ends() {
    let mut command = Command::new(program());
    let output = command
        .args(["native", "lost-update", "--runs", "3"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the command line")
        .stdout
        .take()
        .map(|out| BufReader::new(out).lines().map_while(Result::ok).collect());
    let lines: Vec<String> = output.unwrap_or_default();
    assert!(lines[0].starts_with("3 runs"), "{lines:?}");
}
