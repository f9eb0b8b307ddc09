//! The sub-command `fpm`: follows a routing daemon.

use std::{
    io::{self, Write},
    net::SocketAddr,
    process::ExitCode,
    time::Duration,
};

use rtalloc::netlink::{FPM_PORT, FpmListener, FpmOptions};
use serde_json::{Value, json};

use super::follow::{FollowArgs, Follower, Once};
use crate::failure::Failure;

/// Follows the routes of a routing daemon that connects to it, and prints what they come to.
///
/// FRR does with `zebra -M dplane_fpm_nl` and the line `fpm address 127.0.0.1`. The daemon may come
/// and go: its last routes stay until it has connected again, has begun to tell routes, and then
/// repeats no more of them for a while (--quiet).
#[derive(Debug, clap::Args)]
pub(crate) struct FpmArgs {
    #[command(flatten)]
    follow: FollowArgs,
    /// The address and port to listen on, as numbers. Whoever can connect to it says where packets go.
    #[arg(long, value_name = "ADDRESS:PORT", default_value_t = SocketAddr::from(([127, 0, 0, 1], FPM_PORT)))]
    listen: SocketAddr,
    /// Seconds for which a daemon that has connected again, and begun to tell routes, may repeat no
    /// more of them before those that it has not repeated are dropped.
    #[arg(long, value_name = "SECONDS", default_value_t = FpmOptions::default().quiet.as_secs())]
    quiet: u64,
}

pub(crate) fn fpm(args: FpmArgs) -> Result<ExitCode, Failure> {
    let options = FpmOptions {
        quiet: Duration::from_secs(args.quiet),
        only: args.follow.table,
        ..FpmOptions::default()
    };
    let listen = |error| Failure::System("listen for a routing daemon", error);
    let mut follower = Follower::begin(&args.follow);
    let mut listener = FpmListener::bind(args.listen, &options).map_err(listen)?;
    follower.watch(&args.follow, listener.tables())?;
    let address = listener.local_addr().map_err(listen)?;
    if follower.is_json() {
        writeln!(io::stdout(), "{}", json!({ "listening": address.to_string() }))?;
    } else {
        writeln!(io::stdout(), "listening on {address}")?;
    }
    let (mut refused, mut framed, mut connected) = (Once::default(), Once::default(), false);
    while let Some(wait) = follower.wait() {
        listener.step(wait).map_err(listen)?;
        refused.say(listener.refusal());
        let bad = listener.first_bad_frame();
        framed.say(bad.map(|error| format!("{error}; the connection is reset")));
        if connected != listener.is_connected() {
            connected = listener.is_connected();
            if !follower.is_json() {
                let what = if connected { "connected" } else { "disconnected" };
                writeln!(io::stdout(), "{what}, {} routes unconfirmed", listener.unconfirmed())?;
            }
        }
        follower.tick(listener.tables(), &listener.stats(), || besides(&listener))?;
    }
    follower.print(listener.tables(), &listener.stats(), besides(&listener))?;
    Ok(ExitCode::SUCCESS)
}

/// What the object says of a listener alone.
fn besides(listener: &FpmListener) -> Vec<(&'static str, Value)> {
    vec![
        ("connected", listener.is_connected().into()),
        ("unconfirmed", listener.unconfirmed().into()),
    ]
}
