//! Capture files: what was written is read, files of others are read, and no bytes make a reader panic.

use std::io::{self, Cursor};

use proptest::prelude::*;
use rtalloc::forward::io::{
    Frame, LinkLayer, NextPacket, PacketIo, PcapError, PcapErrorKind, PcapIo, PcapReader,
    PcapWriter, ROOM,
};

/// How a file's numbers are written.
#[derive(Clone, Copy, Debug)]
struct Bytes {
    big: bool,
}

impl Bytes {
    fn u16(self, value: u16) -> [u8; 2] {
        if self.big { value.to_be_bytes() } else { value.to_le_bytes() }
    }

    fn u32(self, value: u32) -> [u8; 4] {
        if self.big { value.to_be_bytes() } else { value.to_le_bytes() }
    }

    fn pcap_header(self, link_type: u32) -> Vec<u8> {
        let mut header = self.u32(0xa1b2_c3d4).to_vec();
        header.extend(self.u16(2));
        header.extend(self.u16(4));
        for value in [0, 0, 65535, link_type] {
            header.extend(self.u32(value));
        }
        header
    }

    fn pcap_packet(self, bytes: &[u8], whole: u32) -> Vec<u8> {
        let mut packet = Vec::new();
        for value in [1, 2, bytes.len() as u32, whole] {
            packet.extend(self.u32(value));
        }
        packet.extend(bytes);
        packet
    }

    fn block(self, kind: u32, body: &[u8]) -> Vec<u8> {
        let padding = body.len().next_multiple_of(4) - body.len();
        let length = self.u32((body.len() + padding + 12) as u32);
        let mut block = self.u32(kind).to_vec();
        block.extend(length);
        block.extend(body);
        block.extend(vec![0; padding]);
        block.extend(length);
        block
    }

    fn section(self) -> Vec<u8> {
        let mut body = self.u32(0x1a2b_3c4d).to_vec();
        body.extend(self.u16(1));
        body.extend(self.u16(0));
        body.extend([0xff; 8]);
        self.block(0x0a0d_0d0a, &body)
    }

    fn interface(self, link_type: u16) -> Vec<u8> {
        let mut body = self.u16(link_type).to_vec();
        body.extend(self.u16(0));
        body.extend(self.u32(65535));
        self.block(1, &body)
    }

    fn enhanced(self, interface: u32, bytes: &[u8], whole: u32) -> Vec<u8> {
        let mut body = Vec::new();
        for value in [interface, 0, 0, bytes.len() as u32, whole] {
            body.extend(self.u32(value));
        }
        body.extend(bytes);
        self.block(6, &body)
    }

    fn simple(self, bytes: &[u8]) -> Vec<u8> {
        let mut body = self.u32(bytes.len() as u32).to_vec();
        body.extend(bytes);
        self.block(3, &body)
    }
}

const BOTH: [Bytes; 2] = [Bytes { big: false }, Bytes { big: true }];

fn read(file: Vec<u8>) -> Result<PcapReader, PcapError> {
    PcapReader::new("a file", Cursor::new(file))
}

/// The packets that are there whole, what else is there in their order, and the error that ends it.
fn everything(reader: &mut PcapReader) -> (Vec<Vec<u8>>, Vec<NextPacket>, Option<PcapError>) {
    let (mut packets, mut others) = (Vec::new(), Vec::new());
    let mut frame = Frame::new();
    loop {
        match reader.next_packet(&mut frame) {
            Ok(NextPacket::Whole) => packets.push(frame.bytes().to_vec()),
            Ok(NextPacket::End) => {
                assert!(reader.is_at_end());
                return (packets, others, None);
            }
            Ok(other) => others.push(other),
            Err(error) => {
                assert!(reader.is_at_end());
                return (packets, others, Some(error));
            }
        }
    }
}

fn scratch(name: &str) -> std::path::PathBuf {
    std::env::temp_dir().join(format!("rtalloc-{}-{name}", std::process::id()))
}

