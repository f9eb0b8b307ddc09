//! What `forward` says while it works, and at its end.

use std::{
    collections::BTreeSet,
    io::{self, Write},
    time::{Duration, Instant},
};

use rtalloc::forward::{Cause, Forwarder, Port, PortFault, RouteData, Totals};
use serde_json::{Map, Value, json};

/// Says what was counted, and what has gone wrong for the first time.
pub(super) struct Reporter {
    json: bool,
    began: Instant,
    interval: Option<Duration>,
    last: (Instant, Totals),
    causes: BTreeSet<Cause>,
    faulty: BTreeSet<usize>,
}

impl Reporter {
    /// Begins now; `interval` is in seconds, 0 for never.
    pub(super) fn begin(interval: u64, json: bool) -> Self {
        let began = Instant::now();
        Self {
            json,
            began,
            interval: (interval > 0).then(|| Duration::from_secs(interval)),
            last: (began, Totals::default()),
            causes: BTreeSet::new(),
            faulty: BTreeSet::new(),
        }
    }

    /// Says what has changed, if it is time to.
    pub(super) fn tick<V: RouteData>(&mut self, forwarder: &Forwarder<V>) -> io::Result<()> {
        let Some(interval) = self.interval else { return Ok(()) };
        if self.last.0.elapsed() < interval {
            return Ok(());
        }
        let totals = forwarder.totals();
        self.note_causes(&totals);
        if totals != self.last.1 {
            self.say(&totals, None)?;
        }
        self.last = (Instant::now(), totals);
        Ok(())
    }

    /// Says that a port has failed, the first time.
    pub(super) fn fault(&mut self, fault: &PortFault, ports: &[Port]) {
        if self.faulty.insert(fault.port) {
            let name = ports.get(fault.port).map(|port| port.name).unwrap_or_default();
            let error = &fault.error;
            // Standard error may be closed; faults are counted as well.
            let _ = writeln!(io::stderr(), "rtalloc: port {name}: {error} (it is tried again)");
        }
    }

    /// Says what was counted in all, and by each thread.
    pub(super) fn finish<V: RouteData>(&mut self, forwarder: &Forwarder<V>) -> io::Result<()> {
        let totals = forwarder.totals();
        self.note_causes(&totals);
        let each: Vec<Totals> = forwarder.counters().iter().map(|of| of.totals()).collect();
        self.say(&totals, Some(&each))
    }

    fn note_causes(&mut self, totals: &Totals) {
        for (cause, _) in totals.drops() {
            if self.causes.insert(cause) {
                // As above.
                let _ = writeln!(
                    io::stderr(),
                    "rtalloc: dropped: a packet {cause} (others are only counted)"
                );
            }
        }
    }

    fn say(&self, totals: &Totals, threads: Option<&[Totals]>) -> io::Result<()> {
        let seconds = self.began.elapsed().as_secs_f64();
        let mut out = io::stdout().lock();
        if self.json {
            let mut object = object(totals);
            object.insert("seconds".into(), json!(seconds));
            if let Some(threads) = threads {
                let threads = threads.iter().map(|of| Value::Object(self::object(of)));
                object.insert("threads".into(), threads.collect());
            }
            writeln!(out, "{}", Value::Object(object))?;
        } else {
            let since = self.last.0.elapsed().as_secs_f64().max(1e-9);
            let rate = (totals.forwarded - self.last.1.forwarded) as f64 / since;
            let rate = if threads.is_some() { totals.forwarded as f64 / seconds } else { rate };
            writeln!(out, "{seconds:8.1} s  {rate:.0} packets/s; {totals}")?;
            for (number, of) in threads.unwrap_or(&[]).iter().enumerate() {
                writeln!(
                    out,
                    "thread {number}: received {}, forwarded {}",
                    of.received, of.forwarded
                )?;
            }
        }
        out.flush()
    }
}

fn object(totals: &Totals) -> Map<String, Value> {
    let mut object = Map::new();
    for (key, value) in [
        ("received", totals.received),
        ("forwarded", totals.forwarded),
        ("forwarded_bytes", totals.forwarded_bytes),
        ("consumed", totals.consumed),
        ("originated", totals.originated),
        ("suppressed", totals.suppressed),
        ("port_faults", totals.port_faults),
    ] {
        object.insert(key.into(), value.into());
    }
    let drops = totals.drops().map(|(cause, count)| (cause.key().to_owned(), Value::from(count)));
    object.insert("dropped".into(), Value::Object(drops.collect()));
    object
}
