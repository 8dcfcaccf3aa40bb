//! The texts of the network on the stage: sockets, packets, peers.

use sim_core::call::{PacketKind, SocketRequest};

/// What a peer does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outside {
    /// It has not come yet.
    Absent,
    /// It has asked for a connection.
    Connecting,
    /// It is about to send, or to do something else.
    Sending,
    /// It waits for an answer.
    Waiting,
    /// It does nothing for a while.
    Resting,
    /// It has ended.
    Done,
}

impl Outside {
    /// All of them, in the order of a peer's life.
    pub const ALL: [Self; 6] = [
        Self::Absent,
        Self::Connecting,
        Self::Sending,
        Self::Waiting,
        Self::Resting,
        Self::Done,
    ];
}

/// The texts of the network on the stage.
pub trait NetworkTexts {
    /// What is behind the border.
    fn kernel(&self) -> &'static str;
    /// Where packets arrive.
    fn network_card(&self) -> &'static str;
    /// So many packets are between here and there.
    fn on_the_way(&self, packets: usize) -> String;
    /// A socket, by the number by which its process knows it; in full or short.
    fn socket(&self, number: Option<i64>, is_roomy: bool) -> String;
    /// It listens at a port.
    fn listens(&self, port: u32) -> String;
    /// So many connections wait to be accepted, of as many as can.
    fn backlog(&self, waiting: u32, of: u32) -> String;
    /// The bytes that have arrived.
    fn received(&self) -> &'static str;
    /// The bytes that are to go.
    fn to_send(&self) -> &'static str;
    /// The other side has ended.
    fn ended(&self) -> &'static str;
    /// A buffer and what is in it.
    fn buffer(&self, name: &str, bytes: u32, of: u32) -> String;
    /// So many sockets have no box of their own.
    fn more_sockets(&self, sockets: usize) -> String;
    /// What was submitted to the kernel.
    fn completions(&self) -> &'static str;
    /// What the kernel is at.
    fn at_work(&self) -> &'static str;
    /// What it has done.
    fn completed(&self) -> &'static str;
    /// What it was asked to do by itself.
    fn submitted(&self, request: SocketRequest) -> &'static str;
    /// What is in a packet that carries no data.
    fn packet(&self, kind: PacketKind) -> &'static str;
    /// What a peer does.
    fn outside_state(&self, state: Outside) -> &'static str;
    /// The row that parts peers from the machine.
    fn outside(&self) -> &'static str;
    /// So many of all these peers wait.
    fn crowd(&self, waiting: u32, of: u32) -> String;
}
