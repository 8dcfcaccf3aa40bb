//! The kernel's border, the sockets behind it, and the world outside: where they stand, and the way of
//! packets between them.
//!
//! Not the rest of the machine, which stands above. A socket keeps its box as long as it is open; boxes
//! are given out anew, so that there are as many as the run has sockets at one time. The file is long
//! because kernel, wire and peers share one height between them.

use sim_core::call::Reason;
use sim_core::event::EventKind;
use sim_core::ids::{PacketId, SocketId, TaskId};
use sim_core::machine::{Due, Holder, Machine, Packet, SocketKind, Stage, State};
use sim_core::program::{Code, Place};
use sim_core::time::Time;
use sim_core::trace::Trace;

use super::Scale;
use super::geometry::{Grid, Point, Rect, Size, count, fitting};
use super::scale::ring;

/// How crowded the network is in a run.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct NetworkCensus {
    /// The box of each socket that ever has one.
    pub boxes: Vec<Option<u16>>,
    /// How many wait at each box at most.
    pub waiting: Vec<usize>,
    /// How many wait at most for what they have submitted; none where nothing is submitted.
    pub completing: Option<usize>,
}

impl NetworkCensus {
    /// The census of a run; none where it has neither peers nor sockets.
    pub(super) fn new(trace: &Trace) -> Option<Self> {
        let code = trace.code();
        let mut events = trace.events().iter();
        if code.peers() == 0 && !events.any(|event| event.kind.socket().is_some()) {
            return None;
        }
        Some(Self::of(trace))
    }

    /// The census of a run that has a network.
    #[lockstep_part::later(NetworkCensus)]
    fn of(trace: &Trace) -> Self {
        let code = trace.code();
        let mut census = Self::default();
        let mut taken: Vec<Option<SocketId>> = Vec::new();
        let mut machine = trace.start().clone();
        for event in trace.events() {
            // It was applied when it was recorded, to the same machine.
            let _ = machine.apply(code, event);
            match event.kind {
                EventKind::Served { request, .. } if request.is_submission() => {
                    census.completing.get_or_insert(0);
                }
                EventKind::Served { .. }
                | EventKind::Completed { .. }
                | EventKind::Exited { .. }
                | EventKind::Failed { .. } => {}
                EventKind::Blocked { reason, .. } => {
                    let reason = reason.into();
                    census.take_places(&machine, &mut taken);
                    census.note(&machine, reason);
                    continue;
                }
                _ => continue,
            }
            census.take_places(&machine, &mut taken);
        }
        census
    }

    /// Gives back the boxes of sockets that are closed, and gives one to each that is new.
    fn take_places(&mut self, machine: &Machine, taken: &mut Vec<Option<SocketId>>) {
        for place in taken.iter_mut() {
            if place.is_some_and(|socket| !is_shown(machine, socket)) {
                *place = None;
            }
        }
        self.boxes.resize(machine.network.sockets.len(), None);
        for socket in sockets(machine) {
            if self.boxes[socket.index()].is_some() {
                continue;
            }
            let free = taken.iter().position(Option::is_none);
            let free = free.unwrap_or_else(|| {
                taken.push(None);
                self.waiting.push(0);
                taken.len() - 1
            });
            taken[free] = Some(socket);
            self.boxes[socket.index()] = u16::try_from(free).ok();
        }
    }

    fn note(&mut self, machine: &Machine, reason: Reason) {
        if !reason.is_network() {
            return;
        }
        let tasks = machine.tasks.iter();
        let alike = tasks.filter(|task| match task.state {
            State::Blocked(other) => other.is_network() && other.socket() == reason.socket(),
            _ => false,
        });
        let number = alike.count();
        let most = match reason.socket() {
            None => self.completing.get_or_insert(0),
            Some(socket) => {
                let place = self.boxes.get(socket.index()).copied().flatten();
                let Some(most) = place.and_then(|place| self.waiting.get_mut(usize::from(place)))
                else {
                    return;
                };
                most
            }
        };
        *most = number.max(*most);
    }
}

