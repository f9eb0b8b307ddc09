//! Messages of BSD's routing sockets, in both layouts: bytes that are read are written as they were
//! read, as far as a message carries them.

#![no_main]

use rtalloc::bsd::{Profile, message::wire};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    for profile in [Profile::OpenBsd, Profile::FreeBsd] {
        // Several in a row: each is read or ends the reading.
        assert!(wire::messages(profile, bytes).count() <= bytes.len());
        let mut whole = bytes.to_vec();
        // A length that fits lets the decoder look at the rest.
        if let (Some(place), Ok(length)) = (whole.get_mut(..2), u16::try_from(bytes.len())) {
            place.copy_from_slice(&length.to_le_bytes());
        }
        let Ok(message) = wire::decode(profile, &whole) else { continue };
        let Ok(written) = wire::encode(profile, &message) else { continue };
        let again = wire::decode(profile, &written).expect("what is written can be read");
        assert_eq!(again, message);
    }
});
