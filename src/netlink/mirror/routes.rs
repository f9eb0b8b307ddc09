//! The routes of one table and family: for each prefix every route there is, in the kernel's order.
//!
//! Of the routes for a prefix the first of the lowest priority whose next hops can be used is what
//! the table says. What may have changed is in `dirty` until it is taken.
//!
//! A dump *confirms* routes. Each dump is an epoch; a prefix carries the epoch in which it was last
//! confirmed, and how many of its routes were, which stand first. What is confirmed as it was
//! held is not dirty, so a dump that finds nothing new costs the table nothing. The sweep drops
//! what has not been confirmed.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry as Slot};

use super::{super::message::MessageFlags, held::Held};
use crate::{address::Address, prefix::Prefix};

/// How announcements of one prefix relate to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Placing {
    /// The kernel's IPv4: new routes stand before those of their priority, unless they are appended.
    KernelV4,
    /// The kernel's IPv6: new routes stand behind; those with gateways are one multipath route,
    /// which each announcement tells whole.
    KernelV6,
    /// A routing daemon's: a prefix has one route, and each announcement replaces it.
    Daemon,
}

#[derive(Debug)]
struct Entry {
    held: Vec<Held>,
    /// How many of `held`, from the first, were confirmed in `epoch`.
    confirmed: usize,
    epoch: u32,
}

#[derive(Debug)]
pub(super) struct Routes<A: Address> {
    entries: BTreeMap<Prefix<A>, Entry>,
    dirty: BTreeSet<Prefix<A>>,
    /// Entries that are not of the present epoch.
    unconfirmed: usize,
    epoch: u32,
}

impl<A: Address> Routes<A> {
    pub(super) fn new(epoch: u32) -> Self {
        Self { entries: BTreeMap::new(), dirty: BTreeSet::new(), unconfirmed: 0, epoch }
    }

    /// Prefixes with a route.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// How many routes there are whose prefixes begin with `address`, of any length.
    pub(super) fn at(&self, address: A) -> usize {
        let prefixes = (0..=A::WIDTH).filter_map(|length| Prefix::new(address, length).ok());
        prefixes.filter_map(|prefix| self.entries.get(&prefix)).map(|entry| entry.held.len()).sum()
    }

    pub(super) fn has(&self, prefix: Prefix<A>) -> bool {
        self.entries.contains_key(&prefix)
    }

    pub(super) fn unconfirmed(&self) -> usize {
        self.unconfirmed
    }

    /// Begins an epoch, in which nothing is confirmed yet.
    pub(super) fn begin(&mut self, epoch: u32) {
        self.epoch = epoch;
        self.unconfirmed = self.entries.len();
    }

    /// A dump has the route, behind what it had for the prefix before.
    pub(super) fn confirm(&mut self, prefix: Prefix<A>, held: Held) {
        let entry = self.entry(prefix);
        let (confirmed, rest) = entry.held.split_at(entry.confirmed);
        if confirmed.contains(&held) {
            // A dump may repeat itself where it goes on after an interruption.
            return;
        }
        let at = entry.confirmed;
        entry.confirmed += 1;
        if rest.first() == Some(&held) {
            return;
        }
        let elsewhere = rest.iter().position(|other| other.is(&held));
        if let Some(index) = elsewhere {
            entry.held.remove(at + index);
        }
        entry.held.insert(at, held);
        self.dirty.insert(prefix);
    }

    /// The prefix's entry, brought into this epoch.
    fn entry(&mut self, prefix: Prefix<A>) -> &mut Entry {
        let epoch = self.epoch;
        let entry = match self.entries.entry(prefix) {
            Slot::Vacant(slot) => {
                // Most prefixes have one route; a vector that grows begins with room for four.
                let held = Vec::with_capacity(1);
                return slot.insert(Entry { held, confirmed: 0, epoch });
            }
            Slot::Occupied(slot) => slot.into_mut(),
        };
        if entry.epoch != epoch {
            (entry.epoch, entry.confirmed) = (epoch, 0);
            self.unconfirmed -= 1;
        }
        entry
    }

    /// The epoch's dump is over: drops what it has not confirmed. Returns how many routes.
    pub(super) fn sweep(&mut self) -> u64 {
        let (epoch, dirty, mut swept) = (self.epoch, &mut self.dirty, 0);
        self.entries.retain(|prefix, entry| {
            let keep = if entry.epoch == epoch { entry.confirmed } else { 0 };
            if keep < entry.held.len() {
                swept += (entry.held.len() - keep) as u64;
                entry.held.truncate(keep);
                dirty.insert(*prefix);
            }
            !entry.held.is_empty()
        });
        self.unconfirmed = 0;
        swept
    }

