//! Many walks of the view at once, as in [`tree::burst`](super::super::burst): each step of a group's
//! walks before the next step of any, so that their loads overlap, and what a step will load is asked
//! for in the step before.
//!
//! The steps are the same for all walks of a group, whether they need them or not: what a walk has no
//! use for it loads from the arena's first line, which is empty. That costs a few instructions and no
//! misprediction: none of the choices in a step is a branch. The few that have not ended then, or at
//! an escaped leaf, go on by themselves.
//!
//! The default word is loaded before a group's other words and compared after them; for a walk that
//! goes on it is compared after that.

use core::hint::select_unpredictable;

use super::{
    View,
    line::answer,
    shape::{
        DIRECT, LINE, LINE_UNITS, LINES, RECORD, escaped, is_leaf, key, kind, leading_to,
        root_bits, root_slot, slot, unit_of,
    },
};
use crate::{
    address::Address,
    arena::Unit,
    bits::{Machine, Task},
    sync::Ordering,
    tree::shape::Geometry,
};

/// Most walks that go together.
#[cfg(not(rtalloc_loom))]
pub(super) const GROUP: usize = 64;
/// In models, so small that a burst of three has two groups.
#[cfg(rtalloc_loom)]
pub(super) const GROUP: usize = 2;

/// Most walks in IPv6 that go together: each has more under way. What there is of each fits in 256
/// bytes, which are cleared without a call.
const DEEP: usize = if GROUP > 32 { 32 } else { GROUP };

/// Walks of a family that go together.
pub(crate) const fn group<A: Address>() -> usize {
    if A::WIDTH > 32 { DEEP } else { GROUP }
}

impl<A: Address, G: Geometry> View<A, G> {
    /// What [`lookup`](Self::lookup) says for each of `addresses`, into `numbers`, with the best
    /// code; where it is [`ESCAPED`](super::ESCAPED), what `ask` says. As many as the shorter of the
    /// two slices has.
    #[inline]
    pub(crate) fn burst<T: Copy + Into<A>>(
        &self,
        addresses: &[T],
        numbers: &mut [u32],
        ask: impl Fn(A) -> u32,
    ) {
        self.code.run(Burst { view: self, addresses, numbers, ask });
    }

    /// The burst's code, for tests to try others.
    #[cfg(test)]
    pub(super) fn set_code(&mut self, code: crate::bits::Code) {
        self.code = code;
    }

    /// Asks for what `word` leads to; for a leaf, for the arena's first line, which all share.
    #[inline(always)]
    fn ask_for(&self, word: u32) {
        self.words.prefetch(select_unpredictable(is_leaf(word), 0, unit_of(word)));
    }

    /// The first step: through the root.
    #[inline(always)]
    fn begin<T: Copy + Into<A>>(&self, addresses: &[T], words: &mut [u32]) {
        for (&address, word) in addresses.iter().zip(words) {
            *word = self.root.load(root_slot::<A, G>(address.into().top()));
            self.ask_for(*word);
        }
    }

    /// The second and last step in IPv4: through records.
    #[inline(always)]
    fn through_records<const W: usize, T: Copy + Into<A>>(
        &self,
        addresses: &[T],
        words: &mut [u32],
    ) {
        for (&address, word) in addresses.iter().zip(words) {
            let at = root_bits::<A, G>();
            let record = kind(*word) == RECORD;
            let unit = select_unpredictable(record, unit_of(*word), 0);
            let runs =
                crate::bits::runs_up_to(self.bitmap(unit), slot::<G>(address.into().top(), at));
            // No runs in the first line, so that the number before them is what is loaded there.
            let found = self.lane::<W>(unit, runs.wrapping_sub(1));
            *word = select_unpredictable(record, found, *word);
        }
    }

    /// The next steps in IPv6: through direct nodes. `rests` are the addresses' bits from where their
    /// words stand.
    #[inline(always)]
    fn through_directs(&self, words: &mut [u32], rests: &mut [u64]) {
        // All walks take the first step, and fewer and fewer the others.
        let (mut walking, mut count) = ([0u8; DEEP], 0);
        for (index, (word, rest)) in words.iter_mut().zip(&mut *rests).enumerate() {
            let direct = kind(*word) == DIRECT;
            let unit = select_unpredictable(direct, unit_of(*word), 0);
            let offset = select_unpredictable(direct, slot::<G>(*rest, 0), 0);
            // SeqCst: edge P3, against `ViewWriter`'s stores.
            let below = self.word(unit, offset).load(Ordering::SeqCst);
            *word = select_unpredictable(direct, below, *word);
            *rest = select_unpredictable(direct, *rest << G::STRIDE, *rest);
            self.ask_for(*word);
            walking[count % DEEP] = index as u8;
            count += usize::from(kind(*word) == DIRECT);
        }
        while count > 0 {
            let walks = core::mem::take(&mut count);
            for place in 0..walks {
                let index = walking[place % DEEP];
                let place = usize::from(index);
                // Each is the index of a walk, so there always are both.
                let (Some(word), Some(rest)) = (words.get_mut(place), rests.get_mut(place)) else {
                    break;
                };
                // SeqCst: edge P3, as above.
                *word = self.word(unit_of(*word), slot::<G>(*rest, 0)).load(Ordering::SeqCst);
                *rest <<= G::STRIDE;
                self.ask_for(*word);
                walking[count % DEEP] = index;
                count += usize::from(kind(*word) == DIRECT);
            }
        }
    }

