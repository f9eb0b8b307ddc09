//! Next-hop objects: what routes that name one by its number resolve to.
//!
//! A group is told by the numbers of its members. Which groups name an object is kept the other way
//! round too, so that an object that changes or goes costs as much as there are groups with it, and
//! nothing calls itself: a group may name a group, and whoever tells them decides how deep.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::super::{
    object::{Leads, ObjectMessage},
    path::{Path, Paths},
};

#[derive(Debug)]
struct Object {
    leads: Leads,
    encapsulated: bool,
    epoch: u32,
}

/// The objects, and those of them whose routes have to be looked at again.
#[derive(Debug, Default)]
pub(super) struct Objects {
    known: BTreeMap<u32, Object>,
    /// Of each member of a group, known or not, the groups that name it.
    groups: BTreeMap<u32, BTreeSet<u32>>,
    /// Those that lead elsewhere than before.
    changed: BTreeSet<u32>,
    /// Those that are gone, and the kernel's routes with them.
    gone: BTreeSet<u32>,
}

/// Where an object leads in the end.
#[derive(Clone, Debug)]
pub(super) enum Resolved {
    To {
        paths: Paths,
        /// Whether one of the paths wraps packets up.
        encapsulated: bool,
    },
    Blackhole,
    /// The object is not known, or leads where this crate cannot follow.
    Unknown,
}

impl Objects {
    pub(super) fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    pub(super) fn insert(&mut self, message: ObjectMessage, epoch: u32) {
        let ObjectMessage { id, leads, encapsulated } = message;
        let same = |old: &Object| old.leads == leads && old.encapsulated == encapsulated;
        if let Some(old) = self.known.get_mut(&id).filter(|old| same(old)) {
            old.epoch = epoch;
            return;
        }
        self.forget(id);
        if let Leads::Group(members) = &leads {
            for (member, _) in members {
                self.groups.entry(*member).or_default().insert(id);
            }
        }
        self.known.insert(id, Object { leads, encapsulated, epoch });
        self.changed.insert(id);
        self.changed.extend(self.groups.get(&id).into_iter().flatten());
    }

    /// The object is gone, and out of the groups that it was in. A group without members goes too.
    pub(super) fn remove(&mut self, id: u32) {
        self.remove_all(BTreeSet::from([id]));
    }

    fn remove_all(&mut self, mut ending: BTreeSet<u32>) {
        while !ending.is_empty() {
            let mut named = BTreeSet::new();
            for &id in &ending {
                // Also if it is not known: a route that names it may have been told again after a
                // dump.
                self.forget(id);
                self.changed.remove(&id);
                self.gone.insert(id);
                named.append(&mut self.groups.remove(&id).unwrap_or_default());
            }
            let mut empty = BTreeSet::new();
            for group in named {
                let Some(Object { leads: Leads::Group(members), .. }) = self.known.get_mut(&group)
                else {
                    continue;
                };
                *members =
                    members.iter().copied().filter(|member| !ending.contains(&member.0)).collect();
                self.changed.insert(group);
                if members.is_empty() {
                    empty.insert(group);
                }
            }
            ending = empty;
        }
    }

    /// Takes the object out, and its own mark off its members.
    fn forget(&mut self, id: u32) {
        let Some(Object { leads: Leads::Group(members), .. }) = self.known.remove(&id) else {
            return;
        };
        for (member, _) in members {
            if let Some(groups) = self.groups.get_mut(&member) {
                groups.remove(&id);
                if groups.is_empty() {
                    self.groups.remove(&member);
                }
            }
        }
    }

    /// The link is gone or down: so are the objects that lead over it. Returns whether there were any.
    pub(super) fn link_down(&mut self, interface: u32) -> bool {
        let over = |object: &Object| matches!(&object.leads, Leads::To(path) if path.next_hop.interface == interface);
        let gone: BTreeSet<u32> =
            self.known.iter().filter(|(_, object)| over(object)).map(|(&id, _)| id).collect();
        let any = !gone.is_empty();
        self.remove_all(gone);
        any
    }

    /// Drops the objects that were last told in an earlier epoch.
    pub(super) fn sweep(&mut self, epoch: u32) {
        let stale = self.known.iter().filter(|(_, object)| object.epoch != epoch);
        let stale = stale.map(|(&id, _)| id).collect();
        self.remove_all(stale);
    }

    /// Forgets all objects. The routes that name them must have been resolved before.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(super) fn knows(&self, id: u32) -> bool {
        self.known.contains_key(&id)
    }

    /// Whether the object says where it leads, so that what a route that names it says does not count.
    pub(super) fn decides(&self, id: u32) -> bool {
        match self.leads(id) {
            Some(Leads::To(_) | Leads::Blackhole) => true,
            Some(Leads::Group(members)) => {
                members.iter().any(|&(member, _)| match self.leads(member) {
                    Some(Leads::To(_)) => true,
                    Some(Leads::Blackhole) => members.len() == 1,
                    _ => false,
                })
            }
            Some(Leads::Elsewhere) | None => false,
        }
    }

    /// Whether routes that name the object may not have been dropped yet, though it is gone.
    pub(super) fn is_gone(&self, id: u32) -> bool {
        self.gone.contains(&id)
    }

    /// The objects that lead elsewhere, and those that are gone, since the last call; `None` if there
    /// are none.
    pub(super) fn take_changed(&mut self) -> Option<(BTreeSet<u32>, BTreeSet<u32>)> {
        let both = (core::mem::take(&mut self.changed), core::mem::take(&mut self.gone));
        (!both.0.is_empty() || !both.1.is_empty()).then_some(both)
    }

    /// Where the object leads. `cache` makes routes that name the same object share its paths.
    pub(super) fn resolve(&self, id: u32, cache: &mut HashMap<u32, Resolved>) -> Resolved {
        cache.entry(id).or_insert_with(|| self.follow(id)).clone()
    }

    fn leads(&self, id: u32) -> Option<&Leads> {
        self.known.get(&id).map(|object| &object.leads)
    }

    fn follow(&self, id: u32) -> Resolved {
        let Some(object) = self.known.get(&id) else { return Resolved::Unknown };
        let members = match &object.leads {
            Leads::Elsewhere => return Resolved::Unknown,
            Leads::Blackhole => return Resolved::Blackhole,
            Leads::To(path) => {
                let encapsulated = object.encapsulated;
                return Resolved::To { paths: Paths::One(*path), encapsulated };
            }
            Leads::Group(members) => members,
        };
        if let [(only, _)] = **members
            && matches!(self.leads(only), Some(Leads::Blackhole))
        {
            return Resolved::Blackhole;
        }
        let mut encapsulated = object.encapsulated;
        let paths =
            members.iter().filter_map(|&(member, weight)| match self.known.get(&member)? {
                Object { leads: Leads::To(path), encapsulated: wraps, .. } => {
                    encapsulated |= wraps;
                    Some(Path { weight, ..*path })
                }
                _ => None,
            });
        match paths.collect() {
            Paths::None => Resolved::Unknown,
            paths => Resolved::To { paths, encapsulated },
        }
    }
}
