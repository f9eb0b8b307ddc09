//! Scripts of route(8)-like lines, which `exec` and `monitor` run.
//!
//! A line is parsed (`parse`), carried out on a [`Machine`], and compared with what was expected of
//! it, before the next one is read. Output goes out line by line as well, so a script may come
//! through a pipe from somebody who waits for the answers.

mod destination;
mod error;
mod machine;
mod parse;
mod print;
mod route;
mod words;

use std::{
    io::{self, BufRead, Write},
    path::PathBuf,
    process::ExitCode,
};

use rtalloc::bsd::{
    Profile,
    message::{Filter, Subscriber, Text},
};

pub(crate) use self::error::ScriptError;
use self::{
    error::{Fault, ScriptFault},
    machine::Machine,
    parse::parse_line,
};
use crate::{failure::Failure, output::stdout, tables::open};

/// Messages that may wait while one line is carried out.
const QUEUE: usize = 1 << 16;

/// The script to run, and on what.
#[derive(Debug, clap::Args)]
pub(crate) struct ScriptArgs {
    /// Runs the lines of this file, or of standard input if it is `-`.
    script: PathBuf,
    /// Behaves like this system: `openbsd` (5.7) or `freebsd` (5.2 to 7).
    #[arg(long, value_name = "SYSTEM", default_value_t)]
    profile: Profile,
}

/// Runs the script. With `listen` the routing messages are printed, those of a line after what the
/// line itself prints.
pub(crate) fn run(args: &ScriptArgs, listen: bool) -> Result<ExitCode, Failure> {
    let script = open(&args.script)?;
    let name = script.name().to_owned();
    let mut machine = Machine::new(args.profile)?;
    let mut listener = listen.then(|| machine.routing().subscribe(Filter::default(), QUEUE));
    let mut out = stdout();
    for (number, line) in (1..).zip(script.lines()) {
        let at = |fault| ScriptError { script: name.clone(), line: number, fault };
        let line = line.map_err(|error| at(ScriptFault::Unreadable(error)))?;
        let parsed = parse_line(&line, args.profile);
        let Some(line) = parsed.map_err(|error| at(ScriptFault::Syntax(error)))? else { continue };
        let done = machine.carry_out(&line.command, &mut out);
        if let Some(listener) = &mut listener {
            print_messages(&mut out, listener, &machine)?;
        }
        out.flush()?;
        match (done, line.must_fail) {
            (Ok(()), false) | (Err(Fault::Refused(_)), true) => {}
            (Ok(()), true) => return Err(at(ScriptFault::Succeeded).into()),
            (Err(Fault::Refused(refusal)), false) => {
                return Err(at(ScriptFault::Refused(refusal)).into());
            }
            (Err(Fault::Output(error)), _) => return Err(error.into()),
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints the messages that have come.
fn print_messages(
    out: &mut impl Write,
    listener: &mut Subscriber,
    machine: &Machine,
) -> io::Result<()> {
    for message in listener.try_iter() {
        let text = Text::new(machine.routing().profile(), &message).at(machine.now());
        let name = machine.interface_name(message.index);
        let text = if name.is_empty() { text } else { text.with_name(name) };
        writeln!(out, "{text}")?;
    }
    Ok(())
}
