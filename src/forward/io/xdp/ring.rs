//! A ring between this process and the kernel: one of the four of an AF_XDP socket.
//!
//! One side produces, the other consumes. Entries lie in an array whose length is a power of two; two
//! words count what was produced and consumed since the beginning and wrap at 2^32, so their
//! difference is how many entries are in the ring.
//!
//! # Invariants
//! * **Sides.** Only the producer's side stores the producer's word and writes entries, only those that
//!   are not in the ring. Only the consumer's side stores the consumer's word and reads entries, only
//!   those that are in the ring.
//! * **Bounds.** An index is taken modulo the array's length before it is used, so that no word of the
//!   other side leads out of the array, whatever it says.
//!
//! # Memory ordering
//! Edge **K3**: the producer's store of its word is a release, and the consumer's load of it an acquire:
//! entries are written before they are read, and so are the bytes that they lead to. Edge **K4**: the
//! consumer's store of its word is a release, and the producer's load of it an acquire: entries, and
//! what they lead to, are read before they are written again. The kernel's sides are such too
//! (Linux, `net/xdp/xsk_queue.h`). Each side reads its own word by heart.

use core::{fmt, ptr::NonNull};
use std::{io, sync::Arc};

use memmap2::MmapRaw;

use crate::sync::{KernelU32, Ordering};

/// What a ring is made of.
///
/// # Safety
/// Any bytes are a value of the type, and it needs no dropping.
pub(super) unsafe trait Entry: Copy {}

// SAFETY: an integer.
unsafe impl Entry for u64 {}
// SAFETY: three integers, the last of which is flags of which any may be set.
unsafe impl Entry for rustix::net::xdp::XdpDesc {}

/// Where the parts of a ring are in its memory, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Offsets {
    pub(super) producer: usize,
    pub(super) consumer: usize,
    pub(super) entries: usize,
}

/// The memory of a ring.
struct Shared<T> {
    producer: NonNull<u32>,
    consumer: NonNull<u32>,
    entries: NonNull<T>,
    length: u32,
    _memory: Arc<MmapRaw>,
}

/// The side that produces.
pub(super) struct Producer<T> {
    ring: Shared<T>,
    /// What was produced, published or not.
    next: u32,
    /// What was consumed when that was last looked at.
    consumed: u32,
}

/// The side that consumes.
pub(super) struct Consumer<T> {
    ring: Shared<T>,
    /// What was consumed, released or not.
    next: u32,
    /// What was produced when that was last looked at.
    produced: u32,
}

// SAFETY: a side owns its half of the ring as the type's invariants say; where it runs does not matter.
unsafe impl<T: Send> Send for Shared<T> {}

impl<T: Entry> Shared<T> {
    fn new(memory: Arc<MmapRaw>, at: Offsets, length: u32) -> io::Result<Self> {
        let bytes = length as usize * size_of::<T>();
        let inside = |at: usize, size: usize, align: usize| {
            let fits = at.checked_add(size).is_some_and(|end| end <= memory.len());
            (fits && at.is_multiple_of(align)).then(|| memory.as_mut_ptr().wrapping_add(at))
        };
        let shared = (|| {
            length.is_power_of_two().then_some(())?;
            Some((
                NonNull::new(inside(at.producer, 4, align_of::<u32>())?.cast())?,
                NonNull::new(inside(at.consumer, 4, align_of::<u32>())?.cast())?,
                NonNull::new(inside(at.entries, bytes, align_of::<T>())?.cast())?,
            ))
        })();
        let (producer, consumer, entries) = shared.ok_or(io::ErrorKind::InvalidData)?;
        Ok(Self { producer, consumer, entries, length, _memory: memory })
    }

    fn produced(&self) -> &KernelU32 {
        // SAFETY: `new` checked that the word is in the memory, which is mapped for as long as `self` is,
        // and aligned. All who change it do so atomically.
        unsafe { KernelU32::from_ptr(self.producer.as_ptr()) }
    }

    fn consumed(&self) -> &KernelU32 {
        // SAFETY: as in `produced`.
        unsafe { KernelU32::from_ptr(self.consumer.as_ptr()) }
    }

    fn entry(&self, index: u32) -> NonNull<T> {
        let index = index & (self.length - 1);
        // SAFETY: below `length`, and `new` checked that so many entries are in the memory (Bounds).
        unsafe { self.entries.add(index as usize) }
    }
}

impl<T: Entry> Producer<T> {
    pub(super) fn new(memory: Arc<MmapRaw>, at: Offsets, length: u32) -> io::Result<Self> {
        let ring = Shared::new(memory, at, length)?;
        // Relaxed: only this side stores it.
        let next = ring.produced().load(Ordering::Relaxed);
        // Acquire: edge K4.
        let consumed = ring.consumed().load(Ordering::Acquire);
        Ok(Self { ring, next, consumed })
    }

    /// How many entries are in the ring.
    pub(super) fn pending(&mut self) -> u32 {
        // Acquire: edge K4, from the consumer's store after it read the entries.
        self.consumed = self.ring.consumed().load(Ordering::Acquire);
        self.next.wrapping_sub(self.consumed)
    }

    /// Adds an entry, which the other side sees when it is [published](Self::publish). Returns whether
    /// there is room.
    pub(super) fn push(&mut self, entry: T) -> bool {
        let is_full =
            |producer: &Self| producer.next.wrapping_sub(producer.consumed) >= producer.ring.length;
        if is_full(self) {
            self.pending();
            if is_full(self) {
                return false;
            }
        }
        let place = self.ring.entry(self.next);
        // SAFETY: the place is in the array, and not in the ring: the consumer is done with it, by edge
        // K4, and sees it only once it is published (Sides).
        unsafe { place.write(entry) };
        self.next = self.next.wrapping_add(1);
        true
    }

