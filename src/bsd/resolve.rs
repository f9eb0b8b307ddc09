//! Lookups that make clones, behind the lock of changes.
//!
//! A reader that finds a cloning route comes here, out of its section. It looks again, with the
//! lock held: another reader may have made the clone meanwhile, and then that one is returned, or
//! the cloning route may have gone, and then what is there instead. So a destination has one clone
//! and one message whoever races, and no clone is made from a route that is no longer in the table.

use core::net::IpAddr;

use super::{
    edit::Edit,
    entry::{Draft, RtEntry},
    errno::{Errno, RouteError},
    flags::RtFlags,
    interface::LinkRequest,
    priority::Priority,
    profile::Profile,
    reference::RtRef,
    request::RouteInfo,
    tables::RtTable,
    update::Update,
};
use std::sync::Arc;

use crate::any_prefix::AnyPrefix;

impl Update<'_> {
    /// The longest match of `dst`; of a cloning route the clone, which is made if need be. With
    /// `report` messages are sent as for `RT_REPORT`.
    pub(super) fn resolve(&mut self, table: &RtTable, dst: IpAddr, report: bool) -> Option<RtRef> {
        let Some(list) = table.longest(dst) else {
            if report {
                self.shared.emit_miss(table.id.into(), dst.into(), None);
            }
            return None;
        };
        let parent = Arc::clone(&list.data().head().entry);
        if !parent.flags().contains(RtFlags::CLONING) {
            return Some(RtRef::new(list, 0));
        }
        match self.make_clone(table, &parent, dst) {
            Ok(clone) => {
                let outside = clone.flags().contains(RtFlags::XRESOLVE);
                match (outside, report) {
                    (true, true) => self.shared.emit_resolve(table.id, dst.into()),
                    (true, false) => {}
                    (false, _) => self.emit_added(&clone),
                }
                Some(clone)
            }
            Err(error) => {
                if report {
                    self.shared.emit_miss(table.id.into(), dst.into(), Some(error.errno()));
                }
                Some(RtRef::new(list, 0))
            }
        }
    }

    /// `RTM_RESOLVE` as a request: makes the clone and says nothing.
    pub(super) fn resolve_request(
        &mut self,
        table: &RtTable,
        info: &RouteInfo,
    ) -> Result<RtRef, RouteError> {
        // A clone is for one address, whatever mask the request has.
        let prefix = RouteInfo { netmask: None, ..*info }.prefix()?;
        let refuse = |errno, reason| Err(RouteError::new(errno, Some(prefix), reason));
        let dst = prefix.address();
        let Some(list) = table.longest(dst) else {
            return refuse(Errno::EINVAL, "no route to make a clone from");
        };
        let parent = Arc::clone(&list.data().head().entry);
        if !parent.flags().contains(RtFlags::CLONING) {
            return refuse(Errno::EINVAL, "the route is no cloning route");
        }
        self.make_clone(table, &parent, dst)
    }

    fn make_clone(
        &mut self,
        table: &RtTable,
        parent: &Arc<RtEntry>,
        dst: IpAddr,
    ) -> Result<RtRef, RouteError> {
        let prefix = AnyPrefix::host(dst);
        let refuse = |errno, reason| Err(RouteError::new(errno, Some(prefix), reason));
        let freebsd = self.shared.profile == Profile::FreeBsd;
        let same_place = parent.destination() == prefix;
        if freebsd && same_place {
            return refuse(Errno::EEXIST, "the cloning route is a host route itself");
        }
        let Some(interface) = self.interface(parent.interface()) else {
            return refuse(Errno::ENETUNREACH, "the cloning route's interface is gone");
        };
        let mut flags = parent.flags() - RtFlags::CLONING - RtFlags::STATIC - RtFlags::MPATH;
        flags |= RtFlags::CLONED | RtFlags::HOST;
        let up = freebsd || interface.is_up() || flags.contains(RtFlags::LOCAL);
        flags.set(RtFlags::UP, up);
        let mut priority = parent.priority().with_down(!up && !freebsd);
        if same_place {
            // As the ART tables do it: the clone comes before what it was cloned from, also while
            // an interface is down that routing has not been told of yet.
            let parent = parent.priority();
            let Some(before) = parent.masked().number().checked_sub(1).filter(|n| *n > 0) else {
                return refuse(Errno::EEXIST, "no priority is better than the cloning route's");
            };
            priority = Priority::new(before).with_down(parent.is_down());
        }
        let mut draft = Draft {
            prefix,
            table: table.id,
            flags,
            priority,
            hop: *parent.hop(),
            mtu: parent.mtu(),
            expire: parent.expire(),
            parent: Some(Arc::clone(parent)),
        };
        if same_place {
            self.refuse_duplicate(table, &draft, true)?;
        }
        let mut edit = Edit::new(table);
        if let Some(oldest) = self.choose_to_evict(parent, prefix)? {
            edit.take_out(&oldest);
        }
        self.ask_link(LinkRequest::Resolve, &mut draft);
        draft.flags.remove(RtFlags::CLONING);
        self.insert(edit, draft, if freebsd { 0 } else { parent.uses() })
    }

    /// The clone of `parent` that makes way for one more, if there are as many as may be.
    fn choose_to_evict(
        &mut self,
        parent: &RtEntry,
        prefix: AnyPrefix,
    ) -> Result<Option<Arc<RtEntry>>, RouteError> {
        let most = self.shared.clones_per_parent;
        if most == 0 {
            let reason = "clones are switched off";
            return Err(RouteError::new(Errno::ENOBUFS, Some(prefix), reason));
        }
        let brood = self.control.broods.get_mut(&parent.serial());
        Ok(brood.filter(|brood| brood.len() >= most).and_then(|brood| brood.choose()))
    }
}
