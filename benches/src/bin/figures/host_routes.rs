//! A million host routes: cloned one by one, as traffic makes them, by BSD's interface; and announced
//! one by one to a table that holds the Internet already.

use std::{fs, net::Ipv4Addr, sync::Arc, time::Instant};

use rtalloc::{
    NextHop, Prefix, Table,
    bsd::{
        Interface, InterfaceAddress, Lookup, MemoryInterface, Priority, Profile, Request,
        RouteInfo, RoutingOptions, RtFlags, rtalloc,
    },
    testing::{history::Step, oracle::Oracle},
};
use rtalloc_benches::{Day, changes::apply};

use crate::{
    Failure,
    figure::Figure,
    report::{Plan, Report, progress},
    tables::{View, busy_seconds, oracle, verify},
};

/// How many.
const HOSTS: u32 = 1_000_000;

/// The net that they are in, 10.0.0.0/8.
const NET: u32 = 0x0A00_0000;

/// The hosts in an order that no neighbours share: an odd factor permutes the addresses of the net.
fn hosts() -> impl Iterator<Item = u32> {
    (0..HOSTS).map(|number| NET | (number.wrapping_mul(0x9E_3779) & 0xFF_FFFF))
}

/// What cloning costs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clones {
    /// Million a second by the clock.
    rate: f64,
    /// Bytes of resident memory a clone.
    bytes: f64,
}

const CLONED: [&str; 2] = ["growth/host routes/cloned", "growth/host routes/cloned, memory"];
const ANNOUNCED: [&str; 2] =
    ["growth/host routes/announced", "growth/host routes/announced, memory"];

/// Both ways. The clones are counted before the program does anything else, since memory that others
/// have freed would make them look cheaper.
pub(crate) fn run(report: &mut Report, day: &Day, clones: Option<Clones>) -> Result<(), Failure> {
    if let Some(Clones { rate, bytes }) = clones {
        let remark = format!("{HOSTS} clones");
        report.add(Figure::new(CLONED[0], "M/s", vec![rate]).remark(remark));
        let remark = "of resident memory, a clone";
        report.add(Figure::new(CLONED[1], "bytes", vec![bytes]).remark(remark));
    }
    if ANNOUNCED.iter().any(|name| report.wants(name)) {
        progress(ANNOUNCED[0]);
        let [rate, bytes] = announce_all(day)?;
        let remark = format!("{HOSTS} routes over {} others", day.v4.len());
        report.add(Figure::new(ANNOUNCED[0], "M/s", vec![rate]).remark(remark));
        let remark = "of the table's own, a host route";
        report.add(Figure::new(ANNOUNCED[1], "bytes", vec![bytes]).remark(remark));
    }
    Ok(())
}

/// Clones them all, if that is asked for.
pub(crate) fn clones(plan: &Plan) -> Result<Option<Clones>, Failure> {
    if !CLONED.iter().any(|name| plan.wants(name)) {
        return Ok(None);
    }
    progress(CLONED[0]);
    clone_all().map(Some)
}

/// Bytes of memory that the process has; 0 where the system does not say.
fn resident() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib: f64 =
        line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0.0);
    kib * 1024.0
}

fn clone_all() -> Result<Clones, Failure> {
    let routing = RoutingOptions::new(Profile::OpenBsd).clones_per_parent(HOSTS as usize).open()?;
    let own = Ipv4Addr::from(NET | 0xFF_FFFE);
    let link = MemoryInterface::new(1, "em0".parse()?, 1500);
    link.set_address(InterfaceAddress { address: own.into(), prefix_len: 8, peer: None });
    let link: Arc<dyn Interface> = Arc::new(link);
    routing.attach(link)?;
    let net = RouteInfo {
        flags: RtFlags::CLONING | RtFlags::STATIC,
        ..RouteInfo::net(Ipv4Addr::from(NET).into(), 8, own)
    };
    routing.rtrequest1(Request::Add, &net, Priority::NONE, 0)?;
    let mut reader = routing.reader();
    let before = resident();
    let begun = Instant::now();
    for host in hosts() {
        let found = rtalloc(&mut reader, &Ipv4Addr::from(host).into(), Lookup::RESOLVE, 0);
        if !found.is_some_and(|rt| rt.flags().contains(RtFlags::CLONED)) {
            return Err(format!("{} was not cloned", Ipv4Addr::from(host)).into());
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    let count = f64::from(HOSTS);
    Ok(Clones { rate: count / seconds / 1e6, bytes: (resident() - before) / count })
}

/// Million announcements a second, and bytes a route.
fn announce_all(day: &Day) -> Result<[f64; 2], Failure> {
    let steps: Vec<Step<u32>> = hosts()
        .map(|host| Step::Set(Prefix::containing(host, 32), NextHop::interface(host % 250 + 1)))
        .collect();
    let table: Table = View::Both.loaded(&day.v4)?;
    let before = table.v4().stats();
    let seconds = busy_seconds(|| steps.iter().for_each(|step| apply(table.v4(), step)));
    let after = table.v4().stats();
    let mut oracle: Oracle<u32, NextHop> = oracle(&day.v4);
    steps.iter().for_each(|step| step.apply(&mut oracle));
    verify(&table, &oracle, hosts().step_by(97).flat_map(|host| [host, host ^ 1]))?;
    let added = (after.routes - before.routes).max(1) as f64;
    let bytes = after.total_bytes().saturating_sub(before.total_bytes()) as f64 / added;
    Ok([steps.len() as f64 / seconds / 1e6, bytes])
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_hosts_are_a_million_and_in_their_net() {
        let hosts: HashSet<u32> = hosts().collect();
        assert_eq!(hosts.len(), HOSTS as usize);
        assert!(hosts.iter().all(|host| host >> 24 == NET >> 24));
    }
}
