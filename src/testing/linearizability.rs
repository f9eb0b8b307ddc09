//! Decides whether a recorded history of concurrent lookups and updates is linearizable.
//!
//! [`history`](super::history) asks of each lookup alone whether some state of the table within
//! its time explains the answer. That is necessary, but it lets two lookups contradict each other:
//! while an update is under way, one reader may have seen it done and another reader, later, not
//! yet done. Linearizability forbids that, since the first answer proves that the update's instant
//! is over. This checker decides the whole question.
//!
//! # What is decided
//!
//! Every operation, lookup or update, carries two stamps of one clock: one taken before it was
//! called and one after it had returned. Operation `x` *precedes* `y` if `x` returned before `y`
//! was called. The updates come from one writer, so they precede each other in order, and there is
//! one sequence of states: state `k` is the table after the first `k` updates, where a batch is one
//! update. The history is linearizable if and only if each lookup can be given a *point*, a state
//! that gives its answer, such that
//!
//! 1. an update that precedes the lookup is in its point, and one that the lookup precedes is not:
//!    the point lies in a *window* of states;
//! 2. of two lookups, whoever made them, where one precedes the other, the later one's point is
//!    not before the earlier one's.
//!
//! Both are necessary, because a linearization is a sequence of all operations that respects
//! precedence. They suffice: put the lookups with point `k` after update `k` and before update
//! `k + 1`, those of one point in the order of their calls.
//!
//! # Why greed is right
//!
//! The lookups are taken in the order of their calls, and each gets the least state that fits its
//! answer, lies in its window and is not before the points of the lookups that precede it. By
//! induction no valid choice gives any lookup an earlier point: its constraints say nothing but
//! "this set of states" and "not before those points", and those are as early as they can be. So a
//! lookup that finds no state here finds none under any choice, and if all find one, the choice is
//! valid. It is the total order of the states that makes this work; with several writers, whose
//! updates have to be ordered first, the question is much harder.
//!
//! A lookup that cannot be placed is reported and then left out, so that one wrong answer is one
//! report and not the reason for a hundred.
//!
//! # Cost
//!
//! One pass over the states collects, for each lookup, the stretches of its window that fit; it
//! asks an oracle once for each lookup and once more for each update in the window that covers the
//! lookup's address. One pass over the stamps places the points. The rest is sorting.

use core::ops::RangeInclusive;

use super::{
    history::{Answer, Step},
    oracle::Oracle,
};
use crate::{
    Address, NextHop,
    sync::{AtomicU64, Ordering},
};

/// The clock that stamps a history: a counter that every thread advances.
///
/// Each tick is a read-modify-write of one word, in one order for all threads. So if one operation
/// precedes another by its stamps, it really has ended before the other began. The same makes
/// ticks a synchronization between the threads, which may hide an ordering that the code under
/// test lacks: a history taken with it says something about the algorithm, less about its memory
/// orderings.
#[derive(Debug, Default)]
pub struct Clock(AtomicU64);

impl Clock {
    /// A clock at its start.
    pub fn new() -> Self {
        Self::default()
    }

    /// A stamp later than all before.
    pub fn tick(&self) -> u64 {
        // SeqCst: no access of the operation under test may move across its stamps.
        self.0.fetch_add(1, Ordering::SeqCst)
    }
}

/// An operation and when it ran. Stamps may be equal: operations that share one overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timed<T> {
    /// What was done.
    pub what: T,
    /// The stamp taken before the call.
    pub called: u64,
    /// The stamp taken after the return.
    pub returned: u64,
}

impl<T> Timed<T> {
    /// Runs `operation` between two ticks of `clock`.
    pub fn run(clock: &Clock, operation: impl FnOnce() -> T) -> Self {
        let called = clock.tick();
        let what = operation();
        Self { what, called, returned: clock.tick() }
    }
}

/// A lookup and what it found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found<A: Address> {
    /// The address asked for.
    pub address: A,
    /// What the table answered.
    pub answer: Answer<A>,
}

