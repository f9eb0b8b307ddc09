//! `rte_lpm` with `rte_rcu_qsbr`.
//!
//! It takes no default route: that of the routes, if there is one, is the answer where nothing else
//! matches, and an update of it is refused.

use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};
use rtalloc::testing::history::Step;

use super::{settings, start};
use crate::{
    Routes,
    adapter::{Adapter, Opened, Reader, Writer},
    dpdk::{Lpm, LpmReader, Qsbr, QsbrThread, Settings, Width},
};

/// Readers at a time, at most.
const READERS: u32 = 1024;

pub(super) fn open(routes: &Routes<u32>) -> Opened<u32> {
    make(routes, routes)
}

pub(super) fn empty(room: &Routes<u32>) -> Opened<u32> {
    make(&Routes::new(), room)
}

/// About how long it takes to open: an insertion searches all routes of its length.
pub(super) fn opening(routes: usize) -> f64 {
    1e-10 * (routes as f64).powi(2)
}

/// About how long an update takes: the same search, mostly over half of the table's routes.
pub(super) fn update(routes: usize) -> f64 {
    1e-10 * routes as f64
}

/// A table of some routes, with room for others and a quarter more.
fn make(routes: &Routes<u32>, room: &Routes<u32>) -> Opened<u32> {
    let dpdk = start()?;
    let states = Qsbr::new(dpdk, READERS)?;
    let default = routes.iter().find(|route| route.0.len() == 0);
    let missing = default.map_or(0, |route| route.1.interface);
    let settings = Settings { missing, ..settings(room, Width::Four) };
    let mut lpm = Lpm::new(dpdk, &settings, Some(&states))?;
    for &(prefix, hop) in routes.iter().filter(|route| route.0.len() > 0) {
        lpm.add(prefix, hop.interface)?;
    }
    Ok(Box::new(Table { reader: lpm.reader(), states, lpm: Mutex::new(lpm) }))
}

struct Table {
    reader: LpmReader,
    states: Arc<Qsbr>,
    lpm: Mutex<Lpm>,
}

impl Adapter<u32> for Table {
    /// # Panics
    /// If there are more readers than states, or DPDK refuses one: who measures less than was asked
    /// for measures nothing.
    fn reader(&self) -> Box<dyn Reader<u32> + '_> {
        let thread = self.states.join().expect("a state for the reader");
        Box::new(Reading { lpm: self.reader.clone(), thread })
    }

    fn writer(&self) -> Option<Box<dyn Writer<u32> + '_>> {
        Some(Box::new(Changing { lpm: self.lpm.lock(), refused: 0 }))
    }
}

struct Reading {
    lpm: LpmReader,
    thread: QsbrThread,
}

impl Reader<u32> for Reading {
    fn burst(&mut self, addresses: &[u32], answers: &mut [u32]) {
        match (addresses, &mut *answers) {
            ([address], [answer]) => *answer = self.lpm.lookup(*address),
            _ => self.lpm.lookup_x4(addresses, answers),
        }
        self.thread.quiescent();
    }

    /// A reader is in a section from one quiescent point to the next, so it needs only stand still.
    fn stall(&mut self, during: &mut dyn FnMut()) {
        self.thread.quiescent();
        during();
        self.thread.quiescent();
    }
}

struct Changing<'t> {
    lpm: MutexGuard<'t, Lpm>,
    refused: usize,
}

impl Writer<u32> for Changing<'_> {
    fn apply(&mut self, step: &Step<u32>) {
        self.refused += usize::from(self.lpm.apply(step).is_err());
    }

    fn refused(&self) -> usize {
        self.refused
    }
}
