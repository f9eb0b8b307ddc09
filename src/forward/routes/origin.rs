//! What a mirrored route means to a forwarder.

use super::{Answer, RouteData};
use crate::{
    forward::packet::Report,
    netlink::{Origin, RouteKind},
    nexthop::NextHop,
};

impl RouteData for Origin {
    const SEVERAL: bool = true;

    /// A route to this machine, to a group or to all hosts of a network leads nowhere for packets
    /// that are forwarded.
    fn choose(&self, next_hop: NextHop, hash: impl FnOnce() -> u32) -> Answer {
        match self.kind {
            _ if self.encapsulated => Answer::Encapsulate,
            RouteKind::Unicast if self.paths().is_empty() => Answer::Via(next_hop),
            RouteKind::Unicast => {
                let path = self.path(hash());
                Answer::Via(path.map_or(next_hop, |path| path.next_hop))
            }
            _ => Answer::Nothing,
        }
    }

    fn refusal(&self) -> Report {
        match self.kind {
            RouteKind::Prohibit => Report::Prohibited,
            RouteKind::Throw => Report::NoRoute,
            _ => Report::HostUnreachable,
        }
    }
}
