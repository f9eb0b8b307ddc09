//! Which of the two systems a [`Routing`](super::Routing) behaves like.

use core::{fmt, str::FromStr};

/// The system whose second-order details a [`Routing`](super::Routing) follows. The two agree on
/// the longest match and differ in most of what surrounds it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Profile {
    /// OpenBSD at the end of 2014 (5.7): tables by id, priorities, multipath, link states.
    #[default]
    OpenBsd,
    /// FreeBSD 5.2 to 7, and MidnightBSD 0.3: one table, one route a prefix, `struct route`.
    FreeBsd,
}

impl Profile {
    /// Both.
    pub const ALL: [Self; 2] = [Self::OpenBsd, Self::FreeBsd];
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OpenBsd => "openbsd",
            Self::FreeBsd => "freebsd",
        })
    }
}

impl FromStr for Profile {
    type Err = UnknownProfile;

    /// Reads `openbsd` or `freebsd`.
    ///
    /// # Errors
    /// [`UnknownProfile`] for anything else.
    fn from_str(text: &str) -> Result<Self, UnknownProfile> {
        Self::ALL.into_iter().find(|profile| profile.to_string() == text).ok_or(UnknownProfile)
    }
}

/// The text names no [`Profile`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownProfile;

impl fmt::Display for UnknownProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("neither openbsd nor freebsd")
    }
}

impl core::error::Error for UnknownProfile {}
