//! Messages in memory, byte for byte as a routing socket has them on amd64.
//!
//! [`encode`] writes what OpenBSD 5.7 and FreeBSD 7 write, as far as a [`Message`] carries it: what
//! it has nothing for is zero (statistics of interfaces, metrics that neither kernel keeps), and what
//! the layout has no place for is left out (tables and priorities in FreeBSD's). [`decode`] and
//! [`messages`] read it. Bytes from anywhere are safe to read: what is not a message is refused with
//! what is wrong and where. Addresses that a message has no place for (OpenBSD's labels and sources)
//! are skipped.
//!
//! The numbers are little endian, whatever machine this runs on. Scopes that IPv6 addresses may have
//! embedded in them are left as they are.

mod address;
mod error;
mod freebsd;
mod layout;
mod openbsd;
#[cfg(all(test, not(rtalloc_loom)))]
mod tests;

use core::net::IpAddr;

pub use self::error::{DecodeError, EncodeError, Fault};
use self::{
    address::Raw,
    layout::{
        Form, Header, IFF_UP, KIND, LEAST, LENGTH, Layout, NAME_LEN, RTM_VERSION, RouteFields,
        VERSION,
    },
};
use super::{Addresses, Inits, InterfaceEvent, LinkAddress, Message, MessageMetrics};
use crate::bsd::{errno::Errno, flags::RtFlags, profile::Profile};

fn layout(profile: Profile) -> &'static Layout {
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

/// The bytes of `message` in `profile`'s layout.
///
/// # Errors
/// If the layout has no place for something that must have one: see [`EncodeError`].
pub fn encode(profile: Profile, message: &Message) -> Result<Vec<u8>, EncodeError> {
    let layout = layout(profile);
    let kind = message.kind;
    let number = layout.number(kind).ok_or(EncodeError::Kind(kind, profile))?;
    let form = Form::of(kind);
    let header = layout.header(form);
    let mut bytes = vec![0; header.size];
    let present = match header.addresses {
        Some(_) => push_addresses(&mut bytes, layout, form, &message.addresses)?,
        None => 0,
    };
    let len = bytes.len() as u64;
    LENGTH.set(&mut bytes, len);
    VERSION.set(&mut bytes, RTM_VERSION.into());
    KIND.set(&mut bytes, number.into());
    header.index.set(&mut bytes, message.index.into());
    let common = [
        (layout.header_len, header.size as u64),
        (header.table, message.table.into()),
        (header.flags, message.flags.to_wire(profile).into()),
        (header.addresses, present.into()),
    ];
    for (field, number) in common {
        if let Some(field) = field {
            field.set(&mut bytes, number);
        }
    }
    match form {
        Form::Route => set_route(&mut bytes, profile, &layout.route.1, message),
        Form::Address => {}
        Form::Interface => {
            let Some(InterfaceEvent::State { up, link, mtu }) = message.event else {
                return Err(EncodeError::Event(kind));
            };
            if let Some(flags) = header.flags {
                flags.set(&mut bytes, if up { IFF_UP } else { 0 });
            }
            let state = if link { layout.link_up } else { layout.link_down };
            layout.interface.1.link_state.set(&mut bytes, state.into());
            layout.interface.1.mtu.set(&mut bytes, mtu.into());
        }
        Form::Announce => {
            let what = match message.event {
                Some(InterfaceEvent::Arrived) => 0,
                Some(InterfaceEvent::Departed) => 1,
                _ => return Err(EncodeError::Event(kind)),
            };
            layout.announce.1.what.set(&mut bytes, what);
            let name = message.addresses.interface.map(|link| link.name).unwrap_or_default();
            let to = bytes.iter_mut().skip(layout.announce.1.name);
            to.zip(name.as_str().bytes()).for_each(|(to, byte)| *to = byte);
        }
    }
    Ok(bytes)
}

/// How many bytes `message` has, or just its header if it cannot be encoded.
pub(super) fn len(profile: Profile, message: &Message) -> usize {
    let header = layout(profile).header(Form::of(message.kind)).size;
    encode(profile, message).map_or(header, |bytes| bytes.len())
}

fn set_route(bytes: &mut [u8], profile: Profile, fields: &RouteFields, message: &Message) {
    let errno = message.errno.map_or(0, |errno| errno.number(profile));
    let numbers = [
        (fields.change_mask, message.change_mask.to_wire(profile).into()),
        (fields.pid, message.pid.into()),
        (fields.seq, message.seq.into()),
        (fields.errno, errno as u64),
        (fields.inits, message.inits.bits().into()),
        (fields.locks, message.locks.bits().into()),
        (fields.mtu, message.metrics.mtu.into()),
        (fields.expire, message.metrics.expire),
        (fields.used, message.metrics.used),
    ];
    for (field, number) in numbers {
        field.set(bytes, number);
    }
    if let Some(priority) = fields.priority {
        priority.set(bytes, message.priority.into());
    }
}