/// A lookup that cannot be placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation<A: Address> {
    /// The lookup's place in the list.
    pub index: usize,
    /// The lookup.
    pub lookup: Timed<Found<A>>,
    /// The states that its time allows.
    pub window: RangeInclusive<u64>,
    /// The stretches of the window in which the table gave this answer. If there is none, the
    /// answer is wrong whatever other lookups saw.
    pub fits: Vec<RangeInclusive<u64>>,
    /// The state that a preceding lookup has seen, and that lookup's place in the list.
    pub seen: Option<(u64, usize)>,
}

/// A history that cannot have been recorded as it should: places in the lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// The update returned before it was called, or was called before the one before it returned.
    Update(usize),
    /// The lookup returned before it was called.
    Lookup(usize),
}

/// Finds the lookups that cannot be placed, in the order of their calls; none if and only if the
/// history is linearizable.
///
/// `table` is the table before the first update and afterwards the one after the last. The updates
/// are in the order of their calls; the lookups are in any order, from any number of readers.
///
/// # Errors
/// [`Malformed`] if the updates overlap each other or something returned before it was called; the
/// table is as it was then.
pub fn check<A: Address, U: AsRef<[Step<A>]>>(
    table: &mut Oracle<A, NextHop>,
    updates: &[Timed<U>],
    lookups: &[Timed<Found<A>>],
) -> Result<Vec<Violation<A>>, Malformed> {
    let mut idle_since = 0;
    for (index, update) in updates.iter().enumerate() {
        if update.called < idle_since || update.returned < update.called {
            return Err(Malformed::Update(index));
        }
        idle_since = update.returned;
    }
    if let Some(index) = lookups.iter().position(|lookup| lookup.returned < lookup.called) {
        return Err(Malformed::Lookup(index));
    }
    // The updates' stamps ascend, so that windows are found by bisection.
    let window = |lookup: &Timed<Found<A>>| {
        let first = updates.partition_point(|update| update.returned < lookup.called);
        let last = updates.partition_point(|update| update.called <= lookup.returned);
        first as u64..=last as u64
    };
    let windows: Vec<_> = lookups.iter().map(window).collect();
    let stretches = stretches(table, updates, lookups, &windows);
    Ok(place(lookups, &windows, &stretches))
}

/// The states of a lookup's window in which the table gives its answer.
struct Stretch {
    lookup: usize,
    first: u64,
    last: u64,
}

/// A lookup whose window is open, and since when its answer has fitted.
struct Open {
    lookup: usize,
    since: Option<u64>,
}

/// Steps `table` through the updates and returns what fits, by lookup and then by state.
fn stretches<A: Address, U: AsRef<[Step<A>]>>(
    table: &mut Oracle<A, NextHop>,
    updates: &[Timed<U>],
    lookups: &[Timed<Found<A>>],
    windows: &[RangeInclusive<u64>],
) -> Vec<Stretch> {
    let mut order: Vec<usize> = (0..lookups.len()).collect();
    order.sort_by_key(|&lookup| *windows[lookup].start());
    let mut starting = order.into_iter().peekable();
    let mut open: Vec<Open> = Vec::new();
    let mut stretches = Vec::new();
    let mut updates = updates.iter();
    for state in 0u64.. {
        while let Some(lookup) = starting.next_if(|&lookup| *windows[lookup].start() == state) {
            open.push(Open { lookup, since: fits(table, &lookups[lookup].what).then_some(state) });
        }
        let Some(update) = updates.next() else {
            // Every window starts and ends at a state that exists.
            stretches.extend(open.drain(..).filter_map(|entry| entry.until(state)));
            break;
        };
        stretches.extend(
            open.extract_if(.., |entry| *windows[entry.lookup].end() == state)
                .filter_map(|entry| entry.until(state)),
        );
        let steps = update.what.as_ref();
        for step in steps {
            step.apply(table);
        }
        for entry in &mut open {
            let found = &lookups[entry.lookup].what;
            if !steps.iter().any(|step| step.prefix().contains(found.address)) {
                continue;
            }
            let fits = fits(table, found);
            if !fits {
                stretches.extend(entry.until(state));
                entry.since = None;
            } else if entry.since.is_none() {
                entry.since = Some(state + 1);
            }
        }
    }
    stretches.sort_unstable_by_key(|stretch| (stretch.lookup, stretch.first));
    stretches
}

