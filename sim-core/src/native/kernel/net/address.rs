//! Where the sockets of a run are: addresses of the loopback network (127.0.0.0/8, RFC 1122) that no
//! other run has.
//!
//! The machine and the world outside have addresses of their own, so that a port here and the same port
//! there are two. Ports below 1,024 belong to the system: they are moved up, at another address.

use std::net::{Ipv4Addr, SocketAddrV4};

use crate::program::Place;

/// The numbers of processes have so many bits at most (Linux: `PID_MAX_LIMIT`).
const BITS: u32 = 22;
/// The ports of the system are below this one.
const ORDINARY: u16 = 1_024;
/// How far these are moved up.
const MOVED: u16 = 8_192;
/// Where who asks for a connection comes from: the first port, beyond those that were moved, and how many.
const CLIENTS: (u16, u16) = (10_000, 55_000);

/// The addresses of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Addresses {
    /// The number of its first process.
    run: u32,
}

/// Which ports are at an address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Ports {
    Ordinary,
    System,
}

impl Addresses {
    /// Those of the run whose first process has this number.
    pub(super) fn of(init: u64) -> Self {
        let run = u32::try_from(init).unwrap_or(0) & ((1 << BITS) - 1);
        Self { run }
    }

    fn host(self, place: Place, ports: Ports) -> Ipv4Addr {
        let place = u32::from(place == Place::Outside);
        let ports = u32::from(ports == Ports::System);
        Ipv4Addr::from(127 << 24 | self.run << 2 | place << 1 | ports)
    }

    /// Where somebody listens at a port; none where there is no such port.
    pub(super) fn of_port(self, place: Place, port: u32) -> Option<SocketAddrV4> {
        let port = u16::try_from(port).ok().filter(|port| *port > 0)?;
        Some(if port < ORDINARY {
            SocketAddrV4::new(self.host(place, Ports::System), port + MOVED)
        } else {
            SocketAddrV4::new(self.host(place, Ports::Ordinary), port)
        })
    }

    /// Where who asks for a connection comes from, the `count`th of the run: no other has that port, so that
    /// the connection is known by it as long as one of its ends is there.
    pub(super) fn of_client(self, place: Place, count: u64) -> SocketAddrV4 {
        let (first, all) = CLIENTS;
        let port = u16::try_from(count % u64::from(all)).unwrap_or(0);
        SocketAddrV4::new(self.host(place, Ports::System), first + port)
    }

    /// The number of a connection in a run, by where the end is that asked for it; none of one that does
    /// not belong to the run.
    pub(super) fn slot(self, client: SocketAddrV4) -> Option<u32> {
        let places = [Place::Inside, Place::Outside].into_iter();
        let place = (0..)
            .zip(places)
            .find(|(_, place)| self.host(*place, Ports::System) == *client.ip());
        place.map(|(place, _)| place << 16 | u32::from(client.port()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_port_has_a_place_of_its_own() {
        let addresses = [Addresses::of(1), Addresses::of(2), Addresses::of(4_194_303)];
        let mut all = std::collections::BTreeSet::new();
        for own in addresses {
            for place in [Place::Inside, Place::Outside] {
                assert_eq!(own.of_port(place, 0), None);
                assert_eq!(own.of_port(place, 65_536), None);
                for port in 1..=65_535 {
                    let address = own.of_port(place, port).expect("a port");
                    assert!(address.ip().is_loopback() && address.port() >= ORDINARY);
                    assert!(all.insert(address), "{address}");
                }
            }
        }
    }

    #[test]
    fn a_connection_has_a_number_and_those_of_others_have_none() {
        let own = Addresses::of(77);
        let mut all = std::collections::BTreeSet::new();
        for place in [Place::Inside, Place::Outside] {
            for count in 0..u64::from(CLIENTS.1) {
                let client = own.of_client(place, count);
                // Nobody listens there.
                assert!(client.port() > ORDINARY + MOVED);
                assert!(all.insert(own.slot(client).expect("a number")));
            }
        }
        let other = Addresses::of(78).of_client(Place::Inside, 0);
        assert_eq!(own.slot(other), None);
    }
}
