//! The flags of routes, `RTF_*`, and how each system numbers and prints them.

use core::fmt;

use super::profile::Profile;

bitflags::bitflags! {
    /// Flags of a route. The two systems agree on the values up to 0x1000 and use some of the
    /// higher ones for different things; so these are this crate's own values, and
    /// [`to_wire`](Self::to_wire) gives a system's.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct RtFlags: u32 {
        /// `RTF_UP`: the route is usable.
        const UP = 0x1;
        /// `RTF_GATEWAY`: the destination is reached through a gateway.
        const GATEWAY = 0x2;
        /// `RTF_HOST`: the route is to one address.
        const HOST = 0x4;
        /// `RTF_REJECT`: packets are refused with an error.
        const REJECT = 0x8;
        /// `RTF_DYNAMIC`: made by a redirect.
        const DYNAMIC = 0x10;
        /// `RTF_MODIFIED`: modified by a redirect.
        const MODIFIED = 0x20;
        /// `RTF_DONE`: in messages alone, the request was carried out.
        const DONE = 0x40;
        /// `RTF_CLONING`: a lookup that resolves makes a host route from this one.
        const CLONING = 0x100;
        /// `RTF_XRESOLVE`: an outside program resolves clones.
        const XRESOLVE = 0x200;
        /// `RTF_LLINFO`: the link layer keeps something for the route.
        const LLINFO = 0x400;
        /// `RTF_STATIC`: entered by hand.
        const STATIC = 0x800;
        /// `RTF_BLACKHOLE`: packets are dropped silently.
        const BLACKHOLE = 0x1000;
        /// `RTF_PROTO3`, a protocol's own. FreeBSD's table marks managed clones with it.
        const PROTO3 = 0x2000;
        /// `RTF_PROTO2`, a protocol's own.
        const PROTO2 = 0x4000;
        /// `RTF_PROTO1`, a protocol's own.
        const PROTO1 = 0x8000;
        /// OpenBSD's `RTF_CLONED`, FreeBSD's `RTF_WASCLONED`: made by a lookup.
        const CLONED = 0x1_0000;
        /// OpenBSD's `RTF_MPATH`: one of several routes of equal priority.
        const MPATH = 0x4_0000;
        /// FreeBSD's `RTF_PINNED`: not pruned with its siblings.
        const PINNED = 0x10_0000;
        /// `RTF_LOCAL`: the host's own address.
        const LOCAL = 0x20_0000;
        /// `RTF_BROADCAST`: a broadcast address.
        const BROADCAST = 0x40_0000;
    }
}

const CLONED_OPENBSD: u32 = 0x1_0000;
const CLONED_FREEBSD: u32 = 0x2_0000;
const PROTO3_FREEBSD: u32 = 0x4_0000;
/// Flags with the same value in both systems and here.
const AGREED: RtFlags = RtFlags::from_bits_truncate(0x1FFF | 0xC000 | 0x60_0000);

impl RtFlags {
    /// What `RTM_CHANGE` may change: `RTF_FMASK`, the same in both systems.
    pub const CHANGEABLE: Self = Self::PROTO1
        .union(Self::PROTO2)
        .union(Self::PROTO3)
        .union(Self::BLACKHOLE)
        .union(Self::REJECT)
        .union(Self::STATIC);

    /// The flags as `profile`'s `rtm_flags` has them. Flags that the system lacks are left out.
    pub fn to_wire(self, profile: Profile) -> u32 {
        let agreed = (self & AGREED).bits();
        let mapped = match profile {
            Profile::OpenBsd => [
                (Self::PROTO3, Self::PROTO3.bits()),
                (Self::CLONED, CLONED_OPENBSD),
                (Self::MPATH, Self::MPATH.bits()),
            ],
            Profile::FreeBsd => [
                (Self::PROTO3, PROTO3_FREEBSD),
                (Self::CLONED, CLONED_FREEBSD),
                (Self::PINNED, Self::PINNED.bits()),
            ],
        };
        mapped
            .into_iter()
            .filter(|(flag, _)| self.contains(*flag))
            .fold(agreed, |bits, (_, bit)| bits | bit)
    }

    /// The flags of `profile`'s `rtm_flags`. Unknown bits are left out, among them FreeBSD's
    /// obsolete `RTF_PRCLONING`, which has the value of OpenBSD's `RTF_CLONED`.
    pub fn from_wire(profile: Profile, bits: u32) -> Self {
        let agreed = Self::from_bits_truncate(bits) & AGREED;
        Self::all()
            .difference(AGREED)
            .iter()
            .filter(|flag| flag.to_wire(profile) & bits != 0)
            .fold(agreed, |flags, flag| flags | flag)
    }
}

impl fmt::Display for RtFlags {
    /// OpenBSD's letters, in the order of its route(8).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LETTERS: [(RtFlags, &str); 19] = [
            (RtFlags::UP, "U"),
            (RtFlags::GATEWAY, "G"),
            (RtFlags::HOST, "H"),
            (RtFlags::REJECT, "R"),
            (RtFlags::BLACKHOLE, "B"),
            (RtFlags::DYNAMIC, "D"),
            (RtFlags::MODIFIED, "M"),
            (RtFlags::DONE, "d"),
            (RtFlags::CLONING, "C"),
            (RtFlags::XRESOLVE, "X"),
            (RtFlags::LLINFO, "L"),
            (RtFlags::STATIC, "S"),
            (RtFlags::PROTO1, "1"),
            (RtFlags::PROTO2, "2"),
            (RtFlags::PROTO3, "3"),
            (RtFlags::CLONED, "c"),
            (RtFlags::MPATH, "P"),
            (RtFlags::LOCAL, "l"),
            (RtFlags::BROADCAST, "b"),
        ];
        LETTERS
            .iter()
            .filter(|(flag, _)| self.contains(*flag))
            .try_for_each(|(_, l)| f.write_str(l))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_system_has_its_own_high_bits() {
        let clone = RtFlags::UP | RtFlags::HOST | RtFlags::CLONED;
        assert_eq!(clone.to_wire(Profile::OpenBsd), 0x1_0005);
        assert_eq!(clone.to_wire(Profile::FreeBsd), 0x2_0005);
        assert_eq!(RtFlags::from_wire(Profile::FreeBsd, 0x1_0001), RtFlags::UP, "PRCLONING");
        assert_eq!(RtFlags::PROTO3.to_wire(Profile::FreeBsd), 0x4_0000);
        assert_eq!(RtFlags::from_wire(Profile::OpenBsd, 0x4_0000), RtFlags::MPATH);
        assert_eq!(RtFlags::MPATH.to_wire(Profile::FreeBsd), 0);
    }

    #[test]
    fn every_flag_of_a_system_comes_back() {
        for profile in Profile::ALL {
            for flag in RtFlags::all().iter() {
                let wire = flag.to_wire(profile);
                let back = RtFlags::from_wire(profile, wire);
                assert!(back == flag || (wire == 0 && back.is_empty()), "{flag:?} {profile}");
            }
        }
    }

    #[test]
    fn letters_are_those_of_route() {
        use RtFlags as F;
        assert_eq!((F::UP | F::GATEWAY | F::STATIC).to_string(), "UGS");
        assert_eq!((F::UP | F::GATEWAY | F::STATIC | F::MPATH).to_string(), "UGSP");
        assert_eq!((F::UP | F::HOST | F::LOCAL).to_string(), "UHl");
        assert_eq!((F::UP | F::HOST | F::CLONED | F::LLINFO).to_string(), "UHLc");
    }
}
