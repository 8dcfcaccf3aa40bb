//! The kernel's border and what is behind it: sockets with their buffers, the network card, packets on
//! their way, and the peers outside.
//!
//! Not who waits at a socket: those tokens glide with all others. Boxes are written anew with each
//! event; what follows the clock (packets, and a buffer that is being emptied) has layers of its own. The file
//! is long because each box behind the border is written by a function of its own.

use sim_core::call::{Call, PacketKind, Reason, SocketRequest};
use sim_core::event::EventKind;
use sim_core::ids::{SocketId, TaskId};
use sim_core::machine::{
    Connection, FIRST_DESCRIPTOR, Machine, ObjectState, Phase, SocketKind, State,
};
use sim_core::program::Place;
use sim_core::time::Time;

use super::look::{self, Progress};
use super::{View, placed, wires};
use crate::decimal::{decimal, px};
use crate::dom::{Html, Tag, svg, tag};
use crate::i18n::{NetworkTexts, Outside, Texts, network_texts, texts};
use crate::layout::{
    Arrangement, Flight, Layout, NetworkPlan, PeersPlan, Plan, Point, Rect, SocketPlan, count,
    fitting, flights, is_own, packets, sockets, stem,
};
use crate::live::{Derived, Made};
use crate::scene::Scene;

/// More places of a backlog than these are a number.
const PIPS: u32 = 10;

/// Everything behind the border; nothing for a run without a network.
#[lockstep_part::later]
pub(super) fn network(plan: &Made<Plan>, view: View) -> Vec<Tag> {
    let Some(network) = &plan.network else {
        return Vec::new();
    };
    let (texts, words_of) = (texts(), network_texts());
    let ground = |class: &str, rect: &Rect| tag("div").class(class).attr("style", &placed(rect));
    let mut tags = vec![
        ground("kernel-ground", &network.kernel),
        ground("outside-ground", &network.outside),
    ];
    if let Some(title) = &network.title {
        let name = tag("b").text(words_of.kernel());
        tags.push(ground("kernel-title", title).child(name));
    }
    let (of, on) = (plan.clone(), plan.clone());
    let drawn = move || drawn(texts, words_of, &of, &view.scene.read());
    tags.push(tag("div").class("shared").live_html(drawn));
    let copying = move || copying(&on, &view.layout.read(), &view.scene.read(), view.now.get());
    tags.push(tag("div").class("shared").live_html(copying));
    if plan.arrangement != Arrangement::Stacked {
        let of = plan.clone();
        let lines = move || copies(&of, &view.layout.read(), &view.scene.read());
        tags.push(wires::canvas("waits copies", plan).child(svg("g").live_html(lines)));
    }
    tags.push(in_flight(plan, view));
    tags
}

/// A buffer that the kernel copies from or into, or a completion that it copies by itself.
struct Copy {
    task: TaskId,
    socket: SocketId,
    /// How many bytes.
    bytes: u32,
    is_received: bool,
}

/// What is being copied on the CPUs.
fn copies_of(scene: &Scene) -> Vec<Copy> {
    let machine = &scene.machine;
    let running = machine.cpus.iter().filter_map(|cpu| cpu.task());
    let copies = running.filter_map(|task| {
        let Phase::Copying { bytes, .. } = machine.threads.get(task.index())?.phase else {
            return None;
        };
        let Call::Socket { request } = machine.task(task).step.call else {
            return None;
        };
        let descriptor = machine.threads[task.index()].program.operands[0];
        let holder = machine.holder(&scene.code, task);
        Some(Copy {
            task,
            socket: machine.network.behind(holder, descriptor)?,
            bytes,
            is_received: matches!(request, SocketRequest::Receive | SocketRequest::TryReceive),
        })
    });
    copies.collect()
}

