//! Where entries live: segments, each one allocation with places for many entries.
//!
//! A segment begins with a header and its places follow; an entry knows its place, so the header
//! is found from the entry's address. Addresses of entries come from the segment's allocation and
//! reach all of it.
//!
//! # Who owns a segment
//!
//! While the table lives, its [`Slab`] alone gives places out and takes them back, under the writers'
//! mutex, and frees a segment of which no place is in use. Entries outlive the table. So a segment has
//! a count of *units*, as many as it has places: all are the table's at first. When the table ends, it
//! keeps one unit for each place in use and gives up the others ([`Slab::close`]); each entry that
//! ends from then on gives up one more. Whoever gives up the last one frees the segment. The table
//! gives up what it gives up in one subtraction, so it does not matter what comes first.
//!
//! # Invariants
//!
//! * **Kept**: a segment is allocated while a place of it is in use.
//! * **Place**: the entry at place `n` of a segment lies there, and says so.

use alloc::{
    alloc::{alloc, dealloc, handle_alloc_error},
    vec::Vec,
};
use core::{alloc::Layout, ptr::NonNull};

use super::{Entry, Remains, disposal::Queue};
use crate::{
    address::Address,
    prefix::Prefix,
    route::Route,
    sync::{AtomicU32, Ordering},
};

/// Places of the smallest segment and of the largest.
const PLACES: [u32; 2] =
    if cfg!(any(rtalloc_loom, rtalloc_shuttle, miri)) { [2, 4] } else { [16, 4096] };

/// Entries start on a cache line.
const LINE: usize = 64;

/// No place, no segment, not in the list.
const NONE: u32 = u32::MAX;

/// A segment as the holders of its entries see it.
pub(super) struct Header<V> {
    /// The queue of the segment's table. The segment has a claim on it.
    pub(super) queue: NonNull<Queue<V>>,
    /// Units not given up.
    units: AtomicU32,
    places: u32,
    /// The segment's number in its slab. The writer's.
    number: u32,
    #[cfg(rtalloc_loom)]
    memory: crate::sync::Memory,
}

impl<V> Header<V> {
    /// The alignment of a segment.
    const ALIGNMENT: usize =
        if align_of::<Entry<V>>() > LINE { align_of::<Entry<V>>() } else { LINE };

    /// Where the places begin.
    const START: usize = size_of::<Self>().next_multiple_of(Self::ALIGNMENT);

    /// The layout of a segment with so many places.
    fn layout(places: u32) -> Layout {
        let size = size_of::<Entry<V>>().checked_mul(places as usize);
        let size = size.and_then(|size| size.checked_add(Self::START));
        match size.and_then(|size| Layout::from_size_align(size, Self::ALIGNMENT).ok()) {
            Some(layout) => layout,
            // Entries of exabytes.
            None => handle_alloc_error(Layout::new::<Entry<V>>()),
        }
    }

    /// A new segment.
    fn allocate(queue: NonNull<Queue<V>>, places: u32) -> NonNull<Self> {
        let layout = Self::layout(places);
        // SAFETY: the layout has the header's size at least.
        let memory = unsafe { alloc(layout) };
        let Some(header) = NonNull::new(memory.cast::<Self>()) else { handle_alloc_error(layout) };
        let value = Self {
            queue,
            units: AtomicU32::new(places),
            places,
            number: NONE,
            #[cfg(rtalloc_loom)]
            memory: Default::default(),
        };
        // SAFETY: just allocated, large enough and aligned for it.
        unsafe { header.write(value) };
        header
    }

    /// The place `place` of a segment.
    ///
    /// # Safety
    /// The segment is allocated and has so many places.
    unsafe fn at(header: NonNull<Self>, place: u32) -> NonNull<Entry<V>> {
        // SAFETY: inside the allocation.
        let places = unsafe { header.byte_add(Self::START) }.cast::<Entry<V>>();
        // SAFETY: as above.
        unsafe { places.add(place as usize) }
    }

