//! Socket addresses as they follow a header.
//!
//! Each begins with its length and its family and is padded to a multiple of `sizeof(long)`; one of
//! length 0 counts as `sizeof(long)` too.
//!
//! Masks are odd. Those of routes are what the kernels' radix trees store: trailing zero bytes are
//! cut off, a mask of all zeros has length 0, and what precedes the address, family and all, is ones.
//! Those of interfaces are cut off likewise for IPv4, with the right family, and whole for IPv6. Of a
//! mask that is read only the address counts, as far as it is there.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{
    error::{DecodeError, EncodeError, Fault},
    layout::{Field, Layout},
};
use crate::bsd::{
    name::Name,
    sockaddr::{AF_INET, AF_LINK, AF_UNSPEC, LinkAddress, Sockaddr},
};

/// `sizeof(long)`.
const LONG: usize = 8;
/// `sizeof(struct sockaddr)`.
const SOCKADDR_LEN: u8 = 16;
/// `sizeof(struct sockaddr_in)`.
const INET_LEN: u8 = 16;
/// `sizeof(struct sockaddr_in6)`.
const INET6_LEN: u8 = 28;
/// Offset of `sin_addr`.
const INET_AT: usize = 4;
/// Offset of `sin6_addr`.
const INET6_AT: usize = 8;
/// Offset of `sdl_data`.
const LINK_DATA_AT: usize = 8;
const LINK_INDEX: Field = Field::short(2);
const LINK_KIND: Field = Field::byte(4);
const LINK_NAME_LEN: Field = Field::byte(5);
const LINK_ADDRESS_LEN: Field = Field::byte(6);

/// What an address of length `len` takes up.
pub(super) fn padded(len: usize) -> usize {
    len.max(1).next_multiple_of(LONG)
}

/// Appends `address`.
pub(super) fn push(
    bytes: &mut Vec<u8>,
    layout: &Layout,
    address: Sockaddr,
) -> Result<(), EncodeError> {
    match address {
        Sockaddr::Inet(address) => {
            push_parts(bytes, INET_LEN, AF_INET, &[&[0; 2], &address.octets()]);
        }
        Sockaddr::Inet6(address) => {
            push_parts(bytes, INET6_LEN, layout.inet6, &[&[0; 6], &address.octets()]);
        }
        Sockaddr::Link(link) => push_link(bytes, link, layout.link_len),
        Sockaddr::Unspec => push_parts(bytes, 0, AF_UNSPEC, &[]),
        Sockaddr::Other { family } => {
            if [AF_UNSPEC, AF_INET, AF_LINK, layout.inet6].contains(&family) {
                return Err(EncodeError::Family(family));
            }
            push_parts(bytes, SOCKADDR_LEN, family, &[]);
        }
    }
    Ok(())
}

/// Appends `link` as a `sockaddr_dl` of length `len`.
pub(super) fn push_link(bytes: &mut Vec<u8>, link: LinkAddress, len: u8) {
    let name = link.name.as_str().as_bytes();
    let address = link.address.as_ref().map_or(&[][..], |address| address);
    let lens = [name.len() as u8, address.len() as u8, 0];
    let parts: &[&[u8]] = &[&link.index.to_le_bytes(), &[link.kind], &lens, name, address];
    push_parts(bytes, len, AF_LINK, parts);
}

/// A mask of `len` bits for `family`, as a route's or as an interface's.
pub(super) fn push_mask(
    bytes: &mut Vec<u8>,
    layout: &Layout,
    len: u8,
    family: IpAddr,
    of_route: bool,
) -> Result<(), EncodeError> {
    let (whole, at, number) = match family {
        IpAddr::V4(_) => (u128::from(u32::MAX) << 96, INET_AT, AF_INET),
        IpAddr::V6(_) => (u128::MAX, INET6_AT, layout.inet6),
    };
    if u32::from(len) > whole.leading_ones() {
        return Err(EncodeError::MaskLength(len));
    }
    let mask = u128::MAX.checked_shr(len.into()).map_or(u128::MAX, |rest| !rest).to_be_bytes();
    let kept = usize::from(len).div_ceil(8);
    let cut_len = if len == 0 { 0 } else { (at + kept) as u8 };
    if of_route {
        let before = if len == 0 { 0 } else { u8::MAX };
        push_parts(bytes, cut_len, before, &[&[before; INET6_AT - 2][..at - 2], &mask[..kept]]);
    } else if family.is_ipv4() {
        push_parts(bytes, cut_len, number, &[&[0; INET_AT - 2], &mask[..kept]]);
    } else {
        push_parts(bytes, INET6_LEN, number, &[&[0; INET6_AT - 2], &mask]);
    }
    Ok(())
}

