//! Messages as `route monitor` prints them.
//!
//! OpenBSD's form is that of 5.7's route(8), except that the interface of a route is named as in
//! later releases; FreeBSD's that of 7. Both print numbers instead of looking up names of hosts, as
//! with `-n`. `default` is IPv4's address of zeros, as a mask too. An interface without an address on
//! its link is printed by its name, and a link without name and address as `link#N`.

use core::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use super::{Addresses, Inits, InterfaceEvent, LinkAddress, Message, MessageKind, wire};
use crate::bsd::{flags::RtFlags, name::Name, profile::Profile, sockaddr::Sockaddr};

/// `IFT_ETHER`.
const ETHERNET: u8 = 6;

/// A message as `route monitor` prints it, in several lines, without the end of the last one.
///
/// # Examples
/// ```
/// use rtalloc::bsd::{
///     Profile,
///     message::{Addresses, Message, MessageKind, Text},
/// };
///
/// let message = Message {
///     addresses: Addresses {
///         destination: Some(std::net::Ipv4Addr::new(192, 0, 2, 1).into()),
///         ..Addresses::default()
///     },
///     ..Message::new(MessageKind::Miss, 0)
/// };
/// let text = Text::new(Profile::FreeBsd, &message).to_string();
/// assert_eq!(
///     text.lines().next(),
///     Some("RTM_MISS: Lookup failed on this address: len 168, pid: 0, seq 0, errno 0, flags:")
/// );
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Text<'m> {
    profile: Profile,
    message: &'m Message,
    now: u64,
    name: Name,
}

impl<'m> Text<'m> {
    /// `message`, as `profile`'s route(8) prints it.
    pub fn new(profile: Profile, message: &'m Message) -> Self {
        let name = message.addresses.interface.map(|link| link.name).unwrap_or_default();
        Self { profile, message, now: 0, name }
    }

    /// With the time until the route expires instead of the time when it does.
    #[must_use]
    pub fn at(self, now: u64) -> Self {
        Self { now, ..self }
    }

    /// With the name of the interface that the message gives by its index. Without this it is the
    /// name that the message itself gives, if any.
    #[must_use]
    pub fn with_name(self, name: Name) -> Self {
        Self { name, ..self }
    }

    fn route(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = self.message;
        let errno = message.errno.map_or(0, |errno| errno.number(self.profile));
        let (pid, seq) = (message.pid, message.seq);
        let flags = |flags| Flags(self.profile, flags);
        match self.profile {
            Profile::OpenBsd => {
                let (priority, table, index) = (message.priority, message.table, message.index);
                write!(f, ", priority {priority}, table {table}, if# {index}, ")?;
                if !self.name.is_empty() {
                    write!(f, "name {}, ", self.name)?;
                }
                write!(f, "pid: {pid}, seq {seq}, errno {errno}")?;
                write!(f, "\nflags:{}", flags(message.flags))?;
                write!(f, "\nfmask:{}", flags(message.change_mask))?;
                let lock = |metric| if message.locks.contains(metric) { 'L' } else { ' ' };
                let (used, mtu) = (message.metrics.used, message.metrics.mtu);
                let expire = match message.metrics.expire {
                    0 => 0,
                    expire => expire.wrapping_sub(self.now) as i64,
                };
                write!(f, "\nuse: {used:8}   mtu: {mtu:8}{}", lock(Inits::MTU))?;
                write!(f, "   expire: {expire:8}{}", lock(Inits::EXPIRE))?;
            }
            Profile::FreeBsd => {
                write!(f, ", pid: {pid}, seq {seq}, errno {errno}, flags:")?;
                write!(f, "{}", flags(message.flags))?;
            }
        }
        write!(f, "\nlocks: {} inits: {}", Metrics(message.locks), Metrics(message.inits))?;
        self.addresses(f)
    }

