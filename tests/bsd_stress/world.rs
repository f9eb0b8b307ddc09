//! What the tests run on: two interfaces, a clock that is moved by hand, and routes with numbers.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rtalloc::bsd::{
    Interface, InterfaceAddress, LinkRequest, LinkView, ManualClock, MemoryInterface, Name,
    Priority, Profile, Request, RouteError, RouteInfo, Routing, RoutingOptions, RtFlags, RtRef,
    Sockaddr,
};

/// Runs a test in both profiles.
macro_rules! profiles {
    ($test:ident) => {
        mod $test {
            use rtalloc::bsd::Profile;

            #[test]
            fn openbsd() {
                super::$test(Profile::OpenBsd);
            }

            #[test]
            fn freebsd() {
                super::$test(Profile::FreeBsd);
            }
        }
    };
}
pub(crate) use profiles;

/// A route through a gateway, entered by hand.
pub(crate) const VIA: RtFlags = RtFlags::GATEWAY.union(RtFlags::STATIC);
/// A network that is directly reachable, whose hosts get clones.
pub(crate) const CLONING: RtFlags = RtFlags::CLONING.union(RtFlags::STATIC);

/// An interface that counts what it is told.
pub(crate) struct Link {
    memory: MemoryInterface,
    added: AtomicU64,
    resolved: AtomicU64,
    deleted: AtomicU64,
}

impl Link {
    /// Clones made of routes through it.
    pub(crate) fn resolved(&self) -> u64 {
        self.resolved.load(Ordering::Relaxed)
    }

    /// Routes that came, less those that went.
    fn balance(&self) -> i64 {
        let came = self.added.load(Ordering::Relaxed) + self.resolved();
        came as i64 - self.deleted.load(Ordering::Relaxed) as i64
    }

    pub(crate) fn set_up(&self, up: bool) {
        self.memory.set_up(up);
    }
}

impl Interface for Link {
    fn index(&self) -> u16 {
        self.memory.index()
    }

    fn name(&self) -> Name {
        self.memory.name()
    }

    fn is_up(&self) -> bool {
        self.memory.is_up()
    }

    fn mtu(&self) -> u32 {
        self.memory.mtu()
    }

    fn addresses(&self) -> Vec<InterfaceAddress> {
        self.memory.addresses()
    }

    fn route_changed(&self, request: LinkRequest, _view: &mut LinkView) {
        let count = match request {
            LinkRequest::Add => &self.added,
            LinkRequest::Resolve => &self.resolved,
            LinkRequest::Delete => &self.deleted,
        };
        count.fetch_add(1, Ordering::Relaxed);
    }
}

/// A routing with the interfaces 1, `em0` on 10.0/16, and 2, `em1` on 10.1/16.
pub(crate) struct World {
    pub(crate) routing: Routing,
    pub(crate) links: [Arc<Link>; 2],
    pub(crate) clock: Arc<ManualClock>,
}

impl World {
    pub(crate) fn new(profile: Profile) -> Self {
        Self::with(profile, |options| options)
    }

    pub(crate) fn with(
        profile: Profile,
        options: impl FnOnce(RoutingOptions) -> RoutingOptions,
    ) -> Self {
        let clock = Arc::new(ManualClock::new(1));
        let basic = RoutingOptions::new(profile).clock(clock.clone()).multipath(true);
        let routing = options(basic).open().unwrap();
        let links = [1, 2].map(|index: u16| {
            let name = format!("em{}", index - 1).parse().unwrap();
            let memory = MemoryInterface::new(index, name, 1_000_000_000);
            memory.set_address(InterfaceAddress {
                address: own_address(index).into(),
                prefix_len: 16,
                peer: None,
            });
            let [added, resolved, deleted] = [0; 3].map(AtomicU64::new);
            let link = Arc::new(Link { memory, added, resolved, deleted });
            routing.attach(link.clone()).unwrap();
            link
        });
        Self { routing, links, clock }
    }

    /// Clones made in all.
    pub(crate) fn resolved(&self) -> u64 {
        self.links.iter().map(|link| link.resolved()).sum()
    }

    pub(crate) fn request(&self, request: Request, info: &RouteInfo) -> Result<RtRef, RouteError> {
        self.routing.rtrequest1(request, info, Priority::NONE, 0)
    }

    pub(crate) fn add(&self, info: &RouteInfo) -> RtRef {
        self.request(Request::Add, info).unwrap()
    }

    /// Deletes the route. It has left the table, in every respect, when this returns.
    pub(crate) fn delete(&self, info: &RouteInfo) -> RtRef {
        let rt = self.request(Request::Delete, info).unwrap();
        assert!(!rt.is_up() && rt.is_gone(), "{rt:?} was deleted");
        rt
    }

    /// Fails unless nothing is left of what was deleted; all references and readers are gone.
    pub(crate) fn assert_empty(self) {
        let left = self.routing.walk(0);
        assert!(left.is_empty(), "{left:?} is still there");
        self.assert_freed();
        for link in &self.links {
            assert_eq!(link.balance(), 0, "{} is told of each route that goes", link.name());
        }
    }

    /// Fails unless every route that was deleted is freed.
    pub(crate) fn assert_freed(&self) {
        for _ in 0..1000 {
            if self.routing.reclaim() == 0 {
                break;
            }
        }
        assert_eq!(self.routing.statistics().trash, 0);
    }
}

/// The address of interface `index`: 10.0.0.1 and 10.1.0.1.
pub(crate) fn own_address(index: u16) -> Ipv4Addr {
    Ipv4Addr::new(10, index as u8 - 1, 0, 1)
}

pub(crate) fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// A request about route number `number` of a prefix such as "192.0.2.0/24", to be reached by
/// `gateway`. The number is the route's MTU and, by the MTU, that of its clones.
pub(crate) fn route(
    prefix: &str,
    gateway: impl Into<Sockaddr>,
    flags: RtFlags,
    number: u32,
) -> RouteInfo {
    let (address, len) = prefix.split_once('/').unwrap();
    let mut info = RouteInfo::net(ip(address), len.parse().unwrap(), gateway);
    (info.flags, info.mtu) = (flags, Some(FIRST_MTU + number));
    info
}

/// What numbers begin with: FreeBSD takes an MTU of 0 for the interface's.
const FIRST_MTU: u32 = 1;

/// The number of a route, or of the route that it was cloned from.
pub(crate) fn number(rt: &RtRef) -> u32 {
    rt.mtu() - FIRST_MTU
}

/// A generator of its own for each thread.
pub(crate) fn rng(thread: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(thread)
}
