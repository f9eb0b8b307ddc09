//! The XDP program that hands an interface's frames to sockets, and how it gets into the kernel.
//!
//! It is six instructions, written down here as numbers, so that no compiler for eBPF is needed:
//!
//! ```text
//! r2 = *(u32 *)(r1 + 16)      // the queue on which the frame came
//! r1 = the map of sockets     // takes two instructions
//! r3 = XDP_PASS               // what to do if no socket is there
//! call bpf_redirect_map       // to the map's socket for the queue
//! exit
//! ```
//!
//! It is attached by a link (Linux 5.9), which the kernel takes away when its last file descriptor is
//! closed: also when the process is killed.

use std::{
    io,
    os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd},
};

use super::super::{
    Interface,
    error::{InterfaceError, Step},
};

// From `linux/bpf.h` and `linux/if_link.h`.
const BPF_MAP_CREATE: libc::c_long = 0;
const BPF_MAP_UPDATE_ELEM: libc::c_long = 2;
const BPF_PROG_LOAD: libc::c_long = 5;
const BPF_LINK_CREATE: libc::c_long = 28;
const BPF_MAP_TYPE_XSKMAP: u32 = 17;
const BPF_PROG_TYPE_XDP: u32 = 6;
const BPF_XDP: u32 = 37;
const XDP_FLAGS_SKB_MODE: u32 = 1 << 1;

/// An instruction: what to do, the registers it writes and reads, an offset and a number.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
struct Instruction {
    code: u8,
    registers: u8,
    offset: i16,
    number: i32,
}

/// The licence that the kernel asks of programs.
const LICENCE: &core::ffi::CStr = c"Dual MIT/GPL";

#[repr(C)]
struct MapCreate {
    map_type: u32,
    key_size: u32,
    value_size: u32,
    max_entries: u32,
    map_flags: u32,
}

#[repr(C)]
struct MapUpdate {
    map: u32,
    padding: u32,
    key: u64,
    value: u64,
    flags: u64,
}

#[repr(C)]
struct ProgramLoad {
    program_type: u32,
    instruction_count: u32,
    instructions: u64,
    licence: u64,
    log_level: u32,
    log_size: u32,
    log: u64,
    kernel_version: u32,
    flags: u32,
}

#[repr(C)]
struct LinkCreate {
    program: u32,
    interface: u32,
    attach_type: u32,
    flags: u32,
}

/// The program, loaded, with its map.
#[derive(Debug)]
pub(super) struct Program {
    map: OwnedFd,
    program: OwnedFd,
}

/// The program on an interface. Dropping it detaches it.
#[derive(Debug)]
pub(super) struct Attached {
    _link: OwnedFd,
}

impl Program {
    /// Loads the program, for sockets on the queues below `queues`.
    pub(super) fn load(interface: &Interface, queues: u32) -> Result<Self, InterfaceError> {
        let create = MapCreate {
            map_type: BPF_MAP_TYPE_XSKMAP,
            key_size: 4,
            value_size: 4,
            max_entries: queues,
            map_flags: 0,
        };
        // SAFETY: BPF_MAP_CREATE takes this, which holds no pointer.
        let map =
            unsafe { bpf(BPF_MAP_CREATE, &create) }.map_err(interface.fails(Step::SocketMap))?;
        let map = descriptor(map);
        let instructions = instructions(map.as_raw_fd());
        let load = ProgramLoad {
            program_type: BPF_PROG_TYPE_XDP,
            instruction_count: instructions.len() as u32,
            instructions: address(instructions.as_ptr()),
            licence: address(LICENCE.as_ptr()),
            log_level: 0,
            log_size: 0,
            log: 0,
            kernel_version: 0,
            flags: 0,
        };
        // SAFETY: BPF_PROG_LOAD takes this; the instructions and the licence that it points to live until
        // after the call, and are as many, and end with a zero byte.
        let program =
            unsafe { bpf(BPF_PROG_LOAD, &load) }.map_err(interface.fails(Step::LoadProgram))?;
        Ok(Self { map, program: descriptor(program) })
    }

