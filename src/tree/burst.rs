//! Many walks at once.
//!
//! A walk spends most of its time waiting for memory, one load after the other. A burst takes its
//! addresses in groups and does the same step of all walks of a group, so that their loads overlap;
//! and while it asks for what the next step of one group will need, it goes on with another group.
//!
//! Each walk is the walk of [`lookup`](super::lookup), with the same loads in the same order, except
//! that the root word and the default route's word are loaded once for all of them, at the beginning. So each answers as the tree
//! was at an instant during the burst, by the argument and within the bound of a single walk. What
//! one walk does depends on no other.

use core::mem::MaybeUninit;

use super::{
    Tree,
    lookup::or_default,
    shape::{Geometry, default_at, is_child, run_offset, unit_of},
};
use crate::{
    address::Address,
    arena::Unit,
    bits::{Code, Machine, Task},
    sync::Ordering,
};

/// Walks that go down together: as many as a core can have misses under way. A power of two.
#[cfg(not(rtalloc_loom))]
pub(crate) const GROUP: usize = 16;
/// In models, so small that a burst of three has two groups.
#[cfg(rtalloc_loom)]
pub(crate) const GROUP: usize = 2;

/// Indices into a group are cut to this, so that they need no check.
pub(super) const INDEX: usize = GROUP - 1;

/// Some walks of a burst, and how far they have come. Nothing is set before it is needed: a short
/// burst would spend more time on that than on the tree.
///
/// # Invariants
/// * **Begun**: `begin` has set the addresses and words of the first `len` walks.
/// * **Noted**: the first `left` of `walking` are set, each to the index of such a walk.
struct Group<A> {
    addresses: [MaybeUninit<A>; GROUP],
    words: [MaybeUninit<u32>; GROUP],
    /// What the walks answer. Not in the words' place: compilers would store there with a mask, which
    /// takes some processors with AVX2 a dozen cycles for eight words.
    numbers: [MaybeUninit<u32>; GROUP],
    len: usize,
    /// The walks that are at a child, and how many there are.
    walking: [MaybeUninit<u8>; GROUP],
    left: usize,
}

impl<A: Address> Group<A> {
    #[inline(always)]
    fn new() -> Self {
        Self {
            addresses: [const { MaybeUninit::uninit() }; GROUP],
            words: [const { MaybeUninit::uninit() }; GROUP],
            numbers: [const { MaybeUninit::uninit() }; GROUP],
            len: 0,
            walking: [const { MaybeUninit::uninit() }; GROUP],
            left: 0,
        }
    }
}

/// A tree during a burst.
struct Walks<'t, A, G> {
    tree: &'t Tree<A, G>,
    directory: Unit,
    /// The number of the default route's entry, 0 for none.
    default: u32,
}

impl<A: Address> Group<A> {
    /// Notes that the walk at `index` has come to `word`.
    #[inline(always)]
    fn note(&mut self, index: usize, word: u32) {
        // No branch: whether a walk ends here is as good as random.
        self.walking[self.left & INDEX].write(index as u8);
        self.left += usize::from(is_child(word));
    }
}

