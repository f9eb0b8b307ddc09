//! Reading and changing headers, beside `etherparse` and by full recomputation.

use etherparse::{IpNumber, Ipv4Header, Ipv4Options, Ipv6FlowLabel, Ipv6Header};
use proptest::{collection::vec, prelude::*};
use rtalloc::forward::packet::{
    Invalid, checksum, flow,
    ipv4::{self, Ipv4},
    ipv6::{self, Ipv6},
};

/// The sum of 16-bit words in one's complement, in the plainest way.
fn plain_sum(bytes: &[u8]) -> u16 {
    let mut sum = 0u16;
    for at in (0..bytes.len()).step_by(2) {
        let word = u16::from_be_bytes([bytes[at], *bytes.get(at + 1).unwrap_or(&0)]);
        let (added, carry) = sum.overflowing_add(word);
        sum = added + u16::from(carry);
    }
    sum
}

/// A valid IPv4 packet by `etherparse`, with options of no operation, and padding behind it.
fn packets_v4() -> impl Strategy<Value = (Vec<u8>, usize)> {
    let fields = (any::<[u8; 4]>(), any::<[u8; 4]>(), any::<u8>(), any::<u8>(), any::<u16>());
    let sizes = (0usize..=10, vec(any::<u8>(), 0..80), vec(any::<u8>(), 0..20));
    (fields, sizes).prop_map(
        |((source, destination, ttl, protocol, id), (options, payload, padding))| {
            let mut header =
                Ipv4Header::new(payload.len() as u16, ttl, IpNumber(protocol), source, destination)
                    .unwrap();
            header.identification = id;
            header.options = Ipv4Options::try_from(&vec![1u8; options * 4][..]).unwrap();
            header.set_payload_len(payload.len()).unwrap();
            header.header_checksum = header.calc_header_checksum();
            let packet = [header.to_bytes().to_vec(), payload].concat();
            let length = packet.len();
            ([packet, padding].concat(), length)
        },
    )
}

