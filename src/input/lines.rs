//! Text line by line.

use std::io::{BufRead, Read};

use super::{
    error::{InputError, InputErrorKind, Position},
    reading::Reading,
};

/// A line longer than this is a fault; the longest real ones, `bgpdump -m` lines with their paths
/// and communities, stay under 70 kB.
const LONGEST_LINE: u64 = 1 << 20;

/// What a line turned out to be wrong with: the token, if one is to blame, and the fault.
pub(super) type LineError<'l> = (Option<&'l str>, InputErrorKind);

const UTF8_MARK: &[u8] = &[0xEF, 0xBB, 0xBF];

/// Feeds each line to `parse`, without its line end. A line that breaks off with its stream is
/// dropped, since nobody can tell whether it is whole.
pub(super) fn for_each_line<F>(reading: &mut Reading<'_>, mut parse: F) -> Result<(), InputError>
where
    F: for<'l> FnMut(&'l str) -> Result<(), LineError<'l>>,
{
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = (&mut reading.source).take(LONGEST_LINE).read_until(b'\n', &mut line);
        if matches!(read, Ok(0)) {
            return Ok(());
        }
        reading.begin_item();
        let at = Position::Line(reading.items);
        if let Err(error) = read {
            let kind = reading.source.failure().unwrap_or(InputErrorKind::Io(error));
            return reading.reject(at, None, kind);
        }
        if line.len() as u64 == LONGEST_LINE && line.last() != Some(&b'\n') {
            reading.reject(at, None, InputErrorKind::LongLine)?;
            // A failure inside the rest of the line comes up again at the next read.
            let _ = reading.source.skip_until(b'\n');
            continue;
        }
        let mut content = line.as_slice();
        if reading.items == 1 {
            content = content.strip_prefix(UTF8_MARK).unwrap_or(content);
        }
        content = content.strip_suffix(b"\n").unwrap_or(content);
        match core::str::from_utf8(content) {
            Err(_) => reading.reject(at, None, InputErrorKind::NotText)?,
            Ok(text) => {
                if let Err((token, kind)) = parse(text) {
                    reading.reject(at, token, kind)?;
                }
            }
        }
    }
}

/// Whether the first bytes of a source are text.
pub(super) fn is_text(head: &[u8]) -> bool {
    !head.iter().any(|&byte| byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0C))
}
