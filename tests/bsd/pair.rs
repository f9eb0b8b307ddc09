//! The routing under test and the model, side by side.

use std::sync::{Arc, Mutex};

use rtalloc::{
    AnyPrefix,
    bsd::{
        Expired, ManualClock, Profile, RouteCache, Routing, RoutingOptions, RtReader, RtRef,
        TimerQueue,
        message::{Filter, Subscriber},
    },
    testing::bsd as model,
};

use super::{
    operation::Operation,
    stage::{self, Link},
};

/// Seconds of the timer queues: one that deletes, one that calls back.
pub(super) const TIMEOUTS: [u64; 2] = [5, 7];

/// Both, and what a program keeps of them.
pub(crate) struct Pair {
    pub(super) profile: Profile,
    pub(super) routing: Routing,
    pub(super) reader: RtReader,
    pub(super) model: model::Model,
    pub(super) clock: Arc<ManualClock>,
    pub(super) links: Vec<Arc<Link>>,
    pub(super) subscriber: Subscriber,
    /// Routes held, in both.
    pub(super) held: Vec<(model::RouteId, RtRef)>,
    pub(super) caches: Vec<(model::Cache, RouteCache)>,
    pub(super) revalidated: Vec<RouteCache>,
    pub(super) queues: [TimerQueue; 2],
    /// Destinations whose timers called back.
    pub(super) called: Arc<Mutex<Vec<AnyPrefix>>>,
}

impl Pair {
    pub(crate) fn new(profile: Profile, multipath: bool, clones_per_parent: usize) -> Self {
        let settings = model::Settings {
            multipath,
            jitter: 0x1234_5678,
            clones_per_parent,
            clone_idle: 10,
            ..model::Settings::new(profile)
        };
        let clock = Arc::new(ManualClock::new(settings.now));
        let routing = RoutingOptions::new(profile)
            .clock(clock.clone())
            .multipath(multipath)
            .jitter(settings.jitter)
            .clones_per_parent(clones_per_parent)
            .clone_idle(settings.clone_idle)
            .open()
            .unwrap();
        let called = Arc::new(Mutex::new(Vec::new()));
        let calls = called.clone();
        let call: Expired =
            Arc::new(move |_, rt: &RtRef| calls.lock().unwrap().push(rt.destination()));
        let queues =
            [routing.timer_queue(TIMEOUTS[0], None), routing.timer_queue(TIMEOUTS[1], Some(call))];
        let cache = || {
            let destination = stage::address(1);
            let cache = model::Cache { destination: destination.into(), table: 0, route: None };
            (cache, RouteCache::new(destination, 0))
        };
        let mut pair = Self {
            profile,
            reader: routing.reader(),
            subscriber: routing.subscribe(Filter::default(), 1 << 12),
            routing,
            model: model::Model::new(settings),
            clock,
            links: stage::interfaces(),
            held: Vec::new(),
            caches: vec![cache(), cache()],
            revalidated: vec![cache().1, cache().1],
            queues,
            called,
        };
        for interface in 0..pair.links.len() {
            pair.run(&Operation::Attach { interface });
        }
        pair
    }

    /// Does it to both and compares all that can be seen.
    pub(crate) fn run(&mut self, operation: &Operation) {
        self.apply(operation);
        self.compare();
    }

    /// Deletes and releases everything: then nothing is left.
    pub(crate) fn end(mut self) {
        for interface in 0..self.links.len() {
            self.run(&Operation::Detach { interface });
        }
        assert!([0, 1, 2].iter().all(|table| self.routing.walk(*table).is_empty()));
        self.held.clear();
        self.caches.clear();
        self.revalidated.clear();
        let Self { routing, reader, profile, .. } = self;
        drop(reader);
        let mut tries = 0;
        while routing.reclaim() > 0 && tries < 100 {
            tries += 1;
        }
        assert_eq!(routing.statistics().trash, 0, "all that was deleted is freed ({profile})");
    }
}
