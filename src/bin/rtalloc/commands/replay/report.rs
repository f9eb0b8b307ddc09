//! What `replay` prints.

use std::{io::Write, time::Duration};

use serde_json::{Value, json};

use crate::{
    failure::Failure,
    measure::{
        BURST, Checked, Quantiles, Verdict, WriterReport, millions, print_quantiles, print_writer,
        seconds,
    },
};

/// What came of one family's updates.
pub(super) struct Replayed {
    pub(super) name: &'static str,
    pub(super) iproute2: &'static str,
    pub(super) loaded: usize,
    pub(super) load: Duration,
    pub(super) rates: Vec<f64>,
    pub(super) bursts: Quantiles,
    pub(super) writer: Option<WriterReport>,
    pub(super) samples: Verdict,
    pub(super) routes: Checked,
    pub(super) answers: Checked,
    pub(super) checking: Duration,
}

impl Replayed {
    pub(super) fn print(&self, out: &mut impl Write) -> Result<(), Failure> {
        let (name, loaded, load) = (self.name, self.loaded, seconds(self.load));
        writeln!(out, "{name}: {loaded} routes loaded in {load}")?;
        if let Some(writer) = &self.writer {
            print_writer(out, writer)?;
        }
        let rates: Vec<String> = self.rates.iter().map(|&rate| millions(rate)).collect();
        if !rates.is_empty() {
            writeln!(out, "  lookups      million a second by reader: {}", rates.join(", "))?;
            print_quantiles(out, &format!("burst of {BURST}"), &self.bursts)?;
        }
        let Verdict { checked, contended, wrong, .. } = self.samples;
        writeln!(out, "  samples      {checked}, {contended} during an update: {wrong} wrong")?;
        if contended == 0 {
            let why = "no reader was seen to look up during an update";
            writeln!(out, "  remark       {why}: the concurrent part was not tested")?;
        }
        let (routes, answers) = (&self.routes, &self.answers);
        writeln!(
            out,
            "  final table  {} routes, {} wrong; {} answers, {} wrong; all checked in {}",
            routes.asked,
            routes.wrong,
            answers.asked,
            answers.wrong,
            seconds(self.checking),
        )?;
        Ok(())
    }

    pub(super) fn to_json(&self) -> Value {
        json!({
            "family": self.iproute2,
            "routes_loaded": self.loaded,
            "load_seconds": self.load.as_secs_f64(),
            "writer": self.writer.as_ref().map(WriterReport::to_json),
            "lookups_per_second_by_reader": self.rates,
            "burst": self.bursts.to_json(),
            "samples": {
                "checked": self.samples.checked,
                "during_an_update": self.samples.contended,
                "wrong": self.samples.wrong,
            },
            "final_routes": { "checked": self.routes.asked, "wrong": self.routes.wrong },
            "final_answers": { "checked": self.answers.asked, "wrong": self.answers.wrong },
            "checking_seconds": self.checking.as_secs_f64(),
        })
    }
}
