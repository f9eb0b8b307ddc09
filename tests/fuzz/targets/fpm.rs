//! A stream of FPM frames: however it is cut, what is taken of it is the same, and what is no frame ends
//! it.

#![no_main]

use arbitrary::Arbitrary;
use rtalloc::netlink::{FrameError, Mirror};
use rtalloc_fuzz::told::{Told, written};

#[derive(Arbitrary, Debug)]
enum Piece<'a> {
    Frame(Vec<Told<'a>>),
    /// A header that says what it likes.
    Header([u8; 4]),
    Raw(&'a [u8]),
}

/// Feeds the stream in pieces that end at `cuts`.
fn feed(stream: &[u8], cuts: impl Iterator<Item = usize>) -> (Mirror, Result<usize, FrameError>) {
    let (mut mirror, mut pending, mut from) = (Mirror::of_daemon(), Vec::new(), 0);
    for to in cuts.chain([stream.len()]) {
        pending.extend_from_slice(&stream[from..to]);
        from = to;
        if let Err(error) = mirror.take_frames(&mut pending) {
            return (mirror, Err(error));
        }
        assert!(pending.len() < 1 << 16, "a frame is not longer");
    }
    (mirror, Ok(pending.len()))
}

libfuzzer_sys::fuzz_target!(|input: (Vec<Piece<'_>>, Vec<u8>)| {
    let (pieces, cuts) = input;
    let mut stream = Vec::new();
    for piece in &pieces {
        match piece {
            Piece::Frame(told) => {
                let mut contents = written(told);
                contents.truncate(0xFFFF - 4);
                stream.extend([1, 1]);
                stream.extend((contents.len() as u16 + 4).to_be_bytes());
                stream.extend(contents);
            }
            Piece::Header(header) => stream.extend(header),
            Piece::Raw(bytes) => stream.extend(*bytes),
        }
    }
    let mut places: Vec<usize> =
        cuts.iter().map(|&cut| stream.len() * usize::from(cut) / 256).collect();
    places.sort_unstable();
    let (mut whole, end) = feed(&stream, std::iter::empty());
    let (mut cut, cut_end) = feed(&stream, places.into_iter());
    assert_eq!(end, cut_end);
    assert_eq!(whole.prefixes(), cut.prefixes());
    assert_eq!(whole.stats(), cut.stats());
    assert_eq!(whole.take_changes(), cut.take_changes());
    if let Err(error) = end {
        assert!(!error.to_string().is_empty());
    }
});
