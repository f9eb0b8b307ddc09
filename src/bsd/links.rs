//! Interfaces that come, go, and change their state and addresses.

use core::net::IpAddr;

use super::{
    delete::Silence,
    entry::RtEntry,
    errno::{Errno, RouteError},
    flags::RtFlags,
    interface::Interface,
    message::{InterfaceEvent, MessageKind},
    notices::link_of,
    paths::{Path, Paths, place},
    priority::Priority,
    profile::Profile,
    reference::RtRef,
    request::RouteInfo,
    routing::Routing,
    tables::{Change, RtTable},
    update::Update,
};
use std::sync::Arc;

use crate::any_prefix::AnyPrefix;

impl Routing {
    /// Makes an interface known, and announces it (`RTM_IFANNOUNCE`).
    ///
    /// # Errors
    /// `EINVAL` for index 0, `EEXIST` if its index or name is taken.
    pub fn attach(&self, interface: Arc<dyn Interface>) -> Result<(), RouteError> {
        self.shared.change(|update| update.attach(&interface))
    }

    /// Forgets an interface: deletes every route through it, in all tables, and announces that it
    /// is gone. Returns how many routes went, their clones not counted.
    ///
    /// # Errors
    /// `ESRCH` if there is no such interface; `ENOBUFS` if there is no room for some
    /// deletion, where those routes stay, and the interface with them.
    pub fn detach(&self, index: u16) -> Result<usize, RouteError> {
        // The interface is dropped here, without the lock: it is foreign code.
        let (count, _interface) = self.shared.change(|update| update.detach(index))?;
        Ok(count)
    }

    /// Tells that the interface has got `address`: adds the host route to it, which is local and
    /// has the best priority, and sends `RTM_NEWADDR`, then `RTM_ADD`. No other route is added.
    ///
    /// # Errors
    /// As [`rtrequest1`](Self::rtrequest1); `ESRCH` if there is no such interface.
    pub fn address_added(
        &self,
        index: u16,
        address: IpAddr,
        table: u32,
    ) -> Result<RtRef, RouteError> {
        self.shared.change(|update| update.address_added(index, address, table))
    }

    /// Tells that the interface has lost `address`: deletes the host route to it, and sends
    /// `RTM_DELETE`, then `RTM_DELADDR`.
    ///
    /// # Errors
    /// As [`rtrequest1`](Self::rtrequest1); `ESRCH` if there is no such interface.
    pub fn address_removed(
        &self,
        index: u16,
        address: IpAddr,
        table: u32,
    ) -> Result<(), RouteError> {
        self.shared.change(|update| update.address_removed(index, address, table))
    }

    /// Tells that the interface or its link went up or down, and sends `RTM_IFINFO`. Returns how
    /// many routes are affected.
    ///
    /// In OpenBSD's profile (`rt_if_track`) every route through the interface but the host's own
    /// addresses is marked and moves behind or before its siblings, all those of one family in one
    /// step. In FreeBSD's (`in_ifadown`) the routes that nobody entered by hand go when it is down.
    ///
    /// # Errors
    /// `ESRCH` if there is no such interface; `ENOBUFS` if there is no room, where families and
    /// tables not reached yet stay as they are.
    pub fn link_changed(&self, index: u16) -> Result<usize, RouteError> {
        self.shared.change(|update| update.link_changed(index))
    }
}

