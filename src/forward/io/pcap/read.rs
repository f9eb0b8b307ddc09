//! Frames out of a pcap or pcapng file.

use core::fmt;
use std::{
    fs::File,
    io::{self, Read},
    path::Path,
    sync::{Arc, OnceLock},
};

use pcap_parser::{PcapError as ParseError, create_reader, traits::PcapReaderIterator};

use super::{
    super::{Frame, LinkLayer},
    block::{Found, INTERFACES, LONGEST, NextPacket, kind_of, link_layer, look},
    error::{PcapError, PcapErrorKind},
};

/// Reads the frames of a pcap or pcapng file, in either byte order.
///
/// # Examples
///
/// ```
/// use rtalloc::forward::io::{Frame, LinkLayer, NextPacket, PcapReader, PcapWriter};
///
/// let mut file = Vec::new();
/// let mut writer = PcapWriter::new("a buffer", &mut file, LinkLayer::Ip)?;
/// writer.write(&[0x45, 0, 0, 20])?;
/// writer.finish()?;
///
/// let mut reader = PcapReader::new("a buffer", std::io::Cursor::new(file))?;
/// let mut frame = Frame::new();
/// assert_eq!(reader.next_packet(&mut frame)?, NextPacket::Whole);
/// assert_eq!(frame.bytes(), [0x45, 0, 0, 20]);
/// assert_eq!(reader.next_packet(&mut frame)?, NextPacket::End);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct PcapReader {
    file: String,
    blocks: Box<dyn PcapReaderIterator + Send>,
    failure: Arc<OnceLock<io::ErrorKind>>,
    link_layer: LinkLayer,
    /// The link layers of the section's interfaces, or the numbers of what they are instead.
    interfaces: Vec<Result<LinkLayer, i32>>,
    packets: u64,
    ended: bool,
}

/// Remembers why the file under it could not be read, which the parser does not say.
struct Watched<R> {
    file: R,
    failure: Arc<OnceLock<io::ErrorKind>>,
    /// Whether the file's header was read, which the parser takes only in one piece.
    has_begun: bool,
}

/// How many bytes of a file that begins with `start` are its header, or as many as tell that.
fn header(start: &[u8]) -> usize {
    const PCAP: usize = 24;
    // A pcapng file begins with a block: its type, its length, and by which order that is to be read.
    const BEGINNING: usize = 12;
    if !start.starts_with(&[0x0a, 0x0d, 0x0d, 0x0a]) {
        return PCAP;
    }
    let Some([_, _, _, _, a, b, c, d, order @ ..]) = start.first_chunk::<BEGINNING>() else {
        return BEGINNING;
    };
    match u32::from_be_bytes(*order) {
        0x1a2b_3c4d => u32::from_be_bytes([*a, *b, *c, *d]) as usize,
        0x4d3c_2b1a => u32::from_le_bytes([*a, *b, *c, *d]) as usize,
        _ => BEGINNING,
    }
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        loop {
            match self.file.read(&mut buffer[filled..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let _ = self.failure.set(error.kind());
                    return Err(error);
                }
                Ok(count) => {
                    filled += count;
                    // At the file's end, or where the buffer is full, there are no more.
                    self.has_begun |= count == 0 || filled >= header(&buffer[..filled]);
                    if self.has_begun {
                        return Ok(filled);
                    }
                }
            }
        }
    }
}

