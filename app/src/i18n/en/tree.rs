//! The texts of processes and threads that are made while a program runs, in English.

use sim_core::call::Signal;

use super::English;
use crate::i18n::ProcessTexts;

impl ProcessTexts for English {
    fn tree(&self) -> &'static str {
        "Tree"
    }

    fn table(&self) -> &'static str {
        "Table"
    }

    fn handles(&self) -> &'static str {
        "Processes by handle: here nobody is a parent"
    }

    fn joining_title(&self) -> &'static str {
        "Waits for an end"
    }

    fn zombies_title(&self) -> &'static str {
        "Zombies"
    }

    fn zombies_note(&self) -> &'static str {
        "exit status not collected"
    }

    fn any_child(&self) -> &'static str {
        "any child"
    }

    #[lockstep_part::later(English)]
    fn exit_status(&self, status: i32) -> String {
        let killed_by = |signal: &Signal| i32::from(signal.number()) == -status;
        match Signal::ALL.into_iter().find(killed_by) {
            Some(signal) => signal.name().to_owned(),
            None => format!("exit {status}"),
        }
    }

    fn is_zombie(&self) -> &'static str {
        "zombie"
    }

    fn is_gone(&self) -> &'static str {
        "gone"
    }

    fn has_ended(&self) -> &'static str {
        "ended"
    }

    fn is_ending(&self) -> &'static str {
        "ending"
    }

    fn is_adopted(&self) -> &'static str {
        "adopted"
    }

    fn pending(&self, names: &str) -> String {
        format!("{names} pending")
    }

    fn in_handler(&self, signal: &str) -> String {
        format!("in the handler of {signal}")
    }

    fn pipe_writers(&self) -> &'static str {
        "can write:"
    }

    fn pipe_readers(&self) -> &'static str {
        "can read:"
    }

    fn no_process(&self) -> &'static str {
        "none"
    }

    fn more_processes(&self, count: usize) -> String {
        let word = if count == 1 { "process" } else { "processes" };
        format!("{count} more {word}")
    }

    fn write_end_open(&self, reader: &str, pipe: &str, writers: &str) -> String {
        format!(" {reader} waits for data in {pipe}, and its write end is still open in {writers}.")
    }

    fn process_counts(&self, live: usize, zombies: usize, gone: usize) -> String {
        let mut text = format!("{live} live");
        match zombies {
            0 => {}
            1 => text += " · 1 zombie",
            _ => text += &format!(" · {zombies} zombies"),
        }
        if gone > 0 {
            text += &format!(" · {gone} gone");
        }
        text
    }

    fn process_hint(&self, pid: u32, name: &str) -> String {
        format!("process {pid}: {name}")
    }

    fn differs(&self, other: &str) -> String {
        format!("differs from its parent’s: {other}")
    }
}
