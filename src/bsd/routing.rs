//! One system's routing: tables, interfaces, listeners and a clock.

use core::fmt;
use std::{
    collections::HashMap,
    hash::{BuildHasher, Hasher, RandomState},
};

use std::sync::Arc;

use super::{
    brood::Brood,
    clock::{Clock, Uptime},
    counters::{Counters, Statistics},
    entry::RtEntry,
    errno::{Errno, RouteError},
    interface::Interface,
    message::{Bus, Filter, Subscriber},
    name::Name,
    profile::Profile,
    reader::RtReader,
    reference::{LockedRt, RtRef},
    sockaddr::Family,
    tables::{MAX_TABLE, RtTable, Tables, walk_order},
    timers::Timers,
    update::Update,
    uses::Uses,
};
use crate::{
    any_prefix::AnyPrefix,
    error::ReserveError,
    sync::{AtomicBool, Mutex, Ordering, lock},
    table::Options,
};

/// How a [`Routing`] is opened.
#[derive(Clone)]
pub struct RoutingOptions {
    profile: Profile,
    clock: Arc<dyn Clock>,
    multipath: bool,
    jitter: Option<u32>,
    clones_per_parent: usize,
    clone_idle: u64,
    table: Options,
}

impl RoutingOptions {
    /// The defaults for `profile`: the system's clock, selection among equal routes switched off as
    /// the kernel's sysctl has it, a random jitter, 65,536 clones of one route at most, clones of
    /// FreeBSD's profile kept for an hour without use.
    pub fn new(profile: Profile) -> Self {
        Self {
            profile,
            clock: Arc::new(Uptime::default()),
            multipath: false,
            jitter: None,
            clones_per_parent: 1 << 16,
            clone_idle: 3600,
            table: Options::new(),
        }
    }

    /// The clock by which routes expire.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Whether `rtalloc_mpath` selects among routes of equal priority:
    /// `net.inet.ip.multipath` and its IPv6 twin.
    pub fn multipath(mut self, multipath: bool) -> Self {
        self.multipath = multipath;
        self
    }

    /// The number that the hash of flows starts from; 0 counts as 1. By default random.
    pub fn jitter(mut self, jitter: u32) -> Self {
        self.jitter = Some(jitter.max(1));
        self
    }

    /// How many clones one cloning route may have. Traffic makes clones, so their number must be
    /// bounded: past this an older one makes way. With 0 no clone can be made.
    pub fn clones_per_parent(mut self, clones: usize) -> Self {
        self.clones_per_parent = clones;
        self
    }

    /// After how many seconds without use a clone of FreeBSD's profile goes: `rtexpire`.
    pub fn clone_idle(mut self, seconds: u64) -> Self {
        self.clone_idle = seconds;
        self
    }

    /// How large each table may grow, and how much memory readers may hold back in it.
    pub fn tables(mut self, options: Options) -> Self {
        self.table = options;
        self
    }

    /// Opens a routing with the empty table 0.
    ///
    /// # Errors
    /// [`ReserveError`] if the system does not give the address space.
    pub fn open(self) -> Result<Routing, ReserveError> {
        let random = || RandomState::new().build_hasher().finish() as u32;
        let shared = Shared {
            profile: self.profile,
            clock: self.clock,
            multipath: AtomicBool::new(self.multipath),
            jitter: self.jitter.unwrap_or_else(random).max(1),
            clones_per_parent: self.clones_per_parent,
            clone_idle: self.clone_idle,
            tables: Tables::new(self.table)?,
            uses: Arc::default(),
            counters: Arc::default(),
            bus: Bus::default(),
            control: Mutex::new(Control::default()),
        };
        Ok(Routing { shared: Arc::new(shared) })
    }
}

impl fmt::Debug for RoutingOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RoutingOptions").field("profile", &self.profile).finish_non_exhaustive()
    }
}

