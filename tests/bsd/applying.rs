//! Does an operation to both, and compares what it returns.

use core::net::IpAddr;

use rtalloc::{
    bsd::{
        Lookup, Priority, Request, message::MessageKind, rt_unlock, rtalloc, rtalloc_mpath,
        rtalloc1, rtisvalid,
    },
    testing::bsd as model,
};

use super::{
    comparing::{same, sorted},
    operation::{Kind, Named, Operation},
    pair::{Pair, TIMEOUTS},
    stage,
    translating::{message, route_info},
};

impl Pair {
    pub(super) fn apply(&mut self, operation: &Operation) {
        match *operation {
            Operation::Request(kind, info, priority, table) => {
                self.request(kind, &info, priority, table);
            }
            Operation::About { nth, kind, by_message, gateway, priority, info } => {
                let Some((shown, table)) = self.existing(nth) else { return };
                let gateway = match gateway {
                    Named::No => None,
                    Named::AsItIs => Some(shown.gateway),
                    Named::Otherwise => info.gateway,
                };
                let priority = match priority {
                    Named::No => Priority::NONE,
                    Named::AsItIs => shown.priority.masked(),
                    Named::Otherwise => Priority::BGP,
                };
                let info = model::Info {
                    destination: shown.destination.address().into(),
                    netmask: Some(shown.destination.len()),
                    gateway,
                    ..info
                };
                if !by_message {
                    return self.request(kind, &info, priority, table);
                }
                let kind = match kind {
                    Kind::Add => MessageKind::Add,
                    Kind::Delete => MessageKind::Delete,
                    Kind::Change => MessageKind::Change,
                    Kind::Get => MessageKind::Get,
                    Kind::Resolve => MessageKind::Lock,
                };
                self.apply(&Operation::Output(kind, info, priority.number(), table as u8));
            }
            Operation::Output(kind, info, priority, table) => {
                let request = message(kind, &info, priority, table);
                let reply = self.routing.route_output(&request);
                assert_eq!(reply, self.model.output(&request), "the reply");
            }
            Operation::Lookup { destination, report, resolve, table } => {
                let mut flags = Lookup::empty();
                flags.set(Lookup::REPORT, report);
                flags.set(Lookup::RESOLVE, resolve);
                let rt = rtalloc(&mut self.reader, &destination, flags, table);
                let expected = self.model.lookup(destination, report, resolve, table);
                self.hold_option(rt, expected);
            }
            Operation::Lookup1 { destination, report, ignore } => {
                let rt = rtalloc1(&mut self.reader, &destination, report, ignore);
                let rt = rt.map(rt_unlock);
                let expected = self.model.lookup1(destination, report, ignore);
                self.hold_option(rt, expected);
            }
            Operation::Multipath { destination, source, table } => {
                let source = source.map(stage::address);
                let rt = rtalloc_mpath(&mut self.reader, &destination, source, table);
                let expected = self.model.lookup_multipath(destination, source, table);
                self.hold_option(rt, expected);
            }
            Operation::Cached { cache, destination, ignore } => {
                let (expected, cache) = &mut self.caches[cache];
                if let Some(destination) = destination.map(stage::address) {
                    cache.set_destination(destination);
                    expected.destination = destination.into();
                }
                let rt = cache.rtalloc_ign(&mut self.reader, ignore).cloned();
                let expected = self.model.cached_lookup(expected, ignore);
                self.hold_option(rt, expected);
            }
            Operation::Revalidated { cache, destination, source, table } => {
                // Whatever it remembers, it answers as a new lookup does.
                let destination = stage::address(destination);
                let source = source.map(stage::address);
                let cache = &mut self.revalidated[cache];
                let rt = cache.lookup(&mut self.reader, destination, source, table).cloned();
                let expected = self.model.lookup_multipath(destination.into(), source, table);
                self.hold_option(rt, expected);
                let received = self.received();
                let mut expected = self.model.take_messages();
                if received.is_empty() {
                    // But where no clone can be made, it remembers that.
                    expected.retain(|message| message.errno.is_none());
                }
                assert_eq!(received, expected, "the messages");
            }
            Operation::Link { interface, up } => {
                let link = &self.links[interface];
                link.memory.set_up(up);
                let index = interface as u16 + 1;
                same(self.routing.link_changed(index), self.model.link_changed(index));
            }
            Operation::Attach { interface } => {
                let link = &self.links[interface];
                same(self.routing.attach(link.clone()), self.model.attach(link.clone()));
            }
            Operation::Detach { interface } => {
                let index = interface as u16 + 1;
                same(self.routing.detach(index), self.model.detach(index));
            }
            Operation::AddressAdded { interface, address, table } => {
                let address = stage::address(address);
                let rt = self.routing.address_added(interface, address, table);
                let expected = self.model.address_added(interface, address, table);
                self.hold(rt, expected);
            }
            Operation::AddressRemoved { interface, address, table } => {
                let address = stage::address(address);
                let removed = self.routing.address_removed(interface, address, table);
                same(removed, self.model.address_removed(interface, address, table));
            }
            Operation::Flush { table } => {
                same(self.routing.flush(table), self.model.flush(table));
            }
            Operation::Redirected { nth, gateway } => {
                let Some((shown, table)) = self.existing(nth) else { return };
                let gateway = stage::address(gateway);
                let source = shown.gateway.ip().unwrap_or(gateway);
                self.redirect(shown.destination.address(), gateway, source, table);
            }
            Operation::Redirect { destination, gateway, source, table } => {
                let [destination, gateway, source] =
                    [destination, gateway, source].map(stage::address);
                self.redirect(destination, gateway, source, table);
            }
            Operation::Losing { destination, table } => {
                let destination = stage::address(destination);
                let rt = self.routing.losing(destination, table);
                let expected = self.model.losing(destination.into(), table);
                self.hold(rt, expected);
            }
            Operation::Tick { seconds } => self.tick(seconds),
            Operation::TableAdd { id, domain } => {
                same(self.routing.table_add(id), self.model.table_add(id));
                self.routing.set_domain(id, domain);
                self.model.set_domain(id, domain);
            }
            _ => self.apply_to_held(operation),
        }
    }

