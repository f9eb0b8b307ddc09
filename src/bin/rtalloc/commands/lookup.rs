//! The sub-command `lookup`: addresses in, answers out, in the same order.
//!
//! Addresses are answered in bursts, each under one guard, and the guard is left before anything
//! is written: a reader must not hold back reclamation while a pipe is full. Before the input is
//! read again, and so before the command may have to wait for it, all answers so far are written.
//! A program that asks one address at a time through a pair of pipes gets its answers, and one
//! that sends a million at once pays one write for some thousand of them.

use std::{
    io::{self, Read, Write},
    net::IpAddr,
    process::ExitCode,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rtalloc::{
    Reader, Table,
    input::{InputError, InputErrorKind, ReadOptions, Source, for_each_address},
};

use crate::{
    args::TableArgs,
    failure::Failure,
    tables::{is_stdin, report_skipped},
};

/// Addresses looked up under one guard.
const BURST: usize = 256;

/// Bytes of answers after which they are written.
const BLOCK: usize = 1 << 16;

/// Looks up the addresses on standard input, one a line.
///
/// For each address one line is printed, in the same order, with tabs between its fields: the
/// address, the longest prefix that matches it and the next hop. The last two are `-` if there is
/// no route, which is no error.
#[derive(Debug, clap::Args)]
pub(crate) struct LookupArgs {
    #[command(flatten)]
    table: TableArgs,
}

pub(crate) fn lookup(args: LookupArgs) -> Result<ExitCode, Failure> {
    if args.table.files.iter().any(|file| is_stdin(file)) {
        return Err(Failure::StandardInputTwice);
    }
    let table = args.table.load()?;
    let answers = Arc::new(Mutex::new(Answers::new(&table)));
    let input = Asking { input: io::stdin(), answers: Arc::clone(&answers) };
    let options = ReadOptions { lenient: args.table.lenient };
    let source = Source::from_reader("-", input)?;
    let skipped = for_each_address(source, options, &mut |_| (), |address| {
        lock(&answers).ask(address);
    });
    lock(&answers).finish()?;
    match skipped {
        Ok(skipped) => report_skipped("-", &skipped),
        // No address, no answer: the end of an empty pipe.
        Err(InputError { kind: InputErrorKind::Empty, .. }) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(ExitCode::SUCCESS)
}

/// The answers on their way to standard output.
struct Answers {
    reader: Reader<()>,
    burst: Vec<IpAddr>,
    text: Vec<u8>,
    /// Why no answer can be written any more.
    failure: Option<io::Error>,
}

impl Answers {
    fn new(table: &Table) -> Self {
        Self {
            reader: table.reader(),
            burst: Vec::with_capacity(BURST),
            text: Vec::with_capacity(2 * BLOCK),
            failure: None,
        }
    }

    /// Takes an address in.
    fn ask(&mut self, address: IpAddr) {
        self.burst.push(address);
        if self.burst.len() == BURST {
            self.answer();
        }
    }

    /// Looks up the addresses of the burst.
    fn answer(&mut self) {
        let guard = self.reader.enter();
        for address in self.burst.drain(..) {
            // Writing to memory does not fail.
            let _ = match guard.lookup(address) {
                Some(entry) => {
                    writeln!(self.text, "{address}\t{}\t{}", entry.net(), entry.next_hop())
                }
                None => writeln!(self.text, "{address}\t-\t-"),
            };
        }
        drop(guard);
        if self.text.len() >= BLOCK {
            self.write();
        }
    }

    /// Writes what has been answered.
    fn write(&mut self) {
        if self.failure.is_none() {
            let mut out = io::stdout().lock();
            self.failure = out.write_all(&self.text).and_then(|()| out.flush()).err();
        }
        self.text.clear();
    }

    /// Answers and writes everything that was asked.
    fn finish(&mut self) -> io::Result<()> {
        self.answer();
        self.write();
        self.failure.take().map_or(Ok(()), Err)
    }
}

/// Standard input, which has all answers written before it is read again, and ends when they
/// cannot be written any more.
struct Asking<R> {
    input: R,
    answers: Arc<Mutex<Answers>>,
}

impl<R: Read> Read for Asking<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut answers = lock(&self.answers);
        answers.answer();
        answers.write();
        if answers.failure.is_some() {
            return Ok(0);
        }
        drop(answers);
        self.input.read(buffer)
    }
}

fn lock(answers: &Mutex<Answers>) -> MutexGuard<'_, Answers> {
    answers.lock().unwrap_or_else(PoisonError::into_inner)
}
