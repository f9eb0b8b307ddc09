//! Waiting until something can be received, or nothing ever will.
//!
//! # Interfaces that are gone
//! A packet socket reports once that its interface went down, and then no more: not that it is gone
//! either, which is what often comes next. An AF_XDP socket reports neither. So a wait that ends with
//! nothing to receive asks whether the interface is still there, by its number: one that is made anew by
//! the same name gets another, unless a number is asked for.

use core::time::Duration;
use std::os::fd::OwnedFd;

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
    net::{netdevice, sockopt},
};

use super::Interface;

/// Waits until something can be received from `fd`, `most` is over, or a signal comes. Returns what is
/// the matter with it.
pub(super) fn wait(fd: &OwnedFd, most: Duration) -> Result<PollFlags, Errno> {
    let mut on = [PollFd::new(fd, PollFlags::IN)];
    // A wait so long that it does not fit is forever.
    let timeout = Timespec::try_from(most).ok();
    match poll(&mut on, timeout.as_ref()) {
        Ok(_) => Ok(on[0].revents()),
        Err(Errno::INTR) => Ok(PollFlags::empty()),
        Err(error) => Err(error),
    }
}

/// As [`wait`], for a socket that is bound to an interface. That this is gone is an error, which
/// `packets`, a packet socket of its network namespace, is asked for.
pub(super) fn wait_bound(
    socket: &OwnedFd,
    packets: &OwnedFd,
    interface: &Interface,
    most: Duration,
) -> Result<(), Errno> {
    let ready = wait(socket, most)?;
    if ready.contains(PollFlags::ERR) {
        // Taken note of here, so that the next wait waits.
        match sockopt::socket_error(socket)? {
            Ok(()) | Err(Errno::NETDOWN) => {}
            Err(error) => return Err(error),
        }
    }
    if !ready.contains(PollFlags::IN) {
        netdevice::index_to_name_inlined(packets, interface.index())?;
    }
    Ok(())
}
