//! What is asked of the kernel about sockets.

use serde::{Deserialize, Serialize};

/// What is asked about a socket, or about operations that were submitted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum SocketRequest {
    /// Let others connect at a port (POSIX `socket`, `bind`, `listen`).
    Listen,
    /// Take the first connection that has come in. Blocks.
    Accept,
    /// The same, if there is one at once.
    TryAccept,
    /// Connect to a port. Blocks.
    Connect,
    /// Take what has arrived. Blocks while nothing has and the other side has not ended.
    Receive,
    /// The same, if something is there at once.
    TryReceive,
    /// Give bytes to the kernel to send. Blocks while its buffer is full.
    Send,
    /// The same with as many bytes as there is room for at once.
    TrySend,
    /// Give the socket back.
    Close,
    /// Have a signal sent whenever something arrives (`O_ASYNC`).
    Signal,
    /// Have the kernel accept a connection on its own.
    SubmitAccept,
    /// Have the kernel wait for data and copy them on its own.
    SubmitReceive,
    /// Have the kernel take bytes and send them on its own.
    SubmitSend,
    /// Take the first answer to what was submitted. Blocks while nothing is done.
    Complete,
    /// The same, if there is one at once.
    TryComplete,
}

impl SocketRequest {
    /// One word for the fact that it was done: the name of the event in reports and claims.
    #[must_use]
    pub const fn done(self) -> &'static str {
        match self {
            Self::Listen => "listening",
            Self::Accept | Self::TryAccept => "accepted",
            Self::Connect => "connected",
            Self::Receive | Self::TryReceive => "received",
            Self::Send | Self::TrySend => "sent",
            Self::Close => "closed",
            Self::Signal => "signal-requested",
            Self::SubmitAccept | Self::SubmitReceive | Self::SubmitSend => "submitted",
            Self::Complete | Self::TryComplete => "completion-taken",
        }
    }

    /// One word for the fact that it failed, and the script asked whether it did.
    #[must_use]
    pub const fn failed(self) -> &'static str {
        match self {
            Self::Listen => "address-in-use",
            Self::Connect => "connection-refused",
            Self::Send | Self::TrySend => "broken-pipe",
            _ => "connection-reset",
        }
    }

    /// Whether it is answered at once, done or not.
    #[must_use]
    pub const fn is_try(self) -> bool {
        matches!(
            self,
            Self::TryAccept | Self::TryReceive | Self::TrySend | Self::TryComplete
        )
    }

    /// Whether the task goes on at once and the kernel does it.
    #[must_use]
    pub const fn is_submission(self) -> bool {
        matches!(
            self,
            Self::SubmitAccept | Self::SubmitReceive | Self::SubmitSend
        )
    }
}

/// What is in a packet (RFC 9293).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum PacketKind {
    /// A wish for a connection (SYN).
    Connect,
    /// The connection is there (SYN ACK).
    Accept,
    /// Bytes.
    Data,
    /// Nothing more will come (FIN).
    End,
    /// There is no such connection (RST).
    Reset,
}

impl PacketKind {
    /// The word of the protocol for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connect => "syn",
            Self::Accept => "syn-ack",
            Self::Data => "data",
            Self::End => "fin",
            Self::Reset => "rst",
        }
    }
}
