//! The command `rtalloc`: loads, asks, checks and measures routing tables.

mod args;
mod commands;
mod failure;
mod family;
mod footprint;
mod measure;
mod output;
mod progress;
mod tables;

use std::process::ExitCode;

use clap::Parser;

use self::args::{Args, Command};

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // Nothing is left to tell anyone if the message cannot be written.
            let _ = error.print();
            // Help and version are no errors; clap's own code for an error, 2, means no route here.
            return if error.use_stderr() { ExitCode::FAILURE } else { ExitCode::SUCCESS };
        }
    };
    let done = match args.command {
        Some(Command::Load(args)) => commands::load::load(args),
        Some(Command::Get(args)) => commands::get::get(args),
        Some(Command::Lookup(args)) => commands::lookup::lookup(args),
        Some(Command::Show(args)) => commands::show::show(args),
        Some(Command::Check(args)) => commands::check::check(args),
        Some(Command::Replay(args)) => commands::replay::replay(args),
        Some(Command::Run(args)) => commands::run::run(args),
        Some(Command::Exec(args)) => commands::exec::exec(args),
        Some(Command::Monitor(args)) => commands::monitor::monitor(args),
        Some(Command::Bench(args)) => commands::bench::bench(args),
        #[cfg(target_os = "linux")]
        Some(Command::Mirror(args)) => commands::mirror::mirror(args),
        #[cfg(target_os = "linux")]
        Some(Command::Fpm(args)) => commands::fpm::fpm(args),
        #[cfg(target_os = "linux")]
        Some(Command::Forward(args)) => commands::forward::forward(*args),
        None => commands::run::run(args.run),
    };
    done.unwrap_or_else(|failure| failure.report())
}
