//! Records: what a child tells its parent, 32 bytes each, through one pipe.
//!
//! A write is at most a page, which the kernel takes in one piece (`PIPE_BUF`, POSIX write): records of
//! several processes never mix.

use crate::event::EventKind;
use crate::ids::TaskId;
use crate::time::{Span, Time};

/// The bytes of a record.
pub(super) const BYTES: usize = 32;
/// How many records are written at once: 4,096 bytes, Linux's `PIPE_BUF`. POSIX promises 512.
pub(super) const BATCH: usize = if cfg!(target_os = "linux") { 128 } else { 16 };

/// Where the parts of a record stand.
const AT: usize = 4;
const VALUE: usize = 12;
const REST: usize = 20;
/// The bytes of text in a record.
const TEXT: usize = BYTES - AT;

/// A record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Record {
    /// Something that a task did, with what it saw: the value read or taken, the hash of a printed line,
    /// the CPU time used by a task that blocks or ends.
    Event {
        at: Time,
        kind: EventKind,
        value: i64,
    },
    /// A piece of a text, and whether it is the last one.
    Text {
        what: Said,
        piece: Piece,
        end: TextEnd,
    },
    /// A word of memory at the end.
    Word { place: u32, value: i64 },
    /// The CPU time of a task.
    Cpu { task: TaskId, used: Span },
    /// The last record.
    End { at: Time, how: Ending },
}

/// What a text is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Said {
    /// A line that a task wrote.
    Line,
    /// Why the run cannot go on.
    Failure,
}

/// Whether a text goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum TextEnd {
    /// More of it follows.
    Open,
    /// This was the last piece.
    Closed,
}

/// A piece of a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Piece {
    bytes: [u8; TEXT],
    length: u8,
}

impl Piece {
    /// Its bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or(&[])
    }
}

/// How a run in a child ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Ending {
    /// All tasks have ended, or the process has.
    Over,
    /// Nobody can go on, and tasks wait for each other in a circle.
    Circle,
    /// Nobody can go on.
    Stuck,
    /// There were too many events.
    Overflow,
    /// Something failed that is not the program's; its text came before.
    Failure,
}

const ENDINGS: [Ending; 5] = [
    Ending::Over,
    Ending::Circle,
    Ending::Stuck,
    Ending::Overflow,
    Ending::Failure,
];

/// The first byte of each kind of record.
mod tag {
    pub(super) const EVENT: u8 = 1;
    pub(super) const LINE: u8 = 2;
    pub(super) const FAILURE: u8 = 3;
    pub(super) const WORD: u8 = 4;
    pub(super) const CPU: u8 = 5;
    pub(super) const END: u8 = 6;
}

impl Record {
    /// The records of a text.
    pub(super) fn of_text(what: Said, text: &str) -> Vec<Self> {
        let mut pieces: Vec<_> = text.as_bytes().chunks(TEXT).collect();
        if pieces.is_empty() {
            pieces.push(&[]);
        }
        let last = pieces.len() - 1;
        let records = pieces.into_iter().enumerate().map(|(place, from)| {
            let mut bytes = [0; TEXT];
            bytes[..from.len()].copy_from_slice(from);
            let length = u8::try_from(from.len()).unwrap_or(0);
            let end = if place == last {
                TextEnd::Closed
            } else {
                TextEnd::Open
            };
            let piece = Piece { bytes, length };
            Self::Text { what, piece, end }
        });
        records.collect()
    }

