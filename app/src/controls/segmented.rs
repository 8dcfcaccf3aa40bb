//! A choice of one out of a few, all of them in sight.
//!
//! Not tabs: nothing else is shown or hidden by it.

use std::rc::Rc;

use crate::dom::{Tag, tag};

/// One of the things that can be chosen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Segment<T> {
    /// What is chosen.
    pub value: T,
    /// What it is called.
    pub label: &'static str,
    /// The name of it in test ids.
    pub id: &'static str,
}

/// A row of buttons of which one is pressed. The test id of each is the row's, a hyphen and its own.
#[must_use]
pub fn segmented<T: Copy + PartialEq + 'static, const N: usize>(
    testid: &str,
    label: &str,
    segments: [Segment<T>; N],
    value: impl Fn() -> T + 'static,
    change: impl Fn(T) + 'static,
) -> Tag {
    let values = segments.map(|segment| segment.value);
    let names = segments.map(|segment| (segment.id, segment.label));
    by_place(
        testid,
        label,
        &names,
        Rc::new(move || values.iter().position(|each| *each == value())),
        Rc::new(move |place| change(values[place])),
    )
}

/// The same, whatever it is that is chosen.
fn by_place(
    testid: &str,
    label: &str,
    names: &[(&str, &str)],
    chosen: Rc<dyn Fn() -> Option<usize>>,
    choose: Rc<dyn Fn(usize)>,
) -> Tag {
    let row = tag("div")
        .class("segmented")
        .attr("role", "group")
        .attr("aria-label", label)
        .testid(testid);
    let buttons = names.iter().enumerate().map(|(place, (id, label))| {
        let (chosen, choose) = (Rc::clone(&chosen), Rc::clone(&choose));
        tag("button")
            .attr("type", "button")
            .class("segment")
            .testid(&format!("{testid}-{id}"))
            .live_bool("aria-pressed", move || chosen() == Some(place))
            .on("click", move |_| choose(place))
            .text(label)
    });
    row.children(buttons.collect::<Vec<_>>())
}
