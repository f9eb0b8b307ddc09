//! What the thread beside the reader does, as it is told.

use std::{
    hint::black_box,
    sync::atomic::{AtomicU8, AtomicU64, Ordering},
    thread,
    time::Duration,
};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rtalloc::{Rib, testing::history::Step};
use rtalloc_benches::{SEED, changes::apply, family::Family, throttle::Throttle};

/// Updates a second of a throttled writer.
const THROTTLED: f64 = 100_000.0;

/// How long a throttled writer sleeps, and one that does nothing. A writer that has nothing to do
/// leaves its processor to others.
const SLEEP: Duration = Duration::from_micros(50);

/// Updates between two looks at what is to be done.
const SOME: u64 = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Doing {
    Nothing,
    /// [`THROTTLED`] updates a second.
    Throttled,
    /// As many updates as it can.
    Unthrottled,
    /// As many bytes as the updates of an unthrottled writer, elsewhere.
    Writing,
    /// It ends.
    Ending,
}

impl Doing {
    const ALL: [Self; 5] =
        [Self::Nothing, Self::Throttled, Self::Unthrottled, Self::Writing, Self::Ending];
}

/// What tells the neighbour, and what it tells. All of it is relaxed: nothing else is read because of
/// what it says, and the updates are the table's own affair.
#[derive(Debug)]
pub(crate) struct Orders {
    doing: AtomicU8,
    /// Updates done, or what stands for them.
    done: AtomicU64,
    /// Updates a second that writing stands for.
    rate: AtomicU64,
}

impl Orders {
    pub(crate) fn new() -> Self {
        let doing = AtomicU8::new(Doing::Nothing as u8);
        Self { doing, done: AtomicU64::new(0), rate: AtomicU64::new(0) }
    }

    pub(crate) fn order(&self, doing: Doing) {
        // Relaxed: an order; nothing else goes with it.
        self.doing.store(doing as u8, Ordering::Relaxed);
    }

    /// The rate of the updates whose bytes are to be written.
    pub(crate) fn set_rate(&self, rate: f64) {
        // Relaxed: a figure by itself.
        self.rate.store(rate as u64, Ordering::Relaxed);
    }

    /// How many updates were made, or written as if, since the start.
    pub(crate) fn done(&self) -> u64 {
        // Relaxed: a count; whoever reads it twice takes the difference.
        self.done.load(Ordering::Relaxed)
    }

    /// Gives the order to end when it is dropped, however that comes about.
    pub(crate) fn ending(&self) -> Ending<'_> {
        Ending(self)
    }

    fn doing(&self) -> Doing {
        // Relaxed: an order; it is seen soon.
        let doing = usize::from(self.doing.load(Ordering::Relaxed));
        Doing::ALL.get(doing).copied().unwrap_or(Doing::Ending)
    }
}

/// See [`Orders::ending`].
#[derive(Debug)]
pub(crate) struct Ending<'o>(&'o Orders);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.order(Doing::Ending);
    }
}

/// A cache line.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Line([u64; 8]);

/// How much updates write: an estimate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Footprint {
    /// Bytes that one update writes.
    pub(crate) bytes: f64,
    /// Prefixes that all of them are about, so as to write to as much memory.
    pub(crate) prefixes: usize,
}

/// Does as it is told until it is told to end.
pub(crate) fn run<A: Family>(
    rib: &Rib<A, ()>,
    updates: &[Step<A>],
    footprint: Footprint,
    orders: &Orders,
) {
    let mut steps = updates.iter().cycle();
    let mut update = |count| {
        for step in (&mut steps).take(count as usize) {
            apply(rib, step);
        }
    };
    let lines_each = footprint.bytes / size_of::<Line>() as f64;
    let lines = (footprint.prefixes as f64 * lines_each) as usize;
    let mut memory = vec![Line([1; 8]); lines.max(1)];
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let places: Vec<u32> =
        (0..1 << 16).map(|_| random.random_range(0..memory.len() as u32)).collect();
    let mut places = places.into_iter().cycle();
    let mut doing = Doing::Nothing;
    let mut throttle = Throttle::new(0.0);
    let mut owed = 0.0;
    loop {
        let now = orders.doing();
        if now != doing {
            doing = now;
            throttle = Throttle::new(match doing {
                // Relaxed: a figure by itself.
                Doing::Writing => orders.rate.load(Ordering::Relaxed) as f64,
                _ => THROTTLED,
            });
        }
        let done = match doing {
            Doing::Nothing => {
                thread::sleep(SLEEP);
                0
            }
            Doing::Throttled => {
                let count = throttle.take();
                update(count);
                thread::sleep(SLEEP);
                count
            }
            Doing::Unthrottled => {
                update(SOME);
                SOME
            }
            Doing::Writing => {
                let count = throttle.take();
                owed += count as f64 * lines_each;
                while owed >= 1.0 {
                    owed -= 1.0;
                    if let Some(place) = places.next()
                        && let Some(line) = memory.get_mut(place as usize)
                    {
                        let Line(words) = line;
                        *words = [count; 8];
                    }
                }
                black_box(&mut memory);
                count
            }
            Doing::Ending => return,
        };
        // Relaxed: a count.
        orders.done.fetch_add(done, Ordering::Relaxed);
    }
}
