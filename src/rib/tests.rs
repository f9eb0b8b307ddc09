//! Operation sequences against the golden model, entries and their drops included.

use core::net::IpAddr;

use proptest::prelude::*;

use super::*;
use crate::{
    CapacityError,
    nexthop::NextHop,
    route::Route,
    table::{Options, Table},
    testing::{
        drop_count::{Counted, DropCounter},
        naive::Naive,
        probes::probes,
    },
    tree::Width,
};

#[derive(Clone, Debug)]
enum Op {
    Insert(Prefix<u32>, u32),
    Remove(Prefix<u32>),
    RemoveNth(prop::sample::Index),
    Again(prop::sample::Index),
    Change(prop::sample::Index, u32),
    Replace(prop::sample::Index),
    Batch(Vec<Op>),
    Retain(u32),
    Load(Vec<(Prefix<u32>, u32)>),
    /// Take a reference through the reader, and keep it.
    Hold(u32),
    Release(prop::sample::Index),
    Snapshot,
    Reclaim,
}

fn prefix() -> impl Strategy<Value = Prefix<u32>> {
    let len = prop_oneof![16 => 0u8..=32, 1 => Just(0)];
    (any::<u32>(), len, 0u8..3).prop_map(|(random, len, mode)| {
        let address = match mode {
            0 => random & 0xE000_0003,
            1 => 0x0A00_0000 | (random & 0x0003_0707),
            _ => 0x0A00_0100 | (random & 0x0F),
        };
        Prefix::containing(address, len)
    })
}

fn op() -> impl Strategy<Value = Op> {
    let index = any::<prop::sample::Index>;
    let single = prop_oneof![
        6 => (prefix(), 0..4u32).prop_map(|(prefix, hop)| Op::Insert(prefix, hop)),
        1 => prefix().prop_map(Op::Remove),
        3 => index().prop_map(Op::RemoveNth),
        1 => index().prop_map(Op::Again),
        3 => (index(), 0..4u32).prop_map(|(index, hop)| Op::Change(index, hop)),
    ]
    .boxed();
    let route = (prefix(), 0..4u32);
    prop_oneof![
        12 => single.clone(),
        1 => index().prop_map(Op::Replace),
        2 => prop::collection::vec(single, 0..8).prop_map(Op::Batch),
        1 => (0..4u32).prop_map(Op::Retain),
        1 => prop::collection::vec(route, 0..12).prop_map(Op::Load),
        3 => prefix().prop_map(|prefix| Op::Hold(prefix.address())),
        2 => index().prop_map(Op::Release),
        1 => Just(Op::Snapshot),
        1 => Just(Op::Reclaim),
    ]
}

/// What the model keeps for a route, and what a snapshot or a held reference must keep showing.
type Hops = Naive<u32, u32>;
type Reference = (EntryRef<Counted>, Prefix<u32>, u32);

struct Bench {
    table: Table<Counted>,
    counter: DropCounter,
    model: Hops,
    held: Vec<Reference>,
    snapshots: Vec<(Snapshot<u32, Counted>, Hops)>,
}

impl Bench {
    fn new(options: Options) -> Self {
        Self {
            table: options.open().unwrap(),
            counter: DropCounter::new(),
            model: Naive::new(),
            held: Vec::new(),
            snapshots: Vec::new(),
        }
    }

    fn route(&self, hop: u32) -> Route<Counted> {
        Route::with_data(NextHop::interface(hop), self.counter.value(u64::from(hop)))
    }

    fn nth(&self, index: &prop::sample::Index) -> Option<Prefix<u32>> {
        let count = self.model.len();
        (count > 0).then(|| self.model.iter().nth(index.index(count)).unwrap().0)
    }