/// The part of a buffer that is being copied: it shrinks or grows with the clock.
fn copying(plan: &Plan, layout: &Layout, scene: &Scene, now: Time) -> Html {
    let mut html = Html::new();
    let Some(network) = &plan.network else {
        return html;
    };
    let machine = &scene.machine;
    let config = &scene.code.config.network;
    for copy in copies_of(scene) {
        let (Some(place), Some(end)) = (
            network.place(copy.socket),
            machine.network.connection(copy.socket),
        ) else {
            continue;
        };
        // Only who has a token can be seen to copy.
        let State::Running(cpu) = machine.task(copy.task).state else {
            continue;
        };
        if layout.token(copy.task).is_none() {
            continue;
        }
        let part = look::burst(scene, cpu, now).map_or(0.0, Progress::share);
        #[allow(clippy::cast_precision_loss, reason = "the length of a bar")]
        let bytes = copy.bytes as f32;
        let (room, before, size, left) = match copy.is_received {
            true => (
                &place.receive,
                end.received,
                config.receive_buffer,
                bytes * (1.0 - part),
            ),
            false => {
                let before = end.unsent + end.in_flight;
                (&place.send, before, config.send_buffer, bytes * part)
            }
        };
        #[allow(clippy::cast_precision_loss, reason = "the length of a bar")]
        let before = before as f32;
        let [from, to] = [before, before + left].map(|bytes| level(bytes, size));
        let bar = Rect {
            x: room.x + room.width * from,
            width: (room.width * (to - from)).max(0.0),
            ..*room
        };
        html.element("i", &[("class", "copied"), ("style", &placed(&bar))], "");
    }
    html
}

/// How much of a bar so many bytes are. A packet in a buffer of 64 KiB is to be seen, and a full one
/// is full: the square root of the share.
fn level(bytes: f32, size: u32) -> f32 {
    #[allow(clippy::cast_precision_loss, reason = "the length of a bar")]
    let share = bytes / size.max(1) as f32;
    share.clamp(0.0, 1.0).sqrt()
}

/// The ways of what is being copied: over the border, to or from the CPU whose time it takes.
fn copies(plan: &Plan, layout: &Layout, scene: &Scene) -> Html {
    let mut html = Html::new();
    let Some(network) = &plan.network else {
        return html;
    };
    for copy in copies_of(scene) {
        let (Some(place), Some(token)) = (network.place(copy.socket), layout.token(copy.task))
        else {
            continue;
        };
        let mut cpus = plan.cpus.iter();
        let Some(cpu) = cpus.find(|cpu| cpu.token == token.rect) else {
            continue;
        };
        let border = network.kernel.y;
        let (x, cpu_x) = (place.frame.middle().x, cpu.frame.middle().x);
        let mut corners = vec![
            Point {
                x,
                y: place.frame.y,
            },
            Point { x, y: border },
            Point {
                x: cpu_x,
                y: border,
            },
            Point {
                x: cpu_x,
                y: cpu.frame.bottom(),
            },
        ];
        if !copy.is_received {
            corners.reverse();
        }
        let [line, head] = wires::way(&corners);
        html.element("path", &[("class", "copy-line"), ("d", &line)], "");
        html.element("path", &[("class", "copy-head"), ("d", &head)], "");
    }
    html
}

/// The packets between the card and the peers.
fn in_flight(plan: &Made<Plan>, view: View) -> Tag {
    let texts = network_texts();
    let of = plan.clone();
    let flying = Derived::new(move || {
        let scene = view.scene.read();
        let network = of.network.as_ref();
        Made::new(network.map_or_else(Vec::new, |network| flights(network, &scene.machine)))
    });
    let text = plan.scale.text;
    let keys = move || {
        let flying = flying.read();
        let keys = flying.iter().map(|flight| flight.packet.0 as usize);
        keys.collect::<Vec<_>>()
    };
    let packet = move |key: usize| {
        let of_key = move |flights: &[Flight]| {
            let mut flights = flights.iter();
            flights
                .find(|flight| flight.packet.0 as usize == key)
                .copied()
        };
        // One that is just being taken away keeps its looks.
        let own = Derived::of_before(move |before: Option<&Option<Flight>>| {
            of_key(&flying.read()).or_else(|| before.copied().flatten())
        });
        let place = move || {
            let Some(flight) = own.get() else {
                return String::new();
            };
            let Point { x, y } = flight.at(view.now.get());
            format!("transform:translate({}px,{}px)", px(x), px(y - text * 0.6))
        };
        let class = move || match own.get().map(|flight| flight.what.kind) {
            Some(PacketKind::Data) => "packet data".to_owned(),
            Some(PacketKind::Reset) => "packet reset".to_owned(),
            _ => "packet".to_owned(),
        };
        let words = move || {
            let what = own.get().map(|flight| flight.what);
            what.map_or_else(String::new, |what| match what.kind {
                PacketKind::Data => what.bytes.to_string(),
                kind => texts.packet(kind).to_owned(),
            })
        };
        tag("div")
            .live_class(class)
            .live("style", place)
            .child(tag("b").live_text(words))
    };
    tag("div").class("packets").each(keys, packet)
}

