//! Sets of sockets that are watched: what `select`, `poll` and `epoll` look at.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::Network;
use crate::call::Request;
use crate::ids::{ObjectId, SocketId, TaskId};
use crate::machine::{Machine, ObjectState, Phase};
use crate::program::{Code, Place};
use crate::time::Span;

/// The most descriptors that `select` knows (POSIX `FD_SETSIZE`).
pub const SELECT_DESCRIPTORS: i64 = 1_024;

/// A set of sockets.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Watch {
    /// What is in it, in the order in which it came in.
    pub members: Vec<Member>,
    /// The descriptors of the last answer that have not been taken.
    pub answer: VecDeque<i64>,
    /// How often one of them has joined that line.
    pub arrivals: u32,
}

/// A socket in a set.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Member {
    /// The number by which its process knows it.
    pub descriptor: i64,
    /// The socket.
    pub socket: SocketId,
    /// When it is reported.
    pub trigger: Trigger,
    /// Its place in the line of those that epoll looks at next: where it joined it, if it is in it.
    pub news: Option<u32>,
}

/// When a socket of a set is reported.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Trigger {
    /// While it is ready.
    Level,
    /// Once for each arrival, by epoll.
    Edge,
}

impl Watch {
    /// Notes that there is something new at a socket; whether it is in the set. Who is in line already
    /// stays where it is (Linux, `ep_poll_callback`).
    pub(in crate::machine) fn note(&mut self, socket: SocketId) -> bool {
        let mut is_in_it = false;
        for member in self.members.iter_mut().filter(|one| one.socket == socket) {
            if member.news.is_none() {
                member.news = Some(self.arrivals);
                self.arrivals = self.arrivals.wrapping_add(1);
            }
            is_in_it = true;
        }
        is_in_it
    }

    /// Epoll has looked at those in line: whoever is not ready leaves it, as does who is reported for its
    /// edge; a level goes to its end, to be looked at again (Linux, `ep_send_events`).
    pub(in crate::machine) fn look(&mut self, network: &Network) {
        let ready = self.ready(network, Request::Epoll);
        for member in &mut self.members {
            member.news = None;
        }
        for reported in ready {
            let mut members = self.members.iter_mut();
            let member = members.find(|member| member.descriptor == reported.descriptor);
            if let Some(member) = member.filter(|member| member.trigger == Trigger::Level) {
                member.news = Some(self.arrivals);
                self.arrivals = self.arrivals.wrapping_add(1);
            }
        }
    }

    /// The members that a call reports, in the order in which it does: `select` by number, `poll` as
    /// they came into the set, epoll as they came into its line.
    #[must_use]
    pub fn ready(&self, network: &Network, request: Request) -> Vec<Member> {
        let is_ready = |socket: SocketId| {
            let socket = network.socket(socket);
            socket.is_some_and(|socket| socket.is_ready())
        };
        let reports = |member: &&Member| {
            let is_due = member.trigger == Trigger::Level
                || request != Request::Epoll
                || member.news.is_some();
            is_due && is_ready(member.socket)
        };
        let mut ready: Vec<_> = self.members.iter().filter(reports).copied().collect();
        match request {
            Request::Select => ready.sort_unstable_by_key(|member| member.descriptor),
            Request::Epoll => ready.sort_by_key(|member| member.news),
            _ => {}
        }
        ready
    }

    /// How many descriptors a call looks at.
    #[must_use]
    pub fn looked_at(&self, network: &Network, request: Request) -> u32 {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        match request {
            // Every number up to the highest.
            Request::Select => {
                let highest = self.members.iter().map(|member| member.descriptor).max();
                let all = highest.map_or(0, |highest| highest.saturating_add(1));
                u32::try_from(all).unwrap_or(u32::MAX)
            }
            Request::Epoll => count(self.ready(network, request).len()),
            _ => count(self.members.len()),
        }
    }

    /// Whether a call can be made at all: `select` knows small numbers only.
    #[must_use]
    pub fn is_within(&self, request: Request) -> bool {
        let fits = |member: &Member| member.descriptor < SELECT_DESCRIPTORS;
        request != Request::Select || self.members.iter().all(fits)
    }

    /// What decides how it can answer, as canonical bytes.
    pub(in crate::machine) fn control(&self, bytes: &mut Vec<u8>) {
        for member in &self.members {
            bytes.extend(member.descriptor.to_le_bytes());
            bytes.push(u8::from(member.news.is_some()));
        }
        for descriptor in &self.answer {
            bytes.extend(descriptor.to_le_bytes());
        }
    }

    /// The memory that a copy takes beside it, in bytes.
    pub(in crate::machine) fn bytes(&self) -> usize {
        self.members.len() * size_of::<Member>() + self.answer.len() * size_of::<i64>()
    }
}

impl Machine {
    /// How long the kernel still has to look at the sockets of a set before it can say which are ready.
    #[must_use]
    pub fn scan_time(&self, code: &Code, task: TaskId, object: ObjectId, request: Request) -> Span {
        let ObjectState::Watch(watch) = &self.object(object).state else {
            return Span::ZERO;
        };
        let is_due = self.threads[task.index()].phase == Phase::Ask
            && request.is_multiplexing()
            && code.job(task).place == Place::Inside
            && watch.is_within(request);
        if !is_due || code.config.costs.scan.is_zero() {
            return Span::ZERO;
        }
        let looked_at = watch.looked_at(&self.network, request);
        code.config.costs.scanning(looked_at)
    }
}