/// The sockets of this machine that a process knows, or is making.
pub fn sockets(machine: &Machine) -> impl Iterator<Item = SocketId> {
    let all = (0..machine.network.sockets.len()).map(SocketId::from_index);
    all.filter(|socket| is_shown(machine, *socket))
}

fn is_shown(machine: &Machine, id: SocketId) -> bool {
    let Some(socket) = machine.network.socket(id) else {
        return false;
    };
    let is_known = socket.references > 0;
    socket.place == Place::Inside
        && match &socket.kind {
            SocketKind::Listener { .. } => is_known,
            SocketKind::Connection(end) => is_known || end.stage == Stage::Connecting,
            SocketKind::Closed => false,
        }
}

/// The kernel's border, what is behind it, and the world outside.
#[derive(Clone, PartialEq, Debug)]
pub struct NetworkPlan {
    /// The kernel: its upper edge is the border to the processes.
    pub kernel: Rect,
    /// The room for its name; none on a low stage.
    pub title: Option<Rect>,
    /// The boxes of sockets.
    pub sockets: Vec<SocketPlan>,
    /// The box that other sockets share.
    pub others: Option<SocketPlan>,
    /// How many boxes of sockets are missing.
    pub hidden: usize,
    /// What was submitted to the kernel, and what it has done.
    pub completions: Option<SocketPlan>,
    /// The network card, at the kernel's lower edge.
    pub card: Rect,
    /// The wires: the room between the card and the peers.
    pub wires: Rect,
    /// The world outside.
    pub outside: Rect,
    /// Those in it.
    pub peers: Vec<PeersPlan>,
    /// Which box each socket has.
    pub boxes: Vec<Option<u16>>,
    /// Whether there is room for words and numbers in the boxes.
    pub is_roomy: bool,
}

/// The box of a socket.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct SocketPlan {
    /// The box.
    pub frame: Rect,
    /// The room for its name and whose it is.
    pub title: Rect,
    /// The receive buffer, or the backlog.
    pub receive: Rect,
    /// The send buffer.
    pub send: Rect,
    /// Slots of those who wait at it.
    pub waiting: Grid,
}

/// Peers that are alike.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct PeersPlan {
    /// The first.
    pub first: TaskId,
    /// How many there are.
    pub number: usize,
    /// The room for their name and number; none where each has its own.
    pub title: Option<Rect>,
    /// A cell for each, as far as there is room.
    pub cells: Grid,
}

impl PeersPlan {
    /// How many have a cell.
    #[must_use]
    pub fn shown(&self) -> usize {
        self.number.min(self.cells.capacity())
    }
}

/// The least room for what is behind the border, as parts of the size of ordinary text.
#[derive(Clone, Copy)]
struct Measures {
    /// Above the boxes.
    title: f32,
    socket_title: f32,
    bar: f32,
    bars: f32,
    card: f32,
    wires: f32,
    /// The most for the peers' cells.
    peers: f32,
    /// Above these.
    peers_title: f32,
}

/// On a stage lower than this there is room for the boxes only.
const ROOMY: f32 = 430.0;
/// On a stage lower than this there is room for CPUs and queues only.
pub(super) const LOWEST: f32 = 240.0;
const WIDE: Measures = Measures {
    title: 1.5,
    socket_title: 1.5,
    bar: 1.3,
    bars: 7.0,
    card: 1.5,
    wires: 3.0,
    peers: 3.2,
    peers_title: 1.3,
};
const SMALL: Measures = Measures {
    title: 0.35,
    socket_title: 1.2,
    bar: 0.55,
    bars: 3.6,
    card: 0.5,
    wires: 0.8,
    peers: 0.9,
    peers_title: 1.05,
};
/// The boxes have at most this part of a stage's height.
const SHARE: f32 = 0.36;
/// Rather than showing fewer sockets than these, tokens become smaller.
const ENOUGH: [usize; 2] = [4, 6];
/// The widest box of a socket, in heights of text.
const WIDEST: f32 = 24.0;
/// So many who wait at one socket have a slot.
const SLOTS: usize = 3;
/// Sides of a peer's cell that are tried, in heights of text.
const SIDES: [f32; 6] = [1.1, 0.9, 0.75, 0.6, 0.48, 0.38];
/// More groups of peers than these are one.
const GROUPS: usize = 5;
/// The most letters of a peer's name that room is made for.
const LETTERS: usize = 12;

