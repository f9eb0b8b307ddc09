//! What waits to be freed, over time, beside a writer that is held to a rate.
//!
//! One reader more than the plan says does something special in the middle of a run: it stalls in a
//! read section, or takes handles and keeps them for a while; before and after, it looks up like the
//! others. Every few milliseconds are noted: what the implementation says that waits, if it can say;
//! how the allocator's live bytes and the process's resident memory have grown since the run began;
//! and the rate of updates since the last note, since a writer that waits for the stalled reader
//! makes no garbage, but no updates either.
//!
//! Live bytes are all the allocator's, handles and what the table grows by included; rtalloc's
//! entries and nodes are in mappings of their own, which resident memory has and live bytes have not.
//! The cases of a round follow each other on one table, so what one has left to be freed may be freed
//! in the next: growth can be negative.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use rtalloc_benches::{
    Stream,
    adapter::{Adapter, Failure, Reader},
    counting_allocator::live_bytes,
    disturbance::{Lost, Watch},
    environment::resident,
    family::Family,
    feed::Feed,
    harness::Pace,
    plan::{FamilyName, Garbage},
    rows::Row,
};

use super::Experiment;
use crate::{
    session::Session,
    setting::{Cost, Setting, routes},
};

/// Threads of a run beside the readers of the plan: the special reader, the writer, and who notes.
const BESIDE: usize = 3;

/// Addresses of the stream.
const ADDRESSES: usize = 1 << 17;

/// Addresses between two looks at what is to be done.
const CHUNK: usize = 1024;

/// What the special reader does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Case {
    Normal,
    Stalled,
    Held,
}

impl Case {
    const ALL: [Self; 3] = [Self::Normal, Self::Stalled, Self::Held];

    fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Stalled => "stalled reader",
            Self::Held => "held handles",
        }
    }
}

/// What was noted at one time.
#[derive(Clone, Copy, Debug)]
struct Note {
    at: Duration,
    waiting: Option<usize>,
    live: i64,
    resident: i64,
    /// Updates made so far.
    made: u64,
}

/// What a run's threads share.
struct Shared<'s, A: Family> {
    plan: &'s Garbage,
    adapter: &'s dyn Adapter<A>,
    addresses: &'s [A],
    ended: AtomicBool,
    made: AtomicU64,
    begun: Instant,
}

impl<A: Family> Shared<'_, A> {
    fn ended(&self) -> bool {
        // Relaxed: an order; nothing else goes with it.
        self.ended.load(Ordering::Relaxed)
    }

    /// Looks up until it is time, or the run has ended.
    fn look_until(&self, reader: &mut dyn Reader<A>, time: Duration) {
        for chunk in self.addresses.chunks(CHUNK).cycle() {
            if self.ended() || self.begun.elapsed() >= time {
                return;
            }
            reader.run(chunk, self.plan.burst.get());
        }
    }

    fn special(&self, case: Case) {
        let [from, lasting] = [self.plan.from_ms, self.plan.for_ms].map(Duration::from_millis);
        let mut reader = self.adapter.reader();
        self.look_until(&mut *reader, from);
        match case {
            Case::Normal => {}
            Case::Stalled => reader.stall(&mut || thread::sleep(lasting)),
            Case::Held => {
                let some = self.addresses.iter().cycle().take(self.plan.handles);
                let held: Vec<_> = some.filter_map(|&address| reader.take(address)).collect();
                self.look_until(&mut *reader, from + lasting);
                drop(held);
            }
        }
        self.look_until(&mut *reader, Duration::MAX);
    }

    /// Updates until the run has ended; how many were refused.
    fn write(&self, feed: &mut Feed<'_, A>) -> u64 {
        let Some(mut writer) = self.adapter.writer() else { return 0 };
        let mut refused = 0;
        let mut pace = Pace::new(self.plan.updates);
        while !self.ended() {
            let due = pace.due();
            let begun = Instant::now();
            feed.by_ref().take(due as usize).for_each(|step| writer.apply(step));
            pace.made(due, begun.elapsed());
            let made = due.saturating_sub(writer.refused() as u64 - refused);
            refused = writer.refused() as u64;
            // Relaxed: a count.
            self.made.fetch_add(made, Ordering::Relaxed);
        }
        refused
    }

    /// Notes how things are, until the time is over.
    fn notes(&self, live: i64, resident_before: i64) -> Vec<Note> {
        let [lasting, pause] =
            [self.plan.lasting_ms, self.plan.sample_ms.get()].map(Duration::from_millis);
        let mut notes =
            Vec::with_capacity((self.plan.lasting_ms / self.plan.sample_ms) as usize + 2);
        let mut next = Duration::ZERO;
        while next <= lasting {
            thread::sleep(next.saturating_sub(self.begun.elapsed()));
            notes.push(Note {
                at: self.begun.elapsed(),
                waiting: self.adapter.waiting(),
                live: live_bytes() - live,
                resident: resident() as i64 - resident_before,
                // Relaxed: a count.
                made: self.made.load(Ordering::Relaxed),
            });
            next += pause;
        }
        notes
    }
}

