//! The routing under test and the model, side by side.

use std::sync::{Arc, Mutex};

use rtalloc::{
    AnyPrefix,
    bsd::{
        Clock, Errno, Expired, Lookup, ManualClock, Priority, Profile, Request, RouteCache,
        RouteError, RouteInfo, Routing, RoutingOptions, RtEntry, RtReader, RtRef, Sockaddr,
        TimerQueue, Use, Verdict,
        message::{Filter, Inits, Message, MessageKind, Subscriber},
        rtalloc, rtalloc_mpath, rtalloc1, rtisvalid, verdict,
    },
    testing::bsd as model,
};

use super::{
    operation::{Kind, Operation},
    stage::{self, Link, PREFIXES},
};

/// So many routes are held at most.
const HELD: usize = 24;
/// Seconds of the timer queues: one that deletes, one that calls back.
const TIMEOUTS: [u64; 2] = [5, 7];

type Answer<T> = Result<T, Errno>;

pub(crate) struct Pair {
    profile: Profile,
    routing: Routing,
    reader: RtReader,
    model: model::Model,
    clock: Arc<ManualClock>,
    links: Vec<Arc<Link>>,
    subscriber: Subscriber,
    /// Routes held, in both.
    held: Vec<(model::RouteId, RtRef)>,
    caches: Vec<(model::Cache, RouteCache)>,
    revalidated: Vec<RouteCache>,
    queues: [TimerQueue; 2],
    /// Destinations whose timers called back.
    called: Arc<Mutex<Vec<AnyPrefix>>>,
}

/// What the model shows, of the route under test.
fn show(rt: &RtEntry) -> model::Shown {
    model::Shown {
        destination: rt.destination(),
        gateway: rt.gateway(),
        flags: rt.flags(),
        priority: rt.priority(),
        mtu: rt.mtu(),
        expire: rt.expire(),
        interface: rt.interface(),
        uses: rt.uses(),
    }
}

impl Pair {
    pub(crate) fn new(profile: Profile, multipath: bool, clones_per_parent: usize) -> Self {
        let settings = model::Settings {
            multipath,
            jitter: 0x1234_5678,
            clones_per_parent,
            clone_idle: 10,
            ..model::Settings::new(profile)
        };
        let clock = Arc::new(ManualClock::new(settings.now));
        let routing = RoutingOptions::new(profile)
            .clock(clock.clone())
            .multipath(multipath)
            .jitter(settings.jitter)
            .clones_per_parent(clones_per_parent)
            .clone_idle(settings.clone_idle)
            .open()
            .unwrap();
        let called = Arc::new(Mutex::new(Vec::new()));
        let calls = called.clone();
        let call: Expired =
            Arc::new(move |_, rt: &RtRef| calls.lock().unwrap().push(rt.destination()));
        let queues =
            [routing.timer_queue(TIMEOUTS[0], None), routing.timer_queue(TIMEOUTS[1], Some(call))];
        let cache = || {
            let destination = stage::address(1);
            let cache = model::Cache { destination: destination.into(), table: 0, route: None };
            (cache, RouteCache::new(destination, 0))
        };
        let mut pair = Self {
            profile,
            reader: routing.reader(),
            subscriber: routing.subscribe(Filter::default(), 1 << 12),
            routing,
            model: model::Model::new(settings),
            clock,
            links: stage::interfaces(),
            held: Vec::new(),
            caches: vec![cache(), cache()],
            revalidated: vec![cache().1, cache().1],
            queues,
            called,
        };
        for interface in 0..pair.links.len() {
            pair.run(&Operation::Attach { interface });
        }
        pair
    }

    /// Does it to both and compares all that can be seen.
    pub(crate) fn run(&mut self, operation: &Operation) {
        self.apply(operation);
        self.compare();
    }

