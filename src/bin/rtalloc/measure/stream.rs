//! From an update file to the steps that the writer and the golden model take.

use std::{collections::HashMap, path::PathBuf, time::Duration};

use rtalloc::{
    NextHop, Prefix,
    input::{ReadOptions, Update, default_next_hop, read_updates},
    testing::history::Step,
};

use super::measured::Measured;
use crate::{
    failure::Failure,
    progress::Progress,
    tables::{open, report_skipped},
};

/// How many next hops [`default_next_hop`] gives out.
const NEXT_HOPS: u64 = 250;

/// What a repeated announcement means where the stream names no next hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeats {
    /// Another path: each announcement of a prefix brings the next one of 250 next hops, and so
    /// changes the route.
    Change,
    /// The same again: all announcements bring the prefix's usual next hop, and change nothing
    /// while the route is there.
    Nothing,
}

/// Updates of both families, in order within each.
#[derive(Debug, Default)]
pub(crate) struct Stream {
    pub(crate) v4: Vec<Update<u32>>,
    pub(crate) v6: Vec<Update<u128>>,
    /// When they were recorded. Empty unless all files say so of every update.
    pub(crate) v4_times: Vec<Duration>,
    pub(crate) v6_times: Vec<Duration>,
}

impl Stream {
    /// Reads update files, one after the other. What a lenient reading passes over is reported on
    /// standard error.
    pub(crate) fn read(files: &[PathBuf], lenient: bool) -> Result<Self, Failure> {
        let mut stream = Self::default();
        for file in files {
            let source = open(file)?;
            let name = source.name().to_owned();
            let progress = Progress::begin(&format!("reading {name}"), source.size());
            let mut report = |at: rtalloc::input::Progress| progress.reach(at.bytes);
            let updates = read_updates(source, ReadOptions { lenient }, &mut report)?;
            drop(progress);
            report_skipped(&name, &updates.skipped);
            stream.v4.extend(updates.v4);
            stream.v6.extend(updates.v6);
            stream.v4_times.extend(updates.v4_times);
            stream.v6_times.extend(updates.v6_times);
        }
        let timed = stream.v4_times.len() + stream.v6_times.len();
        if timed < stream.v4.len() + stream.v6.len() {
            (stream.v4_times, stream.v6_times) = (Vec::new(), Vec::new());
        }
        Ok(stream)
    }
}

/// The steps of a stream, in order. A next hop given in the stream is used as it is.
pub(crate) fn steps<A: Measured>(updates: &[Update<A>], repeats: Repeats) -> Vec<Step<A>> {
    let mut announced: HashMap<Prefix<A>, u64> = HashMap::new();
    let step = |update: &Update<A>| match *update {
        Update::Withdraw(prefix) => Step::Remove(prefix),
        Update::Announce(prefix, Some(next_hop)) => Step::Set(prefix, next_hop),
        Update::Announce(prefix, None) => {
            let usual = default_next_hop(prefix);
            if repeats == Repeats::Nothing {
                return Step::Set(prefix, usual);
            }
            let times = announced.entry(prefix).or_default();
            *times += 1;
            Step::Set(prefix, turned(usual, *times))
        }
    };
    updates.iter().map(step).collect()
}

/// The next hop `times` places after `usual`, in the circle of all of them.
fn turned(usual: NextHop, times: u64) -> NextHop {
    let place = u64::from(usual.interface.saturating_sub(1)) + times;
    NextHop::interface((place % NEXT_HOPS) as u32 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefix(third: u32) -> Prefix<u32> {
        Prefix::containing(0xC000_0000 | third << 8, 24)
    }

    #[test]
    fn each_announcement_moves_the_route_on() {
        let a = Update::Announce(prefix(1), None);
        let updates = [a, a, Update::Withdraw(prefix(1)), a, Update::Announce(prefix(2), None)];
        let usual = default_next_hop(prefix(1));
        let expected = [
            Step::Set(prefix(1), turned(usual, 1)),
            Step::Set(prefix(1), turned(usual, 2)),
            Step::Remove(prefix(1)),
            Step::Set(prefix(1), turned(usual, 3)),
            Step::Set(prefix(2), turned(default_next_hop(prefix(2)), 1)),
        ];
        assert_eq!(steps(&updates, Repeats::Change), expected);
        let same = [Step::Set(prefix(1), usual), Step::Set(prefix(1), usual)];
        assert_eq!(steps(&updates, Repeats::Nothing)[..2], same);
    }

    #[test]
    fn next_hops_of_the_stream_are_kept() {
        let hop = NextHop::gateway([192, 0, 2, 1]);
        let updates = [Update::Announce(prefix(1), Some(hop))];
        assert_eq!(steps(&updates, Repeats::Change), [Step::Set(prefix(1), hop)]);
    }

    #[test]
    fn the_circle_never_stands_still() {
        for start in 1..=250 {
            let usual = NextHop::interface(start);
            assert_ne!(turned(usual, 1), usual);
            assert_eq!(turned(usual, 250), usual);
            assert!((1..=250).contains(&turned(usual, u64::from(start)).interface));
        }
    }
}
