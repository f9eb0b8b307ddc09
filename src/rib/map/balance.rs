//! Keeping nodes filled: splitting, merging and evening out of neighbours.
//!
//! The same two steps serve leaves under an inner node and inner nodes under the root. Both make
//! the nodes that they change their own before they move anything, so that a panic in the copying
//! of a value leaves every route where it was, and both keep the left node's fence and move the
//! right one's, so a node's first fence never changes (Fence).

use alloc::sync::Arc;

use super::{
    node::{Keyed, least, slack},
    run::Run,
};
use crate::address::Address;

/// Makes room in the full child at `index`: evens out with a neighbour that has some to spare, or
/// splits. The parent must have room for one more child. `None` if there is no such child.
pub(super) fn relieve<A, C, P, const N: usize>(parent: &mut P, index: usize) -> Option<()>
where
    A: Address,
    C: Clone,
    P: Keyed<A, Arc<Run<A, C, N>>>,
{
    let child = |at: usize| parent.item(at);
    let roomy = |at: usize| child(at).is_some_and(|c| c.count() + slack(N) <= N);
    let before = index.checked_sub(1).filter(|&at| roomy(at));
    if let Some(left) = before.or_else(|| roomy(index + 1).then_some(index)) {
        return even_out(parent, left);
    }
    let right = Arc::make_mut(parent.item_mut(index)?).split_off(N / 2);
    parent.insert(index + 1, right.key(0), Arc::new(right));
    Some(())
}

/// Fills up the child at `index` if it is under the least fill: merges it with a neighbour or
/// evens out with it. An only child stays as it is: `None`.
pub(super) fn refill<A, C, P, const N: usize>(parent: &mut P, index: usize) -> Option<()>
where
    A: Address,
    C: Clone,
    P: Keyed<A, Arc<Run<A, C, N>>>,
{
    let left = index.saturating_sub(1);
    let (one, other) = (parent.item(left)?.count(), parent.item(left + 1)?.count());
    if one >= least(N) && other >= least(N) {
        return Some(());
    }
    if one + other > N - slack(N) {
        return even_out(parent, left);
    }
    let (one, emptied) = unshared_pair(parent, left)?;
    one.take_front(emptied, other);
    parent.remove(left + 1).map(drop)
}

/// Moves items between the child at `left` and the next, so that each has half of them.
fn even_out<A, C, P, const N: usize>(parent: &mut P, left: usize) -> Option<()>
where
    A: Address,
    C: Clone,
    P: Keyed<A, Arc<Run<A, C, N>>>,
{
    let (one, other) = unshared_pair(parent, left)?;
    let half = one.count().midpoint(other.count());
    if one.count() < half {
        let count = half - one.count();
        one.take_front(other, count);
    } else {
        let count = one.count() - half;
        other.take_back(one, count);
    }
    let fence = other.key(0);
    parent.set_key(left + 1, fence);
    Some(())
}

/// A node and its right neighbour.
type Pair<'a, A, C, const N: usize> = (&'a mut Run<A, C, N>, &'a mut Run<A, C, N>);

/// The child at `left` and the next, copied first where a snapshot shares them.
fn unshared_pair<A, C, P, const N: usize>(parent: &mut P, left: usize) -> Option<Pair<'_, A, C, N>>
where
    A: Address,
    C: Clone,
    P: Keyed<A, Arc<Run<A, C, N>>>,
{
    let (one, other) = parent.pair_mut(left)?;
    Some((Arc::make_mut(one), Arc::make_mut(other)))
}