proptest! {
    #[test]
    fn sums_are_plain_sums(bytes in vec(any::<u8>(), 0..300), cut in 0usize..150) {
        prop_assert_eq!(checksum::sum(0, &bytes), plain_sum(&bytes));
        let (first, second) = bytes.split_at((2 * cut).min(bytes.len() & !1));
        let both = checksum::sum(checksum::sum(0, first), second);
        prop_assert_eq!(both, plain_sum(&bytes), "in two parts");
    }

    /// Whatever word changes, the update gives what a full computation gives.
    #[test]
    fn an_updated_checksum_is_the_full_one(
        mut header in any::<[u8; 20]>(),
        at in (0usize..9).prop_map(|word| if word < 5 { 2 * word } else { 2 * word + 2 }),
        new in any::<u16>(),
    ) {
        // As in a header that begins with 0x45, some word is not zero.
        header[0] = 0x45;
        ipv4::seal(&mut header, 20);
        let old = u16::from_be_bytes([header[at], header[at + 1]]);
        let before = u16::from_be_bytes([header[10], header[11]]);
        header[at..at + 2].copy_from_slice(&new.to_be_bytes());
        ipv4::seal(&mut header, 20);
        prop_assume!(header.iter().enumerate().any(|(at, byte)| *byte != 0 && !(10..12).contains(&at)));
        let after = u16::from_be_bytes([header[10], header[11]]);
        prop_assert_eq!(checksum::updated(before, old, new), after);
    }

    #[test]
    fn a_valid_packet_is_read_as_etherparse_reads_it((packet, length) in packets_v4()) {
        let read = Ipv4::read(&packet).unwrap();
        let (oracle, _) = Ipv4Header::from_slice(&packet).unwrap();
        prop_assert_eq!(read.source.to_be_bytes(), oracle.source);
        prop_assert_eq!(read.destination.to_be_bytes(), oracle.destination);
        prop_assert_eq!(usize::from(read.header), oracle.header_len());
        prop_assert_eq!((usize::from(read.total), read.total), (length, oracle.total_len));
        prop_assert_eq!((read.ttl, read.protocol), (oracle.time_to_live, oracle.protocol.0));
        prop_assert_eq!(read.is_unfragmentable(), oracle.dont_fragment);
        prop_assert_eq!(read.is_fragment(), oracle.is_fragmenting_payload());
        prop_assert_eq!(read.payload(&packet).len(), length - oracle.header_len());
    }

    /// What is read has the form that `etherparse` asks for, and a right checksum; what is refused has
    /// not, or is refused for its options.
    #[test]
    fn a_damaged_packet_is_refused_by_both(
        (mut packet, _) in packets_v4(),
        at in 0usize..24,
        bit in 0u8..8,
        reseal in any::<bool>(),
        cut in 0usize..200,
    ) {
        let at = at % packet.len();
        packet[at] ^= 1 << bit;
        packet.truncate(cut);
        let header = usize::from(packet.first().unwrap_or(&0) & 0xF) * 4;
        if reseal && packet.len() >= header.max(20) {
            ipv4::seal(&mut packet, header);
        }
        let expected = match Ipv4Header::from_slice(&packet) {
            Ok((oracle, _)) => {
                usize::from(oracle.total_len) >= oracle.header_len()
                    && usize::from(oracle.total_len) <= packet.len()
                    && plain_sum(&packet[..header]) == 0xFFFF
            }
            Err(_) => false,
        };
        match Ipv4::read(&packet) {
            Err(Invalid::Options) => prop_assert!(expected && header > 20),
            read => prop_assert_eq!(read.is_ok(), expected, "{:?}", read),
        }
    }

    #[test]
    fn one_hop_less_and_the_checksum_stays_right((mut packet, _) in packets_v4()) {
        let before = Ipv4::read(&packet).unwrap();
        ipv4::decrement_ttl(&mut packet);
        let header = usize::from(before.header);
        let after = Ipv4::read(&packet).unwrap();
        prop_assert_eq!(after, Ipv4 { ttl: before.ttl.saturating_sub(1), ..before });
        let stored = [packet[10], packet[11]];
        ipv4::seal(&mut packet, header);
        prop_assert_eq!(stored, [packet[10], packet[11]], "the full computation");
    }

    #[test]
    fn an_ipv6_packet_is_read_as_etherparse_reads_it(
        source in any::<[u8; 16]>(),
        destination in any::<[u8; 16]>(),
        (class, label, next, hop_limit) in (any::<u8>(), 0u32..1 << 20, any::<u8>(), any::<u8>()),
        payload in vec(any::<u8>(), 0..60),
        padding in vec(any::<u8>(), 0..20),
        cut in 0usize..150,
    ) {
        let header = Ipv6Header {
            traffic_class: class,
            flow_label: Ipv6FlowLabel::try_new(label).unwrap(),
            payload_length: payload.len() as u16,
            next_header: IpNumber(next),
            hop_limit,
            source,
            destination,
        };
        let total = 40 + payload.len();
        let mut packet = [header.to_bytes().to_vec(), payload, padding].concat();
        packet.truncate(cut);
        let read = Ipv6::read(&packet);
        if packet.len() < total {
            let expected = if cut < 40 { Invalid::Truncated } else { Invalid::TotalLength };
            prop_assert_eq!(read, Err(expected));
            return Ok(());
        }
        let read = read.unwrap();
        prop_assert_eq!(read.source.to_be_bytes(), source);
        prop_assert_eq!(read.destination.to_be_bytes(), destination);
        prop_assert_eq!((read.total, read.flow), (total, label));
        prop_assert_eq!((read.hops, read.next), (hop_limit, next));
        ipv6::decrement_hops(&mut packet);
        prop_assert_eq!(Ipv6::read(&packet).unwrap().hops, hop_limit.saturating_sub(1));
    }

    /// A flow is what its addresses, protocol and ports make it: nothing else in the packet counts.
    #[test]
    fn a_flow_keeps_its_hash(
        (packet, _) in packets_v4(),
        (ttl, id) in (any::<u8>(), any::<u16>()),
        tail in vec(any::<u8>(), 0..40),
        seed in any::<u64>(),
    ) {
        let mut header = Ipv4::read(&packet).unwrap();
        header.protocol = 17;
        let with_ports = header.payload(&packet).len() >= 4;
        let hash = flow::of_v4(seed, &header, &packet);
        prop_assert_eq!(hash, flow::of_v4(seed, &header, &packet));
        let mut other = packet.clone();
        other[4..6].copy_from_slice(&id.to_be_bytes());
        other[8] = ttl;
        let start = usize::from(header.header) + 4;
        if with_ports {
            for (byte, new) in other[start..].iter_mut().zip(tail) {
                *byte = new;
            }
            let same = Ipv4 { ttl, ..header };
            prop_assert_eq!(flow::of_v4(seed, &same, &other), hash);
        }
        let later = Ipv4 { fragment: 5, ..header };
        let first = Ipv4 { fragment: ipv4::MORE_FRAGMENTS, ..header };
        let parts = flow::of_v4(seed, &first, &packet);
        prop_assert_eq!(flow::of_v4(seed, &later, &other), parts, "all parts go one way");
    }
}

