//! A reader allocates nothing, frees nothing and runs no destructor of the users' data, from its
//! registration to its end, whatever a writer does meanwhile. It takes no lock either, which the
//! feature `instrument` makes a panic.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering},
    thread,
};

use rtalloc::{Batch, EntryRef, NextHop, Prefix, Reader, Route, Table};

thread_local! {
    /// Whether this thread is a reader at work.
    static READER: Cell<bool> = const { Cell::new(false) };
    /// What this thread has done that a reader must not: allocations and frees.
    static OFFENCES: Cell<u32> = const { Cell::new(0) };
}

fn offend() {
    if READER.get() {
        OFFENCES.set(OFFENCES.get() + 1);
    }
}

/// Counts what readers do.
struct Watched;

// SAFETY: every call is handed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Watched {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        offend();
        // SAFETY: handed on to the caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        offend();
        // SAFETY: handed on to the caller.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        offend();
        // SAFETY: handed on to the caller.
        unsafe { System.realloc(memory, layout, size) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        offend();
        // SAFETY: handed on to the caller.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static WATCHED: Watched = Watched;

/// Runs a reader's work and returns its offences.
fn offences(work: impl FnOnce()) -> u32 {
    OFFENCES.set(0);
    READER.set(true);
    #[cfg(feature = "instrument")]
    rtalloc::instrument::as_reader(work);
    #[cfg(not(feature = "instrument"))]
    work();
    READER.set(false);
    OFFENCES.get()
}

/// How many were dropped by a thread at its reader's work, and by others.
static DROPPED: [AtomicUsize; 2] = [AtomicUsize::new(0), AtomicUsize::new(0)];

/// User data with memory of its own.
#[derive(PartialEq)]
struct Data(Box<u32>);

impl Drop for Data {
    fn drop(&mut self) {
        DROPPED[usize::from(!READER.get())].fetch_add(1, Ordering::Relaxed);
    }
}

fn route(number: u32) -> Route<Data> {
    Route::with_data(NextHop::interface(number), Data(Box::new(number)))
}

const ROUTES: u32 = 256;

/// Chains of nested prefixes in four places: /8, /16, /24 and /32.
fn prefix(index: u32) -> Prefix<u32> {
    Prefix::containing(((index % 4) << 24) | (index << 14) | index, 8 * (1 + index / 4 % 4) as u8)
}

fn prefix6(index: u32) -> Prefix<u128> {
    Prefix::containing((u128::from(prefix(index).address()) << 96) | 1, 1 + (index % 128) as u8)
}

/// A round of everything that a reader does; `kept` is room for the references.
fn look_up(reader: &mut Reader<Data>, kept: &mut [Option<EntryRef<Data>>], round: u32) {
    let mut guard = reader.enter();
    for index in 0..ROUTES {
        let place = (round.wrapping_mul(31) + index) as usize % kept.len();
        if let Some(found) = guard.lookup_v4(prefix(index).address()) {
            assert_eq!(*found.data().0, found.next_hop().interface);
            // The reference that was there is released, perhaps as the last one to its entry.
            kept[place] = Some(if index % 3 == 0 { found.hold_counted() } else { found.hold() });
        }
        if let Some(found) = guard.lookup_v6(prefix6(index).address()) {
            let held = found.hold();
            kept[place] = Some(held.clone());
        }
        if index % 64 == 0 {
            guard.quiescent();
        }
    }
}

fn churn(table: &Table<Data>, round: u32) {
    for index in 0..ROUTES {
        let number = round.wrapping_mul(ROUTES) + index;
        match number % 5 {
            0 => drop(table.v4().remove(prefix(index)).unwrap()),
            1 => drop(table.v6().remove(prefix6(index)).unwrap()),
            2 | 3 => {
                table.v4().insert(prefix(index), route(number)).unwrap();
                table.v6().insert(prefix6(index), route(number)).unwrap();
            }
            _ => {
                let mut batch = Batch::new();
                batch.insert(prefix(index), route(number)).remove(prefix(index + 1));
                table.v4().apply(batch).unwrap();
            }
        }
    }
    table.reclaim();
}

/// Two readers and a writer, at full speed.
fn under_churn() {
    const ROUNDS: u32 = 200;
    let table = Table::<Data>::new().unwrap();
    let rounds = AtomicU32::new(0);
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let readers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let mut reader = table.reader();
                    let mut kept: [Option<EntryRef<Data>>; 24] = [const { None }; 24];
                    offences(|| {
                        let mut round = 0;
                        while !stop.load(Ordering::Relaxed) {
                            look_up(&mut reader, &mut kept, round);
                            rounds.fetch_add(1, Ordering::Relaxed);
                            round += 1;
                        }
                        kept.iter_mut().for_each(|held| *held = None);
                    })
                })
            })
            .collect();
        let mut round = 0;
        while round < ROUNDS || rounds.load(Ordering::Relaxed) < ROUNDS {
            churn(&table, round);
            round += 1;
        }
        stop.store(true, Ordering::Relaxed);
        for reader in readers {
            assert_eq!(reader.join().unwrap(), 0, "allocations and frees of a reader");
        }
    });
}

/// A reader's release is the last one of a removed entry: it frees nothing, the writer does.
fn last_release() {
    let table = Table::<Data>::new().unwrap();
    let removed = AtomicBool::new(false);
    for index in 0..16 {
        table.v4().insert(prefix(index), route(index)).unwrap();
    }
    thread::scope(|scope| {
        let (held, holds) = std::sync::mpsc::channel();
        let (table, removed) = (&table, &removed);
        let reader = scope.spawn(move || {
            let mut reader = table.reader();
            let mut kept: [Option<EntryRef<Data>>; 16] = [const { None }; 16];
            let guard = reader.enter();
            for index in 0..16u32 {
                let found = guard.lookup_v4(prefix(index).last_address());
                kept[index as usize] = found.map(|found| found.hold());
            }
            drop(guard);
            held.send(()).unwrap();
            while !removed.load(Ordering::Acquire) {
                std::hint::spin_loop();
            }
            offences(|| kept.iter_mut().for_each(|held| *held = None))
        });
        holds.recv().unwrap();
        assert_eq!(table.v4().retain(|_, _| false), Ok(16));
        assert_eq!(table.reclaim(), 0, "a reference holds back no grace period");
        let before = DROPPED[1].load(Ordering::Relaxed);
        removed.store(true, Ordering::Release);
        assert_eq!(reader.join().unwrap(), 0, "allocations and frees of a reader");
        table.reclaim();
        let after = DROPPED[1].load(Ordering::Relaxed);
        assert_eq!(after - before, 16, "each reference was its entry's last");
    });
}

/// One test, since what is dropped is counted for the whole process.
#[test]
fn a_reader_allocates_and_frees_nothing() {
    // The watch itself: an allocation and a free are noticed on a reader, and only there.
    // Through `black_box`, or the compiler may leave both out.
    assert_eq!(offences(|| drop(std::hint::black_box(Box::new([0u8; 64])))), 2);
    drop(Box::new([0u8; 64]));
    assert_eq!(offences(|| ()), 0);

    under_churn();
    last_release();
    assert_eq!(DROPPED[0].load(Ordering::Relaxed), 0, "users' data dropped by a reader");
    assert!(DROPPED[1].load(Ordering::Relaxed) > 10_000);
}
