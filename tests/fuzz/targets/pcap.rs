//! Capture files: whatever the bytes, the reader comes to an end, and what it read can be written and
//! read again.

#![no_main]

use std::io::Cursor;

use rtalloc::forward::io::{Frame, NextPacket, PcapReader, PcapWriter};

/// The frames, and whether the file came to an orderly end.
fn read(bytes: &[u8]) -> Option<(PcapReader, Vec<Vec<u8>>, bool)> {
    let mut reader = PcapReader::new("file", Cursor::new(bytes.to_vec())).ok()?;
    let (mut frame, mut frames, mut packets) = (Frame::new(), Vec::new(), 0);
    let orderly = loop {
        match reader.next_packet(&mut frame) {
            Ok(NextPacket::End) => break true,
            Ok(NextPacket::Whole) => frames.push(frame.bytes().to_vec()),
            Ok(NextPacket::Truncated | NextPacket::Oversized) => {}
            Err(error) => {
                assert!(!error.to_string().is_empty());
                break false;
            }
        }
        packets += 1;
        assert!(packets <= bytes.len() as u64, "a packet takes at least a byte");
    };
    assert!(reader.packets() >= packets);
    Some((reader, frames, orderly))
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((reader, frames, _)) = read(bytes) else {
        return;
    };
    let mut file = Vec::new();
    let mut writer =
        PcapWriter::new("file", &mut file, reader.link_layer()).expect("memory takes all");
    for frame in &frames {
        writer.write(frame).expect("memory takes all");
    }
    writer.finish().expect("memory takes all");
    let (again, frames_again, orderly) = read(&file).expect("a capture");
    assert!(orderly && again.link_layer() == reader.link_layer());
    assert_eq!(frames_again, frames);
});
