//! Memory as the table counts it: of what lookups read, of everything, and how it fragments in a day
//! of updates.

use rtalloc::{Stats, testing::probes::probes};
use rtalloc_benches::{Day, changes::apply, family::Family};

use crate::{
    Failure,
    figure::{Figure, Target},
    report::{Report, progress},
    tables::{View, oracle, verify},
};

/// The targets of one family: bytes of a prefix in the next-hop view alone and with the entries.
type Targets = [Option<f64>; 2];

/// All of both families.
pub(crate) fn run(report: &mut Report, day: &Day) -> Result<(), Failure> {
    sizes::<u32>(report, day, [Some(5.0), Some(9.0)])?;
    sizes::<u128>(report, day, [Some(21.0), Some(21.0)])?;
    fragments::<u32>(report, day)?;
    fragments::<u128>(report, day)
}

/// Bytes of the forwarding view's live nodes.
fn view_bytes(stats: &Stats) -> usize {
    stats.forward_bytes - stats.forward_free_bytes
}

fn sizes<A: Family>(report: &mut Report, day: &Day, targets: Targets) -> Result<(), Failure> {
    let name = |part: &str| format!("memory/{}/{part}", A::NAME);
    let names =
        ["next-hop view", "next-hop view, all of it", "both views", "all, a route"].map(name);
    if !names.iter().any(|name| report.wants(name)) {
        return Ok(());
    }
    progress(&format!("memory, {}", A::NAME));
    let stats = A::rib(&View::Both.loaded(A::routes(day))?).stats();
    let routes = stats.routes.max(1) as f64;
    let (nodes, hops) = (view_bytes(&stats), stats.next_hop_bytes);
    let rows = [
        (nodes, targets[0], "nodes".to_owned()),
        (
            nodes + hops,
            targets[0],
            "and the next hops' numbers by route, read where a leaf is escaped".to_owned(),
        ),
        (
            nodes + hops + stats.lookup_bytes(),
            targets[1],
            format!(
                "and entries: nodes {:.2}, cells {:.2}",
                stats.node_bytes as f64 / routes,
                stats.cell_bytes as f64 / routes
            ),
        ),
        (
            stats.total_bytes(),
            Some(120.0),
            format!(
                "entries {:.1}, map {:.1}, writer {:.1}",
                stats.entry_bytes as f64 / routes,
                stats.map_bytes as f64 / routes,
                stats.writer_bytes as f64 / routes
            ),
        ),
    ];
    for (name, (bytes, most, remark)) in names.into_iter().zip(rows) {
        let figure = Figure::new(name, "bytes", vec![bytes as f64 / routes]).remark(remark);
        report.add(figure.target(most.map(Target::AtMost)));
    }
    Ok(())
}

/// Node memory: its high water, and what of that is live.
#[derive(Clone, Copy)]
struct Nodes {
    high: usize,
    free: usize,
    live: usize,
}

impl Nodes {
    /// Of the entries, and of the forwarding view, whose nodes are only counted with those that wait.
    fn of(stats: &Stats) -> [Self; 2] {
        let (high, free) = (stats.arena_bytes, stats.arena_free_bytes);
        let (view, view_free) = (stats.forward_bytes, stats.forward_free_bytes);
        [
            Self { high, free, live: stats.node_bytes },
            Self { high: view, free: view_free, live: view - view_free },
        ]
    }

    fn line(self) -> String {
        let [high, free, live] = [self.high, self.free, self.live].map(|of| of as f64 / 1048576.0);
        format!("high water {high:.2}, free {free:.2}, live {live:.2} MiB")
    }
}

fn fragments<A: Family>(report: &mut Report, day: &Day) -> Result<(), Failure> {
    let names = ["entries", "next-hop view"].map(|of| format!("fragmentation/{}/{of}", A::NAME));
    if !names.iter().any(|name| report.wants(name)) {
        return Ok(());
    }
    progress(&format!("fragmentation, {}", A::NAME));
    let (routes, updates) = (A::routes(day), A::updates(day));
    let updates = &updates[..updates.len().min(report.plan.updates)];
    let table = View::Both.loaded(routes)?;
    let rib = A::rib(&table);
    rib.reclaim();
    let before = Nodes::of(&rib.stats());
    updates.iter().for_each(|step| apply(rib, step));
    rib.reclaim();
    let after = Nodes::of(&rib.stats());
    let mut oracle = oracle(routes);
    updates.iter().for_each(|step| step.apply(&mut oracle));
    let some = updates.iter().step_by(101);
    verify(&table, &oracle, some.flat_map(|step| probes(step.prefix())))?;
    for ((name, before), after) in names.into_iter().zip(before).zip(after) {
        let figure =
            Figure::new(name, "times", vec![after.high as f64 / before.high.max(1) as f64]);
        let figure = figure.against("the high water before");
        report.add(figure.remark(format!(
            "before: {}; after {} updates: {}",
            before.line(),
            updates.len(),
            after.line()
        )));
    }
    Ok(())
}
