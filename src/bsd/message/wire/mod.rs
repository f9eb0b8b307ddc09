//! Messages in memory, byte for byte as a routing socket has them on amd64.
//!
//! [`encode`](encode()) writes what OpenBSD 5.7 and FreeBSD 7 write, as far as a
//! [`Message`](super::Message) carries it: what it has nothing for is zero (statistics of interfaces,
//! metrics that neither kernel keeps), and what the layout has no place for is left out (tables and
//! priorities in FreeBSD's). [`decode`](decode()) and [`messages`] read it. Bytes from anywhere are safe to
//! read: what is not a message is refused with what is wrong and where. Addresses that a message has
//! no place for (OpenBSD's labels and sources) are skipped.
//!
//! The numbers are little endian, whatever machine this runs on. Scopes that IPv6 addresses may have
//! embedded in them are left as they are.

mod address;
mod decode;
mod encode;
mod error;
mod freebsd;
mod layout;
mod openbsd;
#[cfg(all(test, not(rtalloc_loom)))]
mod tests;

use core::net::IpAddr;

pub(super) use self::encode::len;
use self::layout::Layout;
pub use self::{
    decode::{Messages, decode, messages},
    encode::encode,
    error::{DecodeError, EncodeError, Fault},
};
use super::Addresses;
use crate::bsd::profile::Profile;

fn layout_of(profile: Profile) -> &'static Layout {
    match profile {
        Profile::OpenBsd => &openbsd::LAYOUT,
        Profile::FreeBsd => &freebsd::LAYOUT,
    }
}

impl Addresses {
    /// The internet address by whose family the masks go.
    pub(super) fn mask_family(&self) -> Option<IpAddr> {
        match self.destination {
            Some(destination) => destination.ip(),
            None => self.interface_address,
        }
    }
}
