//! Checks lookups that ran while the table changed.
//!
//! Updates are numbered by the order in which the one writer applies them, and state `k` is the
//! table after the first `k` of them. A reader notes for a lookup how many updates had completed
//! before it began (`from`) and how many had started when it ended (`to`). The lookup is correct,
//! that is linearizable, if its answer is the one that some state from `from` to `to` gives: the
//! states before `from` were over when it began, and those after `to` did not exist yet.
//!
//! The verifier steps an oracle through the updates once. A sample whose answer fits the state at
//! its `from`, which is nearly every sample, is done with one lookup. The others stay open until
//! a later state of their window fits or the window closes, and are asked again only when an
//! update covers their address.

use core::slice;

use crate::{Address, NextHop, Prefix, testing::oracle::Oracle};

/// One change of one route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<A: Address> {
    /// The prefix is announced, or announced again, with this next hop.
    Set(Prefix<A>, NextHop),
    /// The prefix is withdrawn; without effect if it is absent.
    Remove(Prefix<A>),
}

impl<A: Address> Step<A> {
    /// The prefix that changes.
    pub fn prefix(&self) -> Prefix<A> {
        match *self {
            Self::Set(prefix, _) | Self::Remove(prefix) => prefix,
        }
    }

    /// Makes the change in `table`.
    pub fn apply(&self, table: &mut Oracle<A, NextHop>) {
        match *self {
            Self::Set(prefix, hop) => table.insert(prefix, hop),
            Self::Remove(prefix) => table.remove(prefix),
        };
    }
}

/// A step alone is a batch of one.
impl<A: Address> AsRef<[Step<A>]> for Step<A> {
    fn as_ref(&self) -> &[Self] {
        slice::from_ref(self)
    }
}

/// What a lookup can answer: the matched prefix and its next hop, or no route.
pub type Answer<A> = Option<(Prefix<A>, NextHop)>;

/// One lookup as a reader saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample<A: Address> {
    /// The address asked for.
    pub address: A,
    /// What the table answered.
    pub answer: Answer<A>,
    /// How many updates had completed before the lookup began.
    pub from: u64,
    /// How many updates had started when the lookup had ended.
    pub to: u64,
}

/// A sample that no state of its window explains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure<A: Address> {
    /// The sample's place in the list.
    pub index: usize,
    /// The sample.
    pub sample: Sample<A>,
    /// The answers that were possible, in the order of the states that gave them, with repetitions
    /// left out. Empty if the window holds no state: `to` below `from`, or `from` past the last
    /// update.
    pub possible: Vec<Answer<A>>,
}

/// Finds the samples that are wrong, in the order of the list.
///
/// `table` is the table before the first update and afterwards the one after the last. An update
/// is a [`Step`], or anything that is a slice of steps which take effect together.
pub fn verify<A: Address, U: AsRef<[Step<A>]>>(
    table: &mut Oracle<A, NextHop>,
    updates: &[U],
    samples: &[Sample<A>],
) -> Vec<Failure<A>> {
    let mut order: Vec<usize> = (0..samples.len()).collect();
    order.sort_by_key(|&index| samples[index].from);
    let mut starting = order.into_iter().peekable();
    let mut open: Vec<Failure<A>> = Vec::new();
    let mut failures = Vec::new();

    let mut updates = updates.iter();
    for state in 0u64.. {
        while let Some(index) = starting.next_if(|&index| samples[index].from == state) {
            let sample = samples[index];
            let mut entry = Failure { index, sample, possible: Vec::new() };
            if sample.to < state {
                failures.push(entry);
            } else if !fits(&mut entry, table) {
                open.push(entry);
            }
        }
        failures.extend(open.extract_if(.., |entry| entry.sample.to <= state));
        let Some(update) = updates.next() else { break };
        let steps = update.as_ref();
        for step in steps {
            step.apply(table);
        }
        open.retain_mut(|entry| {
            let address = entry.sample.address;
            let touched = steps.iter().any(|step| step.prefix().contains(address));
            !(touched && fits(entry, table))
        });
    }
    failures.append(&mut open);
    failures.extend(starting.map(|index| Failure {
        index,
        sample: samples[index],
        possible: Vec::new(),
    }));
    failures.sort_by_key(|failure| failure.index);
    failures
}