impl NetworkPlan {
    /// The plan at the lower edge of a stage; whether as many sockets as needed have a box.
    pub(super) fn new(
        code: &Code,
        census: &NetworkCensus,
        scale: &Scale,
        viewport: Size,
        margin: f32,
    ) -> (Self, bool) {
        let is_roomy = viewport.height >= ROOMY;
        let measures = if is_roomy { WIDE } else { SMALL };
        let text = scale.text;
        let inside = Rect::new(margin, 0.0, viewport.width - 2.0 * margin, viewport.height);
        let peers = peers(code, inside, text, &measures);
        let bottom = viewport.height - margin * 0.5;
        let outside_y = bottom - peers.1;
        let peers = peers.0.into_iter().map(|peers| peers.moved(outside_y));
        let peers: Vec<_> = peers.collect();
        let wires_height = if peers.is_empty() {
            0.0
        } else {
            measures.wires * text
        };
        let wires = Rect::new(0.0, outside_y - wires_height, viewport.width, wires_height);
        let card = measures.card * text;
        let card = Rect::new(inside.x, wires.y - card, inside.width, card);

        // The boxes.
        let most = viewport.height * SHARE;
        let needed = census.waiting.len() + usize::from(census.completing.is_some());
        let slots = census.waiting.iter().chain(&census.completing);
        let slots = slots.copied().max().unwrap_or(0).min(SLOTS);
        let cell = SocketCell::new(scale, &measures, slots);
        let gap = scale.gap;
        let columns = fitting(inside.width + gap, cell.size.width + gap).max(1);
        let rows = fitting(most + gap, cell.size.height + gap).max(1);
        let shown = needed.min(columns * rows);
        let is_enough = shown >= needed.min(ENOUGH[usize::from(is_roomy)])
            && cell.size.height <= most
            && cell.size.width <= inside.width;
        let rows = shown.div_ceil(columns);
        // As even as can be: three and three, not five and one.
        let columns = shown.div_ceil(rows.max(1)).max(1);
        let width = (inside.width + gap) / count(columns) - gap;
        let width = width.min(text * WIDEST);
        let boxes_height = count(rows) * (cell.size.height + gap);
        let boxes_y = card.y - boxes_height;
        let used = count(columns) * (width + gap) - gap;
        let left = inside.x + (inside.width - used).max(0.0) / 2.0;
        let mut boxes: Vec<_> = (0..shown)
            .map(|place| {
                let x = left + count(place % columns) * (width + gap);
                let y = boxes_y + count(place / columns) * (cell.size.height + gap);
                cell.at(scale, Rect::new(x, y, width, cell.size.height))
            })
            .collect();
        let completions = census.completing.and_then(|_| boxes.pop());
        let hidden = census.waiting.len().saturating_sub(boxes.len());
        let others = (hidden > 0).then(|| boxes.pop()).flatten();
        let title = measures.title * text;
        let kernel = Rect::new(
            0.0,
            boxes_y - title,
            viewport.width,
            card.bottom() - boxes_y + title,
        );
        let title = is_roomy.then(|| Rect::new(inside.x, kernel.y, inside.width, title));
        let plan = Self {
            kernel,
            title,
            hidden: hidden + usize::from(others.is_some()),
            sockets: boxes,
            others,
            completions,
            card,
            wires,
            outside: Rect::new(0.0, wires.y, viewport.width, viewport.height - wires.y),
            peers,
            boxes: census.boxes.clone(),
            is_roomy,
        };
        (plan, is_enough)
    }

