//! Updates that are replayed over and over, and what the table is after some of them.

use rtalloc::{
    Address, NextHop,
    testing::{history::Step, oracle::Oracle},
};

/// Steps in a cycle, and how many of them were made.
#[derive(Clone, Debug)]
pub struct Feed<'s, A: Address> {
    steps: &'s [Step<A>],
    made: u64,
}

impl<'s, A: Address> Feed<'s, A> {
    /// All of these, from the first on.
    pub fn new(steps: &'s [Step<A>]) -> Self {
        Self { steps, made: 0 }
    }

    /// How many were made.
    pub fn made(&self) -> u64 {
        self.made
    }

    /// The steps of which each was made at least once.
    pub fn touched(&self) -> &'s [Step<A>] {
        let made = usize::try_from(self.made).unwrap_or(usize::MAX);
        &self.steps[..self.steps.len().min(made)]
    }

    /// Makes in `oracle`, which is as the table was at first, what was made in the table.
    ///
    /// A step says what a route becomes, whatever it was. So after whole cycles it is enough to make
    /// the last of them, and then what was made of the next.
    pub fn replay(&self, oracle: &mut Oracle<A, NextHop>) {
        let steps = self.steps.len() as u64;
        if self.made >= steps {
            self.steps.iter().for_each(|step| step.apply(oracle));
        }
        let rest = self.made.checked_rem(steps).unwrap_or(0) as usize;
        self.steps.iter().take(rest).for_each(|step| step.apply(oracle));
    }
}

impl<'s, A: Address> Iterator for Feed<'s, A> {
    type Item = &'s Step<A>;

    /// The next step, which counts as made; nothing only if there are none at all.
    fn next(&mut self) -> Option<&'s Step<A>> {
        let at = self.made.checked_rem(self.steps.len() as u64)?;
        self.made += 1;
        self.steps.get(at as usize)
    }
}

#[cfg(test)]
mod tests {
    use rtalloc::testing::probes::probes;

    use super::*;
    use crate::{adapter::oracle, family::Family};

    #[test]
    fn the_oracle_follows_through_any_number_of_cycles() {
        let routes = u32::internet(100);
        let steps = u32::synthetic_updates(&routes, 70);
        let mut slowly = oracle(&routes);
        let mut feed = Feed::new(&steps);
        for made in 0..=200 {
            assert_eq!((feed.made(), feed.touched().len()), (made, 70.min(made as usize)));
            let mut at_once = oracle(&routes);
            feed.replay(&mut at_once);
            assert_eq!(at_once.len(), slowly.len(), "after {made}");
            for address in routes.iter().flat_map(|route| probes(route.0)) {
                assert_eq!(at_once.lookup(address), slowly.lookup(address), "after {made}");
            }
            feed.next().unwrap().apply(&mut slowly);
        }
        assert!(Feed::<u32>::new(&[]).next().is_none());
    }
}
