//! Next-hop objects: what routes that name one by its number resolve to.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::super::{
    object::{Leads, ObjectMessage},
    path::{Path, PathFlags, Paths},
};

#[derive(Debug)]
struct Object {
    leads: Leads,
    epoch: u32,
}

/// The objects, and those of them whose routes have to be looked at again.
#[derive(Debug, Default)]
pub(super) struct Objects {
    known: BTreeMap<u32, Object>,
    /// Those that lead elsewhere than before.
    changed: BTreeSet<u32>,
    /// Those that are gone, and the kernel's routes with them.
    gone: BTreeSet<u32>,
}

/// Where an object leads in the end.
#[derive(Clone, Debug)]
pub(super) enum Resolved {
    To(Paths),
    Blackhole,
    /// The object is not known, or leads where this crate cannot follow.
    Unknown,
}

impl Objects {
    pub(super) fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    pub(super) fn insert(&mut self, message: ObjectMessage, epoch: u32) {
        let ObjectMessage { id, leads } = message;
        if self.known.get(&id).is_none_or(|object| object.leads != leads) {
            self.touch(id);
        }
        self.known.insert(id, Object { leads, epoch });
    }

    /// The object is gone, and out of the groups that it was in. A group without members goes too.
    pub(super) fn remove(&mut self, id: u32) {
        // Also if it is not known: a route that names it may have been told again after a dump.
        self.known.remove(&id);
        self.changed.remove(&id);
        self.gone.insert(id);
        let mut empty = Vec::new();
        for (&group, object) in &mut self.known {
            let Leads::Group(members) = &mut object.leads else { continue };
            if members.iter().all(|member| member.0 != id) {
                continue;
            }
            *members = members.iter().copied().filter(|member| member.0 != id).collect();
            self.changed.insert(group);
            if members.is_empty() {
                empty.push(group);
            }
        }
        empty.into_iter().for_each(|group| self.remove(group));
    }

    /// The link is gone or down: so are the objects that lead over it. Returns whether there were any.
    pub(super) fn link_down(&mut self, interface: u32) -> bool {
        let over = |object: &Object| matches!(&object.leads, Leads::To(path) if path.next_hop.interface == interface);
        let gone: Vec<u32> =
            self.known.iter().filter(|(_, object)| over(object)).map(|(&id, _)| id).collect();
        gone.iter().for_each(|&id| self.remove(id));
        !gone.is_empty()
    }

    /// Drops the objects that were last told in an earlier epoch.
    pub(super) fn sweep(&mut self, epoch: u32) {
        let stale = self.known.iter().filter(|(_, object)| object.epoch != epoch);
        let stale: Vec<u32> = stale.map(|(&id, _)| id).collect();
        stale.into_iter().for_each(|id| self.remove(id));
    }

    /// Forgets all objects. The routes that name them must have been resolved before.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    fn touch(&mut self, id: u32) {
        self.changed.insert(id);
        let names = |object: &Object| matches!(&object.leads, Leads::Group(members) if members.iter().any(|member| member.0 == id));
        self.changed
            .extend(self.known.iter().filter(|(_, object)| names(object)).map(|(&group, _)| group));
    }

    pub(super) fn knows(&self, id: u32) -> bool {
        self.known.contains_key(&id)
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

    fn follow(&self, id: u32) -> Resolved {
        let members = match self.known.get(&id).map(|object| &object.leads) {
            None | Some(Leads::Elsewhere) => return Resolved::Unknown,
            Some(Leads::Blackhole) => return Resolved::Blackhole,
            Some(Leads::To(path)) => return Resolved::To(Paths::One(*path)),
            Some(Leads::Group(members)) => members,
        };
        let leads = |id| self.known.get(&id).map(|object| &object.leads);
        if let [(only, _)] = **members
            && matches!(leads(only), Some(Leads::Blackhole))
        {
            return Resolved::Blackhole;
        }
        let paths = members.iter().filter_map(|&(member, weight)| match leads(member) {
            Some(Leads::To(path)) => Some(Path { weight, flags: PathFlags::empty(), ..*path }),
            _ => None,
        });
        match paths.collect() {
            Paths::None => Resolved::Unknown,
            paths => Resolved::To(paths),
        }
    }
}
