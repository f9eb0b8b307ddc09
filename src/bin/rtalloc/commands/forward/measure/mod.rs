//! What the table costs a packet: the whole path from frames in memory to frames in memory, with
//! lookups and with a constant next hop, in turn.
//!
//! Both variants do all else: they check packets, take a hop off, find the gateway's link address and
//! write a link header. Each next hop of the table becomes one of 250 gateways on an Ethernet link, and
//! the link address that a frame comes out with says which gateway its packet was given. That is
//! compared with the golden model for every packet before anything is timed.
//!
//! A pair of rounds gives a difference; what is reported are medians and quartiles over the pairs.

mod packets;
mod sink;

use std::{
    collections::HashMap,
    io::{self, Write},
    net::{IpAddr, Ipv4Addr},
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};
use rtalloc::{
    NextHop, Prefix, Table, Width,
    bsd::{InterfaceAddress, Name},
    forward::{
        ForwardOptions, Forwarder, Port, Worker,
        io::{LinkLayer, MemoryIo, PackedFrames},
    },
    testing::oracle::Oracle,
};
use serde_json::{Value, json};

use self::{
    packets::Packets,
    sink::{Seen, Sink},
};
use super::ForwardArgs;
use crate::{
    failure::Failure,
    family::Family,
    measure::Environment,
    tables::{Routes, load_family},
};

/// Gateways, each with a link address of its own.
const GATEWAYS: usize = 250;
const SEED: u64 = 4271;
/// The addresses of the two ports on their links.
const MACS: [[u8; 6]; 2] = [[2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2]];

/// How to measure.
#[derive(Debug, clap::Args)]
pub(super) struct MeasureArgs {
    /// Forwards nothing, but measures what the lookups cost a packet.
    #[arg(long, requires = "source")]
    measure: bool,
    /// Pairs of rounds.
    #[arg(long, value_name = "N", default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Packets in a round, all different.
    #[arg(long, value_name = "N", default_value_t = 1 << 16, value_parser = clap::value_parser!(u32).range(1..=1 << 22))]
    packets: u32,
}

impl MeasureArgs {
    pub(super) fn asked(&self) -> bool {
        self.measure
    }
}

