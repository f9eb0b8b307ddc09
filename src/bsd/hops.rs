//! Where a route leads, changed in place while others read it.
//!
//! `RTM_CHANGE` gives a route another gateway without making it another route: whoever holds it
//! sees the new one. Gateway, interface and interface address must change together, and a reader
//! must not wait. So a route keeps every distinct hop that it ever had in a list that only grows,
//! and one word says which is in force. The memory is bounded by the number of distinct hops of one
//! route between its being added and freed, 1,024 at most, past which a change is refused; a route
//! that goes back and forth between two keeps two.

use core::net::IpAddr;
use std::sync::OnceLock;

use super::{growing::Growing, sockaddr::Sockaddr};
use crate::sync::{AtomicU32, Ordering, Written};

/// Where packets go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hop {
    /// `rt_gateway`.
    pub(super) gateway: Sockaddr,
    /// The index of `rt_ifp`.
    pub(super) interface: u16,
    /// The address of `rt_ifa`, if the interface has one of the family.
    pub(super) address: Option<IpAddr>,
}

/// Hops beside the first: 1, 2, 4 ... at a time, 1,023 at most.
type Later = Growing<Written<Hop>, 1, 10>;

/// The hops of one route, one of them in force.
#[derive(Debug)]
pub(super) struct Hops {
    first: Hop,
    later: OnceLock<Box<Later>>,
    /// 0 for `first`, else one more than the index in `later`.
    current: AtomicU32,
}

impl Hops {
    pub(super) fn new(first: Hop) -> Self {
        Self { first, later: OnceLock::new(), current: AtomicU32::new(0) }
    }

    fn at(&self, index: u32) -> Option<&Hop> {
        match index.checked_sub(1) {
            None => Some(&self.first),
            Some(index) => self.later.get()?.get(index as usize)?.get(),
        }
    }

    /// The hop in force. Wait-free: at most four loads.
    pub(super) fn current(&self) -> &Hop {
        // Acquire: edge B1, against `set`: the hop was written before it was named.
        self.at(self.current.load(Ordering::Acquire)).unwrap_or(&self.first)
    }

    fn known(&self) -> impl Iterator<Item = (u32, &Hop)> {
        (0..).map_while(|index| self.at(index).map(|known| (index, known)))
    }

    /// Whether `hop` is known or can be added. One thread at a time.
    pub(super) fn has_room_for(&self, hop: &Hop) -> bool {
        let mut count = 0;
        self.known().any(|(_, known)| {
            count += 1;
            known == hop
        }) || count <= Later::MOST
    }

    /// Puts `hop` in force. One thread at a time. Returns false if the route has had more distinct
    /// hops than can be counted.
    pub(super) fn set(&self, hop: Hop) -> bool {
        let (mut count, mut index) = (0, None);
        for (at, known) in self.known() {
            count = at + 1;
            if *known == hop {
                index = Some(at);
                break;
            }
        }
        let index = match index {
            Some(index) => index,
            None => {
                let later = self.later.get_or_init(Box::default);
                let Some(cell) = later.get_or_make(count as usize - 1) else { return false };
                if cell.set(hop).is_err() {
                    return false;
                }
                count
            }
        };
        // Release: edge B1, against `current`.
        self.current.store(index, Ordering::Release);
        true
    }
}

#[cfg(all(test, not(rtalloc_loom)))]
mod tests {
    use super::*;

    fn hop(interface: u16) -> Hop {
        Hop { gateway: Sockaddr::Unspec, interface, address: None }
    }

    #[test]
    fn going_back_and_forth_keeps_two() {
        let hops = Hops::new(hop(1));
        assert_eq!(*hops.current(), hop(1));
        for _ in 0..3 {
            assert!(hops.set(hop(2)));
            assert_eq!(*hops.current(), hop(2));
            assert!(hops.set(hop(1)));
            assert_eq!(*hops.current(), hop(1));
        }
        assert!(hops.at(2).is_none(), "two hops, not seven");
        for interface in 3..300 {
            assert!(hops.set(hop(interface)));
            assert_eq!(hops.current().interface, interface);
        }
    }
}
