//! OpenBSD's route priorities, `RTP_*`.

use core::fmt;

/// How much a route is preferred among those of its prefix: the lower, the more. 1 to 63, and the
/// bit [`DOWN`](Self::DOWN) for one whose link is down. In the FreeBSD profile always
/// [`NONE`](Self::NONE).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Priority(u8);

impl Priority {
    /// `RTP_NONE`: in a request, the interface's priority plus [`STATIC`](Self::STATIC).
    pub const NONE: Self = Self(0);
    /// `RTP_LOCAL`: the host's own addresses.
    pub const LOCAL: Self = Self(1);
    /// `RTP_CONNECTED`.
    pub const CONNECTED: Self = Self(4);
    /// `RTP_STATIC`.
    pub const STATIC: Self = Self(8);
    /// `RTP_OSPF`.
    pub const OSPF: Self = Self(32);
    /// `RTP_ISIS`.
    pub const ISIS: Self = Self(36);
    /// `RTP_RIP`.
    pub const RIP: Self = Self(40);
    /// `RTP_BGP`.
    pub const BGP: Self = Self(48);
    /// `RTP_DEFAULT`: of routes that say nothing else.
    pub const DEFAULT: Self = Self(56);
    /// `RTP_MAX`: the largest that a request may name.
    pub const MAX: Self = Self(63);
    /// `RTP_ANY`: in a request to delete, whichever there is.
    pub const ANY: Self = Self(64);
    /// `RTP_DOWN`: the bit of a route whose link is down.
    pub const DOWN: u8 = 0x80;

    /// The priority of that number.
    pub const fn new(number: u8) -> Self {
        Self(number)
    }

    /// The number, with the bit [`DOWN`](Self::DOWN).
    pub const fn number(self) -> u8 {
        self.0
    }

    /// The number without the bit [`DOWN`](Self::DOWN).
    pub const fn masked(self) -> Self {
        Self(self.0 & !Self::DOWN)
    }

    /// Whether the bit [`DOWN`](Self::DOWN) is set.
    pub const fn is_down(self) -> bool {
        self.0 & Self::DOWN != 0
    }

    /// With the bit [`DOWN`](Self::DOWN) set or cleared.
    pub const fn with_down(self, down: bool) -> Self {
        Self(self.masked().0 | if down { Self::DOWN } else { 0 })
    }

    /// The name that route(8) prints, if it has one.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self.masked() {
            Self::NONE => "none",
            Self::LOCAL => "local",
            Self::CONNECTED => "connected",
            Self::STATIC => "static",
            Self::OSPF => "ospf",
            Self::ISIS => "is-is",
            Self::RIP => "rip",
            Self::BGP => "bgp",
            Self::DEFAULT => "default",
            _ => return None,
        })
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn down_routes_sort_last() {
        let down = Priority::STATIC.with_down(true);
        assert!(down > Priority::MAX && down.is_down());
        assert_eq!(down.masked(), Priority::STATIC);
        assert_eq!(down.with_down(false), Priority::STATIC);
        assert_eq!(down.name(), Some("static"));
    }
}
