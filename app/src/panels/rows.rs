//! A long list of equal rows, of which only those in sight are in the page.
//!
//! Not a table by itself: it knows how high a row is and where it stands, not what is in it.

use crate::decimal::px;
use crate::dom::{Html, Tag, afterwards, tag};
use crate::layout::Size;
use crate::live::{Derived, State};
use crate::stage::measure;

/// So many rows above and below those in sight are kept, so that scrolling meets no gaps.
const BESIDE: usize = 4;

/// A scrolling list with a head that stays. The row that is `wanted` is brought into sight whenever
/// it changes.
#[must_use]
pub fn rows(
    class: &str,
    label: &str,
    head: &Html,
    count: Derived<usize>,
    wanted: impl Fn() -> Option<usize> + 'static,
    row: impl Fn(usize) -> Tag + 'static,
) -> Tag {
    let top = tag("div")
        .attr("role", "row")
        .class("row row-head")
        .html(head);
    let list = tag("div")
        .class(&format!("rows {class}"))
        .attr("tabindex", "0");
    let size = measure::size_of(list.element());
    // The head is as high as a row, whatever the size of the text.
    let row_height = measure::size_of(top.element());
    let scrolled = State::new(0_i32);
    let height = Derived::new(move || row_height.get().height.max(1.0));
    let in_sight = Derived::new(move || {
        let Size { height: room, .. } = size.get();
        #[allow(clippy::cast_precision_loss, reason = "pixels of a screen")]
        let above = crate::layout::fitting(scrolled.get() as f32, height.get());
        let rows = crate::layout::fitting(room, height.get()) + 1;
        let first = above.saturating_sub(BESIDE);
        let last = (above + rows + BESIDE).min(count.get());
        first.min(last)..last
    });
    // Only the scroll position is touched.
    let element = list.element();
    afterwards(move || {
        let Some(wanted) = wanted() else {
            return;
        };
        let height = height.get_untracked();
        let room = size.get_untracked().height - height;
        let own = height * crate::layout::count(wanted);
        #[allow(clippy::cast_precision_loss, reason = "pixels of a screen")]
        let above = element.scroll_top() as f32;
        #[allow(clippy::cast_possible_truncation, reason = "pixels of a screen")]
        if own < above {
            element.set_scroll_top(own as i32);
        } else if own + height > above + room {
            element.set_scroll_top((own + height - room).ceil() as i32);
        }
    });
    let element = list.element();
    let body = move || {
        let height = height.get() * crate::layout::count(count.get());
        format!("height:{}px", px(height))
    };
    let placed = move |number: usize| {
        tag("div")
            .class("row-place")
            .attr("role", "presentation")
            .live("style", move || {
                let above = height.get() * crate::layout::count(number);
                format!("transform:translateY({}px)", px(above))
            })
            .child(row(number))
    };
    let body = tag("div")
        .attr("role", "rowgroup")
        .class("rows-body")
        .live("style", body)
        .each(move || in_sight.get().collect(), placed);
    let table = tag("div")
        .attr("role", "table")
        .attr("aria-label", label)
        .live("aria-rowcount", move || count.get().to_string());
    list.on("scroll", move |_| scrolled.set(element.scroll_top()))
        .child(table.child(top).child(body))
}

/// The cells of a head: names, and what they mean.
#[must_use]
pub fn head_of<'a>(columns: impl Iterator<Item = (&'a str, &'a str, &'a str)>) -> Html {
    let mut head = Html::new();
    for (class, name, meaning) in columns {
        head.open("span", &[("role", "columnheader"), ("class", class)]);
        head.element("abbr", &[("title", meaning)], name);
        head.close("span");
    }
    head
}
