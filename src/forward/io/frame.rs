//! A frame's memory, with room in front of it for headers.

use core::fmt;

/// Bytes before the frame that is received, in which headers can be put in front of it.
pub const HEADROOM: usize = 128;

/// The longest frame, in bytes: an Ethernet header and a packet of 9000 bytes.
pub const ROOM: usize = 9018;

/// A frame, in memory of its own.
#[derive(Clone)]
pub struct Frame {
    bytes: Box<[u8]>,
    start: usize,
    end: usize,
}

impl Frame {
    /// An empty frame. Allocates once.
    pub fn new() -> Self {
        let bytes = vec![0; HEADROOM + ROOM].into_boxed_slice();
        Self { bytes, start: HEADROOM, end: HEADROOM }
    }

    /// The bytes of the frame.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// The bytes of the frame.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[self.start..self.end]
    }

    /// The whole room for a frame to be received; then say how long it is with
    /// [`set_length`](Self::set_length). Until then it is empty.
    pub fn room(&mut self) -> &mut [u8] {
        (self.start, self.end) = (HEADROOM, HEADROOM);
        &mut self.bytes[HEADROOM..]
    }

    /// The frame is what stands in the room up to `length` bytes, at most [`ROOM`].
    pub fn set_length(&mut self, length: usize) {
        (self.start, self.end) = (HEADROOM, HEADROOM + length.min(ROOM));
    }

    /// The frame is a copy of `bytes`. Returns whether there is room for them; otherwise it is empty.
    pub fn set(&mut self, bytes: &[u8]) -> bool {
        let fits = bytes.len() <= ROOM;
        let bytes = if fits { bytes } else { &[] };
        self.room()[..bytes.len()].copy_from_slice(bytes);
        self.set_length(bytes.len());
        fits
    }

    /// Puts `count` bytes in front of the frame, whose values are to be written. Returns whether there
    /// is room; otherwise nothing changes.
    pub fn grow_front(&mut self, count: usize) -> bool {
        let fits = count <= self.start;
        self.start -= if fits { count } else { 0 };
        fits
    }

    /// Takes `count` bytes off the front, or all that there are.
    pub fn shrink_front(&mut self, count: usize) {
        self.start += count.min(self.end - self.start);
    }

    /// Leaves the first `length` bytes, or all that there are.
    pub fn truncate(&mut self, length: usize) {
        self.end = self.start + length.min(self.end - self.start);
    }
}

impl Default for Frame {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Frame").field(&self.bytes()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_come_and_go_at_the_front() {
        let mut frame = Frame::new();
        assert!(frame.set(&[1, 2, 3]));
        frame.shrink_front(1);
        assert!(frame.grow_front(3));
        frame.bytes_mut()[..3].fill(9);
        assert_eq!(frame.bytes(), [9, 9, 9, 2, 3]);
        assert!(!frame.grow_front(HEADROOM));
        frame.shrink_front(10);
        assert!(frame.bytes().is_empty());
        assert!(frame.set(&[7; ROOM]) && !frame.set(&[7; ROOM + 1]));
        assert!(frame.bytes().is_empty());
    }

    #[test]
    fn the_end_is_cut_off_wherever_the_front_is() {
        let mut frame = Frame::new();
        assert!(frame.set(&[1, 2, 3, 4, 5]));
        frame.shrink_front(1);
        frame.truncate(9);
        assert_eq!(frame.bytes(), [2, 3, 4, 5]);
        frame.truncate(2);
        assert_eq!(frame.bytes(), [2, 3]);
        // Its end may then stand before that of the headroom, which the next frame knows nothing of.
        assert!(frame.grow_front(20));
        frame.truncate(5);
        assert_eq!(frame.bytes().len(), 5);
        assert_eq!(frame.room().len(), ROOM);
        assert!(frame.bytes().is_empty());
        assert!(frame.set(&[6]));
        assert_eq!(frame.bytes(), [6]);
    }
}
