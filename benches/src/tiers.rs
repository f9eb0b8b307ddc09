//! The ways to take a route and give it back.

use std::{
    hint::black_box,
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, Mutex, RwLock},
};

use crate::{adapter::Failure, checked_table, internet_v4};
use rtalloc::{
    NextHop, Options, Own, Prefix, Reader, Route, Table,
    bsd::{
        InterfaceAddress, Lookup, MemoryInterface, Priority, Profile, Request, RouteCache,
        RouteInfo, Routing, RtFlags, Sockaddr, rtalloc, rtfree,
    },
};

/// Does an operation so many times, and returns the sum of the interfaces that it found.
pub type Worker<'a> = Box<dyn FnMut(u32) -> u64 + 'a>;

/// One way.
pub struct Tier<'a> {
    /// Its name.
    pub name: &'static str,
    /// The interface of the route that is to be found.
    interface: u32,
    /// Makes what one thread works with.
    pub worker: Box<dyn Fn() -> Worker<'a> + Sync + 'a>,
}

impl core::fmt::Debug for Tier<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Tier").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<'a> Tier<'a> {
    fn new(
        name: &'static str,
        interface: u32,
        worker: impl Fn() -> Worker<'a> + Sync + 'a,
    ) -> Self {
        Self { name, interface, worker: Box::new(worker) }
    }

    /// Checks what a worker summed up in so many operations.
    ///
    /// # Panics
    /// If the sum is not that of the right route.
    pub fn check(&self, sum: u64, times: u32) {
        let expected = u64::from(times) * u64::from(self.interface);
        assert_eq!(sum, expected, "{} found another route", self.name);
    }
}

/// An entry as BSD has it: its own lock, and how many hold it.
#[derive(Debug)]
struct LockedEntry {
    interface: u32,
    references: u64,
}

/// The same routes in each kind of table, and an address that the one in the middle answers.
#[derive(Debug)]
pub struct Setting {
    address: u32,
    route: Route<()>,
    table: Table,
    routing: Routing,
    /// The same lookup as in `table`, under the lock of the table; it finds the place of an entry.
    locked: RwLock<Table<usize>>,
    entries: Vec<Mutex<LockedEntry>>,
}

impl Setting {
    /// Tables of so many routes.
    ///
    /// # Errors
    /// If the system does not give the memory, or a table no room.
    pub fn new(count: usize) -> Result<Self, Failure> {
        let routes = internet_v4(count);
        let table = checked_table::<Own>(Options::new(), &routes, &Vec::new(), 1);
        let address = routes[routes.len() / 2].0.last_address();
        let mut reader = table.reader();
        let guard = reader.enter();
        let found = guard.lookup_v4(address).ok_or("no route in the middle")?;
        let route = Route::via(found.next_hop());
        drop(guard);
        drop(reader);
        let locked = Table::new()?;
        let mut entries = Vec::with_capacity(routes.len());
        for (at, &(prefix, next_hop)) in routes.iter().enumerate() {
            locked.v4().insert(prefix, Route::with_data(next_hop, at))?;
            entries.push(Mutex::new(LockedEntry { interface: next_hop.interface, references: 0 }));
        }
        let routing = routing(&routes)?;
        Ok(Self { address, route, table, routing, locked: RwLock::new(locked), entries })
    }

    fn dst(&self) -> IpAddr {
        Ipv4Addr::from(self.address).into()
    }

    /// Takes a route as BSD does: its count goes up under its own lock, which is taken under the
    /// table's.
    fn take_locked(&self, reader: &mut Reader<usize>) -> Option<usize> {
        let _table = self.locked.read().ok()?;
        let at = *reader.enter().lookup_v4(black_box(self.address))?.data();
        self.entries[at].lock().ok()?.references += 1;
        Some(at)
    }
}

/// The interface of all routes of the routing.
const INTERFACE: u16 = 7;

