//! Which messages a subscriber wants.

use super::MessageKind;
use crate::bsd::sockaddr::Sockaddr;

bitflags::bitflags! {
    /// A set of address families. The empty set stands for all of them, as the protocol 0 of a
    /// routing socket does.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct Families: u8 {
        /// `AF_INET`.
        const INET = 1;
        /// `AF_INET6`.
        const INET6 = 2;
        /// `AF_LINK`.
        const LINK = 4;
        /// Any other.
        const OTHER = 8;
    }
}

impl Families {
    /// The family of `address`: nothing for `AF_UNSPEC`.
    pub fn of(address: Sockaddr) -> Self {
        match address {
            Sockaddr::Inet(_) => Self::INET,
            Sockaddr::Inet6(_) => Self::INET6,
            Sockaddr::Link(_) => Self::LINK,
            Sockaddr::Unspec => Self::empty(),
            Sockaddr::Other { .. } => Self::OTHER,
        }
    }
}

bitflags::bitflags! {
    /// A set of kinds of messages: OpenBSD's `ROUTE_MSGFILTER`. The empty set stands for all.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct MessageKinds: u32 {
        /// [`MessageKind::Add`].
        const ADD = 1;
        /// [`MessageKind::Delete`].
        const DELETE = 1 << 1;
        /// [`MessageKind::Change`].
        const CHANGE = 1 << 2;
        /// [`MessageKind::Get`].
        const GET = 1 << 3;
        /// [`MessageKind::Losing`].
        const LOSING = 1 << 4;
        /// [`MessageKind::Redirect`].
        const REDIRECT = 1 << 5;
        /// [`MessageKind::Miss`].
        const MISS = 1 << 6;
        /// [`MessageKind::Lock`].
        const LOCK = 1 << 7;
        /// [`MessageKind::Resolve`].
        const RESOLVE = 1 << 8;
        /// [`MessageKind::NewAddress`].
        const NEW_ADDRESS = 1 << 9;
        /// [`MessageKind::DeleteAddress`].
        const DELETE_ADDRESS = 1 << 10;
        /// [`MessageKind::InterfaceInfo`].
        const INTERFACE_INFO = 1 << 11;
        /// [`MessageKind::InterfaceAnnounce`].
        const INTERFACE_ANNOUNCE = 1 << 12;
    }
}

impl From<MessageKind> for MessageKinds {
    /// The set of just this kind. [`MessageKind::Desync`] is in no set: it cannot be filtered.
    fn from(kind: MessageKind) -> Self {
        match kind {
            MessageKind::Add => Self::ADD,
            MessageKind::Delete => Self::DELETE,
            MessageKind::Change => Self::CHANGE,
            MessageKind::Get => Self::GET,
            MessageKind::Losing => Self::LOSING,
            MessageKind::Redirect => Self::REDIRECT,
            MessageKind::Miss => Self::MISS,
            MessageKind::Lock => Self::LOCK,
            MessageKind::Resolve => Self::RESOLVE,
            MessageKind::NewAddress => Self::NEW_ADDRESS,
            MessageKind::DeleteAddress => Self::DELETE_ADDRESS,
            MessageKind::InterfaceInfo => Self::INTERFACE_INFO,
            MessageKind::InterfaceAnnounce => Self::INTERFACE_ANNOUNCE,
            MessageKind::Desync => Self::empty(),
        }
    }
}

/// The tables whose messages a subscriber wants: OpenBSD's `ROUTE_TABLEFILTER`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tables {
    /// `RTABLE_ANY`: all of them.
    #[default]
    Any,
    /// One table; and, of what concerns interfaces and addresses, its routing domain.
    One(u8),
}

/// Which messages a subscriber wants. The default is all of them.
///
/// A message is delivered if it passes all three parts. [`MessageKind::Desync`] always does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// The families of the addresses that messages are about ([`Message::subject`]). A message
    /// without a subject passes.
    ///
    /// [`Message::subject`]: super::Message::subject
    pub families: Families,
    /// The tables. `RTM_IFANNOUNCE` passes whatever is named here. `RTM_RESOLVE`, `RTM_NEWADDR`,
    /// `RTM_DELADDR` and `RTM_IFINFO` pass if the table that they name is of the routing domain of
    /// this one; all others, if it is this one.
    pub tables: Tables,
    /// The kinds.
    pub kinds: MessageKinds,
}

impl Filter {
    /// Whether a message passes that is of `kind`, names `table` and is about `subject`. `domain`
    /// is the routing domain of a table; it is called only where domains are compared.
    pub fn passes(
        &self,
        kind: MessageKind,
        table: u8,
        subject: Option<Sockaddr>,
        domain: impl Fn(u8) -> u32,
    ) -> bool {
        if kind == MessageKind::Desync {
            return true;
        }
        let family = subject.map_or(Families::empty(), Families::of);
        let family =
            self.families.is_empty() || family.is_empty() || self.families.contains(family);
        let kinds = self.kinds.is_empty() || self.kinds.contains(kind.into());
        family && kinds && self.passes_table(kind, table, domain)
    }

