//! Errors, by the names and numbers of errno(2).

use core::fmt;

use super::profile::Profile;
use crate::any_prefix::AnyPrefix;

macro_rules! errno {
    ($($name:ident = $number:literal, $text:literal;)*) => {
        /// An error number of the two systems. The numbers are theirs; where the two differ,
        /// [`number`](Errno::number) tells them apart.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Errno {
            $(#[doc = concat!($text, ".")] $name,)*
        }

        impl Errno {
            /// Every error that this crate reports.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The name in `errno.h`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// What the error means, in words.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            const fn shared_number(self) -> i32 {
                match self { $(Self::$name => $number,)* }
            }
        }
    };
}

errno! {
    ENOENT = 2, "no such table";
    ESRCH = 3, "no such route";
    ENOMEM = 12, "out of memory";
    EACCES = 13, "permission denied";
    EEXIST = 17, "the route exists";
    EINVAL = 22, "invalid argument";
    EMSGSIZE = 40, "message too long";
    EPROTONOSUPPORT = 43, "message version not supported";
    EOPNOTSUPP = 45, "operation not supported";
    EAFNOSUPPORT = 47, "address family or table not supported";
    EADDRINUSE = 48, "address in use";
    EADDRNOTAVAIL = 49, "address not available";
    ENETUNREACH = 51, "network is unreachable";
    ENOBUFS = 55, "no buffer space";
    EHOSTDOWN = 64, "host is down";
    EHOSTUNREACH = 65, "no route to host";
    EDQUOT = 69, "the gateway could not be stored";
}

impl Errno {
    /// The number in the system's `errno.h`. The two agree on all of these.
    pub const fn number(self, _profile: Profile) -> i32 {
        self.shared_number()
    }

    /// The error of that number.
    pub fn from_number(profile: Profile, number: i32) -> Option<Self> {
        Self::ALL.iter().copied().find(|errno| errno.number(profile) == number)
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name(), self.meaning())
    }
}

/// Why a request was refused. The tables are as they were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RouteError {
    errno: Errno,
    destination: Option<AnyPrefix>,
    reason: &'static str,
}

impl RouteError {
    pub(crate) const fn new(
        errno: Errno,
        destination: Option<AnyPrefix>,
        reason: &'static str,
    ) -> Self {
        Self { errno, destination, reason }
    }

    /// What the kernel's function would have returned.
    pub const fn errno(&self) -> Errno {
        self.errno
    }

    /// The destination that the request named, if it named a valid one.
    pub const fn destination(&self) -> Option<AnyPrefix> {
        self.destination
    }

    /// Which of the errno's several causes it was.
    pub const fn reason(&self) -> &'static str {
        self.reason
    }
}

impl fmt::Display for RouteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.errno.name())?;
        if let Some(destination) = self.destination {
            write!(f, " for {destination}")?;
        }
        write!(f, ": {}", self.reason)
    }
}

impl core::error::Error for RouteError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_are_distinct() {
        for profile in [Profile::OpenBsd, Profile::FreeBsd] {
            for errno in Errno::ALL {
                let number = errno.number(profile);
                assert_eq!(Errno::from_number(profile, number), Some(*errno));
            }
            assert_eq!(Errno::from_number(profile, 0), None);
        }
    }

    #[test]
    fn an_error_names_what_and_where() {
        let destination = AnyPrefix::containing("10.0.0.0".parse().unwrap(), 8);
        let error = RouteError::new(Errno::ESRCH, Some(destination), "no route of this priority");
        assert_eq!(error.to_string(), "ESRCH for 10.0.0.0/8: no route of this priority");
    }
}
