//! Sequences of operations on a table, beside the golden model: every answer by every road, what
//! references and snapshots keep saying, and updates that find no room.

#![no_main]

use std::collections::BTreeMap;

use arbitrary::Arbitrary;
use rtalloc::{
    Address, Batch, CapacityError, EntryRef, Forwarding, Guard, Match, NextHop, Options, Outcome,
    Prefix, Reader, Rib, Route, Snapshot, Table, Width,
    testing::{naive::Naive, probes::probes},
};

/// Data with memory of its own, so that AddressSanitizer sees whoever frees it early, late or twice.
type Data = Box<u16>;
type Model<A> = Naive<A, u16>;

/// A prefix, of addresses that are near each other in one way or another.
#[derive(Arbitrary, Clone, Copy, Debug)]
struct Spot {
    mode: u8,
    bits: u32,
    length: u8,
}

/// A prefix, or the one of a route that is there.
#[derive(Arbitrary, Clone, Copy, Debug)]
enum Place {
    At(Spot),
    Nth(u8),
}

#[derive(Arbitrary, Debug)]
enum Op {
    Insert(Place, u16),
    Replace(Place, u16),
    Remove(Place),
    Batch(Vec<(Place, Option<u16>)>),
    WithdrawVia(Place),
    Load(Vec<(Spot, u16)>),
    /// Redirects the next hop of a route, or back to itself.
    Redirect(Place, Option<u16>),
    Reclaim,
    /// Takes a reference, and keeps it.
    Hold(Place, bool),
    Release(u8),
    Snapshot,
    Forget,
    /// Looks up and keeps what was found, as long as the section lasts.
    Look(Place),
    Enter,
    Quiescent,
    Leave,
    CheckAll,
}

#[derive(Arbitrary, Debug)]
struct Input {
    v6: bool,
    width: u8,
    /// Few routes, few nodes, little that may wait: each a bit.
    tight: u8,
    ops: Vec<Op>,
}

