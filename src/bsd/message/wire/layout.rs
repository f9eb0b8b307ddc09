//! What a system's headers look like: where the numbers are, as tables.

use crate::bsd::message::MessageKind;

/// Where a number is in a header, and how many bytes it has. Little endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// The offset of the first byte.
    pub(super) at: usize,
    width: usize,
}

impl Field {
    pub(super) const fn byte(at: usize) -> Self {
        Self { at, width: 1 }
    }

    /// A `u_short`.
    pub(super) const fn short(at: usize) -> Self {
        Self { at, width: 2 }
    }

    /// An `int` or `u_int`.
    pub(super) const fn int(at: usize) -> Self {
        Self { at, width: 4 }
    }

    /// A `long`, `u_long` or `u_int64_t`.
    pub(super) const fn long(at: usize) -> Self {
        Self { at, width: 8 }
    }

    /// The number in `header`. Bytes that are not there count as 0.
    pub(super) fn get(self, header: &[u8]) -> u64 {
        let bytes = header.iter().skip(self.at).take(self.width).enumerate();
        bytes.fold(0, |number, (place, &byte)| number | u64::from(byte) << (8 * place))
    }

    /// Writes as much of `number` into `header` as the field holds.
    pub(super) fn set(self, header: &mut [u8], number: u64) {
        let bytes = header.iter_mut().skip(self.at).take(self.width);
        bytes.zip(number.to_le_bytes()).for_each(|(to, byte)| *to = byte);
    }
}

/// `rtm_msglen`, `ifm_msglen` and so on: in all headers of both systems at the same place.
pub(super) const LENGTH: Field = Field::short(0);
/// `rtm_version`, likewise.
pub(super) const VERSION: Field = Field::byte(2);
/// `rtm_type`, likewise.
pub(super) const KIND: Field = Field::byte(3);
/// Bytes of those three, without which nothing is known of a message.
pub(super) const LEAST: usize = 4;
/// `RTM_VERSION`, the same in both.
pub(super) const RTM_VERSION: u8 = 5;
/// Bytes of an interface's name: `IFNAMSIZ`.
pub(super) const NAME_LEN: usize = 16;
/// `IFF_UP`.
pub(super) const IFF_UP: u64 = 1;

/// What the headers have in common. A field that a header lacks is `None`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    pub(super) size: usize,
    pub(super) index: Field,
    pub(super) table: Option<Field>,
    pub(super) flags: Option<Field>,
    /// The bits of the addresses that follow; `None` if none can.
    pub(super) addresses: Option<Field>,
}

/// The further numbers of `rt_msghdr`, with those of `rt_metrics`.
#[derive(Clone, Copy, Debug)]
pub(super) struct RouteFields {
    pub(super) priority: Option<Field>,
    pub(super) change_mask: Field,
    pub(super) pid: Field,
    pub(super) seq: Field,
    pub(super) errno: Field,
    pub(super) inits: Field,
    pub(super) locks: Field,
    pub(super) mtu: Field,
    pub(super) expire: Field,
    pub(super) used: Field,
}

/// The further numbers of `if_msghdr` that messages here carry, with those of `if_data`.
#[derive(Clone, Copy, Debug)]
pub(super) struct InterfaceFields {
    pub(super) link_state: Field,
    pub(super) mtu: Field,
}

/// The further numbers of `if_announcemsghdr`.
#[derive(Clone, Copy, Debug)]
pub(super) struct AnnounceFields {
    /// Where the name begins.
    pub(super) name: usize,
    pub(super) what: Field,
}

/// A system's layout.
#[derive(Debug)]
pub(super) struct Layout {
    /// `RTM_*`.
    pub(super) kinds: &'static [(MessageKind, u8)],
    /// `rtm_hdrlen`, in every header or in none.
    pub(super) header_len: Option<Field>,
    /// The longest message that the kernel reads, if it says one.
    pub(super) longest: Option<usize>,
    /// `rt_msghdr`.
    pub(super) route: (Header, RouteFields),
    /// `ifa_msghdr`.
    pub(super) address: Header,
    /// `if_msghdr`.
    pub(super) interface: (Header, InterfaceFields),
    /// `if_announcemsghdr`.
    pub(super) announce: (Header, AnnounceFields),
    /// `LINK_STATE_UP`.
    pub(super) link_up: u8,
    /// `LINK_STATE_DOWN`.
    pub(super) link_down: u8,
    /// Whether a link is up that is in that state.
    pub(super) is_link_up: fn(u8) -> bool,
    /// `AF_INET6`.
    pub(super) inet6: u8,
    /// `sizeof(struct sockaddr_dl)`.
    pub(super) link_len: u8,
    /// `sdl_len` of an interface's own `sockaddr_dl`.
    pub(super) interface_link_len: u8,
    /// The bits of addresses that messages may have, among them some that are skipped here.
    pub(super) addresses: u32,
}

/// Which header a message has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Route,
    Address,
    Interface,
    Announce,
}

impl Form {
    pub(super) fn of(kind: MessageKind) -> Self {
        match kind {
            MessageKind::NewAddress | MessageKind::DeleteAddress => Self::Address,
            MessageKind::InterfaceInfo => Self::Interface,
            MessageKind::InterfaceAnnounce => Self::Announce,
            _ => Self::Route,
        }
    }
}

impl Layout {
    pub(super) fn header(&self, form: Form) -> &Header {
        match form {
            Form::Route => &self.route.0,
            Form::Address => &self.address,
            Form::Interface => &self.interface.0,
            Form::Announce => &self.announce.0,
        }
    }

    pub(super) fn number(&self, kind: MessageKind) -> Option<u8> {
        self.kinds.iter().find(|(of, _)| *of == kind).map(|(_, number)| *number)
    }

    pub(super) fn kind(&self, number: u8) -> Option<MessageKind> {
        self.kinds.iter().find(|(_, of)| *of == number).map(|(kind, _)| *kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_little_endian_and_stays_in_its_bytes() {
        let mut header = [0xAA; 8];
        Field::short(2).set(&mut header, 0x1_2345);
        assert_eq!(header, [0xAA, 0xAA, 0x45, 0x23, 0xAA, 0xAA, 0xAA, 0xAA]);
        assert_eq!(Field::short(2).get(&header), 0x2345);
        assert_eq!(Field::int(1).get(&header), 0xAA23_45AA);
        assert_eq!(Field::long(7).get(&header), 0xAA, "cut off");
        Field::long(9).set(&mut header, 1);
    }
}
