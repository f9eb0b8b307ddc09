//! What the kernel says of an interface.

use std::{io, os::fd::AsFd};

use rustix::{
    io::Errno,
    ioctl::{self, Opcode, Updater},
    net::{AddressFamily, SocketFlags, SocketType, netdevice, socket_with},
};

use super::{
    LinkLayer,
    error::{InterfaceError, Step},
};

/// The longest name, with the zero byte behind it (IFNAMSIZ).
const NAME: usize = 16;

/// Since these were numbered before the scheme, they are the same on all of Linux.
const SIOCGIFMTU: Opcode = 0x8921;
const SIOCGIFHWADDR: Opcode = 0x8927;

const SIOCETHTOOL: Opcode = 0x8946;

/// An Ethernet interface, in what SIOCGIFHWADDR answers.
const ARPHRD_ETHER: u16 = 1;

// From `linux/ethtool.h`.
/// Whether segments are joined by the kernel (GRO): 1 or 0.
const ETHTOOL_GGRO: u32 = 0x2b;
/// What an interface does of several things.
const ETHTOOL_GFLAGS: u32 = 0x25;
/// That it takes 802.1Q tags out of the frames that it receives.
const ETH_FLAG_RXVLAN: u32 = 1 << 8;
/// That it joins segments itself (LRO).
const ETH_FLAG_LRO: u32 = 1 << 15;

/// The types of VLAN tags: 802.1Q and 802.1ad.
const TAGGED: [[u8; 2]; 2] = [[0x81, 0x00], [0x88, 0xa8]];

/// An interface, as it was when it was looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    name: String,
    index: u32,
    mtu: usize,
    hardware_address: Option<[u8; 6]>,
}

/// `struct ifreq`: a name, and a union whose largest member has 24 bytes.
#[repr(C, align(8))]
pub(super) struct Request {
    name: [u8; NAME],
    pub(super) value: [u8; 24],
}

/// `struct ethtool_value`: a question, and a place for the answer.
#[repr(C)]
struct Feature {
    question: u32,
    answer: u32,
}

/// A `struct ifreq` whose union holds a pointer.
#[repr(C, align(8))]
struct PointingRequest {
    name: [u8; NAME],
    pointer: *mut Feature,
    rest: [u8; 24 - size_of::<*mut Feature>()],
}

impl Request {
    /// A request about `name`; none if that is too long or holds a zero byte.
    pub(super) fn new(name: &str) -> Option<Self> {
        let mut request = Self { name: [0; NAME], value: [0; 24] };
        let fits = name.len() < NAME && !name.as_bytes().contains(&0);
        fits.then(|| request.name[..name.len()].copy_from_slice(name.as_bytes()))?;
        Some(request)
    }

    /// The name that the kernel put there.
    pub(super) fn name(&self) -> String {
        let length = self.name.iter().position(|byte| *byte == 0).unwrap_or(NAME);
        String::from_utf8_lossy(&self.name[..length]).into_owned()
    }

    /// Asks the kernel, which answers in `value`.
    ///
    /// # Safety
    /// `OPCODE` is a request that takes a `struct ifreq` whose union holds no pointer.
    pub(super) unsafe fn send<const OPCODE: Opcode>(&mut self, fd: impl AsFd) -> io::Result<()> {
        // SAFETY: the request takes a `struct ifreq` by this function's contract, and `Request` has that
        // one's layout, with a union of the size that it has on 64-bit systems, the larger one.
        let updater = unsafe { Updater::<OPCODE, Self>::new(self) };
        // SAFETY: as above; the kernel follows no pointer in it.
        Ok(unsafe { ioctl::ioctl(fd, updater) }?)
    }
}

impl Interface {
    /// Looks an interface up in this thread's network namespace.
    ///
    /// # Errors
    /// If there is none of that name, or the kernel says nothing about it.
    pub fn find(name: &str) -> Result<Self, InterfaceError> {
        let fail = |step| move |error: io::Error| failure(name, step, error);
        let socket =
            socket_with(AddressFamily::INET, SocketType::DGRAM, SocketFlags::CLOEXEC, None)
                .map_err(|error| fail(Step::Find)(error.into()))?;
        let no_name = || fail(Step::Find)(Errno::NODEV.into());
        let index = netdevice::name_to_index(&socket, name)
            .map_err(|error| fail(Step::Find)(error.into()))?;
        let mut request = Request::new(name).ok_or_else(no_name)?;
        // SAFETY: SIOCGIFMTU takes a `struct ifreq` and writes an integer into it.
        unsafe { request.send::<SIOCGIFMTU>(&socket) }.map_err(fail(Step::Mtu))?;
        let [a, b, c, d, ..] = request.value;
        let mtu = usize::try_from(i32::from_ne_bytes([a, b, c, d])).unwrap_or(0);
        let mut request = Request::new(name).ok_or_else(no_name)?;
        // SAFETY: SIOCGIFHWADDR takes a `struct ifreq` and writes a `struct sockaddr` into it.
        unsafe { request.send::<SIOCGIFHWADDR>(&socket) }.map_err(fail(Step::HardwareAddress))?;
        let [low, high, address @ ..] = request.value;
        let is_ethernet = u16::from_ne_bytes([low, high]) == ARPHRD_ETHER;
        let hardware_address = address.first_chunk::<6>().filter(|_| is_ethernet).copied();
        Ok(Self { name: name.to_owned(), index, mtu, hardware_address })
    }

    /// As [`find`](Self::find), for an interface whose frames begin with an Ethernet header.
    ///
    /// # Errors
    /// As [`find`](Self::find), and if it is another.
    pub(super) fn find_ethernet(name: &str) -> Result<Self, InterfaceError> {
        let interface = Self::find(name)?;
        if interface.hardware_address.is_none() {
            let why = "they do not begin with an Ethernet header";
            let error = io::Error::new(io::ErrorKind::Unsupported, why);
            return Err(interface.fails(Step::LinkLayer)(error));
        }
        Ok(interface)
    }