/// One run: the notes, how many updates were refused, and whether the run was disturbed.
fn run<A: Family>(
    plan: &Garbage,
    case: Case,
    adapter: &dyn Adapter<A>,
    feed: &mut Feed<'_, A>,
    addresses: &[A],
    session: &Session,
) -> Result<(Vec<Note>, u64, bool), Failure> {
    let cores = &session.setting.cores;
    let threads = plan.readers + BESIDE;
    let shared = Shared {
        plan,
        adapter,
        addresses,
        ended: AtomicBool::new(false),
        made: AtomicU64::new(0),
        begun: Instant::now(),
    };
    let (live, resident) = (live_bytes(), resident() as i64);
    let (notes, ended) = thread::scope(|scope| {
        let shared = &shared;
        let mut all = Vec::new();
        for index in 0..plan.readers {
            all.push(scope.spawn(move || {
                cores.pin(index, threads);
                let watch = Watch::thread();
                shared.look_until(&mut *adapter.reader(), Duration::MAX);
                (watch.end(), 0)
            }));
        }
        all.push(scope.spawn(move || {
            cores.pin(plan.readers, threads);
            let watch = Watch::thread();
            shared.special(case);
            (watch.end(), 0)
        }));
        all.push(scope.spawn(|| {
            cores.pin(plan.readers + 1, threads);
            let watch = Watch::thread();
            let refused = shared.write(feed);
            (watch.end(), refused)
        }));
        let notes = shared.notes(live, resident);
        // Relaxed: an order.
        shared.ended.store(true, Ordering::Relaxed);
        let ended: Vec<_> = all.into_iter().map(|thread| thread.join()).collect();
        (notes, ended)
    });
    let (mut lost, mut refused) = (Lost::default(), 0);
    for thread in ended {
        let (its, of_it) = thread.map_err(|_| "a thread panicked")?;
        lost += its;
        refused += of_it;
    }
    Ok((notes, refused, lost.disturbs() && !cores.oversubscribed(threads)))
}

/// The notes as rows.
fn rows(row: &Row, notes: &[Note]) -> Vec<Row> {
    let mut rows = Vec::with_capacity(notes.len() * 4);
    for (index, note) in notes.iter().enumerate() {
        let x = Some(note.at.as_secs_f64());
        let mut push = |metric, unit, value| {
            rows.push(Row { x, metric, unit, value, ..row.clone() });
        };
        if let Some(waiting) = note.waiting {
            push("waiting_bytes", "bytes", waiting as f64);
        }
        push("live_bytes_growth", "bytes", note.live as f64);
        push("resident_growth", "bytes", note.resident as f64);
        if let Some(before) = index.checked_sub(1).and_then(|index| notes.get(index)) {
            let seconds = (note.at - before.at).as_secs_f64();
            push("updates_per_second", "1/s", (note.made - before.made) as f64 / seconds);
        }
    }
    rows
}

impl Experiment for Garbage {
    fn families(&self) -> &[FamilyName] {
        &self.families
    }

    fn cost<A: Family>(&self, setting: &Setting) -> Cost {
        let routes = routes::<A>(self.routes);
        let mut cost = setting.make(routes);
        let samples = setting.opened::<A>(routes).len() * Case::ALL.len();
        for _ in 0..self.rounds {
            cost += setting.open::<A>(routes) + setting.check_fed::<A>(routes);
            cost += setting.overrun::<A>(routes);
            cost += Cost::samples(samples, self.lasting_ms as f64 / 1e3);
        }
        cost
    }

    fn run<A: Family>(&self, session: &mut Session) -> Result<(), Failure> {
        let ground = session.ground::<A>(self.routes)?;
        let addresses = A::addresses(Stream::Routed, &ground.routes, ADDRESSES);
        let implementations = session.setting.implementations::<A>();
        let oversubscribed = session.setting.cores.oversubscribed(self.readers + BESIDE);
        for round in 0..self.rounds {
            for index in session.order(implementations.len()) {
                let implementation = &implementations[index];
                let Some(mut open) = session.open(implementation, &ground) else { continue };
                if open.adapter.writer().is_none() {
                    continue;
                }
                let can_hold = {
                    let mut reader = open.adapter.reader();
                    addresses.iter().take(CHUNK).any(|&address| reader.take(address).is_some())
                };
                for case in Case::ALL {
                    if case == Case::Held && !can_hold {
                        continue;
                    }
                    session.progress.doing(&format!("{}, {}", implementation.name, case.name()));
                    let (adapter, feed) = (&*open.adapter, &mut open.feed);
                    match run(self, case, adapter, feed, &addresses, session) {
                        Ok((notes, refused, disturbed)) => {
                            open.refused += refused;
                            session.sampled(disturbed);
                            let row = Row {
                                stream: Stream::Routed.name(),
                                readers: Some(self.readers + 1),
                                oversubscribed,
                                burst: Some(self.burst.get()),
                                updates: Some(self.updates.0),
                                case: case.name().to_owned(),
                                round,
                                disturbed,
                                ..session.row::<A>(implementation.name, ground.routes.len())
                            };
                            session.rows.extend(rows(&row, &notes));
                        }
                        Err(error) => {
                            let routes = ground.routes.len();
                            session.fail::<A>(implementation.name, routes, &error.to_string());
                        }
                    }
                }
                session.check_fed(&open, &ground);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_of_the_time_between_two_notes() {
        let note = |at, made| Note {
            at: Duration::from_millis(at),
            waiting: Some(3),
            live: -2,
            resident: 0,
            made,
        };
        let rows = rows(&Row::default(), &[note(0, 0), note(10, 100), note(30, 100)]);
        let rates: Vec<f64> = rows
            .iter()
            .filter(|row| row.metric == "updates_per_second")
            .map(|row| row.value)
            .collect();
        assert_eq!(rates, [10_000.0, 0.0]);
        assert_eq!(rows.iter().filter(|row| row.metric == "waiting_bytes").count(), 3);
    }
}
