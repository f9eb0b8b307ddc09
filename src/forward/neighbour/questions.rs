//! Which neighbours are being asked for, and the packets that wait for them: BSD's `llinfo_arp`.
//!
//! There are few at a time, so they stand in a list. What is known of a neighbour is not here but in
//! its clone.

use core::net::IpAddr;

use super::Held;
use crate::{bsd::RtRef, forward::packet::ethernet::Mac};

/// A neighbour that is being asked for.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) port: u16,
    pub(super) address: IpAddr,
    /// The neighbour's clone, if it was made to be asked for.
    pub(super) clone: Option<RtRef>,
    /// The link address to be asked, of a neighbour that is known already.
    pub(super) to: Option<Mac>,
    /// How often it was asked.
    pub(super) asked: u32,
    /// When it is asked again, in seconds.
    pub(super) next: u64,
    pub(super) held: Vec<Held>,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Questions(Vec<Question>);

impl Questions {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn find(&mut self, port: u16, address: IpAddr) -> Option<&mut Question> {
        self.0.iter_mut().find(|asked| asked.port == port && asked.address == address)
    }

    pub(super) fn add(&mut self, question: Question) {
        self.0.push(question);
    }

    /// Takes the question for a neighbour out.
    pub(super) fn take(&mut self, port: u16, address: IpAddr) -> Option<Question> {
        let same = |asked: &Question| asked.port == port && asked.address == address;
        let place = self.0.iter().position(same)?;
        Some(self.0.swap_remove(place))
    }

    /// Those that are due at `now`.
    pub(super) fn due(&mut self, now: u64) -> impl Iterator<Item = &mut Question> {
        self.0.iter_mut().filter(move |asked| asked.next <= now)
    }

    /// Takes those out that are due at `now` and were asked `tries` times.
    pub(super) fn take_failed(&mut self, now: u64, tries: u32) -> Vec<Question> {
        self.0.extract_if(.., |asked| asked.next <= now && asked.asked >= tries).collect()
    }
}
