//! Where bytes come from: files and the standard input, decompressed on the way.
//!
//! A source is read once, from front to back, so a pipe does as well as a file. It looks at the
//! first bytes without consuming them to find the compression, and lets a reader look at the first
//! decompressed bytes to find the format. A failure is kept: the bytes before it are still
//! delivered, and every read after that reports it again, so that a decoder further up cannot
//! mistake a stream that breaks off for one that ends.

use core::fmt;
use std::{
    fs::File,
    io::{self, BufRead, BufReader, Chain, Cursor, Read},
    path::Path,
};

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;

use super::{
    error::{InputError, InputErrorKind, Position},
    failure::{Compression, Failure},
};

/// Bytes read at once, before and after decompression; so few when fuzzed that inputs have several times
/// as many.
const BLOCK: usize = if cfg!(fuzzing) { 64 } else { 128 * 1024 };

const GZIP_MAGIC: &[u8] = &[0x1F, 0x8B];
const BZIP2_MAGIC: &[u8] = b"BZh";

/// A file or the standard input, open for reading and decompressed on the way.
pub struct Source {
    name: Box<str>,
    stream: Stream,
    /// Bytes looked at but not yet consumed; delivered first.
    peeked: Vec<u8>,
    peeked_used: usize,
    /// Decompressed bytes consumed.
    offset: u64,
    /// The size of the file as stored, if it is a file.
    size: Option<u64>,
    failure: Option<Failure>,
}

type Bytes = BufReader<Counted<Chain<Cursor<Vec<u8>>, Box<dyn Read + Send>>>>;

enum Stream {
    Plain(Bytes),
    Gzip(Box<BufReader<MultiGzDecoder<Bytes>>>),
    Bzip2(Box<BufReader<MultiBzDecoder<Bytes>>>),
}

impl Source {
    /// Opens a file, or the standard input if `path` is `-`.
    ///
    /// # Errors
    /// [`InputErrorKind::Io`] if the file cannot be opened or its first bytes cannot be read.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, InputError> {
        let path = path.as_ref();
        if path.as_os_str() == "-" {
            return Self::start("standard input", Box::new(io::stdin()), None);
        }
        let name = path.display().to_string();
        let refused =
            |error| InputError::new(&name, Position::Whole, None, InputErrorKind::Io(error));
        let file = File::open(path).map_err(refused)?;
        let metadata = file.metadata().map_err(refused)?;
        let size = metadata.is_file().then_some(metadata.len());
        Self::start(&name, Box::new(file), size)
    }

    /// Wraps any reader; `name` is what errors call it.
    ///
    /// # Errors
    /// [`InputErrorKind::Io`] if the first bytes cannot be read.
    pub fn from_reader(name: &str, reader: impl Read + Send + 'static) -> Result<Self, InputError> {
        Self::start(name, Box::new(reader), None)
    }

    fn start(
        name: &str,
        mut reader: Box<dyn Read + Send>,
        size: Option<u64>,
    ) -> Result<Self, InputError> {
        let mut head = Vec::with_capacity(BZIP2_MAGIC.len());
        reader.by_ref().take(BZIP2_MAGIC.len() as u64).read_to_end(&mut head).map_err(|error| {
            InputError::new(name, Position::Whole, None, InputErrorKind::Io(error))
        })?;
        let gzip = head.starts_with(GZIP_MAGIC);
        let bzip2 = head == BZIP2_MAGIC;
        let bytes = BufReader::with_capacity(
            BLOCK,
            Counted { reader: Cursor::new(head).chain(reader), count: 0 },
        );
        let stream = if gzip {
            let decoder = MultiGzDecoder::new(bytes);
            Stream::Gzip(Box::new(BufReader::with_capacity(BLOCK, decoder)))
        } else if bzip2 {
            let decoder = MultiBzDecoder::new(bytes);
            Stream::Bzip2(Box::new(BufReader::with_capacity(BLOCK, decoder)))
        } else {
            Stream::Plain(bytes)
        };
        Ok(Self {
            name: name.into(),
            stream,
            peeked: Vec::new(),
            peeked_used: 0,
            offset: 0,
            size,
            failure: None,
        })
    }

    /// What errors call this source.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The compression found, if any.
    pub fn compression(&self) -> Option<Compression> {
        match self.stream {
            Stream::Plain(_) => None,
            Stream::Gzip(_) => Some(Compression::Gzip),
            Stream::Bzip2(_) => Some(Compression::Bzip2),
        }
    }

    /// The size of the file as stored; `None` for what is no regular file.
    pub fn size(&self) -> Option<u64> {
        self.size
    }

    /// How many bytes of the file as stored were read.
    pub fn bytes_read(&self) -> u64 {
        match &self.stream {
            Stream::Plain(bytes) => bytes.get_ref().count,
            Stream::Gzip(decoder) => decoder.get_ref().get_ref().get_ref().count,
            Stream::Bzip2(decoder) => decoder.get_ref().get_ref().get_ref().count,
        }
    }

    /// How many decompressed bytes were consumed.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// The next bytes, up to `count`, without consuming them; fewer if the stream ends or fails
    /// before. Only for use before anything is consumed.
    pub(super) fn peek(&mut self, count: usize) -> &[u8] {
        while self.peeked.len() < count {
            let wanted = count - self.peeked.len();
            match self.fill_from_stream() {
                Ok([]) | Err(_) => break,
                Ok(block) => {
                    let taken = block.len().min(wanted);
                    let block = block[..taken].to_vec();
                    self.peeked.extend_from_slice(&block);
                    self.stream.consume(taken);
                }
            }
        }
        &self.peeked
    }

    /// Why the stream failed, if it did, in the form of an error's kind.
    pub(super) fn failure(&self) -> Option<InputErrorKind> {
        self.failure.as_ref().map(Failure::to_kind)
    }

    fn fill_from_stream(&mut self) -> io::Result<&[u8]> {
        if let Some(failure) = &self.failure {
            return Err(failure.to_io());
        }
        let form = self.compression();
        loop {
            match self.stream.fill_buf() {
                Ok(_) => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let failure = Failure::of(error, form);
                    let reported = failure.to_io();
                    self.failure = Some(failure);
                    return Err(reported);
                }
            }
        }
        // The block is there: this call hands it out without reading.
        self.stream.fill_buf()
    }
}

impl Stream {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match self {
            Self::Plain(bytes) => bytes.fill_buf(),
            Self::Gzip(decoder) => decoder.fill_buf(),
            Self::Bzip2(decoder) => decoder.fill_buf(),
        }
    }

    fn consume(&mut self, count: usize) {
        match self {
            Self::Plain(bytes) => bytes.consume(count),
            Self::Gzip(decoder) => decoder.consume(count),
            Self::Bzip2(decoder) => decoder.consume(count),
        }
    }
}

impl BufRead for Source {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.peeked_used < self.peeked.len() {
            return Ok(&self.peeked[self.peeked_used..]);
        }
        self.fill_from_stream()
    }

    fn consume(&mut self, count: usize) {
        self.offset += count as u64;
        if self.peeked_used < self.peeked.len() {
            self.peeked_used += count;
        } else {
            self.stream.consume(count);
        }
    }
}

impl Read for Source {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let block = self.fill_buf()?;
        let count = block.len().min(into.len());
        into[..count].copy_from_slice(&block[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source")
            .field("name", &self.name)
            .field("compression", &self.compression())
            .field("offset", &self.offset)
            .finish_non_exhaustive()
    }
}

/// Counts the bytes that pass, for progress.
struct Counted<R> {
    reader: R,
    count: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(into)?;
        self.count += count as u64;
        Ok(count)
    }
}
