//! Every call, and who carries it out: the table to which a new one is added.

use super::actor::{Actor, Answered};
use super::{kernel, memory, sync, tasks, threads, waits};
use crate::call::Call;

/// Carries out a call of a task. [`support`](super::support) has looked whether it can be.
pub(super) fn carry_out(actor: &mut Actor, call: Call) -> Answered {
    match call {
        Call::Access {
            variable,
            operation,
        } => memory::access(actor, variable, operation),
        Call::Sync { object, request } if actor.world.code.is_set(object) => {
            kernel::ask_set(actor, object, request)
        }
        Call::Sync { object, request } => sync::ask(actor, object, request),
        Call::Sleep { span } if actor.world.is_family() => kernel::sleep(actor, span),
        Call::Sleep { span } => waits::sleep(actor, span),
        Call::Io { span } => waits::transfer(actor, span),
        Call::NextPeriod => waits::next_period(actor),
        Call::Yield => tasks::give_way(actor),
        Call::Pass => tasks::pass(actor),
        Call::Print { .. } => tasks::print(actor),
        Call::Fail { fault } => tasks::fail(actor, fault),
        Call::Exit { status } => tasks::exit(actor, status),
        Call::EndThread => tasks::end(actor),
        Call::StartThread { function } => threads::start(actor, function),
        Call::Join => threads::join(actor),
        Call::Send { pipe } => kernel::send(actor, pipe),
        Call::Receive { pipe } => kernel::receive(actor, pipe),
        Call::TrySend { pipe } => kernel::try_send(actor, pipe),
        Call::TryReceive { pipe } => kernel::try_receive(actor, pipe),
        Call::Close { pipe, end } => kernel::close(actor, pipe, end),
        Call::Fork => kernel::fork(actor),
        Call::Spawn { function } => kernel::spawn(actor, function),
        Call::Execute { function } => kernel::execute(actor, function),
        Call::WaitForChild => kernel::wait_for_child(actor),
        Call::TryWaitForChild => kernel::try_wait_for_child(actor),
        Call::Kill { signal } => kernel::kill(actor, signal),
        Call::SetDisposition {
            signal,
            disposition,
        } => kernel::set_disposition(actor, signal, disposition),
        Call::ReturnFromHandler => kernel::return_from_handler(actor),
        Call::SetAlarm { span } => kernel::set_alarm(actor, span),
        Call::Ask { query } => kernel::ask(actor, query),
        Call::Socket { request } => kernel::ask_socket(actor, request),
    }
}