    /// The change of a single operation, `None` for a withdrawal, as the model stands.
    fn change(&self, op: &Op) -> Option<(Prefix<u32>, Option<u32>)> {
        match op {
            Op::Insert(prefix, hop) => Some((*prefix, Some(*hop))),
            Op::Remove(prefix) => Some((*prefix, None)),
            Op::RemoveNth(index) => Some((self.nth(index)?, None)),
            Op::Again(index) => {
                let prefix = self.nth(index)?;
                Some((prefix, self.model.get(prefix).copied()))
            }
            Op::Change(index, hop) => Some((self.nth(index)?, Some(*hop))),
            _ => None,
        }
    }

    fn apply_to_model(&mut self, (prefix, hop): (Prefix<u32>, Option<u32>)) -> Option<u32> {
        match hop {
            Some(hop) => self.model.insert(prefix, hop),
            None => self.model.remove(prefix),
        }
    }

    fn step(&mut self, op: &Op) -> Result<(), CapacityError> {
        let rib = self.table.v4();
        match op {
            Op::Batch(ops) => {
                let before = self.model.clone();
                let mut batch = Batch::new();
                let mut expected = Applied::default();
                for op in ops {
                    let Some((prefix, hop)) = self.change(op) else {
                        continue;
                    };
                    match hop {
                        Some(hop) => batch.insert(prefix, self.route(hop)),
                        None => batch.remove(prefix),
                    };
                    match (self.apply_to_model((prefix, hop)), hop) {
                        (None, Some(_)) => expected.added += 1,
                        (Some(old), Some(new)) if old != new => expected.replaced += 1,
                        (Some(_), None) => expected.removed += 1,
                        _ => expected.unchanged += 1,
                    }
                }
                let applied = self.table.v4().apply(batch).inspect_err(|_| self.model = before)?;
                assert_eq!(applied, expected);
            }
            Op::Replace(index) => {
                let Some(prefix) = self.nth(index) else {
                    return Ok(());
                };
                let route = self.route(*self.model.get(prefix).unwrap());
                assert_eq!(rib.replace(prefix, route)?, Outcome::Replaced);
            }
            Op::Retain(hop) => {
                let before = self.model.len();
                let removed = rib.retain(|_, entry| entry.next_hop().interface != *hop)?;
                self.model.retain(|_, kept| kept != hop);
                assert_eq!(removed, before - self.model.len());
            }
            Op::Load(routes) => {
                rib.load(routes.iter().map(|&(prefix, hop)| (prefix, self.route(hop))))?;
                self.model = Naive::new();
                for &(prefix, hop) in routes {
                    self.model.insert(prefix, hop);
                }
            }
            Op::Hold(address) => {
                let mut reader = self.table.reader();
                let found = reader.enter().rtalloc(IpAddr::V4((*address).into()));
                let expected = self.model.lookup(*address).map(|(prefix, &hop)| (prefix, hop));
                assert_eq!(found.is_some(), expected.is_some());
                self.held.extend(found.zip(expected).map(|(found, (prefix, hop))| {
                    assert!(found.is_up());
                    (found, prefix, hop)
                }));
            }
            Op::Release(index) => {
                if !self.held.is_empty() {
                    drop(self.held.swap_remove(index.index(self.held.len())));
                }
            }
            Op::Snapshot => self.snapshots.push((rib.snapshot(), self.model.clone())),
            Op::Reclaim => assert_eq!(rib.reclaim(), 0, "no reader is in a section"),
            single => {
                let Some((prefix, hop)) = self.change(single) else {
                    return Ok(());
                };
                let old = self.model.get(prefix).copied();
                match hop {
                    Some(hop) => {
                        let outcome = rib.insert(prefix, self.route(hop))?;
                        let expected = match old {
                            None => Outcome::Added,
                            Some(old) if old == hop => Outcome::Unchanged,
                            Some(_) => Outcome::Replaced,
                        };
                        assert_eq!(outcome, expected);
                    }
                    None => {
                        let removed = rib.remove(prefix)?;
                        assert_eq!(removed.as_ref().map(|entry| entry.next_hop().interface), old);
                        assert!(removed.is_none_or(|entry| !entry.is_up()));
                    }
                }
                self.apply_to_model((prefix, hop));
            }
        }
        Ok(())
    }

