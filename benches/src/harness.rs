//! Readers beside a writer for a fixed time.
//!
//! All threads of a sample begin together, warm up for an eighth of the time, and work until the same
//! instant. A reader looks at the clock after each [`CHUNK`] of addresses. Its rate is of the time
//! from the end of the warm-up, whether or not it had a core then, to its own end; the sample's is
//! the sum. The writer replays a [`Feed`], as fast as it can or held to a rate by the clock; time
//! that it loses it makes up for.
//!
//! Readers are bound to the first cores and the writer to the next, as [`Cores`] has it. If the
//! system took cores from them for too much of the time, warm-up not included, the sample is disturbed,
//! as [`disturbance`](crate::disturbance) has it, and taken again a few times. Where threads share
//! cores on purpose that says nothing: such samples are marked as oversubscribed and not judged.

use std::{
    sync::{Barrier, OnceLock},
    thread,
    time::{Duration, Instant},
};

use hdrhistogram::Histogram;
use rtalloc::Address;

use crate::{
    adapter::{Adapter, Failure},
    counting_allocator::Counts,
    disturbance::{Lost, Watch},
    feed::Feed,
    pinning::Cores,
    plan::Rate,
    throttle::Throttle,
};

/// Addresses that a reader looks up between two looks at the clock, unless bursts are timed.
const CHUNK: usize = 2048;

/// Updates between two looks at the clock, of a writer that is fast enough.
const SOME: u64 = 16;

/// What [`SOME`] updates take at most, of such a writer.
const QUICK: Duration = Duration::from_micros(100);

/// How long a writer that is ahead of its rate sleeps.
const SLEEP: Duration = Duration::from_micros(50);

/// Times of bursts or updates, in nanoseconds, up to a minute and to a thousandth.
///
/// # Errors
/// Never with these bounds.
pub fn times() -> Result<Histogram<u64>, Failure> {
    Ok(Histogram::new_with_bounds(1, 60_000_000_000, 3)?)
}

/// What one sample is.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// Threads that look up.
    pub readers: usize,
    /// Addresses a burst.
    pub burst: usize,
    /// Updates a second.
    pub updates: Rate,
    /// How long it takes, without the warm-up.
    pub lasting: Duration,
    /// Whether each burst is timed, which takes time itself.
    pub timed: bool,
}

impl Window {
    /// Threads, with the writer's.
    pub fn threads(&self) -> usize {
        self.readers + usize::from(self.updates.any())
    }

    /// How long the warm-up takes.
    pub fn warm_up(&self) -> Duration {
        self.lasting / 8
    }
}

/// What was seen in a sample.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Lookups a second, of all readers.
    pub lookups_per_second: f64,
    /// Updates a second that were made.
    pub updates_per_second: f64,
    /// Updates that the table refused, in the warm-up too.
    pub refused: u64,
    /// Lookups, of all readers.
    pub lookups: u64,
    /// Times of bursts; none unless they were timed.
    pub times: Histogram<u64>,
    /// What readers allocated and freed.
    pub counts: Counts,
    /// Whether there were more threads than cores.
    pub oversubscribed: bool,
    /// Whether something else had the threads' cores for long in the meantime; not judged if there
    /// were more threads than cores.
    pub disturbed: bool,
}

/// When the threads of a sample begin to count, and when they end.
#[derive(Clone, Copy, Debug)]
struct Span {
    from: Instant,
    to: Instant,
}

/// Where threads begin together.
struct Start {
    barrier: Barrier,
    span: OnceLock<Span>,
}

impl Start {
    fn new(threads: usize) -> Self {
        Self { barrier: Barrier::new(threads), span: OnceLock::new() }
    }

    /// Waits for all threads. Whoever comes first out of the barrier sets the time.
    fn wait(&self, window: &Window) -> Span {
        self.barrier.wait();
        *self.span.get_or_init(|| {
            let from = Instant::now() + window.warm_up();
            Span { from, to: from + window.lasting }
        })
    }
}

/// What one reader did.
struct Read {
    lookups: u64,
    seconds: f64,
    times: Histogram<u64>,
    counts: Counts,
    lost: Lost,
}

/// What the writer did.
#[derive(Default)]
struct Written {
    updates_per_second: f64,
    refused: u64,
    lost: Lost,
}

