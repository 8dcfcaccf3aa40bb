//! The sentence: what just happened and why, and where in the run that is.
//!
//! Not the words: those are in [`i18n`](crate::i18n).

use std::sync::Arc;

use crate::dom::{Child, Tag, tag, words};
use crate::i18n::{Piece, texts};
use crate::live::Derived;
use crate::scene::Scene;
use crate::stage::look;

/// Says what just happened and why.
#[must_use]
pub fn sentence(scene: Derived<Arc<Scene>>) -> Tag {
    let texts = texts();
    let sentence = Derived::new(move || texts.sentence(&scene.read()));
    let say = move |pieces: &[Piece]| {
        let scene = scene.read_untracked();
        let said = pieces.iter().map(|piece| said(piece, &scene));
        said.collect::<Vec<_>>()
    };
    let also = move || {
        let more = &sentence.read().more;
        let also = || tag("span").class("sentence-also").children(say(more));
        (!more.is_empty()).then(also)
    };
    let place = move || texts.place(&scene.read());
    tag("section")
        .class("sentence")
        .attr("aria-live", "polite")
        // It scrolls where a sentence is long.
        .attr("tabindex", "0")
        .child(
            tag("p")
                .class("sentence-main")
                .part(move || say(&sentence.read().main)),
        )
        .child(
            tag("p")
                .class("sentence-more")
                .child(tag("span").class("sentence-place").live_text(place))
                .part(also),
        )
}

fn said(piece: &Piece, scene: &Scene) -> Child {
    match piece {
        Piece::Words(said) => words(said),
        Piece::Thing(name) => tag("b").text(name).into(),
        Piece::Task(task) => {
            let class = look::state_class(look::seen(&scene.machine, *task));
            let name = tag("b").class(&format!("task-name {class}"));
            name.text(&scene.code.job(*task).name).into()
        }
    }
}
