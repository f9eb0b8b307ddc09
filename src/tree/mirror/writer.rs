//! Escaping, refilling, and the memory of the mirror.

use core::{fmt, marker::PhantomData};

use super::{ESCAPED, Mirror, NARROW, Width, place_of};
use crate::{
    address::Address,
    arena::{Block, Blocks, Full, HUGE_PAGES_FROM, Unit},
    bits::runs_up_to,
    prefix::Prefix,
    sync::{Ordering, load_own},
    tree::{
        Tree,
        edit::range,
        node::Slots,
        shape::{
            Geometry, Kind, RECORD_SLOTS, RUNS_AT, bits_at, child, direct_class, direct_units,
            is_child, kind_at, unit_of, which_direct,
        },
    },
};

/// The one writer of a [`Mirror`].
pub(crate) struct MirrorWriter<A, G> {
    blocks: Blocks,
    huge: bool,
    /// By entry number: what its leaves hold.
    leaves: Vec<u32>,
    /// Blocks that no slot leads to any more.
    unlinked: Vec<Block>,
    _family: PhantomData<fn(A) -> G>,
}

impl<A: Address, G: Geometry> Mirror<A, G> {
    /// A word as the writer sees it.
    fn peek(&self, unit: Unit, offset: usize) -> u32 {
        load_own(self.word(unit, offset))
    }

    /// Changes a word that readers may be about to load.
    fn store(&self, unit: Unit, offset: usize, word: u32) {
        // SeqCst: edge P3, against `lookup`: all that the word leads to is filled, and whoever
        // loads it sees the updates before.
        self.word(unit, offset).store(word, Ordering::SeqCst);
    }

    /// The value of a run, as the writer sees it.
    fn peek_run(&self, record: u32, run: usize) -> u32 {
        match record & NARROW {
            0 => self.peek(place_of(record), RUNS_AT + run),
            _ => self.lane(place_of(record), run),
        }
    }

    /// Writes a word of a node that readers cannot reach yet.
    fn fill(&self, unit: Unit, offset: usize, word: u32) {
        // Relaxed: published by the store that will make the node reachable (edge P3).
        self.word(unit, offset).store(word, Ordering::Relaxed);
    }

    /// Changes a run that readers may be about to load.
    fn store_run(&self, record: u32, run: usize, value: u32) {
        match record & NARROW {
            0 => self.store(place_of(record), RUNS_AT + run, value),
            _ => self.store_narrow(place_of(record), run, value),
        }
    }

    /// Writes a run of a record that readers cannot reach yet.
    fn fill_run(&self, record: u32, run: usize, value: u32) {
        match record & NARROW {
            0 => self.fill(place_of(record), RUNS_AT + run, value),
            _ => self.store_narrow(place_of(record), run, value),
        }
    }

    /// Stores into a narrow record's run. What is too large for one was escaped by
    /// [`MirrorWriter::set_next_hop`], and that has all bits set in every width.
    #[cfg(not(rtalloc_loom))]
    fn store_narrow(&self, unit: Unit, run: usize, value: u32) {
        match self.width {
            Width::One => {
                // SAFETY: the run lies in the record's block, whose runs are bytes while it lives.
                let lane = unsafe { self.words.byte(unit, run) };
                // SeqCst: edge P3, as in `store`.
                lane.store(value as u8, Ordering::SeqCst);
            }
            Width::Two | Width::Four => {
                // SAFETY: as above, of two bytes.
                let lane = unsafe { self.words.half(unit, run) };
                // SeqCst: edge P3, as in `store`.
                lane.store(value as u16, Ordering::SeqCst);
            }
        }
    }

    /// Models have no narrow records.
    #[cfg(rtalloc_loom)]
    fn store_narrow(&self, unit: Unit, run: usize, value: u32) {
        unreachable!("{value} into run {run} of {unit}");
    }

    /// The block of a node.
    fn block(&self, word: u32, at: u8) -> Block {
        let unit = place_of(word);
        match kind_at::<G>(at) {
            Kind::Record => {
                let runs = self.bitmap(unit).count_ones() as usize;
                Blocks::record(unit, self.run_words(word & NARROW != 0, runs))
            }
            kind => Blocks::direct(unit, which_direct(kind), direct_units(bits_at::<G>(at))),
        }
    }

