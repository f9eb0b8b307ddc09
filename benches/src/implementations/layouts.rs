//! The layouts that are written from their papers, in `peers`.

use super::fixed::{Fixed, Table};
use crate::{
    Routes,
    adapter::{Implementation, Opened, Takes},
    candidate::best,
    peers::{dir24_8::Dir24, planb::PlanB, poptrie::Poptrie},
};

/// Those for IPv4.
pub(super) fn v4() -> Vec<Implementation<u32>> {
    vec![
        Implementation {
            name: "dir24-8",
            what: "two arrays, from the paper, with prefetches; static",
            open: |routes| Ok(Box::new(Table(Dir24::new(routes)?))),
            room: None,
            takes: Takes::USUAL,
        },
        Implementation {
            name: "poptrie layout",
            what: "from the paper, one address at a time; static",
            open: poptrie,
            room: None,
            takes: Takes::USUAL,
        },
    ]
}

/// Those for IPv6.
pub(super) fn v6() -> Vec<Implementation<u128>> {
    vec![Implementation {
        name: "planb layout",
        what: "from the paper, with AVX2 where there is that; static",
        open: |routes| Ok(Box::new(Table(PlanB::new(routes)))),
        room: None,
        takes: Takes::USUAL,
    }]
}

fn poptrie(routes: &Routes<u32>) -> Opened<u32> {
    Ok(Box::new(Table(Poptrie::new(routes))))
}

impl Fixed<u32> for Dir24 {
    fn bursts(&self) -> impl FnMut(&[u32], &mut [u32]) {
        |addresses, answers| match (addresses, &mut *answers) {
            ([address], [answer]) => *answer = self.lookup(*address),
            _ => self.burst(addresses, answers),
        }
    }

    fn bytes(&self) -> Option<usize> {
        Some(self.bytes())
    }
}

impl Fixed<u32> for Poptrie {
    fn bursts(&self) -> impl FnMut(&[u32], &mut [u32]) {
        best(self)
    }

    fn bytes(&self) -> Option<usize> {
        Some(self.bytes())
    }
}

impl Fixed<u128> for PlanB {
    fn bursts(&self) -> impl FnMut(&[u128], &mut [u32]) {
        best(self)
    }

    fn bytes(&self) -> Option<usize> {
        Some(self.bytes())
    }
}