/// Appends the addresses in the order of their bits, and returns the bits.
fn push_addresses(
    bytes: &mut Vec<u8>,
    layout: &Layout,
    form: Form,
    addresses: &Addresses,
) -> Result<u32, EncodeError> {
    let family = addresses.mask_family();
    let mask = |bytes: &mut Vec<u8>, len| {
        let family = family.ok_or(EncodeError::MaskFamily)?;
        address::push_mask(bytes, layout, len, family, form == Form::Route)
    };
    let mut present = 0;
    for bit in 0..8 {
        let before = bytes.len();
        match bit {
            0 => push_each(addresses.destination, |it| address::push(bytes, layout, it)),
            1 => push_each(addresses.gateway, |it| address::push(bytes, layout, it)),
            2 => push_each(addresses.netmask, |len| mask(bytes, len)),
            3 => push_each(addresses.genmask, |len| mask(bytes, len)),
            4 => push_each(addresses.interface, |link| {
                address::push_link(bytes, link, layout.interface_link_len);
                Ok(())
            }),
            5 => {
                push_each(addresses.interface_address, |it| address::push(bytes, layout, it.into()))
            }
            6 => push_each(addresses.author, |it| address::push(bytes, layout, it)),
            _ => push_each(addresses.broadcast, |it| address::push(bytes, layout, it.into())),
        }?;
        if bytes.len() > before {
            present |= 1 << bit;
        }
    }
    Ok(present)
}

fn push_each<T>(
    address: Option<T>,
    push: impl FnOnce(T) -> Result<(), EncodeError>,
) -> Result<(), EncodeError> {
    address.map_or(Ok(()), push)
}

/// The one message that `bytes` are, in `profile`'s layout.
///
/// # Errors
/// [`DecodeError`] with what is wrong and where, if they are not just that.
pub fn decode(profile: Profile, bytes: &[u8]) -> Result<Message, DecodeError> {
    if bytes.len() < LEAST {
        return Err(DecodeError::new(Fault::Truncated, bytes.len()));
    }
    let len = LENGTH.get(bytes) as u16;
    if usize::from(len) != bytes.len() {
        return Err(DecodeError::new(Fault::Length(len), LENGTH.at));
    }
    let version = VERSION.get(bytes) as u8;
    if version != RTM_VERSION {
        return Err(DecodeError::new(Fault::Version(version), VERSION.at));
    }
    let layout = layout(profile);
    if layout.longest.is_some_and(|longest| bytes.len() > longest) {
        return Err(DecodeError::new(Fault::TooLong(len), LENGTH.at));
    }
    let number = KIND.get(bytes) as u8;
    let kind = layout.kind(number).ok_or(DecodeError::new(Fault::Kind(number), KIND.at))?;
    let form = Form::of(kind);
    let header = layout.header(form);
    if bytes.len() < header.size {
        return Err(DecodeError::new(Fault::Truncated, bytes.len()));
    }
    let table = header.table.map_or(Ok(0), |field| {
        let table = field.get(bytes);
        u8::try_from(table).map_err(|_| DecodeError::new(Fault::Table(table), field.at))
    })?;
    let mut message = Message::new(kind, table);
    message.index = header.index.get(bytes) as u16;
    let start = addresses_start(layout, header, bytes)?;
    if let Some(field) = header.addresses {
        message.addresses = addresses_at(layout, bytes, start, field.get(bytes) as u32)?;
    }
    let flags = header.flags.map_or(0, |field| field.get(bytes));
    match form {
        Form::Route => {
            message.flags = RtFlags::from_wire(profile, flags as u32);
            get_route(&mut message, profile, &layout.route.1, bytes)?;
        }
        Form::Address => message.flags = RtFlags::from_wire(profile, flags as u32),
        Form::Interface => {
            let fields = &layout.interface.1;
            message.event = Some(InterfaceEvent::State {
                up: flags & IFF_UP != 0,
                link: (layout.is_link_up)(fields.link_state.get(bytes) as u8),
                mtu: mtu(fields.mtu, bytes)?,
            });
        }
        Form::Announce => {
            let fields = &layout.announce.1;
            let what = fields.what.get(bytes);
            message.event = Some(match what {
                0 => InterfaceEvent::Arrived,
                1 => InterfaceEvent::Departed,
                _ => return Err(DecodeError::new(Fault::What(what), fields.what.at)),
            });
            let name = bytes.get(fields.name..).unwrap_or_default();
            let name = name.get(..NAME_LEN).unwrap_or(name).split(|&byte| byte == 0).next();
            let name = name.and_then(address::name_of);
            let name = name.ok_or(DecodeError::new(Fault::Name, fields.name))?;
            if !name.is_empty() {
                let link = LinkAddress { index: message.index, name, ..LinkAddress::default() };
                message.addresses.interface = Some(link);
            }
        }
    }
    Ok(message)
}