#[test]
fn a_port_reads_what_another_wrote() {
    for link_layer in [LinkLayer::Ethernet, LinkLayer::Ip] {
        let path = scratch(&format!("{link_layer:?}.pcap"));
        let contents: Vec<Vec<u8>> =
            (0..500usize).map(|index| vec![index as u8; 1 + index * 18 % ROOM]).collect();
        let writer = PcapWriter::create(&path, link_layer).expect("a file");
        let mut out = PcapIo::from_output(writer);
        assert!(out.is_at_end());
        for bytes in &contents {
            let mut frame = Frame::new();
            assert!(frame.set(bytes));
            assert_eq!(out.send(&[&frame]).expect("sent"), 1);
        }
        let counters = out.counters().expect("counters");
        assert_eq!((counters.sent, counters.dropped.total()), (500, 0));
        out.finish().expect("written");

        let mut input = PcapIo::from_input(PcapReader::open(&path).expect("a capture"));
        assert_eq!(input.link_layer(), link_layer);
        let mut frames = vec![Frame::new(); 32];
        let mut read = Vec::new();
        while !input.is_at_end() {
            let count = input.receive(&mut frames).expect("received");
            read.extend(frames[..count].iter().map(|frame| frame.bytes().to_vec()));
        }
        assert_eq!(read, contents);
        assert_eq!(input.send(&[&frames[0]]).expect("nowhere"), 1);
        let counters = input.counters().expect("counters");
        assert_eq!((counters.received, counters.sent, counters.dropped.refused), (500, 0, 1));
        std::fs::remove_file(path).expect("removed");
    }
}

#[test]
fn reads_pcap_of_both_byte_orders() {
    for bytes in BOTH {
        let mut file = bytes.pcap_header(101);
        file.extend(bytes.pcap_packet(&[1; 40], 40));
        file.extend(bytes.pcap_packet(&[2; 40], 1500));
        file.extend(bytes.pcap_packet(&vec![3; ROOM + 1], ROOM as u32 + 1));
        file.extend(bytes.pcap_packet(&[4; 60], 60));
        let mut reader = read(file).expect("a capture");
        assert_eq!(reader.link_layer(), LinkLayer::Ip);
        let (packets, others, error) = everything(&mut reader);
        assert_eq!(packets, [vec![1; 40], vec![4; 60]]);
        assert_eq!(others, [NextPacket::Truncated, NextPacket::Oversized]);
        assert!(error.is_none() && reader.packets() == 4);
    }
}

#[test]
fn reads_pcapng_of_both_byte_orders() {
    for bytes in BOTH {
        let mut file = bytes.section();
        file.extend(bytes.interface(1));
        file.extend(bytes.enhanced(0, &[1; 61], 61));
        file.extend(bytes.block(0x0bad, &[0; 40]));
        file.extend(bytes.interface(113));
        file.extend(bytes.enhanced(0, &[2; 61], 1500));
        file.extend(bytes.simple(&[3; 62]));
        file.extend(bytes.section());
        file.extend(bytes.interface(1));
        file.extend(bytes.enhanced(0, &[4; 63], 63));
        let mut reader = read(file.clone()).expect("a capture");
        assert_eq!(reader.link_layer(), LinkLayer::Ethernet);
        let (packets, others, error) = everything(&mut reader);
        assert_eq!(packets, [vec![1; 61], vec![3; 62], vec![4; 63]]);
        assert_eq!(others, [NextPacket::Truncated]);
        assert!(error.is_none(), "{error:?}");

        let at = file.len() as u64;
        file.extend(bytes.enhanced(7, &[5; 60], 60));
        let (packets, _, error) = everything(&mut read(file).expect("a capture"));
        let error = error.expect("interface 7 is not described");
        assert!(matches!(error.kind, PcapErrorKind::NoInterface { number: 7 }), "{error}");
        assert_eq!((packets.len(), error.packet, error.at), (3, 4, at));
    }
}

#[test]
fn says_what_is_wrong_and_where() {
    let bytes = BOTH[0];
    let open = |file: Vec<u8>| read(file).expect_err("no capture");
    for file in [vec![], vec![0; 100], b"\x1f\x8b compressed".to_vec()] {
        let error = open(file);
        assert!(matches!(error.kind, PcapErrorKind::NotACapture), "{error}");
    }
    let error = open(bytes.pcap_header(113));
    assert!(matches!(error.kind, PcapErrorKind::LinkType { number: 113 }), "{error}");
    let error = open(bytes.pcap_header(1)[..20].to_vec());
    assert!(matches!(error.kind, PcapErrorKind::CutShort), "{error}");
    let error = open(bytes.section());
    assert!(matches!(error.kind, PcapErrorKind::NoInterface { number: 0 }), "{error}");

    let mut file = bytes.pcap_header(1);
    file.extend(bytes.pcap_packet(&[1; 60], 60));
    let at = file.len() as u64;
    file.extend(&bytes.pcap_packet(&[2; 60], 60)[..70]);
    let (packets, _, error) = everything(&mut read(file).expect("a capture"));
    let error = error.expect("cut short");
    assert!(matches!(error.kind, PcapErrorKind::CutShort), "{error}");
    assert_eq!((packets.len(), error.packet, error.at), (1, 1, at));
    let text = error.to_string();
    assert_eq!(text, "a file: ends inside a packet or block (at byte 100, after 1 packets)");
    assert_eq!(io::Error::from(error).kind(), io::ErrorKind::UnexpectedEof);

    let mut file = bytes.pcap_header(1);
    let mut huge = bytes.pcap_packet(&[1; 60], 60);
    huge[8..12].copy_from_slice(&bytes.u32(u32::MAX));
    file.extend(huge);
    file.extend(vec![0; 3 << 20]);
    let (_, _, error) = everything(&mut read(file).expect("a capture"));
    let error = error.expect("four gigabytes");
    assert!(matches!(error.kind, PcapErrorKind::TooLong { .. }), "{error}");

    let mut file = bytes.section();
    file.extend(bytes.interface(1));
    file.extend(bytes.interface(101));
    file.extend(bytes.enhanced(1, &[1; 60], 60));
    let (_, _, error) = everything(&mut read(file).expect("a capture"));
    let error = error.expect("two link layers");
    assert!(matches!(error.kind, PcapErrorKind::MixedLinkLayers), "{error}");

    let mut file = bytes.section();
    for _ in 0..=1 << 16 {
        file.extend(bytes.interface(1));
    }
    let (_, _, error) = everything(&mut read(file).expect("a capture"));
    let error = error.expect("an interface too many");
    assert!(matches!(error.kind, PcapErrorKind::TooManyInterfaces { most: 65_536 }), "{error}");

    let missing = PcapReader::open("/nonexistent/file.pcap").expect_err("no such file");
    assert!(matches!(missing.kind, PcapErrorKind::Open(_)));
    assert!(missing.to_string().starts_with("/nonexistent/file.pcap: cannot be opened"));
}

