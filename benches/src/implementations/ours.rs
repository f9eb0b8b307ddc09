//! This crate: its forwarding view, its entries, entries taken as references, and its entries on the
//! reclamation of other crates.

use core::{any::Any, hint::black_box, marker::PhantomData, time::Duration};
use std::time::Instant;

use rtalloc::{
    Epoch, Guard, Hyaline, Match, Options, Own, Reader as TableReader, Reclaim, Rib, Table, Width,
    testing::history::Step,
};

use crate::{
    Routes,
    adapter::{Adapter, Implementation, Opened, Reader, Takes, Writer},
    candidate::MOST,
    changes::{apply, apply_batch, load},
    family::Family,
};

/// All ways of this crate.
pub(super) fn implementations<A: Family>() -> Vec<Implementation<A>> {
    vec![
        Implementation {
            name: "rtalloc",
            what: "numbers of next hops, from the forwarding view",
            open: |routes| open::<A, Own, Numbers>(routes, Options::new().forwarding(Width::One)),
            room: None,
            takes: Takes::USUAL,
        },
        Implementation {
            name: "rtalloc entries",
            what: "borrowed entries, of which the next hop is read",
            open: |routes| open::<A, Own, Entries>(routes, Options::new()),
            room: None,
            takes: Takes::USUAL,
        },
        Implementation {
            name: "rtalloc references",
            what: "rtalloc and rtfree for each address",
            open: |routes| open::<A, Own, References>(routes, Options::new()),
            room: None,
            takes: Takes::USUAL,
        },
        Implementation {
            name: "rtalloc on crossbeam-epoch",
            what: "borrowed entries; pinned once a burst",
            open: |routes| open::<A, Epoch, Pinned>(routes, Options::new()),
            room: None,
            takes: Takes::USUAL,
        },
        Implementation {
            name: "rtalloc on crossbeam-epoch, repin",
            what: "borrowed entries; repinned once a burst",
            open: |routes| open::<A, Epoch, Entries>(routes, Options::new()),
            room: None,
            takes: Takes::USUAL,
        },
        Implementation {
            name: "rtalloc on seize",
            what: "borrowed entries; a guard a burst",
            open: |routes| open::<A, Hyaline, Pinned>(routes, Options::new()),
            room: None,
            takes: Takes::USUAL,
        },
    ]
}

fn open<A: Family, R: Reclaim, W: Way<A>>(routes: &Routes<A>, options: Options) -> Opened<A> {
    let table: Table<(), R> = options.open_with()?;
    load(A::rib(&table), routes);
    Ok(Box::new(Ours::<R, W> { table, way: PhantomData }))
}

struct Ours<R: Reclaim, W> {
    table: Table<(), R>,
    way: PhantomData<fn() -> W>,
}

impl<A: Family, R: Reclaim, W: Way<A>> Adapter<A> for Ours<R, W> {
    fn reader(&self) -> Box<dyn Reader<A> + '_> {
        Box::new(Looking::<R, W> { reader: self.table.reader(), way: PhantomData })
    }

    fn writer(&self) -> Option<Box<dyn Writer<A> + '_>> {
        Some(Box::new(Changing(A::rib(&self.table))))
    }

    fn parts(&self) -> Vec<(&'static str, usize)> {
        let stats = A::rib(&self.table).stats();
        vec![
            ("tree", stats.arena_bytes),
            ("cells", stats.cell_bytes),
            ("forwarding view", stats.forward_bytes),
            ("numbers of next hops", stats.next_hop_bytes),
            ("entries", stats.entry_bytes),
            ("ordered map", stats.map_bytes),
            ("writer", stats.writer_bytes),
        ]
    }

    fn waiting(&self) -> Option<usize> {
        Some(A::rib(&self.table).waiting().bytes)
    }
}

struct Changing<'t, A: Family, R: Reclaim>(&'t Rib<A, (), R>);

impl<A: Family, R: Reclaim> Writer<A> for Changing<'_, A, R> {
    fn apply(&mut self, step: &Step<A>) {
        apply(self.0, step);
    }

    fn apply_all(&mut self, steps: &[Step<A>]) {
        apply_batch(self.0, steps);
    }
}

struct Looking<R: Reclaim, W> {
    reader: TableReader<(), R>,
    way: PhantomData<fn() -> W>,
}

impl<A: Family, R: Reclaim, W: Way<A>> Reader<A> for Looking<R, W> {
    fn burst(&mut self, addresses: &[A], answers: &mut [u32]) {
        W::burst(&self.reader.enter(), addresses, answers);
    }