impl<A: Address, G: Geometry> Walks<'_, A, G> {
    /// Whether nearly all walks end at records right below the chunks. In models, where not even
    /// the arena's first line is there for nothing, all of them are kept in lists.
    const SHALLOW: bool = A::WIDTH <= 32 && cfg!(not(rtalloc_loom));

    /// Asks for what `word` leads to; for a leaf, for the arena's first line, which all share.
    #[inline(always)]
    fn ask_for(&self, word: u32) {
        self.tree.words.prefetch(if is_child(word) { unit_of(word) } else { 0 });
    }

    /// Takes the walks of a new group through the directory and the chunks, and asks for the
    /// records that they have come to.
    #[inline(always)]
    fn begin<T: Copy + Into<A>>(&self, addresses: &[T], group: &mut Group<A>) {
        (group.len, group.left) = (addresses.len().min(GROUP), 0);
        for (index, &address) in addresses.iter().enumerate().take(GROUP) {
            let address = address.into();
            group.addresses[index].write(address);
            let slot = address.bits(0, G::DIRECTORY);
            // SeqCst: edge P1, against `publish`: all that the word leads to is filled.
            let mut word = self.tree.word(self.directory, slot).load(Ordering::SeqCst);
            if is_child(word) {
                let slot = address.bits(G::DIRECTORY, G::CHUNK);
                // SeqCst: edge P1, as above.
                word = self.tree.word(unit_of(word), slot).load(Ordering::SeqCst);
            }
            group.words[index].write(word);
            self.ask_for(word);
            if !Self::SHALLOW {
                group.note(index, word);
            }
        }
    }

    /// Takes all walks of a group through a record, and those that have ended through the arena's
    /// first line, which is empty: that is cheaper than to sort them. Notes those that go on.
    #[inline(always)]
    fn step_all(&self, group: &mut Group<A>, at: u8) {
        let mut all = 0;
        for index in 0..group.len.min(GROUP) {
            // SAFETY: the walk has begun (Begun).
            let word = unsafe { group.words[index].assume_init() };
            // SAFETY: as above.
            let address = unsafe { group.addresses[index].assume_init() };
            let unit = if is_child(word) { unit_of(word) } else { 0 };
            let offset = run_offset(self.tree.bitmap(unit), address.bits(at, G::STRIDE));
            // SeqCst: edge P1, as above.
            let below = self.tree.word(unit, offset).load(Ordering::SeqCst);
            let word = if is_child(word) { below } else { word };
            all |= word;
            group.words[index].write(word);
        }
        if is_child(all) {
            for index in 0..group.len.min(GROUP) {
                // SAFETY: the walk has begun (Begun).
                let word = unsafe { group.words[index].assume_init() };
                self.ask_for(word);
                group.note(index, word);
            }
        }
    }

    /// Takes the walks of a group to their ends, and says what they answer.
    #[inline(always)]
    fn finish<'g>(&self, group: &'g mut Group<A>) -> &'g [u32] {
        let mut at = G::DIRECTORY + G::CHUNK;
        if Self::SHALLOW {
            self.step_all(group, at);
            at += G::STRIDE;
        }
        while group.left > 0 {
            let walks = core::mem::take(&mut group.left);
            for place in 0..walks {
                // SAFETY: `place` is below the number of walks that were noted (Noted), and as many
                // have been noted anew as were taken at most.
                let index = usize::from(unsafe { group.walking[place & INDEX].assume_init() });
                let index = index & INDEX;
                // SAFETY: the walk has begun (Noted, Begun).
                let unit = unit_of(unsafe { group.words[index].assume_init() });
                // SAFETY: as above.
                let address = unsafe { group.addresses[index].assume_init() };
                let offset = run_offset(self.tree.bitmap(unit), address.bits(at, G::STRIDE));
                // SeqCst: edge P1, as above.
                let word = self.tree.word(unit, offset).load(Ordering::SeqCst);
                group.words[index].write(word);
                self.ask_for(word);
                group.note(index, word);
            }
            at += G::STRIDE;
        }
        let walks = group.len.min(GROUP);
        let ended = if self.default == 0 {
            &group.words[..walks]
        } else {
            for (number, word) in group.numbers[..walks].iter_mut().zip(&group.words[..walks]) {
                // SAFETY: the walk has begun (Begun).
                let word = unsafe { word.assume_init() };
                number.write(or_default(word, self.default));
            }
            &group.numbers[..walks]
        };
        // SAFETY: all of these are set (Begun, or just now), and are as an `u32` in memory then.
        unsafe { core::slice::from_raw_parts(ended.as_ptr().cast(), walks) }
    }
}

impl<A: Address, G: Geometry> Tree<A, G> {
    /// What the processor has, for tasks that walk this tree.
    pub(crate) fn code(&self) -> Code {
        self.code
    }

    /// The numbers of the entries that answer `addresses`, 0 for no route: `ended` gets those of
    /// each [`GROUP`] in turn, the last of which may be shorter. To be called in a [`Task`].
    ///
    /// The caller holds a guard of the domain that the tree retires to.
    #[inline(always)]
    pub(crate) fn burst<T: Copy + Into<A>>(&self, addresses: &[T], mut ended: impl FnMut(&[u32])) {
        // SeqCst: edge P1, against `publish`: the directory that it names is filled.
        let directory = self.root.load(Ordering::SeqCst);
        // Relaxed: never stored into once the directory can be reached: edge P1 carries it.
        let default = self.word(directory, default_at::<G>()).load(Ordering::Relaxed);
        let walks = Walks { tree: self, directory, default };
        let (mut first, mut second) = (Group::new(), Group::new());
        let (mut now, mut ahead) = (&mut first, &mut second);
        let mut parts = addresses.chunks(GROUP);
        if let Some(part) = parts.next() {
            walks.begin(part, ahead);
        }
        for part in parts {
            core::mem::swap(&mut now, &mut ahead);
            walks.begin(part, ahead);
            ended(walks.finish(now));
        }
        ended(walks.finish(ahead));
    }

    /// As [`burst`](Self::burst), into `numbers`, with the best code. As many as the shorter of the
    /// two slices has.
    pub(crate) fn numbers<T: Copy + Into<A>>(&self, addresses: &[T], numbers: &mut [u32]) {
        self.code.run(Numbers { tree: self, addresses, numbers });
    }
}

/// A burst that asks for numbers alone.
struct Numbers<'t, A, G, T> {
    tree: &'t Tree<A, G>,
    addresses: &'t [T],
    numbers: &'t mut [u32],
}

impl<A: Address, G: Geometry, T: Copy + Into<A>> Task for Numbers<'_, A, G, T> {
    type Output = ();

    #[inline(always)]
    fn run<M: Machine>(self) {
        let len = self.addresses.len().min(self.numbers.len());
        let mut places = self.numbers.iter_mut();
        self.tree.burst(&self.addresses[..len], |numbers| {
            for (&number, place) in numbers.iter().zip(&mut places) {
                *place = number;
            }
        });
    }
}
