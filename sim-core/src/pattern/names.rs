//! The words of patterns: events, places, and what can happen where.
//!
//! Not what they mean in one program: that is found when a pattern is resolved.

use crate::program::script::ObjectKind;

/// Every kind of event, by name: the first word of a pattern.
pub const EVENTS: [&str; 94] = [
    "arrived",
    "admitted",
    "loaded",
    "blocked",
    "io-completed",
    "woken",
    "sent",
    "received",
    "reached-end",
    "period-began",
    "read",
    "wrote",
    "swapped",
    "compared-and-swapped",
    "fetched-and-added",
    "acquired",
    "acquired-shared",
    "released",
    "waited",
    "saw-set",
    "set",
    "cleared",
    "notified",
    "notified-all",
    "passed-barrier",
    "put",
    "got",
    "task-done",
    "joined-queue",
    "refused",
    "handed-over",
    "timed-out",
    "sleep-ended",
    "interpreter-taken",
    "interpreter-dropped",
    "interval-passed",
    "carrier-taken",
    "yielded",
    "passed",
    "printed",
    "failed",
    "listening",
    "accepted",
    "connected",
    "closed",
    "signal-requested",
    "submitted",
    "completion-taken",
    "address-in-use",
    "connection-refused",
    "connection-reset",
    "broken-pipe",
    "would-block",
    "copy-began",
    "scan-began",
    "completed",
    "packet-arrived",
    "card-interrupted",
    "watched",
    "unwatched",
    "selected",
    "polled",
    "epolled",
    "took-ready",
    "deadline-missed",
    "exited",
    "reaped",
    "dispatched",
    "context-restored",
    "slice-expired",
    "preempted",
    "interrupted",
    "priority-adjusted",
    "forked",
    "spawned",
    "started-thread",
    "executed",
    "joined",
    "waited-for-child",
    "try-again",
    "no-child",
    "no-process",
    "call-interrupted",
    "asked-pid",
    "asked-parent-pid",
    "signal-sent",
    "disposition-set",
    "alarm-set",
    "alarm-rang",
    "signal-delivered",
    "handler-returned",
    "killed",
    "terminated",
    "adopted",
];

pub(super) const PLACES: &str = "\"cpu N\", \"disk\", \"period\", \"sleep\", \"interpreter\", \
    \"partition N\", \"[empty|full] pipe NAME\", \"socket N\", \"network\", \"completion\", \"variable NAME\", or one of \"lock NAME\", \"semaphore NAME\", \
    \"condition NAME\", \"event NAME\", \"barrier NAME\", \"rwlock NAME\", \"queue NAME\", \"watch NAME\", \
    \"child\", \"thread NAME\", \"process NAME\", \"signal NAME\"";

/// The words for places, and the events that can happen there. A pattern of any other event at such
/// a place would never match.
const AT: [(&str, &[&str]); 25] = [
    (
        "cpu",
        &[
            "dispatched",
            "context-restored",
            "slice-expired",
            "preempted",
            "interrupted",
            "card-interrupted",
        ],
    ),
    ("disk", &["blocked"]),
    ("period", &["blocked"]),
    ("sleep", &["blocked"]),
    ("interpreter", &["blocked"]),
    (
        "socket",
        &[
            "blocked",
            "listening",
            "accepted",
            "connected",
            "closed",
            "sent",
            "received",
            "reached-end",
            "signal-requested",
            "submitted",
            "completion-taken",
            "address-in-use",
            "connection-refused",
            "connection-reset",
            "broken-pipe",
            "would-block",
            "copy-began",
            "completed",
            "packet-arrived",
        ],
    ),
    ("network", &["blocked", "sent", "received", "reached-end"]),
    ("completion", &["blocked"]),
    (
        "watch",
        &[
            "blocked",
            "watched",
            "unwatched",
            "scan-began",
            "selected",
            "polled",
            "epolled",
            "took-ready",
        ],
    ),
    ("partition", &["loaded"]),
    ("child", &["blocked"]),
    ("thread", &["blocked", "started-thread", "joined"]),
    (
        "process",
        &["forked", "spawned", "waited-for-child", "signal-sent"],
    ),
    (
        "signal",
        &[
            "signal-sent",
            "disposition-set",
            "signal-delivered",
            "killed",
        ],
    ),
    (
        "pipe",
        &["blocked", "sent", "received", "reached-end", "closed"],
    ),
    ("empty", &["blocked"]),
    ("full", &["blocked"]),
    (
        "lock",
        &["blocked", "acquired", "released", "refused", "handed-over"],
    ),
    ("semaphore", &["blocked", "acquired", "released", "refused"]),
    ("condition", &["blocked", "notified", "notified-all"]),
    ("event", &["blocked", "saw-set", "set", "cleared"]),
    ("barrier", &["blocked", "passed-barrier"]),
    (
        "rwlock",
        &[
            "blocked",
            "acquired",
            "acquired-shared",
            "released",
            "refused",
            "handed-over",
        ],
    ),
    (
        "queue",
        &[
            "blocked",
            "put",
            "got",
            "task-done",
            "joined-queue",
            "refused",
        ],
    ),
    (
        "variable",
        &[
            "read",
            "wrote",
            "swapped",
            "compared-and-swapped",
            "fetched-and-added",
        ],
    ),
];