pub(super) fn measure(args: &ForwardArgs) -> Result<ExitCode, Failure> {
    let mut routes = if args.routes.synthetic {
        Routes::synthetic()
    } else {
        Routes::read(&args.routes.files, args.routes.lenient)?
    };
    let mut places = HashMap::new();
    let mut number = |next_hop: NextHop| {
        let next = places.len();
        (*places.entry(next_hop).or_insert(next) % GATEWAYS) as u8 + 1
    };
    let mut through = |next_hop: &mut NextHop, gateway: fn(u8) -> IpAddr| {
        let gateway = Some(gateway(number(*next_hop)));
        *next_hop = NextHop { gateway, interface: 2 };
    };
    routes.v4.iter_mut().for_each(|route| through(&mut route.1, u32::gateway));
    routes.v6.iter_mut().for_each(|route| through(&mut route.1, u128::gateway));
    let table = rtalloc::Options::new().forwarding(Width::One).open()?;
    load_family::<u32>(&table, &routes)?;
    load_family::<u128>(&table, &routes)?;
    let mut results = Vec::new();
    if !routes.v4.is_empty() {
        results.push(measure_family::<u32>(args, &table, &routes)?);
    }
    if !routes.v6.is_empty() {
        results.push(measure_family::<u128>(args, &table, &routes)?);
    }
    let mut out = io::stdout().lock();
    if args.json {
        let families: Vec<Value> = results.iter().map(Measurement::to_json).collect();
        let environment = Environment::detect().to_json();
        writeln!(out, "{}", json!({ "environment": environment, "families": families }))?;
    } else {
        writeln!(out, "{}", Environment::detect())?;
        results.iter().try_for_each(|result| result.write(&mut out, args))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What was measured of a family, in nanoseconds a packet, a pair of rounds each.
struct Measurement {
    family: &'static str,
    routes: usize,
    with: Vec<f64>,
    without: Vec<f64>,
}

fn measure_family<A: Packets>(
    args: &ForwardArgs,
    table: &Table,
    routes: &Routes,
) -> Result<Measurement, Failure> {
    let routes = A::routes(routes);
    let (frames, expected) = draw(routes, args.measure.packets);
    let looking = forwarder::<A>(args, table, None)?;
    let constant = NextHop { gateway: Some(A::gateway(1)), interface: 2 };
    let constant = forwarder::<A>(args, table, Some(constant))?;

    let seen: Seen = Arc::new(Mutex::new(vec![0; expected.len()]));
    let mut checked = worker(&looking, frames.clone(), Some(Arc::clone(&seen)))?;
    round(&mut checked, expected.len());
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    let wrong = seen.iter().zip(&expected).filter(|(seen, expected)| seen != expected).count();
    if wrong > 0 || expected.is_empty() {
        let what = format!("{wrong} of {} packets went a wrong way", expected.len());
        return Err(Failure::Wrong(what.into()));
    }

    let mut with = worker(&looking, frames.clone(), None)?;
    let mut without = worker(&constant, frames, None)?;
    let mut result = Measurement {
        family: <A as Family>::NAME,
        routes: routes.len(),
        with: Vec::new(),
        without: Vec::new(),
    };
    // A first pair to warm up.
    for pair in 0..=args.measure.rounds {
        let mut times = [0.0; 2];
        // The one that begins is the other one each time.
        for which in [pair % 2, 1 - pair % 2] {
            let worker = if which == 0 { &mut with } else { &mut without };
            times[which as usize] = round(worker, expected.len());
        }
        if pair > 0 {
            result.with.push(times[0]);
            result.without.push(times[1]);
        }
    }
    let lost = [&with, &without].map(|worker| worker.totals().dropped_in_all());
    if lost != [0, 0] {
        return Err(Failure::Wrong(format!("{lost:?} packets were dropped").into()));
    }
    Ok(result)
}

/// Frames to addresses in random routes, and the gateway that each is to come out for.
fn draw<A: Packets>(routes: &[(Prefix<A>, NextHop)], count: u32) -> (PackedFrames, Vec<u8>) {
    let golden: Oracle<A, NextHop> = routes.iter().copied().collect();
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(SEED);
    let (mut frames, mut expected) = (PackedFrames::new(), Vec::new());
    // Tables of nothing but addresses that are not forwarded give none.
    let mut tries = 16 * u64::from(count);
    while expected.len() < count as usize && tries > 0 {
        tries -= 1;
        let (prefix, _) = routes[rng.random_range(0..routes.len())];
        let destination = A::inside(prefix, &mut rng);
        let Some(frame) = A::frame(destination, expected.len() as u32) else { continue };
        let Some((_, next_hop)) = golden.lookup(destination) else { continue };
        let gateway = match next_hop.gateway {
            Some(IpAddr::V4(address)) => address.octets()[3],
            Some(IpAddr::V6(address)) => address.octets()[15],
            None => continue,
        };
        frames.push(&frame);
        expected.push(gateway);
    }
    (frames, expected)
}

fn forwarder<A: Packets>(
    args: &ForwardArgs,
    table: &Table,
    constant: Option<NextHop>,
) -> Result<Forwarder, Failure> {
    let names: [Name; 2] = ["in".parse().unwrap_or_default(), "out".parse().unwrap_or_default()];
    let address = Ipv4Addr::new(100, 64, 0, 255).into();
    let own = InterfaceAddress { address, prefix_len: 32, peer: None };
    let sink = Sink { seen: None };
    let ports = vec![
        Port::new(names[0], 1, &sink, MACS[0], []),
        Port::new(names[1], 2, &sink, MACS[1], [own]),
    ];
    let options =
        ForwardOptions { burst: args.burst.into(), constant, ..ForwardOptions::default() };
    let forwarder = Forwarder::new(table.clone(), ports, options)?;
    for number in 1..=GATEWAYS as u8 {
        forwarder.add_neighbour(1, A::gateway(number), [2, 0, 0, 0, 1, number])?;
    }
    Ok(forwarder)
}

fn worker(
    forwarder: &Forwarder,
    frames: PackedFrames,
    seen: Option<Seen>,
) -> Result<Worker<()>, Failure> {
    let source = MemoryIo::new(LinkLayer::Ethernet, frames).without_end();
    Ok(forwarder.worker(vec![Box::new(source), Box::new(Sink { seen })])?)
}

/// Lets so many packets through. Returns how many nanoseconds each has taken.
fn round(worker: &mut Worker<()>, packets: usize) -> f64 {
    let mut passed = 0;
    let begin = Instant::now();
    while passed < packets {
        passed += worker.step();
    }
    begin.elapsed().as_nanos() as f64 / passed as f64
}

/// The quartiles of some numbers, of which there is at least one.
fn quartiles(mut numbers: Vec<f64>) -> [f64; 3] {
    numbers.sort_by(f64::total_cmp);
    let last = numbers.len().saturating_sub(1);
    [1, 2, 3].map(|quarter| numbers.get((last * quarter + 2) / 4).copied().unwrap_or(f64::NAN))
}

impl Measurement {
    fn parts(&self) -> [(&'static str, [f64; 3]); 3] {
        let pairs = self.with.iter().zip(&self.without);
        [
            ("with lookups", quartiles(self.with.clone())),
            ("with a constant next hop", quartiles(self.without.clone())),
            ("the lookups", quartiles(pairs.map(|(with, without)| with - without).collect())),
        ]
    }

    fn write(&self, out: &mut impl Write, args: &ForwardArgs) -> io::Result<()> {
        writeln!(
            out,
            "{}: {} routes, {} packets in bursts of {}, {} pairs of rounds, every answer checked",
            self.family, self.routes, args.measure.packets, args.burst, args.measure.rounds
        )?;
        for (what, [low, middle, high]) in self.parts() {
            writeln!(out, "{what:>26}: {middle:6.1} ns a packet ({low:.1} to {high:.1})")?;
        }
        Ok(())
    }

    fn to_json(&self) -> Value {
        let [with, without, lookups] = self.parts().map(|(_, quartiles)| quartiles);
        json!({
            "family": self.family,
            "routes": self.routes,
            "unit": "nanoseconds a packet, quartiles",
            "with_lookups": with,
            "with_constant": without,
            "lookups": lookups,
        })
    }
}