    /// Appends its bytes.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let mut bytes = [0; BYTES];
        let mut number = |place: usize, number: u64| {
            bytes[place..place + 8].copy_from_slice(&number.to_le_bytes());
        };
        let tag = match self {
            Self::Event { at, kind, value } => {
                number(AT, at.0);
                number(VALUE, value.cast_unsigned());
                // A kind has at most eleven bytes, see the test.
                let _ = postcard::to_slice(kind, &mut bytes[REST..]);
                tag::EVENT
            }
            Self::Text { what, piece, end } => {
                bytes[1] = piece.length;
                bytes[2] = u8::from(*end == TextEnd::Closed);
                bytes[AT..].copy_from_slice(&piece.bytes);
                match what {
                    Said::Line => tag::LINE,
                    Said::Failure => tag::FAILURE,
                }
            }
            Self::Word { place, value } => {
                number(AT, (*place).into());
                number(VALUE, value.cast_unsigned());
                tag::WORD
            }
            Self::Cpu { task, used } => {
                number(AT, task.0.into());
                number(VALUE, used.0);
                tag::CPU
            }
            Self::End { at, how } => {
                number(AT, at.0);
                let place = ENDINGS.iter().position(|each| each == how);
                bytes[1] = place
                    .and_then(|place| u8::try_from(place).ok())
                    .unwrap_or(0);
                tag::END
            }
        };
        bytes[0] = tag;
        out.extend(bytes);
    }

    /// Reads a record; none where these bytes are no record.
    pub(super) fn read(bytes: &[u8; BYTES]) -> Option<Self> {
        let number = |place: usize| {
            let mut number = [0; 8];
            number.copy_from_slice(&bytes[place..place + 8]);
            u64::from_le_bytes(number)
        };
        let text = |what| {
            let mut piece = Piece {
                bytes: [0; TEXT],
                length: bytes[1],
            };
            piece.bytes.copy_from_slice(&bytes[AT..]);
            let end = match bytes[2] {
                0 => TextEnd::Open,
                _ => TextEnd::Closed,
            };
            (usize::from(piece.length) <= TEXT).then_some(Self::Text { what, piece, end })
        };
        match bytes[0] {
            tag::EVENT => Some(Self::Event {
                at: Time(number(AT)),
                value: number(VALUE).cast_signed(),
                kind: postcard::take_from_bytes(&bytes[REST..]).ok()?.0,
            }),
            tag::LINE => text(Said::Line),
            tag::FAILURE => text(Said::Failure),
            tag::WORD => Some(Self::Word {
                place: u32::try_from(number(AT)).ok()?,
                value: number(VALUE).cast_signed(),
            }),
            tag::CPU => Some(Self::Cpu {
                task: TaskId(u32::try_from(number(AT)).ok()?),
                used: Span(number(VALUE)),
            }),
            tag::END => Some(Self::End {
                at: Time(number(AT)),
                how: *ENDINGS.get(usize::from(bytes[1]))?,
            }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{PacketKind, PipeEnd, Reason, Request, Signal, SocketRequest};
    use crate::ids::{ObjectId, PacketId, PipeId, ProcessId, SocketId};

    fn survives(record: Record) {
        let mut bytes = Vec::new();
        record.write(&mut bytes);
        let bytes: [u8; BYTES] = bytes.try_into().expect("a record's bytes");
        assert_eq!(Record::read(&bytes), Some(record));
    }

    #[test]
    fn records_survive_the_pipe_with_the_largest_numbers() {
        let task = TaskId(u32::MAX);
        let kinds = [
            EventKind::Arrived { task },
            EventKind::Blocked {
                task,
                reason: Reason::Object(ObjectId(u16::MAX)).into(),
            },
            EventKind::Granted {
                task,
                request: Request::TakeReady,
                object: ObjectId(u16::MAX),
            },
            EventKind::Served {
                task,
                request: SocketRequest::Listen,
                socket: SocketId(u16::MAX),
            },
            EventKind::PacketArrived {
                packet: PacketId(u32::MAX),
                kind: PacketKind::Data,
                socket: SocketId(u16::MAX),
            },
            EventKind::SignalSent {
                task,
                signal: Signal::Io,
                process: ProcessId(u16::MAX),
            },
            EventKind::Closed {
                task,
                end: PipeEnd::Write,
                pipe: PipeId(u16::MAX),
            },
        ];
        for kind in kinds {
            let (at, value) = (Time(u64::MAX), i64::MIN);
            survives(Record::Event { at, kind, value });
        }
        survives(Record::Word {
            place: u32::MAX,
            value: -1,
        });
        let used = Span(u64::MAX);
        survives(Record::Cpu { task, used });
        for how in ENDINGS {
            survives(Record::End { at: Time(7), how });
        }
    }

    #[test]
    fn texts_of_any_length_survive() {
        for length in [0, 1, TEXT - 1, TEXT, TEXT + 1, 3 * TEXT] {
            let text = "x".repeat(length);
            let records = Record::of_text(Said::Line, &text);
            let mut read: Vec<u8> = Vec::new();
            for (place, record) in records.iter().enumerate() {
                survives(*record);
                let Record::Text { piece, end, .. } = record else {
                    panic!("{record:?}");
                };
                assert_eq!(*end == TextEnd::Closed, place + 1 == records.len());
                read.extend(piece.bytes());
            }
            assert_eq!(read, text.as_bytes());
        }
        assert_eq!(Record::read(&[0xFF; BYTES]), None);
    }
}
