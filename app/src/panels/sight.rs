//! Bringing a part of a panel into sight, by its scroll position alone: nothing else moves.

use web_sys::Element;

/// Where what was out of sight is put.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Spot {
    /// At the edge that it was beyond.
    Edge,
    /// In the middle, so that what comes next is in sight as well.
    Middle,
}

/// Scrolls a panel until a part of it is in sight; what is in sight stays where it is.
pub fn bring_into_sight(panel: &Element, part: &Element, spot: Spot) {
    let (view, own) = (
        panel.get_bounding_client_rect(),
        part.get_bounding_client_rect(),
    );
    let over = if own.bottom() > view.bottom() {
        own.bottom() - view.bottom()
    } else if own.top() < view.top() {
        own.top() - view.top()
    } else {
        return;
    };
    let over = match spot {
        Spot::Edge => over,
        Spot::Middle => {
            f64::midpoint(own.top(), own.bottom()) - f64::midpoint(view.top(), view.bottom())
        }
    };
    #[allow(clippy::cast_possible_truncation, reason = "pixels of a screen")]
    panel.set_scroll_top(panel.scroll_top() + over as i32);
}
