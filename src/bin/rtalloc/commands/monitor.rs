//! The sub-command `monitor`: a script, and the routing messages that it causes.

use std::process::ExitCode;

use super::script::{self, ScriptArgs};
use crate::failure::Failure;

/// Runs a script as `exec` does and prints every routing message.
///
/// The messages of a line, those that answer its requests among them, follow what the line itself
/// prints, in the form and the order in which `route monitor` prints them. In the messages the script
/// is the process 1, and counts its requests from 1.
#[derive(Debug, clap::Args)]
pub(crate) struct MonitorArgs {
    #[command(flatten)]
    script: ScriptArgs,
}

pub(crate) fn monitor(args: MonitorArgs) -> Result<ExitCode, Failure> {
    script::run(&args.script, true)
}
