//! FPM's framing: version 1, type 1 for netlink, and the length of all of it, in network byte order.

use core::fmt;

const HEADER: usize = 4;
const VERSION: u8 = 1;
const NETLINK: u8 = 1;

/// Why bytes are no FPM frame. What follows them cannot be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FrameError {
    /// A version that is not 1.
    Version(u8),
    /// A type that is not netlink; 2 is protobuf.
    Type(u8),
    /// A length below the header's own.
    Length(u16),
    /// What the frame holds is not netlink: a message's length is wrong.
    Contents(super::error::DecodeError),
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(version) => write!(f, "FPM version {version} is not 1"),
            Self::Type(kind) => write!(f, "FPM frame of type {kind}, which is not netlink"),
            Self::Length(length) => write!(f, "FPM frame of {length} bytes, less than its header"),
            Self::Contents(error) => write!(f, "FPM frame: {error}"),
        }
    }
}

impl core::error::Error for FrameError {}

/// A frame at the beginning of what has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame<'a> {
    pub(super) contents: &'a [u8],
    /// What follows it.
    pub(super) rest: &'a [u8],
}

/// The first frame, or `None` if it is not complete.
pub(super) fn split(bytes: &[u8]) -> Result<Option<Frame<'_>>, FrameError> {
    let Some((&[version, kind, high, low], _)) = bytes.split_first_chunk::<HEADER>() else {
        // What has come so far may show already that no frame follows.
        return match bytes {
            [version, ..] if *version != VERSION => Err(FrameError::Version(*version)),
            [_, kind, ..] if *kind != NETLINK => Err(FrameError::Type(*kind)),
            _ => Ok(None),
        };
    };
    if version != VERSION {
        return Err(FrameError::Version(version));
    }
    if kind != NETLINK {
        return Err(FrameError::Type(kind));
    }
    let length = u16::from_be_bytes([high, low]);
    if usize::from(length) < HEADER {
        return Err(FrameError::Length(length));
    }
    let Some((frame, rest)) = bytes.split_at_checked(usize::from(length)) else { return Ok(None) };
    Ok(Some(Frame { contents: frame.get(HEADER..).unwrap_or(&[]), rest }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_split_where_they_end() {
        let frame = Frame { contents: &[7, 8], rest: &[9] };
        assert_eq!(split(&[1, 1, 0, 6, 7, 8, 9]), Ok(Some(frame)));
        assert_eq!(split(&[1, 1, 0, 4]), Ok(Some(Frame { contents: &[], rest: &[] })));
        for partial in [&[][..], &[1], &[1, 1], &[1, 1, 0], &[1, 1, 0, 6, 7]] {
            assert_eq!(split(partial), Ok(None), "{partial:?}");
        }
    }

    #[test]
    fn what_is_no_frame_is_known_as_soon_as_possible() {
        assert_eq!(split(&[2]), Err(FrameError::Version(2)));
        assert_eq!(split(&[1, 2]), Err(FrameError::Type(2)));
        assert_eq!(split(&[1, 1, 0, 3]), Err(FrameError::Length(3)));
        assert_eq!(split(b"GET / HTTP/1.1"), Err(FrameError::Version(b'G')));
    }
}
