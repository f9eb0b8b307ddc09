//! The sub-command `forward`: forwards packets between ports.

mod addresses;
mod connected;
mod feed;
mod files;
mod measure;
mod ports;
mod report;
mod spec;
mod strays;
mod threads;

use std::{
    net::SocketAddr,
    path::PathBuf,
    process::ExitCode,
    sync::{Arc, atomic::AtomicBool, mpsc},
    time::{Duration, Instant},
};

use rtalloc::{
    Table,
    bsd::Errno,
    forward::{ForwardOptions, Forwarder, MOST_BURST, Port, PortFault, RouteData, io::LinkLayer},
};
use signal_hook::consts::{SIGINT, SIGTERM};

use self::{
    feed::Feed,
    measure::MeasureArgs,
    ports::Opened,
    report::Reporter,
    spec::{AddressSpec, MacSpec, NeighbourSpec, PortSpec},
};
use crate::failure::Failure;

/// How long the feeding of the table is left alone at most.
const ROUND: Duration = Duration::from_millis(100);

/// Forwards IPv4 and IPv6 packets between ports, by a table from files, a kernel or a routing daemon.
///
/// A port is NAME=KIND:WHERE. KIND is `tun` (a TUN interface, made if there is none), `packet`
/// (AF_PACKET on an interface), `xdp` (AF_XDP on an interface), `pcap` (WHERE is a capture file to
/// receive, a comma, a capture file to send; one of them may be missing), or `null` (nothing comes, what
/// is sent is dropped). Next hops name a port by the index of its interface in the kernel, or, where
/// there is none, by its place among the ports, from 1 on; NAME@INDEX=KIND:WHERE gives another one.
///
/// A capture file to send has the link layer of the one to receive. Without that one it has IP packets
/// without a link header, also where they come by a port with Ethernet frames. Such a port has no
/// neighbours, nor has `tun` or `null`.
///
/// The kernel is not to forward by the interfaces of ports (net.ipv4.ip_forward and its twin). If they
/// have addresses there, for a routing daemon, it answers as well where it receives the same packets.
/// An interface is not to join TCP segments (`ethtool -K INTERFACE gro off lro off`): what comes to be
/// longer than its MTU is dropped. Frames with VLAN tags are not forwarded; but an `xdp` port takes one
/// for a frame without a tag where its interface takes tags out (`ethtool -K INTERFACE rxvlan off`), or
/// where the other end of a veth leaves them beside the frame (`ethtool -K OTHER txvlan off`).
///
/// Ends at SIGINT, SIGTERM, after --for seconds, or when there is nothing more to come: all ports are
/// capture files at their end, or such as receive nothing (`null`, or a capture file to send alone). Then
/// says what was counted. A capture file that cannot be read or written ends it as well, with an error.
#[derive(Debug, clap::Args)]
pub(crate) struct ForwardArgs {
    /// A port, as NAME[@INDEX]=KIND:WHERE.
    #[arg(long = "port", value_name = "PORT", required_unless_present = "measure")]
    ports: Vec<PortSpec>,
    /// An address of a port, as NAME=ADDRESS/LENGTH. A `packet` or `xdp` port for which none is given has
    /// those of its interface in the kernel, as they are at the start, unless it has another --mac. A
    /// port without an IPv4 address cannot ask for IPv4 neighbours.
    #[arg(long = "address", value_name = "ADDRESS")]
    addresses: Vec<AddressSpec>,
    /// The Ethernet address of a port, as NAME=MAC; by default the interface's own. With another one
    /// the interface receives what is for all stations.
    #[arg(long = "mac", value_name = "MAC")]
    macs: Vec<MacSpec>,
    /// A neighbour that is not asked for, as NAME=ADDRESS,MAC, of a port with Ethernet frames.
    #[arg(long = "neighbour", value_name = "NEIGHBOUR")]
    neighbours: Vec<NeighbourSpec>,
    #[command(flatten)]
    routes: RouteArgs,
    /// Threads, each with a queue of every port.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: u16,
    /// Keeps each thread on a processor of its own, as far as there are as many.
    #[arg(long)]
    pin: bool,
    /// Packets in a burst.
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=MOST_BURST as i64))]
    burst: u16,
    /// ICMP errors in a second, of all threads together.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    errors: u32,
    /// Ends after so many seconds.
    #[arg(long = "for", value_name = "SECONDS")]
    seconds: Option<u64>,
    /// Says what was counted every so many seconds, if it has changed; 0 is only at the end.
    #[arg(long, value_name = "SECONDS", default_value_t = 1)]
    interval: u64,
    /// Says it in JSON, an object a line.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    measure: MeasureArgs,
}