    /// The next step in IPv6: through lines of keys, to one of those behind.
    #[inline(always)]
    fn through_keys<M: Machine>(&self, words: &mut [u32], rests: &[u64]) {
        for (word, &rest) in words.iter_mut().zip(rests) {
            let lines = kind(*word) == LINES;
            let unit = select_unpredictable(lines, unit_of(*word), 0);
            let rank = M::rank::<16>(self.line(unit), key::<G>(rest, 0));
            let line = leading_to(LINE, unit + ((1 + rank) * LINE_UNITS) as Unit);
            *word = select_unpredictable(lines, line, *word);
            self.ask_for(*word);
        }
    }

    /// The last step in IPv6: through lines of ranges.
    #[inline(always)]
    fn through_lines<const W: usize, M: Machine>(&self, words: &mut [u32], rests: &[u64]) {
        for (word, &rest) in words.iter_mut().zip(rests) {
            let line = kind(*word) == LINE;
            let unit = select_unpredictable(line, unit_of(*word), 0);
            let found = answer::<W, M>(self.line(unit), key::<G>(rest, 0));
            *word = select_unpredictable(line, found, *word);
        }
    }

    /// Takes the walks of a group that has begun to their ends, and writes what they answer.
    #[inline(always)]
    fn finish<const W: usize, M: Machine, T: Copy + Into<A>>(
        &self,
        addresses: &[T],
        words: &mut [u32],
        numbers: &mut [u32],
        default: u64,
        ask: &impl Fn(A) -> u32,
    ) {
        if A::WIDTH <= 32 || cfg!(rtalloc_loom) {
            self.through_records::<W, T>(addresses, words);
        } else {
            let mut rests = [0; DEEP];
            for (rest, &address) in rests.iter_mut().zip(addresses) {
                *rest = address.into().top() << root_bits::<A, G>();
            }
            let rests = &mut rests[..words.len().min(DEEP)];
            self.through_directs(words, rests);
            self.through_keys::<M>(words, rests);
            self.through_lines::<W, M>(words, rests);
        }
        let of_default = self.default_number(default);
        let mut largest = 0;
        // From one array to another: in place, compilers store with a mask, which takes some
        // processors with AVX2 a dozen cycles for eight words.
        for (&word, number) in words.iter().zip(&mut *numbers) {
            *number = select_unpredictable(word == 0, of_default, word);
            largest = largest.max(*number);
        }
        if largest >= escaped(W) {
            self.go_on::<W, T>(addresses, numbers, default, ask);
        }
    }

    /// Ends the walks that are at a word that is no answer.
    #[inline(always)]
    fn go_on<const W: usize, T: Copy + Into<A>>(
        &self,
        addresses: &[T],
        words: &mut [u32],
        default: u64,
        ask: &impl Fn(A) -> u32,
    ) {
        for (&address, word) in addresses.iter().zip(words) {
            let address = address.into();
            if !is_leaf(*word) {
                *word = self.from::<W>(*word, root_bits::<A, G>(), address.top());
                if *word == 0 {
                    *word = self.default_number(default);
                }
            }
            if *word >= escaped(W) {
                *word = ask(address);
            }
        }
    }
}

/// A burst.
struct Burst<'v, A, G, T, F> {
    view: &'v View<A, G>,
    addresses: &'v [T],
    numbers: &'v mut [u32],
    ask: F,
}

impl<A, G, T, F> Task for Burst<'_, A, G, T, F>
where
    A: Address,
    G: Geometry,
    T: Copy + Into<A>,
    F: Fn(A) -> u32,
{
    type Output = ();

    #[inline(always)]
    fn run<M: Machine>(self) {
        match self.view.width.bytes() {
            1 => self.walk::<1, M>(),
            2 => self.walk::<2, M>(),
            _ => self.walk::<4, M>(),
        }
    }
}

impl<A: Address, G: Geometry, T: Copy + Into<A>, F: Fn(A) -> u32> Burst<'_, A, G, T, F> {
    #[inline(always)]
    fn walk<const W: usize, M: Machine>(self) {
        let group = const { group::<A>() };
        let mut words = [0; GROUP];
        let groups = self.addresses.chunks(group).zip(self.numbers.chunks_mut(group));
        for (addresses, numbers) in groups {
            let count = addresses.len().min(numbers.len()).min(GROUP);
            let (addresses, numbers) = (&addresses[..count], &mut numbers[..count]);
            let words = &mut words[..count];
            let default = self.view.default_word();
            self.view.begin(addresses, words);
            self.view.finish::<W, M, T>(addresses, words, numbers, default, &self.ask);
        }
    }
}
