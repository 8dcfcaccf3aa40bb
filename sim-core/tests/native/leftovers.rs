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

/// The states of the processes of a group, zombies included, and their numbers.
#[cfg(target_os = "linux")]
pub(super) fn states(group: u32) -> Vec<(u32, String)> {
    let all = fs::read_dir("/proc").expect("the kernel's list of processes");
    let stats = all.filter_map(|entry| fs::read_to_string(entry.ok()?.path().join("stat")).ok());
    let mut states = Vec::new();
    for stat in stats {
        let number = stat
            .split(' ')
            .next()
            .and_then(|number| number.parse().ok());
        let (Some(number), Some((_, rest))) = (number, stat.rsplit_once(") ")) else {
            continue;
        };
        let fields: Vec<_> = rest.split(' ').collect();
        if fields.get(2) == Some(&group.to_string().as_str()) {
            states.push((number, fields[0].to_owned()));
        }
    }
    states
}

/// A command line in the middle of a run with three processes of a script, one of which is an orphan, all
/// with fresh images; and the group of that run, in which its first process and the world outside are two
/// more.
#[cfg(target_os = "linux")]
fn run_with_processes(limit: &str) -> (std::process::Child, u32, std::path::PathBuf) {
    static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    let name = format!("lockstep-{}-{count}.script", std::process::id());
    let script = std::env::temp_dir().join(name);
    fs::write(
        &script,
        "pipe p
pipe never
def again(n)
  if n > 0
    exec again(n - 1)
  send p, 1
  let x = receive never
def middle()
  let pid = spawn again(5)
task main
  on signal SIGTERM ignore
  let a = spawn middle()
  let b = spawn again(5)
  let ended = waitpid a
  let x = receive p
  let x = receive p
  let last = fork
  sleep 3600000
peer outside
  sleep 3600000
",
    )
    .expect("a file");
    let mut parent = Command::new(program())
        .args(["native", "--seconds", limit, "--events", "100000000"])
        .arg(&script)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the command line");
    let number = parent.id();
    let group = loop {
        let path = format!("/proc/{number}/task/{number}/children");
        let list = fs::read_to_string(path).unwrap_or_default();
        let first = list.split_whitespace().next();
        if let Some(first) = first.and_then(|first| first.parse::<u32>().ok())
            && states(first).len() == 6
        {
            break first;
        }
        assert_eq!(parent.try_wait().expect("its state"), None);
        std::thread::yield_now();
    };
    (parent, group, script)
}

#[test]
#[cfg(target_os = "linux")]
fn a_killed_parent_leaves_none_of_several_processes() {
    let (mut parent, group, script) = run_with_processes("3600");
    parent.kill().expect("it runs");
    parent.wait().expect("its status");
    while states(group).iter().any(|(_, state)| state != "Z") {
        std::thread::yield_now();
    }
    fs::remove_file(script).expect("the file");
}

#[test]
#[cfg(target_os = "linux")]
fn a_run_of_several_processes_that_is_stopped_leaves_neither_process_nor_zombie() {
    let (mut parent, group, script) = run_with_processes("20");
    for (number, _) in states(group) {
        // Standard streams, two ends of two pipes, a few of the runtime's own, those of children: what was
        // made and given fresh images again and again has not gathered more.
        let open = fs::read_dir(format!("/proc/{number}/fd")).map_or(0, Iterator::count);
        assert!(open <= 24, "{open} descriptors");
    }
    parent.wait().expect("its status");
    assert_eq!(states(group), []);
    fs::remove_file(script).expect("the file");
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
