//! The sub-command `bench`: the program `rtalloc-bench`, which compares tables.
//!
//! That program has the tables of others in it and depends on this crate, so it is one of its own.
//! It is looked for beside this one, then where the shell would find it.

use std::{
    env,
    ffi::OsString,
    path::PathBuf,
    process::{self, ExitCode},
};

use crate::failure::Failure;

/// The program's name.
const PROGRAM: &str = "rtalloc-bench";

/// Measures this table beside others: `rtalloc bench throughput --help` says more.
///
/// Starts the program `rtalloc-bench` with these arguments, and ends as it does.
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct BenchArgs {
    /// What `rtalloc-bench` is to do.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

fn find() -> Option<PathBuf> {
    let name = format!("{PROGRAM}{}", env::consts::EXE_SUFFIX);
    let own = env::current_exe().ok();
    let beside = own.as_deref().and_then(|own| own.parent()).map(PathBuf::from);
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = beside.into_iter().chain(env::split_paths(&path));
    folders.map(|folder| folder.join(&name)).find(|file| file.is_file())
}

pub(crate) fn bench(args: BenchArgs) -> Result<ExitCode, Failure> {
    let program = find().ok_or(Failure::NoBench)?;
    let status = process::Command::new(&program).args(args.arguments).status();
    let status = status.map_err(|error| Failure::Start(program.into(), error))?;
    // Whoever is ended by a signal has no code.
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
