//! Signs of life on standard error for whatever takes more than a second.
//!
//! A phase of work says what it is when it begins. If it is still under way a second later, a bar
//! appears where standard error is a terminal, and one plain line where it is not. A thread waits
//! for that second, so that a phase in one long call is announced as well.

use std::{
    convert::Infallible,
    io::{self, IsTerminal, Write},
    sync::mpsc::{self, RecvTimeoutError, Sender},
    thread::{self, JoinHandle},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How long a phase is worth no mention.
const PATIENCE: Duration = Duration::from_secs(1);

const TICK: Duration = Duration::from_millis(120);

/// A phase of work, from its beginning until this is dropped.
pub(crate) struct Progress {
    bar: ProgressBar,
    watcher: Option<(Sender<Infallible>, JoinHandle<()>)>,
}

impl Progress {
    /// Begins a phase. `total` is how much there is to do, in any unit, if that is known.
    pub(crate) fn begin(label: &str, total: Option<u64>) -> Self {
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden());
        let (done, ended) = mpsc::channel();
        let shown = bar.clone();
        let label = label.to_owned();
        let watch = move || {
            if ended.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                show(&shown, label, total.is_some());
            }
        };
        // Where no thread is to be had the work goes on without signs of life.
        let watcher = thread::Builder::new().spawn(watch).ok();
        Self { bar, watcher: watcher.map(|watcher| (done, watcher)) }
    }

    /// Notes that `amount` more is done. May be called from several threads.
    pub(crate) fn advance(&self, amount: u64) {
        self.bar.inc(amount);
    }

    /// Notes that `amount` is done in all.
    pub(crate) fn reach(&self, amount: u64) {
        self.bar.set_position(amount);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((done, watcher)) = self.watcher.take() {
            drop(done);
            // The watcher does nothing that could fail but print.
            let _ = watcher.join();
        }
        self.bar.finish_and_clear();
    }
}

fn show(bar: &ProgressBar, label: String, bounded: bool) {
    if !io::stderr().is_terminal() {
        let _ = writeln!(io::stderr(), "rtalloc: {label} ...");
        return;
    }
    let template = if bounded {
        "{msg} [{wide_bar}] {percent} %, {eta} left"
    } else {
        "{msg} {spinner} {elapsed}"
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_message(label);
    bar.set_draw_target(ProgressDrawTarget::stderr());
    bar.enable_steady_tick(TICK);
}
