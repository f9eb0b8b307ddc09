//! Compares all that can be seen of the two.

use rtalloc::{
    AnyPrefix,
    bsd::{Clock, Errno, RouteError, RtRef, Use, Verdict, message::Message, verdict},
    testing::bsd as model,
};

use super::{
    pair::Pair,
    stage::{self, PREFIXES},
    translating::show,
};

/// So many routes are held at most.
const HELD: usize = 24;

impl Pair {
    pub(super) fn compare_verdicts(&self, expected: &model::Shown, rt: &RtRef) {
        use model::Output;
        let now = self.clock.now();
        for (place, output) in [
            (Use::Loopback, Output::Loopback),
            (Use::Link, Output::Link { own: true }),
            (Use::LinkThroughGateway, Output::Link { own: false }),
            (Use::FastForward, Output::FastForward),
        ] {
            let verdict = match verdict(Some(rt), place, now) {
                Verdict::Forward => model::Verdict::Send,
                Verdict::Drop => model::Verdict::Drop,
                Verdict::Refuse(errno) => model::Verdict::Refuse(errno),
            };
            assert_eq!(verdict, model::verdict(Some(expected), output, now), "{place:?}");
        }
    }

    pub(super) fn hold_option(&mut self, rt: Option<RtRef>, expected: Option<model::RouteId>) {
        assert_eq!(
            rt.as_deref().map(show),
            expected.map(|id| self.model.show(id)),
            "the route found"
        );
        self.keep(rt.zip(expected));
    }

    pub(super) fn hold(
        &mut self,
        rt: Result<RtRef, RouteError>,
        expected: Result<model::RouteId, Errno>,
    ) {
        let got = rt.as_deref().map(show).map_err(|error| *error);
        same(got, expected.map(|id| self.model.show(id)));
        self.keep(rt.ok().zip(expected.ok()));
    }

    fn keep(&mut self, found: Option<(RtRef, model::RouteId)>) {
        if let Some((rt, id)) = found {
            self.held.push((id, rt));
        }
        if self.held.len() > HELD {
            self.held.remove(0);
        }
    }

    pub(super) fn received(&mut self) -> Vec<Message> {
        self.subscriber.try_iter().map(|message| (*message).clone()).collect()
    }

    /// Compares messages, tables and routes held.
    pub(super) fn compare(&mut self) {
        assert_eq!(self.received(), self.model.take_messages(), "the messages");
        for table in [0, 1, 2, 9] {
            assert_eq!(self.routing.table_exists(table), self.model.table_exists(table));
            assert_eq!(self.routing.domain(table), self.model.domain(table));
            let walked: Vec<_> = self.routing.walk(table).iter().map(|rt| show(rt)).collect();
            let expected: Vec<_> =
                self.model.walk(table).into_iter().map(|id| self.model.show(id)).collect();
            assert_eq!(walked, expected, "the walk of table {table}");
            for index in 0..PREFIXES.len() {
                let prefix = stage::prefix(index);
                let got: Vec<_> =
                    self.routing.get(table, prefix).iter().map(|rt| show(rt)).collect();
                let listed: Vec<_> =
                    expected.iter().filter(|shown| shown.destination == prefix).copied().collect();
                assert_eq!(got, listed, "the routes of {prefix}");
            }
        }
        for (id, rt) in &self.held {
            assert_eq!(show(rt), self.model.show(*id), "a route held");
            assert_eq!(!rt.is_gone(), self.model.is_attached(*id), "{rt:?}");
        }
        assert_eq!(self.routing.statistics().unreachable, self.model.unreachable());
    }
}

/// Both say the same.
pub(super) fn same<T: PartialEq + core::fmt::Debug>(
    got: Result<T, RouteError>,
    expected: Result<T, Errno>,
) {
    match (&got, &expected) {
        (Ok(got), Ok(expected)) => assert_eq!(got, expected),
        (Err(error), Err(errno)) => assert_eq!(error.errno(), *errno, "{error}"),
        _ => panic!("got {got:?}, expected {expected:?}"),
    }
}

pub(super) fn sorted(mut prefixes: Vec<AnyPrefix>) -> Vec<AnyPrefix> {
    prefixes.sort_unstable();
    prefixes
}
