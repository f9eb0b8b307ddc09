//! Why packets are dropped.

use core::fmt;

use super::packet::Invalid;

macro_rules! causes {
    ($($name:ident, $key:literal: $text:literal;)*) => {
        /// Why a packet was dropped.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Cause {
            $(#[doc = concat!("The packet ", $text, ".")] $name,)*
        }

        impl Cause {
            /// Every cause.
            pub const ALL: [Self; [$($key),*].len()] = [$(Self::$name),*];

            /// A name for programs, in lower case.
            pub fn key(self) -> &'static str {
                match self {
                    $(Self::$name => $key,)*
                }
            }
        }

        impl fmt::Display for Cause {
            /// What is wrong, to be put behind "a packet".
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$name => $text,)*
                })
            }
        }
    };
}

causes! {
    Truncated, "truncated": "was shorter than its header";
    Version, "version": "was of another IP version than its frame says";
    HeaderLength, "header_length": "had an impossible header length";
    TotalLength, "total_length": "had an impossible total length";
    Checksum, "checksum": "had a wrong header checksum";
    Options, "options": "had malformed options, or asked for a source route";
    Source, "martian_source": "came from an address that is no host's";
    Destination, "martian_destination": "was for an address that is no host's";
    EtherType, "ether_type": "was neither IPv4 nor IPv6 nor ARP";
    OtherStation, "other_station": "was for another station on the link";
    LinkBroadcast, "link_broadcast": "came to a group of stations, but was for one host";
    Multicast, "multicast": "was for a multicast group";
    Broadcast, "broadcast": "was for all hosts of a network";
    Scope, "scope": "had an address that is valid on its own link alone";
    Local, "local": "was for the forwarder itself, which has no use for it";
    Control, "control": "was a malformed ARP or neighbour message";
    NoRoute, "no_route": "had no route";
    NoPort, "no_port": "had a route through an interface that no port is";
    Blackhole, "blackhole": "had a route that drops packets";
    Refused, "refused": "had a route that refuses packets";
    Encapsulation, "encapsulation": "had a route that wraps packets up, which is not done here";
    TimeExceeded, "time_exceeded": "had made too many hops";
    TooBig, "too_big": "was too big for the link, and not to be fragmented";
    Unanswered, "unanswered": "was for a neighbour that does not answer";
    Unresolvable, "unresolvable": "was for a neighbour that could not be asked for";
    Waiting, "waiting": "was one too many that waits for a neighbour";
    Unasked, "unasked": "was for a neighbour that is not known, and too many such were asked for";
    NoBuffer, "no_buffer": "found no free frame";
    PortFull, "port_full": "found no room in the port";
    PortRefused, "port_refused": "was refused by the port: too long for it, or it is down or sends nothing";
}

impl From<Invalid> for Cause {
    fn from(invalid: Invalid) -> Self {
        match invalid {
            Invalid::Truncated => Self::Truncated,
            Invalid::Version => Self::Version,
            Invalid::HeaderLength => Self::HeaderLength,
            Invalid::TotalLength => Self::TotalLength,
            Invalid::Checksum => Self::Checksum,
            Invalid::Options => Self::Options,
            Invalid::Source => Self::Source,
            Invalid::Destination => Self::Destination,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_distinct() {
        let mut keys: Vec<_> = Cause::ALL.map(Cause::key).to_vec();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), Cause::ALL.len());
        assert!(Cause::ALL.iter().enumerate().all(|(at, cause)| *cause as usize == at));
    }
}
