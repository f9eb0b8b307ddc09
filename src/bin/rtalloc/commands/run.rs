//! The sub-command `run`.

use std::process::ExitCode;

use crate::failure::Failure;

/// Not there yet.
#[derive(Debug, clap::Args)]
pub(crate) struct RunArgs {}

pub(crate) fn run(_: RunArgs) -> Result<ExitCode, Failure> {
    Ok(ExitCode::SUCCESS)
}