    fn check(&self) {
        let rib = self.table.v4();
        assert_eq!(rib.len(), self.model.len());
        let mut reader = self.table.reader();
        let guard = reader.enter();
        for (prefix, &hop) in self.model.iter() {
            let entry = rib.get(prefix).expect("the model has it");
            assert!(entry.is_up());
            assert_eq!(entry.next_hop(), NextHop::interface(hop));
            for address in probes(prefix) {
                let found = guard
                    .lookup_v4(address)
                    .map(|entry| (entry.destination(), entry.prefix_len(), entry.data().value()));
                let expected = self
                    .model
                    .lookup(address)
                    .map(|(prefix, &hop)| (prefix.address().to_ip(), prefix.len(), u64::from(hop)));
                assert_eq!(found, expected);
            }
        }
        for (entry, prefix, hop) in &self.held {
            assert_eq!(entry.destination(), prefix.address().to_ip());
            assert_eq!(entry.next_hop(), NextHop::interface(*hop));
            let current = rib.get(*prefix).is_some_and(|current| current == *entry);
            assert_eq!(entry.is_up(), current, "up exactly while it is the table's entry");
        }
        for (snapshot, model) in &self.snapshots {
            check_snapshot(snapshot, model);
        }
    }

    /// Ends the table while references and snapshots are still held, and counts every drop.
    fn finish(self) {
        let Self { table, counter, held, snapshots, .. } = self;
        drop(table);
        for (entry, _, hop) in &held {
            assert!(!entry.is_up());
            assert_eq!(entry.next_hop(), NextHop::interface(*hop));
        }
        for (snapshot, model) in &snapshots {
            check_snapshot(snapshot, model);
        }
        drop((held, snapshots));
        assert_eq!(counter.live(), 0, "made {}, dropped {}", counter.made(), counter.dropped());
        assert_eq!(counter.double_drops(), 0);
    }
}

fn check_snapshot(snapshot: &Snapshot<u32, Counted>, model: &Hops) {
    let show = |entry: &Entry<Counted>| entry.next_hop().interface;
    let routes: Vec<_> = snapshot.iter().map(|(prefix, entry)| (prefix, show(entry))).collect();
    let expected: Vec<_> = model.iter().map(|(prefix, &hop)| (prefix, hop)).collect();
    assert_eq!(routes, expected);
    assert_eq!(snapshot.len(), expected.len());
    for (prefix, hop) in expected.into_iter().take(4) {
        assert_eq!(snapshot.get(prefix).map(show), Some(hop));
        assert_eq!(snapshot.lookup(prefix.address()).map(show), {
            model.lookup(prefix.address()).map(|(_, &hop)| hop)
        });
        let inside: Vec<_> = snapshot.more_specific(prefix).map(|(prefix, _)| prefix).collect();
        let model_inside: Vec<_> = model.more_specific(prefix).iter().map(|&(p, _)| p).collect();
        assert_eq!(inside, model_inside);
        let covering: Vec<_> = snapshot.covering(prefix).map(|(prefix, _)| prefix).collect();
        let model_covering: Vec<_> = model.covering(prefix).iter().map(|&(p, _)| p).collect();
        assert_eq!(covering, model_covering);
    }
}

proptest! {
    #[test]
    fn every_answer_is_the_models(ops in prop::collection::vec(op(), 1..60)) {
        let mut bench = Bench::new(Options::new().max_routes(1 << 16).max_node_bytes(1 << 22));
        for op in &ops {
            bench.step(op).unwrap();
            bench.check();
        }
        bench.finish();
    }

    /// With little room many updates fail; each must leave the table as it was.
    #[test]
    fn a_failed_update_changes_nothing(
        ops in prop::collection::vec(op(), 1..60),
        routes in 1usize..24,
        node_bytes in (1usize << 13)..(1 << 15),
    ) {
        let options = Options::new().max_routes(routes).max_node_bytes(node_bytes);
        let mut bench = Bench::new(options);
        for op in &ops {
            let generation = bench.table.v4().generation();
            if bench.step(op).is_err() {
                prop_assert_eq!(bench.table.v4().generation(), generation);
                bench.table.reclaim();
            }
            bench.check();
        }
        bench.finish();
    }
}

