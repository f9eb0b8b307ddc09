//! Deleting a route, and the clones made from it.
//!
//! The route and its clones leave the table in one step. Then they are marked down, the route
//! first, then the interfaces are told, then the clones' messages go out; all before the deletion
//! returns. A lookup that makes a clone holds the same lock as a deletion and looks for its parent
//! under it, so no clone is made from a route that has gone.

use super::{
    entry::RtEntry,
    errno::{Errno, RouteError},
    flags::RtFlags,
    priority::Priority,
    profile::Profile,
    reference::RtRef,
    request::RouteInfo,
    tables::RtTable,
    update::Update,
};
use std::sync::Arc;

/// Whether deleting a route tells of the route itself; its clones' messages follow the profile.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Silence {
    /// Nothing is said of the route.
    Silent,
    /// As OpenBSD's `rtdeletemsg`; FreeBSD's profile stays silent.
    AsProfile,
}

impl Update<'_> {
    pub(super) fn delete(
        &mut self,
        table: &RtTable,
        info: &RouteInfo,
        priority: Priority,
    ) -> Result<RtRef, RouteError> {
        let prefix = info.prefix()?;
        let rt = self.find(table, info, priority)?;
        if self.shared.profile == Profile::OpenBsd {
            if rt.flags().contains(RtFlags::MPATH) && info.gateway.is_none() {
                let reason = "of several routes of one priority, the gateway must be named";
                return Err(RouteError::new(Errno::ESRCH, Some(prefix), reason));
            }
            let own = RtFlags::LOCAL | RtFlags::BROADCAST;
            if rt.flags().intersects(own) && priority != Priority::LOCAL {
                let reason = "the host's own address";
                return Err(RouteError::new(Errno::EINVAL, Some(prefix), reason));
            }
        }
        let list = self.paths(table, prefix);
        for path in list.iter().filter(|path| path.entry.serial() == rt.serial()) {
            self.delete_entry(table, &path.entry, Silence::Silent)?;
        }
        Ok(rt)
    }

    /// Deletes a route that is in the table.
    pub(super) fn delete_entry(
        &mut self,
        table: &RtTable,
        entry: &Arc<RtEntry>,
        silence: Silence,
    ) -> Result<(), RouteError> {
        let mut clones = self.clones_of(entry);
        if self.shared.profile == Profile::FreeBsd {
            clones.retain(|clone| !clone.flags().contains(RtFlags::PINNED));
        }
        let told = match (self.shared.profile, silence) {
            (Profile::FreeBsd, _) => Vec::new(),
            (Profile::OpenBsd, Silence::Silent) => clones.clone(),
            (Profile::OpenBsd, Silence::AsProfile) => {
                clones.iter().chain([entry]).cloned().collect()
            }
        };
        let before: Vec<RtFlags> = told.iter().map(|entry| entry.flags()).collect();
        let victims: Vec<_> = [Arc::clone(entry)].into_iter().chain(clones).collect();
        self.withdraw(table, &victims)?;
        for (entry, flags) in told.iter().zip(before) {
            self.emit_deleted(entry, flags);
        }
        Ok(())
    }
}
