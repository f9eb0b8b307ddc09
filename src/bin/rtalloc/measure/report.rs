//! Sentences and objects that the reports of both commands share.

use std::{
    io::{self, Write},
    time::Duration,
};

use serde_json::{Value, json};

use super::{
    accounting::Accounting, check::Checked, latency::Quantiles, samples::Verdict,
    writer::WriterReport,
};
use crate::failure::Failure;

/// What was checked, and what of it came out wrong.
#[derive(Debug, Default)]
pub(crate) struct Conclusion {
    wrong: u64,
    described: Vec<String>,
}

impl Conclusion {
    /// Counts in a check of a table that stood still.
    pub(crate) fn table(&mut self, what: &str, checked: &Checked) {
        self.note(what, checked.wrong, &checked.described);
    }

    /// Counts in a check of lookups that ran while the table changed.
    pub(crate) fn samples(&mut self, what: &str, verdict: &Verdict) {
        self.note(what, verdict.wrong as u64, &verdict.described);
    }

    /// Counts in the closed books.
    pub(crate) fn books(&mut self, books: &Accounting) {
        if !books.balances() {
            self.note("books", 1, &[format!("{books:?} does not balance")]);
        }
    }

    fn note(&mut self, what: &str, wrong: u64, described: &[String]) {
        self.wrong += wrong;
        self.described.extend(described.iter().map(|line| format!("{what}: {line}")));
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({ "wrong": self.wrong, "described": self.described })
    }

    /// Prints what is wrong, or that nothing is.
    pub(crate) fn print(&self, out: &mut impl Write) -> io::Result<()> {
        for line in &self.described {
            writeln!(out, "wrong: {line}")?;
        }
        if self.wrong == 0 {
            writeln!(out, "all checks passed")?;
        }
        Ok(())
    }

    /// A failure if anything is wrong.
    pub(crate) fn result(self) -> Result<(), Failure> {
        match self.wrong {
            0 => Ok(()),
            1 => Err(Failure::Wrong("one check failed".into())),
            wrong => Err(Failure::Wrong(format!("{wrong} checks failed").into())),
        }
    }
}

/// The closed books in a sentence or two.
pub(crate) fn print_books(out: &mut impl Write, books: &Accounting) -> io::Result<()> {
    let Accounting { made, dropped, on_readers, waiting, held, readable, .. } = books;
    writeln!(
        out,
        "books: {made} entries made, {dropped} dropped, {on_readers} of them by readers; {waiting} \
         items waiting when all readers had left; {held} entries held by references when the table \
         was dropped, {readable} of them readable and {} left then, {} after their release",
        books.after_table, books.after_release
    )
}

/// What the updates did, in words.
pub(crate) fn print_writer(out: &mut impl Write, writer: &WriterReport) -> io::Result<()> {
    let counts = writer.counts;
    writeln!(
        out,
        "  updates      {} in {}, {} a second: announced {} new, {} changed, {} unchanged; \
         withdrawn {}, {} absent",
        counts.total(),
        seconds(writer.elapsed),
        whole(writer.rate()),
        counts.new,
        counts.changed,
        counts.unchanged,
        counts.withdrawn,
        counts.absent,
    )?;
    print_quantiles(out, "publication", &writer.latencies.quantiles())?;
    writeln!(
        out,
        "  unreclaimed  at most {} items of {} KiB in a grace period; {} entries, held ones \
         included",
        writer.peak_items,
        writer.peak_bytes.div_ceil(1024),
        writer.peak_entries,
    )
}

pub(crate) fn print_quantiles(
    out: &mut impl Write,
    name: &str,
    quantiles: &Quantiles,
) -> io::Result<()> {
    let Quantiles { count, p50, p99, p99_9, p99_99, max } = quantiles;
    writeln!(
        out,
        "  {name:<12} p50 {p50} ns, p99 {p99} ns, p99.9 {p99_9} ns, p99.99 {p99_99} ns, max {max} \
         ns, of {count}"
    )
}

/// A time in seconds, to the millisecond.
pub(crate) fn seconds(time: Duration) -> String {
    format!("{:.3} s", time.as_secs_f64())
}

/// A large number without its fraction.
pub(crate) fn whole(number: f64) -> String {
    format!("{number:.0}")
}

/// A rate in millions.
pub(crate) fn millions(rate: f64) -> String {
    format!("{:.2}", rate / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anything_wrong_fails_the_command() {
        let mut conclusion = Conclusion::default();
        conclusion.table("routes", &Checked { asked: 5, ..Checked::default() });
        conclusion.samples("samples", &Verdict { checked: 5, ..Verdict::default() });
        let mut text = Vec::new();
        conclusion.print(&mut text).unwrap();
        assert_eq!(text, b"all checks passed\n");
        assert!(conclusion.result().is_ok());

        let mut conclusion = Conclusion::default();
        let described = vec!["this".to_owned()];
        conclusion.table("routes", &Checked { asked: 5, wrong: 2, described });
        conclusion.samples("samples", &Verdict { checked: 5, wrong: 1, ..Verdict::default() });
        let mut text = Vec::new();
        conclusion.print(&mut text).unwrap();
        assert_eq!(text, b"wrong: routes: this\n");
        assert_eq!(conclusion.to_json()["wrong"], 3);
        assert_eq!(conclusion.result().unwrap_err().to_string(), "3 checks failed");
    }
}