    /// The box of a socket, if it has one of its own.
    #[must_use]
    pub fn place(&self, socket: SocketId) -> Option<&SocketPlan> {
        let place = self.boxes.get(socket.index()).copied().flatten()?;
        self.sockets.get(usize::from(place))
    }

    /// The cell of a peer; where it has none, the last cell of its group.
    #[must_use]
    pub fn peer(&self, task: TaskId) -> Option<Rect> {
        let group = self.peers.iter().find(|group| {
            let first = group.first.index();
            (first..first + group.number).contains(&task.index())
        })?;
        let last = group.shown().checked_sub(1)?;
        Some(
            group
                .cells
                .token((task.index() - group.first.index()).min(last)),
        )
    }
}

/// The parts of a socket's box.
struct SocketCell {
    size: Size,
    padding: f32,
    title: f32,
    bar: f32,
    slots: usize,
}

impl SocketCell {
    fn new(scale: &Scale, measures: &Measures, slots: usize) -> Self {
        let text = scale.text;
        let token = scale.token;
        let padding = ring(token.height) + 3.0;
        let bar = measures.bar * text;
        let bars = 2.0 * bar + text * 0.3;
        let (waiting, height) = match slots {
            0 => (0.0, bars),
            _ => (
                count(slots) * (token.width + scale.gap),
                bars.max(token.height + padding - text * 0.3),
            ),
        };
        let title = measures.socket_title * text;
        Self {
            size: Size {
                width: 2.0 * padding + measures.bars * text + waiting,
                height: title + height + padding.min(text * 0.6).max(padding * 0.8),
            },
            padding,
            title,
            bar,
            slots,
        }
    }

    fn at(&self, scale: &Scale, frame: Rect) -> SocketPlan {
        let Self { padding, bar, .. } = *self;
        let token = scale.token;
        let cell = Size {
            width: token.width + scale.gap,
            height: token.height + scale.gap,
        };
        let waiting = count(self.slots) * cell.width;
        let left = frame.x + padding;
        let bars = frame.width - 2.0 * padding - waiting;
        let inside = frame.below(self.title);
        let spare = inside.height - 2.0 * bar;
        let bar_at = |y: f32| Rect::new(left, y, bars, bar);
        let above = inside.y + (spare * 0.2).min(scale.text * 0.3);
        let x = frame.right() - padding - waiting + scale.gap;
        let y = frame.bottom() - padding * 0.8 - token.height;
        SocketPlan {
            frame,
            title: Rect::new(left, frame.y, frame.width - 2.0 * padding, self.title),
            receive: bar_at(above),
            send: bar_at(above + bar + (spare * 0.4).min(scale.text * 0.3)),
            waiting: Grid {
                origin: Point { x, y },
                cell,
                token,
                before: 0.0,
                columns: self.slots.max(1),
                rows: usize::from(self.slots > 0),
            },
        }
    }
}

