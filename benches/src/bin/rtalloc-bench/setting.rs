//! What is selected, and what that will cost.

use std::ops::{Add, AddAssign};

use rtalloc_benches::{
    adapter::{Failure, Implementation},
    family::Family,
    implementations::all,
    pinning::Cores,
    plan::{FamilyName, Size},
};

/// Seconds to make a copy of the oracle, and to make an update in it.
const FOLLOW: [f64; 2] = [0.15e-6, 0.5e-6];

/// Seconds to check answers.
const CHECK: f64 = 0.03;

/// Seconds that a table may take to open; those that need more are left out.
pub(crate) const PATIENCE: f64 = 15.0;

/// The same where the plan asks for slow ones too.
pub(crate) const MORE_PATIENCE: f64 = 200.0;

/// Seconds to make the routes, their updates and their oracle, a route.
const MAKE: f64 = 1.5e-6;

/// Samples and seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Cost {
    pub(crate) samples: usize,
    /// Estimated, and without a sample that is taken twice.
    pub(crate) seconds: f64,
}

impl Cost {
    /// So many samples of so many seconds.
    pub(crate) fn samples(count: usize, each: f64) -> Self {
        Self { samples: count, seconds: count as f64 * each }
    }

    /// Something else that takes time.
    pub(crate) fn seconds(seconds: f64) -> Self {
        Self { samples: 0, seconds }
    }
}

impl Add for Cost {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { samples: self.samples + other.samples, seconds: self.seconds + other.seconds }
    }
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// What is selected of everything, and the cores to run it on.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    pub(crate) cores: Cores,
    /// This family alone.
    pub(crate) family: Option<FamilyName>,
    /// Seconds that a table may take to open.
    pub(crate) patience: f64,
    /// Names of implementations; all of them without it.
    only: Option<Vec<&'static str>>,
}

impl Setting {
    /// All implementations whose names contain one of the parts; all without parts.
    ///
    /// # Errors
    /// If a part is in no name.
    pub(crate) fn containing(
        parts: &[String],
        family: Option<FamilyName>,
    ) -> Result<Self, Failure> {
        Self::selecting(parts, family, |name, part| name.contains(part))
    }

    /// All implementations whose names are these words, or contain one that is no name itself; all
    /// without words.
    ///
    /// # Errors
    /// If a word is in no name.
    pub(crate) fn named(words: &[String], family: Option<FamilyName>) -> Result<Self, Failure> {
        let known = known();
        Self::selecting(words, family, |name, word| {
            name == word || !known.contains(&word) && name.contains(word)
        })
    }

    fn selecting(
        parts: &[String],
        family: Option<FamilyName>,
        fits: impl Fn(&str, &str) -> bool,
    ) -> Result<Self, Failure> {
        let known = known();
        let mut only = Vec::new();
        for part in parts {
            let before = only.len();
            only.extend(known.iter().filter(|name| fits(name, part)));
            if only.len() == before {
                let known = known.join("; ");
                return Err(format!("{part:?} is in no implementation's name: {known}").into());
            }
        }
        let only = (!parts.is_empty()).then_some(only);
        Ok(Self { cores: Cores::available(), family, patience: PATIENCE, only })
    }

    pub(crate) fn wants(&self, family: FamilyName) -> bool {
        self.family.is_none_or(|only| only == family)
    }