trait Family: Address {
    fn rib(table: &Table<Data>) -> &Rib<Self, Data>;
    fn lookup<'g>(guard: &'g Guard<'_, Data>, address: Self) -> Option<Match<'g, Data>>;
    fn burst<'g>(guard: &'g Guard<'_, Data>, of: &[Self], to: &mut [Option<Match<'g, Data>>]);
    fn entries(guard: &Guard<'_, Data>, of: &[Self], to: &mut [u32]);
    fn number(view: &Forwarding<'_, Data>, address: Self) -> u32;
    fn numbers(view: &Forwarding<'_, Data>, of: &[Self], to: &mut [u32]);
    fn next_hop(view: &Forwarding<'_, Data>, number: u32) -> Option<NextHop>;
}

macro_rules! family {
    ($int:ty, $rib:ident, $lookup:ident, $burst:ident, $entries:ident, $number:ident, $numbers:ident, $next_hop:ident) => {
        impl Family for $int {
            fn rib(table: &Table<Data>) -> &Rib<Self, Data> {
                table.$rib()
            }
            fn lookup<'g>(guard: &'g Guard<'_, Data>, address: Self) -> Option<Match<'g, Data>> {
                guard.$lookup(address)
            }
            fn burst<'g>(
                guard: &'g Guard<'_, Data>,
                of: &[Self],
                to: &mut [Option<Match<'g, Data>>],
            ) {
                guard.$burst(of, to);
            }
            fn entries(guard: &Guard<'_, Data>, of: &[Self], to: &mut [u32]) {
                guard.$entries(of, to);
            }
            fn number(view: &Forwarding<'_, Data>, address: Self) -> u32 {
                view.$number(address)
            }
            fn numbers(view: &Forwarding<'_, Data>, of: &[Self], to: &mut [u32]) {
                view.$numbers(of, to);
            }
            fn next_hop(view: &Forwarding<'_, Data>, number: u32) -> Option<NextHop> {
                view.$next_hop(number)
            }
        }
    };
}

family!(u32, v4, lookup_v4, lookup_burst_v4, numbers_burst_v4, number_v4, numbers_v4, next_hop_v4);
family!(u128, v6, lookup_v6, lookup_burst_v6, numbers_burst_v6, number_v6, numbers_v6, next_hop_v6);

impl Spot {
    fn prefix<A: Address>(self) -> Prefix<A> {
        let bits = self.bits as usize;
        let ten = A::default().with_bits(0, 8, 10);
        let address = match self.mode % 4 {
            // Everywhere, at both ends of the address.
            0 => A::default().with_bits(0, 3, bits).with_bits(A::WIDTH - 2, 2, bits >> 3),
            // Around the strides of the trees.
            1 => ten.with_bits(14, 4, bits).with_bits(22, 4, bits >> 4).with_bits(29, 3, bits >> 8),
            // Close together.
            2 => ten.with_bits(A::WIDTH - 4, 4, bits),
            // Anywhere.
            _ => A::default().with_bits(0, 30, bits).with_bits(A::WIDTH / 2, 16, bits >> 7),
        };
        // The shortest prefixes of IPv6 change millions of words of the forwarding view, each of which
        // is watched here: seconds for one of them.
        let length = match self.length % (A::WIDTH + 1) {
            length @ 1..5 if A::WIDTH > 32 => length + 4,
            length => length,
        };
        Prefix::containing(address, length)
    }
}

fn says(hop: u16) -> NextHop {
    NextHop::interface(u32::from(hop) + 1)
}

fn route(hop: u16) -> Route<Data> {
    Route::with_data(says(hop), Box::new(hop))
}

struct Held<A: Address> {
    reference: EntryRef<Data>,
    prefix: Prefix<A>,
    hop: u16,
    up: bool,
}

/// Where next hops lead that were redirected. What was said of one is forgotten when what named it is
/// freed, and that may be before or after a route names it again.
#[derive(Default)]
struct Redirections(BTreeMap<u16, Redirection>);

struct Redirection {
    to: u16,
    /// No route named the next hop since, so it may have been forgotten.
    doubtful: bool,
}

impl Redirections {
    fn set(&mut self, from: u16, to: Option<u16>) {
        match to {
            Some(to) => self.0.insert(from, Redirection { to, doubtful: false }),
            None => self.0.remove(&from),
        };
    }

    /// Notes which may be forgotten from now on.
    fn doubt<A: Address>(&mut self, model: &Model<A>) {
        for (from, it) in &mut self.0 {
            it.doubtful |= !model.iter().any(|(_, hop)| hop == from);
        }
    }

    /// Whether the number of `hop` may lead to `found`.
    fn allow(&self, hop: u16, found: Option<NextHop>) -> bool {
        match self.0.get(&hop) {
            None => found == Some(says(hop)),
            Some(it) => found == Some(says(it.to)) || it.doubtful && found == Some(says(hop)),
        }
    }

    /// Requires that the number of `hop` may lead to `found`. A route names it, so it leads there from
    /// now on.
    fn settle(&mut self, hop: u16, found: Option<NextHop>) {
        assert!(self.allow(hop, found), "{hop} leads to {found:?}");
        match self.0.get_mut(&hop) {
            Some(it) if found == Some(says(it.to)) => it.doubtful = false,
            _ => self.set(hop, None),
        }
    }
}

struct Bench<A: Family> {
    table: Table<Data>,
    observer: Reader<Data>,
    model: Model<A>,
    held: Vec<Held<A>>,
    snapshots: Vec<(Snapshot<A, Data>, Model<A>)>,
    /// Nothing is small, so nothing may be refused.
    roomy: bool,
    /// There is a forwarding view.
    numbered: bool,
    redirections: Redirections,
}

impl<A: Family> Bench<A> {
    fn new(input: &Input) -> Self {
        let tight = |bit: u8, little: usize, plenty: usize| {
            if input.tight & 1 << bit == 0 { plenty } else { little }
        };
        let mut options = Options::new()
            .max_routes(tight(0, 12, 1 << 12))
            .max_node_bytes(tight(1, 1 << 13, 1 << 28))
            .max_waiting_bytes(tight(2, 512, 1 << 28));
        options = match input.width % 4 {
            0 => options,
            1 => options.forwarding(Width::One),
            2 => options.forwarding(Width::Two),
            _ => options.forwarding(Width::Four),
        };
        let table: Table<Data> = options.open().expect("address space");
        Self {
            observer: table.reader(),
            table,
            model: Model::new(),
            held: Vec::new(),
            snapshots: Vec::new(),
            roomy: input.tight & 7 == 0,
            numbered: !input.width.is_multiple_of(4),
            redirections: Redirections::default(),
        }
    }

    fn rib(&self) -> &Rib<A, Data> {
        A::rib(&self.table)
    }

    fn prefix(&self, place: Place) -> Prefix<A> {
        match place {
            Place::At(spot) => spot.prefix(),
            Place::Nth(nth) => {
                let nth = usize::from(nth) % self.model.len().max(1);
                self.model.iter().nth(nth).map_or_else(Prefix::default, |(prefix, _)| prefix)
            }
        }
    }

    /// Notes that the route of `prefix` no longer is what references to it say.
    fn lower(&mut self, prefix: Prefix<A>) {
        self.held.iter_mut().filter(|held| held.prefix == prefix).for_each(|held| held.up = false);
    }

    /// Sets or removes in the model.
    fn set(&mut self, prefix: Prefix<A>, hop: Option<u16>) {
        if self.model.get(prefix).copied() == hop {
            return;
        }
        self.lower(prefix);
        match hop {
            Some(hop) => self.model.insert(prefix, hop),
            None => self.model.remove(prefix),
        };
    }

    /// What was done, unless there was no room, which there must be in a roomy table.
    fn done<T>(&self, result: Result<T, CapacityError>) -> Option<T> {
        match result {
            Ok(done) => Some(done),
            Err(error) => {
                assert!(!self.roomy, "{error}");
                assert!(!error.to_string().is_empty());
                None
            }
        }
    }

    fn insert(&mut self, prefix: Prefix<A>, hop: u16) {
        let expected = match self.model.get(prefix) {
            None => Outcome::Added,
            Some(&old) if old == hop => Outcome::Unchanged,
            Some(_) => Outcome::Replaced,
        };
        if let Some(outcome) = self.done(self.rib().insert(prefix, route(hop))) {
            assert_eq!(outcome, expected);
            self.set(prefix, Some(hop));
        }
    }

    fn replace(&mut self, prefix: Prefix<A>, hop: u16) {
        let there = self.model.get(prefix).is_some();
        if let Some(outcome) = self.done(self.rib().replace(prefix, route(hop))) {
            assert_eq!(outcome == Outcome::Replaced, there);
            // A new entry, also if it says the same.
            self.lower(prefix);
            self.model.insert(prefix, hop);
        }
    }

    fn remove(&mut self, prefix: Prefix<A>) {
        let there = self.model.get(prefix).copied();
        if let Some(removed) = self.done(self.rib().remove(prefix)) {
            let says = removed.as_ref().map(|entry| **entry.data());
            assert_eq!(says, there);
            assert!(removed.is_none_or(|entry| !entry.is_up()));
            self.set(prefix, None);
        }
    }

    fn batch(&mut self, changes: &[(Place, Option<u16>)]) -> Vec<Prefix<A>> {
        let changes: Vec<_> =
            changes.iter().map(|&(place, hop)| (self.prefix(place), hop)).collect();
        let mut batch = Batch::new();
        for &(prefix, hop) in &changes {
            match hop {
                Some(hop) => batch.insert(prefix, route(hop)),
                None => batch.remove(prefix),
            };
        }
        let before = self.model.clone();
        if let Some(applied) = self.done(self.rib().apply(batch)) {
            let all = applied.added + applied.replaced + applied.removed + applied.unchanged;
            assert_eq!(all, changes.len());
            for &(prefix, hop) in &changes {
                self.set(prefix, hop);
            }
            assert_eq!(before.len() + applied.added, self.model.len() + applied.removed);
        }
        changes.into_iter().map(|(prefix, _)| prefix).collect()
    }

    fn load(&mut self, routes: &[(Spot, u16)]) {
        let routes: Vec<_> = routes.iter().map(|&(spot, hop)| (spot.prefix(), hop)).collect();
        let given = routes.iter().map(|&(prefix, hop)| (prefix, route(hop)));
        if let Some(loaded) = self.done(self.rib().load(given)) {
            self.held.iter_mut().for_each(|held| held.up = false);
            self.model = Model::new();
            for (prefix, hop) in routes {
                self.model.insert(prefix, hop);
            }
            assert_eq!(loaded, self.model.len());
        }
    }

    fn withdraw_via(&mut self, hop: u16) {
        let gone: Vec<_> =
            self.model.iter().filter(|(_, it)| **it == hop).map(|(prefix, _)| prefix).collect();
        if let Some(count) = self.done(self.rib().withdraw_via(says(hop))) {
            assert_eq!(count, gone.len());
            for prefix in gone {
                self.set(prefix, None);
            }
        }
    }

    fn hold(&mut self, prefix: Prefix<A>, counted: bool) {
        let guard = self.observer.enter();
        let Some(found) = A::lookup(&guard, prefix.address()) else { return };
        let reference = if counted { found.hold_counted() } else { found.hold() };
        let hop = **reference.data();
        let prefix = Prefix::containing(prefix.address(), reference.prefix_len());
        self.held.push(Held { reference, prefix, hop, up: true });
    }

    /// An operation that needs no section, and the prefixes whose neighbourhood it may have changed.
    fn step(&mut self, op: &Op) -> Vec<Prefix<A>> {
        match op {
            Op::Insert(place, hop) => {
                let prefix = self.prefix(*place);
                self.insert(prefix, *hop);
                vec![prefix]
            }
            Op::Replace(place, hop) => {
                let prefix = self.prefix(*place);
                self.replace(prefix, *hop);
                vec![prefix]
            }
            Op::Remove(place) => {
                let prefix = self.prefix(*place);
                self.remove(prefix);
                vec![prefix]
            }
            Op::Batch(changes) => self.batch(changes),
            Op::WithdrawVia(place) => {
                let prefix = self.prefix(*place);
                if let Some(&hop) = self.model.get(prefix) {
                    self.withdraw_via(hop);
                }
                vec![prefix]
            }
            Op::Load(routes) => {
                self.load(routes);
                routes.iter().map(|(spot, _)| spot.prefix()).collect()
            }
            Op::Redirect(place, to) => {
                let from = self.model.get(self.prefix(*place)).copied().unwrap_or(0);
                let to = to.unwrap_or(from);
                let named = self.model.iter().any(|(_, hop)| *hop == from);
                let known = self.rib().redirect(says(from), says(to));
                // A number is kept until what named it is freed, and a table without a view has none.
                assert!(known || !(named && self.numbered), "{from} to {to}");
                assert!(self.numbered || !known, "{from} to {to}");
                self.redirections.set(from, known.then_some(to));
                let led = self.model.iter().filter(|(_, hop)| **hop == from);
                led.map(|(prefix, _)| prefix).take(4).collect()
            }
            Op::Reclaim => {
                self.table.reclaim();
                Vec::new()
            }
            Op::Hold(place, counted) => {
                let prefix = self.prefix(*place);
                self.hold(prefix, *counted);
                Vec::new()
            }
            Op::Release(nth) => {
                if !self.held.is_empty() {
                    self.held.swap_remove(usize::from(*nth) % self.held.len());
                }
                Vec::new()
            }
            Op::Snapshot => {
                if self.snapshots.len() < 4 {
                    self.snapshots.push((self.rib().snapshot(), self.model.clone()));
                }
                Vec::new()
            }
            Op::Forget => {
                self.snapshots.pop();
                Vec::new()
            }
            Op::CheckAll => self.model.iter().map(|(prefix, _)| prefix).collect(),
            Op::Look(_) | Op::Enter | Op::Quiescent | Op::Leave => Vec::new(),
        }
    }

    /// Looks around each of `prefixes`, by every road.
    fn check(&mut self, prefixes: &[Prefix<A>]) {
        self.redirections.doubt(&self.model);
        assert_eq!(A::rib(&self.table).len(), self.model.len());
        assert_eq!(A::rib(&self.table).generation() % 2, 0);
        for held in &self.held {
            assert_eq!((**held.reference.data(), held.reference.is_up()), (held.hop, held.up));
            assert_eq!(held.reference.next_hop(), says(held.hop));
        }
        let addresses: Vec<A> = prefixes.iter().flat_map(|&prefix| probes(prefix)).collect();
        let expected: Vec<_> =
            addresses.iter().map(|&address| self.model.lookup(address)).collect();
        let guard = self.observer.enter();
        let mut burst = vec![None; addresses.len()];
        A::burst(&guard, &addresses, &mut burst);
        let mut numbers = vec![u32::MAX; addresses.len()];
        A::entries(&guard, &addresses, &mut numbers);
        for (index, (&address, expected)) in addresses.iter().zip(&expected).enumerate() {
            let found = A::lookup(&guard, address);
            let told = found.map(|found| {
                assert!(found.is_up());
                assert_eq!(found.next_hop(), says(**found.data()));
                (Prefix::containing(address, found.prefix_len()), **found.data())
            });
            assert_eq!(told, expected.map(|(prefix, &hop)| (prefix, hop)), "{address:?}");
            let number = found.map_or(0, |found| found.number());
            assert_eq!(burst[index].map_or(0, |found| found.number()), number);
            assert_eq!(numbers[index], number);
        }
        if let Some(view) = guard.forwarding() {
            A::numbers(&view, &addresses, &mut numbers);
            for (index, (&address, expected)) in addresses.iter().zip(&expected).enumerate() {
                assert_eq!(A::number(&view, address), numbers[index]);
                let found = A::next_hop(&view, numbers[index]);
                match *expected {
                    Some((_, &hop)) => self.redirections.settle(hop, found),
                    None => assert_eq!(found, None, "{address:?}"),
                }
            }
        }
        drop(guard);
        for &prefix in prefixes {
            let found = A::rib(&self.table).get(prefix).map(|entry| **entry.data());
            assert_eq!(found, self.model.get(prefix).copied());
        }
    }

    fn check_snapshots(&self) {
        for (snapshot, model) in &self.snapshots {
            let routes = snapshot.iter().map(|(prefix, entry)| (prefix, **entry.data()));
            assert!(routes.eq(model.iter().map(|(prefix, &hop)| (prefix, hop))));
        }
    }

    /// All is given back: nothing waits any more, and everything is right.
    fn finish(mut self) {
        let all: Vec<_> = self.model.iter().map(|(prefix, _)| prefix).collect();
        self.check(&all);
        self.check_snapshots();
        let stats = self.rib().stats();
        assert_eq!((stats.routes, stats.total_bytes() > 0), (self.model.len(), true));
        self.snapshots.clear();
        self.held.clear();
        for _ in 0..4 {
            self.table.reclaim();
        }
        assert_eq!(self.rib().waiting().items, 0);
        assert_eq!(self.rib().stats().entries, self.model.len());
    }
}

/// What was looked up in a section: it stays as it was until a quiescent point.
struct Met<'g, A> {
    address: A,
    found: Match<'g, Data>,
    hop: u16,
    number: u32,
}

fn run<A: Family>(input: &Input) {
    let mut bench = Bench::<A>::new(input);
    let mut reader = bench.table.reader();
    let mut ops = input.ops.iter();
    'all: loop {
        // Outside of a section.
        loop {
            match ops.next() {
                None => break 'all,
                Some(Op::Enter) => break,
                Some(op) => {
                    let touched = bench.step(op);
                    bench.check(&touched);
                }
            }
        }
        let mut guard = reader.enter();
        // From one quiescent point to the next.
        loop {
            let mut met: Vec<Met<'_, A>> = Vec::new();
            let end = loop {
                match ops.next() {
                    end @ (None | Some(Op::Leave | Op::Quiescent)) => break end,
                    Some(Op::Look(place)) => {
                        let address = bench.prefix(*place).address();
                        if let Some(found) = A::lookup(&guard, address) {
                            let number =
                                guard.forwarding().map_or(0, |view| A::number(&view, address));
                            met.push(Met { address, found, hop: **found.data(), number });
                        }
                    }
                    Some(op) => {
                        let touched = bench.step(op);
                        bench.check(&touched);
                    }
                }
            };
            for Met { address, found, hop, number } in &met {
                assert_eq!((**found.data(), found.next_hop()), (*hop, says(*hop)), "{address:?}");
                if let Some(view) = guard.forwarding() {
                    let found = A::next_hop(&view, *number);
                    assert!(bench.redirections.allow(*hop, found), "{address:?}: {found:?}");
                }
            }
            drop(met);
            match end {
                Some(Op::Quiescent) => guard.quiescent(),
                Some(_) => break,
                None => break 'all,
            }
        }
        bench.check_snapshots();
    }
    drop(reader);
    bench.finish();
}

libfuzzer_sys::fuzz_target!(|input: Input| {
    if input.v6 { run::<u128>(&input) } else { run::<u32>(&input) }
});
