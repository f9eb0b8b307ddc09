//! A table: prefixes, and the list of routes that each has.

use super::{Model, RouteId};
use crate::{
    AnyPrefix,
    bsd::{Priority, RtFlags, Sockaddr},
};

#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) id: u32,
    pub(super) domain: u32,
    /// Each prefix that has a route, in no order, with its list: never empty, the preferred first.
    pub(super) lists: Vec<(AnyPrefix, Vec<RouteId>)>,
}

impl Table {
    pub(super) fn new(id: u32) -> Self {
        Self { id, domain: 0, lists: Vec::new() }
    }
}

/// Where in a list with these priorities a new route belongs: before the less preferred, behind
/// the more preferred, and in the middle of its equals. Down counts as part of the priority.
pub(super) fn place(priorities: &[Priority], new: Priority) -> usize {
    let preferred = priorities.iter().filter(|priority| **priority < new).count();
    let equals = priorities.iter().filter(|priority| **priority == new).count();
    preferred + equals.div_ceil(2)
}

impl Model {
    /// The routes of exactly that prefix, the preferred first.
    pub fn get(&self, table: u32, prefix: AnyPrefix) -> Vec<RouteId> {
        let lists = self.table(table).map_or(&[][..], |table| &table.lists);
        lists.iter().find(|list| list.0 == prefix).map_or(Vec::new(), |list| list.1.clone())
    }

    /// Every route of a table: IPv4 first, by address, the most specific of an address first, and
    /// those of a prefix in the list's order.
    pub fn walk(&self, table: u32) -> Vec<RouteId> {
        let mut lists = self.table(table).map_or(Vec::new(), |table| table.lists.clone());
        lists.sort_by_key(|(prefix, _)| (prefix.address(), core::cmp::Reverse(prefix.len())));
        lists.into_iter().flat_map(|(_, list)| list).collect()
    }

    /// The longest match, the preferred of its list. Whether it is up does not matter.
    pub(super) fn find(&self, table: u32, destination: Sockaddr) -> Option<RouteId> {
        let address = destination.ip()?;
        let lists = &self.table(table)?.lists;
        let containing = lists.iter().filter(|(prefix, _)| prefix.contains(address));
        containing.max_by_key(|(prefix, _)| prefix.len())?.1.first().copied()
    }

    /// Puts the route into its table.
    pub(super) fn link(&mut self, id: RouteId) {
        let (table, prefix, priority) = {
            let route = self.route_mut(id);
            route.attached = true;
            route.flags -= RtFlags::MPATH;
            (route.table, route.prefix, route.priority)
        };
        let mut list = self.get(table, prefix);
        let priorities: Vec<_> = list.iter().map(|id| self.route(*id).priority).collect();
        list.insert(place(&priorities, priority), id);
        self.set_list(table, prefix, list);
    }

    /// Takes the route out of its table. It keeps the flags that it had.
    pub(super) fn unlink(&mut self, id: RouteId) {
        let flags = self.flags(id);
        let (table, prefix) = {
            let route = self.route_mut(id);
            route.attached = false;
            route.flags = flags;
            (route.table, route.prefix)
        };
        let mut list = self.get(table, prefix);
        list.retain(|other| *other != id);
        self.set_list(table, prefix, list);
    }

    fn set_list(&mut self, table: u32, prefix: AnyPrefix, list: Vec<RouteId>) {
        for table in self.tables.iter_mut().filter(|known| known.id == table) {
            table.lists.retain(|known| known.0 != prefix);
            if !list.is_empty() {
                table.lists.push((prefix, list.clone()));
            }
        }
    }

    /// Every route of a table: a prefix before those within it, and in the list's order.
    pub(super) fn all_of(&self, table: u32) -> Vec<RouteId> {
        let mut lists = self.table(table).map_or(Vec::new(), |table| table.lists.clone());
        lists.sort();
        lists.into_iter().flat_map(|(_, list)| list).collect()
    }

    /// Every route there is, by table.
    pub(super) fn all(&self) -> Vec<RouteId> {
        self.tables.iter().flat_map(|table| self.all_of(table.id)).collect()
    }
}