/// The words for objects.
pub(super) const OBJECTS: [&str; 8] = [
    "lock",
    "semaphore",
    "condition",
    "event",
    "barrier",
    "rwlock",
    "queue",
    "watch",
];

/// The word for a kind of object in the place of a pattern.
#[must_use]
pub const fn place_word(kind: &ObjectKind) -> &'static str {
    match kind {
        // A claim about locks does not depend on their kind.
        ObjectKind::RecursiveLock => "lock",
        kind => kind.word(),
    }
}

/// The events that can happen at a place with this word.
pub(super) fn events_at(word: &str) -> &'static [&'static str] {
    let place = AT.iter().find(|(known, _)| *known == word);
    place.map_or(&[], |(_, events)| events)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::event::EventKind;

    /// Every event that can be made of zeros, in the order of the types: where a kind is added, so is
    /// an event here.
    fn all_events() -> Vec<EventKind> {
        const FIELDS: usize = 16;
        let mut all = Vec::new();
        // An event in bytes is the number of its kind, the task, and then what else there is; the
        // operation, the request or the reason comes first of that.
        for (kind, second) in (0..=u8::MAX).flat_map(|kind| (0..=u8::MAX).map(move |it| (kind, it)))
        {
            let mut bytes = [0; FIELDS];
            (bytes[0], bytes[2]) = (kind, second);
            if let Ok(event) = postcard::from_bytes(&bytes) {
                all.push(event);
            }
        }
        all
    }

    #[test]
    fn every_kind_of_event_can_be_named() {
        let kinds = all_events();
        for kind in &kinds {
            assert!(EVENTS.contains(&kind.name()), "{kind:?} is missing");
        }
        for name in EVENTS {
            assert!(
                kinds.iter().any(|kind| kind.name() == name),
                "nothing is {name}"
            );
            let pattern = crate::pattern::Pattern::parse(name);
            assert!(pattern.is_ok_and(|pattern| pattern.text() == name));
        }
        assert_eq!(EVENTS.iter().collect::<BTreeSet<_>>().len(), EVENTS.len());
    }

    #[test]
    fn the_documentation_names_every_event_and_place() {
        let text = include_str!("../../../docs/scenarios.md");
        for event in EVENTS {
            // To wait at a condition ends with its lock, `acquired`: this one never happens.
            let is_told = text.contains(&format!("`{event}`"));
            assert_eq!(is_told, event != "waited", "{event}");
        }
        let table = text.split("| place | events |").nth(1).expect("the table");
        for (word, events) in AT {
            let mut rows = table.lines().filter_map(|line| line.strip_prefix("| "));
            let row = rows.find_map(|row| {
                let (places, events) = row.split_once(" | ")?;
                places.contains(&format!("`{word}")).then_some(events)
            });
            let row = row.unwrap_or_else(|| panic!("{word} has no row"));
            for event in events {
                assert!(row.contains(&format!("`{event}`")), "{event} at {word}");
            }
        }
    }

    #[test]
    fn every_event_of_a_place_is_one() {
        for (word, events) in AT {
            for event in events {
                assert!(EVENTS.contains(event), "{event} at {word}");
            }
        }
        for word in OBJECTS {
            assert!(PLACES.contains(&format!("\"{word} NAME\"")), "{word}");
            assert!(!events_at(word).is_empty(), "{word}");
        }
    }
}
