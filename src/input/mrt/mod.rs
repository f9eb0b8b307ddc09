//! MRT files (RFC 6396), decoded by `bgpkit-parser`.
//!
//! The decoder is made to get through archives of thirty years and passes over many faults: its
//! iterators drop records that do not decode, a RIB record keeps the entries before a broken one,
//! an attribute list the attributes before one that is too long, an UPDATE whose prefixes do not
//! decode comes out without them, and an unreadable attribute comes out as raw bytes. A table or
//! an update stream with holes is worse than none, so this module reads record by record and checks
//! each for every one of these cases: [`framing`] walks the lengths in the raw record, [`contents`]
//! looks at what the decoder made of it, and [`nlri`] reads a prefix list again where the decoder's
//! reading is in doubt.
//!
//! Only IPv4 and IPv6 unicast is read. Other families, session events, OPEN, KEEPALIVE and the
//! peer tables are no faults; they are passed over without a count.
//!
//! A record that does not decode can be left out, for its length says where the next one starts. A
//! file that ends inside a record, or a length beyond all reason, ends the reading.

mod contents;
mod framing;
mod nlri;

use core::time::Duration;

use bgpkit_parser::{
    ParserError, chunk_mrt_record,
    models::{
        Attributes, Bgp4MpEnum, BgpMessage, BgpUpdateMessage, EntryType, LegacyBgp, MrtMessage,
        TableDumpV2Message,
    },
    parser::mrt::RawMrtRecord,
};
use ipnet::IpNet;

use super::{
    error::{InputError, InputErrorKind, Position},
    reading::Reading,
    updates::AnyUpdate,
};
use crate::{any_prefix::AnyPrefix, nexthop::NextHop};

/// Whether the first bytes of a source are an MRT record's header: no text holds a zero byte, and
/// the type is one of those that RFC 6396 lists.
pub(super) fn is_mrt(head: &[u8]) -> bool {
    matches!(head, [_, _, _, _, 0, 5 | 11..=13 | 16 | 17 | 32 | 33 | 48 | 49, 0, ..])
}

/// Hands over every unicast route of a RIB file: the first path of each record.
pub(super) fn read_table(
    reading: &mut Reading<'_>,
    mut sink: impl FnMut(AnyPrefix, Option<NextHop>),
) -> Result<(), InputError> {
    let mut take = |prefix: IpNet, attributes: &Attributes| {
        let next_hop = contents::next_hops(attributes)?.of(prefix);
        sink(any_prefix(prefix), next_hop);
        Ok(())
    };
    for_each_record(reading, |message, _| match message {
        MrtMessage::TableDumpMessage(entry) => take(entry.prefix.prefix, &entry.attributes),
        MrtMessage::TableDumpMessageBatch(entries) => {
            entries.iter().try_for_each(|entry| take(entry.prefix.prefix, &entry.attributes))
        }
        MrtMessage::TableDumpV2Message(TableDumpV2Message::RibAfi(rib)) => {
            match rib.rib_entries.first() {
                Some(path) => take(rib.prefix.prefix, &path.attributes),
                None => Ok(()),
            }
        }
        MrtMessage::TableDumpV2Message(_) => Ok(()),
        MrtMessage::Bgp4Mp(_) | MrtMessage::LegacyBgp(_) => Err(InputErrorKind::UpdatesNotTable),
    })
}

/// Hands over every unicast announcement and withdrawal of an UPDATE file, of all peers.
pub(super) fn read_updates(
    reading: &mut Reading<'_>,
    sink: &mut dyn FnMut(AnyUpdate, Option<Duration>),
) -> Result<(), InputError> {
    for_each_record(reading, |message, record| {
        let message = match message {
            MrtMessage::Bgp4Mp(Bgp4MpEnum::Message(message)) => message.bgp_message,
            MrtMessage::LegacyBgp(LegacyBgp::Message(message)) => message.bgp_message,
            MrtMessage::Bgp4Mp(Bgp4MpEnum::StateChange(_))
            | MrtMessage::LegacyBgp(LegacyBgp::StateChange(_)) => return Ok(()),
            MrtMessage::TableDumpMessage(_)
            | MrtMessage::TableDumpMessageBatch(_)
            | MrtMessage::TableDumpV2Message(_) => return Err(InputErrorKind::TableNotUpdates),
        };
        match message {
            BgpMessage::Update(update) => hand_over(&update, record, sink),
            _ => Ok(()),
        }
    })
}

