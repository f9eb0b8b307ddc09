//! Messages: what a buffer of netlink bytes holds.
//!
//! A message is a header of 16 bytes (length in 4 with the header included, type and flags in 2
//! each, sequence number and port in 4 each) and a body, padded to 4 bytes. Messages that concern
//! neither routes, next-hop objects, links nor addresses are handed out as
//! [`Event::Other`] and their bodies are not looked at.

use core::net::IpAddr;

use super::{
    error::{DecodeError, DecodeErrorKind},
    object::ObjectMessage,
    route::RouteMessage,
    wire::{self, AF_INET, AF_INET6, Attributes},
};

pub(super) const HEADER: usize = 16;

const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
const NLMSG_OVERRUN: u16 = 4;
const RTM_NEWLINK: u16 = 16;
const RTM_DELLINK: u16 = 17;
pub(super) const RTM_GETLINK: u16 = 18;
const RTM_NEWADDR: u16 = 20;
const RTM_DELADDR: u16 = 21;
pub(super) const RTM_NEWROUTE: u16 = 24;
const RTM_DELROUTE: u16 = 25;
pub(super) const RTM_GETROUTE: u16 = 26;
pub(super) const RTM_GETRULE: u16 = 34;
const RTM_NEWNEXTHOP: u16 = 104;
const RTM_DELNEXTHOP: u16 = 105;
pub(super) const RTM_GETNEXTHOP: u16 = 106;

const LINK_HEADER: usize = 16;
const ADDRESS_HEADER: usize = 8;
const IFF_UP: u32 = 0x1;
const IFF_LOWER_UP: u32 = 0x1_0000;
const IFA_ADDRESS: u16 = 1;
const IFA_LOCAL: u16 = 2;

bitflags::bitflags! {
    /// The flags of a message's header. Those of requests and of answers share bits.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct MessageFlags: u16 {
        /// It is a request.
        const REQUEST = 0x1;
        /// More messages follow, up to `NLMSG_DONE`.
        const MULTI = 0x2;
        /// The sender wants an acknowledgement.
        const ACK = 0x4;
        /// What is dumped changed meanwhile: the dump may lack or repeat something.
        const DUMP_INTR = 0x10;
        /// In an announcement: it replaces what was there.
        const REPLACE = 0x100;
        /// In a request: all of it.
        const DUMP = 0x300;
        /// In an announcement: it was not to replace anything.
        const EXCL = 0x200;
        /// In an announcement: it was made if it was not there.
        const CREATE = 0x400;
        /// In an announcement: it comes behind those that are there.
        const APPEND = 0x800;
        const _ = !0;
    }
}

/// A message's header, without its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The type.
    pub kind: u16,
    /// The flags.
    pub flags: MessageFlags,
    /// The number of the request that it answers, 0 for a notification.
    pub sequence: u32,
    /// The port of the process that asked.
    pub port: u32,
}

/// What a message tells.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A route is there.
    NewRoute(RouteMessage),
    /// A route is gone.
    DelRoute(RouteMessage),
    /// A next-hop object is there.
    NewObject(ObjectMessage),
    /// A next-hop object is gone.
    DelObject(u32),
    /// A link is there.
    NewLink {
        /// Its index.
        interface: u32,
        /// Whether it is administratively up.
        up: bool,
        /// Whether it has a carrier.
        carrier: bool,
    },
    /// A link is gone.
    DelLink(u32),
    /// The machine has an address, or something about it has changed.
    NewAddress(IpAddr),
    /// One of the machine's addresses is gone.
    DelAddress(IpAddr),
    /// The end of a dump, with the negated errno if it failed.
    Done(i32),
    /// A negated errno, or 0 to acknowledge.
    Error(i32),
    /// Messages were lost.
    Overrun,
    /// Something else.
    Other,
}

/// The messages in a buffer: each decoded, or what is wrong with it.
///
/// A message whose body is malformed is reported, and those behind it follow. One whose length is
/// wrong ends the buffer, since nobody knows where the next one would begin.
#[derive(Clone, Debug)]
pub struct Messages<'a> {
    buffer: &'a [u8],
    at: usize,
}

impl<'a> Messages<'a> {
    /// Begins with the first byte of `buffer`.
    pub fn new(buffer: &'a [u8]) -> Self {
        Self { buffer, at: 0 }
    }
}