/// The routing of one system: what a BSD kernel has one of.
///
/// Lookups go through a [`RtReader`], one a thread, and wait for nobody. Everything that changes
/// something, a lookup that makes a clone among it, is ordered by one lock. Cloning a `Routing`
/// gives another handle to the same one.
///
/// ```
/// use rtalloc::bsd::{
///     InterfaceAddress, Lookup, MemoryInterface, Priority, Profile, Request, RouteInfo, Routing,
///     RtFlags, Sockaddr, rtalloc, rtfree,
/// };
/// use std::{net::IpAddr, sync::Arc};
///
/// let routing = Routing::new(Profile::OpenBsd)?;
/// let em0 = MemoryInterface::new(1, "em0".parse()?, 1500);
/// let address: IpAddr = "10.0.0.1".parse()?;
/// em0.set_address(InterfaceAddress { address, prefix_len: 24, peer: None });
/// routing.attach(Arc::new(em0))?;
///
/// let gateway: IpAddr = "10.0.0.254".parse()?;
/// let mut info = RouteInfo::net("192.0.2.0".parse()?, 24, gateway);
/// info.flags = RtFlags::GATEWAY | RtFlags::STATIC;
/// routing.rtrequest1(Request::Add, &info, Priority::NONE, 0)?;
///
/// let mut reader = routing.reader();
/// let destination = Sockaddr::from("192.0.2.7".parse::<IpAddr>()?);
/// let rt = rtalloc(&mut reader, &destination, Lookup::REPORT, 0).expect("a route");
/// assert_eq!(rt.gateway(), gateway.into());
/// assert_eq!(rt.priority(), Priority::STATIC);
///
/// // Deleted, but readable until it is released.
/// routing.rtrequest1(Request::Delete, &info, Priority::ANY, 0)?;
/// assert!(!rt.is_up());
/// rtfree(rt);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Routing {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub(super) profile: Profile,
    pub(super) clock: Arc<dyn Clock>,
    multipath: AtomicBool,
    pub(super) jitter: u32,
    pub(super) clones_per_parent: usize,
    pub(super) clone_idle: u64,
    pub(super) tables: Tables,
    pub(super) uses: Arc<Uses>,
    pub(super) counters: Arc<Counters>,
    pub(super) bus: Bus,
    control: Mutex<Control>,
}

/// What the lock of changes guards, beside the tables' contents.
#[derive(Default)]
pub(super) struct Control {
    pub(super) interfaces: Vec<Arc<dyn Interface>>,
    /// The clones of each cloning route, by its serial number.
    pub(super) broods: HashMap<u64, Brood>,
    pub(super) timers: Timers,
    /// The routes that may go by themselves, by serial number: clones, and host routes made by
    /// redirects.
    pub(super) transient: HashMap<u64, Arc<RtEntry>>,
}