/// Takes one sample; nothing if updates are asked for and the table cannot be changed.
///
/// # Errors
/// If there are no addresses, or a thread panicked.
pub fn sample<A: Address>(
    adapter: &dyn Adapter<A>,
    addresses: &[A],
    feed: &mut Feed<'_, A>,
    window: &Window,
    cores: &Cores,
) -> Result<Option<Seen>, Failure> {
    if addresses.is_empty() {
        return Err("no addresses to look up".into());
    }
    if window.updates.any() && adapter.writer().is_none() {
        return Ok(None);
    }
    let start = Start::new(window.threads());
    let (reads, written) = thread::scope(|scope| {
        let start = &start;
        let readers: Vec<_> = (0..window.readers)
            .map(|index| {
                scope.spawn(move || {
                    cores.pin(index, window.threads());
                    read(adapter, addresses, index, start, window)
                })
            })
            .collect();
        let writer = window.updates.any().then(|| {
            scope.spawn(|| {
                cores.pin(window.readers, window.threads());
                write(adapter, feed, start, window)
            })
        });
        let reads: Vec<_> = readers.into_iter().map(|reader| reader.join()).collect();
        (reads, writer.map(|writer| writer.join()))
    });
    let oversubscribed = cores.oversubscribed(window.threads());
    let written = written.transpose().map_err(|_| "the writer panicked")?;
    let Written { updates_per_second, refused, mut lost } = written.unwrap_or_default();
    let mut seen = Seen {
        lookups_per_second: 0.0,
        updates_per_second,
        refused,
        lookups: 0,
        times: times()?,
        counts: Counts::default(),
        oversubscribed,
        disturbed: false,
    };
    for read in reads {
        let read = read.map_err(|_| "a reader panicked")??;
        seen.lookups_per_second += read.lookups as f64 / read.seconds;
        seen.lookups += read.lookups;
        seen.times.add(&read.times)?;
        seen.counts.allocations += read.counts.allocations;
        seen.counts.frees += read.counts.frees;
        lost += read.lost;
    }
    seen.disturbed = lost.disturbs() && !oversubscribed;
    Ok(Some(seen))
}

/// Takes a sample so often until it is not disturbed.
///
/// # Errors
/// As [`sample`].
pub fn quiet_sample<A: Address>(
    adapter: &dyn Adapter<A>,
    addresses: &[A],
    feed: &mut Feed<'_, A>,
    window: &Window,
    cores: &Cores,
    tries: usize,
) -> Result<Option<Seen>, Failure> {
    let mut seen = sample(adapter, addresses, feed, window, cores)?;
    for _ in 1..tries {
        if seen.as_ref().is_some_and(|seen| seen.disturbed) {
            seen = sample(adapter, addresses, feed, window, cores)?;
        }
    }
    Ok(seen)
}

fn read<A: Address>(
    adapter: &dyn Adapter<A>,
    addresses: &[A],
    index: usize,
    start: &Start,
    window: &Window,
) -> Result<Read, Failure> {
    let mut times = times()?;
    // Readers are in different places, so that none finds in a cache what another has just fetched.
    let chunks = addresses.chunks(CHUNK);
    let place = index * chunks.len() / window.readers.max(1);
    let mut chunks = chunks.cycle().skip(place);
    let Span { from, to } = start.wait(window);
    let mut reader = adapter.reader();
    let (mut now, mut lookups) = (Instant::now(), 0);
    while now < from
        && let Some(chunk) = chunks.next()
    {
        reader.run(chunk, window.burst);
        now = Instant::now();
    }
    let (before, watch) = (Counts::of_this_thread(), Watch::thread());
    while now < to
        && let Some(chunk) = chunks.next()
    {
        if window.timed {
            reader.timed(chunk, window.burst, &mut |took| {
                times.saturating_record(took.as_nanos() as u64);
            });
        } else {
            reader.run(chunk, window.burst);
        }
        now = Instant::now();
        lookups += chunk.len() as u64;
    }
    let (lost, counts) = (watch.end(), Counts::of_this_thread().since(before));
    let seconds = (now.max(to) - from).as_secs_f64();
    Ok(Read { lookups, seconds, times, counts, lost })
}

/// Updates until the end.
fn write<A: Address>(
    adapter: &dyn Adapter<A>,
    feed: &mut Feed<'_, A>,
    start: &Start,
    window: &Window,
) -> Written {
    let Span { from, to } = start.wait(window);
    let Some(mut writer) = adapter.writer() else { return Written::default() };
    let mut pace = Pace::new(window.updates);
    let (mut now, mut counted, mut refused) = (Instant::now(), 0.0, writer.refused());
    let before = refused;
    let mut watch = None;
    while now < to {
        if now >= from {
            watch.get_or_insert_with(Watch::thread);
        }
        let due = pace.due();
        feed.by_ref().take(due as usize).for_each(|step| writer.apply(step));
        let (begun, after) = (now, Instant::now());
        pace.made(due, after - begun);
        now = after;
        let made = due.saturating_sub((writer.refused() - refused) as u64);
        refused = writer.refused();
        counted += made as f64 * share_after(from, begun, now);
    }
    let seconds = (now.max(to) - from).as_secs_f64();
    Written {
        updates_per_second: counted / seconds,
        refused: (refused - before) as u64,
        lost: watch.map(Watch::end).unwrap_or_default(),
    }
}

