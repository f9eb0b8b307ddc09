//! The forwarding view: from an address straight to the number of a next hop.
//!
//! A table that is opened for it numbers the next hops of its routes and keeps a
//! [structure of its own](crate::tree::View) beside the tree, whose leaves are those numbers. The
//! entries decide: the view is escaped where an update will change them, and follows afterwards.
//!
//! # Numbers
//!
//! A next hop has a number for as long as a route that names it has one: each number of an entry
//! counts. What a number of an entry stands for does not change before that is recycled, which is
//! after a grace period, so a number of a next hop that a reader has met under a guard means the
//! same as long as that guard lives. A route whose next hop changes gets a new number and goes
//! through the tree; with other changes of its contents it keeps its own.
//!
//! The number leads to a cell with the next hop. Redirecting one stores another next hop there, for
//! all routes at once, whatever their number.

use alloc::{boxed::Box, vec, vec::Vec};
use core::{fmt, ptr::NonNull};

use super::{
    Fib, FibWriter, Limits,
    maps::{self, ByNextHop},
    writer::Retired,
};
use crate::{
    address::Address,
    arena::{Block, Reserved},
    error::ReserveError,
    nexthop::NextHop,
    prefix::Prefix,
    reclaim::Reclaim,
    sync::{AtomicPtr, AtomicU32, Ordering},
    tree::{ESCAPED, Tree, View, ViewWriter, Width},
};

/// The view as its readers see it.
pub(super) struct Forward<A> {
    view: View<A>,
    /// By number of an entry: the number of its next hop.
    of: Reserved<AtomicU32>,
    /// By number of a next hop: what it is.
    next_hops: Reserved<AtomicPtr<NextHop>>,
}

/// A next hop that has a number.
struct Named {
    next_hop: NextHop,
    /// Numbers of entries that name it.
    routes: u32,
}

/// The view as the writer sees it.
pub(super) struct ForwardWriter<A> {
    view: ViewWriter<A, crate::tree::Wide>,
    numbers: ByNextHop,
    /// By number; those without routes are free.
    named: Vec<Named>,
    free: Vec<u32>,
    /// What the running update changes.
    touched: Vec<Prefix<A>>,
    /// Whether it changes everything.
    all_touched: bool,
    /// Whether it changes the default route, whose number is escaped then.
    default_touched: bool,
    /// Next hops that are in no cell any more, to be retired.
    replaced: Vec<NonNull<NextHop>>,
}

// SAFETY: the pointers are to next hops that this writer alone frees or hands on.
unsafe impl<A: Send> Send for ForwardWriter<A> {}

impl<A: Address> Forward<A> {
    /// An empty view and its writer, for `routes` numbers of entries.
    ///
    /// # Errors
    /// [`ReserveError`] if the system does not give the address space.
    pub(super) fn new(
        limits: Limits,
        routes: usize,
        width: Width,
    ) -> Result<(Self, ForwardWriter<A>), ReserveError> {
        let (view, view_writer) = View::new(limits.node_bytes / 8, width)?;
        let (of, next_hops) = (Reserved::new(routes, 2)?, Reserved::new(routes, 2)?);
        let writer = ForwardWriter {
            view: view_writer,
            numbers: ByNextHop::new(),
            // Number 0 is no next hop.
            named: vec![Named { next_hop: NextHop::default(), routes: 1 }],
            free: Vec::new(),
            touched: Vec::new(),
            all_touched: false,
            default_touched: false,
            replaced: Vec::new(),
        };
        Ok((Self { view, of, next_hops }, writer))
    }

    /// Numbers of entries that there is room for, as there is for as many next hops.
    pub(super) fn limit(&self) -> usize {
        self.of.len().min(self.next_hops.len())
    }

    /// The number of the next hop for `address`, 0 for no route.
    #[inline(always)]
    fn lookup(&self, tree: &Tree<A>, address: A) -> u32 {
        match self.view.lookup(address) {
            ESCAPED => self.ask(tree, address),
            number => number,
        }
    }

    /// What the tree of entries says.
    #[cold]
    #[inline(never)]
    fn ask(&self, tree: &Tree<A>, address: A) -> u32 {
        let id = tree.lookup(address);
        // SAFETY: the writer gives out numbers below the length alone.
        let of = unsafe { self.of.at(id as usize) };
        // Relaxed: set before the leaf that led here (edge P1), and not changed as long as the
        // caller's guard lives.
        of.load(Ordering::Relaxed)
    }

    /// The cell of a next hop.
    fn cell(&self, number: u32) -> Option<&AtomicPtr<NextHop>> {
        let within = (number as usize) < self.next_hops.len();
        // SAFETY: below the length.
        within.then(|| unsafe { self.next_hops.at(number as usize) })
    }
}