    /// Hands the frames of a queue to a socket, which is bound to that queue.
    pub(super) fn hand_to(&self, socket: &OwnedFd, queue: u32) -> io::Result<()> {
        let value = socket.as_raw_fd() as u32;
        let update = MapUpdate {
            map: self.map.as_raw_fd() as u32,
            padding: 0,
            key: address(&raw const queue),
            value: address(&raw const value),
            flags: 0,
        };
        // SAFETY: BPF_MAP_UPDATE_ELEM takes this; the key and the value that it points to are four bytes
        // each, as the map's are, and live until after the call.
        unsafe { bpf(BPF_MAP_UPDATE_ELEM, &update) }.map(drop)
    }

    /// Attaches the program, in the mode that all drivers have.
    pub(super) fn attach(&self, interface: &Interface) -> Result<Attached, InterfaceError> {
        let create = LinkCreate {
            program: self.program.as_raw_fd() as u32,
            interface: interface.index(),
            attach_type: BPF_XDP,
            flags: XDP_FLAGS_SKB_MODE,
        };
        // SAFETY: BPF_LINK_CREATE takes this, which holds no pointer.
        let link = unsafe { bpf(BPF_LINK_CREATE, &create) }
            .map_err(interface.fails(Step::AttachProgram))?;
        Ok(Attached { _link: descriptor(link) })
    }
}

/// The program, with the map of which this is the file descriptor.
fn instructions(map: RawFd) -> [Instruction; 6] {
    let plain = |code, (to, from): (u8, u8), offset, number| {
        // Two fields of four bits, which lie as bit fields do in C.
        let registers =
            if cfg!(target_endian = "little") { from << 4 | to } else { to << 4 | from };
        Instruction { code, registers, offset, number }
    };
    [
        // Load 32 bits from r1 + 16, the field rx_queue_index of `struct xdp_md`, into r2.
        plain(0x61, (2, 1), 16, 0),
        // Load 64 bits into r1: what the source register's number 1 says is a map's descriptor.
        plain(0x18, (1, 1), 0, map),
        plain(0, (0, 0), 0, 0),
        // Put 2, XDP_PASS, into r3.
        plain(0xb7, (3, 0), 0, 2),
        // Call function 51, bpf_redirect_map.
        plain(0x85, (0, 0), 0, 51),
        // Exit with what it returned.
        plain(0x95, (0, 0), 0, 0),
    ]
}

/// A pointer as the kernel takes it.
fn address<T>(pointer: *const T) -> u64 {
    pointer.expose_provenance() as u64
}

/// Calls bpf(2).
///
/// # Safety
/// `attributes` is what `command` takes, and what it points to is there, as large as the command takes it
/// to be, until after the call.
unsafe fn bpf<T>(command: libc::c_long, attributes: &T) -> io::Result<libc::c_int> {
    let attributes = core::ptr::from_ref(attributes);
    // SAFETY: by this function's contract. The kernel reads at most the size that is given, and takes
    // what is not given for zero. None of the commands above writes to it.
    let result = unsafe { libc::syscall(libc::SYS_bpf, command, attributes, size_of::<T>()) };
    // A descriptor or zero, either of which is an int.
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result as libc::c_int) }
}

/// What a command returned that makes something.
fn descriptor(fd: libc::c_int) -> OwnedFd {
    // SAFETY: the kernel made the descriptor for this call, so that nobody else closes it.
    unsafe { OwnedFd::from_raw_fd(fd) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_laid_out_as_the_kernel_has_them() {
        assert_eq!(size_of::<Instruction>(), 8);
        assert_eq!(size_of::<MapCreate>(), 20);
        assert_eq!(size_of::<MapUpdate>(), 32);
        assert_eq!(size_of::<ProgramLoad>(), 48);
        assert_eq!(core::mem::offset_of!(ProgramLoad, log), 32);
        assert_eq!(size_of::<LinkCreate>(), 16);
    }

    #[test]
    fn the_map_is_named_by_its_descriptor() {
        let instructions = instructions(77);
        assert_eq!((instructions[1].code, instructions[1].number), (0x18, 77));
        assert_eq!(instructions[5].code, 0x95);
    }
}
