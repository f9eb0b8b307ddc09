//! Which neighbours are being asked for, and the packets that wait for them: BSD's `llinfo_arp`.
//!
//! What is known of a neighbour is not here but in its clone.

use core::{net::IpAddr, time::Duration};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{Held, NeighbourOptions};
use crate::{
    bsd::RtRef,
    forward::{limit::TokenBucket, packet::ethernet::Mac},
};

/// A neighbour that is being asked for.
#[derive(Debug)]
pub(super) struct Question {
    /// Which question of its port it is, so that the oldest is known.
    number: u64,
    pub(super) about: About,
    /// How often it was asked.
    asked: u32,
    /// When it is asked again, in seconds.
    next: u64,
}

/// What is asked.
#[derive(Debug)]
pub(super) enum About {
    /// Where is a neighbour that is not known? This is its clone, and these wait for the answer.
    Unknown { clone: RtRef, waiting: VecDeque<Held> },
    /// Is the neighbour at this link address there still?
    Known(Mac),
}

impl About {
    /// The link address that is asked alone.
    fn to(&self) -> Option<Mac> {
        match self {
            Self::Unknown { .. } => None,
            Self::Known(mac) => Some(*mac),
        }
    }
}

/// The questions on one port, by the neighbours' addresses.
#[derive(Debug)]
pub(super) struct Questions {
    open: BTreeMap<IpAddr, Question>,
    next_number: u64,
    /// For questions about neighbours that are not known.
    begun: TokenBucket,
    /// For neighbours that are learned as they ask.
    told: TokenBucket,
    /// The neighbours whose link address was changed in this second.
    changed: BTreeSet<IpAddr>,
}

impl Questions {
    pub(super) fn new(options: &NeighbourOptions) -> Self {
        let rate = options.questions_per_second;
        Self {
            open: BTreeMap::new(),
            next_number: 0,
            begun: TokenBucket::new(rate, rate),
            told: TokenBucket::new(rate, rate),
            changed: BTreeSet::new(),
        }
    }

    pub(super) fn is_open(&self, address: IpAddr) -> bool {
        self.open.contains_key(&address)
    }

    /// The packets that wait for a neighbour that is not known, if it is being asked for.
    pub(super) fn waiting(&mut self, address: IpAddr) -> Option<&mut VecDeque<Held>> {
        match &mut self.open.get_mut(&address)?.about {
            About::Unknown { waiting, .. } => Some(waiting),
            About::Known(_) => None,
        }
    }

    /// Whether another question about a neighbour that is not known may begin at `now`.
    pub(super) fn may_begin(&mut self, now: u64) -> bool {
        self.begun.take(Duration::from_secs(now))
    }

    /// Whether another neighbour that was not asked for may be learned at `now`.
    pub(super) fn may_learn(&mut self, now: u64) -> bool {
        self.told.take(Duration::from_secs(now))
    }

    /// Begins a question, which has been asked once at `now`.
    pub(super) fn begin(&mut self, address: IpAddr, about: About, now: u64) {
        let number = self.next_number;
        self.next_number += 1;
        self.open.insert(address, Question { number, about, asked: 1, next: now + 1 });
    }

    /// Ends a question.
    pub(super) fn end(&mut self, address: IpAddr) -> Option<About> {
        self.open.remove(&address).map(|question| question.about)
    }

    /// The oldest question about a neighbour that is not known, if there are `most` of them.
    pub(super) fn oldest(&self, most: usize) -> Option<IpAddr> {
        let is_unknown = |question: &Question| matches!(question.about, About::Unknown { .. });
        let unknown = || self.open.iter().filter(|(_, question)| is_unknown(question));
        let is_full = unknown().count() >= most;
        unknown().min_by_key(|(_, question)| question.number).filter(|_| is_full).map(|(at, _)| *at)
    }

    /// Whether a neighbour's link address may change: once a second.
    pub(super) fn may_change(&mut self, address: IpAddr) -> bool {
        self.changed.insert(address)
    }

    /// Ends the second before `now`: the questions that are due and were asked `tries` times have
    /// failed; the others that are due are to be asked again.
    pub(super) fn pass(&mut self, now: u64, tries: u32) -> Passed {
        self.changed.clear();
        let is_over = |asked: &Question| asked.next <= now && asked.asked >= tries;
        let over = self.open.iter().filter(|(_, asked)| is_over(asked));
        let over: Vec<IpAddr> = over.map(|(&address, _)| address).collect();
        let ended = |address| Some((address, self.end(address)?));
        let failed = over.into_iter().filter_map(ended).collect();
        let mut again = Vec::new();
        for (&address, question) in self.open.iter_mut().filter(|(_, asked)| asked.next <= now) {
            (question.asked, question.next) = (question.asked + 1, now + 1);
            again.push((address, question.about.to()));
        }
        Passed { failed, again }
    }
}

/// What a second has brought.
pub(super) struct Passed {
    pub(super) failed: Vec<(IpAddr, About)>,
    /// Each with the link address that is asked alone, if there is one.
    pub(super) again: Vec<(IpAddr, Option<Mac>)>,
}
