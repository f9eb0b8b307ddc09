//! What the kernel does not say, inferred from what it does say.

use super::{
    super::{object::ObjectMessage, path::Path},
    Link, Mirror, Teller,
    held::Held,
    routes::Change,
};

impl Mirror {
    /// The link is gone, and what leads over it: of a multipath route the whole of it.
    pub(super) fn link_ends(&mut self, interface: u32) {
        self.links.remove(&interface);
        self.objects.link_down(interface);
        self.unsettled.note_end(interface);
        self.wants_dump |= self.teller == Teller::Kernel;
    }

    pub(super) fn link(&mut self, interface: u32, up: bool, carrier: bool) {
        let now = Link { up, carrier, epoch: self.epoch };
        let before = self.links.insert(interface, now);
        let kernel = self.teller == Teller::Kernel;
        if !up {
            let lost = self.objects.link_down(interface);
            // Also if the link was down before: a route that came meanwhile, told again after a
            // dump that knows the link as down already, must go again.
            self.turn(interface, false);
            self.wants_dump |= kernel && (lost || before.is_some_and(|link| link.up));
        } else if before.is_some_and(|link| !link.up) {
            self.turn(interface, true);
        }
        // Without a carrier the kernel drops next-hop objects, and says nothing.
        let lost_carrier = before.is_some_and(|link| link.carrier) && !carrier;
        self.wants_dump |= lost_carrier && kernel && !self.objects.is_empty();
        self.wants_dump |= self.repeats_names && kernel && !(up && carrier);
    }

    fn turn(&mut self, interface: u32, up: bool) {
        if self.unsettled.has_turned(!up) {
            self.settle_links();
        }
        self.unsettled.note_turn(interface, up);
    }

    /// Does to the routes what has happened to links. If that takes something away, a dump has to show
    /// what else is gone.
    pub(super) fn settle_links(&mut self) {
        if !self.unsettled.has_links() && !self.unsettled.has_address() {
            return;
        }
        let unsettled = core::mem::take(&mut self.unsettled);
        let kernel = self.teller == Teller::Kernel;
        // Of addresses first, since links that have come up since hide what they would find dead.
        if unsettled.has_address() && kernel && !self.wants_dump {
            self.wants_dump = self.has_dead_v4();
        }
        if !unsettled.has_links() {
            return;
        }
        let mut lost = false;
        self.change_own_paths(|held| {
            let what = unsettled.change(held);
            lost |= what != Change::Nothing;
            what
        });
        self.wants_dump |= lost && kernel && !unsettled.has_turned(true);
    }

    fn change_routes(&mut self, mut change: impl FnMut(&mut Held) -> Change) {
        for table in self.tables.values_mut() {
            table.v4.change(&mut change);
            table.v6.change(&mut change);
        }
    }

    /// Changes the routes that have paths of their own: none whose object decides.
    fn change_own_paths(&mut self, mut change: impl FnMut(&mut Held) -> Change) {
        let Self { tables, objects, .. } = self;
        let mut change = |held: &mut Held| match held.object {
            0 => change(held),
            object if objects.decides(object) => Change::Nothing,
            _ => change(held),
        };
        for table in tables.values_mut() {
            table.v4.change(&mut change);
            table.v6.change(&mut change);
        }
    }

    /// Whether a path of an IPv4 route is dead.
    fn has_dead_v4(&mut self) -> bool {
        let mut dead = false;
        for table in self.tables.values_mut() {
            table.v4.change(|held| {
                dead |= !held.paths.as_slice().iter().all(Path::is_usable);
                Change::Nothing
            });
        }
        dead
    }

    /// Takes a next-hop object that is told. Routes that named another one of its number go first.
    pub(super) fn object(&mut self, message: ObjectMessage) {
        if self.objects.is_gone(message.id) {
            self.settle_objects();
        }
        self.objects.insert(message, self.epoch);
    }

    /// Does to routes all that links and objects have done so far.
    pub(super) fn settle(&mut self) {
        self.settle_links();
        self.settle_objects();
    }

    /// Looks again at routes that name objects which lead elsewhere or are gone.
    pub(super) fn settle_objects(&mut self) {
        let Some((changed, gone)) = self.objects.take_changed() else { return };
        let kernel = self.teller == Teller::Kernel;
        self.change_routes(|held| match held.object {
            0 => Change::Nothing,
            id if kernel && gone.contains(&id) => Change::Drop,
            id if gone.contains(&id) || changed.contains(&id) => Change::Changed,
            _ => Change::Nothing,
        });
    }
}
