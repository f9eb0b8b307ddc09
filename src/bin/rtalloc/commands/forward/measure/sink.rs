//! Where packets go that are timed.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rtalloc::forward::io::{Frame, LinkLayer, PacketIo};

/// The gateway that each packet came out for, by the packet's number.
pub(super) type Seen = Arc<Mutex<Vec<u8>>>;

/// A port that takes everything.
pub(super) struct Sink {
    pub(super) seen: Option<Seen>,
}

impl PacketIo for Sink {
    fn link_layer(&self) -> LinkLayer {
        LinkLayer::Ethernet
    }

    fn mtu(&self) -> usize {
        1500
    }

    fn receive(&mut self, _: &mut [Frame]) -> io::Result<usize> {
        Ok(0)
    }

    fn send(&mut self, frames: &[&Frame]) -> io::Result<usize> {
        if let Some(seen) = &self.seen {
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            for bytes in frames.iter().map(|frame| frame.bytes()) {
                let number = bytes.last_chunk().map_or(u32::MAX, |last| u32::from_be_bytes(*last));
                if let (Some(place), Some(&gateway)) = (seen.get_mut(number as usize), bytes.get(5))
                {
                    *place = gateway;
                }
            }
        }
        Ok(frames.len())
    }

    fn wait(&mut self, _: Duration) -> io::Result<()> {
        Ok(())
    }
}
