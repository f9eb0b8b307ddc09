//! What DPDK refuses.

use core::{fmt, net::IpAddr};
use std::io;

use rtalloc::{Address, Prefix};

/// Something that DPDK did not do. Numbers are the system's error numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The environment did not start.
    Start(i32),
    /// The environment already runs, on other pages.
    Started,
    /// The heap cannot have that many bytes more.
    Memory(u64, i32),
    /// A table needs more groups of 256 entries than its entries can number.
    Groups {
        /// Groups that were asked for.
        groups: u64,
        /// The most that there can be.
        most: u64,
    },
    /// A table needs more routes than DPDK can count.
    Routes(usize),
    /// The table, by its DPDK name, was not made.
    Create(&'static str, i32),
    /// The processor, or DPDK's build, does not have the lookup function that was asked for.
    Lookup,
    /// The readers' states were not made, or a reader was not registered with them.
    Readers(i32),
    /// There are as many readers as the states have room for.
    NoMoreReaders,
    /// A prefix was not added.
    Add(IpAddr, u8, i32),
    /// A prefix was not deleted, for another reason than that it was absent.
    Delete(IpAddr, u8, i32),
}

impl Error {
    /// What an addition returned: 0, or an error number below it.
    pub(super) fn of_add<A: Address>(prefix: Prefix<A>, returned: i32) -> Result<(), Self> {
        match returned {
            0 => Ok(()),
            _ => Err(Self::Add(prefix.address().to_ip(), prefix.len(), returned.saturating_neg())),
        }
    }

    /// What a deletion returned, with what DPDK says of an absent prefix: whether there was one.
    pub(super) fn of_delete<A: Address>(
        prefix: Prefix<A>,
        returned: i32,
        absent: io::ErrorKind,
    ) -> Result<bool, Self> {
        let number = returned.saturating_neg();
        match returned {
            0 => Ok(true),
            _ if io::Error::from_raw_os_error(number).kind() == absent => Ok(false),
            _ => Err(Self::Delete(prefix.address().to_ip(), prefix.len(), number)),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = |number: i32| io::Error::from_raw_os_error(number);
        match *self {
            Self::Start(number) => write!(f, "DPDK does not start: {}", reason(number)),
            Self::Started => f.write_str("DPDK already runs, on pages of another kind"),
            Self::Memory(bytes, number) => {
                write!(f, "no {bytes} bytes for DPDK's tables: {}", reason(number))
            }
            Self::Groups { groups, most } => {
                write!(f, "{groups} groups of entries, where DPDK numbers at most {most}")
            }
            Self::Routes(routes) => write!(f, "{routes} routes are more than DPDK counts"),
            Self::Create(what, number) => write!(f, "no {what}: {}", reason(number)),
            Self::Lookup => f.write_str("not available on this processor or in this DPDK"),
            Self::Readers(number) => write!(f, "no state of readers: {}", reason(number)),
            Self::NoMoreReaders => f.write_str("there is no room for one more reader"),
            Self::Add(address, len, number) => {
                write!(f, "{address}/{len} was not added: {}", reason(number))
            }
            Self::Delete(address, len, number) => {
                write!(f, "{address}/{len} was not deleted: {}", reason(number))
            }
        }
    }
}

impl core::error::Error for Error {}