    /// A notification announces a route. Returns whether it is one of several of its priority.
    pub(super) fn announce(
        &mut self,
        prefix: Prefix<A>,
        held: Held,
        flags: MessageFlags,
        placing: Placing,
    ) -> bool {
        self.dirty.insert(prefix);
        let priority = held.priority;
        let entry = self.entry(prefix);
        let list = &mut entry.held;
        if placing == Placing::Daemon {
            list.clear();
            list.push(held);
        } else {
            place(list, held, flags, placing);
        }
        entry.confirmed = list.len();
        list.iter().filter(|other| other.priority == priority).count() > 1
    }

    /// A notification withdraws a route. Returns whether it was there.
    pub(super) fn withdraw(&mut self, prefix: Prefix<A>, held: &Held, placing: Placing) -> bool {
        let Some(entry) = self.entries.get_mut(&prefix) else { return false };
        let list = &mut entry.held;
        let found = match placing {
            Placing::Daemon => {
                list.clear();
                true
            }
            Placing::KernelV4 | Placing::KernelV6 => {
                let whole = list.iter().position(|other| other.is(held));
                whole.map(|index| list.remove(index)).is_some()
                    || (placing == Placing::KernelV6
                        && list.iter_mut().any(|other| other.drop_leg(held)))
            }
        };
        entry.confirmed = entry.confirmed.min(list.len());
        if list.is_empty() {
            let stale = entry.epoch != self.epoch;
            self.unconfirmed -= usize::from(stale);
            self.entries.remove(&prefix);
        }
        if found {
            self.dirty.insert(prefix);
        }
        found
    }

    /// Changes any route: `change` says whether it did, and empties what is to go by answering
    /// [`Change::Drop`].
    pub(super) fn change(&mut self, mut change: impl FnMut(&mut Held) -> Change) {
        let (epoch, dirty, unconfirmed) = (self.epoch, &mut self.dirty, &mut self.unconfirmed);
        self.entries.retain(|prefix, entry| {
            let mut touched = false;
            entry.held.retain_mut(|held| {
                let what = change(held);
                touched |= what != Change::Nothing;
                what != Change::Drop
            });
            if touched {
                dirty.insert(*prefix);
                entry.confirmed = entry.confirmed.min(entry.held.len());
            }
            let keep = !entry.held.is_empty();
            *unconfirmed -= usize::from(!keep && entry.epoch != epoch);
            keep
        });
    }

    /// What may have changed since the last call: the routes of each prefix, the first of the lowest
    /// priority first.
    pub(super) fn take_dirty(&mut self) -> impl Iterator<Item = (Prefix<A>, Vec<&Held>)> {
        let (entries, dirty) = (&self.entries, core::mem::take(&mut self.dirty));
        dirty.into_iter().map(|prefix| {
            let held = entries.get(&prefix).map_or(&[][..], |entry| &entry.held);
            let mut candidates: Vec<&Held> = held.iter().collect();
            candidates.sort_by_key(|held| held.priority);
            (prefix, candidates)
        })
    }

    /// What was taken could not be published: it is dirty again.
    pub(super) fn put_back(&mut self, prefixes: impl IntoIterator<Item = Prefix<A>>) {
        self.dirty.extend(prefixes);
    }
}

/// What was done to a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Nothing,
    Changed,
    Drop,
}

/// Puts an announced route in its place among those of its prefix, as the kernel does.
fn place(list: &mut Vec<Held>, held: Held, flags: MessageFlags, placing: Placing) {
    let same = |other: &Held| other.priority == held.priority;
    let replaces = flags.contains(MessageFlags::REPLACE);
    // A route that is there already is told again in its place, and most of all when its object is
    // replaced, which the kernel tells as a replacement of each route that names it. Only IPv6
    // replaces a route by one that it has a second time.
    let again = placing == Placing::KernelV4 || !replaces || held.object != 0;
    if again && let Some(there) = list.iter_mut().find(|other| other.is(&held)) {
        *there = held;
        return;
    }
    if replaces {
        let alike = |other: &Held| same(other) && other.has_siblings() == held.has_siblings();
        let index = match placing {
            Placing::KernelV6 => list.iter().position(alike).or_else(|| list.iter().position(same)),
            _ => list.iter().position(same),
        };
        if let Some(index) = index {
            list.remove(index);
            list.retain(|other| !other.is(&held));
            list.insert(index.min(list.len()), held);
            return;
        }
    }
    if placing == Placing::KernelV6
        && held.has_siblings()
        && let Some(family) = list.iter_mut().find(|other| same(other) && other.has_siblings())
    {
        *family = held;
        return;
    }
    let in_front = placing == Placing::KernelV4 && !flags.contains(MessageFlags::APPEND);
    let index = if in_front {
        list.iter().position(same)
    } else {
        list.iter().rposition(same).map(|last| last + 1)
    };
    list.insert(index.unwrap_or(list.len()), held);
}