fn hand_over(
    update: &BgpUpdateMessage,
    record: About,
    sink: &mut dyn FnMut(AnyUpdate, Option<Duration>),
) -> Result<(), InputErrorKind> {
    let changes = contents::changes(update, record.add_path)?;
    for prefix in changes.withdrawn {
        sink(AnyUpdate::withdraw(any_prefix(prefix)), Some(record.time));
    }
    for prefix in changes.announced {
        let next_hop = changes.next_hops.of(prefix);
        sink(AnyUpdate::announce(any_prefix(prefix), next_hop), Some(record.time));
    }
    Ok(())
}

/// Bits past the length are without meaning in BGP and MRT, so they are cleared.
fn any_prefix(net: IpNet) -> AnyPrefix {
    match net {
        IpNet::V4(net) => AnyPrefix::V4(net.into()),
        IpNet::V6(net) => AnyPrefix::V6(net.into()),
    }
}

/// What a record's header says that its message does not.
#[derive(Clone, Copy)]
struct About {
    /// Whether its prefixes carry path identifiers.
    add_path: bool,
    /// When it was recorded, from 1970 on.
    time: Duration,
}

/// Decodes and checks each record and feeds it to `visit`.
fn for_each_record(
    reading: &mut Reading<'_>,
    mut visit: impl FnMut(MrtMessage, About) -> Result<(), InputErrorKind>,
) -> Result<(), InputError> {
    loop {
        let offset = reading.source.offset();
        let chunk = chunk_mrt_record(&mut reading.source);
        let failure = reading.source.failure();
        if failure.is_none()
            && matches!(&chunk, Err(error) if matches!(error.error, ParserError::EofExpected))
        {
            return Ok(());
        }
        reading.begin_item();
        let at = Position::Record { number: reading.items, offset };
        match chunk {
            Ok(record) => {
                if let Err(kind) = decode(record, &mut visit) {
                    reading.reject(at, None, kind)?;
                }
            }
            Err(error) => {
                // A header that was refused is behind us together with its body; nothing else is.
                let goes_on = failure.is_none()
                    && !matches!(
                        error.error,
                        ParserError::OversizedRecord { .. }
                            | ParserError::IoError(_)
                            | ParserError::EofError(_)
                    );
                let kind = failure.unwrap_or_else(|| fault(error.error));
                reading.reject(at, None, kind)?;
                if !goes_on {
                    return Ok(());
                }
            }
        }
    }
}

fn decode(
    record: RawMrtRecord,
    visit: &mut impl FnMut(MrtMessage, About) -> Result<(), InputErrorKind>,
) -> Result<(), InputErrorKind> {
    let (kind, subtype) = (record.common_header.entry_type, record.common_header.entry_subtype);
    if framing::is_other_family(kind, subtype, &record.message_bytes) {
        return Ok(());
    }
    framing::check(kind, subtype, &record.message_bytes).map_err(InputErrorKind::PartialRecord)?;
    let add_path =
        matches!(kind, EntryType::BGP4MP | EntryType::BGP4MP_ET) && matches!(subtype, 8..=11);
    let (seconds, micros) =
        (record.common_header.timestamp, record.common_header.microsecond_timestamp);
    let time = Duration::from_secs(seconds.into())
        + Duration::from_micros(micros.unwrap_or_default().into());
    let message = record.parse().map_err(fault)?.message;
    visit(message, About { add_path, time })
}

fn fault(error: ParserError) -> InputErrorKind {
    match error {
        ParserError::IoError(error) | ParserError::EofError(error)
            if error.kind() == std::io::ErrorKind::UnexpectedEof =>
        {
            InputErrorKind::TruncatedRecord
        }
        ParserError::OversizedRecord { .. } => InputErrorKind::OversizedRecord,
        error => {
            let text = error.to_string();
            let reason = text.strip_prefix("Error: ").unwrap_or(&text);
            InputErrorKind::MalformedRecord(reason.into())
        }
    }
}