impl Shared {
    /// Runs a change, with the lock of changes held.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut Update<'_>) -> T) -> T {
        change(&mut Update { shared: self, control: &mut lock(&self.control) })
    }

    /// Runs a change of the route that `target` finds, with that route's own lock held as well.
    ///
    /// The route's lock is taken first, without the lock of changes: its holder may be about to ask
    /// for some other change. So the route is looked for again, and if it is another one by then
    /// all starts anew.
    pub(super) fn change_locked<T>(
        &self,
        target: impl Fn(&Update<'_>) -> Option<RtRef>,
        change: impl Fn(&mut Update<'_>) -> T,
    ) -> T {
        loop {
            let rt = self.change(|update| target(update));
            let held = rt.clone().map(LockedRt::new);
            let done = self.change(|update| (target(update) == rt).then(|| change(update)));
            drop(held);
            if let Some(done) = done {
                return done;
            }
        }
    }

    pub(super) fn selects_paths(&self) -> bool {
        // Relaxed: a switch; a lookup beside its turning goes either way.
        self.multipath.load(Ordering::Relaxed)
    }
}

impl Routing {
    /// Opens a routing with the default [`RoutingOptions`].
    ///
    /// # Errors
    /// [`ReserveError`] if the system does not give the address space.
    pub fn new(profile: Profile) -> Result<Self, ReserveError> {
        RoutingOptions::new(profile).open()
    }

    /// Which system it behaves like.
    pub fn profile(&self) -> Profile {
        self.shared.profile
    }

    /// Registers a reader, one for each thread that looks routes up. Takes a lock for a moment.
    pub fn reader(&self) -> RtReader {
        RtReader::new(&self.shared)
    }

    /// Switches selection among routes of equal priority on or off.
    pub fn set_multipath(&self, multipath: bool) {
        // Relaxed: as in `selects_paths`.
        self.shared.multipath.store(multipath, Ordering::Relaxed);
    }

    /// Makes the table `id`: OpenBSD's `rtable_add`. Its routing domain is 0.
    ///
    /// # Errors
    /// `EINVAL` above 255 and, in FreeBSD's profile, above 0; `EEXIST` if it exists; `ENOMEM` if
    /// the system does not give the address space.
    pub fn table_add(&self, id: u32) -> Result<(), RouteError> {
        self.shared.change(|update| update.table_add(id))
    }

    /// Whether the table exists: `rtable_exists`. Wait-free.
    pub fn table_exists(&self, id: u32) -> bool {
        self.shared.tables.get(id).is_some()
    }

    /// The numbers of the tables there are.
    pub fn tables(&self) -> impl Iterator<Item = u32> {
        (0..=MAX_TABLE).filter(|id| self.table_exists(*id))
    }

    /// The routing domain of a table, 0 for one that does not exist: `rtable_l2`. Wait-free.
    pub fn domain(&self, id: u32) -> u32 {
        self.shared.tables.get(id).map_or(0, RtTable::domain)
    }

    /// Puts a table in a routing domain: `rtable_l2set`. A table that does not exist is passed over.
    pub fn set_domain(&self, id: u32, domain: u32) {
        if let Some(table) = self.shared.tables.get(id) {
            table.set_domain(domain);
        }
    }

    /// A number that tells whether the routes of one family may have changed; see
    /// [`Rib::generation`](crate::Rib::generation). `None` for a table that does not exist.
    ///
    /// It moves when routes come and go, and when `RTM_CHANGE` or a redirect changes one in place. It
    /// does not move with what a [`LockedRt`] sets, `RTF_REJECT` with it, nor with the
    /// expiry that [`timer_add`](Self::timer_add) sets: remember the entry, which says these as they
    /// are, and not them.
    pub fn generation(&self, id: u32, family: Family) -> Option<u64> {
        let table = self.shared.tables.get(id)?;
        Some(table.generation(family))
    }

    /// Every route of a table: IPv4 before IPv6, by address, the most specific mask first, then by
    /// priority. OpenBSD's walk.
    ///
    /// Each family is as it was at one instant.
    pub fn walk(&self, id: u32) -> Vec<RtRef> {
        let Some(table) = self.shared.tables.get(id) else { return Vec::new() };
        let mut lists = table.list_references();
        lists.sort_by_key(|(prefix, _)| walk_order(*prefix));
        lists.iter().flat_map(|(_, list)| RtRef::all(list)).collect()
    }

    /// The routes of exactly `prefix`, the most preferred first.
    pub fn get(&self, id: u32, prefix: AnyPrefix) -> Vec<RtRef> {
        let table = self.shared.tables.get(id);
        table.map(|table| table.references(prefix)).unwrap_or_default()
    }

    /// The interfaces, in the order of their arrival.
    pub fn interfaces(&self) -> Vec<Arc<dyn Interface>> {
        self.shared.change(|update| update.control.interfaces.clone())
    }

    /// The interface of that index.
    pub fn interface(&self, index: u16) -> Option<Arc<dyn Interface>> {
        self.shared.change(|update| update.interface(index))
    }

    /// The interface of that name.
    pub fn interface_named(&self, name: Name) -> Option<Arc<dyn Interface>> {
        self.interfaces().into_iter().find(|interface| interface.name() == name)
    }

    /// Subscribes to the routing messages that pass `filter`, through a queue of `capacity`
    /// messages; a subscriber that falls behind loses some, and is told so. See [`Subscriber`].
    pub fn subscribe(&self, filter: Filter, capacity: usize) -> Subscriber {
        self.shared.bus.subscribe(filter, capacity)
    }

    /// Counts of what happened.
    pub fn statistics(&self) -> Statistics {
        self.shared.counters.statistics(self.shared.uses.unreachable())
    }

    /// Frees what can be freed now, in all tables; see [`Rib::reclaim`](crate::Rib::reclaim).
    /// Returns how many items still wait.
    pub fn reclaim(&self) -> usize {
        self.shared.tables.iter().map(|table| table.routes.reclaim()).sum()
    }
}

impl Update<'_> {
    fn table_add(&mut self, id: u32) -> Result<(), RouteError> {
        let refuse = |errno, reason| Err(RouteError::new(errno, None, reason));
        let most = match self.shared.profile {
            Profile::OpenBsd => MAX_TABLE,
            Profile::FreeBsd => 0,
        };
        let Some(number) = u8::try_from(id).ok().filter(|_| id <= most) else {
            return refuse(Errno::EINVAL, "the table's number is too large");
        };
        if self.shared.tables.get(id).is_some() {
            return refuse(Errno::EEXIST, "the table exists");
        }
        self.shared
            .tables
            .make(number)
            .or_else(|_| refuse(Errno::ENOMEM, "the system does not give a table's address space"))
    }
}

impl fmt::Debug for Routing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Routing").field("profile", &self.shared.profile).finish_non_exhaustive()
    }
}
