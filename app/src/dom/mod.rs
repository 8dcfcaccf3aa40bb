//! The elements of the page, as panels write them down.
//!
//! Not a framework: signals, memos and effects are Leptos', and everything here is a thin layer over
//! the browser's own elements. It takes the place of Leptos' views because those are typed: each tree
//! of elements, attributes and closures becomes code of its own, which was more than half of the page.
//! Here all elements go through the same few functions, and a closure is boxed where it is handed over.
//!
//! An element is made at once. What is *live* (`live`, `live_text`, `part`, `when`, `each`) follows the
//! signals that it reads, for as long as the owner lives in which the element was made.

mod each;
mod html;
mod listen;

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event, Node};

use crate::live::Derived;
use crate::reactive::{Effect, RenderEffect, on_cleanup, untrack};

pub use html::Html;
pub use listen::{after_ms, on_next_frame, on_window, value_of};

/// An element that is being written down.
pub struct Tag(Element);

/// What may stand in an element: another one, or words.
pub struct Child(Node);

/// What a part of an element draws.
pub struct Children(Vec<Child>);

/// The window of the page.
#[must_use]
pub fn window() -> web_sys::Window {
    web_sys::window().expect("a page, which has a window")
}

/// The document of the page.
#[must_use]
pub fn document() -> web_sys::Document {
    window().document().expect("a page, which has a document")
}

/// The body of the page.
#[must_use]
pub fn body() -> Tag {
    Tag(document().body().expect("a body").unchecked_into())
}

/// An element of HTML.
#[must_use]
pub fn tag(name: &str) -> Tag {
    made(document().create_element(name))
}

/// An element of SVG.
#[must_use]
pub fn svg(name: &str) -> Tag {
    made(document().create_element_ns(Some("http://www.w3.org/2000/svg"), name))
}

/// Names of elements are written in this crate, and all of them exist.
fn made(element: Result<Element, JsValue>) -> Tag {
    match element {
        Ok(element) => Tag(element),
        Err(_) => unreachable!("no element has this name"),
    }
}

/// Words between elements.
#[must_use]
pub fn words(text: &str) -> Child {
    Child(document().create_text_node(text).unchecked_into())
}

impl From<Tag> for Child {
    fn from(tag: Tag) -> Self {
        Self(tag.0.unchecked_into())
    }
}

impl From<Tag> for Children {
    fn from(tag: Tag) -> Self {
        Self(vec![tag.into()])
    }
}

impl From<Option<Tag>> for Children {
    fn from(tag: Option<Tag>) -> Self {
        Self(tag.into_iter().map(Child::from).collect())
    }
}

impl From<Vec<Tag>> for Children {
    fn from(tags: Vec<Tag>) -> Self {
        Self(tags.into_iter().map(Child::from).collect())
    }
}

impl From<Vec<Child>> for Children {
    fn from(children: Vec<Child>) -> Self {
        Self(children)
    }
}

/// Runs at once, and again whenever a signal changes that it read, until its owner is cleaned up.
pub fn follow(draw: impl FnMut() + 'static) {
    follow_boxed(Box::new(draw));
}

fn follow_boxed(mut draw: Box<dyn FnMut()>) {
    let effect = RenderEffect::new(move |_| draw());
    on_cleanup(move || drop(effect));
}

/// Like [`follow`], but runs for the first time when what is drawn now is in the page.
pub fn afterwards(run: impl FnMut() + 'static) {
    afterwards_boxed(Box::new(run));
}

fn afterwards_boxed(mut run: Box<dyn FnMut()>) {
    Effect::new(move |_| run());
}

/// What a live string is written to.
#[derive(Clone, Copy)]
enum Place {
    Attribute(&'static str),
    /// What stands in a field; it differs from the attribute once somebody has written there.
    Value,
    Text,
}

impl Place {
    fn write(self, node: &Node, text: Option<&str>) {
        match (self, text) {
            (Self::Text, text) => node.set_text_content(text),
            (Self::Value, text) => {
                let text = JsValue::from_str(text.unwrap_or_default());
                // Only fields are given values.
                let _ = js_sys::Reflect::set(node, &JsValue::from_str("value"), &text);
            }
            // Names of attributes are written in this crate, and all of them are allowed.
            (Self::Attribute(name), Some(text)) => {
                let _ = node.unchecked_ref::<Element>().set_attribute(name, text);
            }
            (Self::Attribute(name), None) => {
                let _ = node.unchecked_ref::<Element>().remove_attribute(name);
            }
        }
    }
}

/// What says something that changes. A trait of our own: a boxed closure carries code for being called
/// only once too.
trait Say {
    /// What it says now; none where it says nothing.
    fn say(&self) -> Option<String>;
}

/// Always says something.
struct Always<F>(F);

impl<F: Fn() -> String> Say for Always<F> {
    fn say(&self) -> Option<String> {
        Some((self.0)())
    }
}

/// Says something at times.
struct Sometimes<F>(F);

impl<F: Fn() -> Option<String>> Say for Sometimes<F> {
    fn say(&self) -> Option<String> {
        (self.0)()
    }
}

/// What draws a part of an element.
trait Draw {
    fn draw(&self) -> Children;
}

impl<C: Into<Children>, F: Fn() -> C> Draw for F {
    fn draw(&self) -> Children {
        self().into()
    }
}

/// The one effect behind all live strings: writes only what has changed.
fn follow_text(node: Node, place: Place, text: Box<dyn Say>) {
    let mut before = None;
    follow_boxed(Box::new(move || {
        let now = text.say();
        if before.as_ref() != Some(&now) {
            place.write(&node, now.as_deref());
            before = Some(now);
        }
    }));
}

impl Tag {
    /// The element itself.
    #[must_use]
    pub fn element(&self) -> Element {
        self.0.clone()
    }