    /// Words that the runs of a record take.
    fn run_words(&self, narrow: bool, runs: usize) -> usize {
        if narrow { (runs * self.width.bytes()).div_ceil(4) } else { runs }
    }

    /// All slots of a record.
    fn expand(&self, record: u32) -> Slots {
        let bitmap = self.bitmap(place_of(record));
        let mut slots = [0; RECORD_SLOTS];
        let (mut run, mut value) = (0, 0);
        for (index, slot) in slots[..1 << G::STRIDE].iter_mut().enumerate() {
            if bitmap >> index & 1 == 1 {
                value = self.peek_run(record, run);
                run += 1;
            }
            *slot = value;
        }
        slots
    }

    /// Escapes the leaves of a prefix's range, before an update of the prefix takes effect.
    pub(crate) fn escape(&self, prefix: Prefix<A>) {
        self.escape_below(self.directory, 0, prefix);
    }

    fn escape_below(&self, node: u32, at: u8, prefix: Prefix<A>) {
        let (unit, below) = (place_of(node), at + bits_at::<G>(at));
        let (first, last) = range::<A, G>(prefix, at);
        let record = kind_at::<G>(at) == Kind::Record;
        let (first, last) = if record {
            // The runs that reach into the range; what they hold besides may be escaped too.
            let bitmap = self.bitmap(unit);
            (runs_up_to(bitmap, first) - 1, runs_up_to(bitmap, last) - 1)
        } else {
            (first, last)
        };
        for place in first..=last {
            let word = if record { self.peek_run(node, place) } else { self.peek(unit, place) };
            if is_child(word) {
                self.escape_below(word, below, prefix);
            } else if word != ESCAPED && record {
                self.store_run(node, place, ESCAPED);
            } else if word != ESCAPED {
                self.store(unit, place, ESCAPED);
            }
        }
    }
}

impl<A: Address, G: Geometry> MirrorWriter<A, G> {
    pub(super) fn new(units: usize) -> Self {
        let direct = [direct_units(G::DIRECTORY), direct_units(G::CHUNK)];
        Self {
            blocks: Blocks::new(units, direct),
            huge: false,
            leaves: vec![0],
            unlinked: Vec::new(),
            _family: PhantomData,
        }
    }

    pub(super) fn empty_directory(&mut self, mirror: &Mirror<A, G>) -> Result<Unit, Full> {
        let block = self.take(mirror, direct_class(Kind::Directory))?;
        for slot in 0..1 << G::DIRECTORY {
            mirror.fill(block.unit, slot, 0);
        }
        Ok(block.unit)
    }

    fn take(&mut self, mirror: &Mirror<A, G>, class: u8) -> Result<Block, Full> {
        let block = self.blocks.take(class)?;
        if !self.huge && self.blocks.used_bytes() >= HUGE_PAGES_FROM {
            self.huge = true;
            mirror.words.use_huge_pages();
        }
        Ok(block)
    }

    /// Makes `number` the next hop of the entry `id`, of which there is no leaf yet.
    pub(crate) fn set_next_hop(&mut self, mirror: &Mirror<A, G>, id: u32, number: u32) {
        let index = id as usize;
        if index >= self.leaves.len() {
            self.leaves.resize(index + 1, 0);
        }
        self.leaves[index] = if number > mirror.width.most() { ESCAPED } else { number };
    }

    /// Sets the leaves of a prefix's range to what `tree` says, after an update of the prefix has
    /// taken effect.
    pub(crate) fn refill(&mut self, mirror: &Mirror<A, G>, tree: &Tree<A, G>, prefix: Prefix<A>) {
        let directory = tree.directory();
        // Where no leaf of the entries says more, the default route answers.
        self.leaves[0] = match tree.default_id() {
            0 => 0,
            id => self.leaves[id as usize],
        };
        let (first, last) = range::<A, G>(prefix, 0);
        for slot in first..=last {
            let old = mirror.peek(mirror.directory, slot);
            let new =
                self.follow(mirror, tree, (tree.peek(directory, slot), old), G::DIRECTORY, prefix);
            if new != old {
                mirror.store(mirror.directory, slot, new);
            }
        }
    }

