//! Requests as messages: what a process writes to a routing socket.

use super::{
    delete::Silence,
    entry::RtEntry,
    errno::{Errno, RouteError},
    flags::RtFlags,
    links::entries,
    message::{Addresses, Inits, Message, MessageKind, MessageMetrics},
    priority::Priority,
    profile::Profile,
    reference::RtRef,
    request::RouteInfo,
    routing::Routing,
    sockaddr::Sockaddr,
    tables::{RtTable, walk_order},
    update::Update,
};

impl Routing {
    /// Carries out a request and returns the reply, which all listeners get as well: BSD's
    /// `route_output`.
    ///
    /// The reply is the request with [`RtFlags::DONE`] or `rtm_errno`. What was deleted, changed
    /// or found is described in it; interface and interface address only if the request carries
    /// either of them.
    ///
    /// [`MessageKind::Get`] without a netmask asks for the longest match, with one for exactly that
    /// prefix. In OpenBSD's profile [`MessageKind::Add`] makes a table that does not exist.
    pub fn route_output(&self, request: &Message) -> Message {
        let shared = &*self.shared;
        if request.kind == MessageKind::Change {
            let target = |update: &Update<'_>| update.target_of(request);
            return shared.change_locked(target, |update| update.output(request));
        }
        shared.change(|update| update.output(request))
    }

    /// Deletes every route of a table but the host's own addresses, as `route flush` does one by
    /// one, with a message for each. Returns how many; clones go with what they were made from.
    ///
    /// # Errors
    /// `EAFNOSUPPORT` if there is no such table; `ENOBUFS` if there is no room for some
    /// deletion, where all others were deleted.
    pub fn flush(&self, table: u32) -> Result<usize, RouteError> {
        self.shared.change(|update| update.flush(table))
    }
}

