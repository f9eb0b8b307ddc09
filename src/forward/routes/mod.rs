//! What a forwarder asks its table, for a burst at once.
//!
//! Where every route has one next hop the burst goes to the [forwarding view](crate::Forwarding),
//! which answers with numbers of next hops in a fraction of the memory. Where routes may have
//! several ([`RouteData::SEVERAL`]), or the table was opened without the view, it goes to the entries,
//! which know the paths and the flags.
//!
//! The view knows next hops alone. So a route that drops or refuses packets is to name none, neither
//! gateway nor interface: that sends the forwarder to its entry, whose flags say what to do. The
//! mirrors of [`netlink`](crate::netlink) make such routes.

mod group;
#[cfg(all(feature = "netlink", target_os = "linux"))]
mod origin;

pub use group::{Group, Member};

use core::net::IpAddr;

use super::packet::Report;
use crate::{
    address::Address,
    entry::Match,
    nexthop::NextHop,
    route::RouteFlags,
    table::{Forwarding, Guard},
};

/// What the data of a table's routes mean to a forwarder.
pub trait RouteData: Send + Sync + 'static {
    /// Whether a route may say more than its next hop does, so that entries have to be looked at.
    const SEVERAL: bool;

    /// What becomes of a packet by a route that is up, has `next_hop` and neither drops nor refuses
    /// it. `hash` is asked for the hash of the packet's flow, at most once.
    fn choose(&self, next_hop: NextHop, hash: impl FnOnce() -> u32) -> Answer;

    /// What the sender is told when the route refuses its packet.
    fn refusal(&self) -> Report {
        Report::HostUnreachable
    }
}

impl RouteData for () {
    const SEVERAL: bool = false;

    fn choose(&self, next_hop: NextHop, _: impl FnOnce() -> u32) -> Answer {
        Answer::Via(next_hop)
    }
}

/// What the routes say about a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It goes this way.
    Via(NextHop),
    /// There is no route.
    Nothing,
    /// It is dropped, and nobody told.
    Drop,
    /// It is dropped, and its sender told.
    Refuse(Report),
    /// It would have to be wrapped up, which nobody here does.
    Encapsulate,
}

/// Where answers come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// The forwarding view.
    View,
    /// The entries.
    Entries,
    /// Nowhere: every packet goes this way. To measure all but the lookup.
    Constant(NextHop),
}

/// The most packets in a burst.
pub const MOST_BURST: usize = 256;

/// What an IPv4 or IPv6 address asks of a table.
pub(super) trait Family: Address {
    fn numbers<V: RouteData>(view: &Forwarding<'_, V>, addresses: &[Self], numbers: &mut [u32]);
    fn next_hop<V: RouteData>(view: &Forwarding<'_, V>, number: u32) -> Option<NextHop>;
    fn lookup<'g, V: RouteData>(guard: &'g Guard<'_, V>, address: Self) -> Option<Match<'g, V>>;
    fn lookup_burst<'g, V: RouteData>(
        guard: &'g Guard<'_, V>,
        addresses: &[Self],
        found: &mut [Option<Match<'g, V>>],
    );
}

macro_rules! family {
    ($int:ty, $numbers:ident, $next_hop:ident, $lookup:ident, $burst:ident) => {
        impl Family for $int {
            fn numbers<V: RouteData>(view: &Forwarding<'_, V>, of: &[Self], numbers: &mut [u32]) {
                view.$numbers(of, numbers);
            }

            fn next_hop<V: RouteData>(view: &Forwarding<'_, V>, number: u32) -> Option<NextHop> {
                view.$next_hop(number)
            }

            fn lookup<'g, V: RouteData>(
                guard: &'g Guard<'_, V>,
                address: Self,
            ) -> Option<Match<'g, V>> {
                guard.$lookup(address)
            }

            fn lookup_burst<'g, V: RouteData>(
                guard: &'g Guard<'_, V>,
                addresses: &[Self],
                found: &mut [Option<Match<'g, V>>],
            ) {
                guard.$burst(addresses, found);
            }
        }
    };
}

