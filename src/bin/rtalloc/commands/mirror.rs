//! The sub-command `mirror`: follows this kernel's routes, and compares with its own answers.

use std::process::ExitCode;

use rtalloc::netlink::{KernelMirror, KernelOptions};
use serde_json::Value;

use super::{
    follow::{FollowArgs, Follower, Once},
    verify::Verifier,
};
use crate::failure::Failure;

/// Follows this kernel's routes in tables of this process, and prints what they come to.
///
/// A line for each table says how many routes it has; another one counts updates, dumps and losses.
/// They are printed once a second if something has changed.
#[derive(Debug, clap::Args)]
pub(crate) struct MirrorArgs {
    #[command(flatten)]
    follow: FollowArgs,
    /// Asks the kernel all the while for its routes to random addresses, and compares.
    ///
    /// Most of them lie in prefixes of the mirror or, drawn from dumps, of the kernel.
    /// A difference that is still there after everything that the kernel has said is taken is
    /// printed, and makes the exit status 1. The kernel must have no policy rules but its own.
    #[arg(long, conflicts_with = "table")]
    verify: bool,
    /// The receive buffer in bytes; small ones show how losses are repaired.
    #[arg(long, value_name = "BYTES", default_value_t = KernelOptions::default().receive_buffer)]
    buffer: usize,
}

pub(crate) fn mirror(args: MirrorArgs) -> Result<ExitCode, Failure> {
    let options = KernelOptions {
        receive_buffer: args.buffer,
        only: args.follow.table,
        ..KernelOptions::default()
    };
    let kernel = |error| Failure::System("follow the kernel", error);
    let mut follower = Follower::begin(&args.follow);
    let mut mirror = KernelMirror::open(&options).map_err(kernel)?;
    follower.watch(&args.follow, mirror.tables())?;
    let mut verifier = args.verify.then(|| Verifier::open(&mirror)).transpose()?;
    let (mut refused, mut failed) = (Once::default(), Once::default());
    while let Some(wait) = follower.wait() {
        match &mut verifier {
            Some(verifier) => verifier.round(&mut mirror)?,
            None => mirror.step(wait).map_err(kernel)?,
        }
        refused.say(mirror.refusal());
        failed.say(mirror.fault());
        follower.tick(mirror.tables(), &mirror.stats(), || besides(&mirror, &verifier))?;
    }
    follower.print(mirror.tables(), &mirror.stats(), besides(&mirror, &verifier))?;
    match verifier {
        Some(verifier) => verifier.finish(!follower.is_json()),
        None => Ok(ExitCode::SUCCESS),
    }
}

/// What the object says of the kernel's mirror alone.
fn besides(mirror: &KernelMirror, verifier: &Option<Verifier>) -> Vec<(&'static str, Value)> {
    vec![
        ("settled", mirror.is_settled().into()),
        ("verified", verifier.as_ref().map(Verifier::to_json).into()),
    ]
}