impl Update<'_> {
    fn attach(&mut self, interface: &Arc<dyn Interface>) -> Result<(), RouteError> {
        let refuse = |errno, reason| Err(RouteError::new(errno, None, reason));
        if interface.index() == 0 {
            return refuse(Errno::EINVAL, "an interface's index is 1 or more");
        }
        let mut known = self.control.interfaces.iter();
        if known.any(|of| of.index() == interface.index() || of.name() == interface.name()) {
            return refuse(Errno::EEXIST, "an interface of this index or name is known");
        }
        self.control.interfaces.push(Arc::clone(interface));
        self.announce(&**interface, MessageKind::InterfaceAnnounce, InterfaceEvent::Arrived);
        Ok(())
    }

    fn detach(&mut self, index: u16) -> Result<(usize, Arc<dyn Interface>), RouteError> {
        let interface = self.known(index)?;
        let shared = self.shared;
        let mut count = 0;
        for table in shared.tables.iter() {
            let through = |entry: &RtEntry| entry.interface() == index;
            count += self.delete_all(table, |entry| through(entry) && entry.parent().is_none())?;
            // Clones whose parents leave by another interface.
            self.delete_all(table, through)?;
        }
        self.control.interfaces.retain(|known| known.index() != index);
        self.announce(&*interface, MessageKind::InterfaceAnnounce, InterfaceEvent::Departed);
        Ok((count, interface))
    }

    /// Deletes the routes for which `wanted` says yes, also after one was refused. Returns how
    /// many, or the first refusal.
    fn delete_all(
        &mut self,
        table: &RtTable,
        wanted: impl Fn(&RtEntry) -> bool,
    ) -> Result<usize, RouteError> {
        let (mut count, mut refused) = (0, None);
        for entry in entries(table, wanted) {
            if !entry.is_gone() {
                match self.delete_entry(table, &entry, Silence::AsProfile) {
                    Ok(()) => count += 1,
                    Err(error) => refused = refused.or(Some(error)),
                }
            }
        }
        refused.map_or(Ok(count), Err)
    }

    fn address_added(
        &mut self,
        index: u16,
        address: IpAddr,
        table: u32,
    ) -> Result<RtRef, RouteError> {
        self.known(index)?;
        let flags = RtFlags::HOST | RtFlags::LOCAL;
        let own = RouteInfo {
            gateway: Some(address.into()),
            flags,
            interface: Some(index),
            mtu: Some(0),
            ..RouteInfo::host(address)
        };
        let table = self.table(table)?;
        let rt = self.add(table, &own, Priority::LOCAL)?;
        self.emit_address(MessageKind::NewAddress, table, index, address);
        self.emit_added(&rt);
        Ok(rt)
    }

    fn address_removed(
        &mut self,
        index: u16,
        address: IpAddr,
        table: u32,
    ) -> Result<(), RouteError> {
        self.known(index)?;
        let table = self.table(table)?;
        let own = RouteInfo { gateway: Some(address.into()), ..RouteInfo::host(address) };
        let rt = self.find(table, &own, Priority::LOCAL)?;
        let refuse =
            |errno, reason| Err(RouteError::new(errno, Some(AnyPrefix::host(address)), reason));
        if !rt.flags().contains(RtFlags::LOCAL) {
            return refuse(Errno::ESRCH, "the route is not to an address of the host's own");
        }
        if rt.interface() != index {
            return refuse(Errno::EHOSTUNREACH, "the address is another interface's");
        }
        let before = rt.flags();
        let rt = self.delete(table, &own, Priority::LOCAL)?;
        self.emit_deleted(&rt, before);
        self.emit_address(MessageKind::DeleteAddress, table, index, address);
        Ok(())
    }

    fn link_changed(&mut self, index: u16) -> Result<usize, RouteError> {
        let interface = self.known(index)?;
        let up = interface.is_up();
        let shared = self.shared;
        let mut count = 0;
        for table in shared.tables.iter() {
            count += match shared.profile {
                Profile::OpenBsd => rank(table, index, up)?,
                Profile::FreeBsd if up => 0,
                Profile::FreeBsd => self.prune(table, index)?,
            };
        }
        let event = InterfaceEvent::State { up, link: up, mtu: interface.mtu() };
        self.announce(&*interface, MessageKind::InterfaceInfo, event);
        Ok(count)
    }

    /// FreeBSD: deletes the routes through an interface that is down, but for those entered by hand
    /// and the host's own addresses.
    fn prune(&mut self, table: &RtTable, index: u16) -> Result<usize, RouteError> {
        let stay = RtFlags::STATIC | RtFlags::LOCAL;
        self.delete_all(table, |entry| {
            entry.interface() == index && !entry.flags().intersects(stay)
        })
    }

    fn known(&self, index: u16) -> Result<Arc<dyn Interface>, RouteError> {
        let reason = "no interface of this index";
        self.interface(index).ok_or(RouteError::new(Errno::ESRCH, None, reason))
    }

    fn announce(&self, interface: &dyn Interface, kind: MessageKind, event: InterfaceEvent) {
        self.shared.emit(kind, 0, None, |message| {
            message.flags = RtFlags::empty();
            message.index = interface.index();
            message.event = Some(event);
            message.addresses.interface = Some(link_of(interface));
        });
    }

    fn emit_address(&self, kind: MessageKind, table: &RtTable, index: u16, address: IpAddr) {
        self.shared.emit(kind, table.id, Some(address.into()), |message| {
            message.flags = RtFlags::empty();
            message.index = index;
            message.addresses.interface = self.link_address(index);
            message.addresses.interface_address = Some(address);
        });
    }
}

/// The routes of a table for which `wanted` says yes, in prefix order.
pub(super) fn entries(table: &RtTable, wanted: impl Fn(&RtEntry) -> bool) -> Vec<Arc<RtEntry>> {
    let mut found = Vec::new();
    table.lists(|_, list| {
        found.extend(list.iter().map(|path| &path.entry).filter(|entry| wanted(entry)).cloned());
    });
    found
}

/// OpenBSD: marks the routes through an interface up or down and puts each in its place among its
/// siblings: all of one family in one step, if there is room for that, else prefix by prefix.
fn rank(table: &RtTable, index: u16, up: bool) -> Result<usize, RouteError> {
    let mut families: [Vec<Ranked>; 2] = Default::default();
    table.lists(|prefix, list| {
        let stale = |path: &&Path| is_stale(path, index, up);
        let moved: Vec<Path> = list.iter().filter(stale).cloned().collect();
        if moved.is_empty() {
            return;
        }
        let mut order: Vec<Path> = list.iter().cloned().collect();
        for path in &moved {
            order.retain(|other| !other.entry.is(&path.entry));
            let priority = path.priority.with_down(!up);
            place(&mut order, Path::new(Arc::clone(&path.entry), priority));
        }
        let moved = moved.into_iter().map(|path| path.entry).collect();
        let family = usize::from(matches!(prefix, AnyPrefix::V6(_)));
        families[family].push(Ranked { change: (prefix, Paths::from_order(order)), moved });
    });
    let mut count = 0;
    for ranked in families {
        let changes = ranked.iter().map(|ranked| ranked.change.clone()).collect();
        let together = table.publish(changes).is_ok();
        for Ranked { change, moved } in ranked {
            if !together {
                let again = change.clone();
                table.publish(vec![change]).or_else(|_| {
                    table.routes.reclaim();
                    table.publish(vec![again])
                })?;
            }
            count += moved.len();
            moved.iter().for_each(|entry| entry.mark_up(up));
        }
    }
    Ok(count)
}

/// A list in its new order, and the routes that moved in it.
struct Ranked {
    change: Change,
    moved: Vec<Arc<RtEntry>>,
}

fn is_stale(path: &Path, index: u16, up: bool) -> bool {
    path.entry.interface() == index
        && path.priority.is_down() == up
        && !path.entry.flags().contains(RtFlags::LOCAL)
}
