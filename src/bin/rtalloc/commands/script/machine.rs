//! The machine that a script runs on: interfaces in memory, a routing, and the current table.

use std::{io::Write, sync::Arc};

use rtalloc::{
    AnyPrefix, ReserveError,
    bsd::{
        Clock, Errno, Interface, InterfaceAddress, LinkAddress, Lookup, ManualClock,
        MemoryInterface, Name, Profile, RouteError, Routing, RoutingOptions, RtFlags, RtReader,
        RtRef, Sockaddr,
        message::{Inits, Message, MessageKind},
        rtalloc, rtalloc_mpath,
    },
};

use super::{
    error::{Fault, Refusal},
    parse::Command,
    print::{print_found, print_json, print_match, print_table},
    route::{Gateway, RouteCommand, Verb},
};

/// Stands for the process in messages, so that a script prints the same whenever it runs.
const PID: u32 = 1;
/// What the hash of flows starts from, for the same reason.
const JITTER: u32 = 1;
/// When a script runs, by its clock, which stands still.
const NOW: u64 = 1;
/// As Ethernet's.
const MTU: u32 = 1500;
/// As OpenBSD's `LOMTU`.
const LOOPBACK_MTU: u32 = 32768;

pub(super) struct Machine {
    routing: Routing,
    reader: RtReader,
    clock: Arc<ManualClock>,
    /// In the order of their indices, which count from 1.
    interfaces: Vec<Arc<MemoryInterface>>,
    table: u8,
    requests: u32,
}

impl Machine {
    pub(super) fn new(profile: Profile) -> Result<Self, ReserveError> {
        let clock = Arc::new(ManualClock::new(NOW));
        let options = RoutingOptions::new(profile).multipath(true).jitter(JITTER);
        let routing = options.clock(clock.clone()).open()?;
        let reader = routing.reader();
        Ok(Self { routing, reader, clock, interfaces: Vec::new(), table: 0, requests: 0 })
    }

    pub(super) fn routing(&self) -> &Routing {
        &self.routing
    }

    /// The time by which routes expire.
    pub(super) fn now(&self) -> u64 {
        self.clock.now()
    }

    /// Carries out a line and prints what it asks for.
    pub(super) fn carry_out(
        &mut self,
        command: &Command,
        out: &mut impl Write,
    ) -> Result<(), Fault> {
        match command {
            Command::Interface { name, address, up } => self.configure(*name, *address, *up)?,
            Command::Link { name, up } => self.set_link(*name, *up)?,
            Command::Route(route) => {
                let request = self.route_request(route)?;
                self.send(&request)?;
            }
            Command::Get(destination) => {
                let request = self.get_request(*destination);
                let found = self.send(&request)?;
                print_found(out, self, destination.address(), &found)?;
            }
            Command::Resolve(destination) => {
                let dst = Sockaddr::from(*destination);
                let rt = rtalloc(&mut self.reader, &dst, Lookup::all(), self.table.into());
                let rt = found(rt)?;
                print_match(out, self, *destination, &rt)?;
            }
            Command::Multipath { destination, source } => {
                let dst = Sockaddr::from(*destination);
                let rt = rtalloc_mpath(&mut self.reader, &dst, Some(*source), self.table.into());
                writeln!(out, "{}", found(rt)?.gateway())?;
            }
            Command::Flush => _ = self.routing.flush(self.table.into())?,
            Command::Table(id) => self.select_table(*id)?,
            Command::Show { json: true } => print_json(out, self, &self.walk())?,
            Command::Show { json: false } => print_table(out, self, &self.walk())?,
        }
        Ok(())
    }

    fn walk(&self) -> Vec<RtRef> {
        self.routing.walk(self.table.into())
    }

    /// `if`: gives an interface an address, and makes the interface if there is none of the name.
    fn configure(
        &mut self,
        name: Name,
        address: InterfaceAddress,
        up: Option<bool>,
    ) -> Result<(), Refusal> {
        let table = self.table.into();
        let known = self.interface(name);
        let own = known.iter().flat_map(|interface| interface.addresses());
        let here = self.routing.get(table, AnyPrefix::host(address.address));
        if own.into_iter().any(|own| own.address == address.address)
            || here.iter().any(|rt| rt.flags().contains(RtFlags::LOCAL))
        {
            return Err(Refusal::new(Errno::EEXIST, "an interface has this address"));
        }
        let interface = match &known {
            Some(interface) => Arc::clone(interface),
            None => self.new_interface(name, up.unwrap_or(true))?,
        };
        interface.set_address(address);
        if let Err(error) = self.routing.address_added(interface.index(), address.address, table) {
            interface.remove_address(address.address);
            if known.is_none() {
                self.routing.detach(interface.index())?;
                self.interfaces.pop();
            }
            return Err(error.into());
        }
        match up.filter(|_| known.is_some()) {
            Some(up) => self.set_link(name, up),
            None => Ok(()),
        }
    }

