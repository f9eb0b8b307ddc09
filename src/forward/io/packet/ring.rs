//! The receive ring of a packet socket: blocks that go back and forth between the kernel and here.
//!
//! # Invariants
//! * **Owner.** A block's status word says whose it is. While it says *user*, the kernel neither reads
//!   nor writes the block; while it does not, nothing but the word is looked at here. Only its owner
//!   changes the word.
//! * **Place.** `at` is the block that the kernel hands over next, since it fills them in their order.
//!   `cursor` is set exactly while that block is ours and not read to its end.
//!
//! # Memory ordering
//! Edge **K1**: the kernel stores *user* after what it wrote into the block, and the load here is an
//! acquire. Edge **K2**: the store of *kernel* here is a release, so that what was read from the block
//! was read before the kernel, which loads the word, writes there again.

use core::fmt;
use std::{io, os::fd::OwnedFd};

use memmap2::{MmapOptions, MmapRaw};

use super::block::{Cursor, Packet, STATUS};
use crate::sync::{KernelU32, Ordering};

/// A receive ring, as far as it is read.
pub(super) struct Ring {
    blocks: Blocks,
    /// The block that is read, or that comes next.
    at: usize,
    cursor: Option<Cursor>,
}

/// The ring's memory: `count` blocks of `size` bytes.
struct Blocks {
    memory: MmapRaw,
    size: usize,
    count: usize,
}

impl Ring {
    /// Maps the ring that `socket` was given.
    pub(super) fn map(socket: &OwnedFd, size: usize, count: usize) -> io::Result<Self> {
        let length = size.checked_mul(count).ok_or(io::ErrorKind::InvalidInput)?;
        let memory = MmapOptions::new().len(length).map_raw(socket)?;
        Self::over(memory, size, count)
    }

    /// A ring in `memory`, which is zero at first.
    fn over(memory: MmapRaw, size: usize, count: usize) -> io::Result<Self> {
        let fits = count > 0
            && size >= STATUS + 4
            && size.is_multiple_of(8)
            && size.checked_mul(count).is_some_and(|length| length <= memory.len());
        if !fits {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        Ok(Self { blocks: Blocks { memory, size, count }, at: 0, cursor: None })
    }

    /// The next packet; none if the kernel has handed over no more. The packet's block goes back to the
    /// kernel after its last packet, with the call after.
    pub(super) fn next(&mut self) -> Option<Packet<'_>> {
        loop {
            if self.cursor.is_none() && !self.blocks.is_ours(self.at) {
                return None;
            }
            // SAFETY: the block is ours: `is_ours` said so just now, or did when the cursor was set, and
            // it was not given back since (Place). What borrows from it ends before the next call.
            let block = unsafe { self.blocks.block(self.at) };
            if let Some(packet) = self.cursor.get_or_insert_with(|| Cursor::new(block)).next(block)
            {
                return Some(packet);
            }
            self.cursor = None;
            self.blocks.give_back(self.at);
            self.at = (self.at + 1) % self.blocks.count;
        }
    }
}

impl Blocks {
    fn status(&self, block: usize) -> &KernelU32 {
        let offset = block % self.count * self.size + STATUS;
        // SAFETY: the word is inside the block, and the block inside the memory: `over` checked both.
        let word = unsafe { self.memory.as_mut_ptr().add(offset) };
        // SAFETY: the word is aligned, since the memory begins on a page and blocks are a multiple of
        // eight bytes long; it is mapped for as long as `self` is; and all who change it meanwhile, the
        // kernel included, do so atomically (Owner).
        unsafe { KernelU32::from_ptr(word.cast()) }
    }

    fn is_ours(&self, block: usize) -> bool {
        // Acquire: edge K1, from the kernel's store after it filled the block.
        self.status(block).load(Ordering::Acquire) & libc::TP_STATUS_USER != 0
    }

