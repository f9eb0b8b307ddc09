//! What a port on an interface could not do.

use core::fmt;
use std::io;

use rustix::io::Errno;

/// Which interface could not be used, what for, and what the kernel answered.
#[derive(Debug)]
pub struct InterfaceError {
    /// The interface's name.
    pub interface: String,
    /// What was tried.
    pub step: Step,
    /// What the kernel answered.
    pub source: io::Error,
}

/// A step of using an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// To find an interface of that name.
    Find,
    /// To ask for the interface's MTU.
    Mtu,
    /// To ask for the interface's hardware address.
    HardwareAddress,
    /// To take the interface's frames, which are to begin with an Ethernet header.
    LinkLayer,
    /// To ask what the interface does with segments and with VLAN tags.
    Features,
    /// To open `/dev/net/tun`.
    OpenTun,
    /// To make the TUN interface, or to attach to it.
    AttachTun,
    /// To open a socket, of AF_PACKET or AF_XDP.
    Socket,
    /// To set the socket up: its rings, its memory, what it receives.
    Configure,
    /// To map the rings that are shared with the kernel.
    Map,
    /// To bind the socket to the interface.
    Bind,
    /// To join a group of sockets that share an interface's packets.
    JoinGroup,
    /// To make the map in which the XDP program finds sockets, or to put a socket there.
    SocketMap,
    /// To load the XDP program.
    LoadProgram,
    /// To attach the XDP program to the interface.
    AttachProgram,
    /// To receive.
    Receive,
    /// To send.
    Send,
    /// To wait for packets.
    Wait,
    /// To ask how many packets the kernel dropped.
    Statistics,
}

impl Step {
    fn words(self) -> &'static str {
        match self {
            Self::Find => "find the interface",
            Self::Mtu => "ask for the MTU",
            Self::HardwareAddress => "ask for the hardware address",
            Self::LinkLayer => "take its frames",
            Self::Features => "ask for its features",
            Self::OpenTun => "open /dev/net/tun",
            Self::AttachTun => "make or attach to the TUN interface",
            Self::Socket => "open a socket",
            Self::Configure => "set the socket up",
            Self::Map => "map the rings",
            Self::Bind => "bind the socket",
            Self::JoinGroup => "join the fanout group",
            Self::SocketMap => "put the socket into the program's map",
            Self::LoadProgram => "load the XDP program",
            Self::AttachProgram => "attach the XDP program",
            Self::Receive => "receive",
            Self::Send => "send",
            Self::Wait => "wait for packets",
            Self::Statistics => "ask what was dropped",
        }
    }
}

impl InterfaceError {
    /// Whether the caller may not do this: it takes a capability (CAP_NET_ADMIN, CAP_NET_RAW or
    /// CAP_BPF) in the user namespace that owns the network namespace, or in the first one.
    pub fn is_refused(&self) -> bool {
        // Of an XDP program that is wrong the kernel says EACCES.
        let is_wrong = self.step == Step::LoadProgram
            && self.source.raw_os_error() == Some(Errno::ACCESS.raw_os_error());
        self.source.kind() == io::ErrorKind::PermissionDenied && !is_wrong
    }
}

impl InterfaceError {
    /// What the kernel's answer means at this step, where its own words do not tell.
    fn hint(&self) -> Option<&'static str> {
        if self.is_refused() {
            return match self.step {
                Step::Socket => {
                    Some("it takes CAP_NET_RAW in the network namespace's user namespace")
                }
                Step::AttachTun => {
                    Some("it takes CAP_NET_ADMIN in the network namespace's user namespace")
                }
                Step::SocketMap | Step::LoadProgram | Step::AttachProgram => Some(
                    "it takes CAP_BPF and CAP_NET_ADMIN in the first user namespace, as root has",
                ),
                _ => None,
            };
        }
        let errno = Errno::from_io_error(&self.source)?;
        match (self.step, errno) {
            (Step::Bind, Errno::INVAL) => {
                Some("it has perhaps fewer queues than asked for: one for each thread")
            }
            (Step::Bind, Errno::BUSY) => Some("another socket has the queue"),
            (Step::AttachProgram, Errno::BUSY | Errno::EXIST) => {
                Some("it has another XDP program already")
            }
            (Step::AttachTun, Errno::INVAL) => {
                Some("it is no TUN interface, or one with another number of queues")
            }
            (Step::AttachTun, Errno::BUSY) => Some("another program has it"),
            _ => None,
        }
    }
}

impl fmt::Display for InterfaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: cannot {}: {}", self.interface, self.step.words(), self.source)?;
        match self.hint() {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

impl core::error::Error for InterfaceError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        Some(&self.source)
    }
}

impl From<InterfaceError> for io::Error {
    fn from(error: InterfaceError) -> Self {
        Self::new(error.source.kind(), error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_means_is_said() {
        let said = |step, number: Errno| {
            let interface = "eth0".to_owned();
            InterfaceError { interface, step, source: number.into() }.to_string()
        };
        assert!(said(Step::Bind, Errno::INVAL).contains("(os error 22) (it has perhaps fewer"));
        assert!(said(Step::Bind, Errno::BUSY).ends_with("(another socket has the queue)"));
        assert!(said(Step::AttachTun, Errno::PERM).contains("CAP_NET_ADMIN"));
        assert!(said(Step::SocketMap, Errno::PERM).contains("the first user namespace"));
        assert!(said(Step::Find, Errno::NODEV).ends_with("(os error 19)"));
    }

    #[test]
    fn a_wrong_program_is_not_refused_for_want_of_a_capability() {
        let error = |step, number: Errno| InterfaceError {
            interface: "eth0".to_owned(),
            step,
            source: number.into(),
        };
        assert!(error(Step::LoadProgram, Errno::PERM).is_refused());
        assert!(!error(Step::LoadProgram, Errno::ACCESS).is_refused());
        assert!(error(Step::OpenTun, Errno::ACCESS).is_refused());
        assert!(!error(Step::Bind, Errno::BUSY).is_refused());
    }
}
