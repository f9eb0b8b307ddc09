//! The crate `rotonda-store`: a tree bitmap of the prefixes and a hash table of their records, both
//! updated in place and without locks, but for one lock on each prefix's records.
//!
//! What it is made for is more: records of many peers for each prefix, on disk too if wanted. So a
//! lookup copies the records that it finds into a vector, which cannot be avoided.
//!
//! A prefix is never removed, its record is only marked as withdrawn; and the longest match is that
//! of all prefixes that ever were. Where its record is withdrawn, a reader asks again for all shorter
//! prefixes, and takes the longest that has a record: what a user has to do, and slow. A prefix that
//! is new is in the tree before its record is in the hash table; a lookup in between finds no route,
//! even if there is a shorter one.

use rotonda_store::{
    Guard,
    addr::Prefix as Net,
    epoch,
    match_options::{IncludeHistory, MatchOptions, MatchType},
    prefix_record::{Meta, Record, RouteStatus},
    rib::{StarCastRib, config::MemoryOnlyConfig},
};
use rtalloc::{Address, Prefix, testing::history::Step};

use crate::{
    Routes,
    adapter::{Adapter, Opened, Reader, Writer},
};

type Rib = StarCastRib<Interface, MemoryOnlyConfig>;

/// The one peer that all routes are from.
const PEER: u32 = 1;

pub(super) fn open<A: Address>(routes: &Routes<A>) -> Opened<A> {
    let store = Store(Rib::try_default().map_err(|reason| reason.to_string())?);
    for &(prefix, hop) in routes {
        store.set(prefix, hop.interface).map_err(|reason| reason.to_string())?;
    }
    Ok(Box::new(store))
}

/// A route's interface, in the form that the crate demands.
#[derive(Clone, Debug)]
struct Interface([u8; 4]);

impl core::fmt::Display for Interface {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        u32::from_ne_bytes(self.0).fmt(f)
    }
}

impl AsRef<[u8]> for Interface {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Interface {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.first_chunk().copied().unwrap_or_default())
    }
}

impl Meta for Interface {
    type Orderable<'a> = u32;
    type TBI = ();

    fn as_orderable(&self, (): ()) -> u32 {
        u32::from_ne_bytes(self.0)
    }
}

fn net<A: Address>(address: A, len: u8) -> Net {
    Net::new(address.to_ip(), len).expect("no host bits, and not longer than an address")
}

struct Store(Rib);

impl Store {
    fn set<A: Address>(
        &self,
        prefix: Prefix<A>,
        interface: u32,
    ) -> Result<(), rotonda_store::errors::PrefixStoreError> {
        let meta = Interface(interface.to_ne_bytes());
        let record = Record::new(PEER, 0, RouteStatus::Active, meta);
        self.0.insert(&net(prefix.address(), prefix.len()), record, None).map(drop)
    }

    fn lookup<A: Address>(&self, guard: &Guard, address: A) -> u32 {
        let host = net(address, A::WIDTH);
        // What is absent is in no way fatal: an error says as little as no record.
        let Ok(found) = self.0.match_prefix(&host, &LONGEST, guard) else { return 0 };
        match found.records.first() {
            Some(record) if record.status == RouteStatus::Active => interface(&record.meta),
            Some(_) => self.lookup_shorter(guard, &host),
            None => 0,
        }
    }

    #[cold]
    fn lookup_shorter(&self, guard: &Guard, host: &Net) -> u32 {
        let Ok(found) = self.0.match_prefix(host, &SHORTER, guard) else { return 0 };
        let shorter = found.less_specifics.unwrap_or_default();
        let shorter = shorter.v4.iter().chain(&shorter.v6);
        let active = shorter.filter_map(|route| Some((route.prefix.len(), route.meta.first()?)));
        active.max_by_key(|(len, _)| *len).map_or(0, |(_, record)| interface(&record.meta))
    }
}

fn interface(meta: &Interface) -> u32 {
    u32::from_ne_bytes(meta.0)
}

/// Asks for the longest of all prefixes that ever were.
const LONGEST: MatchOptions = MatchOptions {
    match_type: MatchType::LongestMatch,
    include_withdrawn: true,
    include_less_specifics: false,
    include_more_specifics: false,
    mui: None,
    include_history: IncludeHistory::None,
};

/// Asks for all shorter prefixes, with the records that are not withdrawn.
const SHORTER: MatchOptions =
    MatchOptions { include_withdrawn: false, include_less_specifics: true, ..LONGEST };

impl<A: Address> Adapter<A> for Store {
    fn reader(&self) -> Box<dyn Reader<A> + '_> {
        Box::new(Reading(self))
    }

    fn writer(&self) -> Option<Box<dyn Writer<A> + '_>> {
        Some(Box::new(Changing { store: self, refused: 0 }))
    }
}

struct Reading<'s>(&'s Store);

impl<A: Address> Reader<A> for Reading<'_> {
    fn burst(&mut self, addresses: &[A], answers: &mut [u32]) {
        let guard = epoch::pin();
        for (&address, answer) in addresses.iter().zip(answers) {
            *answer = self.0.lookup(&guard, address);
        }
    }

    fn stall(&mut self, during: &mut dyn FnMut()) {
        let guard = epoch::pin();
        during();
        drop(guard);
    }
}

struct Changing<'s> {
    store: &'s Store,
    refused: usize,
}

impl<A: Address> Writer<A> for Changing<'_> {
    fn apply(&mut self, step: &Step<A>) {
        let done = match *step {
            Step::Set(prefix, hop) => self.store.set(prefix, hop.interface),
            Step::Remove(prefix) => {
                let net = net(prefix.address(), prefix.len());
                // A prefix that never was is none to withdraw.
                if !self.store.0.contains(&net, Some(PEER)) {
                    return;
                }
                self.store.0.mark_mui_as_withdrawn_for_prefix(&net, PEER, 0)
            }
        };
        self.refused += usize::from(done.is_err());
    }

    fn refused(&self) -> usize {
        self.refused
    }
}