    /// The element as what it is known to be.
    #[must_use]
    pub fn element_as<T: JsCast>(&self) -> T {
        self.0.clone().unchecked_into()
    }

    /// With a class, or several.
    #[must_use]
    pub fn class(self, classes: &str) -> Self {
        self.attr("class", classes)
    }

    /// With an attribute that stays.
    #[must_use]
    pub fn attr(self, name: &'static str, value: &str) -> Self {
        Place::Attribute(name).write(&self.0, Some(value));
        self
    }

    /// With a mark by which tests find it.
    #[must_use]
    pub fn testid(self, id: &str) -> Self {
        self.attr("data-testid", id)
    }

    /// With an attribute that follows what it says.
    #[must_use]
    pub fn live(self, name: &'static str, value: impl Fn() -> String + 'static) -> Self {
        self.follow(Place::Attribute(name), Box::new(Always(value)))
    }

    /// With an attribute that is there only at times.
    #[must_use]
    pub fn live_if(self, name: &'static str, value: impl Fn() -> Option<String> + 'static) -> Self {
        self.follow(Place::Attribute(name), Box::new(Sometimes(value)))
    }

    /// With an attribute that says `true` or `false`.
    #[must_use]
    pub fn live_bool(self, name: &'static str, is: impl Fn() -> bool + 'static) -> Self {
        self.live(name, move || is().to_string())
    }

    /// With an attribute that holds by being there, as `disabled` does.
    #[must_use]
    pub fn live_flag(self, name: &'static str, is: impl Fn() -> bool + 'static) -> Self {
        self.live_if(name, move || is().then(String::new))
    }

    /// With a class that is changed for another.
    #[must_use]
    pub fn live_class(self, classes: impl Fn() -> String + 'static) -> Self {
        self.live("class", classes)
    }

    /// With what stands in it as a field.
    #[must_use]
    pub fn live_value(self, value: impl Fn() -> String + 'static) -> Self {
        self.follow(Place::Value, Box::new(Always(value)))
    }

    /// With nothing in it but words that change.
    #[must_use]
    pub fn live_text(self, text: impl Fn() -> String + 'static) -> Self {
        self.follow(Place::Text, Box::new(Always(text)))
    }

    fn follow(self, place: Place, text: Box<dyn Say>) -> Self {
        follow_text(self.0.clone().unchecked_into(), place, text);
        self
    }

    /// With words after what is in it.
    #[must_use]
    pub fn text(self, text: &str) -> Self {
        self.child(words(text))
    }

    /// With something after what is in it.
    #[must_use]
    pub fn child(self, child: impl Into<Child>) -> Self {
        // An element that was just made can stand in another.
        let _ = self.0.append_child(&child.into().0);
        self
    }

    /// With all of these after what is in it.
    #[must_use]
    pub fn children(self, children: impl Into<Children>) -> Self {
        let Children(children) = children.into();
        children.into_iter().fold(self, Self::child)
    }

    /// With a part that is drawn anew whenever a signal changes that it read.
    #[must_use]
    pub fn part<C: Into<Children>>(self, draw: impl Fn() -> C + 'static) -> Self {
        self.part_boxed(Box::new(draw))
    }

    fn part_boxed(self, draw: Box<dyn Draw>) -> Self {
        // An empty text marks where the part ends; it has no box, and no selector sees it.
        let end: Node = document().create_text_node("").unchecked_into();
        let _ = self.0.append_child(&end);
        let mut first: Option<Node> = None;
        follow_boxed(Box::new(move || {
            let Some(parent) = end.parent_node() else {
                return;
            };
            // Parts within this part keep to its range: all up to the end goes.
            let mut old = first.take();
            while let Some(node) = old.filter(|node| !node.is_same_node(Some(&end))) {
                old = node.next_sibling();
                let _ = parent.remove_child(&node);
            }
            for Child(node) in draw.draw().0 {
                let _ = parent.insert_before(&node, Some(&end));
                first.get_or_insert(node);
            }
        }));
        self
    }

    /// With a part that is there while a condition holds.
    #[must_use]
    pub fn when<C: Into<Children>>(
        self,
        holds: impl Fn() -> bool + Send + Sync + 'static,
        draw: impl Fn() -> C + 'static,
    ) -> Self {
        // A memo: what is there is drawn anew only after it was gone.
        self.when_boxed(Derived::new(holds), Box::new(draw))
    }

    fn when_boxed(self, holds: Derived<bool>, draw: Box<dyn Draw>) -> Self {
        self.part_boxed(Box::new(move || {
            if holds.get() {
                untrack(|| draw.draw())
            } else {
                Children(Vec::new())
            }
        }))
    }

    /// With one element for each key, in their order; an element stays as long as its key does.
    ///
    /// They stand after what is in the element already, and nothing may come behind them.
    #[must_use]
    pub fn each(
        self,
        keys: impl Fn() -> Vec<usize> + 'static,
        draw: impl Fn(usize) -> Self + 'static,
    ) -> Self {
        each::follow(self.element(), Box::new(keys), Box::new(draw));
        self
    }

    /// With HTML in it that stays.
    #[must_use]
    pub fn html(self, html: &Html) -> Self {
        self.0.set_inner_html(html.as_str());
        self
    }

    /// With HTML in it that follows what it says.
    #[must_use]
    pub fn live_html(self, html: impl Fn() -> Html + 'static) -> Self {
        html::follow(self.element(), Box::new(html));
        self
    }

    /// With something that happens on an event.
    #[must_use]
    pub fn on(self, event: &'static str, happens: impl FnMut(Event) + 'static) -> Self {
        listen::listen(&self.0, event, Box::new(happens));
        self
    }
}