#[test]
fn flows_are_spread() {
    let header = |port: u16| {
        let mut packet = super::lab::udp("10.0.0.1", "10.0.0.2", 9, b"abcd");
        packet[20..22].copy_from_slice(&port.to_be_bytes());
        let read = Ipv4::read(&packet).unwrap();
        flow::of_v4(7, &read, &packet)
    };
    let mut counts = [0u32; 8];
    for port in 0..8000 {
        counts[(header(port) >> 29) as usize] += 1;
    }
    assert!(counts.iter().all(|count| (850..1150).contains(count)), "{counts:?}");
}

#[test]
fn a_label_makes_the_flow() {
    let packet = |label: u32, port: u16| {
        let mut packet = super::lab::udp("2001:db8::1", "2001:db8::2", 9, b"abcd");
        packet[1..4].copy_from_slice(&label.to_be_bytes()[1..]);
        packet[40..42].copy_from_slice(&port.to_be_bytes());
        let read = Ipv6::read(&packet).unwrap();
        flow::of_v6(7, &read, &packet)
    };
    assert_eq!(packet(5, 1), packet(5, 2), "the label stands for the ports");
    assert_ne!(packet(5, 1), packet(6, 1));
    assert_ne!(packet(0, 1), packet(0, 2), "without a label the ports count");
    assert_eq!(packet(0, 1), packet(0, 1));
}

