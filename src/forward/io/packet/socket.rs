//! Packet sockets: the options and the address that only they have.

use std::{
    io,
    os::fd::{AsRawFd, OwnedFd},
};

use rustix::net::{
    AddressFamily, SocketFlags, SocketType,
    addr::{SocketAddrArg, SocketAddrLen, SocketAddrOpaque},
    bind, socket_with,
};

/// All protocols, in network order.
const ALL: u16 = (libc::ETH_P_ALL as u16).to_be();

/// A `struct sockaddr_ll`.
struct LinkAddress(libc::sockaddr_ll);

// SAFETY: the address is a whole `struct sockaddr_ll` that lives while `f` runs.
unsafe impl SocketAddrArg for LinkAddress {
    /// # Safety
    /// The trait's: what `f` does with the address must need no more than is promised above.
    unsafe fn with_sockaddr<R>(
        &self,
        f: impl FnOnce(*const SocketAddrOpaque, SocketAddrLen) -> R,
    ) -> R {
        f((&raw const self.0).cast(), size_of::<libc::sockaddr_ll>() as SocketAddrLen)
    }
}

/// What one of the kernel's options takes.
///
/// # Safety
/// It has the layout of what the option takes, without padding and without pointers.
unsafe trait Value {}

// SAFETY: an integer, for the options that take an `int` or an `unsigned int`.
unsafe impl Value for u32 {}
// SAFETY: PACKET_RX_RING takes this under TPACKET_V3. Seven integers.
unsafe impl Value for libc::tpacket_req3 {}
// SAFETY: PACKET_ADD_MEMBERSHIP takes this. An integer, two half as long, and eight bytes.
unsafe impl Value for libc::packet_mreq {}

/// A packet socket that receives nothing until it is [bound](bind_to).
pub(super) fn open() -> io::Result<OwnedFd> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    // No protocol: one given here would begin to receive from all interfaces.
    Ok(socket_with(AddressFamily::PACKET, SocketType::RAW, flags, None)?)
}

/// Binds to an interface, to receive all protocols from it or none.
pub(super) fn bind_to(socket: &OwnedFd, interface: u32, receives: bool) -> io::Result<()> {
    let address = libc::sockaddr_ll {
        sll_family: libc::AF_PACKET as u16,
        sll_protocol: if receives { ALL } else { 0 },
        sll_ifindex: number(interface)?,
        sll_hatype: 0,
        sll_pkttype: 0,
        sll_halen: 0,
        sll_addr: [0; 8],
    };
    Ok(bind(socket, &LinkAddress(address))?)
}

/// Does not receive what this machine sends.
pub(super) fn ignore_outgoing(socket: &OwnedFd) -> io::Result<()> {
    set(socket, libc::PACKET_IGNORE_OUTGOING, &1u32)
}

/// Asks for a receive ring of `count` blocks of `size` bytes. A block is handed over when it is full, and
/// after `retire` milliseconds.
pub(super) fn make_ring(socket: &OwnedFd, size: u32, count: u32, retire: u32) -> io::Result<()> {
    set(socket, libc::PACKET_VERSION, &(libc::tpacket_versions::TPACKET_V3 as u32))?;
    // In this version packets take what they need; the kernel only checks that the frames are as many
    // as fit.
    let frame = 2048;
    let request = libc::tpacket_req3 {
        tp_block_size: size,
        tp_block_nr: count,
        tp_frame_size: frame,
        tp_frame_nr: (size / frame).saturating_mul(count),
        tp_retire_blk_tov: retire,
        tp_sizeof_priv: 0,
        tp_feature_req_word: 0,
    };
    set(socket, libc::PACKET_RX_RING, &request)
}

/// Has the interface receive also what is for other stations, until the socket closes.
pub(super) fn be_promiscuous(socket: &OwnedFd, interface: u32) -> io::Result<()> {
    join(socket, interface, libc::PACKET_MR_PROMISC)
}

