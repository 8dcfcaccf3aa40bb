//! Views: plain data made from a trace, for people to see.
//!
//! Not drawings and not sentences: the page and the command line turn these into pictures and
//! words. Every view is a function of a trace and a place in it, and nothing here changes a run.

pub mod findings;
pub mod lanes;
pub mod merge;
pub mod metrics;
pub mod narration;

pub use findings::{Finding, FindingKind, findings};
pub use lanes::{CpuSegment, CpuSegmentKind, DiskSegment, Lanes, Segment, SegmentKind};
pub use merge::Merged;
pub use metrics::Metrics;
pub use narration::{Narration, narrate};