/// A pipe into which a byte is written at a time.
struct Trickling(Cursor<Vec<u8>>);

impl io::Read for Trickling {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(1);
        self.0.read(&mut buffer[..most])
    }
}

#[test]
fn reads_what_comes_in_small_pieces() {
    for bytes in BOTH {
        let mut pcap = bytes.pcap_header(1);
        let mut section = 0x1a2b_3c4du32.to_le_bytes().to_vec();
        if bytes.big {
            section.reverse();
        }
        section.extend(bytes.u16(1));
        section.extend(bytes.u16(0));
        section.extend([0xff; 8]);
        // A comment, which makes the header longer than others are.
        section.extend(bytes.u16(1));
        section.extend(bytes.u16(100));
        section.extend([b'x'; 100]);
        section.extend([0; 4]);
        let mut pcapng = bytes.block(0x0a0d_0d0a, &section);
        pcapng.extend(bytes.interface(1));
        for number in 0..5 {
            pcap.extend(bytes.pcap_packet(&[number; 60], 60));
            pcapng.extend(bytes.enhanced(0, &[number; 60], 60));
        }
        for file in [pcap, pcapng] {
            let file = Trickling(Cursor::new(file));
            let mut reader = PcapReader::new("a pipe", file).expect("a capture");
            let (packets, others, error) = everything(&mut reader);
            assert!(error.is_none() && others.is_empty(), "{error:?}");
            assert_eq!(packets, (0..5).map(|number| vec![number; 60]).collect::<Vec<_>>());
        }
    }
}

/// A file that gives `left` bytes of a capture, and then an error.
struct Failing {
    file: Cursor<Vec<u8>>,
    left: usize,
}

impl io::Read for Failing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        let most = buffer.len().min(self.left);
        let count = self.file.read(&mut buffer[..most])?;
        self.left -= count;
        Ok(count)
    }
}

#[test]
fn passes_on_why_a_file_cannot_be_read() {
    const PACKETS: usize = 10_000;
    let bytes = BOTH[0];
    let mut file = bytes.pcap_header(1);
    for _ in 0..2 * PACKETS {
        file.extend(bytes.pcap_packet(&[1; 84], 84));
    }
    let file = Failing { file: Cursor::new(file), left: 24 + PACKETS * 100 + 99 };
    let mut reader = PcapReader::new("a file", file).expect("a header");
    let (packets, _, error) = everything(&mut reader);
    let error = error.expect("denied");
    assert!(matches!(error.kind, PcapErrorKind::Read(io::ErrorKind::PermissionDenied)), "{error}");
    assert_eq!((packets.len(), error.packet), (PACKETS, PACKETS as u64));
}

#[test]
fn a_port_gives_what_stands_before_an_error() {
    let bytes = BOTH[0];
    let mut file = bytes.pcap_header(1);
    file.extend(bytes.pcap_packet(&[1; 60], 60));
    file.extend([9; 10]);
    let mut port = PcapIo::from_input(read(file).expect("a capture"));
    let mut frames = vec![Frame::new(); 4];
    assert_eq!(port.receive(&mut frames).expect("one"), 1);
    assert!(!port.is_at_end());
    let error = port.receive(&mut frames).expect_err("cut short");
    assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    assert!(port.is_at_end());
    assert_eq!(port.receive(&mut frames).expect("nothing"), 0);
    let again = port.flush().expect_err("for who has not heard of it");
    assert_eq!((again.kind(), again.to_string()), (error.kind(), error.to_string()));
}

