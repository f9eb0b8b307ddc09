//! Messages as `route monitor` prints them.
//!
//! OpenBSD's form is that of 5.7's route(8), except that the interface of a route is named as in
//! later releases; FreeBSD's that of 7. Both print numbers instead of looking up names of hosts, as
//! with `-n`. `default` is IPv4's address of zeros, as a mask too. An interface without an address on
//! its link is printed by its name, and a link without name and address as `link#N`.

mod parts;
#[cfg(test)]
mod tests;

use core::fmt;

use self::parts::{Flags, Metrics, Printed, list};
use super::{Addresses, Inits, InterfaceEvent, Message, MessageKind, wire};
use crate::bsd::{name::Name, profile::Profile, sockaddr::Sockaddr};

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
