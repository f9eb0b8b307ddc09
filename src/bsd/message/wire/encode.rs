//! Messages to bytes.

use super::{
    address,
    error::EncodeError,
    layout::{Form, IFF_UP, KIND, LENGTH, Layout, RTM_VERSION, RouteFields, VERSION},
    layout_of,
};
use crate::bsd::{
    message::{Addresses, InterfaceEvent, Message},
    profile::Profile,
};

/// The bytes of `message` in `profile`'s layout.
///
/// # Errors
/// If the layout has no place for something that must have one: see [`EncodeError`].
pub fn encode(profile: Profile, message: &Message) -> Result<Vec<u8>, EncodeError> {
    let layout = layout_of(profile);
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
pub(in crate::bsd::message) fn len(profile: Profile, message: &Message) -> usize {
    let header = layout_of(profile).header(Form::of(message.kind)).size;
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
