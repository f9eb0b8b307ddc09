//! Frames into a pcap file.

use core::fmt;
use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
    time::{Duration, SystemTime},
};

use super::error::{PcapError, PcapErrorKind};
use crate::forward::io::LinkLayer;

/// The magic number of files whose times are in nanoseconds.
const NANOSECONDS: u32 = 0xa1b2_3c4d;

/// The longest packet that the file's header promises, in bytes.
const LONGEST: u32 = 1 << 18;

const LINKTYPE_ETHERNET: u32 = 1;
const LINKTYPE_RAW: u32 = 101;

/// Writes frames to a pcap file in this machine's byte order, with times in nanoseconds.
///
/// What is still buffered is written when the writer drops; [`flush`](Self::flush) and
/// [`finish`](Self::finish) say whether that succeeded. After an error nothing more is taken, since
/// nobody knows how much of a packet stands in the file: every call fails in the same way.
pub struct PcapWriter<W: Write = File> {
    file: String,
    out: BufWriter<W>,
    link_layer: LinkLayer,
    packets: u64,
    bytes: u64,
    /// How it could not be written.
    failed: Option<io::ErrorKind>,
}

impl PcapWriter {
    /// Makes a file, or empties it, and writes its header.
    ///
    /// # Errors
    /// If the file cannot be made or written.
    pub fn create(path: impl AsRef<Path>, link_layer: LinkLayer) -> Result<Self, PcapError> {
        let name = path.as_ref().display().to_string();
        match File::create(path) {
            Ok(file) => Self::new(name, file, link_layer),
            Err(error) => {
                Err(PcapError { file: name, packet: 0, at: 0, kind: PcapErrorKind::Open(error) })
            }
        }
    }
}

impl<W: Write> PcapWriter<W> {
    /// As [`create`](PcapWriter::create), to what can be written. `name` stands for the file in errors.
    ///
    /// # Errors
    /// If the header cannot be written.
    pub fn new(name: impl Into<String>, out: W, link_layer: LinkLayer) -> Result<Self, PcapError> {
        let out = BufWriter::with_capacity(1 << 16, out);
        let mut writer =
            Self { file: name.into(), out, link_layer, packets: 0, bytes: 0, failed: None };
        let mut header = Vec::with_capacity(24);
        header.extend_from_slice(&NANOSECONDS.to_ne_bytes());
        // Version 2.4.
        header.extend_from_slice(&2u16.to_ne_bytes());
        header.extend_from_slice(&4u16.to_ne_bytes());
        // The time zone and the accuracy of times, which are not used.
        header.extend_from_slice(&[0; 8]);
        header.extend_from_slice(&LONGEST.to_ne_bytes());
        let number = match link_layer {
            LinkLayer::Ethernet => LINKTYPE_ETHERNET,
            LinkLayer::Ip => LINKTYPE_RAW,
        };
        header.extend_from_slice(&number.to_ne_bytes());
        writer.put(&header)?;
        Ok(writer)
    }

    /// What frames begin with.
    pub fn link_layer(&self) -> LinkLayer {
        self.link_layer
    }

    /// How many packets were written.
    pub fn packets(&self) -> u64 {
        self.packets
    }

    /// Writes a packet that is sent now.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&mut self, frame: &[u8]) -> Result<(), PcapError> {
        // A clock before 1970 is as good as 1970.
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        self.write_at(now, frame)
    }

    /// Writes a packet that is sent at a time since 1970.
    ///
    /// # Errors
    /// If the file cannot be written, or the packet is longer than 256 KiB.
    pub fn write_at(&mut self, time: Duration, frame: &[u8]) -> Result<(), PcapError> {
        let length = match u32::try_from(frame.len()) {
            Ok(length) if length <= LONGEST => length,
            _ => return Err(self.error(PcapErrorKind::TooLong { most: LONGEST as usize })),
        };
        let mut header = [0; 16];
        // Seconds wrap in 2106.
        header[..4].copy_from_slice(&(time.as_secs() as u32).to_ne_bytes());
        header[4..8].copy_from_slice(&time.subsec_nanos().to_ne_bytes());
        header[8..12].copy_from_slice(&length.to_ne_bytes());
        header[12..].copy_from_slice(&length.to_ne_bytes());
        self.put(&header)?;
        self.put(frame)?;
        self.packets += 1;
        Ok(())
    }

    /// Writes what is still buffered.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn flush(&mut self) -> Result<(), PcapError> {
        self.attempt(|out| out.flush())
    }

    /// As [`flush`](Self::flush), at the end.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn finish(mut self) -> Result<(), PcapError> {
        self.flush()
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), PcapError> {
        self.attempt(|out| out.write_all(bytes))?;
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    /// Writes, unless that has failed before.
    fn attempt(
        &mut self,
        write: impl FnOnce(&mut BufWriter<W>) -> io::Result<()>,
    ) -> Result<(), PcapError> {
        let result = match self.failed {
            Some(kind) => Err(kind.into()),
            None => write(&mut self.out),
        };
        result.map_err(|error| {
            self.failed = Some(error.kind());
            self.error(PcapErrorKind::Write(error))
        })
    }

    fn error(&self, kind: PcapErrorKind) -> PcapError {
        PcapError { file: self.file.clone(), packet: self.packets, at: self.bytes, kind }
    }
}

impl<W: Write> fmt::Debug for PcapWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PcapWriter")
            .field("file", &self.file)
            .field("link_layer", &self.link_layer)
            .field("packets", &self.packets)
            .finish_non_exhaustive()
    }
}
