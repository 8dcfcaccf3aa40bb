//! What is drawn of a machine: any machine, by one layout.
//!
//! No scene is drawn by hand for one scenario, and nothing here decides where a thing stands: that
//! is the layout's. The boxes are drawn anew when run or viewport change; the tokens are kept, and
//! glide from slot to slot by a transition of the style sheet.

mod cpu;
pub mod look;
pub mod measure;
mod places;
mod token;
mod wires;

use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;
use sim_core::time::Time;
use sim_core::trace::Trace;

use crate::i18n::texts;
use crate::layout::{Arrangement, Census, Detail, Layout, Plan, Size};
use crate::scene::Scene;

/// What the parts of a stage look at.
#[derive(Clone, Copy)]
struct View {
    scene: Signal<Arc<Scene>>,
    /// The playing clock; never before the scene.
    now: Memo<Time>,
    layout: Memo<Arc<Layout>>,
    run: Memo<Run>,
}

/// A run, compared by what it is and not by what is in it.
#[derive(Clone)]
struct Run(Arc<Trace>);

impl PartialEq for Run {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// After a jump over more events than these nobody can follow the tokens: they do not glide.
const FOLLOWED: usize = 16;

/// The stage of one run. It fills its container.
#[component]
pub fn Stage(
    /// What to show.
    #[prop(into)]
    scene: Signal<Arc<Scene>>,
    /// The playing clock, which goes on between two events.
    #[prop(into)]
    clock: Signal<Time>,
) -> impl IntoView {
    let texts = texts();
    let root = NodeRef::<html::Div>::new();
    let size = measure::size_of(root);

    let run = Memo::new(move |_| Run(Arc::clone(&scene.read().trace)));
    let census = Memo::new(move |_| Census::new(&run.read().0));
    let plan = Memo::new(move |_| {
        let Size { width, height } = size.get();
        let is_measured = width > 0.0 && height > 0.0;
        is_measured.then(|| {
            let plan = Plan::new(run.read().0.code(), &census.read(), Size { width, height });
            Arc::new(plan)
        })
    });
    let layout = Memo::new(move |_| {
        let plan = plan.read();
        let Some(plan) = plan.as_ref() else {
            return Arc::new(Layout::default());
        };
        let scene = scene.read();
        Arc::new(Layout::new(plan, &scene.code, &scene.machine))
    });
    let now = Memo::new(move |_| clock.get().max(scene.read().machine.now));
    let view = View {
        scene,
        now,
        layout,
        run,
    };
    let shown = Memo::new(move |_| {
        layout
            .read()
            .tokens
            .iter()
            .map(|token| token.task)
            .collect::<Vec<_>>()
    });

    let has_jumped = Memo::new(move |before: Option<&(usize, bool)>| {
        let position = scene.read().position;
        let jump = before.map_or(0, |(before, _)| position.abs_diff(*before));
        (position, jump > FOLLOWED)
    });
    let has_jumped = Memo::new(move |_| has_jumped.get().1);

    let style = move || {
        plan.read()
            .as_ref()
            .map(|plan| sizes(plan))
            .unwrap_or_default()
    };
    let class = move || {
        let plan = plan.read();
        let Some(plan) = plan.as_ref() else {
            return "stage".to_owned();
        };
        let arrangement = match plan.arrangement {
            Arrangement::Wide => "wide",
            Arrangement::Paired => "paired",
            Arrangement::Stacked => "stacked",
        };
        let detail = match plan.scale.detail {
            Detail::Full => "detail-full",
            Detail::Medium => "detail-medium",
            Detail::Compact => "detail-compact",
        };
        let notes = if plan.scale.noted {
            ""
        } else {
            "without-notes"
        };
        format!("stage {arrangement} {detail} {notes}")
    };
    view! {
        <div
            class=class
            style=style
            node_ref=root
            role="img"
            aria-label=move || texts.stage(&scene.read())
        >
            {move || {
                plan.get().map(|plan| {
                    view! {
                        {wires::wires(&plan, view)}
                        {places::places(&plan, view)}
                        {cpu::cpus(&plan, view)}
                    }
                })
            }}
            {places::levels_and_rests(view)}
            <div class=move || if has_jumped.get() { "tokens jumping" } else { "tokens" }>
                <For each=move || shown.get() key=|task| task.0 let:task>
                    {token::token(task, view)}
                </For>
            </div>
        </div>
    }
    .into_any()
}

/// The sizes that the style sheet needs.
fn sizes(plan: &Plan) -> String {
    let scale = &plan.scale;
    format!(
        "--text:{}px;--token-width:{}px;--token-height:{}px;--label:{}px;--padding:{}px;\
         --header:{}px;--gap:{}px",
        scale.text,
        scale.token.width,
        scale.token.height,
        scale.label,
        scale.padding,
        scale.header,
        scale.gap,
    )
}

/// A box's place as a style.
fn placed(rect: &crate::layout::Rect) -> String {
    format!(
        "left:{:.1}px;top:{:.1}px;width:{:.1}px;height:{:.1}px",
        rect.x, rect.y, rect.width, rect.height
    )
}
