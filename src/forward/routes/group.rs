//! Several next hops of one route.

use std::sync::Arc;

use super::{Answer, RouteData};
use crate::nexthop::NextHop;

/// One of the next hops of a group, and its share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Member {
    /// Where packets go.
    pub next_hop: NextHop,
    /// Its share of the flows, relative to the others'.
    pub weight: u32,
}

/// The next hops of a route with several, as a table's data; none for a route whose own next hop is
/// the only one.
///
/// ```
/// use rtalloc::forward::{Group, Member};
/// use rtalloc::{NextHop, Route};
///
/// let member = |interface, weight| Member { next_hop: NextHop::interface(interface), weight };
/// let group = Group::new([member(1, 3), member(2, 1)]);
/// let route = Route::with_data(NextHop::interface(1), group.clone());
/// assert_eq!(group.choose(0), Some(NextHop::interface(1)));
/// assert_eq!(group.choose(u32::MAX), Some(NextHop::interface(2)));
/// # let _ = route;
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Group(Option<Arc<[Member]>>);

impl Group {
    /// A group of `members`.
    pub fn new(members: impl IntoIterator<Item = Member>) -> Self {
        let members: Arc<[Member]> = members.into_iter().collect();
        Self((!members.is_empty()).then_some(members))
    }

    /// The members, none if the route's own next hop is the only one.
    pub fn members(&self) -> &[Member] {
        self.0.as_deref().unwrap_or(&[])
    }

    /// The next hop of a flow, by its hash, in proportion to the weights (hash-threshold, RFC 2992).
    /// `None` without members, or if all of them weigh nothing.
    pub fn choose(&self, hash: u32) -> Option<NextHop> {
        let members = self.members();
        let total: u64 = members.iter().map(|member| u64::from(member.weight)).sum();
        // Below the total, as the hash is below 2^32; the total is below 2^64 for fewer than 2^32
        // members.
        let point = ((u128::from(hash) * u128::from(total)) >> 32) as u64;
        let mut end = 0;
        let chosen = members.iter().find(|member| {
            end += u64::from(member.weight);
            point < end
        });
        chosen.map(|member| member.next_hop)
    }
}

impl RouteData for Group {
    const SEVERAL: bool = true;

    fn choose(&self, next_hop: NextHop, hash: impl FnOnce() -> u32) -> Answer {
        let chosen = if self.0.is_some() { Self::choose(self, hash()) } else { None };
        Answer::Via(chosen.unwrap_or(next_hop))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(weights: &[u32]) -> Group {
        let member = |(index, &weight): (usize, &u32)| Member {
            next_hop: NextHop::interface(index as u32 + 1),
            weight,
        };
        Group::new(weights.iter().enumerate().map(member))
    }

    #[test]
    fn flows_are_spread_by_weight() {
        let group = group(&[1, 0, 3, 4]);
        let mut counts = [0i32; 4];
        for step in 0..8000u32 {
            let next_hop = group.choose(step * (u32::MAX / 8000)).expect("members");
            counts[next_hop.interface as usize - 1] += 1;
        }
        for (count, due) in counts.into_iter().zip([1000, 0, 3000, 4000]) {
            assert!((count - due).abs() <= 2, "{counts:?}");
        }
    }

    #[test]
    fn nothing_to_choose_from() {
        assert_eq!(group(&[]).choose(1), None);
        assert_eq!(group(&[0, 0]).choose(u32::MAX), None);
        assert_eq!(group(&[u32::MAX, u32::MAX]).choose(u32::MAX), Some(NextHop::interface(2)));
        let own = NextHop::interface(9);
        let answer = RouteData::choose(&Group::default(), own, || unreachable!("no choice"));
        assert_eq!(answer, Answer::Via(own));
    }
}