impl Iterator for Messages<'_> {
    type Item = Result<(Header, Event), DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.buffer.get(self.at..).filter(|rest| !rest.is_empty())?;
        let at = self.at;
        let (header, body) = match split(rest) {
            Ok((header, length)) => {
                self.at += wire::aligned(length);
                (header, rest.get(HEADER..length).unwrap_or(&[]))
            }
            Err((message, kind)) => {
                self.at = self.buffer.len();
                return Some(Err(DecodeError { at, message, kind }));
            }
        };
        let event = decode(header, body);
        let event = event.map_err(|kind| DecodeError { at, message: Some(header.kind), kind });
        Some(event.map(|event| (header, event)))
    }
}

/// The header, and the message's length, which is checked.
fn split(rest: &[u8]) -> Result<(Header, usize), (Option<u16>, DecodeErrorKind)> {
    let field = |at| wire::u32_at(rest, at).map_err(|_| (None, DecodeErrorKind::TruncatedHeader));
    let half = |at| wire::u16_at(rest, at).map_err(|_| (None, DecodeErrorKind::TruncatedHeader));
    let (claimed, sequence, port) = (field(0)?, field(8)?, field(12)?);
    let (kind, flags) = (half(4)?, MessageFlags::from_bits_retain(half(6)?));
    match usize::try_from(claimed) {
        Ok(length) if (HEADER..=rest.len()).contains(&length) => {
            Ok((Header { kind, flags, sequence, port }, length))
        }
        _ => Err((Some(kind), DecodeErrorKind::Length { claimed, available: rest.len() })),
    }
}

fn decode(header: Header, body: &[u8]) -> Result<Event, DecodeErrorKind> {
    let errno = |body| wire::u32_at(body, 0).map(u32::cast_signed);
    Ok(match header.kind {
        RTM_NEWROUTE => RouteMessage::decode(body)?.map_or(Event::Other, Event::NewRoute),
        RTM_DELROUTE => RouteMessage::decode(body)?.map_or(Event::Other, Event::DelRoute),
        RTM_NEWNEXTHOP => Event::NewObject(ObjectMessage::decode(body)?),
        RTM_DELNEXTHOP => Event::DelObject(ObjectMessage::decode(body)?.id),
        RTM_NEWLINK => link(body, |interface, flags| Event::NewLink {
            interface,
            up: flags & IFF_UP != 0,
            carrier: flags & IFF_LOWER_UP != 0,
        })?,
        RTM_DELLINK => link(body, |interface, _| Event::DelLink(interface))?,
        RTM_NEWADDR => address(body)?.map_or(Event::Other, Event::NewAddress),
        RTM_DELADDR => address(body)?.map_or(Event::Other, Event::DelAddress),
        NLMSG_ERROR => Event::Error(errno(body)?),
        // A dump's end carries an errno, except from very old kernels.
        NLMSG_DONE => Event::Done(errno(body).unwrap_or(0)),
        NLMSG_OVERRUN => Event::Overrun,
        _ => Event::Other,
    })
}

/// `struct ifinfomsg` is 16 bytes: family, a spare byte, type in 2, index, flags and mask in 4 each.
/// A bridge tells its ports under its own family; that is not about links.
fn link(body: &[u8], make: impl FnOnce(u32, u32) -> Event) -> Result<Event, DecodeErrorKind> {
    wire::after(body, LINK_HEADER)?;
    if wire::u8_at(body, 0)? != 0 {
        return Ok(Event::Other);
    }
    Ok(make(wire::u32_at(body, 4)?, wire::u32_at(body, 8)?))
}

/// `struct ifaddrmsg` is 8 bytes. With a peer `IFA_ADDRESS` is the other side's address, and
/// `IFA_LOCAL` is this side's.
fn address(body: &[u8]) -> Result<Option<IpAddr>, DecodeErrorKind> {
    let family = wire::u8_at(body, 0)?;
    let attributes = wire::after(body, ADDRESS_HEADER)?;
    if !matches!(family, AF_INET | AF_INET6) {
        return Ok(None);
    }
    let (mut local, mut address) = (None, None);
    for attribute in Attributes::new(attributes) {
        let attribute = attribute?;
        match attribute.kind {
            IFA_ADDRESS => address = Some(attribute.address_of(family)?),
            IFA_LOCAL => local = Some(attribute.address_of(family)?),
            _ => {}
        }
    }
    Ok(local.or(address))
}