    fn give_back(&self, block: usize) {
        // Release: edge K2, to the kernel's load before it fills the block again.
        self.status(block).store(libc::TP_STATUS_KERNEL, Ordering::Release);
    }

    /// The bytes of a block.
    ///
    /// # Safety
    /// The block is ours, and is not given back while the bytes are borrowed.
    unsafe fn block(&self, block: usize) -> &[u8] {
        // SAFETY: the block is inside the memory, as `over` checked.
        let start = unsafe { self.memory.as_ptr().add(block % self.count * self.size) };
        // SAFETY: `size` bytes from there are mapped for as long as `self` is, and nobody changes them
        // while the block is ours (Owner), which holds for as long as they are borrowed by this
        // function's contract.
        unsafe { core::slice::from_raw_parts(start, self.size) }
    }
}

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ring")
            .field("blocks", &self.blocks.count)
            .field("block_size", &self.blocks.size)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use memmap2::MmapMut;

    use super::*;

    const SIZE: usize = 512;

    fn put(base: *mut u8, at: usize, value: u32) {
        // SAFETY: inside the memory that the test made, which is the writer's now.
        unsafe { base.wrapping_add(at).cast::<u32>().write_unaligned(value) };
    }

    /// Fills a block as the kernel would: two packets of 40 bytes, the first word of which is a number.
    fn fill(base: *mut u8, number: u32) {
        put(base, 12, 2);
        put(base, 16, 64);
        for index in 0..2 {
            let at = 64 + 128 * index as usize;
            put(base, at, 128);
            put(base, at + 12, 40);
            put(base, at + 16, 40);
            put(base, at + 20, 0);
            put(base, at + 24, 64);
            put(base, at + 64, number * 2 + index);
        }
    }

    #[test]
    fn packets_cross_in_order_while_the_ring_goes_round() {
        const BLOCKS: usize = 3;
        let rounds = if cfg!(miri) { 20u32 } else { 20_000 };
        let memory = MmapRaw::from(MmapMut::map_anon(SIZE * BLOCKS).expect("memory"));
        let base = memory.as_mut_ptr().expose_provenance();
        let mut ring = Ring::over(memory, SIZE, BLOCKS).expect("a ring");
        assert!(ring.next().is_none());
        thread::scope(|scope| {
            scope.spawn(move || {
                for number in 0..rounds {
                    let offset = number as usize % BLOCKS * SIZE;
                    let block =
                        core::ptr::with_exposed_provenance_mut::<u8>(base).wrapping_add(offset);
                    // SAFETY: the ring outlives the scope, and the word is only used atomically.
                    let status = unsafe { KernelU32::from_ptr(block.wrapping_add(STATUS).cast()) };
                    // Acquire and release: the kernel's sides of edges K2 and K1.
                    while status.load(Ordering::Acquire) != libc::TP_STATUS_KERNEL {
                        thread::yield_now();
                    }
                    fill(block, number);
                    // Release: as above.
                    status.store(libc::TP_STATUS_USER, Ordering::Release);
                }
            });
            let mut expected = 0;
            while expected < rounds * 2 {
                match ring.next() {
                    Some(packet) => {
                        let number = packet.bytes.first_chunk().copied().map(u32::from_ne_bytes);
                        assert_eq!(number, Some(expected));
                        assert_eq!(packet.bytes.len(), 40);
                        expected += 1;
                    }
                    None => thread::yield_now(),
                }
            }
        });
        assert!(ring.next().is_none());
    }

    #[test]
    fn refuses_memory_that_is_too_small() {
        let memory = || MmapRaw::from(MmapMut::map_anon(4096).expect("memory"));
        assert!(Ring::over(memory(), 2048, 2).is_ok());
        for (size, count) in [(4096, 2), (2048, 0), (8, 1), (60, 1), (usize::MAX & !7, 2)] {
            assert!(Ring::over(memory(), size, count).is_err(), "{size} {count}");
        }
    }
}
