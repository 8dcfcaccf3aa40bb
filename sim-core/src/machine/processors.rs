//! Processors of a process that schedules its threads on as many kernel threads as it takes, as the Go
//! runtime does (`runtime/proc.go`, there *P*; the threads are *G*, the kernel threads *M*).
//!
//! A processor is the right to run one thread of the process, and a run queue. A kernel thread that has one
//! takes threads from it; one whose call the kernel keeps waiting gives its processor up, so that another
//! kernel thread goes on with it, and needs one again when the call has come to its end.
//!
//! - A thread that is made, or that has waited for something that the runtime keeps, is the next one of the
//!   processor on which its maker, or it itself, ran; who was the next one goes to the end of its queue.
//!   (Go: the processor of whoever wakes it.)
//! - One that has arrived, has yielded, or comes out of the kernel and finds no processor idle, goes to the
//!   end of the queue that all share.
//! - A processor takes its next one, the first of its queue, the first of the shared one, and last of all
//!   half of another's queue: of the first after it by number that has one. Every 61st time it looks at the
//!   shared queue first, so that nobody waits there for ever.
//!
//! Go takes another processor's queue at random, several from the shared queue at a time, and takes a thread
//! that has run for 10 ms off its kernel thread: here nothing does.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::ids::TaskId;

/// Every so manieth time a processor looks at the shared queue first (Go: `schedtick%61`).
const SHARED_FIRST: u8 = 61;
/// So many stand in a processor's queue at most; half of them go to the shared one then (Go: `runq`).
const LONGEST: usize = 256;

/// The processors of a process.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Processors {
    /// All of them.
    pub all: Vec<Processor>,
    /// The numbers of those that no kernel thread has: the one that was left last stands last, and is taken
    /// first.
    pub idle: Vec<u8>,
}

/// The right to run one thread of a process, and those who wait for it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Processor {
    /// Who runs next.
    pub next: Option<TaskId>,
    /// Who stands behind that one.
    pub queue: VecDeque<TaskId>,
    /// How often it has taken a thread, up to [`SHARED_FIRST`].
    turn: u8,
}

/// Where a processor finds a thread.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Source {
    /// In its own queue, or as its next one.
    Own,
    /// In the queue that all share.
    Shared,
    /// In the queue of this other one.
    Stolen(u8),
}

impl Processor {
    /// Who stands in its queue, in the order in which they would run there.
    pub fn queued(&self) -> impl Iterator<Item = TaskId> {
        self.next.iter().chain(&self.queue).copied()
    }

    fn has_any(&self) -> bool {
        self.next.is_some() || !self.queue.is_empty()
    }
}

impl Processors {
    /// So many, which no kernel thread has.
    pub(crate) fn new(count: u8) -> Self {
        Self {
            all: vec![Processor::default(); usize::from(count)],
            // The first is taken first.
            idle: (0..count).rev().collect(),
        }
    }

    /// What a processor would run, if it took a thread now.
    pub(crate) fn find(&self, number: u8, shared: &VecDeque<TaskId>) -> Option<(TaskId, Source)> {
        let own = self.all.get(usize::from(number))?;
        let first = shared.front().map(|task| (*task, Source::Shared));
        if own.turn + 1 == SHARED_FIRST && first.is_some() {
            return first;
        }
        let own_first = own.queued().next().map(|task| (task, Source::Own));
        own_first.or(first).or_else(|| {
            let victim = self.victim(number)?;
            let all = &self.all[usize::from(victim)];
            let last = all.queue.len().div_ceil(2).checked_sub(1);
            let task = last.map_or(all.next, |last| all.queue.get(last).copied());
            Some((task?, Source::Stolen(victim)))
        })
    }

    /// From whom a processor would steal.
    fn victim(&self, thief: u8) -> Option<u8> {
        let count = u8::try_from(self.all.len()).unwrap_or(u8::MAX);
        let others = (thief + 1..count).chain(0..thief);
        let mut others = others.filter(|other| self.all[usize::from(*other)].has_any());
        others.next()
    }

    /// A processor takes the thread that it finds, and with a stolen one those before it.
    pub(crate) fn take(&mut self, number: u8, source: Source, shared: &mut VecDeque<TaskId>) {
        let own = &mut self.all[usize::from(number)];
        own.turn = (own.turn + 1) % SHARED_FIRST;
        match source {
            Source::Own => {
                if own.next.take().is_none() {
                    own.queue.pop_front();
                }
            }
            Source::Shared => {
                shared.pop_front();
            }
            Source::Stolen(victim) => {
                let from = &mut self.all[usize::from(victim)];
                let half = from.queue.len().div_ceil(2);
                if half == 0 {
                    from.next = None;
                    return;
                }
                let mut stolen: VecDeque<_> = from.queue.drain(..half).collect();
                // The last of them is the one that runs now (Go: `runqsteal`).
                stolen.pop_back();
                self.all[usize::from(number)].queue.append(&mut stolen);
            }
        }
    }