    /// Lets the other side see what was pushed.
    pub(super) fn publish(&mut self) {
        // Release: edge K3, to the consumer's load before it reads the entries.
        self.ring.produced().store(self.next, Ordering::Release);
    }
}

impl<T: Entry> Consumer<T> {
    pub(super) fn new(memory: Arc<MmapRaw>, at: Offsets, length: u32) -> io::Result<Self> {
        let ring = Shared::new(memory, at, length)?;
        // Relaxed: only this side stores it.
        let next = ring.consumed().load(Ordering::Relaxed);
        Ok(Self { ring, next, produced: next })
    }

    /// The next entry, whose place the other side gets when it is [released](Self::release).
    pub(super) fn pop(&mut self) -> Option<T> {
        if self.next == self.produced {
            // Acquire: edge K3, from the producer's store after it wrote the entries.
            self.produced = self.ring.produced().load(Ordering::Acquire);
            if self.next == self.produced {
                return None;
            }
        }
        let place = self.ring.entry(self.next);
        // SAFETY: the place is in the array, and in the ring: the producer wrote it before, by edge K3,
        // and leaves it alone until it is released (Sides). Any bytes are a value (`Entry`).
        let entry = unsafe { place.read() };
        self.next = self.next.wrapping_add(1);
        Some(entry)
    }

    /// Gives the places of what was popped back.
    pub(super) fn release(&mut self) {
        // Release: edge K4, to the producer's load before it writes there again.
        self.ring.consumed().store(self.next, Ordering::Release);
    }
}

impl<T> fmt::Debug for Producer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { next, consumed, .. } = self;
        write!(f, "Producer {{ next: {next}, consumed: {consumed}, length: {} }}", self.ring.length)
    }
}

impl<T> fmt::Debug for Consumer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { next, produced, .. } = self;
        write!(f, "Consumer {{ next: {next}, produced: {produced}, length: {} }}", self.ring.length)
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use memmap2::MmapMut;

    use super::*;

    const AT: Offsets = Offsets { producer: 0, consumer: 64, entries: 128 };

    fn memory() -> Arc<MmapRaw> {
        Arc::new(MmapRaw::from(MmapMut::map_anon(4096).expect("memory")))
    }

    /// The two sides of a ring of eight entries, of which so many were produced and consumed already.
    fn ring(before: u32) -> (Producer<u64>, Consumer<u64>) {
        let memory = memory();
        for offset in [AT.producer, AT.consumer] {
            // SAFETY: inside the memory, which nobody else knows yet.
            unsafe { memory.as_mut_ptr().wrapping_add(offset).cast::<u32>().write(before) };
        }
        let producer = Producer::new(Arc::clone(&memory), AT, 8).expect("a ring");
        (producer, Consumer::new(memory, AT, 8).expect("a ring"))
    }

    #[test]
    fn entries_come_out_as_they_went_in_also_where_the_counts_wrap() {
        for before in [0, 5, u32::MAX - 20, u32::MAX] {
            let (mut producer, mut consumer) = ring(before);
            let (mut written, mut read) = (0, 0);
            for turn in 0..100 {
                for _ in 0..turn % 11 {
                    written += u64::from(producer.push(written));
                }
                assert!(written - read <= 8);
                let unseen = consumer.pop();
                assert_eq!(unseen, None, "nothing is seen before it is published");
                producer.publish();
                assert_eq!(u64::from(producer.pending()), written - read);
                for _ in 0..1 + turn % 7 {
                    let expected = (read < written).then_some(read);
                    assert_eq!(consumer.pop(), expected);
                    read += u64::from(expected.is_some());
                }
                while let Some(entry) = consumer.pop() {
                    assert_eq!(entry, read);
                    read += 1;
                }
                consumer.release();
            }
            assert!(written > 300 && read == written);
        }
    }

    #[test]
    fn places_are_filled_again_only_once_they_are_released() {
        let (mut producer, mut consumer) = ring(u32::MAX - 3);
        assert!((0..8).all(|entry| producer.push(entry)) && !producer.push(8));
        producer.publish();
        assert_eq!(consumer.pop(), Some(0));
        assert_eq!(consumer.pop(), Some(1));
        assert!(!producer.push(8));
        consumer.release();
        assert!(producer.push(8) && producer.push(9) && !producer.push(10));
    }

    #[test]
    fn two_threads_pass_entries_in_order() {
        let count = if cfg!(miri) { 200u64 } else { 200_000 };
        let (mut producer, mut consumer) = ring(u32::MAX - 50);
        thread::scope(|scope| {
            scope.spawn(move || {
                for entry in 0..count {
                    while !producer.push(entry) {
                        producer.publish();
                        thread::yield_now();
                    }
                    if entry % 3 == 0 {
                        producer.publish();
                    }
                }
                producer.publish();
            });
            let mut expected = 0;
            while expected < count {
                match consumer.pop() {
                    Some(entry) => {
                        assert_eq!(entry, expected);
                        expected += 1;
                    }
                    None => {
                        consumer.release();
                        thread::yield_now();
                    }
                }
            }
        });
    }

    #[test]
    fn refuses_what_is_not_in_the_memory() {
        for (at, length) in [
            (AT, 7),
            (AT, 0),
            (AT, 4096),
            (Offsets { producer: 4093, ..AT }, 8),
            (Offsets { consumer: 2, ..AT }, 8),
            (Offsets { entries: usize::MAX - 7, ..AT }, 8),
            (Offsets { entries: 4096 - 56, ..AT }, 8),
        ] {
            assert!(Producer::<u64>::new(memory(), at, length).is_err(), "{at:?} {length}");
            assert!(Consumer::<u64>::new(memory(), at, length).is_err(), "{at:?} {length}");
        }
    }
}
