//! Addresses to look up.

use core::net::IpAddr;

use super::{
    error::{InputError, InputErrorKind},
    lines::for_each_line,
    reading::{Progress, ReadOptions, Reading},
    skipped::Skipped,
    source::Source,
    text::{fields, parse_address},
};

/// Reads addresses, one a line, and hands each to `sink` as soon as its line is read.
///
/// # Errors
/// [`InputError`] at the first line that is not one address, unless the options are lenient; if
/// the stream fails; and if there is no address at all.
pub fn for_each_address(
    source: Source,
    options: ReadOptions,
    progress: &mut dyn FnMut(Progress),
    mut sink: impl FnMut(IpAddr),
) -> Result<Skipped, InputError> {
    let mut reading = Reading::new(source, options, progress);
    let mut found = false;
    for_each_line(&mut reading, |line| {
        let mut fields = fields(line);
        let Some(token) = fields.next() else {
            return Ok(());
        };
        let address = parse_address(token).ok_or((Some(token), InputErrorKind::Address))?;
        if let Some(surplus) = fields.next() {
            return Err((Some(surplus), InputErrorKind::Surplus));
        }
        found = true;
        sink(address);
        Ok(())
    })?;
    reading.finish(found)
}