/// Where routes come from.
#[derive(Debug, clap::Args)]
pub(crate) struct RouteArgs {
    /// Takes routes from this file, in any format that `load` reads. May be given several times.
    #[arg(long = "routes", value_name = "FILE", group = "source")]
    files: Vec<PathBuf>,
    /// Takes the built-in synthetic Internet, spread over the ports.
    #[arg(long, group = "source")]
    synthetic: bool,
    /// Follows this kernel's routes.
    #[arg(long, group = "source")]
    mirror: bool,
    /// Listens on this address for a routing daemon's routes, as `fpm` does, for example 127.0.0.1:2620.
    #[arg(long, value_name = "ADDRESS:PORT", group = "source")]
    fpm: Option<SocketAddr>,
    /// Skips lines and records that cannot be read, and counts them on standard error.
    #[arg(long)]
    lenient: bool,
    /// The kernel's or the daemon's table, by its number: 254 is main.
    #[arg(long, value_name = "ID", default_value_t = 254)]
    table: u32,
}

pub(crate) fn forward(args: ForwardArgs) -> Result<ExitCode, Failure> {
    if args.measure.asked() {
        return measure::measure(&args);
    }
    let (ports, ends) = open_ports(&args)?;
    match Feed::of_following(&args.routes)? {
        Some((table, feed)) => run(&args, table, ports, ends, feed),
        None => {
            let table = feed::of_files(&args.routes, &ports)?;
            run(&args, table, ports, ends, Feed::None)
        }
    }
}

/// Opens the ports: what each is, and its ends, one for each thread.
fn open_ports(args: &ForwardArgs) -> Result<(Vec<Port>, Vec<Opened>), Failure> {
    spec::check_names(args)?;
    files::check(&args.ports)?;
    let (mut ports, mut ends) = (Vec::new(), Vec::new());
    for (place, spec) in args.ports.iter().enumerate() {
        let given = args.macs.iter().find(|given| given.port == spec.name).map(|given| given.mac);
        let opened = ports::open(spec, place, usize::from(args.threads), given)?;
        let index = spec.index.or(opened.index).unwrap_or(place as u32 + 1);
        let made = [2, 0, 0, 0, (place >> 8) as u8, place as u8];
        let mac = given.or(opened.mac).unwrap_or(made);
        let own = addresses::of(args, spec, &opened)?;
        if let Some(first) = opened.ends.first() {
            ports.push(Port::new(spec.name, index, &**first, mac, own));
        }
        ends.push(opened);
    }
    Ok((ports, ends))
}

/// Enters a neighbour that is given.
fn enter<V: RouteData>(
    forwarder: &Forwarder<V>,
    NeighbourSpec { port, address, mac }: &NeighbourSpec,
) -> Result<(), Failure> {
    let fail = |why: &dyn std::fmt::Display| {
        Failure::Ports(format!("port {port}: cannot enter neighbour {address}: {why}").into())
    };
    let place = forwarder.ports().iter().position(|known| known.name == *port);
    let place = place.ok_or_else(|| fail(&"there is no such port"))?;
    if forwarder.ports()[place].link_layer != LinkLayer::Ethernet {
        return Err(fail(&"its packets have no Ethernet header"));
    }
    forwarder.add_neighbour(place, *address, *mac).map_err(|error| match error.errno() {
        Errno::EEXIST => fail(&"it is known already, or the port itself"),
        _ => fail(&error),
    })
}

/// Forwards until the end.
fn run<V: RouteData>(
    args: &ForwardArgs,
    table: Table<V>,
    ports: Vec<Port>,
    ends: Vec<Opened>,
    mut feed: Feed,
) -> Result<ExitCode, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stop))
            .map_err(|error| Failure::System("take signals", error))?;
    }
    let share = args.errors.div_ceil(args.threads.into());
    let options = ForwardOptions {
        burst: args.burst.into(),
        errors_per_second: share,
        errors_at_once: share.clamp(1, 50),
        ..ForwardOptions::default()
    };
    let forwarder = Forwarder::new(table, ports, options)?;
    args.neighbours.iter().try_for_each(|neighbour| enter(&forwarder, neighbour))?;
    let workers = threads::workers(&forwarder, ends, args.threads.into())?;
    let end = args.seconds.and_then(|most| Instant::now().checked_add(Duration::from_secs(most)));
    let mut reporter = Reporter::begin(args.interval, args.json);
    let processors = if args.pin { threads::processors()? } else { Vec::new() };
    let (faults, faulty) = mpsc::channel();
    let mut broken = None;
    let mut hear = |reporter: &mut Reporter| {
        for PortFault { port, error } in faulty.try_iter() {
            let name = args.ports[port].name;
            if args.ports[port].kind.is_file() {
                broken.get_or_insert_with(|| format!("port {name}: {error}"));
            } else {
                reporter.fault(name, &error);
            }
        }
        broken.is_some()
    };
    let counted = threads::run(workers, &processors, &stop, faults, |running| {
        let is_broken = hear(&mut reporter);
        reporter.tick(&forwarder)?;
        let now = Instant::now();
        if !running || is_broken || end.is_some_and(|end| now >= end) {
            return Ok(false);
        }
        let wait = end.map_or(ROUND, |end| end.saturating_duration_since(now).min(ROUND));
        feed.step(wait)?;
        Ok(true)
    })?;
    hear(&mut reporter);
    let names = args.ports.iter().map(|port| port.name);
    reporter.finish(&forwarder, names.zip(counted).collect())?;
    match broken {
        None => Ok(ExitCode::SUCCESS),
        Some(what) => Err(Failure::Ports(what.into())),
    }
}