    fn interface(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (up, link) = match self.message.event {
            Some(InterfaceEvent::State { up, link, .. }) => (up, link),
            _ => (false, false),
        };
        write!(f, ", if# {}, ", self.message.index)?;
        if self.profile == Profile::OpenBsd && !self.name.is_empty() {
            write!(f, "name: {}, ", self.name)?;
        }
        let ethernet = self.message.addresses.interface.is_some_and(|it| it.kind == ETHERNET);
        let link = match (self.profile, link) {
            (Profile::FreeBsd, true) => "up",
            (Profile::OpenBsd, true) => "active",
            (Profile::OpenBsd, false) if ethernet => "no carrier",
            (_, false) => "down",
        };
        write!(f, "link: {link}, flags:{}", if up { "<UP>" } else { "" })?;
        self.addresses(f)
    }

    fn announce(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, ", if# {}, ", self.message.index)?;
        if self.profile == Profile::OpenBsd {
            write!(f, "name {}, ", self.name)?;
        }
        f.write_str(match self.message.event {
            Some(InterfaceEvent::Departed) => "what: departure",
            _ => "what: arrival",
        })
    }

    /// Which addresses there are, and a line with them.
    fn addresses(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Addresses {
            destination,
            gateway,
            netmask,
            genmask,
            interface,
            interface_address,
            author,
            broadcast,
        } = self.message.addresses;
        let family = self.message.addresses.mask_family();
        let mask = |len: Option<u8>| len.map(|len| Printed::Mask(len, family));
        let address = |it: Option<Sockaddr>| it.map(|it| Printed::Address(it, self.profile));
        let printed = [
            ("DST", address(destination)),
            ("GATEWAY", address(gateway)),
            ("NETMASK", mask(netmask)),
            ("GENMASK", mask(genmask)),
            ("IFP", address(interface.map(Sockaddr::Link))),
            ("IFA", address(interface_address.map(Sockaddr::from))),
            ("AUTHOR", address(author)),
            ("BRD", address(broadcast.map(Sockaddr::from))),
        ];
        let present = || printed.iter().filter_map(|(name, it)| Some((*name, it.as_ref()?)));
        if present().next().is_none() {
            return Ok(());
        }
        f.write_str("\nsockaddrs: ")?;
        list(f, present().map(|(name, _)| name))?;
        f.write_str("\n")?;
        present().try_for_each(|(_, address)| write!(f, " {address}"))
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.message.kind;
        let len = wire::len(self.profile, self.message);
        write!(f, "{}: len {len}", title(self.profile, kind))?;
        match kind {
            MessageKind::Desync => Ok(()),
            MessageKind::InterfaceInfo => self.interface(f),
            MessageKind::InterfaceAnnounce => self.announce(f),
            MessageKind::NewAddress | MessageKind::DeleteAddress => {
                write!(f, ", metric 0, flags:{}", Flags(self.profile, self.message.flags))?;
                self.addresses(f)
            }
            _ => self.route(f),
        }
    }
}

fn title(profile: Profile, kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::Add => "RTM_ADD: Add Route",
        MessageKind::Delete => "RTM_DELETE: Delete Route",
        MessageKind::Change => "RTM_CHANGE: Change Metrics or flags",
        MessageKind::Get => "RTM_GET: Report Metrics",
        MessageKind::Losing => "RTM_LOSING: Kernel Suspects Partitioning",
        MessageKind::Redirect => "RTM_REDIRECT: Told to use different route",
        MessageKind::Miss => "RTM_MISS: Lookup failed on this address",
        MessageKind::Lock => "RTM_LOCK: fix specified metrics",
        MessageKind::Resolve => "RTM_RESOLVE: Route created by cloning",
        MessageKind::NewAddress => "RTM_NEWADDR: address being added to iface",
        MessageKind::DeleteAddress => "RTM_DELADDR: address being removed from iface",
        MessageKind::InterfaceInfo => "RTM_IFINFO: iface status change",
        MessageKind::InterfaceAnnounce => match profile {
            Profile::OpenBsd => "RTM_IFANNOUNCE: iface arrival/departure",
            Profile::FreeBsd => "RTM_IFANNOUNCE: interface arrival/departure",
        },
        MessageKind::Desync => "RTM_DESYNC: route socket overflow",
    }
}