    /// One of the routes that exist, and its table.
    fn existing(&self, nth: usize) -> Option<(model::Shown, u32)> {
        let all = [0, 1].map(|table| self.model.walk(table).into_iter().map(move |id| (id, table)));
        let all: Vec<_> = all.into_iter().flatten().collect();
        let (id, table) = *all.get(nth.checked_rem(all.len())?)?;
        Some((self.model.show(id), table))
    }

    fn redirect(&mut self, destination: IpAddr, gateway: IpAddr, source: IpAddr, table: u32) {
        let rt = self.routing.redirect(destination, gateway, source, table);
        let expected = self.model.redirect(&model::Redirect {
            destination: destination.into(),
            gateway: gateway.into(),
            source: source.into(),
            table,
        });
        self.hold(rt, expected);
    }

    fn apply_to_held(&mut self, operation: &Operation) {
        if self.held.is_empty() {
            return;
        }
        match *operation {
            Operation::Inspect { held } => {
                let (id, rt) = &self.held[held % self.held.len()];
                assert_eq!(rtisvalid(&mut self.reader, rt), self.model.is_valid(*id), "{rt:?}");
                self.compare_verdicts(&self.model.show(*id), rt);
            }
            Operation::Use { held, times } => {
                let (id, rt) = &self.held[held % self.held.len()];
                for _ in 0..times {
                    self.reader.note_use(rt);
                    self.model.note_use(*id);
                }
            }
            Operation::Release { held } => {
                let held = held % self.held.len();
                self.held.swap_remove(held);
            }
            Operation::Timer { held, queue } => {
                let (id, rt) = &self.held[held % self.held.len()];
                let added = self.routing.timer_add(self.queues[queue], rt);
                let callback = [None, Some(1)][queue];
                same(added, self.model.timer_add(TIMEOUTS[queue], *id, callback));
            }
            _ => unreachable!("not about a route held: {operation:?}"),
        }
    }

    fn request(&mut self, kind: Kind, info: &model::Info, priority: Priority, table: u32) {
        let request = match kind {
            Kind::Add => Request::Add,
            Kind::Delete => Request::Delete,
            Kind::Change => Request::Change,
            Kind::Get => Request::Get,
            Kind::Resolve => Request::Resolve,
        };
        let rt = self.routing.rtrequest1(request, &route_info(info), priority, table);
        let expected = match kind {
            Kind::Add => self.model.add(info, priority, table),
            Kind::Delete => self.model.delete(info, priority, table),
            Kind::Change => self.model.change(info, priority, table),
            Kind::Get => self.model.request_get(info, priority, table),
            Kind::Resolve => self.model.request_resolve(info, table),
        };
        self.hold(rt, expected);
    }

    fn tick(&mut self, seconds: u64) {
        self.clock.advance(seconds);
        self.model.advance(seconds);
        let ticked = self.routing.tick().unwrap();
        let (timers, expired) = self.model.tick();
        assert_eq!((ticked.timers, ticked.expired), (timers.len(), expired.len()), "the tick");
        let called: Vec<_> = self.called.lock().unwrap().drain(..).collect();
        let expected: Vec<_> = timers
            .into_iter()
            .filter(|(callback, _)| callback.is_some())
            .map(|(_, id)| self.model.show(id).destination)
            .collect();
        assert_eq!(sorted(called), sorted(expected), "the timers that called");
    }
}
