//! Cutting packets up: what comes out fits, and put together again is what went in.

use etherparse::Ipv4Header;
use proptest::{collection::vec, prelude::*};
use rtalloc::forward::packet::{
    fragment,
    ipv4::{self, Ipv4},
};

proptest! {
    #[test]
    fn fragments_make_the_packet(
        payload in vec(any::<u8>(), 0..3000),
        options in prop::sample::select(vec![
            vec![],
            vec![1, 1, 1, 0],
            vec![7, 7, 4, 0, 0, 0, 0, 0],
            vec![148, 4, 0, 0],
            vec![1, 148, 4, 0, 0, 7, 3, 4, 136, 4, 9, 9],
        ]),
        offset in prop_oneof![0u16..500, 7500..=ipv4::OFFSET],
        more in any::<bool>(),
        mtu in 0usize..1600,
    ) {
        let mut header = vec![0x45 + (options.len() / 4) as u8, 0, 0, 0, 0xAB, 0xCD, 0, 0, 9, 17, 0, 0];
        header.extend([192, 0, 2, 1, 192, 0, 2, 2]);
        header.extend(&options);
        let mut packet = [header.clone(), payload.clone()].concat();
        let total = packet.len() as u16;
        packet[2..4].copy_from_slice(&total.to_be_bytes());
        let flags = offset | if more { ipv4::MORE_FRAGMENTS } else { 0 };
        packet[6..8].copy_from_slice(&flags.to_be_bytes());
        ipv4::seal(&mut packet, header.len());
        let read = Ipv4::read(&packet).unwrap();

        let count = fragment::count(&read, mtu);
        let reaches_beyond = usize::from(offset) * 8 + packet.len() > 65_535;
        prop_assert_eq!(count.is_none(), mtu < header.len() + 8 || reaches_beyond);
        let mut out = [0; 2000];
        let (mut whole, mut at) = (Vec::new(), usize::from(offset) * 8);
        for index in 0..count.unwrap_or(0) {
            let length = fragment::write(&packet, &read, mtu, index, &mut out).unwrap();
            prop_assert!(length <= mtu);
            let (part, rest) = Ipv4Header::from_slice(&out[..length]).unwrap();
            prop_assert_eq!(part.header_checksum, part.calc_header_checksum());
            prop_assert_eq!(usize::from(part.total_len), length);
            prop_assert_eq!((part.identification, part.time_to_live), (0xABCD, 9));
            prop_assert_eq!((part.source, part.destination), ([192, 0, 2, 1], [192, 0, 2, 2]));
            prop_assert_eq!(usize::from(part.fragment_offset.value()) * 8, at);
            let last = index + 1 == count.unwrap();
            prop_assert_eq!(part.more_fragments, more || !last);
            let is_copied = |kind: u8| part.options.as_slice().contains(&kind);
            prop_assert_eq!(is_copied(148), options.contains(&148));
            prop_assert_eq!(is_copied(136), options.contains(&136));
            prop_assert_eq!(is_copied(7), index == 0 && options.contains(&7));
            whole.extend_from_slice(rest);
            at += rest.len();
        }
        if count.is_some() {
            prop_assert_eq!(whole, payload);
        }
        prop_assert_eq!(fragment::write(&packet, &read, mtu, count.unwrap_or(0), &mut out), None);
    }
}