/// The peers in groups, from the top of the room that they have, and the height of that.
fn peers(code: &Code, inside: Rect, text: f32, measures: &Measures) -> (Vec<PeersPlan>, f32) {
    let mut groups = groups(code);
    let number: usize = groups.iter().map(|(_, number)| number).sum();
    if number == 0 {
        return (Vec::new(), 0.0);
    }
    if groups.len() > GROUPS {
        // Declared one after the other, with other tasks between them perhaps: those have cells too,
        // which stay empty.
        let first = groups[0].0;
        let last = groups[groups.len() - 1];
        groups = vec![(first, last.0.index() + last.1 - first.index())];
    }
    let letters = |job: &sim_core::program::Job| job.name.chars().count();
    let peers = code.jobs.iter().filter(|job| job.place == Place::Outside);
    let letters = peers.map(letters).max().unwrap_or(2).clamp(2, LETTERS);
    let grid = |x: f32, y: f32, cell: Size, gap: f32, columns: usize, rows: usize| Grid {
        origin: Point { x, y },
        cell,
        token: Size {
            width: cell.width - gap,
            height: cell.height - gap,
        },
        before: 0.0,
        columns,
        rows,
    };
    // Each by its name, where one line is enough.
    let gap = text * 0.4;
    let chip = Size {
        width: count(letters) * text * 0.56 + text * 1.1,
        height: text * 1.5 + gap,
    };
    if number <= fitting(inside.width + gap, chip.width) {
        let most = text * 11.0;
        let width = (inside.width / count(number)).min(most).max(chip.width);
        let chip = Size { width, ..chip };
        let mut x = inside.x + (inside.width - count(number) * width + gap).max(0.0) / 2.0;
        let place = |(first, number): (TaskId, usize)| {
            let cells = grid(x, 0.0, chip, gap, number, 1);
            x += count(number) * width;
            PeersPlan {
                first,
                number,
                title: None,
                cells,
            }
        };
        return (groups.into_iter().map(place).collect(), chip.height - gap);
    }
    let title = text * measures.peers_title;
    let between = text;
    let room = inside.width - between * count(groups.len() - 1);
    let least = (text * 6.0).min(room / count(groups.len()));
    let size = |side: f32| {
        let rows = fitting(measures.peers * text, side).max(1);
        let width =
            |(_, number): &(TaskId, usize)| (count(number.div_ceil(rows)) * side).max(least);
        let widths: Vec<_> = groups.iter().map(width).collect();
        (rows, widths)
    };
    let fits = |side: &f32| size(*side * text).1.iter().sum::<f32>() <= room;
    let side = SIDES
        .into_iter()
        .find(fits)
        .unwrap_or(SIDES[SIDES.len() - 1])
        * text;
    let (rows, widths) = size(side);
    let wanted: f32 = widths.iter().sum();
    let stretch = (room / wanted).min(1.0);
    let mut x = inside.x;
    let mut highest = 0.0_f32;
    let mut plans = Vec::new();
    for ((first, number), width) in groups.into_iter().zip(widths) {
        // What one group has less than its least, another has more.
        let width = width * stretch;
        let columns = fitting(width, side).max(1);
        let rows = number.div_ceil(columns).min(rows);
        let cell = Size {
            width: side,
            height: side,
        };
        highest = highest.max(count(rows) * side);
        plans.push(PeersPlan {
            first,
            number,
            title: Some(Rect::new(x, 0.0, width, title)),
            cells: grid(x, title, cell, (side * 0.18).min(3.0), columns, rows),
        });
        x += width + between;
    }
    // What is left over widens the rooms for the titles.
    let spare = (inside.right() - (x - between)).max(0.0);
    if let Some(title) = plans.last_mut().and_then(|last| last.title.as_mut()) {
        title.width += spare;
    }
    (plans, title + highest)
}

impl PeersPlan {
    fn moved(mut self, down: f32) -> Self {
        self.cells.origin.y += down;
        if let Some(title) = &mut self.title {
            title.y += down;
        }
        self
    }
}

/// Peers that stand together in the program and differ in their number only.
fn groups(code: &Code) -> Vec<(TaskId, usize)> {
    let mut groups: Vec<(TaskId, usize, &str)> = Vec::new();
    for (place, job) in code.jobs.iter().enumerate() {
        if job.place == Place::Inside {
            continue;
        }
        let stem = stem(&job.name);
        match groups.last_mut() {
            Some((first, number, own)) if *own == stem && first.index() + *number == place => {
                *number += 1;
            }
            _ => groups.push((TaskId::from_index(place), 1, stem)),
        }
    }
    let groups = groups.into_iter().map(|(first, number, _)| (first, number));
    groups.collect()
}