/// Whether the sample fits the present state; if not, that state's answer is noted.
fn fits<A: Address>(entry: &mut Failure<A>, table: &Oracle<A, NextHop>) -> bool {
    let answer = table.lookup(entry.sample.address).map(|(prefix, &hop)| (prefix, hop));
    if !entry.possible.contains(&answer) {
        entry.possible.push(answer);
    }
    answer == entry.sample.answer
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn p(address: u32, len: u8) -> Prefix<u32> {
        Prefix::new(address, len).unwrap()
    }

    fn hop(number: u32) -> NextHop {
        NextHop::interface(number)
    }

    fn sample(address: u32, answer: Answer<u32>, from: u64, to: u64) -> Sample<u32> {
        Sample { address, answer, from, to }
    }

    const WIDE: u32 = 0x0A00_0000;

    /// State 0: 10/8 by 1. State 1: also 10.0/16 by 2. State 2: 10/8 by 3. State 3: no 10.0/16.
    fn story() -> (Oracle<u32, NextHop>, Vec<Step<u32>>) {
        let table = [(p(WIDE, 8), hop(1))].into_iter().collect();
        let updates = vec![
            Step::Set(p(WIDE, 16), hop(2)),
            Step::Set(p(WIDE, 8), hop(3)),
            Step::Remove(p(WIDE, 16)),
        ];
        (table, updates)
    }

    #[test]
    fn answers_of_the_window_are_accepted_and_no_others() {
        let (wide1, long, wide3) =
            (Some((p(WIDE, 8), hop(1))), Some((p(WIDE, 16), hop(2))), Some((p(WIDE, 8), hop(3))));
        let samples = [
            sample(WIDE, wide1, 0, 0),
            sample(WIDE, long, 0, 1),
            sample(WIDE, wide3, 1, 3),
            sample(WIDE, wide3, 1, 2), // Wrong: 10.0/16 hides it in both states.
            sample(WIDE, wide1, 1, 3), // Wrong: over before the lookup began.
            sample(WIDE, long, 0, 0),  // Wrong: from the future.
            sample(1, None, 0, 3),     //
            sample(1, wide1, 0, 3),    // Wrong: matches nothing at any time.
            sample(WIDE, wide3, 3, 900), // A window may reach past the last update.
            sample(WIDE, long, 4, 5),  // Wrong: begins in a state that never was.
            sample(WIDE, long, 2, 1),  // Wrong: ends before it begins.
        ];
        let (mut table, updates) = story();
        let failures = verify(&mut table, &updates, &samples);
        let found: Vec<_> = failures.iter().map(|failure| failure.index).collect();
        assert_eq!(found, [3, 4, 5, 7, 9, 10]);
        assert_eq!(failures[1].possible, [long, wide3]);
        assert_eq!(failures[2].possible, [wide1]);
        assert_eq!(failures[3].possible, [None]);
        assert_eq!(failures[4].possible, []);
        assert_eq!(failures[5].possible, []);
        assert_eq!(failures[5].sample, samples[10]);
        assert_eq!(table.sorted(), [(p(WIDE, 8), &hop(3))], "the last state");
    }

    #[test]
    fn nothing_between_the_steps_of_a_batch_is_accepted() {
        let (mut table, updates) = story();
        let middle = sample(WIDE, Some((p(WIDE, 16), hop(2))), 0, 1);
        let failures = verify(&mut table, &[updates], &[middle]);
        assert_eq!(failures[0].possible, [Some((p(WIDE, 8), hop(1))), Some((p(WIDE, 8), hop(3)))]);
    }

    fn step() -> impl Strategy<Value = Step<u32>> {
        (0..4u32, 0..=3u8, 0..3u32).prop_map(|(top, len, number)| {
            let prefix = Prefix::containing(top << 30, len);
            match number {
                0 => Step::Remove(prefix),
                _ => Step::Set(prefix, hop(number)),
            }
        })
    }

    proptest! {
        /// Against the definition: try every state of the window.
        #[test]
        fn agrees_with_trying_every_state(
            updates in prop::collection::vec(prop::collection::vec(step(), 0..3), 0..12),
            asked in prop::collection::vec((0..4u32, step(), 0..14u64, 0..14u64), 0..20),
        ) {
            let samples: Vec<_> = asked
                .into_iter()
                .map(|(top, answer, from, to)| {
                    let answer = match answer {
                        Step::Set(prefix, hop) => Some((prefix, hop)),
                        Step::Remove(_) => None,
                    };
                    sample(top << 30, answer, from, to)
                })
                .collect();
            let mut states = vec![Oracle::new()];
            for update in &updates {
                let mut table = states.last().unwrap().clone();
                update.iter().for_each(|step| step.apply(&mut table));
                states.push(table);
            }
            let wrong: Vec<usize> = samples
                .iter()
                .enumerate()
                .filter(|(_, sample)| {
                    !(sample.from..=sample.to)
                        .filter_map(|state| states.get(state as usize))
                        .map(|table| table.lookup(sample.address))
                        .any(|answer| answer == sample.answer.as_ref().map(|(p, hop)| (*p, hop)))
                })
                .map(|(index, _)| index)
                .collect();
            let found: Vec<usize> = verify(&mut Oracle::new(), &updates, &samples)
                .iter()
                .map(|failure| failure.index)
                .collect();
            prop_assert_eq!(found, wrong);
        }
    }
}
