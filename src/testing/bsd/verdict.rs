//! What `REJECT` and `BLACKHOLE` mean to a packet.

use super::Shown;
use crate::bsd::{Errno, RtFlags};

/// Who asks, since the kernels' outputs do not agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// `looutput`.
    Loopback,
    /// `rt_checkgate` and `rt_check`: output by a link. `own` if the route is the destination's
    /// and not its gateway's.
    Link {
        /// Whether the route is the destination's own.
        own: bool,
    },
    /// FreeBSD's `ip_fastforward`.
    FastForward,
}

/// What becomes of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It goes out.
    Send,
    /// It is dropped, and the sender told of success.
    Drop,
    /// It is refused.
    Refuse(Errno),
}

/// What becomes of a packet by that route, or without one.
pub fn verdict(route: Option<&Shown>, output: Output, now: u64) -> Verdict {
    let Some(route) = route else { return Verdict::Refuse(Errno::EHOSTUNREACH) };
    let rejects = route.flags.contains(RtFlags::REJECT);
    let drops = route.flags.contains(RtFlags::BLACKHOLE);
    match output {
        Output::Loopback if drops => Verdict::Drop,
        Output::Loopback if rejects && route.flags.contains(RtFlags::HOST) => {
            Verdict::Refuse(Errno::EHOSTUNREACH)
        }
        Output::Loopback if rejects => Verdict::Refuse(Errno::ENETUNREACH),
        Output::Link { own } if rejects && (route.expire == 0 || now < route.expire) => {
            Verdict::Refuse(if own { Errno::EHOSTDOWN } else { Errno::EHOSTUNREACH })
        }
        Output::FastForward if drops => Verdict::Drop,
        Output::FastForward if rejects && route.expire >= now => {
            Verdict::Refuse(Errno::EHOSTUNREACH)
        }
        _ => Verdict::Send,
    }
}
