//! A dump of everything, and what is taken from it.
//!
//! It goes: take the notifications that are there; dump links, next-hop objects, IPv6 and IPv4
//! routes, and after each of them take the notifications that came meanwhile; end the dump, which
//! sweeps. A part is *exact* unless the kernel refuses it or says that it was interrupted, something
//! in it could not be read, or something was withdrawn while it was told that makes the kernel lose
//! count of what it has told. Of a part that is not exact nothing is swept.
//!
//! However a dump ends, the mirror is told of its end with what was taken meanwhile, so that it asks
//! for another one if this one was not whole.

use core::fmt;
use std::io;

use super::{
    error::DecodeError,
    message::{Event, MessageFlags},
    mirror::{Mirror, Parts},
    socket::Dump,
};

/// Datagrams that are kept for after a dump, for each part of it. If there are more the part counts
/// as inexact.
const MEANWHILE: usize = 1 << 20;

/// The parts, in the order in which they depend on each other.
const PARTS: [(Parts, Dump); 4] = [
    (Parts::LINKS, Dump::Links),
    (Parts::OBJECTS, Dump::Objects),
    (Parts::V6, Dump::RoutesV6),
    (Parts::V4, Dump::RoutesV4),
];

/// What came on the socket for notifications.
pub(super) enum Taken {
    Event(MessageFlags, Event),
    Malformed(DecodeError),
    Lost,
}

/// Who tells: a kernel, by way of two sockets.
pub(super) trait Kernel {
    /// Hands everything of a kind to `take`. Returns whether that was all.
    fn dump(
        &mut self,
        what: Dump,
        take: impl FnMut(Result<Event, DecodeError>),
    ) -> io::Result<bool>;

    /// Takes the notifications that are there, up to `most` datagrams. Returns whether that was all.
    fn drain(&mut self, most: usize, take: impl FnMut(Taken)) -> io::Result<bool>;
}

/// A part of a dump failed: the kernel refused it, or did not end it.
#[derive(Debug)]
pub struct DumpError {
    /// Which part.
    pub part: Parts,
    /// Why, in the system's words.
    pub error: io::Error,
}

impl fmt::Display for DumpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = match self.part {
            Parts::LINKS => "links",
            Parts::OBJECTS => "next-hop objects",
            Parts::V6 => "IPv6 routes",
            _ => "IPv4 routes",
        };
        write!(f, "the kernel's dump of {part} failed: {}", self.error)
    }
}

impl core::error::Error for DumpError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        Some(&self.error)
    }
}

impl From<DumpError> for io::Error {
    fn from(error: DumpError) -> Self {
        Self::new(error.error.kind(), error)
    }
}

/// What a dump came to.
#[derive(Debug)]
pub(super) struct Resynced {
    pub(super) exact: Parts,
    /// The last part that failed.
    pub(super) fault: Option<DumpError>,
}

/// Dumps everything into the mirror.
///
/// # Errors
/// If notifications cannot be taken. The mirror asks for another dump then.
pub(super) fn resync(mirror: &mut Mirror, kernel: &mut impl Kernel) -> io::Result<Resynced> {
    kernel.drain(MEANWHILE, |taken| match taken {
        Taken::Event(flags, event) => mirror.observe(flags, event),
        // What is lost or cannot be read now is in the dump.
        Taken::Malformed(error) => mirror.stats.note_malformed(error),
        Taken::Lost => mirror.stats.overruns += 1,
    })?;
    mirror.begin_dump();
    let mut meanwhile = Meanwhile::default();
    let mut exact = Parts::empty();
    let (mut fault, mut failed) = (None, None);
    for (part, what) in PARTS {
        let dumped = kernel.dump(what, |answer| match answer {
            Ok(event) => mirror.confirm(event),
            Err(error) => mirror.stats.note_malformed(error),
        });
        let before = meanwhile.events.len();
        match kernel.drain(MEANWHILE, |taken| meanwhile.take(taken, mirror)) {
            Ok(all) => {
                let mut since = meanwhile.events.iter().skip(before);
                let disturbed = since.any(|(_, event)| mirror.disturbed_by(event).contains(part));
                exact.set(part, all && !disturbed && matches!(dumped, Ok(true)));
            }
            Err(error) => failed = Some(error),
        }
        if let Err(error) = dumped {
            fault = Some(DumpError { part, error });
        }
        if failed.is_some() {
            break;
        }
    }
    mirror.end_dump(exact, meanwhile.events);
    if meanwhile.lost {
        mirror.note_fault();
    }
    match failed {
        Some(error) => Err(error),
        None => Ok(Resynced { exact, fault }),
    }
}

/// The notifications that came since a dump began.
#[derive(Default)]
struct Meanwhile {
    events: Vec<(MessageFlags, Event)>,
    /// Whether there were others.
    lost: bool,
}

