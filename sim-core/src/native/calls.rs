//! Every call, and who carries it out: the table to which a new one is added.

use super::actor::{Actor, Answered};
use super::{memory, sync, tasks, threads, waits};
use crate::call::Call;

/// Carries out a call of a task. [`support`](super::support) has looked whether it can be.
pub(super) fn carry_out(actor: &mut Actor, call: Call) -> Answered {
    match call {
        Call::Access {
            variable,
            operation,
        } => memory::access(actor, variable, operation),
        Call::Sync { object, request } => sync::ask(actor, object, request),
        Call::Sleep { span } => waits::sleep(actor, span),
        Call::Io { span } => waits::transfer(actor, span),
        Call::NextPeriod => waits::next_period(actor),
        Call::Yield => tasks::give_way(actor),
        Call::Pass => tasks::pass(actor),
        Call::Print { .. } => tasks::print(actor),
        Call::Fail { fault } => tasks::fail(actor, fault),
        Call::Exit { .. } => tasks::exit(actor),
        Call::EndThread => tasks::end(actor),
        Call::StartThread { function } => threads::start(actor, function),
        Call::Join => threads::join(actor),
        Call::Send { .. }
        | Call::Receive { .. }
        | Call::TrySend { .. }
        | Call::TryReceive { .. }
        | Call::Close { .. }
        | Call::Socket { .. }
        | Call::Fork
        | Call::Spawn { .. }
        | Call::Execute { .. }
        | Call::WaitForChild
        | Call::TryWaitForChild
        | Call::Kill { .. }
        | Call::SetDisposition { .. }
        | Call::ReturnFromHandler
        | Call::SetAlarm { .. }
        | Call::Ask { .. } => Err(actor
            .world
            .fail(&format!("the call {call:?} has no real form"))),
    }
}
