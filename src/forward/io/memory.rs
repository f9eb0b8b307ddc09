//! Frames from memory and to memory: for measuring what forwarding costs without a device, and for
//! tests, which can look at what was sent.

use core::time::Duration;
use std::io;

use super::{Frame, LinkLayer, PacketIo, PortCounters};

/// Frames one behind the other in one piece of memory, as they lie in a device's ring.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PackedFrames {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl PackedFrames {
    /// No frames.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a frame behind the others.
    pub fn push(&mut self, frame: &[u8]) {
        self.bytes.extend_from_slice(frame);
        self.ends.push(self.bytes.len());
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The frame with number `index`, counted from 0.
    pub fn get(&self, index: usize) -> Option<&[u8]> {
        let end = *self.ends.get(index)?;
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        Some(&self.bytes[start..end])
    }

    /// The frames in their order.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).filter_map(|index| self.get(index))
    }

    /// Removes all, and keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }
}

impl<B: AsRef<[u8]>> FromIterator<B> for PackedFrames {
    fn from_iter<I: IntoIterator<Item = B>>(frames: I) -> Self {
        let mut packed = Self::new();
        frames.into_iter().for_each(|frame| packed.push(frame.as_ref()));
        packed
    }
}

/// A port that hands out prepared frames round by round, and keeps what is sent.
///
/// # Examples
///
/// ```
/// use rtalloc::forward::io::{Frame, LinkLayer, MemoryIo, PackedFrames, PacketIo};
///
/// let prepared: PackedFrames = [[1, 2, 3], [4, 5, 6]].iter().collect();
/// let mut port = MemoryIo::new(LinkLayer::Ip, prepared);
/// let mut frames = vec![Frame::new(); 32];
/// assert_eq!(port.receive(&mut frames)?, 2);
/// assert!(port.is_at_end());
/// port.send(&[&frames[1]])?;
/// assert_eq!(port.sent().get(0), Some(&[4, 5, 6][..]));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct MemoryIo {
    link_layer: LinkLayer,
    mtu: usize,
    frames: PackedFrames,
    /// The frame that is next.
    next: usize,
    /// How often frames are begun with again after the last; `None` is for ever.
    again: Option<u64>,
    sent: PackedFrames,
    /// How many sent frames are kept before there is no room; `None` keeps none and always has room.
    most: Option<usize>,
    counters: PortCounters,
    /// Places of frames that the last call of `send` took and dropped.
    dropped: Vec<usize>,
}

impl MemoryIo {
    /// A port that gives each of `frames` once, keeps all that is sent, and has an MTU of 1500.
    pub fn new(link_layer: LinkLayer, frames: PackedFrames) -> Self {
        Self {
            link_layer,
            mtu: 1500,
            frames,
            next: 0,
            again: Some(0),
            sent: PackedFrames::new(),
            most: Some(usize::MAX),
            counters: PortCounters::default(),
            dropped: Vec::new(),
        }
    }

    /// Gives the frames `rounds` times in all, where 0 is as 1.
    #[must_use]
    pub fn with_rounds(self, rounds: u64) -> Self {
        Self { again: Some(rounds.saturating_sub(1)), ..self }
    }

    /// Gives the frames again and again.
    #[must_use]
    pub fn without_end(self) -> Self {
        Self { again: None, ..self }
    }

    /// Has room for `most` sent frames, until they are [taken](Self::take_sent).
    #[must_use]
    pub fn with_room(self, most: usize) -> Self {
        Self { most: Some(most), ..self }
    }

    /// Counts what is sent, and keeps nothing of it.
    #[must_use]
    pub fn discarding(self) -> Self {
        Self { most: None, ..self }
    }

    /// Another MTU, in bytes.
    #[must_use]
    pub fn with_mtu(self, mtu: usize) -> Self {
        Self { mtu, ..self }
    }

    /// Adds a frame to be received, behind the others of this round.
    pub fn push(&mut self, frame: &[u8]) {
        self.frames.push(frame);
    }

    /// What was sent, and not taken yet.
    pub fn sent(&self) -> &PackedFrames {
        &self.sent
    }

    /// Takes what was sent, which makes room.
    pub fn take_sent(&mut self) -> PackedFrames {
        core::mem::take(&mut self.sent)
    }

    /// Begins the next round if this one is over and there is one.
    fn turn(&mut self) {
        if self.next < self.frames.len() || self.frames.is_empty() {
            return;
        }
        match &mut self.again {
            None => self.next = 0,
            Some(0) => {}
            Some(again) => {
                *again -= 1;
                self.next = 0;
            }
        }
    }
}

impl PacketIo for MemoryIo {
    fn link_layer(&self) -> LinkLayer {
        self.link_layer
    }

    fn mtu(&self) -> usize {
        self.mtu
    }

