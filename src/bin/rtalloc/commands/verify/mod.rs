//! A mirror's answers beside the kernel's own.
//!
//! The kernel is asked with `RTM_GETROUTE` for the route that matches, by way of its policy rules. A
//! kernel without rules of one's own looks in table local, then in main, then (IPv4) in default;
//! for IPv4 it keeps local and main in one trie, so that the longer match of the two counts.
//!
//! For an IPv6 address whose route leads through a next-hop object the kernel may name another route
//! that leads through the same object: it keeps what it has found with the object, and finds it there
//! for all of them (Linux 6.18, `rt6_get_pcpu_route`). Packets go the same way, and so the prefix is
//! not compared then. Once the route that it would name is deleted it says that there is none, for all
//! the others too, until it forgets what it has found. So where IPv6 routes lead through objects, no
//! route in the kernel beside one in the mirror says nothing. Such answers are only counted.

mod sample;

use std::{
    collections::BTreeMap,
    io::{self, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    process::ExitCode,
    time::{Duration, Instant},
};

use rtalloc::{
    EntryRef, Reader,
    netlink::{Answer, KernelMirror, KernelQuery, Origin, Path, RouteKind},
};
use serde_json::{Value, json};

use self::sample::Samples;
use crate::failure::Failure;

const LOCAL: u32 = 255;
const MAIN: u32 = 254;
const DEFAULT: u32 = 253;

/// Addresses asked for between two looks at the kernel's notifications.
const ROUND: usize = 64;
/// How often a difference is looked at again, after what the kernel has said meanwhile is taken, and
/// for how long while the mirror knows itself that it is behind.
const TRIES: usize = 20;
const PATIENCE: Duration = Duration::from_secs(30);
/// Differences that are printed.
const PRINTED: u64 = 5;

const EACCES: i32 = 13;
const EINVAL: i32 = 22;
const ENETUNREACH: i32 = 101;
const EHOSTUNREACH: i32 = 113;

pub(crate) struct Verifier {
    query: KernelQuery,
    readers: BTreeMap<u32, Reader<Origin>>,
    samples: Samples,
    compared: u64,
    late: u64,
    wrong: u64,
    unclear: u64,
}

/// What an answer comes to, of the mirror or of the kernel.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// A route that packets take: its prefix if that is known, kind and usable next hops.
    Taken(Option<String>, RouteKind, Vec<rtalloc::NextHop>),
    /// A route of this kind that refuses them.
    Refused(RouteKind),
    NoRoute,
    /// The kernel refuses with an errno that says nothing about routes.
    Unclear(i32),
}

impl Verifier {
    pub(crate) fn open(mirror: &KernelMirror) -> Result<Self, Failure> {
        let mut query = KernelQuery::open().map_err(failed)?;
        let rules = query.rules().map_err(failed)?;
        if rules.0 > 3 || rules.1 > 2 {
            return Err(Failure::Wrong(
                "this kernel has policy rules of its own, which --verify does not follow".into(),
            ));
        }
        let mut readers = BTreeMap::new();
        for number in [LOCAL, MAIN, DEFAULT] {
            readers.insert(number, mirror.tables().open(number)?.reader());
        }
        Ok(Self {
            query,
            readers,
            samples: Samples::new(),
            compared: 0,
            late: 0,
            wrong: 0,
            unclear: 0,
        })
    }

    /// Compares some addresses, and takes what the kernel has to say.
    pub(crate) fn round(&mut self, mirror: &mut KernelMirror) -> Result<(), Failure> {
        mirror.step(Duration::from_millis(1)).map_err(failed)?;
        self.samples.renew(&mut self.query, mirror).map_err(failed)?;
        for _ in 0..ROUND {
            let address = self.draw();
            self.compare(mirror, address)?;
        }
        Ok(())
    }

    /// What has come of it so far.
    pub(crate) fn to_json(&self) -> Value {
        let Self { compared, late, wrong, unclear, .. } = self;
        json!({ "compared": compared, "late": late, "wrong": wrong, "unclear": unclear })
    }

    /// Says what came of it, also on standard output if that is wanted.
    pub(crate) fn finish(self, print: bool) -> Result<ExitCode, Failure> {
        let Self { compared, late, wrong, unclear, .. } = self;
        if print {
            writeln!(
                io::stdout(),
                "{compared} answers compared with the kernel's, {late} of them late, {wrong} wrong; \
                {unclear} said nothing"
            )?;
        }
        match wrong {
            0 => Ok(ExitCode::SUCCESS),
            _ => Err(Failure::Wrong("the mirror differs from the kernel".into())),
        }
    }

    /// An address about which routes alone decide.
    fn draw(&mut self) -> IpAddr {
        loop {
            let address = self.samples.draw();
            if is_routed(address) {
                return address;
            }
        }
    }