    /// The header of the segment in which `entry` lies.
    ///
    /// # Safety
    /// The caller has a claim on the entry, or is its last owner.
    #[inline]
    pub(super) unsafe fn of(entry: NonNull<Entry<V>>) -> NonNull<Self> {
        // SAFETY: alive by the contract.
        let place = unsafe { (*entry.as_ptr()).place };
        // SAFETY: Place: as many entries before this one belong to the same allocation.
        let first = unsafe { entry.sub(usize::from(place)) };
        // SAFETY: the header lies before the first place.
        unsafe { first.byte_sub(Self::START) }.cast()
    }

    /// Frees a segment and gives up its claim on the queue.
    ///
    /// # Safety
    /// No place is in use, and nobody touches the segment afterwards.
    unsafe fn free(header: NonNull<Self>) {
        // SAFETY: still allocated.
        let Self { queue, places, .. } = *unsafe { header.as_ref() };
        // SAFETY: exclusive by the contract.
        unsafe { header.drop_in_place() };
        // SAFETY: allocated with this layout, freed once.
        unsafe { dealloc(header.as_ptr().cast(), Self::layout(places)) };
        // SAFETY: the segment's claim, which ends with it.
        unsafe { Queue::leave(queue) };
    }

    /// Gives up units, and frees the segment with the last.
    ///
    /// # Safety
    /// The caller owns these units and does not touch the segment afterwards.
    unsafe fn give_up(header: NonNull<Self>, units: u32) {
        // SAFETY: the caller's units keep the segment up to the subtraction.
        let this = unsafe { header.as_ref() };
        #[cfg(rtalloc_loom)]
        this.memory.touch();
        // AcqRel: edge L2, every use of the segment happens before its free.
        if this.units.fetch_sub(units, Ordering::AcqRel) == units {
            // SAFETY: no unit is left, so no place is in use and nobody else can reach it.
            unsafe { Self::free(header) };
        }
    }
}

impl<V> Remains<V> {
    /// Drops an entry of a table that has ended, and its segment with the last entry.
    ///
    /// # Safety
    /// The entry's table has closed its slab or will: it does not get the place back.
    pub(super) unsafe fn end(self) {
        /// Gives up the entry's unit, also if the data's destructor panics.
        struct Unit<V>(NonNull<Header<V>>);
        impl<V> Drop for Unit<V> {
            fn drop(&mut self) {
                // SAFETY: the unit of an entry that has ended, which is given up once.
                unsafe { Header::give_up(self.0, 1) };
            }
        }
        // SAFETY: `self` is the entry's last owner.
        let _unit = Unit(unsafe { Header::of(self.0) });
        // SAFETY: as above; dropped once.
        unsafe { self.0.drop_in_place() };
    }
}

/// A segment as the writer sees it.
struct Segment<V> {
    header: NonNull<Header<V>>,
    places: u32,
    used: u32,
    /// Places from here on were never used.
    fresh: u32,
    /// The first free place below, in whose entry's number is the next.
    free: u32,
    /// The segment's index in the list of those with a free place, or `NONE`.
    listed: u32,
}

impl<V> Segment<V> {
    fn is_full(&self) -> bool {
        self.used == self.places
    }
}

/// The segments of one table.
pub(super) struct Slab<V> {
    queue: NonNull<Queue<V>>,
    /// By number.
    segments: Vec<Option<Segment<V>>>,
    /// Numbers without a segment.
    vacant: Vec<u32>,
    /// The numbers of segments with a free place; the last one is used next.
    partial: Vec<u32>,
    used: usize,
    bytes: usize,
}

impl<V> Slab<V> {
    pub(super) fn new(queue: NonNull<Queue<V>>) -> Self {
        Self {
            queue,
            segments: Vec::new(),
            vacant: Vec::new(),
            partial: Vec::new(),
            used: 0,
            bytes: 0,
        }
    }

    /// Places in use.
    pub(super) fn used(&self) -> usize {
        self.used
    }