#[test]
fn changed_contents_leave_the_tree_alone() {
    let table: Table = Table::new().unwrap();
    let rib = table.v4();
    for index in 0..1000u32 {
        let prefix = Prefix::containing(index << 12, 20 + (index % 5) as u8);
        rib.insert(prefix, Route::via(NextHop::interface(1))).unwrap();
    }
    rib.reclaim();
    let (before, arena) = (rib.stats().depths, rib.stats().arena_bytes);
    for index in 0..1000u32 {
        let prefix = Prefix::containing(index << 12, 20 + (index % 5) as u8);
        let outcome = rib.insert(prefix, Route::via(NextHop::interface(2))).unwrap();
        assert_eq!(outcome, Outcome::Replaced);
        let waiting = rib.waiting();
        assert_eq!(waiting.bytes, waiting.items * size_of::<Entry<()>>(), "entries alone");
    }
    rib.reclaim();
    assert_eq!(rib.stats().depths, before);
    assert_eq!(rib.stats().arena_bytes, arena);
    let generation = rib.generation();
    let same = Prefix::containing(0, 20);
    assert_eq!(rib.insert(same, Route::via(NextHop::interface(2))), Ok(Outcome::Unchanged));
    assert_eq!(rib.generation(), generation, "nothing changed, so nothing is told");
}

#[test]
fn an_entry_that_lost_ground_changes_through_the_tree_until_readers_have_moved_on() {
    let table: Table = Table::new().unwrap();
    let mut reader = table.reader();
    let mut guard = reader.enter();
    let rib = table.v4();
    let (wide, narrow) = (Prefix::new(0x0A00_0000, 24), Prefix::new(0x0A00_0080, 25));
    let (wide, narrow) = (wide.unwrap(), narrow.unwrap());
    let via = |hop| Route::via(NextHop::interface(hop));
    rib.insert(wide, via(1)).unwrap();
    rib.insert(narrow, via(2)).unwrap();
    let nodes = |rib: &Rib<u32, ()>| rib.waiting().items;
    let before = nodes(rib);
    rib.insert(wide, via(3)).unwrap();
    assert!(nodes(rib) > before + 1, "a reader may still hold the old leaf: a new number is taken");
    guard.quiescent();
    rib.reclaim();
    guard.quiescent();
    rib.reclaim();
    let before = nodes(rib);
    rib.insert(wide, via(4)).unwrap();
    assert_eq!(nodes(rib), before + 1, "the old entry alone");
    assert_eq!(guard.lookup_v4(0x0A00_0001).unwrap().next_hop(), NextHop::interface(4));
    assert_eq!(guard.lookup_v4(0x0A00_0081).unwrap().next_hop(), NextHop::interface(2));
}

/// Nobody notes what the default route loses, so what it says never changes in its cell.
#[test]
fn the_default_route_changes_by_its_number() {
    let table: Table = Table::new().unwrap();
    let mut reader = table.reader();
    let rib = table.v4();
    let via = |hop| Route::via(NextHop::interface(hop));
    rib.insert(Prefix::default(), via(1)).unwrap();
    rib.reclaim();
    let before = reader.enter().lookup_v4(7).unwrap().number();
    rib.insert(Prefix::default(), via(2)).unwrap();
    assert_eq!(rib.waiting().items, 3, "an entry, a number, a directory");
    let guard = reader.enter();
    let found = guard.lookup_v4(7).unwrap();
    assert_eq!(found.next_hop(), NextHop::interface(2));
    assert_ne!(found.number(), before);
    drop(guard);
    rib.remove(Prefix::default()).unwrap();
    assert!(reader.enter().lookup_v4(7).is_none());
}

