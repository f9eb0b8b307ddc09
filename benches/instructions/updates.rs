//! What the writer does: changes one by one, and a batch.

use gungraun::{library_benchmark, library_benchmark_group};
use rtalloc::{NextHop, testing::history::Step};
use rtalloc_benches::{Routes, changes, family::Family};

use crate::tables::{BATCH, Changed, OPERATIONS, changed, check_steps};

fn one_by_one<A: Family>(changed: &mut Changed<A>) {
    for step in &changed.steps {
        changes::apply(changed.rib, step);
    }
}

fn together<A: Family>(changed: &mut Changed<A>) {
    changes::apply_batch(changed.rib, &changed.steps);
}

/// Routes from all over a table.
fn chosen<A: Family>(routes: &Routes<A>, count: usize) -> impl Iterator<Item = &Routed<A>> {
    routes.iter().step_by(routes.len() / count).take(count)
}

type Routed<A> = (rtalloc::Prefix<A>, NextHop);

/// New next hops for routes that stay: their entries change, the tree does not.
fn other_hops<A: Family>(routes: &Routes<A>) -> Vec<Step<A>> {
    let other = |hop: NextHop| NextHop::interface(hop.interface ^ 1);
    chosen(routes, 2 * OPERATIONS).map(|&(prefix, hop)| Step::Set(prefix, other(hop))).collect()
}

#[library_benchmark]
#[bench::v4(args = (other_hops::<u32>, one_by_one), setup = changed, teardown = check_steps)]
#[bench::v6(args = (other_hops::<u128>, one_by_one), setup = changed, teardown = check_steps)]
fn change_contents<A: Family>(mut changed: Changed<A>) -> Changed<A> {
    one_by_one(&mut changed);
    changed
}

/// Routes that go and come back: the tree changes twice.
fn flaps<A: Family>(routes: &Routes<A>) -> Vec<Step<A>> {
    chosen(routes, OPERATIONS)
        .flat_map(|&(prefix, hop)| [Step::Remove(prefix), Step::Set(prefix, hop)])
        .collect()
}

#[library_benchmark]
#[bench::v4(args = (flaps::<u32>, one_by_one), setup = changed, teardown = check_steps)]
#[bench::v6(args = (flaps::<u128>, one_by_one), setup = changed, teardown = check_steps)]
fn withdraw_and_announce<A: Family>(mut changed: Changed<A>) -> Changed<A> {
    one_by_one(&mut changed);
    changed
}

/// What a day brings.
fn day<A: Family>(routes: &Routes<A>) -> Vec<Step<A>> {
    A::synthetic_updates(routes, 2 * BATCH)
}

#[library_benchmark]
#[bench::v4(args = (day::<u32>, together), setup = changed, teardown = check_steps)]
#[bench::v6(args = (day::<u128>, together), setup = changed, teardown = check_steps)]
fn batch_of_1000<A: Family>(mut changed: Changed<A>) -> Changed<A> {
    together(&mut changed);
    changed
}

library_benchmark_group!(
    name = writing,
    benchmarks = [change_contents, withdraw_and_announce, batch_of_1000]
);