impl<A: Address, V: Send + Sync + 'static> Fib<A, V> {
    /// Whether there is a forwarding view.
    pub(crate) fn forwards(&self) -> bool {
        self.forward.is_some()
    }

    /// The number of the next hop for `address`; 0 for no route, and for all without a forwarding
    /// view.
    ///
    /// # Safety
    /// The caller holds a guard of the domain that the table's writer retires to.
    #[inline]
    pub(crate) unsafe fn next_hop_number(&self, address: A) -> u32 {
        self.forward.as_ref().map_or(0, |forward| forward.lookup(&self.tree, address))
    }

    /// The numbers of the next hops for `addresses`, as [`next_hop_number`](Self::next_hop_number)
    /// has them, into `numbers`: as many as the shorter of the two slices has.
    ///
    /// # Safety
    /// As [`next_hop_number`](Self::next_hop_number).
    #[inline]
    pub(crate) unsafe fn next_hop_numbers<T: Copy + Into<A>>(
        &self,
        addresses: &[T],
        numbers: &mut [u32],
    ) {
        if let Some(forward) = &self.forward {
            let ask = |address| forward.ask(&self.tree, address);
            forward.view.burst(addresses, numbers, ask);
        }
    }

    /// The next hop that has a number.
    ///
    /// # Safety
    /// As [`next_hop_number`](Self::next_hop_number).
    #[inline]
    pub(crate) unsafe fn next_hop(&self, number: u32) -> Option<NextHop> {
        let cell = self.forward.as_ref()?.cell(number)?;
        // SeqCst: edge P4, against `put`: the next hop is complete.
        let next_hop = NonNull::new(cell.load(Ordering::SeqCst))?;
        // SAFETY: what was in a cell is freed after a grace period, and the caller holds a guard.
        Some(unsafe { next_hop.read() })
    }
}

impl<A: Address> ForwardWriter<A> {
    /// Puts a next hop into a cell and returns what was there.
    fn put(cell: &AtomicPtr<NextHop>, next_hop: Option<NextHop>) -> Option<NonNull<NextHop>> {
        let new = next_hop.map_or(core::ptr::null_mut(), |hop| Box::into_raw(Box::new(hop)));
        // Relaxed: the writer's own store.
        let old = cell.load(Ordering::Relaxed);
        // SeqCst: edge P4, against `Fib::next_hop`.
        cell.store(new, Ordering::SeqCst);
        NonNull::new(old)
    }

    /// Makes `next_hop` that of the new entry number `id`.
    fn admit(&mut self, forward: &Forward<A>, id: u32, next_hop: NextHop) {
        let number = match self.numbers.get(&next_hop) {
            Some(&number) => number,
            None => {
                let number = self.free.pop().unwrap_or(self.named.len() as u32);
                let named = Named { next_hop, routes: 0 };
                match self.named.get_mut(number as usize) {
                    Some(place) => *place = named,
                    None => self.named.push(named),
                }
                self.numbers.insert(next_hop, number);
                // There are at most as many next hops as numbers of entries, so there is a cell.
                if let Some(cell) = forward.cell(number) {
                    Self::put(cell, Some(next_hop));
                }
                number
            }
        };
        self.named[number as usize].routes += 1;
        // SAFETY: the writer gives out numbers below the length alone.
        let of = unsafe { forward.of.at(id as usize) };
        // Relaxed: published by the store of the first leaf with this number (edge P1).
        of.store(number, Ordering::Relaxed);
        self.view.set_next_hop(id, number);
    }

    /// Escapes what an update of `prefix` will change.
    fn escape(&mut self, forward: &Forward<A>, prefix: Prefix<A>) {
        if prefix.len() == 0 {
            self.default_touched = true;
            self.view.set_default(&forward.view, ESCAPED);
        } else {
            self.view.escape(&forward.view, prefix);
        }
    }

    /// Sets what the update has changed.
    fn refill(&mut self, forward: &Forward<A>, tree: &Tree<A>) {
        if core::mem::take(&mut self.all_touched) {
            self.touched.clear();
            self.view.refill_all(&forward.view, tree);
        }
        for prefix in self.touched.drain(..).filter(|prefix| prefix.len() > 0) {
            self.view.refill(&forward.view, tree, prefix);
        }
        if core::mem::take(&mut self.default_touched) {
            let number = self.view.next_hops()[tree.default_id() as usize];
            self.view.set_default(&forward.view, number);
        }
    }

    /// Takes the entry number `id` back: no reader can meet it any more.
    fn release(&mut self, forward: &Forward<A>, id: u32) {
        let number = self.view.next_hops().get(id as usize).copied().unwrap_or(0);
        if number == 0 {
            return;
        }
        self.view.set_next_hop(id, 0);
        let named = &mut self.named[number as usize];
        named.routes -= 1;
        if named.routes == 0 {
            self.numbers.remove(&named.next_hop);
            self.free.push(number);
            // Not freed at once: whoever remembers the number may be reading it.
            self.replaced.extend(forward.cell(number).and_then(|cell| Self::put(cell, None)));
        }
    }
}

