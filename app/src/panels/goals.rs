//! What the scenario asks of who chooses, and whether the runs have come there.
//!
//! Not the judging, which is the session's.

use crate::dom::{Tag, tag};
use crate::i18n::texts;
use crate::session::{Judged, Session};
use crate::store::Store;

/// The goals; nothing where there are none.
#[must_use]
pub fn goals() -> Tag {
    let goals = Store::of_page().memo(Session::goals);
    tag("div")
        .class("goals")
        .testid("goals")
        .attr("aria-live", "polite")
        .part(move || goals.with(|goals| goals.iter().map(goal).collect::<Vec<_>>()))
}

fn goal(goal: &Judged) -> Tag {
    let (class, mark) = match goal.is_reached {
        true => ("goal reached", texts().goal_reached()),
        false => ("goal", texts().goal_open()),
    };
    tag("p")
        .class(class)
        .child(tag("b").text(mark))
        .child(tag("span").text(&goal.text))
}