/// An update that fails has escaped part of the forwarding view and built it anew. What that gives up
/// comes back.
#[test]
fn failed_updates_give_the_nodes_of_the_forwarding_view_back() {
    let table: Table =
        Options::new().max_node_bytes(1 << 16).forwarding(Width::One).open().unwrap();
    let rib = table.v4();
    let via = |hop| Route::via(NextHop::interface(hop));
    for index in 0..168u32 {
        rib.insert(Prefix::containing(0x1400_0000 | index << 15, 24), via(1)).unwrap();
    }
    // A chunk each, until there is no room for the next.
    let full = (0..200).any(|index| {
        rib.insert(Prefix::containing(0x8000_0000 | index << 23, 24), via(1)).is_err()
    });
    assert!(full);
    let in_use = || {
        rib.reclaim();
        rib.reclaim();
        let stats = rib.stats();
        stats.forward_bytes - stats.forward_free_bytes
    };
    let before = in_use();
    for _ in 0..12 {
        assert!(rib.insert(Prefix::containing(0x1400_0000, 9), via(2)).is_err());
        assert_eq!(in_use(), before);
    }
    // And nobody need ask for it.
    let high = rib.stats().forward_bytes;
    for hop in 0..100 {
        assert!(rib.insert(Prefix::containing(0x1400_0000, 9), via(2 + hop)).is_err());
    }
    let grown = rib.stats().forward_bytes - high;
    assert!(grown <= 1 << 14, "{grown} bytes");
}

/// Whoever caches what a number means goes by the generation.
#[test]
fn a_redirection_is_a_change() {
    let table: Table = Options::new().forwarding(Width::Two).open().unwrap();
    let rib = table.v4();
    let hop = NextHop::interface;
    rib.insert(Prefix::default(), Route::via(hop(1))).unwrap();
    let before = rib.generation();
    assert!(!rib.redirect(hop(7), hop(8)));
    assert_eq!(rib.generation(), before);
    assert!(rib.redirect(hop(1), hop(2)));
    assert_ne!(rib.generation(), before);
    let mut reader = table.reader();
    let guard = reader.enter();
    let view = guard.forwarding().unwrap();
    assert_eq!(view.next_hop_v4(view.number_v4(7)), Some(hop(2)));
    assert_eq!(guard.lookup_v4(7).unwrap().next_hop(), hop(1));
}

/// However much is in the table, a change of the default route touches the directory alone.
#[test]
fn the_default_route_of_a_large_table_leaves_the_nodes_alone() {
    let options = Options::new().max_routes(1 << 18).max_node_bytes(1 << 24);
    let table: Table = options.max_waiting_bytes(1 << 24).open().unwrap();
    let mut reader = table.reader();
    let rib = table.v4();
    let via = |hop| Route::via(NextHop::interface(hop));
    let holes = (0..20_000u32).map(|index| (Prefix::containing(index << 13, 24), via(1)));
    rib.load(holes).unwrap();
    rib.reclaim();
    let stats = rib.stats();
    for round in 0..10 {
        rib.insert(Prefix::default(), via(round)).unwrap();
        let guard = reader.enter();
        assert_eq!(guard.lookup_v4(1 << 12).unwrap().next_hop(), NextHop::interface(round));
        assert_eq!(guard.lookup_v4(1 << 13).unwrap().next_hop(), NextHop::interface(1));
        drop(guard);
        rib.remove(Prefix::default()).unwrap();
        assert!(reader.enter().lookup_v4(1 << 12).is_none());
        assert!(rib.waiting().items <= 8, "{:?}", rib.waiting());
        rib.reclaim();
    }
    assert_eq!(rib.stats().depths, stats.depths);
    let more = rib.stats().arena_bytes - stats.arena_bytes;
    assert!(more < 16 << 10, "{more} bytes of directories");
}