    fn run(&mut self, addresses: &[A], burst: usize) {
        let mut answers = [0; MOST];
        let bursts = addresses.chunks(burst.min(MOST));
        if !W::QUIESCENT {
            for addresses in bursts {
                self.burst(addresses, &mut answers[..addresses.len()]);
                black_box(&mut answers);
            }
            return;
        }
        let mut guard = self.reader.enter();
        for addresses in bursts {
            W::burst(&guard, addresses, &mut answers[..addresses.len()]);
            black_box(&mut answers);
            guard.quiescent();
        }
    }

    fn timed(&mut self, addresses: &[A], burst: usize, note: &mut dyn FnMut(Duration)) {
        let mut answers = [0; MOST];
        let bursts = addresses.chunks(burst.min(MOST));
        if !W::QUIESCENT {
            for addresses in bursts {
                let begun = Instant::now();
                self.burst(addresses, &mut answers[..addresses.len()]);
                let took = begun.elapsed();
                black_box(&mut answers);
                note(took);
            }
            return;
        }
        let mut guard = self.reader.enter();
        for addresses in bursts {
            let begun = Instant::now();
            W::burst(&guard, addresses, &mut answers[..addresses.len()]);
            guard.quiescent();
            let took = begun.elapsed();
            black_box(&mut answers);
            note(took);
        }
    }

    fn interface(&mut self, answer: u32) -> u32 {
        W::interface(&self.reader.enter(), answer)
    }

    fn stall(&mut self, during: &mut dyn FnMut()) {
        let guard = self.reader.enter();
        during();
        drop(guard);
    }

    fn take(&mut self, address: A) -> Option<Box<dyn Any + Send>> {
        let guard = self.reader.enter();
        let held = A::lookup(&guard, address)?.hold();
        Some(Box::new(held))
    }
}

/// What is looked up, and how.
trait Way<A: Family>: 'static {
    /// Whether a run has one guard, with a quiescent point after each burst, rather than a guard for
    /// each.
    const QUIESCENT: bool = true;

    fn burst<R: Reclaim>(guard: &Guard<'_, (), R>, addresses: &[A], answers: &mut [u32]);

    fn interface<R: Reclaim>(_: &Guard<'_, (), R>, answer: u32) -> u32 {
        answer
    }
}

/// Numbers of next hops.
struct Numbers;

impl<A: Family> Way<A> for Numbers {
    #[inline(always)]
    fn burst<R: Reclaim>(guard: &Guard<'_, (), R>, addresses: &[A], answers: &mut [u32]) {
        let Some(view) = guard.forwarding() else { return };
        match (addresses, &mut *answers) {
            ([address], [answer]) => *answer = A::number(&view, *address),
            _ => A::numbers(&view, addresses, answers),
        }
    }

    fn interface<R: Reclaim>(guard: &Guard<'_, (), R>, answer: u32) -> u32 {
        let hop = guard.forwarding().and_then(|view| A::next_hop(&view, answer));
        hop.map_or(0, |hop| hop.interface)
    }
}

/// Entries that are looked up together here: no more of them than a usual burst has are cleared
/// before each.
const TOGETHER: usize = 64;

/// What `interface` says of each entry.
#[inline(always)]
pub(crate) fn read<A: Family, R: Reclaim>(
    guard: &Guard<'_, (), R>,
    addresses: &[A],
    answers: &mut [u32],
    interface: impl Fn(Match<'_, ()>) -> u32,
) {
    if let ([address], [answer]) = (addresses, &mut *answers) {
        *answer = A::lookup(guard, *address).map_or(0, interface);
        return;
    }
    for (addresses, answers) in addresses.chunks(TOGETHER).zip(answers.chunks_mut(TOGETHER)) {
        let mut found = [None; TOGETHER];
        let found = &mut found[..addresses.len()];
        A::entries(guard, addresses, found);
        for (found, answer) in found.iter().zip(answers) {
            *answer = found.map_or(0, &interface);
        }
    }
}

/// Entries, of which the next hop is read.
struct Entries;

impl<A: Family> Way<A> for Entries {
    #[inline(always)]
    fn burst<R: Reclaim>(guard: &Guard<'_, (), R>, addresses: &[A], answers: &mut [u32]) {
        read(guard, addresses, answers, |found| found.next_hop().interface);
    }
}

/// As [`Entries`], with a guard for each burst.
struct Pinned;

impl<A: Family> Way<A> for Pinned {
    const QUIESCENT: bool = false;

    #[inline(always)]
    fn burst<R: Reclaim>(guard: &Guard<'_, (), R>, addresses: &[A], answers: &mut [u32]) {
        Entries::burst(guard, addresses, answers);
    }
}

/// As [`Entries`], each taken as a reference and given back.
struct References;

impl<A: Family> Way<A> for References {
    #[inline(always)]
    fn burst<R: Reclaim>(guard: &Guard<'_, (), R>, addresses: &[A], answers: &mut [u32]) {
        read(guard, addresses, answers, |found| found.hold().next_hop().interface);
    }
}