/// `<A,B>`, or nothing.
fn list(f: &mut fmt::Formatter<'_>, names: impl Iterator<Item = &'static str>) -> fmt::Result {
    let mut any = false;
    for name in names {
        f.write_str(if any { "," } else { "<" })?;
        f.write_str(name)?;
        any = true;
    }
    f.write_str(if any { ">" } else { "" })
}

/// The names of flags, in the order of the system's bits.
struct Flags(Profile, RtFlags);

impl fmt::Display for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(profile, flags) = *self;
        let bits = flags.to_wire(profile);
        let present = (0..u32::BITS).map(|bit| bits & 1 << bit).filter(|bit| *bit != 0);
        list(f, present.filter_map(|bit| flag_name(profile, bit)))
    }
}

fn flag_name(profile: Profile, bit: u32) -> Option<&'static str> {
    let flag = RtFlags::from_wire(profile, bit);
    let (name, _) = flag.iter_names().next()?;
    Some(if flag == RtFlags::CLONED && profile == Profile::FreeBsd { "WASCLONED" } else { name })
}

/// The names of metrics.
struct Metrics(Inits);

impl fmt::Display for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES: [(Inits, &str); 8] = [
            (Inits::MTU, "mtu"),
            (Inits::HOPCOUNT, "hopcount"),
            (Inits::EXPIRE, "expire"),
            (Inits::RPIPE, "recvpipe"),
            (Inits::SPIPE, "sendpipe"),
            (Inits::SSTHRESH, "ssthresh"),
            (Inits::RTT, "rtt"),
            (Inits::RTTVAR, "rttvar"),
        ];
        let present = NAMES.iter().filter(|(metric, _)| self.0.contains(*metric));
        list(f, present.map(|(_, name)| *name))
    }
}

/// An address in the last line.
enum Printed {
    Address(Sockaddr, Profile),
    /// A mask of so many bits, of the family of an address.
    Mask(u8, Option<IpAddr>),
}

impl fmt::Display for Printed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Address(Sockaddr::Inet(address), _) => inet(f, address),
            Self::Address(Sockaddr::Link(link), profile) => print_link(f, link, profile),
            Self::Address(Sockaddr::Unspec, _) => f.write_str("(0)"),
            Self::Address(Sockaddr::Other { family }, _) => write!(f, "({family})"),
            Self::Address(address @ Sockaddr::Inet6(_), _) => fmt::Display::fmt(&address, f),
            Self::Mask(len, Some(IpAddr::V4(_))) => {
                let mask = u32::MAX.checked_shr(len.into()).map_or(u32::MAX, |rest| !rest);
                inet(f, Ipv4Addr::from(mask))
            }
            Self::Mask(len, Some(IpAddr::V6(_))) => {
                let mask = u128::MAX.checked_shr(len.into()).map_or(u128::MAX, |rest| !rest);
                fmt::Display::fmt(&Ipv6Addr::from(mask), f)
            }
            Self::Mask(len, None) => write!(f, "/{len}"),
        }
    }
}

fn inet(f: &mut fmt::Formatter<'_>, address: Ipv4Addr) -> fmt::Result {
    if address.is_unspecified() { f.write_str("default") } else { fmt::Display::fmt(&address, f) }
}

