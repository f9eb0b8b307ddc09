//! Single updates against DPDK's `rte_fib` and `rte_fib6`.
//!
//! DPDK 22.11 has no defer queue for them: what they do here is less than a safe update, so a ratio
//! against them with one would be larger.

#[cfg(not(feature = "dpdk"))]
use rtalloc::Address;
use rtalloc::testing::history::Step;
#[cfg(feature = "dpdk")]
use rtalloc_benches::dpdk::{Dpdk, Family as Peer, Fib, Pages, Settings, Width};
use rtalloc_benches::{
    Day, Routes,
    changes::apply,
    family::Family,
    spread::{quantile, ratios},
};

use crate::{
    Failure,
    figure::{Figure, Target},
    report::{Report, progress},
    tables::{View, busy_seconds},
    updates::Scenario,
};

/// Updates a second of a table of DPDK's, none without the feature.
#[cfg(feature = "dpdk")]
fn rate<A: Peer>(
    routes: &Routes<A>,
    steps: &[Step<A>],
    width: Width,
) -> Result<Option<f64>, Failure> {
    let dpdk = Dpdk::start(Pages::Transparent)?;
    let prefixes = routes.iter().map(|route| route.0).chain(steps.iter().map(Step::prefix));
    let mut prefixes: Vec<_> = prefixes.collect();
    prefixes.sort_unstable();
    prefixes.dedup();
    let mut fib = Fib::new(dpdk, &Settings::of(prefixes, width))?;
    for &(prefix, next_hop) in routes {
        fib.add(prefix, next_hop.interface)?;
    }
    let mut done = Ok(());
    let seconds = busy_seconds(|| done = steps.iter().try_for_each(|step| fib.apply(step)));
    done?;
    Ok(Some(steps.len() as f64 / seconds))
}

/// Both families.
pub(crate) fn run(report: &mut Report, day: &Day) -> Result<(), Failure> {
    #[cfg(feature = "dpdk")]
    {
        // 2 bytes do not number the groups of a full IPv6 table.
        family::<u32>(report, day, "rte_fib", |routes, steps| rate(routes, steps, Width::Two))?;
        family::<u128>(report, day, "rte_fib6", |routes, steps| rate(routes, steps, Width::Four))
    }
    #[cfg(not(feature = "dpdk"))]
    {
        family::<u32>(report, day, "rte_fib", none)?;
        family::<u128>(report, day, "rte_fib6", none)
    }
}

#[cfg(not(feature = "dpdk"))]
fn none<A: Address>(_: &Routes<A>, _: &[Step<A>]) -> Result<Option<f64>, Failure> {
    Ok(None)
}

fn family<A: Family>(
    report: &mut Report,
    day: &Day,
    against: &str,
    peer: impl Fn(&Routes<A>, &[Step<A>]) -> Result<Option<f64>, Failure>,
) -> Result<(), Failure> {
    for scenario in Scenario::<A>::all(day, &report.plan) {
        let name = format!("updates/{}/{}/against DPDK", A::NAME, scenario.name);
        let Some(steps) = scenario.one_by_one().filter(|_| report.wants(&name)) else { continue };
        progress(&name);
        let routes = A::routes(day);
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..report.plan.heavy {
            let Some(rate) = peer(routes, steps)? else { break };
            theirs.push(rate);
            let table = View::Both.loaded(routes)?;
            let rib = A::rib(&table);
            let seconds = busy_seconds(|| steps.iter().for_each(|step| apply(rib, step)));
            ours.push(steps.len() as f64 / seconds);
        }
        let remark = if theirs.is_empty() {
            "needs --features dpdk".to_owned()
        } else {
            let [ours, theirs] = [&ours, &theirs].map(|rates| quantile(rates, 0.5) / 1e6);
            format!("both views, {ours:.2} against {theirs:.2} M/s")
        };
        let figure = Figure::new(name, "times", ratios(&ours, &theirs)).against(against);
        report.add(figure.target(Target::AtLeast(2.5)).remark(remark));
    }
    Ok(())
}
