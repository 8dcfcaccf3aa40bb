//! How the events of the network are told in English: sockets, packets, the two phases of a read.

use sim_core::call::{PacketKind, Reason, SocketRequest};
use sim_core::ids::{SocketId, TaskId};
use sim_core::program::Place;
use sim_core::view::narration::{What, Why};

use super::English;
use super::narration::{Teller, say};
use crate::i18n::{NetworkTexts, Outside, Piece, StageTexts};

impl Teller<'_> {
    pub(super) fn network(&mut self, what: What) {
        let unit = self.scene.code.config.unit;
        match what {
            What::Served { .. } => self.served(what),
            What::CopyBegan {
                task,
                request,
                socket,
                bytes,
                takes,
            } => {
                let bytes = number_of_bytes(bytes);
                let takes = self.texts.span(unit, takes);
                let way = match request {
                    SocketRequest::Receive | SocketRequest::TryReceive => {
                        format!("The kernel copies {bytes} from the buffer of ")
                    }
                    _ => format!("The kernel copies {bytes} into the buffer of "),
                };
                say!(self.main, way, self.thing(socket));
                say!(self.main, ", for ", task, ": the second phase.");
                say!(self.more, format!("It takes its CPU for {takes}."));
            }
            What::WouldBlock {
                task,
                request,
                socket,
            } => {
                let text = match request {
                    SocketRequest::TryAccept => " asks for a connection, but none has come in",
                    SocketRequest::TrySend => " wants to send, but the buffer is full",
                    SocketRequest::TryComplete => " asks what is done: nothing yet",
                    _ => " asks for data, but none have arrived",
                };
                say!(self.main, task, text);
                if let Some(socket) = socket {
                    say!(self.main, ", at ", self.thing(socket));
                }
                say!(self.main, ". It goes on without waiting.");
            }
            What::SocketFailed { task, request, .. } => {
                let text = match request {
                    SocketRequest::Listen => " wants to listen, but another does at that port.",
                    SocketRequest::Connect => {
                        " is refused: nobody listens at the port, or too many wait there."
                    }
                    SocketRequest::Send | SocketRequest::TrySend => {
                        " wants to send, but the other side does not read any more."
                    }
                    _ => " reads, but the other side has thrown the connection away.",
                };
                say!(self.main, task, text);
            }
            What::SocketEnded { task, socket, .. } => {
                say!(self.main, task, " reads the end of ", self.thing(socket));
                say!(
                    self.main,
                    ": the other side has closed, and nothing is left."
                );
            }
            What::ScanBegan {
                task,
                object,
                descriptors,
                takes,
            } => {
                let set = Piece::Thing(self.scene.code.object_name(object).into_owned());
                let text = match descriptors {
                    1 => "The kernel looks at 1 descriptor of ".to_owned(),
                    _ => format!("The kernel looks at {descriptors} descriptors of "),
                };
                let takes = self.texts.span(unit, takes);
                say!(self.main, text, set, ", for ", task, ".");
                say!(self.more, format!("It takes its CPU for {takes}."));
            }
            What::Completed {
                task,
                request,
                tag,
                result,
                ..
            } => {
                let done = match request {
                    _ if result < 0 => "failed".to_owned(),
                    SocketRequest::SubmitAccept => format!("it is socket {result}"),
                    _ => number_of_bytes(u32::try_from(result).unwrap_or(0)),
                };
                let text = format!("The kernel has done what was submitted as {tag} by ");
                say!(self.main, text, task, format!(": {done}."));
            }
            What::PacketArrived {
                kind,
                socket,
                bytes,
                place,
                port,
                from,
                buffered,
                ..
            } => {
                let what = match kind {
                    PacketKind::Connect => format!("A wish to connect to port {port}"),
                    PacketKind::Accept => "The answer that the connection is there".to_owned(),
                    PacketKind::Data => format!("A packet of {}", number_of_bytes(bytes)),
                    PacketKind::End => "The end of what will be sent".to_owned(),
                    PacketKind::Reset => "The answer that there is no such connection".to_owned(),
                };
                say!(self.main, what);
                if let Some(from) = from {
                    say!(self.main, " from ", from);
                }
                match place {
                    Place::Inside => say!(self.main, " is at the network card"),
                    Place::Outside => say!(self.main, " is outside"),
                }
                if kind == PacketKind::Data {
                    let held = number_of_bytes(buffered);
                    say!(self.main, ": the buffer of ", self.thing(socket));
                    say!(self.main, format!(" holds {held} now."));
                } else {
                    say!(self.main, ".");
                }
            }
            What::CardInterrupted {
                cpu, interrupted, ..
            } => {
                let cpu = self.texts.cpu(cpu);
                say!(self.main, format!("The network card interrupts {cpu}"));
                match interrupted {
                    Some(task) => say!(self.main, ", which puts ", task, " aside."),
                    None => say!(self.main, "."),
                }
            }
            // All others are told elsewhere.
            _ => {}
        }
    }

    fn served(&mut self, what: What) {
        let What::Served {
            task,
            request,
            socket,
            port,
            descriptor,
            bytes,
            left,
            other,
        } = what
        else {
            return;
        };
        let number = descriptor.map_or_else(String::new, |number| format!(", as number {number}"));
        let amount = number_of_bytes(bytes);
        match request {
            SocketRequest::Listen => {
                say!(self.main, task, format!(" listens at port {port}{number}."));
            }
            SocketRequest::Accept | SocketRequest::TryAccept => {
                say!(self.main, task, " accepts the connection");
                self.with(" of ", other);
                say!(self.main, format!("{number}."));
            }
            SocketRequest::Connect => {
                say!(
                    self.main,
                    task,
                    format!(" is connected to port {port}{number}.")
                );
            }
            SocketRequest::Receive | SocketRequest::TryReceive => {
                say!(self.main, task, format!(" has {amount}"));
                self.with(" of ", other);
                say!(self.main, ".");
                if left > 0 {
                    let left = number_of_bytes(left);
                    say!(self.more, format!("{left} are left in the buffer."));
                }
            }
            SocketRequest::Send | SocketRequest::TrySend => {
                say!(
                    self.main,
                    task,
                    format!(" has given {amount} to the kernel")
                );
                self.with(" to send to ", other);
                say!(self.main, ".");
                if left > 0 {
                    let left = number_of_bytes(left);
                    say!(self.more, format!("{left} are still to go."));
                }
            }
            SocketRequest::Close => say!(self.main, task, " closes ", self.thing(socket), "."),
            SocketRequest::Signal => {
                say!(
                    self.main,
                    task,
                    " wants a signal whenever something arrives at "
                );
                say!(self.main, self.thing(socket), ".");
            }
            SocketRequest::SubmitAccept
            | SocketRequest::SubmitReceive
            | SocketRequest::SubmitSend => {
                let text = match request {
                    SocketRequest::SubmitAccept => " has the kernel accept at ",
                    SocketRequest::SubmitReceive => " has the kernel receive at ",
                    _ => " has the kernel send at ",
                };
                say!(self.main, task, text, self.thing(socket));
                say!(self.main, ", and goes on.");
            }
            SocketRequest::Complete | SocketRequest::TryComplete => {
                say!(self.main, task, " takes the answer to what it submitted.");
            }
        }
    }

    /// A socket by what its process knows it by; one that none knows by whose it is.
    fn thing(&self, socket: SocketId) -> Piece {
        let machine = &self.scene.machine;
        let number = |machine| crate::stage::network::number(machine, socket);
        // One that has just been closed is told by what it was.
        let number = number(machine).or_else(|| self.scene.before.as_ref().and_then(number));
        if let Some(number) = number {
            return Piece::Thing(format!("socket {number}"));
        }
        let entry = machine.network.socket(socket);
        let whose = match entry.map(|entry| entry.place) {
            Some(Place::Inside) => machine.network.opposite(socket),
            _ => entry.map(|entry| entry.owner),
        };
        let name = whose.map_or("nobody", |task| self.scene.code.job(task).name.as_str());
        Piece::Thing(format!("the connection of {name}"))
    }

    fn with(&mut self, words: &str, other: Option<TaskId>) {
        if let Some(other) = other {
            say!(self.main, words, other);
        }
    }

    /// Why it blocks at the network: the first half of the sentence.
    pub(super) fn waits_for_network(&mut self, task: TaskId, reason: Reason) {
        match reason {
            Reason::Connection(socket) => {
                say!(
                    self.main,
                    task,
                    " waits for a connection at ",
                    self.thing(socket)
                );
                say!(self.main, ".");
            }
            Reason::Connect(_) => {
                say!(
                    self.main,
                    task,
                    " asks for a connection, and waits for the answer."
                );
            }
            Reason::Data(socket) => {
                say!(self.main, task, " waits for data at ", self.thing(socket));
                say!(self.main, ": the first phase.");
            }
            Reason::Room(socket) => {
                say!(self.main, task, " finds the buffer of ", self.thing(socket));
                say!(self.main, " full: it waits for room.");
            }
            _ => say!(
                self.main,
                task,
                " waits until the kernel has done what it submitted."
            ),
        }
    }

    /// Who keeps it waiting: the other half.
    pub(super) fn waits_for_peer(&mut self, why: Option<Why>) {
        if let Some(Why::WaitsFor { task }) = why {
            say!(self.main, " ", task, " is at the other end.");
        }
    }

    /// It is woken by the network.
    pub(super) fn woken_at_network(&mut self, task: TaskId, reason: Reason) {
        let text = match reason {
            Reason::Connection(_) => "A connection has come in: ",
            Reason::Connect(_) => "The answer has come: ",
            Reason::Room(_) => "There is room in the buffer: ",
            Reason::Completion => "Something is done: ",
            _ => "Something has arrived: ",
        };
        say!(self.main, text, task, " is ready to try again.");
    }
}