/// What is being written: the HTML of all boxes at one moment.
struct Boxes<'a> {
    html: Html,
    texts: &'static dyn Texts,
    words_of: &'static dyn NetworkTexts,
    scene: &'a Scene,
    network: &'a NetworkPlan,
    text: f32,
}

fn drawn(
    texts: &'static dyn Texts,
    words_of: &'static dyn NetworkTexts,
    plan: &Plan,
    scene: &Scene,
) -> Html {
    let Some(network) = &plan.network else {
        return Html::new();
    };
    let mut boxes = Boxes {
        html: Html::new(),
        texts,
        words_of,
        scene,
        network,
        text: plan.scale.text,
    };
    boxes.card();
    for socket in sockets(&scene.machine) {
        if let Some(place) = network.place(socket) {
            boxes.socket(socket, place);
        }
    }
    boxes.others();
    boxes.completions();
    for peers in &network.peers {
        boxes.peers(peers);
    }
    boxes.html
}

impl Boxes<'_> {
    fn open(&mut self, class: &str, rect: &Rect, hint: &str) {
        let style = placed(rect);
        let attributes = [("class", class), ("style", &*style), ("title", hint)];
        self.html.open("div", &attributes);
    }

    fn empty(&mut self, class: &str, rect: &Rect) {
        self.open(class, rect, "");
        self.html.close("div");
    }

    fn words(&mut self, words: &str) {
        self.html.element("small", &[], words);
    }

    fn card(&mut self) {
        let network = self.network;
        let event = self.scene.event.map(|event| event.kind);
        let is_lit = matches!(
            event,
            Some(EventKind::PacketArrived { .. } | EventKind::CardInterrupted { .. })
        );
        let class = if is_lit { "card concerned" } else { "card" };
        let name = self.words_of.network_card();
        self.open(class, &network.card, name);
        if network.is_roomy {
            self.html.element("b", &[], name);
            let number = packets(&self.scene.machine);
            if number > 0 {
                let words = self.words_of.on_the_way(number);
                self.words(&words);
            }
        }
        self.html.close("div");
    }

    fn title(&mut self, place: &SocketPlan, name: &str, beside: &str) {
        self.open("object-title", &place.title, &format!("{name} {beside}"));
        self.html.element("b", &[], name);
        if !beside.is_empty() {
            self.html.element("em", &[], beside);
        }
        self.html.close("div");
    }

    fn socket(&mut self, id: SocketId, place: &SocketPlan) {
        let scene = self.scene;
        let machine = &scene.machine;
        let Some(socket) = machine.network.socket(id) else {
            return;
        };
        let event = scene.event.map(|event| event.kind);
        let is_lit = event.is_some_and(|kind| match kind {
            EventKind::Blocked { reason, .. } => Reason::from(reason).socket() == Some(id),
            kind => kind.socket() == Some(id),
        });
        let lit = if is_lit { " concerned" } else { "" };
        let ready = if socket.is_ready() { " has-data" } else { "" };
        let name = self
            .words_of
            .socket(number(machine, id), self.network.is_roomy);
        match &socket.kind {
            SocketKind::Listener { backlog, queue } => {
                self.empty(&format!("box socket listener{ready}{lit}"), &place.frame);
                let waiting = u32::try_from(queue.len()).unwrap_or(*backlog);
                let words = self.words_of.backlog(waiting, *backlog);
                let beside = match self.network.is_roomy {
                    true => self.words_of.listens(socket.port),
                    false => self.texts.part_of(queue.len(), *backlog),
                };
                self.title(place, &name, &beside);
                self.open("backlog", &place.receive, &words);
                let fit = fitting(place.receive.width, self.text * 0.9);
                if *backlog <= PIPS && *backlog as usize <= fit {
                    for at in 0..*backlog {
                        let class = if at < waiting {
                            "pip come"
                        } else {
                            "pip come vacant"
                        };
                        self.html.element("i", &[("class", class)], "");
                    }
                }
                self.html.close("div");
                if self.network.is_roomy {
                    self.open("backlog", &place.send, "");
                    self.words(&words);
                    self.html.close("div");
                }
            }
            SocketKind::Connection(end) => {
                self.empty(&format!("box socket{ready}{lit}"), &place.frame);
                let other = machine.network.opposite(id);
                let other = other.map_or("", |task| scene.code.job(task).name.as_str());
                self.title(place, &name, other);
                self.buffers(end, place);
            }
            SocketKind::Closed => {}
        }
    }

    fn buffers(&mut self, end: &Connection, place: &SocketPlan) {
        let sizes = &self.scene.code.config.network;
        let (receive, send) = (sizes.receive_buffer, sizes.send_buffer);
        let ended = if end.is_ended {
            self.words_of.ended()
        } else {
            ""
        };
        let texts = self.words_of;
        self.buffer(
            "in",
            &place.receive,
            end.received,
            receive,
            texts.received(),
            ended,
        );
        self.buffer(
            "out",
            &place.send,
            end.unsent + end.in_flight,
            send,
            texts.to_send(),
            "",
        );
    }

    fn buffer(&mut self, class: &str, rect: &Rect, bytes: u32, of: u32, name: &str, end: &str) {
        let hint = self.words_of.buffer(name, bytes, of);
        self.open(&format!("buffer {class}"), rect, &hint);
        #[allow(clippy::cast_precision_loss, reason = "the length of a bar")]
        let share = level(bytes as f32, of);
        let width = format!("width:{}%", decimal(share * 100.0, 1));
        self.html.element("i", &[("style", &width)], "");
        if self.network.is_roomy {
            self.html.element("span", &[], name);
            let words = match end {
                "" => bytes.to_string(),
                end if bytes == 0 => end.to_owned(),
                end => format!("{bytes} {end}"),
            };
            self.html.element("b", &[], &words);
        }
        self.html.close("div");
    }

    fn others(&mut self) {
        let network = self.network;
        let Some(place) = &network.others else {
            return;
        };
        let here = sockets(&self.scene.machine);
        let hidden = here
            .filter(|socket| network.place(*socket).is_none())
            .count();
        self.empty("box socket others", &place.frame);
        let words = self.words_of.more_sockets(hidden);
        self.title(place, &words, "");
    }

    /// What was submitted: what the kernel is at, and what is done and not yet taken.
    fn completions(&mut self) {
        let Some(place) = &self.network.completions else {
            return;
        };
        let scene = self.scene;
        let machine = &scene.machine;
        let event = scene.event.map(|event| event.kind);
        let is_lit = matches!(event, Some(EventKind::Completed { .. }));
        let lit = if is_lit { " concerned" } else { "" };
        self.empty(&format!("box completions{lit}"), &place.frame);
        let name = self.words_of.completions();
        self.title(place, name, "");
        let submitted = machine.network.submissions.iter();
        let submitted = submitted.map(|each| {
            let class = if each.copying > 0 {
                "kernel-op copying"
            } else {
                "kernel-op"
            };
            let name = self.words_of.submitted(each.request);
            let of = number(machine, each.socket);
            (
                class,
                of.map_or_else(|| name.to_owned(), |of| format!("{name} {of}")),
            )
        });
        let submitted: Vec<_> = submitted.collect();
        let tables = machine.network.tables.iter();
        let own = tables.filter(|table| is_own(table.holder));
        let completed = own.flat_map(|table| &table.completions);
        let completed =
            completed.map(|each| ("kernel-op done", format!("{}: {}", each.tag, each.result)));
        let completed: Vec<_> = completed.collect();
        self.chips(&place.receive, &submitted, self.words_of.at_work());
        self.chips(&place.send, &completed, self.words_of.completed());
    }

    fn chips(&mut self, rect: &Rect, chips: &[(&str, String)], name: &str) {
        let hint = format!("{name} {}", chips.len());
        self.open("kernel-ops", rect, &hint);
        if !self.network.is_roomy {
            for (class, _) in chips.iter().take(fitting(rect.width, self.text * 0.8)) {
                self.html.element("i", &[("class", class)], "");
            }
        } else {
            let words = format!("{name} {}", chips.len());
            self.words(&words);
            for (class, words) in chips {
                self.html.element("b", &[("class", class)], words);
            }
        }
        self.html.close("div");
    }

    fn peers(&mut self, peers: &PeersPlan) {
        let scene = self.scene;
        let mut counts = [0_usize; Outside::ALL.len()];
        let tasks = (0..peers.number).map(|place| TaskId::from_index(peers.first.index() + place));
        let tasks = tasks.filter(|task| scene.code.job(*task).place == Place::Outside);
        for (place, task) in tasks.enumerate() {
            let state = outside(&scene.machine, task);
            counts[state as usize] += 1;
            let concerned = scene.concerned() == Some(task);
            if place >= peers.shown() && !concerned {
                continue;
            }
            let Some(rect) = self.network.peer(task) else {
                continue;
            };
            let lit = if concerned { " concerned" } else { "" };
            let name = &scene.code.job(task).name;
            let words = self.words_of.outside_state(state);
            let class = format!("peer {}{lit}", state_class(state));
            self.open(&class, &rect, &format!("{name}: {words}"));
            if peers.title.is_none() {
                self.html.element("b", &[], name);
                if rect.width > self.text * (count(name.len()) * 0.6 + 5.0) {
                    self.words(words);
                }
            }
            self.html.close("div");
        }
        let Some(title) = &peers.title else {
            return;
        };
        let name = stem(&scene.code.job(peers.first).name);
        let name = format!("{name} \u{d7} {}", peers.number);
        let mut told = String::new();
        for (state, number) in Outside::ALL.into_iter().zip(counts) {
            if number > 0 {
                let comma = if told.is_empty() { "" } else { ", " };
                told = format!(
                    "{told}{comma}{number} {}",
                    self.words_of.outside_state(state)
                );
            }
        }
        self.open("peers-title", title, &told);
        self.html.element("b", &[], &name);
        self.words(&told);
        self.html.close("div");
    }
}