impl PcapReader {
    /// Opens a file and reads up to what its frames begin with.
    ///
    /// # Errors
    /// If the file cannot be opened, is no capture, or has frames of neither Ethernet nor IP.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, PcapError> {
        let name = path.as_ref().display().to_string();
        match File::open(path) {
            Ok(file) => Self::new(name, file),
            Err(error) => {
                Err(PcapError { file: name, packet: 0, at: 0, kind: PcapErrorKind::Open(error) })
            }
        }
    }

    /// As [`open`](Self::open), from what can be read. `name` stands for the file in errors.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn new(
        name: impl Into<String>,
        file: impl Read + Send + 'static,
    ) -> Result<Self, PcapError> {
        let name = name.into();
        let failure = Arc::new(OnceLock::new());
        let watched = Watched { file, failure: Arc::clone(&failure), has_begun: false };
        let blocks = match create_reader(LONGEST, watched) {
            Ok(blocks) => blocks,
            Err(error) => {
                let kind = match error {
                    ParseError::Eof | ParseError::HeaderNotRecognized => PcapErrorKind::NotACapture,
                    error => kind_of(&error, &failure),
                };
                return Err(PcapError { file: name, packet: 0, at: 0, kind });
            }
        };
        let link_layer = LinkLayer::Ethernet;
        let interfaces = Vec::new();
        let mut reader =
            Self { file: name, blocks, failure, link_layer, interfaces, packets: 0, ended: false };
        reader.link_layer = reader.first_link_layer()?;
        Ok(reader)
    }

    /// What frames begin with.
    pub fn link_layer(&self) -> LinkLayer {
        self.link_layer
    }

    /// How many packets were read.
    pub fn packets(&self) -> u64 {
        self.packets
    }

    /// Whether the file is read to its end, or as far as it can be.
    pub fn is_at_end(&self) -> bool {
        self.ended
    }

    /// Reads the next packet into `frame`, which is of no meaning if it is not there whole.
    ///
    /// # Errors
    /// If the file cannot be read further. After an error it is at its end.
    pub fn next_packet(&mut self, frame: &mut Frame) -> Result<NextPacket, PcapError> {
        while !self.ended {
            match self.block(frame)? {
                Found::Packet(packet) => {
                    self.packets += 1;
                    return Ok(packet);
                }
                Found::End => self.ended = true,
                _ => {}
            }
        }
        Ok(NextPacket::End)
    }

    /// Reads up to the first interface. In a pcap file its header describes the only one.
    fn first_link_layer(&mut self) -> Result<LinkLayer, PcapError> {
        let mut unused = Frame::new();
        loop {
            let at = self.blocks.consumed();
            match self.block(&mut unused)? {
                Found::Interface(number) => {
                    return link_layer(number)
                        .map_err(|number| self.error(at, PcapErrorKind::LinkType { number }));
                }
                Found::Packet(_) | Found::End => {
                    return Err(self.error(at, PcapErrorKind::NoInterface { number: 0 }));
                }
                Found::Section | Found::Other | Found::More => {}
            }
        }
    }

    /// Reads a block, or reads on so that there is one, and reports each error once.
    fn block(&mut self, frame: &mut Frame) -> Result<Found, PcapError> {
        let at = self.blocks.consumed();
        self.try_block(frame).map_err(|kind| {
            self.ended = true;
            self.error(at, kind)
        })
    }

    fn try_block(&mut self, frame: &mut Frame) -> Result<Found, PcapErrorKind> {
        let (length, found) = match self.blocks.next() {
            Ok((length, block)) => {
                let found = look(&block, &self.interfaces, self.link_layer, frame)?;
                (length, found)
            }
            Err(ParseError::Eof) => (0, Found::End),
            Err(ParseError::Incomplete(_)) => (0, Found::More),
            Err(error) => return Err(kind_of(&error, &self.failure)),
        };
        match found {
            Found::More => self.read_on()?,
            Found::Section => self.interfaces.clear(),
            Found::Interface(_) if self.interfaces.len() >= INTERFACES => {
                return Err(PcapErrorKind::TooManyInterfaces { most: INTERFACES });
            }
            Found::Interface(number) => self.interfaces.push(link_layer(number)),
            Found::Packet(_) | Found::Other | Found::End => {}
        }
        if length > 0 {
            self.blocks.consume(length);
        }
        Ok(found)
    }

    fn read_on(&mut self) -> Result<(), PcapErrorKind> {
        let before = self.blocks.data().len();
        if let Err(error) = self.blocks.refill() {
            return Err(kind_of(&error, &self.failure));
        }
        // Without this a parser that wants more than its buffer holds would be asked for ever.
        if self.blocks.data().len() == before && !self.blocks.reader_exhausted() {
            return Err(PcapErrorKind::TooLong { most: LONGEST });
        }
        Ok(())
    }

    fn error(&self, at: usize, kind: PcapErrorKind) -> PcapError {
        PcapError { file: self.file.clone(), packet: self.packets, at: at as u64, kind }
    }
}

impl fmt::Debug for PcapReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PcapReader")
            .field("file", &self.file)
            .field("link_layer", &self.link_layer)
            .field("packets", &self.packets)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}
