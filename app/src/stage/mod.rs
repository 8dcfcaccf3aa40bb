//! What is drawn of a machine: any machine, by one layout.
//!
//! No scene is drawn by hand for one scenario, and nothing here decides where a thing stands: that
//! is the layout's. The boxes are drawn anew when run or viewport change; the tokens are kept, and
//! glide from slot to slot by a transition of the style sheet.

mod cpu;
pub mod look;
pub mod measure;
pub mod network;
mod objects;
mod places;
pub mod processes;
mod token;
mod wires;

use std::sync::Arc;

use sim_core::time::Time;
use sim_core::trace::Trace;

use crate::decimal::{decimal, px};
use crate::dom::{Tag, tag};
use crate::i18n::texts;
use crate::layout::{Arrangement, Census, Detail, Layout, Plan, Size};
use crate::live::{Derived, Made};
use crate::scene::Scene;

/// What the parts of a stage look at.
#[derive(Clone, Copy)]
struct View {
    scene: Derived<Arc<Scene>>,
    /// The playing clock; never before the scene.
    now: Derived<Time>,
    layout: Derived<Made<Layout>>,
}

/// After a jump over more events than these nobody can follow the tokens: they do not glide.
const FOLLOWED: usize = 16;

/// The stage of one run. It fills its container. The clock is the playing one, which goes on between
/// two events.
#[must_use]
pub fn stage(scene: Derived<Arc<Scene>>, clock: Derived<Time>) -> Tag {
    let texts = texts();
    let root = tag("div");
    let size = measure::size_of(root.element());

    let run = Derived::new(move || scene.read().run());
    let census = Derived::new(move || Made::new(Census::new(&run.read().0)));
    let plan = Derived::new(move || {
        let Size { width, height } = size.get();
        let is_measured = width > 0.0 && height > 0.0;
        is_measured.then(|| {
            let plan = Plan::new(run.read().0.code(), &census.read(), Size { width, height });
            Made::new(plan)
        })
    });
    let layout = Derived::new(move || {
        let plan = plan.read();
        let Some(plan) = &*plan else {
            return Made::new(Layout::default());
        };
        let scene = scene.read();
        Made::new(Layout::new(plan, &scene.code, &scene.machine))
    });
    let now = Derived::new(move || clock.get().max(scene.read().machine.now));
    let view = View { scene, now, layout };
    let has_jumped = Derived::of_before(move |before: Option<&(usize, bool)>| {
        let position = scene.read().position;
        let jump = before.map_or(0, |(before, _)| position.abs_diff(*before));
        (position, jump > FOLLOWED)
    });
    let has_jumped = Derived::new(move || has_jumped.get().1);

    let style =
        move || plan.with(|plan| plan.as_ref().map_or_else(String::new, |plan| sizes(plan)));
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
        let shares = match plan.objects.is_empty() && plan.interpreter.is_none() {
            true => "",
            false => "sharing",
        };
        format!("stage {arrangement} {detail} {notes} {shares}")
    };
    let boxes = move || {
        let mut boxes = Vec::new();
        if let Some(plan) = plan.get() {
            if plan.network.is_some() {
                boxes.extend(network::network(&plan, view));
            }
            boxes.push(wires::wires(&plan, view));
            boxes.extend(places::places(&plan, view));
            boxes.extend(cpu::cpus(&plan, view));
            if !plan.pipes.is_empty() {
                boxes.extend(processes::ends(&plan, view));
            }
            if shares(&run.read().0) {
                boxes.extend(objects::objects(&plan, view));
                boxes.extend(objects::waits(&plan, view));
            }
        }
        boxes
    };
    let tokens = move || {
        if has_jumped.get() {
            "tokens jumping".to_owned()
        } else {
            "tokens".to_owned()
        }
    };
    root.live_class(class)
        .live("style", style)
        .attr("role", "img")
        .live("aria-label", move || {
            let scene = scene.read();
            let mut told = texts.stage(&scene);
            if shares(&scene.trace) {
                told += &objects::told(&scene);
            }
            told
        })
        .part(boxes)
        .part(move || places::levels(view))
        .part(move || places::rests(view))
        .child(token::tokens(view).live_class(tokens))
}

/// Whether tasks of a run share anything that can be seen: those of a script may.
fn shares(trace: &Trace) -> bool {
    trace.code().script.is_some()
}

/// The sizes that the style sheet needs.
fn sizes(plan: &Plan) -> String {
    let scale = &plan.scale;
    format!(
        "--text:{}px;--token-width:{}px;--token-height:{}px;--label:{}px;--padding:{}px;\
         --header:{}px;--gap:{}px",
        decimal(scale.text, 4),
        decimal(scale.token.width, 4),
        decimal(scale.token.height, 4),
        decimal(scale.label, 4),
        decimal(scale.padding, 4),
        decimal(scale.header, 4),
        decimal(scale.gap, 4),
    )
}

/// A point as a style.
fn at(x: f32, y: f32) -> String {
    format!("left:{}px;top:{}px", px(x), px(y))
}

/// The first line of a box: what it is, and a word at its right.
fn box_title(title: Tag, aside: Tag) -> Tag {
    tag("span").class("box-title").child(title).child(aside)
}

/// A box's place as a style; one without room is not drawn.
fn placed(rect: &crate::layout::Rect) -> String {
    if rect.width <= 0.0 || rect.height <= 0.0 {
        return "display:none".to_owned();
    }
    format!(
        "left:{}px;top:{}px;width:{}px;height:{}px",
        px(rect.x),
        px(rect.y),
        px(rect.width),
        px(rect.height)
    )
}