    fn passes_table(&self, kind: MessageKind, table: u8, domain: impl Fn(u8) -> u32) -> bool {
        let Tables::One(wanted) = self.tables else { return true };
        match kind {
            MessageKind::InterfaceAnnounce => true,
            MessageKind::Resolve
            | MessageKind::NewAddress
            | MessageKind::DeleteAddress
            | MessageKind::InterfaceInfo => wanted == table || domain(wanted) == domain(table),
            _ => wanted == table,
        }
    }

    /// The filter in one word, for atomics.
    pub(super) fn to_word(self) -> u64 {
        let table = match self.tables {
            Tables::Any => 0,
            Tables::One(table) => u64::from(table) << 1 | 1,
        };
        u64::from(self.kinds.bits()) << 32 | u64::from(self.families.bits()) << 16 | table
    }

    /// The filter of [`to_word`](Self::to_word).
    pub(super) fn from_word(word: u64) -> Self {
        let [table, high, families, _, kinds @ ..] = word.to_le_bytes();
        let tables = match u16::from_le_bytes([table, high]) {
            0 => Tables::Any,
            table => Tables::One((table >> 1) as u8),
        };
        Self {
            families: Families::from_bits_truncate(families),
            tables,
            kinds: MessageKinds::from_bits_truncate(u32::from_le_bytes(kinds)),
        }
    }
}

#[cfg(test)]
mod tests {
    use core::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    const V4: Option<Sockaddr> = Some(Sockaddr::Inet(Ipv4Addr::LOCALHOST));
    const V6: Option<Sockaddr> = Some(Sockaddr::Inet6(Ipv6Addr::LOCALHOST));

    /// Tables 1 and 2 are of the domain 1, each other is its own domain.
    fn domain(table: u8) -> u32 {
        if table == 2 { 1 } else { table.into() }
    }

    #[test]
    fn a_family_is_that_of_the_subject() {
        let filter = Filter { families: Families::INET, ..Filter::default() };
        let passes = |subject| filter.passes(MessageKind::Miss, 0, subject, domain);
        assert!(passes(V4) && !passes(V6) && !passes(Some(Sockaddr::Other { family: 7 })));
        assert!(passes(None) && passes(Some(Sockaddr::Unspec)));
        let both = Filter { families: Families::INET | Families::INET6, ..filter };
        assert!(both.passes(MessageKind::Miss, 0, V6, domain));
        assert!(Filter::default().passes(MessageKind::Miss, 0, V6, domain));
    }

    #[test]
    fn kinds_are_filtered_except_desync() {
        let filter = Filter { kinds: MessageKinds::ADD | MessageKinds::MISS, ..Filter::default() };
        let passes = |kind| filter.passes(kind, 0, V4, domain);
        assert!(passes(MessageKind::Add) && passes(MessageKind::Miss));
        assert!(!passes(MessageKind::Delete) && passes(MessageKind::Desync));
    }

    #[test]
    fn some_kinds_compare_tables_and_some_domains() {
        let filter = Filter { tables: Tables::One(1), ..Filter::default() };
        let passes = |kind, table| filter.passes(kind, table, V4, domain);
        for kind in [MessageKind::Add, MessageKind::Miss, MessageKind::Get, MessageKind::Redirect] {
            assert!(passes(kind, 1) && !passes(kind, 2) && !passes(kind, 3), "{kind:?}");
        }
        for kind in [
            MessageKind::Resolve,
            MessageKind::NewAddress,
            MessageKind::DeleteAddress,
            MessageKind::InterfaceInfo,
        ] {
            assert!(passes(kind, 1) && passes(kind, 2) && !passes(kind, 3), "{kind:?}");
        }
        assert!(passes(MessageKind::InterfaceAnnounce, 3) && passes(MessageKind::Desync, 3));
        assert!(Filter::default().passes(MessageKind::Add, 200, V4, domain));
    }

    #[test]
    fn a_filter_survives_its_word() {
        let tables = [Tables::Any, Tables::One(0), Tables::One(1), Tables::One(255)];
        let kinds = [MessageKinds::empty(), MessageKinds::all(), MessageKinds::INTERFACE_ANNOUNCE];
        for tables in tables {
            for kinds in kinds {
                for families in [Families::empty(), Families::INET6, Families::all()] {
                    let filter = Filter { families, tables, kinds };
                    assert_eq!(Filter::from_word(filter.to_word()), filter);
                }
            }
        }
    }
}
