//! Many walks of the mirror at once, as in [`tree::burst`](super::super::burst).
//!
//! Walks end in narrow records, for the most part. Those of IPv4 do so right below the chunks, so all
//! of a group take that step, and those that have ended take it through the arena's first line, which
//! is empty: that is cheaper than to sort them. Those of IPv6 end at different depths, so they are
//! kept in lists: of those that walk on, and of those that have come to a narrow record and will take
//! the last step together.

use core::mem::MaybeUninit;

use super::{ESCAPED, Mirror, NARROW, Width, place_of};
use crate::{
    address::Address,
    bits::{Task, runs_up_to},
    sync::Ordering,
    tree::{
        GROUP,
        burst::INDEX,
        shape::{Geometry, RUNS_AT, is_child},
    },
};

/// Indices of walks: a list of which the first few are set.
type List = [MaybeUninit<u8>; GROUP];

/// Some walks of a burst, and how far they have come.
///
/// # Invariants
/// * **Begun**: `begin` has set the addresses and words of the first `len` walks.
/// * **Noted**: the first `left` of `walking` and the first `ended` of `ending` are set, each to the
///   index of such a walk; and for those in `ending` there is a `depth`.
struct Group<A> {
    addresses: [MaybeUninit<A>; GROUP],
    words: [MaybeUninit<u32>; GROUP],
    len: usize,
    /// The walks that are at a node whose slots are words.
    walking: List,
    left: usize,
    /// The walks that are at a narrow record, and by walk the first bit that indexes it.
    ending: List,
    ended: usize,
    depths: [MaybeUninit<u8>; GROUP],
}

impl<A: Address> Group<A> {
    #[inline(always)]
    fn new() -> Self {
        Self {
            addresses: [const { MaybeUninit::uninit() }; GROUP],
            words: [const { MaybeUninit::uninit() }; GROUP],
            len: 0,
            walking: [const { MaybeUninit::uninit() }; GROUP],
            left: 0,
            ending: [const { MaybeUninit::uninit() }; GROUP],
            ended: 0,
            depths: [const { MaybeUninit::uninit() }; GROUP],
        }
    }

    /// What the walks have ended at.
    #[inline(always)]
    fn values(&self) -> &[u32] {
        let words = &self.words[..self.len.min(GROUP)];
        // SAFETY: these are set (Begun), and are as an `u32` in memory then.
        unsafe { core::slice::from_raw_parts(words.as_ptr().cast(), words.len()) }
    }
}

impl<A: Address> Group<A> {
    /// Notes that the walk at `index` has come to `word` at the bits from `depth` on.
    #[inline(always)]
    fn note(&mut self, index: usize, word: u32, depth: u8) {
        // No branches: whether a walk ends here is as good as random.
        let (child, narrow) = (is_child(word), word & NARROW != 0);
        self.walking[self.left & INDEX].write(index as u8);
        self.left += usize::from(child & !narrow);
        self.ending[self.ended & INDEX].write(index as u8);
        self.ended += usize::from(child & narrow);
        self.depths[index & INDEX].write(depth);
    }
}

impl<A: Address, G: Geometry> Mirror<A, G> {
    /// Whether nearly all walks end at narrow records right below the chunks. In models there are
    /// none.
    const SHALLOW: bool = A::WIDTH <= 32 && cfg!(not(rtalloc_loom));

    /// Asks for what `word` leads to; for a leaf, for the arena's first line, which all share.
    #[inline(always)]
    fn ask_for(&self, word: u32) {
        self.words.prefetch(if is_child(word) { place_of(word) } else { 0 });
    }

    /// Takes the walks of a new group through the directory and the chunks, and asks for the
    /// records that they have come to.
    #[inline(always)]
    fn begin<T: Copy + Into<A>>(&self, addresses: &[T], group: &mut Group<A>) {
        (group.len, group.left, group.ended) = (addresses.len().min(GROUP), 0, 0);
        for (index, &address) in addresses.iter().enumerate().take(GROUP) {
            let address = address.into();
            group.addresses[index].write(address);
            let slot = address.bits(0, G::DIRECTORY);
            // SeqCst: edge P3, against `store`: all that the word leads to is filled.
            let mut word = self.word(self.directory, slot).load(Ordering::SeqCst);
            if is_child(word) {
                let slot = address.bits(G::DIRECTORY, G::CHUNK);
                // SeqCst: edge P3, as above.
                word = self.word(place_of(word), slot).load(Ordering::SeqCst);
            }
            group.words[index].write(word);
            self.ask_for(word);
            if !Self::SHALLOW {
                group.note(index, word, G::DIRECTORY + G::CHUNK);
            }
        }
    }

