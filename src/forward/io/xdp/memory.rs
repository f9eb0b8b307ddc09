//! The memory that holds an AF_XDP socket's frames (UMEM), cut into chunks of one size.
//!
//! # Invariants
//! * **Owner.** Each chunk is either in one of the kernel's rings, and then the kernel's, or here, and
//!   then ours: the first half of the chunks go round from the fill ring through the receive ring, the
//!   second half from [`free`](Chunks::take) through the send ring and the completion ring. Chunks change
//!   hands by edges K3 and K4 of the [rings](super::ring).

use std::io;

use memmap2::{MmapMut, MmapRaw};

/// The size of a chunk, in bytes. The kernel allows up to a page; frames that are longer do not fit.
pub(super) const CHUNK: usize = 4096;

/// What the kernel leaves free in front of a received frame, in bytes (XDP_PACKET_HEADROOM).
pub(super) const HEADROOM: usize = 256;

/// Chunks for receiving, and as many for sending.
#[derive(Debug)]
pub(super) struct Chunks {
    memory: MmapRaw,
    /// How many there are of each sort.
    half: usize,
    /// Chunks for sending that are ours, by their first byte.
    free: Vec<u64>,
}

impl Chunks {
    /// `half` chunks for receiving and `half` for sending.
    pub(super) fn new(half: usize) -> io::Result<Self> {
        let length = half.checked_mul(2 * CHUNK).ok_or(io::ErrorKind::InvalidInput)?;
        let memory = MmapRaw::from(MmapMut::map_anon(length)?);
        let free = (half..2 * half).rev().map(|chunk| (chunk * CHUNK) as u64).collect();
        Ok(Self { memory, half, free })
    }

    /// Where the memory begins, and how long it is.
    pub(super) fn whole(&self) -> (*mut u8, usize) {
        (self.memory.as_mut_ptr(), self.memory.len())
    }

    /// The chunks for receiving, by their first byte.
    pub(super) fn for_receiving(&self) -> impl Iterator<Item = u64> + use<> {
        (0..self.half).map(|chunk| (chunk * CHUNK) as u64)
    }

    /// The chunk for receiving that an address lies in, by its first byte.
    pub(super) fn receiving(&self, address: u64) -> Option<u64> {
        let end = (self.half * CHUNK) as u64;
        (address < end).then_some(address - address % CHUNK as u64)
    }

    /// A chunk for sending that is ours.
    pub(super) fn take(&mut self) -> Option<u64> {
        self.free.pop()
    }

    /// Takes back a chunk for sending. What is none, or is ours already, is not taken.
    pub(super) fn give_back(&mut self, address: u64) {
        let (first, end) = ((self.half * CHUNK) as u64, (2 * self.half * CHUNK) as u64);
        if (first..end).contains(&address) && self.free.len() < self.half {
            self.free.push(address - address % CHUNK as u64);
        }
    }

    /// Copies what stands at `address` into `to`. Returns whether all of that is in one chunk.
    ///
    /// # Safety
    /// The chunk is ours.
    pub(super) unsafe fn read(&self, address: u64, to: &mut [u8]) -> bool {
        let Some(from) = self.place(address, to.len()) else { return false };
        // SAFETY: `place` says that so many bytes are in the memory; the chunk is ours, so nobody writes
        // there; and `to` is memory of its own.
        unsafe { core::ptr::copy_nonoverlapping(from, to.as_mut_ptr(), to.len()) };
        true
    }

    /// Copies `from` to `address`. Returns whether it fits into one chunk.
    ///
    /// # Safety
    /// The chunk is ours.
    pub(super) unsafe fn write(&mut self, address: u64, from: &[u8]) -> bool {
        let Some(to) = self.place(address, from.len()) else { return false };
        // SAFETY: as in `read`, the other way.
        unsafe { core::ptr::copy_nonoverlapping(from.as_ptr(), to, from.len()) };
        true
    }

    fn place(&self, address: u64, length: usize) -> Option<*mut u8> {
        let at = usize::try_from(address).ok()?;
        let fits = at < self.memory.len() && length <= CHUNK - at % CHUNK;
        fits.then(|| self.memory.as_mut_ptr().wrapping_add(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_where_they_belong() {
        let mut chunks = Chunks::new(4).expect("memory");
        assert_eq!(chunks.whole().1, 8 * CHUNK);
        assert_eq!(chunks.for_receiving().collect::<Vec<_>>(), [0, 4096, 8192, 12288]);
        assert_eq!(chunks.receiving(4096 + 300), Some(4096));
        assert_eq!(chunks.receiving(4 * 4096), None);
        let taken: Vec<_> = core::iter::from_fn(|| chunks.take()).collect();
        assert_eq!(taken, [16384, 20480, 24576, 28672]);
        for address in [0, 12288, 8 * 4096, u64::MAX, 20480 + 7, 16384] {
            chunks.give_back(address);
        }
        let taken: Vec<_> = core::iter::from_fn(|| chunks.take()).collect();
        assert_eq!(taken, [16384, 20480]);
        for address in [16384, 20480, 24576, 28672, 28672] {
            chunks.give_back(address);
        }
        assert_eq!(core::iter::from_fn(|| chunks.take()).count(), 4);
    }

    #[test]
    fn bytes_stay_in_their_chunk() {
        let mut chunks = Chunks::new(2).expect("memory");
        let mut read = [0; 100];
        // SAFETY: no kernel knows this memory.
        assert!(unsafe { chunks.write(2 * 4096, &[7; 100]) });
        // SAFETY: as above.
        assert!(unsafe { chunks.read(2 * 4096, &mut read) });
        assert_eq!(read, [7; 100]);
        for address in [4096 - 99, 4 * 4096, u64::MAX, 4 * 4096 - 1] {
            // SAFETY: as above.
            assert!(!unsafe { chunks.write(address, &read) }, "{address}");
            // SAFETY: as above.
            assert!(!unsafe { chunks.read(address, &mut read) }, "{address}");
        }
    }
}
