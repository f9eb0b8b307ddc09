//! What has happened to links and addresses, and has not been done to the routes yet.
//!
//! To find the routes over a link is to look at all of them. So what happens to links is collected,
//! and done to all routes in one pass before it can matter: before changes are taken, before a dump,
//! before a route over such a link is announced, and before links go the other way. A thousand links
//! that go down together cost one pass, not a thousand.

use std::collections::BTreeSet;

use super::{super::path::Paths, held::Held, routes::Change};

#[derive(Debug, Default)]
pub(super) struct Unsettled {
    /// Links that are gone.
    ended: BTreeSet<u32>,
    /// Links that have gone up, or those that have gone down.
    turned: BTreeSet<u32>,
    /// Which of the two.
    up: bool,
    /// Whether an IPv4 address has come, which may bring dead paths back.
    address: bool,
}

impl Unsettled {
    pub(super) fn note_address(&mut self) {
        self.address = true;
    }

    pub(super) fn note_end(&mut self, interface: u32) {
        self.turned.remove(&interface);
        self.ended.insert(interface);
    }

    /// The link has gone up or down. What goes the other way must have been settled.
    pub(super) fn note_turn(&mut self, interface: u32, up: bool) {
        self.up = up;
        self.turned.insert(interface);
    }

    /// Whether links have gone the other way.
    pub(super) fn has_turned(&self, up: bool) -> bool {
        self.up == up && !self.turned.is_empty()
    }

    /// Whether it makes a difference to a route with these paths.
    pub(super) fn concerns(&self, paths: &Paths) -> bool {
        !(self.ended.is_empty() && self.turned.is_empty())
            && paths.as_slice().iter().any(|path| {
                let interface = &path.next_hop.interface;
                self.ended.contains(interface) || self.turned.contains(interface)
            })
    }

    pub(super) fn has_links(&self) -> bool {
        !(self.ended.is_empty() && self.turned.is_empty())
    }

    pub(super) fn has_address(&self) -> bool {
        self.address
    }

    /// Does it to a route whose own paths count.
    pub(super) fn change(&self, held: &mut Held) -> Change {
        if !self.concerns(&held.paths) {
            return Change::Nothing;
        }
        // The kernel drops a multipath route with any leg on a link that is gone.
        if held.paths.as_slice().iter().any(|path| self.ended.contains(&path.next_hop.interface)) {
            return Change::Drop;
        }
        match (held.turn_links(&self.turned, self.up), !self.up && held.is_dead()) {
            (true, true) => Change::Drop,
            (true, false) => Change::Changed,
            (false, _) => Change::Nothing,
        }
    }
}