    /// Makes what `old` leads to, for the bits from `at` on, say what `entry` in the tree leads to,
    /// as far as `prefix` reaches. Returns the word for it.
    fn follow(
        &mut self,
        mirror: &Mirror<A, G>,
        tree: &Tree<A, G>,
        (entry, old): (u32, u32),
        at: u8,
        prefix: Prefix<A>,
    ) -> u32 {
        match (is_child(entry), is_child(old)) {
            (false, _) => {
                self.unlink_below(mirror, old, at);
                self.leaves[entry as usize]
            }
            (true, false) => self.build(mirror, tree, entry, at),
            (true, true) if kind_at::<G>(at) == Kind::Record => {
                self.follow_record(mirror, tree, (entry, old), at, prefix)
            }
            (true, true) => {
                let (first, last) = range::<A, G>(prefix, at);
                for slot in first..=last {
                    let before = mirror.peek(place_of(old), slot);
                    let words = (tree.peek(unit_of(entry), slot), before);
                    let after = self.follow(mirror, tree, words, at + bits_at::<G>(at), prefix);
                    if after != before {
                        mirror.store(place_of(old), slot, after);
                    }
                }
                old
            }
        }
    }

    fn follow_record(
        &mut self,
        mirror: &Mirror<A, G>,
        tree: &Tree<A, G>,
        (entry, old): (u32, u32),
        at: u8,
        prefix: Prefix<A>,
    ) -> u32 {
        let (first, last) = range::<A, G>(prefix, at);
        let entries = tree.expand(unit_of(entry));
        let before = mirror.expand(old);
        let mut after = before;
        for slot in 0..1usize << G::STRIDE {
            // An escaped run may reach past the range.
            if !(first..=last).contains(&slot) && before[slot] != ESCAPED {
                continue;
            }
            after[slot] = if is_child(entries[slot]) || is_child(before[slot]) {
                self.follow(mirror, tree, (entries[slot], before[slot]), at + G::STRIDE, prefix)
            } else {
                self.leaves[entries[slot] as usize]
            };
        }
        if after == before {
            return old;
        }
        let slots = &after[..1 << G::STRIDE];
        let bitmap = bitmap_of(slots);
        if bitmap == mirror.bitmap(place_of(old)) && narrow(mirror, slots) == (old & NARROW != 0) {
            for (run, slot) in (0..slots.len()).filter(|slot| bitmap >> slot & 1 == 1).enumerate() {
                if after[slot] != before[slot] {
                    mirror.store_run(old, run, after[slot]);
                }
            }
            return old;
        }
        self.unlinked.push(mirror.block(old, at));
        self.make_record(mirror, &after, at)
    }

    /// Makes what `entry` in the tree leads to anew.
    fn build(&mut self, mirror: &Mirror<A, G>, tree: &Tree<A, G>, entry: u32, at: u8) -> u32 {
        if !is_child(entry) {
            return self.leaves[entry as usize];
        }
        let below = at + bits_at::<G>(at);
        if kind_at::<G>(at) == Kind::Record {
            let mut slots = tree.expand(unit_of(entry));
            for slot in &mut slots[..1 << G::STRIDE] {
                *slot = self.build(mirror, tree, *slot, below);
            }
            return self.make_record(mirror, &slots, at);
        }
        let Ok(block) = self.take(mirror, direct_class(kind_at::<G>(at))) else {
            return ESCAPED;
        };
        for slot in 0..1usize << bits_at::<G>(at) {
            let word = self.build(mirror, tree, tree.peek(unit_of(entry), slot), below);
            mirror.fill(block.unit, slot, word);
        }
        child(block.unit)
    }

    /// Makes a record of `slots`, merging equal neighbours, or an escaped leaf if there is no
    /// memory for it.
    fn make_record(&mut self, mirror: &Mirror<A, G>, slots: &Slots, at: u8) -> u32 {
        let slots = &slots[..1 << G::STRIDE];
        let (bitmap, narrow) = (bitmap_of(slots), narrow(mirror, slots));
        let runs = mirror.run_words(narrow, bitmap.count_ones() as usize);
        let Ok(block) = self.take(mirror, Blocks::record_class(runs)) else {
            for &word in slots {
                self.unlink_below(mirror, word, at + G::STRIDE);
            }
            return ESCAPED;
        };
        // SAFETY: the block is new: readers cannot reach it, and the caller is the writer.
        unsafe { mirror.words.set_bitmap(block.unit, bitmap) };
        let record = child(block.unit) | if narrow { NARROW } else { 0 };
        for (run, slot) in (0..slots.len()).filter(|slot| bitmap >> slot & 1 == 1).enumerate() {
            mirror.fill_run(record, run, slots[slot]);
        }
        record
    }