    /// Whether the interface, or the kernel behind it, now joins segments of a TCP connection to larger
    /// ones that it receives (LRO, GRO), which [are dropped](super) if they are longer than the MTU.
    ///
    /// # Errors
    /// If the kernel does not say.
    pub fn joins_segments(&self) -> Result<bool, InterfaceError> {
        let ask = |question| self.feature(question).map_err(self.fails(Step::Features));
        Ok(ask(ETHTOOL_GGRO)? != 0 || ask(ETHTOOL_GFLAGS)? & ETH_FLAG_LRO != 0)
    }

    /// Whether the interface now takes 802.1Q VLAN tags out of the frames that it receives
    /// (rx-vlan-offload), so that they [are lost](super#vlan-tags) to an `XdpIo`. Of 802.1ad tags
    /// (rx-vlan-stag-hw-parse), and of what the other end of a virtual interface leaves beside its frames,
    /// this says nothing.
    ///
    /// # Errors
    /// If the kernel does not say.
    pub fn takes_out_tags(&self) -> Result<bool, InterfaceError> {
        let flags = self.feature(ETHTOOL_GFLAGS).map_err(self.fails(Step::Features))?;
        Ok(flags & ETH_FLAG_RXVLAN != 0)
    }

    /// What the kernel answers to a question of ethtool's; 0 if this interface knows no answer.
    fn feature(&self, question: u32) -> io::Result<u32> {
        let socket =
            socket_with(AddressFamily::INET, SocketType::DGRAM, SocketFlags::CLOEXEC, None)?;
        let request = Request::new(&self.name).ok_or(io::ErrorKind::InvalidInput)?;
        let mut feature = Feature { question, answer: 0 };
        let mut request = PointingRequest {
            name: request.name,
            pointer: &raw mut feature,
            rest: [0; 24 - size_of::<*mut Feature>()],
        };
        // SAFETY: SIOCETHTOOL takes a `struct ifreq`, which this is, with a pointer in its union.
        let updater = unsafe { Updater::<SIOCETHTOOL, PointingRequest>::new(&mut request) };
        // SAFETY: the pointer is to a `struct ethtool_value` that lives until after the call, which is
        // what the questions asked here take.
        match unsafe { ioctl::ioctl(&socket, updater) } {
            Ok(()) => Ok(feature.answer),
            Err(Errno::OPNOTSUPP) => Ok(0),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether a frame is no longer than the MTU allows, with an Ethernet header and at most one VLAN
    /// tag before the packet.
    pub(super) fn allows(&self, frame: &[u8]) -> bool {
        const ADDRESSES: usize = 12;
        const TAG: usize = 4;
        let kind = frame.get(ADDRESSES..ADDRESSES + 2);
        let is_tagged = kind.is_some_and(|kind| TAGGED.iter().any(|tagged| kind == tagged));
        let tag = if is_tagged { TAG } else { 0 };
        frame.len() <= LinkLayer::Ethernet.longest_frame(self.mtu) + tag
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The number by which the kernel knows it, in its network namespace.
    pub fn index(&self) -> u32 {
        self.index
    }

    /// The longest packet, in bytes, without the link layer's header.
    pub fn mtu(&self) -> usize {
        self.mtu
    }

    /// The Ethernet address, if it is an Ethernet interface.
    pub fn hardware_address(&self) -> Option<[u8; 6]> {
        self.hardware_address
    }

    /// The error of a step that failed.
    pub(super) fn fails<E: Into<io::Error>>(
        &self,
        step: Step,
    ) -> impl Fn(E) -> InterfaceError + '_ {
        move |error| failure(&self.name, step, error.into())
    }
}

pub(super) fn failure(interface: &str, step: Step, source: io::Error) -> InterfaceError {
    InterfaceError { interface: interface.to_owned(), step, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_fit() {
        assert_eq!(Request::new("eth0").expect("fits").name(), "eth0");
        assert_eq!(Request::new("a23456789012345").expect("fits").name(), "a23456789012345");
        assert!(Request::new("a234567890123456").is_none());
        assert!(Request::new("a\0b").is_none());
    }

    #[test]
    fn a_missing_interface_is_named() {
        for name in ["no-such-if", "a-name-that-is-too-long", "a\0b"] {
            let error = Interface::find(name).expect_err("no such interface");
            assert_eq!((error.interface.as_str(), error.step), (name, Step::Find));
            assert!(error.to_string().contains("cannot find the interface"), "{error}");
        }
    }

    #[test]
    fn frames_are_as_long_as_the_mtu_allows() {
        let name = "eth0".to_owned();
        let interface = Interface { name, index: 1, mtu: 1000, hardware_address: None };
        let mut frame = vec![0; 1015];
        assert!(interface.allows(&frame[..1014]) && !interface.allows(&frame));
        frame[12] = 0x81;
        assert!(interface.allows(&frame), "a tag does not count");
        frame.resize(1019, 0);
        assert!(!interface.allows(&frame) && interface.allows(&frame[..1018]));
    }

    #[test]
    fn loopback_is_no_ethernet() {
        let loopback = Interface::find("lo").expect("there is always one");
        assert!(loopback.index() > 0 && loopback.mtu() >= 1280);
        assert_eq!(loopback.hardware_address(), None);
        let error = Interface::find_ethernet("lo").expect_err("no Ethernet");
        assert_eq!(error.step, Step::LinkLayer);
        assert!(loopback.joins_segments().is_ok());
        assert!(!loopback.takes_out_tags().expect("the kernel says"));
    }
}