/// Where the addresses begin. A header may be longer than it is known here, and in requests of old
/// programs its length is 0.
fn addresses_start(layout: &Layout, header: &Header, bytes: &[u8]) -> Result<usize, DecodeError> {
    let Some(field) = layout.header_len else { return Ok(header.size) };
    let len = field.get(bytes) as u16;
    match usize::from(len) {
        0 => Ok(header.size),
        said if (header.size..=bytes.len()).contains(&said) => Ok(said),
        _ => Err(DecodeError::new(Fault::HeaderLength(len), field.at)),
    }
}

fn get_route(
    message: &mut Message,
    profile: Profile,
    fields: &RouteFields,
    bytes: &[u8],
) -> Result<(), DecodeError> {
    let get = |field: layout::Field| field.get(bytes);
    message.priority = fields.priority.map_or(0, get) as u8;
    message.change_mask = RtFlags::from_wire(profile, get(fields.change_mask) as u32);
    message.pid = get(fields.pid) as u32;
    message.seq = get(fields.seq) as u32;
    message.inits = Inits::from_bits_truncate(get(fields.inits) as u32);
    message.locks = Inits::from_bits_truncate(get(fields.locks) as u32);
    message.metrics = MessageMetrics {
        mtu: mtu(fields.mtu, bytes)?,
        expire: get(fields.expire),
        used: get(fields.used),
    };
    let errno = get(fields.errno) as u32 as i32;
    if errno != 0 {
        let known = Errno::from_number(profile, errno);
        let unknown = DecodeError::new(Fault::Errno(errno), fields.errno.at);
        message.errno = Some(known.ok_or(unknown)?);
    }
    Ok(())
}

fn mtu(field: layout::Field, bytes: &[u8]) -> Result<u32, DecodeError> {
    let mtu = field.get(bytes);
    u32::try_from(mtu).map_err(|_| DecodeError::new(Fault::Mtu(mtu), field.at))
}

fn addresses_at(
    layout: &Layout,
    bytes: &[u8],
    start: usize,
    present: u32,
) -> Result<Addresses, DecodeError> {
    let mut raw: [Option<Raw<'_>>; 8] = [None; 8];
    let mut at = start;
    for bit in (0..u32::BITS).filter(|bit| present & layout.addresses & 1 << bit != 0) {
        let address = Raw::at(bytes, at)?;
        at = address.end();
        if let Some(place) = raw.get_mut(bit as usize) {
            *place = Some(address);
        }
    }
    let [destination, gateway, netmask, genmask, interface, own, author, broadcast] = raw;
    let sockaddr = |raw: Option<Raw<'_>>| raw.map(|raw| raw.sockaddr(layout)).transpose();
    let ip = |raw: Option<Raw<'_>>| raw.map(|raw| raw.ip(layout)).transpose();
    let mut addresses = Addresses {
        destination: sockaddr(destination)?,
        gateway: sockaddr(gateway)?,
        interface: interface.map(Raw::link).transpose()?,
        interface_address: ip(own)?,
        author: sockaddr(author)?,
        broadcast: ip(broadcast)?,
        ..Addresses::default()
    };
    let family = addresses.mask_family();
    addresses.netmask = netmask.map(|raw| raw.mask(family)).transpose()?;
    addresses.genmask = genmask.map(|raw| raw.mask(family)).transpose()?;
    Ok(addresses)
}

/// The messages of a buffer that holds several, one after the other, in `profile`'s layout.
pub fn messages(profile: Profile, bytes: &[u8]) -> Messages<'_> {
    Messages { profile, bytes, offset: 0 }
}

/// The messages of a buffer: see [`messages`].
///
/// A message that cannot be read gives an error, with its place in the whole buffer, and is skipped
/// by the length that it says. The iterator ends after a length that cannot be.
#[derive(Clone, Debug)]
pub struct Messages<'b> {
    profile: Profile,
    bytes: &'b [u8],
    offset: usize,
}

impl Iterator for Messages<'_> {
    type Item = Result<Message, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.offset;
        let rest = self.bytes.get(start..).filter(|rest| !rest.is_empty())?;
        let len = usize::from(LENGTH.get(rest) as u16);
        let whole = if len < LEAST { None } else { rest.get(..len) };
        // Without a length to go by, all of the rest is one bad message.
        self.offset += whole.unwrap_or(rest).len();
        Some(decode(self.profile, whole.unwrap_or(rest)).map_err(|error| error.after(start)))
    }
}