    /// Bytes of all segments and of their lists.
    pub(super) fn bytes(&self) -> usize {
        let lists = self.vacant.capacity() + self.partial.capacity();
        let segments = self.segments.capacity() * size_of::<Option<Segment<V>>>();
        self.bytes + lists * size_of::<u32>() + segments
    }

    /// Takes a segment in, of which the first `used` places are in use.
    fn adopt(&mut self, header: NonNull<Header<V>>, used: u32) {
        // SAFETY: the segment is allocated; its size does not change.
        let places = unsafe { header.as_ref() }.places;
        let number = self.vacant.pop().unwrap_or(self.segments.len() as u32);
        // SAFETY: the writer's field, which nobody else reads or writes.
        unsafe { (*header.as_ptr()).number = number };
        let segment = Segment { header, places, used, fresh: used, free: NONE, listed: NONE };
        match self.segments.get_mut(number as usize) {
            Some(vacant) => *vacant = Some(segment),
            None => self.segments.push(Some(segment)),
        }
        self.used += used as usize;
        self.bytes += Header::<V>::layout(places).size();
        if used < places {
            self.list(number);
        }
    }

    /// Notes that a segment has a free place.
    fn list(&mut self, number: u32) {
        if let Some(Some(segment)) = self.segments.get_mut(number as usize) {
            segment.listed = self.partial.len() as u32;
            self.partial.push(number);
        }
    }

    /// Takes a segment off the list of those with a free place.
    fn unlist(&mut self, number: u32) {
        let Some(Some(segment)) = self.segments.get_mut(number as usize) else { return };
        let index = core::mem::replace(&mut segment.listed, NONE) as usize;
        self.partial.swap_remove(index);
        if let Some(&moved) = self.partial.get(index)
            && let Some(Some(moved)) = self.segments.get_mut(moved as usize)
        {
            moved.listed = index as u32;
        }
    }

    /// Makes a new entry.
    pub(super) fn place<A: Address>(
        &mut self,
        prefix: Prefix<A>,
        route: Route<V>,
        id: u32,
    ) -> NonNull<Entry<V>> {
        loop {
            let Some(&number) = self.partial.last() else {
                let places = (self.used / 2).clamp(PLACES[0] as usize, PLACES[1] as usize);
                // SAFETY: the table has a claim.
                unsafe { Queue::join(self.queue) };
                self.adopt(Header::allocate(self.queue, places as u32), 0);
                continue;
            };
            let Some(Some(segment)) = self.segments.get_mut(number as usize) else { continue };
            let place = if segment.free == NONE { segment.fresh } else { segment.free };
            // SAFETY: the segment is not full, so `place` is one of its places.
            let entry = unsafe { Header::at(segment.header, place) };
            if segment.free == NONE {
                segment.fresh += 1;
            } else {
                // SAFETY: within the place.
                let next = unsafe { &raw const (*entry.as_ptr()).id };
                // SAFETY: the place is free; `put` left the next one's number there.
                segment.free = unsafe { next.read() };
            }
            segment.used += 1;
            if segment.is_full() {
                self.unlist(number);
            }
            self.used += 1;
            // SAFETY: the place is free and the slab's alone.
            unsafe { entry.write(Entry::new(prefix, route, id, place as u16)) };
            return entry;
        }
    }

    /// Takes back the place of an entry, and frees the segment if that was the last place in use
    /// and another has places left.
    ///
    /// # Safety
    /// The entry is of this slab and has been dropped; nobody touches it again.
    pub(super) unsafe fn put(&mut self, entry: NonNull<Entry<V>>) {
        // SAFETY: the segment is allocated (Kept), and the fields of a dropped entry that need no
        // drop are as they were.
        let header = unsafe { Header::of(entry) };
        // SAFETY: allocated, as above; the writer's field.
        let number = unsafe { (*header.as_ptr()).number };
        let Some(Some(segment)) = self.segments.get_mut(number as usize) else { return };
        // SAFETY: within the place.
        let next = unsafe { &raw mut (*entry.as_ptr()).id };
        // SAFETY: the place is the slab's again.
        unsafe { next.write(segment.free) };
        // SAFETY: within the place.
        let place = unsafe { &raw const (*entry.as_ptr()).place };
        // SAFETY: as it was when the entry was dropped: it needs no drop.
        segment.free = u32::from(unsafe { place.read() });
        segment.used -= 1;
        self.used -= 1;
        let (listed, used, places) = (segment.listed != NONE, segment.used, segment.places);
        if !listed {
            self.list(number);
        }
        if used == 0 && self.partial.len() > 1 {
            self.unlist(number);
            self.segments[number as usize] = None;
            self.vacant.push(number);
            self.bytes -= Header::<V>::layout(places).size();
            // SAFETY: no place is in use, and the table's units are all there are.
            unsafe { Header::free(header) };
        }
    }

