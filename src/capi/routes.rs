//! Routes: prefixes, next hops, and changes of one route.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{
    status::{Status, contained, given},
    table::CTable,
};
use crate::{any_prefix::AnyPrefix, nexthop::NextHop, route::Route};

/// The family of an IPv4 address.
pub const IPV4: u32 = 4;
/// The family of an IPv6 address.
pub const IPV6: u32 = 6;

/// A prefix.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CPrefix {
    /// RTALLOC_IPV4 or RTALLOC_IPV6.
    pub family: u32,
    /// The length in bits: up to 32 or 128.
    pub length: u32,
    /// The address as it stands in a packet, the first byte first: 4 or 16 bytes. The bits past the
    /// length are zero.
    pub address: [u8; 16],
}

/// Where packets go: a gateway, an interface, or both. Two next hops are the same if all that is used
/// of them is the same.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CNextHop {
    /// The interface's index, or any number by which the caller knows the way out; 0 for none.
    pub interface: u32,
    /// The gateway's family, which need not be the route's: RTALLOC_IPV4, RTALLOC_IPV6, or 0 for no
    /// gateway.
    pub family: u32,
    /// The gateway as it stands in a packet, the first byte first: 4 or 16 bytes.
    pub gateway: [u8; 16],
}

/// Adds a route, or changes where the route of the prefix goes. Lookups see it at one instant.
///
/// # Safety
/// `table` comes from rtalloc_open() and is not closed; `prefix` and `next_hop` point to what they are
/// named for.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtalloc_add(
    table: *mut CTable,
    prefix: *const CPrefix,
    next_hop: *const CNextHop,
) -> Status {
    contained(|| {
        // SAFETY: the caller says that a table is there.
        let CTable(table) = unsafe { given(table) }?;
        // SAFETY: the caller says that a prefix is there.
        let prefix = unsafe { given(prefix) }?.prefix()?;
        // SAFETY: the caller says that a next hop is there.
        let next_hop = unsafe { given(next_hop) }?.next_hop()?;
        match prefix {
            AnyPrefix::V4(prefix) => table.v4().insert(prefix, Route::via(next_hop))?,
            AnyPrefix::V6(prefix) => table.v6().insert(prefix, Route::via(next_hop))?,
        };
        Ok(())
    })
}

/// Deletes the route of exactly this prefix, or returns RTALLOC_STATUS_NOT_FOUND. Lookups see it at one
/// instant. What the route took is freed later, when no reader can be looking at it.
///
/// # Safety
/// `table` comes from rtalloc_open() and is not closed; `prefix` points to a prefix.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtalloc_delete(table: *mut CTable, prefix: *const CPrefix) -> Status {
    contained(|| {
        // SAFETY: the caller says that a table is there.
        let CTable(table) = unsafe { given(table) }?;
        // SAFETY: the caller says that a prefix is there.
        let prefix = unsafe { given(prefix) }?.prefix()?;
        let removed = match prefix {
            AnyPrefix::V4(prefix) => table.v4().remove(prefix)?,
            AnyPrefix::V6(prefix) => table.v6().remove(prefix)?,
        };
        removed.map(drop).ok_or(Status::NotFound)
    })
}

/// The address of a family in the first bytes.
fn address(family: u32, bytes: [u8; 16]) -> Option<IpAddr> {
    let [a, b, c, d, ..] = bytes;
    match family {
        IPV4 => Some(IpAddr::V4(Ipv4Addr::new(a, b, c, d))),
        IPV6 => Some(IpAddr::V6(Ipv6Addr::from(bytes))),
        _ => None,
    }
}

impl CPrefix {
    fn prefix(&self) -> Result<AnyPrefix, Status> {
        let address = address(self.family, self.address).ok_or(Status::Prefix)?;
        let length = u8::try_from(self.length).map_err(|_| Status::Prefix)?;
        AnyPrefix::new(address, length).map_err(|_| Status::Prefix)
    }
}

impl CNextHop {
    pub(super) fn next_hop(&self) -> Result<NextHop, Status> {
        let gateway = match self.family {
            0 => None,
            family => Some(address(family, self.gateway).ok_or(Status::Argument)?),
        };
        Ok(NextHop { gateway, interface: self.interface })
    }
}

impl From<NextHop> for CNextHop {
    fn from(next_hop: NextHop) -> Self {
        let mut made = Self { interface: next_hop.interface, ..Self::default() };
        match next_hop.gateway {
            Some(IpAddr::V4(gateway)) => {
                made.family = IPV4;
                made.gateway[..4].copy_from_slice(&gateway.octets());
            }
            Some(IpAddr::V6(gateway)) => {
                made.family = IPV6;
                made.gateway = gateway.octets();
            }
            None => {}
        }
        made
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn next_hops_come_back_as_they_went_in() {
        let hops = ["192.0.2.1", "2001:db8::1"].map(|text| text.parse().unwrap());
        for gateway in [None, Some(hops[0]), Some(hops[1])] {
            let next_hop = NextHop { gateway, interface: 7 };
            assert_eq!(CNextHop::from(next_hop).next_hop(), Ok(next_hop));
        }
        let odd = CNextHop { family: 5, ..CNextHop::default() };
        assert_eq!(odd.next_hop(), Err(Status::Argument));
    }

    #[test]
    fn what_is_no_prefix_is_refused() {
        let mut address = [0; 16];
        address[..4].copy_from_slice(&[10, 0, 0, 1]);
        for (family, length) in
            [(IPV4, 8), (IPV4, 33), (IPV4, 288), (IPV6, 129), (IPV6, 16), (5, 8)]
        {
            let prefix = CPrefix { family, length, address };
            assert_eq!(prefix.prefix(), Err(Status::Prefix), "{prefix:?}");
        }
        let host = CPrefix { family: IPV4, length: 32, address }.prefix();
        assert_eq!(host.map(|prefix| prefix.to_string()), Ok("10.0.0.1/32".to_owned()));
        // What lies past an IPv4 address is not looked at.
        address[15] = 1;
        assert!(CPrefix { family: IPV4, length: 32, address }.prefix().is_ok());
    }
}
