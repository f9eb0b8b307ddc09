//! What a request names, and the prefix that it means.

use core::net::IpAddr;

use super::Model;
use crate::{
    AnyPrefix,
    bsd::{Errno, RtFlags, Sockaddr},
};

/// The arguments of a request: `rt_addrinfo`.
#[derive(Clone, Copy, Debug)]
pub struct Info {
    /// The destination.
    pub destination: Sockaddr,
    /// Length of the mask; none for one address.
    pub netmask: Option<u8>,
    /// The gateway.
    pub gateway: Option<Sockaddr>,
    /// The flags.
    pub flags: RtFlags,
    /// The interface to go out by.
    pub interface: Option<u16>,
    /// An address of the interface to go out by.
    pub interface_address: Option<IpAddr>,
    /// The MTU.
    pub mtu: Option<u32>,
    /// When it expires.
    pub expire: Option<u64>,
    /// Of a change: which of [`RtFlags::CHANGEABLE`] to set as in `flags`.
    pub change_mask: RtFlags,
}

impl Info {
    /// A request that names a destination alone.
    pub fn new(destination: impl Into<Sockaddr>, netmask: Option<u8>) -> Self {
        Self {
            destination: destination.into(),
            netmask,
            gateway: None,
            flags: RtFlags::empty(),
            interface: None,
            interface_address: None,
            mtu: None,
            expire: None,
            change_mask: RtFlags::empty(),
        }
    }

    /// The mask, which a request for a host does not have.
    pub(super) fn mask(&self) -> Option<u8> {
        self.netmask.filter(|_| !self.flags.contains(RtFlags::HOST))
    }
}

impl Model {
    /// The prefix of a request: the bits beyond the mask do not count, and without a mask it is
    /// one address.
    pub(super) fn prefix(&self, info: &Info, table: u32) -> Result<AnyPrefix, Errno> {
        if !self.table_exists(table) {
            return Err(Errno::EAFNOSUPPORT);
        }
        let address = info.destination.ip().ok_or(Errno::EAFNOSUPPORT)?;
        let host = AnyPrefix::host(address);
        match info.mask() {
            None => Ok(host),
            Some(len) if len > host.len() => Err(Errno::EINVAL),
            Some(len) => Ok(AnyPrefix::containing(address, len)),
        }
    }
}
