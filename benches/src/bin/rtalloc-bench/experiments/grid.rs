//! Readers beside a writer, for all combinations of some parameters: first, in all rounds, those
//! without updates, on tables as they were opened, and then those with, on the same tables.

use std::time::Duration;

use rtalloc_benches::{
    Stream,
    adapter::Failure,
    family::Family,
    harness::{Seen, Window, quiet_sample},
    plan::{Rate, Size},
    rows::Row,
};

use crate::{
    ground::Open,
    session::Session,
    setting::{Cost, Setting, routes},
};

/// Addresses of a stream.
const ADDRESSES: usize = 1 << 19;

/// Addresses of a stream over a small table.
const FEW: usize = 1 << 13;

/// All combinations of these.
#[derive(Clone, Debug)]
pub(crate) struct Grid {
    pub(crate) routes: Size,
    pub(crate) streams: Vec<Stream>,
    pub(crate) readers: Vec<usize>,
    pub(crate) updates: Vec<Rate>,
    pub(crate) bursts: Vec<usize>,
    pub(crate) rounds: usize,
    pub(crate) lasting: Duration,
    pub(crate) tries: usize,
    pub(crate) together: usize,
    /// Whether each burst is timed.
    pub(crate) timed: bool,
}

impl Grid {
    fn windows(&self) -> Vec<(Stream, Window)> {
        let mut windows = Vec::new();
        for &stream in &self.streams {
            for &readers in &self.readers {
                for &updates in &self.updates {
                    for &burst in &self.bursts {
                        let (lasting, timed) = (self.lasting, self.timed);
                        let window = Window { readers, burst, updates, lasting, timed };
                        windows.push((stream, window));
                    }
                }
            }
        }
        // On a table as it was opened, before updates have worn it.
        windows.sort_by_key(|(_, window)| window.updates.any());
        windows
    }

    /// How many windows come before the first that changes tables.
    fn unchanged(windows: &[(Stream, Window)]) -> usize {
        windows.partition_point(|(_, window)| !window.updates.any())
    }

    pub(crate) fn cost<A: Family>(&self, setting: &Setting) -> Cost {
        let seconds = (self.lasting + self.lasting / 8).as_secs_f64() + 0.0005;
        let routes = routes::<A>(self.routes);
        let windows = self.windows();
        let samples = setting.grouped::<A>(self.together, routes) * windows.len() * self.rounds;
        let mut cost = setting.make(routes) + setting.open::<A>(routes);
        let changing = windows.len() - Self::unchanged(&windows);
        for _ in 0..changing * self.rounds {
            cost += setting.overrun::<A>(routes);
        }
        if changing > 0 {
            cost += setting.check_fed::<A>(routes);
        }
        cost + Cost::samples(samples, seconds)
    }

    /// Takes all samples and shows each to `take`, with a row that says all but what was measured.
    pub(crate) fn run<A: Family>(
        &self,
        session: &mut Session,
        mut take: impl FnMut(&mut Session, Row, &Seen),
    ) -> Result<(), Failure> {
        let ground = session.ground::<A>(self.routes)?;
        let count = if ground.routes.len() < FEW { FEW } else { ADDRESSES };
        let mut streams = Vec::new();
        for &stream in &self.streams {
            streams.push((stream, A::addresses(stream, &ground.routes, count)));
        }
        let windows = self.windows();
        let groups = session.setting.groups::<A>(self.together);
        for (group, implementations) in groups.iter().enumerate() {
            let mut open = session.open_all(implementations, &ground);
            let (unchanged, changing) = windows.split_at(Self::unchanged(&windows));
            let rounds = |of| (0..self.rounds).map(move |round| (round, of));
            for (round, windows) in rounds(unchanged).chain(rounds(changing)) {
                for (stream, window) in windows {
                    let addresses = streams.iter().find(|of| of.0 == *stream);
                    let addresses = addresses.map_or(&[][..], |of| &of.1);
                    for index in session.order(open.len()) {
                        let Some(table) = &mut open[index] else { continue };
                        let row = Row {
                            stream: stream.name(),
                            readers: Some(window.readers),
                            burst: Some(window.burst),
                            updates: Some(window.updates.0),
                            round: group * self.rounds + round,
                            ..session.row::<A>(table.implementation.name, ground.routes.len())
                        };
                        if !self.sample(session, table, addresses, window, row, &mut take) {
                            open[index] = None;
                        }
                    }
                }
            }
            for table in open.iter().flatten() {
                session.check_fed(table, &ground);
            }
        }
        Ok(())
    }

    /// Takes one sample; false if the table is not to be used again.
    fn sample<A: Family>(
        &self,
        session: &mut Session,
        table: &mut Open<'_, A>,
        addresses: &[A],
        window: &Window,
        row: Row,
        take: &mut impl FnMut(&mut Session, Row, &Seen),
    ) -> bool {
        let name = table.implementation.name;
        session.progress.doing(name);
        let cores = session.setting.cores.clone();
        let (adapter, feed) = (&*table.adapter, &mut table.feed);
        match quiet_sample(adapter, addresses, feed, window, &cores, self.tries) {
            Ok(None) => session.sampled(false),
            Ok(Some(seen)) => {
                session.sampled(seen.disturbed);
                table.refused += seen.refused;
                let Seen { oversubscribed, disturbed, .. } = seen;
                take(session, Row { oversubscribed, disturbed, ..row }, &seen);
            }
            Err(error) => {
                session.sampled(false);
                session.fail::<A>(name, row.routes, &error.to_string());
                return false;
            }
        }
        true
    }
}
