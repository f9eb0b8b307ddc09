//! What `forward` says while it works, and at its end.

use std::{
    collections::BTreeSet,
    io::{self, Write},
    time::{Duration, Instant},
};

use rtalloc::{
    bsd::Name,
    forward::{Cause, Forwarder, RouteData, Totals, io::PortCounters},
};
use serde_json::{Map, Value, json};

/// What was counted by each thread, and by each port, with what it dropped before a thread saw it.
#[derive(Default)]
struct Parts {
    threads: Vec<Totals>,
    ports: Vec<(Name, PortCounters)>,
}

/// Says what was counted, and what has gone wrong for the first time.
pub(super) struct Reporter {
    json: bool,
    began: Instant,
    interval: Option<Duration>,
    last: (Instant, Totals),
    causes: BTreeSet<Cause>,
    faulty: BTreeSet<Name>,
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
    pub(super) fn fault(&mut self, name: Name, error: &io::Error) {
        if self.faulty.insert(name) {
            // Standard error may be closed; faults are counted as well.
            let _ = writeln!(io::stderr(), "rtalloc: port {name}: {error} (it is tried again)");
        }
    }

    /// Says what was counted in all, by each thread and by each port.
    pub(super) fn finish<V: RouteData>(
        &mut self,
        forwarder: &Forwarder<V>,
        ports: Vec<(Name, PortCounters)>,
    ) -> io::Result<()> {
        let totals = forwarder.totals();
        self.note_causes(&totals);
        let threads = forwarder.counters().iter().map(|of| of.totals()).collect();
        self.say(&totals, Some(Parts { threads, ports }))
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

    fn say(&self, totals: &Totals, parts: Option<Parts>) -> io::Result<()> {
        let seconds = self.began.elapsed().as_secs_f64();
        let mut out = io::stdout().lock();
        if self.json {
            let mut object = object(totals);
            object.insert("seconds".into(), json!(seconds));
            if let Some(Parts { threads, ports }) = parts {
                let threads = threads.iter().map(|of| Value::Object(self::object(of)));
                object.insert("threads".into(), threads.collect());
                let ports = ports.iter().map(|(name, of)| (name.to_string(), port(of)));
                object.insert("ports".into(), Value::Object(ports.collect()));
            }
            writeln!(out, "{}", Value::Object(object))?;
        } else {
            let since = self.last.0.elapsed().as_secs_f64().max(1e-9);
            let rate = (totals.forwarded - self.last.1.forwarded) as f64 / since;
            let rate = if parts.is_some() { totals.forwarded as f64 / seconds } else { rate };
            writeln!(out, "{seconds:8.1} s  {rate:.0} packets/s; {totals}")?;
            let Parts { threads, ports } = parts.unwrap_or_default();
            for (number, Totals { received, forwarded, .. }) in threads.iter().enumerate() {
                writeln!(out, "thread {number}: received {received}, forwarded {forwarded}")?;
            }
            for (name, of) in ports {
                writeln!(out, "port {name}: {of}")?;
            }
        }
        out.flush()
    }
}

fn port(counters: &PortCounters) -> Value {
    let dropped = counters.dropped;
    json!({
        "received": counters.received,
        "received_bytes": counters.received_bytes,
        "sent": counters.sent,
        "sent_bytes": counters.sent_bytes,
        "oversized": dropped.oversized,
        "truncated": dropped.truncated,
        "unfinished": dropped.unfinished,
        "overrun": dropped.overrun,
        "too_long": dropped.too_long,
        "refused": dropped.refused,
    })
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
