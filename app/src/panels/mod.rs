//! Panels: each draws one thing about the session.
//!
//! A panel reads memos of plain data and sends acts; none of them holds anything that another
//! needs.

pub mod catalogue;
pub mod choice;
pub mod code;
pub mod compare;
pub mod console;
mod editor;
pub mod errors;
pub mod goals;
pub mod help;
pub mod lesson;
pub mod metrics;
pub mod narration;
pub mod parameters;
pub mod process_table;
mod rows;
mod sight;
pub mod timeline;
pub mod transport;
pub mod workload;