#[test]
fn a_panicking_comparison_changes_nothing() {
    #[derive(Debug)]
    struct Fragile(bool);
    impl PartialEq for Fragile {
        fn eq(&self, other: &Self) -> bool {
            assert!(!self.0 && !other.0, "compared");
            true
        }
    }
    let table: Table<Fragile> = Table::new().unwrap();
    let rib = table.v4();
    let prefix = |low: u32| Prefix::containing(low << 8, 24);
    let route = |fragile| Route::with_data(NextHop::interface(1), Fragile(fragile));
    rib.insert(prefix(1), route(true)).unwrap();
    let generation = rib.generation();
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let mut batch = Batch::new();
        batch.insert(prefix(2), route(false)).insert(prefix(1), route(false));
        rib.apply(batch)
    }));
    assert!(caught.is_err());
    assert_eq!((rib.len(), rib.generation()), (1, generation));
    assert!(rib.get(prefix(2)).is_none());
    rib.insert(prefix(3), route(false)).unwrap();
    assert_eq!(rib.snapshot().len(), 2);
    let mut reader = table.reader();
    assert!(reader.enter().lookup_v4(2 << 8).is_none());
    assert!(reader.enter().lookup_v4(3 << 8).is_some());
}

#[test]
fn what_a_stalled_reader_holds_back_is_bounded() {
    const LIMIT: usize = 4096;
    let table: Table = Options::new().max_waiting_bytes(LIMIT).open().unwrap();
    let mut reader = table.reader();
    let id = reader.id();
    let rib = table.v4();
    let prefix = Prefix::containing(0x0A00_0000, 24);
    let announce = |hop| rib.insert(prefix, Route::via(NextHop::interface(hop)));
    announce(0).unwrap();
    let mut guard = reader.enter();
    let held = guard.lookup_v4(0x0A00_0001).unwrap();
    let refused = (1..10_000).find_map(|hop| announce(hop).err()).expect("a bound");
    let CapacityError::Waiting { bytes, reader: Some(named) } = refused else {
        panic!("{refused}");
    };
    assert_eq!(named, id);
    assert!(bytes > LIMIT && bytes <= LIMIT + size_of::<Entry<()>>(), "{bytes} bytes");
    assert_eq!(table.stalled_readers()[0].id, id);
    assert_eq!(held.next_hop(), NextHop::interface(0), "still readable");
    assert_eq!(announce(rib.get(prefix).unwrap().next_hop().interface), Ok(Outcome::Unchanged));
    assert!(rib.remove(prefix).unwrap().is_some(), "a withdrawal is never refused");
    assert_eq!(
        announce(1),
        Err(CapacityError::Waiting { bytes: rib.waiting().bytes, reader: Some(id) })
    );
    guard.offline(|| assert_eq!(announce(10_000), Ok(Outcome::Added)));
    guard.quiescent();
    assert!(rib.waiting().bytes <= LIMIT);
}

#[cfg(feature = "std")]
#[test]
fn a_patient_table_waits_for_its_readers() {
    let patience = core::time::Duration::from_secs(60);
    let table: Table = Options::new().max_waiting_bytes(0).patience(patience).open().unwrap();
    let prefix = Prefix::containing(0x0A00_0000, 24);
    let via = |hop| Route::via(NextHop::interface(hop));
    table.v4().insert(prefix, via(0)).unwrap();
    let mut reader = table.reader();
    let entered = std::sync::Barrier::new(2);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let guard = reader.enter();
            entered.wait();
            while guard.lookup_v4(0x0A00_0001).unwrap().next_hop() == NextHop::interface(0) {
                std::thread::yield_now();
            }
        });
        entered.wait();
        table.v4().insert(prefix, via(1)).unwrap();
        table.v4().insert(prefix, via(2)).expect("the reader leaves when it has seen the first");
    });
}

