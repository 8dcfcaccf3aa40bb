//! Scripts: what their instructions ask for, what they cost, and what is said about mistakes.
//!
//! Not what the machine does with their calls: the laws and golden scripts hold that.

mod costs;
mod docs;
mod machine;
mod meaning;
mod mistakes;
mod random;
mod requests;
mod threads;

/// The words of the language: each is explained on the reference page, and random texts use them.
const WORDS: &[&str] = &[
    "acquire",
    "all",
    "and",
    "assert",
    "at",
    "barrier",
    "break",
    "cas",
    "clear",
    "compute",
    "condition",
    "const",
    "continue",
    "def",
    "done",
    "elif",
    "else",
    "event",
    "exit",
    "fair",
    "false",
    "fetch_add",
    "fifo",
    "get",
    "handover",
    "if",
    "join",
    "len",
    "let",
    "lifo",
    "load",
    "lock",
    "max",
    "not",
    "notify",
    "of",
    "or",
    "pass",
    "prefer",
    "print",
    "priority",
    "put",
    "queue",
    "random",
    "read",
    "readers",
    "release",
    "repeat",
    "return",
    "rlock",
    "rwlock",
    "self",
    "semaphore",
    "set",
    "shared",
    "sleep",
    "store",
    "swap",
    "task",
    "tickets",
    "timeout",
    "true",
    "try",
    "wait",
    "while",
    "write",
    "writers",
    "yield",
];