    /// Whether an implementation of that name is selected.
    pub(crate) fn names(&self, name: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(&name))
    }

    /// The selected implementations.
    pub(crate) fn implementations<A: Family>(&self) -> Vec<Implementation<A>> {
        let mut all = all::<A>();
        all.retain(|implementation| self.names(implementation.name));
        all
    }

    /// The same with so many seconds for a table to open.
    pub(crate) fn patient(&self, patience: f64) -> Self {
        Self { patience, ..self.clone() }
    }

    /// Of the selected implementations, those that can be opened on so many routes in the time that
    /// they may take.
    pub(crate) fn opened<A: Family>(&self, routes: usize) -> Vec<Implementation<A>> {
        let mut all = self.implementations::<A>();
        all.retain(|of| (of.takes.opening)(routes) <= self.patience);
        all
    }

    /// The implementations in groups that are open together: so many each, 0 for all, and rtalloc,
    /// with which all compare.
    pub(crate) fn groups<A: Family>(&self, together: usize) -> Vec<Vec<Implementation<A>>> {
        let all = self.implementations::<A>();
        if together == 0 || all.len() <= together {
            return vec![all];
        }
        let (ours, others): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|implementation| implementation.name == OURS);
        let with_ours = |group: &[_]| ours.iter().chain(group).copied().collect();
        others.chunks(together).map(with_ours).collect()
    }

    /// How often a table of so many routes is measured in all these groups.
    pub(crate) fn grouped<A: Family>(&self, together: usize, routes: usize) -> usize {
        let groups = self.groups::<A>(together);
        let left_out = self.implementations::<A>().len() - self.opened::<A>(routes).len();
        groups.iter().map(Vec::len).sum::<usize>() - left_out
    }

    /// What it costs to open all implementations on so many routes, once they are made, and to check
    /// their answers.
    pub(crate) fn open<A: Family>(&self, routes: usize) -> Cost {
        let opened = self.opened::<A>(routes);
        let seconds = opened.iter().map(|of| (of.takes.opening)(routes) + CHECK);
        Cost::seconds(seconds.sum())
    }

    /// What it costs to check all of them again, after updates, which the oracle has to follow.
    pub(crate) fn check_fed<A: Family>(&self, routes: usize) -> Cost {
        let [copy, update] = FOLLOW;
        let follow = copy * routes as f64 + update * updates(routes) as f64;
        Cost::seconds(self.opened::<A>(routes).len() as f64 * (follow + CHECK))
    }

    /// What all of them need beyond the time that they are given, if it is over in the middle of an
    /// update.
    pub(crate) fn overrun<A: Family>(&self, routes: usize) -> Cost {
        let opened = self.opened::<A>(routes);
        Cost::seconds(opened.iter().map(|of| (of.takes.update)(routes)).sum())
    }

    /// What it costs to make so many routes and all that goes with them.
    pub(crate) fn make(&self, routes: usize) -> Cost {
        Cost::seconds(MAKE * routes as f64)
    }
}

/// The names of all implementations, and of what is measured beside them.
fn known() -> Vec<&'static str> {
    let mut names: Vec<_> = all::<u32>().iter().map(|of| of.name).collect();
    for name in all::<u128>().iter().map(|of| of.name).chain(BESIDE) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// What holds routes without being a table: owners of tiers.
pub(crate) const BESIDE: [&str; 2] = ["Arc", "locks and a count"];

/// The implementation that others compare with.
pub(crate) const OURS: &str = "rtalloc";

/// About how many routes a table has.
pub(crate) fn routes<A: Family>(size: Size) -> usize {
    match size {
        Size::Routes(routes) => routes,
        Size::Day if A::WIDTH == 32 => 1_042_325,
        Size::Day => 246_175,
    }
}

/// About how many updates a table of so many routes gets.
fn updates(routes: usize) -> usize {
    routes.saturating_mul(4) / 3
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(setting: Result<Setting, Failure>) -> Vec<&'static str> {
        setting.unwrap().implementations::<u32>().iter().map(|of| of.name).collect()
    }

    fn words(of: &[&str]) -> Vec<String> {
        of.iter().map(|&word| word.to_owned()).collect()
    }

    #[test]
    fn groups_hold_everything_and_rtalloc_each() {
        let setting = Setting::containing(&[], Some(FamilyName::V4)).unwrap();
        let all = setting.implementations::<u32>();
        assert_eq!(setting.groups::<u32>(0)[0].len(), all.len());
        let groups = setting.groups::<u32>(2);
        assert!(groups.iter().all(|group| group[0].name == OURS && group.len() <= 3));
        let others: usize = groups.iter().map(|group| group.len() - 1).sum();
        assert_eq!(others, all.len() - 1);
        assert!(setting.wants(FamilyName::V4) && !setting.wants(FamilyName::V6));
    }

    #[test]
    fn slow_ones_need_patience() {
        let mut setting = Setting::containing(&[], None).unwrap();
        let all = setting.implementations::<u32>().len();
        assert_eq!(setting.opened::<u32>(1000).len(), all);
        let before = setting.open::<u32>(1000).seconds;
        setting.patience = 1e-9;
        assert_eq!(setting.opened::<u32>(1000).len(), 0);
        assert!(before > 0.0 && setting.open::<u32>(1000).seconds == 0.0);
    }

    #[test]
    fn parts_and_words_select() {
        let containing = |parts: &[&str]| selected(Setting::containing(&words(parts), None));
        let named = |parts: &[&str]| selected(Setting::named(&words(parts), None));
        assert_eq!(containing(&["on seize", "references"]).len(), 2);
        assert!(containing(&["rtalloc"]).len() > 1);
        assert_eq!(named(&["rtalloc"]), ["rtalloc"]);
        assert!(named(&["repin", "rtalloc"]).len() > 1);
        assert_eq!(containing(&[]), named(&[]));
        for select in [Setting::containing, Setting::named] {
            let error = select(&words(&["no such"]), None).unwrap_err().to_string();
            assert!(error.contains("no such") && error.contains("rtalloc on seize"), "{error}");
        }
    }
}
