//! What becomes of a packet that a route was found for: `RTF_REJECT` and `RTF_BLACKHOLE`.
//!
//! Neither affects a lookup. Where packets leave, the kernels look at them in different ways at
//! different places, and so does [`verdict`].

use super::{
    entry::RtEntry,
    errno::{Errno, RouteError},
    flags::RtFlags,
    reader::{Lookup, RtReader, rtalloc},
    reference::RtRef,
    sockaddr::Sockaddr,
};

/// Where a route is about to be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Use {
    /// Output through the loopback interface, in both systems.
    Loopback,
    /// Output on a link by the destination's own route: `rt_checkgate`, `rt_check`.
    Link,
    /// Output on a link by the route of the gateway.
    LinkThroughGateway,
    /// FreeBSD's `ip_fastforward`.
    FastForward,
}

/// What becomes of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It goes out.
    Forward,
    /// It is dropped, and its sender told that all is well.
    Drop,
    /// It is refused.
    Refuse(Errno),
}

/// What becomes of a packet for which the route `rt` was found, at `now` by the routing's clock.
///
/// | use | blackhole | reject |
/// |---|---|---|
/// | [`Loopback`](Use::Loopback) | dropped | refused: `EHOSTUNREACH` for a host route, else `ENETUNREACH` |
/// | [`Link`](Use::Link) | not looked at | refused until it expires: `EHOSTDOWN` |
/// | [`LinkThroughGateway`](Use::LinkThroughGateway) | not looked at | refused until it expires: `EHOSTUNREACH` |
/// | [`FastForward`](Use::FastForward) | dropped | refused if it expires now or later: `EHOSTUNREACH` |
///
/// A route that never expires is refused for ever on a link, and not at all by `ip_fastforward`.
/// No route at all is `EHOSTUNREACH`.
pub fn verdict(rt: Option<&RtEntry>, place: Use, now: u64) -> Verdict {
    let Some(rt) = rt else { return Verdict::Refuse(Errno::EHOSTUNREACH) };
    let flags = rt.flags();
    let (reject, blackhole) = (flags.contains(RtFlags::REJECT), flags.contains(RtFlags::BLACKHOLE));
    let expire = rt.expire();
    let pending = expire == 0 || now < expire;
    match place {
        Use::Loopback if blackhole => Verdict::Drop,
        Use::Loopback if reject && flags.contains(RtFlags::HOST) => {
            Verdict::Refuse(Errno::EHOSTUNREACH)
        }
        Use::Loopback if reject => Verdict::Refuse(Errno::ENETUNREACH),
        Use::Link if reject && pending => Verdict::Refuse(Errno::EHOSTDOWN),
        Use::LinkThroughGateway if reject && pending => Verdict::Refuse(Errno::EHOSTUNREACH),
        Use::FastForward if blackhole => Verdict::Drop,
        Use::FastForward if reject && expire >= now => Verdict::Refuse(Errno::EHOSTUNREACH),
        _ => Verdict::Forward,
    }
}

/// The route by which a packet to `dst` is put on the link, given the one that was looked up:
/// OpenBSD's `rt_checkgate`, FreeBSD's `rt_check`.
///
/// A route that went down is looked up again, and a gateway's own route is looked for; both make
/// clones and report.
///
/// # Errors
/// `EHOSTUNREACH` if there is no route, if it leaves by another interface now, or if the gateway is
/// not reached or refused; `EHOSTDOWN` if the destination itself is refused.
pub fn rt_check(reader: &mut RtReader, rt: &RtRef, dst: &Sockaddr) -> Result<RtRef, RouteError> {
    let table = u32::from(rt.table());
    let refuse = |errno, reason| RouteError::new(errno, Some(rt.destination()), reason);
    let mut current = rt.clone();
    if !current.is_up() {
        let again = rtalloc(reader, dst, Lookup::all(), table);
        current = again
            .filter(|again| again.interface() == rt.interface())
            .ok_or(refuse(Errno::EHOSTUNREACH, "the route went down and no other leaves there"))?;
    }
    let mut place = Use::Link;
    if current.flags().contains(RtFlags::GATEWAY) {
        current = rtalloc(reader, &current.gateway(), Lookup::all(), table)
            .ok_or(refuse(Errno::EHOSTUNREACH, "no route to the gateway"))?;
        place = Use::LinkThroughGateway;
    }
    match verdict(Some(&current), place, reader.now()) {
        Verdict::Refuse(errno) => Err(refuse(errno, "the route refuses packets")),
        Verdict::Forward | Verdict::Drop => Ok(current),
    }
}