    fn new_interface(&mut self, name: Name, up: bool) -> Result<Arc<MemoryInterface>, Refusal> {
        let index = u16::try_from(self.interfaces.len() + 1)
            .map_err(|_| Refusal::new(Errno::ENOBUFS, "65535 interfaces exist"))?;
        let mtu = if name.as_str().starts_with("lo") { LOOPBACK_MTU } else { MTU };
        let interface = Arc::new(MemoryInterface::new(index, name, mtu));
        interface.set_up(up);
        self.routing.attach(interface.clone())?;
        self.interfaces.push(Arc::clone(&interface));
        Ok(interface)
    }

    fn set_link(&self, name: Name, up: bool) -> Result<(), Refusal> {
        let unknown = Refusal::new(Errno::ESRCH, "no interface of this name");
        let interface = self.interface(name).ok_or(unknown)?;
        if interface.is_up() != up {
            interface.set_up(up);
            self.routing.link_changed(interface.index())?;
        }
        Ok(())
    }

    fn interface(&self, name: Name) -> Option<Arc<MemoryInterface>> {
        self.interfaces.iter().find(|interface| interface.name() == name).cloned()
    }

    /// The name of an interface, as routes and messages know it.
    pub(super) fn interface_name(&self, index: u16) -> Name {
        let at = usize::from(index).wrapping_sub(1);
        self.interfaces.get(at).map(|interface| interface.name()).unwrap_or_default()
    }

    fn select_table(&mut self, id: u32) -> Result<(), RouteError> {
        if !self.routing.table_exists(id) {
            self.routing.table_add(id)?;
        }
        // Tables have numbers up to 255.
        self.table = id as u8;
        Ok(())
    }

    /// Sends a request as a process does and waits for the reply.
    fn send(&self, request: &Message) -> Result<Message, Refusal> {
        let reply = self.routing.route_output(request);
        reply.errno.map_or(Ok(reply), |errno| Err(errno.into()))
    }

    /// A request as route(8) begins it: for a static route, through a gateway unless it is told
    /// otherwise.
    fn request(&mut self, kind: MessageKind, destination: AnyPrefix) -> Message {
        self.requests = self.requests.wrapping_add(1);
        let mut message = Message::new(kind, self.table);
        message.pid = PID;
        message.seq = self.requests;
        message.flags = RtFlags::UP | RtFlags::GATEWAY | RtFlags::STATIC;
        message.addresses.destination = Some(destination.address().into());
        message.addresses.netmask = (!destination.is_host()).then_some(destination.len());
        message
    }

    fn get_request(&mut self, destination: AnyPrefix) -> Message {
        let mut message = self.request(MessageKind::Get, destination);
        message.addresses.interface = Some(LinkAddress::default());
        message
    }

    fn route_request(&mut self, route: &RouteCommand) -> Result<Message, Refusal> {
        let kind = match route.verb {
            Verb::Add => MessageKind::Add,
            Verb::Change => MessageKind::Change,
            Verb::Delete => MessageKind::Delete,
        };
        let mut message = self.request(kind, route.destination);
        message.flags |= route.options.flags;
        message.flags.set(RtFlags::HOST, route.destination.is_host());
        message.addresses.gateway = match route.gateway {
            None => None,
            Some(Gateway::Address(address)) => Some(address.into()),
            Some(Gateway::Interface(name)) => {
                message.flags.remove(RtFlags::GATEWAY);
                Some(self.link(name)?)
            }
        };
        message.priority = route.options.priority;
        if let Some(mtu) = route.options.mtu {
            message.inits |= Inits::MTU;
            message.metrics.mtu = mtu;
        }
        if let Some(seconds) = route.options.expire {
            message.inits |= Inits::EXPIRE;
            message.metrics.expire = self.now().saturating_add(seconds);
        }
        Ok(message)
    }

    /// An interface as a gateway.
    fn link(&self, name: Name) -> Result<Sockaddr, Refusal> {
        let unknown = || Refusal::new(Errno::ENETUNREACH, "no interface of this name");
        let interface = self.interface(name).ok_or_else(unknown)?;
        Ok(Sockaddr::Link(LinkAddress {
            index: interface.index(),
            kind: interface.kind(),
            ..LinkAddress::default()
        }))
    }
}

fn found(rt: Option<RtRef>) -> Result<RtRef, Refusal> {
    rt.ok_or(Errno::EHOSTUNREACH.into())
}