#[test]
fn large_batches_leave_no_backlog() {
    let table: Table = Table::new().unwrap();
    let rib = table.v4();
    let mut most = 0;
    for round in 0..20 {
        let mut batch = Batch::new();
        for index in 0..2000u32 {
            let route = Route::via(NextHop::interface(round));
            batch.insert(Prefix::containing(index << 12, 24), route);
        }
        rib.apply(batch).unwrap();
        most = most.max(rib.waiting().items);
    }
    assert!(most < 3 * 2 * 2000, "{most} items wait, with no reader");
}

/// No reader, little room: what waits is freed before an update is refused.
#[test]
fn room_that_can_be_freed_is_not_refused() {
    let table: Table = Options::new().max_routes(5).max_node_bytes(1 << 14).open().unwrap();
    let rib = table.v4();
    for round in 0..1000u32 {
        let prefix = Prefix::containing(round << 8, 24);
        rib.insert(prefix, Route::via(NextHop::interface(1))).unwrap();
        let mut batch = Batch::new();
        batch.insert(prefix, Route::via(NextHop::interface(2)));
        rib.apply(batch).unwrap();
        rib.remove(prefix).unwrap();
    }
}

#[test]
fn failed_updates_leave_nothing_behind() {
    let counter = DropCounter::new();
    let table: Table<Counted> = Options::new().max_routes(1).open().unwrap();
    let rib = table.v4();
    let route = || Route::with_data(NextHop::interface(1), counter.value(1));
    rib.insert(Prefix::default(), route()).unwrap();
    for low in 0..1000u32 {
        assert_eq!(
            rib.insert(Prefix::containing(low << 8, 24), route()),
            Err(CapacityError::Entries)
        );
        let mut batch = Batch::new();
        batch.insert(Prefix::containing(low << 8, 24), route());
        assert_eq!(rib.apply(batch), Err(CapacityError::Entries));
    }
    let many = (0..1000u32).map(|low| (Prefix::containing(low << 8, 24), route()));
    assert_eq!(rib.load(many), Err(CapacityError::Entries));
    assert_eq!(counter.live(), 1);
}

/// Data whose destructor looks at the table that held it.
#[derive(PartialEq)]
struct Curious(Option<std::sync::Arc<Table<Curious>>>);

impl Drop for Curious {
    fn drop(&mut self) {
        if let Some(table) = &self.0 {
            table.v4().get(Prefix::default());
        }
    }
}

impl PartialEq for Table<Curious> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

#[test]
fn destructors_may_use_the_table() {
    let table = std::sync::Arc::new(Options::new().max_routes(2).open::<Curious>().unwrap());
    let rib = table.v4();
    let route = |hop| {
        Route::with_data(NextHop::interface(hop), Curious(Some(std::sync::Arc::clone(&table))))
    };
    for round in 0..100 {
        rib.insert(Prefix::default(), route(round)).unwrap();
        rib.insert(Prefix::default(), route(round)).unwrap();
        let mut batch = Batch::new();
        for low in 0..3u32 {
            batch.insert(Prefix::containing(low << 8, 24), route(round));
        }
        assert_eq!(rib.apply(batch), Err(CapacityError::Entries));
        let many = (0..9u32).map(|low| (Prefix::containing(low << 8, 24), route(round)));
        assert_eq!(rib.load(many), Err(CapacityError::Entries));
        rib.reclaim();
    }
    rib.remove(Prefix::default()).unwrap();
    rib.reclaim();
}

#[test]
fn the_generation_is_odd_during_a_change_and_even_after() {
    let table: Table = Table::new().unwrap();
    let rib = table.v4();
    assert_eq!(rib.generation(), 0);
    rib.insert(Prefix::default(), Route::via(NextHop::interface(1))).unwrap();
    assert_eq!(rib.generation(), 2);
    let seen = core::cell::Cell::new(0);
    rib.retain(|_, _| {
        seen.set(rib.generation());
        true
    })
    .unwrap();
    assert_eq!((seen.get(), rib.generation()), (2, 2), "nothing was about to change yet");
    assert_eq!(rib.remove(Prefix::containing(1, 32)).unwrap(), None);
    assert_eq!(rib.generation(), 2);
}
