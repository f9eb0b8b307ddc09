//! Threads that forward and one that routes: how the pieces go together.
//!
//! `cargo run --release --example readers`

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use rtalloc::{NextHop, Prefix, Route, Table};

/// Packets looked up between two quiescent points.
const BURST: u32 = 64;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let table = Table::new()?;
    table.insert("0.0.0.0/0".parse()?, Route::via(NextHop::gateway([192, 0, 2, 1])))?;

    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        // Forwarding plane: each thread registers once and looks up in bursts.
        let forwarders: Vec<_> = (0..2u32)
            .map(|worker| {
                let (mut reader, stop) = (table.reader(), &stop);
                scope.spawn(move || {
                    let (mut packets, mut specific) = (0u64, 0u64);
                    let mut guard = reader.enter();
                    while !stop.load(Ordering::Relaxed) {
                        for packet in 0..BURST {
                            let destination = (10 + worker) << 24 | packet << 16;
                            let route = guard.lookup_v4(destination).expect("the default route");
                            packets += 1;
                            specific += u64::from(route.prefix_len() > 0);
                        }
                        guard.quiescent();
                    }
                    (packets, specific)
                })
            })
            .collect();

        // Control plane: routes come and go while packets flow.
        for round in 0..100_000u32 {
            let prefix = Prefix::containing(10 << 24 | (round % 64) << 16, 16);
            if round / 64 % 2 == 0 {
                let route = Route::via(NextHop::interface(round % 8 + 1));
                table.v4().insert(prefix, route).expect("room for a route");
            } else {
                table.v4().remove(prefix).expect("room for a node");
            }
        }
        stop.store(true, Ordering::Relaxed);
        for forwarder in forwarders {
            let (packets, specific) = forwarder.join().expect("a forwarder");
            println!("{packets} packets, {specific} of them by a /16");
        }
    });

    // A reference outlives the route and the table.
    let mut reader = table.reader();
    let held = reader.enter().rtalloc(IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1)));
    drop((reader, table));
    println!("the last route was {held:?}");
    Ok(())
}
