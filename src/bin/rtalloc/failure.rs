//! Why the command failed, and what its caller is told.

use core::fmt;
use std::{
    io::{self, Write},
    path::Path,
    process::ExitCode,
};

use rtalloc::{CapacityError, ReserveError, input::InputError};
#[cfg(target_os = "linux")]
use rtalloc::{bsd::RouteError, forward::ForwardError};

use crate::{commands::script::ScriptError, measure::MeasureError};

/// Why the command failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// An input cannot be used.
    Input(InputError),
    /// The table is full.
    Capacity(CapacityError),
    /// There is no room for a table.
    Reserve(ReserveError),
    /// The output cannot be written.
    Output(io::Error),
    /// Two inputs were to come from standard input.
    StandardInputTwice,
    /// Updates were to be applied at the times of their recording, which they do not say.
    Timeless,
    /// A measurement came to no result.
    Measure(MeasureError),
    /// The table did not do what it should. The findings are on standard output already; this says
    /// in a sentence what they come to.
    Wrong(Box<str>),
    /// The operating system refuses what the sub-command is for, which is named.
    #[cfg(target_os = "linux")]
    System(&'static str, io::Error),
    /// The ports of a forwarder are not such as they were asked for, or the file of one has failed; the
    /// text says what is wrong.
    #[cfg(target_os = "linux")]
    Ports(Box<str>),
    /// The ports do not make a forwarder.
    #[cfg(target_os = "linux")]
    Forward(ForwardError),
    /// A neighbour cannot be entered.
    #[cfg(target_os = "linux")]
    Neighbour(RouteError),
    /// A script ended before its end.
    Script(ScriptError),
    /// The program that `bench` starts is not here.
    NoBench,
    /// That program cannot be started.
    Start(Box<Path>, io::Error),
}

impl Failure {
    /// Tells the caller of the command: a line on standard error and the exit status.
    ///
    /// Whoever closes the pipe that the output goes to has seen enough; that is no error.
    pub(crate) fn report(&self) -> ExitCode {
        if let Self::Output(error) = self
            && error.kind() == io::ErrorKind::BrokenPipe
        {
            return ExitCode::SUCCESS;
        }
        // Unlike `eprintln`, this does not panic if standard error is closed.
        let _ = writeln!(io::stderr(), "rtalloc: {self}");
        ExitCode::FAILURE
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(error) => error.fmt(f),
            Self::Capacity(error) => error.fmt(f),
            Self::Reserve(error) => error.fmt(f),
            Self::Output(error) => write!(f, "cannot write the output: {error}"),
            Self::StandardInputTwice => f.write_str("standard input can be read only once"),
            Self::Timeless => f.write_str(
                "the updates do not say when they were recorded, so that --speed is without \
                 meaning; give --rate",
            ),
            Self::Measure(error) => error.fmt(f),
            Self::Wrong(what) => f.write_str(what),
            #[cfg(target_os = "linux")]
            Self::System(what, error) => write!(f, "cannot {what}: {error}"),
            #[cfg(target_os = "linux")]
            Self::Ports(what) => f.write_str(what),
            #[cfg(target_os = "linux")]
            Self::Forward(error) => error.fmt(f),
            #[cfg(target_os = "linux")]
            Self::Neighbour(error) => write!(f, "cannot enter a neighbour: {error}"),
            Self::Script(error) => error.fmt(f),
            Self::NoBench => f.write_str(
                "rtalloc-bench is neither beside this program nor in PATH; it is built by \
                 `cargo build --release -p rtalloc-benches`",
            ),
            Self::Start(program, error) => write!(f, "cannot start {}: {error}", program.display()),
        }
    }
}

impl core::error::Error for Failure {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Input(error) => Some(error),
            Self::Capacity(error) => Some(error),
            Self::Reserve(error) => Some(error),
            Self::Output(error) | Self::Start(_, error) => Some(error),
            Self::Measure(error) => Some(error),
            Self::Script(error) => error.source(),
            #[cfg(target_os = "linux")]
            Self::System(_, error) => Some(error),
            #[cfg(target_os = "linux")]
            Self::Forward(error) => Some(error),
            #[cfg(target_os = "linux")]
            Self::Neighbour(error) => Some(error),
            #[cfg(target_os = "linux")]
            Self::Ports(_) => None,
            Self::StandardInputTwice | Self::Timeless | Self::Wrong(_) | Self::NoBench => None,
        }
    }
}

impl From<InputError> for Failure {
    fn from(error: InputError) -> Self {
        Self::Input(error)
    }
}

impl From<CapacityError> for Failure {
    fn from(error: CapacityError) -> Self {
        Self::Capacity(error)
    }
}

impl From<ReserveError> for Failure {
    fn from(error: ReserveError) -> Self {
        Self::Reserve(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl From<ScriptError> for Failure {
    fn from(error: ScriptError) -> Self {
        Self::Script(error)
    }
}

impl From<MeasureError> for Failure {
    fn from(error: MeasureError) -> Self {
        Self::Measure(error)
    }
}

#[cfg(target_os = "linux")]
impl From<ForwardError> for Failure {
    fn from(error: ForwardError) -> Self {
        Self::Forward(error)
    }
}

#[cfg(target_os = "linux")]
impl From<RouteError> for Failure {
    fn from(error: RouteError) -> Self {
        Self::Neighbour(error)
    }
}
