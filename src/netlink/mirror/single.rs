//! Single routes, announced and withdrawn: which table they are put into, and what of them counts.

use super::{
    super::{
        message::MessageFlags,
        path::Paths,
        route::{RouteKind, RouteMessage},
    },
    MOST_TABLES, Mirror, TableRoutes, Teller,
    routes::{Placing, Routes},
};
use crate::any_prefix::AnyPrefix;

impl Mirror {
    /// Whether the route is one that tables have, of a table that is mirrored.
    fn admits(&mut self, message: &RouteMessage) -> bool {
        if self.only.is_some_and(|only| only != message.table) {
            return false;
        }
        let unknown = matches!(message.kind, RouteKind::Other(_));
        let unsupported = unknown || message.tos != 0 || message.source_specific || message.cloned;
        self.stats.unsupported += u64::from(unsupported);
        !unsupported
    }

    /// The table to put a route into, unless the route is none that tables have.
    pub(super) fn table_for(&mut self, message: &RouteMessage) -> Option<&mut TableRoutes> {
        if !self.admits(message) {
            return None;
        }
        if self.tables.len() >= MOST_TABLES && !self.tables.contains_key(&message.table) {
            self.stats.surplus_tables += 1;
            return None;
        }
        let epoch = self.epoch;
        let new = || TableRoutes { v4: Routes::new(epoch), v6: Routes::new(epoch), filled: false };
        Some(self.tables.entry(message.table).or_insert_with(new))
    }

    /// Takes off a route what does not count beside its object.
    pub(super) fn leave_to_object(&self, message: &mut RouteMessage) {
        let kernel = self.teller == Teller::Kernel;
        if kernel && message.object != 0 && self.objects.decides(message.object) {
            (message.paths, message.encapsulated) = (Paths::None, false);
        }
    }

    pub(super) fn announce(&mut self, flags: MessageFlags, mut message: RouteMessage) {
        let (v4, v6) = self.placing();
        // The kernel has no such route: the object has gone since, and maybe unsaid.
        let strange = message.object != 0 && !self.objects.knows(message.object);
        self.wants_dump |= strange && self.teller == Teller::Kernel;
        self.repeats_names |= self.repeating && message.object != 0;
        if self.unsettled.concerns(&message.paths) {
            self.settle_links();
        }
        // Routes from before the object went are to be dropped, and this one is not, unless it is told
        // again.
        if self.objects.is_gone(message.object) && !self.repeating {
            self.settle_objects();
        }
        self.leave_to_object(&mut message);
        let Some(table) = self.table_for(&message) else { return };
        let crowded = match message.prefix {
            AnyPrefix::V4(prefix) => table.v4.announce(prefix, message.into(), flags, v4),
            AnyPrefix::V6(prefix) => table.v6.announce(prefix, message.into(), flags, v6),
        };
        self.wants_dump |= crowded && self.repeating;
    }

    pub(super) fn withdraw(&mut self, mut message: RouteMessage) {
        let (v4, v6) = self.placing();
        if self.teller == Teller::Daemon {
            // FRR withdraws a prefix without saying of what kind its route was.
            message.kind = RouteKind::Unicast;
        }
        if !self.admits(&message) {
            return;
        }
        let prefix = message.prefix;
        let found = match (self.tables.get_mut(&message.table), prefix) {
            (Some(table), AnyPrefix::V4(prefix)) => table.v4.withdraw(prefix, &message.into(), v4),
            (Some(table), AnyPrefix::V6(prefix)) => table.v6.withdraw(prefix, &message.into(), v6),
            (None, _) => false,
        };
        if !found {
            self.stats.unmatched += 1;
            // IPv6 withdraws one by one what the mirror has inferred from a link going down.
            let odd = self.teller == Teller::Kernel && matches!(prefix, AnyPrefix::V4(_));
            self.wants_dump |= odd && !self.repeating;
        }
    }

    fn placing(&self) -> (Placing, Placing) {
        match self.teller {
            Teller::Kernel => (Placing::KernelV4, Placing::KernelV6),
            Teller::Daemon => (Placing::Daemon, Placing::Daemon),
        }
    }
}
