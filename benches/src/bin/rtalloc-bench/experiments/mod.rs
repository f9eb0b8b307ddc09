//! The experiments, one a module, each written once for both families.

mod build;
mod garbage;
mod grid;
mod growth;
mod handles;
mod latency;
mod memory;
mod readers;
mod reclaim;
mod replay;
mod throughput;
mod updates;

use core::slice;

use rtalloc_benches::{
    adapter::Failure,
    family::Family,
    plan::{FamilyName, Mode, Plan},
};

use self::{latency::Latency, readers::Readers};
use crate::{
    session::Session,
    setting::{Cost, PATIENCE, Setting},
};

/// An experiment with its parameters.
pub(crate) trait Experiment {
    /// The families of the plan.
    fn families(&self) -> &[FamilyName];

    /// How many seconds a table may take to open.
    fn patience(&self) -> f64 {
        PATIENCE
    }

    /// What it costs in one family.
    fn cost<A: Family>(&self, setting: &Setting) -> Cost;

    /// Measures one family. What single implementations get wrong is in the rows and ends nothing.
    fn run<A: Family>(&self, session: &mut Session) -> Result<(), Failure>;
}

/// Takes each experiment of a plan: its name, its question, and what it consists of.
pub(crate) trait Visitor {
    fn visit<E: Experiment>(
        &mut self,
        name: &'static str,
        question: &str,
        parts: &[E],
    ) -> Result<(), Failure>;
}

/// Shows all experiments to the visitor, in the order in which they run.
pub(crate) fn each(plan: &Plan, mode: Mode, visitor: &mut impl Visitor) -> Result<(), Failure> {
    let Plan {
        throughput,
        latency,
        readers,
        garbage,
        updates,
        handles,
        memory,
        build,
        growth,
        replay,
    } = plan;
    visitor.visit("throughput", &throughput.question, throughput.at(mode))?;
    let one = Latency(latency.at(mode));
    visitor.visit("latency", &latency.question, slice::from_ref(&one))?;
    let one = Readers(readers.at(mode));
    visitor.visit("readers", &readers.question, slice::from_ref(&one))?;
    visitor.visit("garbage", &garbage.question, slice::from_ref(garbage.at(mode)))?;
    visitor.visit("updates", &updates.question, slice::from_ref(updates.at(mode)))?;
    visitor.visit("handles", &handles.question, slice::from_ref(handles.at(mode)))?;
    visitor.visit("memory", &memory.question, slice::from_ref(memory.at(mode)))?;
    visitor.visit("build", &build.question, slice::from_ref(build.at(mode)))?;
    visitor.visit("growth", &growth.question, slice::from_ref(growth.at(mode)))?;
    visitor.visit("replay", &replay.question, slice::from_ref(replay.at(mode)))
}

/// What all parts of an experiment cost in the selected families.
pub(crate) fn cost<E: Experiment>(parts: &[E], setting: &Setting) -> Cost {
    let mut cost = Cost::default();
    for part in parts {
        let setting = &setting.patient(part.patience());
        for &family in part.families().iter().filter(|&&family| setting.wants(family)) {
            cost += match family {
                FamilyName::V4 => part.cost::<u32>(setting),
                FamilyName::V6 => part.cost::<u128>(setting),
            };
        }
    }
    cost
}

/// Measures all parts of an experiment in the selected families.
pub(crate) fn run<E: Experiment>(parts: &[E], session: &mut Session) -> Result<(), Failure> {
    for part in parts {
        session.setting.patience = part.patience();
        for &family in part.families() {
            if session.setting.wants(family) {
                match family {
                    FamilyName::V4 => part.run::<u32>(session)?,
                    FamilyName::V6 => part.run::<u128>(session)?,
                }
            }
        }
    }
    Ok(())
}