/// As OpenBSD's `link_print` or both systems' `link_ntoa`.
fn print_link(f: &mut fmt::Formatter<'_>, link: LinkAddress, profile: Profile) -> fmt::Result {
    let Some(address) = link.address else {
        return if link.name.is_empty() {
            write!(f, "link#{}", link.index)
        } else {
            fmt::Display::fmt(&link.name, f)
        };
    };
    if profile == Profile::OpenBsd && link.kind == ETHERNET {
        return fmt::Display::fmt(&Sockaddr::Link(link), f);
    }
    if !link.name.is_empty() {
        write!(f, "{}:", link.name)?;
    }
    address.iter().enumerate().try_for_each(|(place, byte)| {
        f.write_str(if place == 0 { "" } else { "." })?;
        write!(f, "{byte:x}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bsd::{errno::Errno, message::MessageMetrics};

    fn v4(text: &str) -> Option<Sockaddr> {
        Some(text.parse::<Ipv4Addr>().unwrap().into())
    }

    fn added() -> Message {
        Message {
            priority: 8,
            index: 1,
            seq: 1,
            flags: RtFlags::UP | RtFlags::GATEWAY | RtFlags::DONE | RtFlags::STATIC,
            addresses: Addresses {
                destination: v4("10.0.0.0"),
                gateway: v4("192.0.2.1"),
                netmask: Some(8),
                ..Addresses::default()
            },
            ..Message::new(MessageKind::Add, 0)
        }
    }

    fn text(profile: Profile, message: &Message) -> String {
        Text::new(profile, message).to_string()
    }

    #[test]
    fn a_route_in_openbsd() {
        let message = added();
        let expected = "\
RTM_ADD: Add Route: len 136, priority 8, table 0, if# 1, name em0, pid: 0, seq 1, errno 0
flags:<UP,GATEWAY,DONE,STATIC>
fmask:
use:        0   mtu:        0    expire:        0\u{20}
locks:  inits:\u{20}
sockaddrs: <DST,GATEWAY,NETMASK>
 10.0.0.0 192.0.2.1 255.0.0.0";
        let named = Text::new(Profile::OpenBsd, &message).with_name("em0".parse().unwrap());
        assert_eq!(named.to_string(), expected);
        let unnamed = expected.replace("name em0, ", "");
        assert_eq!(text(Profile::OpenBsd, &message), unnamed);
    }

    #[test]
    fn a_route_in_freebsd() {
        let message = Message { errno: Some(Errno::EEXIST), pid: 77, ..added() };
        assert_eq!(
            text(Profile::FreeBsd, &message),
            "\
RTM_ADD: Add Route: len 192, pid: 77, seq 1, errno 17, flags:<UP,GATEWAY,DONE,STATIC>
locks:  inits:\u{20}
sockaddrs: <DST,GATEWAY,NETMASK>
 10.0.0.0 192.0.2.1 255.0.0.0"
        );
    }

    #[test]
    fn metrics_locks_and_flags() {
        let message = Message {
            inits: Inits::MTU | Inits::EXPIRE,
            locks: Inits::MTU,
            metrics: MessageMetrics { mtu: 1400, expire: 100, used: 3 },
            change_mask: RtFlags::BLACKHOLE | RtFlags::PROTO1,
            flags: RtFlags::HOST | RtFlags::CLONED | RtFlags::PROTO3 | RtFlags::LOCAL,
            ..Message::new(MessageKind::Change, 2)
        };
        let of = |profile| Text::new(profile, &message).at(130).to_string();
        assert_eq!(
            of(Profile::OpenBsd),
            "\
RTM_CHANGE: Change Metrics or flags: len 96, priority 0, table 2, if# 0, pid: 0, seq 0, errno 0
flags:<HOST,PROTO3,CLONED,LOCAL>
fmask:<BLACKHOLE,PROTO1>
use:        3   mtu:     1400L   expire:      -30\u{20}
locks: <mtu> inits: <mtu,expire>"
        );
        assert!(of(Profile::FreeBsd).contains("flags:<HOST,WASCLONED,PROTO3,LOCAL>\nlocks: <mtu>"));
        let lines = text(Profile::OpenBsd, &message);
        assert!(lines.contains("expire:      100 "), "{lines}");
    }

    /// The last two lines.
    fn addresses(profile: Profile, addresses: Addresses) -> String {
        let lines = text(profile, &Message { addresses, ..added() });
        lines
            .lines()
            .skip_while(|line| !line.starts_with("sockaddrs"))
            .collect::<Vec<_>>()
            .join("\n")
    }

    #[test]
    fn addresses_of_all_kinds() {
        let ethernet = LinkAddress {
            index: 1,
            kind: ETHERNET,
            name: "em0".parse().unwrap(),
            address: Some([2, 0, 0, 0x1F, 0, 0xFF]),
        };
        let v6 = Addresses {
            destination: Some("2001:db8::".parse::<Ipv6Addr>().unwrap().into()),
            gateway: Some(Sockaddr::Link(LinkAddress { index: 4, ..LinkAddress::default() })),
            netmask: Some(32),
            genmask: Some(0),
            interface: Some(ethernet),
            interface_address: Some("fe80::1".parse().unwrap()),
            author: Some(Sockaddr::Other { family: 7 }),
            broadcast: None,
        };
        assert_eq!(
            addresses(Profile::OpenBsd, v6),
            "sockaddrs: <DST,GATEWAY,NETMASK,GENMASK,IFP,IFA,AUTHOR>\n \
             2001:db8:: link#4 ffff:ffff:: :: 02:00:00:1f:00:ff fe80::1 (7)"
        );
        assert_eq!(
            addresses(Profile::FreeBsd, v6),
            "sockaddrs: <DST,GATEWAY,NETMASK,GENMASK,IFP,IFA,AUTHOR>\n \
             2001:db8:: link#4 ffff:ffff:: :: em0:2.0.0.1f.0.ff fe80::1 (7)"
        );
        let default = Addresses {
            destination: v4("0.0.0.0"),
            gateway: Some(Sockaddr::Unspec),
            netmask: Some(0),
            interface: Some(LinkAddress { address: None, ..ethernet }),
            broadcast: Some(Ipv4Addr::BROADCAST.into()),
            ..Addresses::default()
        };
        assert_eq!(
            addresses(Profile::OpenBsd, default),
            "sockaddrs: <DST,GATEWAY,NETMASK,IFP,BRD>\n default (0) default em0 255.255.255.255"
        );
        let strange = Addresses { netmask: Some(9), ..Addresses::default() };
        assert_eq!(addresses(Profile::FreeBsd, strange), "sockaddrs: <NETMASK>\n /9");
    }

    #[test]
    fn interfaces_and_desync() {
        let name = |message: &mut Message| {
            message.addresses.interface = Some(LinkAddress {
                index: 1,
                name: "em0".parse().unwrap(),
                ..LinkAddress::default()
            });
        };
        let state = |up, link| Message {
            index: 1,
            event: Some(InterfaceEvent::State { up, link, mtu: 1500 }),
            ..Message::new(MessageKind::InterfaceInfo, 0)
        };
        let up = state(true, true);
        let named = Text::new(Profile::OpenBsd, &up).with_name("em0".parse().unwrap());
        assert_eq!(
            named.to_string(),
            "RTM_IFINFO: iface status change: len 160, if# 1, name: em0, link: active, flags:<UP>"
        );
        assert_eq!(
            text(Profile::FreeBsd, &state(false, false)),
            "RTM_IFINFO: iface status change: len 168, if# 1, link: down, flags:"
        );
        let mut gone = Message {
            index: 1,
            event: Some(InterfaceEvent::Departed),
            ..Message::new(MessageKind::InterfaceAnnounce, 0)
        };
        name(&mut gone);
        assert_eq!(
            text(Profile::OpenBsd, &gone),
            "RTM_IFANNOUNCE: iface arrival/departure: len 26, if# 1, name em0, what: departure"
        );
        assert_eq!(
            text(Profile::FreeBsd, &gone),
            "RTM_IFANNOUNCE: interface arrival/departure: len 24, if# 1, what: departure"
        );
        let mut address =
            Message { flags: RtFlags::UP, ..Message::new(MessageKind::NewAddress, 0) };
        address.addresses.netmask = Some(24);
        address.addresses.interface_address = Some("192.0.2.9".parse().unwrap());
        assert_eq!(
            text(Profile::OpenBsd, &address),
            "RTM_NEWADDR: address being added to iface: len 48, metric 0, flags:<UP>\n\
             sockaddrs: <NETMASK,IFA>\n 255.255.255.0 192.0.2.9"
        );
        let desync = Message::new(MessageKind::Desync, 0);
        assert_eq!(text(Profile::OpenBsd, &desync), "RTM_DESYNC: route socket overflow: len 96");
        assert_eq!(text(Profile::FreeBsd, &desync), "RTM_DESYNC: route socket overflow: len 152");
    }
}
