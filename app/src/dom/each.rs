//! Elements by key: each is kept as long as its key is there.
//!
//! Tokens glide only because their elements stay, and a field keeps its focus only if it is not
//! moved: so nothing that is at its place already is touched.

use crate::reactive::{Owner, untrack};
use web_sys::Element;

use super::{Tag, follow_boxed};

/// An element that is there, and what lives with it.
struct Item {
    key: usize,
    owner: Owner,
    element: Element,
}

pub(super) fn follow(
    parent: Element,
    keys: Box<dyn Fn() -> Vec<usize>>,
    draw: Box<dyn Fn(usize) -> Tag>,
) {
    // Not the owner of the effect, which is cleaned up at each run.
    let Some(owner) = Owner::current() else {
        return;
    };
    let head = parent.last_element_child();
    let mut items: Vec<Item> = Vec::new();
    follow_boxed(Box::new(move || {
        let keys = keys();
        let mut before = core::mem::take(&mut items);
        before.retain(|item| {
            let stays = keys.contains(&item.key);
            if !stays {
                item.owner.cleanup();
                item.element.remove();
            }
            stays
        });
        let mut before: Vec<Option<Item>> = before.into_iter().map(Some).collect();
        // The element that stands where the next key's is to stand.
        let mut place = match &head {
            Some(head) => head.next_element_sibling(),
            None => parent.first_element_child(),
        };
        for key in keys {
            let is_own = |item: &&mut Option<Item>| item.as_ref().is_some_and(|it| it.key == key);
            let kept = before.iter_mut().find(is_own).and_then(Option::take);
            let item = kept.unwrap_or_else(|| {
                let owner = owner.with(Owner::new);
                let Tag(element) = owner.with(|| untrack(|| draw(key)));
                Item {
                    key,
                    owner,
                    element,
                }
            });
            if item.element.is_same_node(place.as_deref()) {
                place = item.element.next_element_sibling();
            } else {
                let _ = parent.insert_before(&item.element, place.as_deref());
            }
            items.push(item);
        }
    }));
}