    fn compare(&mut self, mirror: &mut KernelMirror, address: IpAddr) -> Result<(), Failure> {
        let (began, mut tries) = (Instant::now(), 0);
        let (ours, theirs) = loop {
            let ours = self.ours(address);
            let theirs = verdict(self.query.route_to(address).map_err(failed)?);
            if ours.agrees_with(&theirs) {
                self.compared += 1;
                self.late += u64::from(tries > 0);
                return Ok(());
            }
            let may_say_nothing = address.is_ipv6()
                && theirs == Verdict::NoRoute
                && matches!(ours, Verdict::Taken(..));
            if may_say_nothing && tries + 1 == TRIES {
                // Before it counts, whether there are objects has to be known.
                self.samples.take_from_kernel(&mut self.query, mirror).map_err(failed)?;
            }
            if may_say_nothing && self.samples.has_objects_v6() {
                self.unclear += 1;
                return Ok(());
            }
            tries += 1;
            // A dump that is due may have to wait for seconds.
            let behind = !mirror.is_settled() && began.elapsed() < PATIENCE;
            if tries >= TRIES && !behind {
                break (ours, theirs);
            }
            mirror.step(Duration::from_millis(10)).map_err(failed)?;
        };
        self.compared += 1;
        self.wrong += 1;
        if self.wrong <= PRINTED {
            // The count is on standard output.
            let _ = writeln!(
                io::stderr(),
                "rtalloc: {address}: the mirror has {ours:?}, the kernel {theirs:?}"
            );
        }
        Ok(())
    }

    fn ours(&mut self, address: IpAddr) -> Verdict {
        let mut found = |number| -> Option<EntryRef<Origin>> {
            self.readers.get_mut(&number)?.enter().rtalloc(address)
        };
        let (local, main) = (found(LOCAL), found(MAIN));
        let best = match (local, main) {
            (Some(local), Some(main)) if address.is_ipv4() => {
                Some(if main.prefix_len() > local.prefix_len() { main } else { local })
            }
            (local, main) => local.or(main),
        };
        let throws = |route: &EntryRef<Origin>| route.data().kind == RouteKind::Throw;
        let best = best.filter(|route| !throws(route)).or_else(|| found(DEFAULT));
        match best.filter(|route| !throws(route)) {
            None => Verdict::NoRoute,
            Some(route) if !route.data().kind.has_paths() => Verdict::Refused(route.data().kind),
            Some(route) => {
                let several = route.data().paths().iter().map(|path| path.next_hop);
                let mut hops: Vec<_> = several.collect();
                if hops.is_empty() {
                    hops.push(route.next_hop());
                }
                hops.sort();
                Verdict::Taken(Some(route.net().to_string()), route.data().kind, hops)
            }
        }
    }
}

fn verdict(answer: Answer) -> Verdict {
    match answer {
        Answer::Refused(ENETUNREACH) => Verdict::NoRoute,
        Answer::Refused(EHOSTUNREACH) => Verdict::Refused(RouteKind::Unreachable),
        Answer::Refused(EACCES) => Verdict::Refused(RouteKind::Prohibit),
        Answer::Refused(EINVAL) => Verdict::Refused(RouteKind::Blackhole),
        Answer::Refused(errno) => Verdict::Unclear(errno),
        Answer::Route(route) => {
            let usable = route.paths.as_slice().iter().copied().filter(Path::is_usable);
            let mut hops: Vec<_> = usable.map(|path| path.next_hop).collect();
            hops.sort();
            let (address, length) = (route.prefix.address(), route.prefix.len());
            let known = address.is_ipv4() || route.object == 0;
            Verdict::Taken(known.then(|| format!("{address}/{length}")), route.kind, hops)
        }
    }
}

impl Verdict {
    /// Whether both come to the same, as far as `theirs` is known.
    fn agrees_with(&self, theirs: &Self) -> bool {
        match (self, theirs) {
            (Self::Taken(_, kind, hops), Self::Taken(None, their_kind, their_hops)) => {
                (kind, hops) == (their_kind, their_hops)
            }
            _ => self == theirs,
        }
    }
}

/// Whether routes alone decide about packets to `address`: not if it is multicast or reserved, and
/// not if it is of a link.
fn is_routed(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !address.is_unspecified() && address < Ipv4Addr::new(224, 0, 0, 0),
        IpAddr::V6(address) => {
            let link_local = (address.segments()[0] & 0xFFC0) == 0xFE80;
            address != Ipv6Addr::UNSPECIFIED && !address.is_multicast() && !link_local
        }
    }
}

fn failed(error: io::Error) -> Failure {
    Failure::System("compare with the kernel", error)
}
