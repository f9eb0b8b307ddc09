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
        self.announce(MessageKind::InterfaceAnnounce, &*interface, InterfaceEvent::Arrived);
        self.interfaces.push(interface);
        Ok(())
    }

    /// An interface leaves, and its routes with it. Returns how many, clones not counted.
    pub fn detach(&mut self, index: u16) -> Result<usize, Errno> {
        let interface = self.interface(index).ok_or(Errno::ESRCH)?;
        let mut count = 0;
        let tables: Vec<u32> = self.tables.iter().map(|table| table.id).collect();
        for table in tables {
            // Clones go with their parents; then those whose parents leave by another interface.
            for clones in [false, true] {
                for id in self.all_of(table) {
                    let route = self.route(id);
                    let it = route.interface == index && route.parent.is_some() == clones;
                    if it && route.attached {
                        self.remove_telling(id);
                        count += usize::from(!clones);
                    }
                }
            }
        }
        self.interfaces.retain(|known| known.index() != index);
        self.announce(MessageKind::InterfaceAnnounce, &*interface, InterfaceEvent::Departed);
        Ok(count)
    }

    pub(super) fn interface(&self, index: u16) -> Option<Arc<dyn Interface>> {
        self.interfaces.iter().find(|interface| interface.index() == index).cloned()
    }

    /// The interface as messages name it.
    pub(super) fn link_address(&self, index: u16) -> Option<LinkAddress> {
        self.interface(index).map(|interface| named(&*interface))
    }

    pub(super) fn announce(
        &mut self,
        kind: MessageKind,
        interface: &dyn Interface,
        event: InterfaceEvent,
    ) {
        let mut message = Message::new(kind, 0);
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
