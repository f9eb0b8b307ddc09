//! The sub-command `exec`: a script of route(8)-like lines.

use std::process::ExitCode;

use super::script::{self, ScriptArgs};
use crate::failure::Failure;

/// The language of scripts, for the help.
const LANGUAGE: &str = "\
A script has one command a line; `#` starts a comment:

  if NAME ADDR/LEN [up|down]
  ifup NAME
  ifdown NAME
  add [OPTION]... DEST GATEWAY
  change [OPTION]... DEST [GATEWAY]
  delete [OPTION]... DEST [GATEWAY]
  get DEST
  resolve DEST
  mpath DEST SRC
  flush
  table N
  show [-json]

`if` makes an interface, or gives one that is there a further address. It adds
the local host route for the address (flags UHl, priority 1) and nothing else:
for the network on the link write `add -cloning 10.0.0/24 10.0.0.1`, or `add
-cloning 10.0.0/24 em0` for a route without the flag G.

Options may stand before and after DEST and GATEWAY. With add, change and delete:
-mpath and -priority N, which FreeBSD lacks. With add and change: -mtu N and
-expire N (seconds from now). With add: -blackhole or -reject, -cloning and
-xresolve. Routes are static, and of priority 8 unless given.

DEST is an address, `default` or a prefix, also in BSD's short forms: 10/8,
10.8.1/24, and 10.8.1, whose length follows from its class and its octets.
`default` is of the gateway's family, and IPv4 without one. GATEWAY is an address
or, for a destination on the link, the name of an interface.

`get` prints the route for an address, or exactly that of a prefix. `resolve` and
`mpath` take addresses: `resolve` prints what rtalloc(9) returns with RT_REPORT and
RT_RESOLVE, as address, destination, gateway, flags and interface with tabs between
them, and `mpath` the gateway that rtalloc_mpath(9) chooses. `table` goes to another
routing table, making it if need be. `show` prints OpenBSD's columns, of which Refs
is always 0.

A line that begins with `!` must fail. A line that fails unexpectedly, or succeeds
under `!`, ends the script: the line and the name of the errno are on standard
error, and the exit status is 1. A line that is none of the language ends it as
well, also under `!`.

The clock stands still while a script runs, and flows are hashed alike in each run.
So a script prints the same whenever it runs.";

/// Runs a script of route(8)-like lines on BSD's routing, so that behaviour can be written down and
/// compared.
#[derive(Debug, clap::Args)]
#[command(after_long_help = LANGUAGE)]
pub(crate) struct ExecArgs {
    #[command(flatten)]
    script: ScriptArgs,
}

pub(crate) fn exec(args: ExecArgs) -> Result<ExitCode, Failure> {
    script::run(&args.script, false)
}