impl Meanwhile {
    fn take(&mut self, taken: Taken, mirror: &mut Mirror) {
        match taken {
            Taken::Event(flags, event) => self.events.push((flags, event)),
            Taken::Malformed(error) => {
                mirror.stats.note_malformed(error);
                self.lost = true;
            }
            Taken::Lost => {
                mirror.stats.overruns += 1;
                self.lost = true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;
    use crate::{
        any_prefix::AnyPrefix,
        netlink::{
            path::Paths,
            route::{RouteKind, RouteMessage},
        },
        prefix::Prefix,
    };

    /// A kernel that tells the same whenever it is asked, and fails when it is told to.
    #[derive(Default)]
    struct Scripted {
        routes: Vec<RouteMessage>,
        refuses: Option<Dump>,
        /// What each drain finds: events, or `None` for an error. Then nothing.
        drains: VecDeque<Option<Vec<Event>>>,
    }

    impl Kernel for Scripted {
        fn dump(
            &mut self,
            what: Dump,
            mut take: impl FnMut(Result<Event, DecodeError>),
        ) -> io::Result<bool> {
            if self.refuses == Some(what) {
                return Err(io::ErrorKind::PermissionDenied.into());
            }
            let family = |route: &&RouteMessage| match route.prefix {
                AnyPrefix::V4(_) => what == Dump::RoutesV4,
                AnyPrefix::V6(_) => what == Dump::RoutesV6,
            };
            self.routes
                .iter()
                .filter(family)
                .for_each(|route| take(Ok(Event::NewRoute(route.clone()))));
            Ok(true)
        }

        fn drain(&mut self, _: usize, mut take: impl FnMut(Taken)) -> io::Result<bool> {
            let events = match self.drains.pop_front() {
                Some(None) => return Err(io::ErrorKind::Other.into()),
                Some(Some(events)) => events,
                None => Vec::new(),
            };
            events.into_iter().for_each(|event| take(Taken::Event(MessageFlags::CREATE, event)));
            Ok(true)
        }
    }

    /// A blackhole, which needs no next hop.
    fn route(prefix: AnyPrefix) -> RouteMessage {
        RouteMessage {
            prefix,
            table: 254,
            kind: RouteKind::Blackhole,
            protocol: 4,
            scope: 0,
            tos: 0,
            source_specific: false,
            cloned: false,
            priority: 0,
            object: 0,
            mtu: 0,
            encapsulated: false,
            details: 0,
            paths: Paths::None,
        }
    }

    fn v4(address: u32, length: u8) -> RouteMessage {
        route(AnyPrefix::V4(Prefix::containing(address, length)))
    }

    fn v6(address: u128, length: u8) -> RouteMessage {
        route(AnyPrefix::V6(Prefix::containing(address, length)))
    }

    /// A mirror that holds what the kernel tells.
    fn settled(kernel: &mut Scripted) -> Mirror {
        let mut mirror = Mirror::of_kernel();
        let done = resync(&mut mirror, kernel).expect("nothing fails");
        assert!(done.exact.is_all() && done.fault.is_none() && !mirror.wants_dump());
        mirror
    }

    #[test]
    fn an_error_between_parts_asks_for_another_dump_and_keeps_what_came() {
        let mut kernel = Scripted { routes: vec![v4(10 << 24, 8)], ..Scripted::default() };
        let mut mirror = settled(&mut kernel);
        let came = Event::NewRoute(v4(11 << 24, 8));
        kernel.drains = [Some(Vec::new()), Some(vec![came]), None].into();
        mirror.note_loss();
        assert!(resync(&mut mirror, &mut kernel).is_err());
        assert!(mirror.wants_dump());
        // Nothing was dumped of IPv4, and what the first drains have taken counts.
        assert_eq!(mirror.prefixes(), 2);
        assert_eq!(mirror.stats().inexact_dumps, 1);
    }

    #[test]
    fn a_part_that_is_refused_is_kept_and_told_and_the_others_are_swept() {
        let (old4, old6) = (v4(10 << 24, 8), v6(0x2001 << 112, 16));
        let mut kernel = Scripted { routes: vec![old4, old6], ..Scripted::default() };
        let mut mirror = settled(&mut kernel);
        kernel.routes.clear();
        kernel.refuses = Some(Dump::RoutesV6);
        let done = resync(&mut mirror, &mut kernel).expect("the sockets are sound");
        let fault = done.fault.expect("a part was refused");
        assert_eq!(fault.part, Parts::V6);
        assert_eq!(fault.error.kind(), io::ErrorKind::PermissionDenied);
        assert_eq!(done.exact, Parts::all() - Parts::V6);
        assert!(mirror.wants_dump());
        assert_eq!(mirror.prefixes(), 1);
        kernel.refuses = None;
        assert!(resync(&mut mirror, &mut kernel).expect("nothing fails").exact.is_all());
        assert_eq!(mirror.prefixes(), 0);
    }

    #[test]
    fn what_makes_the_kernel_lose_count_makes_its_part_inexact() {
        let routes =
            vec![v4(10 << 24, 8), v4(10 << 24, 16), v4(11 << 24, 8), v6(0x2001 << 112, 16)];
        let gone = |route: &RouteMessage| Event::DelRoute(route.clone());
        let link_down = || Event::NewLink { interface: 1, up: false, carrier: false };
        // What comes while which part is told, and what is exact then.
        let cases = [
            (3, gone(&routes[3]), Parts::all() - Parts::V6),
            (4, gone(&routes[3]), Parts::all()),
            (3, gone(&routes[0]), Parts::all()),
            (4, gone(&routes[0]), Parts::all() - Parts::V4),
            (4, gone(&routes[2]), Parts::all()),
            (4, gone(&v4(11 << 24, 9)), Parts::all() - Parts::V4),
            (3, Event::DelObject(1), Parts::all() - Parts::V6),
            (3, link_down(), Parts::all() - Parts::V6),
            (4, Event::DelLink(1), Parts::all() - Parts::V4),
            (2, link_down(), Parts::all()),
        ];
        for (index, (drain, event, exact)) in cases.into_iter().enumerate() {
            let mut kernel = Scripted { routes: routes.clone(), ..Scripted::default() };
            let mut mirror = settled(&mut kernel);
            kernel.drains = (0..drain).map(|_| Some(Vec::new())).collect();
            kernel.drains.push_back(Some(vec![event]));
            let done = resync(&mut mirror, &mut kernel).expect("nothing fails");
            assert_eq!(done.exact, exact, "case {index}");
        }
    }
}
