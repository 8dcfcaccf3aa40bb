//! Sorting in little code.
//!
//! The standard library's sorts are faster, and each type that they sort costs the page 5 to 10 kB.
//! Nothing here sorts where speed is felt: a run keeps its queues in order.

/// Sorts by a key; equal ones stay in their order.
pub fn sort_by_key<T: Copy, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K) {
    // Most of what is sorted here is in order: jobs are written down as they come.
    if items.is_sorted_by(|one, next| key(one) <= key(next)) {
        return;
    }
    // Runs of a sorted length are merged into runs of twice that, from here to there and back.
    let mut other = items.to_vec();
    let (mut from, mut to) = (items, other.as_mut_slice());
    let mut passes = 0;
    let mut length = 1;
    while length < from.len() {
        for (run, merged) in from.chunks(2 * length).zip(to.chunks_mut(2 * length)) {
            let (mut left, mut right) = run.split_at(length.min(run.len()));
            for place in merged {
                let is_right = match (left.first(), right.first()) {
                    (Some(left), Some(right)) => key(right) < key(left),
                    (left, _) => left.is_none(),
                };
                let side = if is_right { &mut right } else { &mut left };
                if let [first, rest @ ..] = *side {
                    *place = *first;
                    *side = rest;
                }
            }
        }
        core::mem::swap(&mut from, &mut to);
        passes += 1;
        length *= 2;
    }
    // After an odd number of passes what is sorted lies in the other place.
    if passes % 2 == 1 {
        to.copy_from_slice(from);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_sorts_as_the_standard_library_does(
            items in prop::collection::vec((0_u8..20, any::<u16>()), 0..100),
        ) {
            let (mut own, mut others) = (items.clone(), items);
            sort_by_key(&mut own, |item| item.0);
            others.sort_by_key(|item| item.0);
            prop_assert_eq!(own, others);
        }
    }
}
