//! A process of a run: the script's own, one that was spawned, or one with a fresh image.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;

use rustix::process::{Pid, PidfdFlags, pidfd_open};
use serde::{Deserialize, Serialize};

use super::super::actor::{Actor, Program};
use super::super::child;
use super::super::order::Wire;
use super::super::park::lock;
use super::super::world::World;
use super::net::{Inherited, Net};
use super::pipes::Pair;
use super::shared::{self, Header};
use super::signals::{self, Keeper};
use super::{Child, Inside, Kernel, family, outside, pipes, sending, system};
use crate::call::Disposition;
use crate::ids::{ProcessId, TaskId, ThreadId};
use crate::program::script::Thread;
use crate::program::{Code, INIT, MAIN, Place};
use crate::time::Time;

/// The variable of the environment that says what a process is in a run.
pub(in crate::native) const ROLE: &str = "LOCKSTEP_NATIVE_ROLE";

/// What a process is in a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::native) enum Role {
    /// The script's own.
    Main,
    /// One that was spawned.
    Spawned,
    /// One that has been given a fresh image.
    Executed,
    /// That of the peers.
    Outside,
}

impl Role {
    const ALL: [Self; 4] = [Self::Main, Self::Spawned, Self::Executed, Self::Outside];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Spawned => "spawned",
            Self::Executed => "executed",
            Self::Outside => "outside",
        }
    }

    /// That of the calling process, if it has one.
    pub(in crate::native) fn own() -> Option<Self> {
        let name = std::env::var(ROLE).ok()?;
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// What a process begins with.
#[derive(Serialize, Deserialize)]
pub(super) struct Start {
    pub(super) process: ProcessId,
    pub(super) first: TaskId,
    /// With what it exits when its last thread ends.
    pub(super) status: u8,
    pub(super) program: Option<Thread>,
    pub(super) ignored: u32,
    /// The descriptors of the ends of pipes that it holds.
    pub(super) ends: Vec<[Option<i32>; 2]>,
    /// Its sockets, by number.
    pub(super) sockets: Inherited,
    /// Where it says that it stands ready.
    pub(super) ready: Option<i32>,
    pub(super) children: Vec<(ProcessId, i32)>,
    /// The threads that it had made before it was given a fresh image: they have ended.
    pub(super) threads: Vec<ThreadId>,
    pub(super) alarm: Option<Time>,
}

impl Start {
    pub(super) fn to_bytes(&self) -> io::Result<Vec<u8>> {
        postcard::to_stdvec(self).map_err(io::Error::other)
    }

    fn read() -> io::Result<Self> {
        postcard::from_bytes(&shared::read_start()?).map_err(io::Error::other)
    }

    /// That of the script's own process, or of the world outside.
    fn of(process: ProcessId, code: &Code) -> Self {
        Self {
            process,
            first: TaskId(0),
            status: 0,
            program: None,
            ignored: 0,
            ends: vec![[None; 2]; code.pipes.len()],
            sockets: Inherited::new(),
            ready: None,
            children: Vec::new(),
            threads: Vec::new(),
            alarm: None,
        }
    }
}

/// Runs the calling process as what it is in a run.
pub(in crate::native) fn run(role: Role, out: File) -> Result<ExitCode, (File, String)> {
    let cannot = |error: io::Error| format!("a process cannot begin: {error}");
    let wire = match read_order() {
        Ok(wire) => wire,
        Err(error) => return Err((out, cannot(error))),
    };
    let code = match wire.code() {
        Ok((code, _)) => code,
        Err(why) => return Err((out, why)),
    };
    let kernel = match begin(role, &code) {
        Ok(kernel) => kernel,
        Err(error) => return Err((out, cannot(error))),
    };
    let (kernel, start) = kernel;
    let world = World::new(code, &wire, out, Some(kernel));
    let world = Arc::new(world);
    if let Err(error) = go(role, &world, start) {
        world.fail(&cannot(error));
    }
    // The process ends with its last thread, which is another or has failed.
    loop {
        thread::park();
    }
}

fn read_order() -> io::Result<Wire> {
    postcard::from_bytes(&shared::read_order()?).map_err(io::Error::other)
}

/// Says what is to be done with signals, and takes over what the process has.
fn begin(role: Role, code: &Code) -> io::Result<(Kernel, Start)> {
    let start = match role {
        Role::Main => Start::of(MAIN, code),
        Role::Outside => Start::of(INIT, code),
        Role::Spawned | Role::Executed => Start::read()?,
    };
    signals::block_all()?;
    signals::set_actions(start.ignored)?;
    let pipes = match role {
        Role::Main => pipes::open(code)?,
        Role::Outside => Vec::new(),
        Role::Spawned | Role::Executed => {
            let own = |end: Option<i32>| end.map(|end| Arc::new(system::own(end)));
            let ends = start.ends.iter();
            ends.map(|[read, write]| Pair {
                read: own(*read),
                write: own(*write),
            })
            .collect()
        }
    };
    let mut children = Vec::new();
    for (process, pid) in &start.children {
        // It has not been waited for: nobody else has its number, and one that the kernel reaps by itself
        // is not waited for any more.
        if let Some(pid) = Pid::from_raw(*pid)
            && let Ok(end) = pidfd_open(pid, PidfdFlags::empty())
        {
            let (process, end) = (*process, Arc::new(end));
            children.push(Child { process, pid, end });
        }
    }
    let all = crate::call::Signal::ALL.into_iter();
    let ignored = all.filter(|signal| start.ignored & (1 << signal.number()) != 0);
    let inside = Inside {
        header: Header::read()?,
        is_changed: false,
        process: start.process,
        first: start.first,
        status: start.status,
        dispositions: ignored
            .map(|signal| (signal, Disposition::Ignore))
            .collect(),
        children,
        waiting: Vec::new(),
        threads: start.threads.clone(),
        keeper: Some(Keeper::start(0)?),
        alarm: None,
    };
    let side = match role {
        Role::Outside => Place::Outside,
        _ => Place::Inside,
    };
    let net = Net::new(inside.header.init, &start.sockets);
    Ok((Kernel::of_process(pipes, net, inside, side), start))
}

/// Lets the process run: those who wait for it go on.
fn go(role: Role, world: &Arc<World>, start: Start) -> io::Result<()> {
    let Some(family) = family(world) else {
        return Ok(());
    };
    if role == Role::Outside {
        return outside::carry_out(world);
    }
    if role == Role::Main {
        family.publish(&lock(&family.inside))?;
        child::carry_out(world, |world| {
            let inside = lock(&family.inside);
            let mut header = inside.header;
            header.epoch = world.clock.epoch();
            // Nobody else is there yet.
            let _ = header.write();
        });
        return Ok(());
    }
    {
        let inside = lock(&family.inside);
        world.clock.join(inside.header.epoch);
        family.publish(&inside)?;
        world.become_process(start.process, &start.threads);
    }
    if let Some(ready) = start.ready {
        rustix::io::write(system::own(ready).as_fd(), &[1])?;
    }
    if role == Role::Executed {
        // It is still inside since it had its other image.
        shared::leave();
    }
    // Its thread may go inside at once.
    sending::set_clock(world, &mut lock(&family.inside), start.alarm)?;
    let Some(program) = start.program else {
        return Err(io::Error::other("it has no program"));
    };
    let program = Program::Script(Box::new(program));
    let actor = Actor::new(world, start.first, start.process, program);
    actor.run();
    Ok(())
}