/// By what number its process knows a socket, if it does.
pub fn number(machine: &Machine, socket: SocketId) -> Option<i64> {
    let own = machine.network.tables.iter();
    let mut own = own.filter(|table| is_own(table.holder));
    let place = own.find_map(|table| {
        let mut descriptors = table.descriptors.iter();
        descriptors.position(|each| *each == Some(socket))
    });
    Some(FIRST_DESCRIPTOR + i64::try_from(place?).ok()?)
}

/// What a peer does.
fn outside(machine: &Machine, task: TaskId) -> Outside {
    match machine.task(task).state {
        State::Outside(Some(Reason::Connect(_))) => Outside::Connecting,
        State::Outside(Some(Reason::Data(_))) => Outside::Waiting,
        State::Outside(Some(_)) => Outside::Resting,
        State::Zombie | State::Exited => Outside::Done,
        State::Absent => Outside::Absent,
        _ => Outside::Sending,
    }
}

const fn state_class(state: Outside) -> &'static str {
    match state {
        Outside::Absent => "peer-absent",
        Outside::Connecting => "peer-connecting",
        Outside::Waiting => "peer-waiting",
        Outside::Resting => "peer-resting",
        Outside::Sending => "peer-sending",
        Outside::Done => "peer-done",
    }
}

/// What a set of sockets shows: each with its number, those that are ready filled.
pub(super) fn watched(html: &mut Html, machine: &Machine, state: &ObjectState, fit: usize) {
    let ObjectState::Watch(watch) = state else {
        return;
    };
    let shown = match watch.members.len() {
        all if all <= fit => all,
        _ => fit.saturating_sub(1),
    };
    for member in &watch.members[..shown] {
        let socket = machine.network.socket(member.socket);
        let is_ready = socket.is_some_and(sim_core::machine::Socket::is_ready);
        let class = if is_ready { "watched ready" } else { "watched" };
        html.element("b", &[("class", class)], &member.descriptor.to_string());
    }
    if watch.members.len() > shown {
        let rest = texts().more(watch.members.len() - shown);
        html.element("small", &[], &rest);
    }
}