family!(u32, numbers_v4, next_hop_v4, lookup_v4, lookup_burst_v4);
family!(u128, numbers_v6, next_hop_v6, lookup_v6, lookup_burst_v6);

/// Who asked for a burst, as answers come.
pub(super) trait Sink {
    /// The hash of the flow of the packet at a place.
    fn hash(&self, at: usize) -> u32;

    /// Takes the answer for the place `at`. `number` is small and the same for the same route or next
    /// hop.
    fn take(&mut self, at: usize, number: u32, answer: Answer);
}

/// Looks all of `addresses` up, at most [`MOST_BURST`], and gives the answers to `sink`.
pub(super) fn find<A: Family, V: RouteData>(
    source: Source,
    guard: &Guard<'_, V>,
    addresses: &[A],
    sink: &mut impl Sink,
) {
    let addresses = &addresses[..addresses.len().min(MOST_BURST)];
    match (source, guard.forwarding()) {
        (Source::Constant(next_hop), _) => {
            (0..addresses.len()).for_each(|at| sink.take(at, 1, Answer::Via(next_hop)));
        }
        (Source::View, Some(view)) => {
            let mut numbers = [0; MOST_BURST];
            let numbers = &mut numbers[..addresses.len()];
            A::numbers(&view, addresses, numbers);
            for (at, (&address, &number)) in addresses.iter().zip(&*numbers).enumerate() {
                let found = match A::next_hop(&view, number) {
                    _ if number == 0 => Answer::Nothing,
                    Some(next_hop) if next_hop != NextHop::default() => Answer::Via(next_hop),
                    _ => answer(A::lookup(guard, address), || sink.hash(at)),
                };
                sink.take(at, number, settled(guard, found));
            }
        }
        (Source::Entries | Source::View, _) => {
            let mut found = [None; MOST_BURST];
            let found = &mut found[..addresses.len()];
            A::lookup_burst(guard, addresses, found);
            for (at, &found) in found.iter().enumerate() {
                let number = found.map_or(0, |entry| entry.number());
                let found = answer(found, || sink.hash(at));
                sink.take(at, number, settled(guard, found));
            }
        }
    }
}

/// Looks one address up, as [`find`] does.
pub(super) fn find_one<V: RouteData>(
    source: Source,
    guard: &Guard<'_, V>,
    address: IpAddr,
) -> Answer {
    match source {
        Source::Constant(next_hop) => Answer::Via(next_hop),
        Source::View | Source::Entries => settled(guard, answer(guard.lookup(address), || 0)),
    }
}

/// How often a gateway may be reached through another one.
const MOST_STEPS: usize = 4;

/// The answer with an interface: that of the route to its gateway, if it names none itself.
#[inline]
fn settled<V: RouteData>(guard: &Guard<'_, V>, found: Answer) -> Answer {
    match found {
        Answer::Via(NextHop { gateway: Some(gateway), interface: 0 }) => settle(guard, gateway),
        found => found,
    }
}

#[cold]
fn settle<V: RouteData>(guard: &Guard<'_, V>, mut gateway: IpAddr) -> Answer {
    for _ in 0..MOST_STEPS {
        match answer(guard.lookup(gateway), || 0) {
            Answer::Via(NextHop { gateway: Some(further), interface: 0 }) => gateway = further,
            Answer::Via(NextHop { gateway: further, interface }) => {
                return Answer::Via(NextHop { gateway: further.or(Some(gateway)), interface });
            }
            other => return other,
        }
    }
    Answer::Nothing
}

#[inline]
fn answer<V: RouteData>(found: Option<Match<'_, V>>, hash: impl FnOnce() -> u32) -> Answer {
    let Some(entry) = found else { return Answer::Nothing };
    let flags = entry.flags();
    if flags.contains(RouteFlags::BLACKHOLE) {
        return Answer::Drop;
    }
    if flags.contains(RouteFlags::REJECT) {
        return Answer::Refuse(entry.data().refusal());
    }
    match entry.data().choose(entry.next_hop(), hash) {
        Answer::Via(next_hop) if next_hop == NextHop::default() => Answer::Nothing,
        answer => answer,
    }
}
