//! Where a task stands in its script: plain data.
//!
//! Not the script, which never changes and which all tasks share.

use serde::{Deserialize, Serialize};

use crate::call::Reply;
use crate::time::Span;

/// A thread of control: its place in the script, its local variables, and the registers by which it
/// and the machine exchange operands and replies.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Thread {
    /// Where evaluation goes on.
    pub(super) next: u32,
    /// The operation of the present call, or of the last one.
    pub(super) at: u32,
    /// Where the present frame's registers begin among the values.
    pub(super) base: u32,
    /// Where its local variables end; intermediate values lie beyond.
    pub(super) top: u32,
    /// The registers of all frames, the outermost first. A caller's intermediate values are dead
    /// while a function runs, so that the function's frame begins where the caller's locals end:
    /// what lies below `top` is local variables and nothing else.
    pub(super) values: Vec<i64>,
    /// The callers of the present frame, the outermost first.
    pub(super) frames: Vec<Frame>,
    /// The operands of the present call, if it has any, else zeros.
    pub operands: [i64; 2],
    /// The time limit of the present call, if it has one.
    pub timeout: Option<Span>,
    /// The machine's answer to it, written when it is done.
    pub reply: Reply,
    /// Whether the script reads that answer.
    pub(super) reads_reply: bool,
    /// Whether the program has passed a check point since its last call: a loop's pass or a function
    /// ended, or it computed for a while.
    pub checkpoint: bool,
    /// The last `compute` on the way to the present call.
    pub(super) compute: Option<u32>,
    /// What the lines after it cost.
    pub(super) after_compute: Span,
    /// The index of the task among its replicas, where the script asks for it.
    pub(super) own: i64,
    /// How many random numbers it has drawn.
    pub(super) draws: u64,
}

/// What a function goes back to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Frame {
    /// The caller's next operation.
    pub(super) next: u32,
    /// Where the caller's registers begin.
    pub(super) base: u32,
}

impl Thread {
    /// How many frames are on its stack: one, and one more for each function that it is in.
    #[must_use]
    pub fn depth(&self) -> u32 {
        u32::try_from(self.frames.len()).map_or(u32::MAX, |callers| callers + 1)
    }

    /// The memory that its registers and frames take beside it, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(self.values.as_slice()) + size_of_val(self.frames.as_slice())
    }

    /// Appends bytes that are equal for two threads of one task only if both will do the same from
    /// here on, given the same replies: places, local variables, operands, and the reply where it
    /// is still to be read.
    ///
    /// Costs and check points are not among them; how many random numbers were drawn is, because it
    /// decides the next one (it stays zero where a script draws none).
    pub fn control(&self, out: &mut Vec<u8>) {
        // Evaluation goes on after the call, or at it: there is no third place.
        let goes_on = u64::from(self.next > self.at);
        number(out, (u64::from(self.at) << 1) | goes_on);
        number(out, self.frames.len() as u64);
        // Where the frames begin follows from the functions, and these from the places.
        for frame in &self.frames {
            number(out, u64::from(frame.next));
        }
        let locals = self.values.get(..self.top as usize);
        for value in locals.unwrap_or(&self.values) {
            signed(out, *value);
        }
        signed(out, self.own);
        for operand in self.operands {
            signed(out, operand);
        }
        number(out, self.timeout.map_or(0, |span| span.0.saturating_add(1)));
        if self.reads_reply {
            signed(out, self.reply.value);
            out.push(u8::from(self.reply.granted));
        }
        number(out, self.draws);
    }
}

/// Seven bits a byte, the lowest first (LEB128): most numbers of a script are small.
fn number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        // The low seven bits, and a mark that more follow.
        out.push((number & 0x7F) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Small numbers of either sign become small ones (zigzag).
fn signed(out: &mut Vec<u8>, value: i64) {
    number(out, ((value << 1) ^ (value >> 63)).cast_unsigned());
}