impl Update<'_> {
    fn output(&mut self, request: &Message) -> Message {
        let reply = match self.carry_out(request) {
            Ok(reply) => reply,
            Err(error) => Message {
                errno: Some(error.errno()),
                flags: request.flags - RtFlags::DONE,
                ..request.clone()
            },
        };
        let about = reply.addresses.destination;
        self.shared.emit(reply.kind, reply.table, about, |message| *message = reply.clone());
        reply
    }

    /// The route that a request to change one is about.
    fn target_of(&self, request: &Message) -> Option<RtRef> {
        let table = self.table(request.table.into()).ok()?;
        let info = info_of(request, request.addresses.destination?);
        self.change_target(table, &info, self.asked_priority(request).ok()?).ok()
    }

    fn carry_out(&mut self, message: &Message) -> Result<Message, RouteError> {
        let refuse = |errno, reason| Err(RouteError::new(errno, None, reason));
        let kinds = [
            MessageKind::Add,
            MessageKind::Delete,
            MessageKind::Change,
            MessageKind::Get,
            MessageKind::Lock,
        ];
        if !kinds.contains(&message.kind) {
            return refuse(Errno::EOPNOTSUPP, "not a request");
        }
        let add = message.kind == MessageKind::Add;
        let id = u32::from(message.table);
        let missing = self.shared.tables.get(id).is_none();
        if missing && (!add || self.shared.profile == Profile::FreeBsd) {
            return refuse(Errno::EINVAL, "no routing table of this number");
        }
        if message.flags.intersects(RtFlags::LOCAL | RtFlags::BROADCAST) {
            return refuse(Errno::EINVAL, "the host's own addresses are not to be changed");
        }
        let priority = self.asked_priority(message)?;
        let Some(destination) = message.addresses.destination else {
            return refuse(Errno::EINVAL, "no destination");
        };
        if message.addresses.genmask.is_some() {
            return refuse(Errno::EINVAL, "masks for clones are not supported");
        }
        if add && message.addresses.gateway.is_none() {
            return refuse(Errno::EINVAL, "no gateway");
        }
        let info = info_of(message, destination);
        if missing && self.shared.tables.make(message.table).is_err() {
            return refuse(Errno::ENOMEM, "the system does not give a table's address space");
        }
        let table = self.table(id)?;
        match message.kind {
            MessageKind::Add => {
                let rt = self.add(table, &info, priority)?;
                // The kernels store what was asked for after the route is there, so that the
                // gateway's MTU does not count.
                if let Some(mtu) = info.mtu {
                    rt.set_mtu(mtu);
                }
                Ok(self.reply_to_add(message, &rt))
            }
            MessageKind::Delete => {
                let rt = self.delete(table, &info, priority)?;
                Ok(self.report(message, &rt))
            }
            MessageKind::Change => {
                let rt = self.change_route(table, &info, priority)?;
                Ok(self.report(message, &rt))
            }
            _ => {
                let rt = self.look_up(table, message, &info, priority)?;
                Ok(self.report(message, &rt))
            }
        }
    }

    /// The priority that a message asks for; 0 leaves it to the route's kind.
    fn asked_priority(&self, message: &Message) -> Result<Priority, RouteError> {
        if self.shared.profile == Profile::FreeBsd {
            return Ok(Priority::NONE);
        }
        match Priority::new(message.priority) {
            Priority::NONE if message.flags.contains(RtFlags::STATIC) => Ok(Priority::NONE),
            Priority::NONE if message.kind == MessageKind::Add => Ok(Priority::DEFAULT),
            Priority::NONE => Ok(Priority::ANY),
            named if named == Priority::LOCAL || named > Priority::MAX => {
                let reason = "the priority is 1 or over 63";
                Err(RouteError::new(Errno::EINVAL, None, reason))
            }
            named => Ok(named),
        }
    }

    /// For `RTM_GET` and `RTM_LOCK`: exactly the prefix, or, to get one without a netmask, the
    /// longest match.
    fn look_up(
        &self,
        table: &RtTable,
        message: &Message,
        info: &RouteInfo,
        priority: Priority,
    ) -> Result<RtRef, RouteError> {
        let longest = message.kind == MessageKind::Get
            && (info.netmask.is_none() || info.flags.contains(RtFlags::HOST));
        if !longest {
            return self.find(table, info, priority);
        }
        let prefix = info.prefix()?;
        let refuse = |reason| RouteError::new(Errno::ESRCH, Some(prefix), reason);
        let list = table.longest(prefix.address()).ok_or(refuse("no route"))?;
        let found = list.data().find(self.shared.profile, priority, info.gateway);
        let found = found.ok_or(refuse("no route of this priority and gateway"))?;
        let index = list.data().index_of(&found.entry).unwrap_or_default();
        Ok(RtRef::new(list, index))
    }

    fn reply_to_add(&self, request: &Message, rt: &RtRef) -> Message {
        let mut reply = Message { flags: request.flags | RtFlags::DONE, ..request.clone() };
        if self.shared.profile == Profile::OpenBsd {
            reply.priority = rt.priority().masked().number();
            reply.index = rt.interface();
        }
        reply
    }

    /// The reply that describes a route.
    fn report(&self, request: &Message, rt: &RtEntry) -> Message {
        let asked = &request.addresses;
        let with_interface = asked.interface.is_some() || asked.interface_address.is_some();
        let link = || self.link_address(rt.interface());
        Message {
            flags: rt.flags() | RtFlags::DONE,
            priority: rt.priority().masked().number(),
            index: rt.interface(),
            metrics: MessageMetrics { mtu: rt.mtu(), expire: rt.expire(), used: rt.uses() },
            addresses: Addresses {
                interface: with_interface.then(link).flatten(),
                interface_address: rt.interface_address().filter(|_| with_interface),
                ..self.addresses_of(rt)
            },
            ..request.clone()
        }
    }

    fn flush(&mut self, id: u32) -> Result<usize, RouteError> {
        let table = self.table(id)?;
        let own = RtFlags::LOCAL | RtFlags::BROADCAST;
        let with_parent = |entry: &RtEntry| entry.parent().is_some_and(|parent| !parent.is_gone());
        let goes = |entry: &RtEntry| !entry.flags().intersects(own) && !with_parent(entry);
        let mut count = 0;
        loop {
            // Clones that outlive their parent go after it.
            let mut victims = entries(table, goes);
            if victims.is_empty() {
                return Ok(count);
            }
            victims.sort_by_key(|entry| walk_order(entry.destination()));
            let mut refused = None;
            for entry in &victims {
                let request = Message::new(MessageKind::Delete, table.id);
                if let Err(error) = self.delete_entry(table, entry, Silence::Silent) {
                    refused = refused.or(Some(error));
                    continue;
                }
                count += 1;
                let about = Some(entry.destination().address().into());
                self.shared.emit(request.kind, request.table, about, |message| {
                    *message = self.report(&request, entry);
                });
            }
            if let Some(error) = refused {
                return Err(error);
            }
        }
    }
}

/// What a message asks for.
fn info_of(message: &Message, destination: Sockaddr) -> RouteInfo {
    let Addresses { gateway, netmask, interface, interface_address, .. } = message.addresses;
    RouteInfo {
        destination,
        netmask,
        gateway,
        flags: message.flags,
        change_mask: message.change_mask,
        interface: interface.map(|link| link.index),
        interface_address,
        mtu: message.inits.contains(Inits::MTU).then_some(message.metrics.mtu),
        expire: message.inits.contains(Inits::EXPIRE).then_some(message.metrics.expire),
    }
}
