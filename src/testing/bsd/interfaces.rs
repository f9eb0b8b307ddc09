//! Interfaces that come and go.

use std::sync::Arc;

use super::Model;
use crate::bsd::{
    Errno, Interface, LinkAddress,
    message::{InterfaceEvent, Message, MessageKind},
};

impl Model {
    /// An interface arrives.
    pub fn attach(&mut self, interface: Arc<dyn Interface>) -> Result<(), Errno> {
        if interface.index() == 0 {
            return Err(Errno::EINVAL);
        }
        let taken = |known: &Arc<dyn Interface>| {
            known.index() == interface.index() || known.name() == interface.name()
        };
        if self.interfaces.iter().any(taken) {
            return Err(Errno::EEXIST);
        }
        self.announce(&*interface, InterfaceEvent::Arrived);
        self.interfaces.push(interface);
        Ok(())
    }

    /// An interface leaves, and its routes with it. Returns how many.
    pub fn detach(&mut self, index: u16) -> Result<usize, Errno> {
        let interface = self.interface(index).ok_or(Errno::ESRCH)?;
        let before = self.all();
        for id in &before {
            if self.route(*id).attached && self.route(*id).interface == index {
                self.remove_telling(*id);
            }
        }
        self.interfaces.retain(|known| known.index() != index);
        self.announce(&*interface, InterfaceEvent::Departed);
        Ok(before.into_iter().filter(|id| !self.route(*id).attached).count())
    }

    pub(super) fn interface(&self, index: u16) -> Option<Arc<dyn Interface>> {
        self.interfaces.iter().find(|interface| interface.index() == index).cloned()
    }

    /// The interface as messages name it.
    pub(super) fn link_address(&self, index: u16) -> Option<LinkAddress> {
        self.interface(index).map(|interface| named(&*interface))
    }

    fn announce(&mut self, interface: &dyn Interface, event: InterfaceEvent) {
        let mut message = Message::new(MessageKind::InterfaceAnnounce, 0);
        message.index = interface.index();
        message.addresses.interface = Some(named(interface));
        message.event = Some(event);
        self.sent.push(message);
    }
}

fn named(interface: &dyn Interface) -> LinkAddress {
    LinkAddress {
        index: interface.index(),
        kind: interface.kind(),
        name: interface.name(),
        address: None,
    }
}
