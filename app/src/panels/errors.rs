//! What could not be done, and what takes long: what lies over the page for a while.
//!
//! Not findings of a run: those are facts about it, not mistakes.

use crate::controls::{Shape, Weight, button, icon};
use crate::dom::{Tag, tag};
use crate::i18n::{real_texts, texts};
use crate::session::{Act, Problem};
use crate::store::Store;

/// The last thing that could not be done.
#[must_use]
pub fn errors() -> Tag {
    let store = Store::of_page();
    let text = texts();
    let problem = store.memo(|session| session.problem().cloned());
    // While somebody writes, what is wrong is said beside the text.
    let is_elsewhere = move || {
        store.writing.get() && problem.with(|problem| matches!(problem, Some(Problem::Input(_))))
    };
    let error = move |problem: &Problem| {
        let words = tag("div")
            .class("error-text")
            .child(tag("b").text(text.problem_title(problem)))
            .child(tag("p").testid("error").text(&text.problem(problem)))
            .child(tag("small").text(text.problem_way_out(problem)));
        let retry = problem.can_be_retried().then(|| {
            let press = move || store.act(Act::Retry);
            button("retry", text.retry(), Weight::Plain, press).text(text.retry())
        });
        let dismiss = button("dismiss", text.dismiss(), Weight::Quiet, move || {
            store.act(Act::Dismiss);
        });
        tag("div")
            .class("error")
            .attr("role", "alert")
            .child(words)
            .children(retry)
            .child(dismiss.child(icon(Shape::Close)))
    };
    tag("div")
        .class("errors")
        .attr("aria-live", "assertive")
        .part(move || {
            let shown = if is_elsewhere() { None } else { problem.get() };
            shown.as_ref().map(error)
        })
}

/// What is being fetched, how far runs in the making are, and a way to stop both.
#[must_use]
pub fn making_runs() -> Tag {
    let store = Store::of_page();
    let text = texts();
    let words = move || {
        store.with(|session| match (session.request(), session.progress()) {
            (Some(request), _) => text.fetching(request.entry.title(text.tag())),
            (None, _) if session.recording_request().is_some() => {
                text.fetching(real_texts().real_run())
            }
            (None, _) if session.wants_part() => text.fetching_part().to_owned(),
            (None, Some(progress)) => text.making(progress),
            (None, None) => String::new(),
        })
    };
    let cancel = button("cancel", text.cancel(), Weight::Plain, move || {
        store.act(Act::Cancel);
    });
    tag("div")
        .class("making")
        .attr("role", "status")
        .testid("making")
        .child(tag("div").class("making-bar").attr("aria-hidden", "true"))
        .child(tag("span").live_text(words))
        .child(cancel.text(text.cancel()))
}