impl Open {
    /// The stretch that ends with state `last`, if the answer fits in it.
    fn until(&self, last: u64) -> Option<Stretch> {
        self.since.map(|first| Stretch { lookup: self.lookup, first, last })
    }
}

/// Whether the table gives the answer now.
fn fits<A: Address>(table: &Oracle<A, NextHop>, found: &Found<A>) -> bool {
    table.lookup(found.address).map(|(prefix, &hop)| (prefix, hop)) == found.answer
}

/// Gives each lookup its point, and returns those for which there is none.
fn place<A: Address>(
    lookups: &[Timed<Found<A>>],
    windows: &[RangeInclusive<u64>],
    stretches: &[Stretch],
) -> Vec<Violation<A>> {
    let mut called: Vec<usize> = (0..lookups.len()).collect();
    called.sort_by_key(|&index| lookups[index].called);
    let mut returned: Vec<usize> = (0..lookups.len()).collect();
    returned.sort_by_key(|&index| lookups[index].returned);
    let mut returned = returned.into_iter().peekable();

    let mut points: Vec<Option<u64>> = vec![None; lookups.len()];
    let mut seen: Option<(u64, usize)> = None;
    let mut violations = Vec::new();
    for index in called {
        let lookup = lookups[index];
        // What precedes this lookup was called before it, so that it has its point already.
        while let Some(before) =
            returned.next_if(|&before| lookups[before].returned < lookup.called)
        {
            if let Some(point) = points[before]
                && seen.is_none_or(|(state, _)| point > state)
            {
                seen = Some((point, before));
            }
        }
        let least = seen.map_or(0, |(state, _)| state);
        let start = stretches.partition_point(|stretch| stretch.lookup < index);
        let own = stretches[start..].iter().take_while(|stretch| stretch.lookup == index);
        points[index] = own
            .clone()
            .find(|stretch| stretch.last >= least)
            .map(|stretch| stretch.first.max(least));
        if points[index].is_none() {
            violations.push(Violation {
                index,
                lookup,
                window: windows[index].clone(),
                fits: own.map(|stretch| stretch.first..=stretch.last).collect(),
                seen,
            });
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// No lookup is wrong.
    const NONE: [usize; 0] = [];
    use crate::{
        Prefix,
        testing::history::{Sample, verify},
    };

    fn p(address: u32, len: u8) -> Prefix<u32> {
        Prefix::new(address, len).unwrap()
    }

    const X: u32 = 0x0A00_0000;
    const Y: u32 = 0x0B00_0000;

    /// `address` is covered by a route of length 8 with this hop, 0 for no route.
    fn answer(address: u32, hop: u32) -> Answer<u32> {
        (hop != 0).then(|| (p(address, 8), NextHop::interface(hop)))
    }

    fn lookup(address: u32, hop: u32, called: u64, returned: u64) -> Timed<Found<u32>> {
        Timed { what: Found { address, answer: answer(address, hop) }, called, returned }
    }

    fn update(routes: &[(u32, u32)], called: u64, returned: u64) -> Timed<Vec<Step<u32>>> {
        let step = |&(address, hop): &(u32, u32)| match answer(address, hop) {
            Some((prefix, hop)) => Step::Set(prefix, hop),
            None => Step::Remove(p(address, 8)),
        };
        Timed { what: routes.iter().map(step).collect(), called, returned }
    }

    /// The places of the lookups that cannot be placed.
    fn wrong(updates: &[Timed<Vec<Step<u32>>>], lookups: &[Timed<Found<u32>>]) -> Vec<usize> {
        let violations = check(&mut Oracle::new(), updates, lookups).unwrap();
        violations.iter().map(|violation| violation.index).collect()
    }

    /// The same, looking at each lookup alone.
    fn wrong_alone(updates: &[Timed<Vec<Step<u32>>>], lookups: &[Timed<Found<u32>>]) -> Vec<usize> {
        let samples: Vec<_> = lookups
            .iter()
            .map(|lookup| {
                let before = |update: &&Timed<_>| update.returned < lookup.called;
                let begun = |update: &&Timed<_>| update.called <= lookup.returned;
                Sample {
                    address: lookup.what.address,
                    answer: lookup.what.answer,
                    from: updates.iter().filter(before).count() as u64,
                    to: updates.iter().filter(begun).count() as u64,
                }
            })
            .collect();
        let updates: Vec<_> = updates.iter().map(|update| update.what.clone()).collect();
        verify(&mut Oracle::new(), &updates, &samples).iter().map(|f| f.index).collect()
    }

    #[test]
    fn what_one_reader_has_seen_another_may_not_miss_later() {
        let updates = [update(&[(X, 1)], 0, 100)];
        let contradiction = [lookup(X, 1, 10, 20), lookup(X, 0, 30, 40)];
        assert_eq!(wrong(&updates, &contradiction), [1]);
        assert_eq!(wrong_alone(&updates, &contradiction), NONE, "alone each is right");
        // While the two overlap there is no contradiction, nor if the stamps are equal.
        assert_eq!(wrong(&updates, &[lookup(X, 1, 10, 20), lookup(X, 0, 15, 40)]), NONE);
        assert_eq!(wrong(&updates, &[lookup(X, 1, 10, 20), lookup(X, 0, 20, 40)]), NONE);
        // Nor in the other order.
        assert_eq!(wrong(&updates, &[lookup(X, 0, 10, 20), lookup(X, 1, 30, 40)]), NONE);
    }

    #[test]
    fn a_violation_names_what_it_contradicts() {
        let updates = [update(&[(X, 1)], 0, 100)];
        let lookups = [lookup(Y, 0, 1, 2), lookup(X, 1, 10, 20), lookup(X, 0, 30, 40)];
        let found = check(&mut Oracle::new(), &updates, &lookups).unwrap();
        assert_eq!(
            found,
            [Violation {
                index: 2,
                lookup: lookups[2],
                window: 0..=1,
                fits: vec![0..=0],
                seen: Some((1, 1)),
            }]
        );
    }

    #[test]
    fn a_batch_is_not_seen_half_done() {
        let batch = [update(&[(X, 1), (Y, 1)], 0, 100)];
        let half = [lookup(X, 1, 10, 20), lookup(Y, 0, 30, 40)];
        assert_eq!(wrong(&batch, &half), [1]);
        assert_eq!(wrong_alone(&batch, &half), NONE);
        // As two updates, the same answers are right.
        let single = [update(&[(X, 1)], 0, 5), update(&[(Y, 1)], 6, 100)];
        assert_eq!(wrong(&single, &half), NONE);
    }

    #[test]
    fn two_readers_agree_on_the_order_of_two_changes() {
        // Under one batch: one reader has X before Y, the other Y before X.
        let batch = [update(&[(X, 1), (Y, 1)], 0, 100)];
        let lookups = [
            lookup(X, 1, 10, 16),
            lookup(Y, 0, 17, 18),
            lookup(Y, 1, 19, 22),
            lookup(X, 0, 31, 41),
        ];
        assert_eq!(wrong(&batch, &lookups), [1, 3]);
        // Under two updates: the second reader has Y's change and, later, not X's.
        let single = [update(&[(X, 1)], 0, 14), update(&[(Y, 1)], 15, 100)];
        assert_eq!(wrong(&single, &lookups), [3]);
    }

    #[test]
    fn a_long_lookup_proves_as_late_a_state_as_it_must() {
        // Overlaps both updates; only the second one gives its answer.
        let updates = [update(&[(X, 1)], 10, 20), update(&[(Y, 1)], 30, 100)];
        let lookups = [lookup(Y, 1, 0, 40), lookup(Y, 0, 41, 42)];
        assert_eq!(wrong(&updates, &lookups), [1]);
        assert_eq!(wrong_alone(&updates, &lookups), NONE);
    }

    #[test]
    fn an_answer_that_comes_back_counts_where_it_is_possible() {
        let updates =
            [update(&[(X, 1)], 0, 10), update(&[(X, 2)], 20, 30), update(&[(X, 1)], 40, 90)];
        let story = [
            lookup(X, 1, 0, 95), // Fits states 1 and 3.
            lookup(X, 2, 25, 50),
            lookup(X, 1, 60, 70), // State 3, since state 2 was seen before.
            lookup(X, 2, 80, 95), // State 2 is over.
        ];
        assert_eq!(wrong(&updates, &story), [3]);
        assert_eq!(wrong_alone(&updates, &story), NONE);
    }

    #[test]
    fn a_violation_is_reported_once_and_proves_nothing() {
        let updates = [update(&[(X, 1)], 0, 100)];
        let lookups = [lookup(X, 7, 1, 2), lookup(X, 0, 10, 20), lookup(X, 1, 30, 40)];
        assert_eq!(wrong(&updates, &lookups), [0]);
        assert_eq!(wrong_alone(&updates, &lookups), [0]);
    }

    #[test]
    fn stamps_that_cannot_be_are_refused() {
        let mut table = Oracle::new();
        let backwards = [lookup(X, 0, 2, 1)];
        let none: [Timed<Vec<Step<u32>>>; 0] = [];
        assert_eq!(check(&mut table, &none, &backwards), Err(Malformed::Lookup(0)));
        let overlapping = [update(&[(X, 1)], 0, 10), update(&[(X, 2)], 9, 20)];
        assert_eq!(check(&mut table, &overlapping, &[]), Err(Malformed::Update(1)));
        let backwards = [update(&[(X, 1)], 10, 0)];
        assert_eq!(check(&mut table, &backwards, &[]), Err(Malformed::Update(0)));
        assert!(table.is_empty());
    }

    /// By the definition: tries every choice of points.
    fn linearizable(
        states: &[Oracle<u32, NextHop>],
        windows: &[RangeInclusive<u64>],
        lookups: &[Timed<Found<u32>>],
    ) -> bool {
        fn choose(
            states: &[Oracle<u32, NextHop>],
            windows: &[RangeInclusive<u64>],
            lookups: &[Timed<Found<u32>>],
            points: &mut Vec<u64>,
        ) -> bool {
            let index = points.len();
            let Some(lookup) = lookups.get(index) else { return true };
            windows[index].clone().any(|state| {
                let agrees = fits(&states[state as usize], &lookup.what)
                    && points.iter().zip(lookups).all(|(&point, other)| {
                        (other.returned >= lookup.called || point <= state)
                            && (lookup.returned >= other.called || state <= point)
                    });
                points.push(state);
                let done = agrees && choose(states, windows, lookups, points);
                points.pop();
                done
            })
        }
        choose(states, windows, lookups, &mut Vec::new())
    }

    proptest! {
        #[test]
        fn agrees_with_trying_every_choice(
            changes in prop::collection::vec((0..2u32, 0..3u32, any::<bool>(), 0..5u64, 0..8u64), 0..5),
            asked in prop::collection::vec((0..2u32, 0..3u32, 0..30u64, 0..12u64), 0..6),
        ) {
            let mut now = 0;
            let updates: Vec<_> = changes
                .into_iter()
                .map(|(which, hop, both, wait, takes)| {
                    let routes = [(X + (which << 24), hop), (X + ((which ^ 1) << 24), hop)];
                    let called = now + wait;
                    now = called + takes;
                    update(&routes[..1 + usize::from(both)], called, now)
                })
                .collect();
            let lookups: Vec<_> = asked
                .into_iter()
                .map(|(which, hop, called, takes)| {
                    lookup(X + (which << 24), hop, called, called + takes)
                })
                .collect();
            let mut states = vec![Oracle::new()];
            for update in &updates {
                let mut table = states.last().unwrap().clone();
                update.what.iter().for_each(|step| step.apply(&mut table));
                states.push(table);
            }
            let windows: Vec<_> = lookups
                .iter()
                .map(|lookup| {
                    let before = |update: &&Timed<_>| update.returned < lookup.called;
                    let begun = |update: &&Timed<_>| update.called <= lookup.returned;
                    updates.iter().filter(before).count() as u64
                        ..=updates.iter().filter(begun).count() as u64
                })
                .collect();
            let wrong = wrong(&updates, &lookups);
            prop_assert_eq!(wrong.is_empty(), linearizable(&states, &windows, &lookups));
            // Without those reported the rest is linearizable.
            let rest = |index: &usize| !wrong.contains(index);
            let kept: Vec<_> = (0..lookups.len()).filter(rest).collect();
            let windows: Vec<_> = kept.iter().map(|&index| windows[index].clone()).collect();
            let lookups: Vec<_> = kept.iter().map(|&index| lookups[index]).collect();
            prop_assert!(linearizable(&states, &windows, &lookups));
        }
    }
}