    fn apply(&mut self, operation: &Operation) {
        match *operation {
            Operation::Request(kind, info, priority, table) => {
                self.request(kind, &info, priority, table);
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
                let rt = rt.map(rtalloc::bsd::rt_unlock);
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
            Operation::Redirect { destination, gateway, source, table } => {
                let [destination, gateway, source] =
                    [destination, gateway, source].map(stage::address);
                let rt = self.routing.redirect(destination, gateway, source, table);
                let expected = self.model.redirect(&model::Redirect {
                    destination: destination.into(),
                    gateway: gateway.into(),
                    source: source.into(),
                    table,
                });
                self.hold(rt, expected);
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

    fn compare_verdicts(&self, expected: &model::Shown, rt: &RtRef) {
        use model::Output;
        let now = self.clock.now();
        for (place, output) in [
            (Use::Loopback, Output::Loopback),
            (Use::Link, Output::Link { own: true }),
            (Use::LinkThroughGateway, Output::Link { own: false }),
            (Use::FastForward, Output::FastForward),
        ] {
            let verdict = match verdict(Some(rt), place, now) {
                Verdict::Forward => model::Verdict::Send,
                Verdict::Drop => model::Verdict::Drop,
                Verdict::Refuse(errno) => model::Verdict::Refuse(errno),
            };
            assert_eq!(verdict, model::verdict(Some(expected), output, now), "{place:?}");
        }
    }

    fn hold_option(&mut self, rt: Option<RtRef>, expected: Option<model::RouteId>) {
        assert_eq!(
            rt.as_deref().map(show),
            expected.map(|id| self.model.show(id)),
            "the route found"
        );
        self.keep(rt.zip(expected));
    }

    fn hold(&mut self, rt: Result<RtRef, RouteError>, expected: Answer<model::RouteId>) {
        let got = rt.as_deref().map(show).map_err(|error| *error);
        same(got, expected.map(|id| self.model.show(id)));
        self.keep(rt.ok().zip(expected.ok()));
    }

    fn keep(&mut self, found: Option<(RtRef, model::RouteId)>) {
        if let Some((rt, id)) = found {
            self.held.push((id, rt));
        }
        if self.held.len() > HELD {
            self.held.remove(0);
        }
    }

    fn received(&mut self) -> Vec<Message> {
        self.subscriber.try_iter().map(|message| (*message).clone()).collect()
    }

    /// Compares messages, tables and routes held.
    fn compare(&mut self) {
        assert_eq!(self.received(), self.model.take_messages(), "the messages");
        for table in [0, 1, 2, 9] {
            assert_eq!(self.routing.table_exists(table), self.model.table_exists(table));
            assert_eq!(self.routing.domain(table), self.model.domain(table));
            let walked: Vec<_> = self.routing.walk(table).iter().map(|rt| show(rt)).collect();
            let expected: Vec<_> =
                self.model.walk(table).into_iter().map(|id| self.model.show(id)).collect();
            assert_eq!(walked, expected, "the walk of table {table}");
            for index in 0..PREFIXES.len() {
                let prefix = stage::prefix(index);
                let got: Vec<_> =
                    self.routing.get(table, prefix).iter().map(|rt| show(rt)).collect();
                let listed: Vec<_> =
                    expected.iter().filter(|shown| shown.destination == prefix).copied().collect();
                assert_eq!(got, listed, "the routes of {prefix}");
            }
        }
        for (id, rt) in &self.held {
            assert_eq!(show(rt), self.model.show(*id), "a route held");
            assert_eq!(!rt.is_gone(), self.model.is_attached(*id), "{rt:?}");
        }
        assert_eq!(self.routing.statistics().unreachable, self.model.unreachable());
    }

    /// Deletes and releases everything: then nothing is left.
    pub(crate) fn end(mut self) {
        for interface in 0..self.links.len() {
            self.run(&Operation::Detach { interface });
        }
        assert!([0, 1, 2].iter().all(|table| self.routing.walk(*table).is_empty()));
        self.held.clear();
        self.caches.clear();
        self.revalidated.clear();
        let Self { routing, reader, profile, .. } = self;
        drop(reader);
        let mut tries = 0;
        while routing.reclaim() > 0 && tries < 100 {
            tries += 1;
        }
        assert_eq!(routing.statistics().trash, 0, "all that was deleted is freed ({profile})");
    }
}

/// Both say the same.
fn same<T: PartialEq + core::fmt::Debug>(got: Result<T, RouteError>, expected: Answer<T>) {
    match (&got, &expected) {
        (Ok(got), Ok(expected)) => assert_eq!(got, expected),
        (Err(error), Err(errno)) => assert_eq!(error.errno(), *errno, "{error}"),
        _ => panic!("got {got:?}, expected {expected:?}"),
    }
}

fn sorted(mut prefixes: Vec<AnyPrefix>) -> Vec<AnyPrefix> {
    prefixes.sort_unstable();
    prefixes
}

fn route_info(info: &model::Info) -> RouteInfo {
    RouteInfo {
        netmask: info.netmask,
        gateway: info.gateway,
        flags: info.flags,
        change_mask: info.change_mask,
        interface: info.interface,
        interface_address: info.interface_address,
        mtu: info.mtu,
        expire: info.expire,
        ..RouteInfo::host(info.destination)
    }
}

/// The request as a message.
fn message(kind: MessageKind, info: &model::Info, priority: u8, table: u8) -> Message {
    let mut message = Message::new(kind, table);
    message.flags = info.flags;
    message.change_mask = info.change_mask;
    message.priority = priority;
    message.pid = 100;
    message.seq = u32::from(priority);
    message.addresses.destination =
        Some(info.destination).filter(|destination| *destination != Sockaddr::Unspec);
    message.addresses.netmask = info.netmask;
    message.addresses.gateway = info.gateway;
    message.addresses.interface_address = info.interface_address;
    message.addresses.interface = info
        .interface
        .map(|index| rtalloc::bsd::LinkAddress { index, ..rtalloc::bsd::LinkAddress::default() });
    if let Some(mtu) = info.mtu {
        message.inits |= Inits::MTU;
        message.metrics.mtu = mtu;
    }
    if let Some(expire) = info.expire {
        message.inits |= Inits::EXPIRE;
        message.metrics.expire = expire;
    }
    message
}
