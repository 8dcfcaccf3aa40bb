//! The part of the page that is fetched later: what waits for it.
//!
//! Not the fetching: whoever is outside looks at [`Session::wants_part`] and answers by
//! [`Act::PartCame`]. This is the one place that keeps what is marked by `#[later]` from being called too
//! early: until the part is there, only acts that are basic are carried out.

use std::collections::VecDeque;

use sim_core::scenario::Entry;

use super::{Act, FetchFault, Problem, Session, Texts};

/// Whether the part is there, and what waits for it.
#[derive(Debug)]
pub(super) struct Part {
    state: State,
    /// What is to be done once it has come.
    held: VecDeque<Act>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    There,
    /// Nobody has asked for it.
    Away,
    Wanted,
    /// It was asked for in vain.
    Failed,
}

impl Part {
    /// As it is with a page that has just been loaded.
    pub(super) fn of_page() -> Self {
        let state = if sim_core::part::has_come() {
            State::There
        } else {
            State::Away
        };
        Self {
            state,
            held: VecDeque::new(),
        }
    }

    /// As it is with a page that has just been loaded, in pieces.
    #[cfg(test)]
    pub(super) fn away() -> Self {
        Self {
            state: State::Away,
            held: VecDeque::new(),
        }
    }

    /// Nothing waits for it any more.
    pub(super) fn withdraw(&mut self) {
        self.held.clear();
        if self.state == State::Failed {
            self.state = State::Away;
        }
    }

    /// Whether something waits for it.
    pub(super) fn has_waiting(&self) -> bool {
        self.state == State::Wanted || !self.held.is_empty()
    }

    /// Asks for it.
    pub(super) fn want(&mut self) {
        if self.state != State::There {
            self.state = State::Wanted;
        }
    }
}

/// The scenario that a first visit shows: what it needs is there. index.html names it too.
const FIRST: &str = "two-processes-one-program";

/// Its texts as they were when the page was built. Others under its name may need more.
const TEXTS: [u64; 2] = [
    hash(include_str!(
        "../../../sim-core/scenarios/two-processes-one-program/scenario.toml"
    )),
    hash(include_str!(
        "../../../sim-core/scenarios/two-processes-one-program/lesson.en.md"
    )),
];

/// FNV-1a: nobody is to be kept from making two texts of one hash.
const fn hash(text: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut at = 0;
    while at < text.len() {
        hash = (hash ^ text.as_bytes()[at] as u64).wrapping_mul(0x0100_0000_01b3);
        at += 1;
    }
    hash
}

/// Whether a scenario is the one that a first visit shows.
pub(super) fn is_first(entry: &Entry) -> bool {
    entry.slug == FIRST
}

/// Whether texts are those that it had when the page was built.
fn are_first(texts: &Texts) -> bool {
    match &*texts.lessons {
        [(_, lesson)] => [hash(&texts.scenario), hash(lesson)] == TEXTS,
        _ => false,
    }
}

impl Act {
    /// Whether it does without what is fetched later, as long as what is open is the first scenario as it
    /// comes.
    const fn is_basic(&self) -> bool {
        matches!(
            self,
            Self::Open { .. }
                | Self::WantPart
                | Self::PartCame(_)
                | Self::Retry
                | Self::Focus(_)
                | Self::Player(_)
                | Self::Seek(_)
                | Self::SeekTime(_)
                | Self::StepForward(_)
                | Self::StepBack(_)
                | Self::ToStart
                | Self::ToEnd
                | Self::StepBy(_)
                | Self::Select(_)
                | Self::Frame(_)
                | Self::Cancel
                | Self::Report(_)
                | Self::Dismiss
        )
    }
}

impl Session {
    /// Whether the part is there.
    #[must_use]
    pub fn has_part(&self) -> bool {
        self.part.state == State::There
    }

    /// Whether the part is asked for.
    #[must_use]
    pub fn wants_part(&self) -> bool {
        self.part.state == State::Wanted
    }

    /// Whether an act, and all that come behind it, have to wait for the part: then they do.
    pub(super) fn holds(&mut self, act: Act, behind: &mut VecDeque<Act>) -> Option<Act> {
        let is_basic = match &act {
            // What comes too late, or cannot be had, is not read.
            Act::Deliver { request, texts } => {
                let wanted = self.opening.request();
                wanted.is_none_or(|wanted| wanted.number != *request)
                    || texts.as_ref().map_or(true, are_first)
            }
            act => act.is_basic(),
        };
        if self.part.state == State::There || is_basic {
            return Some(act);
        }
        // Of two things to be opened the newer one wins. Texts that are waited for are the newer one's.
        if act.opens() && !matches!(act, Act::Deliver { .. }) {
            self.part.withdraw();
        }
        self.part.held.push_back(act);
        self.part.held.append(behind);
        self.part.want();
        None
    }

    /// Takes in that the part has come: what waited for it is done before all else.
    pub(super) fn part_came(
        &mut self,
        came: Result<(), FetchFault>,
        behind: &mut VecDeque<Act>,
    ) -> Result<(), Problem> {
        if self.part.state != State::Wanted {
            return Ok(());
        }
        if let Err(fault) = came {
            self.part.state = State::Failed;
            return Err(Problem::Part(fault));
        }
        self.part.state = State::There;
        let mut waiting = core::mem::take(&mut self.part.held);
        waiting.append(behind);
        *behind = waiting;
        Ok(())
    }

    /// Asks again for a part that could not be had.
    pub(super) fn retry_part(&mut self) {
        if self.part.state == State::Failed {
            self.problem = None;
            self.part.state = State::Wanted;
        }
    }
}
