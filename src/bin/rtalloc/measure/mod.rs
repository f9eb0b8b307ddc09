//! The engine of `run` and `replay`: reader threads that look addresses up while one thread
//! applies updates, and the checks of what came out.
//!
//! * `phase` runs readers and at most one writer together for a while; `reader` and `writer` are
//!   their loops, `pace` holds the writer to a rate, or to the times of a recording.
//! * `addresses` draws what readers ask for, `stream` turns an update file into steps.
//! * `check` holds a table against the golden model, `samples` what readers saw while it changed.
//! * `ledger` counts the users' data made and dropped, `accounting` closes the books.
//! * `latency`, `grid`, `environment` and `report` are for printing.
//!
//! Both families go through the same generic code, by way of `measured`.

mod accounting;
mod addresses;
mod check;
mod environment;
mod error;
mod grid;
mod latency;
mod ledger;
mod measured;
mod pace;
mod phase;
mod reader;
mod report;
mod samples;
mod stream;
mod writer;

pub(crate) use accounting::{Accounting, close_books};
pub(crate) use addresses::Addresses;
pub(crate) use check::{Checked, check_probes, check_routes, golden_model, load};
pub(crate) use environment::Environment;
pub(crate) use error::MeasureError;
pub(crate) use grid::Grid;
pub(crate) use latency::{Latencies, Quantiles};
pub(crate) use ledger::Token;
pub(crate) use measured::{Measured, Table};
pub(crate) use pace::{Pace, Rate, Speed, due_at};
pub(crate) use phase::{Churn, Phase, PhaseReport, Until};
pub(crate) use reader::BURST;
pub(crate) use report::{
    Conclusion, millions, print_books, print_quantiles, print_writer, seconds, whole,
};
pub(crate) use samples::{Verdict, verify};
pub(crate) use stream::{Repeats, Stream, steps};
pub(crate) use writer::WriterReport;
