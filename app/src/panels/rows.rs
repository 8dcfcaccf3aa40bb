//! A long list of equal rows, of which only those in sight are in the page.
//!
//! Not a table by itself: it knows how high a row is and where it stands, not what is in it.

use leptos::html;
use leptos::prelude::*;

use crate::layout::Size;
use crate::stage::measure;

/// So many rows above and below those in sight are kept, so that scrolling meets no gaps.
const BESIDE: usize = 4;

/// A scrolling list with a head that stays.
#[component]
pub fn Rows(
    /// The class of the whole.
    class: &'static str,
    /// What it is called.
    label: &'static str,
    /// The cells of the head.
    head: AnyView,
    /// How many rows there are.
    #[prop(into)]
    count: Signal<usize>,
    /// The row that is to be in sight, whenever it changes.
    #[prop(into)]
    wanted: Signal<Option<usize>>,
    /// A row by its number.
    row: Callback<usize, AnyView>,
) -> impl IntoView {
    let list = NodeRef::<html::Div>::new();
    let top = NodeRef::<html::Div>::new();
    let size = measure::size_of(list);
    // The head is as high as a row, whatever the size of the text.
    let row_height = measure::size_of(top);
    let scrolled = RwSignal::new(0_i32);
    let height = Memo::new(move |_| row_height.get().height.max(1.0));
    let in_sight = Memo::new(move |_| {
        let Size { height: room, .. } = size.get();
        #[allow(clippy::cast_precision_loss, reason = "pixels of a screen")]
        let above = crate::layout::fitting(scrolled.get() as f32, height.get());
        let rows = crate::layout::fitting(room, height.get()) + 1;
        let first = above.saturating_sub(BESIDE);
        let last = (above + rows + BESIDE).min(count.get());
        first.min(last)..last
    });
    // Only the scroll position is touched.
    Effect::new(move |_| {
        let (Some(list), Some(wanted)) = (list.get(), wanted.get()) else {
            return;
        };
        let height = height.get_untracked();
        let room = size.get_untracked().height - height;
        let own = height * crate::layout::count(wanted);
        #[allow(clippy::cast_precision_loss, reason = "pixels of a screen")]
        let above = list.scroll_top() as f32;
        #[allow(clippy::cast_possible_truncation, reason = "pixels of a screen")]
        if own < above {
            list.set_scroll_top(own as i32);
        } else if own + height > above + room {
            list.set_scroll_top((own + height - room).ceil() as i32);
        }
    });
    let scroll = move |_| {
        if let Some(list) = list.get_untracked() {
            scrolled.set(list.scroll_top());
        }
    };
    let body = move || {
        format!(
            "height:{:.1}px",
            height.get() * crate::layout::count(count.get())
        )
    };
    let place = move |number: usize| {
        move || {
            format!(
                "translateY({:.1}px)",
                height.get() * crate::layout::count(number)
            )
        }
    };
    view! {
        <div class=format!("rows {class}") node_ref=list tabindex="0" on:scroll=scroll>
            <div role="table" aria-label=label aria-rowcount=move || count.get().to_string()>
                <div role="row" class="row row-head" node_ref=top>
                    {head}
                </div>
                <div role="rowgroup" class="rows-body" style=body>
                    <For each=move || in_sight.get() key=|number| *number let:number>
                        <div class="row-place" role="presentation" style:transform=place(number)>
                            {row.run(number)}
                        </div>
                    </For>
                </div>
            </div>
        </div>
    }
    .into_any()
}
