//! What `run` prints.

use std::{io::Write, time::Duration};

use serde_json::{Value, json};

use crate::{
    failure::Failure,
    measure::{
        BURST, Checked, Grid, Measured, PhaseReport, Quantiles, WriterReport, millions, seconds,
        whole,
    },
};

/// What came of one family.
pub(super) struct Served {
    pub(super) name: &'static str,
    pub(super) iproute2: &'static str,
    pub(super) routes: usize,
    pub(super) load: Duration,
    pub(super) loaded: Checked,
    pub(super) checking: Duration,
    pub(super) lines: Vec<Line>,
    pub(super) last: Checked,
}

/// One measurement.
pub(super) struct Line {
    pub(super) readers: usize,
    pub(super) crowded: bool,
    pub(super) rate: f64,
    pub(super) rates: Vec<f64>,
    pub(super) bursts: Quantiles,
    pub(super) writer: Option<WriterReport>,
}

impl Line {
    pub(super) fn new<A: Measured>(readers: usize, crowded: bool, report: PhaseReport<A>) -> Self {
        Self {
            readers,
            crowded,
            rate: report.rate(),
            bursts: report.bursts.quantiles(),
            rates: report.rates,
            writer: report.writer,
        }
    }

    /// The number of readers, marked if they and the writer have to share cores.
    fn number(&self) -> String {
        format!("{}{}", self.readers, if self.crowded { "+" } else { "" })
    }

    fn to_json(&self) -> Value {
        json!({
            "readers": self.readers,
            "more_threads_than_cores": self.crowded,
            "lookups_per_second": self.rate,
            "lookups_per_second_by_reader": self.rates,
            "burst": self.bursts.to_json(),
            "writer": self.writer.as_ref().map(WriterReport::to_json),
        })
    }
}

impl Served {
    pub(super) fn to_json(&self) -> Value {
        json!({
            "family": self.iproute2,
            "routes": self.routes,
            "load_seconds": self.load.as_secs_f64(),
            "check": { "asked": self.loaded.asked, "wrong": self.loaded.wrong },
            "check_seconds": self.checking.as_secs_f64(),
            "lines": self.lines.iter().map(Line::to_json).collect::<Value>(),
            "final_check": { "asked": self.last.asked, "wrong": self.last.wrong },
        })
    }
}

/// Prints everything as text.
pub(super) fn print(out: &mut impl Write, families: &[Served]) -> Result<(), Failure> {
    for family in families {
        writeln!(
            out,
            "{}: {} routes loaded in {}; {} answers checked in {}, {} wrong; after all updates {} \
             checked, {} wrong",
            family.name,
            family.routes,
            seconds(family.load),
            family.loaded.asked,
            seconds(family.checking),
            family.loaded.wrong,
            family.last.asked,
            family.last.wrong,
        )?;
    }
    let crowd = match lines(families).any(|(_, line)| line.crowded) {
        true => "; +: more threads than cores",
        false => "",
    };
    writeln!(out, "\nlookups a second, in millions; nanoseconds for a burst of {BURST}{crowd}")?;
    let heading =
        ["family", "table", "readers", "all", "each", "p50", "p99", "p99.9", "p99.99", "max"];
    let mut grid = Grid::new(2, &heading);
    for (family, line) in lines(families) {
        let table = if line.writer.is_some() { "changing" } else { "still" };
        let bursts = &line.bursts;
        let each = line.rate / line.readers as f64;
        grid.row(
            [family.name.to_owned(), table.to_owned(), line.number(), millions(line.rate)]
                .into_iter()
                .chain([millions(each)])
                .chain(
                    [bursts.p50, bursts.p99, bursts.p99_9, bursts.p99_99, bursts.max]
                        .map(|nanos| nanos.to_string()),
                ),
        );
    }
    writeln!(out, "{grid}")?;
    writeln!(
        out,
        "updates a second; nanoseconds for one; the most that was unreclaimed at a time"
    )?;
    let heading =
        ["family", "readers", "updates/s", "p50", "p99", "p99.9", "max", "items", "KiB", "entries"];
    let mut grid = Grid::new(1, &heading);
    for (family, line) in lines(families) {
        let Some(writer) = &line.writer else { continue };
        let took = writer.latencies.quantiles();
        grid.row(
            [family.name.to_owned(), line.number(), whole(writer.rate())]
                .into_iter()
                .chain([took.p50, took.p99, took.p99_9, took.max].map(|nanos| nanos.to_string()))
                .chain([
                    writer.peak_items.to_string(),
                    writer.peak_bytes.div_ceil(1024).to_string(),
                    writer.peak_entries.to_string(),
                ]),
        );
    }
    writeln!(out, "{grid}")?;
    Ok(())
}

fn lines(families: &[Served]) -> impl Iterator<Item = (&Served, &Line)> {
    families.iter().flat_map(|family| family.lines.iter().map(move |line| (family, line)))
}
