//! A field for a text of many lines, with their numbers beside it and those that are wrong marked.
//!
//! Not what is done with the text.

use web_sys::HtmlTextAreaElement;

use crate::dom::{Html, Tag, tag, value_of};
use crate::live::{Derived, State};

/// A field, and what stands around it.
pub struct Editor {
    /// All of it.
    pub frame: Tag,
    /// The field.
    pub field: HtmlTextAreaElement,
}

/// A field in which `written` stands. Mistakes are in the element with the id `mistakes`.
#[must_use]
pub fn editor(
    testid: &str,
    label: &str,
    mistakes: &str,
    written: State<String>,
    wrong: Derived<Vec<u32>>,
    write: impl Fn(String) + 'static,
) -> Editor {
    let is_wrong = move || wrong.with(|wrong| !wrong.is_empty());
    let field = tag("textarea")
        .class("code-text")
        .testid(testid)
        .attr("aria-label", label)
        .live_bool("aria-invalid", is_wrong)
        .attr("aria-describedby", mistakes)
        .attr("spellcheck", "false")
        .attr("autocomplete", "off")
        .attr("autocapitalize", "off")
        .attr("wrap", "off");
    let element: HtmlTextAreaElement = field.element_as();
    element.set_value(&written.get_untracked());
    let gutter = tag("div").class("code-lines").attr("aria-hidden", "true");
    let lines = Derived::new(move || written.with(|text| text.split('\n').count()));
    let numbers = move || {
        let wrong = wrong.read();
        let mut numbers = Html::new();
        for line in (1..).take(lines.get()) {
            let class = if wrong.contains(&line) { "wrong" } else { "" };
            numbers.element("div", &[("class", class)], &line.to_string());
        }
        numbers
    };
    let input = move |event: web_sys::Event| {
        let text = value_of(&event);
        written.set(text.clone());
        write(text);
    };
    let (from, to) = (field.element(), gutter.element());
    let scroll = move |_| to.set_scroll_top(from.scroll_top());
    let class = move || match is_wrong() {
        true => "code invalid".to_owned(),
        false => "code".to_owned(),
    };
    let frame = tag("div")
        .live_class(class)
        .child(gutter.live_html(numbers))
        .child(field.on("input", input).on("scroll", scroll));
    Editor {
        frame,
        field: element,
    }
}
