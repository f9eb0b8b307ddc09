//! Where the table's routes come from, and what keeps it up to date.

use std::{collections::HashSet, time::Duration};

use rtalloc::{
    NextHop, Options, Table, Width,
    forward::Port,
    netlink::{FpmListener, FpmOptions, KernelMirror, KernelOptions, Origin},
};

use super::{RouteArgs, connected, strays};
use crate::{
    commands::follow::Once,
    failure::Failure,
    tables::{Routes, load_family},
};

/// What keeps a table up to date.
pub(super) enum Feed {
    /// Nothing: it stays as it is.
    None,
    /// This kernel.
    Mirror(KernelMirror, Said),
    /// A routing daemon.
    Fpm(FpmListener, Said),
}

/// What is said once.
#[derive(Default)]
pub(super) struct Said {
    refused: Once,
    failed: Once,
    malformed: Once,
}

impl Feed {
    /// The table that follows a kernel or a daemon, and what it follows; `None` if it is to come from
    /// elsewhere.
    pub(super) fn of_following(args: &RouteArgs) -> Result<Option<(Table<Origin>, Self)>, Failure> {
        if args.mirror {
            let options = KernelOptions { only: Some(args.table), ..KernelOptions::default() };
            let mirror = KernelMirror::open(&options)
                .map_err(|error| Failure::System("follow the kernel", error))?;
            let table = mirror.tables().open(args.table)?;
            return Ok(Some((table, Self::Mirror(mirror, Said::default()))));
        }
        if let Some(address) = args.fpm {
            let options = FpmOptions { only: Some(args.table), ..FpmOptions::default() };
            let listener = FpmListener::bind(address, &options)
                .map_err(|error| Failure::System("listen for a routing daemon", error))?;
            let table = listener.tables().open(args.table)?;
            return Ok(Some((table, Self::Fpm(listener, Said::default()))));
        }
        Ok(None)
    }

    /// Waits up to `wait` for routes and takes them.
    pub(super) fn step(&mut self, wait: Duration) -> Result<(), Failure> {
        match self {
            Self::None => std::thread::sleep(wait),
            Self::Mirror(mirror, said) => {
                let follow = |error| Failure::System("follow the kernel", error);
                mirror.step(wait).map_err(follow)?;
                said.refused.say(mirror.refusal());
                said.failed.say(mirror.fault());
                said.malformed.say(mirror.stats().first_malformed);
            }
            Self::Fpm(listener, said) => {
                let listen = |error| Failure::System("listen for a routing daemon", error);
                listener.step(wait).map_err(listen)?;
                said.refused.say(listener.refusal());
                said.failed.say(listener.first_bad_frame());
                said.malformed.say(listener.stats().first_malformed);
            }
        }
        Ok(())
    }
}

/// The table of files, or the synthetic Internet spread over the ports, and the networks that the ports
/// are in.
pub(super) fn of_files(args: &RouteArgs, ports: &[Port]) -> Result<Table, Failure> {
    let mut routes = if args.synthetic {
        connected::spread(Routes::synthetic(), ports)
    } else {
        Routes::read(&args.files, args.lenient)?
    };
    strays::warn(&routes, ports);
    connected::add(&mut routes, ports);
    let table = Options::new().forwarding(width(&routes)).open()?;
    load_family::<u32>(&table, &routes)?;
    load_family::<u128>(&table, &routes)?;
    Ok(table)
}

/// The narrowest view that the next hops fit in.
fn width(routes: &Routes) -> Width {
    const MOST: usize = 254;
    let count = |next_hops: HashSet<NextHop>| next_hops.len();
    let v4 = count(routes.v4.iter().map(|route| route.1).collect());
    let v6 = count(routes.v6.iter().map(|route| route.1).collect());
    if v4.max(v6) <= MOST { Width::One } else { Width::Two }
}
