//! Bytes to messages.

use super::{
    address::{self, Raw},
    error::{DecodeError, Fault},
    layout::{
        Field, Form, Header, IFF_UP, KIND, LEAST, LENGTH, Layout, NAME_LEN, RTM_VERSION,
        RouteFields, VERSION,
    },
    layout_of,
};
use crate::bsd::{
    errno::Errno,
    flags::RtFlags,
    message::{Addresses, Inits, InterfaceEvent, LinkAddress, Message, MessageMetrics},
    profile::Profile,
};

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
    let layout = layout_of(profile);
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
    let get = |field: Field| field.get(bytes);
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

fn mtu(field: Field, bytes: &[u8]) -> Result<u32, DecodeError> {
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
