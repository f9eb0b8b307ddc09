//! Deleting a route, and the clones made from it.
//!
//! The route and its clones leave the table in one step; if there is no room for that, the clones
//! leave one by one and the route last. They are marked down, the route first, then the clones'
//! messages go out, then the interfaces are told; all before the deletion returns. A lookup that makes a clone holds the same lock as a deletion and looks for its parent
//! under it, so no clone is made from a route that has gone.

use super::{
    add::paths_of,
    edit::Edit,
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
        for path in paths_of(table, prefix).iter().filter(|path| path.entry.is(&rt)) {
            self.delete_entry(table, &path.entry, Silence::Silent)?;
        }
        Ok(rt)
    }

    /// Deletes a route that is in the table, and its clones.
    pub(super) fn delete_entry(
        &mut self,
        table: &RtTable,
        entry: &Arc<RtEntry>,
        silence: Silence,
    ) -> Result<(), RouteError> {
        let tells = self.shared.profile == Profile::OpenBsd;
        let told = |gone: &RtEntry| {
            tells && (silence == Silence::AsProfile || gone.serial() != entry.serial())
        };
        let family: Vec<_> = [Arc::clone(entry)].into_iter().chain(self.fleeting(entry)).collect();
        self.take_out(table, &family, told)
    }

    /// Takes a route and its clones out, as part of an edit.
    pub(super) fn take_out_family(&self, edit: &mut Edit<'_>, entry: &Arc<RtEntry>) {
        edit.take_out(entry);
        self.fleeting(entry).iter().for_each(|clone| edit.take_out(clone));
    }

    /// The clones that go with a route.
    fn fleeting(&self, entry: &RtEntry) -> Vec<Arc<RtEntry>> {
        let mut clones = self.clones_of(entry);
        if self.shared.profile == Profile::FreeBsd {
            clones.retain(|clone| !clone.flags().contains(RtFlags::PINNED));
        }
        clones
    }
}
