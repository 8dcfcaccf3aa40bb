//! The sentence: what just happened and why, and where in the run that is.
//!
//! Not the words: those are in [`i18n`](crate::i18n).

use std::sync::Arc;

use leptos::prelude::*;

use crate::i18n::{Piece, texts};
use crate::scene::Scene;
use crate::stage::look;

/// Says what just happened and why.
#[component]
pub fn Sentence(
    /// What to tell.
    #[prop(into)]
    scene: Signal<Arc<Scene>>,
) -> impl IntoView {
    let texts = texts();
    let sentence = Memo::new(move |_| texts.sentence(&scene.read()));
    let place = Memo::new(move |_| texts.place(&scene.read()));
    let say = move |pieces: &[Piece]| {
        let scene = scene.read_untracked();
        pieces
            .iter()
            .map(|piece| said(piece, &scene))
            .collect_view()
    };
    view! {
        <section class="sentence" aria-live="polite">
            <p class="sentence-main">{move || say(&sentence.read().main)}</p>
            <p class="sentence-more">
                <span class="sentence-place">{place}</span>
                {move || {
                    let sentence = sentence.read();
                    (!sentence.more.is_empty())
                        .then(|| view! { <span class="sentence-also">{say(&sentence.more)}</span> })
                }}
            </p>
        </section>
    }
    .into_any()
}

fn said(piece: &Piece, scene: &Scene) -> AnyView {
    match piece {
        Piece::Words(words) => words.clone().into_any(),
        Piece::Thing(name) => view! { <b>{name.clone()}</b> }.into_any(),
        Piece::Task(task) => {
            let class = look::state_class(look::seen(&scene.machine, *task));
            let name = scene.code.job(*task).name.clone();
            view! { <b class=format!("task-name {class}")>{name}</b> }.into_any()
        }
    }
}