fn number_of_bytes(bytes: u32) -> String {
    match bytes {
        1 => "1 byte".to_owned(),
        _ => format!("{bytes} bytes"),
    }
}

impl NetworkTexts for English {
    fn kernel(&self) -> &'static str {
        "kernel"
    }

    fn network_card(&self) -> &'static str {
        "network card"
    }

    fn on_the_way(&self, packets: usize) -> String {
        match packets {
            1 => "1 packet on its way".to_owned(),
            _ => format!("{packets} packets on their way"),
        }
    }

    fn socket(&self, number: Option<i64>, is_roomy: bool) -> String {
        match (number, is_roomy) {
            (Some(number), true) => format!("socket {number}"),
            (Some(number), false) => number.to_string(),
            (None, _) => "socket".to_owned(),
        }
    }

    fn listens(&self, port: u32) -> String {
        format!("port {port}")
    }

    fn backlog(&self, waiting: u32, of: u32) -> String {
        format!("backlog: {waiting} of {of}")
    }

    fn received(&self) -> &'static str {
        "received"
    }

    fn to_send(&self) -> &'static str {
        "to send"
    }

    fn ended(&self) -> &'static str {
        "end"
    }

    fn buffer(&self, name: &str, bytes: u32, of: u32) -> String {
        format!("{name}: {bytes} of {of} bytes")
    }

    fn more_sockets(&self, sockets: usize) -> String {
        match sockets {
            1 => "1 more socket".to_owned(),
            _ => format!("{sockets} more sockets"),
        }
    }

    fn completions(&self) -> &'static str {
        "submitted"
    }

    fn at_work(&self) -> &'static str {
        "at work"
    }

    fn completed(&self) -> &'static str {
        "done"
    }

    fn submitted(&self, request: SocketRequest) -> &'static str {
        match request {
            SocketRequest::SubmitAccept => "accept",
            SocketRequest::SubmitSend => "send",
            _ => "receive",
        }
    }

    fn packet(&self, kind: PacketKind) -> &'static str {
        match kind {
            PacketKind::Connect => "SYN",
            PacketKind::Accept => "SYN ACK",
            PacketKind::Data => "data",
            PacketKind::End => "FIN",
            PacketKind::Reset => "RST",
        }
    }

    fn outside_state(&self, state: Outside) -> &'static str {
        match state {
            Outside::Absent => "to come",
            Outside::Connecting => "connecting",
            Outside::Sending => "at work",
            Outside::Waiting => "waiting",
            Outside::Resting => "resting",
            Outside::Done => "done",
        }
    }

    fn outside(&self) -> &'static str {
        "outside"
    }

    fn crowd(&self, waiting: u32, of: u32) -> String {
        format!("{waiting} of {of} wait for the network")
    }
}