    /// Fills frames; at most a round in one call.
    fn receive(&mut self, frames: &mut [Frame]) -> io::Result<usize> {
        let mut filled = 0;
        for _ in 0..self.frames.len() {
            self.turn();
            let (Some(frame), Some(bytes)) = (frames.get_mut(filled), self.frames.get(self.next))
            else {
                break;
            };
            self.next += 1;
            if frame.set(bytes) {
                filled += 1;
                self.counters.receive(bytes.len());
            } else {
                self.counters.dropped.oversized += 1;
            }
        }
        self.turn();
        Ok(filled)
    }

    fn send(&mut self, frames: &[&Frame]) -> io::Result<usize> {
        let longest = self.link_layer.longest_frame(self.mtu);
        self.dropped.clear();
        for (index, frame) in frames.iter().enumerate() {
            let bytes = frame.bytes();
            if bytes.len() > longest {
                self.counters.dropped.too_long += 1;
                self.dropped.push(index);
                continue;
            }
            match self.most {
                Some(most) if self.sent.len() >= most => return Ok(index),
                Some(_) => self.sent.push(bytes),
                None => {}
            }
            self.counters.send(bytes.len());
        }
        Ok(frames.len())
    }

    fn dropped(&self) -> &[usize] {
        &self.dropped
    }

    /// Returns at once: nothing comes by waiting.
    fn wait(&mut self, _most: Duration) -> io::Result<()> {
        Ok(())
    }

    fn is_at_end(&self) -> bool {
        self.next >= self.frames.len() && (self.frames.is_empty() || self.again == Some(0))
    }

    fn counters(&mut self) -> io::Result<PortCounters> {
        Ok(self.counters)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::ROOM, *};

    fn numbered(count: u8) -> PackedFrames {
        (0..count).map(|number| [number; 20]).collect()
    }

    /// The first byte of each frame that is received until the end, in bursts of `burst`.
    fn drain(port: &mut MemoryIo, burst: usize) -> Vec<u8> {
        let mut frames = vec![Frame::new(); burst];
        let mut firsts = Vec::new();
        while !port.is_at_end() {
            let count = port.receive(&mut frames).expect("memory");
            firsts.extend(frames[..count].iter().map(|frame| frame.bytes()[0]));
        }
        firsts
    }

    #[test]
    fn gives_each_frame_as_often_as_there_are_rounds() {
        for burst in 1..8 {
            let mut port = MemoryIo::new(LinkLayer::Ip, numbered(5)).with_rounds(3);
            let expected: Vec<u8> = (0..5).cycle().take(15).collect();
            assert_eq!(drain(&mut port, burst), expected, "bursts of {burst}");
            assert_eq!(port.counters().expect("memory").received, 15);
            port.push(&[9; 20]);
            assert_eq!(drain(&mut port, burst), [9]);
        }
        assert!(MemoryIo::new(LinkLayer::Ip, numbered(0)).without_end().is_at_end());
    }

    #[test]
    fn begins_again_without_end() {
        let mut port = MemoryIo::new(LinkLayer::Ip, numbered(3)).without_end();
        let mut frames = vec![Frame::new(); 2];
        for turn in 0..100u8 {
            assert_eq!(port.receive(&mut frames).expect("memory"), 2);
            assert_eq!(frames[0].bytes()[0], turn * 2 % 3);
            assert!(!port.is_at_end());
        }
    }

    #[test]
    fn takes_what_it_has_room_for() {
        let mut port = MemoryIo::new(LinkLayer::Ip, numbered(4)).with_room(3).with_mtu(20);
        let mut frames = vec![Frame::new(); 4];
        assert_eq!(port.receive(&mut frames).expect("memory"), 4);
        frames[1].set(&[8; 21]);
        let all: Vec<&Frame> = frames.iter().collect();
        assert_eq!(port.send(&all).expect("memory"), 4);
        assert_eq!(port.dropped(), [1], "the long one");
        assert_eq!(port.send(&all).expect("memory"), 0);
        assert_eq!(port.dropped(), [0; 0]);
        assert_eq!(port.sent().iter().map(|frame| frame[0]).collect::<Vec<_>>(), [0, 2, 3]);
        assert_eq!(port.take_sent().len(), 3);
        assert_eq!(port.send(&all).expect("memory"), 4);
        let counters = port.counters().expect("memory");
        assert_eq!((counters.sent, counters.sent_bytes, counters.dropped.too_long), (6, 120, 2));
        let mut port = MemoryIo::new(LinkLayer::Ethernet, numbered(1)).discarding().with_mtu(7);
        assert_eq!(port.send(&all).expect("memory"), 4);
        assert!(port.sent().is_empty());
        assert_eq!(port.counters().expect("memory").sent, 4);
    }

    #[test]
    fn drops_what_no_frame_has_room_for() {
        let frames = [vec![1; ROOM + 1], vec![2; ROOM]];
        let mut port = MemoryIo::new(LinkLayer::Ethernet, frames.iter().collect());
        assert_eq!(drain(&mut port, 4), [2]);
        assert_eq!(port.counters().expect("memory").dropped.oversized, 1);
    }
}
