//! Dumps and sessions: everything told anew, and what is left of before.

use std::collections::HashMap;

use super::{
    super::message::{Event, MessageFlags},
    Mirror,
    choose::write_out,
    held::Held,
};
use crate::any_prefix::AnyPrefix;

bitflags::bitflags! {
    /// The parts of a dump, in the order in which they are told.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct Parts: u8 {
        /// The links.
        const LINKS = 1;
        /// The next-hop objects.
        const OBJECTS = 2;
        /// The IPv6 routes.
        const V6 = 4;
        /// The IPv4 routes.
        const V4 = 8;
    }
}

impl Mirror {
    /// Begins a dump of everything: links, next-hop objects and routes, in this order.
    pub fn begin_dump(&mut self) {
        // The routes of objects that are gone were told before, and what the dump tells was not.
        self.settle();
        self.begin_epoch();
        self.wants_dump = false;
    }

    /// Takes a dumped message. Events that are none are passed over.
    pub fn confirm(&mut self, event: Event) {
        match event {
            Event::NewRoute(mut message) => {
                self.stats.dumped += 1;
                // Routes are compared with those held, so what the dump said of links counts first.
                self.settle_links();
                self.leave_to_object(&mut message);
                if let Some(table) = self.table_for(&message) {
                    match message.prefix {
                        AnyPrefix::V4(prefix) => table.v4.confirm(prefix, message.into()),
                        AnyPrefix::V6(prefix) => table.v6.confirm(prefix, message.into()),
                    }
                }
            }
            Event::NewLink { interface, up, carrier } => {
                self.link(interface, up, carrier);
            }
            Event::NewObject(message) => {
                self.object(message);
            }
            _ => {}
        }
    }

    /// Ends a dump, and takes the notifications that came since it began. A part that is exact is all
    /// that there is: the rest is swept. Of any other part the rest stays, and another dump is asked
    /// for.
    pub fn end_dump(
        &mut self,
        exact: Parts,
        meanwhile: impl IntoIterator<Item = (MessageFlags, Event)>,
    ) {
        if exact.is_all() {
            self.stats.resyncs += 1;
        } else {
            self.stats.inexact_dumps += 1;
        }
        self.settle_links();
        self.sweep_parts(exact);
        // Links that the dump found down have asked for the dump that has just been made.
        self.wants_dump = !exact.is_all();
        self.repeating = true;
        meanwhile.into_iter().for_each(|(flags, event)| self.observe(flags, event));
        self.settle_links();
        (self.repeating, self.repeats_names) = (false, false);
    }

    /// A routing daemon has connected, and will tell everything from the beginning.
    pub fn begin_session(&mut self) {
        self.stats.resyncs += 1;
        self.settle();
        let (objects, mut cache) = (&self.objects, HashMap::new());
        for table in self.tables.values_mut() {
            let mut write_out = |held: &mut Held| write_out(held, objects, &mut cache);
            table.v4.change(&mut write_out);
            table.v6.change(&mut write_out);
        }
        self.objects.clear();
        self.begin_epoch();
    }

    /// Prefixes whose routes are those of the last session or dump still.
    pub fn unconfirmed(&self) -> usize {
        let tables = self.tables.values();
        tables.map(|table| table.v4.unconfirmed() + table.v6.unconfirmed()).sum()
    }

    /// Drops what has not been confirmed since the dump or the session began.
    pub fn sweep(&mut self) {
        self.sweep_parts(Parts::OBJECTS | Parts::V6 | Parts::V4);
    }

    fn sweep_parts(&mut self, parts: Parts) {
        if parts.contains(Parts::LINKS) {
            let epoch = self.epoch;
            self.links.retain(|_, link| link.epoch == epoch);
        }
        if parts.contains(Parts::OBJECTS) {
            self.objects.sweep(self.epoch);
        }
        for table in self.tables.values_mut() {
            if parts.contains(Parts::V6) {
                self.stats.swept += table.v6.sweep();
            }
            if parts.contains(Parts::V4) {
                self.stats.swept += table.v4.sweep();
            }
        }
    }

    /// The parts of a dump that may lack something if they are being told while this happens.
    ///
    /// The kernel tells routes in portions, and finds its place again by counting: IPv6 routes in
    /// all, IPv4 routes in those whose prefixes begin with the same address, in whatever table. When
    /// one that was told goes, it passes over another one. Some go unsaid, with a link or an object.
    pub(in super::super) fn disturbed_by(&self, event: &Event) -> Parts {
        match event {
            Event::DelObject(_) | Event::DelLink(_) | Event::NewLink { up: false, .. } => {
                Parts::V6 | Parts::V4
            }
            Event::DelRoute(message) => match message.prefix {
                AnyPrefix::V6(_) => Parts::V6,
                AnyPrefix::V4(prefix) => {
                    let tables = self.tables.values();
                    let alike: usize = tables.map(|table| table.v4.at(prefix.address())).sum();
                    let own = self.tables.get(&message.table);
                    let own = own.is_some_and(|table| table.v4.has(prefix));
                    // Of other tables nothing is known if this is of one alone.
                    let alone = self.only.is_none() && alike <= usize::from(own);
                    if alone { Parts::empty() } else { Parts::V4 }
                }
            },
            _ => Parts::empty(),
        }
    }

    fn begin_epoch(&mut self) {
        self.epoch = self.epoch.wrapping_add(1);
        for table in self.tables.values_mut() {
            table.v4.begin(self.epoch);
            table.v6.begin(self.epoch);
        }
    }
}
