//! Capture files in and out: what tcpdump and Wireshark write and read.
//!
//! Files are read by the crate `pcap-parser`, pcap and pcapng in either byte order, with Ethernet and
//! raw IP frames. They are written as pcap. Times are not kept to: frames are there as fast as they
//! are asked for.

mod block;
mod error;
mod read;
mod write;

pub use block::NextPacket;
pub use error::{PcapError, PcapErrorKind};
pub use read::PcapReader;
pub use write::PcapWriter;

use core::time::Duration;
use std::{fs::File, io};

use super::{Frame, LinkLayer, PacketIo, PortCounters, ROOM};

/// A port that receives what one capture file has, and sends to another.
///
/// It is [at its end](PacketIo::is_at_end) after the last packet. A packet of which the capture does
/// not have all is dropped and counted.
#[derive(Debug)]
pub struct PcapIo {
    input: Option<PcapReader>,
    output: Option<PcapWriter<File>>,
    link_layer: LinkLayer,
    /// An error behind frames that were received well.
    failed: Option<PcapError>,
    /// How it could not be read further, for who has not heard of it.
    broken: Option<(io::ErrorKind, String)>,
    counters: PortCounters,
    /// Places of frames that the last call of `send` took and dropped.
    dropped: Vec<usize>,
}

impl PcapIo {
    /// A port that receives from a file. What it is to send it [refuses](super::Dropped::refused), until
    /// it is told [where to](Self::with_output).
    pub fn from_input(input: PcapReader) -> Self {
        let link_layer = input.link_layer();
        Self {
            input: Some(input),
            output: None,
            link_layer,
            failed: None,
            broken: None,
            counters: PortCounters::default(),
            dropped: Vec::new(),
        }
    }

    /// A port that sends to a file, and is at its end from the beginning.
    pub fn from_output(output: PcapWriter<File>) -> Self {
        let link_layer = output.link_layer();
        Self {
            input: None,
            output: Some(output),
            link_layer,
            failed: None,
            broken: None,
            counters: PortCounters::default(),
            dropped: Vec::new(),
        }
    }

    /// Sends to a file that is made for it, or emptied.
    ///
    /// # Errors
    /// If the file cannot be made or written.
    pub fn with_output(self, path: impl AsRef<std::path::Path>) -> Result<Self, PcapError> {
        let output = PcapWriter::create(path, self.link_layer)?;
        Ok(Self { output: Some(output), ..self })
    }

    /// The error of reading that this is, which is final.
    fn broken_by(&mut self, error: PcapError) -> io::Error {
        let error = io::Error::from(error);
        self.broken = Some((error.kind(), error.to_string()));
        error
    }

    /// Writes what is still buffered, as [`flush`](PacketIo::flush) does.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn finish(self) -> Result<(), PcapError> {
        self.output.map_or(Ok(()), PcapWriter::finish)
    }
}

impl PacketIo for PcapIo {
    fn link_layer(&self) -> LinkLayer {
        self.link_layer
    }

    /// As much as a frame has room for.
    fn mtu(&self) -> usize {
        ROOM - self.link_layer.header()
    }

    fn receive(&mut self, frames: &mut [Frame]) -> io::Result<usize> {
        if let Some(error) = self.failed.take() {
            return Err(self.broken_by(error));
        }
        let Some(input) = &mut self.input else { return Ok(0) };
        let mut filled = 0;
        while let Some(frame) = frames.get_mut(filled) {
            match input.next_packet(frame) {
                Ok(NextPacket::Whole) => {
                    self.counters.receive(frame.bytes().len());
                    filled += 1;
                }
                Ok(NextPacket::Truncated) => self.counters.dropped.truncated += 1,
                Ok(NextPacket::Oversized) => self.counters.dropped.oversized += 1,
                Ok(NextPacket::End) => break,
                Err(error) if filled == 0 => return Err(self.broken_by(error)),
                Err(error) => {
                    self.failed = Some(error);
                    break;
                }
            }
        }
        Ok(filled)
    }

    fn send(&mut self, frames: &[&Frame]) -> io::Result<usize> {
        self.dropped.clear();
        let Some(output) = &mut self.output else {
            self.counters.dropped.refused += frames.len() as u64;
            self.dropped.extend(0..frames.len());
            return Ok(frames.len());
        };
        for (index, frame) in frames.iter().enumerate() {
            match output.write(frame.bytes()) {
                Ok(()) => self.counters.send(frame.bytes().len()),
                // The next call meets the error again.
                Err(_) if index > 0 => return Ok(index),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(frames.len())
    }

    fn dropped(&self) -> &[usize] {
        &self.dropped
    }

    /// Writes what is still buffered. Says also whether the other file could not be read.
    fn flush(&mut self) -> io::Result<()> {
        self.output.as_mut().map_or(Ok(()), PcapWriter::flush)?;
        match &self.broken {
            None => Ok(()),
            Some((kind, text)) => Err(io::Error::new(*kind, text.as_str())),
        }
    }

    /// Returns at once: nothing comes by waiting.
    fn wait(&mut self, _most: Duration) -> io::Result<()> {
        Ok(())
    }

    fn is_at_end(&self) -> bool {
        self.failed.is_none() && self.input.as_ref().is_none_or(PcapReader::is_at_end)
    }

    fn counters(&mut self) -> io::Result<PortCounters> {
        Ok(self.counters)
    }
}
