//! The lengths inside a record, walked without decoding.
//!
//! Where a length inside a record points past its end, the decoder keeps what came before and says
//! nothing. The walk here finds that out. It goes through the parts that hold path attributes: the
//! entries of the RIB records (RFC 6396, sections 4.2 and 4.3) and the UPDATE message of the
//! BGP4MP records (RFC 6396, section 4.4; RFC 4271, section 4.3). What is left it accepts; the
//! decoder reports faults there by itself.

use bgpkit_parser::models::EntryType;

const MESSAGE_ENDS: &str = "it ends inside its BGP message";
const ENTRIES_END: &str = "it ends inside its RIB entries";
const ATTRIBUTES_END: &str = "a path attribute runs past the end of its list";

const BGP_UPDATE: u8 = 2;

/// Whether the record belongs to a family other than IPv4 and IPv6 unicast by its subtype, in
/// particular a generic RIB record, which the decoder does not know.
pub(super) fn is_other_family(kind: EntryType, subtype: u16, body: &[u8]) -> bool {
    match (kind, subtype) {
        (EntryType::TABLE_DUMP_V2, 3 | 5 | 9 | 11) => true,
        // The sequence number comes first, then the family.
        (EntryType::TABLE_DUMP_V2, 6 | 12) => {
            !matches!(body, [_, _, _, _, 0, 1 | 2, 1, ..]) && body.len() >= 7
        }
        _ => false,
    }
}

/// Walks the lengths of a record's body.
///
/// # Errors
/// What is broken, in words, if a length does not fit.
pub(super) fn check(kind: EntryType, subtype: u16, body: &[u8]) -> Result<(), &'static str> {
    let mut body = Walk(body);
    match (kind, subtype) {
        (EntryType::TABLE_DUMP, 1) => table_dump(&mut body, 4),
        (EntryType::TABLE_DUMP, 2) => table_dump(&mut body, 16),
        (EntryType::TABLE_DUMP_V2, 2 | 4) => rib_entries(&mut body, 0),
        (EntryType::TABLE_DUMP_V2, 8 | 10) => rib_entries(&mut body, 4),
        (EntryType::BGP4MP | EntryType::BGP4MP_ET, 1 | 6 | 8 | 10) => bgp4mp(&mut body, 2),
        (EntryType::BGP4MP | EntryType::BGP4MP_ET, 4 | 7 | 9 | 11) => bgp4mp(&mut body, 4),
        // Of the old BGP type only the UPDATE has attributes; two peers precede it.
        (EntryType::BGP, 1) => {
            body.skip(12).ok_or(MESSAGE_ENDS)?;
            update(&mut body)
        }
        _ => Ok(()),
    }
}

fn table_dump(body: &mut Walk<'_>, address: usize) -> Result<(), &'static str> {
    body.skip(4).ok_or(ENTRIES_END)?;
    while !body.0.is_empty() {
        // Prefix, length, status, time; the peer's address and number.
        body.skip(address + 6 + address + 2).ok_or(ENTRIES_END)?;
        let len = body.u16().ok_or(ENTRIES_END)?;
        attributes(body.skip(len).ok_or(ENTRIES_END)?)?;
    }
    Ok(())
}

fn rib_entries(body: &mut Walk<'_>, path_identifier: usize) -> Result<(), &'static str> {
    body.skip(4).ok_or(ENTRIES_END)?;
    let bits = body.u8().ok_or(ENTRIES_END)?;
    body.skip(bits.div_ceil(8)).ok_or(ENTRIES_END)?;
    for _ in 0..body.u16().ok_or(ENTRIES_END)? {
        // The peer's index and the time.
        body.skip(6 + path_identifier).ok_or(ENTRIES_END)?;
        let len = body.u16().ok_or(ENTRIES_END)?;
        attributes(body.skip(len).ok_or(ENTRIES_END)?)?;
    }
    if body.0.is_empty() { Ok(()) } else { Err("bytes are left after its RIB entries") }
}

fn bgp4mp(body: &mut Walk<'_>, as_number: usize) -> Result<(), &'static str> {
    // Both numbers and the interface.
    body.skip(2 * as_number + 2).ok_or(MESSAGE_ENDS)?;
    let address = match body.u16().ok_or(MESSAGE_ENDS)? {
        1 => 4,
        2 => 16,
        // An unknown family, or an old Zebra's short OPEN: the decoder tells them apart.
        _ => return Ok(()),
    };
    body.skip(2 * address + 16).ok_or(MESSAGE_ENDS)?;
    let len = body.u16().ok_or(MESSAGE_ENDS)?;
    let kind = body.u8().ok_or(MESSAGE_ENDS)?;
    if kind != usize::from(BGP_UPDATE) {
        return Ok(());
    }
    let content = len.checked_sub(19).ok_or("its BGP message is shorter than a header")?;
    let mut message = Walk(body.skip(content).ok_or(MESSAGE_ENDS)?);
    if !body.0.is_empty() {
        return Err("bytes are left after its BGP message");
    }
    update(&mut message)
}

fn update(message: &mut Walk<'_>) -> Result<(), &'static str> {
    let withdrawn = message.u16().ok_or(MESSAGE_ENDS)?;
    message.skip(withdrawn).ok_or(MESSAGE_ENDS)?;
    let len = message.u16().ok_or(MESSAGE_ENDS)?;
    attributes(message.skip(len).ok_or(MESSAGE_ENDS)?)
}

fn attributes(list: &[u8]) -> Result<(), &'static str> {
    const EXTENDED_LENGTH: usize = 0x10;

    let mut list = Walk(list);
    while !list.0.is_empty() {
        let flags = list.u8().ok_or(ATTRIBUTES_END)?;
        list.skip(1).ok_or(ATTRIBUTES_END)?;
        let len = if flags & EXTENDED_LENGTH == 0 { list.u8() } else { list.u16() };
        list.skip(len.ok_or(ATTRIBUTES_END)?).ok_or(ATTRIBUTES_END)?;
    }
    Ok(())
}

/// What is left of the bytes. Every step yields `None` if they do not reach.
struct Walk<'a>(&'a [u8]);

impl<'a> Walk<'a> {
    fn skip(&mut self, count: usize) -> Option<&'a [u8]> {
        let (skipped, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(skipped)
    }

    fn u8(&mut self) -> Option<usize> {
        self.skip(1).map(|bytes| usize::from(bytes[0]))
    }

    fn u16(&mut self) -> Option<usize> {
        self.skip(2).map(|bytes| usize::from(u16::from_be_bytes([bytes[0], bytes[1]])))
    }
}