/// A name without its number.
#[must_use]
pub fn stem(name: &str) -> &str {
    name.split_once('[').map_or(name, |(stem, _)| stem)
}

/// A packet on its way.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Flight {
    /// Which.
    pub packet: PacketId,
    /// What is in it, and when it left.
    pub what: Packet,
    /// When it arrives.
    pub due: Time,
    /// Where it left.
    pub from: Point,
    /// Where it arrives.
    pub to: Point,
}

impl Flight {
    /// Where it is.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "a place on a screen")]
    pub fn at(&self, now: Time) -> Point {
        let of = self.due.since(self.what.sent).0 as f32;
        let gone = now.since(self.what.sent).0 as f32;
        let part = if of > 0.0 {
            (gone / of).clamp(0.0, 1.0)
        } else {
            1.0
        };
        Point {
            x: self.from.x + (self.to.x - self.from.x) * part,
            y: self.from.y + (self.to.y - self.from.y) * part,
        }
    }
}

/// So many packets are drawn at most.
const PACKETS: usize = 40;

/// The packets on their way, the first that arrive first.
#[must_use]
pub fn flights(plan: &NetworkPlan, machine: &Machine) -> Vec<Flight> {
    let network = &machine.network;
    let card = |socket: SocketId| {
        let x = plan.place(socket).map(|place| place.frame.middle().x);
        Point {
            x: x.unwrap_or_else(|| plan.card.middle().x),
            y: plan.wires.y,
        }
    };
    let end = |socket: Option<SocketId>| {
        let Some((socket, what)) = socket.and_then(|id| Some((id, network.socket(id)?))) else {
            return plan.card.middle();
        };
        if what.place == Place::Inside {
            // One that waits to be accepted stands at the listener.
            let listening = || network.listener(Place::Inside, what.port);
            return match plan.place(socket) {
                Some(_) => card(socket),
                None => listening().map_or_else(|| card(socket), card),
            };
        }
        let cell = plan.peer(what.owner).unwrap_or(plan.wires);
        Point {
            x: cell.middle().x,
            y: plan.wires.bottom(),
        }
    };
    let flight = |number: u32, at: u64, what: Packet, is_inbound: bool| {
        let other = || network.connection(what.socket).and_then(|end| end.other);
        // A wish to connect names where it comes from; others where they go to.
        let socket = network.socket(what.socket)?;
        let is_wish = what.kind == sim_core::call::PacketKind::Connect;
        let (from, to) = match is_wish {
            true => {
                let place = match is_inbound {
                    true => Place::Inside,
                    false => Place::Outside,
                };
                (Some(what.socket), network.listener(place, socket.port))
            }
            false => (other(), Some(what.socket)),
        };
        Some(Flight {
            packet: PacketId(number),
            what,
            due: Time(at),
            from: end(from),
            to: end(to),
        })
    };
    let inbound = network.inbound.iter();
    let inbound = inbound.filter_map(|((at, number), what)| flight(*number, *at, *what, true));
    let elsewhere = network.elsewhere.iter();
    let elsewhere = elsewhere.filter_map(|((at, number), due)| match due {
        Due::Packet(what) => flight(*number, *at, *what, false),
        Due::Copied { .. } => None,
    });
    inbound.chain(elsewhere).take(PACKETS).collect()
}

/// How many packets are on their way.
#[must_use]
pub fn packets(machine: &Machine) -> usize {
    let network = &machine.network;
    let elsewhere = network.elsewhere.values();
    let others = elsewhere.filter(|due| matches!(due, Due::Packet(_)));
    network.inbound.len() + others.count()
}

/// Whether a table of sockets belongs to a process of this machine.
#[must_use]
pub const fn is_own(holder: Holder) -> bool {
    matches!(holder, Holder::Process(_))
}