/// A file with room for so many bytes, which says once that it is full, and has room again then.
struct Full(usize);

impl io::Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = bytes.len().min(self.0);
        self.0 = if self.0 == 0 { usize::MAX } else { self.0 - count };
        if count == 0 { Err(io::ErrorKind::StorageFull.into()) } else { Ok(count) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_writer_that_failed_takes_nothing_more() {
    let mut writer = PcapWriter::new("a disk", Full(1000), LinkLayer::Ip).expect("buffered");
    let error = loop {
        if let Err(error) = writer.write(&[7; 500]) {
            break error;
        }
    };
    let packets = error.packet;
    assert!(packets > 100, "what the buffer holds: {packets}");
    for again in [writer.write(&[7; 500]), writer.flush(), writer.finish()] {
        let error = again.expect_err("the packet before stands there by half");
        assert_eq!(error.packet, packets, "{error}");
        assert!(
            matches!(&error.kind, PcapErrorKind::Write(why) if why.kind() == io::ErrorKind::StorageFull)
        );
    }
}

#[test]
fn a_port_without_a_file_to_send_to_drops() {
    let mut port = PcapIo::from_input(read(BOTH[0].pcap_header(1)).expect("a capture"));
    let frame = Frame::new();
    assert_eq!(port.send(&[&frame, &frame]).expect("dropped"), 2);
    assert_eq!(port.dropped(), [0, 1]);
    assert_eq!(port.counters().expect("counters").dropped.refused, 2);
    port.flush().expect("nothing to write");
}

/// A good file of several blocks, to be spoilt.
fn good(pcapng: bool, bytes: Bytes) -> Vec<u8> {
    let mut file = if pcapng { bytes.section() } else { bytes.pcap_header(1) };
    if pcapng {
        file.extend(bytes.interface(1));
        // Name resolution, statistics, a journal entry, secrets, and a custom block.
        for kind in [4, 5, 9, 10, 0xbad, 0x4000_0bad] {
            file.extend(bytes.block(kind, &[1; 24]));
        }
    }
    for index in 0..6u8 {
        let packet = [index; 60];
        file.extend(match (pcapng, index % 2) {
            (false, _) => bytes.pcap_packet(&packet, 60),
            (true, 0) => bytes.enhanced(0, &packet, 60),
            (true, _) => bytes.simple(&packet),
        });
    }
    file
}

/// Reads all there is. Every error must name the file, and reading must end.
fn survives(file: Vec<u8>) -> Result<(), TestCaseError> {
    let length = file.len() as u64;
    let error = match read(file) {
        Ok(mut reader) => everything(&mut reader).2,
        Err(error) => Some(error),
    };
    if let Some(error) = error {
        prop_assert!(error.at <= length, "{error}");
        prop_assert!(error.to_string().starts_with("a file: "));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_bytes_make_a_reader_panic(file in prop::collection::vec(any::<u8>(), 0..400)) {
        survives(file)?;
    }

    #[test]
    fn no_bytes_behind_a_header_make_a_reader_panic(
        pcapng: bool,
        big: bool,
        rest in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        let bytes = Bytes { big };
        let mut file = if pcapng { bytes.section() } else { bytes.pcap_header(1) };
        if pcapng {
            file.extend(bytes.interface(1));
        }
        file.extend(rest);
        survives(file)?;
    }

    #[test]
    fn no_block_makes_a_reader_panic(
        big: bool,
        kind in prop_oneof![0u32..16, Just(0xbad), Just(0x4000_0bad), Just(0x8000_0001u32),
            Just(0x0a0d_0d0a)],
        body in prop::collection::vec(any::<u8>(), 0..80),
    ) {
        let bytes = Bytes { big };
        let mut file = bytes.section();
        file.extend(bytes.interface(1));
        file.extend(bytes.block(kind, &body));
        file.extend(bytes.simple(&[1; 60]));
        survives(file)?;
    }

    #[test]
    fn no_spoilt_file_makes_a_reader_panic(
        pcapng: bool,
        big: bool,
        cut in 0usize..1000,
        changes in prop::collection::vec((0usize..1000, any::<u8>()), 0..8),
    ) {
        let mut file = good(pcapng, Bytes { big });
        for (at, value) in changes {
            let at = at % file.len();
            file[at] = value;
        }
        file.truncate(file.len().saturating_sub(cut % file.len() / 2));
        survives(file)?;
    }
}