    /// A thread is the next one of a processor.
    pub(crate) fn put(&mut self, number: u8, task: TaskId, shared: &mut VecDeque<TaskId>) {
        let own = &mut self.all[usize::from(number)];
        let Some(before) = own.next.replace(task) else {
            return;
        };
        if own.queue.len() >= LONGEST {
            shared.extend(own.queue.drain(..LONGEST / 2));
            shared.push_back(before);
        } else {
            own.queue.push_back(before);
        }
    }

    /// A thread stands in no queue any more.
    pub(super) fn forget(&mut self, task: TaskId) {
        for processor in &mut self.all {
            processor.next = processor.next.filter(|next| *next != task);
            processor.queue.retain(|other| *other != task);
        }
    }

    /// The memory that a copy takes beside the machine's own, in bytes, roughly.
    pub(super) fn bytes(&self) -> usize {
        let queued: usize = self.all.iter().map(|each| each.queue.len()).sum();
        size_of_val(self.all.as_slice()) + self.idle.len() + queued * size_of::<TaskId>()
    }

    /// What decides how the process goes on.
    pub(super) fn control(&self, bytes: &mut Vec<u8>) {
        for processor in &self.all {
            bytes.push(processor.turn);
            bytes.push(u8::from(processor.next.is_some()));
            bytes.extend((processor.queue.len() as u64).to_le_bytes());
            for task in processor.queued() {
                bytes.extend(task.0.to_le_bytes());
            }
        }
        bytes.push(u8::try_from(self.idle.len()).unwrap_or(u8::MAX));
        bytes.extend(&self.idle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready(numbers: &[u32]) -> VecDeque<TaskId> {
        numbers.iter().map(|number| TaskId(*number)).collect()
    }

    /// Puts threads to a processor, the first first.
    fn filled(processors: &mut Processors, number: u8, tasks: &[u32]) {
        for task in tasks {
            processors.put(number, TaskId(*task), &mut VecDeque::new());
        }
    }

    /// Has a processor take all that it finds.
    fn all_taken(
        processors: &mut Processors,
        number: u8,
        shared: &mut VecDeque<TaskId>,
    ) -> Vec<u32> {
        let mut taken = Vec::new();
        while let Some((task, source)) = processors.find(number, shared) {
            processors.take(number, source, shared);
            taken.push(task.0);
        }
        taken
    }

    #[test]
    fn who_was_made_last_runs_first_and_the_others_in_their_order() {
        let mut processors = Processors::new(1);
        filled(&mut processors, 0, &[1, 2, 3, 4]);
        let taken = all_taken(&mut processors, 0, &mut ready(&[9]));
        assert_eq!(taken, [4, 1, 2, 3, 9]);
    }

    #[test]
    fn half_of_another_queue_is_stolen_and_its_next_one_last() {
        let mut processors = Processors::new(3);
        filled(&mut processors, 1, &[1, 2, 3, 4, 5]);
        // 5 is next, and 1, 2, 3, 4 stand behind it: 1 and 2 are stolen, and 2 runs.
        assert_eq!(
            processors.find(2, &ready(&[])),
            Some((TaskId(2), Source::Stolen(1)))
        );
        processors.take(2, Source::Stolen(1), &mut ready(&[]));
        assert_eq!(processors.all[2].queued().collect::<Vec<_>>(), [TaskId(1)]);
        assert_eq!(all_taken(&mut processors, 2, &mut ready(&[])), [1, 3, 4, 5]);
    }

    #[test]
    fn nobody_waits_in_the_shared_queue_for_ever() {
        let mut processors = Processors::new(1);
        let mut shared = ready(&[9]);
        for turn in 1..=100 {
            filled(&mut processors, 0, &[1, 2]);
            let (task, source) = processors.find(0, &shared).unwrap();
            processors.take(0, source, &mut shared);
            assert_eq!(task == TaskId(9), turn == 61, "turn {turn}");
        }
    }

    #[test]
    fn what_is_too_much_for_a_queue_goes_to_the_shared_one() {
        let mut processors = Processors::new(1);
        let mut shared = VecDeque::new();
        for task in 0..1_000 {
            processors.put(0, TaskId(task), &mut shared);
            assert!(processors.all[0].queue.len() <= LONGEST);
        }
        assert_eq!(shared.len() + processors.all[0].queued().count(), 1_000);
        processors.forget(TaskId(999));
        assert_eq!(processors.all[0].next, None);
    }
}