    /// Takes the walks of a group to their ends. `W` is the mirror's width in bytes.
    #[inline(always)]
    fn finish<const W: usize>(&self, group: &mut Group<A>) {
        let mut at = G::DIRECTORY + G::CHUNK;
        if Self::SHALLOW && !self.finish_shallow::<W>(group) {
            return;
        }
        while group.left > 0 {
            let walks = core::mem::take(&mut group.left);
            for place in 0..walks {
                // SAFETY: `place` is below the number of walks that were noted (Noted), and as many
                // have been noted anew as were taken at most.
                let index = usize::from(unsafe { group.walking[place & INDEX].assume_init() });
                let index = index & INDEX;
                // SAFETY: the walk has begun (Noted, Begun).
                let unit = place_of(unsafe { group.words[index].assume_init() });
                // SAFETY: as above.
                let address = unsafe { group.addresses[index].assume_init() };
                let run = runs_up_to(self.bitmap(unit), address.bits(at, G::STRIDE));
                // SeqCst: edge P3, as above.
                let word = self.word(unit, RUNS_AT - 1 + run).load(Ordering::SeqCst);
                group.words[index].write(word);
                self.ask_for(word);
                group.note(index, word, at + G::STRIDE);
            }
            at += G::STRIDE;
        }
        for place in 0..group.ended.min(GROUP) {
            // SAFETY: `place` is below the number of walks that are noted (Noted).
            let index = usize::from(unsafe { group.ending[place].assume_init() }) & INDEX;
            // SAFETY: the walk has begun (Noted, Begun).
            let unit = place_of(unsafe { group.words[index].assume_init() });
            // SAFETY: as above.
            let address = unsafe { group.addresses[index].assume_init() };
            // SAFETY: a walk in `ending` has a depth (Noted).
            let at = unsafe { group.depths[index].assume_init() };
            let run = runs_up_to(self.bitmap(unit), address.bits(at, G::STRIDE)) - 1;
            group.words[index].write(self.narrow::<W>(unit, run));
        }
    }

    /// Takes the walks that are at a narrow record to their ends. Returns whether others go on, and
    /// has noted them then.
    #[inline(always)]
    fn finish_shallow<const W: usize>(&self, group: &mut Group<A>) -> bool {
        let at = G::DIRECTORY + G::CHUNK;
        let mut others = 0;
        for index in 0..group.len.min(GROUP) {
            // SAFETY: the walk has begun (Begun).
            let word = unsafe { group.words[index].assume_init() };
            // SAFETY: as above.
            let address = unsafe { group.addresses[index].assume_init() };
            let narrow = is_child(word) & (word & NARROW != 0);
            // The bitmap in the arena's first line is empty, so that the byte before its first run
            // is what is loaded there.
            let unit = if narrow { place_of(word) } else { 0 };
            let run = runs_up_to(self.bitmap(unit), address.bits(at, G::STRIDE));
            let value = self.narrow::<W>(unit, run.wrapping_sub(1));
            let word = if narrow { value } else { word };
            others |= word;
            group.words[index].write(word);
        }
        if !is_child(others) {
            return false;
        }
        for index in 0..group.len.min(GROUP) {
            // SAFETY: the walk has begun (Begun).
            let word = unsafe { group.words[index].assume_init() };
            group.note(index, word, at);
        }
        true
    }

    /// What [`lookup`](Self::lookup) says for each of `addresses`: `ended` gets them by the group,
    /// with the addresses. To be called in a [`Task`].
    #[inline(always)]
    fn walk<const W: usize, T: Copy + Into<A>>(
        &self,
        addresses: &[T],
        mut ended: impl FnMut(&[T], &[u32]),
    ) {
        let (mut first, mut second) = (Group::new(), Group::new());
        let (mut now, mut ahead) = (&mut first, &mut second);
        let mut parts = addresses.chunks(GROUP);
        let mut asked: &[T] = parts.next().unwrap_or_default();
        self.begin(asked, ahead);
        for part in parts {
            core::mem::swap(&mut now, &mut ahead);
            self.begin(part, ahead);
            self.finish::<W>(now);
            ended(asked, now.values());
            asked = part;
        }
        self.finish::<W>(ahead);
        ended(asked, ahead.values());
    }

    /// What [`lookup`](Self::lookup) says for each of `addresses`, into `numbers`, with the best
    /// code; where it is [`ESCAPED`], what `ask` says. As many as the shorter of the two slices has.
    #[inline]
    pub(crate) fn burst<T: Copy + Into<A>>(
        &self,
        addresses: &[T],
        numbers: &mut [u32],
        ask: impl Fn(A) -> u32,
    ) {
        self.code.run(Burst { mirror: self, addresses, numbers, ask });
    }

    /// The burst's code, for tests to try others.
    #[cfg(test)]
    pub(in crate::tree) fn set_code(&mut self, code: crate::bits::Code) {
        self.code = code;
    }
}

/// A burst.
struct Burst<'m, A, G, T, F> {
    mirror: &'m Mirror<A, G>,
    addresses: &'m [T],
    numbers: &'m mut [u32],
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
    fn run(self) {
        let Self { mirror, addresses, numbers, ask } = self;
        let addresses = &addresses[..addresses.len().min(numbers.len())];
        let mut places = numbers.iter_mut();
        let put = |asked: &[T], values: &[u32]| {
            for ((&address, &value), place) in asked.iter().zip(values).zip(&mut places) {
                *place = if value == ESCAPED { ask(address.into()) } else { value };
            }
        };
        match mirror.width {
            Width::One => mirror.walk::<1, T>(addresses, put),
            Width::Two | Width::Four => mirror.walk::<2, T>(addresses, put),
        }
    }
}