#[test]
fn extension_headers_are_followed() {
    let udp = super::lab::udp("2001:db8::1", "2001:db8::2", 9, b"abcd");
    let with = |next: u8, extensions: &[u8]| {
        let length = (udp.len() - 40 + extensions.len()) as u16;
        let mut packet = [&udp[..40], extensions, &udp[40..]].concat();
        packet[4..6].copy_from_slice(&length.to_be_bytes());
        packet[6] = next;
        let header = Ipv6::read(&packet).unwrap();
        (header.carried(&packet), flow::of_v6(7, &header, &packet))
    };
    let (plain, hash) = with(17, &[]);
    let plain = plain.unwrap();
    assert_eq!((plain.protocol, plain.at, plain.is_fragment), (17, 40, false));
    let options = [60, 0, 1, 4, 0, 0, 0, 0, 17, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let (behind, same) = with(0, &options);
    assert_eq!(behind.map(|carried| (carried.protocol, carried.at)), Some((17, 64)));
    assert_eq!(same, hash, "the same flow");
    let (first, one) = with(44, &[17, 0, 0, 1, 0, 0, 0, 9]);
    let (later, two) = with(44, &[17, 0, 0, 64, 0, 0, 0, 9]);
    assert!(first.unwrap().is_fragment && !first.unwrap().is_later);
    assert!(later.unwrap().is_later);
    assert_eq!(one, two, "both parts go one way");
    // Destination options that stand behind the fragment header are in the first part alone.
    let (first, one) = with(44, &[60, 0, 0, 1, 0, 0, 0, 9, 17, 0, 1, 4, 0, 0, 0, 0]);
    let (_, two) = with(44, &[60, 0, 0, 64, 0, 0, 0, 9]);
    assert_eq!(first.map(|carried| carried.protocol), Some(17));
    assert_eq!(one, two, "both parts go one way");
    let (_, three) = with(44, &[60, 0, 0, 1, 0, 0, 0, 9, 17, 200, 1, 4, 0, 0, 0, 0]);
    assert_eq!(one, three, "also if the options reach beyond the first part");
    assert_eq!(with(60, &[60, 200, 0, 0, 0, 0, 0, 0]).0, None, "cut off");
    let endless = [60, 0, 1, 4, 0, 0, 0, 0].repeat(20);
    assert_eq!(with(60, &endless).0, None, "too many");
}

#[test]
fn martians_are_known() {
    let check = |source: &str, destination: &str| {
        let packet = super::lab::udp(source, destination, 9, b"");
        if packet[0] >> 4 == 4 {
            Ipv4::read(&packet).unwrap().check_addresses()
        } else {
            Ipv6::read(&packet).unwrap().check_addresses()
        }
    };
    let (good4, good6) = ("192.0.2.1", "2001:db8::1");
    for source in ["0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"] {
        assert_eq!(check(source, good4), Err(Invalid::Source), "{source}");
    }
    for destination in ["0.0.0.0", "0.1.2.3", "127.9.9.9", "240.0.0.1", "255.255.255.255"] {
        assert_eq!(check(good4, destination), Err(Invalid::Destination), "{destination}");
    }
    assert_eq!(check(good4, "224.0.0.5"), Ok(()));
    assert_eq!(check("223.255.255.255", "1.0.0.0"), Ok(()));
    for source in ["::", "::1", "ff02::1", "::ffff:192.0.2.1"] {
        assert_eq!(check(source, good6), Err(Invalid::Source), "{source}");
    }
    for destination in ["::", "::1", "::ffff:192.0.2.1"] {
        assert_eq!(check(good6, destination), Err(Invalid::Destination), "{destination}");
    }
    assert_eq!(check(good6, "ff02::1"), Ok(()));
    assert_eq!(check("::2", "fe80::1"), Ok(()));
}

#[test]
fn source_routes_are_refused() {
    let with = |options: &[u8]| {
        let mut packet = super::lab::udp("192.0.2.1", "192.0.2.2", 9, b"abcd");
        let total = (packet.len() + options.len()) as u16;
        packet.splice(20..20, options.iter().copied());
        packet[0] = 0x45 + (options.len() / 4) as u8;
        packet[2..4].copy_from_slice(&total.to_be_bytes());
        ipv4::seal(&mut packet, 20 + options.len());
        Ipv4::read(&packet).map(|header| header.header)
    };
    assert_eq!(with(&[]), Ok(20));
    assert_eq!(with(&[1, 7, 7, 4, 0, 0, 0, 0]), Ok(28), "record route");
    assert_eq!(with(&[0, 131, 131, 131]), Ok(24), "nothing counts behind the end");
    for bad in
        [[1, 131, 3, 4], [137, 3, 4, 0], [7, 1, 0, 0], [7, 0, 0, 0], [7, 5, 0, 0], [1, 1, 1, 7]]
    {
        assert_eq!(with(&bad), Err(Invalid::Options), "{bad:?}");
    }
}