    /// Drops an entry and takes its place back. The data's destructor runs.
    pub(super) fn end(&mut self, remains: Remains<V>) {
        // SAFETY: `remains` is the entry's last owner.
        unsafe { remains.0.drop_in_place() };
        // SAFETY: as above: dropped, and of this slab.
        unsafe { self.put(remains.0) };
    }

    /// The table ends: keeps a unit for each entry that is left, for the entry to give up.
    pub(super) fn close(&mut self) {
        for segment in self.segments.drain(..).flatten() {
            let unused = segment.places - segment.used;
            if unused > 0 {
                // SAFETY: the units of places that are not in use are the table's.
                unsafe { Header::give_up(segment.header, unused) };
            }
        }
    }
}

/// Segments that are filled at many places at once, outside the mutex, for a slab to adopt.
///
/// Dropped without that, it leaks them.
pub(crate) struct Filling<V> {
    segments: Vec<NonNull<Header<V>>>,
    entries: usize,
}

// SAFETY: `fill` may be called on many threads, each with routes of its own, which move into the
// segment; nothing else is shared.
unsafe impl<V: Send> Sync for Filling<V> {}
// SAFETY: as above.
unsafe impl<V: Send> Send for Filling<V> {}

impl<V> Filling<V> {
    /// Room for `entries` entries, in segments of a table.
    ///
    /// # Safety
    /// The caller has a claim on the queue.
    pub(super) unsafe fn new(queue: NonNull<Queue<V>>, entries: usize) -> Self {
        let places = PLACES[1] as usize;
        let segments = (0..entries).step_by(places).map(|first| {
            // SAFETY: handed on to the caller.
            unsafe { Queue::join(queue) };
            Header::allocate(queue, (entries - first).min(places) as u32)
        });
        Self { segments: segments.collect(), entries }
    }

    /// The address of entry `index`.
    ///
    /// # Panics
    /// If there are not so many.
    pub(crate) fn at(&self, index: usize) -> NonNull<Entry<V>> {
        assert!(index < self.entries, "entry {index} of {}", self.entries);
        let places = PLACES[1] as usize;
        // SAFETY: all segments but the last have so many places, and the last as many as are left.
        unsafe { Header::at(self.segments[index / places], (index % places) as u32) }
    }

    /// Makes entry `index`.
    ///
    /// # Safety
    /// Each index is filled once.
    pub(crate) unsafe fn fill<A: Address>(
        &self,
        index: usize,
        prefix: Prefix<A>,
        route: Route<V>,
        id: u32,
    ) -> NonNull<Entry<V>> {
        let entry = self.at(index);
        let place = (index % PLACES[1] as usize) as u16;
        // SAFETY: inside the segment, and by the contract nobody else writes or reads it now.
        unsafe { entry.write(Entry::new(prefix, route, id, place)) };
        entry
    }

    /// Gives the segments to their table's slab.
    ///
    /// # Safety
    /// Every entry was filled, and the slab is that of the queue's table.
    pub(super) unsafe fn adopt_into(self, slab: &mut Slab<V>) {
        let mut left = self.entries as u32;
        for header in self.segments {
            let used = left.min(PLACES[1]);
            slab.adopt(header, used);
            left -= used;
        }
    }
}