/// Appends length, family and `parts`, and zeros up to what an address of that length takes up.
fn push_parts(bytes: &mut Vec<u8>, len: u8, family: u8, parts: &[&[u8]]) {
    let end = bytes.len() + padded(len.into());
    bytes.extend([len, family]);
    parts.iter().for_each(|part| bytes.extend_from_slice(part));
    bytes.resize(end, 0);
}

/// One address of a message that is read: the bytes that its length says, and where they are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Raw<'b> {
    bytes: &'b [u8],
    offset: usize,
}

impl<'b> Raw<'b> {
    /// The address at `offset` of `message`.
    pub(super) fn at(message: &'b [u8], offset: usize) -> Result<Self, DecodeError> {
        let rest = message.get(offset..).unwrap_or_default();
        let missing = DecodeError::new(Fault::Truncated, message.len());
        let &len = rest.first().ok_or(missing)?;
        let error = DecodeError::new(Fault::AddressLength(len), offset);
        let bytes = rest.get(..len.into()).ok_or(error)?;
        Ok(Self { bytes, offset })
    }

    /// Where the next one begins.
    pub(super) fn end(self) -> usize {
        self.offset + padded(self.bytes.len())
    }

    fn error(self, fault: Fault) -> DecodeError {
        DecodeError::new(fault, self.offset)
    }

    fn too_short(self) -> DecodeError {
        self.error(Fault::AddressLength(self.bytes.len() as u8))
    }

    fn family(self) -> u8 {
        self.bytes.get(1).copied().unwrap_or(AF_UNSPEC)
    }

    /// `N` bytes from `at`.
    fn octets<const N: usize>(self, at: usize) -> Result<[u8; N], DecodeError> {
        let bytes = self.bytes.get(at..).and_then(|bytes| bytes.first_chunk());
        bytes.copied().ok_or(self.too_short())
    }

    pub(super) fn sockaddr(self, layout: &Layout) -> Result<Sockaddr, DecodeError> {
        Ok(match self.family() {
            AF_UNSPEC => Sockaddr::Unspec,
            AF_INET => Ipv4Addr::from(self.octets(INET_AT)?).into(),
            AF_LINK => Sockaddr::Link(self.link()?),
            family if family == layout.inet6 => Ipv6Addr::from(self.octets(INET6_AT)?).into(),
            family => Sockaddr::Other { family },
        })
    }

    pub(super) fn ip(self, layout: &Layout) -> Result<IpAddr, DecodeError> {
        self.sockaddr(layout)?.ip().ok_or(self.error(Fault::Family(self.family())))
    }

    pub(super) fn link(self) -> Result<LinkAddress, DecodeError> {
        if self.family() != AF_LINK {
            return Err(self.error(Fault::Family(self.family())));
        }
        let data = self.bytes.get(LINK_DATA_AT..).ok_or(self.too_short())?;
        let len = |field: Field| field.get(self.bytes) as usize;
        let (name_len, address_len) = (len(LINK_NAME_LEN), len(LINK_ADDRESS_LEN));
        let (name, rest) = data.split_at_checked(name_len).ok_or(self.too_short())?;
        let address = rest.get(..address_len).ok_or(self.too_short())?;
        let address = match address.first_chunk() {
            Some(address) if address_len == address.len() => Some(*address),
            None if address_len == 0 => None,
            _ => return Err(self.error(Fault::LinkAddress(address_len as u8))),
        };
        Ok(LinkAddress {
            index: LINK_INDEX.get(self.bytes) as u16,
            kind: LINK_KIND.get(self.bytes) as u8,
            name: name_of(name).ok_or(self.error(Fault::Name))?,
            address,
        })
    }

    /// The length in bits of a mask for `family`.
    pub(super) fn mask(self, family: Option<IpAddr>) -> Result<u8, DecodeError> {
        let (at, width) = match family.ok_or(self.error(Fault::MaskFamily))? {
            IpAddr::V4(_) => (INET_AT, 4),
            IpAddr::V6(_) => (INET6_AT, 16),
        };
        let mut mask = [0; 16];
        let there = self.bytes.iter().skip(at).take(width);
        mask.iter_mut().zip(there).for_each(|(to, &byte)| *to = byte);
        let mask = u128::from_be_bytes(mask);
        if mask.leading_ones() != mask.count_ones() {
            return Err(self.error(Fault::MaskGap));
        }
        Ok(mask.count_ones() as u8)
    }
}

/// The name in `bytes`, which may be none.
pub(super) fn name_of(bytes: &[u8]) -> Option<Name> {
    let text = core::str::from_utf8(bytes).ok()?;
    if text.is_empty() { Some(Name::default()) } else { text.parse().ok() }
}