fn routing(routes: &[(Prefix<u32>, NextHop)]) -> Result<Routing, Failure> {
    let routing = Routing::new(Profile::OpenBsd)?;
    let interface = MemoryInterface::new(INTERFACE, "em0".parse()?, 1500);
    let gateway = IpAddr::from([127, 0, 0, 2]);
    interface.set_address(InterfaceAddress {
        address: IpAddr::from([127, 0, 0, 1]),
        prefix_len: 8,
        peer: None,
    });
    routing.attach(Arc::new(interface))?;
    for (prefix, _) in routes {
        let address = Ipv4Addr::from(prefix.address()).into();
        let mut info = RouteInfo::net(address, prefix.len(), gateway);
        info.flags = RtFlags::GATEWAY | RtFlags::STATIC;
        routing.rtrequest1(Request::Add, &info, Priority::NONE, 0)?;
    }
    Ok(routing)
}

/// What a worker returns if it found no route, which no sum of interfaces is.
const NOTHING: u64 = u64::MAX;

/// Sums what `operation` finds.
fn sum(times: u32, mut operation: impl FnMut() -> Option<u32>) -> u64 {
    let mut sum = 0;
    for _ in 0..times {
        let Some(interface) = operation() else { return NOTHING };
        sum += u64::from(interface);
    }
    sum
}

/// Every way, the cheapest first.
pub fn tiers(of: &Setting) -> Vec<Tier<'_>> {
    let interface = of.route.next_hop.interface;
    let arc = Arc::new(of.route.clone());
    vec![
        Tier::new("Arc", interface, move || {
            let arc = Arc::clone(&arc);
            Box::new(move |times| {
                sum(times, || Some(Arc::clone(black_box(&arc)).next_hop.interface))
            })
        }),
        Tier::new("borrowed", interface, move || {
            let mut reader = of.table.reader();
            Box::new(move |times| {
                let guard = reader.enter();
                let lookup = || guard.lookup_v4(black_box(of.address));
                sum(times, || Some(lookup()?.next_hop().interface))
            })
        }),
        Tier::new("slot", interface, move || {
            let mut reader = of.table.reader();
            Box::new(move |times| {
                let guard = reader.enter();
                let lookup = || guard.lookup_v4(black_box(of.address));
                sum(times, || Some(black_box(lookup()?.hold()).next_hop().interface))
            })
        }),
        Tier::new("section and slot", interface, move || {
            let mut reader = of.table.reader();
            Box::new(move |times| {
                sum(times, || {
                    let guard = reader.enter();
                    let held = guard.lookup_v4(black_box(of.address))?.hold();
                    drop(guard);
                    Some(black_box(held).next_hop().interface)
                })
            })
        }),
        Tier::new("counted", interface, move || {
            let mut reader = of.table.reader();
            Box::new(move |times| {
                let guard = reader.enter();
                let lookup = || guard.lookup_v4(black_box(of.address));
                sum(times, || Some(black_box(lookup()?.hold_counted()).next_hop().interface))
            })
        }),
        Tier::new("bsd borrowed", INTERFACE.into(), move || {
            let mut reader = of.routing.reader();
            let dst = of.dst();
            Box::new(move |times| {
                let guard = reader.enter();
                sum(times, || Some(guard.lookup(black_box(dst), 0)?.interface().into()))
            })
        }),
        Tier::new("bsd RouteCache hit", INTERFACE.into(), move || {
            let mut reader = of.routing.reader();
            let dst = of.dst();
            let mut cache = RouteCache::new(dst, 0);
            Box::new(move |times| {
                sum(times, || {
                    let rt = cache.lookup(&mut reader, black_box(dst), None, 0)?;
                    Some(rt.interface().into())
                })
            })
        }),
        Tier::new("bsd rtalloc and rtfree", INTERFACE.into(), move || {
            let mut reader = of.routing.reader();
            let dst = Sockaddr::from(of.dst());
            Box::new(move |times| {
                sum(times, || {
                    let rt = rtalloc(&mut reader, black_box(&dst), Lookup::all(), 0)?;
                    let interface = rt.interface();
                    rtfree(black_box(rt));
                    Some(interface.into())
                })
            })
        }),
        Tier::new("locks and a count", interface, move || {
            let mut reader = of.locked.read().map(|table| table.reader()).ok();
            Box::new(move |times| {
                sum(times, || {
                    let at = of.take_locked(reader.as_mut()?)?;
                    let mut entry = of.entries[at].lock().ok()?;
                    entry.references -= 1;
                    Some(entry.interface)
                })
            })
        }),
    ]
}
