//! Everything that experiments compare: this crate in its several ways, and what a user would pick
//! instead.

mod ours;

use crate::{adapter::Implementation, family::Family};

/// All implementations of a family, in the order in which plots name them.
pub fn all<A: Family>() -> Vec<Implementation<A>> {
    ours::implementations()
}

#[cfg(test)]
mod tests {
    use rtalloc::{NextHop, testing::history::Step};

    use super::*;
    use crate::adapter::{oracle, verify};

    /// Every implementation answers as the oracle does: when it is opened, after updates one by one,
    /// and after updates together.
    fn agree<A: Family>(routes: usize, updates: usize) {
        let routes = A::internet(routes);
        let steps = A::synthetic_updates(&routes, updates);
        for implementation in all::<A>() {
            let name = implementation.name;
            let adapter = (implementation.open)(&routes).expect(name);
            let mut oracle = oracle(&routes);
            let verdict = verify(&mut *adapter.reader(), &oracle, &routes, 1);
            assert_eq!((verdict.wrong, verdict.first), (0, None), "{name}");
            let Some(mut writer) = adapter.writer() else { continue };
            let (single, together) = steps.split_at(steps.len() / 2);
            single.iter().for_each(|step| writer.apply(step));
            steps[..single.len()].iter().for_each(|step| step.apply(&mut oracle));
            let verdict = verify(&mut *adapter.reader(), &oracle, &routes, 1);
            assert_eq!((verdict.wrong, verdict.first), (0, None), "{name} after single updates");
            writer.apply_all(together);
            together.iter().for_each(|step| step.apply(&mut oracle));
            let verdict = verify(&mut *adapter.reader(), &oracle, &routes, 1);
            assert_eq!((verdict.wrong, verdict.first), (0, None), "{name} after a batch");
        }
    }

    #[test]
    fn all_agree_with_the_oracle() {
        agree::<u32>(2000, 400);
        agree::<u128>(1000, 400);
    }

    #[test]
    fn a_wrong_answer_is_found() {
        let routes = u32::internet(100);
        let adapter = (all::<u32>()[0].open)(&routes).expect("address space");
        let mut oracle = oracle(&routes);
        Step::Set(routes[0].0, NextHop::interface(999)).apply(&mut oracle);
        let verdict = verify(&mut *adapter.reader(), &oracle, &routes, 1);
        assert!(verdict.wrong > 0 && verdict.first.is_some_and(|first| first.contains("999")));
    }
}