/// Has the interface receive what is for any group, until the socket closes.
pub(super) fn receive_groups(socket: &OwnedFd, interface: u32) -> io::Result<()> {
    join(socket, interface, libc::PACKET_MR_ALLMULTI)
}

fn join(socket: &OwnedFd, interface: u32, kind: libc::c_int) -> io::Result<()> {
    let request = libc::packet_mreq {
        mr_ifindex: number(interface)?,
        mr_type: kind as u16,
        mr_alen: 0,
        mr_address: [0; 8],
    };
    set(socket, libc::PACKET_ADD_MEMBERSHIP, &request)
}

/// Shares the interface's packets with the other sockets of a group, each flow going to one of them.
///
/// A group taps the interface itself, in its sockets' place, so it does not know that they
/// [ignore](ignore_outgoing) what this machine sends, and is told so. A kernel that is too old for that
/// takes the flag as well and does nothing for it.
pub(super) fn join_group(socket: &OwnedFd, group: u16) -> io::Result<()> {
    let how = libc::PACKET_FANOUT_HASH | libc::PACKET_FANOUT_FLAG_IGNORE_OUTGOING;
    set(socket, libc::PACKET_FANOUT, &(u32::from(group) | how << 16))
}

/// Lets the socket receive nothing.
pub(super) fn refuse_all(socket: &OwnedFd) -> io::Result<()> {
    // One instruction: take no bytes of the packet.
    let code = (libc::BPF_RET | libc::BPF_K) as u16;
    let mut nothing = libc::sock_filter { code, jt: 0, jf: 0, k: 0 };
    let filter = libc::sock_fprog { len: 1, filter: &raw mut nothing };
    // SAFETY: SO_ATTACH_FILTER takes a `struct sock_fprog`. The one instruction that it points to lives
    // until after the call.
    unsafe { set_at(socket, libc::SOL_SOCKET, libc::SO_ATTACH_FILTER, &filter) }
}

/// Takes back that it receives nothing.
pub(super) fn refuse_none(socket: &OwnedFd) -> io::Result<()> {
    // SAFETY: SO_DETACH_FILTER takes an `int`, and ignores it.
    unsafe { set_at(socket, libc::SOL_SOCKET, libc::SO_DETACH_FILTER, &0u32) }
}

/// How many packets found no room in the ring since the last time this was asked.
pub(super) fn drops(socket: &OwnedFd) -> io::Result<u64> {
    let mut statistics = libc::tpacket_stats_v3 { tp_packets: 0, tp_drops: 0, tp_freeze_q_cnt: 0 };
    let mut length = size_of::<libc::tpacket_stats_v3>() as libc::socklen_t;
    // SAFETY: under TPACKET_V3 the kernel writes a `struct tpacket_stats_v3`, and at most `length` bytes.
    let result = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::SOL_PACKET,
            libc::PACKET_STATISTICS,
            (&raw mut statistics).cast(),
            &raw mut length,
        )
    };
    if result == 0 { Ok(u64::from(statistics.tp_drops)) } else { Err(io::Error::last_os_error()) }
}

fn set<T: Value>(socket: &OwnedFd, option: libc::c_int, value: &T) -> io::Result<()> {
    // SAFETY: the option takes such a value, which holds no pointer that the kernel would follow (`Value`).
    unsafe { set_at(socket, libc::SOL_PACKET, option, value) }
}

/// Sets an option of `level`.
///
/// # Safety
/// `value` has the layout of what the option takes, and what it points to is there until after the call,
/// as large as the option takes it to be.
unsafe fn set_at<T>(
    socket: &OwnedFd,
    level: libc::c_int,
    option: libc::c_int,
    value: &T,
) -> io::Result<()> {
    let length = size_of::<T>() as libc::socklen_t;
    let value = core::ptr::from_ref(value).cast();
    // SAFETY: `value` is readable for `length` bytes, and the rest is by this function's contract.
    let result = unsafe { libc::setsockopt(socket.as_raw_fd(), level, option, value, length) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

fn number(interface: u32) -> io::Result<i32> {
    i32::try_from(interface).map_err(|_| io::ErrorKind::InvalidInput.into())
}