impl<A: Address, V: Send + Sync + 'static, R: Reclaim> FibWriter<A, V, R> {
    /// The view's writer, and the view.
    fn forward<'a>(
        &'a mut self,
        fib: &'a Fib<A, V>,
    ) -> Option<(&'a mut ForwardWriter<A>, &'a Forward<A>)> {
        self.forward.as_mut().zip(fib.forward.as_ref())
    }

    /// Makes `next_hop` that of a new number of an entry.
    pub(super) fn admit_next_hop(&mut self, fib: &Fib<A, V>, id: u32, next_hop: NextHop) {
        if let Some((writer, forward)) = self.forward(fib) {
            writer.admit(forward, id, next_hop);
        }
    }

    /// Takes a number of an entry back that no reader can meet any more.
    pub(super) fn release_next_hop(&mut self, fib: &Fib<A, V>, id: u32) {
        if let Some((writer, forward)) = self.forward(fib) {
            writer.release(forward, id);
        }
    }

    /// Notes that the running update changes the answers within `prefix`, and escapes them if it is
    /// about to take effect.
    pub(super) fn touch(&mut self, fib: &Fib<A, V>, prefix: Prefix<A>, now: bool) {
        if let Some((writer, forward)) = self.forward(fib) {
            if now {
                writer.escape(forward, prefix);
            }
            writer.touched.push(prefix);
        }
    }

    /// Escapes all that the running batch will change.
    pub(super) fn escape_touched(&mut self, fib: &Fib<A, V>) {
        if let Some((writer, forward)) = self.forward(fib) {
            let touched = core::mem::take(&mut writer.touched);
            touched.iter().for_each(|&prefix| writer.escape(forward, prefix));
            writer.touched = touched;
        }
    }

    /// Escapes everything: the running update changes it.
    pub(super) fn touch_all(&mut self, fib: &Fib<A, V>) {
        if let Some((writer, forward)) = self.forward(fib) {
            writer.all_touched = true;
            writer.escape(forward, Prefix::default());
            writer.view.escape_all(&forward.view);
        }
    }

    /// Lets the view follow what has changed. What it gives up is to be retired with
    /// [`forward_retired`](Self::forward_retired).
    pub(super) fn refill_touched(&mut self, fib: &Fib<A, V>) {
        if let Some((writer, forward)) = self.forward(fib) {
            writer.refill(forward, &fib.tree);
        }
    }

    /// What the view has given up since the last time.
    pub(super) fn forward_retired(
        forward: &mut Option<ForwardWriter<A>>,
    ) -> impl Iterator<Item = Retired<V>> + '_ {
        forward.iter_mut().flat_map(|writer| {
            let next_hops = writer.replaced.drain(..).map(Retired::NextHop);
            writer.view.unlinked().map(Retired::Node).chain(next_hops)
        })
    }

    /// Retires what the view has given up outside of an update that took effect.
    pub(crate) fn retire_given_up(&mut self, domain: &R) {
        let Self { forward, limbo, waiting_bytes, fresh, .. } = self;
        for item in Self::forward_retired(forward) {
            *waiting_bytes += item.bytes();
            *fresh += 1;
            domain.retire(limbo, item);
        }
    }

    /// Takes a node's block of the view back.
    pub(super) fn recycle_node(&mut self, block: Block) {
        if let Some(writer) = &mut self.forward {
            writer.view.recycle(block);
        }
    }

    /// Makes the number of `from` stand for `to`. Returns whether it has one.
    pub(crate) fn redirect(&mut self, fib: &Fib<A, V>, from: NextHop, to: NextHop) -> bool {
        let Some((writer, forward)) = self.forward(fib) else { return false };
        let cell = writer.numbers.get(&from).and_then(|&number| forward.cell(number));
        writer.replaced.extend(cell.and_then(|cell| ForwardWriter::<A>::put(cell, Some(to))));
        cell.is_some()
    }

    /// Frees the next hops: the table ends.
    pub(super) fn close_forward(&mut self, fib: &Fib<A, V>) {
        if let Some((writer, forward)) = self.forward(fib) {
            for number in 1..writer.named.len() as u32 {
                let old = forward.cell(number).and_then(|cell| ForwardWriter::<A>::put(cell, None));
                writer.replaced.extend(old);
            }
            for next_hop in writer.replaced.drain(..) {
                // SAFETY: made by `put` and no longer in a cell; no reader is left.
                drop(unsafe { Box::from_raw(next_hop.as_ptr()) });
            }
        }
    }

    /// Bytes of the view's root and nodes ever used, of free blocks in it, of the next hops' cells and
    /// numbers in use, and of the writer's own tables.
    pub(crate) fn forward_memory(&self) -> (usize, usize, usize, usize) {
        let Some(writer) = &self.forward else { return (0, 0, 0, 0) };
        let (used, free, tables) = writer.view.memory();
        let cells = size_of_val(writer.view.next_hops())
            + writer.named.len() * (size_of::<usize>() + size_of::<NextHop>());
        let own = writer.named.capacity() * size_of::<Named>() + maps::bytes(&writer.numbers);
        (used, free, cells, tables + own)
    }
}

impl<A> fmt::Debug for ForwardWriter<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ForwardWriter")
            .field("numbers", &self.numbers.len())
            .finish_non_exhaustive()
    }
}