    /// Unlinks what `word` leads to, for the bits from `at` on.
    fn unlink_below(&mut self, mirror: &Mirror<A, G>, word: u32, at: u8) {
        if !is_child(word) {
            return;
        }
        let below = at + bits_at::<G>(at);
        match kind_at::<G>(at) {
            Kind::Record if word & NARROW != 0 => {}
            Kind::Record => {
                for run in 0..mirror.bitmap(place_of(word)).count_ones() as usize {
                    self.unlink_below(mirror, mirror.peek_run(word, run), below);
                }
            }
            Kind::Directory | Kind::Chunk => {
                for slot in 0..1usize << bits_at::<G>(at) {
                    self.unlink_below(mirror, mirror.peek(place_of(word), slot), below);
                }
            }
        }
        self.unlinked.push(mirror.block(word, at));
    }

    /// Blocks that were unlinked since the last time, to be retired.
    pub(crate) fn unlinked(&mut self) -> impl Iterator<Item = Block> + '_ {
        self.unlinked.drain(..)
    }

    /// Takes back a block whose grace period is over.
    pub(crate) fn recycle(&mut self, block: Block) {
        self.blocks.put(block);
    }

    /// Bytes of the reservation ever used, of free blocks in it, and of the writer's own tables.
    pub(crate) fn memory(&self) -> (usize, usize, usize) {
        let tables = self.blocks.list_bytes() + self.leaves.capacity() * size_of::<u32>();
        (self.blocks.used_bytes(), self.blocks.free_bytes(), tables)
    }
}

/// Where runs begin in `slots`. Children are never equal, so each has a run of its own (Runs).
fn bitmap_of(slots: &[u32]) -> u64 {
    (1..slots.len())
        .fold(1, |bitmap, slot| bitmap | u64::from(slots[slot] != slots[slot - 1]) << slot)
}

/// Whether a record of `slots` is narrow.
fn narrow<A, G>(mirror: &Mirror<A, G>, slots: &[u32]) -> bool {
    mirror.width != Width::Four && !slots.iter().any(|&word| is_child(word))
}

impl<A, G> fmt::Debug for MirrorWriter<A, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MirrorWriter").field("blocks", &self.blocks).finish_non_exhaustive()
    }
}

#[cfg(test)]
impl<A: Address, G: Geometry> MirrorWriter<A, G> {
    /// Checks Depth, Runs and Once, and that every unit of the arena is in the live mirror, in
    /// `limbo` or free, exactly once.
    pub(in crate::tree) fn check(&self, mirror: &Mirror<A, G>, limbo: &[Block]) {
        let mut owned = vec![false; self.blocks.used_bytes() / 8];
        let mut own = |block: Block| {
            let start = block.unit as usize;
            for unit in &mut owned[start..start + block.bytes() / 8] {
                assert!(!*unit, "{block:?} overlaps another block");
                *unit = true;
            }
        };
        self.blocks.free_blocks().for_each(&mut own);
        limbo.iter().copied().for_each(&mut own);
        let mut nodes = vec![(child(mirror.directory), 0)];
        let mut live = 0;
        while let Some((word, at)) = nodes.pop() {
            assert!(at < A::WIDTH, "a node past the address");
            own(mirror.block(word, at));
            live += mirror.block(word, at).bytes();
            let bits = bits_at::<G>(at);
            let record = kind_at::<G>(at) == Kind::Record;
            let slots: Vec<u32> = match record {
                true => mirror.expand(word)[..1 << bits].to_vec(),
                false => (0..1 << bits).map(|slot| mirror.peek(place_of(word), slot)).collect(),
            };
            assert!(!record || mirror.bitmap(place_of(word)) & 1 == 1, "no first run");
            for (slot, &word) in slots.iter().enumerate().filter(|(_, word)| is_child(**word)) {
                assert!(slot == 0 || slots[slot - 1] != word, "a child over two slots");
                nodes.push((word, at + bits));
            }
        }
        let known =
            live + self.blocks.free_bytes() + limbo.iter().map(|b| b.bytes()).sum::<usize>();
        assert!(self.blocks.used_bytes() >= known, "{known} bytes are known");
    }
}