/// How much of the time from `begun` to `ended` comes after `from`: updates that began in the
/// warm-up count with that share, as one may take longer than a sample.
fn share_after(from: Instant, begun: Instant, ended: Instant) -> f64 {
    if begun >= from {
        return 1.0;
    }
    let within = ended.saturating_duration_since(from).as_secs_f64();
    within / (ended - begun).as_secs_f64().max(f64::MIN_POSITIVE)
}

/// How many updates are due, and how many of them between two looks at the clock.
#[derive(Debug)]
pub struct Pace {
    throttle: Option<Throttle>,
    owed: u64,
    at_once: u64,
}

impl Pace {
    /// So many a second.
    pub fn new(rate: Rate) -> Self {
        let throttle = rate.0.is_finite().then(|| Throttle::new(rate.0));
        Self { throttle, owed: 0, at_once: 1 }
    }

    /// How many to make now, before looking at the clock again. Sleeps if there are none.
    pub fn due(&mut self) -> u64 {
        let Some(throttle) = &mut self.throttle else { return self.at_once };
        self.owed += throttle.take();
        let due = self.owed.min(self.at_once);
        self.owed -= due;
        if due == 0 {
            thread::sleep(SLEEP);
        }
        due
    }

    /// Notes how long it took to make so many: who is slow looks at the clock after each.
    pub fn made(&mut self, count: u64, took: Duration) {
        if count > 0 {
            self.at_once = if took < QUICK { SOME } else { 1 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        adapter::{oracle, verify},
        family::Family,
        implementations::all,
    };

    #[test]
    fn a_sample_counts_what_its_threads_do() {
        let routes = u32::internet(1000);
        let addresses = u32::addresses(crate::Stream::Routed, &routes, 5000);
        let steps = u32::synthetic_updates(&routes, 300);
        let cores = Cores::available();
        let adapter = (all::<u32>()[0].open)(&routes).unwrap();
        let mut feed = Feed::new(&steps);
        let lasting = Duration::from_millis(8);
        let window = Window { readers: 2, burst: 7, updates: Rate(1e4), lasting, timed: true };
        let seen = sample(&*adapter, &addresses, &mut feed, &window, &cores).unwrap().unwrap();
        assert!(seen.lookups > 0 && seen.lookups_per_second > 0.0);
        assert!(seen.times.len() >= seen.lookups / 7, "a time a burst");
        assert_eq!(seen.oversubscribed, cores.count() < 3);
        // 9 ms are 90 updates, of which the 80 of the last 8 ms count.
        assert!((1..=100).contains(&feed.made()), "{} updates", feed.made());
        assert!(seen.updates_per_second <= 1.3e4, "{} a second", seen.updates_per_second);
        let mut oracle = oracle(&routes);
        feed.replay(&mut oracle);
        assert_eq!(verify(&mut *adapter.reader(), &oracle, &routes, 1).wrong, 0);
        let alone = Window { updates: Rate(0.0), timed: false, ..window };
        let seen = sample(&*adapter, &addresses, &mut feed, &alone, &cores).unwrap().unwrap();
        assert_eq!((seen.updates_per_second, seen.times.len()), (0.0, 0));
        assert!(sample(&*adapter, &[], &mut feed, &alone, &cores).is_err());
    }

    #[test]
    fn an_update_that_began_in_the_warm_up_counts_in_part() {
        let begun = Instant::now();
        let at = |milliseconds| begun + Duration::from_millis(milliseconds);
        let shares = [0, 50, 200].map(|from| share_after(at(from), begun, at(100)));
        assert_eq!(shares, [1.0, 0.5, 0.0]);
        assert_eq!(share_after(at(10), at(20), at(20)), 1.0);
    }

    #[test]
    fn a_slow_writer_looks_at_the_clock_after_each_update() {
        let mut pace = Pace::new(Rate(f64::INFINITY));
        assert_eq!(pace.due(), 1);
        pace.made(1, Duration::from_micros(1));
        assert_eq!(pace.due(), SOME);
        pace.made(SOME, Duration::from_millis(1));
        assert_eq!(pace.due(), 1);
        let mut pace = Pace::new(Rate(1e6));
        thread::sleep(Duration::from_millis(1));
        assert_eq!(pace.due(), 1, "though a thousand are owed");
    }
}
